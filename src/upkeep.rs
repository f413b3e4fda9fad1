//! What is swept every day: counts of tries that are over, and answers kept for requests that will
//! not come again.
//!
//! It is promised once for each day and kept like any other promise, so it is done once however
//! many processes there are, and what a pause has left is done on the first day after it.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::op::Permit;
use crate::outbox::{self, Job};
use crate::{replay, throttle};

/// Rows of each table that one unit of work removes.
const BATCH: u64 = 1_000;

/// The promise to remove what is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {}

impl Job for Sweep {
    const KIND: &'static str = "upkeep.sweep";
}

/// Promises the sweep of today, once.
///
/// # Errors
/// What the database said.
pub async fn promise_today(permit: &Permit<'_>) -> Result<()> {
    let now = permit.now();
    let key = outbox::daily_key(Sweep::KIND, now.date_naive());
    outbox::promise_once(permit, &Sweep {}, now, key).await
}

/// Keeps the promise, a batch at a time: where more is left, the next one is promised.
///
/// # Errors
/// What the database said.
pub async fn sweep(permit: &Permit<'_>, job: &Sweep) -> Result<()> {
    let tries = throttle::sweep(permit, BATCH).await?;
    let answers = replay::sweep(permit.writer(), permit.now(), BATCH).await?;
    if tries.max(answers) == BATCH {
        outbox::promise(permit, job).await?;
    }
    Ok(())
}
