//! Appeals: a partner's word against the evaluation that decided where it stands.
//!
//! Submit-and-review as everywhere ([`crate::submission`]), with a clock: the program says how long
//! after a decision a partner may appeal, and how soon it is answered. Whoever had a part in what is
//! appealed against does not decide: who proposed or decided a tier on that track, and who told a fact
//! that the evaluation names. What comes of it is a fact, and where the partner is right the reviewer
//! may give the tier with it, until a day.
//!
//! It is [against](mod@against) the decision that the partner can see now, and not again against one that
//! an appeal was dismissed about before. The row says what the partner says last; what it said before a
//! reviewer asked for more stays in the audit trail, and what reviewers said of each revision in the
//! verdicts.

mod against;
mod tell;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::appeal::{self, AppealState, Column, Entity};
use entity::file_use::UseKind;
use entity::id::{AppealId, EvaluationId, FileId, PersonId, StandingId};
use entity::standing_override::{self, OverrideState};
use entity::verdict::{Outcome, SubjectKind};
use entity::{fact as fact_row, standing, verdict};
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::manual::{self, Given};
use super::review::{InForce, about};
use super::store;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail};
use crate::file::{self, Kind, Use};

use crate::op::{Op, Permit, Tx};

use crate::program::proof::Evaluation;
use crate::shape::global_id;
use crate::submission::{self, Decision, Submission, check_revision, check_written};

pub use tell::{AppealDue, due};

/// The codes of the refusals that are made here, besides those of [`submission`] and
/// [`file::ATTACH_CODES`].
pub const CODES: &[&str] = &[
    "ALREADY_DECIDED",
    "ALREADY_OPEN",
    "DECIDED_BEFORE",
    "NOT_IN_FORCE",
    "NOT_OPEN",
    "NOTHING_DECIDED",
    "OUT_OF_RANGE",
    "TOO_LATE",
    "UNKNOWN_TIER",
];

/// The most characters of what a partner says.
pub const TEXT: usize = 5000;
/// The most files of an appeal.
pub const FILES: usize = 10;
/// What may be attached.
const PAPERS: &[Kind] = &[
    Kind::Pdf,
    Kind::Png,
    Kind::Jpeg,
    Kind::Docx,
    Kind::Xlsx,
    Kind::Csv,
];
/// What is submitted.
#[derive(Clone, Debug)]
pub struct Submit {
    /// Against which standing.
    pub standing: StandingId,
    /// What is wrong.
    pub reason: String,
    /// What proves it.
    pub files: Vec<FileId>,
}

/// Appeals against what decided last where the partner stands, or was judged of it last where that is
/// longer ago than the program takes appeals. What is judged anew rests also on what members did
/// elsewhere, whose rows are not the asker's.
///
/// # Errors
/// `NOTHING_DECIDED`, `TOO_LATE`, `ALREADY_OPEN`, `ALREADY_DECIDED`, refusals of the text and of
/// [`file::ATTACH_CODES`].
pub async fn submit(op: &Op, input: Submit) -> Result<AppealId> {
    let op = op.at_the_door();
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let standing = store::standing_for(tx, input.standing).await?;
            let scope = Scope::Partner(standing.partner_id);
            let permit = tx.permit(Permission::SubmitAppeals, scope)?;
            let program = InForce::required(&permit, standing.program_id).await?;
            let evaluation = against::against(&permit, &program, &standing).await?;
            against::check_is_first(&permit, &program, &standing, &evaluation).await?;
            let row = appeal::Model {
                id: permit.new_id(),
                partner_id: standing.partner_id,
                standing_id: standing.id,
                evaluation_id: evaluation.id,
                state: AppealState::Submitted,
                reason: checked(&input.reason, &input.files)?,
                submitted_by: asker(&permit)?,
                submitted_at: permit.now(),
                answer_by: answer_by(&permit, &program),
                decided_at: None,
                override_id: None,
                version: 1,
            };
            Entity::insert(row.clone().into_active_model().reset_all())
                .exec_without_returning(permit.writer())
                .await?;
            attach(&permit, &row, &input.files).await?;
            let said = json!({ "state": row.state, "reason": row.reason });
            audit::record(&permit, subject(&row), &(), &said).await?;
            let detail = Detail::AppealSubmitted {
                program: program.program.slug.clone(),
                track: standing.track.clone(),
            };
            fact::record(&permit, about(&standing), &detail).await?;
            tell::submitted(&permit, &program, &standing, &row, false).await?;
            Ok(row.id)
        })
    })
    .await
}

