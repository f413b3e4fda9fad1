//! Onboarding plans and steps, as clients change them.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};
use entity::partner::PartnerKind;
use entity::plan_step::Performer;
use serde::Serialize;

use super::payload::mutation;
use super::{ContextExt, key};
use crate::error::{Error, Refusal};
use crate::onboarding::document::{Document, Step};
use crate::onboarding::form::{self, Question};
use crate::onboarding::plan::{self, Source};
use crate::onboarding::review::{self, Review};
use crate::onboarding::rules::Rule;
use crate::onboarding::submit::{self, HandIn};
use crate::reads::onboarding::parts::{CompletionRuleKind, QuestionType};
use crate::reads::onboarding::{OnboardingPlan, OnboardingPlanVersion, OnboardingStep};
use crate::shape::Chosen;

/// When a step is done, with what its kind takes.
#[derive(InputObject, Serialize)]
struct CompletionRuleInput {
    /// Which rule.
    kind: CompletionRuleKind,
    /// Name of the agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement: Option<String>,
    /// Version of the agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// Slug of the course.
    #[serde(skip_serializing_if = "Option::is_none")]
    course: Option<String>,
    /// Slug of the certification.
    #[serde(skip_serializing_if = "Option::is_none")]
    certification: Option<String>,
    /// Kind of the meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting: Option<String>,
    /// Name of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    /// How many members.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<i32>,
}

/// A question of a step's form.
#[derive(InputObject)]
struct QuestionInput {
    /// Name within the form, in lower case.
    key: String,
    /// The question, as people read it.
    label: String,
    /// What an answer looks like.
    #[graphql(name = "type")]
    kind: QuestionType,
    /// What can be chosen, where that is the type.
    #[graphql(default)]
    choices: Vec<String>,
    /// Whether it must be answered.
    #[graphql(default)]
    required: bool,
}

/// A step of a plan.
#[derive(InputObject)]
struct PlanStepInput {
    /// Name within the plan, in lower case.
    key: String,
    /// What is to be done.
    title: String,
    /// How, as Markdown.
    #[graphql(default)]
    instructions: String,
    /// Who does it.
    performer: Chosen<Performer>,
    /// Days from approval to the due date, which ends with the day in the partner's time zone.
    due_days: i32,
    /// Keys of the steps that come first.
    #[graphql(default)]
    requires: Vec<String>,
    /// When it is done.
    rule: CompletionRuleInput,
    /// The questions of its form, where the rule asks for one.
    #[graphql(default)]
    questions: Vec<QuestionInput>,
    /// Whether staff sign off what is submitted.
    #[graphql(default)]
    needs_review: bool,
}

/// An onboarding plan.
#[derive(InputObject)]
struct OnboardingPlanInput {
    /// Short name in lower case: versions of the same plan share it.
    slug: String,
    /// Name.
    name: String,
    /// Language of its texts, a BCP 47 tag.
    locale: String,
    /// Partner kinds that it is for; empty for all.
    #[graphql(default)]
    kinds: Vec<Chosen<PartnerKind>>,
    /// Regions that it is for; empty for all.
    #[graphql(default)]
    regions: Vec<String>,
    /// What is to be done, in the order in which it is shown.
    steps: Vec<PlanStepInput>,
}

/// A plan in either form.
#[derive(OneofObject)]
enum OnboardingPlanSource {
    /// As a YAML file, kept as it was written.
    Yaml(String),
    /// As fields.
    Fields(OnboardingPlanInput),
}

impl TryFrom<OnboardingPlanSource> for Source {
    type Error = Error;

