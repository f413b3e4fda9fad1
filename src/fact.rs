//! What happened: append-only, the ground of every measurement, feed and audit.
//!
//! A fact says what happened, to whom, when it happened, when we learned of it, who recorded it
//! and which row proves it. It is never edited; a correction is a later fact, which names the one
//! that it takes the place of.
//!
//! [Kinds](kind) have typed payloads, whose [fields](field) are told one by one, so that rules and
//! files can be held against them. What a decision is made of is [loaded](load) as it was known at
//! an instant.

pub mod amount;
pub mod field;
pub mod kind;
pub mod load;
mod told;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{FactId, PartnerId, PersonId};
use entity::{fact, membership, standing};
use sea_orm::sea_query::{Condition, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use crate::error::Result;
use crate::op::Permit;
pub use amount::Amount;
pub use field::{Field, FieldType};
pub use kind::{
    Detail, FIELDS, FROM_OUTSIDE, KINDS, OF_STANDINGS, RETRACTED, about_kind, fields_of,
};
pub use told::{Told, record_told};

/// To whom something happened, and which row proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// To which partner.
    pub partner: Option<PartnerId>,
    /// To which person.
    pub person: Option<PersonId>,
    /// The row that proves it.
    pub subject: Uuid,
}

/// Records what has just happened.
///
/// # Errors
/// What the database said.
pub async fn record(permit: &Permit<'_>, about: About, detail: &Detail) -> Result<FactId> {
    record_at(permit, about, detail, permit.now()).await
}

/// The same without saying who caused it: where those who read the fact may not know.
///
/// # Errors
/// What the database said.
pub async fn record_unsigned(permit: &Permit<'_>, about: About, detail: &Detail) -> Result<FactId> {
    write(permit, about, detail, permit.now(), None).await
}

/// Records what happened at `occurred_at`, which may lie in the past.
///
/// # Errors
/// What the database said.
pub async fn record_at(
    permit: &Permit<'_>,
    about: About,
    detail: &Detail,
    occurred_at: DateTime<Utc>,
) -> Result<FactId> {
    let by = permit.op().actor().person().map(|person| person.id);
    write(permit, about, detail, occurred_at, by).await
}

async fn write(
    permit: &Permit<'_>,
    about: About,
    detail: &Detail,
    occurred_at: DateTime<Utc>,
    recorded_by: Option<PersonId>,
) -> Result<FactId> {
    let owners = Condition::any()
        .add_option(about.partner.map(|id| standing::Column::PartnerId.eq(id)))
        .add_option(about.person.map(of_member));
    let row = fact::Model {
        id: permit.new_id(),
        kind: detail.kind().to_owned(),
        partner_id: about.partner,
        person_id: about.person,
        subject_id: about.subject,
        detail: payload(detail)?,
        occurred_at,
        recorded_at: recorded_at(permit, &owners).await?,
        recorded_by,
        corrects_id: None,
        source: None,
        external_id: None,
    };
    let id = row.id;
    // Nothing is returned: a fact of no partner is not a row that whoever causes it may meet.
    fact::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(id)
}

/// The instant at which something about these partners is recorded: now, and in any case after the
/// last look at where they stand. What a look did not see was not known at its instant, whoever
/// waited for whom. On PostgreSQL somebody who acts for themself meets the standings of their partners of
/// today alone; what they do counts for no other.
pub(crate) async fn recorded_at(permit: &Permit<'_>, owners: &Condition) -> Result<DateTime<Utc>> {
    let now = permit.now();
    if owners.is_empty() {
        return Ok(now);
    }
    let last: Option<Option<DateTime<Utc>>> = standing::Entity::find()
        .select_only()
        .column_as(standing::Column::LookedAt.max(), "last")
        .filter(owners.clone())
        .into_tuple()
        .one(&permit.reader())
        .await?;
    let after = last.flatten().map(|last| last + TimeDelta::microseconds(1));
    Ok(after.map_or(now, |after| after.max(now)))
}

/// Standings of the partners in which somebody has, or had, a seat.
fn of_member(person: PersonId) -> SimpleExpr {
    let seats = membership::Entity::find()
        .select_only()
        .column(membership::Column::PartnerId)
        .filter(membership::Column::PersonId.eq(person));
    standing::Column::PartnerId.in_subquery(seats.into_query())
}

/// A payload as rows keep it.
pub(crate) fn payload(detail: &Detail) -> Result<serde_json::Value> {
    Ok(serde_json::to_value(detail)?["detail"].take())
}

/// A stored fact's payload, typed.
///
/// # Errors
/// [`crate::error::Fault::Payload`] where the row is of a kind that this binary does not know.
pub fn detail(row: &fact::Model) -> Result<Detail> {
    Ok(read(&row.kind, &row.detail)?)
}

/// The payload of a kind, typed.
///
/// # Errors
/// Where there is no such kind, or the payload is not of it.
pub fn read(kind: &str, detail: &serde_json::Value) -> serde_json::Result<Detail> {
    serde_json::from_value(serde_json::json!({ "kind": kind, "detail": detail }))
}
