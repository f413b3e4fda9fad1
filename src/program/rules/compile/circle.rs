//! What metrics are made of: none of itself, and none of too many behind each other.

use super::super::{
    Bound, CountedRule, DaysRule, MeasureRule, MetricRule, Need, NumberOr, TrackRule, Way, What,
};
use crate::document::Faults;
use crate::program::document::Document;

/// How many metrics may stand behind each other.
const CHAIN: usize = 40;

/// What waits for itself would never be known.
pub(super) fn circles(document: &Document, metrics: &[MetricRule], faults: &mut Faults) {
    let mut behind: Vec<Option<usize>> = vec![None; metrics.len()];
    let mut names = document.metrics.keys().map(String::as_str);
    let names: Vec<&str> = names.by_ref().collect();
    for metric in 0..metrics.len() {
        let mut way = Vec::new();
        if let Err(circle) = walk(metric, metrics, &mut behind, &mut way) {
            let path: Vec<_> = circle.iter().map(|it| names[*it]).collect();
            let message = format!("These metrics wait for each other: {}.", path.join(" → "));
            faults.add("CYCLE", message, &format!("metrics.{}", names[metric]));
            return;
        }
        if behind[metric].is_some_and(|deep| deep > CHAIN) {
            let message = format!("More than {CHAIN} metrics stand behind each other.");
            faults.add("TOO_MANY", message, &format!("metrics.{}", names[metric]));
            return;
        }
    }
}

/// Tracks of which one asks for a tier of another, and so on, and that for one of the first.
pub(super) fn tracks(document: &Document, tracks: &[TrackRule], faults: &mut Faults) {
    let mut done = vec![false; tracks.len()];
    let mut left = tracks.len();
    loop {
        for (place, track) in tracks.iter().enumerate() {
            let mut asked = track.needs().flat_map(Need::tracks);
            done[place] = done[place] || asked.all(|it| done.get(it).copied().unwrap_or(true));
        }
        let open = done.iter().filter(|it| !**it).count();
        if open == left {
            break;
        }
        left = open;
    }
    if let Some(place) = done.iter().position(|it| !it) {
        let open = document
            .tracks
            .iter()
            .zip(&done)
            .filter(|(_, done)| !**done);
        let keys: Vec<_> = open.map(|(track, _)| track.key.as_str()).collect();
        let message = format!(
            "These tracks wait for tiers of each other: {}.",
            keys.join(", ")
        );
        faults.add("CYCLE", message, &format!("tracks.{place}"));
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
