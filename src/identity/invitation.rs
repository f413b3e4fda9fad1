//! Seats offered by mail, in a partner or among the vendor's staff.
//!
//! To accept one proves the address. Somebody without an account makes one by choosing a password;
//! somebody who has one proves to be its owner, by being signed in or by its password: whoever can
//! read a person's mail does not get their account.

use chrono::TimeDelta;
use entity::id::{InvitationId, PartnerId, PersonId};
use entity::invitation::{Column, Entity, InvitationState, Model};
use entity::link::LinkPurpose;
use entity::membership::MemberRole;
use entity::person::{self, PersonState};
use entity::staff_role::VendorRole;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::json;

use super::link::{self, Door};
use super::rules::{self, Faults};
use super::{Guard, attempt, invalid_credentials, staff, store};
use crate::audit::{self, Subject};
use crate::auth::password;
use crate::config::Secret;
use crate::error::{Error, Refusal, Result};
use crate::notification::{Letter, Reader, tell};
use crate::op::{Op, Permit};
use crate::throttle::{self, Rate, Try};

/// Invitations that an address gets, whoever sends them.
const TO_ADDRESS: Rate = Rate {
    burst: 5,
    every: TimeDelta::hours(6),
};

/// Invitations that a partner sends.
const BY_PARTNER: Rate = Rate {
    burst: 200,
    every: TimeDelta::minutes(5),
};

/// A seat to be offered.
#[derive(Clone, Debug)]
pub struct Invite {
    /// In which partner; none for the vendor's staff.
    pub partner: Option<PartnerId>,
    /// To whom, as [`crate::auth::email::normalize`] gives it.
    pub email: String,
    /// How they are addressed.
    pub name: String,
    /// The seat in the partner; none for the vendor's staff.
    pub member_role: Option<MemberRole>,
    /// The roles among the vendor's staff; none for a partner.
    pub vendor_roles: Vec<VendorRole>,
    /// Language of the letter and, at first, of the account.
    pub locale: String,
    /// Zone of the account at first.
    pub time_zone: String,
    /// The partner or the program, as the letter names it.
    pub organization: String,
    /// Who offers it, as the letter names them.
    pub inviter: String,
}

/// Offers the seat in a letter. An open invitation of the same address to the same place is
/// withdrawn: the newer one replaces it.
///
/// # Errors
/// [`Error::Busy`] where the address got, or the partner sent, too many of late: a portal is not to
/// fill mailboxes of people who never asked.
pub async fn invite(permit: &Permit<'_>, invite: Invite) -> Result<InvitationId> {
    let mut tries = vec![Try::of(&["invite", &invite.email], TO_ADDRESS)];
    if let Some(partner) = invite.partner {
        tries.push(Try::of(&["invite by", &partner.0.to_string()], BY_PARTNER));
    }
    throttle::count(permit, &tries).await?;
    let place = match invite.partner {
        Some(partner) => Column::PartnerId.eq(partner),
        None => Column::PartnerId.is_null(),
    };
    let earlier = Entity::find()
        .filter(Column::Email.eq(&invite.email))
        .filter(place)
        .filter(Column::State.eq(InvitationState::Pending))
        .all(&permit.reader())
        .await?;
    for row in earlier {
        withdraw(permit, row).await?;
    }
    let id = permit.new_id();
    let link_door = Door::AcceptInvitation(id);
    let row = Model {
        id,
        partner_id: invite.partner,
        email: invite.email,
        name: invite.name,
        member_role: invite.member_role,
        vendor_roles: serde_json::to_value(invite.vendor_roles)?,
        locale: invite.locale,
        time_zone: invite.time_zone,
        state: InvitationState::Pending,
        invited_by: permit.op().actor().person().map(|person| person.id),
        created_at: permit.now(),
        expires_at: permit.now() + link_door.lifetime(),
        closed_at: None,
        accepted_by: None,
    };
    let row = row
        .into_active_model()
        .reset_all()
        .insert(permit.writer())
        .await?;
    let after = json!({
        "state": row.state, "email": row.email,
        "memberRole": row.member_role, "vendorRoles": row.vendor_roles,
    });
    audit::record(permit, subject(&row), &(), &after).await?;
    let letter = Letter::Invitation {
        organization: invite.organization,
        inviter: invite.inviter,
        role: row.member_role,
        link: link::issue(permit, link_door, &row.email).await?,
    };
    let reader = Reader::Address {
        email: row.email,
        name: row.name,
        locale: row.locale,
        time_zone: row.time_zone,
    };
    tell(permit, reader, row.partner_id, letter).await?;
    Ok(id)
}

