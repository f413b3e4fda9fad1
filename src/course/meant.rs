//! What people get onto, and for whom it is meant.

use entity::id::{CertificationId, CourseId, LearningPathId};
use entity::{certification, course, learning_path, partner};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::audience::includes;
use crate::error::{Error, Result};
use crate::op::Permit;

/// What people get onto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A course.
    Course(CourseId),
    /// The courses of a learning path, each after the one before.
    Path(LearningPathId),
    /// A certification, with the courses of its route.
    Certification(CertificationId),
}

/// Those in which the asker has a seat.
pub(super) fn own_partners(permit: &Permit<'_>) -> Condition {
    let own = permit.op().actor().partners();
    partner::Column::Id.is_in(own).into()
}

/// Staff take and assign what they want; others what is meant for one of these partners, and are
/// not told of anything else.
pub(super) async fn check_meant(
    permit: &Permit<'_>,
    what: What,
    partners: Condition,
) -> Result<()> {
    if permit.op().actor().is_staff() {
        return Ok(());
    }
    let db = permit.reader();
    let (is_meant, name) = match what {
        What::Course(id) => {
            use course::Column;
            let meant = includes(Column::Kinds, Column::Tiers, Column::Regions, partners);
            let found = course::Entity::find_by_id(id).filter(meant).one(&db);
            (found.await?.is_some(), "Course")
        }
        What::Path(id) => {
            use learning_path::Column;
            let meant = includes(Column::Kinds, Column::Tiers, Column::Regions, partners);
            let found = learning_path::Entity::find_by_id(id).filter(meant).one(&db);
            (found.await?.is_some(), "LearningPath")
        }
        What::Certification(id) => {
            use certification::Column;
            let meant = includes(Column::Kinds, Column::Tiers, Column::Regions, partners);
            let found = certification::Entity::find_by_id(id).filter(meant).one(&db);
            (found.await?.is_some(), "Certification")
        }
    };
    if is_meant {
        Ok(())
    } else {
        Err(Error::NotFound(name))
    }
}
