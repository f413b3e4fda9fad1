//! Proofs as the API tells them: what was measured, from which facts, and what it was held against.

use async_graphql::{Enum, ID, SimpleObject};
use entity::id::ProgramVersionId;

use crate::program::document::Document;
use crate::program::proof::{self, Judged, Outcome, Verdict};
use crate::program::rules::Comparison;
use crate::program::words::Words;
use crate::reads::program::ProgramVersion;
use crate::shape::scalar::{Date, DateTime};
use crate::shape::{One, global_id};

/// Whether a metric is a number.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum MetricOutcome {
    /// It is this number.
    Value,
    /// It does not apply to this partner.
    NotApplicable,
    /// It cannot be said.
    Undefined,
}

/// A fact that did not count.
#[derive(SimpleObject)]
struct FactLeftOut {
    /// The fact, as `nodes` takes it.
    fact: ID,
    /// Why, in words.
    why: String,
}

/// What a metric will be, if nothing more happens.
#[derive(SimpleObject)]
struct MetricNext {
    /// From which day on, as it begins in the program's zone.
    on: Date,
    /// Whether it will be a number.
    outcome: MetricOutcome,
    /// The number, exact; null where it will be none.
    value: Option<String>,
    /// Facts that count now and will not then, the first hundred: what ages out.
    gone: Vec<ID>,
    /// Facts that do not count yet and will then, the first hundred: what ripens.
    come: Vec<ID>,
}

/// How a metric came about.
#[derive(SimpleObject)]
struct MetricProof {
    /// The metric, by its key.
    key: String,
    /// What it is called.
    name: String,
    /// Of what it counts, where that is told.
    unit: Option<String>,
    /// Whether it is a number.
    outcome: MetricOutcome,
    /// The number, exact: `70`, `2.5` or `15/7`; null where it is none.
    value: Option<String>,
    /// Why it is none, in words.
    reason: Option<String>,
    /// From when facts were looked at; null where none were.
    window_from: Option<DateTime>,
    /// The first instant that is out of that window.
    window_to: Option<DateTime>,
    /// How many facts it rests on; null where it rests on other metrics.
    evidence_count: Option<i32>,
    /// The first hundred of them, as `nodes` takes them.
    evidence: Vec<ID>,
    /// SHA-256 over the keys of all of them, in order, in hex.
    evidence_digest: Option<String>,
    /// Facts that did not count, the first hundred.
    left_out: Vec<FactLeftOut>,
    /// Whether something that is not certain yet was counted.
    is_provisional: bool,
    /// The metrics that it is made of, by their keys.
    parts: Vec<String>,
    /// Which of several it is, by its key.
    chosen: Option<String>,
    /// What it will be next, if nothing more happens within a year; null where it stays, and where it
    /// rests on other metrics.
    next: Option<MetricNext>,
}

/// Whether a requirement holds.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Verdict")]
enum RequirementVerdict {
    /// It holds.
    Met,
    /// It does not.
    NotMet,
    /// It is nothing that this partner is asked for.
    NotApplicable,
}

/// What a requirement looks at.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum RequirementKind {
    /// A metric and its limit.
    Metric,
    /// What the partner is.
    Partner,
    /// A tier of another track.
    Tier,
    /// All of several.
    All,
    /// At least so many of several.
    Some,
    /// It held on one day of a window.
    AnyDay,
    /// It held on every day of a window.
    EveryDay,
    /// It held at the end of at least so many of the last stretches of the calendar.
    AtEndOf,
}

/// How something is held against a limit.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Comparison")]
enum RequirementBound {
    /// This or more.
    AtLeast,
    /// More than this.
    Above,
    /// This or less.
    AtMost,
    /// Less than this.
    Below,
}

/// How a requirement was judged.
#[derive(SimpleObject)]
pub(super) struct RequirementProof {
    /// What it looks at.
    kind: RequirementKind,
    /// Whether it holds.
    verdict: RequirementVerdict,
    /// It and what was found, in words.
    words: String,
    /// The metric, by its key.
    metric: Option<String>,
    /// What the metric is, exact; null where it is no number.
    value: Option<String>,
    /// How it is held against the limit.
    bound: Option<RequirementBound>,
    /// The limit, exact; null where there is none for this partner.
    limit: Option<String>,
    /// By how much it fails, exact.
    short: Option<String>,
    /// How many of `of` have to hold, where some have to.
    count: Option<i32>,
    /// The day that decided, of days; of the ends of stretches of the calendar, the latest on which it did
    /// not hold, or the latest.
    day: Option<Date>,
    /// The day from which it is judged otherwise, if nothing more happens within a year; null where it
    /// stays, and of what a requirement is made of.
    until: Option<Date>,
    /// What it is made of.
    of: Vec<RequirementProof>,
}

