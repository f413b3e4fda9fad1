//! Pure: which plan fits a partner.

use chrono::{DateTime, Utc};
use entity::id::PlanVersionId;
use entity::partner::PartnerKind;
use sea_orm::DatabaseExecutor;

use super::store;
use crate::error::Result;

/// A published version, as choosing looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub id: PlanVersionId,
    /// Kinds that it is for; empty for all.
    pub kinds: Vec<PartnerKind>,
    /// Regions that it is for; empty for all.
    pub regions: Vec<String>,
    /// Language of its texts.
    pub locale: String,
    /// Since when partners start on it.
    pub published_at: DateTime<Utc>,
}

/// The version on which such a partner starts; none where no plan is for it.
///
/// The most specific comes first: one that names kind and region, one that names the kind, one
/// that names the region, one for all. Among equals the partner's language decides, then the
/// later publication.
#[must_use]
pub fn choose(
    plans: &[Candidate],
    kind: PartnerKind,
    region: &str,
    locale: &str,
) -> Option<PlanVersionId> {
    plans
        .iter()
        .filter(|plan| plan.kinds.is_empty() || plan.kinds.contains(&kind))
        .filter(|plan| plan.regions.is_empty() || plan.regions.iter().any(|it| it == region))
        .max_by_key(|plan| {
            let specific = (!plan.kinds.is_empty(), !plan.regions.is_empty());
            (
                specific,
                nearness(&plan.locale, locale),
                plan.published_at,
                plan.id,
            )
        })
        .map(|plan| plan.id)
}

/// How near a language is to another: the same tag, the same language, another one.
fn nearness(one: &str, other: &str) -> u8 {
    let language = |tag: &str| tag.split('-').next().map(str::to_ascii_lowercase);
    if one.eq_ignore_ascii_case(other) {
        2
    } else {
        u8::from(language(one) == language(other))
    }
}

/// The same over all plans that are published.
///
/// # Errors
/// What the database said.
pub async fn choose_for(
    db: &DatabaseExecutor<'_>,
    kind: PartnerKind,
    region: &str,
    locale: &str,
) -> Result<Option<PlanVersionId>> {
    let plans = store::candidates(db).await?;
    Ok(choose(&plans, kind, region, locale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const KINDS: [PartnerKind; 3] = [
        PartnerKind::Reseller,
        PartnerKind::Services,
        PartnerKind::Technology,
    ];

    fn plan(id: u8, kinds: &[PartnerKind], regions: &[&str], locale: &str, day: u32) -> Candidate {
        Candidate {
            id: PlanVersionId(Uuid::from_u128(id.into())),
            kinds: kinds.to_vec(),
            regions: regions.iter().map(|&region| region.to_owned()).collect(),
            locale: locale.to_owned(),
            published_at: format!("2026-03-{day:02}T12:00:00Z").parse().unwrap(),
        }
    }

    fn chosen(plans: &[Candidate], locale: &str) -> Option<u128> {
        choose(plans, PartnerKind::Reseller, "EMEA", locale).map(|id| id.0.as_u128())
    }

    #[test]
    fn the_most_specific_plan_wins_over_language_and_age() {
        let mut plans = vec![
            plan(1, &[PartnerKind::Reseller], &["EMEA"], "de", 1),
            plan(2, &[PartnerKind::Reseller], &[], "en", 2),
            plan(3, &[], &["EMEA"], "en", 3),
            plan(4, &[], &[], "en", 4),
        ];
        for expected in 1..=4 {
            assert_eq!(chosen(&plans, "en"), Some(expected));
            plans.remove(0);
        }
        assert_eq!(chosen(&plans, "en"), None);
    }

    #[test]
    fn a_plan_for_others_is_not_chosen() {
        let plans = [
            plan(1, &[PartnerKind::Services], &["EMEA"], "en", 1),
            plan(2, &[PartnerKind::Reseller], &["APAC"], "en", 1),
        ];
        assert_eq!(chosen(&plans, "en"), None);
    }

    #[test]
    fn among_equals_the_language_decides_and_then_the_later_one() {
        let plans = [
            plan(1, &[], &[], "de", 1),
            plan(2, &[], &[], "de-AT", 2),
            plan(3, &[], &[], "en", 3),
            plan(4, &[], &[], "en", 4),
        ];
        assert_eq!(chosen(&plans, "de"), Some(1));
        assert_eq!(chosen(&plans, "de-CH"), Some(2));
        assert_eq!(chosen(&plans, "en"), Some(4));
        assert_eq!(chosen(&plans, "fr"), Some(4));
    }

    proptest! {
        #[test]
        fn what_is_chosen_fits_and_the_order_of_plans_does_not_matter(
            plans in prop::collection::vec(
                (
                    prop::collection::vec(prop::sample::select(&KINDS[..]), 0..3),
                    prop::collection::vec(prop::sample::select(vec!["EMEA", "APAC"]), 0..2),
                    prop::sample::select(vec!["en", "de", "de-AT"]),
                    1_u32..28,
                ),
                0..8,
            ),
            kind in prop::sample::select(&KINDS[..]),
            region in prop::sample::select(vec!["EMEA", "APAC", "AMER"]),
        ) {
            let mut plans: Vec<Candidate> = plans
                .iter()
                .enumerate()
                .map(|(id, (kinds, regions, locale, day))| {
                    plan(u8::try_from(id).unwrap(), kinds, regions, locale, *day)
                })
                .collect();
            let fits = |plan: &Candidate| {
                (plan.kinds.is_empty() || plan.kinds.contains(&kind))
                    && (plan.regions.is_empty() || plan.regions.iter().any(|it| it == region))
            };
            let id = choose(&plans, kind, region, "de");
            prop_assert_eq!(id.is_some(), plans.iter().any(fits));
            prop_assert!(id.is_none_or(|id| plans.iter().any(|plan| plan.id == id && fits(plan))));
            plans.reverse();
            prop_assert_eq!(id, choose(&plans, kind, region, "de"));
        }
    }
}
