//! Programs: written, tried, announced, withdrawn, acknowledged; and what they say.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::program_version::Column;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use super::payload::mutation;
use super::{ContextExt, answer, key};
use crate::error::Error;
use crate::notification::letter::Brought;
use crate::program::announce::{self, Announce, Withdraw};
use crate::program::author::{self, Draft};
use crate::program::beside::Turned;
use crate::program::diff::{Favours, changes};
use crate::program::document::{Document, Requirement, Text};
use crate::program::rules::Rules;
use crate::program::words::{self, Words};
use crate::program::{notice, store, telling};
use crate::reads::program::{Program, ProgramNotice, ProgramVersion};
use crate::shape::scalar::{Date, Locale};
use crate::shape::{One, key_of, seen};
use crate::tier::trial;
use crate::tongue::Tongue;

/// Saves the draft of a program.
#[derive(InputObject)]
struct ProgramDraftSaveInput {
    /// The program as YAML; its slug says which. A new slug makes a new program.
    yaml: String,
    /// What is said of it to partners when it is announced, as Markdown.
    #[graphql(default)]
    note: String,
    /// The version of the draft that you read; left out where the program has no draft.
    expected_version: Option<i32>,
}

mutation!(
    /// What `programDraftSave` answers.
    ProgramDraftSave => ProgramDraftSavePayload {
        /// The draft.
        program_version: ProgramVersion
    }
    refuses [
        "CONFLICT", "CYCLE", "DUPLICATE", "INVALID_FORMULA", "INVALID_KEY", "INVALID_LOCALE",
        "INVALID_TEXT", "INVALID_VALUE", "INVALID_YAML", "INVALID_ZONE", "MISFIT", "OUT_OF_RANGE",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_NAME"
    ]
);

/// Which version of a program.
#[derive(InputObject)]
struct ProgramDraftDiscardInput {
    /// The version.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
}

mutation!(
    /// What `programDraftDiscard` answers.
    ProgramDraftDiscard => ProgramDraftDiscardPayload {
        /// The program as it is without the draft; null where it had no other version.
        program: Program
    }
    refuses ["CONFLICT", "NOT_DRAFT"]
);

/// Announces a draft.
#[derive(InputObject)]
struct ProgramAnnounceInput {
    /// The draft.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
    /// From which day it counts; the earliest that the notice allows by default.
    in_force_on: Option<Date>,
}

mutation!(
    /// What `programAnnounce` answers.
    ProgramAnnounce => ProgramAnnouncePayload {
        /// The version, which never changes from now on.
        program_version: ProgramVersion
    }
    refuses [
        "ANNOUNCED_ALREADY", "CONFLICT", "NOTHING_CHANGES", "NOTICE_TOO_SHORT", "NOT_DRAFT",
        "TEST_FAILED"
    ]
);

/// Withdraws an announced version before it counts.
#[derive(InputObject)]
struct ProgramWithdrawInput {
    /// The version.
    id: ID,
    /// Why, for partners to read.
    reason: String,
    /// Its version that you read.
    expected_version: i32,
}

mutation!(
    /// What `programWithdraw` answers.
    ProgramWithdraw => ProgramWithdrawPayload {
        /// The version, which will not count.
        program_version: ProgramVersion
    }
    refuses ["CONFLICT", "INVALID_TEXT", "NOT_ANNOUNCED", "REQUIRED", "TOO_LONG"]
);

/// Acknowledges, for your partner, what a version of a program changes for it.
#[derive(InputObject)]
struct ProgramAcknowledgeInput {
    /// The notice that you read.
    id: ID,
}

mutation!(
    /// What `programAcknowledge` answers.
    ProgramAcknowledge => ProgramAcknowledgePayload {
        /// The notice.
        program_notice: ProgramNotice
    }
    refuses ["WITHDRAWN"]
);

/// Programs.
#[derive(Debug, Default)]
pub(crate) struct ProgramMutation;

