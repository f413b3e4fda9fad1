//! A new password: by someone who knows the old one, or by the link of a letter.

use std::time::Duration;

use entity::link::LinkPurpose;
use entity::person::{self, PersonState};
use entity::session;
use sea_orm::{ColumnTrait, Condition};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::link::{self, Door};
use super::session::{End, end};
use super::{Guard, attempt, challenge, invalid_credentials, store};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope, email, password};
use crate::config::Secret;
use crate::error::{Error, Result};
use crate::notification::{Letter, tell};
use crate::op::{Op, Permit};
use crate::throttle::{self, Try};

/// A request for a reset is answered after this time, and not before: how long it takes must not
/// tell whether there is such an account.
const ANSWER_AFTER: Duration = Duration::from_millis(200);
/// No more letters are sent while so many links of earlier ones work.
const OPEN_LINKS: u64 = 3;

/// Sends a link for a new password, if there is such an account. The answer is always the same.
///
/// # Errors
/// [`Error::Busy`] where this network asks too often.
pub async fn request_reset(op: &Op, guard: &Guard, address: &str) -> Result<()> {
    let answer_at = Instant::now() + ANSWER_AFTER;
    let tries = attempt::by_network(op, guard, "reset");
    let sent = send_reset(op, email::normalize(address), tries).await;
    sleep_until(answer_at).await;
    sent
}

async fn send_reset(op: &Op, address: Option<String>, tries: Vec<Try>) -> Result<()> {
    op.unit((address, tries), |tx, (address, tries)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
            throttle::count(&permit, tries).await?;
            let db = tx.reader();
            let Some(address) = address else {
                return Ok(());
            };
            let account = store::by_email(&db, address).await?;
            let Some(person) = account.filter(|it| it.state == PersonState::Active) else {
                return Ok(());
            };
            let door = Door::ResetPassword(person.id);
            if link::count_open(&db, door, permit.now()).await? < OPEN_LINKS {
                let link = link::issue(&permit, door, address).await?;
                tell(&permit, person.id, None, Letter::ResetPassword { link }).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Sets a new password by the link of a letter. Every session of the person ends.
///
/// # Errors
/// `LINK_INVALID`, or the refusals of [`password::check`].
pub async fn reset(op: &Op, guard: &Guard, token: Secret, new: Secret) -> Result<()> {
    let link = link::peek(op, token.reveal(), LinkPurpose::ResetPassword).await?;
    let id = link.person_id.ok_or_else(link::invalid)?;
    let person = store::person(&op.reader(), id).await?;
    let hash = hash_new(guard, &person, &new).await?;
    op.unit((token, hash), |tx, (token, hash)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
            let link = link::redeem(&permit, token.reveal(), LinkPurpose::ResetPassword).await?;
            let id = link.person_id.ok_or_else(link::invalid)?;
            let person = store::person(&tx.reader(), id).await?;
            if person.state != PersonState::Active || person.email != link.email {
                return Err(link::invalid().into());
            }
            let person = person::Model {
                session_epoch: person.session_epoch + 1,
                email_confirmed_at: person.email_confirmed_at.or(Some(permit.now())),
                ..person
            };
            set(&permit, person, hash, "by link").await?;
            end(&permit, id, Condition::all(), End::PasswordChanged).await?;
            Ok(())
        })
    })
    .await
}

/// Sets a new password by the current one. The person's other sessions end; this one goes on.
///
/// # Errors
/// `INVALID_CREDENTIALS` where the current one is wrong, or the refusals of [`password::check`].
pub async fn change(op: &Op, guard: &Guard, current: Secret, new: Secret) -> Result<()> {
    let asker = op.actor().person().ok_or(Error::Unauthenticated)?;
    let person = store::person(&op.reader(), asker.id).await?;
    let stored = person.password_hash.as_deref();
    let whose = (person.email.as_str(), Some(person.id));
    if !attempt::verify(op, guard, whose, &current, stored).await? {
        return Err(wrong_current());
    }
    let hash = hash_new(guard, &person, &new).await?;
    let verified = Secret::from(person.password_hash.unwrap_or_default());
    let input = (asker.id, asker.session, verified, hash);
    op.unit(input, |tx, (id, session, verified, hash)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::EditSelf, Scope::Person(*id))?;
            let person = store::person(&tx.reader(), *id).await?;
            if person.password_hash.as_deref() != Some(verified.reveal()) {
                return Err(wrong_current());
            }
            set(&permit, person, hash, "by the current one").await?;
            link::close(&permit, Door::ResetPassword(*id)).await?;
            let others = Condition::all().add(session::Column::Id.ne(*session));
            end(&permit, *id, others, End::PasswordChanged).await?;
            Ok(())
        })
    })
    .await
}

async fn hash_new(guard: &Guard, person: &person::Model, new: &Secret) -> Result<Secret> {
    let known = [&*guard.portal_name, &person.email, &person.name];
    password::check(new.reveal(), &known, "password")?;
    Ok(guard.hasher.hash(new).await?.into())
}

async fn set(permit: &Permit<'_>, person: person::Model, hash: &Secret, how: &str) -> Result<()> {
    let person = person::Model {
        password_hash: Some(hash.reveal().to_owned()),
        ..person
    };
    let person = store::update(permit, person).await?;
    challenge::end(permit, person.id).await?;
    let subject = Subject {
        kind: "Person",
        id: person.id.0,
        partner: None,
    };
    audit::record(permit, subject, &(), &json!({ "passwordChanged": how })).await?;
    let letter = Letter::PasswordChanged {
        at: permit.now(),
        address: permit.op().origin().address.clone(),
    };
    tell(permit, person.id, None, letter).await
}

fn wrong_current() -> Error {
    invalid_credentials().at("currentPassword").into()
}
