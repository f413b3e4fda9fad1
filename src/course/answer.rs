//! Answering a quiz: an attempt is drawn and frozen, answered within its time, judged once.
//!
//! What is asked is drawn from the pools by a seed that is kept, and stored as it was asked; no
//! later edit of the course changes it. The clock is the server's: what comes after the end counts
//! for nothing, and an attempt that nobody hands in is closed when its time is up.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enrollment;
use entity::id::{EnrollmentId, LessonId, QuizAttemptId};
use entity::lesson_kind::LessonKind;
use entity::quiz_attempt::{self, Column, Entity};
use entity::{course, lesson};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::question::Quiz;
use super::quiz::{self, Answer, Paper, Score};
use super::{enroll, learn, store};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail};
use crate::notification::{self, Letter};
use crate::op::{Op, Permit, Tx};
use crate::outbox::{self, Job};
use crate::shape::global_id;

/// The codes with which beginning a quiz is refused, beside those of [`learn::CODES`].
pub const START_CODES: &[&str] = &["ATTEMPTS_USED", "COOL_DOWN", "NO_QUIZ", "PASSED"];
/// The codes with which answers are refused, beside those of [`quiz`].
pub const SUBMIT_CODES: &[&str] = &["ALREADY_SUBMITTED"];

/// How long answers may be under way.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// The promise to close an attempt when its time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizTimeUp {
    /// Which.
    pub attempt: QuizAttemptId,
}

impl Job for QuizTimeUp {
    const KIND: &'static str = "quiz.time_up";
}

/// Begins a quiz, or goes on with the attempt that is under way.
///
/// # Errors
/// Refusals of [`START_CODES`] and [`learn::CODES`].
pub async fn start(op: &Op, enrollment: EnrollmentId, lesson: LessonId) -> Result<QuizAttemptId> {
    op.at_the_door()
        .unit((enrollment, lesson), |tx, &(enrollment, lesson)| {
            Box::pin(begin(tx, enrollment, lesson))
        })
        .await
}

