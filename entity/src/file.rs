//! Files: what they are and who brought them. Their bytes lie in the store.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{FileId, PartnerId, PersonId};

/// Whether the bytes are there.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "Text",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FileState {
    /// Its upload was begun.
    Staged,
    /// Its bytes are there, and were looked at.
    Stored,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "file")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FileId,
    /// Who brought it; none where the portal made it.
    pub owner_id: Option<PersonId>,
    /// Whose it is, and to whose quota it counts; none where it is the vendor's.
    pub partner_id: Option<PartnerId>,
    /// What it is called, without a path.
    pub name: String,
    /// What it is. Of a staged one by its name, of a stored one by its bytes as well.
    pub media_type: String,
    /// Bytes. Of a staged one as announced.
    pub size: i32,
    /// SHA-256 of the bytes, in hex.
    pub sha256: Option<String>,
    /// Whether the bytes are there.
    pub state: FileState,
    /// Whether it is attached to what everybody may read: the second wall lets it pass then.
    pub is_open: bool,
    /// When the upload was begun.
    pub created_at: DateTimeUtc,
    /// When the bytes came.
    pub stored_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
