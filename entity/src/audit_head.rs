//! How long a chain of the audit trail is, and the hash of its last line.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    /// The partner; all zeros for the vendor, all ones for the lines from before there were chains.
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain: Uuid,
    /// How many lines it has.
    pub seq: i32,
    /// Hash of the last one.
    pub hash: String,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
