//! The fields of learners on their courses.

use super::*;

impl<'w> Slow<'w> {
    pub(super) fn learning_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::Enrollment(row) => {
                let is_told = self.is_told(row.person_id, row.assigned_for);
                let is_open = matches!(
                    row.state,
                    EnrollmentState::Enrolled | EnrollmentState::InProgress
                );
                let progress = |it: Thing<'_>| matches!(it, Thing::LessonProgress(it) if it.enrollment_id == row.id);
                match name {
                    "person" => self.person(Some(row.person_id)),
                    "course" => self.one("Course", Some(row.course_id.0)),
                    "courseVersion" => self.one("CourseVersion", Some(row.course_version_id.0)),
                    "round" => plain(row.round),
                    "state" => plain(row.state),
                    "requires" => plain(&row.requires),
                    "refreshes" => plain(row.refreshes),
                    "dueOn" => plain(row.due_on.filter(|_| is_told)),
                    "dueAt" => instant(row.due_at.filter(|_| is_told)),
                    "isOverdue" => {
                        let is_late = row.due_at.is_some_and(|due| due < now());
                        plain(is_told && is_open && is_late)
                    }
                    "assignedBy" => self.person(row.assigned_by),
                    "assignedFor" => self.one("Partner", row.assigned_for.map(|key| key.0)),
                    "enrolledAt" => instant(row.enrolled_at),
                    "startedAt" => instant(row.started_at),
                    "completedAt" => instant(row.completed_at),
                    "withdrawnAt" => instant(row.withdrawn_at),
                    "progress" => self.many("LessonProgress", progress),
                    "completedLessonCount" => self.count("LessonProgress", |it| {
                        progress(it)
                            && matches!(it, Thing::LessonProgress(it) if it.completed_at.is_some())
                    }),
                    "nextLessons" => self.next_lessons(row),
                    "attempts" => self.many(
                        "QuizAttempt",
                        |it| matches!(it, Thing::QuizAttempt(it) if it.enrollment_id == row.id),
                    ),
                    "version" => plain(row.version),
                    _ => never(thing, name),
                }
            }
            Thing::LessonProgress(row) => match name {
                "enrollment" => self.one("Enrollment", Some(row.enrollment_id.0)),
                "lesson" => self.one("Lesson", Some(row.lesson_id.0)),
                "openedAt" => instant(row.opened_at),
                "seenAt" => instant(row.seen_at),
                "completedAt" => instant(row.completed_at),
                "seconds" => plain(row.seconds),
                _ => never(thing, name),
            },
            Thing::QuizAttempt(row) => match name {
                "enrollment" => self.one("Enrollment", Some(row.enrollment_id.0)),
                "lesson" => self.one("Lesson", Some(row.lesson_id.0)),
                "number" => plain(row.number),
                "questions" => Held::Within("QuizQuestion", asked(&row.asked)),
                "answers" => plain(&row.answers),
                "marks" => Held::Within("QuizMark", row.marks.clone()),
                "passPercent" => plain(row.pass_percent),
                "startedAt" => instant(row.started_at),
                "endsAt" => instant(row.ends_at),
                "submittedAt" => instant(row.submitted_at),
                "points" => plain(row.points),
                "outOf" => plain(row.out_of),
                "percent" => plain(row.percent),
                "passed" => plain(row.passed),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
