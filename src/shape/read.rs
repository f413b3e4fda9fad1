//! One statement per relation for the whole page, the actor's predicate in each of them.

use std::collections::{HashMap, HashSet};

use futures_util::future::BoxFuture;
use sea_orm::sea_query::{
    Asterisk, Condition, DynIden, Expr, ExprTrait, IntoIden, JoinType, Order as Sql, Query,
    SelectStatement,
};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbErr, TransactionTrait};
use uuid::Uuid;

use super::cell::{self, Read as _, Row, Rows};
use super::define::{Batch, LINKED_MOST, Load, Values, count_of};
use super::plan::{Page, Read, Source};
use super::sight::Sight;
use crate::error::{Error, Result};
use crate::op::Op;
use crate::page::COUNT_CAP;

/// Stands for the one parent that a list of the root has.
pub(super) const WHOLE_TABLE: Uuid = Uuid::nil();

/// The rows of one `Read` and of everything below it.
pub(super) struct Fetched {
    pub(super) rows: Rows,
    /// By parent, and then in the order of the list.
    order: Vec<Place>,
    /// Parents with rows beyond the page, on the side to which it was read.
    pub(super) more: HashSet<Uuid>,
    /// Objects by parent, up to one more than are told.
    pub(super) totals: HashMap<Uuid, i64>,
    /// What each batch answered, or that it failed.
    pub(super) batches: Vec<Option<Values>>,
    pub(super) children: Vec<Fetched>,
    /// Which rows hang on which parent, where a batch said so; none where it failed.
    pub(super) links: Option<HashMap<Uuid, Vec<Uuid>>>,
}

#[derive(Clone, Copy)]
pub(super) struct Place {
    parent: Uuid,
    pub(super) key: Uuid,
    pub(super) row: usize,
}

impl Fetched {
    /// The rows of one parent, in the order of the list.
    pub(super) fn of(&self, parent: Uuid) -> &[Place] {
        let start = self.order.partition_point(|place| place.parent < parent);
        let rest = &self.order[start..];
        &rest[..rest.partition_point(|place| place.parent == parent)]
    }
}

impl Read {
    /// The key under which this read's rows hang on that row of its parent.
    pub(super) fn leads_to(&self, place: &Place, row: Row<'_>) -> sqlx::Result<Option<Uuid>> {
        if self.via == 0 {
            Ok(Some(place.key))
        } else {
            Option::read(row, self.via)
        }
    }
}

/// Reads what hangs on these parents, sorted and each once, and everything below it. One statement
/// follows the other: they share a connection, since they share a snapshot.
pub(super) fn fetch<'a>(
    db: &'a DatabaseExecutor<'a>,
    op: &'a Op,
    read: &'a Read,
    parents: &'a [Uuid],
) -> BoxFuture<'a, Result<Fetched>> {
    Box::pin(async move {
        let statements = Statements {
            sight: Sight::new(op, db.get_database_backend()),
            read,
        };
        let rows = match statements.rows(parents) {
            Some(statement) => Rows::of(db, &statement).await?,
            None => Rows::none(),
        };
        let totals = statements.totals(db, parents).await?;
        let (order, more) = arrange(read, &rows).map_err(failed)?;
        let mut children = Vec::with_capacity(read.children.len());
        for child in &read.children {
            let mut parents = Vec::with_capacity(order.len());
            for place in &order {
                let row = rows.at(place.row).map_err(failed)?;
                parents.extend(child.leads_to(place, row).map_err(failed)?);
            }
            let parents = each_once(parents);
            let Source::Linked(load) = &child.source else {
                children.push(fetch(db, op, child, &parents).await?);
                continue;
            };
            let mut links = batch(db, op, load, &parents).await;
            let mut linked = Vec::new();
            for keys in links.iter_mut().flat_map(HashMap::values_mut) {
                keys.truncate(LINKED_MOST);
                linked.extend_from_slice(keys);
            }
            let mut child = fetch(db, op, child, &each_once(linked)).await?;
            child.links = links;
            children.push(child);
        }
        let keys = || each_once(order.iter().map(|place| place.key).collect());
        let mut batches = Vec::with_capacity(read.batches.len());
        for load in &read.batches {
            batches.push(batch(db, op, load, &keys()).await);
        }
        Ok(Fetched {
            rows,
            order,
            more,
            totals,
            batches,
            children,
            links: None,
        })
    })
}