/// Whether a tier is earned.
#[derive(SimpleObject)]
struct TierProof {
    /// The tier, by its key.
    key: String,
    /// What it is called.
    name: String,
    /// Whether it is earned.
    is_earned: bool,
    /// Whether it is enough to keep it.
    is_kept: bool,
    /// What it requires.
    requires: Vec<RequirementProof>,
    /// What is enough to keep it; empty where that is what it requires.
    keeps: Vec<RequirementProof>,
}

/// What is earned on a track.
#[derive(SimpleObject)]
struct TrackProof {
    /// The track, by its key.
    key: String,
    /// What it is called.
    name: String,
    /// Whether it is for this partner.
    applies: bool,
    /// The highest tier that is earned, by its key; null for none.
    earned: Option<String>,
    /// All its tiers, the lowest first.
    tiers: Vec<TierProof>,
}

/// What would be earned from a day on.
#[derive(SimpleObject)]
pub(super) struct StandingTurn {
    /// The track, by its key.
    track: String,
    /// The day, as it begins in the program's zone.
    on: Date,
    /// What is earned before, by its key; null for none.
    from: Option<String>,
    /// What is earned from then on, by its key; null for none.
    to: Option<String>,
    /// What of the tier before does not hold any more.
    because: Vec<RequirementProof>,
    /// The announced version by which it is, because it counts on that day; null by the rules that are
    /// explained.
    program_version: Option<One<ProgramVersion>>,
}

/// What was known of a partner beside facts.
#[derive(SimpleObject)]
struct PartnerAttribute {
    /// Its name.
    name: String,
    /// What it is.
    value: String,
}

/// A computation of where a partner stands, with its proof.
#[derive(SimpleObject)]
pub(super) struct EvaluationProof {
    /// SHA-256 of the rules, in hex.
    rules: String,
    /// The instant that was looked at.
    as_of: DateTime,
    /// What was recorded until then was known.
    known_on: DateTime,
    /// What was known of the partner beside facts.
    attributes: Vec<PartnerAttribute>,
    /// All metrics, by their keys.
    metrics: Vec<MetricProof>,
    /// All tracks.
    tracks: Vec<TrackProof>,
    /// What will be earned on which day, if nothing more happens.
    turns: Vec<StandingTurn>,
    /// Up to and with which day was looked ahead.
    foreseen_to: Date,
}

impl EvaluationProof {
    /// As the API tells it, with names and words in a language.
    pub(super) fn of(document: &Document, proof: proof::Evaluation, locale: &str) -> Self {
        let words = Words::of(document, locale);
        let metrics = proof.metrics.into_iter();
        let tracks = proof.tracks.into_iter();
        let partner = proof.partner.into_iter();
        let turns = proof.turns.into_iter();
        Self {
            rules: proof.rules,
            as_of: DateTime(proof.as_of),
            known_on: DateTime(proof.known_on),
            attributes: partner
                .map(|(name, value)| PartnerAttribute { name, value })
                .collect(),
            metrics: metrics
                .map(|(key, proof)| metric(document, key, proof, locale))
                .collect(),
            tracks: tracks.map(|proof| track(document, proof, locale)).collect(),
            turns: turns.map(|it| turn(words, it, None)).collect(),
            foreseen_to: Date(proof.foreseen_to),
        }
    }
}

/// What would be earned from a day on, as the API tells it.
pub(super) fn turn(
    words: Words<'_>,
    turn: proof::Turn,
    version: Option<ProgramVersionId>,
) -> StandingTurn {
    StandingTurn {
        track: turn.track,
        on: Date(turn.on),
        from: turn.from,
        to: turn.to,
        because: requirements(words, turn.because),
        program_version: version.map(One::by_key),
    }
}

fn kind(outcome: &Outcome) -> MetricOutcome {
    match outcome {
        Outcome::Value(_) => MetricOutcome::Value,
        Outcome::NotApplicable(_) => MetricOutcome::NotApplicable,
        Outcome::Undefined(_) => MetricOutcome::Undefined,
    }
}

