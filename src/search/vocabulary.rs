//! Which words of the shelves answer to what was asked.
//!
//! A word that stands anywhere where the asker may look is never taken for the slip of another, even
//! where the filter leaves out what has it. One of up to four letters is taken for a slip only where
//! nothing at all was found, and only of a word with one slip that begins with the same letter: short
//! words are near to many others, and names are short. Of longer ones one slip is forgiven, and two
//! from eight letters on.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use super::posting;
use super::question::{ends, forgiven, is_short, joined, near, parts, split};
use super::shelf::Shelf;
use super::word::{Language, backward, plain};
use crate::digest;
use crate::error::{Error, Result};

/// How much a word counts that is the asked one, in percent; then: that is it and its neighbour in one,
/// that differs by its last letters, that was only begun, that begins a compound, that ends one.
const SAME: i32 = 100;
const JOINED: i32 = 90;
const KIN: i32 = 60;
const BEGUN: i32 = 50;
const BEGINNING: i32 = 40;
const END: i32 = 35;
/// What is left of it where the asked word was taken for a slip.
const SLIPPED: i32 = 80;
/// The least letters of a term that has kin, and by how many letters they differ at most.
const LEAST_KIN: usize = 5;
const KIN_LETTERS: usize = 2;
/// The least letters of a term that begins, or ends, a compound.
const LEAST_BEGINNING: usize = 4;
const LEAST_END: usize = 5;
/// The least letters of a word that was only begun.
const LEAST_BEGUN: usize = 3;
/// The most words that are looked at for each of these reasons; and for what may be a slip.
const WORDS: u32 = 300;
const CANDIDATES: usize = 2_000;
/// Of how many words that nothing has it is asked what they may have been meant to be.
const MENDED: usize = 6;
/// Above every letter.
const LAST: char = '\u{10ffff}';

/// A word of a shelf that answers to what was asked.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) id: i64,
    /// Which of the shelves.
    pub(super) shelf: usize,
    pub(super) word: String,
    /// How much it counts, in percent.
    pub(super) factor: i32,
    /// What has it, packed.
    pub(super) postings: Vec<u8>,
}

/// A word that was asked for, and those that answer to it; none where nothing does.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) asked: String,
    /// The word that it was taken for.
    pub(super) instead: Option<String>,
    pub(super) ways: Vec<Way>,
}

impl Slot {
    /// A word, and what answers to it as it was asked.
    pub(super) fn new(asked: &str, ways: Vec<Way>) -> Self {
        Self {
            asked: asked.to_owned(),
            instead: None,
            ways,
        }
    }
}

/// Looks words up on shelves.
pub(super) struct Vocabulary<'a> {
    db: &'a DatabaseExecutor<'a>,
    shelves: &'a [Shelf],
    /// Where the asker may look as well, and did not wish to.
    others: &'a [Shelf],
    ids: Vec<Uuid>,
    german: Vec<Uuid>,
    not_german: Vec<Uuid>,
    places: HashMap<Uuid, usize>,
    /// German first: it looks for more.
    languages: BTreeSet<Language>,
}

impl<'a> Vocabulary<'a> {
    pub(super) fn new(
        db: &'a DatabaseExecutor<'a>,
        shelves: &'a [Shelf],
        others: &'a [Shelf],
    ) -> Self {
        let is_german = |shelf: &&Shelf| shelf.language() == Language::German;
        let (german, not_german): (Vec<_>, Vec<_>) = shelves.iter().partition(is_german);
        Self {
            db,
            shelves,
            others,
            ids: shelves.iter().map(|shelf| shelf.id).collect(),
            german: german.iter().map(|it| it.id).collect(),
            not_german: not_german.iter().map(|it| it.id).collect(),
            places: shelves.iter().map(|it| it.id).zip(0..).collect(),
            languages: shelves.iter().map(Shelf::language).collect(),
        }
    }

