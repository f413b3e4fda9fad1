//! Reviewers' words on what was submitted: one line for each decision, never edited.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{PartnerId, PersonId, VerdictId};

/// What can be submitted for review.
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
pub enum SubjectKind {
    /// A company's request to join.
    Application,
    /// A step of a partner's onboarding.
    OnboardingStep,
    /// Practical evidence for a certification.
    CertificationEvidence,
    /// A version of a playbook.
    PlaybookVersion,
    /// A partner's case study.
    CaseStudy,
    /// A field note.
    FieldNote,
    /// A tier that people would give against the rules.
    StandingOverride,
    /// What a partner says against an evaluation.
    Appeal,
}

/// What a reviewer can say.
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
pub enum Outcome {
    /// Mend the named fields and submit again.
    ActionRequired,
    /// Not done yet; submit again.
    Returned,
    /// Done.
    Accepted,
    /// No; a new submission may be made later.
    Rejected,
    /// Not needed from this partner.
    Waived,
    /// No, and finally so.
    Declined,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verdict")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VerdictId,
    /// Whose submission; none for an application.
    pub partner_id: Option<PartnerId>,
    /// What was submitted.
    pub subject_kind: SubjectKind,
    /// Which one.
    pub subject_id: Uuid,
    /// The revision that was looked at.
    pub revision: i32,
    /// The word.
    pub outcome: Outcome,
    /// Why, for the submitter to read.
    pub reason: String,
    /// The fields to mend, by name; empty where none is named.
    pub fields: Json,
    /// What was said of single fields: objects with `field` and `text`.
    pub comments: Json,
    /// Who decided.
    pub reviewer_id: PersonId,
    /// When.
    pub decided_at: DateTimeUtc,
    /// Whose submission, where it is a person's and no partner's.
    pub person_id: Option<PersonId>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
