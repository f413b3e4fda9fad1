//! Field notes: to their partner's members whole, to others what was published of them. What is to take
//! the place of a published text is beside it, for its own partner and the staff.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::field_note::{self, FieldNoteState};
use entity::{course, field_note_change, field_note_endorsement, playbook, verdict};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{kinds, meant, names, of_own_partners, select};
use crate::reads::course::Course;
use crate::reads::identity::Person;
use crate::reads::partner::{Partner, Verdict};
use crate::reads::playbook::Playbook;
use crate::shape::scalar::{Locale, Markdown};
use crate::shape::{Batch, Chosen, Direction, Fields, Loading, Shape, Sight, everything};

/// A short learning of a partner's member.
#[derive(Debug)]
pub struct FieldNote;

/// Whose it is, staff know, and that partner's members.
fn own(actor: Sight<'_>) -> Condition {
    of_own_partners(actor, field_note::Column::PartnerId)
}

impl Shape for FieldNote {
    type Entity = field_note::Entity;
    const NAME: &'static str = "FieldNote";
    const ABOUT: &'static str = "A short learning of a partner's member. Its own partner's members see it wherever it stands; those of \
         other partners once it is published for them, and whose it is only where its author said so.";

    fn visible(actor: Sight<'_>) -> Condition {
        use field_note::Column;
        if actor.is_staff() {
            return everything();
        }
        let published = meant(actor, Column::Kinds, Column::Tiers, Column::Regions)
            .add(Column::State.eq(FieldNoteState::Published));
        Condition::any().add(own(actor)).add(published)
    }

    fn fields(fields: &mut Fields<Self>) {
        use field_note::Column;
        fields
            .id()
            .one::<Partner>("partner", Column::PartnerId, "For which partner it was written; null where that is not yours. What others may know says `partnerName`.")
            .filter_where(own)
            .one::<Person>("author", Column::AuthorId, "Who wrote it; null where it is another partner's.")
            .told_where(own)
            .column::<Option<String>>("partnerName", Column::PartnerName, "Whose it is, as it was called when the note was accepted; null where its author does not say.")
            .column::<Chosen<FieldNoteState>>("state", Column::State, "Where it stands.")
            .filter()
            .column::<String>("title", Column::Title, "What it is about.")
            .column::<Markdown>("text", Column::Text, "What was learned.")
            .derived("tags", [Column::Tags], "What it is found by.", names)
            .filter_by_values(Column::Tags)
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .filter()
            .guarded::<Option<String>>("playbook", Column::Playbook, beside_playbook, "Slug of the playbook beside which it is shown; null where that is not for you.")
            .filter()
            .guarded::<Option<String>>("course", Column::Course, beside_course, "Slug of the course beside which it is shown; null where that is not for you.")
            .filter()
            .column::<bool>("showsPartner", Column::ShowsPartner, "Whether others may read whose it is.")
            .derived("kinds", [Column::Kinds], "Kinds of partners whose members read it; empty for all.", kinds)
            .derived("tiers", [Column::Tiers], "Tiers of partners whose members read it; empty for all.", names)
            .derived("regions", [Column::Regions], "Codes of the regions whose members read it; empty for all.", names)
            .column::<i32>("endorsementCount", Column::Endorsements, "How many people of other partners endorse it.")
            .order()
            .batch::<bool>("endorsedByViewer", "Whether you are one of them.", endorsed)
            .column::<DateTime<Utc>>("submittedAt", Column::SubmittedAt, "When it was last submitted.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>("publishedAt", Column::PublishedAt, "Since when it has been published.")
            .filter()
            .guarded::<i32>("version", Column::Version, own, "Counts changes. Give it as `expectedVersion` when you change or decide it; null to other partners, who do neither.")
            .latest::<FieldNoteChange>("change", field_note_change::Column::FieldNoteId, "What is to take the place of its published text; null where nothing is, and to other partners.")
            .many::<Verdict>("verdicts", verdict::Column::SubjectId, "What reviewers said, the latest first.")
            .search([Column::Title, Column::Text, Column::Tags])
            .sorted("submittedAt", Direction::Descending);
    }
}

/// What is to take the place of a note's published text.
#[derive(Debug)]
pub struct FieldNoteChange;

impl Shape for FieldNoteChange {
    type Entity = field_note_change::Entity;
    const NAME: &'static str = "FieldNoteChange";
    const ABOUT: &'static str = "What is to take the place of a published note's text. Until a reviewer has accepted it others read the note as it \
         is; its own partner's members and the staff see this beside it. The note's `version` counts it.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, field_note_change::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use field_note_change::Column;
        fields
            .id()
            .one_required::<FieldNote>("fieldNote", Column::FieldNoteId, "Of which note. Review and mend it by the note's id and version.")
            .filter()
            .one_required::<Partner>("partner", Column::PartnerId, "Whose the note is.")
            .filter()
            .column::<Chosen<FieldNoteState>>("state", Column::State, "Where it stands: `SUBMITTED`, `CHANGES_REQUESTED`, `DECLINED` or `WITHDRAWN`. What was accepted is the note's own text.")
            .filter()
            .column::<String>("title", Column::Title, "What the note is to be about.")
            .column::<Markdown>("text", Column::Text, "What was learned.")
            .derived("tags", [Column::Tags], "What it is to be found by.", names)
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .column::<Option<String>>("playbook", Column::Playbook, "Slug of the playbook beside which it is to be shown.")
            .column::<Option<String>>("course", Column::Course, "Slug of the course beside which it is to be shown.")
            .column::<bool>("showsPartner", Column::ShowsPartner, "Whether others may read whose it is.")
            .column::<DateTime<Utc>>("submittedAt", Column::SubmittedAt, "When it was submitted.")
            .filter()
            .order()
            .sorted("submittedAt", Direction::Descending);
    }
}

/// A note of their own tells them beside what it stands; of others, where they may open that.
fn beside_playbook(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        return everything();
    }
    let seen = select(
        playbook::Entity,
        playbook::Column::Id,
        Playbook::visible(actor),
    );
    Condition::any()
        .add(own(actor))
        .add(field_note::Column::PlaybookId.in_subquery(seen))
}

fn beside_course(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        return everything();
    }
    let seen = select(course::Entity, course::Column::Id, Course::visible(actor));
    Condition::any()
        .add(own(actor))
        .add(field_note::Column::CourseId.in_subquery(seen))
}

/// Which of them the asker endorses.
fn endorsed(batch: Batch<'_>) -> Loading<'_, bool> {
    Box::pin(async move {
        let mut told: HashMap<Uuid, bool> = batch.keys.iter().map(|key| (*key, false)).collect();
        let Some(me) = batch.op.actor().person() else {
            return Ok(told);
        };
        let rows = field_note_endorsement::Entity::find()
            .filter(field_note_endorsement::Column::FieldNoteId.is_in(batch.keys.iter().copied()))
            .filter(field_note_endorsement::Column::PersonId.eq(me.id))
            .all(batch.db)
            .await?;
        told.extend(rows.iter().map(|row| (row.field_note_id.0, true)));
        Ok(told)
    })
}