fn each_once(mut keys: Vec<Uuid>) -> Vec<Uuid> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Sorts the rows into pages and drops the row beyond each, which only told that it is there.
fn arrange(read: &Read, rows: &Rows) -> sqlx::Result<(Vec<Place>, HashSet<Uuid>)> {
    let mut order = Vec::with_capacity(rows.len());
    for index in 0..rows.len() {
        let row = rows.at(index)?;
        let key = Uuid::read(row, 0)?;
        let parent = match read.source {
            Source::Keys | Source::Linked(_) => key,
            Source::Table(_) => WHOLE_TABLE,
            Source::Children(..) => Uuid::read(row, 1)?,
        };
        order.push(Place {
            parent,
            key,
            row: index,
        });
    }
    let mut more = HashSet::new();
    let Some(page) = read.page() else {
        order.sort_unstable_by_key(|place| place.parent);
        return Ok((order, more));
    };
    // Stable: within a parent the statement's own order stays, which only the database knows how
    // to compare.
    order.sort_by_key(|place| place.parent);
    if page.peek {
        let (mut parent, mut seen) = (None, 0);
        order.retain(|place| {
            seen = if parent == Some(place.parent) {
                seen + 1
            } else {
                1
            };
            parent = Some(place.parent);
            let kept = seen <= page.limit;
            if !kept {
                more.insert(place.parent);
            }
            kept
        });
    }
    if page.backward {
        order
            .chunk_by_mut(|one, other| one.parent == other.parent)
            .for_each(<[Place]>::reverse);
    }
    Ok((order, more))
}

/// Runs a batch. Where it fails its field is null, and nothing else: on PostgreSQL a failed
/// statement ends the transaction, so it runs behind a savepoint.
async fn batch<T>(
    db: &DatabaseExecutor<'_>,
    op: &Op,
    load: &Load<T>,
    keys: &[Uuid],
) -> Option<HashMap<Uuid, T>> {
    if keys.is_empty() {
        return Some(HashMap::new());
    }
    let loaded = match db {
        DatabaseExecutor::Transaction(outer) => match outer.begin().await {
            Ok(savepoint) => {
                let loaded = load(Batch {
                    op,
                    db: &(&savepoint).into(),
                    keys,
                })
                .await;
                let ended = savepoint.rollback().await.map_err(Error::from);
                ended.and(loaded)
            }
            Err(error) => Err(error.into()),
        },
        DatabaseExecutor::Connection(_) | DatabaseExecutor::OwnedTransaction(_) => {
            load(Batch { op, db, keys }).await
        }
    };
    loaded
        .inspect_err(|error| tracing::error!(?error, "a batch failed"))
        .ok()
}

struct Statements<'a> {
    sight: Sight<'a>,
    read: &'a Read,
}

