//! Where partners stand, what became of it, why, and what they say against it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, NaiveDate, Utc};
use entity::appeal::{self, AppealState};
use entity::file_use::{self, UseKind};
use entity::id::ProgramId;
use entity::standing::{self, StandingPhase};
use entity::standing_move::{self, MoveKind};
use entity::standing_override::{self, OverrideState};
use entity::{evaluation, recognition, verdict};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::of_own_partners;
use crate::error::Result;
use crate::identity::profile::reader_locale;
use crate::op::Op;
use crate::program::document::Document;
use crate::program::store::in_force_at;
use crate::reads::file::File;
use crate::reads::identity::Person;
use crate::reads::library::AssetCollection;
use crate::reads::partner::{Partner, Verdict};
use crate::reads::program::{Program, ProgramVersion, takes_part};
use crate::shape::{
    Batch, Chosen, Direction, Fields, LINKED_MOST, Loading, Shape, Sight, everything, nothing,
};
use crate::tier::because::because;

/// Where a partner stands on a track.
#[derive(Debug)]
pub struct Standing;

/// What became of a standing.
#[derive(Debug)]
pub struct StandingMove;

/// A tier that people gave against the rules.
#[derive(Debug)]
pub struct StandingOverride;

/// One computation of where a partner stands.
#[derive(Debug)]
pub struct Evaluation;

/// A partner's word against an evaluation.
#[derive(Debug)]
pub struct Appeal;

/// An advancement that all partners read.
#[derive(Debug)]
pub struct Recognition;

impl Shape for Standing {
    type Entity = standing::Entity;
    const NAME: &'static str = "Standing";
    const ABOUT: &'static str = "Where a partner stands on a track of a program. Why, `standingExplain` tells; what is missing to \
         the next tier, `standingNext`.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, standing::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use standing::Column;
        fields
            .id()
            .one_required::<Partner>("partner", Column::PartnerId, "Which partner.")
            .filter()
            .one_required::<Program>("program", Column::ProgramId, "In which program.")
            .filter()
            .column::<String>("track", Column::Track, "The track, by its key.")
            .filter()
            .batch("trackName", "What the track is called, in your language where the program has it.", track_names)
            .column::<Option<String>>("tier", Column::Tier, "The tier, by its key; null for none.")
            .filter()
            .batch("tierName", "What the tier is called, in your language where the program has it.", tier_names)
            .column::<i32>("tierRank", Column::TierRank, "How high the tier is: 0 for none, 1 for the lowest.")
            .filter()
            .order()
            .column::<Option<String>>("earned", Column::Earned, "The highest tier that is earned, by its key, whatever it stands on; null for none.")
            .filter()
            .column::<Option<String>>("nextTier", Column::NextTier, "The tier above the one that is earned, by its key; null at the top.")
            .filter()
            .column::<i32>("nextMissing", Column::NextMissing, "How many of the requirements of the next tier are missing: which, `standingNext` tells.")
            .filter()
            .column::<i32>("nextReached", Column::NextReached, "How far the one of them has come that has come least, in per cent: 99 is nearly there.")
            .filter()
            .order()
            .column::<Chosen<StandingPhase>>("phase", Column::Phase, "How safe the tier is.")
            .filter()
            .column::<Option<DateTime<Utc>>>("phaseSince", Column::PhaseSince, "Since when it is at risk, or in grace.")
            .column::<Option<NaiveDate>>("decidedOn", Column::DecidedOn, "The day on which that is decided, or grace ends, in the program's zone.")
            .filter()
            .column::<DateTime<Utc>>("since", Column::Since, "Since when it stands on the tier.")
            .filter()
            .order()
            .column::<DateTime<Utc>>("lookedAt", Column::LookedAt, "When it was last looked at.")
            .one::<Evaluation>("evaluation", Column::EvaluationId, "The evaluation that decided last.")
            .one::<StandingOverride>("overriddenBy", Column::OverrideId, "Who gave the tier, where the rules did not.")
            .column::<Option<DateTime<Utc>>>("endedAt", Column::EndedAt, "When the program ceased to have such a track.")
            .filter()
            .many::<StandingMove>("moves", standing_move::Column::StandingId, "What became of it, the latest first: where it stood on a day is the last line before it.")
            .many::<Appeal>("appeals", appeal::Column::StandingId, "What the partner says against it.")
            .linked::<AssetCollection>("collections", "Collections of assets that are pinned to its tier, by title; at most twenty. None once it has ended.", super::library::beside_standings)
            .sorted("since", Direction::Descending);
    }
}

