//! Who is asked to acknowledge what: recomputed from who is a member of whom it is for, never
//! counted up.
//!
//! Asking goes over members who have not been asked yet, a batch at a time. It is promised where a
//! version is published, where somebody takes a seat, and every day, for partners that meanwhile
//! became ones for whom it is; whoever has left, or is of none of them any more, is not asked any
//! longer.

use chrono_tz::Tz;
use entity::id::{PartnerId, PersonId, PlaybookAcknowledgementId, PlaybookVersionId};
use entity::membership::{self, MembershipState};
use entity::partner::{self, PartnerState};
use entity::person::{self, PersonState};
use entity::playbook_acknowledgement::{self, Column, Entity};
use entity::playbook_version::{self, PlaybookVersionState};
use entity::standing;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use serde::{Deserialize, Serialize};

use super::tell::Telling;
use super::{remind, store};
use crate::error::Result;
use crate::notification;
use crate::onboarding::due::{Due, due};
use crate::op::Permit;
use crate::outbox::{self, Job};
use crate::partner::member::Seated;

/// How many are asked in one unit of work.
const BATCH: u64 = 100;

/// The promise to ask everybody for whom a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskToAcknowledge {
    /// The version.
    pub version: PlaybookVersionId,
}

impl Job for AskToAcknowledge {
    const KIND: &'static str = "playbook.ask";
}

/// The promise to look once a day who is to be asked, and who no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskToday {}

impl Job for AskToday {
    const KIND: &'static str = "playbook.ask_today";
}

/// Promises to ask for a version.
pub(super) async fn promise(permit: &Permit<'_>, version: PlaybookVersionId) -> Result<()> {
    outbox::promise(permit, &AskToAcknowledge { version }).await
}

/// Promises the look of today, once.
///
/// # Errors
/// What the database said.
pub async fn promise_today(permit: &Permit<'_>) -> Result<()> {
    let now = permit.now();
    let key = outbox::daily_key(AskToday::KIND, now.date_naive());
    outbox::promise_once(permit, &AskToday {}, now, key).await
}

/// Keeps the promise: asks the next of those who were not asked yet, and promises the rest.
///
/// # Errors
/// What the database said.
pub async fn ask(permit: &Permit<'_>, job: &AskToAcknowledge) -> Result<()> {
    let version = store::version(&permit.reader(), job.version).await?;
    if ask_some(permit, &version, Condition::all()).await? == BATCH {
        outbox::promise(permit, job).await?;
    }
    Ok(())
}

/// Keeps the promise of every day.
///
/// # Errors
/// What the database said.
pub async fn today(permit: &Permit<'_>, _: &AskToday) -> Result<()> {
    for version in store::asking(&permit.reader()).await? {
        excuse(permit, &version).await?;
        promise(permit, version.id).await?;
    }
    Ok(())
}

/// Keeps the promise of a new seat: asks for all that is for their partner.
///
/// # Errors
/// What the database said.
pub async fn seated(permit: &Permit<'_>, job: &Seated) -> Result<()> {
    let theirs = Condition::all()
        .add(membership::Column::PartnerId.eq(job.partner))
        .add(membership::Column::PersonId.eq(job.person));
    for version in store::asking(&permit.reader()).await? {
        ask_some(permit, &version, theirs.clone()).await?;
    }
    Ok(())
}

/// Asks members who were not asked for the version yet, of those who meet the condition; answers
/// how many.
async fn ask_some(
    permit: &Permit<'_>,
    version: &playbook_version::Model,
    who: Condition,
) -> Result<u64> {
    let (true, Some(days)) = (
        version.state == PlaybookVersionState::Published,
        version.acknowledge_within_days,
    ) else {
        return Ok(0);
    };
    let db = permit.reader();
    let asked = Query::select()
        .expr(Expr::cust("1"))
        .from(Entity)
        .and_where(Column::PlaybookVersionId.eq(version.id))
        .and_where(column(Column::PartnerId).equals(of_seat(membership::Column::PartnerId)))
        .and_where(column(Column::PersonId).equals(of_seat(membership::Column::PersonId)))
        .take();
    let seats = membership::Entity::find()
        .filter(seats_meant(permit, version).await?)
        .filter(Expr::exists(asked).not())
        .filter(who)
        .order_by_asc(membership::Column::Id)
        .limit(BATCH)
        .all(&db)
        .await?;
    let days = u32::try_from(days).unwrap_or(0);
    if seats.is_empty() {
        return Ok(0);
    }
    let mut telling = Telling::of(version)?;
    for seat in &seats {
        let seat = (seat.partner_id, seat.person_id);
        ask_one(permit, version, seat, days, &mut telling).await?;
    }
    Ok(seats.len() as u64)
}

