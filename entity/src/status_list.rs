//! Which place in the list of revoked credentials is the next.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "status_list")]
pub struct Model {
    /// Which list of lists: there is one, 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The next place.
    pub next: i64,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
