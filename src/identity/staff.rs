//! The vendor's staff: invited, given roles, and let go — but never the last administrator.

use entity::id::{InvitationId, PersonId};
use entity::person::{self, PersonState};
use entity::staff_role::{self, VendorRole};
use sea_orm::{ActiveModelTrait, Condition, IntoActiveModel, ModelTrait};
use serde_json::json;

use super::invitation::{self, Invite};
use super::profile::check_version;
use super::rules::{self, Faults};
use super::session::{End, end};
use super::{Guard, challenge, factor, store};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope, password};
use crate::config::Secret;
use crate::error::{Error, Refusal, Result};
use crate::op::{Op, Permit};

/// A place among the staff to be offered.
#[derive(Clone, Debug)]
pub struct StaffInvite {
    /// To whom.
    pub email: String,
    /// How they are addressed.
    pub name: String,
    /// With which roles.
    pub roles: Vec<VendorRole>,
    /// Language of the letter and, at first, of the account.
    pub locale: String,
    /// Zone of the account at first.
    pub time_zone: String,
}

/// Offers somebody a place among the staff.
///
/// # Errors
/// `INVALID` for each field that is not in order, `ALREADY_STAFF`.
pub async fn invite(op: &Op, guard: &Guard, input: StaffInvite) -> Result<InvitationId> {
    let program = guard.portal_name.to_string();
    op.unit((input, program), |tx, (input, program)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::ManageStaff, Scope::Portal)?;
            let db = tx.reader();
            let mut faults = Faults::default();
            let email = faults.keep(rules::address(&input.email, "email"));
            let name = faults.keep(rules::name(&input.name, "name"));
            let vendor_roles = faults.keep(rules::roles(&input.roles, "roles"));
            let locale = faults.keep(rules::locale(&input.locale, "locale"));
            let time_zone = faults.keep(rules::time_zone(&input.time_zone, "timeZone"));
            faults.none()?;
            if let Some(person) = store::by_email(&db, &email).await?
                && !store::roles(&db, person.id).await?.is_empty()
            {
                let message = "This person is of the staff already: change their roles instead.";
                return Err(Refusal::new("ALREADY_STAFF", message).at("email").into());
            }
            let inviter = match op_person(&permit) {
                Some(id) => store::person(&db, id).await?.name,
                None => program.clone(),
            };
            let invite = Invite {
                partner: None,
                email,
                name,
                member_role: None,
                vendor_roles,
                locale,
                time_zone,
                organization: program.clone(),
                inviter,
            };
            invitation::invite(&permit, invite).await
        })
    })
    .await
}

/// Takes back an offer that is still open.
///
/// # Errors
/// `NOT_OPEN`; [`Error::NotFound`] where it offers a seat in a partner.
pub async fn withdraw(op: &Op, id: InvitationId) -> Result<InvitationId> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let permit = tx.permit(Permission::ManageStaff, Scope::Portal)?;
            let row = invitation::by_id(&tx.reader(), id).await?;
            if row.partner_id.is_some() {
                return Err(Error::NotFound("Invitation"));
            }
            invitation::withdraw(&permit, row).await?;
            Ok(id)
        })
    })
    .await
}

/// Gives a person exactly these roles.
///
/// # Errors
/// `INVALID` where there is none, `CONFLICT`, `NOT_ACTIVE`, `LAST_ADMIN`.
pub async fn set_roles(
    op: &Op,
    person: PersonId,
    roles: Vec<VendorRole>,
    expected_version: i32,
) -> Result<PersonId> {
    op.unit(
        (person, roles, expected_version),
        |tx, (id, roles, version)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::ManageStaff, Scope::Portal)?;
                let roles = rules::roles(roles, "roles")?;
                let person = store::person(&tx.reader(), *id).await?;
                check_version(*version, &person)?;
                if person.state != PersonState::Active {
                    let message = "This account is closed: invite the person again.";
                    return Err(Refusal::new("NOT_ACTIVE", message).into());
                }
                replace(&permit, *id, &roles).await?;
                store::update(&permit, person).await?;
                Ok(*id)
            })
        },
    )
    .await
}

/// Closes the account of a member of the staff: no roles, no sessions, no sign-in.
///
/// # Errors
/// `CONFLICT`, `LAST_ADMIN`; [`Error::NotFound`] where the person is not of the staff.
pub async fn deactivate(op: &Op, person: PersonId, expected_version: i32) -> Result<PersonId> {
    op.unit((person, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::ManageStaff, Scope::Portal)?;
            let db = tx.reader();
            let person = store::person(&db, id).await?;
            if person.state == PersonState::Disabled {
                return Ok(id);
            }
            if store::roles(&db, id).await?.is_empty() {
                return Err(Error::NotFound("Person"));
            }
            check_version(version, &person)?;
            replace(&permit, id, &[]).await?;
            let before = json!({ "state": person.state });
            let person = person::Model {
                state: PersonState::Disabled,
                session_epoch: person.session_epoch + 1,
                ..person
            };
            let person = store::update(&permit, person).await?;
            let after = json!({ "state": person.state });
            audit::record(&permit, subject(id), &before, &after).await?;
            end(&permit, id, Condition::all(), End::AccountDisabled).await?;
            challenge::end(&permit, id).await?;
            // Whoever comes back is invited by an administrator, and begins anew.
            factor::clear(&permit, id).await?;
            Ok(id)
        })
    })
    .await
}