    /// What answers to each of the words; where nothing has a word, what it may have been meant to
    /// be.
    pub(super) async fn slots(&self, words: &[String]) -> Result<Vec<Slot>> {
        let found = self.look(words, true).await?;
        let missing = words.iter().zip(&found).filter(|(_, ways)| ways.is_empty());
        let missing: Vec<&String> = missing.map(|(word, _)| word).collect();
        let elsewhere = self.elsewhere(&missing).await?;
        let mut slots = Vec::with_capacity(words.len());
        let mut left = MENDED;
        for (asked, ways) in words.iter().zip(found) {
            if ways.is_empty() && left > 0 {
                left -= 1;
                let may_slip = !is_short(&plain(asked)) && !elsewhere.contains(asked);
                slots.extend(self.instead(asked, may_slip).await?);
            } else {
                slots.push(Slot::new(asked, ways));
            }
        }
        if slots.iter().all(|slot| slot.ways.is_empty()) {
            let short = |slot: &&mut Slot| is_short(&plain(&slot.asked));
            let short = slots.iter_mut().filter(short).take(MENDED);
            for slot in short.filter(|slot| !elsewhere.contains(&slot.asked)) {
                let (_, nearest) = self.nearest(&plain(&slot.asked)).await?;
                self.take_for(slot, nearest).await?;
            }
        }
        Ok(slots)
    }

    /// Those of the words that stand where the asker may look as well, and did not wish to.
    async fn elsewhere(&self, words: &[&String]) -> Result<HashSet<String>> {
        if self.others.is_empty() || words.is_empty() {
            return Ok(HashSet::new());
        }
        let languages: BTreeSet<Language> = self.others.iter().map(Shelf::language).collect();
        let terms = |word: &str| languages.iter().map(|it| it.term(word)).collect::<Vec<_>>();
        let ids: Vec<Uuid> = self.others.iter().map(|it| it.id).collect();
        let mut sql = Sql::new(self.db);
        let shelves = sql.among("w.shelf_id", &ids);
        let among = sql.one_of("w.term", words.iter().flat_map(|it| terms(it)).collect());
        sql.text = format!("SELECT DISTINCT w.term FROM search_word w WHERE {shelves} AND {among}");
        let rows = sql.rows().await?;
        let known = rows.iter().map(|row| Ok(row.try_get_by_index(0)?));
        let known = known.collect::<Result<HashSet<String>>>()?;
        let stands = |word: &&String| terms(word).iter().any(|it| known.contains(it));
        Ok(words.iter().copied().filter(stands).cloned().collect())
    }

    /// Words that begin like a plain one; of titles alone, where that is wished.
    pub(super) async fn begun(&self, plain: &str, in_titles: bool) -> Result<Vec<Way>> {
        let mut sql = Sql::new(self.db);
        let mut condition = sql.begins("w.plain", plain);
        if in_titles {
            condition += " AND w.in_title";
        }
        sql.select(0, &self.ids, &condition);
        let rows = sql.rows().await?;
        rows.iter().map(|row| self.way(row, BEGUN)).collect()
    }

    /// What has one of these tags.
    pub(super) async fn tagged(&self, tags: &[String]) -> Result<HashSet<u32>> {
        let words: Vec<String> = tags.iter().map(|tag| super::weigh::tag_word(tag)).collect();
        let mut sql = Sql::new(self.db);
        let shelves = sql.among("w.shelf_id", &self.ids);
        let words = words.iter().map(|it| it.replace('\0', " ")).collect();
        let words = sql.one_of("w.word", words);
        sql.text = format!("SELECT w.numbered FROM search_word w WHERE {shelves} AND {words}");
        let mut tagged = HashSet::new();
        for row in sql.rows().await? {
            let packed: Vec<u8> = row.try_get_by_index(0)?;
            tagged.extend(posting::all(&packed).map(|it| it.entry));
        }
        Ok(tagged)
    }

