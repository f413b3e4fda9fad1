//! Programs, over all their versions.

use sea_orm::entity::prelude::*;

use crate::id::ProgramId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "program")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgramId,
    /// Short name in lower case; documents name the program by it.
    pub slug: String,
    /// What it is called in its main language, as the version in force says, or the newest.
    pub name: String,
    /// Its main language.
    pub locale: String,
    /// When its first version was written.
    pub created_at: DateTimeUtc,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