    fn try_from(source: OnboardingPlanSource) -> Result<Self, Error> {
        let plan = match source {
            OnboardingPlanSource::Yaml(text) => return Ok(Self::Yaml(text)),
            OnboardingPlanSource::Fields(plan) => plan,
        };
        let mut faults = Vec::new();
        let mut steps = Vec::with_capacity(plan.steps.len());
        for (at, step) in plan.steps.into_iter().enumerate() {
            match read(step, at) {
                Ok(step) => steps.push(step),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(Error::Refused(faults));
        }
        Ok(Self::Document(Box::new(Document {
            slug: plan.slug,
            name: plan.name,
            locale: plan.locale,
            kinds: plan.kinds.into_iter().map(|kind| kind.0).collect(),
            regions: plan.regions,
            steps,
        })))
    }
}

/// A rule takes just what its kind says: more or less is a fault.
fn read(step: PlanStepInput, at: usize) -> Result<Step, Refusal> {
    let invalid = |what: String, field: &str| {
        Refusal::new("INVALID", what).at(&format!("plan.fields.steps.{at}.{field}"))
    };
    let rule = serde_json::to_value(&step.rule).and_then(serde_json::from_value::<Rule>);
    Ok(Step {
        rule: rule.map_err(|error| invalid(format!("The rule is not whole: {error}."), "rule"))?,
        due_days: u32::try_from(step.due_days)
            .map_err(|_| invalid("Give no less than 0 days.".to_owned(), "dueDays"))?,
        key: step.key,
        title: step.title,
        instructions: step.instructions,
        performer: step.performer.0,
        requires: step.requires,
        questions: step.questions.into_iter().map(question).collect(),
        needs_review: step.needs_review,
    })
}

fn question(input: QuestionInput) -> Question {
    Question {
        key: input.key,
        label: input.label,
        kind: input.kind.into(),
        choices: input.choices,
        required: input.required,
    }
}

/// Saves the draft of a plan.
#[derive(InputObject)]
struct OnboardingPlanSaveInput {
    /// The plan; its slug says which. A new slug makes a new plan.
    plan: OnboardingPlanSource,
    /// The version of the draft that you read; left out where the plan has no draft.
    expected_version: Option<i32>,
}

mutation!(
    /// What `onboardingPlanSave` answers.
    OnboardingPlanSave => OnboardingPlanSavePayload {
        /// The draft.
        plan_version: OnboardingPlanVersion
    }
    refuses [
        "CHOICES_MISSING", "CHOICES_NOT_ASKED", "CONFLICT", "CYCLE", "DUPLICATE", "FORM_MISSING",
        "FORM_NOT_ASKED", "INVALID", "INVALID_KEY", "INVALID_LOCALE", "INVALID_TEXT",
        "INVALID_YAML", "MISFIT", "OUT_OF_RANGE", "REQUIRED", "TOO_LONG", "TOO_MANY",
        "UNKNOWN_REGION", "UNKNOWN_STEP"
    ]
);

/// Publishes a draft.
#[derive(InputObject)]
struct OnboardingPlanPublishInput {
    /// The draft.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `onboardingPlanPublish` answers.
    OnboardingPlanPublish => OnboardingPlanPublishPayload {
        /// The version on which partners start from now on.
        plan_version: OnboardingPlanVersion
    }
    refuses ["CONFLICT", "NOT_DRAFT"]
);

/// Throws a draft away.
#[derive(InputObject)]
struct OnboardingPlanDiscardInput {
    /// The draft.
    plan_version: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `onboardingPlanDiscard` answers.
    OnboardingPlanDiscard => OnboardingPlanDiscardPayload {
        /// The plan as it is without the draft; null where it had no other version.
        plan: OnboardingPlan
    }
    refuses ["CONFLICT", "NOT_DRAFT"]
);

/// Onboarding plans.
#[derive(Debug, Default)]
pub(crate) struct PlanMutation;

#[Object]
impl PlanMutation {
    /// Saves the draft of a plan: of a new plan, the next version of one, or again.
    async fn onboarding_plan_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingPlanSaveInput,
    ) -> Result<Option<OnboardingPlanSavePayload>> {
        let result = match Source::try_from(input.plan) {
            Ok(plan) => {
                let save = plan::SaveDraft {
                    plan,
                    expected_version: input.expected_version,
                };
                plan::save_draft(ctx.op(), ctx.portal(), save).await
            }
            Err(error) => Err(error),
        };
        OnboardingPlanSavePayload::of(result, None)
    }

