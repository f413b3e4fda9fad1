//! Doing a step: save what is there so far, and hand it in.
//!
//! Saving keeps whatever can be kept. Submitting checks the answers against the form, and that
//! there is evidence where the rule asks for some: a document is a file, its address or what it says.
//! An agreement binds the partner, so only its admins accept one. What was
//! handed in is a fact at once, whether or not somebody has to look at it.

use entity::file_use::UseKind;
use entity::id::{FileId, OnboardingStepId, PersonId};
use entity::membership::MemberRole;
use entity::onboarding_step;
use entity::plan_step::Performer;
use serde_json::json;

use super::advance::{News, Way, about, rule, subject};
use super::flow::Turn;
use super::form::{Answer, Answers, Form};
use super::rules::Rule;
use super::store;
use crate::audit;
use crate::auth::{Actor, Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail};
use crate::file::{self, Kind};
use crate::notification::letter::HowDone;
use crate::op::{Op, Permit, Tx};
use crate::submission::{check_revision, check_text};

/// The most characters of evidence.
pub const EVIDENCE: usize = 5000;

/// What is saved or handed in. What is left out stays as it was saved; what is given replaces it.
#[derive(Clone, Debug)]
pub struct HandIn {
    /// Which step.
    pub step: OnboardingStepId,
    /// Answers to the form: all of them.
    pub answers: Option<Vec<Answer>>,
    /// What proves that it is done, or where that can be read.
    pub evidence: Option<String>,
    /// The document, as a file that was uploaded for the partner.
    pub document: Option<FileId>,
    /// The step's version that was read.
    pub expected_version: i32,
}

/// Saves a step without handing it in: it may be unfinished. Those who do the step may: members of
/// the partner theirs, the vendor's staff the vendor's.
///
/// # Errors
/// Refusals of [`super::CODES`].
pub async fn save_step(op: &Op, input: HandIn) -> Result<OnboardingStepId> {
    op.unit(input, |tx, input| Box::pin(save(tx, input))).await
}

/// Hands in one of the partner's steps. It is done with that, or waits for a reviewer.
///
/// # Errors
/// Refusals of [`super::CODES`].
pub async fn submit_step(op: &Op, input: HandIn) -> Result<OnboardingStepId> {
    op.unit(input, |tx, input| {
        Box::pin(hand_in(tx, input, Performer::Partner))
    })
    .await
}

/// Does one of the vendor's own steps: the meeting was held, the account is set up.
///
/// # Errors
/// Refusals of [`super::CODES`].
pub async fn complete_vendor_step(op: &Op, input: HandIn) -> Result<OnboardingStepId> {
    op.unit(input, |tx, input| {
        Box::pin(hand_in(tx, input, Performer::Vendor))
    })
    .await
}

async fn save(tx: &Tx, input: &HandIn) -> Result<OnboardingStepId> {
    let step = store::step_for_asker(tx, input.step).await?;
    let permit = permit_to_do(tx, &step)?;
    let (mut way, at) = Way::of(&permit.reader(), &step).await?;
    check_revision(input.expected_version, step.version)?;
    way.check_is_to_do(at)?;
    let step = &mut way.steps[at];
    let before = json!({ "version": step.version });
    keep(&permit, step, input).await?;
    store::write_step(&permit, step).await?;
    // What was written is the partner's; the trail says who wrote, and when.
    let after = json!({ "version": step.version });
    audit::record(&permit, subject(step), &before, &after).await?;
    Ok(step.id)
}

async fn hand_in(tx: &Tx, input: &HandIn, performer: Performer) -> Result<OnboardingStepId> {
    let step = store::step_for_asker(tx, input.step).await?;
    if step.performer != performer {
        // Before the policy: who may do the one kind of steps is told that this is the other.
        check_asker(tx, &step, performer)?;
        return Err(Refusal::new("WRONG_PERFORMER", wrong_performer(step.performer)).into());
    }
    let permit = permit_to_do(tx, &step)?;
    let (mut way, at) = Way::of(&permit.reader(), &step).await?;
    check_revision(input.expected_version, step.version)?;
    way.check_is_to_do(at)?;
    let by = permit.op().actor().person().map(|person| person.id);
    let step = &mut way.steps[at];
    let rule = rule(step)?;
    check_may_bind(permit.op().actor(), step, &rule)?;
    let sent = input.answers.as_deref().unwrap_or_default();
    let answers = keep(&permit, step, input).await?;
    check_whole(step, &rule, &answers, sent)?;
    step.submitted_at = Some(permit.now());
    step.submitted_by = by;
    record(&permit, step, &rule, by).await?;
    let needs_review = step.needs_review;
    let news = if needs_review {
        News::Submitted
    } else {
        News::Done(HowDone::Submitted)
    };
    let id = step.id;
    way.take(&permit, at, Turn::Submit { needs_review }, news)
        .await?;
    way.finish(&permit).await?;
    Ok(id)
}

