//! Finding: what is asked is looked up on the shelves that the asker may look at, and the best of
//! what is found comes back, a page at a time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::search_entry::{self, Column, Entity};
use entity::search_shelf::SearchKind;
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait,
    QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::excerpt::{Marker, Piece};
use super::question::{LONGEST, asked};
use super::rank::{Place, Ranked, Ranking};
use super::shelf::{self, Shelf};
use super::vocabulary::{Slot, Sql, Vocabulary};
use super::weigh::tag_word;
use super::word::Language;
use super::{names, type_name};
use crate::audience;
use crate::digest;
use crate::error::{Error, Refusal, Result};
use crate::op::Op;
use crate::page::{COUNT_CAP, MAXIMUM};
use crate::shape;

/// The most values of a filter.
const VALUES: usize = 50;
/// Of how many of the best tags are counted.
pub const TAGS_COUNTED: usize = 1_000;
/// The most tags that are told.
const TAGS: usize = 50;
/// Bytes of texts that are looked through at once, in a tenth of a millisecond; more are looked
/// through aside.
const AT_ONCE: usize = 32 * 1024;

/// What is to be found.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The words.
    pub query: String,
    /// Of these kinds alone, where any are named.
    pub kinds: Vec<SearchKind>,
    /// In these languages alone, where any are named.
    pub locales: Vec<String>,
    /// With one of these tags, where any are named.
    pub tags: Vec<String>,
    /// How many; at most 100.
    pub first: u32,
    /// The cursor behind which to go on.
    pub after: Option<String>,
    /// Whether tags are to be counted.
    pub with_tags: bool,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
    /// How many there are in all; none where they are more than are counted.
    pub total: Option<i64>,
    /// How many of each kind.
    pub kinds: Vec<(SearchKind, i64)>,
    /// How many in each language; what there is in several, in one of them.
    pub locales: Vec<(String, i64)>,
    /// How many of the best have each tag.
    pub tags: Vec<(String, i64)>,
    /// Words that were taken for the slip of another.
    pub corrections: Vec<Correction>,
    /// Words that nothing has.
    pub unmatched: Vec<String>,
}

/// A word that was taken for the slip of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// As it was typed, in lower case.
    pub word: String,
    /// What was looked for.
    pub instead: String,
}

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// What it is.
    pub kind: SearchKind,
    /// Its key.
    pub id: Uuid,
    /// The language of its texts.
    pub locale: String,
    /// What it is called.
    pub title: String,
    /// What it is filed under.
    pub tags: Vec<String>,
    /// Its place: go on from there.
    pub cursor: String,
    said: Arc<Said>,
    marker: Arc<Marker>,
}

/// What it says below its title.
#[derive(Debug)]
struct Said {
    summary: String,
    passages: Vec<(String, String)>,
}

impl Said {
    fn bytes(&self) -> usize {
        let passages = self.passages.iter();
        let passages: usize = passages.map(|(head, body)| head.len() + body.len()).sum();
        self.summary.len() + passages
    }

    /// The part that answers best, and what that part is called.
    fn excerpt(&self, marker: &Marker) -> (Option<String>, Vec<Piece>) {
        let passages = self.passages.iter().map(|(_, body)| body.as_str());
        let texts = [self.summary.as_str()].into_iter().chain(passages);
        let Some((index, pieces)) = marker.excerpt(texts) else {
            return (None, Vec::new());
        };
        let passage = index.checked_sub(1).and_then(|at| self.passages.get(at));
        let heading = passage.map(|(heading, _)| heading.clone());
        (heading.filter(|it| !it.is_empty()), pieces)
    }
}

impl Hit {
    /// How many of the asked words it answers by what it says, or is called in its language.
    fn answers(&self) -> u32 {
        let passages = self.said.passages.iter();
        let passages = passages.flat_map(|(heading, body)| [heading.as_str(), body.as_str()]);
        // Who asks for a `Leitfaden` reads German.
        let kind = names::in_language(self.kind, Language::of(&self.locale));
        let texts = [self.title.as_str(), self.said.summary.as_str(), kind];
        self.marker.count(texts.into_iter().chain(passages))
    }

