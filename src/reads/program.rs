//! Programs, their versions, what partners were told of them, and rounds of reviews.

use chrono::{DateTime, NaiveDate, Utc};
use entity::program_version::ProgramVersionState;
use entity::{program, program_notice, program_review, program_version, standing};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use super::{of_own_partners, select};
use crate::auth::Assurance;
use crate::identity::profile::reader_locale;
use crate::program::notice::{self, Difference};
use crate::reads::identity::Person;
use crate::reads::partner::Partner;
use crate::reads::tier::Standing;
use crate::shape::scalar::{Locale, Markdown};
use crate::shape::{
    Batch, Chosen, Direction, Fields, Loading, Part, Parts, Shape, Sight, everything, nothing,
};

/// A program, over all its versions.
#[derive(Debug)]
pub struct Program;

/// One version of a program.
#[derive(Debug)]
pub struct ProgramVersion;

/// What a partner was told of a version.
#[derive(Debug)]
pub struct ProgramNotice;

/// One round over all partners.
#[derive(Debug)]
pub struct ProgramReview;

impl Part for Difference {
    const NAME: &'static str = "ProgramDifference";
    const ABOUT: &'static str = "What a version of a program changes for a partner on a track.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("track", "The track, by its key.", |it| it.track.clone())
            .field(
                "name",
                "What the track is called, in the program's language.",
                |it| it.name.clone(),
            )
            .field(
                "stands",
                "The tier on which the partner stood when it was told, by its key.",
                |it| it.stands.clone(),
            )
            .field(
                "before",
                "The tier that it earned by the rules in force, by its key.",
                |it| it.before.clone(),
            )
            .field(
                "after",
                "The tier that it would earn by the new ones, by its key.",
                |it| it.after.clone(),
            )
            .field(
                "changes",
                "Whether that is another, or anything changes of its tier, of the next one or of the \
                 track: `changes` of the notice says what.",
                Difference::changes,
            );
    }
}

/// Whether somebody of a partner asks: programs are not the public's.
pub(super) fn takes_part(actor: Sight<'_>) -> bool {
    actor
        .person()
        .is_some_and(|me| me.assurance != Assurance::Missing)
        && actor.partners().next().is_some()
}

/// Versions that partners read: all that were announced.
fn announced(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        return everything();
    }
    if !takes_part(actor) {
        return nothing();
    }
    Condition::all().add(program_version::Column::State.ne(ProgramVersionState::Draft))
}

impl Shape for Program {
    type Entity = program::Entity;
    const NAME: &'static str = "Program";
    const ABOUT: &'static str = "A program: by which partners are measured, over all its versions. Members see those of which a \
         version was announced.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let versions = select(
            program_version::Entity,
            program_version::Column::ProgramId,
            announced(actor),
        );
        program::Column::Id.in_subquery(versions).into()
    }

    fn fields(fields: &mut Fields<Self>) {
        use program::Column;
        fields
            .id()
            .column::<String>("slug", Column::Slug, "Short name in lower case; documents name the program by it.")
            .filter()
            .column::<String>("name", Column::Name, "What it is called, in its main language.")
            .order()
            .column::<Locale>("locale", Column::Locale, "Its main language.")
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When its first version was written.")
            .many::<ProgramVersion>("versions", program_version::Column::ProgramId, "Its versions that you see, the newest first: filter by `state` for the one in force.")
            .many::<Standing>("standings", standing::Column::ProgramId, "Where partners that you see stand in it.")
            .search([Column::Name, Column::Slug])
            .sorted("name", Direction::Ascending);
    }
}

impl Shape for ProgramVersion {
    type Entity = program_version::Entity;
    const NAME: &'static str = "ProgramVersion";
    const ABOUT: &'static str = "A version of a program. Once it was announced it never changes, and its hash is its name. What it \
         says, `programRules` tells.";

    fn visible(actor: Sight<'_>) -> Condition {
        announced(actor)
    }