    /// Publishes a draft: new partners start on it, and it never changes again. Partners that
    /// started on the version before finish on that.
    async fn onboarding_plan_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingPlanPublishInput,
    ) -> Result<Option<OnboardingPlanPublishPayload>> {
        let id = key::<OnboardingPlanVersion>(&input.id)?;
        let draft = plan::Draft {
            plan_version: id.into(),
            expected_version: input.expected_version,
        };
        let result = plan::publish(ctx.op(), draft).await;
        OnboardingPlanPublishPayload::of(result, Some(id))
    }

    /// Throws a draft away, and with it the plan where it never had another version.
    async fn onboarding_plan_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingPlanDiscardInput,
    ) -> Result<Option<OnboardingPlanDiscardPayload>> {
        let draft = plan::Draft {
            plan_version: key::<OnboardingPlanVersion>(&input.plan_version)?.into(),
            expected_version: input.expected_version,
        };
        let result = plan::discard(ctx.op(), draft).await;
        OnboardingPlanDiscardPayload::of(result, None)
    }
}

/// An answer to one question of a form.
#[derive(InputObject)]
struct AnswerInput {
    /// Key of the question.
    question: String,
    /// The answer: for a choice one of the choices, for a number or a day its text.
    value: String,
}

/// Saves or hands in a step. What is left out stays as it was saved.
#[derive(InputObject)]
struct OnboardingStepHandInInput {
    /// Which step.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Answers to the form: all of them.
    answers: Option<Vec<AnswerInput>>,
    /// What proves that it is done, or where that can be read; at most 5,000 characters.
    evidence: Option<String>,
    /// The document, as a file that you uploaded for the partner.
    document: Option<ID>,
}

impl OnboardingStepHandInInput {
    fn hand_in(self, step: uuid::Uuid) -> HandIn {
        let answer = |answer: AnswerInput| form::Answer {
            question: answer.question,
            value: answer.value,
        };
        HandIn {
            step: step.into(),
            answers: self
                .answers
                .map(|answers| answers.into_iter().map(answer).collect()),
            evidence: self.evidence,
            document: super::file::named(self.document.as_ref()),
            expected_version: self.expected_version,
        }
    }
}

/// What a reviewer says about a step.
#[derive(InputObject)]
struct OnboardingStepReviewInput {
    /// Which step.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Why, for the submitter to read; may be left out for a sign-off.
    #[graphql(default)]
    reason: String,
    /// Where it is sent back: questions of its form to mend, or `evidence`.
    #[graphql(default)]
    fields: Vec<String>,
}

impl OnboardingStepReviewInput {
    fn review(self, step: uuid::Uuid) -> Review {
        Review {
            step: step.into(),
            reason: self.reason,
            fields: self.fields,
            expected_version: self.expected_version,
        }
    }
}

mutation!(
    /// What `onboardingStepSave` answers.
    OnboardingStepSave => OnboardingStepSavePayload {
        /// The step.
        step: OnboardingStep
    }
    refuses [
        "CLOSED", "CONFLICT", "DUPLICATE", "INVALID_ANSWER", "INVALID_TEXT", "LOCKED", "NOT_ONBOARDING",
        "NOT_UPLOADED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FILE", "UNKNOWN_QUESTION",
        "WAITS_FOR_REVIEW", "WRONG_FILE_TYPE", "WRONG_PERFORMER"
    ]
);

mutation!(
    /// What `onboardingStepSubmit` answers.
    OnboardingStepSubmit => OnboardingStepSubmitPayload {
        /// The step.
        step: OnboardingStep
    }
    refuses [
        "ADMIN_ONLY", "CLOSED", "CONFLICT", "DUPLICATE", "INVALID_ANSWER", "INVALID_TEXT", "LOCKED",
        "NOT_ONBOARDING", "NOT_UPLOADED", "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FILE",
        "UNKNOWN_QUESTION", "WAITS_FOR_REVIEW", "WRONG_FILE_TYPE", "WRONG_PERFORMER"
    ]
);

mutation!(
    /// What `onboardingStepComplete` answers.
    OnboardingStepComplete => OnboardingStepCompletePayload {
        /// The step.
        step: OnboardingStep
    }
    refuses [
        "CLOSED", "CONFLICT", "DUPLICATE", "INVALID_ANSWER", "INVALID_TEXT", "LOCKED", "NOT_ONBOARDING",
        "NOT_UPLOADED", "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FILE", "UNKNOWN_QUESTION",
        "WAITS_FOR_REVIEW", "WRONG_FILE_TYPE", "WRONG_PERFORMER"
    ]
);

