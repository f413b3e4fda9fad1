//! What comes next: what is missing to the next tier, and what will be lost when, if nothing more
//! happens.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::evaluate::{Profile, Sight};
use super::number::Number;
use super::proof::{Judged, Outcome, RequirementProof, TrackProof, Verdict};
use super::record::{Fact, Records};
use super::rules::{Need, Rules, What};

/// How much of a measure is tried at most.
const MOST: i64 = 1 << 40;

/// What would happen on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// The day, as it begins.
    pub on: NaiveDate,
    /// The track.
    pub track: String,
    /// What is earned before.
    pub from: Option<String>,
    /// What is earned from then on.
    pub to: Option<String>,
    /// The requirements of the tier before that do not hold any more.
    pub because: Vec<RequirementProof>,
}

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

/// A partner, to be looked at from several instants.
pub struct Outlook<'a> {
    rules: &'a Rules,
    records: Records,
    profile: &'a Profile,
    as_of: DateTime<Utc>,
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
        }
    }

    fn sight(&self, as_of: DateTime<Utc>) -> Sight<'_> {
        Sight::new(self.rules, &self.records, self.profile, as_of, false)
    }

    /// What will be earned up to and with a day, if nothing more happens.
    #[must_use]
    pub fn turns(&self, until: NaiveDate) -> Vec<Turn> {
        let calendar = &self.rules.calendar;
        let mut before = self.sight(self.as_of).tracks();
        let mut turns = Vec::new();
        let days = self.records.days(self.rules, self.as_of, until);
        for day in days
            .into_iter()
            .filter(|day| calendar.midnight(*day) > self.as_of)
        {
            let after = self.sight(calendar.midnight(day)).tracks();
            for (old, new) in before.iter().zip(&after) {
                if old.earned != new.earned {
                    turns.push(Turn {
                        on: day,
                        track: new.track.clone(),
                        from: old.earned.clone(),
                        to: new.earned.clone(),
                        because: lost(old, new),
                    });
                }
            }
            before = after;
        }
        turns
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
        let sight = self.sight(self.as_of);
        let tracks = sight.tracks();
        let proof = tracks.get(place).filter(|it| it.applies)?;
        let above = proof
            .tiers
            .iter()
            .rposition(|it| it.earned)
            .map_or(0, |it| it + 1);
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
        if matches!(need.what, What::Days { .. }) {
            // What was on other days cannot be mended.
            return Vec::new();
        }
        let mut measures = BTreeSet::new();
        let mut open = Vec::new();
        need.metrics(&mut open);
        let mut seen = BTreeSet::new();
        while let Some(metric) = open.pop() {
            if seen.insert(metric) {
                let way = &self.rules.metrics[metric].way;
                if way.measure().is_some() {
                    measures.insert(metric);
                }
                open.extend(way.metrics());
            }
        }
        let holds = |metric: usize, more: i64| {
            let value = match &sight.metric(metric).outcome {
                Outcome::Value(value) => value.clone(),
                Outcome::NotApplicable(_) | Outcome::Undefined(_) => Number::zero(),
            };
            let supposed = BTreeMap::from([(metric, &value + &Number::from(more))]);
            sight.supposing(&supposed).judged(need).verdict == Verdict::Met
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
fn fewest(enough: impl Fn(i64) -> bool) -> Option<i64> {
    let mut high = 1;
    while !enough(high) {
        high *= 2;
        if high > MOST {
            return None;
        }
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

/// What of the tier that was earned does not hold any more.
fn lost(old: &TrackProof, new: &TrackProof) -> Vec<RequirementProof> {
    let tier = new
        .tiers
        .iter()
        .find(|it| Some(&it.tier) == old.earned.as_ref());
    let requires = tier.into_iter().flat_map(|it| &it.requires);
    requires
        .filter(|it| it.verdict == Verdict::NotMet)
        .cloned()
        .collect()
}

/// The metrics that a judgement fails by, deepest first.
#[must_use]
pub fn failing(proof: &RequirementProof) -> Vec<&RequirementProof> {
    if proof.verdict != Verdict::NotMet {
        return Vec::new();
    }
    match &proof.what {
        Judged::Metric { .. } | Judged::Partner(_) => vec![proof],
        Judged::All(of) | Judged::Some { of, .. } | Judged::Days { of, .. } => {
            of.iter().flat_map(failing).collect()
        }
    }
}
