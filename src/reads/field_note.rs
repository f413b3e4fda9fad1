//! Field notes: to their partner's members whole, to others what was published of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::field_note::{self, FieldNoteState};
use entity::{field_note_endorsement, verdict};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{kinds, meant, names, of_own_partners};
use crate::reads::identity::Person;
use crate::reads::partner::{Partner, Verdict};
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
            .column::<Option<String>>("playbook", Column::Playbook, "Slug of the playbook beside which it is shown.")
            .filter()
            .column::<Option<String>>("course", Column::Course, "Slug of the course beside which it is shown.")
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
            .column::<i32>("version", Column::Version, "Counts changes. Give it as `expectedVersion` when you change or decide it.")
            .many::<Verdict>("verdicts", verdict::Column::SubjectId, "What reviewers said, the latest first.")
            .search([Column::Title, Column::Text, Column::Tags])
            .sorted("submittedAt", Direction::Descending);
    }
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
