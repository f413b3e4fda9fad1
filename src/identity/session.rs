//! Sessions: opened by a sign-in, carried on by refresh tokens, ended for good.
//!
//! A refresh token is used once and leaves a successor. That happens in one conditional update, so
//! the chain of tokens never branches. Two tabs of one browser bring the same token at the same
//! time: for ten seconds, and while its successor is unused, a used token gives that same successor
//! again. The successor is made from the token that it follows, by a key, so nothing has to be
//! kept for that. After it, a token that is brought again was copied, and nobody can say by whom:
//! the session ends, and its owner is told.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{PersonId, RefreshTokenId, SessionId};
use entity::person::{self, PersonState};
use entity::refresh_token;
use entity::session::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseExecutor, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use serde_json::json;

use super::{Guard, Lives, rules, store};
use crate::audit::{self, Subject};
use crate::auth::link::hash;
use crate::auth::token::Bearer;
use crate::auth::{Permission, Scope};
use crate::config::Secret;
use crate::error::{Error, Refusal, Result};
use crate::notification::{Letter, tell};
use crate::op::{Op, Permit};

/// For how long a used refresh token gives its successor again.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// What a sign-in gives.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub person: PersonId,
    /// By which sign-in.
    pub session: SessionId,
    /// Opens the API, for minutes.
    pub access: Secret,
    /// Until when.
    pub access_expires_at: DateTime<Utc>,
    /// Gets the next pair, once.
    pub refresh: Secret,
    /// Until when.
    pub refresh_expires_at: DateTime<Utc>,
}

/// A session with its next refresh token, for which no access token was signed yet.
#[derive(Clone, Debug)]
pub struct Opened {
    bearer: Bearer,
    refresh: Secret,
    refresh_expires_at: DateTime<Utc>,
}

impl Guard {
    /// Signs the access token for a session that a unit of work has opened.
    ///
    /// # Errors
    /// A fault where the key cannot sign.
    pub fn sign_in(&self, op: &Op, opened: Opened) -> Result<SignedIn> {
        let access = self.keys.sign(opened.bearer, op.now())?;
        Ok(SignedIn {
            person: opened.bearer.person,
            session: opened.bearer.session,
            access: access.token,
            access_expires_at: access.expires_at,
            refresh: opened.refresh,
            refresh_expires_at: opened.refresh_expires_at,
        })
    }
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its owner signed out.
    SignedOut,
    /// A refresh token of it was used twice.
    TokenReused,
    /// The password was changed.
    PasswordChanged,
    /// The account was closed.
    AccountDisabled,
    /// Its owner ended it from another one.
    Revoked,
    /// A second factor was added or removed.
    FactorChanged,
}

impl End {
    /// As the row and the audit trail write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "SIGNED_OUT",
            Self::TokenReused => "TOKEN_REUSED",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::AccountDisabled => "ACCOUNT_DISABLED",
            Self::Revoked => "REVOKED",
            Self::FactorChanged => "FACTOR_CHANGED",
        }
    }
}

/// Opens a session for someone who proved who they are, at `proven_at`, and tells them where it is
/// from a device that they never used.
///
/// # Errors
/// What the database said.
pub async fn open(
    permit: &Permit<'_>,
    person: &person::Model,
    lives: Lives,
    proven_at: Option<DateTime<Utc>>,
) -> Result<Opened> {
    let origin = permit.op().origin();
    let device = rules::device(&origin.user_agent);
    let seen = devices(&permit.reader(), person.id).await?;
    let session = Model {
        id: permit.new_id(),
        person_id: person.id,
        created_at: permit.now(),
        used_at: permit.now(),
        expires_at: permit.now() + lives.session,
        ended_at: None,
        end_reason: None,
        user_agent: device.clone(),
        address: origin.address.clone(),
        used_from: origin.address.clone(),
        proven_at,
    };
    let session = session
        .into_active_model()
        .reset_all()
        .insert(permit.writer())
        .await?;
    if !seen.is_empty() && !seen.iter().any(|it| rules::same_device(it, &device)) {
        let letter = Letter::NewDevice {
            at: permit.now(),
            device,
            address: origin.address.clone(),
        };
        tell(permit, person.id, None, letter).await?;
    }
    succeed(permit, person, &session, lives, random_token()?).await
}

/// A token that nobody can guess: 256 random bits.
pub(super) fn random_token() -> Result<Secret> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Error::fault(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(random).into())
}

