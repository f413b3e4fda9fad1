//! What a document says that its author hardly means: told to authors, and never refused.
//!
//! Whether a document makes sense is [`super::rules`]'; what is here makes sense, and is most often a
//! slip: tiers in the wrong order, a metric that nothing asks for, a limit that nothing can meet.

mod between;
mod reach;
mod tiers;

use std::collections::BTreeSet;

use self::between::Between;
use super::document::{
    BenefitKind, Condition, Dates, Document, FieldTest, Lost, Metric, Requirement, Scalar, Test,
    Tier, Track,
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
/// The longest time of warning or grace that is nothing to wonder at: two years, in days of the longest
/// months.
const LONG: u32 = 24 * 31;

/// What is doubtful in a document, each with its path; the first of many.
#[must_use]
pub fn lint(rules: &Rules) -> Vec<Refusal> {
    let mut found = Doubts::default();
    let document = &rules.document;
    found.unused(rules);
    for (key, metric) in &document.metrics {
        found.metric(rules, metric, &format!("metrics.{key}"));
    }
    for (key, metric) in document.metrics.keys().zip(&rules.metrics) {
        if let Way::Formula(formula) = &metric.way {
            found.formula(formula, &format!("metrics.{key}.formula"));
        }
    }
    for (n, track) in document.tracks.iter().enumerate() {
        let at = format!("tracks.{n}");
        found.track(rules, track, &at);
        for (n, tier) in track.tiers.iter().enumerate() {
            let at = format!("{at}.tiers.{n}");
            found.shares(rules, tier, &format!("{at}.benefits"));
            found.anew(rules, track, tier, &at);
        }
    }
    let mut told = found.faults.into_refusals();
    told.truncate(MOST);
    told
}

#[derive(Default)]
struct Doubts {
    faults: Faults,
    reached: reach::Found,
}

impl Doubts {
    fn add(&mut self, message: impl Into<String>, at: &str) {
        self.faults.add(CODE, message.into(), at);
    }

    /// Metrics, lists and benefits that are named nowhere.
    fn unused(&mut self, rules: &Rules) {
        let document = &rules.document;
        let mut used = rules.behind(rules.needs());
        let costs = document.benefits.values();
        let costs = costs.filter_map(|it| it.costs_of.as_deref());
        let tests = document.tests.iter().flat_map(tested);
        let told = costs.chain(document.bringing()).chain(tests);
        used.extend(rules.with_parts(rules.places(told)));
        for (place, name) in rules.names.iter().enumerate() {
            // What says what it is for may be there to be read alone.
            let is_told = document
                .metrics
                .get(name)
                .is_some_and(|it| it.about.is_some());
            if !used.contains(&place) && !is_told {
                let message = "Nothing looks at it: no requirement, no benefit and no test, nor a metric that one of them looks at. Was a requirement forgotten? If it is there to be read alone, say in `about` what it is.";
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

    fn metric(&mut self, rules: &Rules, metric: &Metric, at: &str) {
        for (n, case) in metric.cases.iter().enumerate() {
            if let Some(when) = &case.when {
                self.requirement(rules, when, &format!("{at}.cases.{n}.when"));
            }
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

    fn track(&mut self, rules: &Rules, track: &Track, at: &str) {
        let of = &track.review;
        self.spans(of.warning, of.grace, &format!("{at}.review"));
        if of.lost == Some(Lost::AfterGrace) && of.graced() == Span::of_days(0) {
            let message = "There is no `grace` after which it could be lost.";
            self.add(message, &format!("{at}.review.lost"));
        }
        self.tiers(&rules.document, track, at);
        for (n, tier) in track.tiers.iter().enumerate() {
            let at = format!("{at}.tiers.{n}");
            if let Some(of) = &tier.review {
                self.spans(of.warning, of.grace, &format!("{at}.review"));
            }
            self.requirements(rules, &tier.requires, &format!("{at}.requires"), true);
            self.requirements(rules, &tier.keeps, &format!("{at}.keeps"), true);
        }
        self.untested(&rules.document, track, at);
    }

    /// That no test comes to a tier that asks for anything.
    fn untested(&mut self, document: &Document, track: &Track, at: &str) {
        let is_asked = |tier: &str| track.tier(tier).is_some_and(|it| !it.requires.is_empty());
        let expected = document.tests.iter().map(|it| &it.expect);
        let mut tiers = expected.filter_map(|it| {
            let on = [&it.tiers, &it.stands];
            on.into_iter()
                .find_map(|it| it.get(&track.key).filter(|it| is_asked(it)))
        });
        if track.tiers.iter().any(|it| !it.requires.is_empty()) && tiers.next().is_none() {
            let message = "No test comes to a tier of it that asks for anything, so none shows that it can be reached.";
            self.add(message, at);
        }
    }

    /// That a metric which says a share can be more than the whole.
    fn shares(&mut self, rules: &Rules, tier: &Tier, at: &str) {
        for (key, value) in &tier.benefits {
            let kind = rules.document.benefits.get(key).map(|it| it.kind);
            let shares = kind.filter(|it| *it == BenefitKind::Share);
            let metrics = value.each().filter_map(|it| it.metric(shares?));
            let places = rules.places(metrics);
            let too_much = places.into_iter().find_map(|place| {
                let most = reach::most(rules, place, &mut self.reached)?;
                (most > Number::from(1_i64)).then_some((place, most))
            });
            if let Some((place, most)) = too_much {
                let message = format!(
                    "`{}` comes to as much as {most}, and a share to 1: 3 % is 0.03.",
                    rules.names[place]
                );
                self.add(message, &format!("{at}.{key}"));
            }
        }
    }

    /// That a tier asks for what begins anew as soon as it is reached, and does not say what is enough to
    /// stay.
    fn anew(&mut self, rules: &Rules, track: &Track, tier: &Tier, at: &str) {
        if !tier.keeps.is_empty() || *track.demotes(Some(&tier.key)) != Dates::default() {
            return;
        }
        let named = rules.document.tracks.iter().zip(&rules.tracks);
        let asked = named
            .filter(|(it, _)| it.key == track.key)
            .flat_map(|(_, rule)| track.tiers.iter().zip(&rule.tiers))
            .filter(|(it, _)| it.key == tier.key)
            .flat_map(|(_, rule)| &rule.requires);
        let begins = rules.behind(asked).into_iter().find(|metric| {
            let key = &rules.names[*metric];
            let measure = rules
                .document
                .metrics
                .get(key)
                .and_then(|it| it.measure.as_ref());
            measure.is_some_and(|it| it.since_tier.as_ref() == Some(&track.key))
        });
        if let Some(metric) = begins {
            let message = format!(
                "`{}` begins anew as soon as a partner stands here, so that the tier is not earned any more: say in `keeps` what is enough to stay, or in `demotion` when that is decided.",
                rules.names[metric]
            );
            self.add(message, &format!("{at}.requires"));
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
    fn requirements(&mut self, rules: &Rules, of: &[Requirement], at: &str, all: bool) {
        for (n, it) in of.iter().enumerate() {
            let at = format!("{at}.{n}");
            self.requirement(rules, it, &at);
            let before = of[..n].iter().filter(|_| all && it.metric.is_some());
            for other in before.filter(|other| other.metric == it.metric) {
                self.both(it, other, &at);
            }
        }
    }

    fn requirement(&mut self, rules: &Rules, it: &Requirement, at: &str) {
        self.requirements(rules, &it.all_of, &format!("{at}.allOf"), true);
        self.requirements(rules, &it.any_of, &format!("{at}.anyOf"), false);
        if let Some(some) = &it.some_of {
            let all = some.count as usize == some.of.len();
            self.requirements(rules, &some.of, &format!("{at}.someOf.of"), all);
        }
        for (days, name) in [
            (&it.on_any_day, "onAnyDay"),
            (&it.on_every_day, "onEveryDay"),
        ] {
            if let Some(days) = days {
                let at = format!("{at}.{name}");
                self.window(&days.within, &format!("{at}.within"));
                self.requirements(rules, &days.requires, &format!("{at}.requires"), true);
            }
        }
        if let Some(ends) = &it.at_end_of {
            let at = format!("{at}.atEndOf.requires");
            self.requirements(rules, &ends.requires, &at, true);
        }
        if let Some(metric) = &it.metric {
            self.limit(rules, it, metric, at);
        }
    }

    /// That no partner can meet a limit, or that a part of something is asked for that is counted.
    fn limit(&mut self, rules: &Rules, of: &Requirement, metric: &str, at: &str) {
        let limits = Between::asked(of);
        let Some(place) = rules.place(metric) else {
            return;
        };
        if let Some(most) = reach::most(rules, place, &mut self.reached)
            && limits.values().any(|it| it.is_above(&most))
        {
            let message = format!("`{metric}` comes to {most} at most, so nobody ever meets this.");
            self.add(message, at);
        }
        let counts = rules.metrics.get(place).and_then(|it| it.way.measure());
        let counts =
            counts.is_some_and(|it| it.aggregate.amount().is_none() && it.weights.is_empty());
        let part = limits.values().find_map(Between::part).filter(|_| counts);
        if let Some(part) = part {
            let message = format!("`{metric}` counts whole ones, and {part} is none.");
            self.add(message, at);
        }
    }

    /// Two requirements of the same metric that both have to hold.
    fn both(&mut self, it: &Requirement, other: &Requirement, at: &str) {
        let (own, others) = (Between::asked(it), Between::asked(other));
        let pairs = own
            .iter()
            .filter_map(|(whose, own)| Some((own, others.get(whose)?)));
        for (own, other) in pairs {
            if own.and(other).is_empty() {
                self.add("This and one before it are never both met.", at);
                return;
            }
            if own.is_alike(other) {
                let message = "One before it asks for the same metric: the stricter limit counts.";
                self.add(message, at);
                return;
            }
        }
    }
}

/// The metrics that a test looks at.
fn tested(test: &Test) -> impl Iterator<Item = &str> {
    test.expect.metrics.keys().map(String::as_str)
}
