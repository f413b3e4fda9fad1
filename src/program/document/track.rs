//! Tracks as they are written: their tiers, what those bring, and when standings change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Named, OneOrMany, Requirement, Text, TierBenefit};
use crate::program::span::{MonthDay, Span, Unit};

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

    fn review_of(&self, tier: Option<&str>) -> Option<&TierReview> {
        self.tier(tier?)?.review.as_ref()
    }

    /// How long before it may go down from a tier a partner is warned.
    #[must_use]
    pub fn warned(&self, tier: Option<&str>) -> Span {
        let own = self.review_of(tier).and_then(|it| it.warning);
        own.unwrap_or_else(|| self.review.warned())
    }

    /// How long a partner keeps a tier after the day on which it would have gone down.
    #[must_use]
    pub fn graced(&self, tier: Option<&str>) -> Span {
        let own = self.review_of(tier).and_then(|it| it.grace);
        own.unwrap_or_else(|| self.review.graced())
    }

    /// When a partner goes up to a tier.
    #[must_use]
    pub fn promotes(&self, to: &str) -> &Dates {
        let own = self
            .review_of(Some(to))
            .and_then(|it| it.promotion.as_ref());
        own.unwrap_or(&self.review.promotion)
    }

    /// When a partner may go down from a tier.
    #[must_use]
    pub fn demotes(&self, from: Option<&str>) -> &Dates {
        let own = self.review_of(from).and_then(|it| it.demotion.as_ref());
        own.unwrap_or(&self.review.demotion)
    }

    /// How far a partner goes down from a tier.
    #[must_use]
    pub fn falls(&self, from: Option<&str>) -> Falls {
        let own = self.review_of(from).and_then(|it| it.falls);
        own.unwrap_or_else(|| self.review.falls())
    }

    /// When a tier is lost whose time of grace is over.
    #[must_use]
    pub fn lost(&self, tier: Option<&str>) -> Lost {
        let own = self.review_of(tier).and_then(|it| it.lost);
        own.unwrap_or_else(|| self.review.lost())
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
    /// How long before it may go down a partner is warned; a day by default. With `0 days` it is decided
    /// on the very day of demotion on which the tier is not earned any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<Span>,
    /// How long a partner keeps its tier after the day on which it would have gone down; not at all by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Span>,
    /// When a tier is lost whose time of grace is over; on the next day of demotion by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
    /// How far it goes down; to what it has earned by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub falls: Option<Falls>,
}

impl Review {
    /// How long before it may go down a partner is warned.
    #[must_use]
    pub fn warned(&self) -> Span {
        self.warning.unwrap_or_else(|| Span::of_days(1))
    }

    /// How long a partner keeps its tier after the day on which it would have gone down.
    #[must_use]
    pub fn graced(&self) -> Span {
        self.grace.unwrap_or_else(|| Span::of_days(0))
    }

    /// When a tier is lost whose time of grace is over.
    #[must_use]
    pub fn lost(&self) -> Lost {
        self.lost.unwrap_or(Lost::OnDemotion)
    }

    /// How far it goes down.
    #[must_use]
    pub fn falls(&self) -> Falls {
        self.falls.unwrap_or(Falls::ToEarned)
    }
}

/// What of the review is otherwise for one tier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TierReview {
    /// When a partner goes up to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Dates>,
    /// When a partner may go down from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demotion: Option<Dates>,
    /// How long before it may go down from it a partner is warned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<Span>,
    /// How long a partner keeps it after the day on which it would have gone down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Span>,
    /// When it is lost after grace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
    /// How far a partner goes down from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub falls: Option<Falls>,
}

/// When a tier is lost whose time of grace is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Lost {
    /// On the next day of demotion.
    OnDemotion,
    /// As soon as the time of grace is over.
    AfterGrace,
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

/// Days of the year, the beginnings of stretches of the calendar, or anniversaries; always without any
/// of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dates {
    /// On these days of every year.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<MonthDay>,
    /// On the first day of every such stretch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Unit>,
    /// So long after the day on which the partner came to its tier, and again after each time as long:
    /// `1 year` for its anniversaries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_every: Option<Span>,
}

impl Dates {
    pub(crate) fn is_always(&self) -> bool {
        self.on.is_empty() && self.every.is_none() && self.after_every.is_none()
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
    /// When a partner goes up to it and down from it, where that is otherwise than on the track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<TierReview>,
    /// What it brings: values of benefits, the same for all or by an attribute of the partner.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub benefits: Named<TierBenefit>,
}