async fn begin(tx: &Tx, enrollment: EnrollmentId, lesson: LessonId) -> Result<QuizAttemptId> {
    let (permit, row) = learn::own(tx, enrollment).await?;
    let lesson = learn::lesson_of(&permit, &row, lesson).await?;
    let quiz = quiz_of(&lesson)?;
    let row = learn::begin(&permit, row).await?;
    let mut earlier = attempts(&permit.reader(), &row, lesson.id).await?;
    if let Some(open) = earlier.iter_mut().find(|it| it.submitted_at.is_none()) {
        if open.enrollment_id == row.id && !is_over(open, permit.now()) {
            return Ok(open.id);
        }
        *open = close(&permit, open.clone(), None).await?;
    }
    check_may_start(&quiz, &earlier, permit.now())?;
    learn::touch(&permit, &row, &lesson, 0, false).await?;
    let seed = getrandom::u64().map_err(|error| Error::fault(error.to_string()))?;
    let paper = quiz::draw(&quiz, seed);
    let limit = quiz
        .time_limit_minutes
        .map(|it| TimeDelta::minutes(it.into()));
    let attempt = quiz_attempt::Model {
        id: permit.new_id(),
        enrollment_id: row.id,
        lesson_id: lesson.id,
        person_id: row.person_id,
        number: earlier.iter().map(|it| it.number).max().unwrap_or(0) + 1,
        seed: seed.cast_signed(),
        asked: serde_json::to_value(paper.asked())?,
        paper: serde_json::to_value(&paper)?,
        answers: None,
        marks: json!([]),
        pass_percent: i32::try_from(quiz.pass_percent).unwrap_or(100),
        started_at: permit.now(),
        ends_at: limit.map(|limit| permit.now() + limit),
        submitted_at: None,
        points: None,
        out_of: 0,
        percent: None,
        passed: None,
    };
    let (id, ends_at) = (attempt.id, attempt.ends_at);
    Entity::insert(attempt.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    if let Some(ends_at) = ends_at {
        let key = format!("{}:{id}", QuizTimeUp::KIND);
        let when = ends_at + GRACE;
        outbox::promise_once(&permit, &QuizTimeUp { attempt: id }, when, key).await?;
    }
    Ok(id)
}

fn quiz_of(lesson: &lesson::Model) -> Result<Quiz> {
    match &lesson.quiz {
        Some(quiz) if lesson.kind == LessonKind::Quiz => Ok(serde_json::from_value(quiz.clone())?),
        Some(_) | None => Err(Refusal::new("NO_QUIZ", "This lesson is no quiz.").into()),
    }
}

fn check_may_start(quiz: &Quiz, earlier: &[quiz_attempt::Model], now: DateTime<Utc>) -> Result<()> {
    if earlier.iter().any(|it| it.passed == Some(true)) {
        return Err(Refusal::new("PASSED", "You have passed it.").into());
    }
    if left(quiz, earlier.len()) == Some(0) {
        let message = "Every attempt was used: ask who assigned the course to you.";
        return Err(Refusal::new("ATTEMPTS_USED", message).into());
    }
    if let Some(again) = again_at(quiz, earlier).filter(|at| now < *at) {
        let message = format!("Try again from {} UTC.", again.format("%Y-%m-%d %H:%M"));
        return Err(Refusal::new("COOL_DOWN", message).into());
    }
    Ok(())
}

/// How many attempts are left after so many; none where there is no limit.
fn left(quiz: &Quiz, made: usize) -> Option<u32> {
    let made = u32::try_from(made).unwrap_or(u32::MAX);
    quiz.attempts.map(|most| most.saturating_sub(made))
}

/// From when on the next attempt can be made.
fn again_at(quiz: &Quiz, earlier: &[quiz_attempt::Model]) -> Option<DateTime<Utc>> {
    let last = earlier.iter().filter_map(|it| it.submitted_at).max()?;
    Some(last + TimeDelta::minutes(quiz.cool_down_minutes.into()))
}

fn is_over(attempt: &quiz_attempt::Model, now: DateTime<Utc>) -> bool {
    attempt.ends_at.is_some_and(|end| end + GRACE < now)
}

/// Hands answers in. What comes after the time is up counts for nothing.
///
/// # Errors
/// `ALREADY_SUBMITTED`, and the refusals of [`quiz::check`].
pub async fn submit(
    op: &Op,
    attempt: QuizAttemptId,
    answers: Vec<Answer>,
) -> Result<QuizAttemptId> {
    op.at_the_door()
        .unit((attempt, answers), |tx, (attempt, answers)| {
            Box::pin(hand_in(tx, *attempt, answers))
        })
        .await
}

async fn hand_in(tx: &Tx, id: QuizAttemptId, answers: &[Answer]) -> Result<QuizAttemptId> {
    tx.op().actor().known()?;
    let person = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
    let permit = tx.permit(Permission::Learn, Scope::Person(person))?;
    let attempt = by_id(&permit.reader(), id).await?;
    if attempt.person_id != person {
        return Err(Error::NotFound("QuizAttempt"));
    }
    if attempt.submitted_at.is_some() {
        let message = "These answers were handed in already.";
        return Err(Refusal::new("ALREADY_SUBMITTED", message).into());
    }
    let paper: Paper = serde_json::from_value(attempt.paper.clone())?;
    let faults = quiz::check(&paper, answers);
    if !faults.is_empty() {
        return Err(Error::Refused(faults));
    }
    let in_time = !is_over(&attempt, permit.now());
    close(&permit, attempt, in_time.then_some(answers)).await?;
    Ok(id)
}

/// Keeps the promise: closes the attempt, if it is still open.
///
/// # Errors
/// What the database said.
pub async fn time_up(permit: &Permit<'_>, job: &QuizTimeUp) -> Result<()> {
    let attempt = by_id(&permit.reader(), job.attempt).await?;
    if attempt.submitted_at.is_none() {
        close(permit, attempt, None).await?;
    }
    Ok(())
}

/// Judges the attempt and tells what follows from it.
async fn close(
    permit: &Permit<'_>,
    attempt: quiz_attempt::Model,
    answers: Option<&[Answer]>,
) -> Result<quiz_attempt::Model> {
    let paper: Paper = serde_json::from_value(attempt.paper.clone())?;
    let score = quiz::judge(&paper, answers.unwrap_or_default());
    let passed = answers.is_some() && score.passed;
    let int = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let closed = quiz_attempt::Model {
        answers: answers.map(serde_json::to_value).transpose()?,
        marks: serde_json::to_value(marks(&paper, &score))?,
        submitted_at: Some(permit.now()),
        points: Some(int(score.points)),
        out_of: int(score.out_of),
        percent: Some(int(score.percent)),
        passed: Some(passed),
        ..attempt
    };
    closed
        .clone()
        .into_active_model()
        .reset_all()
        .update(permit.writer())
        .await?;
    let row = store::enrollment(&permit.reader(), closed.enrollment_id).await?;
    let lesson = learn::lesson_of(permit, &row, closed.lesson_id).await?;
    let course = store::course(&permit.reader(), row.course_id).await?;
    let detail = Detail::QuizJudged {
        course: course.slug.clone(),
        lesson: lesson.key.clone(),
        percent: closed.percent.unwrap_or(0),
        passed,
    };
    fact::record(permit, enroll::about(&row), &detail).await?;
    if lesson.exam {
        tell_result(permit, &row, &course, &lesson, &closed).await?;
    }
    if passed {
        learn::touch(permit, &row, &lesson, learn::SECONDS, true).await?;
    }
    Ok(closed)
}

/// How one question was judged, as its learner may see it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// Key of the question.
    pub question: String,
    /// Whether it was answered right.
    pub correct: bool,
    /// Points for it.
    pub points: u32,
    /// What its author says to it, as Markdown; may be empty.
    pub feedback: String,
}

