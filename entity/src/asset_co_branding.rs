//! Copies of assets that carry a partner's logo.

use sea_orm::entity::prelude::*;

use crate::id::{AssetCoBrandingId, AssetVersionId, FileId, PartnerId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_co_branding")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssetCoBrandingId,
    /// Of which version.
    pub asset_version_id: AssetVersionId,
    /// Whose logo.
    pub partner_id: PartnerId,
    /// Which logo it was.
    pub logo_id: FileId,
    /// The copy.
    pub file_id: FileId,
    /// Who asked for it.
    pub person_id: PersonId,
    /// When.
    pub made_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
