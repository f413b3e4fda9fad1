//! What proves somebody beside the password: codes of an authenticator, passkeys, and codes on paper.
//!
//! The secret of an authenticator is made from the link key and the id of the factor's row, as the
//! tokens of links are: nothing in the database gives a code. Another link key voids every
//! authenticator; codes on paper, of which hashes are kept, still open the door then.
//!
//! Whatever changes factors ends the other sessions of the person and every sign-in that waits for
//! a second factor, and tells the person.

pub mod add;
pub mod passkey;
mod prove;
pub mod recovery;
pub mod remove;
mod totp;

use entity::factor::{Column, Entity, FactorKind, Model};
use entity::id::PersonId;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseExecutor, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};

pub(super) use prove::holds;
pub use prove::{Again, Proof, step_up};

use super::challenge;
use super::session::{End, end};
use crate::audit::Subject;
use crate::error::{Refusal, Result};
use crate::op::Permit;

/// Factors that a person has, in the order in which they were made.
pub(super) async fn confirmed(db: &DatabaseExecutor<'_>, person: PersonId) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::ConfirmedAt.is_not_null())
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// Whether the person has a second factor.
pub(super) async fn has(db: &DatabaseExecutor<'_>, person: PersonId) -> Result<bool> {
    Ok(!confirmed(db, person).await?.is_empty())
}

/// By what the person can prove themselves, each way once.
pub(super) async fn kinds(db: &DatabaseExecutor<'_>, person: PersonId) -> Result<Vec<FactorKind>> {
    let factors = confirmed(db, person).await?;
    let mut kinds: Vec<_> = factors.iter().map(|factor| factor.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// Removes all that the person has; answers what it was.
pub(super) async fn clear(permit: &Permit<'_>, person: PersonId) -> Result<Vec<Model>> {
    let factors = confirmed(&permit.reader(), person).await?;
    Entity::delete_many()
        .filter(Column::PersonId.eq(person))
        .exec(permit.writer())
        .await?;
    recovery::clear(permit, person).await?;
    Ok(factors)
}

async fn insert(permit: &Permit<'_>, row: Model) -> Result<Model> {
    let row = row.into_active_model().reset_all();
    Ok(row.insert(permit.writer()).await?)
}

/// Ends what was opened under the factors as they were: these sessions, and every sign-in that is
/// under way.
async fn end_what_was_open(
    permit: &Permit<'_>,
    person: PersonId,
    sessions: Condition,
) -> Result<()> {
    end(permit, person, sessions, End::FactorChanged).await?;
    challenge::end(permit, person).await
}

/// One answer for every code that is not right, or not any more.
pub(super) fn wrong(at: &str) -> Refusal {
    let message = "This code is not right, or was used already. Wait for the next one.";
    Refusal::new("CODE_INVALID", message).at(at)
}

fn subject(person: PersonId) -> Subject {
    Subject {
        kind: "Person",
        id: person.0,
        partner: None,
    }
}
