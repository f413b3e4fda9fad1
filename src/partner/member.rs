//! The people of a partner: invited, seated, given roles, and let go.

use entity::id::{InvitationId, MembershipId, PartnerId, PersonId};
use entity::membership::{self, MemberRole, MembershipState};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{rules, store};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope, email};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::identity::invitation;
use crate::op::{Op, Permit, Tx};
use crate::outbox::{self, Job};
use crate::submission::check_revision;

/// A seat offered to a colleague.
#[derive(Clone, Debug)]
pub struct Invite {
    /// In which partner.
    pub partner: PartnerId,
    /// To whom.
    pub email: String,
    /// How they are addressed.
    pub name: String,
    /// As what.
    pub role: MemberRole,
    /// Their language; the partner's where none is given.
    pub locale: Option<String>,
}

/// Invites a colleague. An earlier invitation that is still open is replaced.
///
/// # Errors
/// `INVALID` for each field that is not in order, `ALREADY_MEMBER`.
pub async fn invite(op: &Op, input: Invite) -> Result<InvitationId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let permission = match input.role {
                MemberRole::PartnerAdmin => Permission::ChangeSeatRoles,
                MemberRole::PartnerMember => Permission::ManageMembers,
            };
            let permit = tx.permit(permission, Scope::Partner(input.partner))?;
            let db = tx.reader();
            let partner = store::partner(&db, input.partner).await?;
            let (email, name) = check(input)?;
            if store::is_seated(&db, partner.id, &email).await? {
                let message = "This person is a member already.";
                return Err(Refusal::new("ALREADY_MEMBER", message).at("email").into());
            }
            let inviter = match permit.op().actor().person() {
                Some(person) => store::person(&db, person.id).await?.name,
                None => partner.legal_name.clone(),
            };
            invitation::invite(
                &permit,
                invitation::Invite {
                    partner: Some(partner.id),
                    email,
                    name,
                    member_role: Some(input.role),
                    vendor_roles: Vec::new(),
                    locale: input.locale.clone().unwrap_or(partner.locale),
                    time_zone: partner.time_zone,
                    organization: partner.legal_name,
                    inviter,
                },
            )
            .await
        })
    })
    .await
}

fn check(input: &Invite) -> Result<(String, String)> {
    let (address, name) = (email::normalize(&input.email), rules::squeeze(&input.name));
    let mut faults = Vec::new();
    if !(1..=200).contains(&name.chars().count()) {
        faults.push(rules::invalid(
            "name",
            "Give a name of 1 to 200 characters.",
        ));
    }
    if input
        .locale
        .as_deref()
        .is_some_and(|locale| !rules::is_locale(locale))
    {
        faults.push(rules::invalid(
            "locale",
            "Give a language tag, such as en or de-CH.",
        ));
    }
    match address {
        Some(address) if faults.is_empty() => Ok((address, name)),
        Some(_) => Err(Error::Refused(faults)),
        None => {
            let message = "Give an e-mail address, such as ana@example.com.";
            faults.push(rules::invalid("email", message));
            Err(Error::Refused(faults))
        }
    }
}

/// Takes back an invitation that is still open.
///
/// # Errors
/// `NOT_OPEN`.
pub async fn withdraw(op: &Op, id: InvitationId) -> Result<InvitationId> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            tx.op().actor().known()?;
            let row = invitation::by_id(&tx.reader(), id).await?;
            let partner = row.partner_id.ok_or(Error::NotFound("Invitation"))?;
            let permit = permit(tx, Permission::ManageMembers, partner, "Invitation")?;
            invitation::withdraw(&permit, row).await?;
            Ok(id)
        })
    })
    .await
}

/// The promise to do what follows from a seat that somebody took: what has to be asked of a member
/// only those know who ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seated {
    /// In which partner.
    pub partner: PartnerId,
    /// Who.
    pub person: PersonId,
}

impl Job for Seated {
    const KIND: &'static str = "partner.seated";
}

/// Seats the person: a new seat, or their old one again. A step of [`crate::onboarding::join`].
pub(crate) async fn seat(
    permit: &Permit<'_>,
    partner: PartnerId,
    person: PersonId,
    role: MemberRole,
) -> Result<membership::Model> {
    let row = match store::seat_of(&permit.reader(), partner, person).await? {
        Some(seat) if seat.state == MembershipState::Active => return Ok(seat),
        Some(seat) => {
            let again = membership::Model {
                role,
                state: MembershipState::Active,
                joined_at: permit.now(),
                ended_at: None,
                ..seat
            };
            store::update_membership(permit, again).await?
        }
        None => {
            let seat = membership::Model {
                id: permit.new_id(),
                partner_id: partner,
                person_id: person,
                role,
                state: MembershipState::Active,
                joined_at: permit.now(),
                ended_at: None,
                version: 1,
            };
            store::insert_membership(permit, seat).await?
        }
    };
    leave_traces(permit, &row, &()).await?;
    outbox::promise(permit, &Seated { partner, person }).await?;
    Ok(row)
}

