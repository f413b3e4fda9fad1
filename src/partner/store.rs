//! Rows of `application`, `partner` and `membership`.

use entity::id::{ApplicationId, MembershipId, PartnerId, PersonId};
use entity::membership::{self, MemberRole, MembershipState};
use entity::staff_role::{self, VendorRole};
use entity::{application, partner, person};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseExecutor, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use crate::error::{Error, Result};
use crate::op::Permit;

/// The application of that id.
pub(crate) async fn application(
    db: &DatabaseExecutor<'_>,
    id: ApplicationId,
) -> Result<application::Model> {
    application::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("PartnerApplication"))
}

/// Writes a new application.
pub(super) async fn insert_application(
    permit: &Permit<'_>,
    row: application::Model,
) -> Result<application::Model> {
    Ok(row
        .into_active_model()
        .reset_all()
        .insert(permit.writer())
        .await?)
}

/// Writes the application as it is now, as its next revision.
pub(super) async fn update_application(
    permit: &Permit<'_>,
    row: application::Model,
) -> Result<application::Model> {
    let next = row.version + 1;
    let mut row = row.into_active_model().reset_all();
    row.version = Set(next);
    row.updated_at = Set(permit.now());
    Ok(row.update(permit.writer()).await?)
}

/// How many other applications and partners look like that company: by name or by domain.
pub(super) async fn possible_duplicates(
    db: &DatabaseExecutor<'_>,
    row: &application::Model,
) -> Result<u64> {
    let applications = application::Entity::find()
        .filter(application::Column::Id.ne(row.id))
        .filter(
            Condition::any()
                .add(application::Column::NormalizedName.eq(&row.normalized_name))
                .add(application::Column::Domain.eq(&row.domain)),
        )
        .count(db)
        .await?;
    let partners = partner::Entity::find()
        .filter(partner::Column::ApplicationId.ne(row.id))
        .filter(
            Condition::any()
                .add(partner::Column::NormalizedName.eq(&row.normalized_name))
                .add(partner::Column::Domain.eq(&row.domain)),
        )
        .count(db)
        .await?;
    Ok(applications + partners)
}

/// The partner of that id.
pub(crate) async fn partner(db: &DatabaseExecutor<'_>, id: PartnerId) -> Result<partner::Model> {
    partner::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Partner"))
}

/// Writes a new partner.
pub(super) async fn insert_partner(
    permit: &Permit<'_>,
    row: partner::Model,
) -> Result<partner::Model> {
    Ok(row
        .into_active_model()
        .reset_all()
        .insert(permit.writer())
        .await?)
}

/// Writes the partner as it is now, as its next version.
pub(super) async fn update_partner(
    permit: &Permit<'_>,
    row: partner::Model,
) -> Result<partner::Model> {
    let next = row.version + 1;
    let mut row = row.into_active_model().reset_all();
    row.version = Set(next);
    row.updated_at = Set(permit.now());
    Ok(row.update(permit.writer()).await?)
}

/// The seat of that id.
pub(super) async fn membership(
    db: &DatabaseExecutor<'_>,
    id: MembershipId,
) -> Result<membership::Model> {
    membership::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Membership"))
}

/// The person's seat in the partner, taken or left.
pub(super) async fn seat_of(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
    person: PersonId,
) -> Result<Option<membership::Model>> {
    Ok(membership::Entity::find()
        .filter(membership::Column::PartnerId.eq(partner))
        .filter(membership::Column::PersonId.eq(person))
        .one(db)
        .await?)
}

/// Whether someone with that address has an active seat in the partner.
pub(super) async fn is_seated(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
    email: &str,
) -> Result<bool> {
    let Some(person) = person::Entity::find()
        .filter(person::Column::Email.eq(email))
        .one(db)
        .await?
    else {
        return Ok(false);
    };
    let seat = seat_of(db, partner, person.id).await?;
    Ok(seat.is_some_and(|seat| seat.state == MembershipState::Active))
}

