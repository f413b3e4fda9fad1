//! Changes of notes that are published: others go on reading the accepted text until a reviewer has
//! said whether the new one takes its place.
//!
//! A note has one change at most. It is seen by its own partner and the staff; what was declined or
//! taken back stays there to be read until the next one.

use entity::field_note::{self, FieldNoteState};
use entity::field_note_change::{Column, Entity, Model};
use entity::id::FieldNoteId;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::endorse;
use crate::error::Result;
use crate::op::Permit;

/// The change on which the last word is not said yet.
pub(super) async fn open(db: &DatabaseExecutor<'_>, note: FieldNoteId) -> Result<Option<Model>> {
    Ok(Entity::find().filter(is_open(note)).one(db).await?)
}

/// The change of that note, as long as the last word on it is not said.
fn is_open(note: FieldNoteId) -> Condition {
    let states = [FieldNoteState::Submitted, FieldNoteState::ChangesRequested];
    Condition::all()
        .add(Column::FieldNoteId.eq(note))
        .add(Column::State.is_in(states))
}

/// Submits what the note is to say, instead of whatever change there was of it.
pub(super) async fn submit(permit: &Permit<'_>, wanted: &field_note::Model) -> Result<()> {
    remove(permit, wanted.id).await?;
    let row = Model {
        id: permit.new_id(),
        field_note_id: wanted.id,
        partner_id: wanted.partner_id,
        state: FieldNoteState::Submitted,
        title: wanted.title.clone(),
        text: wanted.text.clone(),
        tags: wanted.tags.clone(),
        locale: wanted.locale.clone(),
        playbook: wanted.playbook.clone(),
        playbook_id: wanted.playbook_id,
        course: wanted.course.clone(),
        course_id: wanted.course_id,
        shows_partner: wanted.shows_partner,
        submitted_at: permit.now(),
    };
    Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

/// The note with what its change says, which is no change any more. Those who endorsed another text
/// did not endorse this one.
pub(super) async fn accept(
    permit: &Permit<'_>,
    note: field_note::Model,
    change: Model,
) -> Result<field_note::Model> {
    remove(permit, note.id).await?;
    if (&note.title, &note.text) != (&change.title, &change.text) {
        endorse::take_away(permit, &note).await?;
    }
    Ok(field_note::Model {
        title: change.title,
        text: change.text,
        tags: change.tags,
        locale: change.locale,
        playbook: change.playbook,
        playbook_id: change.playbook_id,
        course: change.course,
        course_id: change.course_id,
        shows_partner: change.shows_partner,
        ..note
    })
}

/// Says of the open change of a note where it stands now.
pub(super) async fn settle(
    permit: &Permit<'_>,
    note: FieldNoteId,
    state: FieldNoteState,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .filter(is_open(note))
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// Takes away whatever change there is of a note; whether there was one.
pub(super) async fn remove(permit: &Permit<'_>, note: FieldNoteId) -> Result<bool> {
    let removed = Entity::delete_many()
        .filter(Column::FieldNoteId.eq(note))
        .exec(permit.writer())
        .await?;
    Ok(removed.rows_affected > 0)
}
