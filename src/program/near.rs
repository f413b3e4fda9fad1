//! How near a partner is to the next tier, so that those who are can be looked for.
//!
//! It is told by the proof alone, and says less than [`super::outlook`] does of one partner: how many
//! requirements are missing, and how far the one has come that has come least.

use super::document::Track;
use super::number::Number;
use super::proof::{Judged, Outcome, RequirementProof, TrackProof, Verdict};
use super::rules::Comparison;

/// The tier above the one that is earned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The tier, by its key.
    pub tier: String,
    /// How many of its requirements do not hold.
    pub missing: usize,
    /// How far the one has come that has come least, in per cent: 0 to 99, and 100 where none is missing.
    pub reached: u8,
}

/// How near the next tier of a track is; none at its top, and where the track is not for the partner.
#[must_use]
pub fn near(track: &Track, proof: &TrackProof) -> Option<Near> {
    let above = next(proof)?;
    let from = if track.cumulative { 0 } else { above };
    let asked = proof.tiers.get(from..=above)?;
    let asked = asked.iter().flat_map(|it| &it.requires);
    let missing: Vec<_> = asked.filter(|it| it.verdict == Verdict::NotMet).collect();
    let least = missing.iter().map(|it| reached(it)).min();
    Some(Near {
        tier: proof.tiers.get(above)?.tier.clone(),
        missing: missing.len(),
        reached: least.map_or(100, |it| in_percent(&it)),
    })
}

/// The place of the tier above the one that is earned.
pub(super) fn next(proof: &TrackProof) -> Option<usize> {
    let earned = proof.tiers.iter().rposition(|it| it.earned);
    let above = earned.map_or(0, |it| it + 1);
    (proof.applies && above < proof.tiers.len()).then_some(above)
}

/// The share of what is asked for that is there.
fn reached(proof: &RequirementProof) -> Number {
    if proof.verdict != Verdict::NotMet {
        return 1_i64.into();
    }
    match &proof.what {
        Judged::Metric {
            outcome: Outcome::Value(value),
            comparison: Comparison::AtLeast | Comparison::Above,
            limit: Some(limit),
            ..
        } => {
            let share = value.divided_by(limit).unwrap_or_else(Number::zero);
            // Of less than nothing, and of limits below it, there is no share.
            share.max(Number::zero()).min(1_i64.into())
        }
        Judged::All(of) => of.iter().map(reached).min().unwrap_or_else(Number::zero),
        Judged::Some { count, of } => {
            let mut shares: Vec<_> = of.iter().map(reached).collect();
            shares.sort_by(|one, other| other.cmp(one));
            let decides = count
                .checked_sub(1)
                .and_then(|it| shares.into_iter().nth(it));
            decides.unwrap_or_else(Number::zero)
        }
        Judged::Metric { .. }
        | Judged::Partner(_)
        | Judged::Tier { .. }
        | Judged::Days { .. }
        | Judged::Ends { .. } => Number::zero(),
    }
}

/// In whole per cent, rounded down. What is missing has never come all the way.
fn in_percent(share: &Number) -> u8 {
    let millionths = share.down_to_millionths() / 10_000;
    u8::try_from(millionths.clamp(0, 99)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::evaluate::{Profile, evaluate};
    use crate::program::rules::Rules;

    const LADDER: &str = r"
slug: ladder
name: Ladder
locale: en
metrics:
  three: {value: 3}
  short: {value: -1}
tracks:
  - key: t
    name: T
    tiers:
      - key: one
        name: One
        requires:
          - {metric: three, atLeast: 4}
          - {anyOf: [{metric: three, atLeast: 5}, {metric: short, atLeast: 1}]}
          - {metric: three, atLeast: 2}
  - {key: top, name: Top, tiers: [{key: one, name: One}]}
  - {key: others, name: Others, partner: {kind: [SERVICES]}, tiers: [{key: one, name: One}]}
  - {key: never, name: Never, tiers: [{key: one, name: One, requires: [{metric: short, atLeast: 1}]}]}
  - {key: nearly, name: Nearly, tiers: [{key: one, name: One, requires: [{metric: three, above: 3}]}]}
  - key: both
    name: Both
    cumulative: true
    tiers:
      - {key: one, name: One, requires: [{metric: three, atLeast: 3}]}
      - {key: two, name: Two, requires: [{allOf: [{metric: three, atLeast: 6}, {metric: three, atLeast: 1}]}]}
";

    #[test]
    fn the_one_that_has_come_least_says_how_near_it_is() {
        let rules = Rules::from_yaml(LADDER).unwrap();
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let evaluation = evaluate(&rules, &[], &Profile::new(), now, now);
        let tracks = rules.document.tracks.iter().zip(&evaluation.tracks);
        let found: Vec<_> = tracks
            .map(|(track, proof)| near(track, proof).map(|it| (it.missing, it.reached)))
            .collect();
        let expected = [
            Some((2, 60)),
            None,
            None,
            Some((1, 0)),
            Some((1, 99)),
            Some((1, 50)),
        ];
        assert_eq!(found, expected);
    }
}
