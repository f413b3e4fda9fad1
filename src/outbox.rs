//! Promises made inside a transaction and kept after it.
//!
//! The outbox is the queue and the schedule: a reminder is a promise that is not to be kept before
//! its day. It survives restarts because it is a row, and never fires twice for the same cause
//! because the row names its cause.

mod claim;
pub mod dead;

use chrono::{DateTime, Utc};
use entity::id::PersonId;
use entity::outbox_message::{self, Column, Entity};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::op::Permit;
pub use claim::{
    Depth, claim, daily_key, depth, fail, finish, finish_without, last_promised, pause, postpone,
    release,
};

/// A kind of work that can be promised.
pub trait Job: Serialize + DeserializeOwned + Send + Sync {
    /// Stable name: rows written by yesterday's binary carry it.
    const KIND: &'static str;

    /// What may be told of it to those who look after the outbox.
    fn label(&self) -> Label {
        Label::default()
    }
}

/// What may be told of a promise, whose payload is nobody's to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Which letter it is.
    pub letter: Option<&'static str>,
    /// Its reader.
    pub person: Option<PersonId>,
    /// Its reader's address, masked, where they have no account.
    pub masked_address: Option<String>,
}

/// Promises the job for as soon as the transaction is committed.
///
/// # Errors
/// What the database said.
pub async fn promise<J: Job>(permit: &Permit<'_>, job: &J) -> Result<()> {
    insert(permit, job, permit.now(), None).await
}

/// Promises the job for `when`, once for the cause that `key` names: a second promise for the same
/// cause is not made.
///
/// # Errors
/// What the database said.
pub async fn promise_once<J: Job>(
    permit: &Permit<'_>,
    job: &J,
    when: DateTime<Utc>,
    key: String,
) -> Result<()> {
    insert(permit, job, when, Some(key)).await
}

async fn insert<J: Job>(
    permit: &Permit<'_>,
    job: &J,
    available_at: DateTime<Utc>,
    once_key: Option<String>,
) -> Result<()> {
    let label = job.label();
    let row = outbox_message::Model {
        id: permit.new_id(),
        kind: J::KIND.to_owned(),
        payload: serde_json::to_value(job)?,
        once_key,
        attempts: 0,
        available_at,
        lease: None,
        leased_until: None,
        created_at: permit.now(),
        done_at: None,
        dead_at: None,
        last_error: None,
        letter: label.letter.map(str::to_owned),
        person_id: label.person,
        masked_address: label.masked_address,
        emptied_at: None,
    };
    Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::column(Column::OnceKey).do_nothing().to_owned())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

/// Marks the promises of this kind from before `instant` as kept, although nobody kept them;
/// answers how many. For the sample data of the demo alone, which was not there to be told: its
/// letters of last year are not to be delivered today.
///
/// # Errors
/// What the database said.
pub(crate) async fn skip_before(
    permit: &Permit<'_>,
    kind: &str,
    instant: DateTime<Utc>,
) -> Result<u64> {
    let skipped = Entity::update_many()
        .col_expr(Column::DoneAt, Expr::value(permit.now()))
        .filter(Column::Kind.eq(kind))
        .filter(Column::DoneAt.is_null())
        .filter(Column::DeadAt.is_null())
        .filter(Column::AvailableAt.lt(instant))
        .exec(permit.writer())
        .await?;
    Ok(skipped.rows_affected)
}
