//! Rules and proofs in plain words, for those who run a program at a terminal.
//!
//! Partners read proofs through their front end, which words them itself; letters have templates.

use chrono::NaiveDate;

use super::document::{
    Document, EveryMetric, Limit, Named, NumberOrName, OnDays, OneOrMany, Requirement, Table,
};
use super::number::Number;
use super::proof::{Evaluation, Judged, Outcome, Reason, RequirementProof, Verdict, Why};
use super::rules::Comparison;
use super::span::{Unit, Window};
use super::standing::Move;

impl Document {
    /// What a metric is called: its name, or its key.
    #[must_use]
    pub fn metric_name<'a>(&'a self, key: &'a str, locale: &str) -> &'a str {
        let name = self.metrics.get(key).and_then(|it| it.name.as_ref());
        name.map_or(key, |name| name.read(locale, &self.locale))
    }

    /// Of what a metric counts, where that is told.
    #[must_use]
    pub fn metric_unit<'a>(&'a self, key: &str, locale: &str) -> Option<&'a str> {
        let unit = self.metrics.get(key).and_then(|it| it.unit.as_ref());
        unit.map(|unit| unit.read(locale, &self.locale))
    }

    /// A requirement in words.
    #[must_use]
    pub fn requirement(&self, it: &Requirement) -> String {
        let all = |of: &[Requirement], joined: &str| {
            let each: Vec<_> = of.iter().map(|it| self.requirement(it)).collect();
            each.join(joined)
        };
        if let Some(name) = &it.name {
            return name.read(&self.locale, &self.locale).to_owned();
        }
        if let Some(metric) = &it.metric {
            let limits = [
                ("at least", &it.at_least),
                ("more than", &it.above),
                ("at most", &it.at_most),
                ("less than", &it.below),
            ];
            let named = limits
                .iter()
                .find_map(|(word, limit)| limit.as_ref().map(|it| (word, it)));
            let (word, limit) =
                named.map_or(("", String::new()), |(word, it)| (word, self.limit(it)));
            return format!("{}: {word} {limit}", self.metric_name(metric, &self.locale));
        }
        if !it.partner.is_empty() {
            return partner(&it.partner);
        }
        if !it.tier.is_empty() {
            let tiers = it
                .tier
                .iter()
                .map(|(track, tier)| self.tier_of(track, tier));
            return tiers.collect::<Vec<_>>().join(", and ");
        }
        if !it.all_of.is_empty() {
            return all(&it.all_of, ", and ");
        }
        if !it.any_of.is_empty() {
            return format!("one of ({})", all(&it.any_of, "; "));
        }
        if let Some(some) = &it.some_of {
            return format!("{} of ({})", some.count, all(&some.of, "; "));
        }
        if let Some(EveryMetric { of, at_least }) = &it.every_metric {
            let names: Vec<_> = of
                .iter()
                .map(|it| self.metric_name(it, &self.locale))
                .collect();
            return format!("each of ({}): at least {at_least}", names.join("; "));
        }
        let days = |days: &OnDays, which: &str| {
            format!(
                "on {which} day of {}: {}",
                window(&days.within),
                all(&days.requires, ", and ")
            )
        };
        match (&it.on_any_day, &it.on_every_day) {
            (Some(any), _) => days(any, "at least one"),
            (None, Some(every)) => days(every, "every"),
            (None, None) => String::new(),
        }
    }

    /// A tier, with its track.
    fn tier_of(&self, track: &str, tier: &str) -> String {
        let name = self
            .track(track)
            .map_or(track, |it| it.name.read(&self.locale, &self.locale));
        let tier = self.tier_name(track, tier, &self.locale).unwrap_or(tier);
        format!("{name}: at least {tier}")
    }

    fn limit(&self, limit: &Limit) -> String {
        let one = |it: &NumberOrName| match it {
            NumberOrName::Number(number) => number.to_string(),
            NumberOrName::Name(name) => self.metric_name(name, &self.locale).to_owned(),
        };
        match limit {
            Limit::One(it) => one(it),
            Limit::By(Table {
                by,
                values,
                otherwise,
            }) => {
                let mut each: Vec<_> = values
                    .iter()
                    .map(|(value, it)| format!("{} for {value}", one(it)))
                    .collect();
                each.extend(
                    otherwise
                        .as_ref()
                        .map(|it| format!("{} for others", one(it))),
                );
                format!("by {by}: {}", each.join(", "))
            }
        }
    }
}

