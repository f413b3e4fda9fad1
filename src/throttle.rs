//! How often something may be tried, counted in the shared database: one count for all replicas.
//!
//! The algorithm is the generic cell rate algorithm: a row holds the instant at which all that was
//! tried will be forgotten. A try moves that instant on by one step, unless it lies too far ahead
//! already. One conditional statement does it, so no two tries can take the same place; and what
//! is refused counts for nothing, so that who keeps on knocking waits no longer than who does not.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::throttle::{self, Column, Entity};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use crate::digest;
use crate::error::{Error, Result};
use crate::op::Permit;

/// So many tries at once, and one more after each pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tries at once; at least one.
    pub burst: u32,
    /// The time after which one try is forgotten.
    pub every: TimeDelta,
}

/// One try of something, at its rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    name: String,
    rate: Rate,
}

impl Try {
    /// A try of what the words name together, such as an account and a network.
    #[must_use]
    pub fn of(words: &[&str], rate: Rate) -> Self {
        // Hashed: a table of who tried what is nobody's business, and a name has a length then.
        let name = digest::hex(&digest::of("entente throttle v1", words));
        Self { name, rate }
    }

    fn step(&self) -> i64 {
        self.rate
            .every
            .num_microseconds()
            .unwrap_or(i64::MAX / 4096)
    }

    /// How far ahead the instant may lie for one more.
    fn slack(&self) -> i64 {
        self.step()
            .saturating_mul(i64::from(self.rate.burst.saturating_sub(1)))
    }
}

/// Counts the tries, or tells when to come again: all of them or none, with the transaction.
///
/// # Errors
/// [`Error::Busy`] where one of them is used up.
pub async fn count(permit: &Permit<'_>, tries: &[Try]) -> Result<()> {
    for one in tries {
        if let Some(wait) = count_one(permit, one).await? {
            return Err(Error::Busy(wait.to_std().unwrap_or_default()));
        }
    }
    Ok(())
}

/// Counts the try and answers nothing, or does not and answers how long it is to wait.
async fn count_one(permit: &Permit<'_>, one: &Try) -> Result<Option<TimeDelta>> {
    let now = permit.now().timestamp_micros();
    let free_at = || Expr::col((Entity, Column::FreeAt));
    let later = CaseStatement::new()
        .case(free_at().gt(now), free_at().add(one.step()))
        .finally(now.saturating_add(one.step()));
    let row = throttle::Model {
        name: one.name.clone(),
        free_at: now.saturating_add(one.step()),
    };
    let counted = Entity::insert(row.into_active_model().reset_all())
        .on_conflict(
            OnConflict::column(Column::Name)
                .value(Column::FreeAt, later)
                .action_and_where(free_at().lte(now.saturating_add(one.slack())))
                .to_owned(),
        )
        .exec_without_returning(permit.writer())
        .await?;
    if counted == 1 {
        return Ok(None);
    }
    let row = Entity::find_by_id(&one.name).one(&permit.reader()).await?;
    let free_at = row.map_or(now, |row| row.free_at);
    let wait = free_at.saturating_sub(one.slack()).saturating_sub(now);
    Ok(Some(TimeDelta::microseconds(wait)))
}

/// Takes tries back: it was who it should be.
///
/// # Errors
/// What the database said.
pub async fn forgive(permit: &Permit<'_>, tries: &[Try]) -> Result<()> {
    for one in tries {
        Entity::update_many()
            .col_expr(Column::FreeAt, Expr::col(Column::FreeAt).sub(one.step()))
            .filter(Column::Name.eq(&one.name))
            .exec(permit.writer())
            .await?;
    }
    Ok(())
}

/// Removes rows whose instant is past, which mean the same as none, up to `most`; answers how many.
///
/// # Errors
/// What the database said.
pub async fn sweep(permit: &Permit<'_>, most: u64) -> Result<u64> {
    let past: DateTime<Utc> = permit.now() - TimeDelta::hours(1);
    let over = Entity::find()
        .select_only()
        .column(Column::Name)
        .filter(Column::FreeAt.lt(past.timestamp_micros()))
        .order_by_asc(Column::FreeAt)
        .limit(most)
        .into_query();
    let swept = Entity::delete_many()
        .filter(Column::Name.in_subquery(over))
        .exec(permit.writer())
        .await?;
    Ok(swept.rows_affected)
}

/// The network that somebody has at least: one address of IPv4, and 64 bits of IPv6, of which a
/// household has as many addresses as it likes.
#[must_use]
pub fn network(address: &str) -> String {
    let Ok(IpAddr::V6(whole)) = address.parse() else {
        return address.to_owned();
    };
    if let Some(inner) = whole.to_ipv4_mapped() {
        return inner.to_string();
    }
    let [a, b, c, d, ..] = whole.segments();
    format!("{a:x}:{b:x}:{c:x}:{d:x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_network() {
        assert_eq!(
            network("2001:db8:1:2:3::4"),
            network("2001:db8:1:2:ffff::1")
        );
        assert_ne!(network("2001:db8:1:2::4"), network("2001:db8:1:3::4"));
        assert_eq!(network("::ffff:192.0.2.7"), network("192.0.2.7"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
        assert_eq!(network(""), "");
    }
}
