//! Writing courses: save a draft, publish it, give it out again.
//!
//! A course has [editions](crate::edition), its versions: who started on one finishes on it.

use entity::course::{self, CourseState};
use entity::course_version::{self, CourseVersionState};
use entity::id::{CourseId, CourseVersionId};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde_json::json;

use super::document::{Document, Lesson};
use super::folder::Bundle;
use super::parts::{self, Files, Written, lessons};
use super::{find, outdate, store};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope, allows};
use crate::config;
use crate::document::Faults;
use crate::edition::{self, Edition, Head, Stage};
use crate::error::{Error, Refusal, Result};
use crate::file;
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
    let input = unpacked(op, input).await?;
    op.unit((input, portal.regions.clone()), |tx, (input, regions)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
            let bundle = read(&permit, &input.course, regions).await?;
            let (course, versions) = course_for(&permit, &bundle.document).await?;
            edition::check_draft(&versions, input.expected_version)?;
            write_draft(&permit, &course, &versions, &bundle).await
        })
    })
    .await
}

/// The same with its archive opened, where the asker may save it at all: it takes long, and would be
/// done again each time that the unit of work is.
async fn unpacked(op: &Op, input: SaveDraft) -> Result<SaveDraft> {
    let may = allows(op.actor(), Permission::WriteCourses, Scope::Portal);
    match input.course {
        Source::Archive(bytes) if may => {
            let bundle = off_the_threads(move || Bundle::from_zip(&bytes)).await?;
            let course = Source::Bundle(Box::new(bundle));
            Ok(SaveDraft { course, ..input })
        }
        course @ (Source::Archive(_) | Source::Bundle(_) | Source::Yaml(_)) => {
            Ok(SaveDraft { course, ..input })
        }
    }
}

/// Does what takes long off the threads that answer requests.
async fn off_the_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| Error::fault(format!("an archive broke what read it: {panic}")))?
}

/// The course, checked, with its files.
async fn read(permit: &Permit<'_>, source: &Source, regions: &[String]) -> Result<Written> {
    let bundle = match source {
        Source::Bundle(bundle) => (**bundle).clone().into(),
        Source::Archive(bytes) => Bundle::from_zip(bytes)?.into(),
        Source::Yaml(text) => with_files(permit, Document::from_yaml(text)?).await?,
    };
    bundle.document.check(regions)?;
    let db = permit.reader();
    let slugs = bundle.document.prerequisites.iter().map(String::as_str);
    let there = store::by_slugs(&db, slugs).await?;
    let mut faults = Faults::default();
    let audience = &bundle.document.audience;
    audience.check_tiers(&db, "audience", &mut faults).await?;
    for (index, slug) in bundle.document.prerequisites.iter().enumerate() {
        if !there.iter().any(|course| course.slug == *slug) {
            let message = format!("There is no course `{slug}`.");
            let path = format!("prerequisites.{index}");
            faults.add("UNKNOWN_COURSE", message, &path);
        }
    }
    faults.result()?;
    Ok(bundle)
}

/// The document with those of the course's files that it names.
async fn with_files(permit: &Permit<'_>, document: Document) -> Result<Written> {
    let db = permit.reader();
    let earlier = store::by_slugs(&db, [document.slug.as_str()]).await?;
    let mut files = Files::new();
    if let Some(course) = earlier.first()
        && let Some(newest) = store::versions(&db, course.id).await?.first()
    {
        files = parts::files_of(&db, newest.id).await?;
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
    Ok(Written { document, files })
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
            parts::delete(&permit, row.id).await?;
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

/// What became of a course that was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Imported {
    /// People start on it from now on.
    Published,
    /// The same is published already; it outdates the versions before from now on.
    Outdated,
    /// The same is published already.
    Unchanged,
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
) -> Result<Imported> {
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
            if let Some(same) = edition::published(&versions)
                && parts::written(&db, same).await?.is_same(&bundle)
            {
                return unchanged(&permit, same, &versions, *outdates).await;
            }
            edition::check_nobody_writes(&versions)?;
            let id = write_draft(&permit, &course, &versions, &bundle).await?;
            let draft = store::version(&db, id).await?;
            publish_draft(&permit, draft, *outdates).await?;
            Ok(Imported::Published)
        })
    })
    .await
}

