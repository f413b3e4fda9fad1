//! A partner looked at: where it stands and why, what is missing to the next tier, and what will be
//! lost when, if nothing more happens.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::days::Scene;
use super::document::{TierBenefit, Track};
use super::evaluate::Profile;
use super::near;
use super::number::Number;
use super::proof::{
    Ahead, Evaluation, Judged, MetricProof, NAMED, RequirementProof, TrackProof, Turn, Verdict,
};
use super::record::{Fact, Records};
use super::rules::{Need, Rules, What, asked};
use super::sight::{CURRENCY, Known, Sight};
use super::span::Span;
use super::telling::Whose;
use super::timeline::{Found, Timeline};

/// How many days ahead a proof foresees.
const FORESEEN: u32 = 366;
/// How much of a measure is tried at most.
const MOST: usize = 1 << 40;

/// What is missing to a tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// The tier.
    pub tier: String,
    /// What of its requirements does not hold.
    pub missing: Vec<Missing>,
}

/// A requirement that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// How it was judged.
    pub requirement: RequirementProof,
    /// Each of these alone would make it hold, those of which the least is missing first.
    pub ways: Vec<More>,
}

/// More of a metric that is measured over facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct More {
    /// The metric.
    pub metric: String,
    /// How much more.
    pub more: Number,
}

/// A partner, to be looked at from an instant and from those that come.
pub struct Outlook<'a> {
    rules: &'a Rules,
    records: Records,
    profile: &'a Profile,
    as_of: DateTime<Utc>,
    known_on: DateTime<Utc>,
}

/// What will come, if nothing more happens.
struct Foreseen {
    turns: Vec<Turn>,
    /// The day from which each requirement is judged otherwise, in the order of [`each`].
    until: Vec<Option<NaiveDate>>,
}

impl<'a> Outlook<'a> {
    /// What is known of the facts at an instant.
    #[must_use]
    pub fn new(
        rules: &'a Rules,
        facts: &[Fact],
        profile: &'a Profile,
        as_of: DateTime<Utc>,
        known_on: DateTime<Utc>,
    ) -> Self {
        let records = Records::known(facts, known_on, &rules.sources);
        Self {
            rules,
            records,
            profile,
            as_of,
            known_on,
        }
    }