    /// Its title, with the words marked.
    #[must_use]
    pub fn marked_title(&self) -> Vec<Piece> {
        self.marker.mark(&self.title)
    }

    /// The part of its texts that answers best, and what that part is called.
    ///
    /// # Errors
    /// A fault where a text broke what looked through it.
    pub async fn excerpt(&self) -> Result<(Option<String>, Vec<Piece>)> {
        let (said, marker) = (self.said.clone(), self.marker.clone());
        look_through(said.bytes(), move || said.excerpt(&marker)).await
    }
}

/// Looks through texts of so many bytes: long ones off the threads that answer requests.
async fn look_through<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    if bytes <= AT_ONCE {
        return Ok(work());
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| Error::fault(format!("a text broke what looked through it: {panic}")))
}

/// Finds what the asker may open.
///
/// # Errors
/// A refusal where the query is too long, names too much, or the cursor is not of this query.
pub async fn find(op: &Op, search: &Search) -> Result<Found> {
    let mark = check(search)?;
    let after = search.after.as_deref().map(|it| cursor_of(mark, it));
    let after = after.transpose()?;
    let words = asked(&search.query);
    if words.is_empty() {
        return Ok(Found {
            total: Some(0),
            ..Found::default()
        });
    }
    // One state of the database, and on PostgreSQL behind its second wall.
    let snapshot = begin(op).await?;
    let db = DatabaseExecutor::from(&snapshot);
    let (shelves, others) = shelf::readable(op, &db, &search.kinds, &search.locales).await?;
    let vocabulary = Vocabulary::new(&db, &shelves, &others);
    let slots = vocabulary.slots(&words).await?;
    let first = usize::try_from(search.first.min(MAXIMUM)).unwrap_or_default();
    let tagged = match search.tags.as_slice() {
        [] => None,
        tags => Some(vocabulary.tagged(tags).await?),
    };
    let ranking = Ranking {
        slots: &slots,
        entries: shelves.iter().map(|shelf| shelf.entries).sum(),
        tagged,
        titles: false,
    };
    let mut ranked = ranking.run();
    let told = told(&slots, &ranked, &shelves);
    let tags = if search.with_tags {
        tags_of(&db, ranked.best(TAGS_COUNTED), &shelves).await?
    } else {
        Vec::new()
    };
    if let Some((score, entry)) = after {
        let entry = number_of(&db, entry, &shelves).await?;
        ranked.leave_behind(Place { score, entry });
    }
    let more = ranked.count() > first;
    let page = ranked.best(first);
    let hits = hits(op, &db, page, &shelves, marker(&slots), mark).await?;
    Ok(Found {
        hits,
        more,
        tags,
        ..told
    })
}

/// One state of the database. Its statements are many small ones in one, for any number of shelves:
/// PostgreSQL would plan them anew for each search, which costs it more than to read what they find.
pub(super) async fn begin(op: &Op) -> Result<DatabaseTransaction> {
    let snapshot = op.db().begin_reading(&op.reach()).await?;
    if op.db().is_postgres() {
        let once = "SET LOCAL plan_cache_mode = force_generic_plan";
        snapshot.execute_unprepared(once).await?;
    }
    Ok(snapshot)
}

/// How often a tag is written in which way.
type Spellings = BTreeMap<String, i64>;

/// A tag as it is written most often, and how many have it.
fn usual(spellings: Spellings) -> (String, i64) {
    let count = spellings.values().sum();
    let usual = spellings.into_iter().rev().max_by_key(|(_, count)| *count);
    (usual.map(|(tag, _)| tag).unwrap_or_default(), count)
}

