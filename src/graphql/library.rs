//! The library, as clients write it and download from it.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};
use entity::asset::AssetKind;

use super::course::AudienceInput;
use super::file::of_id;
use super::payload::{mutation, settle};
use super::{ContextExt, key};
use crate::library::publish::Content;
use crate::library::zone::Zone;
use crate::library::{co_brand, collection, define, download, publish};
use crate::reads::file::File;
use crate::reads::identity::Person;
use crate::reads::library::{Asset, AssetCollection, AssetVersion};
use crate::reads::partner::Partner;
use crate::shape::scalar::DateTime;
use crate::shape::{Chosen, One};

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
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_OWNER", "UNKNOWN_REGION",
        "UNKNOWN_TIER"
    ]
);

/// What an asset is: one of these.
#[derive(OneofObject)]
enum AssetContentInput {
    /// A file that you uploaded.
    File(ID),
    /// A link, with https.
    Url(String),
}

/// A place for a partner's logo, in thousandths of the width and the height, from the upper left
/// corner of what is seen.
#[derive(InputObject)]
struct AssetZoneInput {
    /// The page, from 1; a picture has one.
    #[graphql(default = 1)]
    page: i32,
    /// Where it begins, from the left.
    x: i32,
    /// Where it begins, from the top.
    y: i32,
    /// How wide it is.
    width: i32,
    /// How high it is.
    height: i32,
}

impl From<AssetZoneInput> for Zone {
    fn from(input: AssetZoneInput) -> Self {
        Self {
            page: input.page,
            x: input.x,
            y: input.y,
            width: input.width,
            height: input.height,
        }
    }
}

/// Publishes a version of an asset.
#[derive(InputObject)]
struct AssetPublishInput {
    /// The asset.
    id: ID,
    /// The file or the link.
    content: AssetContentInput,
    /// Where a partner's logo goes, on a PNG, a JPEG or a PDF; at most five places.
    #[graphql(default)]
    zones: Vec<AssetZoneInput>,
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
    refuses [
        "CONFLICT", "INVALID_TEXT", "INVALID_URL", "NOT_UPLOADED", "OUT_OF_RANGE", "RETIRED",
        "TOO_LONG", "TOO_MANY", "UNKNOWN_FILE", "UNREADABLE_FILE", "WRONG_FILE_TYPE"
    ]
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
    /// For which partner; may be left out where you have one seat alone, or are of the staff and download it for yourself.
    partner: Option<ID>,
    /// An earlier version, of `Asset.versions`: for staff alone, and for themselves. Left out, the newest.
    version: Option<ID>,
}

mutation!(
    /// What `assetDownload` answers.
    AssetDownload => AssetDownloadPayload with {
        /// The version that is downloaded.
        asset_version: One<AssetVersion>,
        /// Its file, with a link to it; null for a link.
        file: One<File>
    }
    refuses ["NOT_NEWEST", "NOT_PUBLISHED", "REQUIRED"]
);

/// Puts a partner's logo on an asset.
#[derive(InputObject)]
struct AssetCoBrandInput {
    /// The asset.
    id: ID,
    /// The partner, which has a logo.
    partner: ID,
}

mutation!(
    /// What `assetCoBrand` answers.
    AssetCoBrand => AssetCoBrandPayload {
        /// The copy.
        file: File
    }
    refuses ["NO_LOGO", "NO_ZONE", "OUT_OF_RANGE", "UNREADABLE_FILE"]
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
        "TOO_LONG", "TOO_MANY", "UNKNOWN_ASSET", "UNKNOWN_REGION", "UNKNOWN_STEP", "UNKNOWN_TIER"
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
            content: match input.content {
                AssetContentInput::Url(url) => Content::Link(url),
                AssetContentInput::File(id) => Content::File(of_id(&id)),
            },
            change_note: input.change_note,
            zones: input.zones.into_iter().map(Into::into).collect(),
            expected_version: input.expected_version,
        };
        AssetPublishPayload::of(
            publish::publish(ctx.op(), ctx.files(), version).await,
            Some(id),
        )
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
    /// and partner. Staff may download an earlier one as well, which is not counted.
    async fn asset_download(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AssetDownloadInput,
    ) -> Result<Option<AssetDownloadPayload>> {
        let id = key::<Asset>(&input.id)?;
        let partner = input.partner.as_ref().map(key::<Partner>).transpose()?;
        let version = input
            .version
            .as_ref()
            .map(key::<AssetVersion>)
            .transpose()?;
        let wanted = download::Download {
            asset: id.into(),
            version: version.map(Into::into),
            partner: partner.map(Into::into),
        };
        let result = download::download(ctx.op(), wanted).await;
        Ok(Some(match settle::<AssetDownload, _>(result)? {
            Ok(got) => AssetDownloadPayload {
                asset_version: Some(One::by_key(got.version.0)),
                file: got.file.map(|file| One::by_key(file.0)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => AssetDownloadPayload {
                asset_version: None,
                file: None,
                user_errors,
            },
        }))
    }

    /// Makes a copy of an asset with a partner's logo in its places. It is a file of the partner; each
    /// version is made once for each logo.
    async fn asset_co_brand(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AssetCoBrandInput,
    ) -> Result<Option<AssetCoBrandPayload>> {
        let (id, partner) = (key::<Asset>(&input.id)?, key::<Partner>(&input.partner)?);
        let (op, files) = (ctx.op(), ctx.files());
        let result = co_brand::co_brand(op, files, id.into(), partner.into()).await;
        AssetCoBrandPayload::of(result, None)
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
