//! Learning paths: courses in an order, each after the one before it.

use entity::id::LearningPathId;
use entity::{learning_path, learning_path_course};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::{find, store};
use crate::audience::Audience;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::config;
use crate::document::{Faults, TITLE};
use crate::error::Result;
use crate::op::{Op, Permit, Tx};
use crate::submission::check_expected;

/// The codes with which writing learning paths is refused.
pub const CODES: &[&str] = &[
    "CONFLICT",
    "DUPLICATE",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "INVALID_TEXT",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "UNKNOWN_COURSE",
    "UNKNOWN_REGION",
    "UNKNOWN_TIER",
];

/// The most courses of a path.
pub const COURSES: usize = 50;
/// The most characters of a summary.
pub const SUMMARY: usize = 10_000;

/// A path as it is to be.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Short name in lower case; it says which.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// Where it leads, as Markdown.
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// For whom it is.
    pub audience: Audience,
    /// Slugs of its courses, in their order.
    pub courses: Vec<String>,
    /// Whether nobody is assigned to it any more.
    pub retired: bool,
    /// The version that was read; none for a new one.
    pub expected_version: Option<i32>,
}

/// Saves a path. Who is on it already goes on as they were put on it.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn save(
    op: &Op,
    portal: &config::Portal,
    definition: Definition,
) -> Result<LearningPathId> {
    op.unit((definition, portal.regions.clone()), |tx, (it, regions)| {
        Box::pin(write(tx, it, regions))
    })
    .await
}

async fn write(tx: &Tx, it: &Definition, regions: &[String]) -> Result<LearningPathId> {
    let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
    let mut faults = Faults::default();
    faults.key(&it.slug, "slug");
    faults.line(&it.title, TITLE, "title");
    faults.text(&it.summary, SUMMARY, "summary");
    faults.locale(&it.locale, "locale");
    it.audience.check(regions, "audience", &mut faults);
    let db = permit.reader();
    it.audience
        .check_tiers(&db, "audience", &mut faults)
        .await?;
    if it.courses.is_empty() {
        faults.add("REQUIRED", "A path has at least one course.", "courses");
    }
    faults.at_most(it.courses.len(), COURSES, "courses");
    faults.distinct(it.courses.iter(), "courses");
    let slugs = it.courses.iter().take(COURSES).map(String::as_str);
    let courses = store::by_slugs(&db, slugs).await?;
    for (index, slug) in it.courses.iter().enumerate() {
        if !courses.iter().any(|course| course.slug == *slug) {
            let message = format!("There is no course `{slug}`.");
            faults.add("UNKNOWN_COURSE", message, &format!("courses.{index}"));
        }
    }
    faults.result()?;
    let earlier = learning_path::Entity::find()
        .filter(learning_path::Column::Slug.eq(&it.slug))
        .one(&permit.reader())
        .await?;
    let actual = earlier.as_ref().map(|row| row.version);
    check_expected("path", it.expected_version, actual)?;
    let kept = it.audience.kept();
    let retired_at = earlier.as_ref().and_then(|row| row.retired_at);
    let row = learning_path::Model {
        id: earlier
            .as_ref()
            .map_or_else(|| permit.new_id(), |row| row.id),
        slug: it.slug.clone(),
        title: it.title.trim().to_owned(),
        summary: it.summary.trim().to_owned(),
        locale: it.locale.clone(),
        kinds: kept.kinds,
        tiers: kept.tiers,
        regions: kept.regions,
        created_at: earlier.as_ref().map_or(permit.now(), |row| row.created_at),
        retired_at: it
            .retired
            .then(|| retired_at.unwrap_or_else(|| permit.now())),
        version: earlier.as_ref().map_or(1, |row| row.version + 1),
    };
    let (id, version) = (row.id, row.version);
    let row = row.into_active_model().reset_all();
    if earlier.is_some() {
        row.update(permit.writer()).await?;
    } else {
        row.insert(permit.writer()).await?;
    }
    write_stops(&permit, id, it, &courses).await?;
    find::index_path(&permit, id).await?;
    let subject = Subject {
        kind: "LearningPath",
        id: id.0,
        partner: None,
    };
    let before = json!({ "version": earlier.map(|row| row.version) });
    let after = json!({ "version": version, "slug": it.slug, "courses": it.courses });
    audit::record(&permit, subject, &before, &after).await?;
    Ok(id)
}

async fn write_stops(
    permit: &Permit<'_>,
    path: LearningPathId,
    it: &Definition,
    courses: &[entity::course::Model],
) -> Result<()> {
    learning_path_course::Entity::delete_many()
        .filter(learning_path_course::Column::LearningPathId.eq(path))
        .exec(permit.writer())
        .await?;
    for (position, slug) in (1..).zip(&it.courses) {
        let Some(course) = courses.iter().find(|course| course.slug == *slug) else {
            continue;
        };
        let row = learning_path_course::Model {
            id: permit.new_id(),
            learning_path_id: path,
            course_id: course.id,
            position,
        };
        learning_path_course::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
    }
    Ok(())
}
