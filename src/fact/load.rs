//! What is known of a partner at an instant: the facts from which decisions are made.
//!
//! *As of* and *as known at* are two instants: a fact that happened in March and was told in June
//! counts for March from June on. What is loaded here is all that was known at an instant, in the
//! order in which it happened, page by page, so that nobody holds all of it at once.

use chrono::{DateTime, Utc};
use entity::fact::{self, Column, Entity};
use entity::id::{FactId, PartnerId};
use entity::membership;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr};
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
    let own = Entity::find().filter(Column::PartnerId.eq(known.partner));
    let people = Query::select()
        .column(membership::Column::PersonId)
        .from(membership::Entity)
        .and_where(membership::Column::PartnerId.eq(known.partner))
        .take();
    let of_people = Entity::find()
        .filter(Column::PersonId.in_subquery(people))
        .filter(Column::Kind.is_in(OF_PEOPLE.iter().copied()))
        .filter(
            Column::PartnerId
                .is_null()
                .or(Column::PartnerId.ne(known.partner)),
        );
    // Both are in the same order, each by an index of its own: what is first of both is first of
    // all.
    let mut rows = behind(own, known, after).all(db).await?;
    rows.extend(behind(of_people, known, after).all(db).await?);
    rows.sort_by_key(|row| Place::from(row));
    rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    Ok(rows)
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

fn behind(facts: Select<Entity>, known: &Known, after: Option<Place>) -> Select<Entity> {
    let mut facts = facts.filter(Column::RecordedAt.lte(known.at));
    if known.which == Which::InForce {
        facts = facts
            .filter(Column::Kind.ne(RETRACTED))
            .filter(is_in_force(known.at));
    }
    if let Some(place) = after {
        // Columns by their tables: the correction below is of the same table.
        let key = Expr::tuple([
            Expr::col(Column::OccurredAt.as_column_ref()),
            Expr::col(Column::Id.as_column_ref()),
        ]);
        let place = Expr::tuple([Expr::value(place.occurred_at), Expr::value(place.id)]);
        facts = facts.filter(key.gt(place));
    }
    facts
        .order_by_asc(Column::OccurredAt)
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
