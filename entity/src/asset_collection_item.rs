//! Which assets are in a collection, and in which order.

use sea_orm::entity::prelude::*;

use crate::id::{AssetCollectionId, AssetCollectionItemId, AssetId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_collection_item")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssetCollectionItemId,
    /// Of which collection.
    pub collection_id: AssetCollectionId,
    /// Which asset.
    pub asset_id: AssetId,
    /// Place in the collection, from 1.
    pub position: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
