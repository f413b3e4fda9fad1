//! Deciding about a step: sign it off, send it back, or find that it is not needed.

use entity::id::OnboardingStepId;
use entity::onboarding_step::{self, StepState};
use entity::verdict::{Outcome, SubjectKind};

use super::advance::{News, Way};
use super::flow::{self, Turn};
use super::form::Form;
use super::store;
use crate::auth::{Permission, Scope};
use crate::error::Result;
use crate::notification::letter::HowDone;
use crate::op::{Op, Tx};
use crate::submission::{self, Comment, Decision, Submission};

/// The field of a step that is no question: what proves that it is done.
pub const EVIDENCE: &str = "evidence";

/// What a reviewer says about a step.
#[derive(Clone, Debug)]
pub struct Review {
    /// Which step.
    pub step: OnboardingStepId,
    /// Why, for the submitter to read; may be empty for a sign-off.
    pub reason: String,
    /// Where it is sent back: questions of its form to mend, or [`EVIDENCE`]; may be empty.
    pub fields: Vec<String>,
    /// What is said of single questions.
    pub comments: Vec<Comment>,
    /// The step's version that was read.
    pub expected_version: i32,
}

/// Signs off a step that was submitted: it is done.
///
/// # Errors
/// Refusals of [`submission::CODES`] and [`super::CODES`].
pub async fn sign_off_step(op: &Op, review: Review) -> Result<OnboardingStepId> {
    op.unit(review, |tx, review| {
        Box::pin(decide(tx, review, Outcome::Accepted))
    })
    .await
}

/// Sends back a step that was submitted: it is to be done again, for the reason given.
///
/// # Errors
/// Refusals of [`submission::CODES`] and [`super::CODES`].
pub async fn return_step(op: &Op, review: Review) -> Result<OnboardingStepId> {
    op.unit(review, |tx, review| {
        Box::pin(decide(tx, review, Outcome::Returned))
    })
    .await
}

/// Finds that this partner does not need the step: whatever state it is in, it is closed, and what
/// waited for it waits no longer.
///
/// # Errors
/// Refusals of [`submission::CODES`] and [`super::CODES`].
pub async fn waive_step(op: &Op, review: Review) -> Result<OnboardingStepId> {
    op.unit(review, |tx, review| {
        Box::pin(decide(tx, review, Outcome::Waived))
    })
    .await
}

async fn decide(tx: &Tx, review: &Review, outcome: Outcome) -> Result<OnboardingStepId> {
    let step = store::step_for_asker(tx, review.step).await?;
    let permit = tx.permit(Permission::ReviewStep, Scope::Partner(step.partner_id))?;
    let decision = Decision {
        revision: review.expected_version,
        outcome,
        reason: review.reason.clone(),
        fields: review.fields.clone(),
        comments: review.comments.clone(),
    };
    let reason = review.reason.trim().to_owned();
    let form: Form = serde_json::from_value(step.form.clone())?;
    let label = |key: &str| form.question(key).map(|question| question.label.clone());
    let submitted = step.state == StepState::Submitted;
    let (turn, news, can_be_decided) = match outcome {
        Outcome::Waived => (
            Turn::Waive,
            News::Waived { reason },
            !flow::is_closed(step.state),
        ),
        Outcome::Accepted => (Turn::SignOff, News::Done(HowDone::SignedOff), submitted),
        Outcome::Returned | Outcome::ActionRequired | Outcome::Rejected | Outcome::Declined => {
            let points = decision.points(label);
            (Turn::Return, News::Returned { reason, points }, submitted)
        }
    };
    let submission = submission_of(&step, &form, can_be_decided);
    submission::decide(&permit, &submission, &decision).await?;
    let (mut way, at) = Way::of(&permit.reader(), &step).await?;
    way.take(&permit, at, turn, news).await?;
    way.finish(&permit).await?;
    Ok(step.id)
}

/// The step as a reviewer decides about it.
fn submission_of(step: &onboarding_step::Model, form: &Form, open: bool) -> Submission {
    let questions = form.questions.iter().map(|question| question.key.clone());
    let submitted = step.state == StepState::Submitted;
    Submission {
        kind: SubjectKind::OnboardingStep,
        id: step.id.0,
        partner: Some(step.partner_id),
        person: None,
        revision: step.version,
        // Whoever submitted it before it was returned has nothing at stake now.
        submitter: step.submitted_by.filter(|_| submitted),
        open,
        fields: questions.chain([EVIDENCE.to_owned()]).collect(),
    }
}
