//! Proofs and tiers as letters tell them, in a reader's language.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::document::{
    Benefit, BenefitKind, BenefitValue, Document, NumberOrName, Tier, TierBenefit, read,
};
use super::evaluate::Profile;
use super::number::Number;
use super::proof::{Judged, RequirementProof, Verdict};
use super::rules::Comparison;
use super::words::Words;
use crate::notification::letter::{Brought, Limit, Lost, Shortfall};
use crate::tongue::Tongue;

/// The most lines of a kind in a letter; all of them are read in the portal.
pub const MOST: usize = 12;
/// Decimal places that are told of a number that has more.
const PLACES: usize = 2;

/// What a tier asks for that is not there.
#[must_use]
pub fn shortfalls(
    document: &Document,
    requirements: &[RequirementProof],
    locale: &str,
) -> Vec<Shortfall> {
    let mut told: Vec<Shortfall> = Vec::new();
    for (proof, enough) in failing(requirements, None) {
        let mut line = match &proof.what {
            Judged::Metric {
                metric,
                outcome,
                comparison,
                limit,
                ..
            } => Shortfall {
                name: document.metric_name(metric, locale).to_owned(),
                unit: document.metric_unit(metric, locale).map(str::to_owned),
                has: outcome.value().map(number),
                limit: limit.as_ref().map(number),
                bound: match comparison {
                    Comparison::AtLeast => Limit::AtLeast,
                    Comparison::Above => Limit::Above,
                    Comparison::AtMost => Limit::AtMost,
                    Comparison::Below => Limit::Below,
                },
            },
            Judged::Partner(known) => Shortfall {
                name: known.keys().cloned().collect::<Vec<_>>().join(", "),
                unit: None,
                has: None,
                limit: None,
                bound: Limit::AtLeast,
            },
            Judged::Tier {
                track,
                tier,
                earned,
            } => {
                let named = |tier: &str| {
                    let name = document.tier_name(track, tier, locale).unwrap_or(tier);
                    name.to_owned()
                };
                let name = document
                    .track(track)
                    .map(|it| it.name.read(locale, &document.locale));
                Shortfall {
                    name: name.unwrap_or(track).to_owned(),
                    unit: None,
                    has: earned.as_deref().map(named),
                    limit: Some(named(tier)),
                    bound: Limit::AtLeast,
                }
            }
            Judged::All(_) | Judged::Some { .. } | Judged::Days { .. } | Judged::Ends { .. } => {
                continue;
            }
        };
        if let Some(enough) = enough {
            let name = &line.name;
            line.name = match (Tongue::of(locale), enough) {
                (Tongue::English, 1) => format!("{name} (one of these is enough)"),
                (Tongue::English, _) => format!("{name} ({enough} of these are enough)"),
                (Tongue::German, 1) => format!("{name} (eines davon genügt)"),
                (Tongue::German, _) => format!("{name} ({enough} davon genügen)"),
            };
        }
        if told.len() < MOST && !told.contains(&line) {
            told.push(line);
        }
    }
    told
}

/// What requirements fail by, deepest first; with how many of it are enough, where not all of it is asked
/// for.
fn failing(
    requirements: &[RequirementProof],
    enough: Option<usize>,
) -> Vec<(&RequirementProof, Option<usize>)> {
    let not_met = requirements
        .iter()
        .filter(|it| it.verdict == Verdict::NotMet);
    let each = not_met.flat_map(|proof| match &proof.what {
        Judged::Metric { .. } | Judged::Partner(_) | Judged::Tier { .. } => vec![(proof, enough)],
        Judged::All(of) | Judged::Days { of, .. } | Judged::Ends { of, .. } => failing(of, enough),
        Judged::Some { count, of } => {
            let met = of.iter().filter(|it| it.verdict == Verdict::Met).count();
            let lack = of.iter().filter(|it| it.verdict == Verdict::NotMet).count();
            let more = count.saturating_sub(met);
            failing(of, if more < lack { Some(more) } else { enough })
        }
    });
    each.collect()
}

/// What is known of a partner by which tiers bring something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whose {
    /// Attributes.
    pub attributes: Profile,
    /// What metrics come to, of those that are numbers.
    pub metrics: BTreeMap<String, Number>,
}

impl Whose {
    /// What of a benefit is brought; nothing where it is not.
    fn own<'v>(&self, benefit: &Benefit, value: &'v TierBenefit) -> Option<Cow<'v, BenefitValue>> {
        let value = value.of(|attribute| self.attributes.get(attribute).map(String::as_str))?;
        value.reckoned(benefit.kind, |metric| self.metrics.get(metric).cloned())
    }
}

