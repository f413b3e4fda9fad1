//! Refresh tokens: each is used once and leaves a successor.

use sea_orm::entity::prelude::*;

use crate::id::{RefreshTokenId, SessionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefreshTokenId,
    /// The family it belongs to.
    pub session_id: SessionId,
    /// SHA-256 of the token, in hex; the token itself is not kept.
    pub token_hash: String,
    /// When it was issued.
    pub created_at: DateTimeUtc,
    /// Idle end.
    pub expires_at: DateTimeUtc,
    /// When it was exchanged.
    pub used_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
