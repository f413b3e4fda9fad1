//! What letters about courses say.

use entity::{course, enrollment};
use sea_orm::DatabaseExecutor;

use super::enroll::Terms;
use super::store;
use crate::error::Result;
use crate::notification::Letter;
use crate::shape::global_id;

/// The letter about what was assigned, in its order.
pub(super) async fn assigned(
    db: &DatabaseExecutor<'_>,
    fresh: &[(course::Model, enrollment::Model)],
    toward: Option<String>,
    terms: &Terms,
) -> Result<Letter> {
    let assigner = match terms.by {
        Some(id) => Some(store::person(db, id).await?.name),
        None => None,
    };
    let titles = fresh.iter().map(|(course, _)| course.title.clone());
    let first = fresh.first().map(|(_, row)| row.id.0).unwrap_or_default();
    Ok(Letter::CourseAssigned {
        courses: titles.collect(),
        toward,
        assigner,
        due_on: terms.due.map(|due| due.on),
        enrollment: global_id("Enrollment", first),
    })
}
