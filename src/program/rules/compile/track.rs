//! Tracks, understood: their tiers, what those ask for and bring, and the days of review.

use super::super::{TierRule, TrackRule};
use super::need::partner;
use super::{Names, by_attribute};
use crate::document::Faults;
use crate::program::document::{
    BenefitKind, BenefitValue, Dates, NumberOrName, Requirement, TierBenefit, Track,
};
use crate::program::number::Number;
use crate::program::span::Span;

/// The most tiers of a track.
const TIERS: usize = 30;
/// The most days on which reviews are held in a year.
const REVIEWS: usize = 53;

/// What is wrong with days of review.
fn dates(dates: &Dates, at: &str, faults: &mut Faults) {
    faults.at_most(dates.on.len(), REVIEWS, at);
    faults.distinct(dates.on.iter(), &format!("{at}.on"));
    let ways = [
        !dates.on.is_empty(),
        dates.every.is_some(),
        dates.after_every.is_some(),
    ];
    if ways.iter().filter(|it| **it).count() > 1 {
        faults.add("MISFIT", "One of `on`, `every` and `afterEvery`.", at);
    }
    if dates.after_every == Some(Span::of_days(0)) {
        let message = "Longer than nothing.";
        faults.add("OUT_OF_RANGE", message, &format!("{at}.afterEvery"));
    }
}

impl Names<'_> {
    pub(super) fn track(&self, track: &Track, at: &str, faults: &mut Faults) -> TrackRule {
        faults.key(&track.key, &format!("{at}.key"));
        track.name.faults(&format!("{at}.name"), faults);
        if track.tiers.is_empty() {
            faults.add(
                "REQUIRED",
                "A track has at least one tier.",
                &format!("{at}.tiers"),
            );
        }
        faults.at_most(track.tiers.len(), TIERS, &format!("{at}.tiers"));
        faults.distinct_at(
            track.tiers.iter().map(|it| &it.key),
            &format!("{at}.tiers"),
            "key",
        );
        let review = &track.review;
        let at_review = format!("{at}.review");
        dates(&review.promotion, &format!("{at_review}.promotion"), faults);
        dates(&review.demotion, &format!("{at_review}.demotion"), faults);
        let mut tiers = Vec::new();
        for (n, tier) in track.tiers.iter().enumerate() {
            let at = format!("{at}.tiers.{n}");
            faults.key(&tier.key, &format!("{at}.key"));
            if tier.key == "none" {
                faults.add(
                    "INVALID_KEY",
                    "`none` says that there is no tier.",
                    &format!("{at}.key"),
                );
            }
            tier.name.faults(&format!("{at}.name"), faults);
            let needs = |of: &[Requirement], name: &str, faults: &mut Faults| {
                self.needs(of, &format!("{at}.{name}"), 1, false, faults)
            };
            tiers.push(TierRule {
                requires: needs(&tier.requires, "requires", faults),
                keeps: needs(&tier.keeps, "keeps", faults),
            });
            let own = tier.review.as_ref();
            for (own, name) in [
                (own.and_then(|it| it.promotion.as_ref()), "promotion"),
                (own.and_then(|it| it.demotion.as_ref()), "demotion"),
            ] {
                if let Some(own) = own {
                    dates(own, &format!("{at}.review.{name}"), faults);
                }
            }
            for (key, value) in &tier.benefits {
                self.benefit(key, value, &format!("{at}.benefits.{key}"), faults);
            }
        }
        TrackRule {
            partner: partner(&track.partner, &format!("{at}.partner"), faults),
            tiers,
            together: Vec::new(),
        }
    }

    fn benefit(&self, key: &str, value: &TierBenefit, at: &str, faults: &mut Faults) {
        let Some(benefit) = self.document.benefits.get(key) else {
            faults.add("UNKNOWN_NAME", format!("There is no benefit `{key}`."), at);
            return;
        };
        match value {
            TierBenefit::Same(value) => self.fits(benefit.kind, value, at, faults),
            TierBenefit::By(table) => {
                let each = by_attribute(table, at, faults);
                for (value, at) in each {
                    self.fits(benefit.kind, value, &at, faults);
                }
            }
        }
    }

    /// That a value is one of its kind.
    fn fits(&self, kind: BenefitKind, value: &BenefitValue, at: &str, faults: &mut Faults) {
        if let Some(metric) = value.metric(kind) {
            self.metric(metric, at, faults);
            return;
        }
        let fits = match (kind, value) {
            (BenefitKind::Right, BenefitValue::Right(_))
            | (
                BenefitKind::Words,
                BenefitValue::In(_) | BenefitValue::One(NumberOrName::Name(_)),
            )
            | (
                BenefitKind::Share | BenefitKind::Amount | BenefitKind::Count,
                BenefitValue::One(NumberOrName::Number(_)),
            ) => true,
            (
                BenefitKind::Right
                | BenefitKind::Words
                | BenefitKind::Share
                | BenefitKind::Amount
                | BenefitKind::Count,
                BenefitValue::Right(_) | BenefitValue::One(_) | BenefitValue::In(_),
            ) => false,
        };
        if let (BenefitKind::Share, BenefitValue::One(NumberOrName::Number(share))) = (kind, value)
            && (*share < Number::zero() || *share > Number::from(1_i64))
        {
            let message = format!(
                "A share lies between 0 and 100 %, and `{share}` is {share} times the whole; write 20 % or 0.2."
            );
            faults.add("OUT_OF_RANGE", message, at);
        }
        if !fits {
            let kind = match kind {
                BenefitKind::Right => "true or false",
                BenefitKind::Words => "words",
                BenefitKind::Share => "a share such as 15 %, or a metric",
                BenefitKind::Amount | BenefitKind::Count => "a number, or a metric",
            };
            let is_torn = matches!(value, BenefitValue::In(texts) if texts.contains_key("by"));
            let by = if is_torn {
                " By an attribute it is written {by: market, values: {DE: 10 %}, otherwise: 5 %}."
            } else {
                ""
            };
            faults.add("INVALID_VALUE", format!("This benefit is {kind}.{by}"), at);
        }
    }
}
