//! Assets, their versions and downloads, and collections.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::asset::{self, AssetKind, AssetState};
use entity::{
    asset_collection, asset_collection_item, asset_download, asset_version, onboarding_step,
    standing,
};
use sea_orm::sea_query::{Condition, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{ForAudience, in_administered, meant, names, of_own, select};
use crate::audience;
use crate::error::Result;
use crate::library::zone::Zone;
use crate::reads::identity::Person;
use crate::reads::partner::Partner;
use crate::shape::scalar::{Locale, Markdown, Url};
use crate::shape::{
    Batch, Chosen, Direction, Fields, LINKED_MOST, Loading, Part, Parts, Shape, Sight, everything,
};

/// Something in the library, over all its versions.
#[derive(Debug)]
pub struct Asset;

/// One version of an asset.
#[derive(Debug)]
pub struct AssetVersion;

/// Somebody's download of a version of an asset.
#[derive(Debug)]
pub struct AssetDownload;

/// Assets that belong together.
#[derive(Debug)]
pub struct AssetCollection;

/// An asset of a collection.
#[derive(Debug)]
pub struct AssetCollectionItem;

impl Part for Zone {
    const NAME: &'static str = "AssetZone";
    const ABOUT: &'static str = "Where a partner's logo goes, in thousandths of the width and the height, from the upper left corner of \
         what is seen.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("page", "The page, from 1; a picture has one.", |it| it.page)
            .field("x", "Where it begins, from the left.", |it| it.x)
            .field("y", "Where it begins, from the top.", |it| it.y)
            .field("width", "How wide it is.", |it| it.width)
            .field("height", "How high it is.", |it| it.height);
    }
}

/// Assets that the asker can have.
fn offered(actor: Sight<'_>) -> Condition {
    use asset::Column;
    meant(actor, Column::Kinds, Column::Tiers, Column::Regions)
        .add(Column::State.eq(AssetState::Published))
}

fn offered_ids(actor: Sight<'_>) -> SelectStatement {
    select(asset::Entity, asset::Column::Id, offered(actor))
}

impl Shape for Asset {
    type Entity = asset::Entity;
    const NAME: &'static str = "Asset";
    const ABOUT: &'static str = "Something in the library, over all its versions. Members see what is published for their partner and \
         has not expired.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        offered(actor)
    }

    fn fields(fields: &mut Fields<Self>) {
        use asset::Column;
        fields
            .id()
            .column::<String>("slug", Column::Slug, "Short name in lower case; collections name the asset by it.")
            .filter()
            .column::<String>("title", Column::Title, "What it is called.")
            .order()
            .column::<Markdown>("summary", Column::Summary, "What it is for.")
            .column::<Chosen<AssetKind>>("kind", Column::Kind, "What it is.")
            .filter()
            .derived("tags", [Column::Tags], "What it is found by.", names)
            .filter_by_values(Column::Tags)
            .column::<Locale>("locale", Column::Locale, "The language of what is in it.")
            .filter()
            .audience(Column::Kinds, Column::Tiers, Column::Regions)
            .one::<Person>("owner", Column::OwnerId, "Who of the staff looks after it; null where you do not see them.")
            .column::<Option<DateTime<Utc>>>("expiresAt", Column::ExpiresAt, "From when on partners see it no more; null for ever.")
            .filter()
            .column::<Chosen<AssetState>>("state", Column::State, "Whether partners see it.")
            .filter()
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first saved.")
            .order()
            .column::<i32>("version", Column::Version, "Counts edits. Give it as `expectedVersion` when you change it.")
            .many::<AssetVersion>("versions", asset_version::Column::AssetId, "Its versions, the newest first.")
            .latest::<AssetVersion>("newestVersion", asset_version::Column::AssetId, "The version that is downloaded; null where there is none yet.")
            .many::<AssetDownload>("downloads", asset_download::Column::AssetId, "Who downloaded it, of what you see, the latest first.")
            .count::<AssetDownload>("downloadCount", asset_download::Column::AssetId, Condition::all,
                "How many downloads of it you see: of each version once for each person and partner.")
            .search([Column::Title, Column::Slug, Column::Tags])
            .sorted("title", Direction::Ascending);
    }
}

