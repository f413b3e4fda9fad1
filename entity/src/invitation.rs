//! Seats offered by mail.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{InvitationId, PartnerId, PersonId};
use crate::membership::MemberRole;

/// Whether an invitation is open.
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
pub enum InvitationState {
    /// Open until it expires.
    Pending,
    /// Taken.
    Accepted,
    /// Taken back.
    Withdrawn,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// Where; none for the vendor's staff.
    pub partner_id: Option<PartnerId>,
    /// To whom, in lower case.
    pub email: String,
    /// How they are addressed.
    pub name: String,
    /// The seat in the partner.
    pub member_role: Option<MemberRole>,
    /// The roles among the vendor's staff.
    pub vendor_roles: Json,
    /// Language of the letter and, at first, of the account.
    pub locale: String,
    /// Zone of the account at first.
    pub time_zone: String,
    /// Whether it is still open; one past its end is expired.
    pub state: InvitationState,
    /// Who offers it; none when the first administrator was made on the command line.
    pub invited_by: Option<PersonId>,
    /// When.
    pub created_at: DateTimeUtc,
    /// Until when it can be accepted.
    pub expires_at: DateTimeUtc,
    /// When it was accepted or withdrawn.
    pub closed_at: Option<DateTimeUtc>,
    /// Who took it.
    pub accepted_by: Option<PersonId>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