    fn scene(&self, until: DateTime<Utc>) -> Scene<'_> {
        Scene::new(self.known(), self.as_of, until)
    }

    fn known(&self) -> Known<'_> {
        Known {
            rules: self.rules,
            records: &self.records,
            profile: self.profile,
        }
    }

    /// What is known of the partner by which tiers bring something else.
    #[must_use]
    pub fn whose(&self) -> Whose {
        let document = &self.rules.document;
        let tiers = document.tracks.iter().flat_map(|it| &it.tiers);
        let named = tiers.flat_map(|it| it.benefits.values().filter_map(TierBenefit::by));
        let scene = self.scene(self.as_of);
        let sight = Sight::new(&scene, self.as_of, false);
        let attributes = named.collect::<BTreeSet<_>>().into_iter();
        let attributes = attributes.filter_map(|name| {
            let value = sight.attribute(name)?;
            Some((name.to_owned(), value.to_owned()))
        });
        let metrics = document.bringing().collect::<BTreeSet<_>>().into_iter();
        let metrics = metrics.filter_map(|name| {
            let number = sight.number(self.rules.place(name)?).ok()?;
            Some((name.to_owned(), number))
        });
        Whose {
            attributes: attributes.collect(),
            metrics: metrics.collect(),
        }
    }

    /// What is earned, without the evidence.
    #[must_use]
    pub fn tracks(&self) -> Vec<TrackProof> {
        let scene = self.scene(self.as_of);
        Sight::new(&scene, self.as_of, false).tracks()
    }

    /// The whole proof.
    #[must_use]
    pub fn evaluation(&self) -> Evaluation {
        let calendar = &self.rules.calendar;
        let foreseen_to = calendar.day(calendar.after(self.as_of, Span::of_days(FORESEEN)));
        let scene = self.scene(calendar.midnight(foreseen_to));
        let ahead = self.ahead(&scene, foreseen_to);
        let sight = Sight::new(&scene, self.as_of, true);
        let mut tracks = sight.tracks();
        let foreseen = self.foreseen(&scene, &ahead, &tracks);
        for (requirement, until) in each_mut(&mut tracks).zip(foreseen.until) {
            requirement.until = until;
        }
        let metric = |metric: usize| {
            let proof = sight.metric(metric);
            let next = self.next_of(&sight, &ahead, metric, &proof);
            MetricProof {
                next,
                ..proof.as_ref().clone()
            }
        };
        let names = self.rules.names.iter().enumerate();
        Evaluation {
            rules: self.rules.hash.clone(),
            as_of: self.as_of,
            known_on: self.known_on,
            partner: self.profile.clone(),
            metrics: names.map(|(n, name)| (name.clone(), metric(n))).collect(),
            tracks,
            turns: foreseen.turns,
            foreseen_to,
        }
    }

    /// The days that come, as they begin.
    fn ahead<'s>(&self, scene: &'s Scene<'s>, until: NaiveDate) -> Timeline<'s> {
        let calendar = &self.rules.calendar;
        let days = calendar.day(self.as_of).iter_days().skip(1);
        let days = days.take_while(|day| *day <= until);
        Timeline::new(
            scene.known(),
            days.map(|day| calendar.midnight(day)).collect(),
        )
    }

    /// What a measure will be next, and the facts by which.
    fn next_of(
        &self,
        sight: &Sight<'_>,
        ahead: &Timeline<'_>,
        metric: usize,
        now: &MetricProof,
    ) -> Option<Ahead> {
        let measure = self.rules.metrics[metric].way.measure()?;
        let mut steps = ahead.measured(metric).iter();
        let (place, then) = steps.find(|(_, then)| then.outcome != now.outcome)?;
        let as_of = ahead.instants[*place];
        let facts = |as_of| {
            let own = sight.known.attribute(CURRENCY, as_of);
            sight.measuring(as_of).facts(measure, own)
        };
        let (before, after) = (facts(self.as_of), facts(as_of));
        let named = |of: &BTreeSet<Uuid>, without: &BTreeSet<Uuid>| {
            of.difference(without).take(NAMED).copied().collect()
        };
        Some(Ahead {
            on: self.rules.day(as_of),
            outcome: then.outcome.clone(),
            gone: named(&before, &after),
            come: named(&after, &before),
        })
    }

    /// What will be earned up to and with a day, if nothing more happens.
    #[must_use]
    pub fn turns(&self, until: NaiveDate) -> Vec<Turn> {
        let scene = self.scene(self.rules.calendar.midnight(until));
        let ahead = self.ahead(&scene, until);
        let now = Sight::new(&scene, self.as_of, false).tracks();
        self.foreseen(&scene, &ahead, &now).turns
    }

    /// That these rules find another tier earned on a track than others did before; nothing where they
    /// find the same.
    #[must_use]
    pub fn turned(&self, track: &str, before: Option<&str>) -> Option<Turn> {
        let found = self.tracks().into_iter().find(|it| it.track == track);
        let earned = found.as_ref().and_then(|it| it.earned.clone());
        (earned.as_deref() != before).then(|| Turn {
            on: self.rules.day(self.as_of),
            track: track.to_owned(),
            from: before.map(str::to_owned),
            to: earned,
            because: found.map_or_else(Vec::new, |it| lost(&it, before)),
        })
    }

    fn foreseen(&self, scene: &Scene<'_>, ahead: &Timeline<'_>, now: &[TrackProof]) -> Foreseen {
        let asked = asked(self.rules.needs());
        let days = self.rules.days();
        let days: BTreeSet<_> = days.flat_map(|it| scene.turns_of(it, ahead)).collect();
        let mut places = ahead.turns(&self.rules.behind(self.rules.needs()));
        places.extend(&days);
        let mut seen: Option<Found> = None;
        let mut foreseen = Foreseen {
            turns: Vec::new(),
            until: vec![None; each(now).count()],
        };
        let mut before = Cow::Borrowed(now);
        for place in places {
            let sight = Sight::on(scene, ahead, place);
            let found = sight.found(&asked);
            if !days.contains(&place) && seen.as_ref().is_some_and(|it| it.is(&found)) {
                continue;
            }
            seen = Some(found);
            let after = sight.tracks();
            let on = self.rules.day(ahead.instants[place]);
            for (old, new) in before.iter().zip(&after) {
                if old.earned != new.earned {
                    foreseen.turns.push(Turn {
                        on,
                        track: new.track.clone(),
                        from: old.earned.clone(),
                        to: new.earned.clone(),
                        because: lost(new, old.earned.as_deref()),
                    });
                }
            }
            let judged = each(now).zip(each(&after)).zip(&mut foreseen.until);
            for ((old, new), until) in judged {
                if until.is_none() && old.verdict != new.verdict {
                    *until = Some(on);
                }
            }
            before = Cow::Owned(after);
        }
        foreseen
    }

    /// What is missing to the tier above that which is earned on a track; none at its top, and where
    /// the track is not for the partner.
    #[must_use]
    pub fn next(&self, track: &str) -> Option<Next> {
        let place = self
            .rules
            .document
            .tracks
            .iter()
            .position(|it| it.key == track)?;
        let scene = self.scene(self.as_of);
        let sight = Sight::new(&scene, self.as_of, false);
        let tracks = sight.tracks();
        let proof = tracks.get(place)?;
        let above = near::next(proof)?;
        let tier = proof.tiers.get(above)?;
        // Where a tier asks for what those below it ask, what they ask is missing, too.
        let from = if self.rules.document.tracks[place].cumulative {
            0
        } else {
            above
        };
        let needs = self.rules.tracks[place].tiers[from..=above]
            .iter()
            .flat_map(|it| &it.requires);
        let proofs = proof.tiers[from..=above].iter().flat_map(|it| &it.requires);
        let missing = needs
            .zip(proofs)
            .filter(|(_, proof)| proof.verdict == Verdict::NotMet);
        Some(Next {
            tier: tier.tier.clone(),
            missing: missing
                .map(|(need, proof)| Missing {
                    requirement: proof.clone(),
                    ways: self.ways(need, &sight),
                })
                .collect(),
        })
    }

    /// What more of one measure would make a requirement hold.
    fn ways(&self, need: &Need, sight: &Sight<'_>) -> Vec<More> {
        if matches!(need.what, What::Days(_)) {
            // What was on other days cannot be mended.
            return Vec::new();
        }
        let mut measures = self.rules.behind([need]);
        measures.retain(|metric| self.rules.metrics[*metric].way.measure().is_some());
        let holds = |metric: usize, more: usize| {
            sight.supposing(metric, more).judged(need).verdict == Verdict::Met
        };
        let mut ways: Vec<_> = measures
            .into_iter()
            .filter_map(|metric| {
                let more = fewest(|more| holds(metric, more))?;
                Some((more, metric))
            })
            .collect();
        ways.sort_unstable();
        let ways = ways.into_iter();
        ways.map(|(more, metric)| More {
            metric: self.rules.names[metric].clone(),
            more: more.into(),
        })
        .collect()
    }
}

