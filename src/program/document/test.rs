//! Tests as they are written: facts, and what comes of them.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Named, NumberOrName};
use crate::program::span::Span;

/// Facts, and where a partner stands by them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Test {
    /// What it shows.
    pub name: String,
    /// The day that is looked at, as it ended.
    pub as_of: NaiveDate,
    /// For `stands`: the day on which the partner came, and from which its standings are followed; that
    /// of the first fact by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// Until the end of which day what was recorded is known; `asOf` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_on: Option<NaiveDate>,
    /// Attributes of the partner.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partner: Named<String>,
    /// What happened. Every person who is named is a member of the partner, but for those of whom a
    /// fact says otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<TestFact>,
    /// What comes of it.
    pub expect: Expectation,
}

/// A fact of a test: `kind`, `on`, and the fields of the kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestFact {
    /// Its kind, such as `deal.won`.
    pub kind: String,
    /// The day on which it happened.
    pub on: NaiveDate,
    /// The time of that day; noon by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<NaiveTime>,
    /// The day on which it was recorded; `on` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<NaiveDate>,
    /// How often; in texts, `{n}` is which time, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How long from one time to the next; all on one day without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// Who it is about, where it is about a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What it is about, where one fact ends what another began and no field says what: a case study, a
    /// field note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// A name for it, by which another one of this test corrects it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Which one it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    /// The fields of its kind.
    #[serde(flatten)]
    pub detail: BTreeMap<String, serde_json::Value>,
}

/// What comes of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expectation {
    /// The tier that is earned, by track; `none` for none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: Named<String>,
    /// The tier on which the partner stands, by track: with warnings, grace and the days of review, as
    /// if it was looked at every day; `none` for none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stands: Named<String>,
    /// What metrics are: a number, `not applicable` or `undefined`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: Named<NumberOrName>,
}
