//! What proves somebody beside the password.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{FactorId, PersonId};

/// How a factor proves somebody.
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
pub enum FactorKind {
    /// By codes of six digits that change with the time (RFC 6238).
    Totp,
    /// By a key that the device keeps (`WebAuthn`).
    Passkey,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "factor")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FactorId,
    /// Whom it proves.
    pub person_id: PersonId,
    /// How.
    pub kind: FactorKind,
    /// What its owner calls it.
    pub name: String,
    /// When it was begun.
    pub created_at: DateTimeUtc,
    /// Since when it proves anybody; none until a first code was right.
    pub confirmed_at: Option<DateTimeUtc>,
    /// When it last proved somebody.
    pub used_at: Option<DateTimeUtc>,
    /// The step of time whose code was used last: no code of it or before it is used again.
    pub last_step: Option<i64>,
    /// What a passkey that was begun has to be made for.
    pub ceremony: Option<Json>,
    /// How a passkey calls itself, in base 64; unique.
    pub credential_id: Option<String>,
    /// Its public key, and what else browsers told of it.
    pub credential: Option<Json>,
    /// How often it was used, as it says itself.
    pub counter: Option<i64>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
