//! Which changes from one version to another concern a partner that stands on a tier.
//!
//! Those of its own tier, of the next one above it, and of the track; and what these ask for where that
//! is measured otherwise, by other lists, too. What changes elsewhere is told to whoever asks for all changes.

use std::collections::BTreeSet;

use super::diff::{Change, OfMetric, OfTier, What, changes};
use super::document::{Metric, Track};
use super::rules::Rules;
use super::standing::rank;
use super::words::{self, Words};

/// Two versions of a program, and what changes from the one to the other.
#[derive(Debug)]
pub struct Versions<'r> {
    old: &'r Rules,
    new: &'r Rules,
    changes: Vec<Change<'r>>,
}

/// How near to a partner a change is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Near {
    /// Of the tier on which it stands.
    Own,
    /// Of the track.
    Track,
    /// Of the next tier.
    Next,
}

impl<'r> Versions<'r> {
    /// From one to the other.
    #[must_use]
    pub fn of(old: &'r Rules, new: &'r Rules) -> Self {
        Self {
            old,
            new,
            changes: changes(&old.document, &new.document),
        }
    }

    /// What changes for a partner on a tier of a track, or on none: what is nearest to it first.
    #[must_use]
    pub fn concerning(&self, track: &str, tier: Option<&str>) -> Vec<&Change<'r>> {
        let place = Place::of(self, track, tier);
        let near = self.changes.iter().filter_map(|change| {
            let near = place.near(change)?;
            Some((near, change))
        });
        let mut near: Vec<_> = near.collect();
        near.sort_by_key(|(near, _)| *near);
        near.into_iter().map(|(_, change)| change).collect()
    }

    /// The same in a reader's language, a sentence each.
    #[must_use]
    pub fn told(&self, track: &str, tier: Option<&str>, locale: &str) -> Vec<String> {
        let old = Words::of(&self.old.document, locale);
        let new = Words::of(&self.new.document, locale);
        let concerning = self.concerning(track, tier).into_iter();
        concerning.map(|it| words::change(it, old, new)).collect()
    }
}

/// Where a partner stands, as the two versions see it.
struct Place<'p> {
    track: &'p str,
    tier: Option<&'p str>,
    /// The tiers above: one where both versions have the same.
    next: Vec<&'p str>,
    /// Tiers below whose requirements its own asks for, too.
    below: Vec<&'p str>,
    /// What the requirements of its tier are measured by.
    own: BTreeSet<&'p str>,
    /// What those of the next one are.
    ahead: BTreeSet<&'p str>,
    /// The lists that count for what its tier is measured by.
    lists: BTreeSet<&'p str>,
    /// Those that count for the next one.
    lists_ahead: BTreeSet<&'p str>,
}

impl<'p> Place<'p> {
    fn of(versions: &'p Versions<'_>, track: &'p str, tier: Option<&'p str>) -> Self {
        let mut place = Self {
            track,
            tier,
            next: Vec::new(),
            below: Vec::new(),
            own: BTreeSet::new(),
            ahead: BTreeSet::new(),
            lists: BTreeSet::new(),
            lists_ahead: BTreeSet::new(),
        };
        for rules in [versions.new, versions.old] {
            let tracks = &rules.document.tracks;
            let Some(at) = tracks.iter().position(|it| it.key == track) else {
                continue;
            };
            let tiers = &tracks[at].tiers;
            let held = rank(&tracks[at], tier);
            if tier.is_some() && held == 0 {
                // What it stands on is of the other version alone.
                continue;
            }
            let from = if tracks[at].cumulative {
                0
            } else {
                held.saturating_sub(1)
            };
            let below = tiers[from..held].iter().map(|it| it.key.as_str());
            place.below.extend(below.filter(|key| Some(*key) != tier));
            place.next.extend(tiers.get(held).map(|it| it.key.as_str()));
            let measured = |from: usize, to: usize| {
                let tiers = &rules.tracks[at].tiers[from..to];
                let needs = tiers
                    .iter()
                    .flat_map(|it| it.requires.iter().chain(&it.keeps));
                let mut metrics = rules.behind(needs);
                // What a tier asks for, those above it may ask for, too; what it brings, it brings alone.
                if let Some(tier) = to.checked_sub(1).and_then(|it| tracks[at].tiers.get(it)) {
                    let brought = rules.places(rules.document.bringing_with(tier));
                    metrics.extend(rules.with_parts(brought));
                }
                let names = metrics
                    .into_iter()
                    .map(|metric| rules.names[metric].as_str());
                names.collect::<Vec<_>>()
            };
            let lists = |metrics: &[&str]| {
                let metrics = metrics.iter();
                let metrics = metrics.filter_map(|it| rules.document.metrics.get(*it));
                metrics.flat_map(Metric::lists).collect::<Vec<_>>()
            };
            let own = measured(from, held);
            let ahead = measured(held, (held + 1).min(tiers.len()));
            place.lists.extend(lists(&own));
            place.lists_ahead.extend(lists(&ahead));
            place.own.extend(own);
            place.ahead.extend(ahead);
        }
        place
    }

    /// How near a change is; none where it does not concern whoever stands here.
    fn near(&self, change: &Change<'_>) -> Option<Near> {
        let is_here = |track: &Track| track.key == self.track;
        let among = |name: &str, own: &BTreeSet<&str>, ahead: &BTreeSet<&str>| {
            let near = [(own, Near::Own), (ahead, Near::Next)].into_iter();
            let mut near = near.filter_map(|(names, near)| names.contains(name).then_some(near));
            near.next()
        };
        match &change.what {
            What::Track(track, _) => is_here(track).then_some(Near::Track),
            What::Tier(track, tier, of) if is_here(track) => {
                let key = tier.key.as_str();
                let asks = matches!(
                    of,
                    OfTier::Asks(_) | OfTier::AsksNoMore(_) | OfTier::AsksOtherwise { .. }
                );
                if Some(key) == self.tier || asks && self.below.contains(&key) {
                    Some(Near::Own)
                } else if self.next.contains(&key) {
                    Some(Near::Next)
                } else {
                    None
                }
            }
            What::Metric(key, OfMetric::Measured(_)) => among(key, &self.own, &self.ahead),
            What::List(name, _) => among(name, &self.lists, &self.lists_ahead),
            What::Tier(..)
            | What::Metric(_, OfMetric::Begins | OfMetric::Ends)
            | What::Setting(_) => None,
        }
    }
}
