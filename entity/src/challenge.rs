//! Right passwords whose second factor is still to come.

use sea_orm::entity::prelude::*;

use crate::id::{ChallengeId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "challenge")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChallengeId,
    /// Whose password it was.
    pub person_id: PersonId,
    /// SHA-256 of the token, in hex.
    pub token_hash: String,
    /// How many proofs may still be brought.
    pub tries_left: i32,
    /// What a passkey has to prove, where there is one.
    pub ceremony: Option<Json>,
    /// When the password was right.
    pub created_at: DateTimeUtc,
    /// Until when a proof may be brought.
    pub expires_at: DateTimeUtc,
    /// When it led to a session, or was ended by something else.
    pub used_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
