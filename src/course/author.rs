//! Writing courses: save a draft, publish it, give it out again.
//!
//! A course has any number of versions and at most one draft. A version that is published never
//! changes; who started on the one before finishes on that.

use entity::course::{self, CourseState};
use entity::course_version::{self, CourseVersionState};
use entity::id::{CourseFileId, CourseId, CourseModuleId, CourseVersionId};
use entity::{course_file, course_module, lesson};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::document::{Document, Lesson};
use super::folder::Bundle;
use super::{find, markdown, outdate, store};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::config;
use crate::digest;
use crate::error::{Error, Refusal, Result};
use crate::op::{Op, Permit, Tx};
use crate::submission::check_revision;

/// The codes with which writing courses is refused, beside those of [`super::document::CODES`] and
/// [`super::folder::CODES`].
pub const CODES: &[&str] = &[
    "CONFLICT",
    "DRAFT_EXISTS",
    "NOT_DRAFT",
    "SLUG_TAKEN",
    "UNKNOWN_COURSE",
    "UNKNOWN_LESSON",
];

/// A course in either form.
#[derive(Clone, Debug)]
pub enum Source {
    /// As YAML, with the bodies of its lessons; its files are those that the course has already.
    Yaml(String),
    /// As a ZIP archive of its folder.
    Archive(Vec<u8>),
    /// As a folder that was read.
    Bundle(Box<Bundle>),
}

/// What is to be saved.
#[derive(Clone, Debug)]
pub struct SaveDraft {
    /// The course; its slug says which.
    pub course: Source,
    /// The version of the draft that was read; none where there is no draft yet.
    pub expected_version: Option<i32>,
}

/// Saves the draft of a course: of a new one, the next version of one, or again.
///
/// # Errors
/// Refusals of [`super::document::CODES`], [`super::folder::CODES`] and [`CODES`].
pub async fn save_draft(
    op: &Op,
    portal: &config::Portal,
    input: SaveDraft,
) -> Result<CourseVersionId> {
    op.unit((input, portal.regions.clone()), |tx, (input, regions)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
            let bundle = read(&permit, &input.course, regions).await?;
            let (course, versions) = course_for(&permit, &bundle.document).await?;
            check_draft(draft_of(&versions), input.expected_version)?;
            write_draft(&permit, &course, &versions, &bundle).await
        })
    })
    .await
}

fn check_draft(draft: Option<&course_version::Model>, expected: Option<i32>) -> Result<()> {
    if draft.map(|row| row.version) == expected {
        return Ok(());
    }
    let message = match draft {
        Some(draft) => format!(
            "The course has a draft, version {} of its edits. Read it, and name that version.",
            draft.version
        ),
        None => "The course has no draft any more. Leave the version out for a new one.".into(),
    };
    Err(Refusal::new("CONFLICT", message)
        .at("expectedVersion")
        .into())
}

/// The course, checked, with its files.
async fn read(permit: &Permit<'_>, source: &Source, regions: &[String]) -> Result<Bundle> {
    let bundle = match source {
        Source::Bundle(bundle) => (**bundle).clone(),
        Source::Archive(bytes) => Bundle::from_zip(bytes)?,
        Source::Yaml(text) => with_files(permit, Document::from_yaml(text)?).await?,
    };
    bundle.document.check(regions)?;
    let slugs = bundle.document.prerequisites.iter().map(String::as_str);
    let there = store::by_slugs(&permit.reader(), slugs).await?;
    let mut faults = Vec::new();
    for (index, slug) in bundle.document.prerequisites.iter().enumerate() {
        if !there.iter().any(|course| course.slug == *slug) {
            let message = format!("There is no course `{slug}`.");
            let path = format!("prerequisites.{index}");
            faults.push(Refusal::new("UNKNOWN_COURSE", message).at(&path));
        }
    }
    if faults.is_empty() {
        return Ok(bundle);
    }
    Err(Error::Refused(faults))
}

/// The document with those of the course's files that it names.
async fn with_files(permit: &Permit<'_>, document: Document) -> Result<Bundle> {
    let db = permit.reader();
    let earlier = store::by_slugs(&db, [document.slug.as_str()]).await?;
    let mut files = std::collections::BTreeMap::new();
    if let Some(course) = earlier.first()
        && let Some(newest) = store::versions(&db, course.id).await?.first()
    {
        for file in files_of(&db, newest.id).await? {
            files.insert(file.path, file.content);
        }
    }
    let named: Vec<(String, String)> = lessons(&document)
        .filter_map(|(path, lesson)| Some((path, lesson.file.clone()?)))
        .collect();
    let missing = named.iter().filter(|(_, file)| !files.contains_key(file));
    let faults: Vec<_> = missing
        .map(|(path, file)| {
            let message = format!("The course has no file `{file}`: send it as an archive.");
            Refusal::new("MISSING_FILE", message).at(&format!("{path}.file"))
        })
        .collect();
    if !faults.is_empty() {
        return Err(Error::Refused(faults));
    }
    files.retain(|path, _| named.iter().any(|(_, file)| file == path));
    Ok(Bundle { document, files })
}

