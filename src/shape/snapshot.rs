//! One view of the database for all that a request reads.
//!
//! It is opened by the first read and closed when the request's data is dropped, whatever happened.
//! On PostgreSQL it is a read-only transaction at repeatable read, on SQLite a deferred one. A
//! request that needs a single statement needs no transaction, unless it has to be told whose rows it
//! meets ([`Reach`]). A mutation reads back what it
//! changed in a snapshot of its own, opened after its commit.

use std::sync::Arc;

use futures_util::lock::Mutex;
use sea_orm::{DatabaseExecutor, DatabaseTransaction};

use super::price::Price;
use crate::db::{Db, Reach};
use crate::error::Result;
use crate::op::Op;

/// Reads for one request; the request's data holds it.
pub struct Reader {
    op: Op,
    /// Whether what is read is one statement, which sees one state of the database anyhow.
    is_single: bool,
    open: Mutex<Option<Open>>,
}

struct Open {
    /// The field of the mutation for which it was opened; empty for a query.
    root: String,
    reach: Reach,
    transaction: Arc<DatabaseTransaction>,
}

/// Where to read: a transaction, or any connection for a single statement.
pub(super) enum Snapshot {
    Transaction(Arc<DatabaseTransaction>),
    Any(Db),
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("op", &self.op)
            .finish_non_exhaustive()
    }
}

impl Reader {
    /// Reads for a request of this operation and price.
    #[must_use]
    pub fn new(op: &Op, price: &Price) -> Self {
        Self {
            op: op.clone(),
            is_single: price.statements <= 1,
            open: Mutex::new(None),
        }
    }

    pub(super) fn op(&self) -> &Op {
        &self.op
    }

    /// The snapshot of the query, or of the mutation's field `root`, for that operation: this
    /// reader's, or that of the holder of a link.
    pub(super) async fn snapshot(&self, root: &str, op: &Op) -> Result<Snapshot> {
        let reach = op.reach();
        if self.is_single && op.db().reads_at_once(&reach) {
            return Ok(Snapshot::Any(self.op.db().clone()));
        }
        let mut open = self.open.lock().await;
        if let Some(open) = open
            .as_ref()
            .filter(|open| open.root == root && open.reach == reach)
        {
            return Ok(Snapshot::Transaction(open.transaction.clone()));
        }
        // The one before is closed first: a request holds one connection, never two.
        *open = None;
        let transaction = Arc::new(op.db().begin_reading(&reach).await?);
        *open = Some(Open {
            root: root.to_owned(),
            reach,
            transaction: transaction.clone(),
        });
        Ok(Snapshot::Transaction(transaction))
    }
}

impl Snapshot {
    pub(super) fn executor(&self) -> DatabaseExecutor<'_> {
        match self {
            Self::Transaction(transaction) => (&**transaction).into(),
            Self::Any(db) => db.reader().into(),
        }
    }
}
