//! From a document to rules: names become places, and every fault is told.

use std::collections::{BTreeSet, HashMap};

use chrono_tz::Tz;

use super::{
    Bound, Comparison, MeasureRule, MetricRule, Need, NumberOr, PointsRule, StepRule, StepsRule,
    TierRule, TrackRule, Way, What,
};
use crate::document::Faults;
use crate::program::document::{
    BenefitKind, BenefitValue, Document, Limit, Metric, Named, NumberOrName, OnDays, OneOrMany,
    Requirement, Text, Track,
};
use crate::program::formula::Formula;
use crate::program::number::Number;
use crate::program::proof::NOT_APPLICABLE;
use crate::program::span::{Calendar, MonthDay, Window};

/// The most metrics of a program.
const METRICS: usize = 300;
/// The most tracks, and the most tiers of one.
const TRACKS: usize = 50;
const TIERS: usize = 30;
/// The most requirements of a tier or a group.
const REQUIREMENTS: usize = 50;
/// The most lists, and the most names in one.
const LISTS: usize = 200;
const LIST: usize = 1000;
/// The most seats for those of one measure.
const SEATS: u32 = 200;
/// How many metrics may stand behind each other, and how deep requirements go.
const CHAIN: usize = 40;
const DEPTH: usize = 8;
/// The longest window whose days are looked at one by one.
const DAYS: u32 = 400;
/// The most days on which reviews are held in a year.
const REVIEWS: usize = 53;

pub(super) struct Understood {
    pub(super) calendar: Calendar,
    pub(super) metrics: Vec<MetricRule>,
    pub(super) tracks: Vec<TrackRule>,
    pub(super) exchange: HashMap<String, Number>,
    pub(super) sources: BTreeSet<usize>,
}

