//! Versions of onboarding plans: immutable once published.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{OnboardingPlanId, PersonId, PlanVersionId};

/// Whether partners start on a version.
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
pub enum PlanVersionState {
    /// Being written.
    Draft,
    /// New partners start on it.
    Published,
    /// A later version took its place; who started on it finishes on it.
    Retired,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_version")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanVersionId,
    /// Of which plan.
    pub plan_id: OnboardingPlanId,
    /// Counts from 1.
    pub number: i32,
    /// Whether partners start on it.
    pub state: PlanVersionState,
    /// Language of its texts.
    pub locale: String,
    /// Partner kinds it is for; empty for all.
    pub kinds: Json,
    /// Regions it is for; empty for all.
    pub regions: Json,
    /// The plan as YAML, as it was written.
    pub document: String,
    /// Who wrote it; none for a plan from the command line.
    pub author_id: Option<PersonId>,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// When partners began to start on it.
    pub published_at: Option<DateTimeUtc>,
    /// Counts edits of a draft.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
