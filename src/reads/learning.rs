//! Who is on which course, and how far: enrollments, progress, attempts.

use std::collections::{HashMap, HashSet};

use async_graphql::Enum;
use chrono::{DateTime, NaiveDate, Utc};
use entity::enrollment::{self, EnrollmentState};
use entity::{lesson, lesson_progress, quiz_attempt};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use super::{in_partners, of_own, of_own_or_team};
use crate::course::answer::Mark;
use crate::course::question;
use crate::course::quiz::AskedQuestion;
use crate::error::Result;
use crate::op::Op;
use crate::reads::course::{Course, CourseVersion, Lesson};
use crate::reads::identity::Person;
use crate::reads::partner::Partner;
use crate::shape::scalar::{Json, Markdown};
use crate::shape::{
    Batch, Chosen, Direction, Fields, Loading, Part, Parts, Shape, Sight, Typed, everything,
};

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "question::QuestionKind")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuizQuestionKind {
    /// By the one choice that is right.
    Single,
    /// By all choices that are right, and no others.
    Multiple,
    /// By the choice `true` or `false`.
    TrueFalse,
    /// By a few words.
    ShortAnswer,
}

/// A person on a course.
#[derive(Debug)]
pub struct Enrollment;

/// How far somebody is with a lesson.
#[derive(Debug)]
pub struct LessonProgress;

/// An attempt at a quiz.
#[derive(Debug)]
pub struct QuizAttempt;

/// What a partner asked of a member is between the two: whether the asker may know of it.
pub(super) fn is_told(op: &Op, person: Uuid, partner: Option<Uuid>) -> bool {
    let actor = op.actor();
    actor.is_staff()
        || actor.person().is_some_and(|me| me.id.0 == person)
        || partner.is_none_or(|partner| actor.partners().any(|own| own.0 == partner))
}

/// The same as a condition.
fn told(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        return everything();
    }
    Condition::any()
        .add(in_partners(actor, enrollment::Column::AssignedFor))
        .add(of_own(actor, enrollment::Column::PersonId))
}

