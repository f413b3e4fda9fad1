//! Practical evidence: submitted by who goes for a certification, reviewed by staff.
//!
//! Submit-and-review as everywhere ([`crate::submission`]): accepted evidence may complete the
//! certificate at once; what is declined stays so, and other evidence may be submitted for the
//! period.

use entity::certification_evidence::{self, Column, Entity, EvidenceState};
use entity::id::{CertificateId, CertificationEvidenceId};
use entity::staff_role::VendorRole;
use entity::verdict::{Outcome, SubjectKind};
use entity::{certificate, certification};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::{issue, settle, store};
use crate::auth::{Permission, Scope};
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail};
use crate::notification::{self, Letter};
use crate::op::{Op, Permit, Tx};
use crate::partner::store::reviewers;
use crate::shape::global_id;
use crate::submission::{
    self, Comment, Decision, Submission, check_expected, check_revision, check_written,
};

/// The codes with which submitting evidence is refused.
pub const CODES: &[&str] = &[
    "CLOSED",
    "CONFLICT",
    "INVALID",
    "INVALID_TEXT",
    "NOT_ASKED",
    "NOT_OPEN",
    "REQUIRED",
    "TOO_LONG",
    "WAITS_FOR_REVIEW",
];

/// The most characters of evidence.
pub const TEXT: usize = 20_000;
/// The most characters of an address.
pub const URL: usize = 2_000;

/// What a reviewer may name to be mended.
pub const FIELDS: [&str; 2] = ["text", "url"];

/// Evidence as it is handed in.
#[derive(Clone, Debug)]
pub struct HandIn {
    /// For which period of one's own.
    pub certificate: CertificateId,
    /// What was done, as Markdown.
    pub text: String,
    /// Where it can be seen.
    pub url: Option<String>,
    /// The version that was read; none the first time.
    pub expected_version: Option<i32>,
}

/// Submits evidence, or submits it again after changes were requested. Where some was declined,
/// other evidence may be submitted.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn submit(op: &Op, input: HandIn) -> Result<CertificationEvidenceId> {
    let op = op.at_the_door();
    op.unit(input, |tx, input| Box::pin(hand_in(tx, input)))
        .await
}