    fn fields(fields: &mut Fields<Self>) {
        use program_version::Column;
        fields
            .id()
            .one_required::<Program>("program", Column::ProgramId, "Of which program.")
            .filter()
            .column::<i32>("number", Column::Number, "Counts from 1.")
            .order()
            .column::<Chosen<ProgramVersionState>>("state", Column::State, "How far it is.")
            .filter()
            .column::<String>("name", Column::Name, "What it is called, in its main language.")
            .column::<String>("hash", Column::Hash, "SHA-256 of what it says, in hex.")
            .filter()
            .column::<String>("yaml", Column::Document, "The whole program as YAML, as its author wrote it.")
            .column::<Markdown>("note", Column::Note, "What its author says of it; may be empty.")
            .one::<Person>("author", Column::AuthorId, "Who wrote it last, where you see them.")
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first saved.")
            .order()
            .column::<Option<DateTime<Utc>>>("announcedAt", Column::AnnouncedAt, "When it was announced; null for a draft.")
            .one::<Person>("announcedBy", Column::AnnouncedBy, "Who announced it, where you see them.")
            .column::<Option<bool>>("isFavourable", Column::Favourable, "Whether nobody is worse off by it than by the version before; null for a draft.")
            .column::<Option<NaiveDate>>("inForceOn", Column::InForceOn, "From which day it counts, in the program's zone; null for a draft.")
            .column::<Option<DateTime<Utc>>>("inForceAt", Column::InForceAt, "The first instant of that day.")
            .filter()
            .column::<Option<DateTime<Utc>>>("endedAt", Column::EndedAt, "When it ceased to count, or was withdrawn.")
            .column::<Option<String>>("withdrawnReason", Column::WithdrawnReason, "Why it was withdrawn before it counted.")
            .column::<i32>("version", Column::Version, "Counts edits. Give it as `expectedVersion` when you change, announce or withdraw it.")
            .many::<ProgramNotice>("notices", program_notice::Column::ProgramVersionId, "What partners that you see were told of it: filter by `acknowledgedAt` for who has not acknowledged it.")
            .count::<ProgramNotice>("acknowledgedCount", program_notice::Column::ProgramVersionId,
                || Condition::all().add(program_notice::Column::AcknowledgedAt.is_not_null()),
                "How many of them acknowledged it; 10,000 at most.")
            .many::<ProgramReview>("reviews", program_review::Column::ProgramVersionId, "Rounds over all partners under it, the latest first. Empty unless you are of the vendor's staff.")
            .search([Column::Name])
            .sorted("number", Direction::Descending)
            .sorted_at_root("createdAt", Direction::Descending);
    }
}

impl Shape for ProgramNotice {
    type Entity = program_notice::Entity;
    const NAME: &'static str = "ProgramNotice";
    const ABOUT: &'static str = "What a partner was told of a version of a program before it counted: what it changes for that \
         partner.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, program_notice::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use program_notice::Column;
        fields
            .id()
            .one_required::<ProgramVersion>(
                "programVersion",
                Column::ProgramVersionId,
                "Of which version.",
            )
            .filter()
            .one_required::<Partner>("partner", Column::PartnerId, "Which partner.")
            .filter()
            .parts(
                "differences",
                Column::Differences,
                "What changes, track by track.",
                |it: Vec<Difference>| it,
            )
            .batch(
                "changes",
                "What changes of the partner's tiers, of the next ones and of the tracks, in words, \
                 in your language: track by track, what is nearest first. Empty where the version is \
                 the first one, and where nothing of that changes.",
                changes_in_words,
            )
            .column::<DateTime<Utc>>("toldAt", Column::ToldAt, "When it was told.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>(
                "acknowledgedAt",
                Column::AcknowledgedAt,
                "When one of its administrators acknowledged it; null until they do.",
            )
            .filter()
            .one::<Person>(
                "acknowledgedBy",
                Column::AcknowledgedBy,
                "Who did, where you see them.",
            )
            .sorted("toldAt", Direction::Descending);
    }
}

fn changes_in_words(batch: Batch<'_>) -> Loading<'_, Vec<String>> {
    Box::pin(async move {
        let locale = reader_locale(batch.op, batch.db).await?;
        notice::in_words(batch.db, batch.keys, &locale).await
    })
}

impl Shape for ProgramReview {
    type Entity = program_review::Entity;
    const NAME: &'static str = "ProgramReview";
    const ABOUT: &'static str =
        "A round over all partners under a version of a program. For the vendor's staff.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            everything()
        } else {
            nothing()
        }
    }

    fn fields(fields: &mut Fields<Self>) {
        use program_review::Column;
        fields
            .id()
            .one_required::<ProgramVersion>(
                "programVersion",
                Column::ProgramVersionId,
                "Under which version.",
            )
            .filter()
            .column::<NaiveDate>(
                "onDay",
                Column::OnDay,
                "On which day, in the program's zone.",
            )
            .column::<DateTime<Utc>>("startedAt", Column::StartedAt, "When it began.")
            .filter()
            .order()
            .column::<i32>(
                "partners",
                Column::Partners,
                "How many partners were looked at so far.",
            )
            .column::<i32>("moves", Column::Moves, "How many standings moved.")
            .column::<Option<DateTime<Utc>>>(
                "finishedAt",
                Column::FinishedAt,
                "When it was over; null while it goes on.",
            )
            .filter()
            .sorted("startedAt", Direction::Descending);
    }
}
