//! Where a partner stands: a pure function of rules, facts and two instants.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::measured::Measuring;
use super::number::Number;
use super::proof::{
    Evaluation, Judged, MetricProof, Outcome, Reason, RequirementProof, TierProof, TrackProof,
    Verdict,
};
use super::record::{Fact, Records, Value};
use super::rules::{
    Bound, Comparison, MetricRule, Need, NumberOr, PointsRule, Rules, StepsRule, Way, What,
};
use super::span::Window;

/// The attribute that tells a partner's own currency.
const CURRENCY: &str = "currency";

/// What the portal knows of a partner by itself: its kind, its region, its country.
pub type Profile = BTreeMap<String, String>;

/// Evaluates facts as of an instant, with what was recorded until another.
#[must_use]
pub fn evaluate(
    rules: &Rules,
    facts: &[Fact],
    profile: &Profile,
    as_of: DateTime<Utc>,
    known_on: DateTime<Utc>,
) -> Evaluation {
    let records = Records::known(facts, known_on, &rules.sources);
    let sight = Sight::new(rules, &records, profile, as_of, true);
    let metrics = rules.names.iter().enumerate();
    Evaluation {
        rules: rules.hash.clone(),
        as_of,
        known_on,
        partner: profile.clone(),
        metrics: metrics
            .map(|(n, name)| (name.clone(), sight.metric(n).as_ref().clone()))
            .collect(),
        tracks: sight.tracks(),
    }
}

