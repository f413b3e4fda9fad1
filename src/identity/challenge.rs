//! What stands between a right password and a session, for whoever has a second factor.
//!
//! A challenge is a token for five minutes and five proofs. It opens nothing by itself: it says
//! whose password was right a moment ago. A new password, a change of factors and the end of the
//! account end it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::challenge::{Column, Entity, Model};
use entity::factor::FactorKind;
use entity::id::PersonId;
use entity::person::PersonState;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::Value;

use super::factor::passkey::{self, Pages};
use super::factor::{self, Proof};
use super::session::{self, Opened, SignedIn};
use super::{Guard, attempt, store};
use crate::auth::link::hash;
use crate::auth::{Permission, Scope};
use crate::config::Secret;
use crate::error::{Refusal, Result};
use crate::op::{Op, Permit};
use crate::throttle;

/// For how long a proof may be brought.
const LIFE: TimeDelta = TimeDelta::minutes(5);
/// How many may be.
const TRIES: i32 = 5;

/// A challenge, as the client gets it.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Comes back with the proof.
    pub token: Secret,
    /// By what the person can prove themselves, beside a recovery code.
    pub kinds: Vec<FactorKind>,
    /// What the browser has to know to prove a passkey, where there is one:
    /// `PublicKeyCredentialRequestOptionsJSON`.
    pub passkey: Option<Value>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Makes one, and forgets those of the person that are over.
pub(super) async fn issue(
    permit: &Permit<'_>,
    pages: &Pages,
    person: PersonId,
) -> Result<Challenge> {
    let over = Column::ExpiresAt.lte(permit.now());
    Entity::delete_many()
        .filter(Column::PersonId.eq(person).and(over))
        .exec(permit.writer())
        .await?;
    let token = session::random_token()?;
    let (passkey, ceremony) = passkey::challenge(permit, pages, person).await?.unzip();
    let row = Model {
        id: permit.new_id(),
        person_id: person,
        token_hash: hash(token.reveal()),
        tries_left: TRIES,
        ceremony,
        created_at: permit.now(),
        expires_at: permit.now() + LIFE,
        used_at: None,
    };
    let row = row.into_active_model().reset_all();
    let row = row.insert(permit.writer()).await?;
    Ok(Challenge {
        token,
        kinds: factor::kinds(&permit.reader(), person).await?,
        passkey,
        expires_at: row.expires_at,
    })
}

/// Signs in by the proof. A wrong one uses up a try, and leaves the challenge as it is.
///
/// # Errors
/// `CHALLENGE_INVALID` where it is unknown, past its end, used up or ended; `CODE_INVALID`;
/// [`crate::error::Error::Busy`] where codes of the person, or from this network, were tried too often.
pub async fn complete(op: &Op, guard: &Guard, token: Secret, proof: Proof) -> Result<SignedIn> {
    let open = find(&op.reader(), token.reveal(), op.now()).await?;
    let person = open.ok_or_else(invalid)?.person_id;
    let tries = attempt::of_code(op, guard, person).await?;
    let input = (token, proof, tries, guard.lives, guard.pages.clone());
    let opened = op
        .secret_unit(input, |tx, (token, proof, tries, lives, pages)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
                let Some(person) = redeem(&permit, pages, token.reveal(), proof).await? else {
                    return Ok(None);
                };
                throttle::forgive(&permit, tries).await?;
                let person = store::person(&tx.reader(), person).await?;
                if person.state != PersonState::Active {
                    return Err(invalid().into());
                }
                let now = Some(permit.now());
                let opened: Opened = session::open(&permit, &person, *lives, now).await?;
                Ok(Some(opened))
            })
        })
        .await?;
    guard.sign_in(op, opened.ok_or_else(|| factor::wrong("proof"))?)
}

/// Whose it is, where the proof is theirs. None is no error: that a try was used up is to be kept.
async fn redeem(
    permit: &Permit<'_>,
    pages: &Pages,
    token: &str,
    proof: &Proof,
) -> Result<Option<PersonId>> {
    let open = find(&permit.reader(), token, permit.now()).await?;
    let challenge = open.ok_or_else(invalid)?;
    // The try is taken before the proof is looked at, and whoever comes second waits for the row.
    let hit = Entity::update_many()
        .col_expr(Column::TriesLeft, Expr::col(Column::TriesLeft).sub(1))
        .filter(Column::Id.eq(challenge.id))
        .filter(Column::TriesLeft.gt(0))
        .filter(Column::UsedAt.is_null())
        .exec(permit.writer())
        .await?;
    if hit.rows_affected != 1 {
        return Err(invalid().into());
    }
    let asked = (challenge.person_id, challenge.ceremony.as_ref());
    if !factor::holds(permit, pages, asked, proof).await? {
        return Ok(None);
    }
    end(permit, challenge.person_id).await?;
    Ok(Some(challenge.person_id))
}

/// Ends all challenges of the person.
pub(super) async fn end(permit: &Permit<'_>, person: PersonId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(permit.now()))
        .filter(Column::PersonId.eq(person))
        .filter(Column::UsedAt.is_null())
        .exec(permit.writer())
        .await?;
    Ok(())
}

async fn find(db: &DatabaseExecutor<'_>, token: &str, now: DateTime<Utc>) -> Result<Option<Model>> {
    let found = Entity::find()
        .filter(Column::TokenHash.eq(hash(token)))
        .one(db)
        .await?;
    Ok(found.filter(|it| it.used_at.is_none() && it.expires_at > now && it.tries_left > 0))
}

/// One answer for all that can be wrong with a challenge.
fn invalid() -> Refusal {
    let message = "This sign-in has ended. Begin anew with your password.";
    Refusal::new("CHALLENGE_INVALID", message).at("challenge")
}
