//! Lines in people's inboxes.

use sea_orm::entity::prelude::*;

use crate::id::{NotificationId, PartnerId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    /// Whose.
    pub person_id: PersonId,
    /// On account of which partner.
    pub partner_id: Option<PartnerId>,
    /// The letter's kind.
    pub kind: String,
    /// The letter's merge fields.
    pub letter: Json,
    /// When.
    pub created_at: DateTimeUtc,
    /// When it was read.
    pub read_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
