//! The most that a metric can come to, whatever partners do.

use std::collections::HashMap;

use crate::program::formula::{Formula, Function};
use crate::program::number::Number;
use crate::program::rules::{Bound, NumberOr, Rules, Way};

/// What was found of metrics: each is looked at once, however many are made of it.
pub(super) type Found = HashMap<usize, Option<Number>>;

/// The most that a metric can come to; none where nothing bounds it, or that is not known.
pub(super) fn most(rules: &Rules, metric: usize, found: &mut Found) -> Option<Number> {
    if let Some(known) = found.get(&metric) {
        return known.clone();
    }
    let most = look(rules, metric, found);
    found.insert(metric, most.clone());
    most
}

fn look(rules: &Rules, metric: usize, found: &mut Found) -> Option<Number> {
    let rule = rules.metrics.get(metric)?;
    let most = match &rule.way {
        Way::Points(points) => points.at_most.clone()?,
        Way::Steps(steps) => {
            let each = steps.of.iter().map(|it| it.at_most.clone());
            let all = each.collect::<Option<Vec<_>>>().map(sum);
            [steps.at_most.clone(), all].into_iter().flatten().min()?
        }
        Way::Seats(seats) => {
            let seats: usize = seats.lines.iter().map(|(_, count)| count).sum();
            Number::from(i64::try_from(seats).ok()?)
        }
        Way::Best(of) | Way::Least(of) => all(rules, of, found)?.into_iter().max()?,
        Way::Mean(of) => {
            let each: Vec<_> = of.iter().map(|(metric, _)| *metric).collect();
            all(rules, &each, found)?.into_iter().max()?
        }
        Way::Total(of) => sum(all(rules, of, found)?),
        Way::BestOf(count, of) => {
            let mut each = all(rules, of, found)?;
            each.sort_unstable();
            sum(each.into_iter().rev().take(*count).collect())
        }
        Way::Cases(cases) => numbers(rules, cases.iter().map(|(_, it)| it), found)?,
        Way::Bands(_, steps) => steps.iter().map(|(_, is)| is).max()?.clone(),
        Way::Earlier(of, _) => most(rules, *of, found)?,
        Way::Value(Bound::One(one)) => numbers(rules, [one], found)?,
        Way::Value(Bound::By {
            values, otherwise, ..
        }) => numbers(rules, values.values().chain(otherwise), found)?,
        Way::Formula(formula) => most_of(rules, formula, found)?,
        Way::Measure(_) | Way::Counted(_) | Way::NotApplicable(_) => return None,
    };
    Some(match &rule.otherwise {
        Some(otherwise) => most.max(otherwise.clone()),
        None => most,
    })
}

/// The most of each; none where one is not known.
fn all(rules: &Rules, of: &[usize], found: &mut Found) -> Option<Vec<Number>> {
    of.iter().map(|it| most(rules, *it, found)).collect()
}

/// Of those that are more than nothing: the others may not apply.
fn sum(of: Vec<Number>) -> Number {
    let above = of.into_iter().filter(Number::is_positive);
    above.fold(Number::zero(), |sum, it| &sum + &it)
}

fn numbers<'n>(
    rules: &Rules,
    of: impl IntoIterator<Item = &'n NumberOr>,
    found: &mut Found,
) -> Option<Number> {
    let mut highest: Option<Number> = None;
    for it in of {
        let most = match it {
            NumberOr::Number(number) => number.clone(),
            NumberOr::Metric(metric) => most(rules, *metric, found)?,
            NumberOr::NotApplicable => continue,
        };
        highest = Some(highest.map_or(most.clone(), |it| it.max(most)));
    }
    highest
}

fn most_of(rules: &Rules, formula: &Formula<usize>, found: &mut Found) -> Option<Number> {
    match formula {
        Formula::Number(number) => Some(number.clone()),
        Formula::Metric(metric) => most(rules, *metric, found),
        Formula::Call(Function::Min, given) => given
            .iter()
            .filter_map(|it| most_of(rules, it, found))
            .min(),
        Formula::Both(..) | Formula::Call(..) => None,
    }
}
