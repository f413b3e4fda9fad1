//! Field notes, as clients write, review and endorse them.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::course::AudienceInput;
use super::payload::mutation;
use super::review::{ReviewCommentInput, comments};
use super::{ContextExt, key};
use crate::field_note::endorse;
use crate::field_note::review::{self, Review, Word};
use crate::field_note::write::{self, Text};
use crate::reads::field_note::FieldNote;
use crate::reads::partner::Partner;

/// What a field note says.
#[derive(InputObject)]
struct FieldNoteTextInput {
    /// What it is about, in a line.
    title: String,
    /// What was learned, as Markdown; at most 4,000 characters.
    text: String,
    /// What it is found by: at most ten names of a-z, 0-9 and hyphens inside.
    #[graphql(default)]
    tags: Vec<String>,
    /// Language of its texts, a BCP 47 tag.
    locale: String,
    /// Slug of the playbook beside which it is shown.
    playbook: Option<String>,
    /// Slug of the course beside which it is shown.
    course: Option<String>,
    /// Whether other partners may read whose it is. Unless you say so, nobody learns it.
    #[graphql(default = false)]
    shows_partner: bool,
}

impl From<FieldNoteTextInput> for Text {
    fn from(input: FieldNoteTextInput) -> Self {
        Self {
            title: input.title,
            text: input.text,
            tags: input.tags,
            locale: input.locale,
            playbook: input.playbook,
            course: input.course,
            shows_partner: input.shows_partner,
        }
    }
}

/// Submits a field note.
#[derive(InputObject)]
struct FieldNoteSubmitInput {
    /// The partner for which you write.
    partner: ID,
    /// What it says.
    content: FieldNoteTextInput,
}

mutation!(
    /// What `fieldNoteSubmit` answers.
    FieldNoteSubmit => FieldNoteSubmitPayload {
        /// The note.
        field_note: FieldNote
    }
    refuses [
        "DUPLICATE", "INVALID_KEY", "INVALID_LOCALE", "INVALID_TEXT", "REQUIRED", "TOO_LONG",
        "TOO_MANY", "UNKNOWN_COURSE", "UNKNOWN_PLAYBOOK"
    ]
);

/// Submits a field note of your own again.
#[derive(InputObject)]
struct FieldNoteResubmitInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// What it says from now on.
    content: FieldNoteTextInput,
}

mutation!(
    /// What `fieldNoteResubmit` answers.
    FieldNoteResubmit => FieldNoteResubmitPayload {
        /// The note.
        field_note: FieldNote
    }
    refuses [
        "CLOSED", "CONFLICT", "DUPLICATE", "INVALID_KEY", "INVALID_LOCALE", "INVALID_TEXT",
        "NOT_AUTHOR", "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_COURSE", "UNKNOWN_PLAYBOOK"
    ]
);

/// Takes a field note back.
#[derive(InputObject)]
struct FieldNoteWithdrawInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `fieldNoteWithdraw` answers.
    FieldNoteWithdraw => FieldNoteWithdrawPayload {
        /// The note.
        field_note: FieldNote
    }
    refuses ["CLOSED", "CONFLICT", "NOT_AUTHOR"]
);

/// Publishes a field note.
#[derive(InputObject)]
struct FieldNoteAcceptInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Members of which partners read it. Where it is left out, those who did before, and of a new note
    /// all.
    audience: Option<AudienceInput>,
    /// A word to its author; may be left out.
    #[graphql(default)]
    reason: String,
}

mutation!(
    /// What `fieldNoteAccept` answers.
    FieldNoteAccept => FieldNoteAcceptPayload {
        /// The note.
        field_note: FieldNote
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "DUPLICATE", "INVALID_KEY", "INVALID_TEXT", "NOT_SUBMITTED",
        "OWN_SUBMISSION", "TOO_LONG", "TOO_MANY", "UNKNOWN_REGION", "UNKNOWN_TIER"
    ]
);

/// What a reviewer says about a field note.
#[derive(InputObject)]
struct FieldNoteReviewInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Why, for its author to read.
    reason: String,
    /// Where changes are requested: some of `title`, `text`, `tags`.
    #[graphql(default)]
    fields: Vec<String>,
    /// What is said of single fields.
    #[graphql(default)]
    comments: Vec<ReviewCommentInput>,
}

impl FieldNoteReviewInput {
    fn review(self, id: uuid::Uuid) -> Review {
        Review {
            note: id.into(),
            reason: self.reason,
            fields: self.fields,
            comments: comments(self.comments),
            expected_version: self.expected_version,
        }
    }
}

