//! The first answer again: what a client sends twice under one `Idempotency-Key` is done once.
//!
//! Two things are kept for a day. The *outcome* of the unit of work is written in its own
//! transaction: where the write was committed, the outcome is known, whatever became of the answer.
//! The *answer* is added when it leaves. A request that comes again gets the answer; where a crash
//! came in between, its payload is read anew for the outcome, and nothing is written twice.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use entity::replay::{Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use crate::auth::Actor;
use crate::db::Db;
use crate::digest::{self, hex};
use crate::error::{Error, KeyFault, Result};

/// What its digests are for.
const PURPOSE: &str = "entente replay v1";
/// How long it is answered again.
const LIFE: TimeDelta = TimeDelta::hours(24);
/// Longest key.
const LONGEST: usize = 255;

/// What the client calls its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// From the header: 1 to 255 visible ASCII characters.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits =
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }
}

/// A request that is done once.
#[derive(Debug)]
pub struct Once {
    digest: [u8; 32],
    request: String,
    state: Mutex<State>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was done yet, as far as is known.
    Fresh,
    /// It was done before, with this outcome.
    Known(String),
    /// It has been done now.
    Done,
    /// It was done before, and its outcome was answered again.
    Repeated,
}

impl Once {
    /// What `actor` asks by these parts, under that key. Keys belong to a person. Nobody knows
    /// whose an anonymous key is, so it belongs to the request itself.
    #[must_use]
    pub fn new(key: &Key, actor: &Actor, parts: &[&str]) -> Self {
        let request = hex(&digest::of(PURPOSE, parts));
        let digest = match actor.person() {
            Some(person) => digest::of(PURPOSE, &["person", &person.id.to_string(), &key.0]),
            None => digest::of(PURPOSE, &["anonymous", &request, &key.0]),
        };
        Self {
            digest,
            request,
            state: Mutex::new(State::Fresh),
        }
    }

    /// A number for a lock on it.
    pub(crate) fn number(&self) -> i64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.digest[..8]);
        i64::from_be_bytes(first)
    }

    /// Tells it what it led to before.
    pub(crate) fn know(&self, outcome: String) {
        self.set(State::Known(outcome));
    }

    /// Whether an earlier outcome was answered again.
    pub(crate) fn is_repeated(&self) -> bool {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) == State::Repeated
    }

    /// The outcome from before, for the one unit of work that it is for.
    pub(crate) fn begin(&self) -> Result<Option<String>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, outcome) = match &*state {
            State::Fresh => (State::Done, None),
            State::Known(outcome) => (State::Repeated, Some(outcome.clone())),
            State::Done | State::Repeated => {
                return Err(Error::fault("a second unit of work under one key"));
            }
        };
        *state = next;
        Ok(outcome)
    }

    /// The outcome of somebody who was faster with the same request.
    pub(crate) async fn recall(
        &self,
        db: &DatabaseExecutor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let outcome = find(db, self, now).await?.and_then(|kept| kept.outcome);
        if outcome.is_some() {
            self.set(State::Repeated);
        }
        Ok(outcome)
    }

    fn set(&self, to: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    fn row(&self, now: DateTime<Utc>) -> Model {
        Model {
            digest: hex(&self.digest),
            request: self.request.clone(),
            outcome: None,
            answer: None,
            created_at: now,
            expires_at: now + LIFE,
        }
    }
}

/// What is known of a request that came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What its unit of work returned.
    pub outcome: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
}

/// What is known of the request, where it came within the last day.
///
/// # Errors
/// [`KeyFault::Reused`] where the key stands for another request.
pub async fn find(
    db: &DatabaseExecutor<'_>,
    once: &Once,
    now: DateTime<Utc>,
) -> Result<Option<Kept>> {
    let row = Entity::find_by_id(hex(&once.digest)).one(db).await?;
    match row.filter(|row| row.expires_at > now) {
        Some(row) if row.request != once.request => Err(KeyFault::Reused.into()),
        Some(row) => Ok(Some(Kept {
            outcome: row.outcome,
            answer: row.answer,
        })),
        None => Ok(None),
    }
}

/// Keeps the outcome in the transaction of its write; `false` where the key is taken.
///
/// # Errors
/// What the database said.
pub(crate) async fn keep_outcome(
    tx: &DatabaseTransaction,
    once: &Once,
    outcome: String,
    now: DateTime<Utc>,
) -> Result<bool> {
    let row = Model {
        outcome: Some(outcome),
        ..once.row(now)
    };
    // A row that is over may not have been swept yet: it is nobody's.
    let place = OnConflict::column(Column::Digest)
        .update_columns([
            Column::Request,
            Column::Outcome,
            Column::Answer,
            Column::CreatedAt,
            Column::ExpiresAt,
        ])
        .action_and_where(Expr::col((Entity, Column::ExpiresAt)).lte(now))
        .to_owned();
    let written = Entity::insert(row.into_active_model().reset_all())
        .on_conflict(place)
        .exec_without_returning(tx)
        .await?;
    Ok(written == 1)
}

/// Keeps the first answer that left.
///
/// # Errors
/// What the database said.
pub async fn keep_answer(db: &Db, once: &Once, answer: String, now: DateTime<Utc>) -> Result<()> {
    let row = Model {
        answer: Some(answer),
        ..once.row(now)
    };
    let first = OnConflict::column(Column::Digest)
        .update_column(Column::Answer)
        .action_and_where(Expr::col((Entity, Column::Answer)).is_null())
        .action_and_where(Expr::col((Entity, Column::Request)).eq(row.request.clone()))
        .to_owned();
    Entity::insert(row.into_active_model().reset_all())
        .on_conflict(first)
        .exec_without_returning(db.writer())
        .await?;
    Ok(())
}

/// Removes what is over, up to `most`; answers how many.
///
/// # Errors
/// What the database said.
pub(crate) async fn sweep(tx: &DatabaseTransaction, now: DateTime<Utc>, most: u64) -> Result<u64> {
    let over = Entity::find()
        .select_only()
        .column(Column::Digest)
        .filter(Column::ExpiresAt.lte(now))
        .order_by_asc(Column::ExpiresAt)
        .limit(most)
        .into_query();
    let swept = Entity::delete_many()
        .filter(Column::Digest.in_subquery(over))
        .exec(tx)
        .await?;
    Ok(swept.rows_affected)
}
