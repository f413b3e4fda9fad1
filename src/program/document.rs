//! A program as a document: what its vendor states, in words that a partner manager reads.
//!
//! Metrics measure, tracks hold tiers from the lowest to the highest, tiers require and bring, and
//! tests say what comes of it. Whether a document makes sense, [`super::rules::Rules`] says; what
//! can be written is published as a JSON Schema.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Number;
use super::span::{MonthDay, Span, Window};
use crate::document::{self, is_locale};
use crate::error::Result;

/// The most bytes of a document.
pub const FILE: usize = 1 << 20;

/// Exactly as many as people write: texts by name.
pub type Named<T> = BTreeMap<String, T>;

/// A program: tracks, metrics, benefits, and tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// Short name in lower case: versions of the same program share it.
    pub slug: String,
    /// What it is called.
    pub name: Text,
    /// Language of the texts that do not name theirs.
    pub locale: String,
    /// Where the vendor published the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Zone in which days begin, such as Europe/Berlin; UTC by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Where a year begins, by which quarters, halves and years are counted; 01-01 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year_start: Option<MonthDay>,
    /// How long changes are announced before they count.
    #[serde(default)]
    pub notice: Notice,
    /// How partners appeal against where they stand.
    #[serde(default, skip_serializing_if = "Appeals::is_default")]
    pub appeals: Appeals,
    /// The exchange that is pinned: what one unit of a currency is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
    /// Lists of names that conditions refer to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: Named<Vec<String>>,
    /// What is measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: Named<Metric>,
    /// What tiers bring.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub benefits: Named<Benefit>,
    /// Ladders on which partners stand, each on its own.
    pub tracks: Vec<Track>,
    /// Facts, and where partners stand by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Test>,
}

/// A text, in the document's language or in several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write a text, or one for each language such as {en: Gold, de: Gold}"
)]
pub enum Text {
    /// In the document's own language.
    Plain(String),
    /// By language.
    In(BTreeMap<String, String>),
}

impl Text {
    /// The text in that language, or in that of the document, or in any.
    #[must_use]
    pub fn read(&self, locale: &str, own: &str) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::In(texts) => read(texts, locale, own),
        }
    }

    pub(super) fn faults(&self, at: &str, faults: &mut document::Faults) {
        match self {
            Self::Plain(text) => faults.words(text, 2000, at),
            Self::In(texts) => {
                if texts.is_empty() {
                    faults.add("REQUIRED", "Write it in at least one language.", at);
                }
                for (locale, text) in texts {
                    if !is_locale(locale) {
                        faults.locale(locale, at);
                    }
                    faults.words(text, 2000, &format!("{at}.{locale}"));
                }
            }
        }
    }
}

/// Of texts by language the one in that language, or in that of the document, or in any.
pub(super) fn read<'t>(texts: &'t BTreeMap<String, String>, locale: &str, own: &str) -> &'t str {
    [locale, locale.split('-').next().unwrap_or_default(), own]
        .iter()
        .find_map(|it| texts.get(*it))
        .or_else(|| texts.values().next())
        .map_or("", String::as_str)
}

/// How long changes are announced before they count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Notice {
    /// Changes of any kind.
    pub changes: Span,
    /// Changes by which nobody is worse off.
    pub favourable: Span,
}

impl Default for Notice {
    fn default() -> Self {
        Self {
            changes: Span::of_days(90),
            favourable: Span::of_days(0),
        }
    }
}

/// How partners appeal against where they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Appeals {
    /// How long after a decision.
    pub within: Span,
    /// How soon an appeal is answered.
    pub answered_within: Span,
}

impl Default for Appeals {
    fn default() -> Self {
        Self {
            within: Span::of_days(30),
            answered_within: Span::of_days(14),
        }
    }
}

