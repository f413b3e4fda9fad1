//! Rules, proofs and changes in plain words, in a reader's language.
//!
//! What a document names is told as the document names it in that language. The words around it are
//! in one of the [tongues](crate::tongue) of the portal, and so are numbers and days. A proof, which is
//! data, is put into words only when it is read.

mod change;
mod judged;
mod metric;
mod review;
mod story;
mod things;
mod time;

use chrono::NaiveDate;

use super::document::{
    Document, EveryMetric, Limit, Named, NumberOrName, OnDays, OneOrMany, Requirement, Table, Text,
};
use super::number::Number;
use super::proof::NOT_APPLICABLE;
use super::rules::Comparison;
use crate::tongue::Tongue::{self, English, German};

pub use change::change;
pub use story::why;
pub use time::span;

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
}

/// The words in which what a document says, and what is judged by it, is told to a reader.
#[derive(Clone, Copy, Debug)]
pub struct Words<'d> {
    document: &'d Document,
    locale: &'d str,
    tongue: Tongue,
}

impl<'d> Words<'d> {
    /// Those for a reader of that language.
    #[must_use]
    pub fn of(document: &'d Document, locale: &'d str) -> Self {
        Self {
            document,
            locale,
            tongue: Tongue::of(locale),
        }
    }

    /// What a requirement asks for.
    #[must_use]
    pub fn requirement(&self, it: &Requirement) -> String {
        match &it.name {
            Some(name) => self.text(name).to_owned(),
            None => self.content(it),
        }
    }

    /// The same, with what stands behind its name.
    fn in_full(&self, it: &Requirement) -> String {
        match &it.name {
            Some(name) => format!("{} ({})", self.text(name), self.content(it)),
            None => self.content(it),
        }
    }

    fn content(&self, it: &Requirement) -> String {
        if let Some(metric) = &it.metric {
            let limits = [
                (Comparison::AtLeast, &it.at_least),
                (Comparison::Above, &it.above),
                (Comparison::AtMost, &it.at_most),
                (Comparison::Below, &it.below),
            ];
            let mut limits = limits.into_iter();
            let limit = limits.find_map(|(bound, it)| Some(self.limit(bound, it.as_ref()?)));
            return format!("{}: {}", self.metric(metric), limit.unwrap_or_default());
        }
        if !it.partner.is_empty() {
            return self.partner(&it.partner);
        }
        if !it.tier.is_empty() {
            let tiers = it.tier.iter();
            return self.and(tiers.map(|(track, tier)| self.tier_of(track, tier)));
        }
        if !it.all_of.is_empty() {
            return self.all(&it.all_of);
        }
        if !it.any_of.is_empty() {
            let each = self.each(&it.any_of);
            return match self.tongue {
                English => format!("one of ({each})"),
                German => format!("eines von ({each})"),
            };
        }
        if let Some(some) = &it.some_of {
            let (count, each) = (some.count, self.each(&some.of));
            return match self.tongue {
                English => format!("{count} of ({each})"),
                German => format!("{count} von ({each})"),
            };
        }
        if let Some(EveryMetric { of, at_least }) = &it.every_metric {
            let names: Vec<_> = of.iter().map(|it| self.metric(it)).collect();
            let (names, limit) = (names.join("; "), self.number(at_least));
            return match self.tongue {
                English => format!("each of ({names}): at least {limit}"),
                German => format!("jedes von ({names}): mindestens {limit}"),
            };
        }
        let days = |days: &OnDays, every| {
            let when = time::days(self.tongue, every, &days.within);
            format!("{when}: {}", self.all(&days.requires))
        };
        match (&it.on_any_day, &it.on_every_day, &it.at_end_of) {
            (Some(any), ..) => days(any, false),
            (None, Some(every), _) => days(every, true),
            (None, None, Some(ends)) => {
                let when = time::ends(self.tongue, ends.each, ends.last, ends.least());
                format!("{when}: {}", self.all(&ends.requires))
            }
            (None, None, None) => String::new(),
        }
    }

    /// A tier, with its track.
    fn tier_of(&self, track: &str, tier: &str) -> String {
        let name = self.document.track(track).map(|it| self.text(&it.name));
        let bound = self.bound(Comparison::AtLeast);
        format!(
            "{}: {bound} {}",
            name.unwrap_or(track),
            self.tier(track, tier)
        )
    }