/// The invitation.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn by_id(db: &DatabaseExecutor<'_>, id: InvitationId) -> Result<Model> {
    let row = Entity::find_by_id(id).one(db).await?;
    row.ok_or(Error::NotFound("Invitation"))
}

/// Takes back an invitation that is still open; its link works no more.
///
/// # Errors
/// `NOT_OPEN` where it was accepted or withdrawn.
pub async fn withdraw(permit: &Permit<'_>, row: Model) -> Result<Model> {
    if row.state != InvitationState::Pending {
        let message = match row.state {
            InvitationState::Withdrawn => "This invitation was withdrawn already.",
            InvitationState::Accepted | InvitationState::Pending => {
                "This invitation was accepted already: end the seat instead."
            }
        };
        return Err(Refusal::new("NOT_OPEN", message).into());
    }
    link::close(permit, Door::AcceptInvitation(row.id)).await?;
    close(permit, row, InvitationState::Withdrawn, None).await
}

async fn close(
    permit: &Permit<'_>,
    row: Model,
    state: InvitationState,
    accepted_by: Option<PersonId>,
) -> Result<Model> {
    let before = json!({ "state": row.state });
    let row = Model {
        state,
        closed_at: Some(permit.now()),
        accepted_by,
        ..row
    };
    let row = row
        .into_active_model()
        .reset_all()
        .update(permit.writer())
        .await?;
    let after = json!({ "state": row.state });
    audit::record(permit, subject(&row), &before, &after).await?;
    Ok(row)
}

/// What somebody answers to an invitation.
#[derive(Clone, Debug)]
pub struct Answer {
    /// From the letter's link.
    pub token: Secret,
    /// How they write their name; as invited where none is given. An account that is there already
    /// keeps its own.
    pub name: Option<String>,
    /// The new account's password, or that of the account which is there already.
    pub password: Option<Secret>,
    /// Their language; as invited where none is given.
    pub locale: Option<String>,
    /// Their zone; as invited where none is given.
    pub time_zone: Option<String>,
}

/// An answer whose password was verified or hashed: what [`accept`] takes.
#[derive(Clone, Debug)]
pub struct Prepared {
    token: Secret,
    name: String,
    locale: String,
    time_zone: String,
    proof: Proof,
}

/// How the account of the invited address is theirs.
#[derive(Clone, Debug)]
enum Proof {
    /// There is none yet, or one without a password: this is the hash of the new password.
    New(Secret),
    /// They gave the password of this hash.
    Password(Secret),
    /// They are signed in as this person.
    SignedIn(PersonId),
}

/// Does what takes long, before the unit of work in which the invitation is accepted.
///
/// # Errors
/// `LINK_INVALID`; `INVALID_CREDENTIALS` where there is an account of another password; the
/// refusals of [`password::check`], and `INVALID` for each field that is not in order.
pub async fn prepare(op: &Op, guard: &Guard, answer: Answer) -> Result<Prepared> {
    let link = link::peek(op, answer.token.reveal(), LinkPurpose::AcceptInvitation).await?;
    let id = link.invitation_id.ok_or_else(link::invalid)?;
    let invitation = by_id(&op.reader(), id).await?;
    let mut faults = Faults::default();
    let name = answer.name.as_deref().unwrap_or(&invitation.name);
    let name = faults.keep(rules::name(name, "name"));
    let locale = answer.locale.as_deref().unwrap_or(&invitation.locale);
    let locale = faults.keep(rules::locale(locale, "locale"));
    let time_zone = answer.time_zone.as_deref().unwrap_or(&invitation.time_zone);
    let time_zone = faults.keep(rules::time_zone(time_zone, "timeZone"));
    let account = store::by_email(&op.reader(), &invitation.email).await?;
    let stored = account.as_ref().and_then(|it| it.password_hash.as_deref());
    let is_theirs = account.as_ref().is_some_and(|account| {
        op.actor()
            .person()
            .is_some_and(|person| person.id == account.id)
    });
    let proof = match (answer.password, stored, account.as_ref()) {
        (_, Some(_), Some(account)) if is_theirs => {
            faults.none()?;
            Proof::SignedIn(account.id)
        }
        (given, Some(stored), _) => {
            faults.none()?;
            let given = given.unwrap_or_else(|| String::new().into());
            let owner = account.as_ref().map(|account| account.id);
            let whose = (invitation.email.as_str(), owner);
            if !attempt::verify(op, guard, whose, &given, Some(stored)).await? {
                return Err(invalid_credentials().at("password").into());
            }
            Proof::Password(stored.to_owned().into())
        }
        (chosen, None, _) => {
            let chosen = chosen.unwrap_or_else(|| String::new().into());
            let known = [&*guard.portal_name, &invitation.email, &name];
            faults.keep(password::check(chosen.reveal(), &known, "password"));
            faults.none()?;
            Proof::New(guard.hasher.hash(&chosen).await?.into())
        }
    };
    Ok(Prepared {
        token: answer.token,
        name,
        locale,
        time_zone,
        proof,
    })
}