/// Asks the policy for what the step's performer may do.
fn permit_to_do<'tx>(tx: &'tx Tx, step: &onboarding_step::Model) -> Result<Permit<'tx>> {
    let scope = Scope::Partner(step.partner_id);
    match step.performer {
        Performer::Partner => tx.permit(Permission::SubmitStep, scope),
        Performer::Vendor => tx.permit(Permission::DoVendorStep, scope),
        Performer::System => {
            let message = wrong_performer(Performer::System);
            Err(Refusal::new("WRONG_PERFORMER", message).into())
        }
    }
}

/// Asks the policy whether the asker may do steps of this performer at all.
fn check_asker(tx: &Tx, step: &onboarding_step::Model, performer: Performer) -> Result<()> {
    let permission = match performer {
        Performer::Partner => Permission::SubmitStep,
        Performer::Vendor | Performer::System => Permission::DoVendorStep,
    };
    tx.permit(permission, Scope::Partner(step.partner_id))?;
    Ok(())
}

fn wrong_performer(performer: Performer) -> &'static str {
    match performer {
        Performer::Partner => "This step is for the partner to submit.",
        Performer::Vendor => "This step is for the vendor to do.",
        Performer::System => "This step completes itself when its facts arrive.",
    }
}

/// Only an admin of the partner binds it.
fn check_may_bind(actor: &Actor, step: &onboarding_step::Model, rule: &Rule) -> Result<()> {
    let admin = actor.person().is_some_and(|person| {
        person
            .seats
            .contains(&(step.partner_id, MemberRole::PartnerAdmin))
    });
    if admin || !matches!(rule, Rule::AgreementAccepted { .. }) {
        return Ok(());
    }
    let message = "Only an admin of your organization may accept an agreement. Ask one of them.";
    Err(Refusal::new("ADMIN_ONLY", message).into())
}

/// Puts what was sent into the step, and gives the answers that it has then.
async fn keep(
    permit: &Permit<'_>,
    step: &mut onboarding_step::Model,
    input: &HandIn,
) -> Result<Answers> {
    let form: Form = serde_json::from_value(step.form.clone())?;
    let mut faults = Vec::new();
    if let Some(answers) = &input.answers {
        match form.keep(answers) {
            Ok(answers) => step.answers = serde_json::to_value(answers)?,
            Err(more) => faults.extend(more),
        }
    }
    if let Some(evidence) = &input.evidence {
        faults.extend(check_text(evidence.trim(), EVIDENCE, "evidence"));
        evidence.trim().clone_into(&mut step.evidence);
    }
    if let Some(document) = input.document {
        match attach(permit, step, document).await {
            Ok(()) => step.document_id = Some(document),
            Err(Error::Refused(more)) => faults.extend(more),
            Err(other) => return Err(other),
        }
    }
    if faults.is_empty() {
        Ok(serde_json::from_value(step.answers.clone())?)
    } else {
        Err(Error::Refused(faults))
    }
}

/// Attaches a document, and takes the one before off.
async fn attach(
    permit: &Permit<'_>,
    step: &onboarding_step::Model,
    document: FileId,
) -> Result<()> {
    let to = file::Use {
        kind: UseKind::OnboardingStep,
        subject: step.id.0,
        partner: Some(step.partner_id),
    };
    file::attach(permit, document, to, Kind::ALL, "document").await?;
    file::detach(permit, to, &[document]).await
}

/// Whether it can be submitted.
fn check_whole(
    step: &onboarding_step::Model,
    rule: &Rule,
    answers: &Answers,
    sent: &[Answer],
) -> Result<()> {
    let form: Form = serde_json::from_value(step.form.clone())?;
    let mut faults = form.faults(answers, sent);
    let is_missing = step.evidence.is_empty() && step.document_id.is_none();
    if matches!(rule, Rule::DocumentUploaded { .. }) && is_missing {
        let message = "Upload the document, or say where it can be read or what it says.";
        faults.push(Refusal::new("REQUIRED", message).at("evidence"));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(faults))
    }
}

/// Records the fact that the rule asks for.
async fn record(
    permit: &Permit<'_>,
    step: &onboarding_step::Model,
    rule: &Rule,
    by: Option<PersonId>,
) -> Result<()> {
    let (detail, person) = match rule.clone() {
        Rule::FormFilled {} => (
            Detail::FormFilled {
                form: step.key.clone(),
            },
            by,
        ),
        Rule::AgreementAccepted { agreement, version } => {
            (Detail::AgreementAccepted { agreement, version }, by)
        }
        Rule::DocumentUploaded { document } => (Detail::DocumentUploaded { document }, by),
        Rule::MeetingHeld { meeting } => (Detail::MeetingHeld { meeting }, None),
        // A sign-off is the step's own; the others are recorded where they happen.
        Rule::ManualSignOff {} | Rule::CourseCompleted { .. } | Rule::CertificateHeld { .. } => {
            return Ok(());
        }
    };
    fact::record(permit, about(step, person), &detail).await?;
    Ok(())
}
