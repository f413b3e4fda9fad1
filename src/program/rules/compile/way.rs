//! Metrics, understood: each is come by in one way.

use super::super::{
    CountedRule, MeasureRule, MetricRule, PointsRule, SeatsRule, StepRule, StepsRule, Way,
};
use super::{Names, REQUIREMENTS};
use crate::document::Faults;
use crate::fact::FieldType;
use crate::program::document::{Counted, InMean, Metric};
use crate::program::formula::Formula;
use crate::program::number::Number;
use crate::program::record::{self, SOURCES};

/// The most seats for those of one measure.
const SEATS: u32 = 200;

impl Names<'_> {
    pub(super) fn metric_rule(
        &self,
        metric: &Metric,
        at: &str,
        faults: &mut Faults,
    ) -> Option<MetricRule> {
        for (text, name) in [
            (&metric.name, "name"),
            (&metric.about, "about"),
            (&metric.unit, "unit"),
        ] {
            if let Some(text) = text {
                text.faults(&format!("{at}.{name}"), faults);
            }
        }
        let ways = [
            metric.measure.is_some(),
            metric.formula.is_some(),
            metric.points.is_some(),
            metric.steps.is_some(),
            !metric.seats.is_empty(),
            metric.counted.is_some(),
            !metric.best.is_empty(),
            metric.best_of.is_some(),
            !metric.least.is_empty(),
            !metric.total.is_empty(),
            !metric.mean.is_empty(),
            metric.bands.is_some(),
            metric.earlier.is_some(),
            !metric.cases.is_empty(),
            metric.value.is_some(),
            metric.not_applicable.is_some(),
        ];
        if ways.iter().filter(|it| **it).count() != 1 {
            let message = "Exactly one of measure, formula, points, steps, seats, counted, best, bestOf, least, total, mean, bands, earlier, cases, value and notApplicable.";
            faults.add("MISFIT", message, at);
            return None;
        }
        if metric.seats_each.is_some() && metric.seats.is_empty() {
            let message = "It says on how many `seats` one may sit: name them.";
            faults.add("MISFIT", message, &format!("{at}.seatsEach"));
        }
        let way = self.way(metric, at, faults)?;
        Some(MetricRule {
            way,
            otherwise: metric.otherwise.clone(),
        })
    }

    fn way(&self, metric: &Metric, at: &str, faults: &mut Faults) -> Option<Way> {
        Some(if let Some(measure) = &metric.measure {
            let at = format!("{at}.measure");
            Way::Measure(Box::new(MeasureRule::understood(
                measure, self, &at, faults,
            )?))
        } else if let Some(formula) = &metric.formula {
            self.formula(formula, &format!("{at}.formula"), faults)?
        } else if let Some(points) = &metric.points {
            let at = format!("{at}.points");
            let per = points.per.clone().unwrap_or_else(|| 1_i64.into());
            if !per.is_positive() {
                faults.add("OUT_OF_RANGE", "More than nothing.", &format!("{at}.per"));
            }
            Way::Points(PointsRule {
                of: self.metric(&points.of, &format!("{at}.of"), faults),
                each: points.each.clone(),
                per,
                whole: points.whole.unwrap_or_default(),
                at_most: points.at_most.clone(),
                at_least: points.at_least.clone().unwrap_or_else(Number::zero),
            })
        } else if let Some(steps) = &metric.steps {
            let at = format!("{at}.steps");
            if steps.of.is_empty() {
                faults.add("REQUIRED", "Name at least one step.", &format!("{at}.of"));
            }
            faults.at_most(steps.of.len(), REQUIREMENTS, &format!("{at}.of"));
            let of = steps.of.iter().enumerate().map(|(n, step)| StepRule {
                metric: self.metric(&step.metric, &format!("{at}.of.{n}.metric"), faults),
                needs: step.needs.clone().unwrap_or_else(Number::zero),
                each: step.each.clone(),
                at_most: step.at_most.clone(),
            });
            Way::Steps(StepsRule {
                of: of.collect(),
                at_most: steps.at_most.clone(),
            })
        } else if !metric.seats.is_empty() {
            self.seats(metric, at, faults)
        } else if let Some(counted) = &metric.counted {
            self.counted(counted, &format!("{at}.counted"), faults)
        } else if !metric.best.is_empty() {
            Way::Best(self.metrics(&metric.best, &format!("{at}.best"), faults))
        } else if let Some(best) = &metric.best_of {
            let at = format!("{at}.bestOf");
            let most = u32::try_from(best.of.len()).unwrap_or(u32::MAX);
            if best.of.is_empty() {
                faults.add("REQUIRED", "Name at least one metric.", &format!("{at}.of"));
            } else {
                faults.within(best.count, 1..=most, &format!("{at}.count"));
            }
            let of = self.metrics(&best.of, &format!("{at}.of"), faults);
            Way::BestOf(best.count as usize, of)
        } else if !metric.least.is_empty() {
            Way::Least(self.metrics(&metric.least, &format!("{at}.least"), faults))
        } else if !metric.total.is_empty() {
            Way::Total(self.metrics(&metric.total, &format!("{at}.total"), faults))
        } else if !metric.mean.is_empty() {
            self.mean(&metric.mean, &format!("{at}.mean"), faults)
        } else if let Some(bands) = &metric.bands {
            let at = format!("{at}.bands");
            let of = self.metric(&bands.of, &format!("{at}.of"), faults);
            let at = format!("{at}.steps");
            if bands.steps.is_empty() {
                faults.add("REQUIRED", "Name at least one band.", &at);
            }
            faults.at_most(bands.steps.len(), REQUIREMENTS, &at);
            if !bands.steps.is_sorted_by(|one, next| one.from < next.from) {
                faults.add(
                    "OUT_OF_RANGE",
                    "Each band begins above the one before it.",
                    &at,
                );
            }
            let steps = bands
                .steps
                .iter()
                .map(|it| (it.from.clone(), it.is.clone()));
            Way::Bands(of, steps.collect())
        } else if let Some(earlier) = &metric.earlier {
            let of = self.metric(&earlier.of, &format!("{at}.earlier.of"), faults);
            Way::Earlier(of, earlier.by)
        } else if !metric.cases.is_empty() {
            self.cases(metric, &format!("{at}.cases"), faults)
        } else if let Some(value) = &metric.value {
            Way::Value(self.bound(value, &format!("{at}.value"), faults))
        } else {
            let why = metric.not_applicable.as_ref()?;
            why.faults(&format!("{at}.notApplicable"), faults);
            Way::NotApplicable(why.clone())
        })
    }

    fn mean(&self, of: &[InMean], at: &str, faults: &mut Faults) -> Way {
        faults.at_most(of.len(), REQUIREMENTS, at);
        let of = of.iter().enumerate().map(|(n, it)| {
            let weight = it.weight().cloned().unwrap_or_else(|| 1_i64.into());
            if !weight.is_positive() {
                faults.add(
                    "OUT_OF_RANGE",
                    "More than nothing.",
                    &format!("{at}.{n}.weight"),
                );
            }
            (
                self.metric(it.metric(), &format!("{at}.{n}.metric"), faults),
                weight,
            )
        });
        Way::Mean(of.collect())
    }

    fn seats(&self, metric: &Metric, at: &str, faults: &mut Faults) -> Way {
        let each = metric.seats_each.unwrap_or(1);
        faults.within(each, 1..=SEATS, &format!("{at}.seatsEach"));
        let at = &format!("{at}.seats");
        faults.at_most(metric.seats.len(), REQUIREMENTS, at);
        let lines = metric.seats.iter().enumerate().map(|(n, seats)| {
            let at = format!("{at}.{n}");
            faults.within(seats.count, 1..=SEATS, &format!("{at}.count"));
            let of = self.counting(&seats.of, &format!("{at}.of"), faults);
            (of, seats.count as usize)
        });
        Way::Seats(SeatsRule {
            lines: lines.collect(),
            each: each as usize,
        })
    }

    /// A measure that counts each value once, so that it can be asked which.
    fn counting(&self, name: &str, at: &str, faults: &mut Faults) -> usize {
        let counts = self.document.metrics.get(name);
        let counts = counts.and_then(|it| it.measure.as_ref());
        if counts.is_none_or(|it| it.distinct.is_none()) {
            let message = "It has to be a measure that counts with `distinct`: of no other can be asked whom it counts.";
            faults.add("MISFIT", message, at);
        }
        self.metric(name, at, faults)
    }

    fn counted(&self, counted: &Counted, at: &str, faults: &mut Faults) -> Way {
        let Counted {
            by_any,
            by_each,
            by_none,
        } = counted;
        if by_any.is_empty() && by_each.is_empty() {
            let message = "Name at least one metric, in `byAny` or in `byEach`.";
            faults.add("REQUIRED", message, at);
        }
        let all = || by_any.iter().chain(by_each).chain(by_none);
        faults.at_most(all().count(), REQUIREMENTS, at);
        let lists = [(by_any, "byAny"), (by_each, "byEach"), (by_none, "byNone")];
        let written = lists.iter().flat_map(|(list, of)| {
            let each = list.iter().enumerate();
            each.map(move |(n, name)| (name, format!("{at}.{of}.{n}")))
        });
        faults.each_once(written);
        let mut kinds = all().filter_map(|name| self.kinds(name));
        if let Some(first) = kinds.next()
            && kinds.any(|other| other != first)
        {
            let message = "These measures count different kinds of values, which are never the same: name measures of the same kinds of fields.";
            faults.add("MISFIT", message, at);
        }
        let mut places = |names: &[String], of: &str| {
            let names = names.iter().enumerate();
            let places =
                names.map(|(n, name)| self.counting(name, &format!("{at}.{of}.{n}"), faults));
            places.collect()
        };
        Way::Counted(CountedRule {
            any: places(by_any, "byAny"),
            each: places(by_each, "byEach"),
            none: places(by_none, "byNone"),
        })
    }

    /// Of which kinds the fields are that a measure counts, and whether they are people; none where that is
    /// told elsewhere to be wrong.
    fn kinds(&self, name: &str) -> Option<Vec<(FieldType, bool)>> {
        let measure = self.document.metrics.get(name)?.measure.as_ref()?;
        let source = &SOURCES[record::source(&measure.of)?];
        let kind = |name: &String| {
            let field = source.fields.iter().find(|(field, _)| field == name);
            field.map(|(field, kind)| (*kind, *field == "person"))
        };
        measure
            .distinct
            .as_ref()?
            .values()
            .iter()
            .map(kind)
            .collect()
    }

    fn formula(&self, text: &str, at: &str, faults: &mut Faults) -> Option<Way> {
        match Formula::parse(text) {
            Ok(formula) => {
                let named = formula.named(&mut |name| {
                    Ok::<_, std::convert::Infallible>(self.metric(name, at, faults))
                });
                named.ok().map(Way::Formula)
            }
            Err(misread) => {
                faults.add("INVALID_FORMULA", misread.to_string(), at);
                None
            }
        }
    }

    fn cases(&self, metric: &Metric, at: &str, faults: &mut Faults) -> Way {
        faults.at_most(metric.cases.len(), REQUIREMENTS, at);
        let last = metric.cases.len() - 1;
        let mut cases = Vec::new();
        for (n, case) in metric.cases.iter().enumerate() {
            let at = format!("{at}.{n}");
            if case.when.is_none() && n != last {
                let message = "Only the last case holds always: those behind it never would.";
                faults.add("REQUIRED", message, &format!("{at}.when"));
            }
            let when = case
                .when
                .as_ref()
                .map(|when| self.need(when, &format!("{at}.when"), 1, true, faults));
            let metric = self.number(&case.metric, &format!("{at}.use"), faults);
            match when {
                Some(None) => {}
                Some(Some(when)) => cases.push((Some(when), metric)),
                None => cases.push((None, metric)),
            }
        }
        Way::Cases(cases)
    }
}
