//! From a document to rules: names become places, and every fault is told.

mod circle;
mod need;
mod track;
mod way;

use std::collections::{BTreeSet, HashMap};

use chrono_tz::Tz;

use super::condition::Limits;
use super::measure::Owned;
use super::{Bound, MetricRule, NumberOr, TrackRule, Way};
use crate::document::Faults;
use crate::program::document::{
    Condition, Document, Exchange, Limit, Named, NumberOrName, Scalar, Table, Text, Track,
};
use crate::program::number::Number;
use crate::program::proof::NOT_APPLICABLE;
use crate::program::record::{STANDINGS, source};
use crate::program::span::{Calendar, MonthDay};

/// The most metrics of a program.
const METRICS: usize = 300;
/// The most tracks.
const TRACKS: usize = 50;
/// The most benefits.
const BENEFITS: usize = 200;
/// The most requirements of a tier or a group.
const REQUIREMENTS: usize = 50;
/// The most lists, and the most names in one.
const LISTS: usize = 200;
const LIST: usize = 1000;

pub(in crate::program) use need::own_value;
pub(super) use need::window;

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
    /// What one of each currency is worth.
    rates: HashMap<String, Number>,
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

    /// How many of each currency one of the currency of limits is worth; nothing where that is the
    /// partner's own.
    pub(super) fn limits(&self, of: &Owned) -> Option<Limits> {
        let own = self.rates.get(of.currency.as_ref()?)?;
        let worth = self
            .rates
            .iter()
            .filter_map(|(currency, rate)| Some((currency.clone(), own.divided_by(rate)?)));
        Some(Limits {
            field: of.field,
            worth: worth.collect(),
        })
    }

    /// That standings of the program itself, which are asked for, are on tracks and tiers that it has.
    pub(super) fn standings(&self, of: &Named<Condition>, at: &str, faults: &mut Faults) {
        if said(of, "program") != [self.document.slug.as_str()] {
            return;
        }
        let tracks = &self.document.tracks;
        let wanted = said(of, "track");
        for track in &wanted {
            self.own_track(track, &format!("{at}.track"), faults);
        }
        let meant = |it: &&Track| wanted.is_empty() || wanted.contains(&it.key.as_str());
        let tiers = tracks.iter().filter(meant).flat_map(|it| &it.tiers);
        let known: BTreeSet<_> = tiers.map(|it| it.key.as_str()).collect();
        for tier in said(of, "tier") {
            if !known.is_empty() && !known.contains(tier) {
                let known = known.iter().copied();
                faults.unknown("UNKNOWN_NAME", "tier", tier, known, &format!("{at}.tier"));
            }
        }
    }

    /// The name by which facts tell of the program.
    pub(super) fn slug(&self) -> &str {
        &self.document.slug
    }

    /// The place of a track of the program by its key.
    pub(super) fn own_track(&self, key: &str, at: &str, faults: &mut Faults) -> Option<usize> {
        let tracks = &self.document.tracks;
        let place = tracks.iter().position(|it| it.key == key);
        if place.is_none() {
            let known = tracks.iter().map(|it| it.key.as_str());
            faults.unknown("UNKNOWN_NAME", "track", key, known, at);
        }
        place
    }

    fn metric(&self, name: &str, at: &str, faults: &mut Faults) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let known = self.places.keys().copied();
        faults.unknown("UNKNOWN_NAME", "metric", name, known, at);
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
            NumberOrName::Name(name)
                if name.starts_with(|it: char| it.is_ascii_digit() || it == '-') =>
            {
                let message =
                    format!("`{name}` is no number: write one such as 250000, 1.5, 15/7 or 70 %.");
                faults.add("INVALID_VALUE", message, at);
                NumberOr::NotApplicable
            }
            NumberOrName::Name(name) => NumberOr::Metric(self.metric(name, at, faults)),
        }
    }

    fn bound(&self, limit: &Limit, at: &str, faults: &mut Faults) -> Bound {
        match limit {
            Limit::One(one) => Bound::One(self.number(one, at, faults)),
            Limit::By(table) => {
                let each = by_attribute(table, at, faults).into_iter();
                let mut each: Vec<_> = each
                    .map(|(number, at)| self.number(number, &at, faults))
                    .collect();
                // What holds for all others comes last.
                let otherwise = table.otherwise.as_ref().and_then(|_| each.pop());
                Bound::By {
                    attribute: table.by.clone(),
                    values: table.values.keys().cloned().zip(each).collect(),
                    otherwise,
                }
            }
        }
    }
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
        rates: rates(document),
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
    faults.at_most(document.benefits.len(), BENEFITS, "benefits");
    for (key, benefit) in &document.benefits {
        let at = format!("benefits.{key}");
        name(key, &at, faults);
        benefit.name.faults(&format!("{at}.name"), faults);
        if let Some(metric) = &benefit.costs_of {
            names.metric(metric, &format!("{at}.costsOf"), faults);
        }
    }
    let tracks = document.tracks.iter().enumerate();
    let mut tracks: Vec<_> = tracks
        .map(|(n, it)| names.track(it, &format!("tracks.{n}"), faults))
        .collect();
    circle::metrics(document, &metrics, faults);
    circle::tiers(document, &mut tracks, faults);
    if let Some(exchange) = &document.exchange {
        check_exchange(exchange, faults);
    }
    let measures = metrics.iter().filter_map(|it| it.way.measure());
    let sources = measures.flat_map(|it| {
        let stood = it.since_tier.as_ref().and_then(|_| source(STANDINGS));
        std::iter::once(it.source).chain(stood)
    });
    Understood {
        calendar: Calendar {
            zone,
            year: document.year_start.unwrap_or(MonthDay { month: 1, day: 1 }),
        },
        sources: sources.collect(),
        metrics,
        tracks,
        exchange: names.rates,
    }
}

