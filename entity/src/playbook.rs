//! Playbooks, over all their versions.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::PlaybookId;

/// Whether partners read a playbook.
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
pub enum PlaybookState {
    /// Nothing of it is published yet.
    Draft,
    /// Partners read it.
    Published,
    /// Partners read it no more; who acknowledged it still finds what they did.
    Retired,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "playbook")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlaybookId,
    /// Short name in lower case; files name the playbook by it.
    pub slug: String,
    /// What it is called, as its newest published version says.
    pub title: String,
    /// What it is good for, as Markdown.
    pub summary: String,
    /// Language of these texts.
    pub locale: String,
    /// Partner kinds that it is for, each between bars; empty for all.
    pub kinds: String,
    /// Tiers that it is for, each between bars; empty for all.
    pub tiers: String,
    /// Regions that it is for, each between bars; empty for all.
    pub regions: String,
    /// Whether partners read it.
    pub state: PlaybookState,
    /// When its first version was written.
    pub created_at: DateTimeUtc,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