/// How many of the best have each tag, the most frequent first.
async fn tags_of(
    db: &DatabaseExecutor<'_>,
    places: &[Place],
    shelves: &[Shelf],
) -> Result<Vec<(String, i64)>> {
    let numbers: Vec<u32> = places.iter().map(|place| place.entry).collect();
    let mut sql = Sql::new(db);
    let among = sql.numbered("e.number", &numbers);
    let shelves: Vec<Uuid> = shelves.iter().map(|shelf| shelf.id).collect();
    // SQLite would look for each of them on each of the shelves, of which staff have many.
    let shelf = if sql.is_postgres() {
        "e.shelf_id"
    } else {
        "+e.shelf_id"
    };
    let standing = sql.among(shelf, &shelves);
    // Its tags are the same in each of its languages, of which the asker may look at one alone.
    sql.text = format!(
        "SELECT tags, COUNT(*) FROM (
           SELECT DISTINCT e.number, e.tags FROM search_entry e
           WHERE {among} AND {standing} AND e.tags <> ''
         ) AS filed GROUP BY tags"
    );
    // Filters take `cloud` and `Cloud` for one: so do these, by what each is written as.
    let mut tags: BTreeMap<String, Spellings> = BTreeMap::new();
    for row in sql.rows().await? {
        let (kept, count): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let filed: BTreeMap<String, String> = audience::values(&kept)
            .into_iter()
            .map(|tag| (tag_word(&tag), tag))
            .collect();
        for (word, tag) in filed {
            *tags.entry(word).or_default().entry(tag).or_insert(0) += count;
        }
    }
    let mut tags: Vec<(String, i64)> = tags.into_values().map(usual).collect();
    tags.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    tags.truncate(TAGS);
    Ok(tags)
}

/// What is told beside the hits.
fn told(slots: &[Slot], ranked: &Ranked, shelves: &[Shelf]) -> Found {
    let mut kinds = BTreeMap::new();
    let mut locales = BTreeMap::new();
    let mut total = 0;
    for (shelf, count) in &ranked.shelves {
        total += count;
        if let Some(shelf) = shelves.get(*shelf) {
            *kinds.entry(shelf.kind).or_insert(0) += count;
            *locales.entry(shelf.locale.clone()).or_insert(0) += count;
        }
    }
    let corrections = slots.iter().filter_map(|slot| {
        Some(Correction {
            word: slot.asked.clone(),
            instead: slot.instead.clone()?,
        })
    });
    let unmatched = slots.iter().filter(|slot| slot.ways.is_empty());
    Found {
        total: (total <= i64::from(COUNT_CAP)).then_some(total),
        kinds: kinds.into_iter().collect(),
        locales: locales.into_iter().collect(),
        corrections: corrections.collect(),
        unmatched: unmatched.map(|slot| slot.asked.clone()).collect(),
        ..Found::default()
    }
}

/// Marks every word that answered to one that was asked for.
pub(super) fn marker(slots: &[Slot]) -> Marker {
    let slots = slots.iter().enumerate();
    let words = slots.flat_map(|(asked, slot)| {
        let ways = slot.ways.iter();
        ways.map(move |way| (asked, way.word.as_str()))
    });
    Marker::new(words)
}

/// What stands at these places, in so far as the shapes show it to the asker.
pub(super) async fn hits(
    op: &Op,
    db: &DatabaseExecutor<'_>,
    places: &[Place],
    shelves: &[Shelf],
    marker: Marker,
    mark: [u8; 4],
) -> Result<Vec<Hit>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let shelves: HashMap<Uuid, &Shelf> = shelves.iter().map(|it| (it.id, it)).collect();
    let numbers = places.iter().map(|place| place.entry);
    let rows = Entity::find()
        .filter(Column::Number.is_in(numbers))
        .order_by_asc(Column::Position)
        .all(db)
        .await?;
    let mut by_kind: BTreeMap<SearchKind, Vec<Uuid>> = BTreeMap::new();
    let mut texts: HashMap<u32, Vec<(search_entry::Model, &Shelf)>> = HashMap::new();
    let mut numbers: HashMap<Uuid, u32> = HashMap::new();
    for row in rows {
        let Some(shelf) = shelves.get(&row.shelf_id) else {
            continue;
        };
        let number = row.number.cast_unsigned();
        if numbers.insert(row.id, number).is_none() {
            by_kind.entry(shelf.kind).or_default().push(row.id);
        }
        let texts = texts.entry(number).or_default();
        texts.push((row, *shelf));
    }
    for (kind, keys) in by_kind {
        let shown = shape::shown(op, db, type_name(kind), &keys).await?;
        for key in keys.iter().filter(|key| !shown.contains(key)) {
            // The index is behind, or a concept forgot to take it out.
            tracing::warn!(%key, kind = kind.to_value(), "what was found is not to be shown");
            let number = numbers.get(key);
            number.and_then(|it| texts.remove(it));
        }
    }
    let marker = Arc::new(marker);
    let mut found = Vec::with_capacity(places.len());
    for place in places {
        let languages = texts.remove(&place.entry).unwrap_or_default();
        let languages = languages.into_iter().map(|(row, shelf)| {
            let cursor = cursor(mark, place.score, row.id);
            hit(row, shelf, &marker, cursor)
        });
        found.push(languages.collect::<Result<Vec<Hit>>>()?);
    }
    let several = found.iter().filter(|languages| languages.len() > 1);
    let bytes = several.flatten().map(|hit| hit.said.bytes()).sum();
    look_through(bytes, || found.into_iter().filter_map(best).collect()).await
}

