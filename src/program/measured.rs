//! Measures, taken: which records are meant at an instant, and what they come to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Utc};
use foldhash::{HashMap, HashMapExt, HashSet};
use uuid::Uuid;

use super::number::Number;
use super::proof::{Evidence, LeftOut, MetricProof, NAMED, Outcome, Reason, Why};
use super::record::{self, Record, Records, STANDINGS, Value};
use super::rules::{Aggregate, HavingRule, MeasureRule, OwnTrack, Rules};
use super::sight::Known;
use super::span::Window;
use crate::digest;
use crate::fact::Amount;

/// The records that count, in the order of when they began, and facts that could not be taken.
struct Taken<'a> {
    records: Vec<(&'a Record, Share<'a>)>,
    left_out: Vec<LeftOut>,
}

/// What a record brings: so much, times what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Share<'r> {
    amount: Amount,
    /// Which of the factors, as their places; a factor is told once for all.
    times: Vec<usize>,
    /// In which currency it was told.
    currency: Option<&'r str>,
}

/// Which of the factors, and the currency.
type Told<'a> = (&'a [usize], Option<&'a str>);

/// The sum of amounts, exactly: whole millionths for each factor, then the factors.
#[derive(Default)]
pub(super) struct Sums<'a> {
    /// By their keys, of which there is one nearly always.
    of: Vec<(Told<'a>, i128)>,
    count: usize,
}

impl<'a> Sums<'a> {
    fn of(shares: impl Iterator<Item = &'a Share<'a>>) -> Self {
        let mut sums = Self::default();
        for share in shares {
            sums.add(share);
        }
        sums
    }

    fn add(&mut self, share: &'a Share<'_>) {
        self.turn(true, share);
    }

    /// A share comes or goes.
    pub(super) fn turn(&mut self, comes: bool, share: &'a Share<'_>) {
        // A number has at most 24 digits, and i128 takes 10^14 of them.
        let mut amount = share.amount.millionths();
        if comes {
            self.count += 1;
        } else {
            self.count -= 1;
            amount = -amount;
        }
        let sum = self.sum(share);
        *sum = sum.saturating_add(amount);
    }

    fn sum(&mut self, share: &'a Share<'_>) -> &mut i128 {
        let told = (share.times.as_slice(), share.currency);
        let found = self.of.binary_search_by(|(it, _)| it.cmp(&told));
        let place = found.unwrap_or_else(|place| {
            self.of.insert(place, (told, 0));
            place
        });
        &mut self.of[place].1
    }

    fn total(&self, making: &Making<'_>) -> Number {
        let mut total = Number::zero();
        for ((times, currency), millionths) in &self.of {
            let mut part = Number::ratio(*millionths, 1_000_000).unwrap_or_else(Number::zero);
            for (cases, place) in making.rule.weights.iter().zip(*times) {
                if let Some((_, factor)) = cases.get(*place) {
                    part = &part * factor;
                }
            }
            if let Some(worth) = currency.and_then(|it| making.worth.get(it)) {
                part = &part * worth;
            }
            total = &total + &part;
        }
        total
    }

    /// Whether it comes to so much. Of hundreds of groups that are told in one currency only whole
    /// millionths are compared.
    fn reaches(&self, making: &Making<'_>, having: &HavingRule) -> bool {
        match self.of.as_slice() {
            [((times, currency), sum)]
                if times.is_empty() && currency.is_none_or(|it| !making.worth.contains_key(it)) =>
            {
                *sum >= having.millionths
            }
            _ => self.total(making) >= having.at_least,
        }
    }

    /// What a number of records, a sum or a mean comes to.
    pub(super) fn outcome(&self, making: &Making<'_>) -> Outcome {
        told(match making.rule.aggregate {
            Aggregate::Average(_) => self.mean(making),
            Aggregate::Count
            | Aggregate::Sum(_)
            | Aggregate::Distinct(_)
            | Aggregate::Median(_)
            | Aggregate::Largest(_)
            | Aggregate::Smallest(_)
            | Aggregate::Latest(_) => Some(self.total(making)),
        })
    }

    fn mean(&self, making: &Making<'_>) -> Option<Number> {
        self.total(making).divided_by(&Number::from(self.count))
    }
}

fn told(number: Option<Number>) -> Outcome {
    number.map_or(Outcome::Undefined(Reason::NothingMeasured), Outcome::Value)
}

