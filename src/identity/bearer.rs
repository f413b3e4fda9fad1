//! From a bearer token to who asks: the signature, then one statement.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::{PartnerId, PersonId, SessionId};
use entity::membership::MemberRole;
use entity::staff_role::VendorRole;
use sea_orm::{ConnectionTrait, Statement};

use super::Guard;
use crate::auth::{Actor, Assurance, SignedIn};
use crate::db::Db;
use crate::error::{Error, Result};

/// Everything that can void a token stands in the conditions, so what comes back is the answer:
/// a row for each pair of vendor role and seat, which are few.
const HELD: &str = r"
SELECT p.id, r.role AS vendor_role, m.partner_id, m.role AS member_role, t.factor_required, s.proven_at,
EXISTS (SELECT 1 FROM factor f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL) AS has_factor
FROM session s
JOIN person p ON p.id = s.person_id
LEFT JOIN staff_role r ON r.person_id = p.id
LEFT JOIN membership m ON m.person_id = p.id AND m.state = 'ACTIVE'
LEFT JOIN partner t ON t.id = m.partner_id
WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND p.state = 'ACTIVE'";

/// What else a token says, and has to be so.
const AS_SIGNED: &str = " AND p.id = $3 AND p.session_epoch = $4";

/// Who asks, by the access token that they brought: with the roles and seats that they hold now,
/// whatever they held when it was signed. Whoever needs a second factor and has none holds nothing:
/// that is decided here, so that neither the policy nor a shape can forget it.
///
/// # Errors
/// [`Error::Unauthenticated`] where the token is not valid, its session has ended, the account was
/// closed or its epoch raised; otherwise what the database said.
pub async fn actor_for(db: &Db, guard: &Guard, token: &str, now: DateTime<Utc>) -> Result<Actor> {
    let bearer = guard.keys.verify(token, now)?;
    let values = [
        bearer.session.into(),
        now.into(),
        bearer.person.into(),
        bearer.epoch.into(),
    ];
    let sql = format!("{HELD}{AS_SIGNED}");
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    held(db, guard, bearer.session, statement, now).await
}

/// Who asks, by a session that a link of ours names: as [`actor_for`], where no token is at hand.
///
/// # Errors
/// [`Error::Unauthenticated`] where the session has ended or the account was closed; otherwise what
/// the database said.
pub async fn actor_of_session(
    db: &Db,
    guard: &Guard,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Actor> {
    let values = [session.into(), now.into()];
    let statement = Statement::from_sql_and_values(db.backend(), HELD, values);
    held(db, guard, session, statement, now).await
}

async fn held(
    db: &Db,
    guard: &Guard,
    session: SessionId,
    statement: Statement,
    now: DateTime<Utc>,
) -> Result<Actor> {
    let rows = db.reader().query_all_raw(statement).await?;
    let Some(first) = rows.first() else {
        return Err(Error::Unauthenticated);
    };
    let person: PersonId = first.try_get_by_index(0)?;
    let mut roles = Vec::new();
    let mut seats = Vec::new();
    let (mut is_asked, mut has_factor, mut proven_at) = (false, false, None);
    for row in rows {
        roles.extend(row.try_get_by_index::<Option<VendorRole>>(1)?);
        let partner: Option<PartnerId> = row.try_get_by_index(2)?;
        let role: Option<MemberRole> = row.try_get_by_index(3)?;
        seats.extend(partner.zip(role));
        is_asked |= row.try_get_by_index::<Option<bool>>(4)?.unwrap_or(false);
        proven_at = row.try_get_by_index::<Option<DateTime<Utc>>>(5)?;
        has_factor |= row.try_get_by_index::<bool>(6)?;
    }
    is_asked |= guard.demands.for_staff && !roles.is_empty();
    let is_recent = proven_at.is_some_and(|at| now - at < guard.demands.step_up);
    let assurance = match (has_factor, is_recent) {
        (false, _) if is_asked => Assurance::Missing,
        (_, true) => Assurance::Recent,
        (_, false) => Assurance::Old,
    };
    if assurance == Assurance::Missing {
        roles.clear();
        seats.clear();
    }
    roles.sort_unstable();
    roles.dedup();
    seats.sort_unstable();
    seats.dedup();
    Ok(Actor::Person(Arc::new(SignedIn {
        id: person,
        session,
        roles,
        seats,
        assurance,
    })))
}
