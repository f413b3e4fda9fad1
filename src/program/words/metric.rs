//! How a metric is measured, in words: what it is, and each thing that is said of it, on its own. Of two
//! versions, only what differs has to be told.

use super::{Words, things, time};
use crate::program::document::{
    Bands, Case, Condition, Counted, FieldTest, Having, InMean, Measure, Metric, Named, OneOrMany,
    Points, Scalar, Step, Weight,
};
use crate::program::rules::{Comparison, PARTNER};
use crate::program::span::Window;
use crate::tongue::Tongue::{English, German};

impl Words<'_> {
    /// All that is said of how a metric is measured, a part for each.
    pub(super) fn measured(&self, metric: &Metric) -> Vec<String> {
        let mut parts = Vec::new();
        let say = |english: &str, german: &str, what: String| match self.tongue {
            English => format!("{english} {what}"),
            German => format!("{german} {what}"),
        };
        if let Some(measure) = &metric.measure {
            self.measure(measure, &mut parts);
        }
        let formula = metric.formula.iter();
        parts.extend(formula.map(|it| say("reckoned as", "berechnet als", self.formula(it))));
        if let Some(points) = &metric.points {
            self.points(points, &mut parts);
        }
        if let Some(steps) = &metric.steps {
            let of = steps.of.iter().zip(1..);
            parts.extend(of.map(|(step, place)| self.climbed(place, step)));
            let most = steps.at_most.iter();
            parts.extend(
                most.map(|it| say("in all at most", "insgesamt höchstens", self.number(it))),
            );
        }
        parts.extend(metric.seats.iter().map(|it| {
            let (count, of) = (it.count, self.metric(&it.of));
            match self.tongue {
                English => format!("{count} seats for “{of}”"),
                German => format!("{count} Plätze für „{of}“"),
            }
        }));
        parts.extend(metric.seats_each.map(|each| match self.tongue {
            English => format!("whoever counts may fill seats of {each} kinds"),
            German => format!("wer zählt, darf Plätze von {each} Arten füllen"),
        }));
        if let Some(counted) = &metric.counted {
            self.counted(counted, &mut parts);
        }
        for (of, english, german) in [
            (&metric.best, "the highest of", "das Höchste von"),
            (&metric.least, "the lowest of", "das Niedrigste von"),
            (&metric.total, "the sum of", "die Summe von"),
        ] {
            if !of.is_empty() {
                parts.push(say(english, german, self.metrics(of)));
            }
        }
        if !metric.mean.is_empty() {
            let of = metric.mean.iter().map(|it| self.weighed(it));
            let of = of.collect::<Vec<_>>().join("; ");
            parts.push(say("the mean of", "das Mittel von", of));
        }
        parts.extend(metric.best_of.iter().map(|it| {
            let (count, of) = (it.count, self.metrics(&it.of));
            match self.tongue {
                English => format!("the sum of the highest {count} of {of}"),
                German => format!("die Summe der {count} höchsten von {of}"),
            }
        }));
        parts.extend(metric.bands.iter().map(|it| self.bands(it)));
        parts.extend(metric.earlier.iter().map(|it| {
            let (of, by) = (self.metric(&it.of), self.span(it.by));
            match self.tongue {
                English => format!("“{of}” {by} earlier"),
                German => format!("„{of}“ {by} früher"),
            }
        }));
        if !metric.cases.is_empty() {
            parts.push(self.cases(&metric.cases));
        }
        parts.extend(metric.value.iter().map(|it| match it {
            super::Limit::One(it) => self.number_or_name(it),
            super::Limit::By(table) => self.numbers(table),
        }));
        let reason = metric.not_applicable.iter();
        parts.extend(reason.map(|it| {
            let why = self.text(it).trim_end_matches('.').to_owned();
            say("not applicable:", "nicht anwendbar:", why)
        }));
        parts.extend(metric.otherwise.iter().map(|it| {
            let number = self.number(it);
            match self.tongue {
                English => format!("{number} where nothing can be said"),
                German => format!("{number}, wo sich nichts sagen lässt"),
            }
        }));
        parts
    }

    fn measure(&self, it: &Measure, parts: &mut Vec<String>) {
        let records = things::records(self.tongue, &it.of);
        let made = Made {
            distinct: it.distinct.as_ref(),
            of_one: [
                &it.sum,
                &it.average,
                &it.median,
                &it.largest,
                &it.smallest,
                &it.latest,
            ],
        };
        let made = self.made(&made);
        parts.push(match self.tongue {
            English => format!("{made} of {records}"),
            German => format!("{made} ({records})"),
        });
        parts.extend(self.conditions(&it.conditions).map(|it| match self.tongue {
            English => format!("only where {it}"),
            German => format!("nur solche: {it}"),
        }));
        for (window, english, german) in [
            (&it.during, "over the time", "in der Zeit"),
            (&it.started, "begun in the time", "begonnen in der Zeit"),
            (&it.ended, "ended in the time", "beendet in der Zeit"),
        ] {
            let Some(window) = window else { continue };
            parts.push(self.window(english, german, window));
        }
        parts.extend(it.counts_for.map(|it| match (self.tongue, self.span(it)) {
            (English, span) => format!("each for {span} at most"),
            (German, span) => format!("jeweils höchstens {span} lang"),
        }));
        parts.extend(it.since_tier.iter().map(|key| {
            let track = self.document.track(key);
            let track = track.map_or(key.as_str(), |it| self.text(&it.name));
            match self.tongue {
                English => format!("only since the partner came to its tier of “{track}”"),
                German => format!("nur, seit der Partner auf seine Stufe bei „{track}“ kam"),
            }
        }));
        parts.extend(it.still_for.map(|it| match (self.tongue, self.span(it)) {
            (English, span) => format!("only what goes on for {span} yet"),
            (German, span) => format!("nur, was noch {span} andauert"),
        }));
        parts.extend(
            it.provisional_until_day
                .map(|day| match (self.tongue, day) {
                    (English, 0) => "without what is provisional".to_owned(),
                    (German, 0) => "ohne Vorläufiges".to_owned(),
                    (English, _) => format!("what is provisional until day {day} of the month"),
                    (German, _) => format!("Vorläufiges bis zum {day}. Tag des Monats"),
                }),
        );
        parts.extend(
            it.latest_per
                .iter()
                .map(|it| match (self.tongue, self.fields(it)) {
                    (English, fields) => format!("only the latest for each {fields}"),
                    (German, fields) => format!("nur jeweils das Neueste je {fields}"),
                }),
        );
        parts.extend(it.having.iter().map(|it| self.having(it)));
        parts.extend(it.weights.iter().map(|it| self.weights(it)));
        parts.extend(
            it.currency
                .iter()
                .map(|it| match (self.tongue, it.as_str()) {
                    (English, PARTNER) => "in the partner’s currency".to_owned(),
                    (German, PARTNER) => "in der Währung des Partners".to_owned(),
                    (English | German, currency) => format!("in {currency}"),
                }),
        );
        parts.extend(it.at_most_each.iter().map(|it| {
            let (amount, field) = (self.number(&it.amount), self.field(&it.field));
            match self.tongue {
                English => format!("at most {amount} for each {field}"),
                German => format!("höchstens {amount} je {field}"),
            }
        }));
    }

    /// What is made of records.
    fn made(&self, made: &Made<'_>) -> String {
        if let Some(distinct) = made.distinct {
            let fields = self.fields(distinct);
            return match self.tongue {
                English => format!("how many different values of {fields}"),
                German => format!("verschiedene Werte von {fields}"),
            };
        }
        let names = match self.tongue {
            English => [
                "the sum",
                "the average",
                "the median",
                "the largest value",
                "the smallest value",
                "the latest value",
            ],
            German => [
                "Summe",
                "Durchschnitt",
                "Median",
                "größter Wert",
                "kleinster Wert",
                "neuester Wert",
            ],
        };
        let mut of_one = names.into_iter().zip(made.of_one);
        let of_one = of_one.find_map(|(name, field)| Some((name, field.as_ref()?)));
        match (self.tongue, of_one) {
            (English, None) => "the number".to_owned(),
            (German, None) => "Anzahl".to_owned(),
            (English, Some((name, field))) => format!("{name} of {}", self.field(field)),
            (German, Some((name, field))) => format!("{name}: {}", self.field(field)),
        }
    }

    fn having(&self, it: &Having) -> String {
        let made = self.made(&Made {
            distinct: it.distinct.as_ref(),
            of_one: [
                &it.sum,
                &it.average,
                &it.median,
                &it.largest,
                &it.smallest,
                &it.latest,
            ],
        });
        let least = self.number(&it.at_least);
        let per = it.per.map(|unit| time::counted(self.tongue, unit, 1));
        let per = per.map_or_else(String::new, |per| match self.tongue {
            English => format!(" within {per}"),
            German => format!(" innerhalb von {per}"),
        });
        match self.tongue {
            English => format!("only groups where this is at least {least}{per}: {made}"),
            German => format!("nur Gruppen, bei denen dies mindestens {least} ist{per}: {made}"),
        }
    }

    /// What records are multiplied by: the first case that fits.
    fn weights(&self, of: &[Weight]) -> String {
        let cases = of.iter().map(|it| {
            let conditions: Vec<_> = self.conditions(&it.conditions).collect();
            let (times, conditions) = (self.number(&it.times), conditions.join(self.also()));
            match (self.tongue, conditions.is_empty()) {
                (English, true) => format!("times {times}"),
                (German, true) => format!("mal {times}"),
                (English, false) => format!("times {times} where {conditions}"),
                (German, false) => format!("mal {times} bei: {conditions}"),
            }
        });
        let cases: Vec<_> = cases.collect();
        cases.join(self.or_else())
    }

    fn points(&self, it: &Points, parts: &mut Vec<String>) {
        let (each, of) = (self.number(&it.each), self.metric(&it.of));
        let per = it.per.as_ref().map(|it| self.number(it));
        let per = per.unwrap_or_else(|| "1".to_owned());
        parts.push(match self.tongue {
            English => format!("{each} for every {per} of “{of}”"),
            German => format!("{each} für je {per} von „{of}“"),
        });
        let whole = match self.tongue {
            English => "whole ones only",
            German => "nur ganze",
        };
        parts.extend((it.whole == Some(true)).then(|| whole.to_owned()));
        for (bound, limit) in [
            (Comparison::AtMost, &it.at_most),
            (Comparison::AtLeast, &it.at_least),
        ] {
            let limit = limit.iter();
            parts.extend(limit.map(|it| format!("{} {}", self.bound(bound), self.number(it))));
        }
    }

    fn climbed(&self, place: u32, it: &Step) -> String {
        let (metric, each) = (self.metric(&it.metric), self.number(&it.each));
        let mut told = match self.tongue {
            English => format!("step {place}: {each} for each of “{metric}”"),
            German => format!("Schritt {place}: je {each} für „{metric}“"),
        };
        for (limit, english, german) in [
            (
                &it.needs,
                "of which it needs at least",
                "davon nötig mindestens",
            ),
            (&it.at_most, "at most", "höchstens"),
        ] {
            let Some(limit) = limit else { continue };
            let limit = self.number(limit);
            let words = match self.tongue {
                English => english,
                German => german,
            };
            for part in [", ", words, " ", limit.as_str()] {
                told.push_str(part);
            }
        }
        told
    }

    fn counted(&self, it: &Counted, parts: &mut Vec<String>) {
        for (of, english, german) in [
            (
                &it.by_any,
                "counted by any of",
                "gezählt von irgendeinem von",
            ),
            (&it.by_each, "counted by each of", "gezählt von jedem von"),
            (&it.by_none, "counted by none of", "gezählt von keinem von"),
        ] {
            if of.is_empty() {
                continue;
            }
            let of = self.metrics(of);
            parts.push(match self.tongue {
                English => format!("{english} {of}"),
                German => format!("{german} {of}"),
            });
        }
    }

    fn bands(&self, it: &Bands) -> String {
        let of = self.metric(&it.of);
        let steps = it.steps.iter().map(|it| {
            let (from, is) = (self.number(&it.from), self.number(&it.is));
            match self.tongue {
                English => format!("{is} from {from} on"),
                German => format!("{is} ab {from}"),
            }
        });
        let steps: Vec<_> = steps.collect();
        match self.tongue {
            English => format!("by “{of}”: {}", steps.join("; ")),
            German => format!("je nach „{of}“: {}", steps.join("; ")),
        }
    }

    fn cases(&self, of: &[Case]) -> String {
        let cases = of.iter().map(|it| {
            let used = self.number_or_name(&it.metric);
            match (self.tongue, &it.when) {
                (English | German, None) => used,
                (English, Some(when)) => format!("{used} where ({})", self.in_full(when)),
                (German, Some(when)) => format!("{used} bei ({})", self.in_full(when)),
            }
        });
        let cases: Vec<_> = cases.collect();
        cases.join(self.or_else())
    }

    /// A formula, with what its metrics are called.
    fn formula(&self, text: &str) -> String {
        let mut told = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_in = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let end = rest.find(|c: char| !is_in(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end.max(first.len_utf8()));
            if first.is_ascii_digit() {
                told.push_str(&self.tongue.number(word));
            } else if self.document.metrics.contains_key(word) {
                told.push_str(self.metric(word));
            } else {
                told.push_str(word);
            }
            rest = behind;
        }
        told
    }

    fn window(&self, english: &str, german: &str, window: &Window) -> String {
        let time = time::window(self.tongue, window);
        match self.tongue {
            English => format!("{english} {time}"),
            German => format!("{german} {time}"),
        }
    }

    /// What fields have to be, each on its own.
    fn conditions(&self, of: &Named<Condition>) -> impl Iterator<Item = String> {
        of.iter()
            .map(|(field, condition)| self.condition(self.field(field), condition))
    }

    fn condition(&self, field: &str, condition: &Condition) -> String {
        let one_of = |is: &str, of: &[Scalar]| {
            let values: Vec<_> = of.iter().map(|it| self.scalar(it)).collect();
            let or = match self.tongue {
                English => " or ",
                German => " oder ",
            };
            format!("{is} {}", values.join(or))
        };
        let (is, is_not) = match self.tongue {
            English => ("is", "is not"),
            German => ("ist", "ist nicht"),
        };
        match condition {
            Condition::Is(scalar) => {
                format!("{field} {}", one_of(is, std::slice::from_ref(scalar)))
            }
            Condition::OneOf(scalars) => format!("{field} {}", one_of(is, scalars)),
            Condition::Test(test) => {
                let mut told = self.tests(test);
                if !test.not.is_empty() {
                    told.push(one_of(is_not, &test.not));
                }
                format!("{field} {}", told.join(self.also()))
            }
        }
    }

    fn tests(&self, test: &FieldTest) -> Vec<String> {
        let mut told = Vec::new();
        told.extend(test.list.iter().map(|it| match self.tongue {
            English => format!("is on the list “{it}”"),
            German => format!("steht auf der Liste „{it}“"),
        }));
        told.extend(test.not_in.iter().map(|it| match self.tongue {
            English => format!("is not on the list “{it}”"),
            German => format!("steht nicht auf der Liste „{it}“"),
        }));
        for (bound, limit) in [
            (Comparison::AtLeast, &test.at_least),
            (Comparison::Above, &test.above),
            (Comparison::AtMost, &test.at_most),
            (Comparison::Below, &test.below),
        ] {
            let Some(limit) = limit else { continue };
            let (bound, limit) = (self.bound(bound), self.number(limit));
            told.push(match self.tongue {
                English => format!("is {bound} {limit}"),
                German => format!("ist {bound} {limit}"),
            });
        }
        told.extend(test.since.map(|it| match (self.tongue, self.day(it)) {
            (English, day) => format!("is {day} or later"),
            (German, day) => format!("ist der {day} oder später"),
        }));
        told.extend(test.before.map(|it| match (self.tongue, self.day(it)) {
            (English, day) => format!("is before {day}"),
            (German, day) => format!("liegt vor dem {day}"),
        }));
        told.extend(test.of_partner.iter().map(|it| match self.tongue {
            English => format!("is the partner's own ({})", self.field(it)),
            German => format!("ist wie beim Partner selbst ({})", self.field(it)),
        }));
        told.extend(test.told.map(|it| {
            let told = match (self.tongue, it) {
                (English, true) => "is told",
                (English, false) => "is not told",
                (German, true) => "ist angegeben",
                (German, false) => "ist nicht angegeben",
            };
            told.to_owned()
        }));
        told
    }

    fn scalar(&self, scalar: &Scalar) -> String {
        match (self.tongue, scalar) {
            (English | German, Scalar::Text(text)) => text.clone(),
            (English | German, Scalar::Whole(number)) => self.tongue.number(&number.to_string()),
            (English, Scalar::Flag(true)) => "yes".to_owned(),
            (English, Scalar::Flag(false)) => "no".to_owned(),
            (German, Scalar::Flag(true)) => "ja".to_owned(),
            (German, Scalar::Flag(false)) => "nein".to_owned(),
        }
    }

    fn field<'f>(&self, name: &'f str) -> &'f str {
        things::field(self.tongue, name)
    }

    /// Fields that are looked at together.
    fn fields(&self, of: &OneOrMany) -> String {
        let names: Vec<_> = of.values().iter().map(|it| self.field(it)).collect();
        names.join(self.also())
    }

    fn weighed(&self, it: &InMean) -> String {
        let name = self.metrics(std::slice::from_ref(it.metric()));
        match (self.tongue, it.weight()) {
            (_, None) => name,
            (English, Some(weight)) => format!("{name} with weight {}", self.number(weight)),
            (German, Some(weight)) => format!("{name} mit Gewicht {}", self.number(weight)),
        }
    }

    fn metrics(&self, of: &[String]) -> String {
        let names = of.iter().map(|it| match (self.tongue, self.metric(it)) {
            (English, name) => format!("“{name}”"),
            (German, name) => format!("„{name}“"),
        });
        names.collect::<Vec<_>>().join("; ")
    }

    fn also(&self) -> &'static str {
        match self.tongue {
            English => " and ",
            German => " und ",
        }
    }

    fn or_else(&self) -> &'static str {
        match self.tongue {
            English => ", or else ",
            German => ", sonst ",
        }
    }
}

/// What a document makes of records: of several fields, or of one.
struct Made<'m> {
    distinct: Option<&'m OneOrMany>,
    of_one: [&'m Option<String>; 6],
}
