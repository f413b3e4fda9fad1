//! Corrections: a later fact takes the place of an earlier one, or takes it back.
//!
//! A fact is corrected once. Who corrects it again corrects the one that took its place, and has to
//! have seen that one: two who correct the same at once are not both right.

use chrono::{DateTime, Utc};
use entity::fact::{Column, Entity, Model};
use entity::id::FactId;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter};
use serde_json::json;

use super::check::{self, At};
use super::line::{Raw, Whose};
use super::record::{newest, react};
use crate::audit;
use crate::auth::{Permission, Scope};
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail, Told};
use crate::op::{Op, Permit};
use crate::submission::REASON;

/// The codes with which a correction is refused, beside those of facts.
pub const CODES: &[&str] = &["CONFLICT", "NOT_FROM_OUTSIDE", "RETRACTED"];

/// Which fact is corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one, which nothing has corrected yet.
    Id(FactId),
    /// The one that stands today for what a system told under that name.
    External {
        /// The system.
        source: String,
        /// What it calls it.
        external_id: String,
    },
}

/// What is right.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// This, of the same kind and of the same partner.
    Replace(Replacement),
    /// It did not happen.
    Retract,
}

/// What takes a fact's place.
#[derive(Clone, Debug, PartialEq)]
pub struct Replacement {
    /// When it happened; none where that was right.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Its kind.
    pub kind: String,
    /// The fields of its kind, all of them.
    pub detail: serde_json::Map<String, serde_json::Value>,
    /// Where in the input they stand.
    pub at: String,
}

/// A correction.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// Of which fact.
    pub which: Which,
    /// What is right.
    pub change: Change,
    /// Why.
    pub reason: String,
}

/// Corrects a fact that came from outside; answers the fact that takes its place.
///
/// # Errors
/// Refusals of [`CODES`] and of [`super::CODES`]; [`Error::NotFound`] where there is no such fact.
pub async fn correct(op: &Op, correction: Correction) -> Result<FactId> {
    op.unit(correction, |tx, correction| {
        Box::pin(async move {
            let permit = tx.permit(Permission::RecordFacts, Scope::Portal)?;
            let db = permit.reader();
            let former = find(&db, &correction.which).await?;
            let Some(partner) = former.partner_id.filter(|_| former.source.is_some()) else {
                let message = "The portal recorded it itself: mend what it tells of.";
                return Err(Refusal::new("NOT_FROM_OUTSIDE", message).at("fact").into());
            };
            let mut faults = Faults::default();
            faults.words(&correction.reason, REASON, "reason");
            let (detail, occurred_at) =
                corrected(&permit, &former, correction, &mut faults).await?;
            let told = Told {
                partner,
                detail,
                occurred_at,
                source: former.source.clone(),
                external_id: None,
                corrects: Some(former.id),
            };
            let id = record_one(&permit, &told).await?;
            let subject = audit::Subject {
                kind: "Fact",
                id: id.0,
                partner: Some(partner),
            };
            let before = json!({ "fact": former.id, "detail": former.detail });
            let after = json!({
                "detail": fact::payload(&told.detail)?, "reason": correction.reason.trim(),
            });
            audit::record(&permit, subject, &before, &after).await?;
            react(&permit, std::slice::from_ref(&told)).await?;
            Ok(id)
        })
    })
    .await
}

async fn record_one(permit: &Permit<'_>, told: &Told) -> Result<FactId> {
    let ids = fact::record_told(permit, std::slice::from_ref(told)).await?;
    let id = ids.first().copied();
    id.ok_or_else(|| Error::fault("a fact was recorded and has no id"))
}

/// What takes the place of the former, and when it happened.
async fn corrected(
    permit: &Permit<'_>,
    former: &Model,
    correction: &Correction,
    faults: &mut Faults,
) -> Result<(Detail, DateTime<Utc>)> {
    match &correction.change {
        Change::Retract if former.kind == fact::RETRACTED => {
            let message = "It was taken back already.";
            faults.add("RETRACTED", message, "fact");
            Err(refused(faults))
        }
        Change::Retract => {
            let reason = correction.reason.trim().to_owned();
            if faults.is_empty() {
                Ok((Detail::FactRetracted { reason }, permit.now()))
            } else {
                Err(refused(faults))
            }
        }
        Change::Replace(replacement) => {
            let told = of_kind(&permit.reader(), former).await?;
            if replacement.kind != told.kind {
                let message = format!(
                    "It stands for a fact of the kind `{}`, and has to be of that kind.",
                    told.kind
                );
                faults.add("INVALID", message, replacement.at.trim_end_matches('.'));
                return Err(refused(faults));
            }
            let occurred_at = replacement.occurred_at.unwrap_or(told.occurred_at);
            let raw = Raw {
                kind: replacement.kind.clone(),
                partner: Whose::Named("-".to_owned()),
                occurred_at: occurred_at.to_rfc3339(),
                external_id: "-".to_owned(),
                detail: replacement.detail.clone(),
            };
            let at = At {
                fact: "correction.replacement.",
                detail: &replacement.at,
            };
            match check::fact(&raw, permit.now(), &at) {
                Ok(checked) if faults.is_empty() => Ok((checked.detail, checked.occurred_at)),
                Ok(_) => Err(refused(faults)),
                Err(more) => {
                    let mut all = std::mem::take(faults).into_refusals();
                    all.extend(more);
                    Err(Error::Refused(all))
                }
            }
        }
    }
}

fn refused(faults: &mut Faults) -> Error {
    Error::Refused(std::mem::take(faults).into_refusals())
}

/// The fact that is to be corrected, which nothing corrects yet.
async fn find(db: &DatabaseExecutor<'_>, which: &Which) -> Result<Model> {
    let absent = Error::NotFound("Fact");
    match which {
        Which::Id(id) => {
            let row = Entity::find_by_id(*id).one(db).await?.ok_or(absent)?;
            let later = Entity::find().filter(Column::CorrectsId.eq(row.id));
            if later.one(db).await?.is_some() {
                let message = "It was corrected already: look at what took its place, and correct \
                               that if need be.";
                return Err(Refusal::new("CONFLICT", message).at("fact").into());
            }
            Ok(row)
        }
        Which::External {
            source,
            external_id,
        } => {
            let row = Entity::find()
                .filter(Column::Source.eq(source.as_str()))
                .filter(Column::ExternalId.eq(external_id.as_str()))
                .one(db)
                .await?
                .ok_or(absent)?;
            let id = row.id;
            let mut newest = newest(db, &[row]).await?;
            newest.remove(&id).ok_or(Error::NotFound("Fact"))
        }
    }
}

/// What a fact tells, or told before it was taken back.
async fn of_kind(db: &DatabaseExecutor<'_>, row: &Model) -> Result<Model> {
    let mut row = row.clone();
    while row.kind == fact::RETRACTED {
        let Some(former) = row.corrects_id else {
            break;
        };
        let former = Entity::find_by_id(former).one(db).await?;
        row = former.ok_or(Error::NotFound("Fact"))?;
    }
    Ok(row)
}
