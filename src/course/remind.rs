//! Reminders of courses: due soon, overdue, due again. Promised when there is cause, kept if there
//! still is.

use chrono::{Days, Months};
use chrono_tz::Tz;
use entity::enrollment::{self, EnrollmentState};
use entity::id::EnrollmentId;
use entity::{course, person};
use serde::{Deserialize, Serialize};

use super::enroll::{put, terms};
use super::learn;
use super::store::{self, Of};
use crate::error::Result;
use crate::notification::{self, Letter};
use crate::onboarding::due::{Due, due_soon_at, overdue_at};
use crate::op::Permit;
use crate::outbox::{self, Job};
use crate::partner::store as partners;
use crate::shape::global_id;

/// Days before a course is due again at which its learner is put on it.
const REFRESHER_AHEAD: u64 = 30;

macro_rules! promises {
    ($($(#[doc = $about:literal])+ $name:ident = $kind:literal),+ $(,)?) => {$(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// Which enrollment.
            pub enrollment: EnrollmentId,
        }

        impl Job for $name {
            const KIND: &'static str = $kind;
        }
    )+};
}

promises!(
    /// The promise to remind of a course before it is due.
    CourseDueSoon = "course.due_soon",
    /// The promise to tell that a course is overdue.
    CourseOverdue = "course.overdue",
    /// The promise to put somebody on a course again.
    RefresherDue = "course.refresher",
);

/// Promises the reminders of an enrollment that has a due day.
pub(super) async fn promise(permit: &Permit<'_>, row: &enrollment::Model) -> Result<()> {
    let (Some(on), Some(at)) = (row.due_on, row.due_at) else {
        return Ok(());
    };
    let (due, now, enrollment) = (Due { on, at }, permit.now(), row.id);
    let zone = zone(&store::person(&permit.reader(), row.person_id).await?);
    if let Some(when) = due_soon_at(due, zone, now) {
        let key = format!("{}:{enrollment}:{on}", CourseDueSoon::KIND);
        outbox::promise_once(permit, &CourseDueSoon { enrollment }, when, key).await?;
    }
    let key = format!("{}:{enrollment}:{on}", CourseOverdue::KIND);
    let when = overdue_at(due, now);
    outbox::promise_once(permit, &CourseOverdue { enrollment }, when, key).await
}

/// Promises to put the learner on the course again, where it is due again after some months.
pub(super) async fn promise_refresher(
    permit: &Permit<'_>,
    row: &enrollment::Model,
    course: &course::Model,
) -> Result<()> {
    let months = course.refresh_months.and_then(|it| u32::try_from(it).ok());
    let due = months.and_then(|months| permit.now().checked_add_months(Months::new(months)));
    let Some(due) = due else { return Ok(()) };
    let when = due
        .checked_sub_days(Days::new(REFRESHER_AHEAD))
        .unwrap_or(due)
        .max(permit.now());
    let enrollment = row.id;
    let key = format!("{}:{enrollment}", RefresherDue::KIND);
    outbox::promise_once(permit, &RefresherDue { enrollment }, when, key).await
}

/// Keeps the promise: reminds the learner, if the course is not completed.
///
/// # Errors
/// What the database said.
pub async fn due_soon(permit: &Permit<'_>, job: &CourseDueSoon) -> Result<()> {
    let Some((row, course)) = under_way(permit, job.enrollment).await? else {
        return Ok(());
    };
    let Some(due_on) = row.due_on else {
        return Ok(());
    };
    let letter = Letter::CourseDueSoon {
        course: course.title,
        due_on,
        lessons_left: learn::left(permit, &row).await?,
        enrollment: global_id("Enrollment", row.id.0),
    };
    notification::tell(permit, row.person_id, row.assigned_for, letter).await
}

