//! Whom measures count: seats that are to be filled each by somebody else, and those whom several
//! measures count.

use std::cell::Ref;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};

use super::proof::Outcome;
use super::record::Value;
use super::rules::{CountedRule, SeatsRule};
use super::sight::{CURRENCY, Sight};
use super::timeline::{Steps, Timeline, at};

/// A number for each of those who are counted.
type Who = u32;

/// Whom a measure counts.
pub(super) type Whom<'a> = HashSet<Vec<&'a Value>>;

/// Who comes to be counted by a measure, and who is not counted any more.
pub(super) type Turns<'a> = Vec<(Vec<&'a Value>, bool)>;

/// Counts these from now on, and tells who comes by it and who goes.
pub(super) fn turned<'a>(whom: &mut Whom<'a>, now: Whom<'a>) -> Turns<'a> {
    let come = now.difference(whom).map(|it| (it.clone(), true));
    let go = whom.difference(&now).map(|it| (it.clone(), false));
    let turns = come.chain(go).collect();
    *whom = now;
    turns
}

/// Whom each of some measures counts.
#[derive(Default)]
pub(super) struct Crowd<'a> {
    known: HashMap<Vec<&'a Value>, Who>,
    of: BTreeMap<usize, BTreeSet<Who>>,
}

impl<'a> Crowd<'a> {
    fn who(&mut self, values: Vec<&'a Value>) -> Who {
        // No partner has four thousand million of them.
        let next = Who::try_from(self.known.len()).unwrap_or(Who::MAX);
        *self.known.entry(values).or_insert(next)
    }

    fn turn(&mut self, metric: usize, who: Who, comes: bool) {
        let of = self.of.entry(metric).or_default();
        if comes {
            of.insert(who);
        } else {
            of.remove(&who);
        }
    }

    fn of(&self, metric: usize) -> impl Iterator<Item = Who> {
        self.of.get(&metric).into_iter().flatten().copied()
    }

    fn has(&self, metric: usize, who: Who) -> bool {
        self.of.get(&metric).is_some_and(|of| of.contains(&who))
    }
}

impl CountedRule {
    /// Whether somebody is counted as is asked, whatever one of the measures says.
    fn means(&self, crowd: &Crowd<'_>, who: Who, whatever: Option<usize>) -> bool {
        let is_in = |metric: &usize| crowd.has(*metric, who);
        let says = |metric: &usize| Some(*metric) == whatever || is_in(metric);
        (self.any.is_empty() || self.any.iter().any(says))
            && self.each.iter().all(says)
            && !self.none.iter().any(is_in)
    }

    /// How many are.
    fn count(&self, crowd: &Crowd<'_>, whatever: Option<usize>) -> usize {
        let all = (0..).take(crowd.known.len());
        all.filter(|who| self.means(crowd, *who, whatever)).count()
    }

    /// Whether anything is asked beside what one of the measures says.
    fn asks_beside(&self, metric: usize) -> bool {
        let any = !self.any.is_empty() && !self.any.contains(&metric);
        any || self.each.iter().any(|it| *it != metric)
    }
}

impl Timeline<'_> {
    /// How many seats can be filled, each with somebody else, step by step.
    pub(super) fn seats(&self, metric: usize, seats: &SeatsRule) -> Steps<Outcome> {
        self.of_whom(metric, |crowd, turns| {
            for (metric, who, comes) in turns {
                crowd.turn(*metric, *who, *comes);
            }
            filled(seats, |metric| crowd.of(metric))
        })
    }

    /// How many are counted by any of some measures, by each of others and by none of the rest, step by
    /// step.
    pub(super) fn counted(&self, metric: usize, rule: &CountedRule) -> Steps<Outcome> {
        let mut count = 0;
        self.of_whom(metric, |crowd, turns| {
            for (metric, who, comes) in turns {
                count -= usize::from(rule.means(crowd, *who, None));
                crowd.turn(*metric, *who, *comes);
                count += usize::from(rule.means(crowd, *who, None));
            }
            count
        })
    }

    /// What is made of whom the parts of a metric count, wherever that changes.
    fn of_whom(
        &self,
        metric: usize,
        mut made: impl FnMut(&mut Crowd<'_>, &[(usize, Who, bool)]) -> usize,
    ) -> Steps<Outcome> {
        let parts = &self.known.rules.parts[metric];
        let mut crowd = Crowd::default();
        let mut turns: BTreeMap<usize, Vec<(usize, Who, bool)>> = BTreeMap::new();
        for part in parts {
            for (place, _) in self.measured(*part) {
                turns.entry(*place).or_default();
            }
            for (place, who) in self.whom(*part) {
                let who = who
                    .into_iter()
                    .map(|(who, comes)| (*part, crowd.who(who), comes));
                turns.entry(place).or_default().extend(who);
            }
        }
        let steps = turns.into_iter().map(|(place, turns)| {
            let count = made(&mut crowd, &turns);
            let lacks = parts.iter().find_map(|part| {
                let proof = at(self.measured(*part), place)?;
                proof.number(|| self.known.rules.names[*part].clone()).err()
            });
            (place, lacks.unwrap_or_else(|| Outcome::Value(count.into())))
        });
        steps.collect()
    }
}

impl<'a> Sight<'a> {
    /// How many seats can be filled, each with somebody else.
    pub(super) fn seats(&self, seats: &SeatsRule) -> Outcome {
        let metrics: Vec<usize> = seats.lines.iter().map(|(metric, _)| *metric).collect();
        let crowd = match self.crowd(&metrics) {
            Ok(crowd) => crowd,
            Err(outcome) => return outcome,
        };
        // Of those who are supposed to come nobody sits elsewhere.
        let strangers = (0..=Who::MAX).rev();
        let whom = |metric| {
            crowd
                .of(metric)
                .chain(strangers.clone().take(self.more(metric)))
        };
        Outcome::Value(filled(seats, whom).into())
    }

