//! Publishing versions of assets: each is a file or a link, and does not change any more.

use entity::asset::{self, AssetState};
use entity::asset_version;
use entity::id::AssetId;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::define::{line, open, subject};
use super::{remind, store};
use crate::audit;
use crate::auth::{Permission, Scope};
use crate::document::Faults;
use crate::error::{Error, Result};
use crate::op::{Op, Tx};
use crate::submission::check_revision;

/// The codes with which publishing a version is refused.
pub const CODES: &[&str] = &[
    "CONFLICT",
    "INVALID_TEXT",
    "INVALID_URL",
    "RETIRED",
    "TOO_LONG",
];

/// The most characters of a change note.
pub const NOTE: usize = 2_000;
/// The most characters of a link.
pub const URL: usize = 2_000;

/// A version to be published.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Of which asset.
    pub asset: AssetId,
    /// The link.
    pub url: String,
    /// What changed.
    pub change_note: String,
    /// The asset's version that was read.
    pub expected_version: i32,
}

/// Publishes the next version of an asset; with the first one partners see the asset.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn publish(op: &Op, input: NewVersion) -> Result<AssetId> {
    op.unit(input, |tx, input| Box::pin(settle(tx, input)))
        .await
}

async fn settle(tx: &Tx, input: &NewVersion) -> Result<AssetId> {
    let permit = tx.permit(Permission::WriteLibrary, Scope::Portal)?;
    let db = permit.reader();
    let row = store::asset(&db, input.asset).await?;
    check_revision(input.expected_version, row.version)?;
    let mut faults = Faults::default();
    faults.text(&input.change_note, NOTE, "changeNote");
    check_url(&input.url, &mut faults);
    if row.state == AssetState::Retired {
        let message = "It was taken out of the library: put it back first.";
        faults.add("RETIRED", message, "id");
    }
    faults.result()?;
    let earlier = store::newest(&db, row.id).await?;
    let author = permit.op().actor().person().ok_or(Error::Forbidden)?.id;
    let version = asset_version::Model {
        id: permit.new_id(),
        asset_id: row.id,
        number: earlier.as_ref().map_or(1, |row| row.number + 1),
        file_id: None,
        url: Some(input.url.clone()),
        name: None,
        media_type: None,
        size: None,
        change_note: input.change_note.trim().to_owned(),
        zones: json!([]),
        author_id: author,
        published_at: permit.now(),
    };
    let id = version.id;
    asset_version::Entity::insert(version.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    let before = line(&row);
    let row = asset::Model {
        state: open(permit.now(), row.expires_at),
        version: row.version + 1,
        ..row
    };
    store::write(&permit, &row).await?;
    remind::promise(&permit, &row).await?;
    if earlier.is_some() {
        remind::promise_news(&permit, id).await?;
    }
    audit::record(&permit, subject(row.id), &before, &line(&row)).await?;
    Ok(row.id)
}

fn check_url(text: &str, faults: &mut Faults) {
    let good = url::Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    if !good || text.len() > URL {
        let message = "Give a whole address, such as https://example.com/film.";
        faults.add("INVALID_URL", message, "url");
    }
}
