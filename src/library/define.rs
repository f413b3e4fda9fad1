//! Saving assets: what they are called, for whom they are, who looks after them, and until when.

use chrono::{DateTime, Utc};
use entity::asset::{self, AssetKind, AssetState};
use entity::id::{AssetId, PersonId};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::{find, remind, store};
use crate::audience::{self, Audience};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::config;
use crate::document::{Faults, TITLE};
use crate::error::{Error, Result};
use crate::op::{Op, Permit, Tx};
use crate::submission::{check_expected, check_revision};

/// The codes with which saving an asset is refused.
pub const CODES: &[&str] = &[
    "CONFLICT",
    "DUPLICATE",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "INVALID_TEXT",
    "OUT_OF_RANGE",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "UNKNOWN_OWNER",
    "UNKNOWN_REGION",
    "UNKNOWN_TIER",
];

/// The most characters of a summary.
pub const SUMMARY: usize = 10_000;
/// The most tags.
pub const TAGS: usize = 20;

/// An asset as it is to be.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Short name in lower case; it says which.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What it is for, as Markdown.
    pub summary: String,
    /// What it is.
    pub kind: AssetKind,
    /// What it is found by.
    pub tags: Vec<String>,
    /// Language of what is in it.
    pub locale: String,
    /// For whom it is.
    pub audience: Audience,
    /// Who of the staff looks after it; where none is named, as before or who saves it.
    pub owner: Option<PersonId>,
    /// From when on partners see it no more; none for ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// The version that was read; none for a new one.
    pub expected_version: Option<i32>,
}

/// Saves an asset.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn save(op: &Op, portal: &config::Portal, definition: Definition) -> Result<AssetId> {
    op.unit((definition, portal.regions.clone()), |tx, (it, regions)| {
        Box::pin(settle(tx, it, regions))
    })
    .await
}

async fn settle(tx: &Tx, it: &Definition, regions: &[String]) -> Result<AssetId> {
    let permit = tx.permit(Permission::WriteLibrary, Scope::Portal)?;
    let db = permit.reader();
    let earlier = store::by_slugs(&db, [it.slug.as_str()].into_iter()).await?;
    let earlier = earlier.into_iter().next();
    let asker = permit.op().actor().person().map(|person| person.id);
    let owner = it
        .owner
        .or(earlier.as_ref().map(|row| row.owner_id))
        .or(asker);
    check(&permit, it, earlier.as_ref(), regions).await?;
    let owner_id = owner.ok_or(Error::Forbidden)?;
    let actual = earlier.as_ref().map(|row| row.version);
    check_expected("asset", it.expected_version, actual)?;
    let kept = it.audience.kept();
    let row = asset::Model {
        id: earlier
            .as_ref()
            .map_or_else(|| permit.new_id(), |row| row.id),
        slug: it.slug.clone(),
        title: it.title.trim().to_owned(),
        summary: it.summary.trim().to_owned(),
        kind: it.kind,
        tags: audience::bars(&it.tags),
        locale: it.locale.clone(),
        kinds: kept.kinds,
        tiers: kept.tiers,
        regions: kept.regions,
        owner_id,
        expires_at: it.expires_at,
        state: state(&permit, it, earlier.as_ref()),
        created_at: earlier.as_ref().map_or(permit.now(), |row| row.created_at),
        version: earlier.as_ref().map_or(1, |row| row.version + 1),
    };
    if earlier.is_some() {
        store::write(&permit, &row).await?;
    } else {
        asset::Entity::insert(row.clone().into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
        find::index(&permit, row.id).await?;
    }
    remind::promise(&permit, &row).await?;
    let before = earlier.as_ref().map_or(Value::Null, line);
    audit::record(&permit, subject(row.id), &before, &line(&row)).await?;
    Ok(row.id)
}

/// Takes an asset out of the library, or puts it back.
///
/// # Errors
/// `CONFLICT`.
pub async fn set_retired(
    op: &Op,
    id: AssetId,
    retired: bool,
    expected_version: i32,
) -> Result<AssetId> {
    op.unit(
        (id, retired, expected_version),
        |tx, &(id, retired, version)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::WriteLibrary, Scope::Portal)?;
                let db = permit.reader();
                let row = store::asset(&db, id).await?;
                check_revision(version, row.version)?;
                let before = line(&row);
                let state = if retired {
                    AssetState::Retired
                } else if store::newest(&db, id).await?.is_none() {
                    AssetState::Draft
                } else {
                    open(permit.now(), row.expires_at)
                };
                let row = asset::Model {
                    state,
                    version: row.version + 1,
                    ..row
                };
                store::write(&permit, &row).await?;
                remind::promise(&permit, &row).await?;
                audit::record(&permit, subject(id), &before, &line(&row)).await?;
                Ok(id)
            })
        },
    )
    .await
}

/// The state of what has a version and is not retired.
pub(super) fn open(now: DateTime<Utc>, expires_at: Option<DateTime<Utc>>) -> AssetState {
    if expires_at.is_some_and(|at| at <= now) {
        AssetState::Expired
    } else {
        AssetState::Published
    }
}

/// What an edit makes of the state: a later last day brings back what had expired.
fn state(permit: &Permit<'_>, it: &Definition, earlier: Option<&asset::Model>) -> AssetState {
    match earlier.map(|row| row.state) {
        None | Some(AssetState::Draft) => AssetState::Draft,
        Some(AssetState::Retired) => AssetState::Retired,
        Some(AssetState::Published | AssetState::Expired) => open(permit.now(), it.expires_at),
    }
}

pub(super) fn line(row: &asset::Model) -> Value {
    json!({
        "slug": row.slug, "title": row.title, "state": row.state, "owner": row.owner_id,
        "expiresAt": row.expires_at, "version": row.version,
    })
}

pub(super) fn subject(id: AssetId) -> Subject {
    Subject {
        kind: "Asset",
        id: id.0,
        partner: None,
    }
}

async fn check(
    permit: &Permit<'_>,
    it: &Definition,
    earlier: Option<&asset::Model>,
    regions: &[String],
) -> Result<()> {
    let mut faults = Faults::default();
    faults.key(&it.slug, "slug");
    faults.line(&it.title, TITLE, "title");
    faults.text(&it.summary, SUMMARY, "summary");
    faults.tags(&it.tags, TAGS, "tags");
    faults.locale(&it.locale, "locale");
    it.audience.check(regions, "audience", &mut faults);
    let db = permit.reader();
    it.audience
        .check_tiers(&db, "audience", &mut faults)
        .await?;
    if let Some(owner) = it.owner
        && !store::is_staff(&db, owner).await?
    {
        let message = "Name one of the staff, with an active account.";
        faults.add("UNKNOWN_OWNER", message, "owner");
    }
    let is_new = it.expires_at != earlier.and_then(|row| row.expires_at);
    if is_new && it.expires_at.is_some_and(|at| at <= permit.now()) {
        let message = "This is over: give a later instant, or retire the asset.";
        faults.add("OUT_OF_RANGE", message, "expiresAt");
    }
    faults.result()
}
