//! Courses, their versions and lessons, and learning paths.

use chrono::{DateTime, Utc};
use entity::course::{self, CourseState};
use entity::course_version::{self, CourseVersionState};
use entity::lesson_kind::LessonKind;
use entity::{course_module, enrollment, field_note, learning_path, learning_path_course, lesson};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, SelectStatement};

use super::{ForAudience, meant, of_own_or_team, select};
use crate::course::question::Quiz;
use crate::op::Op;
use crate::reads::field_note::FieldNote;
use crate::reads::file::File;
use crate::reads::identity::Person;
use crate::reads::learning::Enrollment;
use crate::shape::scalar::{Locale, Markdown, Url};
use crate::shape::{Chosen, Direction, Fields, Shape, Sight, Typed, everything, nothing};

/// A course, over all its versions.
#[derive(Debug)]
pub struct Course;

/// One version of a course.
#[derive(Debug)]
pub struct CourseVersion;

/// A part of a version of a course.
#[derive(Debug)]
pub struct CourseModule;

/// A lesson of a version of a course.
#[derive(Debug)]
pub struct Lesson;

/// Courses in an order.
#[derive(Debug)]
pub struct LearningPath;

/// A course of a learning path.
#[derive(Debug)]
pub struct LearningPathCourse;

fn staff_only(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        everything()
    } else {
        nothing()
    }
}

/// A column of the enrollments that the asker sees.
fn of_enrollments(actor: Sight<'_>, column: enrollment::Column) -> SelectStatement {
    let seen = of_own_or_team(actor, enrollment::Column::PersonId);
    select(enrollment::Entity, column, seen)
}

/// Courses that are offered to the asker.
fn offered(actor: Sight<'_>) -> Condition {
    use course::Column;
    meant(actor, Column::Kinds, Column::Tiers, Column::Regions)
        .add(Column::State.eq(CourseState::Published))
}

impl Shape for Course {
    type Entity = course::Entity;
    const NAME: &'static str = "Course";
    const ABOUT: &'static str = "Something to learn, over all its versions. Members see the courses that are meant for their \
         partner, and those that they or their team are on.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let taken = of_enrollments(actor, enrollment::Column::CourseId);
        Condition::any()
            .add(offered(actor))
            .add(course::Column::Id.in_subquery(taken))
    }

    fn fields(fields: &mut Fields<Self>) {
        use course::Column;
        fields
            .id()
            .column::<String>(
                "slug",
                Column::Slug,
                "Short name in lower case; files and certifications name the course by it.",
            )
            .filter()
            .column::<String>("title", Column::Title, "What it is called.")
            .order()
            .column::<Markdown>("summary", Column::Summary, "What it teaches.")
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .filter()
            .audience(Column::Kinds, Column::Tiers, Column::Regions)
            .column::<Option<i32>>(
                "refreshMonths",
                Column::RefreshMonths,
                "Months after which it is due again; null for never.",
            )
            .column::<Chosen<CourseState>>("state", Column::State, "Whether people can enroll.")
            .filter()
            .column::<DateTime<Utc>>(
                "createdAt",
                Column::CreatedAt,
                "When its first version was written.",
            )
            .order()
            .column::<i32>(
                "version",
                Column::Version,
                "Counts edits. Give it as `expectedVersion` when you change it.",
            )
            .many::<CourseVersion>(
                "versions",
                course_version::Column::CourseId,
                "Its versions that you see, the newest first.",
            )
            .latest::<CourseVersion>(
                "newestVersion",
                course_version::Column::CourseId,
                "Its newest version that you see: for staff it may be a draft.",
            )
            .many::<Enrollment>(
                "enrollments",
                enrollment::Column::CourseId,
                "Who is on it, of those whom you see.",
            )
            .many::<FieldNote>(
                "fieldNotes",
                field_note::Column::CourseId,
                "Field notes that stand beside it, of those that you see.",
            )
            .search([Column::Title, Column::Slug])
            .sorted("title", Direction::Ascending);
    }
}

/// Versions on which the asker can start, or whose learners they see.
fn versions(actor: Sight<'_>) -> Condition {
    use course_version::Column;
    let offered = select(course::Entity, course::Column::Id, offered(actor));
    let taken = of_enrollments(actor, enrollment::Column::CourseVersionId);
    Condition::any()
        .add(
            Condition::all()
                .add(Column::State.eq(CourseVersionState::Published))
                .add(Column::CourseId.in_subquery(offered)),
        )
        .add(Column::Id.in_subquery(taken))
}

