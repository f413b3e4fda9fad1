//! What every measure comes to at each of some instants, without taking it anew for each.
//!
//! Windows only move forward from one day to the next, so a record comes once and goes once. Between
//! two such days a measure stays what it is, and on such a day only what came or went is added or
//! taken away. Looking at a year day by day costs about as much as looking at it once.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::ops;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use foldhash::HashMap;

use super::measured::{Making, Measuring, Share, is_too_late, share, until};
use super::proof::{MetricProof, Outcome, Reason};
use super::record::{Record, SOURCES};
use super::rules::{MeasureRule, Need, Way};
use super::sight::{CURRENCY, Known};
use super::span::{Range, Window};
use super::tally::Tally;
use super::whom::{Turns, Whom, turned};

/// From which instant on, told by its place, something is what it is.
pub(super) type Steps<T> = Vec<(usize, T)>;

/// Measures over instants.
pub(super) struct Timeline<'a> {
    pub(super) known: Known<'a>,
    /// In their order, and at the same time of their local days.
    pub(super) instants: Vec<DateTime<Utc>>,
    measures: Vec<OnceCell<Steps<Rc<MetricProof>>>>,
    /// What is made of other metrics, as it was made last, and of what.
    made: Vec<RefCell<Option<Made>>>,
    windows: RefCell<Vec<(Window, Rc<[Range]>)>>,
    /// By where the requirements of days lie, which stay there as long as the rules do.
    pub(super) held: RefCell<HashMap<*const Need, Rc<Steps<bool>>>>,
}

/// What a metric was made of, and what it was.
type Made = (Found, Rc<MetricProof>);

/// Metrics as they were found, and how often the partner was told to be something else.
pub(super) struct Found {
    pub(super) classified: usize,
    pub(super) metrics: Vec<Rc<MetricProof>>,
}

impl Found {
    /// Whether nothing of it was made anew.
    pub(super) fn is(&self, other: &Self) -> bool {
        let each = self.metrics.iter().zip(&other.metrics);
        self.classified == other.classified && each.into_iter().all(|(one, it)| Rc::ptr_eq(one, it))
    }
}

/// What holds at a place.
pub(super) fn at<T>(steps: &Steps<T>, place: usize) -> Option<&T> {
    let behind = steps.partition_point(|(from, _)| *from <= place);
    let step = steps.get(behind.checked_sub(1)?)?;
    Some(&step.1)
}

impl<'a> Timeline<'a> {
    pub(super) fn new(known: Known<'a>, instants: Vec<DateTime<Utc>>) -> Self {
        Self {
            known,
            instants,
            measures: vec![OnceCell::new(); known.rules.metrics.len()],
            made: known
                .rules
                .metrics
                .iter()
                .map(|_| RefCell::default())
                .collect(),
            windows: RefCell::default(),
            held: RefCell::default(),
        }
    }

    /// What a measure is, and what is made of whom measures count, step by step.
    pub(super) fn measured(&self, metric: usize) -> &Steps<Rc<MetricProof>> {
        self.measures[metric].get_or_init(|| {
            let rule = &self.known.rules.metrics[metric];
            let outcomes = match &rule.way {
                Way::Measure(measure) => self.outcomes(measure),
                Way::Seats(seats) => self.seats(metric, seats),
                Way::Counted(counted) => self.counted(metric, counted),
                Way::Formula(_)
                | Way::Points(_)
                | Way::Steps(_)
                | Way::Best(_)
                | Way::BestOf(..)
                | Way::Least(_)
                | Way::Total(_)
                | Way::Mean(_)
                | Way::Cases(_)
                | Way::Bands(..)
                | Way::Earlier(..)
                | Way::Value(_)
                | Way::NotApplicable(_) => return Vec::new(),
            };
            let mut steps: Steps<Rc<MetricProof>> = Vec::new();
            for (place, outcome) in outcomes {
                let mut proof = MetricProof::of(outcome);
                proof.settle(rule.otherwise.as_ref());
                if steps.last().is_none_or(|(_, last)| **last != proof) {
                    steps.push((place, Rc::new(proof)));
                }
            }
            steps
        })
    }

