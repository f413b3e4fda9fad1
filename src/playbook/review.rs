//! A version on its way to partners: submitted by an author, decided by a reviewer, published and
//! one day retired by somebody who did not write it.
//!
//! Submit-and-review as everywhere ([`crate::submission`]). Whoever saved the version once is one
//! of its writers, and none of them decides about it, publishes or retires it: to mend a word of
//! somebody else's draft is to give up reviewing it.

use std::collections::BTreeSet;

use entity::id::{PersonId, PlaybookId, PlaybookVersionId};
use entity::playbook::{self, PlaybookState};
use entity::playbook_version::{self, PlaybookVersionState};
use entity::staff_role::VendorRole;
use entity::verdict::{Outcome, SubjectKind};
use serde_json::json;

use super::author::{self, Draft, open, put_out, subject, take_away, writers};
use super::document::Document;
use super::store;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::document::in_words;
use crate::edition;
use crate::error::{Refusal, Result};
use crate::notification::{self, Letter};
use crate::op::{Op, Permit, Tx};
use crate::shape::global_id;
use crate::submission::{self, Comment, Decision, Submission, check_revision};

/// Submits a draft: it rests until a reviewer has decided about it.
///
/// # Errors
/// `NOT_DRAFT`, `CONFLICT`, `WAITS_FOR_REVIEW`.
pub async fn submit(op: &Op, draft: Draft) -> Result<PlaybookVersionId> {
    op.unit(draft, |tx, draft| {
        Box::pin(async move {
            let (permit, row) = open(tx, draft).await?;
            let again = row.submitted_at.is_some()
                || submission::last_verdict(&permit.reader(), row.id.0)
                    .await?
                    .is_some();
            let row = playbook_version::Model {
                state: PlaybookVersionState::InReview,
                submitted_at: Some(permit.now()),
                submitted_by: permit.op().actor().person().map(|person| person.id),
                accepted_at: None,
                version: row.version + 1,
                ..row
            };
            store::write(&permit, &row).await?;
            moved(&permit, &row, PlaybookVersionState::Draft).await?;
            tell_reviewers(&permit, &row, again).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Takes a version back that waits for a reviewer, or to be published: it is a draft again.
///
/// # Errors
/// `NOT_SUBMITTED`, `CONFLICT`.
pub async fn take_back(op: &Op, draft: Draft) -> Result<PlaybookVersionId> {
    op.unit(draft, |tx, draft| {
        Box::pin(async move {
            let (permit, row) = submitted(tx, draft).await?;
            check_revision(draft.expected_version, row.version)?;
            let row = drafted(row);
            store::write(&permit, &row).await?;
            moved(&permit, &row, PlaybookVersionState::InReview).await?;
            Ok(row.id)
        })
    })
    .await
}

/// The version as a draft that goes on.
fn drafted(row: playbook_version::Model) -> playbook_version::Model {
    playbook_version::Model {
        state: PlaybookVersionState::Draft,
        accepted_at: None,
        version: row.version + 1,
        ..row
    }
}

/// The version, which was submitted.
async fn submitted<'tx>(
    tx: &'tx Tx,
    draft: &Draft,
) -> Result<(Permit<'tx>, playbook_version::Model)> {
    let permit = tx.permit(Permission::WritePlaybooks, Scope::Portal)?;
    let row = store::version(&permit.reader(), draft.version).await?;
    if row.state != PlaybookVersionState::InReview {
        let message = "It does not wait for a reviewer, or to be published.";
        return Err(Refusal::new("NOT_SUBMITTED", message).into());
    }
    Ok((permit, row))
}

/// What a reviewer says about a version.
#[derive(Clone, Debug)]
pub struct Review {
    /// Which.
    pub version: PlaybookVersionId,
    /// Why, for its authors to read; may be empty where it is accepted.
    pub reason: String,
    /// Keys of sections to mend, or [`TEXTS`], where changes are requested.
    pub fields: Vec<String>,
    /// The version that was read.
    pub expected_version: i32,
    /// What is said of single sections.
    pub comments: Vec<Comment>,
}

/// Decides about a version: [`Outcome::Accepted`], and it can be published, or
/// [`Outcome::ActionRequired`], and it is a draft again.
///
/// # Errors
/// Refusals of [`submission::CODES`].
pub async fn decide(op: &Op, review: Review, outcome: Outcome) -> Result<PlaybookVersionId> {
    op.unit((review, outcome), |tx, (review, outcome)| {
        Box::pin(settle(tx, review, *outcome))
    })
    .await
}

async fn settle(tx: &Tx, review: &Review, outcome: Outcome) -> Result<PlaybookVersionId> {
    let permit = tx.permit(Permission::WritePlaybooks, Scope::Portal)?;
    let row = store::version(&permit.reader(), review.version).await?;
    let waits = row.state == PlaybookVersionState::InReview && row.accepted_at.is_none();
    let subject = Submission {
        kind: SubjectKind::PlaybookVersion,
        id: row.id.0,
        partner: None,
        person: None,
        revision: row.version,
        submitter: own(&permit, &row)?.or(row.submitted_by),
        open: waits,
        fields: fields(&row)?,
    };
    let decision = Decision {
        revision: review.expected_version,
        outcome,
        reason: review.reason.clone(),
        fields: review.fields.clone(),
        comments: review.comments.clone(),
    };
    submission::decide(&permit, &subject, &decision).await?;
    let accepted = outcome == Outcome::Accepted;
    let row = if accepted {
        playbook_version::Model {
            accepted_at: Some(permit.now()),
            version: row.version + 1,
            ..row
        }
    } else {
        drafted(row)
    };
    store::write(&permit, &row).await?;
    tell_author(&permit, &row, &decision).await?;
    Ok(row.id)
}

/// The field of a version that is no section: what it is called and good for.
pub const TEXTS: &str = "texts";

/// What a reviewer can ask to be mended.
fn fields(row: &playbook_version::Model) -> Result<BTreeSet<String>> {
    let document = Document::from_yaml(&row.document)?;
    let keys = document.sections.into_iter().map(|section| section.key);
    Ok(keys.chain([TEXTS.to_owned()]).collect())
}

/// The asker, where they wrote the version.
fn own(permit: &Permit<'_>, row: &playbook_version::Model) -> Result<Option<PersonId>> {
    let writers = writers(row)?;
    let asker = permit.op().actor().person().map(|person| person.id);
    Ok(asker.filter(|asker| writers.contains(asker)))
}

fn check_not_own(permit: &Permit<'_>, row: &playbook_version::Model) -> Result<()> {
    if own(permit, row)?.is_none() {
        return Ok(());
    }
    let message = "You wrote it, or a part of it: somebody else has to do this.";
    Err(Refusal::new("OWN_SUBMISSION", message).into())
}

/// Publishes a version that was accepted: partners read it from now on.
///
/// # Errors
/// `NOT_SUBMITTED`, `NOT_ACCEPTED`, `OWN_SUBMISSION`, `CONFLICT`, and `RETIRED` or `UNKNOWN_ASSET`
/// where it names an asset that is not in the library any more.
pub async fn publish(op: &Op, draft: Draft) -> Result<PlaybookVersionId> {
    op.unit(draft, |tx, draft| {
        Box::pin(async move {
            let (permit, row) = submitted(tx, draft).await?;
            check_revision(draft.expected_version, row.version)?;
            if row.accepted_at.is_none() {
                let message = "No reviewer has accepted it yet.";
                return Err(Refusal::new("NOT_ACCEPTED", message).into());
            }
            check_not_own(&permit, &row)?;
            let published = put_out(&permit, row).await;
            published.map_err(|error| error.map_refusals(in_words))
        })
    })
    .await
}

/// Takes a playbook away from partners. Its next version brings it back.
///
/// # Errors
/// `CONFLICT`, `NOT_PUBLISHED`, `OWN_SUBMISSION`.
pub async fn retire(op: &Op, id: PlaybookId, expected_version: i32) -> Result<PlaybookId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WritePlaybooks, Scope::Portal)?;
            let db = permit.reader();
            let playbook = store::playbook(&db, id).await?;
            check_revision(version, playbook.version)?;
            let versions = store::versions(&db, id).await?;
            let Some(published) = edition::published(&versions) else {
                let message = "Partners do not read it now.";
                return Err(Refusal::new("NOT_PUBLISHED", message).into());
            };
            check_not_own(&permit, published)?;
            take_away(&permit, &playbook).await?;
            let before = json!({ "state": playbook.state });
            let row = playbook::Model {
                state: PlaybookState::Retired,
                ..playbook
            };
            let after = json!({ "state": row.state });
            store::write_playbook(&permit, row).await?;
            let subject = Subject {
                kind: "Playbook",
                id: id.0,
                partner: None,
            };
            audit::record(&permit, subject, &before, &after).await?;
            Ok(id)
        })
    })
    .await
}

