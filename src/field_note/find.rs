//! What can be found of field notes.

use entity::field_note::{self, FieldNoteState};
use entity::id::FieldNoteId;
use entity::search_shelf::SearchKind;
use sea_orm::EntityTrait;

use crate::audience::{self, Kept};
use crate::error::Result;
use crate::op::Permit;
use crate::search::{self, Entry, Passage, Readers, Text};

/// Puts the note into the search as it is now: what is published is found by those for whom it is,
/// the rest by the partner and the staff. Whose it is, it does not say.
///
/// # Errors
/// What the database said.
pub async fn index(permit: &Permit<'_>, id: FieldNoteId) -> Result<()> {
    let found = field_note::Entity::find_by_id(id)
        .one(&permit.reader())
        .await?;
    let Some(row) = found else {
        return search::remove(permit, id.0).await;
    };
    let readers = match row.state {
        FieldNoteState::Published => Readers::Audience(Kept::from(&row)),
        FieldNoteState::Submitted
        | FieldNoteState::ChangesRequested
        | FieldNoteState::Hidden
        | FieldNoteState::Declined
        | FieldNoteState::Withdrawn => Readers::Partner(row.partner_id),
    };
    let entry = Entry {
        kind: SearchKind::FieldNote,
        id: id.0,
        version: row.version,
        readers,
        tags: audience::values(&row.tags),
        names: Vec::new(),
        texts: vec![Text {
            locale: row.locale,
            title: row.title,
            summary: String::new(),
            passages: vec![Passage {
                heading: String::new(),
                body: row.text,
            }],
        }],
    };
    search::put(permit, &entry).await
}
