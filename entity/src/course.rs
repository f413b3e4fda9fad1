//! Courses, over all their versions.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::CourseId;

/// Whether people can enroll.
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
pub enum CourseState {
    /// Nothing of it is published yet.
    Draft,
    /// People can enroll.
    Published,
    /// Nobody enrolls any more; who is on it may finish.
    Retired,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CourseId,
    /// Short name in lower case; files and certifications name the course by it.
    pub slug: String,
    /// What it is called, as its newest published version says.
    pub title: String,
    /// What it teaches, as Markdown.
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// Partner kinds that it is for, each between bars; empty for all.
    pub kinds: String,
    /// Tiers that it is for, each between bars; empty for all.
    pub tiers: String,
    /// Regions that it is for, each between bars; empty for all.
    pub regions: String,
    /// Months after which it is due again; none for never.
    pub refresh_months: Option<i32>,
    /// Whether people can enroll.
    pub state: CourseState,
    /// When its first version was written.
    pub created_at: DateTimeUtc,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
