//! One operation: who asks, at what instant, over which database — and its units of work.
//!
//! [`Op::unit`] is the only way to write. What runs in it is a plain function of the transaction
//! and its input: it captures nothing, so it can be run again when another transaction got in its
//! way; it runs in a task of its own, so a client that hangs up cannot cut it in half; and it
//! commits if, and only if, it returns `Ok`. A [`Permit`] is the only way to the writer, and the
//! policy the only way to a permit.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::audit_entry;
use sea_orm::{DatabaseExecutor, DatabaseTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;
use uuid::{ContextV7, Timestamp, Uuid};

use crate::auth::link::LinkKey;
use crate::auth::{Actor, Assurance, Permission, Scope, allows};
use crate::db::{Db, Reach, is_there_already, is_worth_another_try};
use crate::error::{Away, Error, Fault, KeyFault, Result};
use crate::replay::{self, Key, Once};
use crate::trail;

/// How often a unit of work is tried when others get in its way.
const TRIES: u32 = 12;

/// Where a request came from, for the audit trail and the list of sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Names the request in answers and logs.
    pub request_id: String,
    /// Network address.
    pub address: String,
    /// What the client calls itself.
    pub user_agent: String,
}

/// Who asks, at what instant, over which database.
#[derive(Clone)]
pub struct Op {
    db: Db,
    // Whatever is promised in a unit of work may carry a link.
    link_key: LinkKey,
    actor: Actor,
    // Whether the seats of the actor do not say yet what it may meet.
    at_the_door: bool,
    now: DateTime<Utc>,
    origin: Arc<Origin>,
    // What the client calls its request, and the one thing that it does under that name.
    key: Option<Key>,
    once: Option<Arc<Once>>,
    // Ids made in one operation sort in the order in which they were made.
    ids: Arc<Mutex<ContextV7>>,
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Op")
            .field("actor", &self.actor)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// What a unit of work returns: a future over the transaction and its input.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

impl Op {
    /// An operation of `actor` at `now`; its letters' links are made from `link_key`.
    #[must_use]
    pub fn new(
        db: Db,
        link_key: LinkKey,
        actor: Actor,
        now: DateTime<Utc>,
        origin: Origin,
    ) -> Self {
        let ids = Arc::new(Mutex::new(ContextV7::new()));
        Self {
            db,
            link_key,
            actor,
            at_the_door: false,
            now,
            origin: Arc::new(origin),
            key: None,
            once: None,
            ids,
        }
    }

    /// The same under the client's `Idempotency-Key`.
    #[must_use]
    pub fn under(self, key: Key) -> Self {
        let key = Some(key);
        Self { key, ..self }
    }

    /// The client's `Idempotency-Key`.
    pub(crate) fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// The same, done once.
    pub(crate) fn once(self, once: Arc<Once>) -> Self {
        let once = Some(once);
        Self { once, ..self }
    }

    /// What is done once, if that is so.
    pub(crate) fn bound(&self) -> Option<&Arc<Once>> {
        self.once.as_ref()
    }

    /// Who asks.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The instant of the operation, read once.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// From which the links of letters are made.
    pub(crate) fn link_key(&self) -> &LinkKey {
        &self.link_key
    }

    /// The database, for the read mechanism.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Reads outside a transaction, on the portal's own behalf: no second wall stands behind it.
    #[must_use]
    pub fn reader(&self) -> DatabaseExecutor<'_> {
        self.db.reader().into()
    }

    /// The same request by somebody else: after a sign-in, or by the holder of a link.
    #[must_use]
    pub fn as_actor(&self, actor: Actor) -> Self {
        Self {
            actor,
            ..self.clone()
        }
    }

    /// The same for what has to meet rows that are not the asker's yet: an application is held
    /// against all others, an invitation is somebody's by its link alone. The policy is as before;
    /// only the database's own wall ([`Reach`]) is open.
    #[must_use]
    pub(crate) fn at_the_door(&self) -> Self {
        Self {
            at_the_door: true,
            ..self.clone()
        }
    }