/// Names in the documents in force: of the tracks and tiers of these standings.
async fn named(
    batch: Batch<'_>,
    name: fn(&Document, &standing::Model, &str) -> Option<String>,
) -> Result<HashMap<Uuid, String>> {
    let reader = reader_locale(batch.op, batch.db).await?;
    let rows = standing::Entity::find()
        .filter(standing::Column::Id.is_in(batch.keys.iter().copied()))
        .all(batch.db)
        .await?;
    let mut documents: HashMap<ProgramId, Option<Document>> = HashMap::new();
    let mut names = HashMap::new();
    for row in rows {
        let document = match documents.entry(row.program_id) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(gap) => {
                let version = in_force_at(batch.db, row.program_id, batch.op.now()).await?;
                let document = version.map(|it| Document::from_yaml(&it.document));
                gap.insert(document.transpose()?)
            }
        };
        if let Some(name) = document.as_ref().and_then(|it| name(it, &row, &reader)) {
            names.insert(row.id.0, name);
        }
    }
    Ok(names)
}

fn track_names(batch: Batch<'_>) -> Loading<'_, String> {
    Box::pin(named(batch, |document, row, locale| {
        let track = document.track(&row.track)?;
        Some(track.name.read(locale, &document.locale).to_owned())
    }))
}

fn tier_names(batch: Batch<'_>) -> Loading<'_, String> {
    Box::pin(named(batch, |document, row, locale| {
        let name = document.tier_name(&row.track, row.tier.as_deref()?, locale)?;
        Some(name.to_owned())
    }))
}

impl Shape for StandingMove {
    type Entity = standing_move::Entity;
    const NAME: &'static str = "StandingMove";
    const ABOUT: &'static str = "What became of a standing; never edited.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, standing_move::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use standing_move::Column;
        fields
            .id()
            .one_required::<Standing>("standing", Column::StandingId, "Of which standing.")
            .one_required::<Partner>("partner", Column::PartnerId, "Of which partner.")
            .filter()
            .one::<ProgramVersion>(
                "programVersion",
                Column::ProgramVersionId,
                "Under which version.",
            )
            .filter()
            .column::<String>("track", Column::Track, "On which track, by its key.")
            .filter()
            .column::<Chosen<MoveKind>>("kind", Column::Kind, "What.")
            .filter()
            .column::<Option<String>>(
                "tier",
                Column::Tier,
                "The tier from then on, by its key; null for none.",
            )
            .filter()
            .column::<Option<String>>(
                "fromTier",
                Column::FromTier,
                "The tier before, by its key; null for none.",
            )
            .filter()
            .column::<Option<String>>(
                "earned",
                Column::Earned,
                "The tier that was earned then, by its key; null for none.",
            )
            .column::<Option<NaiveDate>>(
                "decidedOn",
                Column::DecidedOn,
                "Where the tier is at risk or in grace: when that is decided, or ends.",
            )
            .column::<DateTime<Utc>>("movedAt", Column::MovedAt, "When.")
            .filter()
            .order()
            .one::<Evaluation>(
                "evaluation",
                Column::EvaluationId,
                "The evaluation from which it follows.",
            )
            .one::<StandingOverride>(
                "overriddenBy",
                Column::OverrideId,
                "Who gave the tier, where the rules did not.",
            )
            .batch(
                "because",
                "Why, in your language where the program has it, twelve reasons at most: of a tier that was reached or kept, what is met of it that was not before; of one that is at risk or was lost, what was missed; of one that people gave, their reason. Empty where nothing is known of it.",
                reasons,
            )
            .sorted("movedAt", Direction::Descending);
    }
}

fn reasons(batch: Batch<'_>) -> Loading<'_, Vec<String>> {
    Box::pin(async move {
        let reader = reader_locale(batch.op, batch.db).await?;
        let moves = standing_move::Entity::find()
            .filter(standing_move::Column::Id.is_in(batch.keys.iter().copied()))
            .all(batch.db)
            .await?;
        because(batch.db, &moves, &reader).await
    })
}

impl Shape for StandingOverride {
    type Entity = standing_override::Entity;
    const NAME: &'static str = "StandingOverride";
    const ABOUT: &'static str = "A tier that people give a partner against the rules: proposed by one, decided by another one, until \
         a day. Members see those of their partner that counted.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let counted = [OverrideState::Approved, OverrideState::Ended];
        of_own_partners(actor, standing_override::Column::PartnerId)
            .add(standing_override::Column::State.is_in(counted))
    }

    fn fields(fields: &mut Fields<Self>) {
        use standing_override::Column;
        fields
            .id()
            .one_required::<Partner>("partner", Column::PartnerId, "Which partner.")
            .filter()
            .one_required::<Program>("program", Column::ProgramId, "In which program.")
            .column::<String>("track", Column::Track, "On which track, by its key.")
            .column::<String>("tier", Column::Tier, "Which tier, by its key.")
            .column::<String>("reason", Column::Reason, "Why, for the partner to read.")
            .column::<NaiveDate>(
                "endsOn",
                Column::EndsOn,
                "Its last day, in the program's zone.",
            )
            .column::<Chosen<OverrideState>>("state", Column::State, "How far it is.")
            .filter()
            .one::<Person>(
                "proposedBy",
                Column::ProposedBy,
                "Who proposed it, where you see them.",
            )
            .column::<DateTime<Utc>>("proposedAt", Column::ProposedAt, "When.")
            .filter()
            .order()
            .one::<Person>(
                "decidedBy",
                Column::DecidedBy,
                "Who decided, where you see them.",
            )
            .column::<Option<DateTime<Utc>>>("decidedAt", Column::DecidedAt, "When it was decided.")
            .column::<i32>(
                "version",
                Column::Version,
                "Counts edits. Give it as `expectedVersion` when you decide or end it.",
            )
            .sorted("proposedAt", Direction::Descending);
    }
}

impl Shape for Evaluation {
    type Entity = evaluation::Entity;
    const NAME: &'static str = "Evaluation";
    const ABOUT: &'static str = "A computation of where a partner stands, kept with its proof. It can be computed anew from the facts \
         that were known then, and gives the same proof byte for byte.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, evaluation::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use evaluation::Column;
        fields
            .id()
            .one_required::<Partner>("partner", Column::PartnerId, "Of which partner.")
            .filter()
            .one::<ProgramVersion>("programVersion", Column::ProgramVersionId, "Under which version.")
            .filter()
            .column::<DateTime<Utc>>("asOf", Column::AsOf, "The instant that was looked at.")
            .filter()
            .order()
            .column::<DateTime<Utc>>("knownOn", Column::KnownOn, "What was recorded until then was known.")
            .column::<String>("proof", Column::Proof, "The proof as JSON, byte for byte: each metric with its window and evidence, each requirement with its limit. `evaluationProof` tells it typed.")
            .column::<String>("digest", Column::Digest, "SHA-256 of the proof, in hex.")
            .many::<StandingMove>("moves", standing_move::Column::EvaluationId, "What followed from it.")
            .sorted("asOf", Direction::Descending);
    }
}

