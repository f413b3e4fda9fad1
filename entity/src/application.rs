//! Requests of companies to join the program.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{ApplicationId, PersonId};
use crate::partner::PartnerKind;

/// Where an application stands.
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
pub enum ApplicationState {
    /// Sent; nobody has taken it up yet.
    Applied,
    /// A reviewer is on it.
    InReview,
    /// The applicant is asked to mend the fields that the reviewer named.
    ActionRequired,
    /// Let in; final.
    Approved,
    /// Not now: a new application is welcome from the date given.
    Rejected,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "application")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationId,
    /// Registered name.
    pub legal_name: String,
    /// Name without case, accents and legal form, for finding duplicates.
    pub normalized_name: String,
    /// Public web site.
    pub website: String,
    /// Host of the web site without `www.`.
    pub domain: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What it wants to do in the program.
    pub kind: PartnerKind,
    /// Where it sells: a list of configured codes.
    pub regions: Json,
    /// IANA name.
    pub time_zone: String,
    /// Language of letters.
    pub locale: String,
    /// Who asks.
    pub contact_name: String,
    /// Where answers go, in lower case.
    pub contact_email: String,
    /// Why it wants to join.
    pub why: String,
    /// Version of the terms that were accepted.
    pub terms_version: String,
    /// When.
    pub terms_accepted_at: DateTimeUtc,
    /// Where it stands.
    pub state: ApplicationState,
    /// When the address was confirmed.
    pub email_confirmed_at: Option<DateTimeUtc>,
    /// When it was last submitted.
    pub submitted_at: DateTimeUtc,
    /// Who took it into review.
    pub reviewer_id: Option<PersonId>,
    /// When it was approved or rejected.
    pub decided_at: Option<DateTimeUtc>,
    /// After a rejection: from when a new application is welcome.
    pub welcome_again_on: Option<Date>,
    /// When it was first sent.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The revision: counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
