//! Rows of `field_note`.

use entity::field_note::{self, Column, Entity, FieldNoteState};
use entity::id::FieldNoteId;
use entity::partner;
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::find;
use crate::audience;
use crate::error::{Error, Result};
use crate::op::{Permit, Tx};
use crate::submission::check_written;

/// A note of a partner in which the asker has a seat, or any where they are of the staff.
pub(super) async fn own(tx: &Tx, id: FieldNoteId) -> Result<field_note::Model> {
    let actor = tx.op().actor();
    actor.known()?;
    let mut found = Entity::find_by_id(id);
    if !actor.is_staff() {
        found = found.filter(Column::PartnerId.is_in(actor.partners()));
    }
    found
        .one(&tx.reader())
        .await?
        .ok_or(Error::NotFound("FieldNote"))
}

/// A published note that is meant for a partner in which the asker has a seat.
pub(super) async fn shared(tx: &Tx, id: FieldNoteId) -> Result<field_note::Model> {
    let partners = tx.op().actor().partners();
    let seats = Condition::all().add(partner::Column::Id.is_in(partners));
    Entity::find_by_id(id)
        .filter(Column::State.eq(FieldNoteState::Published))
        .filter(audience::includes(
            Column::Kinds,
            Column::Tiers,
            Column::Regions,
            seats,
        ))
        .one(&tx.reader())
        .await?
        .ok_or(Error::NotFound("FieldNote"))
}

pub(super) async fn by_id(db: &DatabaseExecutor<'_>, id: FieldNoteId) -> Result<field_note::Model> {
    Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("FieldNote"))
}

/// The row as the next to change it has to have read it.
pub(super) fn counted(row: field_note::Model) -> field_note::Model {
    field_note::Model {
        version: row.version + 1,
        ..row
    }
}

/// Writes the row as it now is; its version was counted already.
pub(super) async fn write(permit: &Permit<'_>, row: &field_note::Model) -> Result<()> {
    let mut values = row.clone().into_active_model().reset_all();
    // Others endorse it meanwhile.
    values.not_set(Column::Endorsements);
    let written = Entity::update_many()
        .set(values)
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(row.version - 1))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)?;
    find::index(permit, row.id).await
}
