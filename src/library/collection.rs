//! Collections: assets that belong together, in an order, pinned to tiers and to steps.

use entity::id::AssetCollectionId;
use entity::{asset, asset_collection, asset_collection_item, plan_step};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::json;

use super::store;
use crate::audience::{self, Audience, TIERS};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::config;
use crate::document::{Faults, TITLE, is_key};
use crate::error::Result;
use crate::op::{Op, Permit, Tx};
use crate::submission::check_expected;

/// The codes with which saving a collection is refused.
pub const CODES: &[&str] = &[
    "CONFLICT",
    "DUPLICATE",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "INVALID_TEXT",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "UNKNOWN_ASSET",
    "UNKNOWN_REGION",
    "UNKNOWN_STEP",
    "UNKNOWN_TIER",
];

/// The most assets of a collection.
pub const ASSETS: usize = 100;
/// The most steps that it is pinned to.
pub const STEPS: usize = 50;
/// The most characters of a summary.
pub const SUMMARY: usize = 10_000;

/// A collection as it is to be.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Short name in lower case; it says which.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What it is for, as Markdown.
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// For whom it is.
    pub audience: Audience,
    /// Slugs of its assets, in their order.
    pub assets: Vec<String>,
    /// Keys of the tiers on whose page it is shown.
    pub pinned_tiers: Vec<String>,
    /// Keys of the onboarding steps beside which it is shown.
    pub pinned_steps: Vec<String>,
    /// Whether partners see it no more.
    pub retired: bool,
    /// The version that was read; none for a new one.
    pub expected_version: Option<i32>,
}

/// Saves a collection.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn save(
    op: &Op,
    portal: &config::Portal,
    definition: Definition,
) -> Result<AssetCollectionId> {
    op.unit((definition, portal.regions.clone()), |tx, (it, regions)| {
        Box::pin(settle(tx, it, regions))
    })
    .await
}

async fn settle(tx: &Tx, it: &Definition, regions: &[String]) -> Result<AssetCollectionId> {
    let permit = tx.permit(Permission::WriteLibrary, Scope::Portal)?;
    let assets = check(&permit, it, regions).await?;
    let earlier = asset_collection::Entity::find()
        .filter(asset_collection::Column::Slug.eq(&it.slug))
        .one(&permit.reader())
        .await?;
    let actual = earlier.as_ref().map(|row| row.version);
    check_expected("collection", it.expected_version, actual)?;
    let kept = it.audience.kept();
    let retired_at = earlier.as_ref().and_then(|row| row.retired_at);
    let row = asset_collection::Model {
        id: earlier
            .as_ref()
            .map_or_else(|| permit.new_id(), |row| row.id),
        slug: it.slug.clone(),
        title: it.title.trim().to_owned(),
        summary: it.summary.trim().to_owned(),
        locale: it.locale.clone(),
        kinds: kept.kinds,
        tiers: kept.tiers,
        regions: kept.regions,
        pinned_tiers: audience::bars(&it.pinned_tiers),
        pinned_steps: audience::bars(&it.pinned_steps),
        created_at: earlier.as_ref().map_or(permit.now(), |row| row.created_at),
        retired_at: it
            .retired
            .then(|| retired_at.unwrap_or_else(|| permit.now())),
        version: earlier.as_ref().map_or(1, |row| row.version + 1),
    };
    let (id, version) = (row.id, row.version);
    let row = row.into_active_model().reset_all();
    if earlier.is_some() {
        row.update(permit.writer()).await?;
    } else {
        row.insert(permit.writer()).await?;
    }
    write_items(&permit, id, it, &assets).await?;
    let subject = Subject {
        kind: "AssetCollection",
        id: id.0,
        partner: None,
    };
    let before = json!({ "version": earlier.map(|row| row.version) });
    let after = json!({ "version": version, "slug": it.slug, "assets": it.assets });
    audit::record(&permit, subject, &before, &after).await?;
    Ok(id)
}

async fn check(
    permit: &Permit<'_>,
    it: &Definition,
    regions: &[String],
) -> Result<Vec<asset::Model>> {
    let mut faults = Faults::default();
    faults.key(&it.slug, "slug");
    faults.line(&it.title, TITLE, "title");
    faults.text(&it.summary, SUMMARY, "summary");
    faults.locale(&it.locale, "locale");
    it.audience.check(regions, "audience", &mut faults);
    let db = permit.reader();
    it.audience
        .check_tiers(&db, "audience", &mut faults)
        .await?;
    faults.tags(&it.pinned_tiers, TIERS, "pinnedTiers");
    audience::check_tiers(&db, &it.pinned_tiers, "pinnedTiers", &mut faults).await?;
    faults.tags(&it.pinned_steps, STEPS, "pinnedSteps");
    check_steps(&db, &it.pinned_steps, &mut faults).await?;
    if it.assets.is_empty() {
        faults.add("REQUIRED", "A collection has at least one asset.", "assets");
    }
    faults.at_most(it.assets.len(), ASSETS, "assets");
    faults.distinct(it.assets.iter(), "assets");
    let slugs = it.assets.iter().take(ASSETS).map(String::as_str);
    let assets = store::by_slugs(&db, slugs).await?;
    for (index, slug) in it.assets.iter().enumerate().take(ASSETS) {
        if !assets.iter().any(|asset| asset.slug == *slug) {
            let message = format!("There is no asset `{slug}`.");
            faults.add("UNKNOWN_ASSET", message, &format!("assets.{index}"));
        }
    }
    faults.result()?;
    Ok(assets)
}

/// `UNKNOWN_STEP` for each that no version of an onboarding plan has: partners are still on some that
/// were retired, and what is being written counts soon.
async fn check_steps(
    db: &DatabaseExecutor<'_>,
    named: &[String],
    faults: &mut Faults,
) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = plan_step::Entity::find()
        .select_only()
        .column(plan_step::Column::Key)
        .distinct()
        .order_by_asc(plan_step::Column::Key)
        .into_tuple()
        .all(db)
        .await?;
    for (index, step) in named.iter().enumerate() {
        if is_key(step) {
            let at = format!("pinnedSteps.{index}");
            faults.known("UNKNOWN_STEP", "step", step, &known, &at);
        }
    }
    Ok(())
}

async fn write_items(
    permit: &Permit<'_>,
    collection: AssetCollectionId,
    it: &Definition,
    assets: &[asset::Model],
) -> Result<()> {
    asset_collection_item::Entity::delete_many()
        .filter(asset_collection_item::Column::CollectionId.eq(collection))
        .exec(permit.writer())
        .await?;
    for (position, slug) in (1..).zip(&it.assets) {
        let Some(asset) = assets.iter().find(|asset| asset.slug == *slug) else {
            continue;
        };
        let row = asset_collection_item::Model {
            id: permit.new_id(),
            collection_id: collection,
            asset_id: asset.id,
            position,
        };
        asset_collection_item::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
    }
    Ok(())
}
