//! What a note can be put beside: what its partner is offered now, and nothing of what others are.

use entity::course::{self, CourseState};
use entity::field_note;
use entity::id::{CourseId, PartnerId, PlaybookId};
use entity::partner;
use entity::playbook::{self, PlaybookState};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::write::Text;
use crate::audience::includes;
use crate::document::Faults;
use crate::error::Result;

/// What a note stands beside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    pub(super) playbook: Option<PlaybookId>,
    pub(super) course: Option<CourseId>,
}

/// Looks up what the text names, of what the partner is offered. What the note stands beside already
/// it may go on to, though it be retired.
pub(super) async fn find(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
    text: &Text,
    row: Option<&field_note::Model>,
    faults: &mut Faults,
) -> Result<Beside> {
    let known = |same: fn(&field_note::Model, &Text) -> bool| row.filter(|row| same(row, text));
    let playbook = known(|row, text| row.playbook == text.playbook);
    let course = known(|row, text| row.course == text.course);
    let mut beside = Beside {
        playbook: playbook.and_then(|row| row.playbook_id),
        course: course.and_then(|row| row.course_id),
    };
    if let Some(slug) = text.playbook.as_ref().filter(|_| playbook.is_none()) {
        let offered = playbooks(db, partner).await?;
        let refusal = ("UNKNOWN_PLAYBOOK", "playbook", "content.playbook");
        beside.playbook = among(offered, slug, refusal, faults);
    }
    if let Some(slug) = text.course.as_ref().filter(|_| course.is_none()) {
        let offered = courses(db, partner).await?;
        let refusal = ("UNKNOWN_COURSE", "course", "content.course");
        beside.course = among(offered, slug, refusal, faults);
    }
    Ok(beside)
}

fn among<Id>(
    offered: Vec<(Id, String)>,
    slug: &str,
    (code, what, at): (&'static str, &str, &str),
    faults: &mut Faults,
) -> Option<Id> {
    if !offered.iter().any(|(_, known)| known == slug) {
        let known = offered.iter().map(|(_, known)| known.as_str());
        faults.unknown(code, what, slug, known, at);
    }
    let found = offered.into_iter().find(|(_, known)| known == slug);
    found.map(|(id, _)| id)
}

/// The playbooks that the partner reads.
async fn playbooks(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
) -> Result<Vec<(PlaybookId, String)>> {
    use playbook::Column;
    let meant = includes(Column::Kinds, Column::Tiers, Column::Regions, only(partner));
    Ok(playbook::Entity::find()
        .select_only()
        .columns([Column::Id, Column::Slug])
        .filter(Column::State.eq(PlaybookState::Published))
        .filter(meant)
        .order_by_asc(Column::Slug)
        .into_tuple()
        .all(db)
        .await?)
}

/// The courses that the partner is offered.
async fn courses(db: &DatabaseExecutor<'_>, partner: PartnerId) -> Result<Vec<(CourseId, String)>> {
    use course::Column;
    let meant = includes(Column::Kinds, Column::Tiers, Column::Regions, only(partner));
    Ok(course::Entity::find()
        .select_only()
        .columns([Column::Id, Column::Slug])
        .filter(Column::State.eq(CourseState::Published))
        .filter(meant)
        .order_by_asc(Column::Slug)
        .into_tuple()
        .all(db)
        .await?)
}

fn only(partner: PartnerId) -> Condition {
    Condition::all().add(partner::Column::Id.eq(partner))
}
