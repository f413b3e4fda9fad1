//! One look at one partner: measured, followed, and told.

use chrono::{DateTime, NaiveDate, Utc};
use entity::id::{EvaluationId, ProgramId, StandingOverrideId};
use entity::standing::StandingPhase;
use entity::standing_move::MoveKind;
use entity::standing_override::OverrideState;
use entity::{partner, program, program_version, standing, standing_move, standing_override};
use sea_orm::{ActiveModelTrait, DatabaseExecutor, EntityTrait, IntoActiveModel};

use super::{recognize, store, tell};
use crate::error::{Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::op::Permit;
use crate::program::document::Track;
use crate::program::near::{Near, near};
use crate::program::outlook::{Outlook, unkept};
use crate::program::proof::{RequirementProof, TrackProof};
use crate::program::rules::Rules;
use crate::program::standing::{Merit, Move, Phase, Standing, falls_between, follow, rank};
use crate::program::store as programs;
use crate::program::telling::Whose;

/// A program in force, with its rules understood.
#[derive(Debug)]
pub struct InForce {
    /// The program.
    pub program: program::Model,
    /// The version that counts.
    pub version: program_version::Model,
    /// What it says.
    pub rules: Rules,
}

impl InForce {
    /// The rules of a version.
    ///
    /// # Errors
    /// What the database said; a fault where the document is none.
    pub async fn of(db: &DatabaseExecutor<'_>, version: program_version::Model) -> Result<Self> {
        Ok(Self {
            program: programs::program(db, version.program_id).await?,
            rules: Rules::from_yaml(&version.document)?,
            version,
        })
    }

    /// The rules that a program has now, if any.
    ///
    /// # Errors
    /// What the database said; a fault where the document is none.
    pub(super) async fn now(permit: &Permit<'_>, program: ProgramId) -> Result<Option<Self>> {
        let db = permit.reader();
        match programs::in_force_at(&db, program, permit.now()).await? {
            Some(version) => Self::of(&db, version).await.map(Some),
            None => Ok(None),
        }
    }

    /// The rules that a program must have now for what is asked.
    ///
    /// # Errors
    /// `NOT_IN_FORCE` where it has none.
    pub(super) async fn required(permit: &Permit<'_>, program: ProgramId) -> Result<Self> {
        let none = || Refusal::new("NOT_IN_FORCE", "The program has no rules in force.").into();
        Self::now(permit, program).await?.ok_or_else(none)
    }
}

/// What became of a standing, with all that letters and facts tell of it.
pub(super) struct Turned<'a> {
    pub(super) rules: &'a Rules,
    pub(super) partner: &'a partner::Model,
    pub(super) track: &'a Track,
    pub(super) standing: standing::Model,
    pub(super) kind: MoveKind,
    pub(super) from: Option<String>,
    /// What of the tier that it stands, or stood, on is missing.
    pub(super) missing: Vec<RequirementProof>,
    /// What is known of the partner by which tiers bring something else.
    pub(super) whose: Whose,
    /// Who gave the tier, where people did.
    pub(super) given: Option<&'a standing_override::Model>,
}

/// What a look has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many facts were read.
    pub facts: usize,
    /// How many standings moved.
    pub moves: usize,
}