/// What can be named in a document.
pub(super) struct Names<'a> {
    document: &'a Document,
    places: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    pub(super) fn list(&self, name: &str, at: &str, faults: &mut Faults) -> &'a [String] {
        if let Some(list) = self.document.lists.get(name) {
            return list;
        }
        faults.add("UNKNOWN_NAME", format!("There is no list `{name}`."), at);
        &[]
    }

    pub(super) fn currency(&self, name: &str, at: &str, faults: &mut Faults) {
        let known = self.document.exchange.as_ref();
        let is_known = known.is_some_and(|it| it.currency == name || it.rates.contains_key(name));
        if !is_known {
            let message = format!("The table of `exchange` does not know {name}.");
            faults.add("UNKNOWN_NAME", message, at);
        }
    }

    fn metric(&self, name: &str, at: &str, faults: &mut Faults) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let near = self
            .places
            .keys()
            .map(|it| (strsim::jaro_winkler(it, name), *it));
        let near = near.max_by(|(one, _), (other, _)| one.total_cmp(other));
        let hint = near.filter(|(likeness, _)| *likeness > 0.8);
        let hint = hint.map_or_else(String::new, |(_, it)| format!(" Is `{it}` meant?"));
        faults.add(
            "UNKNOWN_NAME",
            format!("There is no metric `{name}`.{hint}"),
            at,
        );
        0
    }

    fn metrics(&self, names: &[String], at: &str, faults: &mut Faults) -> Vec<usize> {
        faults.at_most(names.len(), METRICS, at);
        faults.distinct(names.iter(), at);
        let places = names.iter().enumerate();
        places
            .map(|(n, name)| self.metric(name, &format!("{at}.{n}"), faults))
            .collect()
    }

    fn number(&self, number: &NumberOrName, at: &str, faults: &mut Faults) -> NumberOr {
        match number {
            NumberOrName::Number(number) => NumberOr::Number(number.clone()),
            NumberOrName::Name(name) if name == NOT_APPLICABLE => NumberOr::NotApplicable,
            NumberOrName::Name(name) => NumberOr::Metric(self.metric(name, at, faults)),
        }
    }

    fn bound(&self, limit: &Limit, at: &str, faults: &mut Faults) -> Bound {
        match limit {
            Limit::One(one) => Bound::One(self.number(one, at, faults)),
            Limit::By(table) => {
                faults.words(&table.by, 64, &format!("{at}.by"));
                if table.values.is_empty() {
                    faults.add(
                        "REQUIRED",
                        "Name at least one value.",
                        &format!("{at}.values"),
                    );
                }
                let values = table.values.iter().map(|(value, number)| {
                    let at = format!("{at}.values.{value}");
                    (value.clone(), self.number(number, &at, faults))
                });
                Bound::By {
                    attribute: table.by.clone(),
                    values: values.collect(),
                    otherwise: table
                        .otherwise
                        .as_ref()
                        .map(|it| self.number(it, &format!("{at}.otherwise"), faults)),
                }
            }
        }
    }

    fn needs(
        &self,
        requirements: &[Requirement],
        at: &str,
        depth: usize,
        in_days: bool,
        faults: &mut Faults,
    ) -> Vec<Need> {
        faults.at_most(requirements.len(), REQUIREMENTS, at);
        if depth > DEPTH {
            let message = format!("At most {DEPTH} deep; make a metric of a part.");
            faults.add("TOO_MANY", message, at);
            return Vec::new();
        }
        let all = requirements.iter().enumerate();
        all.filter_map(|(n, it)| self.need(it, &format!("{at}.{n}"), depth, in_days, faults))
            .collect()
    }

    fn need(
        &self,
        it: &Requirement,
        at: &str,
        depth: usize,
        in_days: bool,
        faults: &mut Faults,
    ) -> Option<Need> {
        if let Some(name) = &it.name {
            name.faults(&format!("{at}.name"), faults);
        }
        let ways = [
            it.metric.is_some(),
            !it.partner.is_empty(),
            !it.all_of.is_empty(),
            !it.any_of.is_empty(),
            it.some_of.is_some(),
            it.every_metric.is_some(),
            it.on_any_day.is_some(),
            it.on_every_day.is_some(),
        ];
        if ways.iter().filter(|it| **it).count() != 1 {
            let message = "Exactly one of metric, partner, allOf, anyOf, someOf, everyMetric, onAnyDay and onEveryDay.";
            faults.add("MISFIT", message, at);
            return None;
        }
        let deeper = depth + 1;
        let what = if let Some(metric) = &it.metric {
            self.held_against(it, metric, at, faults)?
        } else if !it.partner.is_empty() {
            What::Partner(partner(&it.partner, &format!("{at}.partner"), faults))
        } else if !it.all_of.is_empty() {
            What::All(self.needs(&it.all_of, &format!("{at}.allOf"), deeper, in_days, faults))
        } else if !it.any_of.is_empty() {
            What::Some(
                1,
                self.needs(&it.any_of, &format!("{at}.anyOf"), deeper, in_days, faults),
            )
        } else if let Some(some) = &it.some_of {
            let at = format!("{at}.someOf");
            let count = some.count as usize;
            if count == 0 || count > some.of.len() {
                let message = format!(
                    "Between 1 and {}, of which there are so many.",
                    some.of.len()
                );
                faults.add("OUT_OF_RANGE", message, &format!("{at}.count"));
            }
            What::Some(
                count,
                self.needs(&some.of, &format!("{at}.of"), deeper, in_days, faults),
            )
        } else if let Some(every) = &it.every_metric {
            let of = self.metrics(&every.of, &format!("{at}.everyMetric.of"), faults);
            What::Every {
                of,
                at_least: every.at_least.clone(),
            }
        } else if let Some(days) = &it.on_any_day {
            self.days(
                days,
                false,
                &format!("{at}.onAnyDay"),
                deeper,
                in_days,
                faults,
            )
        } else {
            let days = it.on_every_day.as_ref()?;
            self.days(
                days,
                true,
                &format!("{at}.onEveryDay"),
                deeper,
                in_days,
                faults,
            )
        };
        if it.metric.is_none()
            && [&it.at_least, &it.above, &it.at_most, &it.below]
                .iter()
                .any(|it| it.is_some())
        {
            faults.add("MISFIT", "A limit belongs to a metric.", at);
        }
        Some(Need {
            name: it.name.clone(),
            what,
        })
    }

    fn held_against(
        &self,
        it: &Requirement,
        metric: &str,
        at: &str,
        faults: &mut Faults,
    ) -> Option<What> {
        let limits = [
            (&it.at_least, Comparison::AtLeast, "atLeast"),
            (&it.above, Comparison::Above, "above"),
            (&it.at_most, Comparison::AtMost, "atMost"),
            (&it.below, Comparison::Below, "below"),
        ];
        let mut named = limits.iter().filter(|(limit, ..)| limit.is_some());
        let (Some((Some(limit), comparison, name)), None) = (named.next(), named.next()) else {
            let message = "Exactly one of atLeast, above, atMost and below.";
            faults.add("MISFIT", message, at);
            return None;
        };
        Some(What::Metric {
            metric: self.metric(metric, &format!("{at}.metric"), faults),
            comparison: *comparison,
            limit: self.bound(limit, &format!("{at}.{name}"), faults),
        })
    }

    fn days(
        &self,
        days: &OnDays,
        every: bool,
        at: &str,
        depth: usize,
        in_days: bool,
        faults: &mut Faults,
    ) -> What {
        if in_days {
            let message =
                "Tiers look at days: not what holds within days, nor the cases of a metric.";
            faults.add("MISFIT", message, at);
        }
        let within = format!("{at}.within");
        window(&days.within, &within, faults);
        let long = longest(&days.within);
        if long.is_none_or(|days| days > DAYS) {
            let message = format!("Days are looked at one by one, at most {DAYS} of them.");
            faults.add("OUT_OF_RANGE", message, &within);
        }
        if days.requires.is_empty() {
            faults.add(
                "REQUIRED",
                "Say what has to hold.",
                &format!("{at}.requires"),
            );
        }
        let requires = self.needs(
            &days.requires,
            &format!("{at}.requires"),
            depth,
            true,
            faults,
        );
        What::Days {
            within: days.within.clone(),
            every,
            requires,
        }
    }

    fn metric_rule(&self, metric: &Metric, at: &str, faults: &mut Faults) -> Option<MetricRule> {
        for (text, name) in [
            (&metric.name, "name"),
            (&metric.about, "about"),
            (&metric.unit, "unit"),
        ] {
            if let Some(text) = text {
                text.faults(&format!("{at}.{name}"), faults);
            }
        }
        let ways = [
            metric.measure.is_some(),
            metric.formula.is_some(),
            metric.points.is_some(),
            metric.steps.is_some(),
            !metric.seats.is_empty(),
            !metric.best.is_empty(),
            !metric.least.is_empty(),
            !metric.total.is_empty(),
            !metric.cases.is_empty(),
            metric.value.is_some(),
            metric.not_applicable.is_some(),
        ];
        if ways.iter().filter(|it| **it).count() != 1 {
            let message = "Exactly one of measure, formula, points, steps, seats, best, least, total, cases, value and notApplicable.";
            faults.add("MISFIT", message, at);
            return None;
        }
        let way = self.way(metric, at, faults)?;
        Some(MetricRule {
            way,
            otherwise: metric.otherwise.clone(),
        })
    }

    fn way(&self, metric: &Metric, at: &str, faults: &mut Faults) -> Option<Way> {
        Some(if let Some(measure) = &metric.measure {
            let at = format!("{at}.measure");
            Way::Measure(Box::new(MeasureRule::understood(
                measure, self, &at, faults,
            )?))
        } else if let Some(formula) = &metric.formula {
            self.formula(formula, &format!("{at}.formula"), faults)?
        } else if let Some(points) = &metric.points {
            let at = format!("{at}.points");
            let per = points.per.clone().unwrap_or_else(|| 1_i64.into());
            if !per.is_positive() {
                faults.add("OUT_OF_RANGE", "More than nothing.", &format!("{at}.per"));
            }
            Way::Points(PointsRule {
                of: self.metric(&points.of, &format!("{at}.of"), faults),
                each: points.each.clone(),
                per,
                whole: points.whole.unwrap_or_default(),
                at_most: points.at_most.clone(),
                at_least: points.at_least.clone().unwrap_or_else(Number::zero),
            })
        } else if let Some(steps) = &metric.steps {
            let at = format!("{at}.steps");
            if steps.of.is_empty() {
                faults.add("REQUIRED", "Name at least one step.", &format!("{at}.of"));
            }
            faults.at_most(steps.of.len(), REQUIREMENTS, &format!("{at}.of"));
            let of = steps.of.iter().enumerate().map(|(n, step)| StepRule {
                metric: self.metric(&step.metric, &format!("{at}.of.{n}.metric"), faults),
                needs: step.needs.clone().unwrap_or_else(Number::zero),
                each: step.each.clone(),
                at_most: step.at_most.clone(),
            });
            Way::Steps(StepsRule {
                of: of.collect(),
                at_most: steps.at_most.clone(),
            })
        } else if !metric.seats.is_empty() {
            self.seats(metric, &format!("{at}.seats"), faults)
        } else if !metric.best.is_empty() {
            Way::Best(self.metrics(&metric.best, &format!("{at}.best"), faults))
        } else if !metric.least.is_empty() {
            Way::Least(self.metrics(&metric.least, &format!("{at}.least"), faults))
        } else if !metric.total.is_empty() {
            Way::Total(self.metrics(&metric.total, &format!("{at}.total"), faults))
        } else if !metric.cases.is_empty() {
            self.cases(metric, &format!("{at}.cases"), faults)
        } else if let Some(value) = &metric.value {
            Way::Value(self.bound(value, &format!("{at}.value"), faults))
        } else {
            let why = metric.not_applicable.as_ref()?;
            why.faults(&format!("{at}.notApplicable"), faults);
            Way::NotApplicable(why.clone())
        })
    }

    fn seats(&self, metric: &Metric, at: &str, faults: &mut Faults) -> Way {
        faults.at_most(metric.seats.len(), REQUIREMENTS, at);
        let all = metric.seats.iter().enumerate().map(|(n, seats)| {
            let at = format!("{at}.{n}");
            faults.within(seats.count, 1..=SEATS, &format!("{at}.count"));
            let at = format!("{at}.of");
            let counts = self.document.metrics.get(&seats.of);
            let counts = counts.and_then(|it| it.measure.as_ref());
            if counts.is_none_or(|it| it.distinct.is_none()) {
                let message = "Seats are for those that a measure counts with `distinct`.";
                faults.add("MISFIT", message, &at);
            }
            (self.metric(&seats.of, &at, faults), seats.count as usize)
        });
        Way::Seats(all.collect())
    }

    fn formula(&self, text: &str, at: &str, faults: &mut Faults) -> Option<Way> {
        match Formula::parse(text) {
            Ok(formula) => {
                let named = formula.named(&mut |name| {
                    Ok::<_, std::convert::Infallible>(self.metric(name, at, faults))
                });
                named.ok().map(Way::Formula)
            }
            Err(misread) => {
                faults.add("INVALID_FORMULA", misread.to_string(), at);
                None
            }
        }
    }

    fn cases(&self, metric: &Metric, at: &str, faults: &mut Faults) -> Way {
        faults.at_most(metric.cases.len(), REQUIREMENTS, at);
        let last = metric.cases.len() - 1;
        let mut cases = Vec::new();
        for (n, case) in metric.cases.iter().enumerate() {
            let at = format!("{at}.{n}");
            if case.when.is_none() && n != last {
                let message = "Only the last case holds always: those behind it never would.";
                faults.add("REQUIRED", message, &format!("{at}.when"));
            }
            let when = case
                .when
                .as_ref()
                .map(|when| self.need(when, &format!("{at}.when"), 1, true, faults));
            let metric = self.metric(&case.metric, &format!("{at}.use"), faults);
            match when {
                Some(None) => {}
                Some(Some(when)) => cases.push((Some(when), metric)),
                None => cases.push((None, metric)),
            }
        }
        Way::Cases(cases)
    }

    fn track(&self, track: &Track, at: &str, faults: &mut Faults) -> TrackRule {
        faults.key(&track.key, &format!("{at}.key"));
        track.name.faults(&format!("{at}.name"), faults);
        if track.tiers.is_empty() {
            faults.add(
                "REQUIRED",
                "A track has at least one tier.",
                &format!("{at}.tiers"),
            );
        }
        faults.at_most(track.tiers.len(), TIERS, &format!("{at}.tiers"));
        faults.distinct_at(
            track.tiers.iter().map(|it| &it.key),
            &format!("{at}.tiers"),
            "key",
        );
        for (dates, name) in [
            (&track.review.promotion, "promotion"),
            (&track.review.demotion, "demotion"),
        ] {
            let at = format!("{at}.review.{name}");
            faults.at_most(dates.on.len(), REVIEWS, &at);
            faults.distinct(dates.on.iter(), &format!("{at}.on"));
            if dates.every.is_some() && !dates.on.is_empty() {
                faults.add("MISFIT", "Either `on` or `every`.", &at);
            }
        }
        let mut tiers = Vec::new();
        for (n, tier) in track.tiers.iter().enumerate() {
            let at = format!("{at}.tiers.{n}");
            faults.key(&tier.key, &format!("{at}.key"));
            if tier.key == "none" {
                faults.add(
                    "INVALID_KEY",
                    "`none` says that there is no tier.",
                    &format!("{at}.key"),
                );
            }
            tier.name.faults(&format!("{at}.name"), faults);
            let needs = |of: &[Requirement], name: &str, faults: &mut Faults| {
                self.needs(of, &format!("{at}.{name}"), 1, false, faults)
            };
            tiers.push(TierRule {
                requires: needs(&tier.requires, "requires", faults),
                keeps: needs(&tier.keeps, "keeps", faults),
            });
            for (key, value) in &tier.benefits {
                self.benefit(key, value, &format!("{at}.benefits.{key}"), faults);
            }
        }
        TrackRule {
            partner: partner(&track.partner, &format!("{at}.partner"), faults),
            tiers,
        }
    }

    fn benefit(&self, key: &str, value: &BenefitValue, at: &str, faults: &mut Faults) {
        let Some(benefit) = self.document.benefits.get(key) else {
            faults.add("UNKNOWN_NAME", format!("There is no benefit `{key}`."), at);
            return;
        };
        let fits = match (benefit.kind, value) {
            (BenefitKind::Right, BenefitValue::Right(_))
            | (
                BenefitKind::Words,
                BenefitValue::In(_) | BenefitValue::One(NumberOrName::Name(_)),
            )
            | (
                BenefitKind::Share | BenefitKind::Amount | BenefitKind::Count,
                BenefitValue::One(NumberOrName::Number(_)),
            ) => true,
            (
                BenefitKind::Right
                | BenefitKind::Words
                | BenefitKind::Share
                | BenefitKind::Amount
                | BenefitKind::Count,
                BenefitValue::Right(_) | BenefitValue::One(_) | BenefitValue::In(_),
            ) => false,
        };
        if !fits {
            let kind = match benefit.kind {
                BenefitKind::Right => "true or false",
                BenefitKind::Words => "words",
                BenefitKind::Share => "a share such as 15 %",
                BenefitKind::Amount | BenefitKind::Count => "a number",
            };
            faults.add("INVALID_VALUE", format!("This benefit is {kind}."), at);
        }
    }
}