fn column(column: Column) -> Expr {
    Expr::col((Entity, column))
}

fn of_seat(column: membership::Column) -> (membership::Entity, membership::Column) {
    (membership::Entity, column)
}

/// Seats in partners for whom the version is, of people who may sign in.
pub(super) async fn seats_meant(
    permit: &Permit<'_>,
    version: &playbook_version::Model,
) -> Result<Condition> {
    let playbook = store::playbook(&permit.reader(), version.playbook_id).await?;
    let audience = store::audience_of(&playbook)?;
    let mut partners = Condition::all()
        .add(partner::Column::State.is_in([PartnerState::Onboarding, PartnerState::Active]));
    if !audience.kinds.is_empty() {
        partners = partners.add(partner::Column::Kind.is_in(audience.kinds));
    }
    if !audience.regions.is_empty() {
        partners = partners.add(partner::Column::Region.is_in(audience.regions));
    }
    if !audience.tiers.is_empty() {
        let stands = standing::Entity::find()
            .select_only()
            .column(standing::Column::PartnerId)
            .filter(standing::Column::Tier.is_in(audience.tiers));
        partners = partners.add(partner::Column::Id.in_subquery(stands.into_query()));
    }
    let keys = |from: SelectStatement, condition| from.clone().cond_where(condition).take();
    let partners = keys(
        Query::select()
            .column(partner::Column::Id)
            .from(partner::Entity)
            .take(),
        partners,
    );
    let people = keys(
        Query::select()
            .column(person::Column::Id)
            .from(person::Entity)
            .take(),
        Condition::all().add(person::Column::State.eq(PersonState::Active)),
    );
    Ok(Condition::all()
        .add(membership::Column::State.eq(MembershipState::Active))
        .add(membership::Column::PartnerId.in_subquery(partners))
        .add(membership::Column::PersonId.in_subquery(people)))
}

/// Asks one member. Whoever is asked by another of their partners, or did it already, gets no
/// second letter: the row alone is new.
async fn ask_one(
    permit: &Permit<'_>,
    version: &playbook_version::Model,
    (partner, person): (PartnerId, PersonId),
    days: u32,
    telling: &mut Telling<'_>,
) -> Result<()> {
    let db = permit.reader();
    let rows = store::asked(&db, version.id, person).await?;
    let before = rows.iter().find(|row| row.due_at.is_some());
    let done = rows.iter().find_map(|row| row.acknowledged_at);
    let reader = store::person(&db, person).await?;
    let zone: Tz = reader.time_zone.parse().unwrap_or(Tz::UTC);
    let term = match before {
        Some(row) => row.due_on.zip(row.due_at).map(|(on, at)| Due { on, at }),
        None => due(permit.now(), zone, days),
    };
    let row = playbook_acknowledgement::Model {
        id: permit.new_id::<PlaybookAcknowledgementId>(),
        playbook_id: version.playbook_id,
        playbook_version_id: version.id,
        partner_id: partner,
        person_id: person,
        asked_at: permit.now(),
        due_on: term.map(|term| term.on),
        due_at: term.map(|term| term.at),
        acknowledged_at: done,
    };
    Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    let Some(term) = term.filter(|_| rows.is_empty()) else {
        return Ok(());
    };
    let letter = telling.asked(&db, &reader, term.on).await?;
    notification::tell(permit, person, Some(partner), letter).await?;
    remind::promise(permit, &row, term, zone).await
}

/// Takes back what was asked of members for whom the version is not any more.
async fn excuse(permit: &Permit<'_>, version: &playbook_version::Model) -> Result<()> {
    let seat = Query::select()
        .expr(Expr::cust("1"))
        .from(membership::Entity)
        .cond_where(seats_meant(permit, version).await?)
        .and_where(column(Column::PartnerId).equals(of_seat(membership::Column::PartnerId)))
        .and_where(column(Column::PersonId).equals(of_seat(membership::Column::PersonId)))
        .take();
    Entity::delete_many()
        .filter(Column::PlaybookVersionId.eq(version.id))
        .filter(Column::AcknowledgedAt.is_null())
        .filter(Expr::exists(seat).not())
        .exec(permit.writer())
        .await?;
    Ok(())
}
