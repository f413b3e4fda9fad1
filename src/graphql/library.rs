//! The library, as clients write it and download from it.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::asset::AssetKind;

use super::course::AudienceInput;
use super::payload::mutation;
use super::{ContextExt, key};
use crate::library::{collection, define, download, publish};
use crate::reads::identity::Person;
use crate::reads::library::{Asset, AssetCollection, AssetVersion};
use crate::reads::partner::Partner;
use crate::shape::Chosen;
use crate::shape::scalar::DateTime;

/// Saves an asset.
#[derive(InputObject)]
struct AssetSaveInput {
    /// Short name in lower case; it says which. A new one makes a new asset.
    slug: String,
    /// What it is called.
    title: String,
    /// What it is for, as Markdown.
    #[graphql(default)]
    summary: String,
    /// What it is.
    kind: Chosen<AssetKind>,
    /// What it is found by: at most twenty names of a-z, 0-9 and hyphens inside.
    #[graphql(default)]
    tags: Vec<String>,
    /// Language of what is in it, a BCP 47 tag.
    locale: String,
    /// For which partners it is.
    #[graphql(default)]
    audience: AudienceInput,
    /// Who of the staff looks after it; as before, or you, where it is left out.
    owner: Option<ID>,
    /// From when on partners see it no more; left out for ever. Its owner is reminded before.
    expires_at: Option<DateTime>,
    /// The version that you read; left out for a new asset.
    expected_version: Option<i32>,
}

mutation!(
    /// What `assetSave` answers.
    AssetSave => AssetSavePayload {
        /// The asset.
        asset: Asset
    }
    refuses [
        "CONFLICT", "DUPLICATE", "INVALID_KEY", "INVALID_LOCALE", "INVALID_TEXT", "OUT_OF_RANGE",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_OWNER", "UNKNOWN_REGION"
    ]
);

/// Publishes a version of an asset.
#[derive(InputObject)]
struct AssetPublishInput {
    /// The asset.
    id: ID,
    /// The link, with https.
    url: String,
    /// What changed: those who hold an earlier version read it. At most 2,000 characters.
    #[graphql(default)]
    change_note: String,
    /// The asset's version that you read.
    expected_version: i32,
}

mutation!(
    /// What `assetPublish` answers.
    AssetPublish => AssetPublishPayload {
        /// The asset.
        asset: Asset
    }
    refuses ["CONFLICT", "INVALID_TEXT", "INVALID_URL", "RETIRED", "TOO_LONG", "UNREADABLE_FILE"]
);

/// Takes an asset out of the library, or puts it back.
#[derive(InputObject)]
struct AssetRetireInput {
    /// The asset.
    id: ID,
    /// Whether partners see it no more.
    retired: bool,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `assetRetire` answers.
    AssetRetire => AssetRetirePayload {
        /// The asset.
        asset: Asset
    }
    refuses ["CONFLICT"]
);

/// Downloads an asset.
#[derive(InputObject)]
struct AssetDownloadInput {
    /// The asset.
    id: ID,
    /// For which partner; may be left out where you have one seat alone, or are of the staff.
    partner: Option<ID>,
}

mutation!(
    /// What `assetDownload` answers.
    AssetDownload => AssetDownloadPayload {
        /// The version that is downloaded.
        asset_version: AssetVersion
    }
    refuses ["NOT_PUBLISHED", "REQUIRED"]
);

/// Saves a collection.
#[derive(InputObject)]
struct AssetCollectionSaveInput {
    /// Short name in lower case; it says which. A new one makes a new collection.
    slug: String,
    /// What it is called.
    title: String,
    /// What it is for, as Markdown.
    #[graphql(default)]
    summary: String,
    /// Language of its texts, a BCP 47 tag.
    locale: String,
    /// For which partners it is.
    #[graphql(default)]
    audience: AudienceInput,
    /// Slugs of its assets, in their order; at most a hundred.
    assets: Vec<String>,
    /// Keys of the tiers on whose page it is shown.
    #[graphql(default)]
    pinned_tiers: Vec<String>,
    /// Keys of the onboarding steps beside which it is shown, in whichever plan.
    #[graphql(default)]
    pinned_steps: Vec<String>,
    /// Whether partners see it no more.
    #[graphql(default)]
    retired: bool,
    /// The version that you read; left out for a new collection.
    expected_version: Option<i32>,
}

