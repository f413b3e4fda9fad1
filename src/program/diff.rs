//! What changes from one version of a program to another, in words, and for whom.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::document::{BenefitValue, Document, NumberOrName, Requirement, Tier, Track};

/// For whom a change is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Favours {
    /// Nobody is worse off by it.
    Partners,
    /// Nobody is better or worse off.
    Nobody,
    /// Some may be worse off, or it cannot be told from the documents alone.
    Unclear,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What changes.
    pub what: String,
    /// For whom it is good.
    pub favours: Favours,
}

/// What changes from one document to another.
#[must_use]
pub fn changes(old: &Document, new: &Document) -> Vec<Change> {
    let mut found = Changes {
        old,
        new,
        found: Vec::new(),
    };
    found.tracks();
    found.metrics();
    found.rest();
    found.found
}

/// Whether nobody is worse off by any of the changes.
#[must_use]
pub fn favours_partners(changes: &[Change]) -> bool {
    changes.iter().all(|it| it.favours != Favours::Unclear)
}

struct Changes<'a> {
    old: &'a Document,
    new: &'a Document,
    found: Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, favours: Favours, what: String) {
        self.found.push(Change { what, favours });
    }

    fn tracks(&mut self) {
        let (old, new) = (self.old, self.new);
        for track in &old.tracks {
            if !new.tracks.iter().any(|it| it.key == track.key) {
                self.add(
                    Favours::Unclear,
                    format!("The track {} ends.", old.text(&track.name)),
                );
            }
        }
        for track in &new.tracks {
            let name = new.text(&track.name).to_owned();
            match old.tracks.iter().find(|it| it.key == track.key) {
                None => self.add(Favours::Partners, format!("There is a new track, {name}.")),
                Some(before) => self.track(&name, before, track),
            }
        }
    }

    fn track(&mut self, name: &str, old: &Track, new: &Track) {
        if old.partner != new.partner {
            self.add(
                Favours::Unclear,
                format!("{name}: it is for other partners than before."),
            );
        }
        if old.cumulative != new.cumulative {
            let (favours, what) = if new.cumulative {
                (Favours::Unclear, "asks for what those below it ask, too")
            } else {
                (Favours::Partners, "asks for its own requirements alone")
            };
            self.add(favours, format!("{name}: each tier {what}."));
        }
        for what in paths("review", &old.review, &new.review) {
            self.add(Favours::Unclear, format!("{name}: {what}."));
        }
        let places = |track: &Track| -> BTreeMap<String, usize> {
            track
                .tiers
                .iter()
                .map(|it| it.key.clone())
                .zip(0..)
                .collect()
        };
        let (before, after) = (places(old), places(new));
        for tier in old.tiers.iter().filter(|it| !after.contains_key(&it.key)) {
            self.add(
                Favours::Unclear,
                format!("{name}: the tier {} ends.", self.old.text(&tier.name)),
            );
        }
        for tier in &new.tiers {
            let title = format!("{name}, {}", self.new.text(&tier.name));
            match before.get(&tier.key) {
                None => self.add(Favours::Unclear, format!("{title}: this tier is new.")),
                Some(place) => self.tier(&title, &old.tiers[*place], tier),
            }
        }
        let order = |places: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| {
            let mut keys: Vec<_> = places
                .iter()
                .filter(|(key, _)| other.contains_key(*key))
                .collect();
            keys.sort_by_key(|(_, place)| **place);
            keys.into_iter()
                .map(|(key, _)| key.clone())
                .collect::<Vec<_>>()
        };
        if order(&before, &after) != order(&after, &before) {
            self.add(
                Favours::Unclear,
                format!("{name}: the order of the tiers changes."),
            );
        }
    }

    fn tier(&mut self, title: &str, old: &Tier, new: &Tier) {
        let gone: Vec<&Requirement> = old
            .requires
            .iter()
            .filter(|it| !new.requires.contains(it))
            .collect();
        let mut come: Vec<&Requirement> = new
            .requires
            .iter()
            .filter(|it| !old.requires.contains(it))
            .collect();
        for before in gone {
            // The same metric with another limit is the same requirement, changed.
            let same = come
                .iter()
                .position(|it| it.metric.is_some() && it.metric == before.metric);
            if let Some(place) = same {
                let after = come.remove(place);
                let (one, other) = (self.old.requirement(before), self.new.requirement(after));
                let favours = eased(before, after);
                self.add(favours, format!("{title} asks for {other}; before: {one}."));
            } else {
                let what = self.old.requirement(before);
                let told = format!("{title} does not ask any more for {what}.");
                self.add(Favours::Partners, told);
            }
        }
        for after in come {
            let what = self.new.requirement(after);
            self.add(
                Favours::Unclear,
                format!("{title} asks for {what}, which is new."),
            );
        }
        let keys: BTreeSet<&String> = old.benefits.keys().chain(new.benefits.keys()).collect();
        for key in keys {
            let (before, after) = (old.benefits.get(key), new.benefits.get(key));
            if before != after {
                let benefit = self
                    .new
                    .benefits
                    .get(key)
                    .or_else(|| self.old.benefits.get(key));
                let name = benefit.map_or(key.as_str(), |it| self.new.text(&it.name));
                let what = format!(
                    "{title}: {name} is {}; before: {}.",
                    benefit_words(after),
                    benefit_words(before)
                );
                self.add(raised(before, after), what);
            }
        }
    }

    fn metrics(&mut self) {
        let (old, new) = (self.old, self.new);
        for (key, after) in &new.metrics {
            let Some(before) = old.metrics.get(key) else {
                continue;
            };
            // What it is called is no change of what it measures.
            let bare = |metric: &super::document::Metric| super::document::Metric {
                name: None,
                about: None,
                unit: None,
                ..metric.clone()
            };
            for what in paths("", &bare(before), &bare(after)) {
                let name = new.metric_name(key, &new.locale).to_owned();
                self.add(
                    Favours::Unclear,
                    format!("{name} is measured otherwise: {what}."),
                );
            }
        }
        for key in old
            .metrics
            .keys()
            .filter(|key| !new.metrics.contains_key(*key))
        {
            let name = old.metric_name(key, &old.locale).to_owned();
            self.add(Favours::Nobody, format!("{name} is not measured any more."));
        }
        for key in new
            .metrics
            .keys()
            .filter(|key| !old.metrics.contains_key(*key))
        {
            let name = new.metric_name(key, &new.locale).to_owned();
            self.add(
                Favours::Nobody,
                format!("{name} is measured, which is new."),
            );
        }
    }

    fn rest(&mut self) {
        let (old, new) = (self.old, self.new);
        for (name, list) in &new.lists {
            let before = old.lists.get(name);
            let was = |it: &String| before.is_some_and(|list| list.contains(it));
            let added: Vec<_> = list
                .iter()
                .filter(|it| !was(it))
                .map(String::as_str)
                .collect();
            let gone = before.into_iter().flatten().filter(|it| !list.contains(it));
            let gone: Vec<_> = gone.map(String::as_str).collect();
            if !added.is_empty() {
                self.add(
                    Favours::Unclear,
                    format!("The list {name} also names {}.", added.join(", ")),
                );
            }
            if !gone.is_empty() {
                self.add(
                    Favours::Unclear,
                    format!(
                        "The list {name} does not name any more {}.",
                        gone.join(", ")
                    ),
                );
            }
        }
        for (what, before, after) in [
            ("exchange", json(&old.exchange), json(&new.exchange)),
            ("notice", json(&old.notice), json(&new.notice)),
            ("appeals", json(&old.appeals), json(&new.appeals)),
            ("zone", json(&old.zone), json(&new.zone)),
            ("yearStart", json(&old.year_start), json(&new.year_start)),
        ] {
            for what in paths(what, &before, &after) {
                self.add(Favours::Unclear, format!("{what}."));
            }
        }
    }
}

