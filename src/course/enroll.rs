//! Getting onto a course: a round of it begins, on the version on which people start now.

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::enrollment::{self, EnrollmentState, Entity};
use entity::id::{CourseId, EnrollmentId, PartnerId, PersonId};
use entity::{course, course_version};
use sea_orm::{ActiveModelTrait, DatabaseExecutor, EntityTrait, IntoActiveModel};

use super::meant::{What, check_meant, own_partners};
use super::{remind, store};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::onboarding::due::{Due, end_of_day};
use crate::op::{Op, Permit};

/// The codes with which getting onto a course is refused.
pub const CODES: &[&str] = &["ALREADY_ENROLLED", "NOT_PUBLISHED"];

/// Enrolls the asker on a course for which they are meant. A course that was completed can be taken
/// again.
///
/// # Errors
/// `NOT_PUBLISHED`, `ALREADY_ENROLLED`.
pub async fn enroll(op: &Op, id: CourseId) -> Result<EnrollmentId> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let person = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
            let permit = tx.permit(Permission::Learn, Scope::Person(person))?;
            let db = permit.reader();
            check_meant(&permit, What::Course(id), own_partners(&permit)).await?;
            let course = store::course(&db, id).await?;
            let row = put(&permit, &course, person, &Terms::default()).await?;
            let row = row.ok_or_else(|| {
                let message = "You are on this course already: go on where you stopped.";
                Refusal::new("ALREADY_ENROLLED", message)
            })?;
            Ok(row.id)
        })
    })
    .await
}

/// On whose wish somebody is on a course, and until when it is to be done.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    pub(super) by: Option<PersonId>,
    pub(super) partner: Option<PartnerId>,
    pub(super) due: Option<Due>,
    /// Slugs of courses that come first, beside the course's own.
    pub(super) after: Vec<String>,
    pub(super) refreshes: bool,
}

/// The terms of one person, whose day ends in their own time zone.
pub(super) async fn terms(
    permit: &Permit<'_>,
    person: PersonId,
    by: Option<PersonId>,
    partner: Option<PartnerId>,
    due_on: Option<NaiveDate>,
) -> Result<Terms> {
    let due = match due_on {
        Some(day) => {
            let learner = store::person(&permit.reader(), person).await?;
            let zone: Tz = learner.time_zone.parse().unwrap_or(Tz::UTC);
            end_of_day(day, zone).map(|at| Due { on: day, at })
        }
        None => None,
    };
    Ok(Terms {
        by,
        partner,
        due,
        ..Terms::default()
    })
}

/// Puts a person on the version on which people start now; nothing where they are on the course
/// already.
pub(super) async fn put(
    permit: &Permit<'_>,
    course: &course::Model,
    person: PersonId,
    terms: &Terms,
) -> Result<Option<enrollment::Model>> {
    let db = permit.reader();
    let rounds = store::rounds(&db, person, course.id).await?;
    if rounds.iter().any(is_open) {
        return Ok(None);
    }
    let version = offered(&db, course).await?;
    let mut requires: Vec<String> = serde_json::from_value(version.prerequisites.clone())?;
    requires.extend(
        terms
            .after
            .iter()
            .filter(|slug| **slug != course.slug)
            .cloned(),
    );
    requires.dedup();
    let row = enrollment::Model {
        id: permit.new_id(),
        person_id: person,
        course_id: course.id,
        course_version_id: version.id,
        round: rounds.first().map_or(1, |row| row.round + 1),
        state: EnrollmentState::Enrolled,
        requires: serde_json::to_value(requires)?,
        assigned_by: terms.by,
        assigned_for: terms.partner,
        due_on: terms.due.map(|due| due.on),
        due_at: terms.due.map(|due| due.at),
        refreshes: terms.refreshes,
        enrolled_at: permit.now(),
        started_at: None,
        completed_at: None,
        withdrawn_at: None,
        version: 1,
    };
    Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    let detail = Detail::CourseEnrolled {
        course: course.slug.clone(),
        round: row.round,
    };
    fact::record(permit, about(&row), &detail).await?;
    remind::promise(permit, &row).await?;
    Ok(Some(row))
}

/// Whether somebody is on it still.
pub(super) fn is_open(row: &enrollment::Model) -> bool {
    matches!(
        row.state,
        EnrollmentState::Enrolled | EnrollmentState::InProgress
    )
}

/// What facts about an enrollment name: it is a person's, and no partner's.
pub(super) fn about(row: &enrollment::Model) -> About {
    About {
        partner: None,
        person: Some(row.person_id),
        subject: row.id.0,
    }
}

async fn offered(
    db: &DatabaseExecutor<'_>,
    course: &course::Model,
) -> Result<course_version::Model> {
    let published = store::published(db, course.id).await?;
    published
        .filter(|_| course.state == course::CourseState::Published)
        .ok_or_else(|| {
            let message = format!("Nobody can start on `{}` now.", course.slug);
            Refusal::new("NOT_PUBLISHED", message).into()
        })
}
