//! Rules and what is known of one partner, seen from one instant: what each metric is.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{DateTime, Utc};

use super::days::Scene;
use super::evaluate::Profile;
use super::measured::Measuring;
use super::number::Number;
use super::proof::{MetricProof, Outcome, Reason, TrackProof, Verdict};
use super::record::{Records, Value};
use super::rules::{Bound, MetricRule, Need, NumberOr, PointsRule, Rules, StepsRule, Way};
use super::span::Span;
use super::timeline::{Timeline, at};

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
    metrics: Vec<OnceCell<Rc<MetricProof>>>,
    tracks: Vec<OnceCell<Rc<TrackProof>>>,
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
            metrics: vec![OnceCell::new(); known.rules.metrics.len()],
            tracks: vec![OnceCell::new(); known.rules.tracks.len()],
        }
    }

    /// Seen from one of the instants for which measures were taken.
    pub(super) fn on(scene: &'a Scene<'a>, timeline: &'a Timeline<'a>, place: usize) -> Self {
        Self {
            on: Some((timeline, place)),
            ..Self::new(scene, timeline.instants[place], false)
        }
    }

    /// The same, if these metrics were so much.
    pub(super) fn supposing(&self, supposed: &BTreeMap<usize, Number>) -> Sight<'a> {
        let sight = Sight::new(self.scene, self.as_of, false);
        for (metric, rule) in self.known.rules.metrics.iter().enumerate() {
            let proof = match supposed.get(&metric) {
                Some(value) => Rc::new(MetricProof::of(Outcome::Value(value.clone()))),
                // What is measured stays what it is, and what was, what it was.
                None if matches!(rule.way, Way::Measure(_) | Way::Earlier(..)) => {
                    self.metric(metric)
                }
                None => continue,
            };
            // It was empty before.
            let _ = sight.metrics[metric].set(proof);
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
            match taken {
                Some(proof) => Rc::clone(proof),
                None => Rc::new(self.reckon(&self.known.rules.metrics[metric])),
            }
        });
        Rc::clone(proof)
    }

    pub(super) fn track(&self, track: usize) -> Rc<TrackProof> {
        let proof = self.tracks[track].get_or_init(|| Rc::new(self.judged_track(track)));
        Rc::clone(proof)
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
            Way::Best(of) => self.one_of(of, |one, other| one > other),
            Way::Least(of) => self.one_of(of, |one, other| one < other),
            Way::Total(of) => MetricProof::of(self.total(of)),
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
        if let (Outcome::Undefined(_), Some(otherwise)) = (&proof.outcome, &rule.otherwise) {
            proof.outcome = Outcome::Value(otherwise.clone());
            proof.otherwise = true;
        }
        if self.thorough {
            let parts: BTreeSet<usize> = rule.way.metrics().into_iter().collect();
            proof.provisional |= parts.iter().any(|part| self.metric(*part).provisional);
            proof.of = parts.into_iter().map(|part| self.name(part)).collect();
        }
        proof
    }

    /// The number that a metric is, or why another that is made of it is none.
    fn number(&self, metric: usize) -> Result<Number, Outcome> {
        let part = || Reason::Part(self.name(metric));
        match &self.metric(metric).outcome {
            Outcome::Value(number) => Ok(number.clone()),
            Outcome::NotApplicable(_) => Err(Outcome::NotApplicable(part())),
            Outcome::Undefined(_) => Err(Outcome::Undefined(part())),
        }
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

    /// How many seats can be filled, each with somebody else.
    fn seats(&self, seats: &[(usize, usize)]) -> Outcome {
        let mut candidates = Vec::new();
        for (metric, count) in seats {
            if let Err(outcome) = self.number(*metric) {
                return outcome;
            }
            let Some(measure) = self.known.rules.metrics[*metric].way.measure() else {
                continue;
            };
            let values = self
                .measuring(self.as_of)
                .values(measure, self.attribute(CURRENCY));
            candidates.extend(std::iter::repeat_n(values, *count));
        }
        Outcome::Value(filled(&candidates).into())
    }

    pub(super) fn measuring(&self, as_of: DateTime<Utc>) -> Measuring<'a> {
        Measuring {
            rules: self.known.rules,
            records: self.known.records,
            as_of,
            thorough: self.thorough,
        }
    }

    /// The one that is better than all others, of those that are numbers.
    fn one_of(&self, of: &[usize], better: fn(&Number, &Number) -> bool) -> MetricProof {
        let mut chosen: Option<(usize, Number)> = None;
        let mut undefined = None;
        for metric in of {
            match self.number(*metric) {
                Ok(number) => {
                    if chosen
                        .as_ref()
                        .is_none_or(|(_, best)| better(&number, best))
                    {
                        chosen = Some((*metric, number));
                    }
                }
                Err(outcome @ Outcome::Undefined(_)) => undefined = Some(outcome),
                Err(_) => {}
            }
        }
        match chosen {
            Some((metric, number)) => MetricProof {
                chosen: Some(self.name(metric)),
                ..MetricProof::of(Outcome::Value(number))
            },
            None => MetricProof::of(undefined.unwrap_or(Outcome::NotApplicable(Reason::NoPart))),
        }
    }

    fn total(&self, of: &[usize]) -> Outcome {
        let mut total = None;
        for metric in of {
            match self.number(*metric) {
                Ok(number) => {
                    total = Some(total.map_or_else(|| number.clone(), |sum| &sum + &number));
                }
                Err(Outcome::NotApplicable(_)) => {}
                Err(outcome) => return outcome,
            }
        }
        total.map_or(Outcome::NotApplicable(Reason::NoPart), Outcome::Value)
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

/// How many seats can be filled at once, where nobody sits on two of them.
fn filled(candidates: &[BTreeSet<Vec<Value>>]) -> usize {
    let mut sits: BTreeMap<&Vec<Value>, usize> = BTreeMap::new();
    let seats = 0..candidates.len();
    let filled = seats.filter(|seat| seated(*seat, candidates, &mut sits, &mut BTreeSet::new()));
    filled.count()
}

/// Whether a seat can be filled: by somebody who sits nowhere, or whose seat another one can take.
fn seated<'a>(
    seat: usize,
    candidates: &'a [BTreeSet<Vec<Value>>],
    sits: &mut BTreeMap<&'a Vec<Value>, usize>,
    asked: &mut BTreeSet<&'a Vec<Value>>,
) -> bool {
    for value in &candidates[seat] {
        if !asked.insert(value) {
            continue;
        }
        let elsewhere = sits.get(value).copied();
        if elsewhere.is_none_or(|other| seated(other, candidates, sits, asked)) {
            sits.insert(value, seat);
            return true;
        }
    }
    false
}
