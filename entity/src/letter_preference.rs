//! Which letters somebody wants, where they have said so.

use sea_orm::entity::prelude::*;

use crate::id::{LetterPreferenceId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "letter_preference")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LetterPreferenceId,
    /// Whose.
    pub person_id: PersonId,
    /// Which letter.
    pub letter: String,
    /// Whether they want it.
    pub wanted: bool,
    /// Since when.
    pub changed_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
