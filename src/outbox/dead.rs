//! What was given up: tried again or dropped by whoever looks after it, and emptied in time.

use chrono::{DateTime, Utc};
use entity::id::OutboxMessageId;
use entity::outbox_message::{self, Column, Entity};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde_json::json;

use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::op::{Op, Permit};

/// The API's name of it.
const NAME: &str = "DeadLetter";

/// Has it tried again, as if it had never been tried.
///
/// # Errors
/// `EMPTIED` where it was purged: there is nothing left to keep. `NOT_OPEN` where somebody else was
/// faster.
pub async fn retry(op: &Op, id: OutboxMessageId) -> Result<()> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let permit = tx.permit(Permission::SettleMail, Scope::Portal)?;
            let row = dead(&permit, id).await?;
            if row.emptied_at.is_some() {
                let message = "What it said was purged: cause it anew, and drop this one.";
                return Err(Refusal::new("EMPTIED", message).at("id").into());
            }
            let open = [
                (Column::AvailableAt, Expr::value(permit.now())),
                (Column::Attempts, Expr::value(0)),
            ];
            settle(&permit, &row, &open, "retried").await
        })
    })
    .await
}

/// Lets it be: it is never kept, and nobody is reminded of it.
///
/// # Errors
/// `NOT_OPEN` where somebody else was faster.
pub async fn drop(op: &Op, id: OutboxMessageId) -> Result<()> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let permit = tx.permit(Permission::SettleMail, Scope::Portal)?;
            let row = dead(&permit, id).await?;
            let why = row.last_error.as_deref().unwrap_or_default();
            let done = [
                (Column::DoneAt, Expr::value(permit.now())),
                (
                    Column::LastError,
                    Expr::value(format!("dropped by staff: {why}")),
                ),
            ];
            settle(&permit, &row, &done, "dropped").await
        })
    })
    .await
}

async fn dead(permit: &Permit<'_>, id: OutboxMessageId) -> Result<outbox_message::Model> {
    let found = Entity::find_by_id(id).one(&permit.reader()).await?;
    let is_dead = |row: &outbox_message::Model| row.dead_at.is_some();
    found.filter(is_dead).ok_or(Error::NotFound(NAME))
}

/// Whoever comes first settles it: the update must hit the row.
async fn settle(
    permit: &Permit<'_>,
    row: &outbox_message::Model,
    change: &[(Column, Expr)],
    how: &str,
) -> Result<()> {
    let change = change.iter().cloned();
    let hit = change
        .fold(Entity::update_many(), |update, (column, value)| {
            update.col_expr(column, value)
        })
        .col_expr(Column::DeadAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Id.eq(row.id))
        .filter(Column::DeadAt.is_not_null())
        .exec(permit.writer())
        .await?;
    if hit.rows_affected != 1 {
        let message = "Somebody else has settled it meanwhile.";
        return Err(Refusal::new("NOT_OPEN", message).at("id").into());
    }
    let subject = Subject {
        kind: NAME,
        id: row.id.0,
        partner: None,
    };
    let before = json!({ "kind": row.kind, "letter": row.letter, "lastError": row.last_error });
    audit::record(permit, subject, &before, &json!({ "settled": how })).await?;
    Ok(())
}

/// Empties up to `limit` payloads of promises of this kind that were made before `instant` and are
/// kept or given up; answers how many. What is still to be kept stays whole, however old.
///
/// # Errors
/// What the database said.
pub async fn empty_before(
    permit: &Permit<'_>,
    kind: &str,
    instant: DateTime<Utc>,
    limit: u64,
) -> Result<u64> {
    let old = Query::select()
        .column(Column::Id)
        .from(Entity)
        .cond_where(
            Condition::all()
                .add(Column::Kind.eq(kind))
                .add(Column::EmptiedAt.is_null())
                .add(Column::CreatedAt.lt(instant))
                .add(
                    Condition::any()
                        .add(Column::DoneAt.is_not_null())
                        .add(Column::DeadAt.is_not_null()),
                ),
        )
        .limit(limit)
        .take();
    let emptied = Entity::update_many()
        .col_expr(Column::Payload, Expr::value(json!({})))
        .col_expr(Column::EmptiedAt, Expr::value(permit.now()))
        .filter(Column::Id.in_subquery(old))
        .exec(permit.writer())
        .await?;
    Ok(emptied.rows_affected)
}
