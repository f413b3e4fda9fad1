//! The fields of assets and collections, and who sees them.

use super::*;

impl<'w> Slow<'w> {
    pub(super) fn sees_asset(&self, id: id::AssetId) -> bool {
        let mut assets = self.world.asset.iter();
        let row = assets.find(|it| it.id == id).unwrap();
        self.is_staff()
            || row.state == AssetState::Published
                && self.is_meant(&row.kinds, &row.tiers, &row.regions)
    }

    pub(super) fn sees_collection(&self, id: id::AssetCollectionId) -> bool {
        let mut collections = self.world.asset_collection.iter();
        let row = collections.find(|it| it.id == id).unwrap();
        self.is_staff()
            || row.retired_at.is_none() && self.is_meant(&row.kinds, &row.tiers, &row.regions)
    }

    /// Those that are pinned beside a step and not retired, by title.
    pub(super) fn beside(&self, step: &onboarding_step::Model) -> Held<'w> {
        let mut pinned = self.visible("AssetCollection");
        pinned.retain(|it| {
            matches!(it, Thing::AssetCollection(it)
                if it.retired_at.is_none() && listed(&it.pinned_steps).contains(&&*step.key))
        });
        self.sort(&mut pinned, &default_order("AssetCollection"));
        Held::Linked(Some(pinned))
    }

    /// Those that are pinned to the tier of a standing that has not ended, and not retired, by title.
    pub(super) fn on_tier(&self, standing: &standing::Model) -> Held<'w> {
        let mut pinned = self.visible("AssetCollection");
        pinned.retain(|it| {
            let Thing::AssetCollection(it) = it else {
                return false;
            };
            let tiers = listed(&it.pinned_tiers);
            let tier = standing.tier.as_deref();
            let is_there = standing.ended_at.is_none() && it.retired_at.is_none();
            is_there && tier.is_some_and(|tier| tiers.contains(&tier))
        });
        self.sort(&mut pinned, &default_order("AssetCollection"));
        Held::Linked(Some(pinned))
    }

    pub(super) fn library_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::Asset(row) => {
                let version =
                    |it: Thing<'_>| matches!(it, Thing::AssetVersion(it) if it.asset_id == row.id);
                let download =
                    |it: Thing<'_>| matches!(it, Thing::AssetDownload(it) if it.asset_id == row.id);
                match name {
                    "slug" => plain(&row.slug),
                    "title" => plain(&row.title),
                    "summary" => plain(&row.summary),
                    "kind" => plain(row.kind),
                    "tags" => plain(listed(&row.tags)),
                    "locale" => plain(&row.locale),
                    "kinds" => plain(listed(&row.kinds)),
                    "tiers" => plain(listed(&row.tiers)),
                    "regions" => plain(listed(&row.regions)),
                    "owner" => self.person(Some(row.owner_id)),
                    "expiresAt" => instant(row.expires_at),
                    "state" => plain(row.state),
                    "createdAt" => instant(row.created_at),
                    "version" => plain(row.version),
                    "versions" => self.many("AssetVersion", version),
                    "newestVersion" => self.latest("AssetVersion", version),
                    "downloads" => self.many("AssetDownload", download),
                    "downloadCount" => self.count("AssetDownload", download),
                    _ => never(thing, name),
                }
            }
            Thing::AssetVersion(row) => match name {
                "asset" => self.one("Asset", Some(row.asset_id.0)),
                "number" => plain(row.number),
                "name" => plain(&row.name),
                "mediaType" => plain(&row.media_type),
                "size" => plain(row.size),
                "url" => plain(&row.url),
                "changeNote" => plain(&row.change_note),
                "zones" => Held::Within("AssetZone", row.zones.clone()),
                "author" => self.person(Some(row.author_id)),
                "publishedAt" => instant(row.published_at),
                _ => never(thing, name),
            },
            Thing::AssetDownload(row) => match name {
                "asset" => self.one("Asset", Some(row.asset_id.0)),
                "assetVersion" => self.one("AssetVersion", Some(row.asset_version_id.0)),
                "person" => self.person(Some(row.person_id)),
                "partner" => self.partner(row.partner_id),
                "downloadedAt" => instant(row.downloaded_at),
                _ => never(thing, name),
            },
            Thing::AssetCollection(row) => match name {
                "slug" => plain(&row.slug),
                "title" => plain(&row.title),
                "summary" => plain(&row.summary),
                "locale" => plain(&row.locale),
                "kinds" => plain(listed(&row.kinds)),
                "tiers" => plain(listed(&row.tiers)),
                "regions" => plain(listed(&row.regions)),
                "pinnedTiers" => plain(listed(&row.pinned_tiers)),
                "pinnedSteps" => plain(listed(&row.pinned_steps)),
                "createdAt" => instant(row.created_at),
                "retiredAt" => instant(row.retired_at),
                "version" => plain(row.version),
                "items" => self.many(
                    "AssetCollectionItem",
                    |it| matches!(it, Thing::AssetCollectionItem(it) if it.collection_id == row.id),
                ),
                _ => never(thing, name),
            },
            Thing::AssetCollectionItem(row) => match name {
                "collection" => self.one("AssetCollection", Some(row.collection_id.0)),
                "asset" => self.one("Asset", Some(row.asset_id.0)),
                "position" => plain(row.position),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
