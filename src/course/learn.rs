//! Learning: a lesson is opened, takes its time, is completed; with the last one the course is.
//!
//! One short unit of work each. Whether a course is completed is asked of its lessons every time,
//! so two tabs, double clicks and repetitions change nothing; and what follows from it, the
//! certificate and the onboarding's step, happens in the same unit of work.

use entity::enrollment::{self, EnrollmentState};
use entity::id::{EnrollmentId, LessonId, LessonProgressId};
use entity::lesson_kind::LessonKind;
use entity::lesson_progress::{self, Column, Entity};
use entity::{course, lesson};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{enroll, remind, store};
use crate::auth::{Permission, Scope};
use crate::certification;
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail};
use crate::op::{Op, Permit, Tx};

/// The codes with which learning is refused.
pub const CODES: &[&str] = &["CLOSED", "OUT_OF_RANGE", "PREREQUISITES", "QUIZ_FIRST"];

/// The most seconds that one record adds.
pub const SECONDS: i32 = 3600;

/// What happened to a lesson.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// On which enrollment of one's own.
    pub enrollment: EnrollmentId,
    /// Which lesson.
    pub lesson: LessonId,
    /// How long it was open since the last record, in seconds; no more than has passed counts.
    pub seconds: i32,
    /// Whether it is completed.
    pub completed: bool,
}

/// Records what happened to a lesson. What was recorded before stays: a lesson that was completed
/// is not taken back.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn record(op: &Op, record: Record) -> Result<LessonProgressId> {
    op.at_the_door()
        .unit(record, |tx, record| Box::pin(write(tx, record)))
        .await
}

async fn write(tx: &Tx, record: &Record) -> Result<LessonProgressId> {
    let (permit, row) = own(tx, record.enrollment).await?;
    if !(0..=SECONDS).contains(&record.seconds) {
        let message = format!("Between 0 and {SECONDS} seconds.");
        return Err(Refusal::new("OUT_OF_RANGE", message).at("seconds").into());
    }
    let lesson = lesson_of(&permit, &row, record.lesson).await?;
    if record.completed && lesson.kind == LessonKind::Quiz {
        let message = "A quiz is completed by passing it: begin it with quizStart.";
        return Err(Refusal::new("QUIZ_FIRST", message).at("completed").into());
    }
    let row = begin(&permit, row).await?;
    let id = touch(&permit, &row, &lesson, record.seconds, record.completed).await?;
    Ok(id)
}

/// The asker's own enrollment, if it goes on.
pub(super) async fn own(tx: &Tx, id: EnrollmentId) -> Result<(Permit<'_>, enrollment::Model)> {
    tx.op().actor().known()?;
    let person = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
    let permit = tx.permit(Permission::Learn, Scope::Person(person))?;
    let row = store::enrollment(&permit.reader(), id).await?;
    if row.person_id != person {
        return Err(Error::NotFound("Enrollment"));
    }
    if row.state == EnrollmentState::Withdrawn {
        return Err(Refusal::new("CLOSED", "This enrollment was given up.").into());
    }
    check_prerequisites(&permit, &row).await?;
    Ok((permit, row))
}

async fn check_prerequisites(permit: &Permit<'_>, row: &enrollment::Model) -> Result<()> {
    if row.state != EnrollmentState::Enrolled {
        return Ok(());
    }
    let requires: Vec<String> = serde_json::from_value(row.requires.clone())?;
    let missing = store::missing(&permit.reader(), row.person_id, &requires).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Complete these first: {}.", missing.join(", "));
    Err(Refusal::new("PREREQUISITES", message).into())
}

/// A lesson of the version that the enrollment is on.
pub(super) async fn lesson_of(
    permit: &Permit<'_>,
    row: &enrollment::Model,
    id: LessonId,
) -> Result<lesson::Model> {
    lesson::Entity::find_by_id(id)
        .filter(lesson::Column::CourseVersionId.eq(row.course_version_id))
        .one(&permit.reader())
        .await?
        .ok_or(Error::NotFound("Lesson"))
}

/// The enrollment, which has begun with this at the latest.
pub(super) async fn begin(
    permit: &Permit<'_>,
    row: enrollment::Model,
) -> Result<enrollment::Model> {
    if row.state != EnrollmentState::Enrolled {
        return Ok(row);
    }
    let begun = enrollment::Model {
        state: EnrollmentState::InProgress,
        started_at: Some(permit.now()),
        ..row
    };
    store::write(permit, &begun).await?;
    Ok(enrollment::Model {
        version: begun.version + 1,
        ..begun
    })
}

/// Notes that the lesson was open, and perhaps that it is completed; the course may be with it.
pub(super) async fn touch(
    permit: &Permit<'_>,
    row: &enrollment::Model,
    lesson: &lesson::Model,
    seconds: i32,
    completed: bool,
) -> Result<LessonProgressId> {
    let now = permit.now();
    let earlier = Entity::find()
        .filter(Column::EnrollmentId.eq(row.id))
        .filter(Column::LessonId.eq(lesson.id))
        .one(&permit.reader())
        .await?;
    let was_completed = earlier.as_ref().is_some_and(|it| it.completed_at.is_some());
    let completed_at = earlier
        .as_ref()
        .and_then(|it| it.completed_at)
        .or(completed.then_some(now));
    let id = if let Some(earlier) = earlier {
        let passed = (now - earlier.seen_at).num_seconds();
        let seconds = seconds.min(i32::try_from(passed).unwrap_or(SECONDS));
        let next = lesson_progress::Model {
            seen_at: now,
            seconds: earlier.seconds.saturating_add(seconds.max(0)),
            completed_at,
            ..earlier
        };
        let id = next.id;
        next.into_active_model()
            .reset_all()
            .update(permit.writer())
            .await?;
        id
    } else {
        let first = lesson_progress::Model {
            id: permit.new_id(),
            enrollment_id: row.id,
            lesson_id: lesson.id,
            person_id: row.person_id,
            opened_at: now,
            seen_at: now,
            completed_at,
            seconds: 0,
        };
        let id = first.id;
        Entity::insert(first.into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
        id
    };
    if completed && !was_completed {
        let course = store::course(&permit.reader(), row.course_id).await?;
        let detail = Detail::LessonCompleted {
            course: course.slug.clone(),
            lesson: lesson.key.clone(),
        };
        fact::record(permit, enroll::about(row), &detail).await?;
        complete(permit, row, &course).await?;
    }
    Ok(id)
}

/// Completes the course where every lesson of it is.
async fn complete(
    permit: &Permit<'_>,
    row: &enrollment::Model,
    course: &course::Model,
) -> Result<()> {
    let is_over = row.state == EnrollmentState::Completed;
    if is_over || store::lessons_left(&permit.reader(), row).await? > 0 {
        return Ok(());
    }
    let completed = enrollment::Model {
        state: EnrollmentState::Completed,
        completed_at: Some(permit.now()),
        ..row.clone()
    };
    store::write(permit, &completed).await?;
    let detail = Detail::CourseCompleted {
        course: course.slug.clone(),
    };
    fact::record(permit, enroll::about(&completed), &detail).await?;
    remind::promise_refresher(permit, &completed, course).await?;
    certification::learned(permit, row.person_id).await
}

/// How many lessons of an enrollment are left.
pub(super) async fn left(permit: &Permit<'_>, row: &enrollment::Model) -> Result<u32> {
    let left = store::lessons_left(&permit.reader(), row).await?;
    Ok(u32::try_from(left).unwrap_or(u32::MAX))
}
