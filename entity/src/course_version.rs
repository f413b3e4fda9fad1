//! Versions of courses: who starts on one finishes on it.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{CourseId, CourseVersionId, PersonId};

/// Whether people start on a version.
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
pub enum CourseVersionState {
    /// Being written.
    Draft,
    /// New learners start on it.
    Published,
    /// A later version took its place; who started on it finishes on it.
    Retired,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course_version")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CourseVersionId,
    /// Of which course.
    pub course_id: CourseId,
    /// Counts from 1.
    pub number: i32,
    /// Whether people start on it.
    pub state: CourseVersionState,
    /// What it is called.
    pub title: String,
    /// What it teaches, as Markdown.
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// How long it takes, by estimate.
    pub minutes: i32,
    /// Slugs of the courses that come first.
    pub prerequisites: Json,
    /// Months after which it is due again; none for never.
    pub refresh_months: Option<i32>,
    /// Whether certificates that were earned on earlier versions are to be renewed.
    pub outdates: bool,
    /// The course as YAML, with the bodies of its lessons.
    pub document: String,
    /// Who wrote it; none from the command line.
    pub author_id: Option<PersonId>,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// When people began to start on it.
    pub published_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
