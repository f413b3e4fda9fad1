//! What the database knows of partners, as the rules read it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::id::PartnerId;
use entity::{fact, partner};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::evaluate::Profile;
use super::record::Fact;
use crate::error::Result;
use crate::fact::load::{Known, Which, each_page};

/// Partners of a page.
const PAGE: u64 = 200;

/// The next partners behind one, in the order of their keys; fewer than a page are the last.
///
/// # Errors
/// What the database said.
pub async fn partners(
    db: &DatabaseExecutor<'_>,
    after: Option<PartnerId>,
) -> Result<Vec<partner::Model>> {
    let mut partners = partner::Entity::find();
    if let Some(after) = after {
        partners = partners.filter(partner::Column::Id.gt(after));
    }
    Ok(partners
        .order_by_asc(partner::Column::Id)
        .limit(PAGE)
        .all(db)
        .await?)
}

/// What the portal knows of a partner beside facts.
///
/// # Errors
/// A fault, where it cannot be written.
pub fn profile(row: &partner::Model) -> Result<Profile> {
    let kind = serde_json::to_value(row.kind)?;
    Ok(BTreeMap::from([
        (
            "kind".to_owned(),
            kind.as_str().unwrap_or_default().to_owned(),
        ),
        ("country".to_owned(), row.country.clone()),
        ("region".to_owned(), row.region.clone()),
    ]))
}

/// All facts of a partner that were known at an instant.
///
/// # Errors
/// What the database said.
pub async fn facts(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
    at: DateTime<Utc>,
) -> Result<Vec<Fact>> {
    let known = Known {
        partner,
        at,
        which: Which::InForce,
    };
    let mut facts = Vec::new();
    each_page(db, &known, |rows| {
        facts.extend(rows.into_iter().map(Fact::from));
        Ok(())
    })
    .await?;
    Ok(facts)
}

impl From<fact::Model> for Fact {
    fn from(row: fact::Model) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind,
            person: row.person_id.map(|it| it.0),
            subject: row.subject_id,
            detail: row.detail,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            corrects: row.corrects_id.map(|it| it.0),
        }
    }
}