/// How a measure is made of records.
pub(super) struct Making<'a> {
    rules: &'a Rules,
    pub(super) rule: &'a MeasureRule,
    /// What one of another currency is worth in the one that amounts are told in.
    worth: HashMap<&'a str, Number>,
}

impl<'a> Making<'a> {
    /// For a partner of that own currency.
    pub(super) fn new(
        rules: &'a Rules,
        rule: &'a MeasureRule,
        own: Option<&str>,
    ) -> Result<Self, Reason> {
        let mut worth = HashMap::new();
        if let Some(currency) = rule.currency.as_ref().filter(|it| it.tells) {
            let own = currency.currency.as_deref().or(own);
            let rate = own.and_then(|own| rules.exchange.get(own));
            let rate = rate.ok_or(Reason::NoCurrency)?;
            for (other, of_other) in &rules.exchange {
                if of_other != rate {
                    // No rate is nothing.
                    let in_it = of_other.divided_by(rate).unwrap_or_else(Number::zero);
                    worth.insert(other.as_str(), in_it);
                }
            }
        }
        Ok(Self { rules, rule, worth })
    }

    /// Leaves only the latest record of each value, and of those the ones of values that amount to
    /// enough.
    pub(super) fn keep_groups(&self, records: &mut Vec<(&Record, &Share<'_>)>) {
        if let Some(fields) = &self.rule.latest_per {
            let latest: HashMap<_, _> = records
                .iter()
                .map(|(record, _)| (values(record, fields), record.fact))
                .collect();
            records.retain(|(record, _)| latest[&values(record, fields)] == record.fact);
        }
        let (Some(having), Aggregate::Distinct(fields)) = (&self.rule.having, &self.rule.aggregate)
        else {
            return;
        };
        let calendar = &self.rules.calendar;
        let mut groups: HashMap<_, Vec<(&Record, &Share<'_>)>> = HashMap::new();
        for (record, share) in records.iter() {
            let stretch = having
                .per
                .map(|unit| calendar.start_of(unit, calendar.day(record.from)));
            let group = groups.entry((values(record, fields), stretch)).or_default();
            group.push((record, share));
        }
        let enough: HashSet<_> = groups
            .into_iter()
            .filter(|(_, group)| match having.aggregate {
                Aggregate::Count | Aggregate::Sum(_) => {
                    self.is_enough(&Sums::of(group.iter().map(|(_, share)| *share)))
                }
                Aggregate::Distinct(_)
                | Aggregate::Average(_)
                | Aggregate::Median(_)
                | Aggregate::Largest(_)
                | Aggregate::Smallest(_)
                | Aggregate::Latest(_) => {
                    let number = self.made(&having.aggregate, group);
                    number.is_some_and(|it| it >= having.at_least)
                }
            })
            .map(|((values, _), _)| values)
            .collect();
        records.retain(|(record, _)| enough.contains(&values(record, fields)));
    }

    /// Whether a group of which nothing but sums is asked amounts to enough; to anything at all where
    /// nothing is asked.
    pub(super) fn is_enough(&self, sums: &Sums<'_>) -> bool {
        let having = self.rule.having.as_ref();
        sums.count > 0 && having.is_none_or(|it| sums.reaches(self, it))
    }

    /// What records come to, in the order of when they began.
    pub(super) fn outcome(&self, mut records: Vec<(&Record, &Share<'_>)>) -> Outcome {
        self.keep_groups(&mut records);
        self.of_kept(&records)
    }

    fn of_kept(&self, records: &[(&Record, &Share<'_>)]) -> Outcome {
        let Some((field, most)) = &self.rule.at_most_each else {
            return told(self.made(&self.rule.aggregate, records));
        };
        let mut groups: BTreeMap<Option<&Value>, Sums<'_>> = BTreeMap::new();
        for (record, share) in records {
            let group = groups.entry(record.fields[*field].as_ref()).or_default();
            group.add(share);
        }
        let sums = groups.values().map(|group| group.total(self));
        Outcome::Value(sums.fold(Number::zero(), |total, sum| &total + &sum.min(most.clone())))
    }

    fn made(&self, aggregate: &Aggregate, records: &[(&Record, &Share<'_>)]) -> Option<Number> {
        let shares = || records.iter().map(|(_, share)| *share);
        let each = || shares().map(|share| Sums::of(std::iter::once(share)).total(self));
        match aggregate {
            Aggregate::Distinct(fields) => {
                let values = records
                    .iter()
                    .filter_map(|(record, _)| values(record, fields));
                Some(Number::from(values.collect::<HashSet<_>>().len()))
            }
            Aggregate::Count | Aggregate::Sum(_) => Some(Sums::of(shares()).total(self)),
            Aggregate::Average(_) => Sums::of(shares()).mean(self),
            Aggregate::Median(_) => {
                let mut all: Vec<_> = each().collect();
                all.sort();
                let (low, high) = (all.len().checked_sub(1).map(|it| it / 2), all.len() / 2);
                let half = Number::from(2_i64);
                low.and_then(|low| (&all[low] + &all[high]).divided_by(&half))
            }
            Aggregate::Largest(_) => each().max(),
            Aggregate::Smallest(_) => each().min(),
            Aggregate::Latest(_) => each().next_back(),
        }
    }
}

/// What those fields say together; nothing where one of them says nothing.
pub(super) fn values<'r>(record: &'r Record, fields: &[usize]) -> Option<Vec<&'r Value>> {
    fields
        .iter()
        .map(|it| record.fields[*it].as_ref())
        .collect()
}

/// What a record brings to a measure, or why it brings nothing.
pub(super) fn share<'r>(
    known: Known<'_>,
    rule: &MeasureRule,
    record: &'r Record,
) -> Result<Share<'r>, Why> {
    let having = rule.having.as_ref().and_then(|it| it.aggregate.amount());
    let mut amount = Amount::from(1);
    if let Some(field) = rule.aggregate.amount().or(having) {
        let Some(Value::Amount(told)) = &record.fields[field] else {
            return Err(Why::NoNumber);
        };
        amount = *told;
    }
    let mut currency = None;
    if let Some(owned) = &rule.currency {
        let Some(Value::Text(name)) = &record.fields[owned.field] else {
            return Err(Why::NoCurrency);
        };
        if !known.rules.exchange.contains_key(name) {
            return Err(Why::UnknownCurrency(name.clone()));
        }
        currency = owned.tells.then_some(name.as_str());
    }
    let times = rule.weights.iter().map(|cases| {
        let fits = cases
            .iter()
            .position(|(picks, _)| picks.fit(record, known.profile));
        fits.unwrap_or(usize::MAX)
    });
    Ok(Share {
        amount,
        times: times.collect(),
        currency,
    })
}

/// When a record ends for a measure.
pub(super) fn until(
    known: Known<'_>,
    rule: &MeasureRule,
    record: &Record,
) -> Option<DateTime<Utc>> {
    let calendar = &known.rules.calendar;
    let counts = rule
        .counts_for
        .map(|span| calendar.after(record.from, span));
    let anew = rule.since_tier.as_ref();
    let anew = anew.and_then(|track| next_tier(known.records, track, record.from));
    let end = [record.until, counts, anew].into_iter().flatten().min();
    match rule.still_for {
        Some(span) => end.map(|end| calendar.before(end, span)),
        None => end,
    }
}

/// When the partner came to another tier of a track after an instant.
fn next_tier(records: &Records, of: &OwnTrack, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let standings = record::source(STANDINGS).map(|it| records.of(it));
    let on_it = standings.into_iter().flatten().filter_map(|it| {
        let [program, track, tier] = it.fields.as_slice() else {
            return None;
        };
        let is_meant = program.as_ref() == Some(&of.program) && track.as_ref() == Some(&of.track);
        is_meant.then_some((it.from, tier))
    });
    let mut before = &None;
    for (from, tier) in on_it {
        // It may be given by people on whom it stands already.
        if from > after && tier != before {
            return Some(from);
        }
        before = tier;
    }
    None
}

/// Measures, taken at one instant.
pub(super) struct Measuring<'a> {
    pub(super) known: Known<'a>,
    pub(super) as_of: DateTime<Utc>,
    /// Whether facts are named, too.
    pub(super) thorough: bool,
}

impl<'a> Measuring<'a> {
    pub(super) fn measure(&self, rule: &MeasureRule, own: Option<&str>) -> MetricProof {
        let making = match Making::new(self.known.rules, rule, own) {
            Ok(making) => making,
            Err(reason) => return MetricProof::of(Outcome::Undefined(reason)),
        };
        let taken = self.taken(rule);
        let mut kept: Vec<_> = taken
            .records
            .iter()
            .map(|(it, share)| (*it, share))
            .collect();
        making.keep_groups(&mut kept);
        let mut proof = MetricProof::of(making.of_kept(&kept));
        proof.provisional = kept.iter().any(|(record, _)| record.provisional);
        if self.thorough {
            let during = rule.during.as_ref();
            proof.window = during.map(|it| self.known.rules.calendar.range(it, self.as_of));
            proof.evidence = Some(evidence(kept.iter().map(|(record, _)| record.fact)));
            let unreadable = self.known.records.unreadable(rule.source).iter();
            let unreadable = unreadable.map(|it| LeftOut {
                fact: it.fact,
                why: Why::Unreadable(it.why.clone()),
            });
            proof.left_out = taken
                .left_out
                .into_iter()
                .chain(unreadable)
                .take(NAMED)
                .collect();
        }
        proof
    }

    /// The facts that count.
    pub(super) fn facts(&self, rule: &MeasureRule, own: Option<&str>) -> BTreeSet<Uuid> {
        self.counted(rule, own, |record| Some(record.fact))
    }

    /// The values that are counted once.
    pub(super) fn values(&self, rule: &MeasureRule, own: Option<&str>) -> HashSet<Vec<&'a Value>> {
        let Aggregate::Distinct(fields) = &rule.aggregate else {
            return HashSet::default();
        };
        self.counted(rule, own, |record| values(record, fields))
    }

    fn counted<T, All: Default + FromIterator<T>>(
        &self,
        rule: &MeasureRule,
        own: Option<&str>,
        what: impl Fn(&'a Record) -> Option<T>,
    ) -> All {
        let Ok(making) = Making::new(self.known.rules, rule, own) else {
            return All::default();
        };
        let taken = self.taken(rule);
        let mut kept = taken
            .records
            .iter()
            .map(|(it, share)| (*it, share))
            .collect();
        making.keep_groups(&mut kept);
        kept.into_iter()
            .filter_map(|(record, _)| what(record))
            .collect()
    }

    /// The records that are meant.
    fn taken(&self, rule: &MeasureRule) -> Taken<'a> {
        let calendar = &self.known.rules.calendar;
        let range_of = |window: &Option<Window>| {
            let window = window.as_ref();
            window.map(|it| calendar.range(it, self.as_of))
        };
        let (range, started, ended) = (
            range_of(&rule.during),
            range_of(&rule.started),
            range_of(&rule.ended),
        );
        let all = self.known.records.of(rule.source);
        let all = &all[..all.partition_point(|record| record.from <= self.as_of)];
        let lasts = super::record::SOURCES[rule.source].lasts;
        let all = match range {
            // In the order of when they began: what begins before the window is not looked at.
            Some(range) if !lasts => {
                let end = all.partition_point(|record| record.from < range.to);
                &all[all
                    .partition_point(|record| record.from < range.from)
                    .min(end)..end]
            }
            Some(_) | None => all,
        };
        let too_late = is_too_late(self.known.rules, rule, self.as_of);
        let mut taken = Taken {
            records: Vec::new(),
            left_out: Vec::new(),
        };
        for record in all {
            let until = until(self.known, rule, record);
            let is_there = if lasts {
                match (range, ended) {
                    (Some(range), _) => range.meets(record.from, until),
                    (None, Some(_)) => true,
                    (None, None) => until.is_none_or(|until| until > self.as_of),
                }
            } else {
                until.is_none_or(|until| until > self.as_of)
            };
            if is_there
                && started.is_none_or(|range| !record.renews && range.holds(record.from))
                && ended.is_none_or(|range| {
                    !record.renewed && until.is_some_and(|until| range.holds(until))
                })
                && !(record.provisional && too_late)
                && rule.picks.fit(record, self.known.profile)
            {
                match share(self.known, rule, record) {
                    Ok(share) => taken.records.push((record, share)),
                    Err(why) => taken.left_out.push(LeftOut {
                        fact: record.fact,
                        why,
                    }),
                }
            }
        }
        taken
    }
}

/// Whether what is provisional does not count any more in that month.
pub(super) fn is_too_late(rules: &Rules, rule: &MeasureRule, as_of: DateTime<Utc>) -> bool {
    let day = rules.calendar.day(as_of).day();
    rule.provisional_until_day.is_some_and(|until| day > until)
}

/// Facts, each once, as a proof names them.
fn evidence(facts: impl Iterator<Item = Uuid>) -> Evidence {
    let facts: BTreeSet<Uuid> = facts.collect();
    let mut keys = Vec::with_capacity(facts.len() * 16);
    for fact in &facts {
        keys.extend(fact.as_bytes());
    }
    Evidence {
        count: facts.len(),
        facts: facts.iter().take(NAMED).copied().collect(),
        digest: digest::hex(&digest::bytes(&keys)),
    }
}
