//! Addresses to which nothing is sent any more, since a server said that they do not exist.
//!
//! A sender that goes on writing to such addresses is soon taken for a spammer, and then nobody
//! gets letters. So one word of a server is enough, for letters of every kind; staff lift it when
//! the address works again, and what was lifted stays as history.

use entity::id::{OutboxMessageId, SuppressionId};
use entity::suppression::{Column, Entity, Model, SuppressionReason};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde_json::json;

use crate::audit::{self, Subject};
use crate::auth::email::normalize;
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::op::{Op, Permit};

/// The API's name of it.
const NAME: &str = "Suppression";

/// What a server said of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The address.
    pub address: String,
    /// What it said.
    pub reason: SuppressionReason,
    /// In its own words.
    pub reply: String,
    /// The letter that did not arrive.
    pub letter: OutboxMessageId,
}

/// The one form of an address, also of one that is none.
fn form(address: &str) -> String {
    normalize(address).unwrap_or_else(|| address.trim().to_lowercase())
}

/// The suppression that stands against this address.
///
/// # Errors
/// What the database said.
pub async fn standing(db: &DatabaseExecutor<'_>, address: &str) -> Result<Option<Model>> {
    let found = Entity::find()
        .filter(Column::Address.eq(form(address)))
        .filter(Column::LiftedAt.is_null())
        .one(db)
        .await?;
    Ok(found)
}

/// How many addresses are suppressed.
///
/// # Errors
/// What the database said.
pub async fn count(db: &DatabaseExecutor<'_>) -> Result<u64> {
    let standing = Entity::find().filter(Column::LiftedAt.is_null());
    Ok(standing.count(db).await?)
}

/// Suppresses the address, if it is not suppressed already.
///
/// # Errors
/// What the database said.
pub async fn suppress(permit: &Permit<'_>, bounce: &Bounce) -> Result<()> {
    if standing(&permit.reader(), &bounce.address).await?.is_some() {
        return Ok(());
    }
    let row = Model {
        id: permit.new_id(),
        address: form(&bounce.address),
        reason: bounce.reason,
        reply: bounce.reply.chars().take(1_000).collect(),
        letter_id: bounce.letter,
        created_at: permit.now(),
        lifted_at: None,
        lifted_by: None,
    };
    let row = row
        .into_active_model()
        .reset_all()
        .insert(permit.writer())
        .await?;
    let after = json!({ "reason": row.reason, "suppressed": true });
    audit::record(permit, subject(row.id), &(), &after).await?;
    Ok(())
}

/// Lets letters to the address leave again.
///
/// # Errors
/// `NOT_OPEN` where it is lifted already.
pub async fn lift(op: &Op, id: SuppressionId) -> Result<SuppressionId> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let permit = tx.permit(Permission::SettleMail, Scope::Portal)?;
            let by = permit.op().actor().person().ok_or(Error::Forbidden)?.id;
            let found = Entity::find_by_id(id).one(&permit.reader()).await?;
            let row = found.ok_or(Error::NotFound(NAME))?;
            let hit = Entity::update_many()
                .col_expr(Column::LiftedAt, Expr::value(permit.now()))
                .col_expr(Column::LiftedBy, Expr::value(by))
                .filter(Column::Id.eq(id))
                .filter(Column::LiftedAt.is_null())
                .exec(permit.writer())
                .await?;
            if hit.rows_affected != 1 {
                let message = "Letters to this address may leave already.";
                return Err(Refusal::new("NOT_OPEN", message).at("id").into());
            }
            let before = json!({ "reason": row.reason, "suppressed": true });
            let after = json!({ "suppressed": false });
            audit::record(&permit, subject(id), &before, &after).await?;
            Ok(id)
        })
    })
    .await
}

fn subject(id: SuppressionId) -> Subject {
    Subject {
        kind: NAME,
        id: id.0,
        partner: None,
    }
}
