//! Why standings moved, in words: of a tier that was reached or kept, what is met of it that was not met
//! before; of one that is at risk or was lost, what was missed; of one that people gave, their reason.
//!
//! It is read from the evaluations that are kept, so it says what was judged then, as letters did.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::id::{EvaluationId, PartnerId, ProgramVersionId};
use entity::standing_move::{self, MoveKind};
use entity::standing_override::OverrideState;
use entity::{evaluation, program_version, standing_override};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::error::Result;
use crate::program::document::{Document, Track};
use crate::program::outlook::unkept;
use crate::program::proof::{Evaluation, RequirementProof, TrackProof, Verdict};
use crate::program::simulate::met;
use crate::program::words::Words;

/// How many reasons are told at most.
const REASONS: usize = 12;

/// Why each of these came about, by their keys, in a reader's language; nothing where nothing is known
/// of it.
///
/// # Errors
/// What the database said; a fault where a version's document is none.
pub async fn because(
    db: &DatabaseExecutor<'_>,
    moves: &[standing_move::Model],
    locale: &str,
) -> Result<HashMap<Uuid, Vec<String>>> {
    let given = reasons_given(db, moves).await?;
    let before = before(db, moves).await?;
    let named = moves.iter().filter_map(|it| it.evaluation_id);
    let proofs = proofs(db, named.chain(before.values().copied())).await?;
    let versions = moves.iter().map(|it| it.program_version_id);
    let documents = documents(db, versions).await?;
    let why = |row: &standing_move::Model| {
        if row.kind == MoveKind::Overridden {
            let reason = row.override_id.and_then(|it| given.get(&it.0));
            return reason.cloned().into_iter().collect();
        }
        let track = |id: EvaluationId| proofs.get(&id)?.track(&row.track);
        let Some(proof) = row.evaluation_id.and_then(track) else {
            return Vec::new();
        };
        let Some(document) = documents.get(&row.program_version_id) else {
            return Vec::new();
        };
        let earlier = before.get(&row.id.0).copied().and_then(track);
        let words = Words::of(document, locale);
        let Some(track) = document.track(&row.track) else {
            return Vec::new();
        };
        let reasons = reasons(track, row, proof, earlier);
        let told = reasons.iter().take(REASONS);
        told.map(|it| words.judged(it)).collect()
    };
    Ok(moves.iter().map(|it| (it.id.0, why(it))).collect())
}

fn reasons(
    track: &Track,
    row: &standing_move::Model,
    proof: &TrackProof,
    earlier: Option<&TrackProof>,
) -> Vec<RequirementProof> {
    match row.kind {
        MoveKind::Entered | MoveKind::Advanced | MoveKind::Kept => {
            come_to_be_met(proof, earlier, row.tier.as_deref())
        }
        MoveKind::AtRisk | MoveKind::GraceStarted => unkept(track, proof, row.tier.as_deref()),
        MoveKind::Demoted => unkept(track, proof, row.from_tier.as_deref()),
        MoveKind::Overridden | MoveKind::OverrideEnded | MoveKind::Ended => Vec::new(),
    }
}

/// What a tier asks for that is there and was not there before; all that is there where that is nothing,
/// as where other rules have come.
fn come_to_be_met(
    proof: &TrackProof,
    earlier: Option<&TrackProof>,
    tier: Option<&str>,
) -> Vec<RequirementProof> {
    let before = earlier.and_then(|it| it.tier(tier));
    let now = proof.tier(tier).into_iter().flat_map(|it| &it.requires);
    let was_met = |place: usize| {
        let before = before.and_then(|it| it.requires.get(place));
        before.is_none_or(|it| it.verdict != Verdict::NotMet)
    };
    let come = now
        .enumerate()
        .filter(|(place, it)| it.verdict == Verdict::Met && !was_met(*place))
        .map(|(_, it)| it.clone());
    let come: Vec<_> = come.collect();
    if come.is_empty() {
        return met(proof, tier);
    }
    come
}

/// Whether what is met of the tier has to be held against what was before.
fn asks_for_before(kind: MoveKind) -> bool {
    match kind {
        MoveKind::Entered | MoveKind::Advanced | MoveKind::Kept => true,
        MoveKind::AtRisk
        | MoveKind::GraceStarted
        | MoveKind::Demoted
        | MoveKind::Overridden
        | MoveKind::OverrideEnded
        | MoveKind::Ended => false,
    }
}

/// By move, the evaluation of the same rules that was kept before the one from which it follows.
async fn before(
    db: &DatabaseExecutor<'_>,
    moves: &[standing_move::Model],
) -> Result<HashMap<Uuid, EvaluationId>> {
    use evaluation::Column;
    let asking = || moves.iter().filter(|it| asks_for_before(it.kind));
    if asking().next().is_none() {
        return Ok(HashMap::new());
    }
    let kept: Vec<(EvaluationId, PartnerId, ProgramVersionId, DateTime<Utc>)> =
        evaluation::Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::PartnerId,
                Column::ProgramVersionId,
                Column::AsOf,
            ])
            .filter(Column::PartnerId.is_in(asking().map(|it| it.partner_id)))
            .filter(Column::ProgramVersionId.is_in(asking().map(|it| it.program_version_id)))
            .order_by_asc(Column::AsOf)
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(db)
            .await?;
    let found = asking().filter_map(|row| {
        let mut earlier = kept.iter().rev().filter(|(_, partner, version, as_of)| {
            *partner == row.partner_id
                && *version == row.program_version_id
                && *as_of < row.moved_at
        });
        Some((row.id.0, earlier.next()?.0))
    });
    Ok(found.collect())
}

async fn proofs(
    db: &DatabaseExecutor<'_>,
    ids: impl Iterator<Item = EvaluationId>,
) -> Result<BTreeMap<EvaluationId, Evaluation>> {
    let rows = evaluation::Entity::find()
        .filter(evaluation::Column::Id.is_in(ids))
        .all(db)
        .await?;
    // What cannot be read any more says nothing here; `program verify` tells that.
    let read = rows
        .iter()
        .filter_map(|row| Some((row.id, serde_json::from_str(&row.proof).ok()?)));
    Ok(read.collect())
}

async fn documents(
    db: &DatabaseExecutor<'_>,
    ids: impl Iterator<Item = ProgramVersionId>,
) -> Result<BTreeMap<ProgramVersionId, Document>> {
    let rows = program_version::Entity::find()
        .filter(program_version::Column::Id.is_in(ids))
        .all(db)
        .await?;
    rows.iter()
        .map(|row| Ok((row.id, Document::from_yaml(&row.document)?)))
        .collect()
}

/// Why people gave tiers, by override.
async fn reasons_given(
    db: &DatabaseExecutor<'_>,
    moves: &[standing_move::Model],
) -> Result<HashMap<Uuid, String>> {
    use standing_override::Column;
    let overridden = moves.iter().filter(|it| it.kind == MoveKind::Overridden);
    let rows = standing_override::Entity::find()
        .filter(Column::Id.is_in(overridden.filter_map(|it| it.override_id)))
        .filter(Column::State.is_in([OverrideState::Approved, OverrideState::Ended]))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|it| (it.id.0, it.reason)).collect())
}
