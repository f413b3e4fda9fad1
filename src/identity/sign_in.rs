//! Signing in by address and password.

use entity::id::PersonId;
use entity::person::{self, PersonState};

use super::session::{self, SignedIn};
use super::{Guard, attempt, invalid_credentials, store};
use crate::auth::{Permission, Scope, email};
use crate::config::Secret;
use crate::error::Result;
use crate::op::Op;

/// Opens a session. An unknown address, a wrong password and a closed account get the same answer
/// after the same work.
///
/// # Errors
/// `INVALID_CREDENTIALS`; [`crate::error::Error::Busy`] where too many sign in at once, or where
/// this account or this network was tried too often.
pub async fn sign_in(op: &Op, guard: &Guard, address: &str, password: Secret) -> Result<SignedIn> {
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

async fn open(op: &Op, guard: &Guard, id: PersonId, verified: Secret) -> Result<SignedIn> {
    let opened = op
        .secret_unit((id, verified, guard.lives), |tx, (id, verified, lives)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::UseIdentity, Scope::Person(*id))?;
                let person = store::person(&tx.reader(), *id).await?;
                let is_same = person.password_hash.as_deref() == Some(verified.reveal());
                if !may_sign_in(&person) || !is_same {
                    return Err(invalid_credentials().into());
                }
                session::open(&permit, &person, *lives).await
            })
        })
        .await?;
    guard.sign_in(op, opened)
}

fn may_sign_in(person: &person::Model) -> bool {
    person.state == PersonState::Active
}
