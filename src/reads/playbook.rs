//! Playbooks, their versions and sections, and who acknowledged them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::playbook::{self, PlaybookState};
use entity::playbook_acknowledgement;
use entity::playbook_section::{self, SectionKind};
use entity::playbook_version::{self, PlaybookVersionState};
use entity::{asset, field_note, verdict};
use sea_orm::sea_query::{Condition, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{ForAudience, in_administered, in_partners, meant, of_own, select, team};
use crate::audience;
use crate::error::Result;
use crate::identity::profile;
use crate::op::Op;
use crate::playbook::document::suits;
use crate::reads::field_note::FieldNote;
use crate::reads::identity::Person;
use crate::reads::library::Asset;
use crate::reads::partner::{Partner, Verdict};
use crate::shape::scalar::{Locale, Markdown};
use crate::shape::{
    Batch, Chosen, Direction, Fields, Loading, Part, Parts, Shape, Sight, everything, nothing,
};

/// A playbook, over all its versions.
#[derive(Debug)]
pub struct Playbook;

/// One version of a playbook.
#[derive(Debug)]
pub struct PlaybookVersion;

/// A section of a version of a playbook, for readers of one language.
#[derive(Debug)]
pub struct PlaybookSection;

/// Who is asked to acknowledge a version, and who did.
#[derive(Debug)]
pub struct PlaybookAcknowledgement;

/// A playbook in one language, without its sections.
#[derive(Debug, Deserialize)]
pub struct PlaybookText {
    locale: String,
    title: String,
    summary: String,
    changes: String,
}

impl Part for PlaybookText {
    const NAME: &'static str = "PlaybookText";
    const ABOUT: &'static str =
        "What a version of a playbook is called and good for, in one language.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("locale", "The language.", |it| Locale(it.locale.clone()))
            .field("title", "What it is called.", |it| it.title.clone())
            .field("summary", "What it is good for.", |it| {
                Markdown(it.summary.clone())
            })
            .field(
                "changes",
                "What has changed since the version before, as its authors say; may be empty.",
                |it| Markdown(it.changes.clone()),
            );
    }
}

fn staff_only(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        everything()
    } else {
        nothing()
    }
}

/// Rows of the asker, and of the members of partners that they administer.
fn asked(actor: Sight<'_>) -> Condition {
    use playbook_acknowledgement::Column;
    if actor.is_staff() {
        return everything();
    }
    let of_team =
        in_administered(actor, Column::PartnerId).add(Column::PersonId.in_subquery(team(actor)));
    let own = in_partners(actor, Column::PartnerId).add(of_own(actor, Column::PersonId));
    Condition::any().add(own).add(of_team)
}

/// A column of those rows.
fn of_asked(actor: Sight<'_>, column: playbook_acknowledgement::Column) -> SelectStatement {
    select(playbook_acknowledgement::Entity, column, asked(actor))
}

/// Playbooks that partners of the asker read.
fn offered(actor: Sight<'_>) -> Condition {
    use playbook::Column;
    meant(actor, Column::Kinds, Column::Tiers, Column::Regions)
        .add(Column::State.eq(PlaybookState::Published))
}

impl Shape for Playbook {
    type Entity = playbook::Entity;
    const NAME: &'static str = "Playbook";
    const ABOUT: &'static str = "How to sell together, over all its versions. Members see the playbooks that are meant for their \
         partner, and those that they or their team were asked to acknowledge.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let asked = of_asked(actor, playbook_acknowledgement::Column::PlaybookId);
        Condition::any()
            .add(offered(actor))
            .add(playbook::Column::Id.in_subquery(asked))
    }

    fn fields(fields: &mut Fields<Self>) {
        use playbook::Column;
        fields
            .id()
            .column::<String>(
                "slug",
                Column::Slug,
                "Short name in lower case; files name the playbook by it.",
            )
            .filter()
            .column::<String>(
                "title",
                Column::Title,
                "What it is called, in its main language.",
            )
            .order()
            .column::<Markdown>("summary", Column::Summary, "What it is good for.")
            .column::<Locale>("locale", Column::Locale, "Its main language.")
            .audience(Column::Kinds, Column::Tiers, Column::Regions)
            .column::<Chosen<PlaybookState>>("state", Column::State, "Whether partners read it.")
            .filter()
            .column::<DateTime<Utc>>(
                "createdAt",
                Column::CreatedAt,
                "When its first version was written.",
            )
            .order()
            .column::<i32>(
                "version",
                Column::Version,
                "Counts edits. Give it as `expectedVersion` when you retire it.",
            )
            .many::<PlaybookVersion>(
                "versions",
                playbook_version::Column::PlaybookId,
                "Its versions that you see, the newest first.",
            )
            .latest::<PlaybookVersion>(
                "newestVersion",
                playbook_version::Column::PlaybookId,
                "Its newest version that you see: for staff it may be a draft.",
            )
            .many::<FieldNote>(
                "fieldNotes",
                field_note::Column::PlaybookId,
                "Field notes that stand beside it, of those that you see.",
            )
            .search([Column::Title, Column::Slug])
            .sorted("title", Direction::Ascending);
    }
}