fn partner(conditions: &Named<OneOrMany>) -> String {
    let each = conditions
        .iter()
        .map(|(attribute, values)| format!("{attribute} is {}", values.values().join(" or ")));
    each.collect::<Vec<_>>().join(", and ")
}

/// A window in words.
#[must_use]
pub fn window(window: &Window) -> String {
    let back = window
        .back
        .map_or_else(String::new, |it| format!(", {it} earlier"));
    if let Some(trailing) = window.trailing {
        return format!("the last {trailing}{back}");
    }
    if let Some(unit) = window.calendar {
        let name = match unit {
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Half => "half-year",
            Unit::Year => "year",
        };
        let last = window.last.unwrap_or(0);
        let current = window.current.unwrap_or(window.last.is_none());
        return match (last, current) {
            (0, _) => format!("this {name}{back}"),
            (1, false) => format!("last {name}{back}"),
            (many, false) => format!("the last {many} {name}s{back}"),
            (many, true) => format!("this {name} and {many} before{back}"),
        };
    }
    match (window.from, window.to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (Some(from), None) => format!("the time since {from}"),
        (None, Some(to)) => format!("the time until {to}"),
        (None, None) => "all time".to_owned(),
    }
}

/// An outcome in words.
#[must_use]
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Value(value) => value.to_string(),
        Outcome::NotApplicable(reason) => format!("not applicable ({})", because(reason)),
        Outcome::Undefined(reason) => format!("unknown ({})", because(reason)),
    }
}

fn because(reason: &Reason) -> String {
    match reason {
        Reason::Stated(text) => text.read("en", "en").to_owned(),
        Reason::NothingMeasured => "there is nothing to measure".to_owned(),
        Reason::DividedByNothing => "it is a share of nothing".to_owned(),
        Reason::NoCase => "no case of it holds".to_owned(),
        Reason::NoPart => "nothing that it is made of applies".to_owned(),
        Reason::NoNumberFor { attribute, value } => match value {
            Some(value) => format!("there is no number for {attribute} {value}"),
            None => format!("the partner's {attribute} is not known"),
        },
        Reason::NoCurrency => "the partner's currency is not known".to_owned(),
        Reason::Part(metric) => format!("because of {metric}"),
    }
}

/// An evaluation, line by line: each track, each tier, and what each requires.
#[must_use]
pub fn evaluation(document: &Document, evaluation: &Evaluation) -> Vec<String> {
    let mut lines = Vec::new();
    for track in &evaluation.tracks {
        let earned = track.earned.as_deref().unwrap_or("none");
        let named = document.tracks.iter().find(|it| it.key == track.track);
        let name = named.map_or(track.track.as_str(), |it| {
            it.name.read("en", &document.locale)
        });
        lines.push(format!("{name}: {earned}"));
        for tier in &track.tiers {
            lines.push(format!(
                "  {} {}",
                if tier.earned { "[x]" } else { "[ ]" },
                tier.tier
            ));
            for requirement in &tier.requires {
                judged(document, requirement, 3, &mut lines);
            }
        }
    }
    lines
}

