//! Attempts at quizzes, frozen as they were asked.

use sea_orm::entity::prelude::*;

use crate::id::{EnrollmentId, LessonId, PersonId, QuizAttemptId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quiz_attempt")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuizAttemptId,
    /// On which enrollment.
    pub enrollment_id: EnrollmentId,
    /// Which quiz.
    pub lesson_id: LessonId,
    /// Who answers.
    pub person_id: PersonId,
    /// Counts from 1.
    pub number: i32,
    /// From which questions and their order were drawn.
    pub seed: i64,
    /// The questions as they were asked, without the key.
    pub asked: Json,
    /// The same with the key: never shown.
    pub paper: Json,
    /// What was answered.
    pub answers: Option<Json>,
    /// How each question was judged, once it was.
    pub marks: Json,
    /// What it takes to pass.
    pub pass_percent: i32,
    /// When the questions were shown.
    pub started_at: DateTimeUtc,
    /// Until when answers are taken; none where there is no limit.
    pub ends_at: Option<DateTimeUtc>,
    /// When it was handed in, or its time was up.
    pub submitted_at: Option<DateTimeUtc>,
    /// What was reached.
    pub points: Option<i32>,
    /// What could be.
    pub out_of: i32,
    /// The share, rounded down.
    pub percent: Option<i32>,
    /// Whether it was passed.
    pub passed: Option<bool>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
