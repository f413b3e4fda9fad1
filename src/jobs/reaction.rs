//! Reactions: the one list of what is done because time has passed or something has happened.

use std::sync::Arc;

use entity::outbox_message;
use uuid::Uuid;

use super::{Outcome, Worker};
use crate::auth::{Permission, Scope};
use crate::case_study;
use crate::case_study::remind::{ConsentDue, ConsentLapses};
use crate::certification;
use crate::certification::remind::CertificateEnds;
use crate::course;
use crate::course::answer::QuizTimeUp;
use crate::course::outdate::Outdate;
use crate::course::remind::{CourseDueSoon, CourseOverdue, RefresherDue};
use crate::error::Result;
use crate::file::{self, Collect};
use crate::findable::{self, CatchUp};
use crate::library;
use crate::library::remind::{AssetExpires, AssetExpiring, AssetUpdated};
use crate::notification::purge::{self, Purge};
use crate::onboarding::remind::{self, StepDueSoon, StepOverdue};
use crate::op::{Permit, Work};
use crate::outbox::{self, Job};
use crate::partner::member::Seated;
use crate::playbook;
use crate::playbook::ask::{AskToAcknowledge, AskToday};
use crate::playbook::remind::AcknowledgementDue;
use crate::playbook::renew::TellWhatIsNew;
use crate::program::announce::{self, InForce, TakeForce};
use crate::program::notice::{self, TellPartners, TellWithdrawal};
use crate::tier::appeal::{self, AppealDue};
use crate::tier::report::{self, ReportQuarter};
use crate::tier::round::{self, GoOn, LookAgain, StartRound};
use crate::upkeep::{self, Sweep};

macro_rules! reactions {
    ($($job:ident => $step:path,)+) => {
        /// Reacts, and marks the promise kept in the same unit of work.
        pub(super) async fn react(worker: &Worker, row: outbox_message::Model) -> Outcome {
            match row.kind.as_str() {
                $($job::KIND => {
                    go::<$job>(worker, row, |permit, job| Box::pin($step(permit, job))).await
                })+
                // Perhaps a newer binary knows it: replicas are updated one by one.
                kind => Outcome::Retry(format!("this binary does not know the promise `{kind}`")),
            }
        }
    };
}
reactions!(
    StepDueSoon => remind::due_soon,
    StepOverdue => remind::overdue,
    CourseDueSoon => course::remind::due_soon,
    CourseOverdue => course::remind::overdue,
    RefresherDue => course::remind::refresher,
    QuizTimeUp => course::answer::time_up,
    Outdate => course::outdate::outdate,
    CertificateEnds => certification::remind::ends,
    Seated => playbook::ask::seated,
    AskToAcknowledge => playbook::ask::ask,
    AskToday => playbook::ask::today,
    TellWhatIsNew => playbook::renew::tell,
    AcknowledgementDue => playbook::remind::due,
    ConsentDue => case_study::remind::due,
    ConsentLapses => case_study::remind::lapses,
    AssetExpiring => library::remind::expiring,
    AssetExpires => library::remind::expires,
    AssetUpdated => library::remind::updated,
    TakeForce => announce::take_force,
    InForce => round::in_force,
    TellPartners => notice::tell,
    TellWithdrawal => notice::tell_withdrawal,
    StartRound => round::start,
    GoOn => round::go_on,
    LookAgain => round::look_again,
    AppealDue => appeal::due,
    ReportQuarter => report::report,
    CatchUp => findable::catch_up,
    Purge => purge::purge,
    Collect => file::collect,
    Sweep => upkeep::sweep,
);

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
