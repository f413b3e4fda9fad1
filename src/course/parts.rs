//! What a version of a course is made of: its modules, lessons and files, as they come and as rows keep
//! them.

use std::collections::BTreeMap;

use entity::course_version;
use entity::file as file_row;
use entity::file_use::UseKind;
use entity::id::{CourseModuleId, CourseVersionId, FileId};
use entity::{course_module, course_path, lesson};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use super::document::{Document, Lesson};
use super::folder::Bundle;
use crate::digest;
use crate::error::Result;
use crate::file;
use crate::markdown;
use crate::op::{Op, Permit};

/// Files of a course, by their paths.
pub(super) type Files = BTreeMap<String, Content>;

/// What is in a file of a course.
pub(super) enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What an earlier version has in it.
    Kept(file_row::Model),
}

/// A course that is to be written, or was.
pub(super) struct Written {
    pub(super) document: Document,
    pub(super) files: Files,
}

impl From<Bundle> for Written {
    fn from(bundle: Bundle) -> Self {
        let files = bundle.files.into_iter();
        Self {
            document: bundle.document,
            files: files
                .map(|(path, bytes)| (path, Content::Bytes(bytes)))
                .collect(),
        }
    }
}

impl Written {
    /// Whether both say the same and have the same in their files.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let of = |it: &Self| -> Vec<_> {
            it.files
                .iter()
                .map(|(path, content)| (path.clone(), content.sha256()))
                .collect()
        };
        self.document == other.document && of(self) == of(other)
    }
}

impl Content {
    fn sha256(&self) -> String {
        match self {
            Self::Bytes(bytes) => digest::hex(&digest::bytes(bytes)),
            Self::Kept(row) => row.sha256.clone().unwrap_or_default(),
        }
    }
}

/// Every lesson, with its path in the document.
pub(super) fn lessons(document: &Document) -> impl Iterator<Item = (String, &Lesson)> {
    let modules = document.modules.iter().enumerate();
    modules.flat_map(|(at, module)| {
        let lessons = module.lessons.iter().enumerate();
        lessons.map(move |(index, lesson)| (format!("modules.{at}.lessons.{index}"), lesson))
    })
}

/// A version as it was written.
pub(super) async fn written(
    db: &DatabaseExecutor<'_>,
    row: &course_version::Model,
) -> Result<Written> {
    Ok(Written {
        document: Document::from_yaml(&row.document)?,
        files: files_of(db, row.id).await?,
    })
}

/// A version with the bytes of its files.
pub(super) async fn bundle_of(
    op: &Op,
    files: &file::Store,
    row: &course_version::Model,
) -> Result<Bundle> {
    let written = written(&op.reader(), row).await?;
    let mut bundle = Bundle {
        document: written.document,
        files: BTreeMap::new(),
    };
    for (path, content) in written.files {
        let bytes = match content {
            Content::Kept(row) => file::read(op, files, &row).await?,
            Content::Bytes(bytes) => bytes,
        };
        bundle.files.insert(path, bytes);
    }
    Ok(bundle)
}

/// The files of a version.
pub(super) async fn files_of(db: &DatabaseExecutor<'_>, version: CourseVersionId) -> Result<Files> {
    let paths = course_path::Entity::find()
        .filter(course_path::Column::CourseVersionId.eq(version))
        .all(db)
        .await?;
    let kept = file_row::Entity::find()
        .filter(file_row::Column::Id.is_in(paths.iter().map(|path| path.file_id)))
        .all(db)
        .await?;
    let found = paths.into_iter().filter_map(|path| {
        let row = kept.iter().find(|row| row.id == path.file_id)?;
        Some((path.path, Content::Kept(row.clone())))
    });
    Ok(found.collect())
}

