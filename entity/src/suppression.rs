//! Addresses to which nothing is sent, since a server said that they do not exist.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{OutboxMessageId, PersonId, SuppressionId};

/// What the server said of the address.
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
pub enum SuppressionReason {
    /// There is none such (550).
    NoSuchMailbox,
    /// It is elsewhere now (551).
    Moved,
    /// Nobody can have such an address (553).
    NotAllowed,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suppression")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SuppressionId,
    /// The address in its one form; suppressed once at a time.
    pub address: String,
    /// What the server said of it.
    pub reason: SuppressionReason,
    /// The server's own words.
    pub reply: String,
    /// The letter that did not arrive.
    pub letter_id: OutboxMessageId,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// When it was lifted.
    pub lifted_at: Option<DateTimeUtc>,
    /// By whom.
    pub lifted_by: Option<PersonId>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
