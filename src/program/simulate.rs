//! A program tried on what has happened: where partners would have stood, who would have moved and
//! why, and what it would have cost.
//!
//! Each partner is followed from the first of some days to the last, as the reviews of the program
//! would have: with its dates of promotion and demotion, its warnings and its grace.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::days::Scene;
use super::document::{Benefit, BenefitKind, BenefitValue, Document, NumberOrName, Track};
use super::evaluate::Profile;
use super::number::Number;
use super::outlook::unkept;
use super::proof::{Outcome, RequirementProof, TrackProof, Verdict};
use super::record::{self, Fact, Records, STANDINGS};
use super::rules::Rules;
use super::sight::{Known, Sight};
use super::standing::{Merit, Move, Standing, follow, rank};
use super::timeline::Timeline;
use crate::digest;
use crate::fact::OF_STANDINGS;

/// Where a partner would have stood on a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The track.
    pub track: String,
    /// The tier at the end of each day; none where the track had none for the partner.
    pub tiers: Vec<Option<String>>,
    /// What would have been told on which day, and why.
    pub moves: Vec<Step>,
    /// What is earned at the end, and how that was judged; none where no day was looked at.
    pub last: Option<TrackProof>,
    /// What its last tier would have cost in a year.
    pub cost: Number,
    /// Whether something of that is not known, because a metric of which it is a share is undefined: it
    /// counts as nothing.
    pub cost_unknown: bool,
}

impl Course {
    /// The tier at the end; none for none.
    #[must_use]
    pub fn end(&self) -> Option<&str> {
        self.tiers.last().and_then(Option::as_deref)
    }
}

/// What would have become of a standing on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The day.
    pub on: NaiveDate,
    /// What.
    pub what: Move,
    /// The tier from then on; none for none.
    pub tier: Option<String>,
    /// Of a tier that is reached, what it asks for and is there; of one that is at risk or lost, what it
    /// fails by.
    pub why: Vec<RequirementProof>,
}

/// The last four quarters, as a simulation looks at them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The last days of the four quarters before a day, and that day: at whose ends tiers are told.
    pub marks: Vec<NaiveDate>,
    /// All days that are looked at: reviews are held every day, but a week is fine enough to see what
    /// would have come.
    pub days: Vec<NaiveDate>,
}

impl Past {
    /// The past before a day.
    #[must_use]
    pub fn of(rules: &Rules, until: NaiveDate) -> Self {
        let mut marks = vec![until];
        let mut day = until;
        for _ in 0..4 {
            day = rules.start_of_quarter(day).pred_opt().unwrap_or(day);
            marks.push(day);
        }
        marks.reverse();
        let weeks = marks[0].iter_days().step_by(7);
        let mut days: Vec<_> = weeks.take_while(|day| *day <= until).collect();
        days.extend(&marks);
        days.sort_unstable();
        days.dedup();
        Self { marks, days }
    }

    /// The tiers of a course at the ends of the days that are told.
    #[must_use]
    pub fn told(&self, course: &Course) -> Vec<Option<String>> {
        let at = |day: &NaiveDate| {
            let place = self.days.iter().position(|it| it == day);
            let tier = place.and_then(|place| course.tiers.get(place));
            tier.cloned().flatten()
        };
        self.marks.iter().map(at).collect()
    }
}

/// Follows one partner over days in their order, with what is known at an instant. Where rules ask where
/// the partner stood, that is where these rules bring it from the first of the days on, and not where it
/// really stood.
#[must_use]
pub fn simulate(
    rules: &Rules,
    facts: &[Fact],
    profile: &Profile,
    days: &[NaiveDate],
    known_on: DateTime<Utc>,
) -> Vec<Course> {
    let asks = record::source(STANDINGS).is_some_and(|it| rules.sources.contains(&it));
    let (true, Some(first)) = (asks, days.first()) else {
        return follow_on(rules, facts, profile, days, known_on);
    };
    let first = rules.end_of(*first);
    let slug = &rules.document.slug;
    let is_own = |fact: &&Fact| is_standing_of(fact, slug) && fact.occurred_at >= first;
    let told: Vec<Fact> = facts.iter().filter(|it| !is_own(it)).cloned().collect();
    let mut courses = follow_on(rules, &told, profile, days, known_on);
    // What is earned on a day follows from the moves before it: each time one more of them is as it will
    // be, and there are not more of them than days.
    for _ in days {
        let mut with_moves = told.clone();
        with_moves.extend(moves_as_facts(rules, &courses, &told));
        let anew = follow_on(rules, &with_moves, profile, days, known_on);
        if anew == courses {
            break;
        }
        courses = anew;
    }
    courses
}