/// What a tier brings to a partner of which this is known.
#[must_use]
pub fn brought(document: &Document, tier: &Tier, whose: &Whose, locale: &str) -> Vec<Brought> {
    let each = tier.benefits.iter().filter_map(|(key, value)| {
        let benefit = document.benefits.get(key)?;
        let value = whose.own(benefit, value)?;
        granted(document, benefit, &value, locale)
    });
    each.collect()
}

/// What a tier brings to whomever; what differs by an attribute with all that it may be, and what a metric
/// says with the metric.
#[must_use]
pub fn offered(document: &Document, tier: &Tier, locale: &str) -> Vec<Brought> {
    let words = Words::of(document, locale);
    let each = tier.benefits.iter().filter_map(|(key, value)| {
        let benefit = document.benefits.get(key)?;
        match value {
            TierBenefit::Same(same) if same.metric(benefit.kind).is_none() => {
                granted(document, benefit, same, locale)
            }
            TierBenefit::Same(_) | TierBenefit::By(_) => Some(Brought {
                name: benefit.name.read(locale, &document.locale).to_owned(),
                value: Some(words.brought(key, Some(value))),
            }),
        }
    });
    each.collect()
}

/// What is lost with a tier by a partner of which this is known, and which comes to a lower one; none
/// for none.
#[must_use]
pub fn lost(
    document: &Document,
    tier: &Tier,
    to: Option<&Tier>,
    whose: &Whose,
    locale: &str,
) -> Vec<Lost> {
    let each = tier.benefits.iter().filter_map(|(key, value)| {
        let benefit = document.benefits.get(key)?;
        let value = whose.own(benefit, value)?;
        let had = granted(document, benefit, &value, locale)?;
        let left = to.and_then(|it| whose.own(benefit, it.benefits.get(key)?));
        if left.as_ref().is_some_and(|left| is_as_good(left, &value)) {
            return None;
        }
        let left = left.and_then(|it| granted(document, benefit, &it, locale));
        Some(Lost {
            name: had.name,
            had: had.value,
            left: left.and_then(|it| it.value),
        })
    });
    each.collect()
}

/// Whether as much is brought as before; of other words nobody can tell.
fn is_as_good(value: &BenefitValue, before: &BenefitValue) -> bool {
    match (value, before) {
        (
            BenefitValue::One(NumberOrName::Number(value)),
            BenefitValue::One(NumberOrName::Number(before)),
        ) => value >= before,
        (
            BenefitValue::Right(_) | BenefitValue::One(_) | BenefitValue::In(_),
            BenefitValue::Right(_) | BenefitValue::One(_) | BenefitValue::In(_),
        ) => value == before,
    }
}

/// What of a benefit is brought; nothing where it is not granted.
fn granted(
    document: &Document,
    benefit: &Benefit,
    value: &BenefitValue,
    locale: &str,
) -> Option<Brought> {
    let value = match value {
        BenefitValue::Right(false) => return None,
        BenefitValue::Right(true) => None,
        BenefitValue::One(NumberOrName::Number(it)) => Some(match benefit.kind {
            BenefitKind::Share => percent(it),
            BenefitKind::Amount | BenefitKind::Count | BenefitKind::Right | BenefitKind::Words => {
                number(it)
            }
        }),
        BenefitValue::One(NumberOrName::Name(words)) => Some(words.clone()),
        BenefitValue::In(texts) => Some(read(texts, locale, &document.locale).to_owned()),
    };
    Some(Brought {
        name: benefit.name.read(locale, &document.locale).to_owned(),
        value,
    })
}

/// A share for people, in per cent.
fn percent(share: &Number) -> String {
    format!("{} %", number(&share.in_percent()))
}

/// A number for people: exact, or cut off after some places and marked so. It is never rounded up: what
/// is short of a limit does not look as if it were enough.
#[must_use]
pub fn number(number: &Number) -> String {
    let exact = number.in_places(PLACES);
    exact.unwrap_or_else(|| format!("{}…", number.cut(PLACES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_of_a_limit_never_looks_like_enough() {
        let told = |text: &str| number(&Number::parse(text).unwrap());
        assert_eq!(told("70"), "70");
        assert_eq!(told("69.99"), "69.99");
        assert_eq!(told("69.9999"), "69.99…");
        assert_eq!(told("15/7"), "2.14…");
        assert_eq!(told("-15/7"), "-2.14…");
    }

    #[test]
    fn shares_are_told_in_per_cent() {
        let told = |text: &str| percent(&Number::parse(text).unwrap());
        assert_eq!(told("12.5 %"), "12.5 %");
        assert_eq!(told("1/3"), "33.33… %");
    }
}
