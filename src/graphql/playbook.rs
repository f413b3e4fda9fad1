//! Playbooks, as authors and reviewers change them and members acknowledge them; what changed
//! between two versions, and templates filled in.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::playbook_version::Column;
use entity::verdict::Outcome;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use super::payload::{mutation, settle};
use super::review::{ReviewCommentInput, comments};
use super::{ContextExt, answer, key};
use crate::error::Error;
use crate::op::Op;
use crate::playbook::author::{self, Draft};
use crate::playbook::changes::{self, Asked, Assets, Changes, Versions};
use crate::playbook::diff::{Change, Run, Sign, What};
use crate::playbook::review::{self, Review};
use crate::playbook::{acknowledge, fill};
use crate::reads::library::Asset;
use crate::reads::partner::Partner;
use crate::reads::playbook::{Playbook, PlaybookSection, PlaybookVersion};
use crate::shape::scalar::{Locale, Markdown};
use crate::shape::{One, Shape as _, global_id, key_of, seen, shown};

/// Saves the draft of a playbook.
#[derive(InputObject)]
struct PlaybookSaveInput {
    /// The playbook as YAML, in all its languages; its slug says which. A new slug makes a new
    /// playbook.
    yaml: String,
    /// The version of the draft that you read; left out where the playbook has no draft.
    expected_version: Option<i32>,
}

mutation!(
    /// What `playbookSave` answers.
    PlaybookSave => PlaybookSavePayload {
        /// The draft.
        playbook_version: PlaybookVersion
    }
    refuses [
        "CONFLICT", "DUPLICATE", "INVALID_KEY", "INVALID_LOCALE", "INVALID_TEXT", "INVALID_YAML",
        "OUT_OF_RANGE", "REQUIRED", "RETIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_ASSET",
        "UNKNOWN_LOCALE", "UNKNOWN_MERGE_FIELD", "UNKNOWN_REGION", "UNKNOWN_TIER", "WAITS_FOR_REVIEW"
    ]
);

/// Which version of a playbook.
#[derive(InputObject)]
struct PlaybookVersionInput {
    /// The version.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
}

impl PlaybookVersionInput {
    fn draft(&self) -> Result<(uuid::Uuid, Draft)> {
        let id = key::<PlaybookVersion>(&self.id)?;
        let draft = Draft {
            version: id.into(),
            expected_version: self.expected_version,
        };
        Ok((id, draft))
    }
}

mutation!(
    /// What `playbookDiscard` answers.
    PlaybookDiscard => PlaybookDiscardPayload {
        /// The playbook as it is without the draft; null where it had no other version.
        playbook: Playbook
    }
    refuses ["CONFLICT", "NOT_DRAFT", "WAITS_FOR_REVIEW"]
);

mutation!(
    /// What `playbookSubmit` answers.
    PlaybookSubmit => PlaybookSubmitPayload {
        /// The version, which waits for a reviewer.
        playbook_version: PlaybookVersion
    }
    refuses ["CONFLICT", "NOT_DRAFT", "WAITS_FOR_REVIEW"]
);

mutation!(
    /// What `playbookTakeBack` answers.
    PlaybookTakeBack => PlaybookTakeBackPayload {
        /// The draft.
        playbook_version: PlaybookVersion
    }
    refuses ["CONFLICT", "NOT_SUBMITTED"]
);

/// What a reviewer says about a version of a playbook.
#[derive(InputObject)]
struct PlaybookReviewInput {
    /// The version.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
    /// Why, for its authors to read; may be left out where it is accepted.
    #[graphql(default)]
    reason: String,
    /// Where changes are requested: keys of sections, or `texts`.
    #[graphql(default)]
    fields: Vec<String>,
    /// What is said of single sections.
    #[graphql(default)]
    comments: Vec<ReviewCommentInput>,
}