/// The fewest that are enough; none where no number is.
fn fewest(enough: impl Fn(usize) -> bool) -> Option<usize> {
    let mut high = 1;
    while !enough(high) {
        if high == MOST {
            return None;
        }
        high *= 2;
    }
    let mut low = high / 2;
    // Enough is `high`, and `low` is not.
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// All requirements of all tiers.
fn each(tracks: &[TrackProof]) -> impl Iterator<Item = &RequirementProof> {
    let tiers = tracks.iter().flat_map(|it| &it.tiers);
    tiers.flat_map(|it| it.requires.iter().chain(&it.keeps))
}

fn each_mut(tracks: &mut [TrackProof]) -> impl Iterator<Item = &mut RequirementProof> {
    let tiers = tracks.iter_mut().flat_map(|it| &mut it.tiers);
    tiers.flat_map(|it| it.requires.iter_mut().chain(&mut it.keeps))
}

/// What of a tier does not hold.
fn lost(proof: &TrackProof, tier: Option<&str>) -> Vec<RequirementProof> {
    let requires = proof.tier(tier).into_iter().flat_map(|it| &it.requires);
    requires
        .filter(|it| it.verdict == Verdict::NotMet)
        .cloned()
        .collect()
}

/// What a tier of a track fails by, deepest first; nothing for no tier. Where tiers ask for what those
/// below them ask, too, that is told first. Of a tier of which nothing applies, what does not.
#[must_use]
pub fn lacking(of: &Track, track: &TrackProof, tier: Option<&str>) -> Vec<RequirementProof> {
    let place = track
        .tiers
        .iter()
        .position(|it| Some(it.tier.as_str()) == tier);
    let from = if of.cumulative { Some(0) } else { place };
    let tiers = from.zip(place).map(|(from, to)| &track.tiers[from..=to]);
    let tiers: Vec<_> = tiers.into_iter().flatten().collect();
    let requires = || tiers.iter().flat_map(|it| &it.requires);
    let lacking: Vec<_> = requires().flat_map(unmet).cloned().collect();
    let is_earned = tiers.last().is_none_or(|it| it.earned);
    if lacking.is_empty() && !is_earned && track.applies {
        let nothing = requires().filter(|it| it.verdict == Verdict::NotApplicable);
        return nothing.cloned().collect();
    }
    lacking
}

/// What is missing to keep a tier: of what is enough to keep it, where a document says that, and of what
/// it requires otherwise.
#[must_use]
pub fn unkept(of: &Track, track: &TrackProof, tier: Option<&str>) -> Vec<RequirementProof> {
    let keeps = track.tier(tier).into_iter().flat_map(|it| &it.keeps);
    let unkept: Vec<_> = keeps.flat_map(unmet).cloned().collect();
    if unkept.is_empty() {
        return lacking(of, track, tier);
    }
    unkept
}

/// What of a requirement is not met: each of those that all have to be; of those of which some are enough
/// the whole.
#[must_use]
pub fn unmet(proof: &RequirementProof) -> Vec<&RequirementProof> {
    if proof.verdict != Verdict::NotMet {
        return Vec::new();
    }
    match &proof.what {
        Judged::All(of) => of.iter().flat_map(unmet).collect(),
        Judged::Metric { .. }
        | Judged::Partner(_)
        | Judged::Tier { .. }
        | Judged::Some { .. }
        | Judged::Days { .. }
        | Judged::Ends { .. } => vec![proof],
    }
}
