//! Facts that come in a request: all of them, or none.

use std::collections::{BTreeMap, BTreeSet};

use entity::fact::{Column, Entity, Model};
use entity::id::{FactId, PartnerId};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::check::{self, At, Checked};
use super::line::Raw;
use super::partners::Partners;
use crate::auth::{Permission, Scope};
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail, Told};
use crate::op::{Op, Permit};
use crate::{audit, onboarding};

/// The most facts of a request: what a part of a file has, which one transaction takes in well under a
/// second, and whose variables are shorter than a body may be. More are for a file.
pub const MOST: usize = 1000;
/// The most refusals that are told.
const TOLD: usize = 100;

/// What became of the facts of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// All of them in their order, those among them that were known already.
    pub facts: Vec<FactId>,
    /// How many are new.
    pub recorded: usize,
}

/// Records what another system tells; what it has told before in the same words is known already.
/// `detail` says where in the input the fields of each stand, from the name of its kind on.
///
/// # Errors
/// Refusals of [`super::CODES`] for what is wrong, the first hundred: then nothing is recorded.
pub async fn record(op: &Op, source: String, facts: Vec<(Raw, String)>) -> Result<Recorded> {
    op.unit((source, facts), |tx, (source, facts)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::RecordFacts, Scope::Portal)?;
            let mut faults = Faults::default();
            check::source(source, &mut faults);
            faults.at_most(facts.len(), MOST, "facts");
            if facts.is_empty() {
                faults.add("REQUIRED", "Tell at least one.", "facts");
            }
            faults.result()?;
            let checked = all(facts, &permit)?;
            let mut plans = plan(&permit, source, &checked).await?;
            let refusals: Vec<_> = (0..)
                .zip(&mut plans)
                .filter_map(|(index, plan)| match plan {
                    Plan::Refused(refusal) => {
                        let field = std::mem::take(&mut refusal.field).join(".");
                        Some(refusal.clone().at(&format!("facts.{index}.{field}")))
                    }
                    Plan::New(_) | Plan::Known(_) => None,
                })
                .collect();
            if !refusals.is_empty() {
                return Err(told(refusals));
            }
            let facts = write(&permit, source, &plans).await?;
            let known = plans.iter().filter(|plan| matches!(plan, Plan::Known(_)));
            let recorded = facts.len() - known.count();
            Ok(Recorded { facts, recorded })
        })
    })
    .await
}

/// All of the request, or all that is wrong with them.
fn all(facts: &[(Raw, String)], permit: &Permit<'_>) -> Result<Vec<Checked>> {
    let mut checked = Vec::with_capacity(facts.len());
    let mut refusals = Vec::new();
    let mut names = BTreeSet::new();
    for (index, (raw, detail)) in facts.iter().enumerate() {
        let before = format!("facts.{index}.");
        let at = At {
            fact: &before,
            detail,
        };
        match check::fact(raw, permit.now(), &at) {
            Ok(fact) if !names.insert(fact.external_id.clone()) => {
                let message = "Another fact of this request is called so.";
                let refusal = Refusal::new("DUPLICATE", message);
                refusals.push(refusal.at(&format!("{before}externalId")));
            }
            Ok(fact) => checked.push(fact),
            Err(faults) => refusals.extend(faults),
        }
    }
    if refusals.is_empty() {
        Ok(checked)
    } else {
        Err(told(refusals))
    }
}

/// Where all are wrong in the same way, the first of them say so.
fn told(mut refusals: Vec<Refusal>) -> Error {
    refusals.truncate(TOLD);
    Error::Refused(refusals)
}

/// What is to become of a fact.
#[derive(Debug)]
pub(super) enum Plan {
    /// It is recorded.
    New(Box<Told>),
    /// It was recorded before.
    Known(FactId),
    /// It is not, because of a field of its own.
    Refused(Refusal),
}

