//! Rounds over all partners under a version.

use sea_orm::entity::prelude::*;

use crate::id::{PartnerId, ProgramReviewId, ProgramVersionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "program_review")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgramReviewId,
    /// Under which version.
    pub program_version_id: ProgramVersionId,
    /// On which day, in the program's zone.
    pub on_day: Date,
    /// When it began.
    pub started_at: DateTimeUtc,
    /// The last partner that was reviewed, in the order of their keys.
    pub reviewed_to: Option<PartnerId>,
    /// How many were reviewed.
    pub partners: i32,
    /// How many standings moved.
    pub moves: i32,
    /// When it was over.
    pub finished_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