/// Notes that whoever holds the session has proven themselves now.
pub(super) async fn prove(permit: &Permit<'_>, id: SessionId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::ProvenAt, Expr::value(permit.now()))
        .filter(Column::Id.eq(id))
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// When whoever holds the session has last proven themselves.
pub(super) async fn proven_at(
    db: &DatabaseExecutor<'_>,
    id: SessionId,
) -> Result<Option<DateTime<Utc>>> {
    let row = Entity::find_by_id(id).one(db).await?;
    Ok(row.and_then(|session| session.proven_at))
}

async fn devices(db: &DatabaseExecutor<'_>, person: PersonId) -> Result<Vec<String>> {
    let names = Entity::find()
        .select_only()
        .column(Column::UserAgent)
        .distinct()
        .filter(Column::PersonId.eq(person))
        .into_tuple()
        .all(db)
        .await?;
    Ok(names)
}

/// Issues the session's next refresh token.
async fn succeed(
    permit: &Permit<'_>,
    person: &person::Model,
    session: &Model,
    lives: Lives,
    token: Secret,
) -> Result<Opened> {
    let row = refresh_token::Model {
        id: permit.new_id(),
        session_id: session.id,
        token_hash: hash(token.reveal()),
        created_at: permit.now(),
        expires_at: (permit.now() + lives.idle).min(session.expires_at),
        used_at: None,
    };
    let row = row
        .into_active_model()
        .reset_all()
        .insert(permit.writer())
        .await?;
    Ok(opened(person, session, token, row.expires_at))
}

fn opened(
    person: &person::Model,
    session: &Model,
    refresh: Secret,
    refresh_expires_at: DateTime<Utc>,
) -> Opened {
    Opened {
        bearer: Bearer {
            person: person.id,
            session: session.id,
            epoch: person.session_epoch,
        },
        refresh,
        refresh_expires_at,
    }
}

/// Exchanges a refresh token for the next pair.
///
/// # Errors
/// `SESSION_ENDED` where the token is unknown, past its end or used, or its session is over.
pub async fn refresh(op: &Op, guard: &Guard, token: Secret) -> Result<SignedIn> {
    let opened = op
        .secret_unit((token, guard.lives), |tx, (token, lives)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
                rotate(&permit, token.reveal(), *lives).await
            })
        })
        .await?;
    guard.sign_in(op, opened.ok_or_else(ended)?)
}

/// The next token, or none. None is no error: where it ends the session, that is to be kept.
async fn rotate(permit: &Permit<'_>, brought: &str, lives: Lives) -> Result<Option<Opened>> {
    let db = permit.reader();
    let now = permit.now();
    let Some(token) = find(&db, brought).await? else {
        return Ok(None);
    };
    let found = Entity::find_by_id(token.session_id).one(&db).await?;
    let Some(session) = found.filter(|it| it.ended_at.is_none() && it.expires_at > now) else {
        return Ok(None);
    };
    if token.used_at.is_none() && token.expires_at <= now {
        return Ok(None);
    }
    let person = store::person(&db, session.person_id).await?;
    if person.state != PersonState::Active {
        return Ok(None);
    }
    let next = Secret::from(permit.op().link_key().successor(brought));
    let hit = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Id.eq(token.id))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(permit.writer())
        .await?;
    if hit.rows_affected != 1 {
        if let Some(again) = again(permit, token.id, &next).await? {
            return Ok(Some(opened(&person, &session, next, again.expires_at)));
        }
        end_for_reuse(permit, &session).await?;
        return Ok(None);
    }
    Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .col_expr(
            Column::UsedFrom,
            Expr::value(permit.op().origin().address.clone()),
        )
        .filter(Column::Id.eq(session.id))
        .exec(permit.writer())
        .await?;
    let next = succeed(permit, &person, &session, lives, next).await?;
    Ok(Some(next))
}

async fn find(db: &DatabaseExecutor<'_>, token: &str) -> Result<Option<refresh_token::Model>> {
    let found = refresh_token::Entity::find()
        .filter(refresh_token::Column::TokenHash.eq(hash(token)))
        .one(db)
        .await?;
    Ok(found)
}

/// The successor of a token that was used a moment ago, while nobody has used it.
async fn again(
    permit: &Permit<'_>,
    used: RefreshTokenId,
    next: &Secret,
) -> Result<Option<refresh_token::Model>> {
    let db = permit.reader();
    // Read anew: it may have been used since it was found.
    let used = refresh_token::Entity::find_by_id(used).one(&db).await?;
    let is_fresh = used
        .and_then(|token| token.used_at)
        .is_some_and(|used_at| permit.now() - used_at <= GRACE);
    if !is_fresh {
        return Ok(None);
    }
    let next = find(&db, next.reveal()).await?;
    Ok(next.filter(|token| token.used_at.is_none() && token.expires_at > permit.now()))
}

