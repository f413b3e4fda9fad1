//! What a document says that its author hardly means: told to authors, and never refused.
//!
//! Whether a document makes sense is [`super::rules`]'; what is here makes sense, and is most often a
//! slip: tiers in the wrong order, a metric that nothing asks for, a limit that nothing can meet.

mod between;

use std::collections::BTreeSet;

use self::between::Between;
use super::document::{
    Condition, Document, FieldTest, Metric, Requirement, Scalar, Test, Tier, Track,
};
use super::formula::Formula;
use super::number::Number;
use super::rules::{Rules, Way};
use super::span::{Span, Window};
use crate::document::Faults;
use crate::error::Refusal;
use crate::partner::rules::is_country;

/// The code of what is told.
pub const CODE: &str = "DOUBTFUL";
/// The most that is told of one document: more than anybody mends at once.
const MOST: usize = 30;
/// The longest time of warning or grace that is nothing to wonder at, in days.
const LONG: u32 = 2 * 366;

/// What is doubtful in a document, each with its path; the first of many.
#[must_use]
pub fn lint(rules: &Rules) -> Vec<Refusal> {
    let mut found = Doubts(Faults::default());
    let document = &rules.document;
    found.unused(rules);
    for (key, metric) in &document.metrics {
        found.metric(metric, &format!("metrics.{key}"));
    }
    for (key, metric) in document.metrics.keys().zip(&rules.metrics) {
        if let Way::Formula(formula) = &metric.way {
            found.formula(formula, &format!("metrics.{key}.formula"));
        }
    }
    for (n, track) in document.tracks.iter().enumerate() {
        found.track(document, track, &format!("tracks.{n}"));
    }
    let mut told = found.0.into_refusals();
    told.truncate(MOST);
    told
}

struct Doubts(Faults);

impl Doubts {
    fn add(&mut self, message: impl Into<String>, at: &str) {
        self.0.add(CODE, message.into(), at);
    }

    /// Metrics, lists and benefits that are named nowhere.
    fn unused(&mut self, rules: &Rules) {
        let document = &rules.document;
        let mut used = rules.behind(rules.needs());
        let costs = document.benefits.values();
        let costs = costs.filter_map(|it| it.costs_of.as_deref());
        let tests = document.tests.iter().flat_map(tested);
        let told: BTreeSet<_> = costs.chain(tests).collect();
        let named = rules.names.iter().zip(0..);
        let told = named
            .clone()
            .filter(|(name, _)| told.contains(name.as_str()));
        let mut open: Vec<usize> = told.map(|(_, place)| place).collect();
        while let Some(metric) = open.pop() {
            if used.insert(metric) {
                open.extend(&rules.parts[metric]);
            }
        }
        for (name, place) in named {
            if !used.contains(&place) {
                let message = "Nothing looks at it: no requirement, no benefit and no test, nor a metric that one of them looks at. Was a requirement forgotten?";
                self.add(message, &format!("metrics.{name}"));
            }
        }
        let read: BTreeSet<_> = document.metrics.values().flat_map(Metric::lists).collect();
        for name in document.lists.keys() {
            if !read.contains(name.as_str()) {
                self.add("No metric refers to this list.", &format!("lists.{name}"));
            }
        }
        let tiers = document.tracks.iter().flat_map(|it| &it.tiers);
        let brought: BTreeSet<_> = tiers.flat_map(|it| it.benefits.keys()).collect();
        for name in document.benefits.keys() {
            if !brought.contains(name) {
                self.add("No tier brings it.", &format!("benefits.{name}"));
            }
        }
    }

    fn metric(&mut self, metric: &Metric, at: &str) {
        for (n, case) in metric.cases.iter().enumerate() {
            let when = case.when.as_slice();
            self.requirements(when, &format!("{at}.cases.{n}.when"), false);
        }
        let Some(measure) = &metric.measure else {
            return;
        };
        let at = format!("{at}.measure");
        let windows = [
            (&measure.during, "during"),
            (&measure.started, "started"),
            (&measure.ended, "ended"),
        ];
        for (window, name) in windows {
            if let Some(window) = window {
                self.window(window, &format!("{at}.{name}"));
            }
        }
        if measure.counts_for == Some(Span::of_days(0)) {
            let message = "So nothing counts on any day.";
            self.add(message, &format!("{at}.countsFor"));
        }
        let weights = measure.weights.iter().enumerate().flat_map(|(n, of)| {
            let of = of.iter().enumerate();
            of.map(move |(m, it)| (format!("weights.{n}.{m}.where"), &it.conditions))
        });
        let own = ("where".to_owned(), &measure.conditions);
        for (name, conditions) in weights.chain([own]) {
            for (field, condition) in conditions {
                self.condition(field, condition, &format!("{at}.{name}.{field}"));
            }
        }
    }

    fn condition(&mut self, field: &str, condition: &Condition, at: &str) {
        let words = match condition {
            Condition::Is(one) => std::slice::from_ref(one),
            Condition::OneOf(several) => several.as_slice(),
            Condition::Test(test) => {
                self.test(test, at);
                test.not.as_slice()
            }
        };
        for word in words {
            if let Scalar::Text(word) = word
                && field == "country"
                && !is_country(word)
            {
                let message = format!(
                    "No country is called `{word}` in facts: they say two capital letters of ISO 3166-1, such as DE."
                );
                self.add(message, at);
            }
        }
    }