    /// A metric that is made of others: it is made anew where they are.
    pub(super) fn made(
        &self,
        metric: usize,
        of: Found,
        anew: impl FnOnce() -> MetricProof,
    ) -> Rc<MetricProof> {
        let last = self.made[metric].take();
        let proof = match last {
            Some((was, proof)) if was.is(&of) => proof,
            Some((_, proof)) => {
                let anew = anew();
                // What it comes to again is the same, for whatever is made of it.
                if *proof == anew { proof } else { Rc::new(anew) }
            }
            None => Rc::new(anew()),
        };
        self.made[metric].replace(Some((of, Rc::clone(&proof))));
        proof
    }

    /// The places at which something can be otherwise than before that is made of these metrics.
    pub(super) fn turns(&self, metrics: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut turns = BTreeSet::new();
        for metric in metrics {
            if matches!(self.known.rules.metrics[*metric].way, Way::Earlier(..)) {
                // What was earlier turns on days of its own.
                turns.extend(0..self.instants.len());
            } else {
                // What is made of other metrics turns where they do, and has no steps here.
                turns.extend(self.measured(*metric).iter().map(|(place, _)| *place));
            }
        }
        let told = self.known.records.classified();
        turns.extend(told.map(|at| self.place(at)));
        turns.insert(0);
        turns.retain(|place| *place < self.instants.len());
        turns
    }

    /// The place of the first instant that is not before one.
    fn place(&self, at: DateTime<Utc>) -> usize {
        self.instants.partition_point(|it| *it < at)
    }

    fn outcomes(&self, rule: &'a MeasureRule) -> Steps<Outcome> {
        let walked = self.walk(rule, |tally, making| match making {
            Ok(making) => tally.outcome(making),
            Err(reason) => Outcome::Undefined(reason.clone()),
        });
        walked.unwrap_or_else(|| self.one_by_one(|it, own| it.measure(rule, own).outcome))
    }

