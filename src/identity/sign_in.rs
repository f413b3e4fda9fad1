//! Signing in by address and password; where there is a second factor, that is only half of it.

use entity::id::PersonId;
use entity::person::{self, PersonState};

use super::challenge::{self, Challenge};
use super::session::{self, Opened, SignedIn};
use super::{Guard, attempt, factor, invalid_credentials, store};
use crate::auth::{Permission, Scope, email};
use crate::config::Secret;
use crate::error::{Error, Result};
use crate::op::Op;

/// What a right password gives.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A session.
    SignedIn(SignedIn),
    /// The way to one: a second factor is to follow.
    Challenged(Challenge),
}

impl Entry {
    /// The session.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where there is none yet.
    pub fn signed_in(self) -> Result<SignedIn> {
        match self {
            Self::SignedIn(signed_in) => Ok(signed_in),
            Self::Challenged(_) => Err(Error::Unauthenticated),
        }
    }
}

enum Found {
    Opened(Opened),
    Challenged(Challenge),
}

/// Opens a session or, where there is a second factor, asks for that. An unknown address, a wrong
/// password and a closed account get the same answer after the same work.
///
/// # Errors
/// `INVALID_CREDENTIALS`; [`crate::error::Error::Busy`] where too many sign in at once, or where
/// this account or this network was tried too often.
pub async fn sign_in(op: &Op, guard: &Guard, address: &str, password: Secret) -> Result<Entry> {
    let address = email::normalize(address).unwrap_or_default();
    let account = store::by_email(&op.reader(), &address).await?;
    let owner = account.as_ref().map(|account| account.id);
    let stored = account.as_ref().and_then(|it| it.password_hash.clone());
    let fits = attempt::verify(op, guard, (&address, owner), &password, stored.as_deref()).await?;
    let (Some(account), Some(verified)) = (account.filter(may_sign_in), stored) else {
        return Err(invalid_credentials().into());
    };
    if !fits {
        return Err(invalid_credentials().into());
    }
    open(op, guard, account.id, verified.into()).await
}

async fn open(op: &Op, guard: &Guard, id: PersonId, verified: Secret) -> Result<Entry> {
    let input = (id, verified, guard.lives, guard.pages.clone());
    let found = op
        .secret_unit(input, |tx, (id, verified, lives, pages)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::UseIdentity, Scope::Person(*id))?;
                let person = store::person(&tx.reader(), *id).await?;
                let is_same = person.password_hash.as_deref() == Some(verified.reveal());
                if !may_sign_in(&person) || !is_same {
                    return Err(invalid_credentials().into());
                }
                if factor::has(&tx.reader(), *id).await? {
                    let challenge = challenge::issue(&permit, pages, *id).await?;
                    return Ok(Found::Challenged(challenge));
                }
                let now = Some(permit.now());
                let opened = session::open(&permit, &person, *lives, now).await?;
                Ok(Found::Opened(opened))
            })
        })
        .await?;
    Ok(match found {
        Found::Opened(opened) => Entry::SignedIn(guard.sign_in(op, opened)?),
        Found::Challenged(challenge) => Entry::Challenged(challenge),
    })
}

fn may_sign_in(person: &person::Model) -> bool {
    person.state == PersonState::Active
}
