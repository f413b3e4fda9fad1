//! The fields of courses and learning paths.

use super::*;

impl<'w> Slow<'w> {
    #[expect(clippy::too_many_lines, reason = "every field once")]
    pub(super) fn courses_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::Course(row) => {
                let version = |it: Thing<'_>| {
                    matches!(it, Thing::CourseVersion(it) if it.course_id == row.id)
                };
                match name {
                    "slug" => plain(&row.slug),
                    "title" => plain(&row.title),
                    "summary" => plain(&row.summary),
                    "locale" => plain(&row.locale),
                    "kinds" => plain(listed(&row.kinds)),
                    "tiers" => plain(listed(&row.tiers)),
                    "regions" => plain(listed(&row.regions)),
                    "refreshMonths" => plain(row.refresh_months),
                    "state" => plain(row.state),
                    "createdAt" => instant(row.created_at),
                    "version" => plain(row.version),
                    "versions" => self.many("CourseVersion", version),
                    "newestVersion" => self.latest("CourseVersion", version),
                    "enrollments" => self.many("Enrollment", |it| {
                        matches!(it, Thing::Enrollment(it) if it.course_id == row.id)
                    }),
                    "fieldNotes" => self.many("FieldNote", |it| {
                        matches!(it, Thing::FieldNote(it) if it.course_id == Some(row.id))
                    }),
                    _ => never(thing, name),
                }
            }
            Thing::CourseVersion(row) => {
                let lesson = |it: Thing<'_>| {
                    matches!(it, Thing::Lesson(it) if it.course_version_id == row.id)
                };
                match name {
                    "course" => self.one("Course", Some(row.course_id.0)),
                    "number" => plain(row.number),
                    "state" => plain(row.state),
                    "title" => plain(&row.title),
                    "summary" => plain(&row.summary),
                    "locale" => plain(&row.locale),
                    "minutes" => plain(row.minutes),
                    "prerequisites" => plain(&row.prerequisites),
                    "refreshMonths" => plain(row.refresh_months),
                    "outdates" => plain(row.outdates),
                    "document" => plain(self.is_staff().then_some(&row.document)),
                    "author" => self.person(row.author_id),
                    "createdAt" => instant(row.created_at),
                    "publishedAt" => instant(row.published_at),
                    "version" => plain(row.version),
                    "modules" => self.many("CourseModule", |it| {
                        matches!(it, Thing::CourseModule(it) if it.course_version_id == row.id)
                    }),
                    "lessons" => self.many("Lesson", lesson),
                    "lessonCount" => self.count("Lesson", lesson),
                    _ => never(thing, name),
                }
            }
            Thing::CourseModule(row) => match name {
                "courseVersion" => self.one("CourseVersion", Some(row.course_version_id.0)),
                "key" => plain(&row.key),
                "position" => plain(row.position),
                "title" => plain(&row.title),
                "lessons" => self.many("Lesson", |it| {
                    matches!(it, Thing::Lesson(it) if it.module_id == row.id)
                }),
                _ => never(thing, name),
            },
            Thing::Lesson(row) => {
                // What the rules leave out stands for this.
                let quiz = |field: &str, default: serde_json::Value| match &row.quiz {
                    None => plain(None::<()>),
                    Some(quiz) => plain(quiz.get(field).cloned().unwrap_or(default)),
                };
                match name {
                    "courseVersion" => self.one("CourseVersion", Some(row.course_version_id.0)),
                    "module" => self.one("CourseModule", Some(row.module_id.0)),
                    "key" => plain(&row.key),
                    "position" => plain(row.position),
                    "title" => plain(&row.title),
                    "kind" => plain(row.kind),
                    "minutes" => plain(row.minutes),
                    "body" => plain(&row.body),
                    "html" => plain(&row.html),
                    "file" => self.one("File", row.stored_file_id.map(|file| file.0)),
                    "videoUrl" => plain(&row.video_url),
                    "exam" => plain(row.exam),
                    "passPercent" => quiz("passPercent", json!(null)),
                    "attemptsAllowed" => quiz("attempts", json!(null)),
                    "coolDownMinutes" => quiz("coolDownMinutes", json!(0)),
                    "timeLimitMinutes" => quiz("timeLimitMinutes", json!(null)),
                    _ => never(thing, name),
                }
            }
            Thing::LearningPath(row) => match name {
                "slug" => plain(&row.slug),
                "title" => plain(&row.title),
                "summary" => plain(&row.summary),
                "locale" => plain(&row.locale),
                "kinds" => plain(listed(&row.kinds)),
                "tiers" => plain(listed(&row.tiers)),
                "regions" => plain(listed(&row.regions)),
                "createdAt" => instant(row.created_at),
                "retiredAt" => instant(row.retired_at),
                "version" => plain(row.version),
                "courses" => self.many("LearningPathCourse", |it| {
                    matches!(it, Thing::LearningPathCourse(it) if it.learning_path_id == row.id)
                }),
                _ => never(thing, name),
            },
            Thing::LearningPathCourse(row) => match name {
                "learningPath" => self.one("LearningPath", Some(row.learning_path_id.0)),
                "course" => self.one("Course", Some(row.course_id.0)),
                "position" => plain(row.position),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