impl Shape for Appeal {
    type Entity = appeal::Entity;
    const NAME: &'static str = "Appeal";
    const ABOUT: &'static str =
        "What a partner says against the evaluation that decided where it stands.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, appeal::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use appeal::Column;
        fields
            .id()
            .one_required::<Partner>("partner", Column::PartnerId, "Whose.")
            .filter()
            .one_required::<Standing>("standing", Column::StandingId, "Against which standing.")
            .one_required::<Evaluation>(
                "evaluation",
                Column::EvaluationId,
                "Against which evaluation: the one that decided last, or where that was too long ago, what was judged last.",
            )
            .column::<Chosen<AppealState>>("state", Column::State, "How far it is.")
            .filter()
            .column::<String>(
                "reason",
                Column::Reason,
                "What is wrong, in the partner's words. What it said before it was mended is in the audit trail.",
            )
            .linked::<File>("files", "What proves it.", files)
            .one::<Person>(
                "submittedBy",
                Column::SubmittedBy,
                "Who submitted it, where you see them.",
            )
            .column::<DateTime<Utc>>(
                "submittedAt",
                Column::SubmittedAt,
                "When it was last submitted.",
            )
            .filter()
            .order()
            .column::<DateTime<Utc>>(
                "answerBy",
                Column::AnswerBy,
                "Until when it is to be answered.",
            )
            .filter()
            .derived(
                "isOverdue",
                [Column::AnswerBy, Column::State],
                "Whether that time is over and it still waits for a reviewer.",
                |op: &Op, (by, state): (DateTime<Utc>, Chosen<AppealState>)| {
                    state.0 == AppealState::Submitted && by < op.now()
                },
            )
            .column::<Option<DateTime<Utc>>>("decidedAt", Column::DecidedAt, "When it was decided.")
            .one::<StandingOverride>(
                "remedy",
                Column::OverrideId,
                "The tier that was given with it.",
            )
            .many::<Verdict>(
                "verdicts",
                verdict::Column::SubjectId,
                "What reviewers said, the latest first, each of the version that they read.",
            )
            .column::<i32>(
                "version",
                Column::Version,
                "Counts edits. Give it as `expectedVersion` when you mend, withdraw or decide it.",
            )
            .sorted("submittedAt", Direction::Descending);
    }
}