/// Every lesson, with its path in the document.
fn lessons(document: &Document) -> impl Iterator<Item = (String, &Lesson)> {
    let modules = document.modules.iter().enumerate();
    modules.flat_map(|(at, module)| {
        let lessons = module.lessons.iter().enumerate();
        lessons.map(move |(index, lesson)| (format!("modules.{at}.lessons.{index}"), lesson))
    })
}

/// Which draft is to be published, or discarded.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// The draft.
    pub version: CourseVersionId,
    /// Its version that was read.
    pub expected_version: i32,
}

/// Publishes a draft: who starts from now on starts on it. Where it `outdates` what came before,
/// certificates that were earned on earlier versions are to be renewed.
///
/// # Errors
/// `NOT_DRAFT`, `CONFLICT`.
pub async fn publish(op: &Op, draft: Draft, outdates: bool) -> Result<CourseVersionId> {
    op.unit((draft, outdates), |tx, (draft, outdates)| {
        Box::pin(async move {
            let (permit, row) = open(tx, draft).await?;
            publish_draft(&permit, row, *outdates).await
        })
    })
    .await
}

/// Throws a draft away, and with it the course where it never had another version.
///
/// # Errors
/// `NOT_DRAFT`, `CONFLICT`.
pub async fn discard(op: &Op, draft: Draft) -> Result<CourseId> {
    op.unit(draft, |tx, draft| {
        Box::pin(async move {
            let (permit, row) = open(tx, draft).await?;
            let versions = store::versions(&permit.reader(), row.course_id).await?;
            delete_parts(&permit, row.id).await?;
            course_version::Entity::delete_by_id(row.id)
                .exec(permit.writer())
                .await?;
            if versions.len() == 1 {
                course::Entity::delete_by_id(row.course_id)
                    .exec(permit.writer())
                    .await?;
            }
            let before = json!({ "version": row.version, "number": row.number });
            find::index(&permit, row.course_id).await?;
            audit::record(&permit, subject(row.id), &before, &json!(null)).await?;
            Ok(row.course_id)
        })
    })
    .await
}

/// Publishes a whole course at once, as the command line does. Where the same is published already,
/// nothing happens.
///
/// # Errors
/// As [`save_draft`], and `DRAFT_EXISTS` where somebody is writing the next version.
pub async fn publish_bundle(
    op: &Op,
    portal: &config::Portal,
    bundle: Bundle,
    outdates: bool,
) -> Result<CourseVersionId> {
    let input = (
        Source::Bundle(Box::new(bundle)),
        portal.regions.clone(),
        outdates,
    );
    op.unit(input, |tx, (source, regions, outdates)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
            let bundle = read(&permit, source, regions).await?;
            let (course, versions) = course_for(&permit, &bundle.document).await?;
            let db = permit.reader();
            let published = versions
                .iter()
                .find(|row| row.state == CourseVersionState::Published);
            if let Some(same) = published
                && bundle_of(&db, same).await? == bundle
            {
                return Ok(same.id);
            }
            if draft_of(&versions).is_some() {
                let message = "Somebody is writing the next version of this course: publish their \
                               draft first.";
                return Err(Refusal::new("DRAFT_EXISTS", message).into());
            }
            let id = write_draft(&permit, &course, &versions, &bundle).await?;
            let draft = store::version(&db, id).await?;
            publish_draft(&permit, draft, *outdates).await
        })
    })
    .await
}

/// Copies a course's newest version into the draft of a new course.
///
/// # Errors
/// `SLUG_TAKEN`, and the refusals of [`super::document::CODES`].
pub async fn duplicate(
    op: &Op,
    portal: &config::Portal,
    id: CourseId,
    slug: String,
) -> Result<CourseVersionId> {
    op.unit(
        (id, slug, portal.regions.clone()),
        |tx, (id, slug, regions)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
                let db = permit.reader();
                let mut bundle = bundle_of(&db, &newest(&db, *id).await?).await?;
                if !store::by_slugs(&db, [slug.as_str()]).await?.is_empty() {
                    let message = format!("There is a course `{slug}` already.");
                    return Err(Refusal::new("SLUG_TAKEN", message).at("slug").into());
                }
                bundle.document.slug.clone_from(slug);
                bundle.document.check(regions)?;
                let (course, versions) = course_for(&permit, &bundle.document).await?;
                write_draft(&permit, &course, &versions, &bundle).await
            })
        },
    )
    .await
}