/// Rules and records, seen from one instant.
pub(super) struct Sight<'a> {
    rules: &'a Rules,
    records: &'a Records,
    profile: &'a Profile,
    as_of: DateTime<Utc>,
    thorough: bool,
    known: Vec<OnceCell<Rc<MetricProof>>>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(
        rules: &'a Rules,
        records: &'a Records,
        profile: &'a Profile,
        as_of: DateTime<Utc>,
        thorough: bool,
    ) -> Self {
        let known = vec![OnceCell::new(); rules.metrics.len()];
        Self {
            rules,
            records,
            profile,
            as_of,
            thorough,
            known,
        }
    }

    /// The same, if these metrics were so much.
    pub(super) fn supposing(&self, supposed: &BTreeMap<usize, Number>) -> Sight<'a> {
        let sight = Sight::new(self.rules, self.records, self.profile, self.as_of, false);
        for (metric, rule) in self.rules.metrics.iter().enumerate() {
            let proof = match supposed.get(&metric) {
                Some(value) => Rc::new(MetricProof::of(Outcome::Value(value.clone()))),
                // What is measured stays what it is.
                None if rule.way.measure().is_some() => self.metric(metric),
                None => continue,
            };
            // It was empty before.
            let _ = sight.known[metric].set(proof);
        }
        sight
    }

    /// What is known of the partner: what was told last, or what the portal knows.
    fn attribute(&self, name: &str) -> Option<&str> {
        let told = self.records.attribute(name, self.as_of);
        told.or_else(|| self.profile.get(name).map(String::as_str))
    }

    pub(super) fn metric(&self, metric: usize) -> Rc<MetricProof> {
        let proof =
            self.known[metric].get_or_init(|| Rc::new(self.reckon(&self.rules.metrics[metric])));
        Rc::clone(proof)
    }

    fn name(&self, metric: usize) -> String {
        self.rules.names[metric].clone()
    }

    fn reckon(&self, rule: &MetricRule) -> MetricProof {
        let mut proof = match &rule.way {
            Way::Measure(measure) => self.measuring().measure(measure, self.attribute(CURRENCY)),
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
            let Some(measure) = self.rules.metrics[*metric].way.measure() else {
                continue;
            };
            let values = self.measuring().values(measure, self.attribute(CURRENCY));
            candidates.extend(std::iter::repeat_n(values, *count));
        }
        Outcome::Value(filled(&candidates).into())
    }

    fn measuring(&self) -> Measuring<'_> {
        Measuring {
            rules: self.rules,
            records: self.records,
            as_of: self.as_of,
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

    fn case(&self, cases: &[(Option<Need>, usize)]) -> MetricProof {
        let mut holds = cases.iter().filter(|(when, _)| match when {
            Some(need) => self.judged(need).verdict == Verdict::Met,
            None => true,
        });
        match holds.next() {
            Some((_, metric)) => MetricProof {
                chosen: Some(self.name(*metric)),
                ..MetricProof::of(match self.number(*metric) {
                    Ok(number) => Outcome::Value(number),
                    Err(outcome) => outcome,
                })
            },
            None => MetricProof::of(Outcome::NotApplicable(Reason::NoCase)),
        }
    }

    /// The number for this partner.
    fn bound(&self, bound: &Bound) -> Result<Number, Outcome> {
        let number = |number: &NumberOr| match number {
            NumberOr::Number(number) => Ok(number.clone()),
            NumberOr::Metric(metric) => self.number(*metric),
            NumberOr::NotApplicable => Err(Outcome::NotApplicable(Reason::NoPart)),
        };
        match bound {
            Bound::One(one) => number(one),
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
                number(found.ok_or_else(none)?)
            }
        }
    }

    pub(super) fn judged(&self, need: &Need) -> RequirementProof {
        let (verdict, what) = match &need.what {
            What::Metric {
                metric,
                comparison,
                limit,
            } => self.held_against(*metric, *comparison, limit),
            What::Partner(wanted) => self.partner(wanted),
            What::All(needs) => {
                let of = self.all(needs);
                (all(&of), Judged::All(of))
            }
            What::Some(count, needs) => {
                let of = self.all(needs);
                (some(*count, &of), Judged::Some { count: *count, of })
            }
            What::Every { of, at_least } => {
                let limit = Bound::One(NumberOr::Number(at_least.clone()));
                let each = of.iter().map(|metric| {
                    let (verdict, what) = self.held_against(*metric, Comparison::AtLeast, &limit);
                    RequirementProof {
                        name: None,
                        verdict,
                        what,
                    }
                });
                let of: Vec<_> = each.collect();
                (all(&of), Judged::All(of))
            }
            What::Days {
                within,
                every,
                requires,
            } => self.days(within, *every, requires),
        };
        RequirementProof {
            name: need.name.clone(),
            verdict,
            what,
        }
    }

    fn all(&self, needs: &[Need]) -> Vec<RequirementProof> {
        needs.iter().map(|need| self.judged(need)).collect()
    }

    fn held_against(
        &self,
        metric: usize,
        comparison: Comparison,
        limit: &Bound,
    ) -> (Verdict, Judged) {
        let outcome = self.metric(metric).outcome.clone();
        let bound = self.bound(limit);
        let (verdict, short) = match (&outcome, &bound) {
            (Outcome::NotApplicable(_), _) | (_, Err(Outcome::NotApplicable(_))) => {
                (Verdict::NotApplicable, None)
            }
            (Outcome::Value(value), Ok(limit)) => {
                let (met, short) = match comparison {
                    Comparison::AtLeast => (value >= limit, limit - value),
                    Comparison::Above => (value > limit, limit - value),
                    Comparison::AtMost => (value <= limit, value - limit),
                    Comparison::Below => (value < limit, value - limit),
                };
                if met {
                    (Verdict::Met, None)
                } else {
                    (Verdict::NotMet, Some(short))
                }
            }
            // What cannot be said is not met.
            (Outcome::Value(_) | Outcome::Undefined(_), _) => (Verdict::NotMet, None),
        };
        let judged = Judged::Metric {
            metric: self.name(metric),
            outcome,
            comparison,
            limit: bound.ok(),
            short,
        };
        (verdict, judged)
    }

    fn partner(&self, wanted: &[(String, BTreeSet<String>)]) -> (Verdict, Judged) {
        let fits = self.is_for(wanted);
        let known = wanted
            .iter()
            .map(|(name, _)| (name.clone(), self.attribute(name).map(str::to_owned)));
        let verdict = if fits { Verdict::Met } else { Verdict::NotMet };
        (verdict, Judged::Partner(known.collect()))
    }

    fn is_for(&self, wanted: &[(String, BTreeSet<String>)]) -> bool {
        wanted
            .iter()
            .all(|(name, values)| self.attribute(name).is_some_and(|it| values.contains(it)))
    }

    /// Each day as it ended, today as it is; from the latest to the earliest.
    fn days(&self, within: &Window, every: bool, requires: &[Need]) -> (Verdict, Judged) {
        let calendar = &self.rules.calendar;
        let range = calendar.range(within, self.as_of);
        let tick = TimeDelta::nanoseconds(1);
        let last = calendar.day((range.to - tick).min(self.as_of));
        let first = calendar.day(range.from);
        let mut decided: Option<(NaiveDate, Vec<RequirementProof>)> = None;
        let mut today = None;
        for day in last.iter_days_back_to(first) {
            let end = day
                .succ_opt()
                .map_or(self.as_of, |next| calendar.midnight(next) - tick);
            let sight = Sight::new(
                self.rules,
                self.records,
                self.profile,
                end.min(self.as_of),
                false,
            );
            let of = sight.all(requires);
            if (all(&of) == Verdict::NotMet) == every {
                decided = Some((day, of));
                break;
            }
            today.get_or_insert(of);
        }
        let verdict = if decided.is_some() == every {
            Verdict::NotMet
        } else {
            Verdict::Met
        };
        let (day, of) = match decided {
            Some((day, of)) => (Some(day), of),
            None => (None, today.unwrap_or_default()),
        };
        (
            verdict,
            Judged::Days {
                from: first,
                to: last,
                every,
                day,
                of,
            },
        )
    }

    pub(super) fn tracks(&self) -> Vec<TrackProof> {
        let tracks = self.rules.tracks.iter().zip(&self.rules.document.tracks);
        let proofs = tracks.map(|(rule, track)| {
            let applies = self.is_for(&rule.partner);
            let mut earned = None;
            let mut below = true;
            let mut tiers = Vec::new();
            for (asks, tier) in rule.tiers.iter().zip(&track.tiers) {
                let requires = self.all(&asks.requires);
                // Nothing is earned by not being asked for anything that the tier asks for.
                let holds = |needs: &[Need], of: &[RequirementProof]| {
                    needs.is_empty() || all(of) == Verdict::Met
                };
                below = holds(&asks.requires, &requires) && (below || !track.cumulative);
                let keeps = self.all(&asks.keeps);
                let kept = below || !asks.keeps.is_empty() && holds(&asks.keeps, &keeps);
                if below && applies {
                    earned = Some(tier.key.clone());
                }
                tiers.push(TierProof {
                    tier: tier.key.clone(),
                    earned: below && applies,
                    kept: kept && applies,
                    requires,
                    keeps,
                });
            }
            TrackProof {
                track: track.key.clone(),
                applies,
                earned,
                tiers,
            }
        });
        proofs.collect()
    }
}

