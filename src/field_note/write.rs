//! Writing field notes: submit one, mend it and submit it again, withdraw it.

use entity::field_note::{self, Entity, FieldNoteState};
use entity::id::{FieldNoteId, PartnerId};
use entity::membership::MemberRole;
use entity::staff_role::VendorRole;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::beside::{self, Beside};
use super::{about, change, endorse, find, store};
use crate::audience::{self, Audience};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::document::{Faults, TITLE};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail};
use crate::markdown;
use crate::notification::{self, Letter};
use crate::op::{Op, Permit};
use crate::partner::store::{partner, person, reviewers};
use crate::shape::global_id;
use crate::submission::{self, check_revision};

/// The codes with which writing a note is refused.
pub const CODES: &[&str] = &[
    "CLOSED",
    "CONFLICT",
    "DUPLICATE",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "INVALID_TEXT",
    "NOT_AUTHOR",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "UNKNOWN_COURSE",
    "UNKNOWN_PLAYBOOK",
];

/// The most characters of a note: it is short, or it is no note.
pub const TEXT: usize = 4_000;
/// The most tags.
pub const TAGS: usize = 10;

/// What a note says.
#[derive(Clone, Debug)]
pub struct Text {
    /// What it is about, in a line.
    pub title: String,
    /// What was learned, as Markdown.
    pub text: String,
    /// What it is found by.
    pub tags: Vec<String>,
    /// Language of its texts.
    pub locale: String,
    /// Slug of the playbook beside which it is shown.
    pub playbook: Option<String>,
    /// Slug of the course beside which it is shown.
    pub course: Option<String>,
    /// Whether other partners may read whose it is.
    pub shows_partner: bool,
}

/// Submits a note of a partner in which the asker has a seat.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn submit(op: &Op, partner: PartnerId, text: Text) -> Result<FieldNoteId> {
    op.unit((partner, text), |tx, (partner, text)| {
        Box::pin(async move {
            let actor = tx.op().actor();
            actor.known()?;
            if !actor.partners().any(|own| own == *partner) {
                return Err(Error::NotFound("Partner"));
            }
            let permit = tx.permit(Permission::WriteFieldNotes, Scope::Partner(*partner))?;
            let author = tx.op().actor().person().ok_or(Error::Forbidden)?.id;
            let beside = check(&permit, *partner, text, None).await?;
            let everybody = Audience::default().kept();
            let row = field_note::Model {
                id: permit.new_id(),
                partner_id: *partner,
                author_id: author,
                state: FieldNoteState::Submitted,
                title: String::new(),
                text: String::new(),
                tags: String::new(),
                locale: String::new(),
                playbook: None,
                playbook_id: None,
                course: None,
                course_id: None,
                shows_partner: false,
                partner_name: None,
                kinds: everybody.kinds,
                tiers: everybody.tiers,
                regions: everybody.regions,
                endorsements: 0,
                submitted_at: permit.now(),
                published_at: None,
                version: 1,
            };
            let row = with_text(row, text, beside);
            Entity::insert(row.clone().into_active_model().reset_all())
                .exec_without_returning(permit.writer())
                .await?;
            find::index(&permit, row.id).await?;
            record(&permit, &row, &json!(null)).await?;
            tell_reviewers(&permit, &row, &row.title, false).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Writes a note anew and submits it again: its author does, until the last word on it was said. What
/// is published stays as it is until then.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn mend(
    op: &Op,
    id: FieldNoteId,
    expected_version: i32,
    text: Text,
) -> Result<FieldNoteId> {
    op.unit((id, expected_version, text), |tx, (id, version, text)| {
        Box::pin(async move {
            let row = store::own(tx, *id).await?;
            let permit = tx.permit(Permission::WriteFieldNotes, Scope::Partner(row.partner_id))?;
            check_revision(*version, row.version)?;
            check_is_open(&row)?;
            if !is_author(&permit, &row) {
                let message = "Somebody else wrote this note: only its author changes it.";
                return Err(Refusal::new("NOT_AUTHOR", message).into());
            }
            let beside = check(&permit, row.partner_id, text, Some(&row)).await?;
            let wanted = with_text(row.clone(), text, beside);
            let before = json!({ "state": row.state, "version": row.version });
            if row.state == FieldNoteState::Published {
                return change_published(&permit, row, &wanted, &before).await;
            }
            let is_another = (&row.title, &row.text) != (&wanted.title, &wanted.text);
            let row = field_note::Model {
                state: FieldNoteState::Submitted,
                submitted_at: permit.now(),
                version: row.version + 1,
                ..wanted
            };
            // What was declined before it was taken down has had its day.
            change::remove(&permit, row.id).await?;
            store::write(&permit, &row).await?;
            if is_another {
                endorse::take_away(&permit, &row).await?;
            }
            record(&permit, &row, &before).await?;
            tell_reviewers(&permit, &row, &row.title, true).await?;
            Ok(row.id)
        })
    })
    .await
}

/// What others read stays as it is until a reviewer has accepted the change. To want what they read
/// already takes a change back.
async fn change_published(
    permit: &Permit<'_>,
    row: field_note::Model,
    wanted: &field_note::Model,
    before: &serde_json::Value,
) -> Result<FieldNoteId> {
    let as_read = field_note::Model {
        partner_name: row.partner_name.clone(),
        ..wanted.clone()
    };
    let is_another = as_read != row;
    if is_another {
        change::submit(permit, wanted).await?;
    } else if !change::remove(permit, row.id).await? {
        return Ok(row.id);
    }
    let row = store::counted(row);
    store::write(permit, &row).await?;
    record(permit, &row, before).await?;
    if is_another {
        tell_reviewers(permit, &row, &wanted.title, true).await?;
    }
    Ok(row.id)
}

/// Takes a note back, for good: its author does, or an administrator of its partner.
///
/// # Errors
/// `CLOSED`, `CONFLICT`, `NOT_AUTHOR`.
pub async fn withdraw(op: &Op, id: FieldNoteId, expected_version: i32) -> Result<FieldNoteId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let row = store::own(tx, id).await?;
            let permit = tx.permit(Permission::WriteFieldNotes, Scope::Partner(row.partner_id))?;
            check_revision(version, row.version)?;
            check_is_open(&row)?;
            if !is_author(&permit, &row) && !administers(&permit, row.partner_id) {
                let message = "Only its author and your administrators take this note back.";
                return Err(Refusal::new("NOT_AUTHOR", message).into());
            }
            let was_published = row.published_at.is_some();
            let before = json!({ "state": row.state, "version": row.version });
            let row = field_note::Model {
                state: FieldNoteState::Withdrawn,
                published_at: None,
                version: row.version + 1,
                ..row
            };
            change::settle(&permit, row.id, FieldNoteState::Withdrawn).await?;
            store::write(&permit, &row).await?;
            if was_published {
                let detail = Detail::FieldNoteTakenDown { hidden: false };
                fact::record(&permit, about(&row), &detail).await?;
            }
            record(&permit, &row, &before).await?;
            Ok(row.id)
        })
    })
    .await
}

