//! Customers' consents to case studies: to which text, by whom, when, and when it was withdrawn.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{CaseStudyConsentId, CaseStudyId, FileId, PartnerId, PersonId};

/// How a customer consents.
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
pub enum ConsentMethod {
    /// By the link in a letter.
    Link,
    /// By a paper, which somebody recorded.
    Paper,
}

/// Where a consent stands.
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
pub enum ConsentState {
    /// The customer was asked.
    Asked,
    /// The customer has consented.
    Given,
    /// The customer has not consented.
    Refused,
    /// The text is another one by now.
    Outdated,
    /// The customer had consented, and does not any more.
    Withdrawn,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_study_consent")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseStudyConsentId,
    /// To which case study.
    pub case_study_id: CaseStudyId,
    /// Whose.
    pub partner_id: PartnerId,
    /// The case study's version whose text it is about.
    pub revision: i32,
    /// That text, as the customer read it.
    pub content: Json,
    /// How.
    pub method: ConsentMethod,
    /// Where it stands.
    pub state: ConsentState,
    /// The paper; none where there is none.
    pub file_id: Option<FileId>,
    /// Who consents for the customer.
    pub name: String,
    /// Where the letter went; none where there was none.
    pub email: Option<String>,
    /// Language of the letter and of the page.
    pub locale: String,
    /// Who asked, or recorded it.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: DateTimeUtc,
    /// Until when the letter can be answered; none where there was none.
    pub expires_at: Option<DateTimeUtc>,
    /// When the customer answered.
    pub answered_at: Option<DateTimeUtc>,
    /// What the customer said beside, or what the paper is.
    pub note: String,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Who recorded that; none where the customer did it by the link.
    pub withdrawn_by: Option<PersonId>,
    /// Why it was withdrawn.
    pub withdrawn_reason: Option<String>,
    /// Counts changes, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
