//! Writing the index: the one writer of its tables.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{search_entry, search_number, search_shelf, search_word};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Set,
};
use uuid::Uuid;

use super::posting::{self, Posting};
use super::weigh::{Texts, Weighed, weigh};
use super::word::{Language, backward, plain};
use super::{Entry, GRAMMAR, Readers, Text, names, plain as markdown, shelf};
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
    let before = take_out(permit, entry.id).await?;
    let number = number_of(permit, entry.id).await?;
    let mut words = BTreeMap::new();
    let mut shelves = Vec::with_capacity(entry.texts.len());
    for (position, text) in (0..).zip(&entry.texts) {
        let mut rows = shelf::rows(entry.kind, &text.locale, &entry.readers);
        // What is said twice in one language is said by the first.
        rows.retain(|shelf| !shelves.contains(&shelf.id));
        if rows.is_empty() {
            continue;
        }
        shelves.extend(rows.iter().map(|shelf| shelf.id));
        let said = said(entry, text);
        for shelf in rows {
            words.append(&mut put_text(permit, (entry, number), position, &said, shelf).await?);
        }
    }
    before.tidy(permit, number, words).await
}

/// Takes out of the index whatever has that key.
///
/// # Errors
/// What the database said.
pub async fn remove(permit: &Permit<'_>, id: Uuid) -> Result<()> {
    let before = take_out(permit, id).await?;
    let number = number_of(permit, id).await?;
    before.tidy(permit, number, BTreeMap::new()).await?;
    search_number::Entity::delete_many()
        .filter(search_number::Column::EntryId.eq(id))
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// A word of an entry: its row, in which what has it is still to come, and that the entry has it.
type Words = BTreeMap<i64, (search_word::Model, Posting)>;

/// What an entry says in one language, as it is kept on each shelf where it stands.
struct Said {
    title: String,
    summary: String,
    passages: Vec<(String, String)>,
    weighed: Vec<Weighed>,
}

fn said(entry: &Entry, text: &Text) -> Said {
    let passages: Vec<(String, String)> = text
        .passages
        .iter()
        .map(|it| (line(&it.heading), markdown::text(&it.body)))
        .collect();
    let (title, summary) = (line(&text.title), markdown::text(&text.summary));
    let kind = names::of(entry.kind);
    let texts = Texts {
        title: &title,
        summary: &summary,
        passages: &passages,
        tags: &entry.tags,
        names: &kind
            .into_iter()
            .chain(entry.names.iter().map(String::as_str))
            .collect::<Vec<_>>(),
    };
    let weighed = weigh(texts, Language::of(&text.locale));
    Said {
        title,
        summary,
        passages,
        weighed,
    }
}

/// Puts in what the entry says in one language; its words are still to come.
async fn put_text(
    permit: &Permit<'_>,
    (entry, number): (&Entry, i32),
    position: i32,
    said: &Said,
    shelf: search_shelf::Model,
) -> Result<Words> {
    let weighed = said.weighed.iter().cloned();
    let words: Words = weighed.map(|it| word_of(number, shelf.id, it)).collect();
    let row = search_entry::Model {
        id: entry.id,
        shelf_id: shelf.id,
        partner_id: owner(&entry.readers),
        position,
        of_version: entry.version,
        grammar: GRAMMAR,
        tags: bars(&entry.tags),
        title: said.title.clone(),
        summary: said.summary.clone(),
        passages: serde_json::to_value(&said.passages)?,
        words: words.keys().flat_map(|id| id.to_be_bytes()).collect(),
        number,
    };
    insert_shelf(permit, shelf).await?;
    search_entry::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(words)
}

/// The partner whose own it is; all zeros where it is no partner's.
fn owner(readers: &Readers) -> Uuid {
    match readers {
        Readers::Partner(partner) => partner.0,
        Readers::Staff | Readers::Audience(_) | Readers::Everybody => Uuid::nil(),
    }
}

/// A word of a text, by its key.
fn word_of(number: i32, shelf: Uuid, it: Weighed) -> (i64, (search_word::Model, Posting)) {
    let id = word_id(shelf, &it.word);
    // A tag is found as it is, and not among words that begin or end like it.
    let plain = if it.term.is_empty() {
        String::new()
    } else {
        plain(&it.word)
    };
    let row = search_word::Model {
        id,
        shelf_id: shelf,
        plain_back: backward(&plain),
        plain,
        term_back: backward(&it.term),
        term: it.term,
        word: it.word,
        in_title: false,
        postings: Vec::new(),
        numbered: Vec::new(),
    };
    let posting = Posting {
        entry: number.cast_unsigned(),
        weight: it.weight,
        in_title: it.in_title,
    };
    (id, (row, posting))
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

/// Removes shelves on which nothing stands, should any have been left.
///
/// # Errors
/// What the database said.
pub async fn clean(permit: &Permit<'_>) -> Result<()> {
    search_shelf::Entity::delete_many()
        .filter(is_empty())
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// What an entry that was taken out has left behind.
struct Left {
    shelves: Vec<Uuid>,
    words: BTreeSet<i64>,
}

impl Left {
    /// Takes the entry out of its words of before and puts it into those of now; removes words that
    /// nothing has any more, and shelves on which nothing stands.
    async fn tidy(self, permit: &Permit<'_>, number: i32, mut now: Words) -> Result<()> {
        let all: Vec<i64> = self.words.iter().chain(now.keys()).copied().collect();
        let mut there = words(permit, &all).await?;
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for id in all.into_iter().collect::<BTreeSet<_>>() {
            let before = there.remove(&id);
            let (row, posting) = match (now.remove(&id), before.clone()) {
                (Some((row, posting)), _) => (row, Some(posting)),
                (None, Some(row)) => (row, None),
                (None, None) => continue,
            };
            let before = before.map(|row| row.numbered).unwrap_or_default();
            let numbered = posting::changed(&before, number.cast_unsigned(), posting);
            if numbered.is_empty() {
                gone.push(id);
            } else if numbered != before {
                let in_title = posting::all(&numbered).any(|it| it.in_title);
                changed.push(search_word::Model {
                    in_title,
                    postings: Vec::new(),
                    numbered,
                    ..row
                });
            }
        }
        write_words(permit, changed, &gone).await?;
        if self.shelves.is_empty() {
            return Ok(());
        }
        search_shelf::Entity::delete_many()
            .filter(search_shelf::Column::Id.is_in(self.shelves))
            .filter(is_empty())
            .exec(permit.writer())
            .await?;
        Ok(())
    }
}

/// Takes an entry out; its words still have it.
async fn take_out(permit: &Permit<'_>, id: Uuid) -> Result<Left> {
    use search_entry::Column;
    let rows: Vec<(Uuid, Vec<u8>)> = search_entry::Entity::find()
        .select_only()
        .columns([Column::ShelfId, Column::Words])
        .filter(Column::Id.eq(id))
        .into_tuple()
        .all(&permit.reader())
        .await?;
    let packed = rows.iter().flat_map(|(_, words)| words.as_chunks::<8>().0);
    let words = packed.map(|bytes| i64::from_be_bytes(*bytes)).collect();
    let shelves: Vec<Uuid> = rows.iter().map(|(shelf, _)| *shelf).collect();
    if !shelves.is_empty() {
        search_entry::Entity::delete_many()
            .filter(Column::Id.eq(id))
            .exec(permit.writer())
            .await?;
    }
    Ok(Left { shelves, words })
}

/// The number of an entry, which is its own from now on.
async fn number_of(permit: &Permit<'_>, id: Uuid) -> Result<i32> {
    let row = search_number::ActiveModel {
        entry_id: Set(id),
        ..Default::default()
    };
    // What has one keeps it: an update that changes nothing is what answers with it.
    let key = search_number::Column::EntryId;
    let there = OnConflict::column(key).update_column(key).to_owned();
    let row = search_number::Entity::insert(row)
        .on_conflict(there)
        .exec_with_returning(permit.writer())
        .await?;
    Ok(row.number)
}

/// The rows of words that are there.
async fn words(permit: &Permit<'_>, ids: &[i64]) -> Result<HashMap<i64, search_word::Model>> {
    let mut there = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(ROWS) {
        let rows = search_word::Entity::find()
            .filter(search_word::Column::Id.is_in(ids.iter().copied()))
            .all(&permit.reader())
            .await?;
        there.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(there)
}

async fn write_words(
    permit: &Permit<'_>,
    changed: Vec<search_word::Model>,
    gone: &[i64],
) -> Result<()> {
    use search_word::Column;
    for rows in changed.chunks(ROWS) {
        let there = OnConflict::column(Column::Id)
            .update_columns([Column::InTitle, Column::Postings, Column::Numbered])
            .to_owned();
        let rows = rows
            .iter()
            .map(|row| row.clone().into_active_model().reset_all());
        search_word::Entity::insert_many(rows)
            .on_conflict(there)
            .exec_without_returning(permit.writer())
            .await?;
    }
    for ids in gone.chunks(ROWS) {
        search_word::Entity::delete_many()
            .filter(Column::Id.is_in(ids.iter().copied()))
            .exec(permit.writer())
            .await?;
    }
    Ok(())
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
