//! Promises to be kept after the transaction that made them.

use sea_orm::entity::prelude::*;

use crate::id::{OutboxMessageId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_message")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OutboxMessageId,
    /// The job's stable name.
    pub kind: String,
    /// What it needs.
    pub payload: Json,
    /// Names the cause: a second promise for the same cause is not made.
    pub once_key: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// Not to be tried before.
    pub available_at: DateTimeUtc,
    /// The worker that is on it.
    pub lease: Option<Uuid>,
    /// When another may take it over.
    pub leased_until: Option<DateTimeUtc>,
    /// When it was promised.
    pub created_at: DateTimeUtc,
    /// When it was kept.
    pub done_at: Option<DateTimeUtc>,
    /// When it was given up.
    pub dead_at: Option<DateTimeUtc>,
    /// Why the last try failed; of one that is kept, why there was nothing left to do.
    pub last_error: Option<String>,
    /// Of a letter, which one it is.
    pub letter: Option<String>,
    /// Of a letter, its reader, where they have an account.
    pub person_id: Option<PersonId>,
    /// Of a letter, where it goes, masked, where its reader has no account.
    pub masked_address: Option<String>,
    /// When the payload was emptied.
    pub emptied_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