impl Statements<'_> {
    /// What reads the rows; none where there is nothing to look for.
    fn rows(&self, parents: &[Uuid]) -> Option<SelectStatement> {
        match &self.read.source {
            Source::Table(page) => Some(self.page(Condition::all(), page)),
            _ if parents.is_empty() => None,
            Source::Keys | Source::Linked(_) => {
                let key = self.column(&"id".into_iden());
                Some(self.select(self.sight.among(key, parents.iter().copied())))
            }
            Source::Children(foreign_key, page) if self.sight.postgres() => {
                Some(self.page_per_parent(foreign_key, page, parents))
            }
            Source::Children(foreign_key, page) => {
                Some(self.page_per_parent_by_key(foreign_key, page, parents))
            }
        }
    }

    /// Counts the objects of each list, up to one more than is told.
    async fn totals(
        &self,
        db: &DatabaseExecutor<'_>,
        parents: &[Uuid],
    ) -> Result<HashMap<Uuid, i64>, DbErr> {
        let (true, Some(page)) = (self.read.counted, self.read.page()) else {
            return Ok(HashMap::new());
        };
        if parents.is_empty() {
            return Ok(HashMap::new());
        }
        let counted = |condition: Condition| {
            let rows = Query::select()
                .expr(Expr::cust("1"))
                .from(self.read.of.table.clone())
                .cond_where(condition)
                .cond_where(self.holds(page))
                .limit(u64::from(COUNT_CAP) + 1)
                .take();
            count_of(rows)
        };
        let statement = match &self.read.source {
            Source::Children(foreign_key, _) => {
                let own = self.column(foreign_key).eq(self.parent());
                let mut select = self.for_each(parents);
                select.expr(self.parent()).expr(counted(own.into())).take()
            }
            Source::Keys | Source::Linked(_) | Source::Table(_) => {
                let count = counted(Condition::all());
                Query::select()
                    .expr(Expr::val(WHOLE_TABLE))
                    .expr(count)
                    .take()
            }
        };
        let rows = Rows::of(db, &statement).await?;
        let total = |index| {
            let row = rows.at(index)?;
            Ok((Uuid::read(row, 0)?, cell::count(row, 1)?))
        };
        (0..rows.len())
            .map(total)
            .collect::<sqlx::Result<_>>()
            .map_err(failed)
    }

    /// The one place where rows of a table are selected, and so the one where its predicate is
    /// added.
    fn select(&self, condition: Condition) -> SelectStatement {
        let mut select = self.columns();
        select
            .cond_where(condition)
            .cond_where((self.read.of.visible)(self.sight));
        select
    }

    fn columns(&self) -> SelectStatement {
        let mut select = Query::select();
        for (index, column) in self.read.columns.iter().enumerate() {
            let expr = column.expr(&self.read.of.table, self.sight);
            select.expr_as(expr, name_of(index));
        }
        select.from(self.read.of.table.clone()).take()
    }

    /// What a row of a list has to meet, wherever the page stands.
    fn holds(&self, page: &Page) -> Condition {
        let filter = page.filter.as_ref();
        Condition::all()
            .add((self.read.of.visible)(self.sight))
            .add_option(filter.map(|filter| filter.condition(self.read.of, self.sight)))
    }

    fn page(&self, condition: Condition, page: &Page) -> SelectStatement {
        self.cut(self.columns(), condition, page)
    }

    /// Cuts the page out of the list.
    fn cut(
        &self,
        mut select: SelectStatement,
        condition: Condition,
        page: &Page,
    ) -> SelectStatement {
        let table = &self.read.of.table;
        let beyond = |place, after| page.order.beyond(table, place, after);
        select
            .cond_where(condition)
            .cond_where(self.holds(page))
            .cond_where(
                Condition::all()
                    .add_option(page.after.as_ref().map(|place| beyond(place, true)))
                    .add_option(page.before.as_ref().map(|place| beyond(place, false))),
            );
        for (column, direction) in page.order.directions(page.backward) {
            select.order_by((table.clone(), column.clone()), direction);
        }
        select.limit(page.rows()).take()
    }

    /// Each parent walks the index for its own few rows.
    fn page_per_parent(
        &self,
        foreign_key: &DynIden,
        page: &Page,
        parents: &[Uuid],
    ) -> SelectStatement {
        let own = self.column(foreign_key).eq(self.parent());
        let mut select = self.for_each(parents);
        select.column(("page", Asterisk)).join_lateral(
            JoinType::InnerJoin,
            self.page(own.into(), page),
            "page",
            Expr::cust("TRUE"),
        );
        for (at, direction) in order_at(page) {
            select.order_by(("page", name_of(*at)), direction);
        }
        select
    }

    /// SQLite has no lateral joins: each parent walks the index for the keys of its own few rows.
    fn page_per_parent_by_key(
        &self,
        foreign_key: &DynIden,
        page: &Page,
        parents: &[Uuid],
    ) -> SelectStatement {
        let own = self.column(foreign_key).eq(self.parent());
        let keys = Query::select()
            .column((self.read.of.table.clone(), "id"))
            .from(self.read.of.table.clone())
            .take();
        let keys = self.cut(keys, own.into(), page);
        let mut select = self.columns();
        select
            .from_clear()
            .from_function(self.sight.list(parents), "parent")
            // In this order: SQLite takes a cross join as it is written.
            .cross_join(self.read.of.table.clone())
            .and_where(self.column(&"id".into_iden()).in_subquery(keys));
        for (at, direction) in order_at(page) {
            select.order_by(name_of(*at), direction);
        }
        select
    }

    /// `SELECT … FROM` the parents, one row each.
    fn for_each(&self, parents: &[Uuid]) -> SelectStatement {
        let parents = self.sight.list(parents);
        Query::select().from_function(parents, "parent").take()
    }

    /// The key of the parent whose turn it is.
    fn parent(&self) -> Expr {
        self.sight.each("parent")
    }

    fn column(&self, column: &DynIden) -> Expr {
        Expr::col((self.read.of.table.clone(), column.clone()))
    }
}

/// Where the rows of a page hold what they are ordered by, and which way each of it goes.
fn order_at(page: &Page) -> impl Iterator<Item = (&usize, Sql)> {
    let directions = page.order.directions(page.backward);
    page.order_at
        .iter()
        .zip(directions.map(|(_, direction)| direction))
}

/// Columns are read by position and named only where a statement wraps another.
fn name_of(index: usize) -> String {
    format!("c{index}")
}

pub(super) fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(sea_orm::RuntimeErr::SqlxError(std::sync::Arc::new(error)))
}
