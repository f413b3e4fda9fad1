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
use sea_orm::{DatabaseExecutor, DatabaseTransaction};
use tracing::Instrument;
use uuid::{ContextV7, Timestamp, Uuid};

use crate::auth::link::LinkKey;
use crate::auth::{Actor, Permission, Scope, allows};
use crate::db::{Db, is_there_already, is_worth_another_try};
use crate::error::{Error, Fault, Result};

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
    now: DateTime<Utc>,
    origin: Arc<Origin>,
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
            now,
            origin: Arc::new(origin),
            ids,
        }
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

    /// Reads outside a transaction.
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

    /// Does `work` in a transaction, whole or not at all.
    ///
    /// # Errors
    /// What `work` returned; nothing of it was written then. [`Error::Busy`] where others got in
    /// its way again and again.
    pub async fn unit<I, T>(
        &self,
        input: I,
        work: for<'t> fn(&'t Tx, &'t I) -> Work<'t, T>,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        let op = self.clone();
        let task = async move {
            for attempt in 0..TRIES {
                match op.attempt(&input, work).await {
                    // What is there already may have come from somebody at the same time: the next
                    // try sees it, and can say so.
                    Err(Error::Fault(Fault::Database(error)))
                        if is_worth_another_try(&error)
                            || (attempt == 0 && is_there_already(&error)) =>
                    {
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
        input: &I,
        work: for<'t> fn(&'t Tx, &'t I) -> Work<'t, T>,
    ) -> Result<T> {
        let tx = Tx {
            inner: self.db.begin().await?,
            op: self.clone(),
        };
        match work(&tx, input).await {
            Ok(done) => {
                tx.inner.commit().await?;
                Ok(done)
            }
            Err(error) => {
                tx.inner.rollback().await?;
                Err(error)
            }
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

    /// The only way to a [`Permit`], and so to any write.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where nobody is signed in, [`Error::Forbidden`] otherwise.
    pub fn permit(&self, permission: Permission, scope: Scope) -> Result<Permit<'_>> {
        if allows(&self.op.actor, permission, scope) {
            Ok(Permit {
                tx: self,
                permission,
            })
        } else if self.op.actor == Actor::Anonymous {
            Err(Error::Unauthenticated)
        } else {
            Err(Error::Forbidden)
        }
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
