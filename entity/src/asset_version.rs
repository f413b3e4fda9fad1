//! What an asset was from one day on: a file, or a link.

use sea_orm::entity::prelude::*;

use crate::id::{AssetId, AssetVersionId, FileId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_version")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssetVersionId,
    /// Of which asset.
    pub asset_id: AssetId,
    /// Counts from 1.
    pub number: i32,
    /// The file; none for a link.
    pub file_id: Option<FileId>,
    /// The link; none for a file.
    pub url: Option<String>,
    /// What the file is called.
    pub name: Option<String>,
    /// What the file is.
    pub media_type: Option<String>,
    /// How many bytes the file has.
    pub size: Option<i32>,
    /// What changed.
    pub change_note: String,
    /// Where a partner's logo goes: a list, which may be empty.
    pub zones: Json,
    /// Who published it.
    pub author_id: PersonId,
    /// When.
    pub published_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
