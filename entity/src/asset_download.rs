//! Who downloaded which version of an asset, for which partner: each of these once.

use sea_orm::entity::prelude::*;

use crate::id::{AssetDownloadId, AssetId, AssetVersionId, PartnerId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_download")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssetDownloadId,
    /// Which asset.
    pub asset_id: AssetId,
    /// Which version of it.
    pub asset_version_id: AssetVersionId,
    /// Who.
    pub person_id: PersonId,
    /// For which partner.
    pub partner_id: PartnerId,
    /// When, the first time.
    pub downloaded_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
