//! Endorsing field notes: whoever has found one true in practice says so, once.
//!
//! Endorsements come from outside: nobody endorses a note of a partner in which they have a seat. They
//! are of the text that was read: where it is written anew, they end.

use entity::id::{FieldNoteEndorsementId, FieldNoteId, PersonId};
use entity::{field_note, field_note_endorsement};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};

use super::{about, store};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail};
use crate::op::{Op, Permit, Tx};

/// The codes with which endorsing is refused.
pub const CODES: &[&str] = &["OWN_NOTE"];

/// Endorses a published note, or takes the endorsement back. What is so already stays so.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn endorse(op: &Op, id: FieldNoteId, endorsed: bool) -> Result<FieldNoteId> {
    // The note is another partner's, and so is the fact.
    let op = op.at_the_door();
    op.unit((id, endorsed), |tx, &(id, endorsed)| {
        Box::pin(settle(tx, id, endorsed))
    })
    .await
}

async fn settle(tx: &Tx, id: FieldNoteId, endorsed: bool) -> Result<FieldNoteId> {
    let actor = tx.op().actor();
    actor.known()?;
    let me = actor.person().ok_or(Error::Forbidden)?.id;
    let permit = tx.permit(Permission::EndorseFieldNotes, Scope::Person(me))?;
    let note = store::shared(tx, id).await?;
    if actor.partners().any(|own| own == note.partner_id) {
        let message = "This is a note of your own partner: others endorse it.";
        return Err(Refusal::new("OWN_NOTE", message).into());
    }
    let changed = if endorsed {
        add(&permit, &note, me).await?
    } else {
        remove(&permit, &note, me).await?
    };
    if changed {
        let endorsements = recount(&permit, &note).await?;
        let detail = if endorsed {
            Detail::FieldNoteEndorsed { endorsements }
        } else {
            Detail::FieldNoteUnendorsed { endorsements }
        };
        // It is read by the partner whose note it is, which learns how many, and not who.
        fact::record_unsigned(&permit, about(&note), &detail).await?;
    }
    Ok(note.id)
}

/// Whether it was not there yet.
async fn add(permit: &Permit<'_>, note: &field_note::Model, person: PersonId) -> Result<bool> {
    use field_note_endorsement::Column;
    let row = field_note_endorsement::Model {
        id: permit.new_id::<FieldNoteEndorsementId>(),
        field_note_id: note.id,
        person_id: person,
        endorsed_at: permit.now(),
    };
    let once = OnConflict::columns([Column::FieldNoteId, Column::PersonId])
        .do_nothing()
        .to_owned();
    let added = field_note_endorsement::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(once)
        .exec_without_returning(permit.writer())
        .await?;
    Ok(added > 0)
}

/// Whether it was there.
async fn remove(permit: &Permit<'_>, note: &field_note::Model, person: PersonId) -> Result<bool> {
    let removed = field_note_endorsement::Entity::delete_many()
        .filter(field_note_endorsement::Column::FieldNoteId.eq(note.id))
        .filter(field_note_endorsement::Column::PersonId.eq(person))
        .exec(permit.writer())
        .await?;
    Ok(removed.rows_affected > 0)
}

/// Takes all endorsements away: they were of another text.
pub(super) async fn take_away(permit: &Permit<'_>, note: &field_note::Model) -> Result<()> {
    let removed = field_note_endorsement::Entity::delete_many()
        .filter(field_note_endorsement::Column::FieldNoteId.eq(note.id))
        .exec(permit.writer())
        .await?;
    if removed.rows_affected > 0 {
        let endorsements = recount(permit, note).await?;
        let detail = Detail::FieldNoteUnendorsed { endorsements };
        fact::record_unsigned(permit, about(note), &detail).await?;
    }
    Ok(())
}

/// Counts the rows anew: two at once get in each other's way, and one of them counts again.
async fn recount(permit: &Permit<'_>, note: &field_note::Model) -> Result<i32> {
    let count = field_note_endorsement::Entity::find()
        .filter(field_note_endorsement::Column::FieldNoteId.eq(note.id))
        .count(&permit.reader())
        .await?;
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    field_note::Entity::update_many()
        .col_expr(field_note::Column::Endorsements, Expr::value(count))
        .filter(field_note::Column::Id.eq(note.id))
        .exec(permit.writer())
        .await?;
    Ok(count)
}
