//! What partners say against evaluations.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{AppealId, EvaluationId, PartnerId, PersonId, StandingId, StandingOverrideId};

/// How far an appeal is.
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
pub enum AppealState {
    /// A reviewer has to decide.
    Submitted,
    /// The reviewer asks for more.
    ActionRequired,
    /// The partner is right.
    Upheld,
    /// The evaluation stands.
    Dismissed,
    /// The partner took it back.
    Withdrawn,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appeal")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppealId,
    /// Whose.
    pub partner_id: PartnerId,
    /// Against which standing.
    pub standing_id: StandingId,
    /// Against which evaluation.
    pub evaluation_id: EvaluationId,
    /// How far it is.
    pub state: AppealState,
    /// What is wrong, in the partner's words.
    pub reason: String,
    /// Who submitted it.
    pub submitted_by: PersonId,
    /// When it was last submitted.
    pub submitted_at: DateTimeUtc,
    /// Until when it is to be answered.
    pub answer_by: DateTimeUtc,
    /// When it was decided.
    pub decided_at: Option<DateTimeUtc>,
    /// The tier that was given with it.
    pub override_id: Option<StandingOverrideId>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
