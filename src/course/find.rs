//! What can be found of courses and learning paths.

use entity::course::CourseState;
use entity::id::{CourseId, LearningPathId};
use entity::search_shelf::SearchKind;
use entity::{course, course_module, learning_path};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::store;
use crate::audience::Kept;
use crate::edition;
use crate::error::Result;
use crate::op::Permit;
use crate::search::{self, Entry, Passage, Readers, Text};

/// Puts the course into the search as it is now: its published version, or its draft where it has
/// no other. Members find what they can enroll on; staff find drafts and retired courses as well.
///
/// # Errors
/// What the database said.
pub async fn index(permit: &Permit<'_>, id: CourseId) -> Result<()> {
    let db = permit.reader();
    let versions = store::versions(&db, id).await?;
    let course = course::Entity::find_by_id(id).one(&db).await?;
    let (Some(course), Some(version)) =
        (course, edition::published(&versions).or(versions.first()))
    else {
        return search::remove(permit, id.0).await;
    };
    let readers = match course.state {
        CourseState::Published => Readers::Audience(Kept::from(&course)),
        CourseState::Draft | CourseState::Retired => Readers::Staff,
    };
    let modules = course_module::Entity::find()
        .filter(course_module::Column::CourseVersionId.eq(version.id))
        .order_by_asc(course_module::Column::Position)
        .all(&db)
        .await?;
    // What a quiz asks is nobody's to find.
    let lessons = store::lessons(&db, version.id).await?;
    let passages = lessons.into_iter().map(|lesson| Passage {
        heading: lesson.title,
        body: lesson.body,
    });
    let modules = modules.into_iter().map(|module| Passage {
        heading: module.title,
        body: String::new(),
    });
    let entry = Entry {
        kind: SearchKind::Course,
        id: id.0,
        version: course.version,
        readers,
        tags: Vec::new(),
        names: Vec::new(),
        texts: vec![Text {
            locale: version.locale.clone(),
            title: version.title.clone(),
            summary: version.summary.clone(),
            passages: passages.chain(modules).collect(),
        }],
    };
    search::put(permit, &entry).await
}

/// Puts the learning path into the search as it is now.
///
/// # Errors
/// What the database said.
pub async fn index_path(permit: &Permit<'_>, id: LearningPathId) -> Result<()> {
    let path = learning_path::Entity::find_by_id(id)
        .one(&permit.reader())
        .await?;
    let Some(path) = path else {
        return search::remove(permit, id.0).await;
    };
    let readers = if path.retired_at.is_some() {
        Readers::Staff
    } else {
        Readers::Audience(Kept::from(&path))
    };
    // Its courses are found by themselves, by those for whom they are.
    let entry = Entry {
        kind: SearchKind::LearningPath,
        id: id.0,
        version: path.version,
        readers,
        tags: Vec::new(),
        names: Vec::new(),
        texts: vec![Text {
            locale: path.locale,
            title: path.title,
            summary: path.summary,
            passages: Vec::new(),
        }],
    };
    search::put(permit, &entry).await
}