    /// What answers to each of the words as it was typed; where they stand beside each other, what is
    /// both in one word answers to both.
    async fn look(&self, words: &[String], beside: bool) -> Result<Vec<Vec<Way>>> {
        let mut sql = Sql::new(self.db);
        for (slot, word) in words.iter().enumerate() {
            for (language, term) in self.terms(word) {
                let condition = sql.one_of("w.term", shorter(&term));
                sql.select(slot, &self.ids, &condition);
                let length = term.chars().count();
                // Each finds what those before it did not: what has a common word is long.
                let mut least = length + 1;
                if length >= LEAST_KIN {
                    let most = length + KIN_LETTERS;
                    let condition = sql.begins("w.term", &term);
                    let long = sql.long("w.term", least, Some(most));
                    let condition = format!("{condition} AND {long}");
                    sql.select(slot, &self.ids, &condition);
                    least = most + 1;
                }
                if language != Language::German {
                    continue;
                }
                if length >= LEAST_BEGINNING {
                    let condition = sql.begins("w.term", &term);
                    let long = sql.long("w.term", least, None);
                    let condition = format!("{condition} AND {long}");
                    sql.select_many(slot, &self.german, &condition);
                }
                if length >= LEAST_END {
                    let condition = sql.begins("w.term_back", &backward(&term));
                    let long = sql.long("w.term_back", length + 1, None);
                    let condition = format!("{condition} AND {long}");
                    sql.select_many(slot, &self.german, &condition);
                }
            }
        }
        if beside {
            for (slot, pair) in (words.len()..).zip(words.windows(2)) {
                self.join(&mut sql, slot, pair);
            }
        }
        let asked: Vec<HashMap<Language, String>> = words
            .iter()
            .map(|word| {
                self.languages
                    .iter()
                    .map(|it| (*it, it.term(word)))
                    .collect()
            })
            .collect();
        let mut found: Vec<HashMap<i64, Way>> = vec![HashMap::new(); words.len()];
        for row in sql.rows().await? {
            let slot: i32 = row.try_get_by_index(0)?;
            let at = usize::try_from(slot).unwrap_or_default();
            if let Some(first) = at.checked_sub(words.len()) {
                let way = self.way(&row, JOINED)?;
                for ways in found.iter_mut().skip(first).take(2) {
                    let known = ways.entry(way.id).or_insert_with(|| way.clone());
                    known.factor = known.factor.max(JOINED);
                }
                continue;
            }
            let (Some(ways), Some(asked)) = (found.get_mut(at), asked.get(at)) else {
                continue;
            };
            for (mut way, term) in self.ways(&row)? {
                let on = self.shelves.get(way.shelf);
                let Some(asked) = on.and_then(|on| asked.get(&on.language())) else {
                    continue;
                };
                way.factor = likeness(&term, asked);
                if way.factor > 0 {
                    let known = ways.entry(way.id).or_insert(Way {
                        factor: 0,
                        ..way.clone()
                    });
                    known.factor = known.factor.max(way.factor);
                }
            }
        }
        let sorted = found.into_iter().map(|ways| {
            let mut ways: Vec<Way> = ways.into_values().collect();
            ways.sort_by_key(|way| way.id);
            ways
        });
        Ok(sorted.collect())
    }

    /// Adds what is two words that stand beside each other in one.
    fn join(&self, sql: &mut Sql<'_>, slot: usize, pair: &[String]) {
        let [first, second] = pair else { return };
        let words = joined(first, second);
        let mut add = |shelves: &[Uuid], language: Language, words: &[String]| {
            if !shelves.is_empty() && !words.is_empty() {
                let terms: BTreeSet<String> = words.iter().map(|it| language.term(it)).collect();
                let condition = sql.one_of("w.term", terms.into_iter().collect());
                sql.select(slot, shelves, &condition);
            }
        };
        add(&self.german, Language::German, &words);
        // Nothing is put between them but in German.
        add(
            &self.not_german,
            Language::English,
            words.get(..1).unwrap_or_default(),
        );
    }

