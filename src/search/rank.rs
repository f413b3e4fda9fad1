//! The best entries for the words that were found: one statement adds up and counts.
//!
//! All of it is in whole numbers, so that both databases give the same order, and a place in it can
//! be named: by its score and its key. What a page costs does not depend on how deep it lies.

use sea_orm::DatabaseExecutor;
use uuid::Uuid;

use super::vocabulary::{Slot, Sql, of_the_same};
use crate::error::Result;

/// What an entry has to hold of what the best one holds of all that was asked, by how much that says,
/// in percent.
const NEEDED: i64 = 60;
/// Of how many of the best entries tags are counted.
pub const TAGS_COUNTED: u64 = 1_000;

/// What is to be ranked.
pub(super) struct Ranking<'a> {
    /// What answers to each word.
    pub(super) slots: &'a [Slot],
    /// How many entries there are to be found, as far as it matters.
    pub(super) entries: i64,
    /// Keys of tags, of which an entry has to have one; all entries where there is none.
    pub(super) tags: Option<Vec<i64>>,
    /// Whether all words have to be there, and in the title.
    pub(super) titles: bool,
    /// Whether tags are counted.
    pub(super) with_tags: bool,
    /// Behind which place it goes on.
    pub(super) after: Option<Place>,
    /// The most places.
    pub(super) limit: u64,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) score: i64,
    pub(super) entry: Uuid,
}

/// What the ranking came to.
#[derive(Default)]
pub(super) struct Ranked {
    /// The best first.
    pub(super) places: Vec<Place>,
    /// How many of all that was found stand on each shelf.
    pub(super) shelves: Vec<(usize, i64)>,
    /// How many of the best have these tags, as they are kept.
    pub(super) tags: Vec<(String, i64)>,
}

/// A word to add up, as a column of each of its numbers.
#[derive(Default)]
struct Asked {
    word: Vec<i64>,
    slot: Vec<i32>,
    worth: Vec<i32>,
    mass: Vec<i32>,
    shelf: Vec<i32>,
}

impl Ranking<'_> {
    pub(super) async fn run(&self, db: &DatabaseExecutor<'_>) -> Result<Ranked> {
        let (asked, mass) = self.asked();
        if asked.word.is_empty() {
            return Ok(Ranked::default());
        }
        let mut sql = Sql::new(db);
        let asked = asked.table(&mut sql);
        let needed = if self.titles { 100 } else { NEEDED };
        // Of all that was asked, or of as much of it as the best has.
        let most = if self.titles {
            mass.to_string()
        } else {
            "(SELECT MAX(mass) FROM totals)".to_owned()
        };
        let in_title = if self.titles { "AND p.in_title" } else { "" };
        let tagged = self.tags.as_ref().map_or(String::new(), |tags| {
            let tags = numbers(&mut sql, "t.word_id", tags);
            format!("WHERE entry_id IN (SELECT t.entry_id FROM search_posting t WHERE {tags})")
        });
        let after = self.after.map_or(String::new(), |place| {
            let (score, entry) = (sql.bind(place.score), sql.bind(place.entry));
            format!("WHERE (score, entry_id) < ({score}, {entry})")
        });
        let limit = self.limit;
        let null = if sql.is_postgres() {
            "CAST(NULL AS uuid)"
        } else {
            "NULL"
        };
        // A match of everything counts for more than the sum of its parts.
        sql.text = format!(
            "WITH asked AS ({asked}),
             best AS (
               SELECT p.entry_id, a.slot, MAX(p.weight * a.worth) AS score, MAX(a.mass) AS mass,
                 MIN(a.shelf) AS shelf
               FROM asked a CROSS JOIN search_posting p
               WHERE p.word_id = a.word_id {in_title}
               GROUP BY p.entry_id, a.slot
             ),
             totals AS MATERIALIZED (
               SELECT entry_id, MIN(shelf) AS shelf, CAST(SUM(mass) AS bigint) AS mass,
                 CAST(SUM(score) AS bigint) * CAST(SUM(mass) AS bigint) / {mass} AS score
               FROM best {tagged} GROUP BY entry_id
             ),
             found AS MATERIALIZED (
               SELECT entry_id, shelf, score FROM totals WHERE mass * 100 >= {most} * {needed}
             )
             SELECT 0 AS part, entry_id, score AS amount, '' AS told FROM (
               SELECT entry_id, score FROM found {after}
               ORDER BY score DESC, entry_id DESC LIMIT {limit}
             ) AS page
             UNION ALL
             SELECT 1, {null}, COUNT(*), CAST(shelf AS TEXT) FROM found GROUP BY shelf"
        );
        if self.with_tags {
            let tags = format!(
                " UNION ALL
                 SELECT 2, {null}, COUNT(*), e.tags FROM (
                   SELECT entry_id FROM found ORDER BY score DESC, entry_id DESC LIMIT {TAGS_COUNTED}
                 ) AS top CROSS JOIN search_entry e
                 WHERE e.id = top.entry_id AND e.tags <> '' GROUP BY e.tags"
            );
            sql.text.push_str(&tags);
        }
        let mut ranked = Ranked::default();
        for row in sql.rows().await? {
            let (part, amount): (i32, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(2)?);
            if part == 0 {
                ranked.places.push(Place {
                    entry: row.try_get_by_index(1)?,
                    score: amount,
                });
                continue;
            }
            let told: String = row.try_get_by_index(3)?;
            if part == 1 {
                ranked
                    .shelves
                    .push((told.parse().unwrap_or_default(), amount));
            } else {
                ranked.tags.push((told, amount));
            }
        }
        // What is put together is in no order by itself.
        ranked
            .places
            .sort_by_key(|place| std::cmp::Reverse((place.score, place.entry)));
        Ok(ranked)
    }

    /// The words, with what each is worth; and how much all that was asked says.
    fn asked(&self) -> (Asked, i64) {
        let mut asked = Asked::default();
        let mut total = 0;
        for (slot, it) in (0..).zip(self.slots) {
            if it.ways.is_empty() {
                continue;
            }
            let mass = rarity(of_the_same(&it.ways), self.entries);
            total += mass;
            for way in &it.ways {
                asked.word.push(way.id);
                asked.slot.push(slot);
                asked.worth.push(int(mass * way.factor));
                asked.mass.push(int(mass));
                asked
                    .shelf
                    .push(i32::try_from(way.shelf).unwrap_or(i32::MAX));
            }
        }
        (asked, total)
    }
}