impl Shape for AssetVersion {
    type Entity = asset_version::Entity;
    const NAME: &'static str = "AssetVersion";
    const ABOUT: &'static str = "What an asset was from one day on: a file, or a link. It does not change. `assetDownload` leads to the \
         newest one.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        Condition::all().add(asset_version::Column::AssetId.in_subquery(offered_ids(actor)))
    }

    fn fields(fields: &mut Fields<Self>) {
        use asset_version::Column;
        fields
            .id()
            .one_required::<Asset>("asset", Column::AssetId, "The asset.")
            .column::<i32>("number", Column::Number, "Counts from 1.")
            .order()
            .column::<Option<String>>(
                "name",
                Column::Name,
                "What the file is called; null for a link.",
            )
            .column::<Option<String>>(
                "mediaType",
                Column::MediaType,
                "What the file is, such as `application/pdf`; null for a link.",
            )
            .column::<Option<i32>>(
                "size",
                Column::Size,
                "How many bytes the file has; null for a link.",
            )
            .column::<Option<Url>>("url", Column::Url, "The link; null for a file.")
            .column::<String>(
                "changeNote",
                Column::ChangeNote,
                "What changed; may be empty.",
            )
            .parts::<Vec<Zone>, Zone>(
                "zones",
                Column::Zones,
                "Where a partner's logo goes; empty where there is no such place.",
                |zones| zones,
            )
            .one::<Person>(
                "author",
                Column::AuthorId,
                "Who published it; null where you do not see them.",
            )
            .column::<DateTime<Utc>>("publishedAt", Column::PublishedAt, "When.")
            .sorted("number", Direction::Descending);
    }
}

impl Shape for AssetDownload {
    type Entity = asset_download::Entity;
    const NAME: &'static str = "AssetDownload";
    const ABOUT: &'static str = "Somebody's first download of a version of an asset for a partner. Members see their own; a partner's \
         administrators those for it.";

    fn visible(actor: Sight<'_>) -> Condition {
        use asset_download::Column;
        if actor.is_staff() {
            return everything();
        }
        Condition::any()
            .add(of_own(actor, Column::PersonId))
            .add(in_administered(actor, Column::PartnerId))
    }

    fn fields(fields: &mut Fields<Self>) {
        use asset_download::Column;
        fields
            .id()
            .one::<Asset>(
                "asset",
                Column::AssetId,
                "The asset; null where you do not see it any more.",
            )
            .one::<AssetVersion>(
                "assetVersion",
                Column::AssetVersionId,
                "The version; null where you do not see it any more.",
            )
            .one::<Person>("person", Column::PersonId, "Who downloaded it.")
            .filter()
            .one::<Partner>("partner", Column::PartnerId, "For which partner.")
            .filter()
            .column::<DateTime<Utc>>(
                "downloadedAt",
                Column::DownloadedAt,
                "When, the first time.",
            )
            .filter()
            .order()
            .sorted("downloadedAt", Direction::Descending);
    }
}

/// Collections that the asker can have.
fn collections(actor: Sight<'_>) -> Condition {
    use asset_collection::Column;
    if actor.is_staff() {
        return everything();
    }
    meant(actor, Column::Kinds, Column::Tiers, Column::Regions).add(Column::RetiredAt.is_null())
}

impl Shape for AssetCollection {
    type Entity = asset_collection::Entity;
    const NAME: &'static str = "AssetCollection";
    const ABOUT: &'static str = "Assets that belong together, in an order. Members see those that are meant for their partner, with \
         the assets in them that they see.";

    fn visible(actor: Sight<'_>) -> Condition {
        collections(actor)
    }

    fn fields(fields: &mut Fields<Self>) {
        use asset_collection::Column;
        fields
            .id()
            .column::<String>("slug", Column::Slug, "Short name in lower case.")
            .filter()
            .column::<String>("title", Column::Title, "What it is called.")
            .order()
            .column::<Markdown>("summary", Column::Summary, "What it is for.")
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .filter()
            .audience(Column::Kinds, Column::Tiers, Column::Regions)
            .derived(
                "pinnedTiers",
                [Column::PinnedTiers],
                "Keys of the tiers on whose page it is shown: `Standing.collections` are those of its tier.",
                names,
            )
            .filter_by_values(Column::PinnedTiers)
            .derived(
                "pinnedSteps",
                [Column::PinnedSteps],
                "Keys of the onboarding steps beside which it is shown.",
                names,
            )
            .filter_by_values(Column::PinnedSteps)
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first saved.")
            .column::<Option<DateTime<Utc>>>(
                "retiredAt",
                Column::RetiredAt,
                "Since when partners see it no more.",
            )
            .filter()
            .column::<i32>(
                "version",
                Column::Version,
                "Counts edits. Give it as `expectedVersion` when you change it.",
            )
            .many::<AssetCollectionItem>(
                "items",
                asset_collection_item::Column::CollectionId,
                "Its assets that you see, in their order.",
            )
            .search([Column::Title, Column::Slug])
            .sorted("title", Direction::Ascending);
    }
}

