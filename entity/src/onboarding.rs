//! Partners' ways through a plan.

use sea_orm::entity::prelude::*;

use crate::id::{OnboardingId, PartnerId, PlanVersionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "onboarding")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OnboardingId,
    /// Whose.
    pub partner_id: PartnerId,
    /// On which version it was started, and is finished.
    pub plan_version_id: PlanVersionId,
    /// When: the instant of approval.
    pub started_at: DateTimeUtc,
    /// When the last step was done.
    pub completed_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