/// Looks where a partner stands now.
///
/// # Errors
/// What the database said.
pub async fn review(
    permit: &Permit<'_>,
    program: &InForce,
    partner: &partner::Model,
) -> Result<Looked> {
    let (db, now) = (permit.reader(), permit.now());
    let before = store::standings(&db, partner.id, program.program.id).await?;
    if before.iter().any(|it| it.looked_at > now) {
        // Somebody with a later clock has looked: what was to be seen now, they saw.
        return Ok(Looked::default());
    }
    let facts = programs::facts(&db, partner.id, now).await?;
    let profile = programs::profile(partner)?;
    let outlook = Outlook::new(&program.rules, &facts, &profile, now, now);
    let tracks = outlook.tracks();
    let given = ended(permit, program, partner).await?;
    let mut kept = None;
    let (mut moves, mut unmoved) = (0, Vec::new());
    for (track, proof) in program.rules.document.tracks.iter().zip(&tracks) {
        let row = before.iter().find(|it| it.track == track.key);
        if row.is_none() && !proof.applies {
            continue;
        }
        let given = given.iter().find(|it| {
            it.track == track.key && it.state == OverrideState::Approved && it.ends_at > now
        });
        let look = Look {
            permit,
            program,
            partner,
            track,
            proof,
            row,
            given,
        };
        let (stands, turns) = look.followed();
        let decides = row.is_none_or(|it| it.earned != proof.earned)
            || decides_today(&program.rules, track, row, now);
        if turns.is_empty() && !decides {
            unmoved.extend(row.map(|it| it.id));
            if let Some(row) = row {
                let near = nearness(row.clone(), look.near().as_ref());
                if near != *row {
                    store::write(permit, near, false).await?;
                }
            }
            continue;
        }
        let evaluation = keep(&mut kept, &look, &outlook).await?;
        moves += turns.len();
        look.write(stands, turns, evaluation, &outlook).await?;
    }
    for row in before.into_iter().filter(|it| it.ended_at.is_none()) {
        if program.rules.document.track(&row.track).is_none() {
            moves += 1;
            end(permit, program, row).await?;
        }
    }
    store::note_look(permit, &unmoved).await?;
    Ok(Looked {
        facts: facts.len(),
        moves,
    })
}

/// Keeps the evaluation once, however many standings follow from it.
async fn keep(
    kept: &mut Option<EvaluationId>,
    look: &Look<'_>,
    outlook: &Outlook<'_>,
) -> Result<EvaluationId> {
    if let Some(id) = kept {
        return Ok(*id);
    }
    let (partner, version) = (look.partner.id, look.program.version.id);
    let id = store::keep(look.permit, partner, version, &outlook.evaluation()).await?;
    *kept = Some(id);
    Ok(id)
}

/// Whether the track promotes or demotes on a day that was not looked at yet.
fn decides_today(
    rules: &Rules,
    track: &Track,
    row: Option<&standing::Model>,
    now: DateTime<Utc>,
) -> bool {
    let Some(row) = row else { return true };
    let promotions = track.tiers.iter().map(|tier| track.promotes(&tier.key));
    let mut dates = promotions.chain([track.demotes(row.tier.as_deref())]);
    dates.any(|dates| {
        !dates.is_always()
            && rules.day(row.looked_at) < rules.day(now)
            && falls_between(dates, &rules.calendar, row.since, row.looked_at, now)
    })
}

/// The partner's overrides in force; those whose time is over are ended.
async fn ended(
    permit: &Permit<'_>,
    program: &InForce,
    partner: &partner::Model,
) -> Result<Vec<standing_override::Model>> {
    let rows = store::overrides(&permit.reader(), partner.id, program.program.id).await?;
    for row in &rows {
        if row.ends_at <= permit.now() {
            let ended = standing_override::Model {
                state: OverrideState::Ended,
                version: row.version + 1,
                ..row.clone()
            };
            store::write_override(permit, &ended).await?;
        }
    }
    Ok(rows)
}

/// A track of a partner, looked at.
struct Look<'a> {
    permit: &'a Permit<'a>,
    program: &'a InForce,
    partner: &'a partner::Model,
    track: &'a Track,
    proof: &'a TrackProof,
    row: Option<&'a standing::Model>,
    given: Option<&'a standing_override::Model>,
}

/// What became of a standing: what, and the tier before.
type Moved = (MoveKind, Option<String>);

