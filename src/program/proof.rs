//! Proofs: what was measured, over which time, from which facts, and what it was held against.
//!
//! A proof is data: it is stored with a decision, read back years later, compared with what the same
//! rules say today, and told in words by [`super::words`].

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::document::Text;
use super::number::Number;
use super::rules::Comparison;
use super::span::{Range, Unit};

/// The most facts that a proof names one by one; all of them are in its digest.
pub const NAMED: usize = 100;

/// What stands in a document for that something does not apply.
pub const NOT_APPLICABLE: &str = "not applicable";

/// What a metric is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// This.
    Value(Number),
    /// Nothing: it does not apply to this partner.
    NotApplicable(Reason),
    /// Nothing that could be said.
    Undefined(Reason),
}

impl Outcome {
    /// The number, if it is one.
    #[must_use]
    pub fn value(&self) -> Option<&Number> {
        match self {
            Self::Value(number) => Some(number),
            Self::NotApplicable(_) | Self::Undefined(_) => None,
        }
    }
}

/// Why a metric is no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The document says so.
    Stated(Text),
    /// There is nothing of which a mean, a median or an extreme could be taken.
    NothingMeasured,
    /// Something is divided by nothing.
    DividedByNothing,
    /// No case of the metric holds.
    NoCase,
    /// None of the metrics that it is made of applies.
    NoPart,
    /// The document has no number for what the partner is, or it is not known what it is.
    NoNumberFor {
        /// The attribute.
        attribute: String,
        /// What it is of this partner, if it was told.
        value: Option<String>,
    },
    /// The partner's own currency was not told.
    NoCurrency,
    /// The number has more digits than are reckoned with.
    TooLong,
    /// Another metric, of which it is made, is none.
    Part(String),
}

/// Facts that something rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// How many.
    pub count: usize,
    /// The first of them by their keys, at most [`NAMED`].
    pub facts: Vec<Uuid>,
    /// SHA-256 over the keys of all of them, in order.
    pub digest: String,
}

/// A fact that did not count, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// The fact.
    pub fact: Uuid,
    /// Why.
    pub why: Why,
}

/// Why a fact did not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// Something in it could not be read.
    Unreadable(String),
    /// It tells no number.
    NoNumber,
    /// It tells no currency.
    NoCurrency,
    /// The table of exchange does not know its currency.
    UnknownCurrency(String),
}

/// How a metric came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricProof {
    /// What it is.
    pub outcome: Outcome,
    /// Over which time facts were looked at, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Range>,
    /// The facts that it rests on, where it rests on facts itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Facts that did not count, at most [`NAMED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Whether something that is not certain yet was counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// The metrics that it is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<String>,
    /// Which of several it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// Whether it is what the document says for the case that it cannot be said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub otherwise: bool,
    /// What it will be next, if nothing more happens; where it rests on facts itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Ahead>,
}

/// What a metric will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ahead {
    /// From which day on, as it begins.
    pub on: NaiveDate,
    /// What.
    pub outcome: Outcome,
    /// Facts that count now and will not then, at most [`NAMED`]: what ages out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Uuid>,
    /// Facts that do not count yet and will then, at most [`NAMED`]: what ripens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub come: Vec<Uuid>,
}

impl MetricProof {
    /// Just an outcome.
    #[must_use]
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            window: None,
            evidence: None,
            left_out: Vec::new(),
            provisional: false,
            of: Vec::new(),
            chosen: None,
            otherwise: false,
            next: None,
        }
    }

    /// Has no value that is too long to be reckoned with, and takes another one where it has none.
    pub(super) fn settle(&mut self, otherwise: Option<&Number>) {
        if self.outcome.value().is_some_and(Number::is_too_long) {
            self.outcome = Outcome::Undefined(Reason::TooLong);
        }
        if let (Outcome::Undefined(_), Some(otherwise)) = (&self.outcome, otherwise) {
            self.outcome = Outcome::Value(otherwise.clone());
            self.otherwise = true;
        }
    }

    /// The number that it is, or why another that is made of it, by its name, is none.
    pub(super) fn number(&self, name: impl FnOnce() -> String) -> Result<Number, Outcome> {
        match &self.outcome {
            Outcome::Value(number) => Ok(number.clone()),
            Outcome::NotApplicable(_) => Err(Outcome::NotApplicable(Reason::Part(name()))),
            Outcome::Undefined(_) => Err(Outcome::Undefined(Reason::Part(name()))),
        }
    }
}

