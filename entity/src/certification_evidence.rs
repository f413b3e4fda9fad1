//! Practical evidence for certifications, reviewed by staff.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{CertificateId, CertificationEvidenceId, CertificationId, PersonId};

/// Where evidence stands.
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
pub enum EvidenceState {
    /// Waits for a reviewer.
    Submitted,
    /// A reviewer is on it.
    InReview,
    /// To be mended and submitted again.
    ChangesRequested,
    /// It counts.
    Accepted,
    /// It does not count. Final.
    Declined,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certification_evidence")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CertificationEvidenceId,
    /// For which period.
    pub certificate_id: CertificateId,
    /// For which certification.
    pub certification_id: CertificationId,
    /// Who shows it.
    pub person_id: PersonId,
    /// Where it stands.
    pub state: EvidenceState,
    /// What was done, as Markdown.
    pub text: String,
    /// Where it can be seen.
    pub url: Option<String>,
    /// When it was last submitted.
    pub submitted_at: DateTimeUtc,
    /// Who reviews it.
    pub taken_up_by: Option<PersonId>,
    /// When the last word on it was said.
    pub decided_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
