//! What other systems tell, and what takes the place of it: many facts at once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::id::{FactId, PartnerId};
use entity::{fact, standing};
use sea_orm::sea_query::{Condition, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel};

use super::{Detail, payload, recorded_at};
use crate::error::{Error, Result};
use crate::op::Permit;

/// Rows of a statement: all their values are less than what either database takes.
const ROWS: usize = 500;

/// A fact about a partner that another system tells, or that takes the place of one that it told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// To which partner it happened.
    pub partner: PartnerId,
    /// What happened.
    pub detail: Detail,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The system that tells it.
    pub source: Option<String>,
    /// What that system calls it. No two facts of a system are called alike.
    pub external_id: Option<String>,
    /// The fact whose place it takes. No two take the place of one.
    pub corrects: Option<FactId>,
}

/// Records what was told, in its order: with the same instant, and with ids that rise. Each proves
/// itself: the row that proves it is kept by the other system.
///
/// # Errors
/// What the database said. Who calls has looked, in the same transaction, whether something of it
/// is known or corrected already.
pub async fn record_told(permit: &Permit<'_>, told: &[Told]) -> Result<Vec<FactId>> {
    let recorded_by = permit.op().actor().person().map(|person| person.id);
    let mut ids = Vec::with_capacity(told.len());
    for part in told.chunks(ROWS) {
        let partners: BTreeSet<_> = part.iter().map(|fact| fact.partner).collect();
        let owners = Condition::all().add(standing::Column::PartnerId.is_in(partners));
        let recorded_at = recorded_at(permit, &owners).await?;
        let mut rows = Vec::with_capacity(part.len());
        for fact in part {
            let id: FactId = permit.new_id();
            ids.push(id);
            let row = fact::Model {
                id,
                kind: fact.detail.kind().to_owned(),
                partner_id: Some(fact.partner),
                person_id: None,
                subject_id: id.0,
                detail: payload(&fact.detail)?,
                occurred_at: fact.occurred_at,
                recorded_at,
                recorded_by,
                corrects_id: fact.corrects,
                source: fact.source.clone(),
                external_id: fact.external_id.clone(),
            };
            rows.push(row.into_active_model().reset_all());
        }
        // On PostgreSQL a row that somebody else wrote meanwhile, and that cannot be seen yet, is a
        // reason to try again, where a taken key would be a failure.
        let written = fact::Entity::insert_many(rows)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(permit.writer())
            .await?;
        let is_whole = usize::try_from(written).is_ok_and(|written| written == part.len());
        if !is_whole {
            return Err(Error::fault("a fact was told that was there already"));
        }
    }
    Ok(ids)
}