/// What is published already may still outdate the versions before it, if it does not yet: whoever
/// forgot to say so says it when they publish the same once more.
async fn unchanged(
    permit: &Permit<'_>,
    same: &course_version::Model,
    versions: &[course_version::Model],
    outdates: bool,
) -> Result<Imported> {
    let has_older = versions.iter().any(|row| row.number < same.number);
    if !outdates || same.outdates || !has_older {
        return Ok(Imported::Unchanged);
    }
    course_version::ActiveModel {
        id: ActiveValue::Unchanged(same.id),
        outdates: ActiveValue::Set(true),
        version: ActiveValue::Set(same.version + 1),
        ..Default::default()
    }
    .update(permit.writer())
    .await?;
    outdate::promise(permit, same.id).await?;
    let (before, after) = (json!({ "outdates": false }), json!({ "outdates": true }));
    audit::record(permit, subject(same.id), &before, &after).await?;
    Ok(Imported::Outdated)
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
                let mut bundle = parts::written(&db, &newest(&db, *id).await?).await?;
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
            let mut bundle = parts::written(&db, &row).await?;
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
pub async fn export(op: &Op, files: &file::Store, slug: &str) -> Result<Bundle> {
    let db = op.reader();
    let found = store::by_slugs(&db, [slug]).await?;
    let course = found.first().filter(|_| op.actor().is_staff());
    let course = course.ok_or(Error::NotFound("Course"))?;
    parts::bundle_of(op, files, &newest(&db, course.id).await?).await
}

/// A version as an archive. For the vendor's staff.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
pub async fn archive(op: &Op, files: &file::Store, id: CourseVersionId) -> Result<Vec<u8>> {
    op.actor().known()?;
    if !op.actor().is_staff() {
        return Err(Error::NotFound("CourseVersion"));
    }
    let db = op.reader();
    let version = store::version(&db, id).await?;
    let bundle = parts::bundle_of(op, files, &version).await?;
    off_the_threads(move || bundle.to_zip()).await
}

async fn newest(db: &DatabaseExecutor<'_>, id: CourseId) -> Result<course_version::Model> {
    let mut versions = store::versions(db, id).await?;
    if versions.is_empty() {
        return Err(Error::NotFound("Course"));
    }
    Ok(versions.remove(0))
}

impl Edition for course_version::Model {
    type Id = CourseVersionId;
    const OF: &'static str = "course";

    fn head(&self) -> Head<CourseVersionId> {
        Head {
            id: self.id,
            number: self.number,
            stage: match self.state {
                CourseVersionState::Draft => Stage::Draft,
                CourseVersionState::Published => Stage::Published,
                CourseVersionState::Retired => Stage::Retired,
            },
            version: self.version,
            created_at: self.created_at,
        }
    }
}

async fn open<'tx>(tx: &'tx Tx, draft: &Draft) -> Result<(Permit<'tx>, course_version::Model)> {
    let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
    let row = store::version(&permit.reader(), draft.version).await?;
    edition::check_open(&row, draft.expected_version)?;
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
    bundle: &Written,
) -> Result<CourseVersionId> {
    let document = &bundle.document;
    let place = edition::place(permit, versions);
    let id = place.id;
    let minutes: u32 = lessons(document).map(|(_, lesson)| lesson.minutes).sum();
    let row = course_version::Model {
        id,
        course_id: course.id,
        number: place.number,
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
        created_at: place.created_at,
        published_at: None,
        version: place.version,
    };
    let before = parts::kept(&permit.reader(), versions).await?;
    let row = row.into_active_model().reset_all();
    if place.over.is_some() {
        row.update(permit.writer()).await?;
        parts::delete(permit, id).await?;
    } else {
        row.insert(permit.writer()).await?;
    }
    parts::write(permit, id, bundle, &before).await?;
    if course.state == CourseState::Draft {
        find::index(permit, course.id).await?;
    }
    let before = json!({ "version": place.over });
    let after = json!({ "version": place.version, "slug": document.slug, "minutes": minutes });
    audit::record(permit, subject(id), &before, &after).await?;
    Ok(id)
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
