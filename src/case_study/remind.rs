//! What happens in time to a question that a customer does not answer: they are reminded once before
//! the link ends, and when it has ended those who take part learn of it.
//!
//! Both are promised as the customer is asked. Whether it was answered, asked anew or outdated
//! meanwhile is looked up when the promise comes due.

use chrono::TimeDelta;
use entity::case_study;
use entity::case_study_consent::{self, ConsentState, Entity};
use entity::id::CaseStudyConsentId;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};

use super::{rules, store, tell};
use crate::error::Result;
use crate::op::Permit;
use crate::outbox::{self, Job};

/// How long before its link ends a customer is reminded.
const AHEAD: TimeDelta = TimeDelta::days(14);

/// The promise to remind a customer of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentDue {
    /// Of which.
    pub consent: CaseStudyConsentId,
}

impl Job for ConsentDue {
    const KIND: &'static str = "consent.due";
}

/// The promise to tell that a question was not answered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentLapses {
    /// Which.
    pub consent: CaseStudyConsentId,
}

impl Job for ConsentLapses {
    const KIND: &'static str = "consent.lapses";
}

/// Promises the reminder, and to tell where it was not answered in time.
pub(super) async fn promise(
    permit: &Permit<'_>,
    consent: &case_study_consent::Model,
) -> Result<()> {
    let Some(end) = consent.expires_at else {
        return Ok(());
    };
    let id = consent.id;
    let key = format!("{}:{id}", ConsentDue::KIND);
    let job = ConsentDue { consent: id };
    outbox::promise_once(permit, &job, (end - AHEAD).max(permit.now()), key).await?;
    let key = format!("{}:{id}", ConsentLapses::KIND);
    outbox::promise_once(permit, &ConsentLapses { consent: id }, end, key).await
}

/// Keeps the promise: reminds the customer, if they can still answer and the text waits for it.
///
/// # Errors
/// What the database said.
pub async fn due(permit: &Permit<'_>, job: &ConsentDue) -> Result<()> {
    let Some((row, consent)) = unanswered(permit, job.consent).await? else {
        return Ok(());
    };
    // Who was away for weeks writes no letter whose link is over, nor about what is rewritten.
    let is_over = consent.expires_at.is_some_and(|end| end <= permit.now());
    if is_over || !rules::is_settled(row.state) {
        return Ok(());
    }
    tell::customer_again(permit, &row, &consent).await
}

/// Keeps the promise: tells those who take part, if it was not answered.
///
/// # Errors
/// What the database said.
pub async fn lapses(permit: &Permit<'_>, job: &ConsentLapses) -> Result<()> {
    let Some((row, consent)) = unanswered(permit, job.consent).await? else {
        return Ok(());
    };
    tell::all_of_silence(permit, &row, &consent).await
}

/// The question with its case study, where it was neither answered nor outdated.
async fn unanswered(
    permit: &Permit<'_>,
    id: CaseStudyConsentId,
) -> Result<Option<(case_study::Model, case_study_consent::Model)>> {
    let db = permit.reader();
    let found = Entity::find_by_id(id).one(&db).await?;
    let Some(consent) = found.filter(|it| it.state == ConsentState::Asked) else {
        return Ok(None);
    };
    let row = store::by_id(&db, consent.case_study_id).await?;
    Ok(Some((row, consent)))
}