    /// Whose rows its transactions meet.
    pub(crate) fn reach(&self) -> Reach {
        if self.at_the_door {
            Reach::Portal
        } else {
            self.actor.reach()
        }
    }

    /// Does `work` in a transaction, whole or not at all; under an `Idempotency-Key` once, and what
    /// it returned the first time is returned again.
    ///
    /// # Errors
    /// What `work` returned; nothing of it was written then. [`Error::Busy`] where others got in
    /// its way again and again, [`Error::Key`] where the same is being done at this moment.
    pub async fn unit<I, T>(&self, input: I, work: Unit<I, T>) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        let Some(once) = &self.once else {
            return self.run(input, work, None).await;
        };
        match once.begin()? {
            Some(outcome) => Ok(serde_json::from_str(&outcome)?),
            None => self.run(input, work, Some(Keep::of(once))).await,
        }
    }

    /// The same where what it returns is secret: no key is looked at, and nothing of it is kept.
    ///
    /// # Errors
    /// As [`Op::unit`] does.
    pub async fn secret_unit<I, T>(&self, input: I, work: Unit<I, T>) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        self.run(input, work, None).await
    }

    async fn run<I, T>(&self, input: I, work: Unit<I, T>, keep: Option<Keep<T>>) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        let op = self.clone();
        let task = async move {
            for attempt in 0..TRIES {
                match op.attempt(attempt, &input, work, keep.as_ref()).await {
                    // What is there already may have come from somebody at the same time: the next
                    // try sees it, and can say so.
                    Err(Error::Fault(Fault::Database(error)))
                        if is_worth_another_try(&error)
                            || (attempt == 0 && is_there_already(&error)) =>
                    {
                        tokio::time::sleep(pause(attempt)).await;
                    }
                    // It went away before anything was committed; a pool may hold connections that
                    // have not heard of it yet.
                    Err(Error::Unavailable(Away::NotDone(error))) if attempt + 1 < TRIES => {
                        tracing::debug!(%error, attempt, "the database was away");
                        tokio::time::sleep(pause(attempt)).await;
                    }
                    other => return other,
                }
            }
            Err(Error::Busy(Duration::from_secs(1)))
        };
        match tokio::spawn(task.in_current_span()).await {
            Ok(result) => result,
            Err(panic) => Err(Error::fault(format!("a unit of work ended early: {panic}"))),
        }
    }

    async fn attempt<I, T>(
        &self,
        number: u32,
        input: &I,
        work: Unit<I, T>,
        keep: Option<&Keep<T>>,
    ) -> Result<T> {
        let tx = Tx {
            inner: self.db.begin(&self.reach()).await?,
            op: self.clone(),
            lines: tokio::sync::Mutex::default(),
        };
        if number > 0 {
            self.db.queue(&tx.inner).await?;
        }
        let result = match keep {
            Some(keep) => tx.work_once(input, work, keep).await,
            None => work(&tx, input).await,
        };
        let result = match result {
            Ok(done) => {
                // Last of all, since everybody else who writes lines of that chain waits from here.
                let lines = std::mem::take(&mut *tx.lines.lock().await);
                trail::append(&tx.inner, lines).await.map(|()| done)
            }
            Err(error) => Err(error),
        };
        match (result, keep) {
            (Ok(done), _) => {
                tx.inner.commit().await.map_err(Error::of_commit)?;
                Ok(done)
            }
            (Err(error), None) | (Err(error @ (Error::Fault(_) | Error::Unavailable(_))), _) => {
                if let Err(failed) = tx.inner.rollback().await {
                    // Why it came to that is what counts. The connection is not used again.
                    tracing::warn!(%failed, "a unit of work was not rolled back by its own word");
                }
                Err(error)
            }
            // It may have been refused because somebody was faster with the same request.
            (Err(error), Some(keep)) => {
                tx.inner.rollback().await?;
                match keep.once.recall(&self.reader(), self.now).await? {
                    Some(outcome) => (keep.read)(&outcome),
                    None => Err(error),
                }
            }
        }
    }
}

/// What runs in a transaction: a plain function, so that it can be run again.
pub type Unit<I, T> = for<'t> fn(&'t Tx, &'t I) -> Work<'t, T>;

