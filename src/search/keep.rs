//! Writing the index: the one writer of its tables.

use std::collections::BTreeSet;

use entity::{search_entry, search_posting, search_shelf, search_word};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use super::weigh::{Texts, weigh};
use super::word::{Language, backward, plain};
use super::{Entry, GRAMMAR, plain as markdown, shelf};
use crate::digest;
use crate::error::Result;
use crate::op::Permit;

/// Rows that one statement writes.
const ROWS: usize = 500;

/// Puts the entry into the index, instead of what was there of it.
///
/// # Errors
/// What the database said.
pub async fn put(permit: &Permit<'_>, entry: &Entry) -> Result<()> {
    let shelf = shelf::row(entry.kind, &entry.locale, &entry.readers);
    let passages: Vec<(String, String)> = entry
        .passages
        .iter()
        .map(|it| (line(&it.heading), markdown::text(&it.body)))
        .collect();
    let (title, summary) = (line(&entry.title), markdown::text(&entry.summary));
    let texts = Texts {
        title: &title,
        summary: &summary,
        passages: &passages,
        tags: &entry.tags,
    };
    let weighed = weigh(texts, Language::of(&entry.locale));
    let mut words = Vec::with_capacity(weighed.len());
    let mut postings = Vec::with_capacity(weighed.len());
    for it in weighed {
        let id = word_id(shelf.id, &it.word);
        postings.push(search_posting::Model {
            word_id: id,
            entry_id: entry.id,
            weight: it.weight,
            in_title: it.in_title,
        });
        // A tag is found as it is, and not among words that begin or end like it.
        let plain = if it.term.is_empty() {
            String::new()
        } else {
            plain(&it.word)
        };
        words.push(search_word::Model {
            id,
            shelf_id: shelf.id,
            plain_back: backward(&plain),
            plain,
            term_back: backward(&it.term),
            term: it.term,
            word: it.word,
        });
    }
    let row = search_entry::Model {
        id: entry.id,
        shelf_id: shelf.id,
        partner_id: shelf.partner_id,
        of_version: entry.version,
        grammar: GRAMMAR,
        tags: bars(&entry.tags),
        title,
        summary,
        passages: serde_json::to_value(&passages)?,
    };
    let kept: BTreeSet<i64> = postings.iter().map(|it| it.word_id).collect();
    let before = take_out(permit, entry.id).await?;
    insert_shelf(permit, shelf).await?;
    search_entry::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    insert_words(permit, words).await?;
    for rows in postings.chunks(ROWS) {
        let rows = rows
            .iter()
            .map(|row| row.clone().into_active_model().reset_all());
        search_posting::Entity::insert_many(rows)
            .exec_without_returning(permit.writer())
            .await?;
    }
    if let Some(before) = before {
        before.tidy(permit, &kept).await?;
    }
    Ok(())
}

/// Takes out of the index whatever has that key.
///
/// # Errors
/// What the database said.
pub async fn remove(permit: &Permit<'_>, id: Uuid) -> Result<()> {
    if let Some(before) = take_out(permit, id).await? {
        before.tidy(permit, &BTreeSet::new()).await?;
    }
    Ok(())
}

/// Marks everything as behind, so that it is put anew while it goes on being found as it was.
///
/// # Errors
/// What the database said.
pub async fn forget(permit: &Permit<'_>) -> Result<u64> {
    let behind = search_entry::Entity::update_many()
        .col_expr(search_entry::Column::Grammar, Expr::value(0))
        .exec(permit.writer())
        .await?;
    Ok(behind.rows_affected)
}

