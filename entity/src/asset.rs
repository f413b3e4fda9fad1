//! Assets of the library, over all their versions.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{AssetId, PersonId};

/// What an asset is.
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
pub enum AssetKind {
    /// Facts about a product.
    Datasheet,
    /// Slides.
    Presentation,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sign of the vendor or a product.
    Logo,
    /// Something to fill in.
    Template,
    /// Something to agree on.
    Contract,
    /// Anything else.
    Other,
}

/// Whether partners see an asset.
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
pub enum AssetState {
    /// It has no version yet.
    Draft,
    /// Partners see it.
    Published,
    /// Its last day is over.
    Expired,
    /// It was taken out of the library.
    Retired,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssetId,
    /// Short name in lower case.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What it is for, as Markdown.
    pub summary: String,
    /// What it is.
    pub kind: AssetKind,
    /// What it is found by, each between bars.
    pub tags: String,
    /// Language of what is in it.
    pub locale: String,
    /// Partner kinds that it is for, each between bars; empty for all.
    pub kinds: String,
    /// Tiers that it is for, each between bars; empty for all.
    pub tiers: String,
    /// Regions that it is for, each between bars; empty for all.
    pub regions: String,
    /// Who of the staff looks after it.
    pub owner_id: PersonId,
    /// The first instant at which partners see it no more; none for ever.
    pub expires_at: Option<DateTimeUtc>,
    /// Whether partners see it.
    pub state: AssetState,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