/// Whether a window says one thing.
pub(super) fn window(window: &Window, at: &str, faults: &mut Faults) {
    let fixed = window.from.is_some() || window.to.is_some();
    let ways = [window.trailing.is_some(), window.calendar.is_some(), fixed];
    if ways.iter().filter(|it| **it).count() != 1 {
        faults.add(
            "MISFIT",
            "Exactly one of trailing, calendar, and from or to.",
            at,
        );
    }
    if window.calendar.is_none() && (window.last.is_some() || window.current.is_some()) {
        faults.add("MISFIT", "`last` and `current` belong to `calendar`.", at);
    }
    if window.last.is_some_and(|last| last > 1000) {
        faults.add("OUT_OF_RANGE", "At most 1000.", &format!("{at}.last"));
    }
    if window.last == Some(0) && window.current != Some(true) {
        faults.add(
            "OUT_OF_RANGE",
            "At least 1, or the current one.",
            &format!("{at}.last"),
        );
    }
    if let (Some(from), Some(to)) = (window.from, window.to)
        && from > to
    {
        faults.add("OUT_OF_RANGE", "It ends before it begins.", at);
    }
}

/// How many days a window has at most; none where it has no end.
fn longest(window: &Window) -> Option<u32> {
    if let Some(trailing) = window.trailing {
        return Some(trailing.at_most_days());
    }
    if let Some(unit) = window.calendar {
        let many =
            window.last.unwrap_or(0) + u32::from(window.current.unwrap_or(window.last.is_none()));
        return many.checked_mul(unit.at_most_days());
    }
    let (from, to) = (window.from?, window.to?);
    u32::try_from((to - from).num_days() + 1).ok()
}

