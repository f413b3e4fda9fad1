//! What one person gets of what is assigned or wished for: courses in their order, perhaps a period of
//! a certification, and one letter.

use std::collections::BTreeSet;

use entity::enrollment::EnrollmentState;
use entity::id::{CertificateId, CourseId, EnrollmentId, LearningPathId, PersonId};
use entity::{course, learning_path, learning_path_course};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::enroll::{Terms, is_open, put};
use super::meant::What;
use super::{store, tell};
use crate::auth::Actor;
use crate::certification::period::{self, Asked};
use crate::error::{Error, Refusal, Result};
use crate::notification;
use crate::op::Permit;

/// What was assigned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// How many people are on something since now.
    pub people: usize,
    /// Their enrollments that are new.
    pub enrollments: Vec<EnrollmentId>,
    /// Their periods, where it was a certification.
    pub certificates: Vec<CertificateId>,
    /// Slugs of courses that can be done without, and that nobody was put on: nobody starts on them
    /// now.
    #[serde(default)]
    pub left_out: BTreeSet<String>,
}

/// Gives one person what is assigned, and tells them in one letter.
pub(super) async fn give(
    permit: &Permit<'_>,
    what: What,
    person: PersonId,
    terms: &Terms,
    assigned: &mut Assigned,
) -> Result<()> {
    let db = permit.reader();
    let mut toward = None;
    let courses = match what {
        What::Course(id) => vec![(store::course(&db, id).await?, Vec::new())],
        What::Path(id) => along(&db, id).await?,
        What::Certification(id) => {
            let certification = period::offered(permit, id).await?;
            let asked = Asked {
                by: terms.by,
                partner: terms.partner,
                due_at: terms.due.map(|due| due.at),
            };
            let period = period::open(permit, &certification, person, asked).await?;
            assigned.certificates.push(period);
            let to_do = period::to_do(permit, &certification, period).await?;
            toward = Some(certification.title);
            in_order(&db, person, to_do, &mut assigned.left_out).await?
        }
    };
    let mut fresh = Vec::new();
    for (course, after) in courses {
        // What a renewal asks for is taken again; anything else is not assigned to who has it.
        if toward.is_none() && has_completed(&db, person, course.id).await? {
            continue;
        }
        let terms = Terms {
            after,
            ..terms.clone()
        };
        if let Some(row) = put(permit, &course, person, &terms).await? {
            assigned.enrollments.push(row.id);
            fresh.push((course, row));
        }
    }
    // Whoever has completed all of it has perhaps earned the certificate already.
    if toward.is_some() {
        crate::certification::learned(permit, person).await?;
    }
    if fresh.is_empty() {
        return Ok(());
    }
    assigned.people += 1;
    if terms.by == Some(person) || (terms.by.is_none() && *permit.op().actor() != Actor::System) {
        return Ok(());
    }
    let letter = tell::assigned(&db, &fresh, toward, terms).await?;
    notification::tell(permit, person, terms.partner, letter).await
}

async fn has_completed(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
    course: CourseId,
) -> Result<bool> {
    let rounds = store::rounds(db, person, course).await?;
    Ok(rounds
        .iter()
        .any(|row| row.state == EnrollmentState::Completed))
}

/// The courses of a path, each with the one before it.
async fn along(
    db: &DatabaseExecutor<'_>,
    id: LearningPathId,
) -> Result<Vec<(course::Model, Vec<String>)>> {
    let path = learning_path::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("LearningPath"))?;
    if path.retired_at.is_some() {
        let message = "Nobody is assigned to this path any more.";
        return Err(Refusal::new("RETIRED", message).into());
    }
    let stops = learning_path_course::Entity::find()
        .filter(learning_path_course::Column::LearningPathId.eq(id))
        .order_by_asc(learning_path_course::Column::Position)
        .all(db)
        .await?;
    let mut found: Vec<(course::Model, Vec<String>)> = Vec::with_capacity(stops.len());
    for stop in stops {
        let before = found.last().map(|(course, _)| course.slug.clone());
        let course = store::course(db, stop.course_id).await?;
        found.push((course, before.into_iter().collect()));
    }
    Ok(found)
}

/// What is to be completed, the exam after everything else that has to be. What nobody can start on
/// is left out where it can be done without, and refused where it cannot: a certificate that cannot
/// be earned is not worth going for.
async fn in_order(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
    to_do: period::ToDo,
    left_out: &mut BTreeSet<String>,
) -> Result<Vec<(course::Model, Vec<String>)>> {
    let known = store::by_slugs(db, to_do.slugs()).await?;
    let (mut found, mut closed) = (Vec::new(), Vec::new());
    for slug in to_do.slugs() {
        let course = known.iter().find(|course| course.slug == slug);
        match course {
            Some(course) if can_go_on(db, person, course).await? => found.push(course.clone()),
            Some(_) | None => closed.push(slug.to_owned()),
        }
    }
    let exam = to_do.exam.as_ref();
    let is_exam_closed = exam.is_some_and(|exam| closed.contains(exam));
    let courses = found.iter().filter(|course| Some(&course.slug) != exam);
    if is_exam_closed || courses.count() < to_do.needed {
        let message = format!(
            "Nobody can start on these now, and without them it cannot be earned: {}.",
            closed.join(", ")
        );
        return Err(Refusal::new("NOT_PUBLISHED", message).into());
    }
    left_out.extend(closed);
    let after = |course: &course::Model| {
        // Where only some of the courses are needed, the exam waits for none in particular.
        if to_do.all && Some(&course.slug) == exam {
            to_do.courses.clone()
        } else {
            Vec::new()
        }
    };
    let found = found.into_iter().map(|course| {
        let after = after(&course);
        (course, after)
    });
    Ok(found.collect())
}

/// Whether the person can start on the course, or is on it.
async fn can_go_on(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
    course: &course::Model,
) -> Result<bool> {
    if course.state == course::CourseState::Published {
        return Ok(true);
    }
    let rounds = store::rounds(db, person, course.id).await?;
    Ok(rounds.iter().any(is_open))
}
