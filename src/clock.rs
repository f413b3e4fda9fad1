//! The only place that asks the machine what time it is.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

/// Tells the time; tests set it.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// The present instant, cut to microseconds.
    fn now(&self) -> DateTime<Utc>;
}

/// A clock that many hold.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
    fn now(&self) -> DateTime<Utc> {
        cut(Utc::now())
    }
}

/// PostgreSQL keeps microseconds and Rust nanoseconds: cut once, here, so that a value read back
/// equals the one that was written, on both databases.
#[must_use]
pub fn cut(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.trunc_subsecs(6)
}