#[Object]
impl ProgramMutation {
    /// Saves the draft of a program: of a new one, the next version of one, or again. Every fault is
    /// told with its line and column.
    async fn program_draft_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: ProgramDraftSaveInput,
    ) -> Result<Option<ProgramDraftSavePayload>> {
        let save = author::SaveDraft {
            yaml: input.yaml,
            note: input.note,
            expected_version: input.expected_version,
        };
        ProgramDraftSavePayload::of(author::save_draft(ctx.op(), save).await, None)
    }

    /// Throws a draft away, and with it the program where it never had another version.
    async fn program_draft_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: ProgramDraftDiscardInput,
    ) -> Result<Option<ProgramDraftDiscardPayload>> {
        let draft = draft(&input.id, input.expected_version)?;
        ProgramDraftDiscardPayload::of(author::discard(ctx.op(), draft).await, None)
    }

    /// Announces a draft: its own tests pass, every partner is told what changes for it, and it counts
    /// from a day that the notice of the version in force allows.
    async fn program_announce(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: ProgramAnnounceInput,
    ) -> Result<Option<ProgramAnnouncePayload>> {
        let draft = draft(&input.id, input.expected_version)?;
        let id = draft.version.0;
        let announce = Announce {
            draft,
            in_force_on: input.in_force_on.map(|it| it.0),
        };
        ProgramAnnouncePayload::of(announce::announce(ctx.op(), announce).await, Some(id))
    }

    /// Withdraws an announced version before it counts; whoever was told of it is told of this, too.
    async fn program_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: ProgramWithdrawInput,
    ) -> Result<Option<ProgramWithdrawPayload>> {
        let id = key::<ProgramVersion>(&input.id)?;
        let withdraw = Withdraw {
            version: id.into(),
            reason: input.reason,
            expected_version: input.expected_version,
        };
        ProgramWithdrawPayload::of(announce::withdraw(ctx.op(), withdraw).await, Some(id))
    }

    /// Acknowledges, for your partner, what a version of a program changes for it. Again changes
    /// nothing.
    async fn program_acknowledge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: ProgramAcknowledgeInput,
    ) -> Result<Option<ProgramAcknowledgePayload>> {
        let id = key::<ProgramNotice>(&input.id)?;
        ProgramAcknowledgePayload::of(notice::acknowledge(ctx.op(), id.into()).await, Some(id))
    }
}

fn draft(id: &ID, expected_version: i32) -> Result<Draft> {
    Ok(Draft {
        version: key::<ProgramVersion>(id)?.into(),
        expected_version,
    })
}

/// For whom a change is good.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Favours")]
enum ProgramChangeFavours {
    /// Nobody is worse off by it.
    Partners,
    /// Nobody is better or worse off.
    Nobody,
    /// No partner is better off by it, and some may be worse off: it is worse for partners.
    Vendor,
    /// Some may be better off and others worse, or it cannot be told from the documents alone.
    Unclear,
}

/// A change from one version of a program to another.
#[derive(SimpleObject)]
struct ProgramChange {
    /// What changes, in words.
    what: String,
    /// For whom it is good.
    favours: ProgramChangeFavours,
}

/// What a tier brings.
#[derive(SimpleObject)]
pub(super) struct ProgramBenefit {
    /// What it is called.
    name: String,
    /// How much of it, shares in per cent, or in which words; null where it is simply granted.
    value: Option<String>,
}

impl ProgramBenefit {
    pub(super) fn each(brought: Vec<Brought>) -> Vec<Self> {
        let each = brought.into_iter();
        each.map(|Brought { name, value }| Self { name, value })
            .collect()
    }
}

/// A tier of a track.
#[derive(SimpleObject)]
struct ProgramTier {
    /// Its key.
    key: String,
    /// What it is called.
    name: String,
    /// What it requires, all of it, in words.
    requires: Vec<String>,
    /// What is enough to keep it, in words; empty where that is what it requires.
    keeps: Vec<String>,
    /// What it brings.
    benefits: Vec<ProgramBenefit>,
}

/// A ladder of tiers.
#[derive(SimpleObject)]
struct ProgramTrack {
    /// Its key.
    key: String,
    /// What it is called.
    name: String,
    /// Whether a tier asks for what those below it ask, too.
    is_cumulative: bool,
    /// When partners go up and down on it, how long before they are warned and how long they keep what they
    /// have: in words, a sentence each.
    review: Vec<String>,
    /// Its tiers, the lowest first.
    tiers: Vec<ProgramTier>,
}

/// Something that a program measures.
#[derive(SimpleObject)]
struct ProgramMetric {
    /// Its key.
    key: String,
    /// What it is called.
    name: String,
    /// What it means, where that is told.
    about: Option<String>,
    /// Of what it counts, where that is told.
    unit: Option<String>,
}

