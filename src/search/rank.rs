//! The best of what has the words that were asked for.
//!
//! It is all in whole numbers and ours, so that both databases give the same order, and a place in it
//! can be named: by its score and its number. What a page costs does not depend on how deep it lies.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use super::posting;
use super::vocabulary::{Slot, of_the_same};

/// What an entry has to hold of what the best one holds of all that was asked, by how much that says,
/// in percent.
const NEEDED: i32 = 60;
/// How many that hold as much are enough; where fewer do, half of it will do, behind those that do.
const ENOUGH: usize = 5;

/// What is to be ranked.
pub(super) struct Ranking<'a> {
    /// What answers to each word.
    pub(super) slots: &'a [Slot],
    /// How many entries there are to be found, as far as it matters.
    pub(super) entries: i64,
    /// What has one of the tags that were asked for; none where none was.
    pub(super) tagged: Option<HashSet<u32>>,
    /// Whether all words have to be there, and in the title.
    pub(super) titles: bool,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) score: i64,
    /// By its number: of two as good the one that was there last.
    pub(super) entry: u32,
}

/// What the ranking came to.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    /// In any order.
    places: Vec<Place>,
    /// How many of all that was found stand on each shelf.
    pub(super) shelves: BTreeMap<usize, i64>,
}

impl Ranked {
    /// So many of the best, the best first. Of tens of thousands nothing but a page is put in order.
    pub(super) fn best(&mut self, most: usize) -> &[Place] {
        let places = &mut self.places;
        if most > 0 && most < places.len() {
            places.select_nth_unstable_by_key(most - 1, |place| Reverse(*place));
        }
        let best = places.len().min(most);
        let (best, _) = places.split_at_mut(best);
        best.sort_unstable_by_key(|place| Reverse(*place));
        best
    }

    /// Leaves those that stand behind a place.
    pub(super) fn leave_behind(&mut self, after: Place) {
        self.places.retain(|place| *place < after);
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }
}

/// What an entry has come to so far. It is small, so that tens of thousands of them stay near at hand.
struct Total {
    entry: u32,
    /// Of the words before this one.
    score: i32,
    mass: i32,
    /// The word that was added last, and the best that answers to it.
    slot: u16,
    shelf: u16,
    best: i32,
}

impl Ranking<'_> {
    pub(super) fn run(&self) -> Ranked {
        let (totals, asked) = self.totals();
        let best = totals.iter().map(|it| it.mass).max().unwrap_or_default();
        let holding = |needed: i32| totals.iter().filter(|it| it.mass * 100 >= needed).count();
        let needed = match best * NEEDED {
            _ if self.titles => asked * 100,
            needed if holding(needed) < ENOUGH => needed / 2,
            needed => needed,
        };
        let mut ranked = Ranked::default();
        let mut shelves: Vec<i64> = Vec::new();
        ranked.places.reserve(totals.len());
        for total in totals {
            let entry = total.entry;
            let fits = total.mass * 100 >= needed;
            let has_tag = self.tagged.as_ref().is_none_or(|it| it.contains(&entry));
            if fits && has_tag {
                // All of it counts for more than the sum of its parts.
                let score =
                    (i64::from(total.score) + i64::from(total.best)) * i64::from(total.mass);
                let score = score / i64::from(asked);
                ranked.places.push(Place { score, entry });
                let on = usize::from(total.shelf);
                if shelves.len() <= on {
                    shelves.resize(on + 1, 0);
                }
                shelves[on] += 1;
            }
        }
        let counts = (0..).zip(shelves);
        ranked.shelves = counts.filter(|(_, count)| *count > 0).collect();
        ranked
    }

    /// What each entry that has any of the words comes to; and how much all that was asked says.
    fn totals(&self) -> (Vec<Total>, i32) {
        // By its number an entry is found again without a map: what common words come to is added up
        // tens of thousands of times. Of what nobody looks at, the memory is never touched.
        let ways = self.slots.iter().flat_map(|slot| &slot.ways);
        let last = ways.filter_map(|way| posting::last(&way.postings)).max();
        let mut places: Vec<u32> = vec![0; last.map_or(0, |last| last as usize + 1)];
        let mut totals: Vec<Total> = Vec::new();
        let mut asked = 0;
        for (at, slot) in (0..).zip(self.slots) {
            if slot.ways.is_empty() {
                continue;
            }
            let mass = rarity(of_the_same(&slot.ways), self.entries);
            asked += mass;
            for way in &slot.ways {
                let worth = mass * way.factor;
                // Nobody may look at so many shelves.
                let on = u16::try_from(way.shelf).unwrap_or(u16::MAX);
                for it in posting::all(&way.postings) {
                    if self.titles && !it.in_title {
                        continue;
                    }
                    let place = &mut places[it.entry as usize];
                    if *place == 0 {
                        totals.push(Total {
                            entry: it.entry,
                            score: 0,
                            mass: 0,
                            slot: u16::MAX,
                            best: 0,
                            shelf: on,
                        });
                        *place = u32::try_from(totals.len()).unwrap_or(u32::MAX);
                    }
                    let total = &mut totals[*place as usize - 1];
                    if total.slot != at {
                        total.score = total.score.saturating_add(total.best);
                        (total.slot, total.best) = (at, 0);
                        total.mass += mass;
                    }
                    total.best = total.best.max(i32::from(it.weight) * worth);
                    total.shelf = total.shelf.min(on);
                }
            }
        }
        (totals, asked.max(1))
    }
}

