//! Learning paths: courses in an order.

use sea_orm::entity::prelude::*;

use crate::id::LearningPathId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learning_path")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LearningPathId,
    /// Short name in lower case.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// Where it leads, as Markdown.
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// Partner kinds that it is for, each between bars; empty for all.
    pub kinds: String,
    /// Tiers that it is for, each between bars; empty for all.
    pub tiers: String,
    /// Regions that it is for, each between bars; empty for all.
    pub regions: String,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// Since when nobody is assigned to it.
    pub retired_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
