//! Changes of published field notes: what is to take the place of the text that others read.

use sea_orm::entity::prelude::*;

use crate::field_note::FieldNoteState;
use crate::id::{CourseId, FieldNoteChangeId, FieldNoteId, PartnerId, PlaybookId};

/// One row: a note has one change at most.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "field_note_change")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FieldNoteChangeId,
    /// Of which note.
    pub field_note_id: FieldNoteId,
    /// Whose the note is.
    pub partner_id: PartnerId,
    /// Where it stands; never `PUBLISHED` or `HIDDEN`, since what is accepted is the note's own text.
    pub state: FieldNoteState,
    /// What the note is to be about, in a line.
    pub title: String,
    /// What was learned, as Markdown.
    pub text: String,
    /// What it is to be found by, each between bars.
    pub tags: String,
    /// Language of its texts.
    pub locale: String,
    /// The playbook beside which it is to stand, by its slug.
    pub playbook: Option<String>,
    /// The same, by its key.
    pub playbook_id: Option<PlaybookId>,
    /// The course beside which it is to stand, by its slug.
    pub course: Option<String>,
    /// The same, by its key.
    pub course_id: Option<CourseId>,
    /// Whether other partners may read whose it is.
    pub shows_partner: bool,
    /// When it was submitted.
    pub submitted_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
