//! Carries the bytes of files into the store, and removes those of files that are gone.

use entity::outbox_message;
use uuid::Uuid;

use super::{Outcome, Worker, mark_kept};
use crate::auth::{Permission, Scope};
use crate::error::Result;
use crate::file::{self, Carry, Gone};
use crate::outbox::{self, Job};

/// Keeps such a promise; none where it is another.
pub(super) async fn carried_or_removed(
    worker: &Worker,
    row: &outbox_message::Model,
) -> Option<Outcome> {
    let payload = row.payload.clone();
    let done = match row.kind.as_str() {
        Carry::KIND => match serde_json::from_value(payload) {
            Ok(job) => carry(worker, row, job).await,
            Err(error) => Err(error.into()),
        },
        Gone::KIND => match serde_json::from_value(payload) {
            Ok(job) => remove(worker, row, job).await,
            Err(error) => Err(error.into()),
        },
        _ => return None,
    };
    Some(match done {
        Ok(()) => Outcome::Kept,
        Err(error) => error.into(),
    })
}

async fn carry(worker: &Worker, row: &outbox_message::Model, job: Carry) -> Result<()> {
    let op = worker.op_for(row);
    file::carry(&op, &worker.files, &job).await?;
    op.unit(
        (row.id, worker.id, job),
        |tx, (id, worker, job): &(_, Uuid, Carry)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                file::let_go(&permit, job).await?;
                outbox::finish(&permit, *id, *worker).await
            })
        },
    )
    .await
}

async fn remove(worker: &Worker, row: &outbox_message::Model, job: Gone) -> Result<()> {
    worker.files.delete(job.file).await?;
    mark_kept(worker, row, None).await
}
