//! What courses read.

use std::collections::BTreeSet;

use entity::course_version::{self, CourseVersionState};
use entity::enrollment::{self, Column, EnrollmentState, Entity};
use entity::id::{CourseId, CourseVersionId, EnrollmentId, PartnerId, PersonId};
use entity::membership::{self, MemberRole, MembershipState};
use entity::{course, lesson, lesson_progress};
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

use crate::error::{Error, Result};
use crate::op::Permit;
pub(super) use crate::partner::store::person;
use crate::submission::check_written;

/// A course by its key.
pub(super) async fn course(db: &DatabaseExecutor<'_>, id: CourseId) -> Result<course::Model> {
    course::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Course"))
}

/// The courses of these short names.
pub(super) async fn by_slugs(
    db: &DatabaseExecutor<'_>,
    slugs: impl IntoIterator<Item = &str>,
) -> Result<Vec<course::Model>> {
    Ok(course::Entity::find()
        .filter(course::Column::Slug.is_in(slugs))
        .all(db)
        .await?)
}

/// A version by its key.
pub(super) async fn version(
    db: &DatabaseExecutor<'_>,
    id: CourseVersionId,
) -> Result<course_version::Model> {
    course_version::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("CourseVersion"))
}

/// All versions of a course, the latest first.
pub(super) async fn versions(
    db: &DatabaseExecutor<'_>,
    course: CourseId,
) -> Result<Vec<course_version::Model>> {
    Ok(course_version::Entity::find()
        .filter(course_version::Column::CourseId.eq(course))
        .order_by_desc(course_version::Column::Number)
        .all(db)
        .await?)
}

/// The version on which people start.
pub(super) async fn published(
    db: &DatabaseExecutor<'_>,
    course: CourseId,
) -> Result<Option<course_version::Model>> {
    Ok(course_version::Entity::find()
        .filter(course_version::Column::CourseId.eq(course))
        .filter(course_version::Column::State.eq(CourseVersionState::Published))
        .one(db)
        .await?)
}

/// An enrollment by its key.
pub(super) async fn enrollment(
    db: &DatabaseExecutor<'_>,
    id: EnrollmentId,
) -> Result<enrollment::Model> {
    Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Enrollment"))
}

/// All rounds of a person on a course, the latest first.
pub(super) async fn rounds(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
    course: CourseId,
) -> Result<Vec<enrollment::Model>> {
    Ok(Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::CourseId.eq(course))
        .order_by_desc(Column::Round)
        .all(db)
        .await?)
}

/// How many lessons of its version are not completed on the enrollment.
pub(super) async fn lessons_left(
    db: &DatabaseExecutor<'_>,
    row: &enrollment::Model,
) -> Result<u64> {
    let completed = Query::select()
        .column(lesson_progress::Column::LessonId)
        .from(lesson_progress::Entity)
        .and_where(lesson_progress::Column::EnrollmentId.eq(row.id))
        .and_where(lesson_progress::Column::CompletedAt.is_not_null())
        .take();
    Ok(lesson::Entity::find()
        .filter(lesson::Column::CourseVersionId.eq(row.course_version_id))
        .filter(lesson::Column::Id.not_in_subquery(completed))
        .count(db)
        .await?)
}

/// Titles of those of the courses which the person has not completed.
pub(super) async fn missing(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
    slugs: &[String],
) -> Result<Vec<String>> {
    if slugs.is_empty() {
        return Ok(Vec::new());
    }
    let courses = by_slugs(db, slugs.iter().map(String::as_str)).await?;
    let done = Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::CourseId.is_in(courses.iter().map(|course| course.id)))
        .filter(Column::State.eq(EnrollmentState::Completed))
        .all(db)
        .await?;
    let done: BTreeSet<_> = done.iter().map(|row| row.course_id).collect();
    let left = courses
        .into_iter()
        .filter(|course| !done.contains(&course.id));
    Ok(left.map(|course| course.title).collect())
}

/// Active seats: of a partner, or of a person in all partners.
pub(super) async fn seats(db: &DatabaseExecutor<'_>, of: Of) -> Result<Vec<membership::Model>> {
    let seats = membership::Entity::find()
        .filter(membership::Column::State.eq(MembershipState::Active))
        .order_by_asc(membership::Column::Id);
    let seats = match of {
        Of::Partner(id) => seats.filter(membership::Column::PartnerId.eq(id)),
        Of::Person(id) => seats.filter(membership::Column::PersonId.eq(id)),
        Of::Admins(id) => seats
            .filter(membership::Column::PartnerId.eq(id))
            .filter(membership::Column::Role.eq(MemberRole::PartnerAdmin)),
    };
    Ok(seats.all(db).await?)
}

/// Whose seats.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    /// All of a partner.
    Partner(PartnerId),
    /// All of a person.
    Person(PersonId),
    /// A partner's administrators.
    Admins(PartnerId),
}

/// Writes an enrollment as it is now and counts the edit.
pub(super) async fn write(permit: &Permit<'_>, row: &enrollment::Model) -> Result<()> {
    let mut next = row.clone();
    next.version += 1;
    let written = Entity::update_many()
        .set(next.into_active_model().reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(row.version))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)
}

/// The lessons of a version, in their order.
pub(super) async fn lessons(
    db: &DatabaseExecutor<'_>,
    version: CourseVersionId,
) -> Result<Vec<lesson::Model>> {
    Ok(lesson::Entity::find()
        .filter(lesson::Column::CourseVersionId.eq(version))
        .order_by_asc(lesson::Column::Position)
        .all(db)
        .await?)
}
