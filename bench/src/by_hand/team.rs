//! A page of a team: six statements. Whoever sees a member's enrollments sees the courses, so that
//! their titles are joined and no rule is asked of them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::{Nodes, instant};
use crate::{Asker, by_shapes, team_admin, team_partner};

/// Id, person, state, due day, end of it, version of the course, title of the course.
type EnrollmentRow = (
    Uuid,
    Uuid,
    String,
    Option<NaiveDate>,
    Option<DateTime<Utc>>,
    Uuid,
    String,
);
/// Person, end, number, title, revoked, outdated, days of the window.
type CertificateRow = (
    Uuid,
    Option<DateTime<Utc>>,
    String,
    String,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    i32,
);

#[derive(Serialize)]
struct Data<'r> {
    node: Option<Partner<'r>>,
}

#[derive(Serialize)]
struct Partner<'r> {
    memberships: Nodes<Seat<'r>>,
}

#[derive(Serialize)]
struct Seat<'r> {
    person: Person<'r>,
}

#[derive(Serialize)]
struct Person<'r> {
    name: &'r str,
    enrollments: Nodes<Enrollment<'r>>,
    certificates: Nodes<Certificate<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Enrollment<'r> {
    state: &'r str,
    due_on: Option<NaiveDate>,
    is_overdue: bool,
    completed_lesson_count: i64,
    course: Titled<'r>,
    course_version: Version,
}

#[derive(Serialize)]
struct Titled<'r> {
    title: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    lesson_count: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate<'r> {
    state: &'static str,
    valid_until: Option<String>,
    number: &'r str,
    certification: Titled<'r>,
}

/// Who may be read: everybody by staff, the members of now by their administrator.
const TEAM: &str = "AND ($2 OR person_id = $3 OR person_id IN (SELECT person_id FROM membership \
     WHERE partner_id = $4 AND state = 'ACTIVE'))";

pub(super) async fn team(pool: &PgPool, asker: Asker) -> sqlx::Result<Vec<u8>> {
    let (is_staff, me, partner) = (asker == Asker::Staff, team_admin(), team_partner());
    let mut connection = pool.acquire().await?;
    let found: Option<(Uuid,)> =
        sqlx::query_as("SELECT id FROM partner WHERE id = $1 AND ($2 OR id = $3)")
            .bind(partner)
            .bind(is_staff)
            .bind(by_shapes::row(3, 2001))
            .fetch_optional(&mut *connection)
            .await?;
    if found.is_none() {
        return Ok(super::json(Data { node: None }));
    }
    let seats: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT person.id, person.name FROM membership JOIN person ON person.id = person_id \
         WHERE partner_id = $1 AND membership.state = 'ACTIVE' ORDER BY joined_at, membership.id \
         LIMIT 50",
    )
    .bind(partner)
    .fetch_all(&mut *connection)
    .await?;
    let people: Vec<Uuid> = seats.iter().map(|seat| seat.0).collect();
    let enrollments: Vec<EnrollmentRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT page.id, person_id, page.state, due_on, due_at, course_version_id, title \
         FROM unnest($1) AS parent(id) CROSS JOIN LATERAL (SELECT * FROM enrollment \
         WHERE person_id = parent.id {TEAM} ORDER BY enrolled_at DESC, id DESC LIMIT 30) AS page \
         JOIN course ON course.id = course_id ORDER BY enrolled_at DESC, page.id DESC"
    )))
    .bind(&people)
    .bind(is_staff)
    .bind(me)
    .bind(partner)
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = enrollments.iter().map(|row| row.0).collect();
    let completed: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT enrollment_id, count(*) FROM lesson_progress WHERE enrollment_id = ANY($1) \
         AND completed_at IS NOT NULL GROUP BY enrollment_id",
    )
    .bind(&ids)
    .fetch_all(&mut *connection)
    .await?;
    let mut versions: Vec<Uuid> = enrollments.iter().map(|row| row.5).collect();
    versions.sort_unstable();
    versions.dedup();
    let lessons: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT course_version_id, count(*) FROM lesson WHERE course_version_id = ANY($1) \
         GROUP BY course_version_id",
    )
    .bind(&versions)
    .fetch_all(&mut *connection)
    .await?;
    let certificates: Vec<CertificateRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT person_id, valid_until, number, title, revoked_at, outdated_at, page.window_days \
         FROM unnest($1) AS parent(id) CROSS JOIN LATERAL (SELECT * FROM certificate \
         WHERE person_id = parent.id AND issued_at IS NOT NULL {TEAM} \
         ORDER BY window_opens_at DESC, id DESC LIMIT 5) AS page \
         JOIN certification ON certification.id = certification_id \
         ORDER BY window_opens_at DESC, page.id DESC"
    )))
    .bind(&people)
    .bind(is_staff)
    .bind(me)
    .bind(partner)
    .fetch_all(&mut *connection)
    .await?;
    drop(connection);
    let completed = completed.into_iter().collect();
    let lessons = lessons.into_iter().collect();
    Ok(answer(
        &seats,
        &enrollments,
        &completed,
        &lessons,
        &certificates,
    ))
}

fn answer(
    seats: &[(Uuid, String)],
    enrollments: &[EnrollmentRow],
    completed: &HashMap<Uuid, i64>,
    lessons: &HashMap<Uuid, i64>,
    certificates: &[CertificateRow],
) -> Vec<u8> {
    let now = Utc::now();
    let mut enrollments_of: HashMap<Uuid, Vec<Enrollment<'_>>> = HashMap::new();
    for (id, person, state, due_on, due_at, version, title) in enrollments {
        let goes_on = state == "ENROLLED" || state == "IN_PROGRESS";
        enrollments_of.entry(*person).or_default().push(Enrollment {
            state,
            due_on: *due_on,
            is_overdue: goes_on && due_at.is_some_and(|due| due < now),
            completed_lesson_count: completed.get(id).copied().unwrap_or(0),
            course: Titled { title },
            course_version: Version {
                lesson_count: lessons.get(version).copied().unwrap_or(0),
            },
        });
    }
    let mut certificates_of: HashMap<Uuid, Vec<Certificate<'_>>> = HashMap::new();
    for (person, until, number, title, revoked, outdated, window) in certificates {
        let window = TimeDelta::days((*window).into());
        let state = if revoked.is_some() {
            "REVOKED"
        } else if until.is_some_and(|until| until <= now) {
            "EXPIRED"
        } else if outdated.is_some() || until.is_some_and(|until| until - window <= now) {
            "EXPIRING"
        } else {
            "VALID"
        };
        certificates_of
            .entry(*person)
            .or_default()
            .push(Certificate {
                state,
                valid_until: until.map(instant),
                number,
                certification: Titled { title },
            });
    }
    let nodes = seats.iter().map(|(id, name)| Seat {
        person: Person {
            name,
            enrollments: Nodes {
                nodes: enrollments_of.remove(id).unwrap_or_default(),
            },
            certificates: Nodes {
                nodes: certificates_of.remove(id).unwrap_or_default(),
            },
        },
    });
    let memberships = Nodes {
        nodes: nodes.collect(),
    };
    super::json(Data {
        node: Some(Partner { memberships }),
    })
}
