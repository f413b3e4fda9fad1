//! What is seen, held against what tiers ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Track;

use super::proof::{Judged, Outcome, RequirementProof, TierProof, TrackProof, Verdict};
use super::rules::{Bound, Comparison, Need, NumberOr, What};
use super::sight::Sight;

impl Sight<'_> {
    pub(super) fn judged(&self, need: &Need) -> RequirementProof {
        let (verdict, what) = match &need.what {
            What::Metric {
                metric,
                comparison,
                limit,
            } => self.held_against(*metric, *comparison, limit),
            What::Partner(wanted) => self.partner(wanted),
            What::Tier(tiers) => self.tiers(tiers),
            What::All(needs) => {
                let of = self.all(needs);
                (all(verdicts(&of)), Judged::All(of))
            }
            What::Some(count, needs) => {
                let of = self.all(needs);
                let verdicts: Vec<_> = verdicts(&of).collect();
                (some(*count, &verdicts), Judged::Some { count: *count, of })
            }
            What::Every { of, at_least } => {
                let limit = Bound::One(NumberOr::Number(at_least.clone()));
                let each = of.iter().map(|metric| {
                    let (verdict, what) = self.held_against(*metric, Comparison::AtLeast, &limit);
                    RequirementProof::of(verdict, what)
                });
                let of: Vec<_> = each.collect();
                (all(verdicts(&of)), Judged::All(of))
            }
            What::Days(days) => self.days(days),
        };
        RequirementProof {
            name: need.name.clone(),
            ..RequirementProof::of(verdict, what)
        }
    }

    pub(super) fn all(&self, needs: &[Need]) -> Vec<RequirementProof> {
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
        (met(fits), Judged::Partner(known.collect()))
    }

    fn is_for(&self, wanted: &[(String, BTreeSet<String>)]) -> bool {
        wanted
            .iter()
            .all(|(name, values)| self.attribute(name).is_some_and(|it| values.contains(it)))
    }

    /// Whether these tiers of other tracks, or higher ones, are earned.
    fn tiers(&self, tiers: &[(usize, usize)]) -> (Verdict, Judged) {
        let tracks = &self.known.rules.document.tracks;
        let each = tiers.iter().map(|(track, tier)| {
            let (of, earned) = (&tracks[*track], self.earned(*track));
            let what = Judged::Tier {
                track: of.key.clone(),
                tier: of.tiers[*tier].key.clone(),
                earned: highest(of, &earned),
            };
            RequirementProof::of(met(earned[*tier..].contains(&true)), what)
        });
        let mut of: Vec<_> = each.collect();
        match of.pop() {
            Some(only) if of.is_empty() => (only.verdict, only.what),
            last => {
                of.extend(last);
                (all(verdicts(&of)), Judged::All(of))
            }
        }
    }

    pub(super) fn tracks(&self) -> Vec<TrackProof> {
        let places = 0..self.known.rules.tracks.len();
        places.map(|track| self.track(track)).collect()
    }

    /// What is earned on a track.
    fn track(&self, place: usize) -> TrackProof {
        let rules = self.known.rules;
        let (rule, track) = (&rules.tracks[place], &rules.document.tracks[place]);
        let applies = self.is_for(&rule.partner);
        let earned = self.earned(place);
        let tiers = rule.tiers.iter().zip(&track.tiers).enumerate();
        let tiers = tiers.map(|(tier, (asks, told))| {
            let keeps = self.all(&asks.keeps);
            let keeps_it = all(verdicts(&keeps)) == Verdict::Met;
            TierProof {
                tier: told.key.clone(),
                earned: earned[tier],
                kept: earned[tier] || keeps_it && applies,
                requires: self.required(place, tier).to_vec(),
                keeps,
            }
        });
        TrackProof {
            track: track.key.clone(),
            applies,
            earned: highest(track, &earned),
            tiers: tiers.collect(),
        }
    }

    /// Which tiers of a track are earned. Where tracks ask for tiers of each other, no tier is earned but
    /// by what holds without it: at first none is, and each time around those are that follow from the
    /// ones that were, until there are no more of them.
    pub(super) fn earned_on(&self, together: &[usize]) -> BTreeMap<usize, Vec<bool>> {
        let rules = self.known.rules;
        let none = |track: &usize| (*track, vec![false; rules.tracks[*track].tiers.len()]);
        let mut earned: BTreeMap<_, _> = together.iter().map(none).collect();
        loop {
            let again: BTreeMap<_, _> = together
                .iter()
                .map(|track| (*track, self.follows(*track, &earned)))
                .collect();
            if again == earned {
                return earned;
            }
            earned = again;
        }
    }

    /// Which tiers of a track are earned where these are, of those that are asked for.
    fn follows(&self, place: usize, earned: &BTreeMap<usize, Vec<bool>>) -> Vec<bool> {
        let rules = self.known.rules;
        let rule = &rules.tracks[place];
        let applies = self.is_for(&rule.partner);
        let is_cumulative = rules.document.tracks[place].cumulative;
        let mut asked = Vec::new();
        let tiers = rule.tiers.iter().enumerate().map(|(tier, asks)| {
            if !is_cumulative {
                asked.clear();
            }
            if asks.asks_for_tiers() {
                asked.extend(asks.requires.iter().map(|it| self.verdict(it, earned)));
            } else {
                asked.extend(verdicts(&self.required(place, tier)));
            }
            // Nothing is earned by not being asked for anything that is required.
            applies && (asked.is_empty() || all(asked.iter().copied()) == Verdict::Met)
        });
        tiers.collect()
    }

    /// How a requirement is judged where these tiers are earned.
    fn verdict(&self, need: &Need, earned: &BTreeMap<usize, Vec<bool>>) -> Verdict {
        let each = |needs: &[Need]| -> Vec<_> {
            needs.iter().map(|it| self.verdict(it, earned)).collect()
        };
        match &need.what {
            What::Tier(tiers) => {
                let is_there = |(track, tier): &(usize, usize)| {
                    earned
                        .get(track)
                        .is_some_and(|it| it[*tier..].contains(&true))
                };
                met(tiers.iter().all(is_there))
            }
            What::All(needs) => all(each(needs).into_iter()),
            What::Some(count, needs) => some(*count, &each(needs)),
            What::Metric { .. } | What::Partner(_) | What::Every { .. } | What::Days(_) => {
                self.judged(need).verdict
            }
        }
    }
}

