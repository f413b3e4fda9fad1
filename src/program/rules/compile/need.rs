//! Requirements, understood: each says one thing, and none is deeper than anybody reads.

use std::collections::BTreeSet;

use entity::partner::PartnerKind;
use sea_orm::{ActiveEnum, Iterable};

use super::super::{Comparison, Days, DaysRule, Need, What};
use super::{LIST, Names, REQUIREMENTS};
use crate::document::Faults;
use crate::partner::rules::is_country;
use crate::program::document::{Named, OneOrMany, Requirement};
use crate::program::span::Window;

/// How deep requirements go.
const DEPTH: usize = 8;
/// The longest window whose days are looked at one by one.
const DAYS: u32 = 1_200;
/// The most stretches of the calendar at whose ends is looked.
const ENDS: u32 = 200;

impl Names<'_> {
    pub(super) fn needs(
        &self,
        requirements: &[Requirement],
        at: &str,
        depth: usize,
        in_days: bool,
        faults: &mut Faults,
    ) -> Vec<Need> {
        faults.at_most(requirements.len(), REQUIREMENTS, at);
        if depth > DEPTH {
            let message = format!("At most {DEPTH} deep; make a metric of a part.");
            faults.add("TOO_MANY", message, at);
            return Vec::new();
        }
        let all = requirements.iter().enumerate();
        all.filter_map(|(n, it)| self.need(it, &format!("{at}.{n}"), depth, in_days, faults))
            .collect()
    }

    pub(super) fn need(
        &self,
        it: &Requirement,
        at: &str,
        depth: usize,
        in_days: bool,
        faults: &mut Faults,
    ) -> Option<Need> {
        if let Some(name) = &it.name {
            name.faults(&format!("{at}.name"), faults);
        }
        let ways = [
            it.metric.is_some(),
            !it.partner.is_empty(),
            !it.tier.is_empty(),
            !it.all_of.is_empty(),
            !it.any_of.is_empty(),
            it.some_of.is_some(),
            it.every_metric.is_some(),
            it.on_any_day.is_some(),
            it.on_every_day.is_some(),
            it.at_end_of.is_some(),
        ];
        if ways.iter().filter(|it| **it).count() != 1 {
            let message = "Exactly one of metric, partner, tier, allOf, anyOf, someOf, everyMetric, onAnyDay, onEveryDay and atEndOf, and not an empty one.";
            faults.add("MISFIT", message, at);
            return None;
        }
        let deeper = depth + 1;
        let what = if let Some(metric) = &it.metric {
            self.held_against(it, metric, at, faults)?
        } else if !it.partner.is_empty() {
            What::Partner(partner(&it.partner, &format!("{at}.partner"), faults))
        } else if !it.tier.is_empty() {
            self.tiers(&it.tier, &format!("{at}.tier"), in_days, faults)
        } else if !it.all_of.is_empty() {
            What::All(self.needs(&it.all_of, &format!("{at}.allOf"), deeper, in_days, faults))
        } else if !it.any_of.is_empty() {
            What::Some(
                1,
                self.needs(&it.any_of, &format!("{at}.anyOf"), deeper, in_days, faults),
            )
        } else if let Some(some) = &it.some_of {
            let at = format!("{at}.someOf");
            let count = some.count as usize;
            if count == 0 || count > some.of.len() {
                let message = format!("At least 1, and at most all {}.", some.of.len());
                faults.add("OUT_OF_RANGE", message, &format!("{at}.count"));
            }
            What::Some(
                count,
                self.needs(&some.of, &format!("{at}.of"), deeper, in_days, faults),
            )
        } else if let Some(every) = &it.every_metric {
            let of = self.metrics(&every.of, &format!("{at}.everyMetric.of"), faults);
            What::Every {
                of,
                at_least: every.at_least.clone(),
            }
        } else {
            self.days(it, at, deeper, in_days, faults)?
        };
        if it.metric.is_none()
            && [&it.at_least, &it.above, &it.at_most, &it.below]
                .iter()
                .any(|it| it.is_some())
        {
            faults.add("MISFIT", "A limit belongs to a metric.", at);
        }
        Some(Need {
            name: it.name.clone(),
            what,
        })
    }

    fn held_against(
        &self,
        it: &Requirement,
        metric: &str,
        at: &str,
        faults: &mut Faults,
    ) -> Option<What> {
        let limits = [
            (&it.at_least, Comparison::AtLeast, "atLeast"),
            (&it.above, Comparison::Above, "above"),
            (&it.at_most, Comparison::AtMost, "atMost"),
            (&it.below, Comparison::Below, "below"),
        ];
        let mut named = limits.iter().filter(|(limit, ..)| limit.is_some());
        let (Some((Some(limit), comparison, name)), None) = (named.next(), named.next()) else {
            let message = "Exactly one of atLeast, above, atMost and below.";
            faults.add("MISFIT", message, at);
            return None;
        };
        Some(What::Metric {
            metric: self.metric(metric, &format!("{at}.metric"), faults),
            comparison: *comparison,
            limit: self.bound(limit, &format!("{at}.{name}"), faults),
        })
    }

    fn tiers(&self, tiers: &Named<String>, at: &str, in_days: bool, faults: &mut Faults) -> What {
        if in_days {
            let message = "Tiers are asked for by a tier: neither on days nor in the cases of a metric. How long a partner stood on one, a measure of `standings` says.";
            faults.add("MISFIT", message, at);
        }
        let tracks = &self.document.tracks;
        let mut found = Vec::new();
        for (track, tier) in tiers {
            let at = format!("{at}.{track}");
            let Some(place) = self.own_track(track, &at, faults) else {
                continue;
            };
            let of = &tracks[place].tiers;
            if let Some(tier) = of.iter().position(|it| it.key == *tier) {
                found.push((place, tier));
            } else {
                let known: Vec<_> = of.iter().map(|it| it.key.as_str()).collect();
                let message = format!("{track} has no tier `{tier}`; it has {}.", known.join(", "));
                faults.add("UNKNOWN_NAME", message, &at);
            }
        }
        What::Tier(found)
    }

    fn days(
        &self,
        it: &Requirement,
        at: &str,
        depth: usize,
        in_days: bool,
        faults: &mut Faults,
    ) -> Option<What> {
        let (on, requires, at) = if let Some(any) = &it.on_any_day {
            let at = format!("{at}.onAnyDay");
            let within = days_of(&any.within, &at, faults);
            (Days::Any(within), &any.requires, at)
        } else if let Some(every) = &it.on_every_day {
            let at = format!("{at}.onEveryDay");
            let within = days_of(&every.within, &at, faults);
            (Days::Every(within), &every.requires, at)
        } else {
            let ends = it.at_end_of.as_ref()?;
            let at = format!("{at}.atEndOf");
            faults.within(ends.last, 1..=ENDS, &format!("{at}.last"));
            if let Some(count) = ends.count {
                faults.within(count, 1..=ends.last.max(1), &format!("{at}.count"));
            }
            let on = Days::Ends {
                of: ends.each,
                last: ends.last.min(ENDS),
                count: ends.least() as usize,
            };
            (on, &ends.requires, at)
        };
        if in_days {
            let message = "Days are asked for by a tier: they stand neither in other days nor in the cases of a metric.";
            faults.add("MISFIT", message, &at);
        }
        let at = format!("{at}.requires");
        if requires.is_empty() {
            faults.add("REQUIRED", "Say what has to hold.", &at);
        }
        let requires = self.needs(requires, &at, depth, true, faults);
        Some(What::Days(DaysRule { on, requires }))
    }
}

