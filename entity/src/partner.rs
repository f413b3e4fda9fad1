//! Organizations in the program.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{ApplicationId, FileId, PartnerId, PersonId};

/// What a partner does in the program.
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
pub enum PartnerKind {
    /// Sells the products on.
    Reseller,
    /// Brings leads.
    Referral,
    /// Implements and advises.
    Services,
    /// Builds products that fit.
    Technology,
    /// Runs the products for customers.
    ManagedService,
}

/// Where a partner stands; what comes before approval is the application's.
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
pub enum PartnerState {
    /// On its way through the plan.
    Onboarding,
    /// In the program.
    Active,
    /// Held for a while by the vendor.
    Suspended,
    /// Leaving.
    Offboarding,
    /// Left.
    Terminated,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartnerId,
    /// The application that was approved.
    pub application_id: ApplicationId,
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
    /// What it does in the program.
    pub kind: PartnerKind,
    /// Sales region of the vendor, one of the configured codes.
    pub region: String,
    /// IANA name; due dates end with its day.
    pub time_zone: String,
    /// Language of the organization.
    pub locale: String,
    /// Where it stands.
    pub state: PartnerState,
    /// The partner manager who looks after it.
    pub owner_id: PersonId,
    /// When it was let in; onboarding counts from here.
    pub approved_at: DateTimeUtc,
    /// When onboarding was complete.
    pub activated_at: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Counts edits, for optimistic locking.
    pub version: i32,
    /// Whether its members need a second factor.
    pub factor_required: bool,
    /// Its logo.
    pub logo_id: Option<FileId>,
    /// Whether other partners are not told when it advances.
    pub hides_advancement: bool,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
