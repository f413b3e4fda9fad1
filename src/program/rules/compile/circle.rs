//! What metrics are made of, and tiers ask for: nothing of itself, and nothing of too many behind each
//! other.

use std::collections::BTreeMap;

use super::super::{
    Bound, CountedRule, DaysRule, MeasureRule, MetricRule, Need, NumberOr, TrackRule, Way, What,
};
use crate::document::Faults;
use crate::program::document::Document;

/// How many may stand behind each other.
const CHAIN: usize = 40;

/// Metrics that wait for themselves would never be known.
pub(super) fn metrics(document: &Document, metrics: &[MetricRule], faults: &mut Faults) {
    let names: Vec<&str> = document.metrics.keys().map(String::as_str).collect();
    let next = |metric: usize| metrics[metric].way.metrics();
    match chain(metrics.len(), next) {
        Ok(()) => {}
        Err(Tangle::Circle(circle)) => {
            let path: Vec<_> = circle.iter().map(|it| names[*it]).collect();
            let message = format!("These metrics wait for each other: {}.", path.join(" → "));
            faults.add("CYCLE", message, &format!("metrics.{}", path[0]));
        }
        Err(Tangle::Deep(metric)) => {
            let message = format!("More than {CHAIN} metrics stand behind each other.");
            faults.add("TOO_MANY", message, &format!("metrics.{}", names[metric]));
        }
    }
}

/// Tiers that wait for themselves would never be earned. Who asks for a tier has to know of all above it,
/// too; what is enough to keep one, nothing waits for.
pub(super) fn tiers(document: &Document, tracks: &[TrackRule], faults: &mut Faults) {
    let places: Vec<(usize, usize)> = tracks
        .iter()
        .enumerate()
        .flat_map(|(track, it)| (0..it.tiers.len()).map(move |tier| (track, tier)))
        .collect();
    let asked = tracks.iter().zip(&document.tracks).flat_map(|(rule, of)| {
        // Of each track the lowest tier that is asked for.
        let mut lowest: BTreeMap<usize, usize> = BTreeMap::new();
        let each = rule.tiers.iter().map(move |tier| {
            if !of.cumulative {
                lowest.clear();
            }
            for (track, tier) in tier.requires.iter().flat_map(Need::tiers) {
                let least = lowest.entry(track).or_insert(tier);
                *least = tier.min(*least);
            }
            lowest.clone()
        });
        each.collect::<Vec<_>>()
    });
    let asked: Vec<_> = asked.collect();
    let next = |place: usize| {
        let each = asked[place].iter().flat_map(|(track, tier)| {
            let above = (*tier..tracks[*track].tiers.len()).map(|tier| (*track, tier));
            above.filter_map(|it| places.binary_search(&it).ok())
        });
        each.collect()
    };
    let at = |place: usize| {
        let (track, tier) = places[place];
        format!("tracks.{track}.tiers.{tier}.requires")
    };
    match chain(places.len(), next) {
        Ok(()) => {}
        Err(Tangle::Circle(circle)) => {
            let path = circle.iter().map(|place| {
                let (track, tier) = places[*place];
                let of = &document.tracks[track];
                format!("{} of {}", of.tiers[tier].key, of.key)
            });
            let path: Vec<_> = path.collect();
            let track = places[circle[0]].0;
            let is_its_own = circle.iter().all(|it| places[*it].0 == track);
            let is_cumulative = circle
                .iter()
                .any(|it| document.tracks[places[*it].0].cumulative);
            let mut message = if is_its_own {
                format!("A tier waits for itself: {}.", path.join(" → "))
            } else {
                format!("These tiers wait for each other: {}.", path.join(" → "))
            };
            message.push_str(" Who asks for a tier asks for it or a higher one.");
            if is_cumulative {
                message
                    .push_str(" On a cumulative track each asks for what those below it ask, too.");
            } else if is_its_own {
                message.push_str(" That each tier asks for what those below it ask, `cumulative: true` says on the track.");
            }
            faults.add("CYCLE", message, &at(circle[0]));
        }
        Err(Tangle::Deep(place)) => {
            let message = format!("More than {CHAIN} tiers stand behind each other.");
            faults.add("TOO_MANY", message, &at(place));
        }
    }
}