fn of_versions<C: ColumnTrait>(actor: Sight<'_>, version: C) -> Condition {
    if actor.is_staff() {
        return everything();
    }
    let seen = select(
        course_version::Entity,
        course_version::Column::Id,
        versions(actor),
    );
    Condition::all().add(version.in_subquery(seen))
}

impl Shape for CourseVersion {
    type Entity = course_version::Entity;
    const NAME: &'static str = "CourseVersion";
    const ABOUT: &'static str =
        "A version of a course, immutable once published. Who starts on a version finishes on it.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        versions(actor)
    }

    fn fields(fields: &mut Fields<Self>) {
        use course_version::Column;
        fields
            .id()
            .one_required::<Course>("course", Column::CourseId, "The course.")
            .filter()
            .column::<i32>("number", Column::Number, "Counts from 1.")
            .order()
            .column::<Chosen<CourseVersionState>>("state", Column::State, "Whether people start on it.")
            .filter()
            .column::<String>("title", Column::Title, "What it is called.")
            .column::<Markdown>("summary", Column::Summary, "What it teaches.")
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .column::<i32>("minutes", Column::Minutes, "How long it takes, in minutes, by estimate.")
            .column::<Typed<Vec<String>>>("prerequisites", Column::Prerequisites, "Slugs of the courses that come first.")
            .column::<Option<i32>>("refreshMonths", Column::RefreshMonths, "Months after which it is due again; null for never.")
            .column::<bool>("outdates", Column::Outdates, "Whether certificates that were earned on earlier versions are to be renewed.")
            .guarded::<String>("document", Column::Document, staff_only, "The course as YAML, with the bodies of its lessons and the keys of its quizzes. Null unless you are of the vendor's staff.")
            .one::<Person>("author", Column::AuthorId, "Who wrote it. Null where it came from the command line, or for members.")
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first saved.")
            .column::<Option<DateTime<Utc>>>("publishedAt", Column::PublishedAt, "When people began to start on it.")
            .column::<i32>("version", Column::Version, "Counts edits of a draft. Give it as `expectedVersion` when you change it.")
            .many::<CourseModule>("modules", course_module::Column::CourseVersionId, "Its parts, in their order.")
            .many::<Lesson>("lessons", lesson::Column::CourseVersionId, "Its lessons, in their order.")
            .count::<Lesson>("lessonCount", lesson::Column::CourseVersionId, Condition::all, "How many lessons it has.")
            .sorted("number", Direction::Descending);
    }
}

impl Shape for CourseModule {
    type Entity = course_module::Entity;
    const NAME: &'static str = "CourseModule";
    const ABOUT: &'static str = "A part of a version of a course.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_versions(actor, course_module::Column::CourseVersionId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use course_module::Column;
        fields
            .id()
            .one_required::<CourseVersion>("courseVersion", Column::CourseVersionId, "The version.")
            .column::<String>("key", Column::Key, "Short name within the course.")
            .column::<i32>("position", Column::Position, "Place in the course, from 1.")
            .order()
            .column::<String>("title", Column::Title, "What it is called.")
            .many::<Lesson>(
                "lessons",
                lesson::Column::ModuleId,
                "Its lessons, in their order.",
            )
            .sorted("position", Direction::Ascending);
    }
}

/// A number of the quiz's rules.
fn rule(quiz: Option<Typed<Quiz>>, of: fn(&Quiz) -> Option<u32>) -> Option<i32> {
    quiz.and_then(|Typed(quiz)| of(&quiz))
        .map(|number| i32::try_from(number).unwrap_or(i32::MAX))
}