/// An invitation that was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// It.
    pub invitation: Model,
    /// By whom.
    pub person: person::Model,
}

/// Accepts the invitation: uses up the link, makes the account where there is none, and gives the
/// vendor roles that it offers. The seat in a partner is given by who owns seats.
///
/// # Errors
/// `LINK_INVALID`; `INVALID_CREDENTIALS` where the account changed since [`prepare`];
/// `ACCOUNT_DISABLED`.
pub async fn accept(permit: &Permit<'_>, prepared: &Prepared) -> Result<Accepted> {
    let link = link::redeem(
        permit,
        prepared.token.reveal(),
        LinkPurpose::AcceptInvitation,
    )
    .await?;
    let id = link.invitation_id.ok_or_else(link::invalid)?;
    let invitation = by_id(&permit.reader(), id).await?;
    if invitation.state != InvitationState::Pending {
        return Err(link::invalid().into());
    }
    let account = store::by_email(&permit.reader(), &invitation.email).await?;
    let person = own(permit, prepared, &invitation, account).await?;
    let roles: Vec<VendorRole> = serde_json::from_value(invitation.vendor_roles.clone())?;
    if !roles.is_empty() {
        staff::grant(permit, person.id, &roles).await?;
    }
    let by = Some(person.id);
    let invitation = close(permit, invitation, InvitationState::Accepted, by).await?;
    Ok(Accepted { invitation, person })
}

/// The account that they proved to be theirs, or a new one.
async fn own(
    permit: &Permit<'_>,
    prepared: &Prepared,
    invitation: &Model,
    account: Option<person::Model>,
) -> Result<person::Model> {
    let now = permit.now();
    let Some(account) = account else {
        let Proof::New(hash) = &prepared.proof else {
            return Err(invalid_credentials().at("password").into());
        };
        let row = person::Model {
            id: permit.new_id(),
            email: invitation.email.clone(),
            name: prepared.name.clone(),
            locale: prepared.locale.clone(),
            time_zone: prepared.time_zone.clone(),
            password_hash: Some(hash.reveal().to_owned()),
            state: PersonState::Active,
            session_epoch: 0,
            email_confirmed_at: Some(now),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        return store::insert(permit, row).await;
    };
    let stored = account.password_hash.as_deref();
    let is_proved = match &prepared.proof {
        Proof::New(_) => stored.is_none(),
        Proof::Password(hash) => stored == Some(hash.reveal()),
        Proof::SignedIn(person) => account.id == *person,
    };
    if !is_proved {
        return Err(invalid_credentials().at("password").into());
    }
    // Staff whose account was closed come back when an administrator invites them again.
    if account.state == PersonState::Disabled && invitation.partner_id.is_some() {
        let message = "This account is closed. Ask the program's administrators.";
        return Err(Refusal::new("ACCOUNT_DISABLED", message).into());
    }
    let password_hash = match &prepared.proof {
        Proof::New(hash) => Some(hash.reveal().to_owned()),
        Proof::Password(_) | Proof::SignedIn(_) => account.password_hash.clone(),
    };
    let row = person::Model {
        password_hash,
        state: PersonState::Active,
        email_confirmed_at: account.email_confirmed_at.or(Some(now)),
        ..account
    };
    store::update(permit, row).await
}

fn subject(row: &Model) -> Subject {
    Subject {
        kind: "Invitation",
        id: row.id.0,
        partner: row.partner_id,
    }
}