/// How many active administrators the partner has besides that seat.
pub(super) async fn other_admins(
    db: &DatabaseExecutor<'_>,
    seat: &membership::Model,
) -> Result<u64> {
    Ok(membership::Entity::find()
        .filter(membership::Column::PartnerId.eq(seat.partner_id))
        .filter(membership::Column::State.eq(MembershipState::Active))
        .filter(membership::Column::Role.eq(MemberRole::PartnerAdmin))
        .filter(membership::Column::Id.ne(seat.id))
        .count(db)
        .await?)
}

/// Writes a new seat.
pub(super) async fn insert_membership(
    permit: &Permit<'_>,
    row: membership::Model,
) -> Result<membership::Model> {
    Ok(row
        .into_active_model()
        .reset_all()
        .insert(permit.writer())
        .await?)
}

/// Writes the seat as it is now, as its next version.
pub(super) async fn update_membership(
    permit: &Permit<'_>,
    row: membership::Model,
) -> Result<membership::Model> {
    let next = row.version + 1;
    let mut row = row.into_active_model().reset_all();
    row.version = Set(next);
    Ok(row.update(permit.writer()).await?)
}

/// The person of that id.
pub(crate) async fn person(db: &DatabaseExecutor<'_>, id: PersonId) -> Result<person::Model> {
    person::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Person"))
}

/// Active staff with one of these roles, oldest account first: at most 100, since each gets a
/// letter.
pub(crate) async fn staff(
    db: &DatabaseExecutor<'_>,
    roles: &[VendorRole],
) -> Result<Vec<PersonId>> {
    let holders = staff_role::Entity::find()
        .select_only()
        .column(staff_role::Column::PersonId)
        .filter(staff_role::Column::Role.is_in(roles.iter().copied()))
        .into_query();
    Ok(person::Entity::find()
        .filter(person::Column::State.eq(person::PersonState::Active))
        .filter(person::Column::Id.in_subquery(holders))
        .order_by_asc(person::Column::Id)
        .limit(100)
        .all(db)
        .await?
        .into_iter()
        .map(|person| person.id)
        .collect())
}

/// Whether they are of the staff, with an active account.
pub(crate) async fn is_staff(db: &DatabaseExecutor<'_>, person: PersonId) -> Result<bool> {
    let holders = staff_role::Entity::find()
        .select_only()
        .column(staff_role::Column::PersonId)
        .into_query();
    let found = person::Entity::find_by_id(person)
        .filter(person::Column::State.eq(person::PersonState::Active))
        .filter(person::Column::Id.in_subquery(holders))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Who is told that something waits for review: whoever is on it, as long as they may review it;
/// otherwise all who hold one of the roles. A young portal may have nobody but its administrators.
pub(crate) async fn reviewers(
    db: &DatabaseExecutor<'_>,
    on_it: Option<PersonId>,
    roles: &[VendorRole],
) -> Result<Vec<PersonId>> {
    let all = staff(db, roles).await?;
    let admins = staff(db, &[VendorRole::Admin]).await?;
    if let Some(person) = on_it.filter(|it| all.contains(it) || admins.contains(it)) {
        return Ok(vec![person]);
    }
    Ok(if all.is_empty() { admins } else { all })
}

/// Of these people, those who are active members of the partner, and as what.
pub(crate) async fn members_among(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
    people: impl IntoIterator<Item = PersonId>,
) -> Result<Vec<(PersonId, MemberRole)>> {
    let seats = membership::Entity::find()
        .filter(membership::Column::PartnerId.eq(partner))
        .filter(membership::Column::State.eq(MembershipState::Active))
        .filter(membership::Column::PersonId.is_in(people))
        .all(db)
        .await?;
    let seats = seats.into_iter().map(|seat| (seat.person_id, seat.role));
    Ok(seats.collect())
}