impl Appeals {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A table of exchange that does not move with the market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exchange {
    /// The currency in which rates are told.
    pub currency: String,
    /// What one unit of another currency is worth in it.
    #[serde(default)]
    pub rates: Named<Number>,
}

/// Something measured: exactly one of `measure`, `formula`, `points`, `steps`, `seats`, `best`,
/// `least`, `total`, `bands`, `earlier`, `cases`, `value` and `notApplicable`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metric {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Text>,
    /// Of what it counts: points, people, USD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
    /// Measured over facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// Reckoned from other metrics: `100 * (now - before) / before`. Knows + - * / ( ), min, max,
    /// floor, ceil, round and abs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Points for each unit of another metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// Steps of which each opens the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Steps>,
    /// Seats, each filled by another one of those that measures count: people of whom each counts
    /// once. It is how many can be filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Seats>,
    /// The highest of these metrics, of those that are numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub best: Vec<String>,
    /// The lowest of these metrics, of those that are numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub least: Vec<String>,
    /// The sum of these metrics, of those that apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub total: Vec<String>,
    /// A number by how much another metric is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Bands>,
    /// Another metric, as it was so much earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
    /// Another metric or a number, by what holds: the first case that does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// A number, or one for each value of an attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Limit>,
    /// It does not apply, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<Text>,
    /// What it is where it cannot be said: an average of nothing, a share of nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Number>,
}

/// A measurement over records. Without `distinct`, `sum` and the like it is their number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Measure {
    /// Of which records: certificates, customers, deals.
    pub of: String,
    /// How many different values of this field, or of these fields together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<OneOrMany>,
    /// The sum of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
    /// The mean of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<String>,
    /// The median of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<String>,
    /// The largest value of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest: Option<String>,
    /// The smallest value of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest: Option<String>,
    /// The value of this field in the latest record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// Which records: all of these conditions hold.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: Named<Condition>,
    /// Of what happens: when it happened; at any time by default. Of what lasts: that it lasted at
    /// some instant of the window; that it lasts now by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub during: Option<Window>,
    /// Of what lasts: that it began in this window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Window>,
    /// Of what lasts: that it ended in this window. With `during` alone it need not last now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Window>,
    /// How long a record counts at most, from when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts_for: Option<Span>,
    /// What is provisional counts up to and with this day of the current month, and then no more;
    /// 0 for never. Without it, what is provisional counts like all else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisional_until_day: Option<u32>,
    /// Only groups of records that amount to so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub having: Option<Having>,
    /// What each record is multiplied by: of each list, the first case that fits; by one where none
    /// does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<Vec<Weight>>,
    /// The currency that amounts are told in: one of the table of exchange, or `partner` for that
    /// of the partner's attribute `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The most that the records of one value of a field bring together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most_each: Option<AtMostEach>,
}

/// Groups of records, by what is counted as distinct, that amount to so much: in number, or in what
/// is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Having {
    /// How many different values of this field, or of these fields together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<OneOrMany>,
    /// The sum of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
    /// The mean of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<String>,
    /// The median of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<String>,
    /// The largest value of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest: Option<String>,
    /// The smallest value of this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest: Option<String>,
    /// The value of this field in the latest record of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// Within one stretch of the calendar, at least once; over all the time without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<super::span::Unit>,
    /// How much at least.
    pub at_least: Number,
}

/// The most that the records of one value of a field bring together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AtMostEach {
    /// The field.
    pub field: String,
    /// How much.
    pub amount: Number,
}

/// What a record is multiplied by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Weight {
    /// Which records; all without it.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: Named<Condition>,
    /// By how much.
    pub times: Number,
}

/// What a field has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write a word, a number, a list of them, or a test such as {atLeast: 10}, {since: 2027-01-31}, {in: aList} or {not: [word]}"
)]
pub enum Condition {
    /// This.
    Is(Scalar),
    /// One of these.
    OneOf(Vec<Scalar>),
    /// As the test says.
    Test(Box<FieldTest>),
}

/// Tests of a field; all that are written hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FieldTest {
    /// One of the list of that name.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// None of the list of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_in: Option<String>,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<Scalar>,
    /// This or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Number>,
    /// More than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<Number>,
    /// This or less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Number>,
    /// Less than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<Number>,
    /// This day or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// An earlier day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<NaiveDate>,
    /// Whether it is told at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<bool>,
}

/// A word, a number, or yes or no.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// Anything else.
    Text(String),
}

/// Points for each unit of another metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Points {
    /// The metric.
    pub of: String,
    /// How many points.
    pub each: Number,
    /// For how many of its units; one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Number>,
    /// Whether only whole ones count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<bool>,
    /// The most points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Number>,
    /// The fewest points; none by default, even where the metric is below zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Number>,
}

/// Steps of which each opens the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Steps {
    /// The steps, the first first.
    pub of: Vec<Step>,
    /// The most points of all steps together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Number>,
}

