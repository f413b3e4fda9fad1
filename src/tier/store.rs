//! What tiers read, and the rows that a look leaves behind.

use chrono::{DateTime, Utc};
use entity::id::{EvaluationId, PartnerId, ProgramId, StandingId, StandingOverrideId};
use entity::standing::StandingPhase;
use entity::standing_move::MoveKind;
use entity::standing_override::OverrideState;
use entity::{evaluation, standing, standing_move, standing_override};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, Select,
};

use crate::digest;
use crate::error::{Error, Result};
use crate::op::{Permit, Tx};
use crate::program::proof::Evaluation;
use crate::program::standing::{Phase, Standing};
use crate::submission::check_written;

/// Where a partner stands in a program, track by track.
///
/// # Errors
/// What the database said.
pub async fn standings(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
    program: ProgramId,
) -> Result<Vec<standing::Model>> {
    Ok(standing::Entity::find()
        .filter(standing::Column::PartnerId.eq(partner))
        .filter(standing::Column::ProgramId.eq(program))
        .order_by_asc(standing::Column::Id)
        .all(db)
        .await?)
}

/// A standing that the asker may know of.
pub(super) async fn standing_for(tx: &Tx, id: StandingId) -> Result<standing::Model> {
    tx.op().actor().known()?;
    let found = standing::Entity::find_by_id(id).one(&tx.reader()).await?;
    found
        .filter(|row| is_seen(tx, row.partner_id))
        .ok_or(Error::NotFound("Standing"))
}

/// Whether the asker may know of what is a partner's.
pub(super) fn is_seen(tx: &Tx, partner: PartnerId) -> bool {
    let actor = tx.op().actor();
    actor.is_staff() || actor.partners().any(|own| own == partner)
}

/// A standing by its key.
///
/// # Errors
/// [`Error::NotFound`], or what the database said.
pub async fn standing(db: &DatabaseExecutor<'_>, id: StandingId) -> Result<standing::Model> {
    standing::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Standing"))
}

/// An evaluation by its key.
///
/// # Errors
/// [`Error::NotFound`], or what the database said.
pub async fn evaluation(db: &DatabaseExecutor<'_>, id: EvaluationId) -> Result<evaluation::Model> {
    evaluation::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Evaluation"))
}

/// An override that the asker may know of.
pub(super) async fn override_for(
    tx: &Tx,
    id: StandingOverrideId,
) -> Result<standing_override::Model> {
    tx.op().actor().known()?;
    let db = tx.reader();
    let found = standing_override::Entity::find_by_id(id).one(&db).await?;
    found
        .filter(|row| is_seen(tx, row.partner_id))
        .ok_or(Error::NotFound("StandingOverride"))
}