/// What is mended.
#[derive(Clone, Debug)]
pub struct Mend {
    /// Which appeal.
    pub id: AppealId,
    /// What is wrong.
    pub reason: String,
    /// What proves it: all of it.
    pub files: Vec<FileId>,
    /// The version that was read.
    pub expected_version: i32,
}

/// Says more, where a reviewer asked for more: the clock begins anew.
///
/// # Errors
/// `NOT_OPEN`, `CONFLICT`, refusals of the text and of [`file::ATTACH_CODES`].
pub async fn mend(op: &Op, input: Mend) -> Result<AppealId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, row, standing) = own(tx, input.id).await?;
            if row.state != AppealState::ActionRequired {
                return Err(not_open("It does not wait for you."));
            }
            check_revision(input.expected_version, row.version)?;
            let program = InForce::required(&permit, standing.program_id).await?;
            let before = row.clone();
            let row = appeal::Model {
                state: AppealState::Submitted,
                reason: checked(&input.reason, &input.files)?,
                submitted_by: asker(&permit)?,
                submitted_at: permit.now(),
                answer_by: answer_by(&permit, &program),
                version: row.version + 1,
                ..row
            };
            write(&permit, &row, &before).await?;
            attach(&permit, &row, &input.files).await?;
            tell::submitted(&permit, &program, &standing, &row, true).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Which appeal is taken back.
#[derive(Clone, Copy, Debug)]
pub struct Withdraw {
    /// Which.
    pub id: AppealId,
    /// The version that was read.
    pub expected_version: i32,
}

/// Takes an appeal back.
///
/// # Errors
/// `NOT_OPEN`, `CONFLICT`.
pub async fn withdraw(op: &Op, input: Withdraw) -> Result<AppealId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, row, _) = own(tx, input.id).await?;
            let before = row.clone();
            if !is_open(row.state) {
                return Err(not_open("It is decided, or was taken back."));
            }
            check_revision(input.expected_version, row.version)?;
            let row = appeal::Model {
                state: AppealState::Withdrawn,
                version: row.version + 1,
                ..row
            };
            write(&permit, &row, &before).await?;
            Ok(row.id)
        })
    })
    .await
}

/// A tier that is given with an appeal.
#[derive(Clone, Debug)]
pub struct Remedy {
    /// Which tier, by its key.
    pub tier: String,
    /// Its last day, in the program's zone.
    pub ends_on: NaiveDate,
}

/// What a reviewer says.
#[derive(Clone, Debug)]
pub struct Review {
    /// Of which appeal.
    pub id: AppealId,
    /// Why, for the partner to read; may be empty where it is upheld without a tier.
    pub reason: String,
    /// The tier that is given with it, where it is upheld.
    pub remedy: Option<Remedy>,
    /// The version that was read.
    pub expected_version: i32,
}

/// Decides: [`Outcome::Accepted`] upholds it, [`Outcome::ActionRequired`] asks for more,
/// [`Outcome::Declined`] dismisses it.
///
/// # Errors
/// Refusals of [`CODES`] and [`submission::CODES`].
pub async fn decide(op: &Op, review: Review, outcome: Outcome) -> Result<AppealId> {
    op.unit((review, outcome), |tx, (review, outcome)| {
        Box::pin(settle(tx, review, *outcome))
    })
    .await
}

