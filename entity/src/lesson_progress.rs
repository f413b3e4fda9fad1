//! How far learners are, lesson by lesson.

use sea_orm::entity::prelude::*;

use crate::id::{EnrollmentId, LessonId, LessonProgressId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_progress")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LessonProgressId,
    /// On which enrollment.
    pub enrollment_id: EnrollmentId,
    /// Which lesson.
    pub lesson_id: LessonId,
    /// Who learns.
    pub person_id: PersonId,
    /// When it was first opened.
    pub opened_at: DateTimeUtc,
    /// When it was last open.
    pub seen_at: DateTimeUtc,
    /// When it was completed.
    pub completed_at: Option<DateTimeUtc>,
    /// How long it was open, in seconds.
    pub seconds: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