/// The highest tier of a track, of those that are earned.
fn highest(track: &Track, earned: &[bool]) -> Option<String> {
    let highest = earned.iter().rposition(|it| *it);
    highest.map(|tier| track.tiers[tier].key.clone())
}

fn verdicts(of: &[RequirementProof]) -> impl Iterator<Item = Verdict> {
    of.iter().map(|it| it.verdict)
}

pub(super) fn met(is_met: bool) -> Verdict {
    if is_met {
        Verdict::Met
    } else {
        Verdict::NotMet
    }
}

/// Whether all that applies holds; nothing that applies is nothing that is asked.
pub(super) fn all(of: impl Iterator<Item = Verdict>) -> Verdict {
    let mut all = Verdict::NotApplicable;
    for verdict in of {
        match verdict {
            Verdict::NotMet => return Verdict::NotMet,
            Verdict::Met => all = Verdict::Met,
            Verdict::NotApplicable => {}
        }
    }
    all
}

/// Whether so many hold. Where fewer apply, all that do.
fn some(count: usize, of: &[Verdict]) -> Verdict {
    let with = |verdict| of.iter().filter(|it| **it == verdict).count();
    let apply = of.len() - with(Verdict::NotApplicable);
    if apply == 0 {
        Verdict::NotApplicable
    } else {
        met(with(Verdict::Met) >= count.min(apply))
    }
}
