//! What metrics are made of: none of itself, and none of too many behind each other.

use super::super::{Bound, DaysRule, MeasureRule, MetricRule, Need, NumberOr, Way, What};
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

    /// Whether what is measured takes seats.
    pub(in crate::program) fn has_seats(&self) -> bool {
        matches!(self, Self::Seats(_))
    }

    /// The metrics that are looked at.
    pub(in crate::program) fn metrics(&self) -> Vec<usize> {
        let mut found = Vec::new();
        match self {
            Self::Measure(_) | Self::NotApplicable(_) => {}
            Self::Formula(formula) => formula.each(&mut |metric| found.push(*metric)),
            Self::Points(points) => found.push(points.of),
            Self::Seats(seats) => found.extend(seats.iter().map(|(metric, _)| metric)),
            Self::Steps(steps) => found.extend(steps.of.iter().map(|it| it.metric)),
            Self::Best(of) | Self::Least(of) | Self::Total(of) => found.extend(of),
            Self::Cases(cases) => {
                for (when, metric) in cases {
                    found.push(*metric);
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

impl Bound {
    fn metrics(&self, found: &mut Vec<usize>) {
        let mut take = |number: &NumberOr| match number {
            NumberOr::Number(_) | NumberOr::NotApplicable => {}
            NumberOr::Metric(metric) => found.push(*metric),
        };
        match self {
            Self::One(one) => take(one),
            Self::By {
                values, otherwise, ..
            } => {
                values.values().for_each(&mut take);
                otherwise.iter().for_each(take);
            }
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
            What::Partner(_) => {}
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
