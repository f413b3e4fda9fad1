//! Reviewing field notes: publish one, ask for changes, decline it, hide what is published.

use entity::field_note::{self, FieldNoteState};
use entity::id::FieldNoteId;
use entity::verdict::{Outcome, SubjectKind};

use super::{about, change, store};
use crate::audience::{Audience, Kept};
use crate::auth::{Permission, Scope};
use crate::config;
use crate::document::Faults;
use crate::error::Result;
use crate::fact::{self, Detail};
use crate::notification::{self, Letter};
use crate::op::{Op, Permit, Tx};
use crate::partner::store::{members_among, partner, person};
use crate::shape::global_id;
use crate::submission::{self, Comment, Decision, Submission};

/// What a reviewer may name to be mended.
pub const FIELDS: [&str; 3] = ["title", "text", "tags"];

/// What a reviewer says about a note.
#[derive(Clone, Debug)]
pub struct Review {
    /// Which.
    pub note: FieldNoteId,
    /// Why, for its author to read; may be empty where it is accepted.
    pub reason: String,
    /// What to mend, where changes are requested.
    pub fields: Vec<String>,
    /// The version that was read.
    pub expected_version: i32,
    /// What is said of single fields.
    pub comments: Vec<Comment>,
}

/// What becomes of a note.
#[derive(Clone, Debug)]
pub enum Word {
    /// These partners read it from now on; where none are named, those who did before, and of a new note
    /// all.
    Publish(Option<Audience>),
    /// Its author is asked to mend it.
    AskForChanges,
    /// It is not published, and that is final.
    Decline,
    /// It was published, and is so no more.
    Hide,
}

impl Word {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Publish(_) => Outcome::Accepted,
            Self::AskForChanges => Outcome::ActionRequired,
            Self::Decline => Outcome::Declined,
            Self::Hide => Outcome::Returned,
        }
    }
}

/// Says the word.
///
/// # Errors
/// Refusals of [`submission::CODES`], and of an audience.
pub async fn decide(
    op: &Op,
    portal: &config::Portal,
    review: Review,
    word: Word,
) -> Result<FieldNoteId> {
    let input = (review, word, portal.regions.clone());
    op.unit(input, |tx, (review, word, regions)| {
        Box::pin(settle(tx, review, word, regions))
    })
    .await
}

async fn settle(tx: &Tx, review: &Review, word: &Word, regions: &[String]) -> Result<FieldNoteId> {
    let permit = tx.permit(Permission::ReviewFieldNotes, Scope::Portal)?;
    let row = store::by_id(&permit.reader(), review.note).await?;
    if let Word::Publish(Some(audience)) = word {
        let mut faults = Faults::default();
        audience.check(regions, "audience", &mut faults);
        audience
            .check_tiers(&permit.reader(), "audience", &mut faults)
            .await?;
        faults.result()?;
    }
    let changed = change::open(&permit.reader(), row.id).await?;
    let waiting = changed.filter(|it| it.state == FieldNoteState::Submitted);
    let open = match word {
        Word::Publish(_) | Word::AskForChanges | Word::Decline => {
            row.state == FieldNoteState::Submitted || waiting.is_some()
        }
        Word::Hide => row.state == FieldNoteState::Published,
    };
    let subject = Submission {
        kind: SubjectKind::FieldNote,
        id: row.id.0,
        partner: Some(row.partner_id),
        person: None,
        revision: row.version,
        submitter: Some(row.author_id),
        open,
        fields: FIELDS.map(str::to_owned).into(),
    };
    let decision = Decision {
        revision: review.expected_version,
        outcome: word.outcome(),
        reason: review.reason.clone(),
        fields: review.fields.clone(),
        comments: review.comments.clone(),
    };
    submission::decide(&permit, &subject, &decision).await?;
    let title = match (&waiting, word) {
        (Some(change), Word::Publish(_) | Word::AskForChanges | Word::Decline) => &change.title,
        (Some(_), Word::Hide) | (None, _) => &row.title,
    };
    let title = title.clone();
    let of_change = waiting.is_some();
    let decided = match (word, waiting) {
        (Word::Publish(audience), Some(change)) => {
            let row = change::accept(&permit, row, change).await?;
            publish(&permit, row, audience.as_ref()).await?
        }
        (Word::Publish(audience), None) => publish(&permit, row, audience.as_ref()).await?,
        (Word::AskForChanges, Some(_)) => {
            change::settle(&permit, row.id, FieldNoteState::ChangesRequested).await?;
            store::counted(row)
        }
        (Word::AskForChanges, None) => moved(row, FieldNoteState::ChangesRequested),
        (Word::Decline, Some(_)) => {
            change::settle(&permit, row.id, FieldNoteState::Declined).await?;
            store::counted(row)
        }
        (Word::Decline, None) => moved(row, FieldNoteState::Declined),
        (Word::Hide, _) => {
            change::settle(&permit, row.id, FieldNoteState::Declined).await?;
            hide(&permit, row).await?
        }
    };
    store::write(&permit, &decided).await?;
    let told = Told {
        title,
        of_change,
        word,
        decision: &decision,
    };
    tell_author(&permit, &decided, told).await?;
    Ok(decided.id)
}