    /// What a word may have been meant to be that nothing has: one that was only begun, a slip where
    /// it may be one, or a compound.
    async fn instead(&self, asked: &str, may_slip: bool) -> Result<Vec<Slot>> {
        let plain = plain(asked);
        let mut slot = Slot::new(asked, Vec::new());
        if plain.chars().count() >= LEAST_BEGUN {
            slot.ways = self.begun(&plain, false).await?;
        }
        if !slot.ways.is_empty() {
            return Ok(vec![slot]);
        }
        let (slips, nearest) = if may_slip {
            self.nearest(&plain).await?
        } else {
            Default::default()
        };
        if slips > 1 || nearest.is_empty() {
            let parts = parts(&plain);
            let known = self.known(&parts).await?;
            let inflected = self.inflected(&parts).await?;
            let ends = |end: &str| known.contains(end) || inflected.contains(end);
            if let Some(parts) = split(&plain, &known, ends) {
                let found = self.look(&parts, false).await?;
                let slots = parts.iter().zip(found);
                return Ok(slots.map(|(part, ways)| Slot::new(part, ways)).collect());
            }
        }
        self.take_for(&mut slot, nearest).await?;
        Ok(vec![slot])
    }

    /// How many slips away those are that are nearest to a plain word, and which.
    async fn nearest(&self, plain: &str) -> Result<(usize, Vec<String>)> {
        let others = self.candidates(plain).await?;
        let (slips, nearest) = near(plain, others.iter().map(String::as_str));
        let nearest = nearest.into_iter().map(str::to_owned).take(3);
        Ok((slips, nearest.collect()))
    }

    /// Takes what was asked for the slip of one of these plain words.
    async fn take_for(&self, slot: &mut Slot, nearest: Vec<String>) -> Result<()> {
        let found = self.look(&nearest, false).await?;
        // Of those that are as near, the one that most entries have.
        let entries = |ways: &Vec<Way>| of_the_same(ways);
        if let Some((word, ways)) = nearest
            .iter()
            .zip(found)
            .max_by_key(|(word, ways)| (entries(ways), std::cmp::Reverse(*word)))
        {
            let written = ways
                .iter()
                .find(|way| super::word::plain(&way.word) == *word);
            slot.instead = written.map(|way| way.word.clone());
            slot.ways = ways;
            for way in &mut slot.ways {
                way.factor = way.factor * SLIPPED / 100;
            }
        }
        Ok(())
    }

