//! What a note can be put beside: what its partner is offered now, and nothing of what others are.

use entity::course::{self, CourseState};
use entity::id::PartnerId;
use entity::partner;
use entity::playbook::{self, PlaybookState};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::audience::includes;
use crate::error::Result;

/// Slugs of the playbooks that the partner reads.
pub(super) async fn playbooks(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
) -> Result<Vec<String>> {
    use playbook::Column;
    let meant = includes(Column::Kinds, Column::Tiers, Column::Regions, only(partner));
    Ok(playbook::Entity::find()
        .select_only()
        .column(Column::Slug)
        .filter(Column::State.eq(PlaybookState::Published))
        .filter(meant)
        .order_by_asc(Column::Slug)
        .into_tuple()
        .all(db)
        .await?)
}

/// Slugs of the courses that the partner is offered.
pub(super) async fn courses(db: &DatabaseExecutor<'_>, partner: PartnerId) -> Result<Vec<String>> {
    use course::Column;
    let meant = includes(Column::Kinds, Column::Tiers, Column::Regions, only(partner));
    Ok(course::Entity::find()
        .select_only()
        .column(Column::Slug)
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