fn partner(
    conditions: &Named<OneOrMany>,
    at: &str,
    faults: &mut Faults,
) -> Vec<(String, BTreeSet<String>)> {
    let each = conditions.iter().map(|(attribute, values)| {
        let at = format!("{at}.{attribute}");
        let values = values.values();
        if values.is_empty() {
            faults.add("REQUIRED", "Name at least one value.", &at);
        }
        faults.at_most(values.len(), LIST, &at);
        (attribute.clone(), values.iter().cloned().collect())
    });
    each.collect()
}

/// Reads the document; faults are left where they were found.
pub(super) fn understood(document: &Document, faults: &mut Faults) -> Understood {
    faults.key(&document.slug, "slug");
    document.name.faults("name", faults);
    faults.locale(&document.locale, "locale");
    let zone = document.zone.as_deref().unwrap_or("UTC");
    let zone = zone.parse::<Tz>().unwrap_or_else(|_| {
        let message = format!("`{zone}` is no zone: write one such as Europe/Berlin.");
        faults.add("INVALID_ZONE", message, "zone");
        Tz::UTC
    });
    faults.at_most(document.lists.len(), LISTS, "lists");
    for (name, list) in &document.lists {
        faults.at_most(list.len(), LIST, &format!("lists.{name}"));
        faults.distinct(list.iter(), &format!("lists.{name}"));
    }
    faults.at_most(document.metrics.len(), METRICS, "metrics");
    faults.at_most(document.tracks.len(), TRACKS, "tracks");
    if document.tracks.is_empty() {
        faults.add("REQUIRED", "A program has at least one track.", "tracks");
    }
    faults.distinct_at(document.tracks.iter().map(|it| &it.key), "tracks", "key");
    let names = Names {
        document,
        places: document
            .metrics
            .keys()
            .map(String::as_str)
            .zip(0..)
            .collect(),
    };
    let mut metrics = Vec::new();
    for (key, metric) in &document.metrics {
        let at = format!("metrics.{key}");
        name(key, &at, faults);
        // Places are those of the document, whatever is wrong with one of them.
        metrics.push(
            names
                .metric_rule(metric, &at, faults)
                .unwrap_or(MetricRule {
                    way: Way::NotApplicable(Text::Plain(String::new())),
                    otherwise: None,
                }),
        );
    }
    for (key, benefit) in &document.benefits {
        let at = format!("benefits.{key}");
        name(key, &at, faults);
        benefit.name.faults(&format!("{at}.name"), faults);
        if let Some(metric) = &benefit.costs_of {
            names.metric(metric, &format!("{at}.costsOf"), faults);
        }
    }
    let tracks = document.tracks.iter().enumerate();
    let tracks: Vec<_> = tracks
        .map(|(n, it)| names.track(it, &format!("tracks.{n}"), faults))
        .collect();
    circles(document, &metrics, faults);
    let sources = metrics.iter().filter_map(|it| it.way.measure());
    let sources = sources.map(|it| it.source);
    Understood {
        calendar: Calendar {
            zone,
            year: document.year_start.unwrap_or(MonthDay { month: 1, day: 1 }),
        },
        sources: sources.collect(),
        metrics,
        tracks,
        exchange: exchange(document, faults),
    }
}