/// How the outcome of what is done once is kept and read again.
struct Keep<T> {
    once: Arc<Once>,
    write: fn(&T) -> Result<String>,
    read: fn(&str) -> Result<T>,
}

impl<T: Serialize + DeserializeOwned> Keep<T> {
    fn of(once: &Arc<Once>) -> Self {
        Self {
            once: once.clone(),
            write: |outcome| Ok(serde_json::to_string(outcome)?),
            read: |outcome| Ok(serde_json::from_str(outcome)?),
        }
    }
}

/// Grows from try to try, and differs between those who wait.
fn pause(attempt: u32) -> Duration {
    let jitter = u64::from(getrandom::u32().unwrap_or_default() % 16);
    Duration::from_millis((1 << attempt.min(7)) + jitter)
}

/// A unit of work under way.
#[derive(Debug)]
pub struct Tx {
    op: Op,
    inner: DatabaseTransaction,
    // Of the audit trail, to be written at the end.
    lines: tokio::sync::Mutex<Vec<audit_entry::Model>>,
}

impl Tx {
    /// Reads inside the transaction.
    #[must_use]
    pub fn reader(&self) -> DatabaseExecutor<'_> {
        (&self.inner).into()
    }

    /// The operation that it belongs to.
    #[must_use]
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// Does the work and keeps its outcome, unless the same is being done or was done before.
    async fn work_once<I, T>(&self, input: &I, work: Unit<I, T>, keep: &Keep<T>) -> Result<T> {
        let (db, once) = (&self.op.db, &keep.once);
        if !db.try_lock(&self.inner, once.number()).await? {
            return Err(KeyFault::Running.into());
        }
        let done = work(self, input).await?;
        let outcome = (keep.write)(&done)?;
        if replay::keep_outcome(&self.inner, once, outcome, self.op.now).await? {
            Ok(done)
        } else {
            Err(KeyFault::Running.into())
        }
    }

    /// The only way to a [`Permit`], and so to any write.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where nobody is signed in, [`Error::FactorRequired`] where a second
    /// factor is missing, [`Error::StepUpRequired`] where its proof is too old for this,
    /// [`Error::Forbidden`] otherwise.
    pub fn permit(&self, permission: Permission, scope: Scope) -> Result<Permit<'_>> {
        let actor = &self.op.actor;
        if !allows(actor, permission, scope) {
            actor.known()?;
            return Err(Error::Forbidden);
        }
        let is_old = actor
            .person()
            .is_some_and(|it| it.assurance == Assurance::Old);
        if permission.is_grave() && is_old {
            return Err(Error::StepUpRequired);
        }
        Ok(Permit {
            tx: self,
            permission,
        })
    }
}

/// Proof that the policy allowed what is about to be written.
#[derive(Clone, Copy, Debug)]
pub struct Permit<'tx> {
    tx: &'tx Tx,
    permission: Permission,
}

impl<'tx> Permit<'tx> {
    /// The instant of the operation.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.tx.op.now
    }

    /// The operation that it belongs to.
    #[must_use]
    pub fn op(&self) -> &'tx Op {
        &self.tx.op
    }

    /// What was allowed.
    #[must_use]
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// Reads inside the transaction.
    #[must_use]
    pub fn reader(&self) -> DatabaseExecutor<'tx> {
        (&self.tx.inner).into()
    }

    /// Writes inside the transaction.
    pub(crate) fn writer(&self) -> &'tx DatabaseTransaction {
        &self.tx.inner
    }

    /// Notes a line of the audit trail, to be written when the unit of work ends.
    pub(crate) async fn note(&self, line: audit_entry::Model) {
        self.tx.lines.lock().await.push(line);
    }

    /// A new id: a UUID of version 7 at the operation's instant.
    #[must_use]
    pub fn new_id<Id: From<Uuid>>(&self) -> Id {
        let now = self.now();
        let seconds = now.timestamp().unsigned_abs();
        let ids = self
            .tx
            .op
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Id::from(Uuid::new_v7(Timestamp::from_unix(
            &*ids,
            seconds,
            now.timestamp_subsec_nanos(),
        )))
    }
}