impl Shape for Enrollment {
    type Entity = enrollment::Entity;
    const NAME: &'static str = "Enrollment";
    const ABOUT: &'static str = "A person on a course, on the version on which they started. Members see their own; a partner's \
         administrators those of its members.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_or_team(actor, enrollment::Column::PersonId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use enrollment::Column;
        fields
            .id()
            .one_required::<Person>("person", Column::PersonId, "Who learns.")
            .filter()
            .one_required::<Course>("course", Column::CourseId, "What.")
            .filter()
            .one_required::<CourseVersion>("courseVersion", Column::CourseVersionId, "The version on which they started, and finish.")
            .column::<i32>("round", Column::Round, "Counts from 1: refreshers and renewals take a course again.")
            .column::<Chosen<EnrollmentState>>("state", Column::State, "Where they stand.")
            .filter()
            .column::<Typed<Vec<String>>>("requires", Column::Requires, "Slugs of the courses that come first.")
            .column::<bool>("refreshes", Column::Refreshes, "Whether it refreshes what was completed before.")
            .derived("dueOn", [Column::DueOn, Column::PersonId, Column::AssignedFor], "The due day, in the learner's time zone; null where there is none, or it is between them and another partner.",
                |op: &Op, (due, person, partner): (Option<NaiveDate>, Uuid, Option<Uuid>)| due.filter(|_| is_told(op, person, partner)))
            .derived("dueAt", [Column::DueAt, Column::PersonId, Column::AssignedFor], "The end of the due day; null as `dueOn` is.",
                |op: &Op, (due, person, partner): (Option<DateTime<Utc>>, Uuid, Option<Uuid>)| due.filter(|_| is_told(op, person, partner)))
            .derived("isOverdue", [Column::State, Column::DueAt, Column::PersonId, Column::AssignedFor], "Whether its due day is over and it is not.",
                |op: &Op, (Chosen(state), due, person, partner): (Chosen<EnrollmentState>, Option<DateTime<Utc>>, Uuid, Option<Uuid>)| {
                    matches!(state, EnrollmentState::Enrolled | EnrollmentState::InProgress)
                        && due.is_some_and(|due| due < op.now())
                        && is_told(op, person, partner)
                })
            .one::<Person>("assignedBy", Column::AssignedBy, "Who assigned it; null where nobody did, or somebody whom you do not see.")
            .one::<Partner>("assignedFor", Column::AssignedFor, "For which partner; null where for none, or for one that you do not see.")
            .filter_where(told)
            .column::<DateTime<Utc>>("enrolledAt", Column::EnrolledAt, "When it began.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>("startedAt", Column::StartedAt, "When the first lesson was opened.")
            .column::<Option<DateTime<Utc>>>("completedAt", Column::CompletedAt, "When the last lesson was completed.")
            .filter()
            .column::<Option<DateTime<Utc>>>("withdrawnAt", Column::WithdrawnAt, "When it was given up.")
            .many::<LessonProgress>("progress", lesson_progress::Column::EnrollmentId, "Lessons that were opened, in the order in which they were.")
            .count::<LessonProgress>("completedLessonCount", lesson_progress::Column::EnrollmentId,
                || Condition::all().add(lesson_progress::Column::CompletedAt.is_not_null()),
                "How many lessons are completed.")
            .linked::<Lesson>("nextLessons", "The first lesson that is not completed, where one stopped; empty where none is left.", next_lessons)
            .many::<QuizAttempt>("attempts", quiz_attempt::Column::EnrollmentId, "Attempts at its quizzes that you see, the latest first.")
            .column::<i32>("version", Column::Version, "Counts changes. Give it as `expectedVersion` when you withdraw it.")
            .sorted("enrolledAt", Direction::Descending);
    }
}

/// Where each stopped.
fn next_lessons(batch: Batch<'_>) -> Loading<'_, Vec<Uuid>> {
    Box::pin(async move {
        let keys = || batch.keys.iter().copied();
        let rows: Vec<(Uuid, Uuid)> = enrollment::Entity::find()
            .select_only()
            .columns([enrollment::Column::Id, enrollment::Column::CourseVersionId])
            .filter(enrollment::Column::Id.is_in(keys()))
            .into_tuple()
            .all(batch.db)
            .await?;
        let versions: HashSet<Uuid> = rows.iter().map(|(_, version)| *version).collect();
        let lessons: Vec<(Uuid, Uuid)> = lesson::Entity::find()
            .select_only()
            .columns([lesson::Column::CourseVersionId, lesson::Column::Id])
            .filter(lesson::Column::CourseVersionId.is_in(versions))
            .order_by_asc(lesson::Column::Position)
            .into_tuple()
            .all(batch.db)
            .await?;
        let mut lessons_of: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (version, lesson) in lessons {
            lessons_of.entry(version).or_default().push(lesson);
        }
        let done: Vec<(Uuid, Uuid)> = lesson_progress::Entity::find()
            .select_only()
            .columns([
                lesson_progress::Column::EnrollmentId,
                lesson_progress::Column::LessonId,
            ])
            .filter(lesson_progress::Column::EnrollmentId.is_in(keys()))
            .filter(lesson_progress::Column::CompletedAt.is_not_null())
            .into_tuple()
            .all(batch.db)
            .await?;
        let done: HashSet<(Uuid, Uuid)> = done.into_iter().collect();
        let next = |(row, version): (Uuid, Uuid)| {
            let mut lessons = lessons_of.get(&version).into_iter().flatten().copied();
            let next = lessons.find(|lesson| !done.contains(&(row, *lesson)));
            (row, next.into_iter().collect())
        };
        let found = rows.into_iter().map(next).collect();
        Result::Ok(found)
    })
}

impl Shape for LessonProgress {
    type Entity = lesson_progress::Entity;
    const NAME: &'static str = "LessonProgress";
    const ABOUT: &'static str = "How far somebody is with a lesson.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_or_team(actor, lesson_progress::Column::PersonId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use lesson_progress::Column;
        fields
            .id()
            .one_required::<Enrollment>("enrollment", Column::EnrollmentId, "The enrollment.")
            .one_required::<Lesson>("lesson", Column::LessonId, "The lesson.")
            .column::<DateTime<Utc>>("openedAt", Column::OpenedAt, "When it was first opened.")
            .order()
            .column::<DateTime<Utc>>("seenAt", Column::SeenAt, "When it was last open.")
            .column::<Option<DateTime<Utc>>>(
                "completedAt",
                Column::CompletedAt,
                "When it was completed.",
            )
            .filter()
            .column::<i32>(
                "seconds",
                Column::Seconds,
                "How long it was open, in seconds.",
            )
            .sorted("openedAt", Direction::Ascending);
    }
}

impl Part for AskedQuestion {
    const NAME: &'static str = "QuizQuestion";
    const ABOUT: &'static str = "A question as it was asked.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("key", "Name within the quiz; answers name it.", |it| {
                it.key.clone()
            })
            .field("text", "The question.", |it| Markdown(it.text.clone()))
            .field("kind", "How it is answered.", |it| {
                Typed(QuizQuestionKind::from(it.kind))
            })
            .field(
                "choiceKeys",
                "Names of what can be chosen, in the order in which it is shown.",
                |it| {
                    it.choices
                        .iter()
                        .map(|choice| choice.key.clone())
                        .collect::<Vec<_>>()
                },
            )
            .field("choiceTexts", "The same in words, as Markdown.", |it| {
                it.choices
                    .iter()
                    .map(|choice| choice.text.clone())
                    .collect::<Vec<_>>()
            })
            .field("points", "What a right answer counts.", |it| {
                i32::try_from(it.points).unwrap_or(i32::MAX)
            });
    }
}