    /// Plain words that begin or end like this one, and are about as long.
    ///
    /// There are many on every shelf, and nearly all are none that was meant. So they are read from
    /// the indexes alone, those that end so as they stand there, backward, and come in one text for
    /// each end: a row costs more than the word in it.
    async fn candidates(&self, plain: &str) -> Result<Vec<String>> {
        let Some((first, last)) = ends(plain) else {
            return Ok(Vec::new());
        };
        let (length, slips) = (plain.chars().count(), forgiven(plain));
        let mut sql = Sql::new(self.db);
        let shelves = sql.among("w.shelf_id", &self.ids);
        let begins = sql.begins("w.plain", &first);
        let ends = sql.begins("w.plain_back", &backward(&last));
        let (from, to) = (length - slips, length + slips);
        let (plain_long, back_long) = (
            sql.long("w.plain", from, Some(to)),
            sql.long("w.plain_back", from, Some(to)),
        );
        let one_text = if sql.is_postgres() {
            |column| format!("STRING_AGG({column}, chr(10))")
        } else {
            |column| format!("GROUP_CONCAT({column}, char(10))")
        };
        let all = |column, condition, long| {
            format!(
                "(SELECT {} FROM search_word w
                 WHERE {shelves} AND {condition} AND {long})",
                one_text(column)
            )
        };
        sql.text = format!(
            "SELECT {}, {}",
            all("w.plain", begins, plain_long),
            all("w.plain_back", ends, back_long)
        );
        let mut words = BTreeSet::new();
        for row in sql.rows().await? {
            let (begin, end): (Option<String>, Option<String>) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            words.extend(each_once(begin.as_deref()).into_iter().map(str::to_owned));
            words.extend(each_once(end.as_deref()).into_iter().map(backward));
        }
        Ok(words.into_iter().take(CANDIDATES).collect())
    }

    /// Those of the plain words that are there.
    async fn known(&self, words: &[String]) -> Result<HashSet<String>> {
        self.there("w.plain", &self.ids, words.to_vec()).await
    }

    /// Those of the plain words that are there in German in another case or number.
    async fn inflected(&self, words: &[String]) -> Result<HashSet<String>> {
        let terms = words.iter().map(|word| Language::German.term(word));
        let there = self.there("w.term", &self.german, terms.collect()).await?;
        let is_there = |word: &&String| there.contains(&Language::German.term(word));
        Ok(words.iter().filter(is_there).cloned().collect())
    }

    /// Those of the texts that a column has on these shelves.
    async fn there(
        &self,
        column: &str,
        shelves: &[Uuid],
        texts: Vec<String>,
    ) -> Result<HashSet<String>> {
        if texts.is_empty() || shelves.is_empty() {
            return Ok(HashSet::new());
        }
        let mut sql = Sql::new(self.db);
        let shelves = sql.among("w.shelf_id", shelves);
        let texts = sql.one_of(column, texts);
        sql.text =
            format!("SELECT DISTINCT {column} FROM search_word w WHERE {shelves} AND {texts}");
        let rows = sql.rows().await?;
        let there = rows.iter().map(|row| Ok(row.try_get_by_index(0)?));
        there.collect()
    }

    /// The terms of a word, each once, in the languages of the shelves.
    fn terms(&self, word: &str) -> Vec<(Language, String)> {
        let mut terms: Vec<(Language, String)> = Vec::new();
        for language in &self.languages {
            let term = language.term(word);
            if !terms.iter().any(|(_, known)| *known == term) {
                terms.push((*language, term));
            }
        }
        terms
    }

    /// The words of a row, with their terms: one, or many in one text.
    fn ways(&self, row: &QueryResult) -> Result<Vec<(Way, String)>> {
        let term: Option<String> = row.try_get_by_index(4)?;
        let id: Option<i64> = row.try_get_by_index(1)?;
        match (id, term) {
            (Some(_), term) => Ok(vec![(self.way(row, 0)?, term.unwrap_or_default())]),
            (None, None) => Ok(Vec::new()),
            (None, Some(many)) => {
                let ways = many.lines().map(|line| {
                    let way = self.way_in(line);
                    way.ok_or_else(|| Error::fault(format!("no word of the search: {line}")))
                });
                ways.collect()
            }
        }
    }

    /// One of many words in one text, as [`Sql::select_many`] tells them.
    fn way_in(&self, line: &str) -> Option<(Way, String)> {
        let mut parts = line.split(' ');
        let mut next = || parts.next();
        let (id, on) = (next()?.parse().ok()?, next()?.parse::<Uuid>().ok()?);
        let (word, term) = (next()?.to_owned(), next()?.to_owned());
        let way = Way {
            id,
            shelf: self.places.get(&on).copied().unwrap_or_default(),
            word,
            factor: 0,
            postings: digest::from_hex(next()?)?,
        };
        Some((way, term))
    }

    fn way(&self, row: &QueryResult, factor: i32) -> Result<Way> {
        let on: Uuid = row.try_get_by_index(2)?;
        Ok(Way {
            id: row.try_get_by_index(1)?,
            shelf: self.places.get(&on).copied().unwrap_or_default(),
            word: row.try_get_by_index(3)?,
            factor,
            postings: row.try_get_by_index(5)?,
        })
    }
}

