//! Keeps the promises of the outbox.
//!
//! A promise is kept in one of two ways. A *reaction* changes rows: it runs in the unit of work
//! that also marks the promise kept, so that it happens once however many workers there are. A
//! *letter* leaves the house: it is sent outside any transaction, under a deadline, and marked
//! afterwards; a worker that dies in between leaves at most one copy more, with the same
//! Message-ID.

mod letter;
mod reaction;

use std::sync::Arc;
use std::time::Duration;

use entity::outbox_message;
use futures_util::future::join_all;
use tokio::sync::watch;
use uuid::Uuid;

use crate::auth::Actor;
use crate::auth::link::LinkKey;
use crate::clock::SharedClock;
use crate::config;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::mail::Mailer;
use crate::notification::Deliver;
use crate::op::{Op, Origin};
use crate::outbox::{self, Job};

/// Promises taken at a time.
const BATCH: u64 = 16;

/// How a try ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Kept, and marked so.
    Kept,
    /// To be tried again.
    Retry(String),
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
    settings: config::Jobs,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker with a name of its own.
    #[must_use]
    pub fn new(
        db: Db,
        link_key: LinkKey,
        clock: SharedClock,
        mailer: Arc<Mailer>,
        settings: config::Jobs,
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
            settings,
        }
    }

    /// Keeps promises until `stop` says so; what is under way then is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let poll = Duration::from_millis(self.settings.poll);
        while !*stop.borrow() {
            match self.turn().await {
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

    /// Takes what is due, up to a batch, and keeps it; answers how many promises it took.
    ///
    /// # Errors
    /// Where the outbox itself is out of reach; a promise that fails is the outbox's to remember.
    pub async fn turn(&self) -> Result<usize> {
        let now = self.clock.now();
        let lease = Duration::from_secs(self.settings.lease);
        let claimed = outbox::claim(&self.db, self.id, now, lease, BATCH).await?;
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
        reaction::react(self, row).await
    }

    /// An operation of the portal itself, at the present instant.
    fn op(&self, row: &outbox_message::Model) -> Op {
        let origin = Origin {
            request_id: format!("promise-{}", row.id),
            ..Origin::default()
        };
        let (db, key) = (self.db.clone(), self.link_key.clone());
        Op::new(db, key, Actor::System, self.clock.now(), origin)
    }
}

/// Marks the promise kept where nothing else is to be written.
async fn mark_kept(worker: &Worker, row: &outbox_message::Model) -> Result<()> {
    use crate::auth::{Permission, Scope};
    worker
        .op(row)
        .unit((row.id, worker.id), |tx, &(id, worker)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                outbox::finish(&permit, id, worker).await
            })
        })
        .await
}
