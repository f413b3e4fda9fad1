//! Getting onto a course: by oneself, assigned by a partner's administrator or by staff, or because
//! it is due again.

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::enrollment::{self, EnrollmentState, Entity};
use entity::id::{
    CertificateId, CertificationId, CourseId, EnrollmentId, LearningPathId, PartnerId, PersonId,
};
use entity::{
    certification, course, course_version, learning_path, learning_path_course, membership, partner,
};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};

use super::store::{self, Of};
use super::{remind, tell};
use crate::audience::includes;
use crate::auth::{Actor, Permission, Scope};
use crate::certification::period::{self, Asked};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::notification;
use crate::onboarding::due::{Due, end_of_day};
use crate::op::{Op, Permit, Tx};

/// The codes with which getting onto a course is refused.
pub const CODES: &[&str] = &[
    "ALREADY_ENROLLED",
    "NOT_MEMBER",
    "NOT_PUBLISHED",
    "OUT_OF_RANGE",
    "REQUIRED",
    "RETIRED",
    "TOO_MANY",
];

/// The most people whom one request assigns something to.
pub const PEOPLE: usize = 500;

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
    if rounds.iter().any(|row| {
        matches!(
            row.state,
            EnrollmentState::Enrolled | EnrollmentState::InProgress
        )
    }) {
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

/// What is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A course.
    Course(CourseId),
    /// The courses of a learning path, each after the one before.
    Path(LearningPathId),
    /// A certification, with the courses of its route.
    Certification(CertificationId),
}

/// Who is assigned what, for which partner and by when.
#[derive(Clone, Debug)]
pub struct Assign {
    /// What.
    pub what: What,
    /// For which partner.
    pub partner: PartnerId,
    /// Which of its members; none for all of them.
    pub people: Option<Vec<PersonId>>,
    /// The due day in each one's own time zone.
    pub due_on: Option<NaiveDate>,
}

/// What was assigned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// How many people are on something since now.
    pub people: usize,
    /// Their enrollments that are new.
    pub enrollments: Vec<EnrollmentId>,
    /// Their periods, where it was a certification.
    pub certificates: Vec<CertificateId>,
}

/// Assigns something to members of a partner. Who is on it already stays as they are.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn assign(op: &Op, input: Assign) -> Result<Assigned> {
    op.at_the_door()
        .unit(input, |tx, input| Box::pin(assign_all(tx, input)))
        .await
}

async fn assign_all(tx: &Tx, input: &Assign) -> Result<Assigned> {
    let actor = tx.op().actor();
    actor.known()?;
    if !actor.is_staff() && !actor.partners().any(|id| id == input.partner) {
        return Err(Error::NotFound("Partner"));
    }
    let permit = tx.permit(Permission::AssignCourses, Scope::Partner(input.partner))?;
    check_meant(
        &permit,
        input.what,
        partner::Column::Id.eq(input.partner).into(),
    )
    .await?;
    let seats = store::seats(&permit.reader(), Of::Partner(input.partner)).await?;
    let people = chosen(&seats, input.people.as_deref())?;
    if input
        .due_on
        .is_some_and(|day| day < permit.now().date_naive())
    {
        let message = "The due day is over: name one that is to come.";
        return Err(Refusal::new("OUT_OF_RANGE", message).at("dueOn").into());
    }
    let by = actor.person().map(|person| person.id);
    let mut assigned = Assigned::default();
    for person in people {
        let terms = terms(&permit, person, by, Some(input.partner), input.due_on).await?;
        give(&permit, input.what, person, &terms, &mut assigned).await?;
    }
    Ok(assigned)
}

/// Those in which the asker has a seat.
fn own_partners(permit: &Permit<'_>) -> Condition {
    let own = permit.op().actor().partners();
    partner::Column::Id.is_in(own).into()
}

