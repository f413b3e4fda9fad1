//! What is there of a measure at an instant, added to and taken from, so that it need not be made anew
//! at the next one.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::measured::{Making, Share, Sums, values};
use super::proof::Outcome;
use super::record::{Record, Value};
use super::rules::{Aggregate, MeasureRule, Rules};
use super::whom::{Turns, Whom, turned};

/// What is there.
pub(super) enum Tally<'s, 'r> {
    /// Of numbers and sums nothing but those is kept.
    Sums(Sums<'s>),
    /// Of what is counted once, the groups of records.
    Groups(Groups<'s, 'r>),
    /// Whatever else is made anew of all that is there.
    All(BTreeMap<usize, (&'r Record, &'s Share<'r>)>),
}

/// Records of the same values, and of the same stretch of the calendar where that is asked for.
#[derive(Default)]
pub(super) struct Groups<'s, 'r> {
    /// What is counted once.
    values: Vec<Vec<&'r Value>>,
    /// The group of each record; none for what says none of the values.
    of: Vec<Option<usize>>,
    each: Vec<Group<'s>>,
    /// By value, how many of its groups are enough.
    enough: Vec<usize>,
    /// How many values have such a group.
    count: usize,
    /// Groups that came to something else since it was asked what they come to.
    touched: Vec<usize>,
}

struct Group<'s> {
    value: usize,
    sums: Sums<'s>,
    is_enough: bool,
}

impl<'s, 'r> Tally<'s, 'r> {
    /// Of these records, of which none is there yet.
    pub(super) fn new(rules: &Rules, rule: &MeasureRule, all: &[(&'r Record, Share<'r>)]) -> Self {
        let in_groups = rule.having.is_some() || rule.at_most_each.is_some();
        let by_sums = rule.having.as_ref().is_none_or(|it| match it.aggregate {
            Aggregate::Count | Aggregate::Sum(_) => true,
            Aggregate::Distinct(_)
            | Aggregate::Average(_)
            | Aggregate::Median(_)
            | Aggregate::Largest(_)
            | Aggregate::Smallest(_)
            | Aggregate::Latest(_) => false,
        });
        match &rule.aggregate {
            _ if rule.latest_per.is_some() => Self::All(BTreeMap::new()),
            Aggregate::Count | Aggregate::Sum(_) | Aggregate::Average(_) if !in_groups => {
                Self::Sums(Sums::default())
            }
            Aggregate::Distinct(fields) if by_sums && rule.at_most_each.is_none() => {
                Self::Groups(Groups::new(rules, rule, fields, all))
            }
            Aggregate::Count
            | Aggregate::Sum(_)
            | Aggregate::Average(_)
            | Aggregate::Distinct(_)
            | Aggregate::Median(_)
            | Aggregate::Largest(_)
            | Aggregate::Smallest(_)
            | Aggregate::Latest(_) => Self::All(BTreeMap::new()),
        }
    }

    /// A record, told by its place among all of them, comes or goes.
    pub(super) fn turn(&mut self, comes: bool, index: usize, record: &'s (&'r Record, Share<'r>)) {
        let (record, share) = record;
        match self {
            Self::Sums(sums) => sums.turn(comes, share),
            Self::Groups(groups) => {
                if let Some(group) = groups.of[index] {
                    groups.each[group].sums.turn(comes, share);
                    groups.touched.push(group);
                }
            }
            Self::All(all) if comes => {
                all.insert(index, (*record, share));
            }
            Self::All(all) => {
                all.remove(&index);
            }
        }
    }

    /// From now on amounts are worth something else.
    pub(super) fn forget(&mut self) {
        if let Self::Groups(groups) = self {
            groups.touched = (0..groups.each.len()).collect();
        }
    }

    pub(super) fn outcome(&mut self, making: &Making<'_>) -> Outcome {
        match self {
            Self::Sums(sums) => sums.outcome(making),
            Self::Groups(groups) => {
                groups.settle(making, |_, _| {});
                Outcome::Value(groups.count.into())
            }
            Self::All(all) => making.outcome(all.values().copied().collect()),
        }
    }

    /// Those who come to be counted, and who are not counted any more, where each is counted once; `whom` is
    /// who was before.
    pub(super) fn turns(&mut self, making: &Making<'_>, whom: &mut Whom<'r>) -> Turns<'r> {
        let Aggregate::Distinct(fields) = &making.rule.aggregate else {
            return Turns::new();
        };
        match self {
            Self::Sums(_) => Turns::new(),
            Self::Groups(groups) => {
                let mut turns = Turns::new();
                groups.settle(making, |values, comes| turns.push((values.to_vec(), comes)));
                turns
            }
            Self::All(all) => {
                let mut kept: Vec<_> = all.values().copied().collect();
                making.keep_groups(&mut kept);
                let now = kept.iter().filter_map(|(record, _)| values(record, fields));
                turned(whom, now.collect())
            }
        }
    }
}

impl<'r> Groups<'_, 'r> {
    fn new(
        rules: &Rules,
        rule: &MeasureRule,
        fields: &[usize],
        all: &[(&'r Record, Share<'r>)],
    ) -> Self {
        let calendar = &rules.calendar;
        let per = rule.having.as_ref().and_then(|it| it.per);
        let (mut known, mut places) = (HashMap::new(), HashMap::new());
        let mut groups = Self::default();
        for (record, _) in all {
            let group = values(record, fields).map(|values| {
                let next = known.len();
                let value = *known.entry(values).or_insert(next);
                let stretch = per.map(|unit| calendar.start_of(unit, calendar.day(record.from)));
                let next = places.len();
                let place = *places.entry((value, stretch)).or_insert(next);
                if place == next {
                    groups.each.push(Group {
                        value,
                        sums: Sums::default(),
                        is_enough: false,
                    });
                }
                place
            });
            groups.of.push(group);
        }
        groups.enough = vec![0; known.len()];
        groups.values = vec![Vec::new(); known.len()];
        for (values, place) in known {
            groups.values[place] = values;
        }
        groups
    }

    /// Finds out anew which groups are enough, and tells values that come to have one, and that do not
    /// have one any more.
    fn settle(&mut self, making: &Making<'_>, mut turns: impl FnMut(&[&'r Value], bool)) {
        for group in self.touched.drain(..) {
            let group = &mut self.each[group];
            let is_enough = making.is_enough(&group.sums);
            if is_enough == group.is_enough {
                continue;
            }
            group.is_enough = is_enough;
            let enough = &mut self.enough[group.value];
            let others = if is_enough { *enough } else { *enough - 1 };
            *enough = others + usize::from(is_enough);
            if others > 0 {
                continue;
            }
            turns(&self.values[group.value], is_enough);
            if is_enough {
                self.count += 1;
            } else {
                self.count -= 1;
            }
        }
    }
}
