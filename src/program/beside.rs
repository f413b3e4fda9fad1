//! Two sets of rules over the same facts: the one in force, and one that is tried beside it.
//!
//! A partner is followed by both over the same days. What a draft changes is who ends elsewhere by it;
//! where somebody would have stood all along says nothing as long as it is not known what counts today.

use std::collections::BTreeSet;

use super::document::Document;
use super::number::Number;
use super::simulate::{Course, Distribution};
use super::standing::rank;

/// A track of a partner by the rules in force, and by those that are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// The track, by its key.
    pub track: String,
    /// By the rules in force; none where there are none, or have no such track.
    pub before: Option<Course>,
    /// By those that are tried; none where they have no such track.
    pub after: Option<Course>,
}

impl Beside {
    /// The tracks of those that are tried, and behind them those that are no more.
    #[must_use]
    pub fn all(before: Vec<Course>, after: Vec<Course>) -> Vec<Self> {
        let mut before = before;
        let tried = after.into_iter().map(|after| {
            let place = before.iter().position(|it| it.track == after.track);
            Self {
                track: after.track.clone(),
                before: place.map(|place| before.remove(place)),
                after: Some(after),
            }
        });
        let mut all: Vec<_> = tried.collect();
        all.extend(before.into_iter().map(|before| Self {
            track: before.track.clone(),
            before: Some(before),
            after: None,
        }));
        all
    }

    /// The tier at the end by the rules in force; none for none.
    #[must_use]
    pub fn end_before(&self) -> Option<&str> {
        self.before.as_ref().and_then(Course::end)
    }

    /// The tier at the end by those that are tried; none for none.
    #[must_use]
    pub fn end_after(&self) -> Option<&str> {
        self.after.as_ref().and_then(Course::end)
    }

    /// What its last tier costs in a year by those that are tried, less what it costs by the rules in
    /// force.
    fn costs_more(&self) -> Number {
        let cost =
            |of: &Option<Course>| of.as_ref().map_or_else(Number::zero, |it| it.cost.clone());
        &cost(&self.after) - &cost(&self.before)
    }
}

/// How far the rules that are tried bring a partner, held against those in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turned {
    /// Its tier is lower, or is no more.
    Down,
    /// Its tier is higher.
    Up,
    /// It ends where it would have ended, or there is nothing to hold it against.
    Same,
}

/// What is tried, and what counts today.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'d> {
    /// The rules in force; none where there are none.
    pub before: Option<&'d Document>,
    /// Those that are tried.
    pub after: &'d Document,
}

impl Pair<'_> {
    /// Whether a partner ends elsewhere.
    #[must_use]
    pub fn turned(&self, it: &Beside) -> Turned {
        let (before, after) = (it.end_before(), it.end_after());
        if self.before.is_none() || before == after {
            return Turned::Same;
        }
        let track = self.after.track(&it.track);
        let high = |tier| track.map_or(0, |track| rank(track, tier));
        // A tier that is no more is lost, whatever is earned instead.
        if high(after) > high(before) && (before.is_none() || high(before) > 0) {
            Turned::Up
        } else {
            Turned::Down
        }
    }

    /// All tiers of both, and none, track by track: those of the rules that are tried first.
    #[must_use]
    pub fn tiers(&self) -> Vec<(String, Option<String>)> {
        let mut seen = BTreeSet::new();
        let mut tiers = Vec::new();
        for track in std::iter::once(self.after)
            .chain(self.before)
            .flat_map(|it| &it.tracks)
        {
            let documents = std::iter::once(self.after).chain(self.before);
            let tracks = documents.filter_map(|it| it.track(&track.key));
            let keys = tracks
                .flat_map(|it| &it.tiers)
                .map(|it| Some(it.key.clone()));
            for tier in std::iter::once(None).chain(keys) {
                let place = (track.key.clone(), tier);
                if seen.insert(place.clone()) {
                    tiers.push(place);
                }
            }
        }
        tiers
    }
}

/// How many stand where by both, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distributions {
    /// By the rules in force.
    pub before: Distribution,
    /// By those that are tried.
    pub after: Distribution,
    /// How many end elsewhere on a track.
    pub turned: usize,
    /// What those that are tried cost more, over all; less where it is negative.
    pub costs_more: Number,
}

impl Default for Distributions {
    fn default() -> Self {
        Self {
            before: Distribution::default(),
            after: Distribution::default(),
            turned: 0,
            costs_more: Number::zero(),
        }
    }
}

impl Distributions {
    /// One more track of a partner.
    pub fn add(&mut self, pair: &Pair<'_>, it: &Beside) {
        if let Some(before) = &it.before {
            self.before.add(before);
        }
        if let Some(after) = &it.after {
            self.after.add(after);
        }
        self.turned += usize::from(pair.turned(it) != Turned::Same);
        self.costs_more = &self.costs_more + &it.costs_more();
    }
}
