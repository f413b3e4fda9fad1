//! Where partners stand now.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{EvaluationId, PartnerId, ProgramId, StandingId, StandingOverrideId};

/// How safe a tier is.
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
pub enum StandingPhase {
    /// It is earned, or was given.
    Steady,
    /// It is not earned any more, and the partner was told.
    AtRisk,
    /// The day has come, and the partner keeps it for a while yet.
    Grace,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "standing")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StandingId,
    /// Which partner.
    pub partner_id: PartnerId,
    /// In which program.
    pub program_id: ProgramId,
    /// On which track, by its key.
    pub track: String,
    /// On which tier, by its key; none where the track has none for it.
    pub tier: Option<String>,
    /// How high that is: 0 for none, 1 for the lowest.
    pub tier_rank: i32,
    /// The highest tier that is earned, whatever it stands on.
    pub earned: Option<String>,
    /// The tier above the one that is earned, by its key; none at the top, and where the track has
    /// none for it.
    pub next_tier: Option<String>,
    /// How many of its requirements are missing.
    pub next_missing: i32,
    /// How far the one of them has come that has come least, in per cent.
    pub next_reached: i32,
    /// How safe the tier is.
    pub phase: StandingPhase,
    /// Since when it is at risk, or in grace.
    pub phase_since: Option<DateTimeUtc>,
    /// The day on which that is decided, or ends.
    pub decided_on: Option<Date>,
    /// Since when it stands on the tier.
    pub since: DateTimeUtc,
    /// When it was last looked at.
    pub looked_at: DateTimeUtc,
    /// The evaluation that decided last.
    pub evaluation_id: Option<EvaluationId>,
    /// Who gave the tier, where the rules did not.
    pub override_id: Option<StandingOverrideId>,
    /// When the track ended.
    pub ended_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