/// A window whose days are looked at.
fn days_of(within: &Window, at: &str, faults: &mut Faults) -> Window {
    let at = format!("{at}.within");
    window(within, &at, faults);
    if longest(within).is_none_or(|days| days > DAYS) {
        let message = format!("Days are looked at one by one, at most {DAYS} of them.");
        faults.add("OUT_OF_RANGE", message, &at);
    }
    within.clone()
}

/// Whether a window says one thing.
pub(in crate::program::rules) fn window(window: &Window, at: &str, faults: &mut Faults) {
    let fixed = window.from.is_some() || window.to.is_some();
    let ways = [window.trailing.is_some(), window.calendar.is_some(), fixed];
    if ways.iter().filter(|it| **it).count() != 1 {
        faults.add(
            "MISFIT",
            "Exactly one of trailing, calendar, and from or to.",
            at,
        );
    }
    if window.calendar.is_none() && (window.last.is_some() || window.current.is_some()) {
        faults.add("MISFIT", "`last` and `current` belong to `calendar`.", at);
    }
    if window.last.is_some_and(|last| last > 1000) {
        faults.add("OUT_OF_RANGE", "At most 1000.", &format!("{at}.last"));
    }
    if window.last == Some(0) && window.current != Some(true) {
        faults.add(
            "OUT_OF_RANGE",
            "At least 1, or the current one.",
            &format!("{at}.last"),
        );
    }
    if let (Some(from), Some(to)) = (window.from, window.to)
        && from > to
    {
        faults.add("OUT_OF_RANGE", "It ends before it begins.", at);
    }
}

/// How many days a window has at most; none where it has no end.
fn longest(window: &Window) -> Option<u32> {
    if let Some(trailing) = window.trailing {
        return Some(trailing.at_most_days());
    }
    if let Some(unit) = window.calendar {
        let many =
            window.last.unwrap_or(0) + u32::from(window.current.unwrap_or(window.last.is_none()));
        return many.checked_mul(unit.at_most_days());
    }
    let (from, to) = (window.from?, window.to?);
    u32::try_from((to - from).num_days() + 1).ok()
}

/// That an attribute which the portal itself tells can have a value.
pub(in crate::program) fn own_value(attribute: &str, value: &str, at: &str, faults: &mut Faults) {
    match attribute {
        "kind" => {
            let kinds: Vec<String> = PartnerKind::iter().map(|it| it.to_value()).collect();
            if !kinds.iter().any(|it| it == value) {
                let message = format!("`{value}` is none of {}.", kinds.join(", "));
                faults.add("INVALID_VALUE", message, at);
            }
        }
        "country" if !is_country(value) => {
            let message = format!(
                "`{value}` is no country: write two capital letters of ISO 3166-1, such as DE."
            );
            faults.add("INVALID_VALUE", message, at);
        }
        // Regions are the portal's configuration, and all else others tell.
        _ => {}
    }
}

/// Which partners are meant.
pub(super) fn partner(
    conditions: &Named<OneOrMany>,
    at: &str,
    faults: &mut Faults,
) -> Vec<(String, BTreeSet<String>)> {
    let each = conditions.iter().map(|(attribute, values)| {
        let at = format!("{at}.{attribute}");
        let values = values.values();
        if values.is_empty() {
            faults.add("REQUIRED", "Name at least one value.", &at);
        }
        faults.at_most(values.len(), LIST, &at);
        for value in values {
            own_value(attribute, value, &at, faults);
        }
        (attribute.clone(), values.iter().cloned().collect())
    });
    each.collect()
}