/// Versions that the asker reads, or that they or their team were asked to acknowledge.
fn versions(actor: Sight<'_>) -> Condition {
    use playbook_version::Column;
    let offered = select(playbook::Entity, playbook::Column::Id, offered(actor));
    let asked = of_asked(actor, playbook_acknowledgement::Column::PlaybookVersionId);
    Condition::any()
        .add(
            Condition::all()
                .add(Column::State.eq(PlaybookVersionState::Published))
                .add(Column::PlaybookId.in_subquery(offered)),
        )
        .add(Column::Id.in_subquery(asked))
}

impl Shape for PlaybookVersion {
    type Entity = playbook_version::Entity;
    const NAME: &'static str = "PlaybookVersion";
    const ABOUT: &'static str = "A version of a playbook: written, accepted by a reviewer, published by somebody who did not write \
         it, and immutable from then on.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            everything()
        } else {
            versions(actor)
        }
    }

    fn fields(fields: &mut Fields<Self>) {
        use playbook_version::Column;
        fields
            .id()
            .one_required::<Playbook>("playbook", Column::PlaybookId, "Of which playbook.")
            .filter()
            .column::<i32>("number", Column::Number, "Counts from 1.")
            .order()
            .column::<Chosen<PlaybookVersionState>>("state", Column::State, "How far it is.")
            .filter()
            .column::<String>("title", Column::Title, "What it is called, in its main language.")
            .column::<Locale>("locale", Column::Locale, "Its main language, in which it is complete.")
            .parts("texts", Column::Texts, "What it is called and good for, in each of its languages.", |texts: Vec<PlaybookText>| texts)
            .batch("readerLocale", "Which of its languages suits you best.", reader_locale)
            .column::<Option<i32>>("acknowledgeWithinDays", Column::AcknowledgeWithinDays, "Days within which members acknowledge it; null where nobody is asked to.")
            .guarded::<String>("yaml", Column::Document, staff_only, "The whole playbook as YAML, as `playbookSave` takes it. Null unless you are of the vendor's staff.")
            .one::<Person>("author", Column::AuthorId, "Who wrote it last, where you see them.")
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first saved.")
            .order()
            .column::<Option<DateTime<Utc>>>("submittedAt", Column::SubmittedAt, "When it was last submitted.")
            .filter()
            .one::<Person>("submittedBy", Column::SubmittedBy, "Who submitted it, where you see them.")
            .column::<Option<DateTime<Utc>>>("acceptedAt", Column::AcceptedAt, "When a reviewer accepted it: it can be published.")
            .column::<Option<DateTime<Utc>>>("publishedAt", Column::PublishedAt, "Since when partners read it.")
            .filter()
            .one::<Person>("publishedBy", Column::PublishedBy, "Who published it, where you see them.")
            .column::<Option<DateTime<Utc>>>("retiredAt", Column::RetiredAt, "Since when partners do not read it any more.")
            .column::<i32>("version", Column::Version, "Counts edits. Give it as `expectedVersion` when you change or decide it.")
            .linked::<PlaybookSection>("readerSections", "Its sections in the language that suits you best, in their order.", reader_sections)
            .many::<PlaybookSection>("sections", playbook_section::Column::PlaybookVersionId, "Its sections in each of its languages: filter by `locale`.")
            .batch("acknowledgedAt", "When you acknowledged it; null until you do.", acknowledged_at)
            .many::<PlaybookAcknowledgement>("acknowledgements", playbook_acknowledgement::Column::PlaybookVersionId, "Who is asked to acknowledge it, and who did, of those whom you see.")
            .count::<PlaybookAcknowledgement>("acknowledgedCount", playbook_acknowledgement::Column::PlaybookVersionId,
                || Condition::all().add(playbook_acknowledgement::Column::AcknowledgedAt.is_not_null()),
                "How many of them did; 10,000 at most.")
            .count::<PlaybookAcknowledgement>("unacknowledgedCount", playbook_acknowledgement::Column::PlaybookVersionId,
                || Condition::all().add(playbook_acknowledgement::Column::AcknowledgedAt.is_null()),
                "How many of them did not yet; 10,000 at most.")
            .many::<Verdict>("verdicts", verdict::Column::SubjectId, "What reviewers said, the latest first. Empty unless you are of the vendor's staff.")
            .search([Column::Title])
            .sorted("number", Direction::Descending)
            .sorted_at_root("createdAt", Direction::Descending);
    }
}