/// What is to become of the facts that a system tells, no two of which are called alike.
pub(super) async fn plan(
    permit: &Permit<'_>,
    source: &str,
    facts: &[Checked],
) -> Result<Vec<Plan>> {
    let db = permit.reader();
    let partners = Partners::find(&db, facts.iter().map(|fact| &fact.partner)).await?;
    let names = facts.iter().map(|fact| fact.external_id.as_str());
    let known = Entity::find()
        .filter(Column::Source.eq(source))
        .filter(Column::ExternalId.is_in(names))
        .all(&db)
        .await?;
    let mut told = BTreeMap::new();
    for row in &known {
        told.insert(row.external_id.as_deref().unwrap_or_default(), row);
    }
    // What was corrected meanwhile is told again in the words of the correction.
    let mut corrected = newest(&db, &known).await?;
    corrected.retain(|id, row| *id != row.id);
    let mut plans = Vec::with_capacity(facts.len());
    for fact in facts {
        plans.push(match partners.named(&fact.partner) {
            Err(why) => Plan::Refused(Refusal::new("UNKNOWN_PARTNER", why).at("partner")),
            Ok(partner) => match told.get(fact.external_id.as_str()) {
                None => Plan::New(Box::new(Told {
                    partner,
                    detail: fact.detail.clone(),
                    occurred_at: fact.occurred_at,
                    source: Some(source.to_owned()),
                    external_id: Some(fact.external_id.clone()),
                    corrects: None,
                })),
                Some(row) => {
                    let newest = corrected.get(&row.id);
                    let is_same = says(row, partner, fact)?
                        || newest.is_some_and(|row| says(row, partner, fact).unwrap_or(false));
                    if is_same {
                        Plan::Known(row.id)
                    } else {
                        let message = "Something else was told under this name: correct it by \
                                       `factCorrect`, or give this another name.";
                        Plan::Refused(Refusal::new("KNOWN_OTHERWISE", message).at("externalId"))
                    }
                }
            },
        });
    }
    Ok(plans)
}

/// Whether the row says just this.
fn says(row: &Model, partner: PartnerId, fact: &Checked) -> Result<bool> {
    Ok(row.partner_id == Some(partner)
        && row.occurred_at == fact.occurred_at
        && row.kind == fact.detail.kind()
        && fact::detail(row)? == fact.detail)
}

/// By the facts: what stands in their place now, each itself where it was not corrected.
pub(super) async fn newest(
    db: &DatabaseExecutor<'_>,
    rows: &[Model],
) -> Result<BTreeMap<FactId, Model>> {
    let mut newest: BTreeMap<_, _> = rows.iter().map(|row| (row.id, row.clone())).collect();
    // From the fact that stands there to the one that it stands for.
    let mut open: BTreeMap<_, _> = rows.iter().map(|row| (row.id, row.id)).collect();
    while !open.is_empty() {
        let corrections = Entity::find()
            .filter(Column::CorrectsId.is_in(open.keys().copied()))
            .all(db)
            .await?;
        let mut next = BTreeMap::new();
        for row in corrections {
            if let Some(first) = row.corrects_id.and_then(|id| open.get(&id)) {
                next.insert(row.id, *first);
                newest.insert(*first, row);
            }
        }
        open = next;
    }
    Ok(newest)
}

/// Records what is new, and answers all in their order.
pub(super) async fn write(
    permit: &Permit<'_>,
    source: &str,
    plans: &[Plan],
) -> Result<Vec<FactId>> {
    let told = plans.iter().filter_map(|plan| match plan {
        Plan::New(told) => Some(Told::clone(told)),
        Plan::Known(_) | Plan::Refused(_) => None,
    });
    let told: Vec<_> = told.collect();
    let ids = fact::record_told(permit, &told).await?;
    if let Some(first) = ids.first() {
        let subject = audit::Subject {
            kind: "Fact",
            id: first.0,
            partner: None,
        };
        let after = serde_json::json!({ "source": source, "recorded": ids.len() });
        audit::record(permit, subject, &(), &after).await?;
    }
    react(permit, &told).await?;
    let mut new = ids.into_iter();
    let of = |plan: &Plan| match plan {
        Plan::New(_) => new.next(),
        Plan::Known(id) => Some(*id),
        Plan::Refused(_) => None,
    };
    Ok(plans.iter().filter_map(of).collect())
}

/// Lets go on what waits for such facts.
pub(super) async fn react(permit: &Permit<'_>, told: &[Told]) -> Result<()> {
    let awaited = told
        .iter()
        .filter(|fact| matches!(fact.detail, Detail::MeetingHeld { .. }))
        .map(|fact| fact.partner);
    for partner in awaited.collect::<BTreeSet<_>>() {
        onboarding::facts_arrived(permit, partner).await?;
    }
    Ok(())
}
