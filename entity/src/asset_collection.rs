//! Assets that belong together.

use sea_orm::entity::prelude::*;

use crate::id::AssetCollectionId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_collection")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssetCollectionId,
    /// Short name in lower case.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What it is for, as Markdown.
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// Partner kinds that it is for, each between bars; empty for all.
    pub kinds: String,
    /// Tiers that it is for, each between bars; empty for all.
    pub tiers: String,
    /// Regions that it is for, each between bars; empty for all.
    pub regions: String,
    /// Tiers on whose page it is shown, each between bars.
    pub pinned_tiers: String,
    /// Keys of onboarding steps beside which it is shown, each between bars.
    pub pinned_steps: String,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// Since when partners see it no more.
    pub retired_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
