//! What is known of a partner at an instant: the facts from which decisions are made.
//!
//! *As of* and *as known at* are two instants: a fact that happened in March and was told in June
//! counts for March from June on. What is loaded here is all that was known at an instant, in the
//! order in which it happened, page by page, so that nobody holds all of it at once.

use chrono::{DateTime, Utc};
use entity::fact::{self, Column, Entity};
use entity::id::{FactId, PartnerId};
use entity::membership;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::RETRACTED;
use crate::error::Result;

/// Facts of a page.
pub const PAGE: u64 = 1000;

/// The kinds that belong to a person, who brings them along and takes them away again.
pub const OF_PEOPLE: &[&str] = &[
    "course.completed",
    "certificate.issued",
    "certificate.corrected",
    "certificate.revoked",
];

/// Which facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Those of this partner; and of [`OF_PEOPLE`] those of everybody who ever was its member,
    /// whichever partner they name. Who was a member when is told by `member.joined` and
    /// `member.left`.
    pub partner: PartnerId,
    /// As it was known then: what was recorded later is left out.
    pub at: DateTime<Utc>,
    /// What of it.
    pub which: Which,
}

/// Whether what was corrected counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Everything, corrected and correcting.
    All,
    /// What was in force: not corrected by anything that was known, and no retraction.
    InForce,
}

/// The place of a fact in the order in which things happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Which of those that happened at once.
    pub id: FactId,
}

impl From<&fact::Model> for Place {
    fn from(row: &fact::Model) -> Self {
        Self {
            occurred_at: row.occurred_at,
            id: row.id,
        }
    }
}

/// The next page of what was known, behind that place; fewer than [`PAGE`] are the last.
///
/// # Errors
/// What the database said.
pub async fn page(
    db: &DatabaseExecutor<'_>,
    known: &Known,
    after: Option<Place>,
) -> Result<Vec<fact::Model>> {
    // Both are in the same order: what is first of both is first of all.
    let mut rows = own(known, after).all(db).await?;
    rows.extend(of_people(known, after).all(db).await?);
    rows.sort_by_key(|row| Place::from(row));
    rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    Ok(rows)
}

/// Those that name the partner.
fn own(known: &Known, after: Option<Place>) -> Select<Entity> {
    let facts = Entity::find().filter(Column::PartnerId.eq(known.partner));
    let occurred = Expr::col(Column::OccurredAt.as_column_ref());
    behind(facts, known, after, occurred)
}

/// Those of its people that do not. They are found by who they are about, and sorted then: a database
/// that took the index by which facts are in order would go through everybody's until it has a page.
fn of_people(known: &Known, after: Option<Place>) -> Select<Entity> {
    let people = Query::select()
        .column(membership::Column::PersonId)
        .from(membership::Entity)
        .and_where(membership::Column::PartnerId.eq(known.partner))
        .take();
    let facts = Entity::find()
        .filter(Column::PersonId.in_subquery(people))
        .filter(Column::Kind.is_in(OF_PEOPLE.iter().copied()))
        .filter(
            Column::PartnerId
                .is_null()
                .or(Column::PartnerId.ne(known.partner)),
        );
    let occurred = Expr::col(Column::OccurredAt.as_column_ref());
    let sorted = Func::coalesce([occurred.clone(), occurred]);
    behind(facts, known, after, sorted.into())
}

/// Hands over everything that was known, a page at a time.
///
/// # Errors
/// What the database said, or `take`.
pub async fn each_page(
    db: &DatabaseExecutor<'_>,
    known: &Known,
    mut take: impl FnMut(Vec<fact::Model>) -> Result<()>,
) -> Result<()> {
    let mut after = None;
    loop {
        let rows = page(db, known, after).await?;
        let is_last = (rows.len() as u64) < PAGE;
        after = rows.last().map(Place::from);
        take(rows)?;
        if is_last {
            return Ok(());
        }
    }
}