/// The order of a module's lessons.
#[derive(Clone, Debug)]
pub struct Order {
    /// Key of the module.
    pub module: String,
    /// Keys of its lessons, which may have been in other modules.
    pub lessons: Vec<String>,
}

/// Brings modules and lessons of a draft into another order: every one of them is named once.
///
/// # Errors
/// `NOT_DRAFT`, `CONFLICT`, `UNKNOWN_LESSON`.
pub async fn reorder(op: &Op, draft: Draft, order: Vec<Order>) -> Result<CourseVersionId> {
    op.unit((draft, order), |tx, (draft, order)| {
        Box::pin(async move {
            let (permit, row) = open(tx, draft).await?;
            let db = permit.reader();
            let mut bundle = bundle_of(&db, &row).await?;
            bundle.document.modules = ordered(&bundle.document, order)?;
            let course = store::course(&db, row.course_id).await?;
            let versions = store::versions(&db, row.course_id).await?;
            write_draft(&permit, &course, &versions, &bundle).await
        })
    })
    .await
}

fn ordered(document: &Document, order: &[Order]) -> Result<Vec<super::document::Module>> {
    let mut left: Vec<&Lesson> = document.modules.iter().flat_map(|it| &it.lessons).collect();
    let mut modules = Vec::with_capacity(order.len());
    let unknown = |message: String, path: String| {
        Error::from(Refusal::new("UNKNOWN_LESSON", message).at(&path))
    };
    for (at, wanted) in order.iter().enumerate() {
        let found = document.modules.iter().find(|it| it.key == wanted.module);
        let Some(module) = found else {
            let message = format!("The course has no module `{}`.", wanted.module);
            return Err(unknown(message, format!("modules.{at}.module")));
        };
        let mut lessons = Vec::with_capacity(wanted.lessons.len());
        for (index, key) in wanted.lessons.iter().enumerate() {
            let Some(place) = left.iter().position(|lesson| lesson.key == *key) else {
                let message = format!("There is no lesson `{key}`, or it is named twice.");
                return Err(unknown(message, format!("modules.{at}.lessons.{index}")));
            };
            lessons.push(left.remove(place).clone());
        }
        modules.push(super::document::Module {
            key: module.key.clone(),
            title: module.title.clone(),
            lessons,
        });
    }
    if let Some(lesson) = left.first() {
        let message = format!("Name every lesson; `{}` is missing.", lesson.key);
        return Err(unknown(message, "modules".to_owned()));
    }
    Ok(modules)
}

/// Lets nobody start on the course any more, or lets them again.
///
/// # Errors
/// `CONFLICT`.
pub async fn set_retired(
    op: &Op,
    id: CourseId,
    retired: bool,
    expected_version: i32,
) -> Result<CourseId> {
    op.unit(
        (id, retired, expected_version),
        |tx, &(id, retired, version)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
                let db = permit.reader();
                let row = store::course(&db, id).await?;
                check_revision(version, row.version)?;
                let state = match store::published(&db, id).await? {
                    _ if retired => CourseState::Retired,
                    Some(_) => CourseState::Published,
                    None => CourseState::Draft,
                };
                let before = json!({ "state": row.state });
                let row = course::Model {
                    state,
                    version: row.version + 1,
                    ..row
                };
                row.into_active_model()
                    .reset_all()
                    .update(permit.writer())
                    .await?;
                let subject = Subject {
                    kind: "Course",
                    id: id.0,
                    partner: None,
                };
                find::index(&permit, id).await?;
                audit::record(&permit, subject, &before, &json!({ "state": state })).await?;
                Ok(id)
            })
        },
    )
    .await
}

/// A course's version as a folder: its newest where none is named. For the vendor's staff.
///
/// # Errors
/// [`Error::NotFound`] for anybody else who signed in.
pub async fn export(op: &Op, slug: &str) -> Result<Bundle> {
    let db = op.reader();
    let found = store::by_slugs(&db, [slug]).await?;
    let course = found.first().filter(|_| op.actor().is_staff());
    let course = course.ok_or(Error::NotFound("Course"))?;
    bundle_of(&db, &newest(&db, course.id).await?).await
}

