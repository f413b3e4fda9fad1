//! Whose eyes see the rows, and in which database's words that is put.

use std::ops::Deref;

use sea_orm::DbBackend;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, FunctionCall, Query};
use uuid::Uuid;

use crate::auth::Actor;

/// The actor, and the database that is asked on their behalf.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    actor: &'a Actor,
    backend: DbBackend,
}

impl Deref for Sight<'_> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        self.actor
    }
}

impl<'a> Sight<'a> {
    pub(crate) const fn new(actor: &'a Actor, backend: DbBackend) -> Self {
        Self { actor, backend }
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