impl PlaybookReviewInput {
    fn review(self, id: uuid::Uuid) -> Review {
        Review {
            version: id.into(),
            reason: self.reason,
            fields: self.fields,
            comments: comments(self.comments),
            expected_version: self.expected_version,
        }
    }
}

mutation!(
    /// What `playbookAccept` answers.
    PlaybookAccept => PlaybookAcceptPayload {
        /// The version, which can be published.
        playbook_version: PlaybookVersion
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `playbookRequestChanges` answers.
    PlaybookRequestChanges => PlaybookRequestChangesPayload {
        /// The version, which is a draft again.
        playbook_version: PlaybookVersion
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `playbookPublish` answers.
    PlaybookPublish => PlaybookPublishPayload {
        /// The version that partners read from now on.
        playbook_version: PlaybookVersion
    }
    refuses [
        "CONFLICT", "NOT_ACCEPTED", "NOT_SUBMITTED", "OWN_SUBMISSION", "RETIRED", "UNKNOWN_ASSET",
        "UNKNOWN_TIER"
    ]
);

/// Takes a playbook away from partners.
#[derive(InputObject)]
struct PlaybookRetireInput {
    /// The playbook.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `playbookRetire` answers.
    PlaybookRetire => PlaybookRetirePayload {
        /// The playbook.
        playbook: Playbook
    }
    refuses ["CONFLICT", "NOT_PUBLISHED", "OWN_SUBMISSION"]
);

/// Says that you know a version of a playbook.
#[derive(InputObject)]
struct PlaybookAcknowledgeInput {
    /// The version that you read.
    id: ID,
}

mutation!(
    /// What `playbookAcknowledge` answers.
    PlaybookAcknowledge => PlaybookAcknowledgePayload {
        /// The version.
        playbook_version: PlaybookVersion
    }
    refuses ["NOT_MEMBER", "NOT_PUBLISHED"]
);

/// As what kind of file.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "fill::Format")]
enum TemplateFormat {
    /// For those who go on writing on it.
    Docx,
    /// For those who send it as it is.
    Pdf,
}

/// Makes a file of a template.
#[derive(InputObject)]
struct PlaybookTemplateFillInput {
    /// The section, which is a template.
    section: ID,
    /// The partner for which it is filled in.
    partner: ID,
    /// As what kind of file.
    format: TemplateFormat,
}

mutation!(
    /// What `playbookTemplateFill` answers.
    PlaybookTemplateFill => PlaybookTemplateFillPayload with {
        /// What to call the file.
        name: String,
        /// The file, in base64.
        content: String
    }
    refuses ["NOT_TEMPLATE"]
);

/// Playbooks.
#[derive(Debug, Default)]
pub(crate) struct PlaybookMutation;

#[Object]
impl PlaybookMutation {
    /// Saves the draft of a playbook: of a new one, the next version of one, or again. The merge
    /// fields of its templates are checked, and the assets that its sections name.
    async fn playbook_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookSaveInput,
    ) -> Result<Option<PlaybookSavePayload>> {
        let save = author::SaveDraft {
            yaml: input.yaml,
            expected_version: input.expected_version,
        };
        let result = author::save_draft(ctx.op(), ctx.portal(), save).await;
        PlaybookSavePayload::of(result, None)
    }

    /// Throws a draft away, and with it the playbook where it never had another version.
    async fn playbook_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookVersionInput,
    ) -> Result<Option<PlaybookDiscardPayload>> {
        let (_, draft) = input.draft()?;
        PlaybookDiscardPayload::of(author::discard(ctx.op(), draft).await, None)
    }

    /// Submits a draft for review; it rests until it was decided, or taken back.
    async fn playbook_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookVersionInput,
    ) -> Result<Option<PlaybookSubmitPayload>> {
        let (id, draft) = input.draft()?;
        PlaybookSubmitPayload::of(review::submit(ctx.op(), draft).await, Some(id))
    }

    /// Takes a version back that is in review, to go on writing. What a reviewer said of it does not
    /// count any more.
    async fn playbook_take_back(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookVersionInput,
    ) -> Result<Option<PlaybookTakeBackPayload>> {
        let (id, draft) = input.draft()?;
        PlaybookTakeBackPayload::of(review::take_back(ctx.op(), draft).await, Some(id))
    }

    /// Accepts a version that was submitted. Nobody who wrote any of it may.
    async fn playbook_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookReviewInput,
    ) -> Result<Option<PlaybookAcceptPayload>> {
        let id = key::<PlaybookVersion>(&input.id)?;
        let result = review::decide(ctx.op(), input.review(id), Outcome::Accepted).await;
        PlaybookAcceptPayload::of(result, Some(id))
    }

    /// Asks for changes: the version is a draft again.
    async fn playbook_request_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookReviewInput,
    ) -> Result<Option<PlaybookRequestChangesPayload>> {
        let id = key::<PlaybookVersion>(&input.id)?;
        let result = review::decide(ctx.op(), input.review(id), Outcome::ActionRequired).await;
        PlaybookRequestChangesPayload::of(result, Some(id))
    }

    /// Publishes a version that a reviewer accepted: partners read it from now on, the version
    /// before is retired, and members are asked to acknowledge it. Nobody who wrote any of it may. It
    /// is refused while a section names an asset that was retired.
    async fn playbook_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookVersionInput,
    ) -> Result<Option<PlaybookPublishPayload>> {
        let (id, draft) = input.draft()?;
        PlaybookPublishPayload::of(review::publish(ctx.op(), draft).await, Some(id))
    }

    /// Takes a playbook away from partners; its next version brings it back. Nobody who wrote any of
    /// the version that they read may.
    async fn playbook_retire(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookRetireInput,
    ) -> Result<Option<PlaybookRetirePayload>> {
        let id = key::<Playbook>(&input.id)?;
        let result = review::retire(ctx.op(), id.into(), input.expected_version).await;
        PlaybookRetirePayload::of(result, Some(id))
    }

    /// Says that you know a version of a playbook, as a member of every partner of yours for whom it
    /// is. Again changes nothing.
    async fn playbook_acknowledge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookAcknowledgeInput,
    ) -> Result<Option<PlaybookAcknowledgePayload>> {
        let id = key::<PlaybookVersion>(&input.id)?;
        let result = acknowledge::acknowledge(ctx.op(), id.into()).await;
        PlaybookAcknowledgePayload::of(result, Some(id))
    }

    /// Makes a file of a template, filled in with what your partner is called and you as its
    /// contact. The vendor's staff may fill it in for any partner; it changes nothing.
    async fn playbook_template_fill(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PlaybookTemplateFillInput,
    ) -> Result<Option<PlaybookTemplateFillPayload>> {
        let section = key::<PlaybookSection>(&input.section)?;
        let partner = key::<Partner>(&input.partner)?;
        let format = input.format.into();
        let filled = filled(ctx, section, partner).await;
        Ok(Some(match settle::<PlaybookTemplateFill, _>(filled)? {
            Ok(filled) => PlaybookTemplateFillPayload {
                name: Some(filled.name(format)),
                content: Some(
                    STANDARD.encode(
                        filled
                            .file(ctx.op(), ctx.files(), format)
                            .await
                            .map_err(answer)?,
                    ),
                ),
                user_errors: Vec::new(),
            },
            Err(user_errors) => PlaybookTemplateFillPayload {
                name: None,
                content: None,
                user_errors,
            },
        }))
    }
}