/// What a version of a program says.
#[derive(SimpleObject)]
struct ProgramRules {
    /// Which version.
    version: One<ProgramVersion>,
    /// What the program is called.
    name: String,
    /// How long changes are announced before they count, such as `90 days`.
    notice: String,
    /// The same for changes by which nobody is worse off.
    favourable_notice: String,
    /// How long after a decision it can be appealed against, such as `30 days`.
    appeals_within: String,
    /// Its tracks.
    tracks: Vec<ProgramTrack>,
    /// What it measures.
    metrics: Vec<ProgramMetric>,
}

fn told(id: uuid::Uuid, document: &Document, locale: &str) -> ProgramRules {
    let words = Words::of(document, locale);
    let read = |text: &Text| text.read(locale, &document.locale).to_owned();
    let asked = |of: &[Requirement]| of.iter().map(|it| words.requirement(it)).collect();
    let long = |span| words::span(Tongue::of(locale), span);
    let tracks = document.tracks.iter().map(|track| ProgramTrack {
        key: track.key.clone(),
        name: read(&track.name),
        is_cumulative: track.cumulative,
        review: words.review(track),
        tiers: track
            .tiers
            .iter()
            .map(|tier| ProgramTier {
                key: tier.key.clone(),
                name: read(&tier.name),
                requires: asked(&tier.requires),
                keeps: asked(&tier.keeps),
                benefits: ProgramBenefit::each(telling::offered(document, tier, locale)),
            })
            .collect(),
    });
    let metrics = document.metrics.iter().map(|(key, metric)| ProgramMetric {
        key: key.clone(),
        name: document.metric_name(key, locale).to_owned(),
        about: metric.about.as_ref().map(read),
        unit: metric.unit.as_ref().map(read),
    });
    ProgramRules {
        version: One::by_key(id),
        name: read(&document.name),
        notice: long(document.notice.changes),
        favourable_notice: long(document.notice.favourable),
        appeals_within: long(document.appeals.within),
        tracks: tracks.collect(),
        metrics: metrics.collect(),
    }
}

/// How many would stand on a tier, and what that would cost.
#[derive(SimpleObject)]
struct ProgramTrialStand {
    /// The track, by its key.
    track: String,
    /// The tier, by its key; null for none. Those that only the rules in force have come last.
    tier: Option<String>,
    /// How many stand on it now by the rules in force.
    partners_now: i32,
    /// How many would at the end.
    partners: i32,
    /// How many would at the end by the rules in force over the same facts; null where there are none.
    partners_before: Option<i32>,
    /// What its benefits would cost in a year, in the program's currency; a number as the program
    /// reckons it, exact. What `withoutCost` names counts as nothing.
    cost: String,
    /// For how many of them something of that is not known, since a metric of which it is a share is
    /// undefined: it counts as nothing.
    cost_unknown: i32,
    /// What they would cost by the rules in force, likewise; null where there are none.
    cost_before: Option<String>,
    /// For how many something of that is not known, likewise; null where there are none.
    cost_unknown_before: Option<i32>,
    /// By how much the one is more than the other: negative where it is less.
    cost_difference: Option<String>,
}

/// What becomes of a partner by the version that is tried, held against the rules in force.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Turned")]
enum ProgramTrialTurn {
    /// Its tier is lower, or is no more.
    Down,
    /// Its tier is higher.
    Up,
    /// It ends where it would have ended, or nothing is in force.
    Same,
}

/// What would have become of a partner.
#[derive(SimpleObject)]
struct ProgramTrialMove {
    /// Which partner.
    partner: One<crate::reads::partner::Partner>,
    /// On which track, by its key.
    track: String,
    /// Where it would stand at the end by the rules in force over the same facts, by the tier's key;
    /// null for none.
    before: Option<String>,
    /// What that tier is called.
    before_name: Option<String>,
    /// Where it would stand at the end by the version that is tried, by the tier's key; null for none.
    after: Option<String>,
    /// What that tier is called.
    after_name: Option<String>,
    /// Whether that is another.
    turned: ProgramTrialTurn,
    /// Why it is, in words: what is lacking for the tier that it would lose, or what is met of the one
    /// that it would reach. Empty where it is the same.
    why: Vec<String>,
    /// Where it would have stood at the end of each of the days looked at; null for none.
    tiers: Vec<Option<String>>,
    /// What would have happened when, and why, in words.
    story: Vec<String>,
}