fn moved(row: field_note::Model, state: FieldNoteState) -> field_note::Model {
    field_note::Model {
        state,
        ..store::counted(row)
    }
}

async fn publish(
    permit: &Permit<'_>,
    row: field_note::Model,
    audience: Option<&Audience>,
) -> Result<field_note::Model> {
    let kept = audience.map_or_else(|| Kept::from(&row), Audience::kept);
    let partner_name = if row.shows_partner {
        Some(partner(&permit.reader(), row.partner_id).await?.legal_name)
    } else {
        None
    };
    if row.published_at.is_none() {
        let detail = Detail::FieldNotePublished {
            playbook: row.playbook.clone(),
            course: row.course.clone(),
        };
        fact::record(permit, about(&row), &detail).await?;
    }
    Ok(field_note::Model {
        partner_name,
        kinds: kept.kinds,
        tiers: kept.tiers,
        regions: kept.regions,
        published_at: Some(row.published_at.unwrap_or_else(|| permit.now())),
        ..moved(row, FieldNoteState::Published)
    })
}

async fn hide(permit: &Permit<'_>, row: field_note::Model) -> Result<field_note::Model> {
    let detail = Detail::FieldNoteTakenDown { hidden: true };
    fact::record(permit, about(&row), &detail).await?;
    Ok(field_note::Model {
        published_at: None,
        ..moved(row, FieldNoteState::Hidden)
    })
}

/// What the author is told.
struct Told<'a> {
    /// Of which title the word was said.
    title: String,
    /// Whether it was said of a change, beside which what was accepted stays.
    of_change: bool,
    word: &'a Word,
    decision: &'a Decision,
}

async fn tell_author(permit: &Permit<'_>, row: &field_note::Model, told: Told<'_>) -> Result<()> {
    let db = permit.reader();
    // Whoever has left the partner is told nothing of it any more.
    if members_among(&db, row.partner_id, [row.author_id])
        .await?
        .is_empty()
    {
        return Ok(());
    }
    let Told {
        title,
        of_change,
        word,
        decision,
    } = told;
    let note = global_id("FieldNote", row.id.0);
    let reason = decision.reason.trim().to_owned();
    let reviewer = match permit.op().actor().person() {
        Some(reviewer) => person(&db, reviewer.id).await?.name,
        None => String::new(),
    };
    let letter = match word {
        Word::Publish(_) => Letter::FieldNotePublished {
            title,
            shown_as: row.partner_name.clone(),
            note,
            of_change,
        },
        Word::AskForChanges => Letter::FieldNoteNeedsChanges {
            title,
            reviewer,
            reason,
            points: decision.points(|_| None),
            note,
            of_change,
        },
        Word::Decline => Letter::FieldNoteDeclined {
            title,
            reviewer,
            reason,
            of_change,
        },
        Word::Hide => Letter::FieldNoteHidden {
            title,
            reviewer,
            reason,
            note,
        },
    };
    notification::tell(permit, row.author_id, Some(row.partner_id), letter).await
}