/// What became of a section.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "What")]
enum PlaybookChangeKind {
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// It says something else, or has other assets.
    Changed,
    /// It is the same in another place.
    Moved,
}

/// Whether a piece of text stayed.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Sign")]
enum TextChange {
    /// It is in both.
    Same,
    /// It is new.
    Added,
    /// It is no more.
    Removed,
}

/// A piece of a text's Markdown. What is the same or new is the later text, what is the same or
/// removed the earlier.
#[derive(SimpleObject)]
struct PlaybookTextRun {
    /// Whether it stayed.
    change: TextChange,
    /// The text.
    text: String,
}

fn text_runs(runs: Vec<Run>) -> Vec<PlaybookTextRun> {
    let run = |run: Run| PlaybookTextRun {
        change: run.sign.into(),
        text: run.text,
    };
    runs.into_iter().map(run).collect()
}

/// An asset that came to a section, or left it.
#[derive(SimpleObject)]
struct PlaybookChangedAsset {
    /// The asset.
    id: ID,
    /// Its slug.
    slug: String,
    /// What it is called now.
    title: String,
}

fn changed_assets(slugs: &[String], assets: &Assets) -> Vec<PlaybookChangedAsset> {
    let rows = slugs.iter().filter_map(|slug| assets.get(slug));
    rows.map(|row| PlaybookChangedAsset {
        id: global_id(Asset::NAME, row.id.0).into(),
        slug: row.slug.clone(),
        title: row.title.clone(),
    })
    .collect()
}