impl Document {
    fn text<'a>(&'a self, text: &'a super::document::Text) -> &'a str {
        text.read(&self.locale, &self.locale)
    }
}

/// Whether the same requirement asks for less: only where both limits are numbers can it be told.
fn eased(before: &Requirement, after: &Requirement) -> Favours {
    use super::document::Limit;
    let number = |limit: &Option<Limit>| match limit {
        Some(Limit::One(NumberOrName::Number(number))) => Some(number.clone()),
        Some(Limit::One(NumberOrName::Name(_)) | Limit::By(_)) | None => None,
    };
    let lower = match (number(&before.at_least), number(&after.at_least)) {
        (Some(old), Some(new)) => new <= old,
        (Some(_), None) | (None, _) => false,
    };
    let higher = match (number(&before.at_most), number(&after.at_most)) {
        (Some(old), Some(new)) => new >= old,
        (Some(_), None) | (None, _) => false,
    };
    if lower || higher {
        Favours::Partners
    } else {
        Favours::Unclear
    }
}

fn raised(before: Option<&BenefitValue>, after: Option<&BenefitValue>) -> Favours {
    match (before, after) {
        (None, Some(_)) | (Some(BenefitValue::Right(false)), Some(BenefitValue::Right(true))) => {
            Favours::Partners
        }
        (
            Some(BenefitValue::One(NumberOrName::Number(old))),
            Some(BenefitValue::One(NumberOrName::Number(new))),
        ) if new >= old => Favours::Partners,
        (Some(_) | None, Some(_) | None) => Favours::Unclear,
    }
}

fn benefit_words(value: Option<&BenefitValue>) -> String {
    match value {
        None | Some(BenefitValue::Right(false)) => "not granted".to_owned(),
        Some(BenefitValue::Right(true)) => "granted".to_owned(),
        Some(BenefitValue::One(NumberOrName::Number(number))) => number.to_string(),
        Some(BenefitValue::One(NumberOrName::Name(words))) => words.clone(),
        Some(BenefitValue::In(texts)) => texts.values().next().cloned().unwrap_or_default(),
    }
}

fn json(value: &impl serde::Serialize) -> Json {
    // What serde writes of a document is always JSON.
    serde_json::to_value(value).unwrap_or_default()
}

/// Where two values differ, in words: `during.trailing is 6 months, and was 1 year`.
fn paths(at: &str, old: &impl serde::Serialize, new: &impl serde::Serialize) -> Vec<String> {
    let mut found = Vec::new();
    walk(at, &json(old), &json(new), &mut found);
    found
}

fn walk(at: &str, old: &Json, new: &Json, found: &mut Vec<String>) {
    if old == new {
        return;
    }
    if let (Json::Object(before), Json::Object(after)) = (old, new) {
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let at = if at.is_empty() {
                key.clone()
            } else {
                format!("{at}.{key}")
            };
            let of =
                |map: &serde_json::Map<String, Json>| map.get(key).cloned().unwrap_or_default();
            walk(&at, &of(before), &of(after), found);
        }
        return;
    }
    let words = |value: &Json| match value {
        Json::Null => "nothing".to_owned(),
        Json::String(text) => text.clone(),
        other @ (Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_)) => {
            other.to_string()
        }
    };
    found.push(format!("{at} is {}, and was {}", words(new), words(old)));
}