/// All that a table holds, each with its path; what holds for all others comes last.
fn by_attribute<'t, V>(table: &'t Table<V>, at: &str, faults: &mut Faults) -> Vec<(&'t V, String)> {
    faults.words(&table.by, 64, &format!("{at}.by"));
    let at_values = format!("{at}.values");
    if table.values.is_empty() {
        faults.add("REQUIRED", "Name at least one value.", &at_values);
    }
    faults.at_most(table.values.len(), LIST, &at_values);
    let mut each = Vec::new();
    for (value, it) in &table.values {
        let at = format!("{at_values}.{value}");
        own_value(&table.by, value, &at, faults);
        each.push((it, at));
    }
    let otherwise = table.otherwise.iter();
    each.extend(otherwise.map(|it| (it, format!("{at}.otherwise"))));
    each
}

/// The words that a field has to be one of; none where it is not asked for so.
fn said<'c>(conditions: &'c Named<Condition>, field: &str) -> Vec<&'c str> {
    let scalars = match conditions.get(field) {
        Some(Condition::Is(one)) => std::slice::from_ref(one),
        Some(Condition::OneOf(several)) => several.as_slice(),
        Some(Condition::Test(_)) | None => &[],
    };
    let words = scalars.iter().filter_map(|it| match it {
        Scalar::Text(text) => Some(text.as_str()),
        Scalar::Whole(_) | Scalar::Flag(_) => None,
    });
    words.collect()
}

/// Names of metrics and benefits stand in formulas.
fn name(key: &str, at: &str, faults: &mut Faults) {
    let plain = key
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || it == '_');
    if !plain || !key.starts_with(|it: char| it.is_ascii_lowercase()) || key.len() > 64 {
        let message = "Write a name of letters and digits, such as netNewUsers, at most 64 characters long; in a formula a hyphen is a minus.";
        faults.add("INVALID_KEY", message, at);
    }
}

/// What one of each currency is worth.
fn rates(document: &Document) -> HashMap<String, Number> {
    let Some(exchange) = &document.exchange else {
        return HashMap::new();
    };
    let of_others = exchange.rates.clone().into_iter();
    let own = (exchange.currency.clone(), 1_i64.into());
    of_others.chain([own]).collect()
}

fn check_exchange(exchange: &Exchange, faults: &mut Faults) {
    for (currency, rate) in &exchange.rates {
        if !rate.is_positive() {
            let at = format!("exchange.rates.{currency}");
            faults.add("OUT_OF_RANGE", "More than nothing.", &at);
        }
    }
    if exchange.rates.contains_key(&exchange.currency) {
        let message = "It is worth one of itself: leave it out.";
        faults.add(
            "DUPLICATE",
            message,
            &format!("exchange.rates.{}", exchange.currency),
        );
    }
    let currencies = exchange.rates.keys().chain([&exchange.currency]);
    for currency in currencies.collect::<BTreeSet<_>>() {
        if crate::money::Currency::try_from(currency.clone()).is_err() {
            let message =
                format!("`{currency}` is no currency: write three capital letters, such as EUR.");
            faults.add("INVALID_VALUE", message, "exchange");
        }
    }
}