/// Overrides of a partner in a program that count until they end.
pub(super) async fn overrides(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
    program: ProgramId,
) -> Result<Vec<standing_override::Model>> {
    use standing_override::Column;
    Ok(standing_override::Entity::find()
        .filter(Column::PartnerId.eq(partner))
        .filter(Column::ProgramId.eq(program))
        .filter(Column::State.eq(OverrideState::Approved))
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// All overrides of a track, whatever their state.
fn overrides_of(standing: &standing::Model) -> Select<standing_override::Entity> {
    use standing_override::Column;
    standing_override::Entity::find()
        .filter(Column::PartnerId.eq(standing.partner_id))
        .filter(Column::ProgramId.eq(standing.program_id))
        .filter(Column::Track.eq(&standing.track))
}

/// The override of a track that is proposed or counts, if there is one.
pub(super) async fn open_override(
    db: &DatabaseExecutor<'_>,
    standing: &standing::Model,
) -> Result<Option<standing_override::Model>> {
    use standing_override::Column;
    Ok(overrides_of(standing)
        .filter(Column::State.is_in([OverrideState::Proposed, OverrideState::Approved]))
        .one(db)
        .await?)
}

/// Writes an override as it is now, if it still was as it was read.
pub(super) async fn write_override(
    permit: &Permit<'_>,
    row: &standing_override::Model,
) -> Result<()> {
    let written = standing_override::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(standing_override::Column::Id.eq(row.id))
        .filter(standing_override::Column::Version.eq(row.version - 1))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)
}

/// Keeps an evaluation with its proof, byte for byte.
pub(super) async fn keep(
    permit: &Permit<'_>,
    partner: PartnerId,
    version: entity::id::ProgramVersionId,
    evaluation: &Evaluation,
) -> Result<EvaluationId> {
    let proof = serde_json::to_string(evaluation)?;
    let row = evaluation::Model {
        id: permit.new_id(),
        partner_id: partner,
        program_version_id: version,
        as_of: evaluation.as_of,
        known_on: evaluation.known_on,
        digest: digest::hex(&digest::plain(&proof)),
        proof,
    };
    let id = row.id;
    evaluation::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(id)
}

/// Writes a standing: a new one, or over the one that is there.
pub(super) async fn write(
    permit: &Permit<'_>,
    row: standing::Model,
    is_new: bool,
) -> Result<standing::Model> {
    let kept = row.clone().into_active_model().reset_all();
    if is_new {
        standing::Entity::insert(kept)
            .exec_without_returning(permit.writer())
            .await?;
    } else {
        kept.update(permit.writer()).await?;
    }
    Ok(row)
}

/// Notes that standings were looked at.
pub(super) async fn note_look(permit: &Permit<'_>, looked_at: &[StandingId]) -> Result<()> {
    if looked_at.is_empty() {
        return Ok(());
    }
    standing::Entity::update_many()
        .col_expr(
            standing::Column::LookedAt,
            sea_orm::sea_query::Expr::value(permit.now()),
        )
        .filter(standing::Column::Id.is_in(looked_at.iter().copied()))
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// The last thing that became of a standing up to an instant; none where it did not stand yet.
///
/// # Errors
/// What the database said.
pub async fn move_before(
    db: &DatabaseExecutor<'_>,
    standing: StandingId,
    at: DateTime<Utc>,
) -> Result<Option<standing_move::Model>> {
    use standing_move::Column;
    Ok(standing_move::Entity::find()
        .filter(Column::StandingId.eq(standing))
        .filter(Column::MovedAt.lte(at))
        .order_by_desc(Column::MovedAt)
        .order_by_desc(Column::Id)
        .one(db)
        .await?)
}

/// What people had given against the rules where that is what became of a standing last: while it
/// counts, the rules move nothing.
///
/// # Errors
/// What the database said.
pub async fn given_by(
    db: &DatabaseExecutor<'_>,
    standing: &standing::Model,
    last: Option<&standing_move::Model>,
) -> Result<Option<standing_override::Model>> {
    use standing_override::Column;
    let Some(last) = last.filter(|it| it.kind == MoveKind::Overridden) else {
        return Ok(None);
    };
    Ok(overrides_of(standing)
        .filter(Column::State.is_in([OverrideState::Approved, OverrideState::Ended]))
        .filter(Column::DecidedAt.lte(last.moved_at))
        .order_by_desc(Column::DecidedAt)
        .order_by_desc(Column::Id)
        .one(db)
        .await?)
}

/// A row as the rules know it.
pub(super) fn known(row: &standing::Model) -> Standing {
    let phase = match (row.phase, row.phase_since, row.decided_on) {
        (StandingPhase::AtRisk, Some(since), Some(decided_on)) => {
            Phase::AtRisk { since, decided_on }
        }
        (StandingPhase::Grace, Some(since), Some(ends_on)) => Phase::Grace { since, ends_on },
        (StandingPhase::Steady | StandingPhase::AtRisk | StandingPhase::Grace, _, _) => {
            Phase::Steady
        }
    };
    Standing {
        tier: row.tier.clone(),
        since: row.since,
        phase,
        looked_at: row.looked_at,
    }
}

/// What the rules say, in a row.
pub(super) fn with(row: standing::Model, known: Standing, rank: usize) -> standing::Model {
    let (phase, phase_since, decided_on) = match known.phase {
        Phase::Steady => (StandingPhase::Steady, None, None),
        Phase::AtRisk { since, decided_on } => {
            (StandingPhase::AtRisk, Some(since), Some(decided_on))
        }
        Phase::Grace { since, ends_on } => (StandingPhase::Grace, Some(since), Some(ends_on)),
    };
    standing::Model {
        tier: known.tier,
        tier_rank: i32::try_from(rank).unwrap_or(i32::MAX),
        phase,
        phase_since,
        decided_on,
        since: known.since,
        looked_at: known.looked_at,
        ..row
    }
}