/// Changes what a member may do.
///
/// # Errors
/// `CONFLICT`, `NOT_ACTIVE`, `LAST_ADMIN`.
pub async fn change_role(
    op: &Op,
    id: MembershipId,
    role: MemberRole,
    expected_version: i32,
) -> Result<MembershipId> {
    op.unit((id, role, expected_version), |tx, &(id, role, version)| {
        Box::pin(async move {
            let (permit, row) = open(tx, Permission::ChangeSeatRoles, id, version).await?;
            if row.state != MembershipState::Active {
                let message = "This seat has ended: reactivate it first.";
                return Err(Refusal::new("NOT_ACTIVE", message).into());
            }
            if row.role == role {
                return Ok(id);
            }
            keep_an_admin(&permit, &row).await?;
            let before = state(&row);
            let row = store::update_membership(&permit, membership::Model { role, ..row }).await?;
            audit::record(&permit, subject(&row), &before, &state(&row)).await?;
            Ok(id)
        })
    })
    .await
}

/// Ends a member's seat; what they did stays theirs.
///
/// # Errors
/// `CONFLICT`, `LAST_ADMIN`.
pub async fn deactivate(op: &Op, id: MembershipId, expected_version: i32) -> Result<MembershipId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let (permit, row) = open(tx, Permission::ManageMembers, id, version).await?;
            if row.state == MembershipState::Deactivated {
                return Ok(id);
            }
            keep_an_admin(&permit, &row).await?;
            let before = state(&row);
            let ended = membership::Model {
                state: MembershipState::Deactivated,
                ended_at: Some(permit.now()),
                ..row
            };
            let row = store::update_membership(&permit, ended).await?;
            leave_traces(&permit, &row, &before).await?;
            Ok(id)
        })
    })
    .await
}

/// Gives a member their seat back. A step of [`crate::onboarding::join::reactivate`].
pub(crate) async fn reseat(
    tx: &Tx,
    id: MembershipId,
    version: i32,
) -> Result<(Permit<'_>, PartnerId)> {
    let (permit, row) = open(tx, Permission::ManageMembers, id, version).await?;
    seat(&permit, row.partner_id, row.person_id, row.role).await?;
    Ok((permit, row.partner_id))
}

/// Nobody finds out what there is: they are told to sign in before anything is looked up.
async fn open(
    tx: &Tx,
    permission: Permission,
    id: MembershipId,
    version: i32,
) -> Result<(Permit<'_>, membership::Model)> {
    tx.op().actor().known()?;
    let row = store::membership(&tx.reader(), id).await?;
    let permit = permit(tx, permission, row.partner_id, "Membership")?;
    check_revision(version, row.version)?;
    Ok((permit, row))
}

/// Somebody else's row is answered like an absent one.
fn permit<'tx>(
    tx: &'tx Tx,
    permission: Permission,
    partner: PartnerId,
    what: &'static str,
) -> Result<Permit<'tx>> {
    let actor = tx.op().actor();
    if !actor.is_staff() && !actor.partners().any(|own| own == partner) {
        return Err(Error::NotFound(what));
    }
    tx.permit(permission, Scope::Partner(partner))
}

/// A partner is never left without an administrator.
async fn keep_an_admin(permit: &Permit<'_>, row: &membership::Model) -> Result<()> {
    let is_admin = row.role == MemberRole::PartnerAdmin;
    if is_admin && store::other_admins(&permit.reader(), row).await? == 0 {
        let message = "This is the partner's last administrator: make somebody else one first.";
        return Err(Refusal::new("LAST_ADMIN", message).into());
    }
    Ok(())
}

async fn leave_traces<B: serde::Serialize + Sync>(
    permit: &Permit<'_>,
    row: &membership::Model,
    before: &B,
) -> Result<()> {
    let about = About {
        partner: Some(row.partner_id),
        person: Some(row.person_id),
        subject: row.id.0,
    };
    let detail = match row.state {
        MembershipState::Active => Detail::MemberJoined { role: row.role },
        MembershipState::Deactivated => Detail::MemberLeft {},
    };
    fact::record(permit, about, &detail).await?;
    audit::record(permit, subject(row), before, &state(row)).await?;
    Ok(())
}

fn subject(row: &membership::Model) -> Subject {
    Subject {
        kind: "Membership",
        id: row.id.0,
        partner: Some(row.partner_id),
    }
}

fn state(row: &membership::Model) -> serde_json::Value {
    json!({ "person": row.person_id, "role": row.role, "state": row.state })
}