/// A section that is not as it was.
#[derive(SimpleObject)]
struct PlaybookSectionChange {
    /// Its key.
    key: String,
    /// What became of it.
    kind: PlaybookChangeKind,
    /// What it is called, or was where it is no more.
    title: String,
    /// What it was called; null where that is the same.
    former_title: Option<String>,
    /// Its text, piece by piece; empty where it was moved.
    runs: Vec<PlaybookTextRun>,
    /// Assets that came to it, of those that you see.
    added_assets: Vec<PlaybookChangedAsset>,
    /// Assets that left it, of those that you see.
    removed_assets: Vec<PlaybookChangedAsset>,
}

impl PlaybookSectionChange {
    fn new(change: Change, assets: &Assets) -> Self {
        Self {
            key: change.key,
            kind: change.what.into(),
            title: change.title,
            former_title: change.former_title,
            runs: text_runs(change.runs),
            added_assets: changed_assets(&change.added_assets, assets),
            removed_assets: changed_assets(&change.removed_assets, assets),
        }
    }
}

/// What changed between two versions of a playbook.
#[derive(SimpleObject)]
struct PlaybookChanges {
    /// From which version; null where you could read it once and see it no more.
    from: One<PlaybookVersion>,
    /// To which.
    to: One<PlaybookVersion>,
    /// The language of the later one in which they were compared.
    locale: Locale,
    /// What its authors say has changed; may be empty.
    note: Markdown,
    /// What the playbook is called.
    title: String,
    /// What it was called; null where that is the same.
    former_title: Option<String>,
    /// What it is good for, piece by piece; empty where that is the same.
    summary_runs: Vec<PlaybookTextRun>,
    /// Sections that are not as they were: in their order, then those that are no more.
    sections: Vec<PlaybookSectionChange>,
}

impl PlaybookChanges {
    fn new(changes: Changes, assets: &Assets) -> Self {
        let sections = changes.sections.into_iter();
        Self {
            from: One::by_key(changes.from.0),
            to: One::by_key(changes.to.0),
            locale: Locale(changes.locale),
            note: Markdown(changes.note),
            title: changes.title,
            former_title: changes.former_title,
            summary_runs: text_runs(changes.summary),
            sections: sections
                .map(|change| PlaybookSectionChange::new(change, assets))
                .collect(),
        }
    }
}

/// A template of a playbook, filled in.
#[derive(SimpleObject)]
struct FilledTemplate {
    /// What it is called.
    title: String,
    /// Its text as HTML that can be put into a page as it is; without the logo.
    html: String,
}

/// What is told of playbooks beside what they are.
#[derive(Debug, Default)]
pub(crate) struct PlaybookQuery;

