//! What became of a request that may come again: kept for a day under its key.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "replay")]
pub struct Model {
    /// SHA-256 of who asked and their key, in hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// SHA-256 of what was asked, in hex.
    pub request: String,
    /// What the unit of work returned, in JSON; none where nothing was written.
    pub outcome: Option<String>,
    /// The data of the first answer, in JSON; none where it never left.
    pub answer: Option<String>,
    /// When it was kept.
    pub created_at: DateTimeUtc,
    /// Until when it is answered again.
    pub expires_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