impl Part for Mark {
    const NAME: &'static str = "QuizMark";
    const ABOUT: &'static str = "How an answer was judged.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("question", "Key of the question.", |it| it.question.clone())
            .field("correct", "Whether it was answered right.", |it| it.correct)
            .field("points", "Points for it.", |it| {
                i32::try_from(it.points).unwrap_or(i32::MAX)
            })
            .field(
                "feedback",
                "What its author says to it; may be empty.",
                |it| Markdown(it.feedback.clone()),
            );
    }
}

impl Shape for QuizAttempt {
    type Entity = quiz_attempt::Entity;
    const NAME: &'static str = "QuizAttempt";
    const ABOUT: &'static str = "An attempt at a quiz, frozen as it was asked. Only its learner and the vendor's staff see it.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own(actor, quiz_attempt::Column::PersonId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use quiz_attempt::Column;
        fields
            .id()
            .one_required::<Enrollment>("enrollment", Column::EnrollmentId, "The enrollment.")
            .one_required::<Lesson>("lesson", Column::LessonId, "The quiz.")
            .filter()
            .column::<i32>("number", Column::Number, "Counts from 1.")
            .parts("questions", Column::Asked, "What was asked, in its order.", |asked: Vec<AskedQuestion>| asked)
            .column::<Option<Json>>("answers", Column::Answers, "What was answered: a list of `question`, `choices` and `text`. Null until it was handed in, and where time was up.")
            .parts("marks", Column::Marks, "How the answers were judged; empty until they were.", |marks: Vec<Mark>| marks)
            .column::<i32>("passPercent", Column::PassPercent, "What it takes to pass, in percent of the points.")
            .column::<DateTime<Utc>>("startedAt", Column::StartedAt, "When it was begun.")
            .order()
            .column::<Option<DateTime<Utc>>>("endsAt", Column::EndsAt, "Until when answers are taken; null without limit.")
            .column::<Option<DateTime<Utc>>>("submittedAt", Column::SubmittedAt, "When it was handed in, or its time was up.")
            .filter()
            .column::<Option<i32>>("points", Column::Points, "What was reached.")
            .column::<i32>("outOf", Column::OutOf, "What could be; 0 until it was judged.")
            .column::<Option<i32>>("percent", Column::Percent, "The share, rounded down.")
            .column::<Option<bool>>("passed", Column::Passed, "Whether that was enough.")
            .filter()
            .sorted("startedAt", Direction::Descending);
    }
}
