//! Shelves: who may find what stands there.

use entity::search_shelf::{self, Column, Entity, SearchKind, SearchReaders};
use entity::{partner, search_entry};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseExecutor, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::Readers;
use super::word::Language;
use crate::audience;
use crate::digest;
use crate::error::Result;
use crate::op::Op;
use crate::shape::Sight;

/// Entries of a shelf are counted up to here: from there on it does not matter to how rare a word is.
const COUNTED: u64 = 200;

/// A shelf that the asker may look at.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    pub(super) id: Uuid,
    pub(super) kind: SearchKind,
    pub(super) locale: String,
    /// How many entries stand on it, up to [`COUNTED`].
    pub(super) entries: i64,
}

impl Shelf {
    pub(super) fn language(&self) -> Language {
        Language::of(&self.locale)
    }
}

/// The rows of the shelves for these. What is a partner's own stands once more where all the staff
/// look: they would have to go from shelf to shelf of all partners otherwise.
pub(super) fn rows(kind: SearchKind, locale: &str, readers: &Readers) -> Vec<search_shelf::Model> {
    let staff = search_shelf::Model {
        id: Uuid::nil(),
        kind,
        locale: locale.to_owned(),
        readers: SearchReaders::Staff,
        kinds: String::new(),
        tiers: String::new(),
        regions: String::new(),
        partner_id: Uuid::nil(),
    };
    let mut rows = match readers {
        Readers::Staff => vec![staff],
        Readers::Audience(kept) => vec![search_shelf::Model {
            readers: SearchReaders::Audience,
            kinds: kept.kinds.clone(),
            tiers: kept.tiers.clone(),
            regions: kept.regions.clone(),
            ..staff
        }],
        Readers::Partner(partner) => {
            let own = search_shelf::Model {
                readers: SearchReaders::Partner,
                partner_id: partner.0,
                ..staff.clone()
            };
            vec![own, staff]
        }
        Readers::Everybody => vec![search_shelf::Model {
            readers: SearchReaders::Everybody,
            ..staff
        }],
    };
    for row in &mut rows {
        row.id = key(row);
    }
    rows
}

/// The key of a shelf: the digest of all that it is.
fn key(row: &search_shelf::Model) -> Uuid {
    let parts = [
        &row.kind.to_value(),
        &row.locale,
        &row.readers.to_value(),
        &row.kinds,
        &row.tiers,
        &row.regions,
        &row.partner_id.simple().to_string(),
    ];
    digest::key("search shelf", &parts.map(String::as_str))
}

/// The shelves that the asker may look at: those of these kinds and locales, where any are named, and
/// those that are left out so.
pub(super) async fn readable(
    op: &Op,
    db: &DatabaseExecutor<'_>,
    kinds: &[SearchKind],
    locales: &[String],
) -> Result<(Vec<Shelf>, Vec<Shelf>)> {
    let standing = Query::select()
        .expr(Expr::cust("1"))
        .from(search_entry::Entity)
        .cond_where(
            Expr::col((search_entry::Entity, search_entry::Column::ShelfId))
                .equals((Entity, Column::Id)),
        )
        .limit(COUNTED)
        .take();
    let count = Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from_subquery(standing, "standing")
        .take();
    let query = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Kind, Column::Locale])
        .expr_as(Expr::from(count), "entries")
        .filter(may_look(Sight::new(op, db.get_database_backend())))
        .order_by_asc(Column::Id);
    let rows: Vec<(Uuid, SearchKind, String, i64)> = query.into_tuple().all(db).await?;
    let shelves = rows.into_iter().map(|(id, kind, locale, entries)| Shelf {
        id,
        kind,
        locale,
        entries,
    });
    let is_chosen = |shelf: &Shelf| {
        (kinds.is_empty() || kinds.contains(&shelf.kind))
            && (locales.is_empty() || locales.contains(&shelf.locale))
    };
    Ok(shelves.partition(is_chosen))
}

fn may_look(sight: Sight<'_>) -> Condition {
    if sight.is_staff() {
        return Column::Readers.ne(SearchReaders::Partner).into();
    }
    let everybodys = Column::Readers.eq(SearchReaders::Everybody);
    let mut any = Condition::any().add(everybodys);
    let own = |key: Expr| sight.among(key, sight.partners().map(Uuid::from));
    if sight.partners().next().is_some() {
        let partners = own(Expr::col((partner::Entity, partner::Column::Id)));
        let (kinds, tiers, regions) = (Column::Kinds, Column::Tiers, Column::Regions);
        let meant = audience::includes(kinds, tiers, regions, partners);
        let owned = own(Expr::col((Entity, Column::PartnerId)));
        any = any
            .add(
                Condition::all()
                    .add(Column::Readers.eq(SearchReaders::Audience))
                    .add(meant),
            )
            .add(
                Condition::all()
                    .add(Column::Readers.eq(SearchReaders::Partner))
                    .add(owned),
            );
    }
    any
}
