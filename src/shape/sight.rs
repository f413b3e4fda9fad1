//! Whose eyes see the rows, when, and in which database's words that is put.

use std::ops::Deref;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, FunctionCall, Order, Query};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use super::define::{Shape, define};
use crate::auth::Actor;
use crate::error::Result;
use crate::op::Op;
use crate::page::MAXIMUM;

/// The actor, the instant, and the database that is asked on their behalf.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    actor: &'a Actor,
    now: DateTime<Utc>,
    backend: DbBackend,
}

impl Deref for Sight<'_> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        self.actor
    }
}

impl<'a> Sight<'a> {
    pub(crate) fn new(op: &'a Op, backend: DbBackend) -> Self {
        Self {
            actor: op.actor(),
            now: op.now(),
            backend,
        }
    }

    /// The instant at which is asked.
    pub(crate) const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    pub(super) fn postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// The key is one of these. One bound value however many there are: a list of as many values
    /// would be another statement to prepare for each length, and PostgreSQL builds such a list
    /// anew for each row that it looks at, which doubled what a nested read costs.
    pub fn among(&self, key: impl Into<Expr>, keys: impl IntoIterator<Item = Uuid>) -> Condition {
        let (key, keys): (Expr, Vec<Uuid>) = (key.into(), keys.into_iter().collect());
        if keys.is_empty() {
            return super::nothing();
        }
        if self.postgres() {
            return key.eq(PgFunc::any(Expr::val(keys))).into();
        }
        let listed = Query::select()
            .expr(self.each("listed"))
            .from_function(self.list(&keys), "listed")
            .take();
        key.in_subquery(listed).into()
    }

    /// The keys as the rows of a table.
    pub(super) fn list(&self, keys: &[Uuid]) -> FunctionCall {
        if self.postgres() {
            Func::cust("unnest").arg(keys.to_vec())
        } else {
            Func::cust("json_each").arg(hex(keys))
        }
    }

    /// The key in a row of [`Self::list`], which goes by that name.
    pub(super) fn each(&self, list: &'static str) -> Expr {
        if self.postgres() {
            Expr::col((list, list))
        } else {
            Func::cust("unhex").arg(Expr::col((list, "value"))).into()
        }
    }
}

/// The keys of the rows that the asker sees and that meet the condition, the latest first, at most
/// [`MAXIMUM`]: for what is answered about rows and is no shape itself.
///
/// # Errors
/// What the database said.
pub async fn seen<S: Shape>(op: &Op, only: Condition) -> Result<Vec<Uuid>> {
    let (db, table) = (op.reader(), &define::<S>().table);
    let sight = Sight::new(op, db.get_database_backend());
    let statement = Query::select()
        .column((table.clone(), "id"))
        .from(table.clone())
        .cond_where(S::visible(sight))
        .cond_where(only)
        .order_by((table.clone(), "id"), Order::Desc)
        .limit(u64::from(MAXIMUM))
        .take();
    let rows = db.query_all(&statement).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?)
}

/// Keys as a JSON list of hex texts: SQLite has no arrays.
fn hex(keys: &[Uuid]) -> String {
    let mut list = String::with_capacity(2 + keys.len() * 35);
    list.push('[');
    for (index, key) in keys.iter().enumerate() {
        list.push_str(if index == 0 { "\"" } else { ",\"" });
        list.push_str(key.simple().encode_lower(&mut Uuid::encode_buffer()));
        list.push('"');
    }
    list.push(']');
    list
}