/// Whether a fact tells where a partner stood in a program.
pub(super) fn is_standing_of(fact: &Fact, slug: &str) -> bool {
    fact.kind.starts_with(OF_STANDINGS) && fact.detail["program"] == slug
}

/// What would have become of standings, as facts; each is seen from the day after it on.
fn moves_as_facts(rules: &Rules, courses: &[Course], before: &[Fact]) -> Vec<Fact> {
    let slug = &rules.document.slug;
    let stood = |track: &str| {
        let of_track = before.iter();
        let of_track =
            of_track.filter(|it| is_standing_of(it, slug) && it.detail["track"] == track);
        let last = of_track.max_by_key(|it| it.occurred_at);
        last.and_then(|it| it.detail["tier"].as_str())
    };
    let mut facts = Vec::new();
    for course in courses {
        for step in &course.moves {
            let kind = match step.what {
                // It goes on standing where it stood.
                Move::Entered if stood(&course.track) == step.tier.as_deref() => continue,
                Move::Entered | Move::Advanced { .. } => "tier.advanced",
                Move::Demoted { .. } => "tier.demoted",
                Move::AtRisk { .. } | Move::GraceStarted { .. } | Move::Kept => continue,
            };
            let words = [slug.as_str(), &course.track, &step.on.to_string()];
            let at = rules.end_of(step.on) + TimeDelta::microseconds(1);
            facts.push(Fact {
                id: digest::key("a move that was followed", &words),
                kind: kind.to_owned(),
                person: None,
                subject: Uuid::nil(),
                detail: json!({ "program": slug, "track": course.track, "tier": step.tier }),
                occurred_at: at,
                recorded_at: at,
                corrects: None,
            });
        }
    }
    facts
}

/// Follows one partner over days, with facts as they are.
pub(super) fn follow_on(
    rules: &Rules,
    facts: &[Fact],
    profile: &Profile,
    days: &[NaiveDate],
    known_on: DateTime<Utc>,
) -> Vec<Course> {
    let records = Records::known(facts, known_on, &rules.sources);
    let known = Known {
        rules,
        records: &records,
        profile,
    };
    let instants: Vec<_> = days.iter().map(|day| rules.end_of(*day)).collect();
    let last = instants.last().copied().unwrap_or(known_on);
    let scene = Scene::new(known, instants.first().copied().unwrap_or(known_on), last);
    let timeline = Timeline::new(known, instants);
    let tracks = &rules.document.tracks;
    let mut courses: Vec<Course> = tracks
        .iter()
        .map(|track| Course {
            track: track.key.clone(),
            tiers: Vec::new(),
            moves: Vec::new(),
            last: None,
            cost: Number::zero(),
            cost_unknown: false,
        })
        .collect();
    let mut standings: Vec<Option<Standing>> = vec![None; tracks.len()];
    for (place, day) in days.iter().enumerate() {
        let sight = Sight::on(&scene, &timeline, place);
        let at = sight.as_of;
        for (place, proof) in sight.tracks().into_iter().enumerate() {
            let (track, course) = (&tracks[place], &mut courses[place]);
            let (standing, what) = follow(
                track,
                &rules.calendar,
                standings[place].as_ref(),
                &Merit::from(&proof),
                at,
            );
            course.tiers.push(standing.tier.clone());
            if let Some(what) = what {
                let step = Step {
                    on: *day,
                    why: reasons(track, &standing, &what, &proof),
                    tier: standing.tier.clone(),
                    what,
                };
                course.moves.push(step);
            }
            if day == &days[days.len() - 1] {
                (course.cost, course.cost_unknown) =
                    cost(rules, track, standing.tier.as_deref(), &sight);
                course.last = Some(proof);
            }
            standings[place] = Some(standing);
        }
    }
    courses
}

/// What the tier has that is reached, or what the one fails by that is, or was, held.
fn reasons(
    track: &Track,
    standing: &Standing,
    what: &Move,
    proof: &TrackProof,
) -> Vec<RequirementProof> {
    let held = match what {
        Move::Entered | Move::Kept => return Vec::new(),
        Move::Advanced { .. } => return met(proof, standing.tier.as_deref()),
        Move::Demoted { from } => from,
        Move::AtRisk { .. } | Move::GraceStarted { .. } => &standing.tier,
    };
    unkept(track, proof, held.as_deref())
}

