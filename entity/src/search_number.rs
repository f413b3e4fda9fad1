//! The numbers by which words know what has them: those of one thing on all its shelves. A number is
//! told to nobody: it would tell how much there is.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_number")]
pub struct Model {
    /// Key, counted by the database.
    #[sea_orm(primary_key)]
    pub number: i32,
    /// The key of what has it.
    pub entry_id: Uuid,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