/// How much a word says that so many of the entries have: the rarer, the more. In eighths, so that
/// what is written meanwhile seldom changes the order under a reader who turns pages.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the logarithm of a count is a small number"
)]
fn rarity(with: i64, entries: i64) -> i32 {
    let (with, entries) = (with as f64, entries.max(with) as f64);
    let rarity = (1.0 + (entries - with + 0.5) / (with + 0.5)).ln();
    ((rarity * 8.0).round() as i32).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::posting::{Posting, changed};
    use super::super::vocabulary::Way;
    use super::*;

    #[test]
    fn the_rarer_a_word_is_the_more_it_says() {
        let all: Vec<i32> = [1, 10, 100, 1000].map(|with| rarity(with, 1000)).into();
        assert!(all.is_sorted_by(|one, other| one > other), "{all:?}");
        assert_eq!((rarity(50, 10), rarity(0, 0)), (1, 6));
    }

    /// A word that answers to what was asked, and what has it.
    fn way(factor: i32, weights: &[(u32, u16)]) -> Way {
        let mut postings = Vec::new();
        for (entry, weight) in weights {
            let posting = Posting {
                entry: *entry,
                weight: *weight,
                in_title: *weight > 500,
            };
            postings = changed(&postings, posting.entry, Some(posting));
        }
        Way {
            id: 0,
            shelf: 0,
            word: String::new(),
            factor,
            postings,
        }
    }

    fn slot(ways: Vec<Way>) -> Slot {
        Slot {
            asked: String::new(),
            instead: None,
            ways,
        }
    }

    fn found(slots: &[Slot], titles: bool) -> Vec<u32> {
        let ranking = Ranking {
            slots,
            entries: 100,
            tagged: None,
            titles,
        };
        let mut ranked = ranking.run();
        let all = ranked.count();
        ranked.best(all).iter().map(|it| it.entry).collect()
    }

    #[test]
    fn a_page_is_what_stands_there_in_the_order_of_all() {
        let weights: Vec<(u32, u16)> = (1_u16..200).map(|n| (n.into(), n * 37 % 97 + 1)).collect();
        let slots = [slot(vec![way(100, &weights)])];
        let ranked = || {
            Ranking {
                slots: &slots,
                entries: 100,
                tagged: None,
                titles: false,
            }
            .run()
        };
        let (mut all, mut pages) = (ranked(), Vec::new());
        let all = all.best(usize::MAX).to_vec();
        assert!(all.is_sorted_by_key(|it| Reverse(*it)) && all.len() == 199);
        let mut rest = ranked();
        while rest.count() > 0 {
            pages.extend_from_slice(rest.best(30));
            rest.leave_behind(pages[pages.len() - 1]);
        }
        assert_eq!(pages, all);
        assert_eq!(ranked().best(0), []);
    }

    #[test]
    fn of_what_answers_to_a_word_the_best_counts_and_words_add_up() {
        let harbour = slot(vec![
            way(100, &[(1, 300), (2, 600)]),
            way(50, &[(1, 900), (3, 900)]),
        ]);
        let ships = slot(vec![way(100, &[(1, 700), (3, 10)])]);
        assert_eq!(found(std::slice::from_ref(&harbour), false), [2, 3, 1]);
        // Few have both: what has one is found as well, behind them.
        assert_eq!(found(&[harbour.clone(), ships.clone()], false), [1, 3, 2]);
        let many: Vec<(u32, u16)> = (10..15).map(|it| (it, 500)).collect();
        let [harbours, fleets] = [&harbour, &ships].map(|it| {
            let ways = it.ways.iter().cloned().chain([way(100, &many)]);
            slot(ways.collect())
        });
        let both = found(&[harbours, fleets], false);
        assert_eq!(both, [1, 14, 13, 12, 11, 10, 3]);
        assert_eq!(found(&[harbour.clone(), ships], true), [1]);
        // What nothing has does not count; and one of two is enough where nothing has both.
        assert_eq!(
            found(&[harbour.clone(), slot(Vec::new())], false),
            [2, 3, 1]
        );
        let apart = slot(vec![way(100, &[(7, 500), (8, 500)])]);
        assert_eq!(found(&[harbour, apart], false).len(), 5);
        assert_eq!(found(&[], false), Vec::<u32>::new());
    }
}