async fn settle(tx: &Tx, review: &Review, outcome: Outcome) -> Result<AppealId> {
    let row = appeal_for(tx, review.id).await?;
    let scope = Scope::Partner(row.partner_id);
    let permit = tx.permit(Permission::ReviewAppeals, scope)?;
    let reviewer = asker(&permit)?;
    let db = permit.reader();
    let standing = store::standing(&db, row.standing_id).await?;
    let waits = row.state == AppealState::Submitted;
    let subject_of = Submission {
        kind: SubjectKind::Appeal,
        id: row.id.0,
        partner: Some(row.partner_id),
        person: None,
        revision: row.version,
        submitter: Some(row.submitted_by),
        open: waits,
        fields: ["reason", "files"].map(str::to_owned).into(),
    };
    if waits && took_part(&permit, &row, &standing, reviewer).await? {
        let message = "You had a part in what is appealed against: somebody else has to decide.";
        return Err(Refusal::new("DECIDED_BEFORE", message).into());
    }
    let asks = outcome == Outcome::ActionRequired;
    let decision = Decision {
        revision: review.expected_version,
        outcome,
        reason: review.reason.clone(),
        fields: if asks {
            vec!["reason".to_owned()]
        } else {
            Vec::new()
        },
        comments: Vec::new(),
    };
    submission::decide(&permit, &subject_of, &decision).await?;
    let program = InForce::required(&permit, standing.program_id).await?;
    let remedy = review.remedy.as_ref();
    let given = match remedy.filter(|_| outcome == Outcome::Accepted) {
        Some(remedy) => Some(give(&permit, &row, &standing, remedy, &review.reason).await?),
        None => None,
    };
    let before = row.clone();
    let row = appeal::Model {
        state: match outcome {
            Outcome::Accepted => AppealState::Upheld,
            Outcome::ActionRequired => AppealState::ActionRequired,
            Outcome::Declined | Outcome::Returned | Outcome::Rejected | Outcome::Waived => {
                AppealState::Dismissed
            }
        },
        decided_at: (!asks).then(|| permit.now()),
        override_id: given.as_ref().map(|it| it.id),
        version: row.version + 1,
        ..row
    };
    write(&permit, &row, &before).await?;
    if asks {
        return tell::to_say_more(&permit, &program, &standing, &row, &decision).await;
    }
    let detail = came_of_it(&permit, &program, &standing, &row, given.as_ref()).await?;
    fact::record(&permit, about(&standing), &detail).await?;
    tell::decided(
        &permit,
        &program,
        &standing,
        &row,
        given.as_ref(),
        &decision,
    )
    .await?;
    if let Some(given) = &given {
        manual::look(&permit, given).await?;
    }
    Ok(row.id)
}

/// What came of it, as a fact.
async fn came_of_it(
    permit: &Permit<'_>,
    program: &InForce,
    standing: &standing::Model,
    row: &appeal::Model,
    given: Option<&standing_override::Model>,
) -> Result<Detail> {
    let (program, track) = (program.program.slug.clone(), standing.track.clone());
    let evaluation = store::evaluation(&permit.reader(), row.evaluation_id).await?;
    let evaluation = Some(evaluation.digest);
    Ok(if row.state == AppealState::Upheld {
        Detail::AppealUpheld {
            program,
            track,
            evaluation,
            tier: given.map(|it| it.tier.clone()),
            ends_on: given.map(|it| it.ends_on),
        }
    } else {
        Detail::AppealDismissed {
            program,
            track,
            evaluation,
        }
    })
}

