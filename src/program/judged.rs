//! What is seen, held against what tiers ask for.

use std::collections::BTreeSet;

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
                    RequirementProof::of(verdict, what)
                });
                let of: Vec<_> = each.collect();
                (all(&of), Judged::All(of))
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
        let verdict = if fits { Verdict::Met } else { Verdict::NotMet };
        (verdict, Judged::Partner(known.collect()))
    }

    fn is_for(&self, wanted: &[(String, BTreeSet<String>)]) -> bool {
        wanted
            .iter()
            .all(|(name, values)| self.attribute(name).is_some_and(|it| values.contains(it)))
    }

    /// Whether these tiers of other tracks, or higher ones, are earned. Which is the highest that is
    /// earned there is told by [`Self::tell_earned`]: it may wait for what is judged here.
    fn tiers(&self, tiers: &[(usize, usize)]) -> (Verdict, Judged) {
        let tracks = &self.known.rules.document.tracks;
        let each = tiers.iter().map(|(track, place)| {
            let of = &tracks[*track];
            let met = (*place..of.tiers.len()).any(|place| self.is_earned(*track, place));
            let verdict = if met { Verdict::Met } else { Verdict::NotMet };
            let what = Judged::Tier {
                track: of.key.clone(),
                tier: of.tiers[*place].key.clone(),
                earned: None,
            };
            RequirementProof::of(verdict, what)
        });
        let mut of: Vec<_> = each.collect();
        match of.pop() {
            Some(only) if of.is_empty() => (only.verdict, only.what),
            last => {
                of.extend(last);
                (all(&of), Judged::All(of))
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
        let tiers = rule.tiers.iter().zip(&track.tiers).enumerate();
        let tiers = tiers.map(|(tier, (asks, told))| {
            let earned = self.is_earned(place, tier);
            let mut requires = self.required(place, tier).to_vec();
            let mut keeps = self.all(&asks.keeps);
            let keeps_it = !asks.keeps.is_empty() && holds(&asks.keeps, &keeps);
            self.tell_earned(&mut requires);
            self.tell_earned(&mut keeps);
            TierProof {
                tier: told.key.clone(),
                earned,
                kept: earned || keeps_it && applies,
                requires,
                keeps,
            }
        });
        TrackProof {
            track: track.key.clone(),
            applies,
            earned: self.earned(place),
            tiers: tiers.collect(),
        }
    }

    /// The highest tier of a track that is earned.
    fn earned(&self, track: usize) -> Option<String> {
        let tiers = &self.known.rules.document.tracks[track].tiers;
        let highest = (0..tiers.len()).rfind(|tier| self.is_earned(track, *tier));
        highest.map(|tier| tiers[tier].key.clone())
    }

    /// Whether a tier is earned. What those below it ask for belongs to it on a cumulative track. Tiers
    /// that wait for each other in a circle are no rules.
    fn is_earned(&self, track: usize, tier: usize) -> bool {
        let rules = self.known.rules;
        let rule = &rules.tracks[track];
        let is_cumulative = rules.document.tracks[track].cumulative;
        let mut asked = if is_cumulative { 0 } else { tier }..=tier;
        self.is_for(&rule.partner)
            && asked.all(|tier| holds(&rule.tiers[tier].requires, &self.required(track, tier)))
    }

    /// Tells of each tier of another track that is asked for, which is the highest that is earned there.
    fn tell_earned(&self, requirements: &mut [RequirementProof]) {
        for proof in requirements {
            match &mut proof.what {
                Judged::Tier { track, earned, .. } => {
                    let tracks = &self.known.rules.document.tracks;
                    let place = tracks.iter().position(|it| it.key == *track);
                    *earned = place.and_then(|it| self.earned(it));
                }
                Judged::All(of) | Judged::Some { of, .. } => self.tell_earned(of),
                // Tiers are asked for neither by metrics nor on days.
                Judged::Metric { .. }
                | Judged::Partner(_)
                | Judged::Days { .. }
                | Judged::Ends { .. } => {}
            }
        }
    }
}

/// Whether what was judged of requirements holds. Nothing is earned by not being asked for anything of
/// what is required.
fn holds(needs: &[Need], of: &[RequirementProof]) -> bool {
    needs.is_empty() || all(of) == Verdict::Met
}

/// Whether all that applies holds; nothing that applies is nothing that is asked.
pub(super) fn all(of: &[RequirementProof]) -> Verdict {
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