mutation!(
    /// What `fieldNoteRequestChanges` answers.
    FieldNoteRequestChanges => FieldNoteRequestChangesPayload {
        /// The note.
        field_note: FieldNote
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `fieldNoteDecline` answers.
    FieldNoteDecline => FieldNoteDeclinePayload {
        /// The note.
        field_note: FieldNote
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `fieldNoteHide` answers.
    FieldNoteHide => FieldNoteHidePayload {
        /// The note.
        field_note: FieldNote
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

/// Endorses a field note.
#[derive(InputObject)]
struct FieldNoteEndorseInput {
    /// Which.
    id: ID,
    /// Whether you endorse it; false takes it back.
    #[graphql(default = true)]
    endorsed: bool,
}

mutation!(
    /// What `fieldNoteEndorse` answers.
    FieldNoteEndorse => FieldNoteEndorsePayload {
        /// The note.
        field_note: FieldNote
    }
    refuses ["OWN_NOTE"]
);

/// Field notes.
#[derive(Debug, Default)]
pub(crate) struct FieldNoteMutation;

#[Object]
impl FieldNoteMutation {
    /// Submits a field note: a short learning that other partners read once it is accepted.
    async fn field_note_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FieldNoteSubmitInput,
    ) -> Result<Option<FieldNoteSubmitPayload>> {
        let partner = key::<Partner>(&input.partner)?;
        let result = write::submit(ctx.op(), partner.into(), input.content.into()).await;
        FieldNoteSubmitPayload::of(result, None)
    }

    /// Submits a field note of your own again, mended or as it is to be from now on. What is
    /// published stays as it is until a reviewer has accepted the change, which `change` tells; to submit
    /// what is published takes a change back.
    async fn field_note_resubmit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FieldNoteResubmitInput,
    ) -> Result<Option<FieldNoteResubmitPayload>> {
        let id = key::<FieldNote>(&input.id)?;
        let (version, content) = (input.expected_version, input.content.into());
        let result = write::mend(ctx.op(), id.into(), version, content).await;
        FieldNoteResubmitPayload::of(result, Some(id))
    }

    /// Takes a field note back, for good: its author does, or an administrator of its partner.
    async fn field_note_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FieldNoteWithdrawInput,
    ) -> Result<Option<FieldNoteWithdrawPayload>> {
        let id = key::<FieldNote>(&input.id)?;
        let result = write::withdraw(ctx.op(), id.into(), input.expected_version).await;
        FieldNoteWithdrawPayload::of(result, Some(id))
    }

    /// Accepts a field note, or what is to take the place of a published one: the members of other
    /// partners read it.
    async fn field_note_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FieldNoteAcceptInput,
    ) -> Result<Option<FieldNoteAcceptPayload>> {
        let id = key::<FieldNote>(&input.id)?;
        let review = Review {
            note: id.into(),
            reason: input.reason,
            fields: Vec::new(),
            comments: Vec::new(),
            expected_version: input.expected_version,
        };
        let word = Word::Publish(input.audience.map(Into::into));
        let result = review::decide(ctx.op(), ctx.portal(), review, word).await;
        FieldNoteAcceptPayload::of(result, Some(id))
    }

    /// Asks for changes: its author mends the named fields and submits again.
    async fn field_note_request_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FieldNoteReviewInput,
    ) -> Result<Option<FieldNoteRequestChangesPayload>> {
        let id = key::<FieldNote>(&input.id)?;
        let (review, word) = (input.review(id), Word::AskForChanges);
        let result = review::decide(ctx.op(), ctx.portal(), review, word).await;
        FieldNoteRequestChangesPayload::of(result, Some(id))
    }

    /// Declines a field note, finally; or what was to take the place of a published one, which stays.
    async fn field_note_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FieldNoteReviewInput,
    ) -> Result<Option<FieldNoteDeclinePayload>> {
        let id = key::<FieldNote>(&input.id)?;
        let (review, word) = (input.review(id), Word::Decline);
        let result = review::decide(ctx.op(), ctx.portal(), review, word).await;
        FieldNoteDeclinePayload::of(result, Some(id))
    }

    /// Hides a field note that was published. Its author may mend it and submit it again.
    async fn field_note_hide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FieldNoteReviewInput,
    ) -> Result<Option<FieldNoteHidePayload>> {
        let id = key::<FieldNote>(&input.id)?;
        let (review, word) = (input.review(id), Word::Hide);
        let result = review::decide(ctx.op(), ctx.portal(), review, word).await;
        FieldNoteHidePayload::of(result, Some(id))
    }

    /// Endorses a field note of another partner, or takes that back. Saying it twice changes nothing.
    async fn field_note_endorse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FieldNoteEndorseInput,
    ) -> Result<Option<FieldNoteEndorsePayload>> {
        let id = key::<FieldNote>(&input.id)?;
        let result = endorse::endorse(ctx.op(), id.into(), input.endorsed).await;
        FieldNoteEndorsePayload::of(result, Some(id))
    }
}
