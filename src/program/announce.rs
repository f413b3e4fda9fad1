//! From a draft to what counts: announced with notice, in force on its day, withdrawn before it.
//!
//! The notice is the one that the version in force promises; a change by which nobody is worse off
//! may come sooner, if that version says so. The day is reckoned here and cannot be argued with: an
//! earlier one is refused. From the announcement on the version never changes.

use chrono::NaiveDate;
use entity::id::ProgramVersionId;
use entity::program_version::{self, ProgramVersionState};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::author::{Draft, SaveDraft, open, program_for, subject, write_draft};
use super::diff::{changes, favours_partners};
use super::document::Document;
use super::notice::{self, TellPartners};
use super::rules::Rules;
use super::span::Span;
use super::store;
use crate::audit;
use crate::auth::{Permission, Scope};
use crate::document::{Faults, in_words};
use crate::edition;
use crate::error::{Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::op::{Op, Permit};
use crate::outbox::{self, Job};
use crate::submission::{REASON, check_revision};

/// The promise that an announced version counts from its day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeForce {
    /// The version.
    pub version: ProgramVersionId,
}

impl Job for TakeForce {
    const KIND: &'static str = "program.take_force";
}

/// The promise to look where all partners stand under a version that counts from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// The version.
    pub version: ProgramVersionId,
}

impl Job for InForce {
    const KIND: &'static str = "program.in_force";
}

/// What is to be announced.
#[derive(Clone, Copy, Debug)]
pub struct Announce {
    /// The draft.
    pub draft: Draft,
    /// From which day it counts; the earliest that the notice allows where none is named.
    pub in_force_on: Option<NaiveDate>,
}

/// How long a change is announced before it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whether nobody is worse off.
    pub favourable: bool,
    /// How long.
    pub span: Span,
    /// The first day on which it may count.
    pub earliest: NaiveDate,
}

/// The notice of a new version, announced now. Where there is none before it, it may count at once.
#[must_use]
pub fn notice(before: Option<&Rules>, after: &Rules, now: chrono::DateTime<chrono::Utc>) -> Notice {
    let Some(before) = before else {
        return Notice {
            favourable: true,
            span: Span::of_days(0),
            earliest: after.day(now),
        };
    };
    let favourable = favours_partners(&changes(&before.document, &after.document));
    let promised = &before.document.notice;
    let span = if favourable {
        promised.favourable
    } else {
        promised.changes
    };
    let earliest = if span == Span::of_days(0) {
        after.day(now)
    } else {
        // Whole days: what is announced at noon has its first whole day tomorrow.
        let end = before.day(before.calendar.after(now, span));
        end.succ_opt().unwrap_or(end)
    };
    Notice {
        favourable,
        span,
        earliest,
    }
}

/// Announces a draft: its own tests pass, and it counts from a day that its notice allows.
///
/// # Errors
/// `NOT_DRAFT`, `CONFLICT`, `TEST_FAILED`, `ANNOUNCED_ALREADY`, `NOTICE_TOO_SHORT`, `NOTHING_CHANGES`.
pub async fn announce(op: &Op, input: Announce) -> Result<ProgramVersionId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, row) = open(tx, &input.draft).await?;
            put_out(&permit, row, input.in_force_on).await
        })
    })
    .await
}

/// Announces a whole program at once, for whoever runs the portal. Where the same was announced or is
/// in force already, nothing happens.
///
/// # Errors
/// As [`announce`], and refusals of [`super::rules::CODES`]; `DRAFT_EXISTS` where somebody is writing.
pub async fn announce_document(
    op: &Op,
    yaml: String,
    note: String,
    in_force_on: Option<NaiveDate>,
) -> Result<ProgramVersionId> {
    let input = SaveDraft {
        yaml,
        note,
        expected_version: None,
    };
    op.unit((input, in_force_on), |tx, (input, in_force_on)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WritePrograms, Scope::Portal)?;
            let rules = Rules::from_yaml(&input.yaml)?;
            let (program, versions) = program_for(&permit, &rules.document).await?;
            let counts = |it: &&program_version::Model| {
                it.hash == rules.hash
                    && matches!(
                        it.state,
                        ProgramVersionState::Announced | ProgramVersionState::InForce
                    )
            };
            if let Some(same) = versions.iter().find(counts) {
                return Ok(same.id);
            }
            edition::check_nobody_writes(&versions)?;
            let row = write_draft(&permit, program.id, &versions, &rules, input).await?;
            put_out(&permit, row, *in_force_on).await
        })
    })
    .await
}