/// A version as an archive. For the vendor's staff.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
pub async fn archive(op: &Op, id: CourseVersionId) -> Result<Vec<u8>> {
    op.actor().known()?;
    if !op.actor().is_staff() {
        return Err(Error::NotFound("CourseVersion"));
    }
    let db = op.reader();
    let version = store::version(&db, id).await?;
    bundle_of(&db, &version).await?.to_zip()
}

async fn newest(db: &DatabaseExecutor<'_>, id: CourseId) -> Result<course_version::Model> {
    let mut versions = store::versions(db, id).await?;
    if versions.is_empty() {
        return Err(Error::NotFound("Course"));
    }
    Ok(versions.remove(0))
}

async fn bundle_of(db: &DatabaseExecutor<'_>, row: &course_version::Model) -> Result<Bundle> {
    let files = files_of(db, row.id).await?;
    Ok(Bundle {
        document: Document::from_yaml(&row.document)?,
        files: files
            .into_iter()
            .map(|file| (file.path, file.content))
            .collect(),
    })
}

async fn files_of(
    db: &DatabaseExecutor<'_>,
    version: CourseVersionId,
) -> Result<Vec<course_file::Model>> {
    Ok(course_file::Entity::find()
        .filter(course_file::Column::CourseVersionId.eq(version))
        .all(db)
        .await?)
}

fn draft_of(versions: &[course_version::Model]) -> Option<&course_version::Model> {
    versions
        .iter()
        .find(|row| row.state == CourseVersionState::Draft)
}

async fn open<'tx>(tx: &'tx Tx, draft: &Draft) -> Result<(Permit<'tx>, course_version::Model)> {
    let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
    let row = store::version(&permit.reader(), draft.version).await?;
    if row.state != CourseVersionState::Draft {
        let message = format!(
            "Version {} was published and does not change any more. Save a new draft.",
            row.number
        );
        return Err(Refusal::new("NOT_DRAFT", message).into());
    }
    check_revision(draft.expected_version, row.version)?;
    Ok((permit, row))
}

/// The course that the document is of, made where it is new, and its versions.
async fn course_for(
    permit: &Permit<'_>,
    document: &Document,
) -> Result<(course::Model, Vec<course_version::Model>)> {
    let db = permit.reader();
    let found = store::by_slugs(&db, [document.slug.as_str()]).await?;
    if let Some(course) = found.into_iter().next() {
        let versions = store::versions(&db, course.id).await?;
        return Ok((course, versions));
    }
    let kept = document.audience.kept();
    let row = course::Model {
        id: permit.new_id(),
        slug: document.slug.clone(),
        title: document.title.trim().to_owned(),
        summary: document.summary.trim().to_owned(),
        locale: document.locale.clone(),
        kinds: kept.kinds,
        tiers: kept.tiers,
        regions: kept.regions,
        refresh_months: months(document),
        state: CourseState::Draft,
        created_at: permit.now(),
        version: 1,
    };
    course::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok((row, Vec::new()))
}

fn months(document: &Document) -> Option<i32> {
    document
        .refresh_months
        .and_then(|it| i32::try_from(it).ok())
}

/// Writes the draft, over the one that is there or as the next number, with its parts.
async fn write_draft(
    permit: &Permit<'_>,
    course: &course::Model,
    versions: &[course_version::Model],
    bundle: &Bundle,
) -> Result<CourseVersionId> {
    let document = &bundle.document;
    let earlier = draft_of(versions);
    let last = versions.iter().map(|row| row.number).max().unwrap_or(0);
    let minutes: u32 = lessons(document).map(|(_, lesson)| lesson.minutes).sum();
    let row = course_version::Model {
        id: earlier.map_or_else(|| permit.new_id(), |row| row.id),
        course_id: course.id,
        number: earlier.map_or(last + 1, |row| row.number),
        state: CourseVersionState::Draft,
        title: document.title.trim().to_owned(),
        summary: document.summary.trim().to_owned(),
        locale: document.locale.clone(),
        minutes: i32::try_from(minutes).unwrap_or(i32::MAX),
        prerequisites: serde_json::to_value(&document.prerequisites)?,
        refresh_months: months(document),
        outdates: false,
        document: document.to_yaml()?,
        author_id: permit.op().actor().person().map(|person| person.id),
        created_at: earlier.map_or(permit.now(), |row| row.created_at),
        published_at: None,
        version: earlier.map_or(1, |row| row.version + 1),
    };
    let (id, edit) = (row.id, row.version);
    let row = row.into_active_model().reset_all();
    if earlier.is_some() {
        row.update(permit.writer()).await?;
        delete_parts(permit, id).await?;
    } else {
        row.insert(permit.writer()).await?;
    }
    write_parts(permit, id, bundle).await?;
    if course.state == CourseState::Draft {
        find::index(permit, course.id).await?;
    }
    let before = json!({ "version": earlier.map(|row| row.version) });
    let after = json!({ "version": edit, "slug": document.slug, "minutes": minutes });
    audit::record(permit, subject(id), &before, &after).await?;
    Ok(id)
}

