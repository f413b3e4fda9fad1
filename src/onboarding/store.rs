//! What onboarding reads, and the one way in which a step is written.

use entity::id::{OnboardingId, OnboardingPlanId, OnboardingStepId, PartnerId, PlanVersionId};
use entity::membership::{self, MembershipState};
use entity::person::{self, PersonState};
use entity::plan_version::{self, PlanVersionState};
use entity::{fact, onboarding, onboarding_plan, onboarding_step, partner, plan_step};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};

use super::choose::Candidate;
use super::rules::{EVIDENCE_OF_MEMBERS, EVIDENCE_OF_PARTNER, Evidence, Happened};
use crate::error::{Error, Result};
use crate::fact::load::is_in_force;
use crate::op::{Permit, Tx};
use crate::submission::check_written;

/// All versions on which partners can start.
pub(super) async fn candidates(db: &DatabaseExecutor<'_>) -> Result<Vec<Candidate>> {
    plan_version::Entity::find()
        .filter(plan_version::Column::State.eq(PlanVersionState::Published))
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Candidate {
                id: row.id,
                kinds: serde_json::from_value(row.kinds)?,
                regions: serde_json::from_value(row.regions)?,
                locale: row.locale,
                published_at: row.published_at.unwrap_or(row.created_at),
            })
        })
        .collect()
}

/// The plan of that short name.
pub(super) async fn plan_by_slug(
    db: &DatabaseExecutor<'_>,
    slug: &str,
) -> Result<Option<onboarding_plan::Model>> {
    Ok(onboarding_plan::Entity::find()
        .filter(onboarding_plan::Column::Slug.eq(slug))
        .one(db)
        .await?)
}

/// A plan by its key.
pub(super) async fn plan(
    db: &DatabaseExecutor<'_>,
    id: OnboardingPlanId,
) -> Result<onboarding_plan::Model> {
    onboarding_plan::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("OnboardingPlan"))
}

/// All versions of a plan, the latest first.
pub(super) async fn versions(
    db: &DatabaseExecutor<'_>,
    plan: OnboardingPlanId,
) -> Result<Vec<plan_version::Model>> {
    Ok(plan_version::Entity::find()
        .filter(plan_version::Column::PlanId.eq(plan))
        .order_by_desc(plan_version::Column::Number)
        .all(db)
        .await?)
}

/// A version by its key.
pub(super) async fn version(
    db: &DatabaseExecutor<'_>,
    id: PlanVersionId,
) -> Result<plan_version::Model> {
    plan_version::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("OnboardingPlanVersion"))
}

/// The steps of a version, in their order.
pub(super) async fn plan_steps(
    db: &DatabaseExecutor<'_>,
    version: PlanVersionId,
) -> Result<Vec<plan_step::Model>> {
    Ok(plan_step::Entity::find()
        .filter(plan_step::Column::PlanVersionId.eq(version))
        .order_by_asc(plan_step::Column::Position)
        .all(db)
        .await?)
}

/// A partner by its key.
pub(super) async fn partner(db: &DatabaseExecutor<'_>, id: PartnerId) -> Result<partner::Model> {
    partner::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Partner"))
}

/// The onboarding under way, if there is one.
pub(super) async fn running(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
) -> Result<Option<onboarding::Model>> {
    Ok(onboarding::Entity::find()
        .filter(onboarding::Column::PartnerId.eq(partner))
        .filter(onboarding::Column::CompletedAt.is_null())
        .one(db)
        .await?)
}

/// The steps of an onboarding, in their order.
pub(super) async fn steps(
    db: &DatabaseExecutor<'_>,
    onboarding: OnboardingId,
) -> Result<Vec<onboarding_step::Model>> {
    Ok(onboarding_step::Entity::find()
        .filter(onboarding_step::Column::OnboardingId.eq(onboarding))
        .order_by_asc(onboarding_step::Column::Position)
        .all(db)
        .await?)
}

/// A step that the asker may know of: one of the vendor's staff any, a member those of their
/// partners. To anybody else there is no such step.
pub(super) async fn step_for_asker(
    tx: &Tx,
    id: OnboardingStepId,
) -> Result<onboarding_step::Model> {
    let actor = tx.op().actor();
    actor.known()?;
    onboarding_step::Entity::find_by_id(id)
        .one(&tx.reader())
        .await?
        .filter(|step| actor.is_staff() || actor.partners().any(|id| id == step.partner_id))
        .ok_or(Error::NotFound("OnboardingStep"))
}

/// A step by its key, for the portal itself.
pub(super) async fn step(
    db: &DatabaseExecutor<'_>,
    id: OnboardingStepId,
) -> Result<Option<onboarding_step::Model>> {
    Ok(onboarding_step::Entity::find_by_id(id).one(db).await?)
}

/// Active seats of people whose account is active, the longest held first.
pub(super) async fn members(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
) -> Result<Vec<membership::Model>> {
    let people = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::State.eq(PersonState::Active))
        .to_owned();
    Ok(membership::Entity::find()
        .filter(membership::Column::PartnerId.eq(partner))
        .filter(membership::Column::State.eq(MembershipState::Active))
        .filter(membership::Column::PersonId.in_subquery(people))
        .order_by_asc(membership::Column::JoinedAt)
        .order_by_asc(membership::Column::Id)
        .all(db)
        .await?)
}

/// What the facts say about the partner and those who are its active members today: what a person
/// learned elsewhere comes with them, and goes with them.
pub(super) async fn evidence(permit: &Permit<'_>, partner: PartnerId) -> Result<Evidence> {
    let db = permit.reader();
    let mut facts = fact::Entity::find()
        .filter(fact::Column::PartnerId.eq(partner))
        .filter(fact::Column::Kind.is_in(EVIDENCE_OF_PARTNER.iter().copied()))
        .filter(is_in_force(permit.now()))
        .all(&db)
        .await?;
    facts.extend(
        fact::Entity::find()
            .filter(fact::Column::PersonId.in_subquery(people_in(partner)))
            .filter(fact::Column::Kind.is_in(EVIDENCE_OF_MEMBERS.iter().copied()))
            .all(&db)
            .await?,
    );
    let happened = facts
        .iter()
        .map(|row| {
            Ok(Happened {
                person: row.person_id,
                subject: row.subject_id,
                at: row.occurred_at,
                detail: crate::fact::detail(row)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Evidence::digest(&happened, permit.now()))
}

/// Who holds an active seat in the partner.
fn people_in(partner: PartnerId) -> SelectStatement {
    Query::select()
        .column(membership::Column::PersonId)
        .from(membership::Entity)
        .and_where(membership::Column::PartnerId.eq(partner))
        .and_where(membership::Column::State.eq(MembershipState::Active))
        .to_owned()
}

/// Writes a step as it is now and counts the edit.
pub(super) async fn write_step(
    permit: &Permit<'_>,
    step: &mut onboarding_step::Model,
) -> Result<()> {
    let read = step.version;
    step.version += 1;
    step.updated_at = permit.now();
    let mut row = step.clone().into_active_model().reset_all();
    row.id = ActiveValue::NotSet;
    let written = onboarding_step::Entity::update_many()
        .set(row)
        .filter(onboarding_step::Column::Id.eq(step.id))
        .filter(onboarding_step::Column::Version.eq(read))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)
}