/// What these versions have in their files, which need not be kept again.
pub(super) async fn kept(
    db: &DatabaseExecutor<'_>,
    versions: &[course_version::Model],
) -> Result<Vec<file_row::Model>> {
    let used: Vec<FileId> = course_path::Entity::find()
        .select_only()
        .column(course_path::Column::FileId)
        .filter(course_path::Column::CourseVersionId.is_in(versions.iter().map(|it| it.id)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(file_row::Entity::find()
        .filter(file_row::Column::Id.is_in(used))
        .all(db)
        .await?)
}

/// Takes the parts of a version away.
pub(super) async fn delete(permit: &Permit<'_>, version: CourseVersionId) -> Result<()> {
    lesson::Entity::delete_many()
        .filter(lesson::Column::CourseVersionId.eq(version))
        .exec(permit.writer())
        .await?;
    course_module::Entity::delete_many()
        .filter(course_module::Column::CourseVersionId.eq(version))
        .exec(permit.writer())
        .await?;
    course_path::Entity::delete_many()
        .filter(course_path::Column::CourseVersionId.eq(version))
        .exec(permit.writer())
        .await?;
    file::detach(permit, use_by(version), &[]).await
}

/// Writes the parts of a version.
pub(super) async fn write(
    permit: &Permit<'_>,
    version: CourseVersionId,
    bundle: &Written,
    before: &[file_row::Model],
) -> Result<()> {
    let files = write_files(permit, version, &bundle.files, before).await?;
    let mut position = 0;
    for (at, module) in (1..).zip(&bundle.document.modules) {
        let row = course_module::Model {
            id: permit.new_id(),
            course_version_id: version,
            key: module.key.clone(),
            position: at,
            title: module.title.trim().to_owned(),
        };
        let id = row.id;
        course_module::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
        for lesson in &module.lessons {
            position += 1;
            let file = files
                .iter()
                .find(|(path, _)| Some(path) == lesson.file.as_ref());
            let place = Place {
                version,
                module: id,
                position,
                file: file.map(|(_, id)| *id),
            };
            write_lesson(permit, &place, lesson).await?;
        }
    }
    Ok(())
}

/// Where a lesson stands.
struct Place {
    version: CourseVersionId,
    module: CourseModuleId,
    position: i32,
    file: Option<FileId>,
}

async fn write_lesson(permit: &Permit<'_>, place: &Place, it: &Lesson) -> Result<()> {
    let row = lesson::Model {
        id: permit.new_id(),
        course_version_id: place.version,
        module_id: place.module,
        key: it.key.clone(),
        position: place.position,
        title: it.title.trim().to_owned(),
        kind: it.kind,
        minutes: i32::try_from(it.minutes).unwrap_or(i32::MAX),
        body: it.body.clone(),
        html: markdown::to_html_with_pictures(&it.body),
        video_url: it.video_url.clone(),
        file_id: None,
        stored_file_id: place.file,
        quiz: it.quiz.as_ref().map(serde_json::to_value).transpose()?,
        exam: it.quiz.as_ref().is_some_and(|quiz| quiz.exam),
    };
    lesson::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

async fn write_files(
    permit: &Permit<'_>,
    version: CourseVersionId,
    files: &Files,
    before: &[file_row::Model],
) -> Result<Vec<(String, FileId)>> {
    let to = use_by(version);
    let mut written = Vec::with_capacity(files.len());
    for (path, content) in files {
        let id = match content {
            Content::Kept(row) => {
                file::put_to_use(permit, row.id, to).await?;
                row.id
            }
            Content::Bytes(bytes) => {
                let name = path.trim_start_matches("files/").replace('/', "-");
                file::keep(permit, &name, bytes, to, before).await?.id
            }
        };
        written.push((path.clone(), id));
        let row = course_path::Model {
            course_version_id: version,
            path: path.clone(),
            file_id: id,
        };
        course_path::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
    }
    Ok(written)
}

fn use_by(version: CourseVersionId) -> file::Use {
    file::Use {
        kind: UseKind::CourseVersion,
        subject: version.0,
        partner: None,
    }
}
