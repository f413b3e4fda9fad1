//! Reminders: promised when a step opens, kept on their day if there is still cause.
//!
//! The promise names its cause, the step and its due day, so it is made once; it is kept in the
//! unit of work that marks it as kept, so it is kept once, however many replicas look. Whether
//! there is cause is asked on the day: nobody is reminded of a step that is done.

use entity::id::OnboardingStepId;
use entity::onboarding_step::StepState;
use entity::partner::PartnerState;
use entity::{onboarding_step, partner};
use serde::{Deserialize, Serialize};

use super::due::{Due, due_soon_at, overdue_at};
use super::start::zone;
use super::{flow, store, tell};
use crate::error::Result;
use crate::op::Permit;
use crate::outbox::{self, Job};

/// The promise to remind of a step before it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDueSoon {
    /// Which step.
    pub step: OnboardingStepId,
}

impl Job for StepDueSoon {
    const KIND: &'static str = "onboarding.step_due_soon";
}

/// The promise to tell that a step is overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOverdue {
    /// Which step.
    pub step: OnboardingStepId,
}

impl Job for StepOverdue {
    const KIND: &'static str = "onboarding.step_overdue";
}

/// Promises the reminders of a step that has opened.
pub(super) async fn promise(
    permit: &Permit<'_>,
    partner: &partner::Model,
    step: &onboarding_step::Model,
) -> Result<()> {
    let (zone, now) = (zone(partner)?, permit.now());
    let due = Due {
        on: step.due_on,
        at: step.due_at,
    };
    let step = step.id;
    if let Some(when) = due_soon_at(due, zone, now) {
        let key = format!("{}:{step}:{}", StepDueSoon::KIND, due.on);
        outbox::promise_once(permit, &StepDueSoon { step }, when, key).await?;
    }
    let key = format!("{}:{step}:{}", StepOverdue::KIND, due.on);
    outbox::promise_once(permit, &StepOverdue { step }, overdue_at(due, now), key).await
}

/// Keeps the promise: reminds those who are to act, if they have not.
///
/// # Errors
/// What the database said.
pub async fn due_soon(permit: &Permit<'_>, job: &StepDueSoon) -> Result<()> {
    match under_way(permit, job.step).await? {
        Some((partner, step)) if flow::is_to_do(step.state) => {
            tell::due_soon(permit, &partner, &step).await
        }
        _ => Ok(()),
    }
}

/// Keeps the promise: tells those who are to act and the partner manager, if the step is not
/// closed; the partner manager alone, if it is with a reviewer.
///
/// # Errors
/// What the database said.
pub async fn overdue(permit: &Permit<'_>, job: &StepOverdue) -> Result<()> {
    match under_way(permit, job.step).await? {
        Some((partner, step)) if !flow::is_closed(step.state) => {
            let waits_for_review = step.state == StepState::Submitted;
            tell::overdue(permit, &partner, &step, waits_for_review).await
        }
        _ => Ok(()),
    }
}

/// The step, if its partner is still on its way.
async fn under_way(
    permit: &Permit<'_>,
    id: OnboardingStepId,
) -> Result<Option<(partner::Model, onboarding_step::Model)>> {
    let db = permit.reader();
    let Some(step) = store::step(&db, id).await? else {
        return Ok(None);
    };
    let partner = store::partner(&db, step.partner_id).await?;
    let on_its_way = partner.state == PartnerState::Onboarding;
    Ok(on_its_way.then_some((partner, step)))
}
