//! Keeps the promises of the outbox.
//!
//! A promise is kept in one of two ways. A *reaction* changes rows: it runs in the unit of work
//! that also marks the promise kept, so that it happens once however many workers there are. A
//! *letter* leaves the house: it is sent outside any transaction, under a deadline, and marked
//! afterwards; a worker that dies in between leaves at most one copy more, with the same
//! Message-ID. The *bytes* of a file are carried in the same way, which can be done twice as well.

mod bytes;
mod letter;
mod reaction;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::outbox_message;
use futures_util::future::join_all;
use tokio::sync::watch;
use uuid::Uuid;

use crate::auth::link::LinkKey;
use crate::auth::{Actor, Permission, Scope};
use crate::clock::SharedClock;
use crate::config;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::file::{self, Store};
use crate::findable;
use crate::mail::Mailer;
use crate::notification::{Deliver, purge};
use crate::op::{Op, Origin};
use crate::outbox::{self, Job};
use crate::playbook::ask;
use crate::tier::{report, round};
use crate::upkeep;

/// Promises taken at a time.
const BATCH: u64 = 16;

/// How a try ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Kept, and marked so.
    Kept,
    /// To be tried again.
    Retry(String),
    /// To wait until then, without using up a try.
    Wait(DateTime<Utc>, String),
    /// Never to be kept.
    GiveUp(String),
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Self::Retry(if let Error::Fault(fault) = &error {
            fault.to_string()
        } else {
            error.to_string()
        })
    }
}

/// Someone who keeps promises.
#[derive(Clone)]
pub struct Worker {
    id: Uuid,
    db: Db,
    link_key: LinkKey,
    clock: SharedClock,
    mailer: Arc<Mailer>,
    files: Store,
    settings: config::Jobs,
    keep_days: u32,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker with a name of its own. `keep_days` is how long letters keep what they say.
    #[must_use]
    pub fn new(
        db: Db,
        link_key: LinkKey,
        clock: SharedClock,
        mailer: Arc<Mailer>,
        files: Store,
        settings: config::Jobs,
        keep_days: u32,
    ) -> Self {
        let mut id = [0; 16];
        // Without randomness no token could be made either; the name alone would not matter.
        let _ = getrandom::fill(&mut id);
        Self {
            id: Uuid::from_bytes(id),
            db,
            link_key,
            clock,
            mailer,
            files,
            settings,
            keep_days,
        }
    }

