//! Benefits as they are written: what tiers bring.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Document, NumberOrName, Table, Text, Tier};
use crate::program::number::Number;

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

/// What of a benefit a tier brings. Of a share, an amount or a count it may be the name of a metric: then it
/// is what that comes to for each partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write true or false, a number, a metric, words, or words for each language"
)]
pub enum BenefitValue {
    /// Granted, or not.
    Right(bool),
    /// A number, or the metric that says it; or words: as the benefit's kind says.
    One(NumberOrName),
    /// Words in several languages.
    In(BTreeMap<String, String>),
}

impl BenefitValue {
    /// The metric that says how much is brought of a benefit of that kind, where one does.
    #[must_use]
    pub fn metric(&self, kind: BenefitKind) -> Option<&str> {
        match (self, kind) {
            (
                Self::One(NumberOrName::Name(metric)),
                BenefitKind::Share | BenefitKind::Amount | BenefitKind::Count,
            ) => Some(metric),
            (Self::Right(_) | Self::One(_) | Self::In(_), _) => None,
        }
    }

    /// The same with what its metric comes to; nothing where that is no number: then nothing is brought.
    pub fn reckoned(
        &self,
        kind: BenefitKind,
        metric: impl FnOnce(&str) -> Option<Number>,
    ) -> Option<Cow<'_, Self>> {
        match self.metric(kind) {
            None => Some(Cow::Borrowed(self)),
            Some(name) => metric(name).map(|it| Cow::Owned(Self::One(NumberOrName::Number(it)))),
        }
    }
}

/// What of a benefit a tier brings, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write true or false, a number, words, words for each language, or {by: market, values: {DE: 10 %}}"
)]
pub enum TierBenefit {
    /// By the value of an attribute of the partner. It is not brought to whoever has none of the
    /// values, where nothing is said of all others.
    By(Table<BenefitValue>),
    /// The same to all.
    Same(BenefitValue),
}

impl TierBenefit {
    /// What of it is brought to a partner whose attributes are these; nothing where it is not.
    pub fn of<'v, 'a>(
        &'v self,
        attribute: impl FnOnce(&str) -> Option<&'a str>,
    ) -> Option<&'v BenefitValue> {
        match self {
            Self::Same(value) => Some(value),
            Self::By(table) => table.of(attribute(&table.by)),
        }
    }

    /// The attribute by which it differs.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Same(_) => None,
            Self::By(table) => Some(&table.by),
        }
    }

    /// All that it may be.
    pub fn each(&self) -> impl Iterator<Item = &BenefitValue> {
        let (same, table) = match self {
            Self::Same(value) => (Some(value), None),
            Self::By(table) => (table.otherwise.as_ref(), Some(&table.values)),
        };
        same.into_iter()
            .chain(table.into_iter().flat_map(BTreeMap::values))
    }
}

impl Document {
    /// The metrics that say how much tiers bring of benefits.
    pub fn bringing(&self) -> impl Iterator<Item = &str> {
        let tiers = self.tracks.iter().flat_map(|it| &it.tiers);
        tiers.flat_map(|it| self.bringing_with(it))
    }

    /// Those of one tier.
    pub fn bringing_with<'d>(&'d self, tier: &'d Tier) -> impl Iterator<Item = &'d str> {
        tier.benefits.iter().flat_map(|(key, value)| {
            let kind = self.benefits.get(key).map(|it| it.kind);
            value.each().filter_map(move |it| it.metric(kind?))
        })
    }
}
