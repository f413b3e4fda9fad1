//! A new factor: begun, and good once it proved itself for the first time.

use chrono::{DateTime, TimeDelta, Utc};
use entity::factor::{Column, Entity, FactorKind, Model};
use entity::id::{FactorId, PersonId};
use entity::session as sessions;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseExecutor, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{confirmed, end_what_was_open, insert, recovery, subject, totp, wrong};
use crate::audit;
use crate::auth::{Permission, Scope, SignedIn};
use crate::config::Secret;
use crate::error::{Error, Refusal, Result};
use crate::identity::{Guard, attempt, rules, session, store};
use crate::notification::{Letter, tell};
use crate::op::{Op, Permit};
use crate::throttle;

/// How many a person may have.
pub const MOST: usize = 10;
/// How long one that was begun waits for its first code.
const WAIT: TimeDelta = TimeDelta::hours(1);

/// An authenticator that was begun, with what its owner's device has to know.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Which one.
    pub id: FactorId,
    /// The secret in base 32, for devices without a camera.
    pub secret: Secret,
    /// The secret as an `otpauth:` address, for a QR code.
    pub uri: Secret,
}

/// Begins an authenticator of the asker's. One that was begun before and never confirmed is
/// forgotten.
///
/// # Errors
/// `INVALID` where it has no name, `TOO_MANY`.
pub async fn start(op: &Op, guard: &Guard, name: String) -> Result<Begun> {
    let issuer = guard.portal_name.to_string();
    op.secret_unit((name, issuer), |tx, (name, issuer)| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
            let permit = tx.permit(Permission::ManageOwnFactors, Scope::Person(me))?;
            let db = tx.reader();
            let row = begin(&permit, me, FactorKind::Totp, name, None).await?;
            let account = store::person(&db, me).await?.email;
            let totp = totp::authenticator(permit.op().link_key(), row.id, issuer, &account)?;
            let uri = totp
                .to_url()
                .map_err(|error| Error::fault(error.to_string()))?;
            Ok(Begun {
                id: row.id,
                secret: totp.secret().to_base32().into(),
                uri: uri.into(),
            })
        })
    })
    .await
}

/// A factor that is good from now on.
#[derive(Clone, Debug)]
pub struct Added {
    /// Whose.
    pub person: PersonId,
    /// Their recovery codes, with their first factor; none with any other.
    pub recovery_codes: Vec<Secret>,
}

/// Confirms an authenticator by its first code. The asker's other sessions end, and this one has
/// proven itself.
///
/// # Errors
/// `CODE_INVALID`; [`Error::NotFound`] where it is not theirs, or was begun long ago;
/// [`Error::Busy`] where codes were tried too often.
pub async fn confirm(op: &Op, guard: &Guard, id: FactorId, code: Secret) -> Result<Added> {
    let me = op.actor().person().ok_or(Error::Unauthenticated)?.id;
    waiting(&op.reader(), (me, FactorKind::Totp), id, op.now()).await?;
    let tries = attempt::of_code(op, guard, me).await?;
    let added = op
        .secret_unit((id, code, tries), |tx, (id, code, tries)| {
            Box::pin(async move {
                let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?;
                let permit = tx.permit(Permission::ManageOwnFactors, Scope::Person(me.id))?;
                let db = tx.reader();
                let factor = waiting(&db, (me.id, FactorKind::Totp), *id, permit.now()).await?;
                let new = Column::ConfirmedAt.is_null();
                if !totp::use_up(&permit, &factor, code.reveal(), new).await? {
                    return Err(wrong("code").into());
                }
                throttle::forgive(&permit, tries).await?;
                finish(&permit, me, factor).await
            })
        })
        .await?;
    Ok(added)
}

/// A factor of the person's that waits to be confirmed; any other that does is forgotten. A step.
pub(super) async fn begin(
    permit: &Permit<'_>,
    person: PersonId,
    kind: FactorKind,
    name: &str,
    ceremony: Option<Value>,
) -> Result<Model> {
    let name = rules::name(name, "name")?;
    if confirmed(&permit.reader(), person).await?.len() >= MOST {
        let message = "You have ten second factors: remove one that you do not use.";
        return Err(Refusal::new("TOO_MANY", message).into());
    }
    Entity::delete_many()
        .filter(Column::PersonId.eq(person))
        .filter(Column::ConfirmedAt.is_null())
        .exec(permit.writer())
        .await?;
    let row = Model {
        id: permit.new_id(),
        person_id: person,
        kind,
        name,
        created_at: permit.now(),
        confirmed_at: None,
        used_at: None,
        last_step: None,
        ceremony,
        credential_id: None,
        credential: None,
        counter: None,
    };
    insert(permit, row).await
}

/// The factor is good from now on: what was open under the others ends, and its owner is told. A
/// step.
pub(super) async fn finish(permit: &Permit<'_>, me: &SignedIn, factor: Model) -> Result<Added> {
    let is_first = confirmed(&permit.reader(), me.id).await?.is_empty();
    Entity::update_many()
        .col_expr(Column::ConfirmedAt, Expr::value(permit.now()))
        .filter(Column::Id.eq(factor.id))
        .exec(permit.writer())
        .await?;
    let recovery_codes = if is_first {
        recovery::give(permit, me.id).await?
    } else {
        Vec::new()
    };
    let after = json!({ "factor": factor.id, "kind": factor.kind });
    audit::record(permit, subject(me.id), &(), &after).await?;
    let others = Condition::all().add(sessions::Column::Id.ne(me.session));
    end_what_was_open(permit, me.id, others).await?;
    session::prove(permit, me.session).await?;
    let origin = permit.op().origin();
    let letter = Letter::FactorAdded {
        name: factor.name,
        at: permit.now(),
        device: rules::device(&origin.user_agent),
        address: origin.address.clone(),
    };
    tell(permit, me.id, None, letter).await?;
    Ok(Added {
        person: me.id,
        recovery_codes,
    })
}

/// The person's own, where it waits to be confirmed.
pub(super) async fn waiting(
    db: &DatabaseExecutor<'_>,
    (person, kind): (PersonId, FactorKind),
    id: FactorId,
    now: DateTime<Utc>,
) -> Result<Model> {
    let found = Entity::find_by_id(id)
        .filter(Column::Kind.eq(kind))
        .filter(Column::PersonId.eq(person))
        .filter(Column::ConfirmedAt.is_null())
        .filter(Column::CreatedAt.gt(now - WAIT))
        .one(db)
        .await?;
    found.ok_or(Error::NotFound("Factor"))
}
