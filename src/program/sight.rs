//! Rules and what is known of one partner, seen from one instant: what each metric is.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use chrono::{DateTime, Utc};

use super::days::Scene;
use super::evaluate::Profile;
use super::measured::Measuring;
use super::number::Number;
use super::proof::{MetricProof, Outcome, Reason, RequirementProof, Verdict};
use super::record::Records;
use super::rules::{Bound, MetricRule, Need, NumberOr, PointsRule, Rules, StepsRule, Way};
use super::span::Span;
use super::timeline::{Found, Timeline, at};
use super::whom::Crowd;

/// The attribute that tells a partner's own currency.
pub(super) const CURRENCY: &str = "currency";

/// Rules, and what is known of one partner.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) rules: &'a Rules,
    pub(super) records: &'a Records,
    pub(super) profile: &'a Profile,
}

impl<'a> Known<'a> {
    /// What is known of the partner: what was told last, or what the portal knows.
    pub(super) fn attribute(&self, name: &str, as_of: DateTime<Utc>) -> Option<&'a str> {
        let told = self.records.attribute(name, as_of);
        told.or_else(|| self.profile.get(name).map(String::as_str))
    }
}

/// All that is seen from one instant.
pub(super) struct Sight<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) known: Known<'a>,
    pub(super) as_of: DateTime<Utc>,
    thorough: bool,
    /// Where measures were taken for many instants at once, and which of them this is.
    pub(super) on: Option<(&'a Timeline<'a>, usize)>,
    /// A measure of which is supposed that it came to so much more.
    pub(super) supposed: Option<(usize, usize)>,
    /// Whom measures count of which that was asked.
    pub(super) crowd: Rc<RefCell<Crowd<'a>>>,
    metrics: Vec<OnceCell<Rc<MetricProof>>>,
    /// Which tiers of each track are earned.
    earned: Vec<OnceCell<Rc<[bool]>>>,
    /// What each tier of each track requires, judged.
    required: Vec<Vec<OnceCell<Rc<[RequirementProof]>>>>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, as_of: DateTime<Utc>, thorough: bool) -> Self {
        let known = scene.known();
        Self {
            scene,
            known,
            as_of,
            thorough,
            on: None,
            supposed: None,
            crowd: Rc::default(),
            metrics: vec![OnceCell::new(); known.rules.metrics.len()],
            earned: vec![OnceCell::new(); known.rules.tracks.len()],
            required: (known.rules.tracks.iter())
                .map(|it| vec![OnceCell::new(); it.tiers.len()])
                .collect(),
        }
    }

    /// Seen from one of the instants for which measures were taken.
    pub(super) fn on(scene: &'a Scene<'a>, timeline: &'a Timeline<'a>, place: usize) -> Self {
        Self {
            on: Some((timeline, place)),
            ..Self::new(scene, timeline.instants[place], false)
        }
    }

    /// The same, if a measure came to so much more.
    pub(super) fn supposing(&self, metric: usize, more: usize) -> Sight<'a> {
        let mut sight = Sight::new(self.scene, self.as_of, false);
        sight.supposed = Some((metric, more));
        sight.crowd = Rc::clone(&self.crowd);
        for (place, rule) in self.known.rules.metrics.iter().enumerate() {
            let proof = if place == metric {
                let value = match &self.metric(metric).outcome {
                    Outcome::Value(value) => value.clone(),
                    Outcome::NotApplicable(_) | Outcome::Undefined(_) => Number::zero(),
                };
                let value = &value + &Number::from(more);
                Rc::new(MetricProof::of(Outcome::Value(value)))
            } else if matches!(rule.way, Way::Measure(_) | Way::Earlier(..)) {
                // What is measured stays what it is, and what was, what it was.
                self.metric(place)
            } else {
                continue;
            };
            // It was empty before.
            let _ = sight.metrics[place].set(proof);
        }
        sight
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.known.attribute(name, self.as_of)
    }

    pub(super) fn metric(&self, metric: usize) -> Rc<MetricProof> {
        let proof = self.metrics[metric].get_or_init(|| {
            let taken = self
                .on
                .and_then(|(timeline, place)| at(timeline.measured(metric), place));
            let rules = self.known.rules;
            let rule = &rules.metrics[metric];
            match (taken, self.on, &rule.way) {
                (Some(proof), ..) => Rc::clone(proof),
                // What was earlier is made of what cannot be seen from here.
                (None, Some((timeline, _)), way) if !matches!(way, Way::Earlier(..)) => {
                    let of = self.found(&rules.parts[metric]);
                    timeline.made(metric, of, || self.reckon(rule))
                }
                (None, ..) => Rc::new(self.reckon(rule)),
            }
        });
        Rc::clone(proof)
    }

    /// These metrics as they are from here.
    pub(super) fn found(&self, metrics: &[usize]) -> Found {
        let told = self.known.records.classified();
        Found {
            classified: told.filter(|at| *at <= self.as_of).count(),
            metrics: metrics.iter().map(|it| self.metric(*it)).collect(),
        }
    }

    /// Which tiers of a track are earned.
    pub(super) fn earned(&self, track: usize) -> Rc<[bool]> {
        if let Some(known) = self.earned[track].get() {
            return Rc::clone(known);
        }
        for (of, earned) in self.earned_on(&self.known.rules.tracks[track].together) {
            // Who is asked for by somebody else may be known already.
            let _ = self.earned[of].set(earned.into());
        }
        self.earned[track]
            .get()
            .map_or_else(|| Rc::from([]), Rc::clone)
    }

    /// What a tier requires, judged. Where it asks for tiers, those that are earned have to be known.
    pub(super) fn required(&self, track: usize, tier: usize) -> Rc<[RequirementProof]> {
        let judged = || {
            self.all(&self.known.rules.tracks[track].tiers[tier].requires)
                .into()
        };
        Rc::clone(self.required[track][tier].get_or_init(judged))
    }

    pub(super) fn name(&self, metric: usize) -> String {
        self.known.rules.names[metric].clone()
    }

    fn reckon(&self, rule: &MetricRule) -> MetricProof {
        let mut proof = match &rule.way {
            Way::Measure(measure) => self
                .measuring(self.as_of)
                .measure(measure, self.attribute(CURRENCY)),
            Way::Formula(formula) => {
                let value = formula.value(&mut |metric| self.number(*metric));
                MetricProof::of(match value {
                    Ok(Some(value)) => Outcome::Value(value),
                    Ok(None) => Outcome::Undefined(Reason::DividedByNothing),
                    Err(outcome) => outcome,
                })
            }
            Way::Points(points) => MetricProof::of(self.points(points)),
            Way::Steps(steps) => MetricProof::of(self.steps(steps)),
            Way::Seats(seats) => MetricProof::of(self.seats(seats)),
            Way::Counted(rule) => MetricProof::of(self.counted(rule)),
            Way::Best(of) => self.one_of(of, |one, other| one > other),
            Way::BestOf(count, of) => MetricProof::of(self.best_of(*count, of)),
            Way::Least(of) => self.one_of(of, |one, other| one < other),
            Way::Total(of) => MetricProof::of(self.total(of)),
            Way::Mean(of) => MetricProof::of(self.mean(of)),
            Way::Cases(cases) => self.case(cases),
            Way::Bands(of, bands) => MetricProof::of(match self.number(*of) {
                Ok(value) => {
                    let reached = bands.iter().rfind(|(from, _)| *from <= value);
                    Outcome::Value(reached.map_or_else(Number::zero, |(_, is)| is.clone()))
                }
                Err(outcome) => outcome,
            }),
            Way::Earlier(of, by) => self.earlier(*of, *by),
            Way::Value(bound) => MetricProof::of(match self.bound(bound) {
                Ok(number) => Outcome::Value(number),
                Err(outcome) => outcome,
            }),
            Way::NotApplicable(why) => {
                MetricProof::of(Outcome::NotApplicable(Reason::Stated(why.clone())))
            }
        };
        proof.settle(rule.otherwise.as_ref());
        if self.thorough {
            let parts: BTreeSet<usize> = rule.way.metrics().into_iter().collect();
            proof.provisional |= parts.iter().any(|part| self.metric(*part).provisional);
            proof.of = parts.into_iter().map(|part| self.name(part)).collect();
        }
        proof
    }

    /// The number that a metric is, or why another that is made of it is none.
    pub(super) fn number(&self, metric: usize) -> Result<Number, Outcome> {
        self.metric(metric).number(|| self.name(metric))
    }

    fn points(&self, rule: &PointsRule) -> Outcome {
        let value = match self.number(rule.of) {
            Ok(value) => value,
            Err(outcome) => return outcome,
        };
        let units = value.divided_by(&rule.per).unwrap_or_else(Number::zero);
        let units = if rule.whole { units.floor() } else { units };
        let points = (&units * &rule.each).max(rule.at_least.clone());
        Outcome::Value(capped(points, rule.at_most.as_ref()))
    }

    fn steps(&self, rule: &StepsRule) -> Outcome {
        let mut points = Number::zero();
        for step in &rule.of {
            let value = match self.number(step.metric) {
                Ok(value) => value,
                Err(outcome) => return outcome,
            };
            if value < step.needs {
                break;
            }
            points = &points + &capped(&value * &step.each, step.at_most.as_ref());
        }
        Outcome::Value(capped(points, rule.at_most.as_ref()))
    }

    pub(super) fn measuring(&self, as_of: DateTime<Utc>) -> Measuring<'a> {
        Measuring {
            known: self.known,
            as_of,
            thorough: self.thorough,
        }
    }

    /// The one that is better than all others, of those that are numbers.
    fn one_of(&self, of: &[usize], better: fn(&Number, &Number) -> bool) -> MetricProof {
        let numbers = match self.numbers(of) {
            Ok(numbers) => numbers,
            Err(outcome) => return MetricProof::of(outcome),
        };
        let best = numbers.into_iter().reduce(
            |best, one| {
                if better(&one.1, &best.1) { one } else { best }
            },
        );
        match best {
            Some((metric, number)) => MetricProof {
                chosen: Some(self.name(metric)),
                ..MetricProof::of(Outcome::Value(number))
            },
            None => MetricProof::of(Outcome::NotApplicable(Reason::NoPart)),
        }
    }

    /// Those that are numbers; or why none of them is.
    fn numbers(&self, of: &[usize]) -> Result<Vec<(usize, Number)>, Outcome> {
        let (mut numbers, mut undefined) = (Vec::new(), None);
        for metric in of {
            match self.number(*metric) {
                Ok(number) => numbers.push((*metric, number)),
                Err(outcome @ Outcome::Undefined(_)) => undefined = Some(outcome),
                Err(_) => {}
            }
        }
        if numbers.is_empty() {
            return Err(undefined.unwrap_or(Outcome::NotApplicable(Reason::NoPart)));
        }
        Ok(numbers)
    }

    /// The sum of the highest few, of those that are numbers.
    fn best_of(&self, count: usize, of: &[usize]) -> Outcome {
        let numbers = match self.numbers(of) {
            Ok(numbers) => numbers,
            Err(outcome) => return outcome,
        };
        let mut numbers: Vec<_> = numbers.iter().map(|(_, number)| number).collect();
        numbers.sort_unstable();
        let highest = numbers.into_iter().rev().take(count);
        Outcome::Value(highest.fold(Number::zero(), |sum, number| &sum + number))
    }

    /// The sum of those that apply.
    fn total(&self, of: &[usize]) -> Outcome {
        let numbers = of.iter().map(|metric| self.if_it_applies(*metric));
        match numbers.collect::<Result<Vec<_>, _>>() {
            Ok(numbers) => {
                let sum = numbers.into_iter().flatten().reduce(|sum, it| &sum + &it);
                sum.map_or(Outcome::NotApplicable(Reason::NoPart), Outcome::Value)
            }
            Err(outcome) => outcome,
        }
    }

    /// The mean of those that apply, by their weights, which are above zero.
    fn mean(&self, of: &[(usize, Number)]) -> Outcome {
        let (mut sum, mut weights) = (Number::zero(), Number::zero());
        for (metric, weight) in of {
            match self.if_it_applies(*metric) {
                Ok(None) => {}
                Ok(Some(number)) => {
                    sum = &sum + &(&number * weight);
                    weights = &weights + weight;
                }
                Err(outcome) => return outcome,
            }
        }
        let mean = sum.divided_by(&weights);
        mean.map_or(Outcome::NotApplicable(Reason::NoPart), Outcome::Value)
    }

    /// The number that a metric is, where it applies; or why it is none.
    fn if_it_applies(&self, metric: usize) -> Result<Option<Number>, Outcome> {
        match self.number(metric) {
            Ok(number) => Ok(Some(number)),
            Err(Outcome::NotApplicable(_)) => Ok(None),
            Err(outcome) => Err(outcome),
        }
    }

    /// A metric as it was, with what is known now.
    fn earlier(&self, metric: usize, by: Span) -> MetricProof {
        let before = self.known.rules.calendar.before(self.as_of, by);
        let sight = Sight::new(self.scene, before, self.thorough);
        MetricProof::of(match sight.number(metric) {
            Ok(number) => Outcome::Value(number),
            Err(outcome) => outcome,
        })
    }

    fn case(&self, cases: &[(Option<Need>, NumberOr)]) -> MetricProof {
        let mut holds = cases.iter().filter(|(when, _)| match when {
            Some(need) => self.judged(need).verdict == Verdict::Met,
            None => true,
        });
        match holds.next() {
            Some((_, chosen)) => MetricProof {
                chosen: match chosen {
                    NumberOr::Metric(metric) => Some(self.name(*metric)),
                    NumberOr::Number(_) | NumberOr::NotApplicable => None,
                },
                ..MetricProof::of(match self.number_or(chosen) {
                    Ok(number) => Outcome::Value(number),
                    Err(outcome) => outcome,
                })
            },
            None => MetricProof::of(Outcome::NotApplicable(Reason::NoCase)),
        }
    }

    fn number_or(&self, number: &NumberOr) -> Result<Number, Outcome> {
        match number {
            NumberOr::Number(number) => Ok(number.clone()),
            NumberOr::Metric(metric) => self.number(*metric),
            NumberOr::NotApplicable => Err(Outcome::NotApplicable(Reason::NoPart)),
        }
    }

    /// The number for this partner.
    pub(super) fn bound(&self, bound: &Bound) -> Result<Number, Outcome> {
        match bound {
            Bound::One(one) => self.number_or(one),
            Bound::By {
                attribute,
                values,
                otherwise,
            } => {
                let value = self.attribute(attribute);
                let found = value
                    .and_then(|value| values.get(value))
                    .or(otherwise.as_ref());
                let none = || {
                    let (attribute, value) = (attribute.clone(), value.map(str::to_owned));
                    Outcome::Undefined(Reason::NoNumberFor { attribute, value })
                };
                self.number_or(found.ok_or_else(none)?)
            }
        }
    }
}

fn capped(number: Number, most: Option<&Number>) -> Number {
    match most {
        Some(most) => number.min(most.clone()),
        None => number,
    }
}