    fn test(&mut self, test: &FieldTest, at: &str) {
        let days = test.since.zip(test.before);
        if Between::of(test).is_empty() || days.is_some_and(|(since, before)| since >= before) {
            self.add("Nothing is both, so nothing is measured.", at);
        }
    }

    fn window(&mut self, window: &Window, at: &str) {
        if window.trailing == Some(Span::of_days(0)) {
            let message =
                "So long a time holds no fact: write how far it goes back, such as `12 months`.";
            self.add(message, &format!("{at}.trailing"));
        }
    }

    fn formula(&mut self, formula: &Formula<usize>, at: &str) {
        if formula.divides_by_nothing() {
            let message = "It divides by a number that is always 0, and so is never known.";
            self.add(message, at);
        }
    }

    fn track(&mut self, document: &Document, track: &Track, at: &str) {
        let of = &track.review;
        self.spans(of.warning, of.grace, &format!("{at}.review"));
        let called = |tier: &Tier| {
            let name = tier.name.read(&document.locale, &document.locale);
            name.to_owned()
        };
        for (n, tier) in track.tiers.iter().enumerate() {
            let at = format!("{at}.tiers.{n}");
            let name = called(tier);
            if let Some(of) = &tier.review {
                self.spans(of.warning, of.grace, &format!("{at}.review"));
            }
            self.requirements(&tier.requires, &format!("{at}.requires"), true);
            self.requirements(&tier.keeps, &format!("{at}.keeps"), true);
            for (k, keeps) in tier.keeps.iter().enumerate() {
                let less = tier.requires.iter().find_map(|it| less(it, keeps));
                if let Some((metric, reached, kept)) = less {
                    let message = format!(
                        "{name} is harder to keep than to reach: `{metric}` {kept} here, and {reached} to reach it."
                    );
                    self.add(message, &format!("{at}.keeps.{k}"));
                }
            }
            let below = &track.tiers[..n];
            for (k, requires) in tier.requires.iter().enumerate() {
                let more = below.iter().rev().find_map(|below| {
                    let less = below.requires.iter().find_map(|it| less(requires, it))?;
                    Some((below, less))
                });
                if let Some((below, (metric, own, more))) = more {
                    let message = format!(
                        "{name} asks for less than {} below it: `{metric}` {own} here, and {more} there. Tiers are written from the lowest to the highest.",
                        called(below)
                    );
                    self.add(message, &format!("{at}.requires.{k}"));
                }
            }
            if let Some(below) = below.last()
                && tier.requires.is_empty()
            {
                let message = format!(
                    "It asks for nothing more, so nobody ever stays on {} below it.",
                    called(below)
                );
                self.add(message, &at);
            }
        }
    }

    fn spans(&mut self, warning: Option<Span>, grace: Option<Span>, at: &str) {
        for (span, name) in [(warning, "warning"), (grace, "grace")] {
            if let Some(span) = span
                && span.at_most_days() > LONG
            {
                let message = "That is more than two years. Is it meant?";
                self.add(message, &format!("{at}.{name}"));
            }
        }
    }

    /// Requirements, whether all of them have to hold.
    fn requirements(&mut self, requirements: &[Requirement], at: &str, all: bool) {
        for (n, it) in requirements.iter().enumerate() {
            let at = format!("{at}.{n}");
            self.requirements(&it.all_of, &format!("{at}.allOf"), true);
            self.requirements(&it.any_of, &format!("{at}.anyOf"), false);
            if let Some(some) = &it.some_of {
                let all = some.count as usize == some.of.len();
                self.requirements(&some.of, &format!("{at}.someOf.of"), all);
            }
            for (days, name) in [
                (&it.on_any_day, "onAnyDay"),
                (&it.on_every_day, "onEveryDay"),
            ] {
                if let Some(days) = days {
                    self.window(&days.within, &format!("{at}.{name}.within"));
                    self.requirements(&days.requires, &format!("{at}.{name}.requires"), true);
                }
            }
            if let Some(ends) = &it.at_end_of {
                self.requirements(&ends.requires, &format!("{at}.atEndOf.requires"), true);
            }
            let before = requirements[..n].iter().filter(|_| all);
            for other in before.filter(|other| it.metric.is_some() && other.metric == it.metric) {
                let (own, others) = (Between::asked(it), Between::asked(other));
                let both = own
                    .iter()
                    .filter_map(|(whose, own)| Some(own.and(others.get(whose)?)));
                if both.into_iter().any(|it| it.is_empty()) {
                    self.add("This and one before it are never both met.", &at);
                }
            }
        }
    }
}

/// The metric of which one requirement asks for less than another, and both limits.
fn less<'r>(one: &'r Requirement, other: &'r Requirement) -> Option<(&'r str, Number, Number)> {
    let metric = one.metric.as_deref()?;
    if other.metric.as_deref() != Some(metric) {
        return None;
    }
    let (own, others) = (Between::asked(one), Between::asked(other));
    own.iter().find_map(|(whose, own)| {
        let (own, other) = own.weaker(others.get(whose)?)?;
        Some((metric, own.clone(), other.clone()))
    })
}

/// The metrics that a test looks at.
fn tested(test: &Test) -> impl Iterator<Item = &str> {
    test.expect.metrics.keys().map(String::as_str)
}
