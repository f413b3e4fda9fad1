//! What certifications read, and how a period is written.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::certificate::{self, Column, Entity};
use entity::certification_evidence::{self, EvidenceState};
use entity::course_version::{self, CourseVersionState};
use entity::enrollment::{self, EnrollmentState};
use entity::id::{CertificateId, CertificationId, PartnerId, PersonId};
use entity::membership::{self, MembershipState};
use entity::{certification, course};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::rules::Route;
use crate::error::{Error, Result};
use crate::op::Permit;
pub(super) use crate::partner::store::person;
use crate::submission::check_written;

/// A certification by its key.
pub(super) async fn certification(
    db: &DatabaseExecutor<'_>,
    id: CertificationId,
) -> Result<certification::Model> {
    certification::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Certification"))
}

/// The certification of that short name.
pub(super) async fn by_slug(
    db: &DatabaseExecutor<'_>,
    slug: &str,
) -> Result<Option<certification::Model>> {
    Ok(certification::Entity::find()
        .filter(certification::Column::Slug.eq(slug))
        .one(db)
        .await?)
}

/// Certificates that hold at `now`: what [`holds`](super::rules::holds) says, for statements.
pub(crate) fn holding(now: DateTime<Utc>) -> Condition {
    let runs = Condition::any()
        .add(Column::ValidUntil.is_null())
        .add(Column::ValidUntil.gt(now));
    Condition::all()
        .add(Column::IssuedAt.lte(now))
        .add(Column::RevokedAt.is_null())
        .add(runs)
}

/// A period by its key.
pub(super) async fn period(
    db: &DatabaseExecutor<'_>,
    id: CertificateId,
) -> Result<certificate::Model> {
    Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Certificate"))
}

/// All periods of a person for one certification, the latest first.
pub(super) async fn periods(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
    certification: CertificationId,
) -> Result<Vec<certificate::Model>> {
    Ok(Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::CertificationId.eq(certification))
        .order_by_desc(Column::Sequence)
        .all(db)
        .await?)
}

/// A person's periods that were not earned yet and can be.
pub(super) async fn open(
    permit: &Permit<'_>,
    person: PersonId,
) -> Result<Vec<(certificate::Model, certification::Model)>> {
    let rows = Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::IssuedAt.is_null())
        .filter(Column::WindowOpensAt.lte(permit.now()))
        .order_by_asc(Column::Id)
        .all(&permit.reader())
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let of = certification(&permit.reader(), row.certification_id).await?;
        found.push((row, of));
    }
    Ok(found)
}

/// Which courses the person has completed, as far as it counts for the period: a first one counts
/// everything, a later one what came since its window opened; and nothing counts that was learned
/// on a version of which a later one says that it is outdated.
pub(super) async fn completed(
    db: &DatabaseExecutor<'_>,
    period: &certificate::Model,
    route: &Route,
) -> Result<BTreeSet<String>> {
    let courses = course::Entity::find()
        .filter(course::Column::Slug.is_in(route.slugs()))
        .all(db)
        .await?;
    let ids: Vec<_> = courses.iter().map(|course| course.id).collect();
    let mut done = enrollment::Entity::find()
        .filter(enrollment::Column::PersonId.eq(period.person_id))
        .filter(enrollment::Column::CourseId.is_in(ids.iter().copied()))
        .filter(enrollment::Column::State.eq(EnrollmentState::Completed));
    if period.sequence > 1 {
        done = done.filter(enrollment::Column::CompletedAt.gte(period.window_opens_at));
    }
    let done = done.all(db).await?;
    let versions = course_version::Entity::find()
        .filter(course_version::Column::CourseId.is_in(ids))
        .filter(course_version::Column::State.ne(CourseVersionState::Draft))
        .all(db)
        .await?;
    let number_of = |row: &enrollment::Model| {
        versions
            .iter()
            .find(|version| version.id == row.course_version_id)
            .map_or(0, |version| version.number)
    };
    Ok(courses
        .into_iter()
        .filter(|course| {
            let needed = versions
                .iter()
                .filter(|version| version.course_id == course.id && version.outdates)
                .map(|version| version.number)
                .max()
                .unwrap_or(0);
            done.iter()
                .any(|row| row.course_id == course.id && number_of(row) >= needed)
        })
        .map(|course| course.slug)
        .collect())
}

/// Whether practical evidence was accepted for the period.
pub(super) async fn is_evidence_accepted(
    db: &DatabaseExecutor<'_>,
    period: CertificateId,
) -> Result<bool> {
    let found = certification_evidence::Entity::find()
        .filter(certification_evidence::Column::CertificateId.eq(period))
        .filter(certification_evidence::Column::State.eq(EvidenceState::Accepted))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// The partners in which the person has an active seat.
pub(super) async fn partners_of(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
) -> Result<Vec<PartnerId>> {
    let seats = membership::Entity::find()
        .filter(membership::Column::PersonId.eq(person))
        .filter(membership::Column::State.eq(MembershipState::Active))
        .order_by_asc(membership::Column::PartnerId)
        .all(db)
        .await?;
    Ok(seats.into_iter().map(|seat| seat.partner_id).collect())
}

/// Titles of the courses, in the order of their slugs in the route.
pub(super) async fn titles(db: &DatabaseExecutor<'_>, route: &Route) -> Result<Vec<String>> {
    let courses = course::Entity::find()
        .filter(course::Column::Slug.is_in(route.slugs()))
        .all(db)
        .await?;
    let title = |slug: &str| {
        let course = courses.iter().find(|course| course.slug == slug);
        course.map(|course| course.title.clone())
    };
    Ok(route.slugs().filter_map(title).collect())
}

/// Adds a period.
pub(super) async fn insert(permit: &Permit<'_>, row: certificate::Model) -> Result<CertificateId> {
    let id = row.id;
    Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(id)
}

/// Writes a period as it is now and counts the edit.
pub(super) async fn write(permit: &Permit<'_>, row: &certificate::Model) -> Result<()> {
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
