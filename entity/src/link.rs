//! Single-use links sent by mail: only their hashes are kept.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{ApplicationId, InvitationId, LinkId, PersonId};

/// What a link may be used for.
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
pub enum LinkPurpose {
    /// Proves the address of an applicant.
    ConfirmEmail,
    /// Lets an applicant mend what a reviewer named.
    EditApplication,
    /// Takes a seat.
    AcceptInvitation,
    /// Sets a new password.
    ResetPassword,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LinkId,
    /// What it may be used for.
    pub purpose: LinkPurpose,
    /// SHA-256 of the token, in hex.
    pub token_hash: String,
    /// Address it was sent to; it proves that address.
    pub email: String,
    /// Whose password it resets.
    pub person_id: Option<PersonId>,
    /// The application it opens.
    pub application_id: Option<ApplicationId>,
    /// The invitation it accepts.
    pub invitation_id: Option<InvitationId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Until when it works.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