impl Look<'_> {
    /// Where it stands now, and what became of it. While people's word counts, the rules move
    /// nothing.
    fn followed(&self) -> (Standing, Vec<Moved>) {
        let now = self.permit.now();
        let before = self.row.map(store::known);
        let was_given = self.row.and_then(|it| it.override_id);
        if let Some(given) = self.given {
            let tier = Some(given.tier.clone());
            if was_given == Some(given.id) && before.as_ref().is_some_and(|it| it.tier == tier) {
                let same = before.map(|it| Standing {
                    looked_at: now,
                    ..it
                });
                return (same.unwrap_or_else(|| steady(tier, now)), Vec::new());
            }
            let from = before.and_then(|it| it.tier);
            return (steady(tier, now), vec![(MoveKind::Overridden, from)]);
        }
        let calendar = &self.program.rules.calendar;
        let merit = Merit::from(self.proof);
        let mut moved = Vec::new();
        if was_given.is_some() {
            let tier = before.as_ref().and_then(|it| it.tier.clone());
            moved.push((MoveKind::OverrideEnded, tier));
        }
        let from = before.as_ref().and_then(|it| it.tier.clone());
        let (standing, what) = follow(self.track, calendar, before.as_ref(), &merit, now);
        moved.extend(what.map(|what| (kind(&what), from)));
        (standing, moved)
    }

    async fn write(
        &self,
        after: Standing,
        moved: Vec<Moved>,
        evaluation: EvaluationId,
        outlook: &Outlook<'_>,
    ) -> Result<()> {
        let permit = self.permit;
        let rank = rank(self.track, after.tier.as_deref());
        let blank = || standing::Model {
            id: permit.new_id(),
            partner_id: self.partner.id,
            program_id: self.program.program.id,
            track: self.track.key.clone(),
            tier: None,
            tier_rank: 0,
            earned: None,
            next_tier: None,
            next_missing: 0,
            next_reached: 0,
            phase: StandingPhase::Steady,
            phase_since: None,
            decided_on: None,
            since: permit.now(),
            looked_at: permit.now(),
            evaluation_id: None,
            override_id: None,
            ended_at: None,
        };
        let row = store::with(self.row.cloned().unwrap_or_else(blank), after, rank);
        let row = standing::Model {
            earned: self.proof.earned.clone(),
            evaluation_id: Some(evaluation),
            override_id: self.given.map(|it| it.id),
            ended_at: None,
            ..nearness(row, self.near().as_ref())
        };
        let row = store::write(permit, row, self.row.is_none()).await?;
        for (kind, from) in moved {
            let turned = Turned {
                rules: &self.program.rules,
                partner: self.partner,
                track: self.track,
                missing: self.missing(&row, kind, from.as_deref()),
                standing: row.clone(),
                kind,
                from,
                whose: outlook.whose(),
                given: self.given,
            };
            note(permit, self.program, &turned, Some(evaluation)).await?;
            tell::about(permit, &turned).await?;
            recognize::recognize(permit, &turned).await?;
        }
        Ok(())
    }

    fn near(&self) -> Option<Near> {
        near(self.track, self.proof)
    }

    /// What of the tier that is, or was, held is missing.
    fn missing(
        &self,
        row: &standing::Model,
        kind: MoveKind,
        from: Option<&str>,
    ) -> Vec<RequirementProof> {
        let held = match kind {
            MoveKind::AtRisk | MoveKind::GraceStarted => row.tier.as_deref(),
            MoveKind::Demoted => from,
            MoveKind::Entered
            | MoveKind::Advanced
            | MoveKind::Kept
            | MoveKind::Overridden
            | MoveKind::OverrideEnded
            | MoveKind::Ended => return Vec::new(),
        };
        unkept(self.track, self.proof, held)
    }
}

/// A standing that is so near to the next tier.
fn nearness(row: standing::Model, near: Option<&Near>) -> standing::Model {
    standing::Model {
        next_tier: near.map(|it| it.tier.clone()),
        next_missing: near.map_or(0, |it| i32::try_from(it.missing).unwrap_or(i32::MAX)),
        next_reached: near.map_or(0, |it| it.reached.into()),
        ..row
    }
}

fn steady(tier: Option<String>, now: DateTime<Utc>) -> Standing {
    Standing {
        tier,
        since: now,
        phase: Phase::Steady,
        looked_at: now,
    }
}

