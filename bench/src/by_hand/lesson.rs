//! A lesson is completed: the same rows, in one transaction.

use chrono::{SubsecRound, Utc};
use serde::Serialize;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::Slot;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    lesson_record: Recorded,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Recorded {
    progress: Progress,
    user_errors: [(); 0],
}

#[derive(Serialize)]
struct Progress {
    seconds: i32,
    enrollment: Enrollment,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Enrollment {
    state: String,
    completed_lesson_count: i64,
}

/// The course is not completed by it: the benchmark leaves its last lesson out.
pub(super) async fn record(pool: &PgPool, n: u64) -> sqlx::Result<Vec<u8>> {
    let slot = Slot::of(n);
    let (enrollment, lesson, person) = (slot.enrollment(), slot.lesson(), slot.person());
    let now = Utc::now().trunc_subsecs(6);
    let mut tx = pool.begin().await?;
    let (mut state, requires, lesson_key, course): (String, serde_json::Value, String, String) =
        sqlx::query_as(
            "SELECT enrollment.state, requires, lesson.key, slug FROM enrollment \
         JOIN course ON course.id = course_id \
         JOIN lesson ON lesson.course_version_id = enrollment.course_version_id \
         WHERE enrollment.id = $1 AND lesson.id = $2 AND person_id = $3 \
         AND enrollment.state <> 'WITHDRAWN' AND lesson.kind <> 'QUIZ'",
        )
        .bind(enrollment)
        .bind(lesson)
        .bind(person)
        .fetch_one(&mut *tx)
        .await?;
    if state == "ENROLLED" {
        if requires.as_array().is_none_or(|slugs| !slugs.is_empty()) {
            return Err(sqlx::Error::Protocol("it requires others".to_owned()));
        }
        sqlx::query(
            "UPDATE enrollment SET state = 'IN_PROGRESS', started_at = $2, version = version + 1 \
             WHERE id = $1 AND state = 'ENROLLED'",
        )
        .bind(enrollment)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        "IN_PROGRESS".clone_into(&mut state);
    }
    let (seconds,): (i32,) = sqlx::query_as(
        "INSERT INTO lesson_progress VALUES ($1, $2, $3, $4, $5, $5, $5, 0) \
         ON CONFLICT (enrollment_id, lesson_id) DO UPDATE SET seen_at = excluded.seen_at, \
         completed_at = COALESCE(lesson_progress.completed_at, excluded.completed_at) \
         RETURNING seconds",
    )
    .bind(Uuid::now_v7())
    .bind(enrollment)
    .bind(lesson)
    .bind(person)
    .bind(now)
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO fact (id, kind, partner_id, person_id, subject_id, detail, occurred_at, \
         recorded_at, recorded_by) VALUES ($1, 'lesson.completed', NULL, $2, $3, $4, $5, $5, $2)",
    )
    .bind(Uuid::now_v7())
    .bind(person)
    .bind(enrollment)
    .bind(serde_json::json!({ "course": course, "lesson": lesson_key }))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let (completed, all): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM lesson_progress WHERE enrollment_id = $1 \
         AND completed_at IS NOT NULL), (SELECT count(*) FROM lesson WHERE course_version_id = \
         (SELECT course_version_id FROM enrollment WHERE id = $1))",
    )
    .bind(enrollment)
    .fetch_one(&mut *tx)
    .await?;
    if completed == all {
        return Err(sqlx::Error::Protocol("the course is completed".to_owned()));
    }
    tx.commit().await?;
    let enrollment = Enrollment {
        state,
        completed_lesson_count: completed,
    };
    Ok(super::json(Data {
        lesson_record: Recorded {
            progress: Progress {
                seconds,
                enrollment,
            },
            user_errors: [],
        },
    }))
}
