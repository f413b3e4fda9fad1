//! Reads and writes of accounts.

use std::time::Duration;

use entity::id::PersonId;
use entity::person::{self, Column, Entity, PersonState};
use entity::staff_role::{self, VendorRole};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use crate::error::{Error, Result};
use crate::op::Permit;

/// The account of that address.
pub(super) async fn by_email(
    db: &DatabaseExecutor<'_>,
    email: &str,
) -> Result<Option<person::Model>> {
    let row = Entity::find()
        .filter(Column::Email.eq(email))
        .one(db)
        .await?;
    Ok(row)
}

/// The account.
pub(super) async fn person(db: &DatabaseExecutor<'_>, id: PersonId) -> Result<person::Model> {
    let row = Entity::find_by_id(id).one(db).await?;
    row.ok_or(Error::NotFound("Person"))
}

/// Makes an account.
pub(super) async fn insert(permit: &Permit<'_>, row: person::Model) -> Result<person::Model> {
    let row = row.into_active_model().reset_all();
    let inserted: Result<_> = row.insert(permit.writer()).await.map_err(Error::from);
    inserted.map_err(|error| match error.constraint().as_deref() {
        // Somebody made the same account at the same time: the next try finds it.
        Some("uq_person_email" | "person.email") => Error::Busy(Duration::from_secs(1)),
        _ => error,
    })
}

/// Writes the account as it now is.
pub(super) async fn update(permit: &Permit<'_>, row: person::Model) -> Result<person::Model> {
    let row = person::Model {
        updated_at: permit.now(),
        version: row.version + 1,
        ..row
    };
    let row = row.into_active_model().reset_all();
    Ok(row.update(permit.writer()).await?)
}

/// The vendor roles that a person holds.
pub(super) async fn roles(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
) -> Result<Vec<staff_role::Model>> {
    let rows = staff_role::Entity::find()
        .filter(staff_role::Column::PersonId.eq(person))
        .order_by_asc(staff_role::Column::Role)
        .all(db)
        .await?;
    Ok(rows)
}

/// Whether anybody else who may sign in is an administrator.
pub(super) async fn has_other_admin(db: &DatabaseExecutor<'_>, person: PersonId) -> Result<bool> {
    let admins = staff_role::Entity::find()
        .filter(staff_role::Column::Role.eq(VendorRole::Admin))
        .filter(staff_role::Column::PersonId.ne(person))
        .all(db)
        .await?;
    let active = Entity::find()
        .filter(Column::Id.is_in(admins.into_iter().map(|row| row.person_id)))
        .filter(Column::State.eq(PersonState::Active))
        .one(db)
        .await?;
    Ok(active.is_some())
}