/// Gives the tier: the partner asked for it, and the reviewer is the other one.
async fn give(
    permit: &Permit<'_>,
    row: &appeal::Model,
    standing: &standing::Model,
    remedy: &Remedy,
    reason: &str,
) -> Result<standing_override::Model> {
    let mut faults = Faults::default();
    faults.words(reason, submission::REASON, "reason");
    faults.result()?;
    if let Some(open) = store::open_override(&permit.reader(), standing).await? {
        manual::close(permit, open).await?;
    }
    let given = Given {
        tier: &remedy.tier,
        ends_on: remedy.ends_on,
        reason,
        proposed_by: row.submitted_by,
    };
    let made = manual::made(permit, standing, &given).await;
    let (given, _) = made.map_err(|error| {
        error.map_refusals(|fault| {
            let path = fault.field.join(".");
            let path = if path.is_empty() {
                "remedy".to_owned()
            } else {
                format!("remedy.{path}")
            };
            Refusal::new(fault.code, fault.message).at(&path)
        })
    })?;
    let given = standing_override::Model {
        state: OverrideState::Approved,
        decided_by: Some(asker(permit)?),
        decided_at: Some(permit.now()),
        ..given
    };
    standing_override::Entity::insert(given.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(given)
}

/// Whether somebody had a part in what is appealed against.
async fn took_part(
    permit: &Permit<'_>,
    row: &appeal::Model,
    standing: &standing::Model,
    person: PersonId,
) -> Result<bool> {
    use standing_override::Column as Given;
    let db = permit.reader();
    let gave = standing_override::Entity::find()
        .filter(Given::PartnerId.eq(standing.partner_id))
        .filter(Given::ProgramId.eq(standing.program_id))
        .filter(Given::Track.eq(&standing.track))
        .filter(
            Condition::any()
                .add(Given::ProposedBy.eq(person))
                .add(Given::DecidedBy.eq(person)),
        );
    if gave.one(&db).await?.is_some() {
        return Ok(true);
    }
    let appeals = Entity::find()
        .filter(Column::EvaluationId.eq(row.evaluation_id))
        .filter(Column::Id.ne(row.id))
        .all(&db)
        .await?;
    let judged = verdict::Entity::find()
        .filter(verdict::Column::SubjectId.is_in(appeals.iter().map(|it| it.id.0)))
        .filter(verdict::Column::ReviewerId.eq(person));
    if judged.one(&db).await?.is_some() {
        return Ok(true);
    }
    let told = told(permit, row.evaluation_id, person).await?;
    Ok(told)
}

/// Whether somebody told a fact that the evaluation names.
async fn told(permit: &Permit<'_>, evaluation: EvaluationId, person: PersonId) -> Result<bool> {
    let db = permit.reader();
    let row = store::evaluation(&db, evaluation).await?;
    let proof: Evaluation = serde_json::from_str(&row.proof)?;
    let named = proof.metrics.values().filter_map(|it| it.evidence.as_ref());
    let named: BTreeSet<_> = named.flat_map(|it| it.facts.iter().copied()).collect();
    let named: Vec<_> = named.into_iter().collect();
    for part in named.chunks(500) {
        let own = fact_row::Entity::find()
            .filter(fact_row::Column::Id.is_in(part.iter().copied()))
            .filter(fact_row::Column::RecordedBy.eq(person));
        if own.one(&db).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An appeal of the asker's own partner.
async fn own(tx: &Tx, id: AppealId) -> Result<(Permit<'_>, appeal::Model, standing::Model)> {
    let row = appeal_for(tx, id).await?;
    let permit = tx.permit(Permission::SubmitAppeals, Scope::Partner(row.partner_id))?;
    let standing = store::standing(&permit.reader(), row.standing_id).await?;
    Ok((permit, row, standing))
}

async fn appeal_for(tx: &Tx, id: AppealId) -> Result<appeal::Model> {
    tx.op().actor().known()?;
    let found = Entity::find_by_id(id).one(&tx.reader()).await?;
    found
        .filter(|row| store::is_seen(tx, row.partner_id))
        .ok_or(Error::NotFound("Appeal"))
}

fn answer_by(permit: &Permit<'_>, program: &InForce) -> DateTime<Utc> {
    let span = program.rules.document.appeals.answered_within;
    program.rules.calendar.after(permit.now(), span)
}

fn is_open(state: AppealState) -> bool {
    matches!(state, AppealState::Submitted | AppealState::ActionRequired)
}

fn not_open(message: &'static str) -> Error {
    Refusal::new("NOT_OPEN", message).into()
}

/// What is said, in the form in which it is kept.
fn checked(reason: &str, files: &[FileId]) -> Result<String> {
    let mut faults = Faults::default();
    faults.words(reason, TEXT, "reason");
    faults.at_most(files.len(), FILES, "files");
    faults.result()?;
    Ok(reason.trim().to_owned())
}

/// Attaches these files, and no others any more.
async fn attach(permit: &Permit<'_>, row: &appeal::Model, files: &[FileId]) -> Result<()> {
    let to = Use {
        kind: UseKind::Appeal,
        subject: row.id.0,
        partner: Some(row.partner_id),
    };
    for (place, file) in files.iter().enumerate() {
        file::attach(permit, *file, to, PAPERS, &format!("files.{place}")).await?;
    }
    file::detach(permit, to, files).await
}

/// Writes it as it is now, if it still was as it was read. What it said before stays in the audit
/// trail.
async fn write(permit: &Permit<'_>, row: &appeal::Model, before: &appeal::Model) -> Result<()> {
    let written = Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(row.version - 1))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)?;
    let said = |it: &appeal::Model| {
        if before.reason == row.reason {
            json!({ "state": it.state })
        } else {
            json!({ "state": it.state, "reason": it.reason })
        }
    };
    audit::record(permit, subject(row), &said(before), &said(row)).await?;
    Ok(())
}

fn asker(permit: &Permit<'_>) -> Result<PersonId> {
    let person = permit.op().actor().person();
    person.map(|person| person.id).ok_or(Error::Forbidden)
}

fn id(row: &appeal::Model) -> String {
    global_id("Appeal", row.id.0)
}

fn subject(row: &appeal::Model) -> Subject {
    Subject {
        kind: "Appeal",
        id: row.id.0,
        partner: Some(row.partner_id),
    }
}