/// Keeps the promise: tells the learner and, where a partner assigned it, its administrators.
///
/// # Errors
/// What the database said.
pub async fn overdue(permit: &Permit<'_>, job: &CourseOverdue) -> Result<()> {
    let Some((row, course)) = under_way(permit, job.enrollment).await? else {
        return Ok(());
    };
    let Some(due_on) = row.due_on else {
        return Ok(());
    };
    let letter = Letter::CourseOverdue {
        course: course.title.clone(),
        due_on,
        lessons_left: learn::left(permit, &row).await?,
        enrollment: global_id("Enrollment", row.id.0),
    };
    notification::tell(permit, row.person_id, row.assigned_for, letter).await?;
    tell_admins(permit, &row, &course).await
}

/// Tells the administrators of the partner for which it was assigned, if the learner is still there.
async fn tell_admins(
    permit: &Permit<'_>,
    row: &enrollment::Model,
    course: &course::Model,
) -> Result<()> {
    let db = permit.reader();
    let (Some(partner), Some(due_on)) = (row.assigned_for, row.due_on) else {
        return Ok(());
    };
    let seats = store::seats(&db, Of::Person(row.person_id)).await?;
    if !seats.iter().any(|seat| seat.partner_id == partner) {
        return Ok(());
    }
    let letter = Letter::MemberOverdue {
        member: store::person(&db, row.person_id).await?.name,
        partner: partners::partner(&db, partner).await?.legal_name,
        course: course.title.clone(),
        due_on,
    };
    for seat in store::seats(&db, Of::Admins(partner)).await? {
        if seat.person_id != row.person_id {
            notification::tell(permit, seat.person_id, Some(partner), letter.clone()).await?;
        }
    }
    Ok(())
}

/// Keeps the promise: puts the learner on the course again, unless they are already, or have left
/// every partner.
///
/// # Errors
/// What the database said.
pub async fn refresher(permit: &Permit<'_>, job: &RefresherDue) -> Result<()> {
    let db = permit.reader();
    let row = store::enrollment(&db, job.enrollment).await?;
    let course = store::course(&db, row.course_id).await?;
    let rounds = store::rounds(&db, row.person_id, row.course_id).await?;
    let is_last = rounds.first().is_some_and(|last| last.id == row.id);
    let stays = !store::seats(&db, Of::Person(row.person_id))
        .await?
        .is_empty();
    let months = course.refresh_months.and_then(|it| u32::try_from(it).ok());
    let (Some(completed), Some(months)) = (row.completed_at, months) else {
        return Ok(());
    };
    let is_offered = course.state == course::CourseState::Published;
    let due = completed.checked_add_months(Months::new(months));
    let Some(due) = due.filter(|_| is_last && stays && is_offered) else {
        return Ok(());
    };
    let learner = store::person(&db, row.person_id).await?;
    let zone = zone(&learner);
    let due_on = due.with_timezone(&zone).date_naive();
    let mut terms = terms(permit, row.person_id, None, row.assigned_for, Some(due_on)).await?;
    terms.refreshes = true;
    let Some(again) = put(permit, &course, row.person_id, &terms).await? else {
        return Ok(());
    };
    let letter = Letter::RefresherDue {
        course: course.title,
        completed_on: completed.with_timezone(&zone).date_naive(),
        due_on,
        enrollment: global_id("Enrollment", again.id.0),
    };
    notification::tell(permit, row.person_id, row.assigned_for, letter).await
}

/// The enrollment with its course, if it is neither completed nor given up.
async fn under_way(
    permit: &Permit<'_>,
    id: EnrollmentId,
) -> Result<Option<(enrollment::Model, course::Model)>> {
    let db = permit.reader();
    let row = store::enrollment(&db, id).await?;
    if !matches!(
        row.state,
        EnrollmentState::Enrolled | EnrollmentState::InProgress
    ) {
        return Ok(None);
    }
    let course = store::course(&db, row.course_id).await?;
    Ok(Some((row, course)))
}

fn zone(person: &person::Model) -> Tz {
    person.time_zone.parse().unwrap_or(Tz::UTC)
}
