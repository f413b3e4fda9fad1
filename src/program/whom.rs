//! Whom measures count: seats that are to be filled each by somebody else, and those whom several
//! measures count.

use std::cell::Ref;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};

use super::proof::Outcome;
use super::record::Value;
use super::rules::CountedRule;
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
    pub(super) fn seats(&self, metric: usize, seats: &[(usize, usize)]) -> Steps<Outcome> {
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
    pub(super) fn seats(&self, seats: &[(usize, usize)]) -> Outcome {
        let metrics: Vec<usize> = seats.iter().map(|(metric, _)| *metric).collect();
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

/// How many seats of measures can be filled at once, where nobody sits on two of them.
fn filled<All: Iterator<Item = Who>>(
    seats: &[(usize, usize)],
    whom: impl Fn(usize) -> All,
) -> usize {
    // Where there are as many as seats in all, one of them is left for each, whoever sits elsewhere.
    let all: usize = seats.iter().map(|(_, count)| count).sum();
    let candidates: Vec<Vec<Who>> = seats
        .iter()
        .flat_map(|(metric, count)| {
            let whom: Vec<Who> = whom(*metric).take(all).collect();
            std::iter::repeat_n(whom, *count)
        })
        .collect();
    let mut sits = BTreeMap::new();
    let seats = 0..candidates.len();
    let filled = seats.filter(|seat| seated(*seat, &candidates, &mut sits, &mut BTreeSet::new()));
    filled.count()
}

/// Whether a seat can be filled: by somebody who sits nowhere, or whose seat another one can take.
fn seated(
    seat: usize,
    candidates: &[Vec<Who>],
    sits: &mut BTreeMap<Who, usize>,
    asked: &mut BTreeSet<Who>,
) -> bool {
    for who in &candidates[seat] {
        if !asked.insert(*who) {
            continue;
        }
        let elsewhere = sits.get(who).copied();
        if elsewhere.is_none_or(|other| seated(other, candidates, sits, asked)) {
            sits.insert(*who, seat);
            return true;
        }
    }
    false
}
