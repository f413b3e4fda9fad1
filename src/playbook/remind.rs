//! Reminders to acknowledge a version: before its day, and when that is over. Promised when there
//! is cause, kept if there still is.

use chrono_tz::Tz;
use entity::id::{PersonId, PlaybookVersionId};
use entity::playbook_acknowledgement;
use entity::playbook_version::PlaybookVersionState;
use serde::{Deserialize, Serialize};

use super::{store, tell};
use crate::error::Result;
use crate::notification::{self, Letter};
use crate::onboarding::due::{Due, due_soon_at, overdue_at};
use crate::op::Permit;
use crate::outbox::{self, Job};
use crate::shape::global_id;

/// The promise to remind somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgementDue {
    /// To acknowledge which version.
    pub version: PlaybookVersionId,
    /// Whom.
    pub person: PersonId,
}

impl Job for AcknowledgementDue {
    const KIND: &'static str = "playbook.acknowledgement_due";
}

/// Promises both reminders.
pub(super) async fn promise(
    permit: &Permit<'_>,
    row: &playbook_acknowledgement::Model,
    due: Due,
    zone: Tz,
) -> Result<()> {
    let (version, person) = (row.playbook_version_id, row.person_id);
    let job = AcknowledgementDue { version, person };
    // Who left and came back has another day.
    let on = due.on;
    let key = |when: &str| {
        format!(
            "{}:{version}:{person}:{on}:{when}",
            AcknowledgementDue::KIND
        )
    };
    if let Some(when) = due_soon_at(due, zone, permit.now()) {
        outbox::promise_once(permit, &job, when, key("soon")).await?;
    }
    let when = overdue_at(due, permit.now());
    outbox::promise_once(permit, &job, when, key("over")).await
}

/// Keeps the promise: reminds them, if the version is still there to be acknowledged by them.
///
/// # Errors
/// What the database said.
pub async fn due(permit: &Permit<'_>, job: &AcknowledgementDue) -> Result<()> {
    let db = permit.reader();
    let rows = store::asked(&db, job.version, job.person).await?;
    let open = rows.iter().filter(|row| row.acknowledged_at.is_none());
    let open: Vec<_> = open.filter_map(|row| Some((row, row.due_on?))).collect();
    if open.is_empty() {
        return Ok(());
    }
    let version = store::version(&db, job.version).await?;
    if version.state != PlaybookVersionState::Published {
        return Ok(());
    }
    let playbook = store::playbook(&db, version.playbook_id).await?;
    let meant = store::meant_partners(&db, &playbook, job.person).await?;
    // Who is asked by several of their partners may have left the first.
    let mut open = open.into_iter();
    let Some((row, due_on)) = open.find(|(row, _)| meant.contains(&row.partner_id)) else {
        return Ok(());
    };
    let reader = store::person(&db, job.person).await?;
    let letter = Letter::PlaybookDue {
        playbook: tell::title(&version, &reader)?,
        due_on,
        overdue: row.due_at.is_some_and(|due_at| due_at < permit.now()),
        version: global_id("PlaybookVersion", version.id.0),
    };
    notification::tell(permit, job.person, Some(row.partner_id), letter).await
}