/// Staff take and assign what they want; others what is meant for one of these partners, and are
/// not told of anything else.
async fn check_meant(permit: &Permit<'_>, what: What, partners: Condition) -> Result<()> {
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

/// The members who are meant; every one who is named has to be one.
fn chosen(seats: &[membership::Model], named: Option<&[PersonId]>) -> Result<Vec<PersonId>> {
    let members: Vec<PersonId> = seats.iter().map(|seat| seat.person_id).collect();
    let Some(named) = named else {
        return at_most(members, "partner");
    };
    if named.is_empty() {
        let message = "Name somebody, or leave `people` out for all members.";
        return Err(Refusal::new("REQUIRED", message).at("people").into());
    }
    let mut faults = Vec::new();
    for (index, person) in named.iter().enumerate() {
        if !members.contains(person) {
            let message = "This is no active member of the partner.";
            faults.push(Refusal::new("NOT_MEMBER", message).at(&format!("people.{index}")));
        }
    }
    if !faults.is_empty() {
        return Err(Error::Refused(faults));
    }
    let mut named = named.to_vec();
    named.sort_unstable();
    named.dedup();
    at_most(named, "people")
}

fn at_most(people: Vec<PersonId>, at: &str) -> Result<Vec<PersonId>> {
    if people.len() > PEOPLE {
        let message = format!("At most {PEOPLE} people at once: name some of them.");
        return Err(Refusal::new("TOO_MANY", message).at(at).into());
    }
    Ok(people)
}

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
            in_order(&db, to_do).await?
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

/// What is to be completed, the exam after everything else that has to be.
async fn in_order(
    db: &DatabaseExecutor<'_>,
    to_do: period::ToDo,
) -> Result<Vec<(course::Model, Vec<String>)>> {
    let slugs = to_do.courses.iter().chain(&to_do.exam).map(String::as_str);
    let courses = store::by_slugs(db, slugs).await?;
    let find = |slug: &String| {
        let is_offered = |course: &&course::Model| {
            course.slug == *slug && course.state == course::CourseState::Published
        };
        courses.iter().find(is_offered).cloned()
    };
    let before = to_do
        .courses
        .iter()
        .filter_map(find)
        .map(|course| (course, Vec::new()));
    let mut found: Vec<_> = before.collect();
    if let Some(exam) = to_do.exam.as_ref().and_then(find) {
        // Where only some of the courses are needed, the exam waits for none in particular.
        let first = if to_do.all {
            to_do.courses.clone()
        } else {
            Vec::new()
        };
        found.push((exam, first));
    }
    Ok(found)
}

/// The asker goes for a certification: a period of theirs opens, and they are on the courses of its
/// route.
///
/// # Errors
/// `RETIRED`, `NOT_PUBLISHED`.
pub async fn pursue(op: &Op, id: CertificationId) -> Result<CertificateId> {
    op.at_the_door()
        .unit(id, |tx, &id| {
            Box::pin(async move {
                let person = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
                let permit = tx.permit(Permission::Learn, Scope::Person(person))?;
                let what = What::Certification(id);
                check_meant(&permit, what, own_partners(&permit)).await?;
                let mut assigned = Assigned::default();
                give(&permit, what, person, &Terms::default(), &mut assigned).await?;
                assigned
                    .certificates
                    .first()
                    .copied()
                    .ok_or_else(|| Error::fault("no period was opened"))
            })
        })
        .await
}

/// Gives a course up: by whoever is on it, unless it was assigned; by who can assign it otherwise.
///
/// # Errors
/// `CLOSED`, `CONFLICT`, `ASSIGNED`.
pub async fn withdraw(op: &Op, id: EnrollmentId, expected_version: i32) -> Result<EnrollmentId> {
    op.at_the_door()
        .unit((id, expected_version), |tx, &(id, version)| {
            Box::pin(async move {
                let actor = tx.op().actor();
                actor.known()?;
                let row = store::enrollment(&tx.reader(), id).await?;
                let is_own = actor.person().is_some_and(|it| it.id == row.person_id);
                let permit = if is_own {
                    tx.permit(Permission::Learn, Scope::Person(row.person_id))?
                } else {
                    let seen = actor.is_staff()
                        || row
                            .assigned_for
                            .is_some_and(|id| actor.partners().any(|own| own == id));
                    if !seen {
                        return Err(Error::NotFound("Enrollment"));
                    }
                    let scope = row.assigned_for.map_or(Scope::Portal, Scope::Partner);
                    tx.permit(Permission::AssignCourses, scope)?
                };
                if matches!(
                    row.state,
                    EnrollmentState::Completed | EnrollmentState::Withdrawn
                ) {
                    return Err(Refusal::new("CLOSED", "It is over already.").into());
                }
                if is_own
                    && (row.refreshes || row.assigned_by.is_some_and(|by| by != row.person_id))
                {
                    let message = "It was assigned to you: ask who did so to take it back.";
                    return Err(Refusal::new("ASSIGNED", message).into());
                }
                crate::submission::check_revision(version, row.version)?;
                let withdrawn = enrollment::Model {
                    state: EnrollmentState::Withdrawn,
                    withdrawn_at: Some(permit.now()),
                    ..row
                };
                store::write(&permit, &withdrawn).await?;
                Ok(id)
            })
        })
        .await
}
