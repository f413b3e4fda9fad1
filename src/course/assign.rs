//! Assigning a course, a path or a certification: by a partner's administrator or by staff, to some of
//! its members or to all.

use chrono::NaiveDate;
use entity::id::{PartnerId, PersonId};
use entity::{membership, partner};
use sea_orm::ColumnTrait;

use super::enroll::terms;
use super::give::{Assigned, give};
use super::meant::{What, check_meant};
use super::store::{self, Of};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::op::{Op, Tx};

/// The codes with which assigning is refused.
pub const CODES: &[&str] = &[
    "NOT_MEMBER",
    "NOT_PUBLISHED",
    "OUT_OF_RANGE",
    "REQUIRED",
    "RETIRED",
    "TOO_MANY",
];

/// The most people whom one request assigns something to.
pub const PEOPLE: usize = 500;

/// Who is assigned what, for which partner and by when.
#[derive(Clone, Debug)]
pub struct Assign {
    /// What.
    pub what: What,
    /// For which partner.
    pub partner: PartnerId,
    /// Which of its members; none for all of them.
    pub people: Option<Vec<PersonId>>,
    /// The due day in each one's own time zone.
    pub due_on: Option<NaiveDate>,
}

/// Assigns something to members of a partner. Who is on it already stays as they are.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn assign(op: &Op, input: Assign) -> Result<Assigned> {
    op.at_the_door()
        .unit(input, |tx, input| Box::pin(assign_all(tx, input)))
        .await
}

async fn assign_all(tx: &Tx, input: &Assign) -> Result<Assigned> {
    let actor = tx.op().actor();
    actor.known()?;
    if !actor.is_staff() && !actor.partners().any(|id| id == input.partner) {
        return Err(Error::NotFound("Partner"));
    }
    let permit = tx.permit(Permission::AssignCourses, Scope::Partner(input.partner))?;
    check_meant(
        &permit,
        input.what,
        partner::Column::Id.eq(input.partner).into(),
    )
    .await?;
    let seats = store::seats(&permit.reader(), Of::Partner(input.partner)).await?;
    let people = chosen(&seats, input.people.as_deref())?;
    if input
        .due_on
        .is_some_and(|day| day < permit.now().date_naive())
    {
        let message = "The due day is over: name one that is to come.";
        return Err(Refusal::new("OUT_OF_RANGE", message).at("dueOn").into());
    }
    let by = actor.person().map(|person| person.id);
    let mut assigned = Assigned::default();
    for person in people {
        let terms = terms(&permit, person, by, Some(input.partner), input.due_on).await?;
        give(&permit, input.what, person, &terms, &mut assigned).await?;
    }
    Ok(assigned)
}

/// The members who are meant; every one who is named has to be one.
fn chosen(seats: &[membership::Model], named: Option<&[PersonId]>) -> Result<Vec<PersonId>> {
    let members: Vec<PersonId> = seats.iter().map(|seat| seat.person_id).collect();
    let Some(named) = named else {
        return at_most(members, "partner");
    };
    if named.is_empty() {
        let message = "Name somebody, or leave `people` out for all members.";
        return Err(Refusal::new("REQUIRED", message).at("people").into());
    }
    let mut faults = Vec::new();
    for (index, person) in named.iter().enumerate() {
        if !members.contains(person) {
            let message = "This is no active member of the partner.";
            faults.push(Refusal::new("NOT_MEMBER", message).at(&format!("people.{index}")));
        }
    }
    if !faults.is_empty() {
        return Err(Error::Refused(faults));
    }
    let mut named = named.to_vec();
    named.sort_unstable();
    named.dedup();
    at_most(named, "people")
}

fn at_most(people: Vec<PersonId>, at: &str) -> Result<Vec<PersonId>> {
    if people.len() > PEOPLE {
        let message = format!("At most {PEOPLE} people at once: name some of them.");
        return Err(Refusal::new("TOO_MANY", message).at(at).into());
    }
    Ok(people)
}
