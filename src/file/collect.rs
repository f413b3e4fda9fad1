//! What becomes of files without anybody's doing: bytes that the portal made are carried into the
//! store, and files that nothing uses are collected.

use chrono::TimeDelta;
use entity::id::FileId;
use entity::{file, file_inbox, file_use};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, DatabaseExecutor, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};

use super::storage::Store;
use crate::error::Result;
use crate::op::{Op, Permit};
use crate::outbox::{self, Job};

/// How long a file may lie about unused.
const UNUSED_FOR: TimeDelta = TimeDelta::hours(24);
/// Files that one unit of work collects.
const BATCH: u64 = 500;

/// The promise to carry a file's bytes into the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carry {
    /// The file.
    pub file: FileId,
}

impl Job for Carry {
    const KIND: &'static str = "file.carry";
}

/// The promise to remove the bytes of a file that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// The file that was.
    pub file: FileId,
}

impl Job for Gone {
    const KIND: &'static str = "file.gone";
}

/// The promise to collect what nothing uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {}

impl Job for Collect {
    const KIND: &'static str = "file.collect";
}

/// Promises the collection of today, once.
///
/// # Errors
/// What the database said.
pub async fn promise_today(permit: &Permit<'_>) -> Result<()> {
    let now = permit.now();
    let key = outbox::daily_key(Collect::KIND, now.date_naive());
    outbox::promise_once(permit, &Collect {}, now, key).await
}

/// Keeps the promise, a batch at a time: where more is left, the next one is promised. What waits
/// to be carried without a promise, since it was there before files were, is promised as well.
///
/// # Errors
/// What the database said.
pub async fn collect(permit: &Permit<'_>, job: &Collect) -> Result<()> {
    let db = permit.reader();
    // What is younger has a promise of its own under way.
    let old = Query::select()
        .column(file::Column::Id)
        .from(file::Entity)
        .and_where(file::Column::CreatedAt.lt(permit.now() - UNUSED_FOR))
        .take();
    let waiting: Vec<FileId> = file_inbox::Entity::find()
        .select_only()
        .column(file_inbox::Column::Id)
        .filter(file_inbox::Column::Id.in_subquery(old))
        .order_by_asc(file_inbox::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(&db)
        .await?;
    for file in waiting {
        let today = outbox::daily_key(Carry::KIND, permit.now().date_naive());
        let key = format!("{today}:{file}");
        outbox::promise_once(permit, &Carry { file }, permit.now(), key).await?;
    }
    let unused = unused(&db, permit.now() - UNUSED_FOR).await?;
    for &file in &unused {
        outbox::promise(permit, &Gone { file }).await?;
    }
    file_inbox::Entity::delete_many()
        .filter(file_inbox::Column::Id.is_in(unused.iter().copied()))
        .exec(permit.writer())
        .await?;
    file::Entity::delete_many()
        .filter(file::Column::Id.is_in(unused.iter().copied()))
        .exec(permit.writer())
        .await?;
    if unused.len() as u64 == BATCH {
        outbox::promise(permit, job).await?;
    }
    Ok(())
}

/// Files that nothing uses, from before that instant.
async fn unused(
    db: &DatabaseExecutor<'_>,
    before: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<FileId>> {
    let uses = Query::select()
        .expr(Expr::cust("1"))
        .from(file_use::Entity)
        .and_where(
            Expr::col((file_use::Entity, file_use::Column::FileId))
                .equals((file::Entity, file::Column::Id)),
        )
        .take();
    Ok(file::Entity::find()
        .select_only()
        .column(file::Column::Id)
        .filter(file::Column::CreatedAt.lt(before))
        .filter(Condition::all().add(Expr::exists(uses).not()))
        .order_by_asc(file::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(db)
        .await?)
}

/// Carries a file's bytes into the store, as far as it can be done outside a unit of work: once
/// more it changes nothing. The unit that marks the promise kept lets go of the copy ([`let_go`]).
///
/// # Errors
/// [`crate::error::Away::Store`].
pub async fn carry(op: &Op, store: &Store, job: &Carry) -> Result<()> {
    let db = op.reader();
    let waiting = file_inbox::Entity::find_by_id(job.file).one(&db).await?;
    let row = file::Entity::find_by_id(job.file).one(&db).await?;
    if let (Some(waiting), Some(row)) = (waiting, row) {
        let sha256 = row.sha256.as_deref().unwrap_or_default();
        store.put(row.id, sha256, waiting.content).await?;
    }
    Ok(())
}

/// Lets go of the copy of what was carried.
///
/// # Errors
/// What the database said.
pub async fn let_go(permit: &Permit<'_>, job: &Carry) -> Result<()> {
    file_inbox::Entity::delete_by_id(job.file)
        .exec(permit.writer())
        .await?;
    Ok(())
}
