//! Onboarding plans, over all their versions.

use sea_orm::entity::prelude::*;

use crate::id::OnboardingPlanId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "onboarding_plan")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OnboardingPlanId,
    /// Short name in lower case, unique; how files name the plan.
    pub slug: String,
    /// Name.
    pub name: String,
    /// When.
    pub created_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