/// What happened to a standing on a day, in a line; nothing where a partner just entered.
#[must_use]
pub fn moved(
    document: &Document,
    day: NaiveDate,
    what: &Move,
    why: &[RequirementProof],
) -> Option<String> {
    let what = match what {
        Move::Entered => return None,
        Move::Advanced { .. } => "up".to_owned(),
        Move::AtRisk { decided_on, .. } => format!("at risk, decided on {decided_on}"),
        Move::GraceStarted { ends_on, .. } => format!("grace until {ends_on}"),
        Move::Kept => "kept".to_owned(),
        Move::Demoted { .. } => "down".to_owned(),
    };
    let why: Vec<_> = why.iter().map(|it| requirement(document, it)).collect();
    Some(if why.is_empty() {
        format!("{day} {what}")
    } else {
        format!("{day} {what}: {}", why.join("; "))
    })
}

/// Why a fact did not count, in words.
#[must_use]
pub fn left_out(why: &Why) -> String {
    match why {
        Why::Unreadable(what) => format!("it could not be read: {what}"),
        Why::NoNumber => "it tells no number".to_owned(),
        Why::NoCurrency => "it tells no currency".to_owned(),
        Why::UnknownCurrency(currency) => {
            format!("the program's table of exchange does not know {currency}")
        }
    }
}

/// How one requirement was judged, in a line.
#[must_use]
pub fn requirement(document: &Document, proof: &RequirementProof) -> String {
    one(document, proof).0
}

fn judged(document: &Document, proof: &RequirementProof, depth: usize, lines: &mut Vec<String>) {
    let (text, parts) = one(document, proof);
    let mark = match proof.verdict {
        Verdict::Met => "yes",
        Verdict::NotMet => "no",
        Verdict::NotApplicable => "-",
    };
    lines.push(format!("{}{mark} {text}", "  ".repeat(depth)));
    for part in parts {
        judged(document, part, depth + 1, lines);
    }
}

/// How a requirement was judged, and its parts.
fn one<'a>(document: &Document, proof: &'a RequirementProof) -> (String, &'a [RequirementProof]) {
    let name = proof
        .name
        .as_ref()
        .map(|it| format!("{}: ", it.read("en", &document.locale)));
    let name = name.unwrap_or_default();
    let (text, parts): (String, &'a [RequirementProof]) = match &proof.what {
        Judged::Metric {
            metric,
            outcome: found,
            comparison,
            limit,
            short,
        } => {
            let short = short.as_ref().filter(|it| **it != Number::zero());
            let short = short.map_or_else(String::new, |it| format!(", {it} missing"));
            let word = match comparison {
                Comparison::AtLeast => "at least",
                Comparison::Above => "more than",
                Comparison::AtMost => "at most",
                Comparison::Below => "less than",
            };
            let limit = limit
                .as_ref()
                .map_or_else(|| "nothing that is known".to_owned(), ToString::to_string);
            (
                format!(
                    "{}: {} of {word} {limit}{short}",
                    document.metric_name(metric, "en"),
                    outcome(found)
                ),
                &[],
            )
        }
        Judged::Partner(known) => {
            let each = known.iter().map(|(name, value)| {
                format!("{name} is {}", value.as_deref().unwrap_or("not known"))
            });
            (each.collect::<Vec<_>>().join(", "), &[])
        }
        Judged::Tier {
            track,
            tier,
            earned,
        } => {
            let earned = earned.as_deref().map_or("none", |it| {
                document.tier_name(track, it, "en").unwrap_or(it)
            });
            (
                format!("{}: {earned} is earned", document.tier_of(track, tier)),
                &[],
            )
        }
        Judged::All(of) => ("all of".to_owned(), of),
        Judged::Some { count, of } => (format!("at least {count} of"), of),
        Judged::Days {
            from,
            to,
            every,
            day,
            of,
        } => {
            let which = if *every { "every" } else { "any" };
            let day = day.map_or_else(String::new, |day| format!(", decided by {day}"));
            (format!("on {which} day from {from} to {to}{day}"), of)
        }
    };
    (format!("{name}{text}"), parts)
}
