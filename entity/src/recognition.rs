//! Advancements that all partners read.

use sea_orm::entity::prelude::*;

use crate::id::{PartnerId, RecognitionId, StandingId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recognition")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecognitionId,
    /// Which partner.
    pub partner_id: PartnerId,
    /// By which standing.
    pub standing_id: StandingId,
    /// What it was called that day.
    pub partner_name: String,
    /// The program's name.
    pub program: String,
    /// The track's name.
    pub track: String,
    /// The tier's name.
    pub tier: String,
    /// When.
    pub advanced_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
