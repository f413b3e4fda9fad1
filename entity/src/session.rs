//! Sign-ins.

use sea_orm::entity::prelude::*;

use crate::id::{PersonId, SessionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Who signed in.
    pub person_id: PersonId,
    /// When.
    pub created_at: DateTimeUtc,
    /// When it last took a new access token.
    pub used_at: DateTimeUtc,
    /// Absolute end.
    pub expires_at: DateTimeUtc,
    /// When it was ended before that.
    pub ended_at: Option<DateTimeUtc>,
    /// Why.
    pub end_reason: Option<String>,
    /// The device, as it named itself.
    pub user_agent: String,
    /// Network address of the sign-in.
    pub address: String,
    /// Network address from which it last took a new access token.
    pub used_from: String,
    /// When a second factor was last proven in it or, without one, the password.
    pub proven_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