/// So many seats for those that a measure counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seats {
    /// The metric, a measure with `distinct`.
    pub of: String,
    /// How many.
    pub count: u32,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// The metric.
    pub metric: String,
    /// How much of it there must be for this step and those behind it to count; nothing by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Number>,
    /// Points for each unit.
    pub each: Number,
    /// The most points of this step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Number>,
}

/// A number by how much a metric is: that of the last band which it reaches, nothing where it reaches
/// none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bands {
    /// The metric.
    pub of: String,
    /// The bands, the lowest first.
    pub steps: Vec<Band>,
}

/// A band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Band {
    /// Where it begins: this or more of the metric.
    pub from: Number,
    /// What it is from there on.
    pub is: Number,
}

/// Another metric, as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Earlier {
    /// The metric.
    pub of: String,
    /// How much earlier: `1 year`.
    pub by: Span,
}

/// Another metric, where something holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// What has to hold; nothing in the last case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Requirement>,
    /// The metric, or a number.
    #[serde(rename = "use")]
    pub metric: NumberOrName,
}

/// A number, a metric, or one of these by an attribute of the partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write a number such as 12, 1.5, 15/7 or 70 %, the name of a metric, or {by: segment, values: {SMB: 10}}"
)]
pub enum Limit {
    /// A number, or the name of a metric.
    One(NumberOrName),
    /// By the value of an attribute of the partner.
    By(Table),
}

/// A number as people write it, or the name of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum NumberOrName {
    /// The number.
    Number(Number),
    /// The name.
    Name(String),
}

/// A number for each value of an attribute of the partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Table {
    /// The attribute: kind, region, country, or what was told of it, such as segment or currency.
    pub by: String,
    /// The number for each value.
    pub values: Named<NumberOrName>,
    /// And for all others, `not applicable` where they are not asked for it; where it is left out,
    /// nothing is known of them, and no requirement is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<NumberOrName>,
}

/// What has to hold: exactly one of a `metric` with its limit, `partner`, `tier`, `allOf`, `anyOf`,
/// `someOf`, `everyMetric`, `onAnyDay` and `onEveryDay`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Requirement {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// This metric,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// is this or more,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Limit>,
    /// or more than this,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<Limit>,
    /// or this or less,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Limit>,
    /// or less than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<Limit>,
    /// Attributes of the partner have one of these values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub partner: Named<OneOrMany>,
    /// On these other tracks these tiers, or higher ones, are earned.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tier: Named<String>,
    /// All of these hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Requirement>,
    /// At least one of these holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Requirement>,
    /// At least so many of these hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub some_of: Option<SomeOf>,
    /// Each of these metrics that applies is this or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_metric: Option<EveryMetric>,
    /// It held on at least one day of a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_any_day: Option<OnDays>,
    /// It held on every day of a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_every_day: Option<OnDays>,
}

/// One value or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write a word, or a list of words such as [DE, AT]"
)]
pub enum OneOrMany {
    /// This one.
    One(String),
    /// Any of these.
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// At least so many of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SomeOf {
    /// How many.
    pub count: u32,
    /// Of these.
    pub of: Vec<Requirement>,
}

/// Each of several metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EveryMetric {
    /// The metrics.
    pub of: Vec<String>,
    /// How much at least.
    pub at_least: Number,
}

/// Requirements on the days of a window; each day is looked at as it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnDays {
    /// The window.
    pub within: Window,
    /// What holds, all of it.
    pub requires: Vec<Requirement>,
}

/// A ladder of tiers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Track {
    /// Name within the program, in lower case.
    pub key: String,
    /// What it is called.
    pub name: Text,
    /// For which partners; all without it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partner: Named<OneOrMany>,
    /// Whether a tier asks for what those below it ask, too; only for its own otherwise.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cumulative: bool,
    /// When standings change.
    #[serde(default)]
    pub review: Review,
    /// The tiers, the lowest first.
    pub tiers: Vec<Tier>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Track {
    /// A tier by its key.
    #[must_use]
    pub fn tier(&self, key: &str) -> Option<&Tier> {
        self.tiers.iter().find(|it| it.key == key)
    }
}

/// When standings change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Review {
    /// When a partner goes up; as soon as it is earned by default.
    #[serde(skip_serializing_if = "Dates::is_always")]
    pub promotion: Dates,
    /// When a partner may go down; on any day by default.
    #[serde(skip_serializing_if = "Dates::is_always")]
    pub demotion: Dates,
    /// How long before it may go down a partner is warned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<Span>,
    /// How long a partner keeps its tier after the day on which it would have gone down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Span>,
    /// How far it goes down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub falls: Option<Falls>,
}

