//! How often something was tried.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// What was tried, hashed: neither addresses of people nor of networks are kept here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// From when on nothing is counted any more, in microseconds since 1970.
    pub free_at: i64,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