fn marks(paper: &Paper, score: &Score) -> Vec<Mark> {
    let feedback = |key: &str| {
        let question = paper.questions.iter().find(|question| question.key == key);
        question.map_or_else(String::new, |question| question.feedback.clone())
    };
    let mark = |marked: &quiz::Marked| Mark {
        question: marked.question.clone(),
        correct: marked.correct,
        points: marked.points,
        feedback: feedback(&marked.question),
    };
    score.questions.iter().map(mark).collect()
}

async fn tell_result(
    permit: &Permit<'_>,
    row: &enrollment::Model,
    course: &course::Model,
    lesson: &lesson::Model,
    closed: &quiz_attempt::Model,
) -> Result<()> {
    let whole = |number: i32| u32::try_from(number).unwrap_or(0);
    let (exam, pass_percent) = (course.title.clone(), whole(closed.pass_percent));
    let percent = whole(closed.percent.unwrap_or(0));
    let letter = if closed.passed == Some(true) {
        Letter::ExamPassed {
            exam,
            percent,
            pass_percent,
        }
    } else {
        let quiz = quiz_of(lesson)?;
        let made = attempts(&permit.reader(), row, lesson.id).await?;
        let attempts_left = left(&quiz, made.len());
        let again = again_at(&quiz, &made).filter(|at| permit.now() < *at);
        Letter::ExamFailed {
            exam,
            percent,
            pass_percent,
            attempts_left,
            again_at: again.filter(|_| attempts_left != Some(0)),
            enrollment: global_id("Enrollment", row.id.0),
        }
    };
    notification::tell(permit, row.person_id, None, letter).await
}

async fn by_id(db: &DatabaseExecutor<'_>, id: QuizAttemptId) -> Result<quiz_attempt::Model> {
    Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("QuizAttempt"))
}

/// The attempts of this round; and, where nobody assigned it, of rounds that were given up, since
/// enrolling again makes nobody anew. Who assigns a course anew gives new attempts with it.
async fn attempts(
    db: &DatabaseExecutor<'_>,
    row: &enrollment::Model,
    lesson: LessonId,
) -> Result<Vec<quiz_attempt::Model>> {
    let was_assigned = row.assigned_by.is_some_and(|by| by != row.person_id);
    let rounds = store::rounds(db, row.person_id, row.course_id).await?;
    let counted = rounds.iter().filter(|it| {
        it.id == row.id || (!was_assigned && it.state == enrollment::EnrollmentState::Withdrawn)
    });
    Ok(Entity::find()
        .filter(Column::EnrollmentId.is_in(counted.map(|it| it.id)))
        .filter(Column::LessonId.eq(lesson))
        .order_by_asc(Column::Number)
        .all(db)
        .await?)
}
