//! What became of standings, never edited.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{
    EvaluationId, PartnerId, ProgramVersionId, StandingId, StandingMoveId, StandingOverrideId,
};

/// What became of a standing.
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
pub enum MoveKind {
    /// A partner stands on the track for the first time.
    Entered,
    /// Up.
    Advanced,
    /// The tier is not earned any more.
    AtRisk,
    /// The partner keeps the tier for a while yet.
    GraceStarted,
    /// It is earned again.
    Kept,
    /// Down.
    Demoted,
    /// People gave a tier.
    Overridden,
    /// The rules count again.
    OverrideEnded,
    /// The program has no such track any more.
    Ended,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "standing_move")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StandingMoveId,
    /// Of which standing.
    pub standing_id: StandingId,
    /// Of which partner.
    pub partner_id: PartnerId,
    /// Under which version.
    pub program_version_id: ProgramVersionId,
    /// On which track, by its key.
    pub track: String,
    /// What.
    pub kind: MoveKind,
    /// The tier from then on.
    pub tier: Option<String>,
    /// The tier before.
    pub from_tier: Option<String>,
    /// The tier that was earned then.
    pub earned: Option<String>,
    /// Where the tier is at risk or in grace: when that is decided, or ends.
    pub decided_on: Option<Date>,
    /// When.
    pub moved_at: DateTimeUtc,
    /// The evaluation that it follows from.
    pub evaluation_id: Option<EvaluationId>,
    /// Who gave the tier, where the rules did not.
    pub override_id: Option<StandingOverrideId>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