mutation!(
    /// What `onboardingStepSignOff` answers.
    OnboardingStepSignOff => OnboardingStepSignOffPayload {
        /// The step.
        step: OnboardingStep
    }
    refuses [
        "ALREADY_DECIDED", "CLOSED", "CONFLICT", "INVALID_TEXT", "NOT_ONBOARDING",
        "NOT_SUBMITTED", "OWN_SUBMISSION", "TOO_LONG", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `onboardingStepReturn` answers.
    OnboardingStepReturn => OnboardingStepReturnPayload {
        /// The step.
        step: OnboardingStep
    }
    refuses [
        "ALREADY_DECIDED", "CLOSED", "CONFLICT", "INVALID_TEXT", "NOT_ONBOARDING",
        "NOT_SUBMITTED", "OWN_SUBMISSION", "REQUIRED", "TOO_LONG", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `onboardingStepWaive` answers.
    OnboardingStepWaive => OnboardingStepWaivePayload {
        /// The step.
        step: OnboardingStep
    }
    refuses [
        "ALREADY_DECIDED", "CLOSED", "CONFLICT", "INVALID_TEXT", "NOT_ONBOARDING",
        "NOT_SUBMITTED", "OWN_SUBMISSION", "REQUIRED", "TOO_LONG", "UNKNOWN_FIELD"
    ]
);

/// Onboarding steps: done by partners and staff, reviewed by staff.
#[derive(Debug, Default)]
pub(crate) struct StepMutation;

#[Object]
impl StepMutation {
    /// Saves a step without handing it in: it may be unfinished.
    async fn onboarding_step_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingStepHandInInput,
    ) -> Result<Option<OnboardingStepSavePayload>> {
        let id = key::<OnboardingStep>(&input.id)?;
        let result = submit::save_step(ctx.op(), input.hand_in(id)).await;
        OnboardingStepSavePayload::of(result, Some(id))
    }

    /// Hands in one of the partner's steps. It is done with that, or waits for a reviewer.
    async fn onboarding_step_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingStepHandInInput,
    ) -> Result<Option<OnboardingStepSubmitPayload>> {
        let id = key::<OnboardingStep>(&input.id)?;
        let result = submit::submit_step(ctx.op(), input.hand_in(id)).await;
        OnboardingStepSubmitPayload::of(result, Some(id))
    }

    /// Does one of the vendor's own steps: the meeting was held, the access is set up.
    async fn onboarding_step_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingStepHandInInput,
    ) -> Result<Option<OnboardingStepCompletePayload>> {
        let id = key::<OnboardingStep>(&input.id)?;
        let result = submit::complete_vendor_step(ctx.op(), input.hand_in(id)).await;
        OnboardingStepCompletePayload::of(result, Some(id))
    }

    /// Signs off a step that was handed in: it is done.
    async fn onboarding_step_sign_off(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingStepReviewInput,
    ) -> Result<Option<OnboardingStepSignOffPayload>> {
        let id = key::<OnboardingStep>(&input.id)?;
        let result = review::sign_off_step(ctx.op(), input.review(id)).await;
        OnboardingStepSignOffPayload::of(result, Some(id))
    }

    /// Sends back a step that was handed in: it is to be done again, for the reason given.
    async fn onboarding_step_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingStepReviewInput,
    ) -> Result<Option<OnboardingStepReturnPayload>> {
        let id = key::<OnboardingStep>(&input.id)?;
        let result = review::return_step(ctx.op(), input.review(id)).await;
        OnboardingStepReturnPayload::of(result, Some(id))
    }

    /// Finds that this partner does not need the step; what waited for it waits no longer.
    async fn onboarding_step_waive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: OnboardingStepReviewInput,
    ) -> Result<Option<OnboardingStepWaivePayload>> {
        let id = key::<OnboardingStep>(&input.id)?;
        let result = review::waive_step(ctx.op(), input.review(id)).await;
        OnboardingStepWaivePayload::of(result, Some(id))
    }
}