async fn moved(
    permit: &Permit<'_>,
    row: &playbook_version::Model,
    from: PlaybookVersionState,
) -> Result<()> {
    let (before, after) = (json!({ "state": from }), json!({ "state": row.state }));
    audit::record(permit, subject(row.id), &before, &after).await?;
    Ok(())
}

/// Who looks after playbooks and did not write this one.
async fn tell_reviewers(
    permit: &Permit<'_>,
    row: &playbook_version::Model,
    again: bool,
) -> Result<()> {
    let db = permit.reader();
    let author = match row.submitted_by {
        Some(id) => store::person(&db, id).await?.name,
        None => String::new(),
    };
    let letter = Letter::PlaybookSubmitted {
        playbook: row.title.clone(),
        number: row.number,
        author,
        version: global_id("PlaybookVersion", row.id.0),
        resubmitted: again,
    };
    let writers = author::writers(row)?;
    let staff = store::staff(&db, &[VendorRole::EnablementManager, VendorRole::Admin]).await?;
    let readers = staff
        .into_iter()
        .filter(|reader| !writers.contains(reader) && Some(*reader) != row.submitted_by);
    for reader in readers {
        notification::tell(permit, reader, None, letter.clone()).await?;
    }
    Ok(())
}

async fn tell_author(
    permit: &Permit<'_>,
    row: &playbook_version::Model,
    decision: &Decision,
) -> Result<()> {
    let Some(author) = row.submitted_by else {
        return Ok(());
    };
    let db = permit.reader();
    let reviewer = match permit.op().actor().person() {
        Some(person) => store::person(&db, person.id).await?.name,
        None => String::new(),
    };
    let (playbook, number) = (row.title.clone(), row.number);
    let version = global_id("PlaybookVersion", row.id.0);
    let letter = if decision.outcome == Outcome::Accepted {
        Letter::PlaybookAccepted {
            playbook,
            number,
            reviewer,
            version,
        }
    } else {
        let document = Document::from_yaml(&row.document)?;
        let locale = store::person(&db, author).await?.locale;
        Letter::PlaybookNeedsChanges {
            playbook,
            number,
            reviewer,
            reason: decision.reason.trim().to_owned(),
            points: decision.points(|key| section_title(&document, &locale, key)),
            version,
        }
    };
    notification::tell(permit, author, None, letter).await
}

/// What the section is called in the language that suits the reader best.
fn section_title(document: &Document, reader: &str, key: &str) -> Option<String> {
    let mut sections = document.shown(document.suits(reader));
    let section = sections.find(|section| section.key == key)?;
    Some(section.words.title.trim().to_owned())
}