/// Removes words and shelves that nothing stands under, should any have been left.
///
/// # Errors
/// What the database said.
pub async fn clean(permit: &Permit<'_>) -> Result<()> {
    search_word::Entity::delete_many()
        .filter(is_unused())
        .exec(permit.writer())
        .await?;
    search_shelf::Entity::delete_many()
        .filter(is_empty())
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// What an entry leaves behind: perhaps nothing else has its words.
struct Left {
    shelf: Uuid,
    words: Vec<i64>,
}

impl Left {
    async fn tidy(self, permit: &Permit<'_>, kept: &BTreeSet<i64>) -> Result<()> {
        let gone: Vec<i64> = self
            .words
            .into_iter()
            .filter(|it| !kept.contains(it))
            .collect();
        for ids in gone.chunks(ROWS) {
            search_word::Entity::delete_many()
                .filter(search_word::Column::Id.is_in(ids.iter().copied()))
                .filter(is_unused())
                .exec(permit.writer())
                .await?;
        }
        search_shelf::Entity::delete_many()
            .filter(search_shelf::Column::Id.eq(self.shelf))
            .filter(is_empty())
            .exec(permit.writer())
            .await?;
        Ok(())
    }
}

/// Takes an entry and its postings out; none where there was none.
async fn take_out(permit: &Permit<'_>, id: Uuid) -> Result<Option<Left>> {
    use search_posting::Column;
    let Some(shelf) = search_entry::Entity::find_by_id(id)
        .select_only()
        .column(search_entry::Column::ShelfId)
        .into_tuple()
        .one(&permit.reader())
        .await?
    else {
        return Ok(None);
    };
    let words = search_posting::Entity::find()
        .select_only()
        .column(Column::WordId)
        .filter(Column::EntryId.eq(id))
        .into_tuple()
        .all(&permit.reader())
        .await?;
    search_posting::Entity::delete_many()
        .filter(Column::EntryId.eq(id))
        .exec(permit.writer())
        .await?;
    search_entry::Entity::delete_by_id(id)
        .exec(permit.writer())
        .await?;
    Ok(Some(Left { shelf, words }))
}

async fn insert_shelf(permit: &Permit<'_>, shelf: search_shelf::Model) -> Result<()> {
    let there = OnConflict::column(search_shelf::Column::Id)
        .do_nothing()
        .to_owned();
    search_shelf::Entity::insert(shelf.into_active_model().reset_all())
        .on_conflict(there)
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

async fn insert_words(permit: &Permit<'_>, words: Vec<search_word::Model>) -> Result<()> {
    for rows in words.chunks(ROWS) {
        let there = OnConflict::column(search_word::Column::Id)
            .do_nothing()
            .to_owned();
        let rows = rows
            .iter()
            .map(|row| row.clone().into_active_model().reset_all());
        search_word::Entity::insert_many(rows)
            .on_conflict(there)
            .exec_without_returning(permit.writer())
            .await?;
    }
    Ok(())
}

/// A word that no entry has.
fn is_unused() -> Condition {
    let used = Query::select()
        .expr(Expr::cust("1"))
        .from(search_posting::Entity)
        .cond_where(
            Expr::col((search_posting::Entity, search_posting::Column::WordId))
                .equals((search_word::Entity, search_word::Column::Id)),
        )
        .take();
    Condition::all().add(Expr::exists(used).not())
}

/// A shelf on which no entry stands, and so no word.
fn is_empty() -> Condition {
    let mut empty = Condition::all();
    let standing = Query::select()
        .expr(Expr::cust("1"))
        .from(search_entry::Entity)
        .cond_where(
            Expr::col((search_entry::Entity, search_entry::Column::ShelfId))
                .equals((search_shelf::Entity, search_shelf::Column::Id)),
        )
        .take();
    empty = empty.add(Expr::exists(standing).not());
    let words = Query::select()
        .expr(Expr::cust("1"))
        .from(search_word::Entity)
        .cond_where(
            Expr::col((search_word::Entity, search_word::Column::ShelfId))
                .equals((search_shelf::Entity, search_shelf::Column::Id)),
        )
        .take();
    empty.add(Expr::exists(words).not())
}

/// The key of a word on a shelf: the same wherever it is made.
pub(super) fn word_id(shelf: Uuid, word: &str) -> i64 {
    let digest = digest::of("search word", &[&shelf.simple().to_string(), word]);
    let first = digest.first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first)
}

/// A text of one line, as it can be kept.
fn line(text: &str) -> String {
    text.replace(['\0', '\n', '\r'], " ").trim().to_owned()
}

fn bars(tags: &[String]) -> String {
    if tags.is_empty() {
        return String::new();
    }
    let tags: Vec<String> = tags.iter().map(|it| line(&it.replace('|', " "))).collect();
    format!("|{}|", tags.join("|"))
}