mutation!(
    /// What `assetCollectionSave` answers.
    AssetCollectionSave => AssetCollectionSavePayload {
        /// The collection.
        asset_collection: AssetCollection
    }
    refuses [
        "CONFLICT", "DUPLICATE", "INVALID_KEY", "INVALID_LOCALE", "INVALID_TEXT", "REQUIRED",
        "TOO_LONG", "TOO_MANY", "UNKNOWN_ASSET", "UNKNOWN_REGION"
    ]
);

/// The library.
#[derive(Debug, Default)]
pub(crate) struct LibraryMutation;

#[Object]
impl LibraryMutation {
    /// Saves an asset: what it is called, for whom it is, who looks after it, and until when.
    async fn asset_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AssetSaveInput,
    ) -> Result<Option<AssetSavePayload>> {
        let owner = input.owner.as_ref().map(key::<Person>).transpose()?;
        let definition = define::Definition {
            slug: input.slug,
            title: input.title,
            summary: input.summary,
            kind: input.kind.0,
            tags: input.tags,
            locale: input.locale,
            audience: input.audience.into(),
            owner: owner.map(Into::into),
            expires_at: input.expires_at.map(|at| at.0),
            expected_version: input.expected_version,
        };
        AssetSavePayload::of(define::save(ctx.op(), ctx.portal(), definition).await, None)
    }

    /// Publishes the next version of an asset. Whoever downloaded an earlier one is told.
    async fn asset_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AssetPublishInput,
    ) -> Result<Option<AssetPublishPayload>> {
        let id = key::<Asset>(&input.id)?;
        let version = publish::NewVersion {
            asset: id.into(),
            url: input.url,
            change_note: input.change_note,
            expected_version: input.expected_version,
        };
        AssetPublishPayload::of(publish::publish(ctx.op(), version).await, Some(id))
    }

    /// Takes an asset out of the library, or puts it back. What was downloaded stays counted.
    async fn asset_retire(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AssetRetireInput,
    ) -> Result<Option<AssetRetirePayload>> {
        let id = key::<Asset>(&input.id)?;
        let (op, version) = (ctx.op(), input.expected_version);
        let result = define::set_retired(op, id.into(), input.retired, version).await;
        AssetRetirePayload::of(result, Some(id))
    }

    /// Downloads the newest version of an asset, and counts that: each version once for each person
    /// and partner.
    async fn asset_download(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AssetDownloadInput,
    ) -> Result<Option<AssetDownloadPayload>> {
        let id = key::<Asset>(&input.id)?;
        let partner = input.partner.as_ref().map(key::<Partner>).transpose()?;
        let result = download::download(ctx.op(), id.into(), partner.map(Into::into)).await;
        AssetDownloadPayload::of(result, None)
    }

    /// Saves a collection: assets that belong together, pinned to tiers and to onboarding steps.
    async fn asset_collection_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AssetCollectionSaveInput,
    ) -> Result<Option<AssetCollectionSavePayload>> {
        let definition = collection::Definition {
            slug: input.slug,
            title: input.title,
            summary: input.summary,
            locale: input.locale,
            audience: input.audience.into(),
            assets: input.assets,
            pinned_tiers: input.pinned_tiers,
            pinned_steps: input.pinned_steps,
            retired: input.retired,
            expected_version: input.expected_version,
        };
        let result = collection::save(ctx.op(), ctx.portal(), definition).await;
        AssetCollectionSavePayload::of(result, None)
    }
}