fn kind(what: &Move) -> MoveKind {
    match what {
        Move::Entered => MoveKind::Entered,
        Move::Advanced { .. } => MoveKind::Advanced,
        Move::AtRisk { .. } => MoveKind::AtRisk,
        Move::GraceStarted { .. } => MoveKind::GraceStarted,
        Move::Kept => MoveKind::Kept,
        Move::Demoted { .. } => MoveKind::Demoted,
    }
}

/// Ends a standing on a track that the program does not have any more.
async fn end(permit: &Permit<'_>, program: &InForce, row: standing::Model) -> Result<()> {
    let from = row.tier.clone();
    let row = store::with(row, steady(None, permit.now()), 0);
    let row = nearness(row, None);
    let row = standing::Model {
        earned: None,
        override_id: None,
        ended_at: Some(permit.now()),
        ..row
    };
    let row = store::write(permit, row, false).await?;
    let detail = Detail::TierTrackEnded {
        program: program.program.slug.clone(),
        track: row.track.clone(),
        from: from.clone(),
    };
    fact::record(permit, about(&row), &detail).await?;
    write_move(permit, program, &row, (MoveKind::Ended, from), None, None).await
}

/// Notes what became of a standing, as a line and as a fact.
async fn note(
    permit: &Permit<'_>,
    program: &InForce,
    turned: &Turned<'_>,
    evaluation: Option<EvaluationId>,
) -> Result<()> {
    let row = &turned.standing;
    let moved = (turned.kind, turned.from.clone());
    let given = turned.given.map(|it| it.id);
    write_move(permit, program, row, moved, evaluation, given).await?;
    let detail = detail(&program.program.slug, turned);
    fact::record(permit, about(row), &detail).await?;
    Ok(())
}

async fn write_move(
    permit: &Permit<'_>,
    program: &InForce,
    row: &standing::Model,
    (kind, from): Moved,
    evaluation: Option<EvaluationId>,
    given: Option<StandingOverrideId>,
) -> Result<()> {
    let line = standing_move::Model {
        id: permit.new_id(),
        standing_id: row.id,
        partner_id: row.partner_id,
        program_version_id: program.version.id,
        track: row.track.clone(),
        kind,
        tier: row.tier.clone(),
        from_tier: from,
        earned: row.earned.clone(),
        decided_on: row.decided_on,
        moved_at: permit.now(),
        evaluation_id: evaluation,
        override_id: given,
    };
    standing_move::Entity::insert(line.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

pub(super) fn about(row: &standing::Model) -> About {
    About {
        partner: Some(row.partner_id),
        person: None,
        subject: row.id.0,
    }
}

fn detail(program: &str, turned: &Turned<'_>) -> Detail {
    let row = &turned.standing;
    let (program, track) = (program.to_owned(), row.track.clone());
    let (tier, from, earned) = (row.tier.clone(), turned.from.clone(), row.earned.clone());
    let day = row.decided_on.unwrap_or(NaiveDate::MAX);
    match turned.kind {
        MoveKind::Entered => Detail::TierEntered {
            program,
            track,
            tier,
        },
        MoveKind::Advanced => Detail::TierAdvanced {
            program,
            track,
            tier,
            from,
        },
        MoveKind::AtRisk => Detail::TierAtRisk {
            program,
            track,
            tier,
            earned,
            decided_on: day,
        },
        MoveKind::GraceStarted => Detail::TierGraceStarted {
            program,
            track,
            tier,
            earned,
            ends_on: day,
        },
        MoveKind::Kept => Detail::TierKept {
            program,
            track,
            tier,
        },
        MoveKind::Demoted => Detail::TierDemoted {
            program,
            track,
            tier,
            from,
        },
        MoveKind::Overridden => Detail::TierOverridden {
            program,
            track,
            tier,
            from,
            ends_on: turned.given.map_or(day, |it| it.ends_on),
        },
        MoveKind::OverrideEnded => Detail::TierOverrideEnded {
            program,
            track,
            tier,
        },
        MoveKind::Ended => Detail::TierTrackEnded {
            program,
            track,
            from,
        },
    }
}
