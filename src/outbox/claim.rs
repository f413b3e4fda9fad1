//! How workers share the outbox: take under a lease, keep, hand back or give up.
//!
//! A claim is one statement, so that two workers never take the same promise; a lease that has run
//! out may be taken over. A try is counted when it begins: a promise that kills its worker dies of
//! its tries and takes nobody with it.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use entity::id::OutboxMessageId;
use entity::outbox_message::{self, Column, Entity};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    StatementBuilder,
};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::op::Permit;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);

/// Days for which one looks back.
const MONTH: usize = 31;

/// Takes up to `limit` promises that are due, for as long as `lease`.
///
/// # Errors
/// What the database said.
pub async fn claim(
    db: &Db,
    worker: Uuid,
    now: DateTime<Utc>,
    lease: Duration,
    limit: u64,
) -> Result<Vec<outbox_message::Model>> {
    let due = Query::select()
        .column(Column::Id)
        .from(Entity)
        .cond_where(
            Condition::all()
                .add(Column::DoneAt.is_null())
                .add(Column::DeadAt.is_null())
                .add(Column::AvailableAt.lte(now))
                .add(
                    Condition::any()
                        .add(Column::LeasedUntil.is_null())
                        .add(Column::LeasedUntil.lt(now)),
                ),
        )
        .order_by(Column::AvailableAt, sea_orm::Order::Asc)
        .order_by(Column::Id, sea_orm::Order::Asc)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .take();
    let claim = Query::update()
        .table(Entity)
        .value(Column::Lease, worker)
        .value(Column::LeasedUntil, now + lease)
        .value(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .and_where(Column::Id.in_subquery(due))
        .returning_all()
        .take();
    let statement = StatementBuilder::build(&claim, &db.backend());
    let mut claimed = outbox_message::Model::find_by_statement(statement)
        .all(db.writer())
        .await?;
    claimed.sort_by_key(|row| (row.available_at, row.id));
    Ok(claimed)
}

/// Marks the promise kept. Belongs into the unit that keeps it, so that both happen or neither.
///
/// # Errors
/// A fault where the lease was lost to another worker: the unit must not commit then.
pub async fn finish(permit: &Permit<'_>, id: OutboxMessageId, worker: Uuid) -> Result<()> {
    settle(permit, id, worker, None).await
}

/// Marks the promise kept although nothing was done: there was no cause left, for this reason.
///
/// # Errors
/// As for [`finish`].
pub async fn finish_without(
    permit: &Permit<'_>,
    id: OutboxMessageId,
    worker: Uuid,
    why: &str,
) -> Result<()> {
    settle(permit, id, worker, Some(why)).await
}

async fn settle(
    permit: &Permit<'_>,
    id: OutboxMessageId,
    worker: Uuid,
    why: Option<&str>,
) -> Result<()> {
    let done = Entity::update_many()
        .col_expr(Column::DoneAt, Expr::value(permit.now()))
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .col_expr(
            Column::LeasedUntil,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .col_expr(Column::LastError, Expr::value(why.map(str::to_owned)))
        .filter(held(id, worker))
        .exec(permit.writer())
        .await?;
    if done.rows_affected == 1 {
        Ok(())
    } else {
        Err(Error::fault(format!(
            "the lease on promise {id} was lost to another worker"
        )))
    }
}

/// Hands the promise back to be tried after `pause`, or gives it up where that is none.
///
/// # Errors
/// What the database said. A lease lost to another worker is no error: it is theirs to settle.
pub async fn fail(
    db: &Db,
    row: &outbox_message::Model,
    worker: Uuid,
    now: DateTime<Utc>,
    pause: Option<Duration>,
    why: &str,
) -> Result<()> {
    let why: String = why.chars().take(1_000).collect();
    let mut update = Entity::update_many()
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .col_expr(
            Column::LeasedUntil,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .col_expr(Column::LastError, Expr::value(why));
    update = match pause {
        Some(pause) => update.col_expr(Column::AvailableAt, Expr::value(now + pause)),
        None => update.col_expr(Column::DeadAt, Expr::value(now)),
    };
    update
        .filter(held(row.id, worker))
        .exec(db.writer())
        .await?;
    Ok(())
}

/// Hands the promise back untried, not to be taken before `until`: the try that its claim counted
/// is taken back.
///
/// # Errors
/// As for [`fail`].
pub async fn postpone(
    db: &Db,
    row: &outbox_message::Model,
    worker: Uuid,
    until: DateTime<Utc>,
    why: &str,
) -> Result<()> {
    let why: String = why.chars().take(1_000).collect();
    Entity::update_many()
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .col_expr(
            Column::LeasedUntil,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .col_expr(Column::LastError, Expr::value(why))
        .col_expr(Column::AvailableAt, Expr::value(until))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
        .filter(held(row.id, worker))
        .exec(db.writer())
        .await?;
    Ok(())
}

fn held(id: OutboxMessageId, worker: Uuid) -> Condition {
    Condition::all()
        .add(Column::Id.eq(id))
        .add(Column::Lease.eq(worker))
        .add(Column::DoneAt.is_null())
        .add(Column::DeadAt.is_null())
}

/// How long to wait after so many tries: doubles from ten seconds to six hours, less up to a third
/// by chance, so that what failed together does not come back together. `chance` is any number.
#[must_use]
pub fn pause(attempts: u32, chance: u32) -> Duration {
    let full = Duration::from_secs(10)
        .saturating_mul(1 << Ord::min(attempts.saturating_sub(1), 16))
        .min(LONGEST_PAUSE);
    full.mul_f64(1.0 - f64::from(chance % 1_000) / 3_000.0)
}

/// Hands back what was taken and not begun: the tries that the claim counted are taken back.
///
/// # Errors
/// What the database said; the leases run out by themselves then.
pub async fn release(db: &Db, worker: Uuid, ids: Vec<OutboxMessageId>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .col_expr(
            Column::LeasedUntil,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
        .filter(Column::Id.is_in(ids))
        .filter(Column::Lease.eq(worker))
        .exec(db.writer())
        .await?;
    Ok(())
}

/// What names the cause of what is promised once a day.
#[must_use]
pub fn daily_key(kind: &str, day: NaiveDate) -> String {
    format!("{kind}:{day}")
}

/// When a promise that is made every day was made last, and when it was kept, if it was; none where
/// that is more than a month ago. It is found by its key, however many promises there are.
///
/// # Errors
/// What the database said.
pub async fn last_promised(
    db: &Db,
    kind: &str,
    now: DateTime<Utc>,
) -> Result<Option<(DateTime<Utc>, Option<DateTime<Utc>>)>> {
    let days = now.date_naive().iter_days().rev().take(MONTH);
    let last = Entity::find()
        .filter(Column::OnceKey.is_in(days.map(|day| daily_key(kind, day))))
        .order_by_desc(Column::CreatedAt)
        .one(db.reader())
        .await?;
    Ok(last.map(|row| (row.created_at, row.done_at)))
}

/// How the outbox stands, for metrics and `doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Promises that are due and not kept.
    pub due: u64,
    /// When the oldest of them was to be kept.
    pub oldest: Option<DateTime<Utc>>,
    /// Promises for a later day.
    pub scheduled: u64,
    /// Promises given up.
    pub dead: u64,
}

/// How the outbox stands at `now`.
///
/// # Errors
/// What the database said.
pub async fn depth(db: &Db, now: DateTime<Utc>) -> Result<Depth> {
    let open = || {
        Entity::find()
            .filter(Column::DoneAt.is_null())
            .filter(Column::DeadAt.is_null())
    };
    let due = || open().filter(Column::AvailableAt.lte(now));
    let reader = db.reader();
    Ok(Depth {
        due: due().count(reader).await?,
        oldest: due()
            .order_by_asc(Column::AvailableAt)
            .one(reader)
            .await?
            .map(|row| row.available_at),
        scheduled: open()
            .filter(Column::AvailableAt.gt(now))
            .count(reader)
            .await?,
        dead: Entity::find()
            .filter(Column::DeadAt.is_not_null())
            .count(reader)
            .await?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_six_hours() {
        let mut last = Duration::ZERO;
        for attempts in 1..=40 {
            let longest = pause(attempts, 0);
            let shortest = pause(attempts, 999);
            assert!(shortest < longest && shortest >= longest.mul_f64(0.66));
            assert!(longest >= last && longest <= LONGEST_PAUSE);
            last = longest;
        }
        assert_eq!(pause(1, 0), Duration::from_secs(10));
        assert_eq!(last, LONGEST_PAUSE);
    }
}