/// Names of metrics and benefits stand in formulas.
fn name(key: &str, at: &str, faults: &mut Faults) {
    let plain = key
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || it == '_');
    if !plain || !key.starts_with(|it: char| it.is_ascii_lowercase()) || key.len() > 64 {
        let message =
            "Write a name of letters and digits, such as netNewUsers, at most 64 characters long.";
        faults.add("INVALID_KEY", message, at);
    }
}

fn exchange(document: &Document, faults: &mut Faults) -> HashMap<String, Number> {
    let Some(exchange) = &document.exchange else {
        return HashMap::new();
    };
    let mut rates: HashMap<_, _> = exchange.rates.clone().into_iter().collect();
    for (currency, rate) in &exchange.rates {
        if !rate.is_positive() {
            let at = format!("exchange.rates.{currency}");
            faults.add("OUT_OF_RANGE", "More than nothing.", &at);
        }
    }
    if rates
        .insert(exchange.currency.clone(), 1_i64.into())
        .is_some()
    {
        let message = "It is worth one of itself: leave it out.";
        faults.add(
            "DUPLICATE",
            message,
            &format!("exchange.rates.{}", exchange.currency),
        );
    }
    for currency in rates.keys() {
        if crate::money::Currency::try_from(currency.clone()).is_err() {
            let message =
                format!("`{currency}` is no currency: write three capital letters, such as EUR.");
            faults.add("INVALID_VALUE", message, "exchange");
        }
    }
    rates
}

