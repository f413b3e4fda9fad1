//! What can be found of certifications.

use entity::certification;
use entity::id::CertificationId;
use entity::search_shelf::SearchKind;
use sea_orm::EntityTrait;

use super::rules::Route;
use crate::audience::Kept;
use crate::error::Result;
use crate::op::Permit;
use crate::search::{self, Entry, Passage, Readers, Text};

/// Puts the certification into the search as it is now. Staff find retired ones as well.
///
/// # Errors
/// What the database said.
pub async fn index(permit: &Permit<'_>, id: CertificationId) -> Result<()> {
    let row = certification::Entity::find_by_id(id)
        .one(&permit.reader())
        .await?;
    let Some(row) = row else {
        return search::remove(permit, id.0).await;
    };
    let readers = if row.retired_at.is_some() {
        Readers::Staff
    } else {
        Readers::Audience(Kept::from(&row))
    };
    let mut bodies = Vec::new();
    for route in [row.route, row.renewal] {
        let route: Route = serde_json::from_value(route)?;
        bodies.extend(route.evidence);
    }
    bodies.dedup();
    let passages = bodies.into_iter().map(|body| Passage {
        heading: String::new(),
        body,
    });
    let entry = Entry {
        kind: SearchKind::Certification,
        id: id.0,
        version: row.version,
        readers,
        tags: Vec::new(),
        names: Vec::new(),
        texts: vec![Text {
            locale: row.locale,
            title: row.title,
            summary: row.summary,
            passages: passages.collect(),
        }],
    };
    search::put(permit, &entry).await
}