    fn tier<'t>(&self, track: &str, tier: &'t str) -> &'t str
    where
        'd: 't,
    {
        let named = self.document.tier_name(track, tier, self.locale);
        named.unwrap_or(tier)
    }

    fn text<'t>(&self, text: &'t Text) -> &'t str {
        text.read(self.locale, &self.document.locale)
    }

    fn metric<'k>(&self, key: &'k str) -> &'k str
    where
        'd: 'k,
    {
        self.document.metric_name(key, self.locale)
    }

    fn number(&self, number: &Number) -> String {
        self.tongue.number(&number.to_string())
    }

    fn day(&self, day: NaiveDate) -> String {
        self.tongue.day(day)
    }

    /// Requirements of which all have to hold.
    fn all(&self, of: &[Requirement]) -> String {
        self.and(of.iter().map(|it| self.requirement(it)))
    }

    /// What is enough to keep a tier.
    fn keeps(&self, of: &[Requirement], own: &str) -> String {
        if of.is_empty() {
            return own.to_owned();
        }
        self.all(of)
    }

    fn and(&self, each: impl Iterator<Item = String>) -> String {
        let each: Vec<_> = each.collect();
        each.join(match self.tongue {
            English => ", and ",
            German => " und ",
        })
    }

    /// Requirements of which some have to hold.
    fn each(&self, of: &[Requirement]) -> String {
        let each: Vec<_> = of.iter().map(|it| self.requirement(it)).collect();
        each.join("; ")
    }

    fn partner(&self, conditions: &Named<OneOrMany>) -> String {
        let (is, or, and) = match self.tongue {
            English => ("is", " or ", ", and "),
            German => ("ist", " oder ", " und "),
        };
        let each = conditions.iter().map(|(name, values)| {
            let attribute = self.attribute(name);
            format!("{attribute} {is} {}", values.values().join(or))
        });
        each.collect::<Vec<_>>().join(and)
    }

    /// What an attribute of a partner is called; those that others tell have the name that they gave it.
    fn attribute<'n>(&self, name: &'n str) -> &'n str {
        match (self.tongue, name) {
            (German, "kind") => "Art",
            (German, "country") => "Land",
            (German, "region") => "Region",
            (English | German, _) => name,
        }
    }

    fn bound(&self, comparison: Comparison) -> &'static str {
        match (self.tongue, comparison) {
            (English, Comparison::AtLeast) => "at least",
            (English, Comparison::Above) => "more than",
            (English, Comparison::AtMost) => "at most",
            (English, Comparison::Below) => "less than",
            (German, Comparison::AtLeast) => "mindestens",
            (German, Comparison::Above) => "mehr als",
            (German, Comparison::AtMost) => "höchstens",
            (German, Comparison::Below) => "weniger als",
        }
    }

    fn limit(&self, comparison: Comparison, limit: &Limit) -> String {
        let bound = self.bound(comparison);
        match limit {
            Limit::One(it) => format!("{bound} {}", self.number_or_name(it)),
            Limit::By(table) => format!("{bound}, {}", self.numbers(table)),
        }
    }

    fn numbers(&self, table: &Table<NumberOrName>) -> String {
        self.table(table, |it| self.number_or_name(it))
    }

    fn table<V>(&self, table: &Table<V>, told: impl Fn(&V) -> String) -> String {
        let Table {
            by,
            values,
            otherwise,
        } = table;
        let by = self.attribute(by);
        let (by, for_value, for_others) = match self.tongue {
            English => (format!("by {by}"), "for", "for others"),
            German => (format!("je nach {by}"), "bei", "bei allen anderen"),
        };
        let mut each: Vec<_> = values
            .iter()
            .map(|(value, it)| format!("{} {for_value} {value}", told(it)))
            .collect();
        let others = otherwise.as_ref();
        each.extend(others.map(|it| format!("{} {for_others}", told(it))));
        format!("{by}: {}", each.join(", "))
    }

    /// A number, or the metric that is it.
    fn number_or_name(&self, it: &NumberOrName) -> String {
        match it {
            NumberOrName::Number(number) => self.number(number),
            NumberOrName::Name(name) if name == NOT_APPLICABLE => match self.tongue {
                English => "not applicable".to_owned(),
                German => "nicht anwendbar".to_owned(),
            },
            NumberOrName::Name(name) => self.metric(name).to_owned(),
        }
    }
}
