//! Whom measures count: seats that are to be filled each by somebody else, and those whom several
//! measures count.

use std::collections::{BTreeMap, BTreeSet};

use super::proof::Outcome;
use super::record::Value;
use super::rules::CountedRule;
use super::sight::{CURRENCY, Sight};

/// Different values of fields, such as people.
type Whom = BTreeSet<Vec<Value>>;

impl Sight<'_> {
    /// How many seats can be filled, each with somebody else.
    pub(super) fn seats(&self, seats: &[(usize, usize)]) -> Outcome {
        let all: usize = seats.iter().map(|(_, count)| count).sum();
        let mut candidates = Vec::new();
        for (metric, count) in seats {
            let mut whom = match self.whom(*metric) {
                Ok(whom) => whom,
                Err(outcome) => return outcome,
            };
            // Of those who are supposed to come nobody sits elsewhere, and more than there are seats would
            // have none.
            let more = self.more(&[*metric]).min(all);
            whom.extend((0..more).map(|n| vec![Value::Text(format!("\0{n}"))]));
            candidates.extend(std::iter::repeat_n(whom, *count));
        }
        Outcome::Value(filled(&candidates).into())
    }

    /// How many are counted by any of some measures, by each of others and by none of the rest.
    pub(super) fn counted(&self, rule: &CountedRule) -> Outcome {
        let sets = |of: &[usize]| -> Result<Vec<Whom>, Outcome> {
            of.iter().map(|metric| self.whom(*metric)).collect()
        };
        let (any, each, none) = match (sets(&rule.any), sets(&rule.each), sets(&rule.none)) {
            (Ok(any), Ok(each), Ok(none)) => (any, each, none),
            (Err(outcome), ..) | (_, Err(outcome), _) | (.., Err(outcome)) => return outcome,
        };
        // Each set that one has to be in, and the measures by more of which it would grow.
        let any: Whom = any.into_iter().flatten().collect();
        let mut required: Vec<(&Whom, &[usize])> = each.iter().zip(rule.each.chunks(1)).collect();
        if !rule.any.is_empty() {
            required.push((&any, &rule.any));
        }
        let meant = |sets: &[(&Whom, &[usize])]| {
            let (first, others) = sets.split_first()?;
            let all = first.0.iter().filter(|it| {
                let is_in = |of: &&(&Whom, &[usize])| of.0.contains(*it);
                others.iter().all(|of| is_in(&of)) && !none.iter().any(|of| of.contains(*it))
            });
            Some(all.count())
        };
        let mut count = meant(&required).unwrap_or_default();
        if let Some(place) = required.iter().position(|(_, of)| self.more(of) > 0) {
            // Those who come are at best the ones that lack nothing else; and anybody, where nothing else
            // is asked for.
            let more = self.more(required[place].1);
            required.remove(place);
            count += meant(&required).map_or(more, |most| more.min(most - count));
        }
        Outcome::Value(count.into())
    }

    /// How many more one of these measures is supposed to count.
    fn more(&self, of: &[usize]) -> usize {
        let supposed = self.supposed.filter(|(metric, _)| of.contains(metric));
        supposed.map_or(0, |(_, more)| more)
    }

    /// Whom a measure counts, or why it counts nobody.
    fn whom(&self, metric: usize) -> Result<Whom, Outcome> {
        self.number(metric)?;
        let measure = self.known.rules.metrics[metric].way.measure();
        let whom = measure.map(|measure| {
            let own = self.attribute(CURRENCY);
            self.measuring(self.as_of).values(measure, own)
        });
        Ok(whom.unwrap_or_default())
    }
}

/// How many seats can be filled at once, where nobody sits on two of them.
fn filled(candidates: &[Whom]) -> usize {
    let mut sits: BTreeMap<&Vec<Value>, usize> = BTreeMap::new();
    let seats = 0..candidates.len();
    let filled = seats.filter(|seat| seated(*seat, candidates, &mut sits, &mut BTreeSet::new()));
    filled.count()
}

/// Whether a seat can be filled: by somebody who sits nowhere, or whose seat another one can take.
fn seated<'a>(
    seat: usize,
    candidates: &'a [Whom],
    sits: &mut BTreeMap<&'a Vec<Value>, usize>,
    asked: &mut BTreeSet<&'a Vec<Value>>,
) -> bool {
    for value in &candidates[seat] {
        if !asked.insert(value) {
            continue;
        }
        let elsewhere = sits.get(value).copied();
        if elsewhere.is_none_or(|other| seated(other, candidates, sits, asked)) {
            sits.insert(value, seat);
            return true;
        }
    }
    false
}