async fn delete_parts(permit: &Permit<'_>, version: CourseVersionId) -> Result<()> {
    lesson::Entity::delete_many()
        .filter(lesson::Column::CourseVersionId.eq(version))
        .exec(permit.writer())
        .await?;
    course_module::Entity::delete_many()
        .filter(course_module::Column::CourseVersionId.eq(version))
        .exec(permit.writer())
        .await?;
    course_file::Entity::delete_many()
        .filter(course_file::Column::CourseVersionId.eq(version))
        .exec(permit.writer())
        .await?;
    Ok(())
}

async fn write_parts(permit: &Permit<'_>, version: CourseVersionId, bundle: &Bundle) -> Result<()> {
    let files = write_files(permit, version, bundle).await?;
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
    file: Option<CourseFileId>,
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
        html: markdown::to_html(&it.body),
        video_url: it.video_url.clone(),
        file_id: place.file,
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
    bundle: &Bundle,
) -> Result<Vec<(String, CourseFileId)>> {
    let mut written = Vec::with_capacity(bundle.files.len());
    for (path, content) in &bundle.files {
        let row = course_file::Model {
            id: permit.new_id(),
            course_version_id: version,
            path: path.clone(),
            media_type: media_type(path).to_owned(),
            size: i32::try_from(content.len()).unwrap_or(i32::MAX),
            digest: digest::hex(&Sha256::digest(content)),
            content: content.clone(),
        };
        written.push((path.clone(), row.id));
        course_file::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
    }
    Ok(written)
}

/// What a file is, by its name; what is not known is bytes to keep.
fn media_type(path: &str) -> &'static str {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "txt" | "md" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

/// Retires the version before and publishes this one. The course takes its texts and audience from
/// it.
async fn publish_draft(
    permit: &Permit<'_>,
    draft: course_version::Model,
    outdates: bool,
) -> Result<CourseVersionId> {
    let document = Document::from_yaml(&draft.document)?;
    let before = store::published(&permit.reader(), draft.course_id).await?;
    course_version::Entity::update_many()
        .set(course_version::ActiveModel {
            state: ActiveValue::Set(CourseVersionState::Retired),
            ..Default::default()
        })
        .filter(course_version::Column::CourseId.eq(draft.course_id))
        .filter(course_version::Column::State.eq(CourseVersionState::Published))
        .exec(permit.writer())
        .await?;
    let outdates = outdates && before.is_some();
    course_version::ActiveModel {
        id: ActiveValue::Unchanged(draft.id),
        state: ActiveValue::Set(CourseVersionState::Published),
        outdates: ActiveValue::Set(outdates),
        published_at: ActiveValue::Set(Some(permit.now())),
        version: ActiveValue::Set(draft.version + 1),
        ..Default::default()
    }
    .update(permit.writer())
    .await?;
    let course = store::course(&permit.reader(), draft.course_id).await?;
    let kept = document.audience.kept();
    let course = course::Model {
        title: draft.title.clone(),
        summary: draft.summary.clone(),
        locale: draft.locale.clone(),
        kinds: kept.kinds,
        tiers: kept.tiers,
        regions: kept.regions,
        refresh_months: draft.refresh_months,
        state: CourseState::Published,
        version: course.version + 1,
        ..course
    };
    course
        .into_active_model()
        .reset_all()
        .update(permit.writer())
        .await?;
    find::index(permit, draft.course_id).await?;
    if outdates {
        outdate::promise(permit, draft.id).await?;
    }
    let after = json!({
        "state": CourseVersionState::Published, "number": draft.number, "outdates": outdates,
    });
    audit::record(
        permit,
        subject(draft.id),
        &json!({ "state": draft.state }),
        &after,
    )
    .await?;
    Ok(draft.id)
}

fn subject(id: CourseVersionId) -> Subject {
    Subject {
        kind: "CourseVersion",
        id: id.0,
        partner: None,
    }
}