/// It in the language that answers best, and of two that do as well in the main one.
fn best(mut languages: Vec<Hit>) -> Option<Hit> {
    if languages.len() > 1 {
        languages.sort_by_cached_key(|hit| std::cmp::Reverse(hit.answers()));
    }
    languages.into_iter().next()
}

fn hit(
    row: search_entry::Model,
    shelf: &Shelf,
    marker: &Arc<Marker>,
    cursor: String,
) -> Result<Hit> {
    Ok(Hit {
        kind: shelf.kind,
        id: row.id,
        locale: shelf.locale.clone(),
        title: row.title,
        tags: audience::values(&row.tags),
        cursor,
        said: Arc::new(Said {
            summary: row.summary,
            passages: serde_json::from_value(row.passages)?,
        }),
        marker: marker.clone(),
    })
}

/// What the cursors of a search begin with.
fn check(search: &Search) -> Result<[u8; 4]> {
    if search.query.chars().count() > LONGEST {
        let message = format!("A query has at most {LONGEST} characters.");
        return Err(Refusal::new("TOO_LONG", message).at("query").into());
    }
    let values = [search.kinds.len(), search.locales.len(), search.tags.len()];
    if values.iter().any(|count| *count > VALUES) {
        let message = format!("A filter names at most {VALUES} values.");
        return Err(Refusal::new("TOO_MANY", message).at("filter").into());
    }
    let kinds: Vec<String> = search.kinds.iter().map(ActiveEnum::to_value).collect();
    let parts = [
        search.query.clone(),
        kinds.join(","),
        search.locales.join(","),
        search.tags.join(","),
    ];
    let digest = digest::of("search cursor", &parts.each_ref().map(String::as_str));
    Ok(digest.first_chunk().copied().unwrap_or_default())
}

/// It names the key and not the number, which would tell how much there is that the asker may not see.
fn cursor(mark: [u8; 4], score: i64, entry: Uuid) -> String {
    let mut bytes = mark.to_vec();
    bytes.extend_from_slice(&score.to_be_bytes());
    bytes.extend_from_slice(entry.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The number of an entry of these shelves; that of the last one where it is gone meanwhile, so that of
/// what is as good some comes twice, and nothing is passed over.
async fn number_of(db: &DatabaseExecutor<'_>, entry: Uuid, shelves: &[Shelf]) -> Result<u32> {
    let mut sql = Sql::new(db);
    let shelves: Vec<Uuid> = shelves.iter().map(|shelf| shelf.id).collect();
    let (entry, standing) = (sql.bind(entry), sql.among("e.shelf_id", &shelves));
    sql.text =
        format!("SELECT e.number FROM search_entry e WHERE e.id = {entry} AND {standing} LIMIT 1");
    let rows = sql.rows().await?;
    let number = rows.first().map(|row| row.try_get_by_index::<i32>(0));
    Ok(number.transpose()?.map_or(u32::MAX, i32::cast_unsigned))
}

/// The score and the key that a cursor names.
fn cursor_of(mark: [u8; 4], cursor: &str) -> Result<(i64, Uuid)> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let rest = bytes.strip_prefix(&mark)?;
        let (score, entry) = rest.split_first_chunk()?;
        Some((i64::from_be_bytes(*score), Uuid::from_slice(entry).ok()?))
    };
    read().ok_or_else(|| {
        let message = "`after` is no cursor of this search: the query or its filter is another.";
        Refusal::new("INVALID", message).at("after").into()
    })
}
