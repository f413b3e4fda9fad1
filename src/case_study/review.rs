//! Staff review case studies: take up, ask for changes, approve, decline; publish, and archive.

use entity::case_study::{self, CaseStudyState};
use entity::case_study_consent::{self, ConsentState};
use entity::id::CaseStudyId;
use entity::verdict::{Outcome, SubjectKind};
use sea_orm::ActiveEnum;

use super::content::{Content, FIELDS, products};
use super::rules::{self, Turn};
use super::write::{about, asker, not_open, turn};
use super::{consent, store, tell};
use crate::auth::{Permission, Scope};
use crate::document::Faults;
use crate::error::{Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::op::{Op, Permit, Tx};
use crate::submission::{self, Comment, Decision, REASON, Submission, check_revision};

/// Takes it up: others see that somebody is on it.
///
/// # Errors
/// `CONFLICT`, `NOT_SUBMITTED`, `OWN_SUBMISSION`.
pub async fn take_up(op: &Op, id: CaseStudyId, expected_version: i32) -> Result<CaseStudyId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let (permit, row) = under_review(tx, id).await?;
            must_be_anothers(&permit, &row).await?;
            let waits = rules::next(row.state, Turn::TakeUp).is_some();
            submission::check_take_up(false, waits)?;
            check_revision(version, row.version)?;
            let row = case_study::Model {
                taken_up_by: Some(asker(&permit)?),
                ..row
            };
            Ok(turn(&permit, row, Turn::TakeUp).await?.id)
        })
    })
    .await
}

/// What a reviewer says about a case study.
#[derive(Clone, Debug)]
pub struct Review {
    /// Which.
    pub id: CaseStudyId,
    /// Why, for its authors to read; may be empty where it is approved.
    pub reason: String,
    /// Fields to mend, by name.
    pub fields: Vec<String>,
    /// What is said of single fields.
    pub comments: Vec<Comment>,
    /// The version that was read.
    pub expected_version: i32,
}

/// Decides: [`Outcome::Accepted`] approves it, [`Outcome::ActionRequired`] asks for changes,
/// [`Outcome::Declined`] ends it. What is approved can still be sent back or declined: a customer
/// may not want it so.
///
/// # Errors
/// Refusals of [`submission::CODES`].
pub async fn decide(op: &Op, review: Review, outcome: Outcome) -> Result<CaseStudyId> {
    op.unit((review, outcome), |tx, (review, outcome)| {
        Box::pin(settle(tx, review, *outcome))
    })
    .await
}

async fn settle(tx: &Tx, review: &Review, outcome: Outcome) -> Result<CaseStudyId> {
    let (permit, row) = under_review(tx, review.id).await?;
    let reviewer = asker(&permit)?;
    let leads = match outcome {
        Outcome::Accepted => Turn::Approve,
        Outcome::ActionRequired => Turn::RequestChanges,
        Outcome::Returned | Outcome::Rejected | Outcome::Waived | Outcome::Declined => {
            Turn::Decline
        }
    };
    let is_own = takes_part(&permit, &row).await?;
    let subject = Submission {
        kind: SubjectKind::CaseStudy,
        id: row.id.0,
        partner: Some(row.partner_id),
        person: None,
        revision: row.version,
        submitter: is_own.then_some(reviewer),
        open: rules::next(row.state, leads).is_some(),
        fields: FIELDS.map(str::to_owned).into(),
    };
    let decision = Decision {
        revision: review.expected_version,
        outcome,
        reason: review.reason.clone(),
        fields: review.fields.clone(),
        comments: review.comments.clone(),
    };
    submission::decide(&permit, &subject, &decision).await?;
    let row = case_study::Model {
        taken_up_by: Some(reviewer),
        ..row
    };
    if leads == Turn::Decline {
        // The customer is asked for nothing any more.
        consent::outdate(&permit, row.id).await?;
    }
    let row = turn(&permit, row, leads).await?;
    tell::authors_of_verdict(&permit, &row, &decision).await?;
    Ok(row.id)
}

/// Publishes what was approved, where the customer has consented to the very text.
///
/// # Errors
/// `CONFLICT`, `CONSENT_MISSING`, `NOT_OPEN`, `OWN_SUBMISSION`.
pub async fn publish(op: &Op, id: CaseStudyId, expected_version: i32) -> Result<CaseStudyId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(make_public(tx, id, version))
    })
    .await
}