/// What waits for itself would never be known.
fn circles(document: &Document, metrics: &[MetricRule], faults: &mut Faults) {
    let mut behind: Vec<Option<usize>> = vec![None; metrics.len()];
    let mut names = document.metrics.keys().map(String::as_str);
    let names: Vec<&str> = names.by_ref().collect();
    for metric in 0..metrics.len() {
        let mut way = Vec::new();
        if let Err(circle) = walk(metric, metrics, &mut behind, &mut way) {
            let path: Vec<_> = circle.iter().map(|it| names[*it]).collect();
            let message = format!("These metrics wait for each other: {}.", path.join(" → "));
            faults.add("CYCLE", message, &format!("metrics.{}", names[metric]));
            return;
        }
        if behind[metric].is_some_and(|deep| deep > CHAIN) {
            let message = format!("More than {CHAIN} metrics stand behind each other.");
            faults.add("TOO_MANY", message, &format!("metrics.{}", names[metric]));
            return;
        }
    }
}

/// How many metrics stand behind one; the circle, where there is one.
fn walk(
    metric: usize,
    metrics: &[MetricRule],
    behind: &mut [Option<usize>],
    way: &mut Vec<usize>,
) -> Result<usize, Vec<usize>> {
    if let Some(known) = behind[metric] {
        return Ok(known);
    }
    if let Some(start) = way.iter().position(|it| *it == metric) {
        let mut circle = way[start..].to_vec();
        circle.push(metric);
        return Err(circle);
    }
    way.push(metric);
    let mut deepest = 0;
    for next in metrics[metric].way.metrics() {
        deepest = deepest.max(walk(next, metrics, behind, way)? + 1);
    }
    way.pop();
    behind[metric] = Some(deepest);
    Ok(deepest)
}

