//! Tiers that people gave against the rules.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{PartnerId, PersonId, ProgramId, StandingOverrideId};

/// How far an override is.
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
pub enum OverrideState {
    /// Somebody else has to decide.
    Proposed,
    /// It counts until its end.
    Approved,
    /// It does not count.
    Declined,
    /// It counted until its end, or was ended before.
    Ended,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "standing_override")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StandingOverrideId,
    /// To which partner.
    pub partner_id: PartnerId,
    /// In which program.
    pub program_id: ProgramId,
    /// On which track, by its key.
    pub track: String,
    /// Which tier, by its key.
    pub tier: String,
    /// Why, for the partner to read.
    pub reason: String,
    /// Its last day, in the program's zone.
    pub ends_on: Date,
    /// The end of that day.
    pub ends_at: DateTimeUtc,
    /// How far it is.
    pub state: OverrideState,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// When.
    pub proposed_at: DateTimeUtc,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
