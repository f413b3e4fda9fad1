//! A partner begins: the plan's steps are copied, and the first of them open.

use chrono_tz::Tz;
use entity::id::{OnboardingId, PartnerId, PersonId, PlanVersionId};
use entity::onboarding_step::StepState;
use entity::plan_version::PlanVersionState;
use entity::{onboarding, onboarding_step, partner, plan_step};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::advance::Way;
use super::due::due;
use super::{store, tell};
use crate::audit::{self, Subject};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::op::Permit;

/// Starts the partner on that version of a plan, in the unit of work that lets it in. Members that
/// it has already are welcomed; others are when they [take their seat](welcome).
///
/// # Errors
/// `NOT_PUBLISHED` at `planVersion` where partners do not start on this version.
pub async fn start(
    permit: &Permit<'_>,
    partner: &partner::Model,
    version: PlanVersionId,
) -> Result<OnboardingId> {
    let db = permit.reader();
    let version = store::version(&db, version).await?;
    if version.state != PlanVersionState::Published {
        let message = "Partners do not start on this version of the plan. Name a published one.";
        return Err(Refusal::new("NOT_PUBLISHED", message)
            .at("planVersion")
            .into());
    }
    let plan = store::plan(&db, version.plan_id).await?;
    let row = onboarding::Model {
        id: permit.new_id(),
        partner_id: partner.id,
        plan_version_id: version.id,
        started_at: partner.approved_at,
        completed_at: None,
    };
    let steps = copies(
        permit,
        partner,
        row.id,
        store::plan_steps(&db, version.id).await?,
    )?;
    let active = row.clone().into_active_model().reset_all();
    active.insert(permit.writer()).await?;
    let rows: Vec<_> = steps
        .iter()
        .map(|step| step.clone().into_active_model().reset_all())
        .collect();
    onboarding_step::Entity::insert_many(rows)
        .exec_without_returning(permit.writer())
        .await?;
    let about = About {
        partner: Some(partner.id),
        person: None,
        subject: row.id.0,
    };
    let started = Detail::OnboardingStarted {
        plan: plan.slug.clone(),
        version: version.number,
    };
    fact::record(permit, about, &started).await?;
    let subject = Subject {
        kind: "Onboarding",
        id: row.id.0,
        partner: Some(partner.id),
    };
    let after = json!({ "plan": plan.slug, "version": version.number });
    audit::record(permit, subject, &(), &after).await?;
    let members = store::members(&db, partner.id).await?;
    let readers = members.iter().map(|seat| seat.person_id).collect();
    tell::welcome(permit, partner, version.id, &steps, &readers).await?;
    let id = row.id;
    Way::new(partner.clone(), row, steps).finish(permit).await?;
    Ok(id)
}

/// Welcomes a person who took a seat in a partner on its way, with the plan; and, since what they
/// have learned comes with them, looks whether it completes a step. Does nothing for a partner that
/// is not on its way.
///
/// # Errors
/// What the database said.
pub async fn welcome(permit: &Permit<'_>, partner: PartnerId, person: PersonId) -> Result<()> {
    let db = permit.reader();
    let Some(way) = Way::find(&db, partner).await? else {
        return Ok(());
    };
    let version = way.onboarding.plan_version_id;
    tell::welcome(permit, &way.partner, version, &way.steps, &[person].into()).await?;
    way.finish(permit).await
}

/// The plan's steps as the partner's own, all locked, due as its calendar says.
fn copies(
    permit: &Permit<'_>,
    partner: &partner::Model,
    onboarding: OnboardingId,
    steps: Vec<plan_step::Model>,
) -> Result<Vec<onboarding_step::Model>> {
    let zone = zone(partner)?;
    steps
        .into_iter()
        .map(|step| {
            let days = u32::try_from(step.due_days).unwrap_or_default();
            let due = due(partner.approved_at, zone, days)
                .ok_or_else(|| Error::fault("a due date lies beyond the calendar"))?;
            Ok(onboarding_step::Model {
                document_id: None,
                id: permit.new_id(),
                partner_id: partner.id,
                onboarding_id: onboarding,
                plan_step_id: step.id,
                key: step.key,
                position: step.position,
                title: step.title,
                instructions: step.instructions,
                performer: step.performer,
                rule: step.rule,
                form: step.form,
                requires: step.requires,
                needs_review: step.needs_review,
                state: StepState::Locked,
                due_at: due.at,
                due_on: due.on,
                opened_at: None,
                submitted_at: None,
                submitted_by: None,
                closed_at: None,
                answers: json!({}),
                evidence: String::new(),
                updated_at: permit.now(),
                version: 1,
            })
        })
        .collect()
}

/// The partner's time zone.
pub(super) fn zone(partner: &partner::Model) -> Result<Tz> {
    partner
        .time_zone
        .parse()
        .map_err(|_| Error::fault(format!("{} is no time zone", partner.time_zone)))
}