fn files(batch: Batch<'_>) -> Loading<'_, Vec<Uuid>> {
    Box::pin(async move {
        use file_use::Column;
        let rows = file_use::Entity::find()
            .filter(Column::SubjectKind.eq(UseKind::Appeal))
            .filter(Column::SubjectId.is_in(batch.keys.iter().copied()))
            .order_by_asc(Column::FileId)
            .all(batch.db)
            .await?;
        let mut files: HashMap<Uuid, Vec<Uuid>> =
            batch.keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in rows {
            let of = files.entry(row.subject_id).or_default();
            if of.len() < LINKED_MOST {
                of.push(row.file_id.0);
            }
        }
        Ok(files)
    })
}

impl Shape for Recognition {
    type Entity = recognition::Entity;
    const NAME: &'static str = "Recognition";
    const ABOUT: &'static str = "A partner went up: what all partners read of it, in the words of that day. Partners that do not want \
         it are not here.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() || takes_part(actor) {
            everything()
        } else {
            nothing()
        }
    }

    fn fields(fields: &mut Fields<Self>) {
        use recognition::Column;
        fields
            .id()
            .column::<String>(
                "partnerName",
                Column::PartnerName,
                "What the partner was called that day.",
            )
            .column::<String>("programName", Column::Program, "The program.")
            .column::<String>("trackName", Column::Track, "The track.")
            .column::<String>("tierName", Column::Tier, "The tier.")
            .one::<Partner>(
                "partner",
                Column::PartnerId,
                "The partner, where you see it.",
            )
            .column::<DateTime<Utc>>("advancedAt", Column::AdvancedAt, "When.")
            .filter()
            .order()
            .sorted("advancedAt", Direction::Descending);
    }
}
