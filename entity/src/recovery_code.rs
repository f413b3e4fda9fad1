//! Codes for whoever lost their second factor: only their hashes are kept.

use sea_orm::entity::prelude::*;

use crate::id::{PersonId, RecoveryCodeId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecoveryCodeId,
    /// Whose.
    pub person_id: PersonId,
    /// SHA-256 of the code, in hex.
    pub code_hash: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