async fn end_for_reuse(permit: &Permit<'_>, session: &Model) -> Result<()> {
    let one = Condition::all().add(Column::Id.eq(session.id));
    if end(permit, session.person_id, one, End::TokenReused).await? == 1 {
        let letter = Letter::TokenReused {
            at: permit.now(),
            device: session.user_agent.clone(),
            address: permit.op().origin().address.clone(),
        };
        tell(permit, session.person_id, None, letter).await?;
    }
    Ok(())
}

/// Signs out: ends the asker's session.
///
/// # Errors
/// [`Error::Unauthenticated`] where nobody is signed in.
pub async fn sign_out(op: &Op) -> Result<()> {
    let person = op.actor().person().ok_or(Error::Unauthenticated)?;
    op.unit((person.id, person.session), |tx, &(person, session)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::UseIdentity, Scope::Person(person))?;
            let one = Condition::all().add(Column::Id.eq(session));
            end(&permit, person, one, End::SignedOut).await?;
            Ok(())
        })
    })
    .await
}

/// Signs out by refresh token, for browsers whose access token is gone already. A token that means
/// nothing is nothing to sign out from.
///
/// # Errors
/// `INVALID` where the token is blank: a front end that lost it should not believe it signed out.
pub async fn sign_out_with(op: &Op, token: Secret) -> Result<()> {
    if token.reveal().trim().is_empty() {
        let message = "Give the session's refresh token, or leave it out.";
        return Err(Refusal::new("INVALID", message).at("refreshToken").into());
    }
    op.unit(token, |tx, token| {
        Box::pin(async move {
            let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
            let db = permit.reader();
            let Some(token) = find(&db, token.reveal()).await? else {
                return Ok(());
            };
            let Some(session) = Entity::find_by_id(token.session_id).one(&db).await? else {
                return Ok(());
            };
            let one = Condition::all().add(Column::Id.eq(session.id));
            end(&permit, session.person_id, one, End::SignedOut).await?;
            Ok(())
        })
    })
    .await
}

/// Ends one of the asker's sessions, from whichever of them.
///
/// # Errors
/// `SESSION_ENDED`; [`Error::NotFound`] where it is not theirs.
pub async fn revoke(op: &Op, id: SessionId) -> Result<u64> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
            let permit = tx.permit(Permission::EditSelf, Scope::Person(me))?;
            let own = Entity::find_by_id(id)
                .filter(Column::PersonId.eq(me))
                .one(&tx.reader())
                .await?;
            let own = own.ok_or(Error::NotFound("Session"))?;
            if own.ended_at.is_some() || own.expires_at <= permit.now() {
                let message = "This session has ended already.";
                return Err(Refusal::new("SESSION_ENDED", message).into());
            }
            let one = Condition::all().add(Column::Id.eq(id));
            end(&permit, me, one, End::Revoked).await
        })
    })
    .await
}

/// Ends all of the asker's sessions but the one that asks; answers how many.
///
/// # Errors
/// [`Error::Unauthenticated`] where nobody is signed in.
pub async fn revoke_others(op: &Op) -> Result<u64> {
    op.unit((), |tx, ()| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?;
            let permit = tx.permit(Permission::EditSelf, Scope::Person(me.id))?;
            let others = Condition::all()
                .add(Column::Id.ne(me.session))
                .add(Column::ExpiresAt.gt(permit.now()));
            end(&permit, me.id, others, End::Revoked).await
        })
    })
    .await
}

/// Ends those sessions of the person that still run; answers how many.
pub(super) async fn end(
    permit: &Permit<'_>,
    person: PersonId,
    which: Condition,
    why: End,
) -> Result<u64> {
    let hit = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(permit.now()))
        .col_expr(Column::EndReason, Expr::value(why.name()))
        .filter(Column::PersonId.eq(person))
        .filter(which)
        .filter(Column::EndedAt.is_null())
        .exec(permit.writer())
        .await?;
    if hit.rows_affected > 0 {
        let subject = Subject {
            kind: "Person",
            id: person.0,
            partner: None,
        };
        let after = json!({ "sessionsEnded": hit.rows_affected, "why": why.name() });
        audit::record(permit, subject, &(), &after).await?;
    }
    Ok(hit.rows_affected)
}

/// One answer for every token that gets nothing.
fn ended() -> Refusal {
    Refusal::new("SESSION_ENDED", "This session has ended. Sign in again.")
}