impl Shape for AssetCollectionItem {
    type Entity = asset_collection_item::Entity;
    const NAME: &'static str = "AssetCollectionItem";
    const ABOUT: &'static str = "An asset of a collection.";

    fn visible(actor: Sight<'_>) -> Condition {
        use asset_collection_item::Column;
        if actor.is_staff() {
            return everything();
        }
        let seen = select(
            asset_collection::Entity,
            asset_collection::Column::Id,
            collections(actor),
        );
        Condition::all()
            .add(Column::CollectionId.in_subquery(seen))
            .add(Column::AssetId.in_subquery(offered_ids(actor)))
    }

    fn fields(fields: &mut Fields<Self>) {
        use asset_collection_item::Column;
        fields
            .id()
            .one_required::<AssetCollection>("collection", Column::CollectionId, "The collection.")
            .one_required::<Asset>("asset", Column::AssetId, "The asset.")
            .column::<i32>(
                "position",
                Column::Position,
                "Place in the collection, from 1.",
            )
            .order()
            .sorted("position", Direction::Ascending);
    }
}

/// Collections that are pinned to steps, by title.
pub(super) fn beside_steps(batch: Batch<'_>) -> Loading<'_, Vec<Uuid>> {
    Box::pin(async move {
        let steps = onboarding_step::Entity::find()
            .filter(onboarding_step::Column::Id.is_in(batch.keys.iter().copied()))
            .all(batch.db)
            .await?;
        let places = steps.into_iter().map(|step| (step.id.0, Some(step.key)));
        pinned(&batch, asset_collection::Column::PinnedSteps, places).await
    })
}

/// Collections that are pinned to the tiers of standings, by title; none where a standing is on no
/// tier, or has ended.
pub(super) fn beside_standings(batch: Batch<'_>) -> Loading<'_, Vec<Uuid>> {
    Box::pin(async move {
        let standings = standing::Entity::find()
            .filter(standing::Column::Id.is_in(batch.keys.iter().copied()))
            .all(batch.db)
            .await?;
        let places = standings.into_iter().map(|row| {
            let tier = row.tier.filter(|_| row.ended_at.is_none());
            (row.id.0, tier)
        });
        pinned(&batch, asset_collection::Column::PinnedTiers, places).await
    })
}

/// Those pinned to the key of each place, by title.
async fn pinned(
    batch: &Batch<'_>,
    to: asset_collection::Column,
    places: impl Iterator<Item = (Uuid, Option<String>)>,
) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    // Of those that the asker sees, so that no place is taken by another.
    let seen = collections(Sight::new(batch.op, batch.db.get_database_backend()));
    let mut pinned: Vec<(Uuid, String, String)> = asset_collection::Entity::find()
        .select_only()
        .columns([
            asset_collection::Column::Id,
            asset_collection::Column::Title,
            to,
        ])
        .filter(to.ne(""))
        .filter(asset_collection::Column::RetiredAt.is_null())
        .filter(seen)
        .into_tuple()
        .all(batch.db)
        .await?;
    // As lists are sorted, whatever the database's own way of comparing texts.
    pinned.sort_by(|(one, a, _), (other, b, _)| (a, one).cmp(&(b, other)));
    let beside = |place: Option<String>| {
        let keys = pinned.iter().filter(|(_, _, keys)| {
            let named = place.as_ref();
            named.is_some_and(|it| audience::values(keys).contains(it))
        });
        keys.map(|(id, ..)| *id).take(LINKED_MOST).collect()
    };
    Ok(places.map(|(id, place)| (id, beside(place))).collect())
}
