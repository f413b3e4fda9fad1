//! Publishing versions of assets: each is a file or a link, and does not change any more.

use entity::asset::{self, AssetState};
use entity::asset_version;
use entity::file_use::UseKind;
use entity::id::{AssetId, AssetVersionId, FileId};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::brand::{self, Medium};
use super::define::{line, open, subject};
use super::zone::Zone;
use super::{remind, store};
use crate::audit;
use crate::auth::{Permission, Scope, allows};
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};
use crate::file::{self, Kind, Store};
use crate::op::{Op, Permit, Tx};
use crate::submission::check_revision;

/// The codes with which publishing a version is refused, beside those of [`file::ATTACH_CODES`].
pub const CODES: &[&str] = &[
    "CONFLICT",
    "INVALID_TEXT",
    "INVALID_URL",
    "OUT_OF_RANGE",
    "RETIRED",
    "TOO_LONG",
    "TOO_MANY",
    "UNREADABLE_FILE",
];

/// The most characters of a change note.
pub const NOTE: usize = 2_000;
/// The most characters of a link.
pub const URL: usize = 2_000;
/// The most places for a logo.
pub const ZONES: usize = 5;

/// What an asset is from now on.
#[derive(Clone, Debug)]
pub enum Content {
    /// A file that the asker has uploaded.
    File(FileId),
    /// A link.
    Link(String),
}

/// A version to be published.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Of which asset.
    pub asset: AssetId,
    /// What it is.
    pub content: Content,
    /// What changed.
    pub change_note: String,
    /// Where a partner's logo goes.
    pub zones: Vec<Zone>,
    /// The asset's version that was read.
    pub expected_version: i32,
}

/// Publishes the next version of an asset; with the first one partners see the asset. A file with
/// places for a logo is looked at before, so that no partner is the first to learn that it cannot be
/// read.
///
/// # Errors
/// Refusals of [`CODES`] and [`file::ATTACH_CODES`].
pub async fn publish(op: &Op, files: &Store, input: NewVersion) -> Result<AssetId> {
    if allows(op.actor(), Permission::WriteLibrary, Scope::Portal) {
        check(&input)?;
        inspect(op, files, &input).await?;
    }
    op.unit(input, |tx, input| Box::pin(settle(tx, input)))
        .await
}

fn check(input: &NewVersion) -> Result<()> {
    let mut faults = Faults::default();
    faults.text(&input.change_note, NOTE, "changeNote");
    if let Content::Link(url) = &input.content {
        check_url(url, &mut faults);
        if !input.zones.is_empty() {
            no_medium(&mut faults);
        }
    }
    faults.at_most(input.zones.len(), ZONES, "zones");
    for (index, zone) in input.zones.iter().enumerate() {
        zone.check(&format!("zones.{index}"), &mut faults);
    }
    faults.result()
}

fn check_url(text: &str, faults: &mut Faults) {
    let good = url::Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    if !good || text.len() > URL {
        let message = "Give a whole address, such as https://example.com/film.";
        faults.add("INVALID_URL", message, "content.url");
    }
}

fn no_medium(faults: &mut Faults) {
    let message = "A logo goes on a PNG, a JPEG or a PDF: leave its places out.";
    faults.add("WRONG_FILE_TYPE", message, "zones");
}

/// Whether logos can be put where they are to go. A file that is not there, or not the asker's, is
/// refused where it is attached.
async fn inspect(op: &Op, files: &Store, input: &NewVersion) -> Result<()> {
    let Content::File(id) = input.content else {
        return Ok(());
    };
    if input.zones.is_empty() {
        return Ok(());
    }
    let Some(row) = file::waiting(op, id).await? else {
        return Ok(());
    };
    let Some(medium) = Medium::of(&row.media_type) else {
        let mut faults = Faults::default();
        no_medium(&mut faults);
        return faults.result();
    };
    let zones = input.zones.clone();
    let load = file::read(op, files, &row);
    let looked = file::in_turn(load, move |bytes| brand::check(medium, &bytes, &zones)).await?;
    looked.map_err(|flaw| flaw.refusal("content.file", "zones").into())
}

async fn settle(tx: &Tx, input: &NewVersion) -> Result<AssetId> {
    let permit = tx.permit(Permission::WriteLibrary, Scope::Portal)?;
    let db = permit.reader();
    let row = store::asset(&db, input.asset).await?;
    check_revision(input.expected_version, row.version)?;
    if row.state == AssetState::Retired {
        let message = "It was taken out of the library: put it back first.";
        return Err(Refusal::new("RETIRED", message).at("id").into());
    }
    let earlier = store::newest(&db, row.id).await?;
    let version = version(&permit, input, earlier.as_ref()).await?;
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

/// The version as a row, with its file attached.
async fn version(
    permit: &Permit<'_>,
    input: &NewVersion,
    earlier: Option<&asset_version::Model>,
) -> Result<asset_version::Model> {
    let id: AssetVersionId = permit.new_id();
    let (file, url) = match &input.content {
        Content::Link(url) => (None, Some(url.clone())),
        Content::File(file) => {
            let to = file::Use {
                kind: UseKind::AssetVersion,
                subject: id.0,
                partner: None,
            };
            let file = file::attach(permit, *file, to, Kind::ALL, "content.file").await?;
            (Some(file), None)
        }
    };
    Ok(asset_version::Model {
        id,
        asset_id: input.asset,
        number: earlier.map_or(1, |row| row.number + 1),
        file_id: file.as_ref().map(|file| file.id),
        url,
        name: file.as_ref().map(|file| file.name.clone()),
        media_type: file.as_ref().map(|file| file.media_type.clone()),
        size: file.as_ref().map(|file| file.size),
        change_note: input.change_note.trim().to_owned(),
        zones: serde_json::to_value(&input.zones)?,
        author_id: permit.op().actor().person().ok_or(Error::Forbidden)?.id,
        published_at: permit.now(),
    })
}
