//! Titles, while somebody types.

use entity::search_shelf::SearchKind;
use sea_orm::DatabaseExecutor;

use super::find::{Hit, begin, hits, marker};
use super::question::asked;
use super::rank::Ranking;
use super::shelf;
use super::vocabulary::{Slot, Vocabulary};
use super::word::plain;
use crate::error::Result;
use crate::op::Op;

/// The most titles.
const MOST: u32 = 20;
/// The most characters that are looked at.
const LONGEST: usize = 100;
/// The least letters of a word that is being typed.
const LEAST: usize = 2;

/// What somebody is typing.
#[derive(Clone, Debug, Default)]
pub struct Suggest {
    /// As far as they came.
    pub prefix: String,
    /// Of these kinds alone, where any are named.
    pub kinds: Vec<SearchKind>,
    /// In these languages alone, where any are named.
    pub locales: Vec<String>,
    /// How many; at most 20.
    pub first: u32,
}

/// What the asker may open and whose title has the words, of which the last was only begun.
///
/// # Errors
/// What the database said.
pub async fn suggest(op: &Op, typed: &Suggest) -> Result<Vec<Hit>> {
    let text: String = typed.prefix.chars().take(LONGEST).collect();
    let words = asked(&text);
    let Some((last, before)) = words.split_last() else {
        return Ok(Vec::new());
    };
    let last = plain(last);
    if last.chars().count() < LEAST {
        return Ok(Vec::new());
    }
    let snapshot = begin(op).await?;
    let db = DatabaseExecutor::from(&snapshot);
    let (shelves, others) = shelf::readable(op, &db, &typed.kinds, &typed.locales).await?;
    let vocabulary = Vocabulary::new(&db, &shelves, &others);
    let mut slots = vocabulary.slots(before).await?;
    let mut ways = vocabulary.begun(&last, true).await?;
    if ways.is_empty() {
        // Perhaps it was typed to its end, and slipped.
        let whole = vocabulary.slots(std::slice::from_ref(&last)).await?;
        ways = whole.into_iter().flat_map(|slot| slot.ways).collect();
    }
    slots.push(Slot::new(&last, ways));
    if slots.iter().any(|slot| slot.ways.is_empty()) {
        return Ok(Vec::new());
    }
    let ranking = Ranking {
        slots: &slots,
        entries: shelves.iter().map(|shelf| shelf.entries).sum(),
        tagged: None,
        titles: true,
    };
    let mut ranked = ranking.run();
    let most = usize::try_from(typed.first.min(MOST)).unwrap_or_default();
    let best = ranked.best(most);
    hits(op, &db, best, &shelves, marker(&slots), [0; 4]).await
}