async fn hand_in(tx: &Tx, input: &HandIn) -> Result<CertificationEvidenceId> {
    let (permit, period) = own_period(tx, input.certificate).await?;
    let certification = store::certification(&permit.reader(), period.certification_id).await?;
    let route = issue::route(&certification, &period, permit.now())?;
    if route.evidence.is_none() {
        let message = "This certification asks for no evidence.";
        return Err(Refusal::new("NOT_ASKED", message).into());
    }
    if period.issued_at.is_some() || permit.now() < period.window_opens_at {
        let message = "It cannot be earned now: evidence counts from the day its window opens.";
        return Err(Refusal::new("NOT_OPEN", message).into());
    }
    check(input)?;
    let earlier = of_period(&permit.reader(), period.id).await?;
    check_may_submit(earlier.as_ref(), input.expected_version)?;
    let row = certification_evidence::Model {
        id: earlier
            .as_ref()
            .map_or_else(|| permit.new_id(), |row| row.id),
        certificate_id: period.id,
        certification_id: period.certification_id,
        person_id: period.person_id,
        state: EvidenceState::Submitted,
        text: input.text.trim().to_owned(),
        url: input.url.clone(),
        submitted_at: permit.now(),
        taken_up_by: earlier.as_ref().and_then(|row| row.taken_up_by),
        decided_at: None,
        version: earlier.as_ref().map_or(1, |row| row.version + 1),
    };
    if earlier.is_some() {
        write(&permit, &row).await?;
    } else {
        Entity::insert(row.clone().into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
    }
    tell_reviewers(&permit, &row, &certification, earlier.is_some()).await?;
    Ok(row.id)
}

async fn own_period(tx: &Tx, id: CertificateId) -> Result<(Permit<'_>, certificate::Model)> {
    let person = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
    let permit = tx.permit(Permission::Learn, Scope::Person(person))?;
    let period = store::period(&permit.reader(), id).await?;
    if period.person_id != person {
        return Err(Error::NotFound("Certificate"));
    }
    Ok((permit, period))
}

fn check(input: &HandIn) -> Result<()> {
    let mut faults = Faults::default();
    faults.words(&input.text, TEXT, "text");
    if let Some(url) = &input.url {
        let good = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
        if !good || url.len() > URL {
            faults.add(
                "INVALID",
                "Give a whole address, such as https://example.com/work.",
                "url",
            );
        }
    }
    faults.result()
}

fn check_may_submit(
    earlier: Option<&certification_evidence::Model>,
    expected: Option<i32>,
) -> Result<()> {
    let Some(earlier) = earlier else {
        return check_expected("evidence", expected, None);
    };
    match earlier.state {
        EvidenceState::ChangesRequested => check_revision(expected.unwrap_or(0), earlier.version),
        EvidenceState::Submitted | EvidenceState::InReview => {
            let message = "It was submitted and waits for a reviewer.";
            Err(Refusal::new("WAITS_FOR_REVIEW", message).into())
        }
        EvidenceState::Accepted | EvidenceState::Declined => {
            Err(Refusal::new("CLOSED", "The last word on it was said.").into())
        }
    }
}

/// What a reviewer says about evidence.
#[derive(Clone, Debug)]
pub struct Review {
    /// Which.
    pub evidence: CertificationEvidenceId,
    /// Why, for the submitter to read; may be empty where it is accepted.
    pub reason: String,
    /// `text` or `url`, where changes are requested.
    pub fields: Vec<String>,
    /// What is said of single fields.
    pub comments: Vec<Comment>,
    /// The version that was read.
    pub expected_version: i32,
}

/// Takes evidence up: others see that somebody is on it.
///
/// # Errors
/// `CONFLICT`, `NOT_SUBMITTED`, `OWN_SUBMISSION`.
pub async fn take_up(
    op: &Op,
    id: CertificationEvidenceId,
    expected_version: i32,
) -> Result<CertificationEvidenceId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::ReviewEvidence, Scope::Portal)?;
            let row = by_id(&permit.reader(), id).await?;
            let reviewer = permit.op().actor().person().map(|person| person.id);
            let is_own = reviewer == Some(row.person_id);
            submission::check_take_up(is_own, row.state == EvidenceState::Submitted)?;
            check_revision(version, row.version)?;
            let taken = certification_evidence::Model {
                state: EvidenceState::InReview,
                taken_up_by: reviewer,
                version: row.version + 1,
                ..row
            };
            write(&permit, &taken).await?;
            Ok(id)
        })
    })
    .await
}

/// Decides about evidence: [`Outcome::Accepted`], [`Outcome::ActionRequired`] or
/// [`Outcome::Declined`].
///
/// # Errors
/// Refusals of [`submission::CODES`].
pub async fn decide(op: &Op, review: Review, outcome: Outcome) -> Result<CertificationEvidenceId> {
    op.unit((review, outcome), |tx, (review, outcome)| {
        Box::pin(settle_review(tx, review, *outcome))
    })
    .await
}