impl Way {
    /// The measure that it is, if it is one.
    pub(in crate::program) fn measure(&self) -> Option<&MeasureRule> {
        if let Self::Measure(measure) = self {
            Some(measure)
        } else {
            None
        }
    }

    /// The metrics that are looked at.
    pub(in crate::program) fn metrics(&self) -> Vec<usize> {
        let mut found = Vec::new();
        match self {
            Self::Measure(_) | Self::NotApplicable(_) => {}
            Self::Formula(formula) => formula.each(&mut |metric| found.push(*metric)),
            Self::Points(points) => found.push(points.of),
            Self::Seats(seats) => found.extend(seats.iter().map(|(metric, _)| metric)),
            Self::Steps(steps) => found.extend(steps.of.iter().map(|it| it.metric)),
            Self::Best(of) | Self::Least(of) | Self::Total(of) => found.extend(of),
            Self::Cases(cases) => {
                for (when, metric) in cases {
                    found.push(*metric);
                    if let Some(need) = when {
                        need.metrics(&mut found);
                    }
                }
            }
            Self::Value(bound) => bound.metrics(&mut found),
        }
        found
    }
}

impl Bound {
    fn metrics(&self, found: &mut Vec<usize>) {
        let mut take = |number: &NumberOr| match number {
            NumberOr::Number(_) | NumberOr::NotApplicable => {}
            NumberOr::Metric(metric) => found.push(*metric),
        };
        match self {
            Self::One(one) => take(one),
            Self::By {
                values, otherwise, ..
            } => {
                values.values().for_each(&mut take);
                otherwise.iter().for_each(take);
            }
        }
    }
}

impl Need {
    /// The metrics that are looked at, added to what was found.
    pub(in crate::program) fn metrics(&self, found: &mut Vec<usize>) {
        match &self.what {
            What::Metric { metric, limit, .. } => {
                found.push(*metric);
                limit.metrics(found);
            }
            What::Partner(_) => {}
            What::All(needs)
            | What::Some(_, needs)
            | What::Days {
                requires: needs, ..
            } => {
                for need in needs {
                    need.metrics(found);
                }
            }
            What::Every { of, .. } => found.extend(of),
        }
    }
}