/// What is wrong with what stands behind each other.
enum Tangle {
    /// It waits for itself: the way, back to where it begins.
    Circle(Vec<usize>),
    /// Too much stands behind this one.
    Deep(usize),
}

/// That none of so many waits for itself, and not too many stand behind each other.
fn chain(count: usize, next: impl Fn(usize) -> Vec<usize>) -> Result<(), Tangle> {
    let mut behind: Vec<Option<usize>> = vec![None; count];
    for one in 0..count {
        if walk(one, &next, &mut behind, &mut Vec::new())? > CHAIN {
            return Err(Tangle::Deep(one));
        }
    }
    Ok(())
}

/// How many stand behind one.
fn walk(
    one: usize,
    next: &impl Fn(usize) -> Vec<usize>,
    behind: &mut [Option<usize>],
    way: &mut Vec<usize>,
) -> Result<usize, Tangle> {
    if let Some(known) = behind[one] {
        return Ok(known);
    }
    if let Some(start) = way.iter().position(|it| *it == one) {
        let mut circle = way[start..].to_vec();
        circle.push(one);
        return Err(Tangle::Circle(circle));
    }
    way.push(one);
    let mut deepest = 0;
    for other in next(one) {
        deepest = deepest.max(walk(other, next, behind, way)? + 1);
    }
    way.pop();
    behind[one] = Some(deepest);
    Ok(deepest)
}

impl Way {
    /// The measure that it is, if it is one.
    pub(in crate::program) fn measure(&self) -> Option<&MeasureRule> {
        if let Self::Measure(measure) = self {
            Some(measure)
        } else {
            None
        }
    }

    /// The metrics that are looked at.
    pub(in crate::program) fn metrics(&self) -> Vec<usize> {
        let mut found = Vec::new();
        match self {
            Self::Measure(_) | Self::NotApplicable(_) => {}
            Self::Formula(formula) => formula.each(&mut |metric| found.push(*metric)),
            Self::Points(points) => found.push(points.of),
            Self::Seats(seats) => found.extend(seats.lines.iter().map(|(metric, _)| metric)),
            Self::Counted(CountedRule { any, each, none }) => {
                found.extend(any.iter().chain(each).chain(none));
            }
            Self::Bands(of, _) | Self::Earlier(of, _) => found.push(*of),
            Self::Steps(steps) => found.extend(steps.of.iter().map(|it| it.metric)),
            Self::Best(of) | Self::BestOf(_, of) | Self::Least(of) | Self::Total(of) => {
                found.extend(of);
            }
            Self::Mean(of) => found.extend(of.iter().map(|(metric, _)| metric)),
            Self::Cases(cases) => {
                for (when, metric) in cases {
                    metric.metrics(&mut found);
                    if let Some(need) = when {
                        need.metrics(&mut found);
                    }
                }
            }
            Self::Value(bound) => bound.metrics(&mut found),
        }
        found
    }
}

impl NumberOr {
    fn metrics(&self, found: &mut Vec<usize>) {
        match self {
            Self::Number(_) | Self::NotApplicable => {}
            Self::Metric(metric) => found.push(*metric),
        }
    }
}

impl Bound {
    fn metrics(&self, found: &mut Vec<usize>) {
        match self {
            Self::One(one) => one.metrics(found),
            Self::By {
                values, otherwise, ..
            } => values
                .values()
                .chain(otherwise)
                .for_each(|it| it.metrics(found)),
        }
    }
}

impl Need {
    /// The metrics that are looked at, added to what was found.
    pub(in crate::program) fn metrics(&self, found: &mut Vec<usize>) {
        match &self.what {
            What::Metric { metric, limit, .. } => {
                found.push(*metric);
                limit.metrics(found);
            }
            What::Partner(_) | What::Tier(_) => {}
            What::All(needs)
            | What::Some(_, needs)
            | What::Days(DaysRule {
                requires: needs, ..
            }) => {
                for need in needs {
                    need.metrics(found);
                }
            }
            What::Every { of, .. } => found.extend(of),
        }
    }
}
