//! What can be found of assets.

use entity::asset::{self, AssetState};
use entity::id::AssetId;
use entity::search_shelf::SearchKind;
use sea_orm::EntityTrait;

use super::store;
use crate::audience::{self, Kept};
use crate::error::Result;
use crate::file::Kind;
use crate::op::Permit;
use crate::search::{self, Entry, Readers, Text, names};

/// Puts the asset into the search as it is now. Members find what they can download; staff find
/// the others as well.
///
/// # Errors
/// What the database said.
pub async fn index(permit: &Permit<'_>, id: AssetId) -> Result<()> {
    let found = asset::Entity::find_by_id(id).one(&permit.reader()).await?;
    let Some(row) = found else {
        return search::remove(permit, id.0).await;
    };
    let readers = match row.state {
        AssetState::Published => Readers::Audience(Kept::from(&row)),
        AssetState::Draft | AssetState::Expired | AssetState::Retired => Readers::Staff,
    };
    // What its file is, by how names of such files end: `pdf`.
    let newest = store::newest(&permit.reader(), id).await?;
    let media_type = newest.and_then(|it| it.media_type).unwrap_or_default();
    let file = Kind::of_media_type(&media_type).map_or(String::new(), |it| it.endings().join(" "));
    let entry = Entry {
        kind: SearchKind::Asset,
        id: id.0,
        version: row.version,
        readers,
        tags: audience::values(&row.tags),
        names: vec![names::of_asset(row.kind).to_owned(), file],
        texts: vec![Text {
            locale: row.locale,
            title: row.title,
            summary: row.summary,
            passages: Vec::new(),
        }],
    };
    search::put(permit, &entry).await
}