fn capped(number: Number, most: Option<&Number>) -> Number {
    match most {
        Some(most) => number.min(most.clone()),
        None => number,
    }
}

/// Whether all that applies holds; nothing that applies is nothing that is asked.
fn all(of: &[RequirementProof]) -> Verdict {
    if of.iter().any(|it| it.verdict == Verdict::NotMet) {
        Verdict::NotMet
    } else if of.iter().all(|it| it.verdict == Verdict::NotApplicable) {
        Verdict::NotApplicable
    } else {
        Verdict::Met
    }
}

/// Whether so many hold. Where fewer apply, all that do.
fn some(count: usize, of: &[RequirementProof]) -> Verdict {
    let with = |verdict| of.iter().filter(|it| it.verdict == verdict).count();
    let apply = of.len() - with(Verdict::NotApplicable);
    if apply == 0 {
        Verdict::NotApplicable
    } else if with(Verdict::Met) >= count.min(apply) {
        Verdict::Met
    } else {
        Verdict::NotMet
    }
}

/// How many seats can be filled at once, where nobody sits on two of them.
fn filled(candidates: &[BTreeSet<Value>]) -> usize {
    let mut sits: BTreeMap<&Value, usize> = BTreeMap::new();
    let seats = 0..candidates.len();
    let filled = seats.filter(|seat| seated(*seat, candidates, &mut sits, &mut BTreeSet::new()));
    filled.count()
}

/// Whether a seat can be filled: by somebody who sits nowhere, or whose seat another one can take.
fn seated<'a>(
    seat: usize,
    candidates: &'a [BTreeSet<Value>],
    sits: &mut BTreeMap<&'a Value, usize>,
    asked: &mut BTreeSet<&'a Value>,
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

/// Days from one back to another.
trait BackTo {
    fn iter_days_back_to(self, first: NaiveDate) -> impl Iterator<Item = NaiveDate>;
}

impl BackTo for NaiveDate {
    fn iter_days_back_to(self, first: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        std::iter::successors(Some(self), move |day| {
            day.pred_opt().filter(|it| *it >= first)
        })
        .take_while(move |day| *day >= first)
    }
}