/// How far a partner goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Falls {
    /// To the next tier below.
    OneTier,
    /// To what it has earned.
    ToEarned,
}

/// Days of the year, or the beginnings of stretches of the calendar; always without either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dates {
    /// On these days of every year.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<MonthDay>,
    /// On the first day of every such stretch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<super::span::Unit>,
}

impl Dates {
    pub(crate) fn is_always(&self) -> bool {
        self.on.is_empty() && self.every.is_none()
    }
}

/// A tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tier {
    /// Name within the track, in lower case.
    pub key: String,
    /// What it is called.
    pub name: Text,
    /// What it requires, all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Requirement>,
    /// What is enough to keep it, all of it, where that is less than what it requires.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeps: Vec<Requirement>,
    /// What it brings: values of benefits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub benefits: Named<BenefitValue>,
}

/// Something that tiers bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Benefit {
    /// What it is called.
    pub name: Text,
    /// Of what kind its values are.
    pub kind: BenefitKind,
    /// What a value is multiplied with to reckon its cost: a metric. Of an amount, the amount itself
    /// is the cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs_of: Option<String>,
}

/// Of what kind the values of a benefit are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BenefitKind {
    /// A share, such as a discount.
    Share,
    /// An amount of the program's currency in a year.
    Amount,
    /// A number, such as hours or seats.
    Count,
    /// Granted, or not.
    Right,
    /// Words.
    Words,
}

/// What of a benefit a tier brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write true or false, a number, words, or words for each language"
)]
pub enum BenefitValue {
    /// Granted, or not.
    Right(bool),
    /// A number, or words, as the benefit's kind says.
    One(NumberOrName),
    /// Words in several languages.
    In(BTreeMap<String, String>),
}

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

impl Document {
    /// What it is called in its own language.
    #[must_use]
    pub fn plain_name(&self) -> &str {
        self.name.read(&self.locale, &self.locale)
    }

    /// What a tier of a track is called; none where there is none.
    #[must_use]
    pub fn tier_name(&self, track: &str, tier: &str, locale: &str) -> Option<&str> {
        let tier = self.track(track)?.tier(tier)?;
        Some(tier.name.read(locale, &self.locale))
    }

    /// A track by its key.
    #[must_use]
    pub fn track(&self, key: &str) -> Option<&Track> {
        self.tracks.iter().find(|it| it.key == key)
    }

    /// Reads a program from YAML; whether it is a good one, [`super::rules::Rules::new`] says.
    ///
    /// # Errors
    /// `INVALID_YAML`, with line and column.
    pub fn from_yaml(text: &str) -> Result<Self> {
        document::from_yaml(text, FILE)
    }

    /// Writes it as YAML.
    ///
    /// # Errors
    /// A fault where it cannot be written, which no document that was checked can cause.
    pub fn to_yaml(&self) -> Result<String> {
        document::to_yaml(self)
    }
}

impl<'de> Deserialize<'de> for NumberOrName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl serde::de::Visitor<'_> for Either {
            type Value = NumberOrName;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number such as 12, 1.5, 15/7 or 70 %, or a name")
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<NumberOrName, E> {
                Ok(NumberOrName::Number(number.into()))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<NumberOrName, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<NumberOrName, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<NumberOrName, E> {
                Ok(match Number::parse(text) {
                    Some(number) => NumberOrName::Number(number),
                    None => NumberOrName::Name(text.to_owned()),
                })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl serde::de::Visitor<'_> for One {
            type Value = Scalar;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a word, a number, true or false")
            }
            fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar::Flag(flag))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(number))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Scalar, E> {
                let whole = i64::try_from(number).map(Scalar::Whole);
                Ok(whole.unwrap_or_else(|_| Scalar::Text(number.to_string())))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Text(number.to_string()))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(One)
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A word, a number, or yes or no.",
            "type": ["boolean", "number", "string"],
        })
    }
}

impl JsonSchema for NumberOrName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NumberOrName".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number such as 12, 1.5, 15/7 or 70 %, or a name.",
            "type": ["number", "string"],
        })
    }
}

impl JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number: 12, 1.5, 15/7 or 70 %. It is exact.",
            "type": ["number", "string"],
        })
    }
}