async fn put_out(
    permit: &Permit<'_>,
    row: program_version::Model,
    wanted: Option<NaiveDate>,
) -> Result<ProgramVersionId> {
    let db = permit.reader();
    let rules = Rules::from_yaml(&row.document)?;
    rules
        .try_out()
        .map_err(|error| error.map_refusals(|fault| in_words(fault).at("id")))?;
    let versions = store::versions(&db, row.program_id).await?;
    let in_state = |state| versions.iter().find(move |it| it.state == state);
    if let Some(waiting) = in_state(ProgramVersionState::Announced) {
        let message = format!(
            "Version {} is announced and counts from {} on: withdraw it first.",
            waiting.number,
            waiting
                .in_force_on
                .map_or_else(String::new, |day| day.to_string())
        );
        return Err(Refusal::new("ANNOUNCED_ALREADY", message).into());
    }
    let before = in_state(ProgramVersionState::InForce);
    if before.is_some_and(|it| it.hash == rules.hash) {
        let message = "It says the same as the version in force.";
        return Err(Refusal::new("NOTHING_CHANGES", message).into());
    }
    let before = before
        .map(|it| Rules::from_yaml(&it.document))
        .transpose()?;
    let now = permit.now();
    let notice = notice(before.as_ref(), &rules, now);
    let on = wanted.unwrap_or(notice.earliest);
    if on < notice.earliest {
        let message = format!(
            "The program promises a notice of {}: the earliest day is {}.",
            notice.span, notice.earliest
        );
        let fault = Refusal::new("NOTICE_TOO_SHORT", message);
        return Err(fault.at("inForceOn").into());
    }
    let in_force_at = rules.calendar.midnight(on).max(now);
    let row = program_version::Model {
        state: ProgramVersionState::Announced,
        announced_at: Some(now),
        announced_by: permit.op().actor().person().map(|person| person.id),
        favourable: Some(notice.favourable),
        in_force_on: Some(on),
        in_force_at: Some(in_force_at),
        version: row.version + 1,
        ..row
    };
    store::write(permit, &row).await?;
    let after = json!({
        "state": row.state, "number": row.number, "hash": row.hash, "inForceOn": on,
        "favourable": notice.favourable,
    });
    audit::record(
        permit,
        subject(row.id),
        &json!({ "state": "DRAFT" }),
        &after,
    )
    .await?;
    let announced = Detail::ProgramAnnounced {
        program: rules.document.slug.clone(),
        version: row.number,
        in_force_on: on,
    };
    fact::record(permit, about(&row), &announced).await?;
    let first = TellPartners {
        version: row.id,
        after: None,
    };
    outbox::promise(permit, &first).await?;
    let job = TakeForce { version: row.id };
    if in_force_at <= now {
        take_force(permit, &job).await?;
    } else {
        let key = format!("{}:{}", TakeForce::KIND, row.id);
        outbox::promise_once(permit, &job, in_force_at, key).await?;
    }
    Ok(row.id)
}

/// Keeps the promise: the version counts from now on, if it was not withdrawn.
///
/// # Errors
/// What the database said.
pub async fn take_force(permit: &Permit<'_>, job: &TakeForce) -> Result<()> {
    let db = permit.reader();
    let row = store::version(&db, job.version).await?;
    if row.state != ProgramVersionState::Announced {
        return Ok(());
    }
    for before in store::versions(&db, row.program_id).await? {
        if before.state == ProgramVersionState::InForce {
            let before = program_version::Model {
                state: ProgramVersionState::Superseded,
                ended_at: Some(permit.now()),
                version: before.version + 1,
                ..before
            };
            store::write(permit, &before).await?;
        }
    }
    let document = Document::from_yaml(&row.document)?;
    let row = program_version::Model {
        state: ProgramVersionState::InForce,
        version: row.version + 1,
        ..row
    };
    store::write(permit, &row).await?;
    store::call(permit, row.program_id, &document).await?;
    let after = json!({ "state": row.state });
    audit::record(
        permit,
        subject(row.id),
        &json!({ "state": "ANNOUNCED" }),
        &after,
    )
    .await?;
    let counts = Detail::ProgramInForce {
        program: document.slug,
        version: row.number,
    };
    fact::record(permit, about(&row), &counts).await?;
    outbox::promise(permit, &InForce { version: row.id }).await
}

/// What is to be withdrawn.
#[derive(Clone, Debug)]
pub struct Withdraw {
    /// The version, which is announced.
    pub version: ProgramVersionId,
    /// Why, for partners to read.
    pub reason: String,
    /// Its version that was read.
    pub expected_version: i32,
}

/// Withdraws an announced version before it counts, and tells whoever was told of it.
///
/// # Errors
/// `NOT_ANNOUNCED`, `CONFLICT`, and refusals of the reason.
pub async fn withdraw(op: &Op, input: Withdraw) -> Result<ProgramVersionId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WritePrograms, Scope::Portal)?;
            let row = store::version(&permit.reader(), input.version).await?;
            if row.state != ProgramVersionState::Announced {
                let message = "It is not announced: only what does not count yet can be withdrawn.";
                return Err(Refusal::new("NOT_ANNOUNCED", message).into());
            }
            check_revision(input.expected_version, row.version)?;
            let mut faults = Faults::default();
            faults.words(&input.reason, REASON, "reason");
            faults.result()?;
            let row = program_version::Model {
                state: ProgramVersionState::Withdrawn,
                ended_at: Some(permit.now()),
                withdrawn_reason: Some(input.reason.trim().to_owned()),
                version: row.version + 1,
                ..row
            };
            store::write(&permit, &row).await?;
            let after = json!({ "state": row.state, "reason": row.withdrawn_reason });
            let before = json!({ "state": "ANNOUNCED" });
            audit::record(&permit, subject(row.id), &before, &after).await?;
            let program = store::program(&permit.reader(), row.program_id).await?;
            let withdrawn = Detail::ProgramWithdrawn {
                program: program.slug,
                version: row.number,
            };
            fact::record(&permit, about(&row), &withdrawn).await?;
            notice::promise_withdrawal(&permit, row.id).await?;
            Ok(row.id)
        })
    })
    .await
}

fn about(row: &program_version::Model) -> About {
    About {
        partner: None,
        person: None,
        subject: row.id.0,
    }
}