    /// Those who come to be counted by a measure that counts each once, and who are not counted any more.
    pub(super) fn whom(&self, metric: usize) -> Steps<Turns<'a>> {
        let Some(rule) = self.known.rules.metrics[metric].way.measure() else {
            return Vec::new();
        };
        let mut whom = Whom::default();
        let walked = self.walk(rule, |tally, making| match making {
            Ok(making) => tally.turns(making, &mut whom),
            // Nobody asks whom it counts while it counts nothing.
            Err(_) => Turns::new(),
        });
        walked.unwrap_or_else(|| self.one_by_one(|it, own| turned(&mut whom, it.values(rule, own))))
    }

    /// What is told of what is there, wherever something comes or goes; nothing where windows do not move
    /// forward alone.
    fn walk<T>(
        &self,
        rule: &'a MeasureRule,
        mut tell: impl FnMut(&mut Tally<'_, 'a>, &Result<Making<'_>, Reason>) -> T,
    ) -> Option<Steps<T>> {
        let ranges = self.ranges_of(rule)?;
        let Known { rules, records, .. } = self.known;
        let mut shares: Vec<(&'a Record, Share<'a>)> = Vec::new();
        let mut moves: Vec<(usize, bool, usize)> = Vec::new();
        for record in self.within(rule, &ranges) {
            let there = self.there(rule, &ranges, record);
            if there.is_empty() || !rule.picks.fit(record, self.known.profile) {
                continue;
            }
            let Ok(share) = share(self.known, rule, record) else {
                continue;
            };
            let index = shares.len();
            shares.push((record, share));
            for there in self.counting(rule, record, there) {
                moves.push((there.start, true, index));
                moves.push((there.end, false, index));
            }
        }
        // What goes at an instant goes before something comes.
        moves.sort_unstable();
        let mut places: BTreeSet<usize> = moves.iter().map(|(place, ..)| *place).collect();
        if rule
            .currency
            .as_ref()
            .is_some_and(|it| it.currency.is_none())
        {
            places.extend(records.classified().map(|at| self.place(at)));
        }
        places.insert(0);
        let mut tally = Tally::new(rules, rule, &shares);
        let mut moves = moves.into_iter().peekable();
        let mut steps = Vec::new();
        let mut making: Option<(Option<&str>, Result<Making<'_>, Reason>)> = None;
        for place in places.range(..self.instants.len()) {
            while let Some((_, comes, index)) = moves.next_if(|(at, ..)| at <= place) {
                tally.turn(comes, index, &shares[index]);
            }
            let own = self.known.attribute(CURRENCY, self.instants[*place]);
            let same = making.take_if(|(of, _)| *of == own);
            let made = if let Some((_, same)) = same {
                same
            } else {
                tally.forget();
                Making::new(rules, rule, own)
            };
            steps.push((*place, tell(&mut tally, &made)));
            making = Some((own, made));
        }
        Some(steps)
    }

    /// The records that can be there at all. What happens before the first window, or after the last, is
    /// not looked at.
    fn within(&self, rule: &MeasureRule, ranges: &[Option<Rc<[Range]>>; 3]) -> &'a [Record] {
        let all = self.known.records.of(rule.source);
        let during = ranges[0].as_deref().unwrap_or_default();
        match (during.first(), during.last()) {
            (Some(first), Some(last)) if !SOURCES[rule.source].lasts => {
                let from = all.partition_point(|it| it.from < first.from);
                let to = all.partition_point(|it| it.from < last.to);
                &all[from.min(to)..to]
            }
            (Some(_) | None, _) => all,
        }
    }

    /// Where windows do not move forward alone, as where the clock is put forward at midnight on a day
    /// that a shorter month does not have.
    fn one_by_one<T>(&self, mut tell: impl FnMut(&Measuring<'a>, Option<&str>) -> T) -> Steps<T> {
        let each = self.instants.iter().enumerate();
        each.map(|(place, as_of)| {
            let measuring = Measuring {
                known: self.known,
                as_of: *as_of,
                thorough: false,
            };
            let own = self.known.attribute(CURRENCY, *as_of);
            (place, tell(&measuring, own))
        })
        .collect()
    }

    /// The windows of a measure at each instant: `during`, `started` and `ended`.
    fn ranges_of(&self, rule: &MeasureRule) -> Option<[Option<Rc<[Range]>>; 3]> {
        let ranges = [&rule.during, &rule.started, &rule.ended]
            .map(|window| window.as_ref().map(|it| self.ranges(it)));
        let forward = ranges.iter().flatten().all(|ranges| {
            ranges.is_sorted_by_key(|it| it.from) && ranges.is_sorted_by_key(|it| it.to)
        });
        forward.then_some(ranges)
    }

    fn ranges(&self, window: &Window) -> Rc<[Range]> {
        let mut windows = self.windows.borrow_mut();
        if let Some((_, ranges)) = windows.iter().find(|(it, _)| it == window) {
            return Rc::clone(ranges);
        }
        let calendar = &self.known.rules.calendar;
        let each = self.instants.iter();
        let ranges: Rc<[Range]> = each.map(|at| calendar.range(window, *at)).collect();
        windows.push((window.clone(), Rc::clone(&ranges)));
        ranges
    }

    /// The places at which a record is there: what [`Measuring`] asks at one of them, asked of all.
    fn there(
        &self,
        rule: &MeasureRule,
        ranges: &[Option<Rc<[Range]>>; 3],
        record: &Record,
    ) -> ops::Range<usize> {
        let [during, started, ended] = ranges;
        let until = until(self.known, rule, record);
        let mut there = self.place(record.from)..self.instants.len();
        let mut from = |place: usize| there.start = there.start.max(place);
        let starts = |ranges: &[Range], at| ranges.partition_point(|it| it.to <= at);
        let ends = |ranges: &[Range], at| ranges.partition_point(|it| it.from <= at);
        let mut end = self.instants.len();
        let lasts = SOURCES[rule.source].lasts;
        match (during, ended, lasts) {
            (Some(ranges), _, true) => {
                from(starts(ranges, record.from));
                from(ranges.partition_point(|it| it.from >= it.to));
                if let Some(until) = until {
                    end = end.min(ranges.partition_point(|it| it.from < until));
                }
            }
            (None, Some(_), true) => {}
            (Some(_) | None, _, _) => {
                if let Some(ranges) = during {
                    from(starts(ranges, record.from));
                    end = end.min(ends(ranges, record.from));
                }
                if let Some(until) = until {
                    end = end.min(self.place(until));
                }
            }
        }
        if record.renews && started.is_some() || record.renewed && ended.is_some() {
            return 0..0;
        }
        if let Some(ranges) = started {
            from(starts(ranges, record.from));
            end = end.min(ends(ranges, record.from));
        }
        if let Some(ranges) = ended {
            let Some(until) = until else { return 0..0 };
            from(starts(ranges, until));
            end = end.min(ends(ranges, until));
        }
        there.end = end;
        there
    }

    /// The same without the days on which what is provisional does not count.
    fn counting(
        &self,
        rule: &MeasureRule,
        record: &Record,
        there: ops::Range<usize>,
    ) -> Vec<ops::Range<usize>> {
        if !record.provisional || rule.provisional_until_day.is_none() {
            return vec![there];
        }
        let late = |place: &usize| is_too_late(self.known.rules, rule, self.instants[*place]);
        let mut counts: Vec<ops::Range<usize>> = Vec::new();
        for place in there.filter(|place| !late(place)) {
            match counts.last_mut() {
                Some(last) if last.end == place => last.end += 1,
                Some(_) | None => counts.push(place..place + 1),
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};
    use uuid::Uuid;

    use super::*;
    use crate::program::days::Scene;
    use crate::program::evaluate::Profile;
    use crate::program::record::{Fact, Records};
    use crate::program::rules::Rules;
    use crate::program::sight::Sight;

    /// Each way to make a measure, over each kind of window.
    const DOCUMENT: &str = r"
slug: all-ways
name: All ways
locale: en
zone: America/Sao_Paulo
yearStart: 04-01
exchange: {currency: EUR, rates: {USD: 1/2}}
metrics:
  all: {measure: {of: deals}}
  trailing: {measure: {of: deals, sum: amount, currency: EUR, during: {trailing: 3 months}}}
  own: {measure: {of: deals, sum: amount, currency: partner, during: {trailing: 40 days, back: 1 month}}, otherwise: 7}
  weighed: {measure: {of: deals, sum: amount, currency: EUR, during: {calendar: quarter, last: 1},
    weights: [[{where: {motion: SOURCED}, times: 15/7}, {times: 1/3}]]}}
  most: {measure: {of: deals, atMostEach: {field: customer, amount: 2}, during: {calendar: month, last: 2, current: true}}}
  average: {measure: {of: deals, average: amount, currency: EUR, during: {calendar: year}}}
  median: {measure: {of: deals, median: amount, currency: EUR, during: {trailing: 1 month}}}
  largest: {measure: {of: deals, largest: amount, currency: EUR, during: {calendar: half, back: 1 quarter}}}
  latest: {measure: {of: deals, latest: amount, currency: EUR, countsFor: 1 month}}
  pairs: {measure: {of: deals, distinct: [customer, motion], during: {trailing: 2 months}}}
  both: {measure: {of: deals, distinct: customer, during: {trailing: 1 year}, having: {distinct: motion, atLeast: 2}}}
  last: {measure: {of: deals, distinct: customer, currency: EUR, during: {trailing: 1 year}, having: {latest: amount, atLeast: 20}}}
  groups: {measure: {of: deals, distinct: customer, currency: EUR, during: {trailing: 6 months},
    having: {sum: amount, per: month, atLeast: 60}}}
  buyers: {measure: {of: deals, distinct: customer, during: {from: 2024-03-01, to: 2024-09-30}}}
  fresh: {measure: {of: deals, provisionalUntilDay: 9, during: {trailing: 2 months}}}
  customers: {measure: {of: customers, distinct: customer}}
  served: {measure: {of: customers, distinct: customer, during: {trailing: 1 month}}}
  won: {measure: {of: customers, started: {trailing: 6 months, back: 1 month}}}
  lost: {measure: {of: customers, ended: {calendar: quarter, last: 1, current: true}}}
  freshest: {measure: {of: deals, sum: amount, currency: EUR, latestPer: customer, during: {trailing: 5 months}}}
  weeks: {measure: {of: deals, during: {calendar: week, last: 3}}}
  came: {measure: {of: customers, during: {calendar: month, last: 1}, started: {trailing: 1 year}, ended: {from: 2024-02-01}}}
  brief: {measure: {of: customers, countsFor: 1 month}}
  stay: {measure: {of: customers, stillFor: 1 month}}
  longer: {measure: {of: customers, countsFor: 3 months, stillFor: 20 days, during: {trailing: 1 month}}}
  owned: {measure: {of: deals, distinct: customer, currency: partner, during: {trailing: 5 months},
    having: {sum: amount, atLeast: 20}}}
  repeated: {measure: {of: deals, distinct: customer, latestPer: customer, during: {trailing: 4 months}, where: {motion: SOURCED}}}
  seats: {seats: [{of: customers, count: 1}, {of: served, count: 2}, {of: both, count: 2}]}
  anew: {measure: {of: deals, sum: amount, currency: EUR, sinceTier: t, during: {trailing: 9 months}}}
  any: {counted: {byAny: [both, groups, served], byNone: [repeated]}}
  each: {counted: {byEach: [customers, last], byNone: [buyers]}}
  mixed: {counted: {byAny: [owned, buyers], byEach: [both]}, otherwise: 9}
tracks:
  - key: t
    name: T
    tiers:
      - {key: a, name: A, requires: [{metric: all, atLeast: 1}]}
";

    fn facts() -> impl Strategy<Value = Vec<Fact>> {
        let one = (0_u8..10, 0_i64..24_000, 0_u32..6, 1_u32..40, 0_i64..9_000);
        prop::collection::vec(one, 0..70).prop_map(|told| {
            let each = told.into_iter().zip(1_u128..);
            each.map(|((kind, hours, who, amount, lasts), n)| {
                let start: DateTime<Utc> = "2023-06-01T03:00:00Z".parse().unwrap();
                let occurred_at = start + TimeDelta::hours(hours);
                let customer = format!("c{who}");
                let (kind, detail): (_, Json) = match kind {
                    0..=3 => (
                        "deal.won",
                        json!({ "deal": format!("d{n}"), "customer": customer, "amount": amount.to_string(),
                            "currency": (["EUR", "USD", "XXX"][n as usize % 3]), "provisional": who == 3,
                            "motion": (["SOURCED", "ASSISTED"][n as usize % 2]) }),
                    ),
                    4 | 5 if lasts < 3_000 => (
                        "customer.acquired",
                        json!({ "customer": customer,
                            "validUntil": (occurred_at + TimeDelta::hours(lasts)).to_rfc3339() }),
                    ),
                    4 | 5 => ("customer.acquired", json!({ "customer": customer })),
                    6 => ("customer.lost", json!({ "customer": customer })),
                    8 | 9 => (
                        (["tier.advanced", "tier.overridden"][n as usize % 2]),
                        json!({ "program": (["all-ways", "others"][usize::from(who == 5)]),
                            "track": (["t", "u"][usize::from(who == 4)]), "tier": (["a", "b"][n as usize % 2]) }),
                    ),
                    _ => (
                        "partner.classified",
                        json!({ "attribute": "currency", "value": (["EUR", "USD", "XXX"][who as usize % 3]) }),
                    ),
                };
                let id = Uuid::from_u128(n);
                Fact {
                    id,
                    kind: kind.to_owned(),
                    person: None,
                    subject: id,
                    detail,
                    occurred_at,
                    recorded_at: occurred_at,
                    corrects: None,
                }
            })
            .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// What is added day by day is what is measured anew on each of them.
        #[test]
        fn what_comes_and_goes_is_what_is_there(facts in facts(), from in 0_i64..700, ends in any::<bool>()) {
            let rules = Rules::from_yaml(DOCUMENT).unwrap();
            let now = "2030-01-01T00:00:00Z".parse().unwrap();
            let records = Records::known(&facts, now, rules.sources());
            let profile = Profile::new();
            let known = Known { rules: &rules, records: &records, profile: &profile };
            let start: chrono::NaiveDate = "2023-07-01".parse().unwrap();
            let days = (start + TimeDelta::days(from)).iter_days().take(400);
            let at = |day| if ends { rules.end_of(day) } else { rules.calendar.midnight(day) };
            let timeline = Timeline::new(known, days.map(at).collect());
            let scene = Scene::new(known, now, now);
            for (metric, rule) in rules.metrics.iter().enumerate() {
                let Some(measure) = rule.way.measure() else {
                    for (place, as_of) in timeline.instants.iter().enumerate() {
                        let anew = Sight::new(&scene, *as_of, false).metric(metric);
                        let found = super::at(timeline.measured(metric), place);
                        prop_assert_eq!(found, Some(&anew), "{} on {}", &rules.names[metric], as_of);
                    }
                    continue;
                };
                prop_assert!(timeline.ranges_of(measure).is_some());
                let steps = timeline.outcomes(measure);
                for (place, outcome) in timeline.one_by_one(|it, own| it.measure(measure, own).outcome) {
                    let found = super::at(&steps, place);
                    prop_assert_eq!(found, Some(&outcome), "{} on {}", &rules.names[metric], timeline.instants[place]);
                }
            }
        }
    }
}
