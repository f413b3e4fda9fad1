//! A second factor proven, once; and a session in which that is done anew.

use entity::factor::{Column, FactorKind};
use entity::id::{PersonId, SessionId};
use sea_orm::ColumnTrait;

use serde_json::Value;

use super::passkey::{self, Pages};
use super::{confirmed, has, recovery, totp, wrong};
use crate::auth::{Permission, Scope};
use crate::config::Secret;
use crate::error::{Error, Refusal, Result};
use crate::identity::{Guard, attempt, invalid_credentials, session, store};
use crate::op::{Op, Permit};
use crate::throttle;

/// What somebody brings to prove that it is them.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A code that their authenticator shows.
    Code(Secret),
    /// One of their codes on paper.
    RecoveryCode(Secret),
    /// What their browser made of the challenge by a passkey.
    Passkey(Value),
}

/// Whether the proof is one of the person's; it is used up then. A passkey proves what the
/// `ceremony` of a challenge asked for. A step.
pub(in crate::identity) async fn holds(
    permit: &Permit<'_>,
    pages: &Pages,
    (person, ceremony): (PersonId, Option<&Value>),
    proof: &Proof,
) -> Result<bool> {
    let code = match proof {
        Proof::Passkey(used) => {
            return passkey::use_up(permit, pages, person, ceremony, used).await;
        }
        Proof::RecoveryCode(code) => {
            return recovery::use_up(permit, person, code.reveal()).await;
        }
        Proof::Code(code) => code.reveal(),
    };
    for factor in confirmed(&permit.reader(), person).await? {
        let is_right = match factor.kind {
            FactorKind::Totp => {
                let good = Column::ConfirmedAt.is_not_null();
                totp::use_up(permit, &factor, code, good).await?
            }
            FactorKind::Passkey => false,
        };
        if is_right {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What somebody who is signed in brings, to prove that it is still them.
#[derive(Clone, Debug)]
pub enum Again {
    /// Their second factor.
    Factor(Proof),
    /// Their password, where they have no second factor.
    Password(Secret),
}

/// Notes that the asker has proven themselves now: what is grave is open to their session for a
/// while.
///
/// # Errors
/// `CODE_INVALID`, `INVALID_CREDENTIALS`; `FACTOR_NEEDED` where a password is not enough;
/// [`Error::Busy`] where it was tried too often.
pub async fn step_up(op: &Op, guard: &Guard, proof: Again) -> Result<SessionId> {
    match proof {
        Again::Factor(proof) => by_factor(op, guard, proof).await,
        Again::Password(password) => by_password(op, guard, password).await,
    }
}

async fn by_factor(op: &Op, guard: &Guard, proof: Proof) -> Result<SessionId> {
    let me = op.actor().person().ok_or(Error::Unauthenticated)?;
    let tries = attempt::of_code(op, guard, me.id).await?;
    let input = (proof, tries, guard.pages.clone());
    op.secret_unit(input, |tx, (proof, tries, pages)| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?;
            let permit = tx.permit(Permission::UseIdentity, Scope::Person(me.id))?;
            if !holds(&permit, pages, (me.id, None), proof).await? {
                return Err(wrong("proof").into());
            }
            throttle::forgive(&permit, tries).await?;
            session::prove(&permit, me.session).await?;
            Ok(me.session)
        })
    })
    .await
}

async fn by_password(op: &Op, guard: &Guard, password: Secret) -> Result<SessionId> {
    let me = op.actor().person().ok_or(Error::Unauthenticated)?;
    if has(&op.reader(), me.id).await? {
        return Err(needed().into());
    }
    let person = store::person(&op.reader(), me.id).await?;
    let stored = person.password_hash.as_deref();
    let whose = (person.email.as_str(), Some(me.id));
    if !attempt::verify(op, guard, whose, &password, stored).await? {
        return Err(invalid_credentials().at("proof").into());
    }
    let verified = Secret::from(person.password_hash.unwrap_or_default());
    op.secret_unit(verified, |tx, verified| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?;
            let permit = tx.permit(Permission::UseIdentity, Scope::Person(me.id))?;
            if has(&tx.reader(), me.id).await? {
                return Err(needed().into());
            }
            let person = store::person(&tx.reader(), me.id).await?;
            if person.password_hash.as_deref() != Some(verified.reveal()) {
                return Err(invalid_credentials().at("proof").into());
            }
            session::prove(&permit, me.session).await?;
            Ok(me.session)
        })
    })
    .await
}

fn needed() -> Refusal {
    let message = "You have a second factor: prove that, a password is not enough.";
    Refusal::new("FACTOR_NEEDED", message).at("proof")
}
