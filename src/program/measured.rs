//! Measures, taken: which records are meant at an instant, and what they come to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::number::Number;
use super::proof::{Evidence, LeftOut, MetricProof, NAMED, Outcome, Reason, Why};
use super::record::{Record, Records, Value};
use super::rules::{Aggregate, MeasureRule, Rules};
use super::span::Range;
use crate::digest;
use crate::fact::Amount;

/// Amounts of records, to be added: for each weight and rate exactly.
struct Taken<'a> {
    records: Vec<(&'a Record, Share)>,
    left_out: Vec<LeftOut>,
}

/// What a record brings: so much, times what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Share {
    amount: Amount,
    /// Which of the factors, as their places; a factor is told once for all.
    times: Vec<usize>,
    /// In which currency it was told.
    currency: Option<String>,
}

type Meant<'a> = (Taken<'a>, Option<Range>, Option<Number>);

pub(super) struct Measuring<'a> {
    pub(super) rules: &'a Rules,
    pub(super) records: &'a Records,
    pub(super) as_of: DateTime<Utc>,
    /// Whether facts are named, too.
    pub(super) thorough: bool,
}

impl Measuring<'_> {
    pub(super) fn measure(&self, rule: &MeasureRule, own: Option<&str>) -> MetricProof {
        let (taken, range, rate) = match self.meant(rule, own) {
            Ok(meant) => meant,
            Err(reason) => return MetricProof::of(Outcome::Undefined(reason)),
        };
        let outcome = self.outcome(rule, rate.as_ref(), &taken);
        let mut proof = MetricProof::of(outcome);
        proof.provisional = taken.records.iter().any(|(record, _)| record.provisional);
        if self.thorough {
            proof.window = range;
            proof.evidence = Some(evidence(
                taken.records.iter().map(|(record, _)| record.fact),
            ));
            let unreadable = self.records.unreadable(rule.source).iter();
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

    /// The different values that are counted.
    pub(super) fn values(&self, rule: &MeasureRule, own: Option<&str>) -> BTreeSet<Value> {
        let Aggregate::Distinct(field) = rule.aggregate else {
            return BTreeSet::new();
        };
        let Ok((taken, ..)) = self.meant(rule, own) else {
            return BTreeSet::new();
        };
        let records = taken.records.into_iter();
        let values = records.filter_map(|(record, _)| record.fields[field].clone());
        values.collect()
    }

    /// The records that count, over which time, and what one of their currency is worth.
    fn meant(&self, rule: &MeasureRule, own: Option<&str>) -> Result<Meant<'_>, Reason> {
        let rate = self.target(rule, own)?;
        let range = rule.during.as_ref();
        let range = range.map(|it| self.rules.calendar.range(it, self.as_of));
        let mut taken = self.taken(rule, range);
        if let Some(having) = &rule.having {
            self.keep_groups(rule, having, rate.as_ref(), &mut taken);
        }
        Ok((taken, range, rate))
    }

    /// What one of the currency that amounts are told in is worth, where they are told in one.
    fn target(&self, rule: &MeasureRule, own: Option<&str>) -> Result<Option<Number>, Reason> {
        let Some(currency) = &rule.currency else {
            return Ok(None);
        };
        let name = match &currency.currency {
            Some(name) => name,
            None => own.ok_or(Reason::NoCurrency)?,
        };
        self.rules
            .exchange
            .get(name)
            .cloned()
            .map(Some)
            .ok_or(Reason::NoCurrency)
    }

    /// The records that are meant.
    fn taken(&self, rule: &MeasureRule, range: Option<Range>) -> Taken<'_> {
        let all = self.records.of(rule.source);
        let all = &all[..all.partition_point(|record| record.from <= self.as_of)];
        let calendar = &self.rules.calendar;
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
        let started = rule
            .started
            .as_ref()
            .map(|it| calendar.range(it, self.as_of));
        let ended = rule.ended.as_ref().map(|it| calendar.range(it, self.as_of));
        let day = calendar.day(self.as_of).day();
        let too_late = rule.provisional_until_day.is_some_and(|until| day > until);
        let mut taken = Taken {
            records: Vec::new(),
            left_out: Vec::new(),
        };
        for record in all {
            let until = match rule.counts_for {
                Some(span) => {
                    let end = calendar.after(record.from, span);
                    Some(record.until.map_or(end, |until| until.min(end)))
                }
                None => record.until,
            };
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
                && started.is_none_or(|range| range.holds(record.from))
                && ended.is_none_or(|range| until.is_some_and(|until| range.holds(until)))
                && !(record.provisional && too_late)
                && rule.picks.fit(record)
            {
                self.take(rule, record, &mut taken);
            }
        }
        taken
    }

    fn take<'a>(&self, rule: &MeasureRule, record: &'a Record, taken: &mut Taken<'a>) {
        let out = |taken: &mut Taken<'_>, why| {
            taken.left_out.push(LeftOut {
                fact: record.fact,
                why,
            });
        };
        let having = rule.having.as_ref().and_then(|it| it.sum);
        let mut amount = Amount::from(1);
        if let Some(field) = rule.aggregate.amount().or(having) {
            let Some(Value::Amount(told)) = &record.fields[field] else {
                return out(taken, Why::NoNumber);
            };
            amount = *told;
        }
        let mut currency = None;
        if let Some(owned) = &rule.currency {
            let Some(Value::Text(name)) = &record.fields[owned.field] else {
                return out(taken, Why::NoCurrency);
            };
            if !self.rules.exchange.contains_key(name) {
                return out(taken, Why::UnknownCurrency(name.clone()));
            }
            currency = Some(name.clone());
        }
        let times = rule.weights.iter().map(|cases| {
            let fits = cases.iter().position(|(picks, _)| picks.fit(record));
            fits.unwrap_or(usize::MAX)
        });
        let share = Share {
            amount,
            times: times.collect(),
            currency,
        };
        taken.records.push((record, share));
    }

    /// The sum of amounts, exactly: whole millionths for each factor, then the factors.
    fn sum<'a>(
        &self,
        rule: &MeasureRule,
        rate: Option<&Number>,
        amounts: impl Iterator<Item = &'a Share>,
    ) -> Number {
        let mut sums: BTreeMap<(&[usize], Option<&str>), i128> = BTreeMap::new();
        for amount in amounts {
            let key = (amount.times.as_slice(), amount.currency.as_deref());
            // A number has at most 24 digits, and i128 takes 10^14 of them.
            let sum = sums.entry(key).or_default();
            *sum = sum.saturating_add(amount.amount.millionths());
        }
        let mut total = Number::zero();
        for ((times, currency), millionths) in sums {
            let mut part = Number::ratio(millionths, 1_000_000).unwrap_or_else(Number::zero);
            for (cases, place) in rule.weights.iter().zip(times) {
                if let Some((_, factor)) = cases.get(*place) {
                    part = &part * factor;
                }
            }
            if let (Some(currency), Some(rate)) = (currency, rate) {
                let worth = self.rules.exchange.get(currency);
                let worth = worth.and_then(|worth| worth.divided_by(rate));
                part = &part * &worth.unwrap_or_else(Number::zero);
            }
            total = &total + &part;
        }
        total
    }

    /// Leaves only the records of values that amount to enough.
    fn keep_groups(
        &self,
        rule: &MeasureRule,
        having: &super::rules::HavingRule,
        rate: Option<&Number>,
        taken: &mut Taken<'_>,
    ) {
        let Aggregate::Distinct(field) = rule.aggregate else {
            return;
        };
        let mut groups: HashMap<(Option<&Value>, Option<NaiveDate>), Vec<&Share>> = HashMap::new();
        for (record, amount) in &taken.records {
            let calendar = &self.rules.calendar;
            let stretch = having
                .per
                .map(|unit| calendar.start_of(unit, calendar.day(record.from)));
            let group = groups
                .entry((record.fields[field].as_ref(), stretch))
                .or_default();
            group.push(amount);
        }
        let enough: BTreeSet<Option<Value>> = groups
            .into_iter()
            .filter(|(_, amounts)| self.sum(rule, rate, amounts.iter().copied()) >= having.at_least)
            .map(|((value, _), _)| value.cloned())
            .collect();
        taken
            .records
            .retain(|(record, _)| enough.contains(&record.fields[field]));
    }

    fn outcome(&self, rule: &MeasureRule, rate: Option<&Number>, taken: &Taken<'_>) -> Outcome {
        let amounts = || taken.records.iter().map(|(_, amount)| amount);
        let each = || amounts().map(|amount| self.sum(rule, rate, std::iter::once(amount)));
        let number = match rule.aggregate {
            Aggregate::Distinct(field) => {
                let values = taken
                    .records
                    .iter()
                    .filter_map(|(record, _)| record.fields[field].as_ref());
                Some(Number::from(values.collect::<BTreeSet<_>>().len()))
            }
            Aggregate::Count | Aggregate::Sum(_) => Some(match &rule.at_most_each {
                None => self.sum(rule, rate, amounts()),
                Some((field, most)) => {
                    let mut groups: BTreeMap<Option<&Value>, Vec<&Share>> = BTreeMap::new();
                    for (record, amount) in &taken.records {
                        let group = groups.entry(record.fields[*field].as_ref()).or_default();
                        group.push(amount);
                    }
                    let sums = groups
                        .into_values()
                        .map(|group| self.sum(rule, rate, group.into_iter()));
                    sums.fold(Number::zero(), |total, sum| &total + &sum.min(most.clone()))
                }
            }),
            Aggregate::Average(_) => {
                let all = Number::from(taken.records.len());
                self.sum(rule, rate, amounts()).divided_by(&all)
            }
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
        };
        number.map_or(Outcome::Undefined(Reason::NothingMeasured), Outcome::Value)
    }
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