/// The lines of the text: the same word stands on many shelves.
fn each_once(text: Option<&str>) -> HashSet<&str> {
    text.unwrap_or_default().lines().collect()
}

/// How many entries have the word itself, or what comes nearest to it.
pub(super) fn of_the_same(ways: &[Way]) -> i64 {
    let most = ways.iter().map(|way| way.factor).max();
    let same = ways.iter().filter(|way| Some(way.factor) == most);
    same.map(|way| posting::count(&way.postings)).sum()
}

/// The term, and those that are shorter by as much as kin may be.
fn shorter(term: &str) -> Vec<String> {
    let mut terms = vec![term.to_owned()];
    let mut left = term;
    for _ in 0..KIN_LETTERS {
        let Some((at, _)) = left.char_indices().next_back() else {
            break;
        };
        left = left.get(..at).unwrap_or_default();
        if left.chars().count() < LEAST_KIN {
            break;
        }
        terms.push(left.to_owned());
    }
    terms
}

/// How much a term counts for another one, in percent.
fn likeness(term: &str, asked: &str) -> i32 {
    if term == asked {
        return SAME;
    }
    let (length, other) = (asked.chars().count(), term.chars().count());
    let alike = term.starts_with(asked) || asked.starts_with(term);
    if alike && length.min(other) >= LEAST_KIN && length.abs_diff(other) <= KIN_LETTERS {
        KIN
    } else if term.starts_with(asked) {
        BEGINNING
    } else if term.ends_with(asked) {
        END
    } else {
        0
    }
}

/// A statement, and what is bound to it, in the words of either database.
pub(super) struct Sql<'a> {
    db: &'a DatabaseExecutor<'a>,
    pub(super) text: String,
    values: Vec<Value>,
}

impl<'a> Sql<'a> {
    pub(super) fn new(db: &'a DatabaseExecutor<'a>) -> Self {
        Self {
            db,
            text: String::new(),
            values: Vec::new(),
        }
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.db.get_database_backend() == DbBackend::Postgres
    }

    /// Binds a value, and answers by which name.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// The column is one of these keys.
    pub(super) fn among(&mut self, column: &str, keys: &[Uuid]) -> String {
        if self.is_postgres() {
            let keys = self.bind(keys.to_vec());
            return format!("{column} = ANY({keys})");
        }
        let hex: Vec<String> = keys.iter().map(|key| key.simple().to_string()).collect();
        let keys = self.bind(serde_json::json!(hex).to_string());
        format!("{column} IN (SELECT unhex(value) FROM json_each({keys}))")
    }

    /// The column is one of these numbers.
    pub(super) fn numbered(&mut self, column: &str, numbers: &[u32]) -> String {
        if self.is_postgres() {
            let numbers = numbers.iter().map(|it| i64::from(*it)).collect::<Vec<_>>();
            let numbers = self.bind(numbers);
            return format!("{column} = ANY({numbers})");
        }
        let numbers = self.bind(serde_json::json!(numbers).to_string());
        format!("{column} IN (SELECT value FROM json_each({numbers}))")
    }

    /// The column is one of these texts.
    pub(super) fn one_of(&mut self, column: &str, texts: Vec<String>) -> String {
        if self.is_postgres() {
            let texts = self.bind(texts);
            return format!("{column} = ANY({texts})");
        }
        let texts = self.bind(serde_json::json!(texts).to_string());
        format!("{column} IN (SELECT value FROM json_each({texts}))")
    }

    /// The column begins with that text.
    fn begins(&mut self, column: &str, text: &str) -> String {
        let from = self.bind(text);
        let to = self.bind(format!("{text}{LAST}"));
        format!("{column} >= {from} AND {column} < {to}")
    }