/// A version tried on the facts of the past, beside the rules in force.
#[derive(SimpleObject)]
struct ProgramTrial {
    /// The version in force over the same facts, beside which it is tried; null where there is none.
    beside: Option<One<ProgramVersion>>,
    /// The days at whose end tiers are told: the last of four quarters, and today.
    days: Vec<Date>,
    /// How many would stand where at the end.
    stands: Vec<ProgramTrialStand>,
    /// The next partners: first those whose tier is lower than by the rules in force, then those whose
    /// tier is higher, then the others.
    moves: Vec<ProgramTrialMove>,
    /// How many of these end on another tier than by the rules in force.
    turned: i32,
    /// What all benefits would cost more in a year than by the rules in force, less where it is negative;
    /// null where nothing is in force.
    cost_difference: Option<String>,
    /// Benefits of which the program does not say what they cost (no `costsOf`, and no amount), by what
    /// they are called: they count as nothing.
    without_cost: Vec<String>,
    /// Give it as `after` for the next page; null where there is none. Stands, costs and counts are
    /// those of the page.
    after: Option<ID>,
}

/// Something that the author of a program hardly means.
#[derive(SimpleObject)]
struct ProgramWarning {
    /// Where in the document: names, and places counted from 0.
    path: Vec<String>,
    /// On which line of the document, from 1.
    line: Option<i32>,
    /// At which column of the line, from 1.
    column: Option<i32>,
    /// What is doubtful, and what to do.
    message: String,
}

fn warning(it: author::Warning) -> ProgramWarning {
    let (line, column) = it.place.unzip();
    let counted = |it: u64| i32::try_from(it).unwrap_or(i32::MAX);
    ProgramWarning {
        path: it.path,
        line: line.map(counted),
        column: column.map(counted),
        message: it.message,
    }
}

/// What is told of programs beside what they are.
#[derive(Debug, Default)]
pub(crate) struct ProgramQuery;

#[Object]
impl ProgramQuery {
    /// What a version of a program says: tracks, tiers, what they require and bring. Null where you do
    /// not see it.
    async fn program_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] version: ID,
        #[graphql(desc = "In which language, where the program has it; its own by default.")]
        locale: Option<Locale>,
    ) -> Result<Option<ProgramRules>> {
        let Some(document) = document(ctx, &version).await? else {
            return Ok(None);
        };
        let locale = locale.map_or_else(|| document.1.locale.clone(), |it| it.0);
        Ok(Some(told(document.0, &document.1, &locale)))
    }

    /// What changes with a version of a program, in words. Null where you do not see both versions, and
    /// where they are not of one program.
    async fn program_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] version: ID,
        #[graphql(desc = "Since which version; the one in force by default.")] since: Option<ID>,
        #[graphql(desc = "In which language, where the program has it; yours by default.")]
        locale: Option<Locale>,
    ) -> Result<Option<Vec<ProgramChange>>> {
        let Some((_, after)) = document(ctx, &version).await? else {
            return Ok(None);
        };
        let before = match since {
            Some(since) => document(ctx, &since).await?.map(|(_, document)| document),
            None => in_force(ctx, &version).await?,
        };
        let Some(before) = before.filter(|it| it.slug == after.slug) else {
            return Ok(None);
        };
        let locale = ctx.reads_in(locale).await?;
        let (old, new) = (Words::of(&before, &locale), Words::of(&after, &locale));
        let changes = changes(&before, &after).into_iter();
        let told = changes.map(|it| ProgramChange {
            what: words::change(&it, old, new),
            favours: it.favours.into(),
        });
        Ok(Some(told.collect()))
    }

    /// Tries a version, a draft or any other, on the facts of the last four quarters, a page of partners
    /// at a time: where they would have stood, and why, beside where the rules in force bring them. For
    /// those who write programs; null for anybody else.
    async fn program_simulate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] version: ID,
        #[graphql(desc = "Behind which page; the first by default.")] after: Option<ID>,
        #[graphql(desc = "In which language, where the program has it; yours by default.")]
        locale: Option<Locale>,
    ) -> Result<Option<ProgramTrial>> {
        let Some(id) = key_of::<ProgramVersion>(&version) else {
            return Ok(None);
        };
        let after = match after {
            None => None,
            Some(after) => match key_of::<crate::reads::partner::Partner>(&after) {
                Some(key) => Some(key.into()),
                None => return Ok(None),
            },
        };
        let locale = ctx.reads_in(locale).await?;
        let page = trial::page(ctx.op(), id.into(), after, &locale).await;
        for_authors(page.map(tried))
    }

    /// What a version says that its author hardly means, such as tiers in the wrong order or a metric
    /// that nothing looks at: the first of many. Nothing of it is refused. For those who write programs; null for anybody else.
    async fn program_warnings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] version: ID,
    ) -> Result<Option<Vec<ProgramWarning>>> {
        let Some(id) = key_of::<ProgramVersion>(&version) else {
            return Ok(None);
        };
        let found = author::warnings(ctx.op(), id.into()).await;
        for_authors(found.map(|it| it.into_iter().map(warning).collect()))
    }
}