async fn settle_review(
    tx: &Tx,
    review: &Review,
    outcome: Outcome,
) -> Result<CertificationEvidenceId> {
    let permit = tx.permit(Permission::ReviewEvidence, Scope::Portal)?;
    let row = by_id(&permit.reader(), review.evidence).await?;
    let subject = Submission {
        kind: SubjectKind::CertificationEvidence,
        id: row.id.0,
        partner: None,
        person: Some(row.person_id),
        revision: row.version,
        submitter: Some(row.person_id),
        open: matches!(
            row.state,
            EvidenceState::Submitted | EvidenceState::InReview
        ),
        fields: FIELDS.map(str::to_owned).into(),
    };
    let decision = Decision {
        revision: review.expected_version,
        outcome,
        reason: review.reason.clone(),
        fields: review.fields.clone(),
        comments: review.comments.clone(),
    };
    submission::decide(&permit, &subject, &decision).await?;
    let state = match outcome {
        Outcome::Accepted => EvidenceState::Accepted,
        Outcome::ActionRequired => EvidenceState::ChangesRequested,
        Outcome::Returned | Outcome::Rejected | Outcome::Waived | Outcome::Declined => {
            EvidenceState::Declined
        }
    };
    let decided = certification_evidence::Model {
        state,
        decided_at: Some(permit.now()),
        version: row.version + 1,
        ..row
    };
    write(&permit, &decided).await?;
    tell_submitter(&permit, &decided, &decision).await?;
    if state == EvidenceState::Accepted {
        settle::learned(&permit, decided.person_id).await?;
    }
    Ok(decided.id)
}

async fn tell_submitter(
    permit: &Permit<'_>,
    row: &certification_evidence::Model,
    decision: &Decision,
) -> Result<()> {
    let db = permit.reader();
    let of = store::certification(&db, row.certification_id).await?;
    if row.state != EvidenceState::ChangesRequested {
        let period = store::period(&db, row.certificate_id).await?;
        let detail = Detail::EvidenceDecided {
            certification: of.slug.clone(),
            accepted: row.state == EvidenceState::Accepted,
        };
        fact::record(permit, issue::about(&period), &detail).await?;
    }
    let certification = of.title;
    let reviewer = match permit.op().actor().person() {
        Some(person) => store::person(&db, person.id).await?.name,
        None => String::new(),
    };
    let reason = decision.reason.trim().to_owned();
    let letter = match row.state {
        EvidenceState::Accepted => Letter::EvidenceAccepted {
            certification,
            reviewer,
        },
        EvidenceState::Declined => Letter::EvidenceDeclined {
            certification,
            reviewer,
            reason,
        },
        EvidenceState::Submitted | EvidenceState::InReview | EvidenceState::ChangesRequested => {
            Letter::EvidenceNeedsChanges {
                certification,
                reviewer,
                reason,
                points: decision.points(|_| None),
                evidence: global_id("CertificationEvidence", row.id.0),
            }
        }
    };
    notification::tell(permit, row.person_id, None, letter).await
}

/// Who has taken it up is told that it was mended; where nobody has, all who could.
async fn tell_reviewers(
    permit: &Permit<'_>,
    row: &certification_evidence::Model,
    certification: &certification::Model,
    resubmitted: bool,
) -> Result<()> {
    let db = permit.reader();
    let roles = [VendorRole::EnablementManager];
    let readers = reviewers(&db, row.taken_up_by, &roles).await?;
    let letter = Letter::EvidenceSubmitted {
        certification: certification.title.clone(),
        member: store::person(&db, row.person_id).await?.name,
        evidence: global_id("CertificationEvidence", row.id.0),
        resubmitted,
    };
    for reader in readers
        .into_iter()
        .filter(|reader| *reader != row.person_id)
    {
        notification::tell(permit, reader, None, letter.clone()).await?;
    }
    Ok(())
}

async fn by_id(
    db: &DatabaseExecutor<'_>,
    id: CertificationEvidenceId,
) -> Result<certification_evidence::Model> {
    Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("CertificationEvidence"))
}

async fn of_period(
    db: &DatabaseExecutor<'_>,
    period: CertificateId,
) -> Result<Option<certification_evidence::Model>> {
    Ok(Entity::find()
        .filter(Column::CertificateId.eq(period))
        .filter(Column::State.ne(EvidenceState::Declined))
        .one(db)
        .await?)
}

/// Writes the row as it now is; its version was counted already.
async fn write(permit: &Permit<'_>, row: &certification_evidence::Model) -> Result<()> {
    let written = Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(row.version - 1))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)
}
