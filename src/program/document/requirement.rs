//! Requirements as they are written: what has to hold.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Limit, Named, OneOrMany, Text};
use crate::program::number::Number;
use crate::program::span::{Unit, Window};

/// What has to hold: exactly one of a `metric` with its limit, `partner`, `tier`, `allOf`, `anyOf`,
/// `someOf`, `everyMetric`, `onAnyDay`, `onEveryDay` and `atEndOf`.
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
    /// It held at the end of some of the last stretches of the calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_end_of: Option<AtEndOf>,
}

impl Requirement {
    /// By which attributes of the partner limits of a metric are told, here or in a part.
    pub(in crate::program) fn limited_by<'r>(&'r self, metric: &str, by: &mut BTreeSet<&'r str>) {
        if self.metric.as_deref() == Some(metric) {
            let limits = [&self.at_least, &self.above, &self.at_most, &self.below];
            by.extend(limits.into_iter().flatten().filter_map(|it| match it {
                Limit::One(_) => None,
                Limit::By(table) => Some(table.by.as_str()),
            }));
        }
        let days = [&self.on_any_day, &self.on_every_day];
        let days = days.into_iter().flatten().flat_map(|it| &it.requires);
        let ends = self.at_end_of.iter().flat_map(|it| &it.requires);
        let some = self.some_of.iter().flat_map(|it| &it.of);
        let parts = self.all_of.iter().chain(&self.any_of);
        for part in parts.chain(some).chain(days).chain(ends) {
            part.limited_by(metric, by);
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

/// Requirements at the ends of the last full stretches of the calendar, before the current one: at least
/// 3 of the last 4 quarters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AtEndOf {
    /// The stretches. Each is looked at as its last day ended.
    pub each: Unit,
    /// How many of them are looked at.
    pub last: u32,
    /// At the end of how many of those it holds; of all of them by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// What holds, all of it.
    pub requires: Vec<Requirement>,
}

impl AtEndOf {
    /// At the end of how many it has to hold.
    pub(in crate::program) fn least(&self) -> u32 {
        self.count.unwrap_or(self.last)
    }
}
