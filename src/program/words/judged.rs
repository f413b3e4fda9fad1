//! How it was judged, in words: what a requirement came to, and why.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Words, time};
use crate::program::number::Number;
use crate::program::proof::{Evaluation, Judged, Outcome, Reason, RequirementProof, Verdict, Why};
use crate::program::rules::Comparison;
use crate::program::span::Unit;
use crate::program::standing::Move;
use crate::tongue::Tongue::{English, German};

/// How many days are named in a line.
const NAMED: usize = 6;

impl Words<'_> {
    /// How a requirement was judged, in a line: with those of its parts that it is, or is not, met by.
    #[must_use]
    pub fn judged(&self, proof: &RequirementProof) -> String {
        let (text, parts) = self.line_and_parts(proof);
        let alike = parts.iter().filter(|it| it.verdict == proof.verdict);
        let mut told: Vec<_> = alike
            .clone()
            .take(NAMED)
            .map(|it| self.judged(it))
            .collect();
        if told.is_empty() {
            return text;
        }
        if alike.count() > NAMED {
            told.push("…".to_owned());
        }
        let met = parts.iter().filter(|it| it.verdict == Verdict::Met).count();
        if matches!(proof.what, Judged::Some { .. }) && proof.verdict == Verdict::NotMet && met > 0
        {
            told.push(match self.tongue {
                English => format!("{met} of {} met", parts.len()),
                German => format!("{met} von {} erfüllt", parts.len()),
            });
        }
        format!("{text} ({})", told.join("; "))
    }

    /// How a requirement was judged, for those who are told its parts beside it.
    #[must_use]
    pub fn judged_alone(&self, proof: &RequirementProof) -> String {
        self.line_and_parts(proof).0
    }

    /// An evaluation, line by line: each track, each tier, and what each requires.
    #[must_use]
    pub fn evaluation(&self, evaluation: &Evaluation) -> Vec<String> {
        let none = match self.tongue {
            English => "none",
            German => "keine Stufe",
        };
        let mut lines = Vec::new();
        for track in &evaluation.tracks {
            let named = self.document.track(&track.track);
            let name = named.map_or(track.track.as_str(), |it| self.text(&it.name));
            let earned = track.earned.as_deref().unwrap_or(none);
            lines.push(format!("{name}: {earned}"));
            for tier in &track.tiers {
                let mark = if tier.earned { "[x]" } else { "[ ]" };
                lines.push(format!("  {mark} {}", tier.tier));
                for requirement in &tier.requires {
                    self.lines(requirement, 3, &mut lines);
                }
            }
        }
        lines
    }

    /// What happened to a standing on a day, in a line; nothing where a partner just entered.
    #[must_use]
    pub fn moved(&self, day: NaiveDate, what: &Move, why: &[RequirementProof]) -> Option<String> {
        let what = match (self.tongue, what) {
            (English | German, Move::Entered) => return None,
            (English, Move::Advanced { .. }) => "up".to_owned(),
            (German, Move::Advanced { .. }) => "aufgestiegen".to_owned(),
            (English, Move::AtRisk { decided_on, .. }) => {
                format!("at risk, decided on {}", self.day(*decided_on))
            }
            (German, Move::AtRisk { decided_on, .. }) => {
                format!("gefährdet, Entscheidung am {}", self.day(*decided_on))
            }
            (English, Move::GraceStarted { ends_on, .. }) => {
                format!("grace until {}", self.day(*ends_on))
            }
            (German, Move::GraceStarted { ends_on, .. }) => {
                format!("Schonfrist bis zum {}", self.day(*ends_on))
            }
            (English, Move::Kept) => "kept".to_owned(),
            (German, Move::Kept) => "gehalten".to_owned(),
            (English, Move::Demoted { .. }) => "down".to_owned(),
            (German, Move::Demoted { .. }) => "abgestiegen".to_owned(),
        };
        Some(self.on_day(day, &what, why))
    }

    /// What happened on a day, and why, in a line.
    pub(super) fn on_day(&self, day: NaiveDate, what: &str, why: &[RequirementProof]) -> String {
        let day = self.day(day);
        let why: Vec<_> = why.iter().map(|it| self.judged(it)).collect();
        if why.is_empty() {
            format!("{day}: {what}")
        } else {
            format!("{day}: {what} – {}", why.join("; "))
        }
    }

    /// What a metric is, or why it is none.
    #[must_use]
    pub fn outcome(&self, outcome: &Outcome) -> String {
        match (self.tongue, outcome) {
            (English | German, Outcome::Value(value)) => self.number(value),
            (English, Outcome::NotApplicable(reason)) => {
                format!("not applicable ({})", self.reason(reason))
            }
            (German, Outcome::NotApplicable(reason)) => {
                format!("nicht anwendbar ({})", self.reason(reason))
            }
            (English, Outcome::Undefined(reason)) => format!("unknown ({})", self.reason(reason)),
            (German, Outcome::Undefined(reason)) => format!("unbekannt ({})", self.reason(reason)),
        }
    }

    /// Why a fact did not count.
    #[must_use]
    pub fn left_out(&self, why: &Why) -> String {
        match (self.tongue, why) {
            (English, Why::Unreadable(what)) => format!("it could not be read: {what}"),
            (German, Why::Unreadable(what)) => format!("nicht lesbar: {what}"),
            (English, Why::NoNumber) => "it tells no number".to_owned(),
            (German, Why::NoNumber) => "darin steht keine Zahl".to_owned(),
            (English, Why::NoCurrency) => "it tells no currency".to_owned(),
            (German, Why::NoCurrency) => "darin steht keine Währung".to_owned(),
            (English, Why::UnknownCurrency(currency)) => {
                format!("the program's table of exchange does not know {currency}")
            }
            (German, Why::UnknownCurrency(currency)) => {
                format!("die Umrechnungstabelle des Programms kennt {currency} nicht")
            }
        }
    }

    fn reason(&self, reason: &Reason) -> String {
        let told = match (self.tongue, reason) {
            (English | German, Reason::Stated(text)) => self.text(text),
            (English, Reason::NothingMeasured) => "there is nothing to measure",
            (German, Reason::NothingMeasured) => "es gibt nichts zu messen",
            (English, Reason::DividedByNothing) => "it is a share of nothing",
            (German, Reason::DividedByNothing) => "es wäre ein Anteil an nichts",
            (English, Reason::NoCase) => "no case of it holds",
            (German, Reason::NoCase) => "keiner der Fälle trifft zu",
            (English, Reason::NoPart) => "nothing that it is made of applies",
            (German, Reason::NoPart) => "nichts, woraus es besteht, ist anwendbar",
            (English, Reason::NoNumberFor { attribute, value }) => {
                return match value {
                    Some(value) => format!("there is no number for {attribute} {value}"),
                    None => format!("the partner's {attribute} is not known"),
                };
            }
            (German, Reason::NoNumberFor { attribute, value }) => {
                return match value {
                    Some(value) => format!("für {attribute} {value} gibt es keine Zahl"),
                    None => format!("{attribute} ist beim Partner nicht bekannt"),
                };
            }
            (English, Reason::NoCurrency) => "the partner's currency is not known",
            (German, Reason::NoCurrency) => "die Währung des Partners ist nicht bekannt",
            (English, Reason::TooLong) => "the number has too many digits",
            (German, Reason::TooLong) => "die Zahl hat zu viele Stellen",
            (English, Reason::Part(metric)) => {
                return format!("because of {}", self.metric(metric));
            }
            (German, Reason::Part(metric)) => {
                return format!("es beruht auf „{}“", self.metric(metric));
            }
        };
        told.to_owned()
    }

    /// How a requirement was judged, and its parts below it.
    fn lines(&self, proof: &RequirementProof, depth: usize, lines: &mut Vec<String>) {
        let (text, parts) = self.line_and_parts(proof);
        let mark = match (self.tongue, proof.verdict) {
            (English, Verdict::Met) => "yes",
            (German, Verdict::Met) => "ja",
            (English, Verdict::NotMet) => "no",
            (German, Verdict::NotMet) => "nein",
            (English | German, Verdict::NotApplicable) => "-",
        };
        lines.push(format!("{}{mark} {text}", "  ".repeat(depth)));
        for part in parts {
            self.lines(part, depth + 1, lines);
        }
    }

    fn line_and_parts<'p>(&self, proof: &'p RequirementProof) -> (String, &'p [RequirementProof]) {
        let (text, parts): (String, &'p [RequirementProof]) = match &proof.what {
            Judged::Metric {
                metric,
                outcome,
                comparison,
                limit,
                short,
            } => {
                let found = self.outcome(outcome);
                let mut text = format!("{}: {found}", self.metric(metric));
                text.push_str(&match limit {
                    Some(limit) => self.held_against(outcome, *comparison, limit),
                    None => self.without_limit(metric),
                });
                if let Some(short) = short {
                    text.push_str(&self.short(*comparison, short));
                }
                (text, &[])
            }
            Judged::Partner(known) => {
                let each = known
                    .iter()
                    .map(|(name, value)| (self.attribute(name), value))
                    .map(|(name, value)| match (self.tongue, value) {
                        (English, Some(value)) => format!("{name} is {value}"),
                        (English, None) => format!("{name} is not known"),
                        (German, Some(value)) => format!("{name} ist {value}"),
                        (German, None) => format!("{name} ist nicht bekannt"),
                    });
                (each.collect::<Vec<_>>().join(", "), &[])
            }
            Judged::Tier {
                track,
                tier,
                earned,
            } => {
                let wanted = self.tier_of(track, tier);
                let earned = earned.as_deref().map(|it| self.tier(track, it));
                let found = match (self.tongue, earned) {
                    (English, Some(earned)) => format!("{earned} is earned"),
                    (German, Some(earned)) => format!("{earned} ist verdient"),
                    (English, None) => "none is earned".to_owned(),
                    (German, None) => "noch keine Stufe verdient".to_owned(),
                };
                (format!("{wanted}; {found}"), &[])
            }
            Judged::All(of) => match self.tongue {
                English => ("all of".to_owned(), of),
                German => ("alles davon".to_owned(), of),
            },
            Judged::Some { count, of } => match self.tongue {
                English => (format!("at least {count} of"), of),
                German => (format!("mindestens {count} davon"), of),
            },
            Judged::Days {
                from,
                to,
                every,
                day,
                of,
            } => {
                let (from, to) = (self.day(*from), self.day(*to));
                let mut text = match (self.tongue, every) {
                    (English, true) => format!("on every day from {from} to {to}"),
                    (English, false) => format!("on any day from {from} to {to}"),
                    (German, true) => format!("an jedem Tag vom {from} bis zum {to}"),
                    (German, false) => format!("an einem Tag vom {from} bis zum {to}"),
                };
                if let Some(day) = day.map(|it| self.day(it)) {
                    text = match self.tongue {
                        English => format!("{text}, decided by {day}"),
                        German => format!("{text}, entscheidend war der {day}"),
                    };
                }
                (text, of)
            }
            Judged::Ends {
                each,
                count,
                held,
                missed,
                of,
            } => (self.ends(*each, *count, held, missed), of),
        };
        let name = proof.name.as_ref();
        let name = name.map_or_else(String::new, |it| format!("{}: ", self.text(it)));
        (format!("{name}{text}"), parts)
    }

    /// At the ends of how many stretches something held, and on which it did not.
    fn ends(&self, each: Unit, count: usize, held: &[NaiveDate], missed: &[NaiveDate]) -> String {
        let (had, all) = (held.len(), held.len() + missed.len());
        let mut days: Vec<_> = missed.iter().take(NAMED).map(|it| self.day(*it)).collect();
        if missed.len() > NAMED {
            days.push("…".to_owned());
        }
        let days = days.join(", ");
        let of = time::counted(self.tongue, each, all);
        match (self.tongue, missed.is_empty()) {
            (English, true) => format!("held at the end of all {of}"),
            (English, false) => {
                format!("held at the end of {had} of {of}; needed: at least {count}; not on {days}")
            }
            (German, true) => format!("am Ende von allen {of} erfüllt"),
            (German, false) => format!(
                "am Ende von {had} von {of} erfüllt; nötig: mindestens {count}; nicht am {days}"
            ),
        }
    }

    /// That a metric has no limit for the partner, and by which of its attributes limits are told.
    fn without_limit(&self, metric: &str) -> String {
        let tiers = self.document.tracks.iter().flat_map(|it| &it.tiers);
        let asked = tiers.flat_map(|it| it.requires.iter().chain(&it.keeps));
        let mut by = BTreeSet::new();
        asked.for_each(|it| it.limited_by(metric, &mut by));
        let by = by.into_iter().collect::<Vec<_>>().join(", ");
        match (self.tongue, by.is_empty()) {
            (English, true) => "; there is no limit for this partner".to_owned(),
            (German, true) => "; für diesen Partner gibt es keine Grenze".to_owned(),
            (English, false) => format!(
                "; there is no limit for this partner: its `{by}` is not known, or none that is named"
            ),
            (German, false) => format!(
                "; für diesen Partner gibt es keine Grenze: sein `{by}` ist nicht bekannt oder keines der \
                 genannten"
            ),
        }
    }

    /// What something is held against, behind what it is.
    fn held_against(&self, outcome: &Outcome, comparison: Comparison, limit: &Number) -> String {
        let wanted = format!("{} {}", self.bound(comparison), self.number(limit));
        // So much of what is asked for: that is said of a number that has to come up to another.
        let is_part = outcome.value().is_some() && is_floor(comparison);
        match (self.tongue, is_part) {
            (English, true) => format!(" of {wanted}"),
            (German, true) => format!(" von {wanted}"),
            (English, false) => format!("; needed: {wanted}"),
            (German, false) => format!("; nötig: {wanted}"),
        }
    }

    /// By how much something fails, behind what it is held against; nothing where it is the limit.
    fn short(&self, comparison: Comparison, short: &Number) -> String {
        if *short == Number::zero() {
            return String::new();
        }
        let short = self.number(short);
        match (self.tongue, is_floor(comparison)) {
            (English, true) => format!(" ({short} missing)"),
            (English, false) => format!(" ({short} too many)"),
            (German, true) => format!(" ({short} zu wenig)"),
            (German, false) => format!(" ({short} zu viel)"),
        }
    }
}

/// Whether a number has to come up to the limit, and not to stay below it.
fn is_floor(comparison: Comparison) -> bool {
    match comparison {
        Comparison::AtLeast | Comparison::Above => true,
        Comparison::AtMost | Comparison::Below => false,
    }
}
