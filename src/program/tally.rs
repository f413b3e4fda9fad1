//! What is there of a measure at an instant, added to and taken from, so that it need not be made anew
//! at the next one.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::measured::{Making, Share, Sums, values};
use super::proof::Outcome;
use super::record::Record;
use super::rules::{Aggregate, MeasureRule, Rules};

/// What is there.
pub(super) enum Tally<'a> {
    /// Of numbers and sums nothing but those is kept.
    Sums(Sums<'a>),
    /// Of what is counted once, the groups of records.
    Groups(Groups<'a>),
    /// Whatever else is made anew of all that is there.
    All(BTreeMap<usize, (&'a Record, &'a Share<'a>)>),
}

/// Records of the same values, and of the same stretch of the calendar where that is asked for.
#[derive(Default)]
pub(super) struct Groups<'a> {
    /// The group of each record; none for what says none of the values.
    of: Vec<Option<usize>>,
    each: Vec<Group<'a>>,
    /// By value, how many of its groups are enough.
    enough: Vec<usize>,
    /// How many values have such a group.
    count: usize,
    /// Groups that came to something else since it was asked what they come to.
    touched: Vec<usize>,
}

struct Group<'a> {
    value: usize,
    sums: Sums<'a>,
    is_enough: bool,
}

impl<'a> Tally<'a> {
    /// Of these records, of which none is there yet.
    pub(super) fn new(rules: &Rules, rule: &'a MeasureRule, all: &[(&Record, Share<'_>)]) -> Self {
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
    pub(super) fn turn(&mut self, comes: bool, index: usize, record: &'a (&'a Record, Share<'a>)) {
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
            Self::Groups(groups) => Outcome::Value(groups.count(making).into()),
            Self::All(all) => making.outcome(all.values().copied().collect()),
        }
    }
}

impl Groups<'_> {
    fn new(
        rules: &Rules,
        rule: &MeasureRule,
        fields: &[usize],
        all: &[(&Record, Share<'_>)],
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
        groups
    }

    /// How many values have a group that is enough.
    fn count(&mut self, making: &Making<'_>) -> usize {
        for group in self.touched.drain(..) {
            let group = &mut self.each[group];
            let is_enough = making.is_enough(&group.sums);
            if is_enough == group.is_enough {
                continue;
            }
            group.is_enough = is_enough;
            let enough = &mut self.enough[group.value];
            if is_enough {
                self.count += usize::from(*enough == 0);
                *enough += 1;
            } else {
                *enough -= 1;
                self.count -= usize::from(*enough == 0);
            }
        }
        self.count
    }
}