    /// Keeps promises until `stop` says so; what is under way then is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let poll = Duration::from_millis(self.settings.poll);
        let (mut planned, mut looked) = (None, None);
        while !*stop.borrow() {
            let minute = Some(self.clock.now().timestamp() / 60);
            if looked != minute {
                match self.plan_minute().await {
                    Ok(()) => looked = minute,
                    Err(error) => tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "nobody could be looked at again"
                    ),
                }
            }
            let today = Some(self.clock.now().date_naive());
            if planned != today {
                match self.plan_today().await {
                    Ok(()) => planned = today,
                    Err(error) => tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "what is done every day could not be promised"
                    ),
                }
            }
            match self.take(&stop).await {
                Ok(kept) if kept > 0 => continue,
                Ok(_) => (),
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "outbox out of reach"
                    );
                }
            }
            tokio::select! {
                () = tokio::time::sleep(poll) => (),
                _ = stop.changed() => (),
            }
        }
    }

    /// Promises what is done every day; each is promised once a day, however many workers do so.
    ///
    /// # Errors
    /// What the database said.
    pub async fn plan_today(&self) -> Result<()> {
        self.op("plan-today")
            .unit(self.keep_days, |tx, &keep_days| {
                Box::pin(async move {
                    let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                    purge::promise_today(&permit, keep_days).await?;
                    file::promise_today(&permit).await?;
                    ask::promise_today(&permit).await?;
                    round::promise_today(&permit).await?;
                    report::promise_today(&permit).await?;
                    findable::promise_today(&permit).await?;
                    upkeep::promise_today(&permit).await
                })
            })
            .await
    }

    /// Promises what is done every minute, where there is something to do.
    ///
    /// # Errors
    /// What the database said.
    pub async fn plan_minute(&self) -> Result<()> {
        let op = self.op("plan-minute");
        // Most minutes there is nothing, and nothing is written.
        if round::touched(&op.reader(), op.now(), 1).await?.is_empty() {
            return Ok(());
        }
        op.unit((), |tx, ()| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                round::promise_touched(&permit).await
            })
        })
        .await
    }

    /// Takes what is due, up to a batch, and keeps it; answers how many promises it took.
    ///
    /// # Errors
    /// Where the outbox itself is out of reach; a promise that fails is the outbox's to remember.
    pub async fn turn(&self) -> Result<usize> {
        let claimed = self.claim().await?;
        self.keep_all(claimed).await
    }

    /// The same; where it was told to stop meanwhile, what it took is handed back at once, so that
    /// others need not wait for the lease to run out. All that it keeps is begun at once, so there is
    /// never anything else that it holds and has not begun.
    async fn take(&self, stop: &watch::Receiver<bool>) -> Result<usize> {
        let claimed = self.claim().await?;
        if *stop.borrow() {
            let ids = claimed.iter().map(|row| row.id).collect();
            outbox::release(&self.db, self.id, ids).await?;
            return Ok(0);
        }
        self.keep_all(claimed).await
    }

    async fn claim(&self) -> Result<Vec<outbox_message::Model>> {
        let lease = Duration::from_secs(self.settings.lease);
        outbox::claim(&self.db, self.id, self.clock.now(), lease, BATCH).await
    }

    async fn keep_all(&self, claimed: Vec<outbox_message::Model>) -> Result<usize> {
        let taken = claimed.len();
        for settled in join_all(claimed.into_iter().map(|row| self.keep(row))).await {
            settled?;
        }
        Ok(taken)
    }

    async fn keep(&self, row: outbox_message::Model) -> Result<()> {
        let worker = self.clone();
        let promise = row.clone();
        // In a task of its own: one that panics takes nobody with it.
        let outcome = match tokio::spawn(async move { worker.attempt(promise).await }).await {
            Ok(outcome) => outcome,
            Err(panic) => Outcome::Retry(format!("it ended early: {panic}")),
        };
        let attempts = u32::try_from(row.attempts).unwrap_or(u32::MAX);
        let (pause, why) = match outcome {
            Outcome::Kept => return Ok(()),
            Outcome::Wait(until, why) => {
                tracing::debug!(promise = %row.id, kind = row.kind, %until, why, "promise waits");
                return outbox::postpone(&self.db, &row, self.id, until, &why).await;
            }
            Outcome::GiveUp(why) => (None, why),
            Outcome::Retry(why) if attempts >= self.settings.attempts => (None, why),
            Outcome::Retry(why) => {
                let chance = getrandom::u32().unwrap_or_default();
                (Some(outbox::pause(attempts, chance)), why)
            }
        };
        let dead = pause.is_none();
        tracing::warn!(promise = %row.id, kind = row.kind, attempts, dead, why, "promise not kept");
        outbox::fail(&self.db, &row, self.id, self.clock.now(), pause, &why).await
    }

    async fn attempt(&self, row: outbox_message::Model) -> Outcome {
        if row.kind == Deliver::KIND {
            return letter::deliver(self, &row).await;
        }
        if let Some(outcome) = bytes::carried_or_removed(self, &row).await {
            return outcome;
        }
        reaction::react(self, row).await
    }

    /// An operation of the portal itself on account of a promise, at the present instant.
    fn op_for(&self, row: &outbox_message::Model) -> Op {
        self.op(format!("promise-{}", row.id))
    }

    /// An operation of the portal itself, at the present instant.
    fn op(&self, cause: impl Into<String>) -> Op {
        let origin = Origin {
            request_id: cause.into(),
            ..Origin::default()
        };
        let (db, key) = (self.db.clone(), self.link_key.clone());
        Op::new(db, key, Actor::System, self.clock.now(), origin)
    }
}

/// Marks the promise kept where nothing else is to be written; `without` says why nothing was done.
async fn mark_kept(
    worker: &Worker,
    row: &outbox_message::Model,
    without: Option<&'static str>,
) -> Result<()> {
    worker
        .op_for(row)
        .unit(
            (row.id, worker.id, without),
            |tx, &(id, worker, without)| {
                Box::pin(async move {
                    let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                    match without {
                        Some(why) => outbox::finish_without(&permit, id, worker, why).await,
                        None => outbox::finish(&permit, id, worker).await,
                    }
                })
            },
        )
        .await
}
