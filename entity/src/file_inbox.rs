//! Bytes of files that were made in a transaction, until they are carried into the store.

use sea_orm::entity::prelude::*;

use crate::id::FileId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "file_inbox")]
pub struct Model {
    /// The file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FileId,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