/// What only those see who write programs; nothing for anybody else.
fn for_authors<T>(found: crate::error::Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::Unauthenticated | Error::Forbidden | Error::NotFound(_)) => Ok(None),
        Err(error) => Err(answer(error)),
    }
}

fn tried(page: trial::Page) -> ProgramTrial {
    ProgramTrial {
        beside: page.beside.map(One::by_key),
        days: page.days.into_iter().map(Date).collect(),
        stands: page.stands.into_iter().map(stand).collect(),
        moves: page.moves.into_iter().map(moved).collect(),
        turned: page.turned,
        cost_difference: page.costs_more.map(|it| it.to_string()),
        without_cost: page.without_cost,
        after: page
            .after
            .map(|it| ID(crate::shape::global_id("Partner", it.0))),
    }
}

fn stand(it: trial::Stand) -> ProgramTrialStand {
    let before = it.before.as_ref();
    ProgramTrialStand {
        track: it.track,
        tier: it.tier,
        partners_now: it.partners_now,
        partners: it.partners,
        partners_before: before.map(|it| it.partners),
        cost: it.cost.to_string(),
        cost_unknown: it.cost_unknown,
        cost_before: before.map(|it| it.cost.to_string()),
        cost_unknown_before: before.map(|it| it.cost_unknown),
        cost_difference: before.map(|before| (&it.cost - &before.cost).to_string()),
    }
}

fn moved(it: trial::Moved) -> ProgramTrialMove {
    let split = |tier: Option<trial::Named>| tier.map(|it| (it.key, it.name)).unzip();
    let ((before, before_name), (after, after_name)) = (split(it.before), split(it.after));
    ProgramTrialMove {
        partner: One::by_key(it.partner),
        track: it.track,
        before,
        before_name,
        after,
        after_name,
        turned: it.turned.into(),
        why: it.why,
        tiers: it.tiers,
        story: it.story,
    }
}

/// What counts now of the program of a version that the asker sees.
async fn in_force(ctx: &Context<'_>, version: &ID) -> Result<Option<Document>> {
    let Some(id) = key_of::<ProgramVersion>(version) else {
        return Ok(None);
    };
    let (op, db) = (ctx.op(), ctx.op().reader());
    let version = store::version(&db, id.into()).await.map_err(answer)?;
    let found = store::in_force_at(&db, version.program_id, op.now()).await;
    let Some(found) = found.map_err(answer)? else {
        return Ok(None);
    };
    let document = Document::from_yaml(&found.document);
    document.map(Some).map_err(answer)
}

/// The document of a version that the asker sees.
async fn document(ctx: &Context<'_>, id: &ID) -> Result<Option<(uuid::Uuid, Document)>> {
    let Some(id) = key_of::<ProgramVersion>(id) else {
        return Ok(None);
    };
    let op = ctx.op();
    let this = Condition::all().add(Column::Id.eq(id));
    if seen::<ProgramVersion>(op, this)
        .await
        .map_err(answer)?
        .is_empty()
    {
        return Ok(None);
    }
    let row = store::version(&op.reader(), id.into())
        .await
        .map_err(answer)?;
    let rules = Rules::from_yaml(&row.document).map_err(answer)?;
    Ok(Some((id, rules.document)))
}
