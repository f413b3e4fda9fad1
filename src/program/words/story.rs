//! What would have become of a partner, in words.

use super::Words;
use crate::program::beside::{Beside, Pair, Turned};
use crate::program::outlook::unmet;
use crate::program::proof::{RequirementProof, TrackProof};
use crate::program::simulate::{Course, Step, met};
use crate::program::standing::{Move, rank};
use crate::tongue::Tongue::{English, German};

/// How many reasons are told at most.
const REASONS: usize = 12;

impl Words<'_> {
    /// What would have happened to a standing, a line for each day.
    #[must_use]
    pub fn story(&self, course: &Course) -> Vec<String> {
        let steps = course.moves.iter();
        let told = steps.filter_map(|step| self.step(&course.track, step));
        told.collect()
    }

    fn step(&self, track: &str, step: &Step) -> Option<String> {
        let why = &step.why[..step.why.len().min(REASONS)];
        let (Move::Advanced { from: of } | Move::Demoted { from: of }) = &step.what else {
            return self.moved(step.on, &step.what, why);
        };
        let named = |tier: &Option<String>| Some(self.tier(track, tier.as_deref()?).to_owned());
        let is_up = matches!(step.what, Move::Advanced { .. });
        let (went, from, to) = match (self.tongue, is_up) {
            (English, true) => ("up", " from ", " to "),
            (English, false) => ("down", " from ", " to "),
            (German, true) => ("aufgestiegen", " von ", " auf "),
            (German, false) => ("abgestiegen", " von ", " auf "),
        };
        let part = |word: &str, tier: Option<String>| {
            tier.map_or_else(String::new, |it| format!("{word}{it}"))
        };
        let (from, to) = (part(from, named(of)), part(to, named(&step.tier)));
        Some(self.on_day(step.on, &format!("{went}{from}{to}"), why))
    }

    /// What a tier is called; no tier where there is none.
    #[must_use]
    pub fn tier_or_none(&self, track: &str, tier: Option<&str>) -> String {
        match (self.tongue, tier) {
            (English | German, Some(tier)) => self.tier(track, tier).to_owned(),
            (English, None) => "no tier".to_owned(),
            (German, None) => "keine Stufe".to_owned(),
        }
    }
}

/// Why a partner ends elsewhere by the rules that are tried than by those in force: what is lacking, or
/// what is met. Nothing where it does not.
#[must_use]
pub fn why(pair: &Pair<'_>, it: &Beside, locale: &str) -> Vec<String> {
    let turned = pair.turned(it);
    if turned == Turned::Same {
        return Vec::new();
    }
    let words = Words::of(pair.after, locale);
    let told = |english: &str, german: &str| {
        let told = match words.tongue {
            English => english,
            German => german,
        };
        vec![told.to_owned()]
    };
    let (Some(track), Some(last)) = (
        pair.after.track(&it.track),
        it.after.as_ref().and_then(|it| it.last.as_ref()),
    ) else {
        return told(
            "There is no such track any more.",
            "Diesen Track gibt es nicht mehr.",
        );
    };
    if !last.applies {
        return told(
            "The track is not for this partner.",
            "Der Track ist nicht für diesen Partner.",
        );
    }
    let (before, after) = (it.end_before(), it.end_after());
    let (held, reached) = (rank(track, before), rank(track, after));
    if before.is_some() && held == 0 {
        return told(
            "There is no such tier any more.",
            "Diese Stufe gibt es nicht mehr.",
        );
    }
    let each = |of: Vec<RequirementProof>| -> Vec<String> {
        let of = of.iter().take(REASONS);
        of.map(|it| words.judged(it)).collect()
    };
    if reached < held {
        let from = if track.cumulative { 0 } else { held - 1 };
        let lacks = each(lacking(last, from, held));
        if lacks.is_empty() {
            return told(
                "It is earned, and waits for a day of promotion.",
                "Sie ist verdient und wartet auf einen Tag, an dem über Aufstiege entschieden wird.",
            );
        }
        return lacks;
    }
    if last.tier(after).is_some_and(|it| it.earned) {
        each(met(last, after))
    } else {
        told(
            "It is not earned any more, and not lost yet.",
            "Sie ist nicht mehr verdient und noch nicht verloren.",
        )
    }
}

/// What tiers fail by, the lowest first.
fn lacking(proof: &TrackProof, from: usize, to: usize) -> Vec<RequirementProof> {
    let tiers = proof.tiers.iter().take(to).skip(from);
    let requires = tiers.flat_map(|it| &it.requires);
    requires.flat_map(unmet).cloned().collect()
}