fn metric(
    document: &Document,
    key: String,
    proof: proof::MetricProof,
    locale: &str,
) -> MetricProof {
    let fact = |id: &uuid::Uuid| ID(global_id("Fact", *id));
    let outcome = kind(&proof.outcome);
    let words = Words::of(document, locale);
    let reason = (outcome != MetricOutcome::Value).then(|| words.outcome(&proof.outcome));
    let next = proof.next.map(|it| MetricNext {
        on: Date(it.on),
        outcome: kind(&it.outcome),
        value: it.outcome.value().map(ToString::to_string),
        gone: it.gone.iter().map(fact).collect(),
        come: it.come.iter().map(fact).collect(),
    });
    let evidence = proof.evidence;
    MetricProof {
        name: document.metric_name(&key, locale).to_owned(),
        unit: document.metric_unit(&key, locale).map(str::to_owned),
        outcome,
        value: proof.outcome.value().map(ToString::to_string),
        reason,
        window_from: proof.window.map(|it| DateTime(it.from)),
        window_to: proof.window.map(|it| DateTime(it.to)),
        evidence_count: evidence
            .as_ref()
            .map(|it| i32::try_from(it.count).unwrap_or(i32::MAX)),
        evidence: evidence
            .iter()
            .flat_map(|it| it.facts.iter().map(fact))
            .collect(),
        evidence_digest: evidence.map(|it| it.digest),
        left_out: proof
            .left_out
            .iter()
            .map(|it| FactLeftOut {
                fact: fact(&it.fact),
                why: words.left_out(&it.why),
            })
            .collect(),
        is_provisional: proof.provisional,
        parts: proof.of,
        chosen: proof.chosen,
        next,
        key,
    }
}

fn track(document: &Document, proof: proof::TrackProof, locale: &str) -> TrackProof {
    let words = Words::of(document, locale);
    let named = document.track(&proof.track);
    let tiers = proof.tiers.into_iter().map(|tier| TierProof {
        name: document
            .tier_name(&proof.track, &tier.tier, locale)
            .unwrap_or(&tier.tier)
            .to_owned(),
        key: tier.tier,
        is_earned: tier.earned,
        is_kept: tier.kept,
        requires: requirements(words, tier.requires),
        keeps: requirements(words, tier.keeps),
    });
    TrackProof {
        name: named.map_or_else(
            || proof.track.clone(),
            |it| it.name.read(locale, &document.locale).to_owned(),
        ),
        tiers: tiers.collect(),
        applies: proof.applies,
        earned: proof.earned,
        key: proof.track,
    }
}

/// Requirements as the API tells them.
pub(super) fn requirements(
    words: Words<'_>,
    proofs: Vec<proof::RequirementProof>,
) -> Vec<RequirementProof> {
    let each = proofs.into_iter();
    each.map(|proof| requirement(words, proof)).collect()
}

/// A requirement as the API tells it.
pub(super) fn requirement(words: Words<'_>, proof: proof::RequirementProof) -> RequirementProof {
    let told = RequirementProof {
        kind: RequirementKind::All,
        verdict: proof.verdict.into(),
        words: words.judged_alone(&proof),
        metric: None,
        value: None,
        bound: None,
        limit: None,
        short: None,
        count: None,
        day: None,
        until: proof.until.map(Date),
        of: Vec::new(),
    };
    match proof.what {
        Judged::Metric {
            metric,
            outcome,
            comparison,
            limit,
            short,
        } => RequirementProof {
            kind: RequirementKind::Metric,
            metric: Some(metric),
            value: outcome.value().map(ToString::to_string),
            bound: Some(comparison.into()),
            limit: limit.map(|it| it.to_string()),
            short: short.map(|it| it.to_string()),
            ..told
        },
        Judged::Partner(_) => RequirementProof {
            kind: RequirementKind::Partner,
            ..told
        },
        Judged::Tier { .. } => RequirementProof {
            kind: RequirementKind::Tier,
            ..told
        },
        Judged::All(of) => RequirementProof {
            of: requirements(words, of),
            ..told
        },
        Judged::Some { count, of } => RequirementProof {
            kind: RequirementKind::Some,
            count: Some(i32::try_from(count).unwrap_or(i32::MAX)),
            of: requirements(words, of),
            ..told
        },
        Judged::Days { every, day, of, .. } => RequirementProof {
            kind: if every {
                RequirementKind::EveryDay
            } else {
                RequirementKind::AnyDay
            },
            day: day.map(Date),
            of: requirements(words, of),
            ..told
        },
        Judged::Ends {
            count,
            held,
            missed,
            of,
            ..
        } => RequirementProof {
            kind: RequirementKind::AtEndOf,
            count: Some(i32::try_from(count).unwrap_or(i32::MAX)),
            day: missed.first().or(held.first()).copied().map(Date),
            of: requirements(words, of),
            ..told
        },
    }
}