impl Shape for Lesson {
    type Entity = lesson::Entity;
    const NAME: &'static str = "Lesson";
    const ABOUT: &'static str = "A lesson of a version of a course. What a quiz asks is drawn when it is begun: its questions are \
         in the attempt.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_versions(actor, lesson::Column::CourseVersionId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use lesson::Column;
        fields
            .id()
            .one_required::<CourseVersion>("courseVersion", Column::CourseVersionId, "The version.")
            .one_required::<CourseModule>("module", Column::ModuleId, "The module.")
            .column::<String>("key", Column::Key, "Short name within the course.")
            .column::<i32>("position", Column::Position, "Place in the course, from 1.")
            .order()
            .column::<String>("title", Column::Title, "What it is called.")
            .column::<Chosen<LessonKind>>("kind", Column::Kind, "What it is.")
            .filter()
            .column::<i32>(
                "minutes",
                Column::Minutes,
                "How long it takes, in minutes, by estimate.",
            )
            .column::<Markdown>("body", Column::Body, "What is read; may be empty.")
            .column::<String>(
                "html",
                Column::Html,
                "The same as HTML that is safe to show: no script, style or form.",
            )
            .one::<File>(
                "file",
                Column::StoredFileId,
                "The file that it gives away, where it is of the kind `FILE`.",
            )
            .column::<Option<Url>>("videoUrl", Column::VideoUrl, "Where the video is.")
            .column::<bool>(
                "exam",
                Column::Exam,
                "Whether it is an exam: its result is told by letter.",
            )
            .derived(
                "passPercent",
                [Column::Quiz],
                "What it takes to pass the quiz, in percent of the points.",
                |_: &Op, (quiz,): (Option<Typed<Quiz>>,)| {
                    rule(quiz, |quiz| Some(quiz.pass_percent))
                },
            )
            .derived(
                "attemptsAllowed",
                [Column::Quiz],
                "How often the quiz can be tried on one enrollment; null without limit.",
                |_: &Op, (quiz,): (Option<Typed<Quiz>>,)| rule(quiz, |quiz| quiz.attempts),
            )
            .derived(
                "coolDownMinutes",
                [Column::Quiz],
                "How long to wait between two attempts, in minutes.",
                |_: &Op, (quiz,): (Option<Typed<Quiz>>,)| {
                    rule(quiz, |quiz| Some(quiz.cool_down_minutes))
                },
            )
            .derived(
                "timeLimitMinutes",
                [Column::Quiz],
                "How long an attempt may take, in minutes; null without limit.",
                |_: &Op, (quiz,): (Option<Typed<Quiz>>,)| {
                    rule(quiz, |quiz| quiz.time_limit_minutes)
                },
            )
            .search([Column::Title])
            .sorted("position", Direction::Ascending);
    }
}

/// Paths that are offered to the asker.
fn paths(actor: Sight<'_>) -> Condition {
    use learning_path::Column;
    let meant = meant(actor, Column::Kinds, Column::Tiers, Column::Regions);
    if actor.is_staff() {
        meant
    } else {
        meant.add(Column::RetiredAt.is_null())
    }
}

impl Shape for LearningPath {
    type Entity = learning_path::Entity;
    const NAME: &'static str = "LearningPath";
    const ABOUT: &'static str =
        "Courses in an order. Members see those that are meant for their partner.";

    fn visible(actor: Sight<'_>) -> Condition {
        paths(actor)
    }

    fn fields(fields: &mut Fields<Self>) {
        use learning_path::Column;
        fields
            .id()
            .column::<String>("slug", Column::Slug, "Short name in lower case.")
            .filter()
            .column::<String>("title", Column::Title, "What it is called.")
            .order()
            .column::<Markdown>("summary", Column::Summary, "Where it leads.")
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .audience(Column::Kinds, Column::Tiers, Column::Regions)
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first saved.")
            .column::<Option<DateTime<Utc>>>(
                "retiredAt",
                Column::RetiredAt,
                "Since when nobody is assigned to it.",
            )
            .filter()
            .column::<i32>(
                "version",
                Column::Version,
                "Counts edits. Give it as `expectedVersion` when you change it.",
            )
            .many::<LearningPathCourse>(
                "courses",
                learning_path_course::Column::LearningPathId,
                "Its courses, in their order.",
            )
            .search([Column::Title, Column::Slug])
            .sorted("title", Direction::Ascending);
    }
}

impl Shape for LearningPathCourse {
    type Entity = learning_path_course::Entity;
    const NAME: &'static str = "LearningPathCourse";
    const ABOUT: &'static str = "A course of a learning path.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let seen = select(
            learning_path::Entity,
            learning_path::Column::Id,
            paths(actor),
        );
        Condition::all().add(learning_path_course::Column::LearningPathId.in_subquery(seen))
    }

    fn fields(fields: &mut Fields<Self>) {
        use learning_path_course::Column;
        fields
            .id()
            .one_required::<LearningPath>("learningPath", Column::LearningPathId, "The path.")
            .one::<Course>(
                "course",
                Column::CourseId,
                "The course; null where it is not meant for you.",
            )
            .column::<i32>("position", Column::Position, "Place on the path, from 1.")
            .order()
            .sorted("position", Direction::Ascending);
    }
}
