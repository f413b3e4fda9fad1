//! Steps of partners' onboardings: a frozen copy of the plan's, with what was done.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{FileId, OnboardingId, OnboardingStepId, PartnerId, PersonId, PlanStepId};
use crate::plan_step::Performer;

/// Where a step stands.
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
pub enum StepState {
    /// Waits for other steps.
    Locked,
    /// To be done.
    Open,
    /// Waits for a reviewer.
    Submitted,
    /// To be done again, for the reason given.
    Returned,
    /// Done.
    Done,
    /// Not needed from this partner.
    Waived,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "onboarding_step")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OnboardingStepId,
    /// Whose.
    pub partner_id: PartnerId,
    /// Of which onboarding.
    pub onboarding_id: OnboardingId,
    /// The plan's step.
    pub plan_step_id: PlanStepId,
    /// Name within the plan, in lower case.
    pub key: String,
    /// Place in the plan, from 1.
    pub position: i32,
    /// What is to be done.
    pub title: String,
    /// How, as Markdown.
    pub instructions: String,
    /// Who does it.
    pub performer: Performer,
    /// When it is done: a completion rule.
    pub rule: Json,
    /// The questions to answer, where the rule asks for a form.
    pub form: Json,
    /// Keys of the steps that come first.
    pub requires: Json,
    /// Whether staff sign off what is submitted.
    pub needs_review: bool,
    /// Where it stands.
    pub state: StepState,
    /// The end of the due day in the partner's time zone.
    pub due_at: DateTimeUtc,
    /// The due day there.
    pub due_on: Date,
    /// When its prerequisites were done.
    pub opened_at: Option<DateTimeUtc>,
    /// When it was last submitted.
    pub submitted_at: Option<DateTimeUtc>,
    /// By whom.
    pub submitted_by: Option<PersonId>,
    /// When it was done or waived.
    pub closed_at: Option<DateTimeUtc>,
    /// Answers to the form, by question.
    pub answers: Json,
    /// What the submitter wrote as proof.
    pub evidence: String,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The revision: counts edits, for optimistic locking.
    pub version: i32,
    /// The document that was handed in.
    pub document_id: Option<FileId>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