/// What a tier asks for that is there.
pub(crate) fn met(proof: &TrackProof, tier: Option<&str>) -> Vec<RequirementProof> {
    let requires = proof.tier(tier).into_iter().flat_map(|it| &it.requires);
    let met = requires.filter(|it| it.verdict == Verdict::Met);
    met.cloned().collect()
}

/// What the benefits of a tier cost in a year, and whether something of it is not known. Of what does not
/// apply to a partner nothing is due.
fn cost(rules: &Rules, track: &Track, tier: Option<&str>, sight: &Sight<'_>) -> (Number, bool) {
    let tier = rank(track, tier)
        .checked_sub(1)
        .and_then(|it| track.tiers.get(it));
    let (mut total, mut is_unknown) = (Number::zero(), false);
    // What a metric comes to; nothing where it does not apply, or where it cannot be said.
    let mut reckon = |metric: &str| {
        let outcome = sight.metric(rules.place(metric)?).outcome.clone();
        is_unknown |= matches!(outcome, Outcome::Undefined(_));
        outcome.value().cloned()
    };
    for (key, value) in tier.map(|it| &it.benefits).into_iter().flatten() {
        let due = rules.document.benefits.get(key).and_then(|benefit| {
            let value = value.of(|attribute| sight.attribute(attribute))?;
            let value = value.reckoned(benefit.kind, &mut reckon)?;
            let (number, of) = costing(benefit, &value)?;
            match of {
                None => Some(number.clone()),
                Some(metric) => Some(&reckon(metric)? * number),
            }
        });
        if let Some(due) = due {
            total = &total + &due;
        }
    }
    (total, is_unknown)
}

/// How the cost of what a tier brings is reckoned: this number, or so much of a metric. None where the
/// document does not say.
fn costing<'d>(
    benefit: &'d Benefit,
    value: &'d BenefitValue,
) -> Option<(&'d Number, Option<&'d str>)> {
    let BenefitValue::One(NumberOrName::Number(value)) = value else {
        return None;
    };
    let of = benefit.costs_of.as_deref();
    (of.is_some() || benefit.kind == BenefitKind::Amount).then_some((value, of))
}

impl Document {
    /// What tiers bring of which the document does not say what it costs, by what it is called: it counts
    /// as nothing in a simulation.
    #[must_use]
    pub fn without_cost(&self, locale: &str) -> Vec<String> {
        let tiers = self.tracks.iter().flat_map(|it| &it.tiers);
        let brought: Vec<_> = tiers.flat_map(|it| &it.benefits).collect();
        let is_free = |key: &String, benefit: &Benefit| {
            let mut brought = brought.iter().filter(|(it, _)| *it == key);
            let is_free = |value: &BenefitValue| {
                // Whatever its metric comes to.
                let value = value.reckoned(benefit.kind, |_| Some(Number::zero()));
                let value = value.as_deref();
                value != Some(&BenefitValue::Right(false))
                    && value.is_none_or(|it| costing(benefit, it).is_none())
            };
            brought.any(|(_, value)| value.each().any(is_free))
        };
        let free = self.benefits.iter().filter(|(key, it)| is_free(key, it));
        free.map(|(_, it)| it.name.read(locale, &self.locale).to_owned())
            .collect()
    }
}

/// How many stand where, and what it costs: by track and tier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution(BTreeMap<(String, Option<String>), Held>);

/// How many stand on a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// How many.
    pub partners: usize,
    /// What its benefits cost in a year.
    pub cost: Number,
    /// For how many of them something of that is not known, and counts as nothing.
    pub cost_unknown: usize,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            partners: 0,
            cost: Number::zero(),
            cost_unknown: 0,
        }
    }
}

impl Distribution {
    /// One more partner.
    pub fn add(&mut self, course: &Course) {
        let tier = course.end().map(str::to_owned);
        let held = self.0.entry((course.track.clone(), tier)).or_default();
        held.partners += 1;
        held.cost = &held.cost + &course.cost;
        held.cost_unknown += usize::from(course.cost_unknown);
    }

    /// How many stand on that tier of that track, and what that costs.
    #[must_use]
    pub fn on(&self, track: &str, tier: Option<&str>) -> Held {
        let key = (track.to_owned(), tier.map(str::to_owned));
        self.0.get(&key).cloned().unwrap_or_default()
    }
}