async fn make_public(tx: &Tx, id: CaseStudyId, version: i32) -> Result<CaseStudyId> {
    let (permit, row) = under_review(tx, id).await?;
    must_be_anothers(&permit, &row).await?;
    if rules::next(row.state, Turn::Publish).is_none() {
        return Err(not_open(&row));
    }
    check_revision(version, row.version)?;
    let db = permit.reader();
    let text = serde_json::to_value(Content::of(&row)?)?;
    let consent = store::open_consent(&db, row.id).await?;
    let is_given =
        |it: &case_study_consent::Model| it.state == ConsentState::Given && it.content == text;
    let Some(consent) = consent.filter(is_given) else {
        let message = "The customer has not consented to this text yet.";
        return Err(Refusal::new("CONSENT_MISSING", message).into());
    };
    let slug = rules::slug(&row.title);
    let slug = rules::free_slug(&slug, &store::taken(&db, &slug).await?);
    let row = case_study::Model {
        slug: Some(slug),
        published_at: Some(permit.now()),
        ..row
    };
    let row = turn(&permit, row, Turn::Publish).await?;
    store::open_pictures(&permit, &row, true).await?;
    record_for_all(&permit, &row, &of_publication(&row)).await?;
    tell::authors_of_publication(&permit, &row).await?;
    tell::customer_of_publication(&permit, &row, &consent).await?;
    Ok(row.id)
}

/// What a program may count of it.
fn of_publication(row: &case_study::Model) -> Detail {
    Detail::CaseStudyPublished {
        slug: row.slug.clone().unwrap_or_default(),
        customer: Some(row.customer.clone()),
        industry: row.industry.map(|it| it.to_value()),
        region: row.region.clone(),
        products: products(&row.products),
    }
}

/// Takes down what is published.
///
/// # Errors
/// `CONFLICT`, `NOT_OPEN`, and refusals of the reason.
pub async fn archive(
    op: &Op,
    id: CaseStudyId,
    reason: String,
    expected_version: i32,
) -> Result<CaseStudyId> {
    op.unit(
        (id, reason, expected_version),
        |tx, (id, reason, version)| {
            Box::pin(async move {
                let (permit, row) = under_review(tx, *id).await?;
                let mut faults = Faults::default();
                faults.words(reason, REASON, "reason");
                faults.result()?;
                if row.state != CaseStudyState::Published {
                    return Err(not_open(&row));
                }
                check_revision(*version, row.version)?;
                let row = case_study::Model {
                    closed_at: Some(permit.now()),
                    closed_reason: Some(reason.trim().to_owned()),
                    ..row
                };
                let row = turn(&permit, row, Turn::Archive).await?;
                store::open_pictures(&permit, &row, false).await?;
                let slug = row.slug.clone().unwrap_or_default();
                record_for_all(&permit, &row, &Detail::CaseStudyArchived { slug }).await?;
                tell::authors_of_archive(&permit, &row).await?;
                Ok(row.id)
            })
        },
    )
    .await
}

async fn under_review(tx: &Tx, id: CaseStudyId) -> Result<(Permit<'_>, case_study::Model)> {
    let row = store::for_asker(tx, id).await?;
    let permit = tx.permit(
        Permission::ReviewCaseStudies,
        Scope::Partner(row.partner_id),
    )?;
    Ok((permit, row))
}

/// Whether the asker has a part in what they would decide: whoever is named, and whoever ever wrote or
/// submitted it.
async fn takes_part(permit: &Permit<'_>, row: &case_study::Model) -> Result<bool> {
    let me = asker(permit)?;
    let db = permit.reader();
    let contributors = store::contributors(&db, row.id).await?;
    let mut parts = contributors.iter().map(|it| it.person_id);
    Ok(parts.any(|person| person == me) || store::has_written(&db, row.id, me).await?)
}

async fn must_be_anothers(permit: &Permit<'_>, row: &case_study::Model) -> Result<()> {
    if takes_part(permit, row).await? {
        let message = "You wrote or submitted this yourself: somebody else has to decide.";
        return Err(Refusal::new("OWN_SUBMISSION", message).into());
    }
    Ok(())
}

/// Records what happened, once for the partner and once for each person who wrote it. Theirs name no
/// partner: who counts a partner's facts counts each case study once.
pub(super) async fn record_for_all(
    permit: &Permit<'_>,
    row: &case_study::Model,
    detail: &Detail,
) -> Result<()> {
    fact::record(permit, about(row), detail).await?;
    for contributor in store::contributors(&permit.reader(), row.id).await? {
        let about = About {
            partner: None,
            person: Some(contributor.person_id),
            subject: row.id.0,
        };
        fact::record(permit, about, detail).await?;
    }
    Ok(())
}