fn behind(
    facts: Select<Entity>,
    known: &Known,
    after: Option<Place>,
    occurred: SimpleExpr,
) -> Select<Entity> {
    // No index is to be taken for this one: almost all that there is was recorded before.
    let recorded = Expr::col(Column::RecordedAt.as_column_ref());
    let recorded = Func::coalesce([recorded.clone(), recorded]);
    let mut facts = facts.filter(SimpleExpr::from(recorded).lte(known.at));
    if known.which == Which::InForce {
        facts = facts
            .filter(Column::Kind.ne(RETRACTED))
            .filter(is_in_force(known.at));
    }
    if let Some(place) = after {
        // Columns by their tables: the correction below is of the same table.
        let id = Expr::col(Column::Id.as_column_ref());
        let key = Expr::tuple([occurred.clone(), id]);
        let place = Expr::tuple([Expr::value(place.occurred_at), Expr::value(place.id)]);
        facts = facts.filter(key.gt(place));
    }
    facts
        .order_by(occurred, Order::Asc)
        .order_by_asc(Column::Id)
        .limit(PAGE)
}

/// Whether no fact that was known then corrects this one.
pub(crate) fn is_in_force(at: DateTime<Utc>) -> SimpleExpr {
    let later = Alias::new("later");
    let of_later = |column: Column| Expr::col((later.clone(), column));
    let correction = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, later.clone())
        .and_where(of_later(Column::CorrectsId).equals(Column::Id.as_column_ref()))
        .and_where(of_later(Column::RecordedAt).lte(at))
        .take();
    Expr::exists(correction).not()
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Database, DbBackend, QueryTrait, Statement};

    use super::*;
    use crate::config;
    use crate::db::Db;

    #[tokio::test]
    async fn what_is_known_of_a_partner_is_found_without_going_through_everybodys() {
        let folder = tempfile::tempdir().unwrap();
        let settings = config::Database {
            url: None,
            writers: 1,
            readers: 1,
            acquire_timeout: 5,
        };
        let db = Db::open(&settings, folder.path()).await.unwrap();
        db.migrate().await.unwrap();
        // What the planner knows of a large portal whose facts are about no people.
        let url = format!("sqlite://{}", folder.path().join("entente.db").display());
        let raw = Database::connect(url).await.unwrap();
        let large = "ANALYZE;
            DELETE FROM sqlite_stat1 WHERE tbl = 'fact';
            INSERT INTO sqlite_stat1 VALUES
                ('fact', 'ix_fact_occurred', '5000000 5000 1'),
                ('fact', 'ix_fact_partner_occurred', '5000000 1000 1 1'),
                ('fact', 'ix_fact_recorded', '5000000 5000 1'),
                ('fact', 'ix_fact_person_kind', '5000000 5000000 833334 5000 1'),
                ('fact', 'ix_fact_partner_kind', '5000000 1000 167 1 1'),
                ('fact', 'ix_fact_partner_recorded', '5000000 1000 1 1');
            ANALYZE sqlite_schema;";
        raw.execute_unprepared(large).await.unwrap();
        raw.close().await.unwrap();
        let at = DateTime::UNIX_EPOCH;
        let known = Known {
            partner: uuid::Uuid::nil().into(),
            at,
            which: Which::InForce,
        };
        let id = uuid::Uuid::nil().into();
        for after in [
            None,
            Some(Place {
                occurred_at: at,
                id,
            }),
        ] {
            for (select, found_by) in [
                (own(&known, after), "ix_fact_partner_occurred (partner_id=?"),
                (of_people(&known, after), "person_id=?"),
            ] {
                let statement = select.build(DbBackend::Sqlite);
                let explained = Statement::from_sql_and_values(
                    DbBackend::Sqlite,
                    format!("EXPLAIN QUERY PLAN {}", statement.sql),
                    statement.values.unwrap(),
                );
                let rows = db.reader().query_all_raw(explained).await.unwrap();
                let plan = rows.iter().map(|row| row.try_get("", "detail").unwrap());
                let plan: Vec<String> = plan.collect();
                let uses = |what: &str| plan.iter().any(|line| line.contains(what));
                assert!(uses(found_by) && !uses("SCAN fact"), "{plan:#?}");
            }
        }
    }
}
