//! Metrics as they are written: what is measured over facts, and what is made of that.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Condition, Limit, Named, NumberOrName, OneOrMany, Requirement, Text, Weight};
use crate::program::number::Number;
use crate::program::span::{Span, Unit, Window};

/// Something measured: exactly one of `measure`, `formula`, `points`, `steps`, `seats`, `counted`, `best`,
/// `bestOf`, `least`, `total`, `mean`, `bands`, `earlier`, `cases`, `value` and `notApplicable`.
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
    /// On how many of these `seats` one may sit, on one of each line at most; on one alone by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats_each: Option<u32>,
    /// How many of those that measures count are counted by several of them: people with a certificate
    /// and a course, customers with a deal but without a complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// The highest of these metrics, of those that are numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub best: Vec<String>,
    /// The sum of the highest few of these metrics, of those that are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_of: Option<BestOf>,
    /// The lowest of these metrics, of those that are numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub least: Vec<String>,
    /// The sum of these metrics, of those that apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub total: Vec<String>,
    /// The mean of these metrics, of those that apply, by their weight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<InMean>,
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

impl Metric {
    /// The lists that it reads by itself; those that other metrics read are theirs.
    pub(in crate::program) fn lists(&self) -> impl Iterator<Item = &str> {
        let measure = self.measure.iter();
        let conditions = measure.flat_map(|it| {
            let weights = it.weights.iter().flatten();
            weights
                .map(|it| &it.conditions)
                .chain(std::iter::once(&it.conditions))
        });
        let each = conditions.flat_map(|it| it.values());
        each.flat_map(|it| match it {
            Condition::Is(_) | Condition::OneOf(_) => [None, None],
            Condition::Test(test) => [test.list.as_deref(), test.not_in.as_deref()],
        })
        .flatten()
    }
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
    /// Of what happens: only what happened since the partner came to the tier on which it stands on this
    /// track of the program. The count begins anew with each tier, the higher as the lower.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_tier: Option<String>,
    /// Of what lasts: for how long it has to go on yet, by the end that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub still_for: Option<Span>,
    /// What is provisional counts up to and with this day of the current month, and then no more;
    /// 0 for never. Without it, what is provisional counts like all else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisional_until_day: Option<u32>,
    /// Of these, only the latest record of each value of this field, or of these fields together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_per: Option<OneOrMany>,
    /// Only groups of records that amount to so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub having: Option<Having>,
    /// What each record is multiplied by: of each list, the first case that fits; by one where none
    /// does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<Vec<Weight>>,
    /// The currency that amounts are told in: one of the table of exchange, or `partner` for that
    /// of the partner's attribute `currency`. Limits of amounts in `where` are in it, too; they need one
    /// of the table.
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
    pub per: Option<Unit>,
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

/// The sum of the highest few of some metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BestOf {
    /// How many of them.
    pub count: u32,
    /// The metrics.
    pub of: Vec<String>,
}

/// A metric in a mean: as heavy as any other, or with its weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write the name of a metric, or {metric: growth, weight: 70 %}"
)]
pub enum InMean {
    /// The metric; its weight is 1.
    Metric(String),
    /// With its weight.
    Weighed(Weighed),
}

impl InMean {
    /// The metric.
    #[must_use]
    pub fn metric(&self) -> &String {
        match self {
            Self::Metric(metric) => metric,
            Self::Weighed(it) => &it.metric,
        }
    }

    /// Its weight, where it is told.
    #[must_use]
    pub fn weight(&self) -> Option<&Number> {
        match self {
            Self::Metric(_) => None,
            Self::Weighed(it) => Some(&it.weight),
        }
    }
}

/// A metric, and how much it weighs in a mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Weighed {
    /// The metric.
    pub metric: String,
    /// How much it weighs beside the others. What does not apply weighs nothing, so that the others weigh
    /// more.
    pub weight: Number,
}

/// Those that are counted by each of some measures, by any of others and by none of the rest. All of
/// them are measures with `distinct`, of the same kinds of fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Counted {
    /// By at least one of these,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_any: Vec<String>,
    /// and by each of these,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_each: Vec<String>,
    /// and by none of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_none: Vec<String>,
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
