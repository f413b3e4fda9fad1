//! Whether tiers ask for more the higher they are, and for no more of whoever keeps them.

use std::collections::BTreeMap;

use super::Doubts;
use super::between::Between;
use crate::program::document::{Document, Requirement, Tier, Track};
use crate::program::number::Number;

/// What is asked of each metric, all of it together, and what else is asked.
#[derive(Default)]
struct Asked<'r> {
    metrics: BTreeMap<&'r str, OfMetric<'r>>,
    others: Vec<&'r Requirement>,
}

struct OfMetric<'r> {
    /// Where it is asked first.
    place: usize,
    /// For everybody, or for each value of an attribute.
    limits: BTreeMap<Option<(&'r str, &'r str)>, Between>,
}

/// A metric of which less is asked, and both limits.
struct Less<'r> {
    metric: &'r str,
    place: usize,
    limit: Number,
    other: Number,
}

impl<'r> Asked<'r> {
    fn of(requirements: &'r [Requirement]) -> Self {
        let mut asked = Self::default();
        for (place, it) in requirements.iter().enumerate() {
            let Some(metric) = it.metric.as_deref() else {
                asked.others.push(it);
                continue;
            };
            let of = asked.metrics.entry(metric).or_insert_with(|| OfMetric {
                place,
                limits: BTreeMap::new(),
            });
            for (whose, limit) in Between::asked(it) {
                let before = of.limits.entry(whose).or_default();
                *before = before.and(&limit);
            }
        }
        asked
    }

    /// Of what less is asked than by another.
    fn less(&self, than: &Self) -> Vec<Less<'r>> {
        let each = self.metrics.iter().filter_map(|(metric, own)| {
            let other = than.metrics.get(metric)?;
            own.limits.iter().find_map(|(whose, limit)| {
                let (limit, other) = limit.weaker(other.limits.get(whose)?)?;
                Some(Less {
                    metric,
                    place: own.place,
                    limit: limit.clone(),
                    other: other.clone(),
                })
            })
        });
        each.collect()
    }

    /// Whether anything is asked that another does not ask, or more of it.
    fn asks_more(&self, than: &Self) -> bool {
        let is_new = |metric: &&str| !than.metrics.contains_key(*metric);
        self.metrics.keys().any(is_new)
            || self.others.iter().any(|it| !than.others.contains(it))
            || !than.less(self).is_empty()
    }
}

impl Doubts {
    /// The tiers of a track.
    pub(super) fn tiers(&mut self, document: &Document, track: &Track, at: &str) {
        let called = |tier: &Tier| {
            let name = tier.name.read(&document.locale, &document.locale);
            name.to_owned()
        };
        for (n, tier) in track.tiers.iter().enumerate() {
            let at = format!("{at}.tiers.{n}");
            let name = called(tier);
            let (requires, keeps) = (Asked::of(&tier.requires), Asked::of(&tier.keeps));
            for it in requires.less(&keeps) {
                let place = keeps.metrics.get(it.metric).map_or(0, |it| it.place);
                let Less {
                    metric,
                    limit,
                    other,
                    ..
                } = it;
                let message = format!(
                    "{name} is harder to keep than to reach: `{metric}` {other} here, and {limit} to reach it."
                );
                self.add(message, &format!("{at}.keeps.{place}"));
            }
            for below in &track.tiers[..n] {
                let asked = Asked::of(&below.requires);
                // What asks for less of one and for more of another is another way up.
                if !track.cumulative && requires.asks_more(&asked) {
                    continue;
                }
                for it in requires.less(&asked) {
                    let (below, metric) = (called(below), it.metric);
                    let limits = format!("`{metric}` {} here, and {} there", it.limit, it.other);
                    let message = if track.cumulative {
                        format!(
                            "What {below} asks for is asked for here, too, and is more: {limits}."
                        )
                    } else {
                        format!(
                            "{name} asks for less than {below} below it: {limits}. Tiers are written from the lowest to the highest."
                        )
                    };
                    self.add(message, &format!("{at}.requires.{}", it.place));
                }
            }
            if let Some(below) = n.checked_sub(1).and_then(|n| track.tiers.get(n))
                && (tier.requires.is_empty() || tier.requires == below.requires)
            {
                let message = format!(
                    "It asks for nothing more, so nobody ever stays on {} below it.",
                    called(below)
                );
                self.add(message, &at);
            }
        }
    }
}
