//! Lessons of one version of a course.

use sea_orm::entity::prelude::*;

use crate::id::{CourseFileId, CourseModuleId, CourseVersionId, FileId, LessonId};
use crate::lesson_kind::LessonKind;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LessonId,
    /// Of which version.
    pub course_version_id: CourseVersionId,
    /// In which module.
    pub module_id: CourseModuleId,
    /// Name within the course, in lower case.
    pub key: String,
    /// Place in the course, from 1.
    pub position: i32,
    /// What it is called.
    pub title: String,
    /// What it is.
    pub kind: LessonKind,
    /// How long it takes, by estimate.
    pub minutes: i32,
    /// What is read, as Markdown; may be empty.
    pub body: String,
    /// The same as HTML that is safe to show.
    pub html: String,
    /// Where the video is.
    pub video_url: Option<String>,
    /// The file, for a binary of before.
    pub file_id: Option<CourseFileId>,
    /// The file.
    pub stored_file_id: Option<FileId>,
    /// The quiz with its key: never shown to learners.
    pub quiz: Option<Json>,
    /// Whether the quiz is an exam: its result is told by letter.
    pub exam: bool,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