/// The versions of the page, each with the language that suits the asker.
async fn suited(batch: Batch<'_>) -> Result<Vec<(Uuid, String)>> {
    use playbook_version::Column;
    let reader = profile::reader_locale(batch.op, batch.db).await?;
    // Without the document, which is long.
    let rows: Vec<(Uuid, Value, String)> = playbook_version::Entity::find()
        .select_only()
        .columns([Column::Id, Column::Texts, Column::Locale])
        .filter(Column::Id.is_in(batch.keys.iter().copied()))
        .into_tuple()
        .all(batch.db)
        .await?;
    let mut suited = Vec::with_capacity(rows.len());
    for (id, texts, main) in rows {
        let texts: Vec<PlaybookText> = serde_json::from_value(texts)?;
        let locales = texts.iter().map(|text| text.locale.as_str());
        let locale = suits(locales, &reader).unwrap_or(&main).to_owned();
        suited.push((id, locale));
    }
    Ok(suited)
}

fn reader_locale(batch: Batch<'_>) -> Loading<'_, Locale> {
    Box::pin(async move {
        let suited = suited(batch).await?.into_iter();
        Ok(suited.map(|(id, locale)| (id, Locale(locale))).collect())
    })
}

fn reader_sections(batch: Batch<'_>) -> Loading<'_, Vec<Uuid>> {
    Box::pin(async move {
        use playbook_section::Column;
        let suited = suited(batch).await?;
        let rows: Vec<(Uuid, Uuid, String)> = playbook_section::Entity::find()
            .select_only()
            .columns([Column::Id, Column::PlaybookVersionId, Column::Locale])
            .filter(Column::PlaybookVersionId.is_in(suited.iter().map(|(id, _)| *id)))
            .order_by_asc(Column::Position)
            .into_tuple()
            .all(batch.db)
            .await?;
        let of = |version: Uuid, locale: &str| {
            let of_version = rows
                .iter()
                .filter(|(_, of, in_locale)| *of == version && in_locale == locale);
            of_version.map(|(id, ..)| *id).collect::<Vec<_>>()
        };
        let sections = suited.iter().map(|(id, locale)| (*id, of(*id, locale)));
        Ok(sections.collect())
    })
}

/// Assets of the sections of the page, in the order in which each names them: as many as a reader is
/// shown, so that none takes the place of another.
fn section_assets(batch: Batch<'_>) -> Loading<'_, Vec<Uuid>> {
    Box::pin(async move {
        use playbook_section::Column;
        let rows: Vec<(Uuid, String)> = playbook_section::Entity::find()
            .select_only()
            .columns([Column::Id, Column::Assets])
            .filter(Column::Id.is_in(batch.keys.iter().copied()))
            .into_tuple()
            .all(batch.db)
            .await?;
        let rows = rows.into_iter();
        let rows: Vec<_> = rows
            .map(|(id, kept)| (id, audience::values(&kept)))
            .collect();
        let named: BTreeSet<&String> = rows.iter().flat_map(|(_, slugs)| slugs).collect();
        let mut found = HashMap::new();
        if !named.is_empty() {
            let assets: Vec<(String, Uuid)> = asset::Entity::find()
                .select_only()
                .columns([asset::Column::Slug, asset::Column::Id])
                .filter(asset::Column::Slug.is_in(named))
                .into_tuple()
                .all(batch.db)
                .await?;
            found.extend(assets);
        }
        let keys = |slugs: &[String]| -> Vec<Uuid> {
            let known = slugs.iter().filter_map(|slug| found.get(slug));
            known.copied().collect()
        };
        Ok(rows.iter().map(|(id, slugs)| (*id, keys(slugs))).collect())
    })
}

fn acknowledged_at(batch: Batch<'_>) -> Loading<'_, DateTime<Utc>> {
    Box::pin(async move {
        use playbook_acknowledgement::{Column, Entity};
        let Some(me) = batch.op.actor().person() else {
            return Ok(HashMap::new());
        };
        let rows = Entity::find()
            .filter(Column::PlaybookVersionId.is_in(batch.keys.iter().copied()))
            .filter(Column::PersonId.eq(me.id))
            .filter(Column::PartnerId.is_in(batch.op.actor().partners()))
            .order_by_asc(Column::AcknowledgedAt)
            .all(batch.db)
            .await?;
        let done = rows.into_iter().filter_map(|row| {
            row.acknowledged_at
                .map(|at| (row.playbook_version_id.0, at))
        });
        Ok(done.collect())
    })
}

impl Shape for PlaybookSection {
    type Entity = playbook_section::Entity;
    const NAME: &'static str = "PlaybookSection";
    const ABOUT: &'static str = "A section of a version of a playbook, for readers of one language. What is not written in theirs \
         stands there in the main one.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let seen = select(
            playbook_version::Entity,
            playbook_version::Column::Id,
            versions(actor),
        );
        Condition::all().add(playbook_section::Column::PlaybookVersionId.in_subquery(seen))
    }

    fn fields(fields: &mut Fields<Self>) {
        use playbook_section::Column;
        fields
            .id()
            .one_required::<PlaybookVersion>(
                "playbookVersion",
                Column::PlaybookVersionId,
                "Of which version.",
            )
            .column::<String>(
                "key",
                Column::Key,
                "Name within the playbook: by it versions are compared.",
            )
            .filter()
            .column::<Locale>("locale", Column::Locale, "For readers of which language.")
            .filter()
            .column::<Locale>(
                "writtenIn",
                Column::WrittenIn,
                "The language of its text: the main one where it is not written in theirs.",
            )
            .column::<i32>(
                "position",
                Column::Position,
                "Place in the playbook, from 1.",
            )
            .order()
            .column::<Chosen<SectionKind>>("kind", Column::Kind, "What it is.")
            .filter()
            .column::<String>("title", Column::Title, "What it is called.")
            .column::<Markdown>("body", Column::Body, "Its text.")
            .column::<String>(
                "html",
                Column::Html,
                "The same as HTML that can be put into a page as it is.",
            )
            .linked::<Asset>(
                "assets",
                "What of the library belongs to it, of what you see, in its order.",
                section_assets,
            )
            .search([Column::Title, Column::Body])
            .sorted("position", Direction::Ascending);
    }
}

impl Shape for PlaybookAcknowledgement {
    type Entity = playbook_acknowledgement::Entity;
    const NAME: &'static str = "PlaybookAcknowledgement";
    const ABOUT: &'static str = "A member of a partner who is asked to acknowledge a version of a playbook, or did. Members see their \
         own; a partner's administrators those of its members.";

    fn visible(actor: Sight<'_>) -> Condition {
        asked(actor)
    }

    fn fields(fields: &mut Fields<Self>) {
        use playbook_acknowledgement::Column;
        fields
            .id()
            .one_required::<Playbook>("playbook", Column::PlaybookId, "Which playbook.")
            .filter()
            .one_required::<PlaybookVersion>(
                "playbookVersion",
                Column::PlaybookVersionId,
                "Which version of it.",
            )
            .filter()
            .one_required::<Partner>(
                "partner",
                Column::PartnerId,
                "As a member of which partner.",
            )
            .filter()
            .one_required::<Person>("person", Column::PersonId, "Who.")
            .filter()
            .column::<DateTime<Utc>>(
                "askedAt",
                Column::AskedAt,
                "When they were asked, or did it unasked.",
            )
            .filter()
            .order()
            .column::<Option<NaiveDate>>(
                "dueOn",
                Column::DueOn,
                "Until which day, in their time zone; null where they were not asked.",
            )
            .column::<Option<DateTime<Utc>>>("dueAt", Column::DueAt, "The end of that day.")
            .filter()
            .derived(
                "isOverdue",
                [Column::DueAt, Column::AcknowledgedAt],
                "Whether the day is over and they have not.",
                |op: &Op, (due, done): (Option<DateTime<Utc>>, Option<DateTime<Utc>>)| {
                    done.is_none() && due.is_some_and(|due| due < op.now())
                },
            )
            .column::<Option<DateTime<Utc>>>(
                "acknowledgedAt",
                Column::AcknowledgedAt,
                "When they did; null until they do.",
            )
            .filter()
            .sorted("askedAt", Direction::Descending);
    }
}
