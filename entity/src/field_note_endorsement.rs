//! Who endorses which field note.

use sea_orm::entity::prelude::*;

use crate::id::{FieldNoteEndorsementId, FieldNoteId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "field_note_endorsement")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FieldNoteEndorsementId,
    /// The note.
    pub field_note_id: FieldNoteId,
    /// Who endorses it.
    pub person_id: PersonId,
    /// Since when.
    pub endorsed_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
