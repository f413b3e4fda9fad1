//! Case studies: what a partner did for a customer, for everybody to read.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{CaseStudyId, PartnerId, PersonId};

/// Where a case study stands.
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
pub enum CaseStudyState {
    /// Being written.
    Draft,
    /// Waits for a reviewer.
    Submitted,
    /// A reviewer is on it.
    InReview,
    /// To be mended and submitted again.
    ChangesRequested,
    /// Good; published once the customer has consented.
    Approved,
    /// For everybody to read.
    Published,
    /// Was published, and is not any more.
    Archived,
    /// Was published until the customer's consent was withdrawn.
    Withdrawn,
    /// Not to be published. Final.
    Declined,
}

/// What the customer does.
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
pub enum Industry {
    /// Farming, forestry, fishing.
    Agriculture,
    /// Houses, roads, bridges.
    Construction,
    /// Schools and universities.
    Education,
    /// Power, water, heat.
    Energy,
    /// Banks and funds.
    Finance,
    /// Authorities of any level.
    Government,
    /// Hospitals, practices, care.
    Healthcare,
    /// Hotels, restaurants, travel.
    Hospitality,
    /// Insurance.
    Insurance,
    /// Transport and warehouses.
    Logistics,
    /// Making things.
    Manufacturing,
    /// Press, film, music, games.
    Media,
    /// Associations and charities.
    Nonprofit,
    /// Lawyers, auditors, consultants.
    ProfessionalServices,
    /// Shops, on the web and elsewhere.
    Retail,
    /// Software and devices.
    Technology,
    /// Telephone and networks.
    Telecommunications,
    /// Anything else.
    Other,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_study")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseStudyId,
    /// Whose work it tells of.
    pub partner_id: PartnerId,
    /// What the partner is called, as the published page says it.
    pub partner_name: String,
    /// Who began it.
    pub author_id: PersonId,
    /// The last part of its public address; none until it is published, and the same from then on.
    pub slug: Option<String>,
    /// Language of its texts.
    pub locale: String,
    /// Which other case study it says in another language.
    pub translation_of: Option<CaseStudyId>,
    /// Where it stands.
    pub state: CaseStudyState,
    /// What it is called.
    pub title: String,
    /// What it is about, in a sentence or two of plain text.
    pub summary: String,
    /// Name of the customer.
    pub customer: String,
    /// What the customer does; none while that is not said yet.
    pub industry: Option<Industry>,
    /// Code of the region; none while that is not said yet.
    pub region: Option<String>,
    /// Products, a line each.
    pub products: String,
    /// What was wrong, as Markdown.
    pub challenge: String,
    /// What was done, as Markdown.
    pub solution: String,
    /// What came of it, as Markdown.
    pub outcome: String,
    /// What was measured: objects with `label`, `value`, `unit`, `before` and `after`.
    pub results: Json,
    /// Pictures: objects with `file`, its key, and `alt`.
    pub images: Json,
    /// What somebody of the customer says; empty where nobody is quoted.
    pub quote: String,
    /// Who says it.
    pub quote_by: String,
    /// As what they say it.
    pub quote_role: String,
    /// Who last submitted it.
    pub submitted_by: Option<PersonId>,
    /// When it was last submitted.
    pub submitted_at: Option<DateTimeUtc>,
    /// Who reviews it.
    pub taken_up_by: Option<PersonId>,
    /// When it was published.
    pub published_at: Option<DateTimeUtc>,
    /// When it was archived, or the consent was withdrawn.
    pub closed_at: Option<DateTimeUtc>,
    /// Why.
    pub closed_reason: Option<String>,
    /// When it was begun.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
