//! Seats of people in partners.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{MembershipId, PartnerId, PersonId};

/// What a member may do for their partner.
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
pub enum MemberRole {
    /// Their own organization: members, profile, submissions.
    PartnerAdmin,
    /// Learns, registers, submits.
    PartnerMember,
}

/// Whether a seat is taken.
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
pub enum MembershipState {
    /// A member today.
    Active,
    /// No longer a member.
    Deactivated,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MembershipId,
    /// Where.
    pub partner_id: PartnerId,
    /// Who.
    pub person_id: PersonId,
    /// As what.
    pub role: MemberRole,
    /// Whether the seat is theirs today.
    pub state: MembershipState,
    /// Since when.
    pub joined_at: DateTimeUtc,
    /// Until when.
    pub ended_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