#[Object]
impl PlaybookQuery {
    /// What changed between two versions of a playbook: `to` is one that you see; so is `from`, or,
    /// where partners read `to` now, an earlier one that you could read while they did. Without `from`
    /// and `to`: what changed since the one that you acknowledged last, or else since the one before.
    /// Null where there is no such version for you.
    async fn playbook_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The playbook.")] playbook: ID,
        #[graphql(
            desc = "The earlier version; by default the one that you acknowledged last, or else the one before."
        )]
        from: Option<ID>,
        #[graphql(desc = "The later version; the newest that you see by default.")] to: Option<ID>,
        #[graphql(desc = "In which language; in yours by default.")] locale: Option<Locale>,
    ) -> Result<Option<PlaybookChanges>> {
        let Some(playbook) = key_of::<Playbook>(&playbook) else {
            return Ok(None);
        };
        let (mut versions, mut is_strange) = ([None, None], false);
        for (key, id) in versions.iter_mut().zip([&from, &to]) {
            *key = id.as_ref().and_then(key_of::<PlaybookVersion>);
            is_strange |= id.is_some() && key.is_none();
        }
        if is_strange {
            return Ok(None);
        }
        let [from, to] = versions.map(|key| key.map(Into::into));
        let asked = Asked {
            playbook: playbook.into(),
            from,
            to,
        };
        let of_playbook = Condition::all().add(Column::PlaybookId.eq(playbook));
        let op = ctx.op();
        let seen = seen::<PlaybookVersion>(op, of_playbook)
            .await
            .map_err(answer)?;
        let seen: Vec<_> = seen.into_iter().map(Into::into).collect();
        let locale = locale.map(|locale| locale.0);
        let asked = changes::asked(op, asked, &seen, locale).await;
        let Some((versions, reader)) = asked.map_err(answer)? else {
            return Ok(None);
        };
        let assets = seen_assets(op, &versions).await.map_err(answer)?;
        let changes = versions.changes(&reader, &assets);
        Ok(Some(PlaybookChanges::new(changes, &assets)))
    }

    /// A template, filled in with what your partner is called and you as its contact. Null where you
    /// do not see the section or the partner, and where the section is no template. The vendor's
    /// staff may fill it in for any partner.
    async fn playbook_template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The section, which is a template.")] section: ID,
        #[graphql(desc = "The partner.")] partner: ID,
    ) -> Result<Option<FilledTemplate>> {
        let keys = (
            key_of::<PlaybookSection>(&section),
            key_of::<Partner>(&partner),
        );
        let (Some(section), Some(partner)) = keys else {
            return Ok(None);
        };
        match filled(ctx, section, partner).await {
            Ok(filled) => Ok(Some(FilledTemplate {
                title: filled.title().to_owned(),
                html: filled.html(),
            })),
            Err(Error::Unauthenticated | Error::NotFound(_) | Error::Refused(_)) => Ok(None),
            Err(error) => Err(answer(error)),
        }
    }
}

/// Those of the assets of two versions that the asker sees.
async fn seen_assets(op: &Op, versions: &Versions) -> crate::error::Result<Assets> {
    let db = op.reader();
    let mut assets = versions.assets(&db).await?;
    let keys: Vec<_> = assets.values().map(|row| row.id.0).collect();
    let shown = shown(op, &db, Asset::NAME, &keys).await?;
    assets.retain(|_, row| shown.contains(&row.id.0));
    Ok(assets)
}

/// The template, if the asker sees it.
async fn filled(
    ctx: &Context<'_>,
    section: uuid::Uuid,
    partner: uuid::Uuid,
) -> crate::error::Result<fill::Filled> {
    let op = ctx.op();
    let this = Condition::all().add(entity::playbook_section::Column::Id.eq(section));
    if seen::<PlaybookSection>(op, this).await?.is_empty() {
        op.actor().known()?;
        return Err(Error::NotFound("PlaybookSection"));
    }
    fill::fill(op, ctx.portal(), section.into(), partner.into()).await
}
