//! Reactions: the one list of what is done because time has passed or something has happened.

use std::sync::Arc;

use entity::outbox_message;
use uuid::Uuid;

use super::{Outcome, Worker};
use crate::auth::{Permission, Scope};
use crate::certification;
use crate::certification::remind::CertificateEnds;
use crate::course;
use crate::course::answer::QuizTimeUp;
use crate::course::outdate::Outdate;
use crate::course::remind::{CourseDueSoon, CourseOverdue, RefresherDue};
use crate::error::Result;
use crate::findable::{self, CatchUp};
use crate::notification::purge::{self, Purge};
use crate::onboarding::remind::{self, StepDueSoon, StepOverdue};
use crate::op::{Permit, Work};
use crate::outbox::{self, Job};
use crate::upkeep::{self, Sweep};

/// Reacts, and marks the promise kept in the same unit of work.
pub(super) async fn react(worker: &Worker, row: outbox_message::Model) -> Outcome {
    match row.kind.as_str() {
        StepDueSoon::KIND => {
            go::<StepDueSoon>(worker, row, |permit, job| {
                Box::pin(remind::due_soon(permit, job))
            })
            .await
        }
        StepOverdue::KIND => {
            go::<StepOverdue>(worker, row, |permit, job| {
                Box::pin(remind::overdue(permit, job))
            })
            .await
        }
        CourseDueSoon::KIND => {
            go::<CourseDueSoon>(worker, row, |permit, job| {
                Box::pin(course::remind::due_soon(permit, job))
            })
            .await
        }
        CourseOverdue::KIND => {
            go::<CourseOverdue>(worker, row, |permit, job| {
                Box::pin(course::remind::overdue(permit, job))
            })
            .await
        }
        RefresherDue::KIND => {
            go::<RefresherDue>(worker, row, |permit, job| {
                Box::pin(course::remind::refresher(permit, job))
            })
            .await
        }
        QuizTimeUp::KIND => {
            go::<QuizTimeUp>(worker, row, |permit, job| {
                Box::pin(course::answer::time_up(permit, job))
            })
            .await
        }
        Outdate::KIND => {
            go::<Outdate>(worker, row, |permit, job| {
                Box::pin(course::outdate::outdate(permit, job))
            })
            .await
        }
        CertificateEnds::KIND => {
            go::<CertificateEnds>(worker, row, |permit, job| {
                Box::pin(certification::remind::ends(permit, job))
            })
            .await
        }
        CatchUp::KIND => {
            go::<CatchUp>(worker, row, |permit, job| {
                Box::pin(findable::catch_up(permit, job))
            })
            .await
        }
        Purge::KIND => {
            go::<Purge>(worker, row, |permit, job| {
                Box::pin(purge::purge(permit, job))
            })
            .await
        }
        Sweep::KIND => {
            go::<Sweep>(worker, row, |permit, job| {
                Box::pin(upkeep::sweep(permit, job))
            })
            .await
        }
        // Perhaps a newer binary knows it: replicas are updated one by one.
        kind => Outcome::Retry(format!("this binary does not know the promise `{kind}`")),
    }
}

type Step<J> = for<'t> fn(&'t Permit<'t>, &'t J) -> Work<'t, ()>;

async fn go<J: Job + 'static>(
    worker: &Worker,
    row: outbox_message::Model,
    step: Step<J>,
) -> Outcome {
    let op = worker.op_for(&row);
    let job: J = match serde_json::from_value(row.payload) {
        Ok(job) => job,
        Err(error) => return Outcome::GiveUp(format!("this binary cannot read it: {error}")),
    };
    let input = (row.id, worker.id, Arc::new(job), step);
    let done: Result<()> = op
        .unit(
            input,
            |tx, (id, worker, job, step): &(_, Uuid, Arc<J>, Step<J>)| {
                Box::pin(async move {
                    let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                    step(&permit, job).await?;
                    outbox::finish(&permit, *id, *worker).await
                })
            },
        )
        .await;
    match done {
        Ok(()) => Outcome::Kept,
        Err(error) => error.into(),
    }
}
