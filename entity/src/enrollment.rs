//! Enrollments: people on courses, each round of theirs once.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{CourseId, CourseVersionId, EnrollmentId, PartnerId, PersonId};

/// Where a learner stands on a course.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "Text",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnrollmentState {
    /// Not begun.
    Enrolled,
    /// Begun.
    InProgress,
    /// Every lesson is completed.
    Completed,
    /// Given up.
    Withdrawn,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enrollment")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EnrollmentId,
    /// Who learns.
    pub person_id: PersonId,
    /// What.
    pub course_id: CourseId,
    /// The version on which they finish.
    pub course_version_id: CourseVersionId,
    /// Counts from 1: refreshers and renewals take a course again.
    pub round: i32,
    /// Where they stand.
    pub state: EnrollmentState,
    /// Slugs of the courses that come first.
    pub requires: Json,
    /// Who assigned it; none where nobody did.
    pub assigned_by: Option<PersonId>,
    /// For which partner; none where for none.
    pub assigned_for: Option<PartnerId>,
    /// The due day, in the learner's time zone.
    pub due_on: Option<Date>,
    /// The end of it.
    pub due_at: Option<DateTimeUtc>,
    /// Whether it refreshes what was completed before.
    pub refreshes: bool,
    /// When it began.
    pub enrolled_at: DateTimeUtc,
    /// When the first lesson was opened.
    pub started_at: Option<DateTimeUtc>,
    /// When the last lesson was completed.
    pub completed_at: Option<DateTimeUtc>,
    /// When it was given up.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