impl Asked {
    /// The numbers as the rows of a table.
    fn table(self, sql: &mut Sql<'_>) -> String {
        if sql.is_postgres() {
            let columns = [
                sql.bind(self.word),
                sql.bind(self.slot),
                sql.bind(self.worth),
                sql.bind(self.mass),
                sql.bind(self.shelf),
            ];
            let columns = columns.join(", ");
            return format!(
                "SELECT * FROM unnest({columns}) AS t (word_id, slot, worth, mass, shelf)"
            );
        }
        let rows: Vec<(i64, i32, i32, i32, i32)> = self
            .word
            .into_iter()
            .zip(self.slot)
            .zip(self.worth)
            .zip(self.mass)
            .zip(self.shelf)
            .map(|((((word, slot), worth), mass), shelf)| (word, slot, worth, mass, shelf))
            .collect();
        let rows = sql.bind(serde_json::json!(rows).to_string());
        let columns = ["word_id", "slot", "worth", "mass", "shelf"];
        let columns: Vec<String> = (0..)
            .zip(columns)
            .map(|(at, column)| format!("json_extract(value, '$[{at}]') AS {column}"))
            .collect();
        format!("SELECT {} FROM json_each({rows})", columns.join(", "))
    }
}

fn numbers(sql: &mut Sql<'_>, column: &str, numbers: &[i64]) -> String {
    if sql.is_postgres() {
        let numbers = sql.bind(numbers.to_vec());
        return format!("{column} = ANY({numbers})");
    }
    let numbers = sql.bind(serde_json::json!(numbers).to_string());
    format!("{column} IN (SELECT value FROM json_each({numbers}))")
}

fn int(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// How much a word says that so many of the entries have: the rarer, the more. In eighths, so that
/// what is written meanwhile seldom changes the order under a reader who turns pages.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the logarithm of a count is a small number"
)]
fn rarity(with: i64, entries: i64) -> i64 {
    let (with, entries) = (with as f64, entries.max(with) as f64);
    let rarity = (1.0 + (entries - with + 0.5) / (with + 0.5)).ln();
    ((rarity * 8.0).round() as i64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarer_a_word_is_the_more_it_says() {
        let all: Vec<i64> = [1, 10, 100, 1000].map(|with| rarity(with, 1000)).into();
        assert!(all.is_sorted_by(|one, other| one > other), "{all:?}");
        assert_eq!((rarity(50, 10), rarity(0, 0)), (1, 6));
    }
}
