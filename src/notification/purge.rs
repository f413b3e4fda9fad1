//! What old letters said is emptied: it is nobody's business any more.
//!
//! It is promised once for each day, by whichever process looks first, and kept like any other
//! promise: by one worker, in the unit of work that marks it as kept. A portal that stood still for
//! a week does on its first day what it had missed, since a purge empties whatever is old by then.
//! The mailbox folder is not touched: what was delivered is its reader's.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Deliver;
use crate::error::Result;
use crate::op::Permit;
use crate::outbox::{self, Job, dead};

/// Letters that one unit of work empties.
const BATCH: u64 = 1_000;

/// The promise to empty what letters say that are kept or given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purge {
    /// Those promised before.
    pub before: DateTime<Utc>,
}

impl Job for Purge {
    const KIND: &'static str = "mail.purge";
}

/// Promises the purge of today, once: letters are emptied that are older than `keep_days`.
///
/// # Errors
/// What the database said.
pub async fn promise_today(permit: &Permit<'_>, keep_days: u32) -> Result<()> {
    let now = permit.now();
    let before = now - TimeDelta::days(keep_days.into());
    let key = outbox::daily_key(Purge::KIND, now.date_naive());
    outbox::promise_once(permit, &Purge { before }, now, key).await
}

/// Keeps the promise, a batch at a time: where more is left, the next one is promised.
///
/// # Errors
/// What the database said.
pub async fn purge(permit: &Permit<'_>, job: &Purge) -> Result<()> {
    let emptied = dead::empty_before(permit, Deliver::KIND, job.before, BATCH).await?;
    if emptied == BATCH {
        outbox::promise(permit, job).await?;
    }
    Ok(())
}
