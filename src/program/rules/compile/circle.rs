//! What metrics are made of, and tiers ask for: no metric is made of itself, nor of too many behind each
//! other, and every tier can be earned by something else than itself.

use std::collections::BTreeSet;

use super::super::{
    Bound, CountedRule, DaysRule, MeasureRule, MetricRule, Need, NumberOr, TrackRule, Way, What,
};
use crate::document::Faults;
use crate::program::document::Document;

/// How many metrics may stand behind each other.
const CHAIN: usize = 40;

/// Metrics that wait for themselves would never be known.
pub(super) fn metrics(document: &Document, metrics: &[MetricRule], faults: &mut Faults) {
    let names: Vec<&str> = document.metrics.keys().map(String::as_str).collect();
    let mut behind: Vec<Option<usize>> = vec![None; metrics.len()];
    for metric in 0..metrics.len() {
        match walk(metric, metrics, &mut behind, &mut Vec::new()) {
            Err(circle) => {
                let path: Vec<_> = circle.iter().map(|it| names[*it]).collect();
                let message = format!("These metrics wait for each other: {}.", path.join(" → "));
                faults.add("CYCLE", message, &format!("metrics.{}", path[0]));
                return;
            }
            Ok(deep) if deep > CHAIN => {
                let message = format!("More than {CHAIN} metrics stand behind each other.");
                faults.add("TOO_MANY", message, &format!("metrics.{}", names[metric]));
                return;
            }
            Ok(_) => {}
        }
    }
}

/// Tells each track for whose tiers it waits, and refuses tiers that nobody could ever earn, because they
/// wait for themselves: those that do not follow even where all else that is asked for holds.
pub(super) fn tiers(document: &Document, tracks: &mut [TrackRule], faults: &mut Faults) {
    let waits = tracks.iter().map(|it| {
        let needs = it.tiers.iter().flat_map(|it| &it.requires);
        needs
            .flat_map(Need::tiers)
            .map(|(track, _)| track)
            .collect()
    });
    let waits: Vec<BTreeSet<usize>> = waits.collect();
    for (place, track) in tracks.iter_mut().enumerate() {
        let mut together = BTreeSet::new();
        let mut open = vec![place];
        while let Some(one) = open.pop() {
            if together.insert(one) {
                open.extend(&waits[one]);
            }
        }
        track.together = together.into_iter().collect();
    }
    let mut earned: Vec<Vec<bool>> = tracks
        .iter()
        .map(|it| vec![false; it.tiers.len()])
        .collect();
    loop {
        let again = tracks.iter().zip(&document.tracks).map(|(rule, track)| {
            let mut below = true;
            let tiers = rule.tiers.iter().map(|tier| {
                let follows = tier.requires.iter().all(|it| it.can_follow(&earned));
                below = follows && (below || !track.cumulative);
                below
            });
            tiers.collect()
        });
        let again: Vec<Vec<bool>> = again.collect();
        if again == earned {
            break;
        }
        earned = again;
    }
    let never = earned.iter().enumerate().flat_map(|(track, tiers)| {
        let tiers = tiers.iter().enumerate();
        let never = tiers.filter(|(_, can)| !**can);
        never.map(move |(tier, _)| (track, tier))
    });
    let never: Vec<_> = never.collect();
    let Some((track, tier)) = never.first() else {
        return;
    };
    let named = never.iter().map(|(track, tier)| {
        let of = &document.tracks[*track];
        format!("{} of {}", of.tiers[*tier].key, of.key)
    });
    let named: Vec<_> = named.take(10).collect();
    let mut message = format!(
        "Nobody can ever earn this, since each waits for another one, or for itself: {}.",
        named.join(", ")
    );
    if never.iter().all(|(other, _)| other == track) {
        message.push_str(" That each tier asks for what those below it ask, `cumulative: true` says on the track.");
    }
    faults.add(
        "CYCLE",
        message,
        &format!("tracks.{track}.tiers.{tier}.requires"),
    );
}

impl Need {
    /// Whether it could hold where these tiers are earned, and all else that is asked for.
    fn can_follow(&self, earned: &[Vec<bool>]) -> bool {
        let can = |needs: &[Self]| needs.iter().filter(|it| it.can_follow(earned)).count();
        match &self.what {
            What::Tier(tiers) => tiers
                .iter()
                .all(|(track, tier)| earned[*track][*tier..].contains(&true)),
            What::All(needs) => can(needs) == needs.len(),
            What::Some(count, needs) => can(needs) >= *count,
            What::Metric { .. } | What::Partner(_) | What::Every { .. } | What::Days(_) => true,
        }
    }
}

/// How many metrics stand behind one; the circle, where there is one.
fn walk(
    metric: usize,
    metrics: &[MetricRule],
    behind: &mut [Option<usize>],
    way: &mut Vec<usize>,
) -> Result<usize, Vec<usize>> {
    if let Some(known) = behind[metric] {
        return Ok(known);
    }
    if let Some(start) = way.iter().position(|it| *it == metric) {
        let mut circle = way[start..].to_vec();
        circle.push(metric);
        return Err(circle);
    }
    way.push(metric);
    let mut deepest = 0;
    for next in metrics[metric].way.metrics() {
        deepest = deepest.max(walk(next, metrics, behind, way)? + 1);
    }
    way.pop();
    behind[metric] = Some(deepest);
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
