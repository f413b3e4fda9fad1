//! Vendor roles that people hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{PersonId, StaffRoleId};

/// What a member of the vendor's staff may do.
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
pub enum VendorRole {
    /// Everything, including staff accounts.
    Admin,
    /// Writes, simulates and publishes program versions; reviews appeals.
    ProgramManager,
    /// Owns partners: applications, onboarding, reviews of what partners submit.
    PartnerManager,
    /// Courses, certifications, playbooks, library.
    EnablementManager,
    /// Funds and payouts.
    Finance,
    /// Reads everything, changes nothing.
    Auditor,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_role")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StaffRoleId,
    /// Who holds it.
    pub person_id: PersonId,
    /// Which.
    pub role: VendorRole,
    /// Since when.
    pub granted_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
