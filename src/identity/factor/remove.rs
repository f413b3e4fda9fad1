//! A factor less: taken off by its owner, or all of them by an administrator for whoever lost them.

use entity::factor::{Column, Entity};
use entity::id::{FactorId, PersonId};
use entity::session;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde_json::json;

use super::{clear, end_what_was_open, has, recovery, subject};
use crate::audit;
use crate::auth::{Permission, Scope, email};
use crate::error::{Error, Refusal, Result};
use crate::identity::store;
use crate::notification::{Letter, tell};
use crate::op::{Op, Permit};

/// The longest reason, in characters.
const REASON: usize = 500;

/// Removes one of the asker's own; with the last one go the recovery codes. Their other sessions
/// end.
///
/// # Errors
/// [`Error::NotFound`] where it is not theirs.
pub async fn remove(op: &Op, id: FactorId) -> Result<PersonId> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?;
            let permit = tx.permit(Permission::ManageOwnFactors, Scope::Person(me.id))?;
            let found = Entity::find_by_id(id)
                .filter(Column::PersonId.eq(me.id))
                .filter(Column::ConfirmedAt.is_not_null())
                .one(&tx.reader())
                .await?;
            let factor = found.ok_or(Error::NotFound("Factor"))?;
            Entity::delete_by_id(id).exec(permit.writer()).await?;
            if !has(&tx.reader(), me.id).await? {
                recovery::clear(&permit, me.id).await?;
            }
            let before = json!({ "factor": factor.id, "kind": factor.kind });
            audit::record(&permit, subject(me.id), &before, &()).await?;
            let others = Condition::all().add(session::Column::Id.ne(me.session));
            end_what_was_open(&permit, me.id, others).await?;
            let letter = removed(&permit, vec![factor.name], None, None);
            tell(&permit, me.id, None, letter).await?;
            Ok(me.id)
        })
    })
    .await
}

/// Removes all factors of somebody who lost them. They are signed out everywhere, and are told by
/// whom and why. A partner's administrator may not: whoever can take a colleague's factors away
/// and reads the mail of their company has the account.
///
/// # Errors
/// `INVALID` where there is no reason, `NO_FACTOR`.
pub async fn remove_all(op: &Op, person: PersonId, reason: String) -> Result<PersonId> {
    op.unit((person, reason), |tx, (id, reason)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::RemoveFactors, Scope::Portal)?;
            let db = tx.reader();
            let person = store::person(&db, *id).await?;
            let reason = reason.trim();
            if !(1..=REASON).contains(&reason.chars().count()) {
                let message = "Give a reason of 1 to 500 characters.";
                return Err(Refusal::new("INVALID", message).at("reason").into());
            }
            let factors = clear(&permit, person.id).await?;
            if factors.is_empty() {
                return Err(recovery::none());
            }
            let ids: Vec<_> = factors.iter().map(|factor| factor.id).collect();
            audit::record(
                &permit,
                subject(person.id),
                &json!({ "factors": ids }),
                &json!({ "factors": [], "reason": reason }),
            )
            .await?;
            end_what_was_open(&permit, person.id, Condition::all()).await?;
            let by = match permit.op().actor().person() {
                Some(admin) => Some(store::person(&db, admin.id).await?.name),
                None => None,
            };
            let names = factors.into_iter().map(|factor| factor.name).collect();
            let letter = removed(&permit, names, by, Some(reason.to_owned()));
            tell(&permit, person.id, None, letter).await?;
            Ok(person.id)
        })
    })
    .await
}

/// The same for whoever signs in with that address: the way back in from the command line.
///
/// # Errors
/// As for [`remove_all`]; [`Error::NotFound`] where there is no such account.
pub async fn remove_all_of(op: &Op, address: &str, reason: String) -> Result<PersonId> {
    let address = email::normalize(address).unwrap_or_default();
    let account = store::by_email(&op.reader(), &address).await?;
    let person = account.ok_or(Error::NotFound("Person"))?;
    remove_all(op, person.id, reason).await
}

fn removed(
    permit: &Permit<'_>,
    names: Vec<String>,
    by: Option<String>,
    reason: Option<String>,
) -> Letter {
    Letter::FactorRemoved {
        names,
        at: permit.now(),
        address: permit.op().origin().address.clone(),
        by,
        reason,
    }
}
