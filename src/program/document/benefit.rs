//! Benefits as they are written: what tiers bring.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NumberOrName, Table, Text};

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
