//! A program as a document: what its vendor states, in words that a partner manager reads.
//!
//! Metrics measure, tracks hold tiers from the lowest to the highest, tiers require and bring, and
//! tests say what comes of it. Whether a document makes sense, [`super::rules::Rules`] says; what
//! can be written is published as a JSON Schema.

mod benefit;
mod condition;
mod metric;
mod requirement;
mod test;
mod track;
mod value;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::benefit::{Benefit, BenefitKind, BenefitValue, TierBenefit};
pub use self::condition::{Condition, FieldTest, Weight};
pub use self::metric::{
    AtMostEach, Band, Bands, BestOf, Case, Counted, Earlier, Having, InMean, Measure, Metric,
    Points, Seats, Step, Steps, Weighed,
};
pub use self::requirement::{AtEndOf, EveryMetric, OnDays, Requirement, SomeOf};
pub use self::test::{Expectation, Test, TestFact};
pub use self::track::{Dates, Falls, Lost, Review, Tier, TierReview, Track};
pub use self::value::{Limit, NumberOrName, OneOrMany, Scalar, Table};
use super::number::Number;
use super::span::{MonthDay, Span};
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