fn is_author(permit: &Permit<'_>, row: &field_note::Model) -> bool {
    let asker = permit.op().actor().person().map(|person| person.id);
    asker == Some(row.author_id)
}

fn administers(permit: &Permit<'_>, partner: PartnerId) -> bool {
    let asker = permit.op().actor().person();
    asker.is_some_and(|it| it.seats.contains(&(partner, MemberRole::PartnerAdmin)))
}

fn check_is_open(row: &field_note::Model) -> Result<()> {
    match row.state {
        FieldNoteState::Submitted
        | FieldNoteState::ChangesRequested
        | FieldNoteState::Published
        | FieldNoteState::Hidden => Ok(()),
        FieldNoteState::Declined | FieldNoteState::Withdrawn => {
            let message = "The last word on this note was said: write another.";
            Err(Refusal::new("CLOSED", message).into())
        }
    }
}

/// The row with what it says.
fn with_text(row: field_note::Model, text: &Text, beside: Beside) -> field_note::Model {
    field_note::Model {
        title: text.title.trim().to_owned(),
        text: text.text.trim().to_owned(),
        tags: audience::bars(&text.tags),
        locale: text.locale.clone(),
        playbook: text.playbook.clone(),
        playbook_id: beside.playbook,
        course: text.course.clone(),
        course_id: beside.course,
        shows_partner: text.shows_partner,
        // Said anew when it is accepted.
        partner_name: None,
        ..row
    }
}

async fn check(
    permit: &Permit<'_>,
    partner: PartnerId,
    text: &Text,
    row: Option<&field_note::Model>,
) -> Result<Beside> {
    let mut faults = Faults::default();
    faults.line(&text.title, TITLE, "content.title");
    faults.words(&text.text, TEXT, "content.text");
    if markdown::has_picture(&text.text) {
        // Wherever it lies, it would tell who reads the note.
        let message = "A note is words alone: leave pictures out, or link to them.";
        faults.add("INVALID_TEXT", message, "content.text");
    }
    faults.locale(&text.locale, "content.locale");
    faults.tags(&text.tags, TAGS, "content.tags");
    let beside = beside::find(&permit.reader(), partner, text, row, &mut faults).await?;
    faults.result()?;
    Ok(beside)
}

/// What was written is the partner's; the trail says who wrote, and when.
async fn record(
    permit: &Permit<'_>,
    row: &field_note::Model,
    before: &serde_json::Value,
) -> Result<()> {
    let subject = Subject {
        kind: "FieldNote",
        id: row.id.0,
        partner: Some(row.partner_id),
    };
    let after = json!({ "state": row.state, "version": row.version });
    audit::record(permit, subject, before, &after).await?;
    Ok(())
}

/// Whoever said something about it before is told; where nobody has, all who could.
async fn tell_reviewers(
    permit: &Permit<'_>,
    row: &field_note::Model,
    title: &str,
    resubmitted: bool,
) -> Result<()> {
    let db = permit.reader();
    let last = submission::last_verdict(&db, row.id.0).await?;
    let on_it = last.map(|verdict| verdict.reviewer_id);
    let readers = reviewers(&db, on_it, &[VendorRole::EnablementManager]).await?;
    let letter = Letter::FieldNoteSubmitted {
        title: title.to_owned(),
        member: person(&db, row.author_id).await?.name,
        partner: partner(&db, row.partner_id).await?.legal_name,
        note: global_id("FieldNote", row.id.0),
        resubmitted,
    };
    for reader in readers.into_iter().filter(|it| *it != row.author_id) {
        notification::tell(permit, reader, None, letter.clone()).await?;
    }
    Ok(())
}