    /// The column has so many letters at least, and at most. They are bound like everything that was
    /// asked, so that the statement stays one that is planned already.
    fn long(&mut self, column: &str, least: usize, most: Option<usize>) -> String {
        let mut letters = |count: usize| self.bind(i32::try_from(count).unwrap_or(i32::MAX));
        let least = letters(least);
        match most {
            Some(most) => format!("LENGTH({column}) BETWEEN {least} AND {}", letters(most)),
            None => format!("LENGTH({column}) >= {least}"),
        }
    }

    /// Adds the words of these shelves that meet the condition, for the word asked at that place.
    fn select(&mut self, slot: usize, shelves: &[Uuid], condition: &str) {
        let first = self.first_of("w.id", shelves, condition);
        // What has them is read of those alone that are taken, and is not put in order with them: of
        // common words it is long.
        self.add(&format!(
            "SELECT {slot} AS slot, w.id, w.shelf_id, w.word, w.term, w.numbered
             FROM ({first}) AS found CROSS JOIN search_word w WHERE w.id = found.id"
        ));
    }

    /// The same of what may be hundreds of words that few things have each, such as compounds, all in one
    /// text in the place of the term: a row costs more than the word in it.
    fn select_many(&mut self, slot: usize, shelves: &[Uuid], condition: &str) {
        let columns = "w.id, w.shelf_id, w.word, w.term, w.numbered";
        let first = self.first_of(columns, shelves, condition);
        let (join, end, hex, bytes) = if self.is_postgres() {
            let hex = [
                "encode(uuid_send(shelf_id), 'hex')",
                "encode(numbered, 'hex')",
            ];
            ("STRING_AGG", "chr(10)", hex, "BYTEA")
        } else {
            let hex = ["hex(shelf_id)", "hex(numbered)"];
            ("GROUP_CONCAT", "char(10)", hex, "BLOB")
        };
        let [on, numbered] = hex;
        let line = ["CAST(id AS TEXT)", on, "word", "term", numbered].join(" || ' ' || ");
        self.add(&format!(
            "SELECT {slot} AS slot, CAST(NULL AS BIGINT), CAST(NULL AS UUID), CAST(NULL AS TEXT),
                    {join}({line}, {end}), CAST(NULL AS {bytes})
             FROM ({first}) AS found"
        ));
    }

    /// The shortest words of these shelves that meet the condition.
    fn first_of(&mut self, columns: &str, shelves: &[Uuid], condition: &str) -> String {
        let shelves = self.among("w.shelf_id", shelves);
        format!(
            "SELECT {columns} FROM search_word w WHERE {shelves} AND {condition}
             ORDER BY LENGTH(w.term), w.term, w.word, w.shelf_id LIMIT {WORDS}"
        )
    }

    fn add(&mut self, select: &str) {
        if !self.text.is_empty() {
            self.text.push_str("\nUNION ALL\n");
        }
        self.text.push_str(select);
    }

    pub(super) async fn rows(self) -> Result<Vec<QueryResult>> {
        if self.text.is_empty() {
            return Ok(Vec::new());
        }
        let backend = self.db.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, self.text, self.values);
        Ok(self.db.query_all_raw(statement).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_a_term_is_the_more_it_counts() {
        assert_eq!(likeness("vertrag", "vertrag"), SAME);
        assert_eq!(likeness("zertifizier", "zertifizi"), KIN);
        assert_eq!(likeness("zertifizi", "zertifizier"), KIN);
        assert_eq!(likeness("vertragspartn", "vertrag"), BEGINNING);
        assert_eq!(likeness("partnervertrag", "vertrag"), END);
        assert_eq!(likeness("tiers", "tier"), BEGINNING);
        assert_eq!(likeness("vertreter", "vertrag"), 0);
        assert_eq!(
            shorter("zertifizier"),
            ["zertifizier", "zertifizie", "zertifizi"]
        );
        assert_eq!(shorter("preis"), ["preis"]);
    }
}