/// Whether a requirement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It holds.
    Met,
    /// It does not.
    NotMet,
    /// It is nothing that this partner is asked for.
    NotApplicable,
}

/// How a requirement was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequirementProof {
    /// What it is called, where it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What was looked at.
    pub what: Judged,
    /// The day from which it is judged otherwise, if nothing more happens; of what tiers ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

impl RequirementProof {
    pub(super) fn of(verdict: Verdict, what: Judged) -> Self {
        Self {
            name: None,
            verdict,
            what,
            until: None,
        }
    }
}

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Judged {
    /// A metric and its limit.
    Metric {
        /// The metric.
        metric: String,
        /// What it is.
        outcome: Outcome,
        /// How it is held against the limit.
        comparison: Comparison,
        /// The limit; none where there is none for this partner.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Number>,
        /// By how much it fails.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        short: Option<Number>,
    },
    /// What is known of the partner itself: each attribute, and its value.
    Partner(BTreeMap<String, Option<String>>),
    /// A tier of another track.
    Tier {
        /// The track.
        track: String,
        /// The tier that is asked for, or a higher one.
        tier: String,
        /// The highest that is earned there; none for none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        earned: Option<String>,
    },
    /// All of these.
    All(Vec<RequirementProof>),
    /// At least so many of these.
    Some {
        /// How many.
        count: usize,
        /// Of these.
        of: Vec<RequirementProof>,
    },
    /// Days of a window.
    Days {
        /// The first day.
        from: NaiveDate,
        /// The last.
        to: NaiveDate,
        /// Whether it has to hold on every one of them.
        every: bool,
        /// The day that decided: one on which it held, or one on which it did not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day: Option<NaiveDate>,
        /// What was looked at on that day.
        of: Vec<RequirementProof>,
    },
    /// The ends of the last full stretches of the calendar.
    Ends {
        /// The stretches.
        each: Unit,
        /// At how many of them it has to hold.
        count: usize,
        /// Those at which it held, the latest first.
        held: Vec<NaiveDate>,
        /// Those at which it did not, the latest first.
        missed: Vec<NaiveDate>,
        /// What was looked at on the latest at which it did not hold, or on the latest.
        of: Vec<RequirementProof>,
    },
}

/// Whether a tier is earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TierProof {
    /// The tier.
    pub tier: String,
    /// Whether it is.
    pub earned: bool,
    /// Whether it is enough to keep it.
    pub kept: bool,
    /// What it requires.
    pub requires: Vec<RequirementProof>,
    /// What is enough to keep it, where that is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeps: Vec<RequirementProof>,
}

/// What is earned on a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackProof {
    /// The track.
    pub track: String,
    /// Whether it is for this partner.
    pub applies: bool,
    /// The highest tier that is earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earned: Option<String>,
    /// All its tiers, the lowest first.
    pub tiers: Vec<TierProof>,
}

impl TrackProof {
    /// A tier by its key.
    #[must_use]
    pub fn tier(&self, key: Option<&str>) -> Option<&TierProof> {
        self.tiers.iter().find(|it| Some(it.tier.as_str()) == key)
    }
}

/// What would be earned from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// The day, as it begins.
    pub on: NaiveDate,
    /// The track.
    pub track: String,
    /// What is earned before.
    pub from: Option<String>,
    /// What is earned from then on.
    pub to: Option<String>,
    /// The requirements of the tier before that do not hold any more.
    pub because: Vec<RequirementProof>,
}

/// One computation of where a partner stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// The rules, by their hash.
    pub rules: String,
    /// The instant that was looked at.
    pub as_of: DateTime<Utc>,
    /// What was recorded until then was known.
    pub known_on: DateTime<Utc>,
    /// What was known of the partner beside the facts.
    pub partner: BTreeMap<String, String>,
    /// All metrics.
    pub metrics: BTreeMap<String, MetricProof>,
    /// All tracks.
    pub tracks: Vec<TrackProof>,
    /// What will be earned on which day, if nothing more happens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
    /// Up to and with which day was looked ahead.
    pub foreseen_to: NaiveDate,
}

impl Evaluation {
    /// What is earned on that track.
    #[must_use]
    pub fn track(&self, key: &str) -> Option<&TrackProof> {
        self.tracks.iter().find(|it| it.track == key)
    }
}