/// An account for a member of the staff, made without an invitation.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// Address that signs in.
    pub email: String,
    /// How they are addressed.
    pub name: String,
    /// The first password.
    pub password: Secret,
    /// With which roles.
    pub roles: Vec<VendorRole>,
    /// Language of letters.
    pub locale: String,
    /// Zone in which letters tell times.
    pub time_zone: String,
}

/// Makes an account for a member of the staff: how the first administrator comes into the world.
///
/// # Errors
/// `INVALID` for each field that is not in order, the refusals of [`password::check`],
/// `EMAIL_TAKEN`.
pub async fn create(op: &Op, guard: &Guard, input: NewStaff) -> Result<PersonId> {
    let mut faults = Faults::default();
    let email = faults.keep(rules::address(&input.email, "email"));
    let name = faults.keep(rules::name(&input.name, "name"));
    let roles = faults.keep(rules::roles(&input.roles, "roles"));
    let locale = faults.keep(rules::locale(&input.locale, "locale"));
    let time_zone = faults.keep(rules::time_zone(&input.time_zone, "timeZone"));
    let known = [&*guard.portal_name, &email, &name];
    faults.keep(password::check(input.password.reveal(), &known, "password"));
    faults.none()?;
    let hash = guard.hasher.hash(&input.password).await?;
    let row = person::Model {
        // Filled in by the unit of work, from which ids come.
        id: PersonId(uuid::Uuid::nil()),
        email,
        name,
        locale,
        time_zone,
        password_hash: Some(hash),
        state: PersonState::Active,
        session_epoch: 0,
        email_confirmed_at: Some(op.now()),
        created_at: op.now(),
        updated_at: op.now(),
        version: 1,
    };
    op.unit((row, roles), |tx, (row, roles)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::ManageStaff, Scope::Portal)?;
            if store::by_email(&tx.reader(), &row.email).await?.is_some() {
                let message = "There is an account of this address already.";
                return Err(Refusal::new("EMAIL_TAKEN", message).at("email").into());
            }
            let row = person::Model {
                id: permit.new_id(),
                ..row.clone()
            };
            let person = store::insert(&permit, row).await?;
            let after = json!({ "state": person.state, "email": person.email });
            audit::record(&permit, subject(person.id), &(), &after).await?;
            grant(&permit, person.id, roles).await?;
            Ok(person.id)
        })
    })
    .await
}

/// Gives a person these roles, in addition to those that they hold.
pub(super) async fn grant(
    permit: &Permit<'_>,
    person: PersonId,
    roles: &[VendorRole],
) -> Result<()> {
    let held = store::roles(&permit.reader(), person).await?;
    let all: Vec<_> = held
        .iter()
        .map(|row| row.role)
        .chain(roles.iter().copied())
        .collect();
    replace(permit, person, &all).await
}

/// Gives a person exactly these roles, and keeps an administrator.
async fn replace(permit: &Permit<'_>, person: PersonId, roles: &[VendorRole]) -> Result<()> {
    let db = permit.reader();
    let held = store::roles(&db, person).await?;
    let was: Vec<_> = held.iter().map(|row| row.role).collect();
    let is_demoted = was.contains(&VendorRole::Admin) && !roles.contains(&VendorRole::Admin);
    if is_demoted && !store::has_other_admin(&db, person).await? {
        let message = "This is the last administrator: make somebody else one first.";
        return Err(Refusal::new("LAST_ADMIN", message).into());
    }
    for row in held.into_iter().filter(|row| !roles.contains(&row.role)) {
        row.delete(permit.writer()).await?;
    }
    let mut is = roles.to_vec();
    is.sort_unstable();
    is.dedup();
    for role in is.iter().copied().filter(|role| !was.contains(role)) {
        let row = staff_role::Model {
            id: permit.new_id(),
            person_id: person,
            role,
            granted_at: permit.now(),
        };
        row.into_active_model()
            .reset_all()
            .insert(permit.writer())
            .await?;
    }
    audit::record(
        permit,
        subject(person),
        &json!({ "roles": was }),
        &json!({ "roles": is }),
    )
    .await?;
    Ok(())
}

fn op_person(permit: &Permit<'_>) -> Option<PersonId> {
    permit.op().actor().person().map(|person| person.id)
}

fn subject(person: PersonId) -> Subject {
    Subject {
        kind: "Person",
        id: person.0,
        partner: None,
    }
}
