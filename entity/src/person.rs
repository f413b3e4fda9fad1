//! People with an account: the vendor's staff and the partners' members.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::PersonId;

/// Whether an account may sign in.
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
pub enum PersonState {
    /// May sign in.
    Active,
    /// May not sign in; what they did stays theirs.
    Disabled,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    /// Address that signs in, in lower case; unique.
    pub email: String,
    /// Name as the person writes it.
    pub name: String,
    /// Language of letters, a BCP 47 tag such as `de`.
    pub locale: String,
    /// IANA name of the zone in which letters tell times.
    pub time_zone: String,
    /// Argon2id in PHC form; none until an invitation is accepted.
    pub password_hash: Option<String>,
    /// Whether the account may sign in.
    pub state: PersonState,
    /// Tokens of an earlier epoch are void.
    pub session_epoch: i32,
    /// When the address proved to be theirs.
    pub email_confirmed_at: Option<DateTimeUtc>,
    /// When the account was made.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