    /// How many are counted by any of some measures, by each of others and by none of the rest.
    pub(super) fn counted(&self, rule: &CountedRule) -> Outcome {
        let metrics = [&rule.any, &rule.each, &rule.none].map(Vec::as_slice);
        let crowd = match self.crowd(&metrics.concat()) {
            Ok(crowd) => crowd,
            Err(outcome) => return outcome,
        };
        let count = rule.count(&crowd, None);
        let grows = |metric: &usize| rule.any.contains(metric) || rule.each.contains(metric);
        let supposed = self.supposed.filter(|(metric, _)| grows(metric));
        // Those who come are at best the ones that lack nothing else; and anybody, where nothing else is
        // asked for.
        let more = supposed.map_or(0, |(metric, more)| {
            if rule.asks_beside(metric) {
                more.min(rule.count(&crowd, Some(metric)) - count)
            } else {
                more
            }
        });
        Outcome::Value((count + more).into())
    }

    /// How many more a measure is supposed to count.
    fn more(&self, metric: usize) -> usize {
        let supposed = self.supposed.filter(|(of, _)| *of == metric);
        supposed.map_or(0, |(_, more)| more)
    }

    /// Whom measures count, or why one of them counts nobody.
    fn crowd(&self, metrics: &[usize]) -> Result<Ref<'_, Crowd<'a>>, Outcome> {
        for metric in metrics {
            self.number(*metric)?;
            let measure = self.known.rules.metrics[*metric].way.measure();
            let mut crowd = self.crowd.borrow_mut();
            if let Some(measure) = measure
                && !crowd.of.contains_key(metric)
            {
                let values = self
                    .measuring(self.as_of)
                    .values(measure, self.attribute(CURRENCY));
                let whom = values.into_iter().map(|values| crowd.who(values)).collect();
                crowd.of.insert(*metric, whom);
            }
        }
        Ok(self.crowd.borrow())
    }
}

/// How many seats can be filled at once, where nobody sits on two of one line, nor on more lines than one
/// may.
fn filled<All: Iterator<Item = Who>>(rule: &SeatsRule, whom: impl Fn(usize) -> All) -> usize {
    // Where there are as many as seats in all, one of them is left for each, whoever sits elsewhere.
    let all: usize = rule.lines.iter().map(|(_, count)| count).sum();
    let lines = rule.lines.iter().map(|(metric, _)| whom(*metric).take(all));
    let mut seating = Seating {
        candidates: lines.map(Iterator::collect).collect(),
        sits: BTreeMap::new(),
        each: rule.each,
    };
    let lines = rule.lines.iter().enumerate();
    let seats = lines.flat_map(|(line, (_, count))| std::iter::repeat_n(line, *count));
    let filled = seats.filter(|line| seating.seat(*line, &mut BTreeSet::new()));
    filled.count()
}

/// Who sits where.
struct Seating {
    /// Of each line who may sit there.
    candidates: Vec<Vec<Who>>,
    /// The lines on which somebody sits.
    sits: BTreeMap<Who, BTreeSet<usize>>,
    /// On how many one may.
    each: usize,
}

impl Seating {
    /// Whether one more seat of a line can be filled: by somebody who may sit on one more, or who makes
    /// room elsewhere because somebody else can sit there. Nobody is asked twice.
    fn seat(&mut self, line: usize, asked: &mut BTreeSet<Who>) -> bool {
        for place in 0..self.candidates[line].len() {
            let who = self.candidates[line][place];
            let sits = self.sits.get(&who);
            if sits.is_some_and(|it| it.contains(&line)) || !asked.insert(who) {
                continue;
            }
            let elsewhere: Vec<usize> = sits.into_iter().flatten().copied().collect();
            let left = if elsewhere.len() < self.each {
                None
            } else {
                let left = elsewhere.into_iter().find(|other| self.seat(*other, asked));
                if left.is_none() {
                    continue;
                }
                left
            };
            let sits = self.sits.entry(who).or_default();
            if let Some(left) = left {
                sits.remove(&left);
            }
            sits.insert(line);
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// As many are filled as the narrowest cut between lines and people lets through.
        #[test]
        fn as_many_seats_are_filled_as_can_be(
            counts in prop::collection::vec(0_usize..3, 1..5),
            may in prop::collection::vec(prop::collection::vec(any::<bool>(), 4), 0..6),
            each in 1_usize..4,
        ) {
            let people = |line: usize| {
                let all = (0..).zip(&may);
                all.filter(move |(_, lines)| lines[line]).map(|(who, _): (Who, _)| who)
            };
            let rule = SeatsRule { lines: counts.iter().copied().enumerate().collect(), each };
            let cuts = 0_usize..1 << counts.len();
            let widths = cuts.map(|cut| {
                let is_in = |line: &usize| cut >> line & 1 == 1;
                let lines = counts.iter().enumerate().filter(|(line, _)| !is_in(line));
                let of_people = may.iter().map(|lines| {
                    let through = (0..counts.len()).filter(|line| lines[*line] && is_in(line));
                    through.count().min(each)
                });
                lines.map(|(_, count)| count).sum::<usize>() + of_people.sum::<usize>()
            });
            prop_assert_eq!(Some(filled(&rule, people)), widths.min());
        }
    }
}
