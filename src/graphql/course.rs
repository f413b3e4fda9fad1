//! Courses and learning paths, as authors change them.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::partner::PartnerKind;

use super::payload::mutation;
use super::{ContextExt, key};
use crate::audience::Audience;
use crate::course::author::{self, Order, Source};
use crate::course::learning_path;
use crate::error::{Error, Refusal};
use crate::reads::course::{Course, CourseVersion, LearningPath};
use crate::shape::Chosen;

/// For which partners something is; what is left out stands for all.
#[derive(InputObject, Default)]
pub(super) struct AudienceInput {
    /// Kinds of partners.
    #[graphql(default)]
    kinds: Vec<Chosen<PartnerKind>>,
    /// Tiers.
    #[graphql(default)]
    tiers: Vec<String>,
    /// Codes of regions.
    #[graphql(default)]
    regions: Vec<String>,
}

impl From<AudienceInput> for Audience {
    fn from(input: AudienceInput) -> Self {
        Self {
            kinds: input.kinds.into_iter().map(|kind| kind.0).collect(),
            tiers: input.tiers,
            regions: input.regions,
        }
    }
}

/// A course in either form.
#[derive(OneofObject)]
enum CourseSource {
    /// As YAML, with the bodies of its lessons. Files that it names are those that the course has.
    Yaml(String),
    /// As a ZIP archive of its folder, in base64. A large one is for `entente course import`.
    Archive(String),
}

impl TryFrom<CourseSource> for Source {
    type Error = Error;

    fn try_from(source: CourseSource) -> Result<Self, Error> {
        match source {
            CourseSource::Yaml(text) => Ok(Self::Yaml(text)),
            CourseSource::Archive(text) => STANDARD.decode(text).map(Self::Archive).map_err(|_| {
                let message = "Send the archive in base64.";
                Refusal::new("INVALID_ARCHIVE", message)
                    .at("course.archive")
                    .into()
            }),
        }
    }
}

/// Saves the draft of a course.
#[derive(InputObject)]
struct CourseSaveInput {
    /// The course; its slug says which. A new slug makes a new course.
    course: CourseSource,
    /// The version of the draft that you read; left out where the course has no draft.
    expected_version: Option<i32>,
}

mutation!(
    /// What `courseSave` answers.
    CourseSave => CourseSavePayload {
        /// The draft.
        course_version: CourseVersion
    }
    refuses [
        "ANSWER_MISSING", "CHOICES_MISSING", "CONFLICT", "CYCLE", "DUPLICATE", "INVALID_ARCHIVE",
        "INVALID_KEY", "INVALID_LOCALE", "INVALID_PATH", "INVALID_TEXT", "INVALID_URL",
        "INVALID_YAML", "MISFIT", "MISSING_FILE", "OUT_OF_RANGE", "REQUIRED", "TOO_LONG",
        "TOO_MANY", "UNKNOWN_COURSE", "UNKNOWN_REGION", "UNKNOWN_TIER", "UNUSED_FILE"
    ]
);

/// Publishes a draft.
#[derive(InputObject)]
struct CoursePublishInput {
    /// The draft.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Whether certificates that were earned on earlier versions are to be renewed. Their holders
    /// can renew them at once, and are told; what is left of their validity stays.
    #[graphql(default)]
    outdates: bool,
}

mutation!(
    /// What `coursePublish` answers.
    CoursePublish => CoursePublishPayload {
        /// The version on which people start from now on.
        course_version: CourseVersion
    }
    refuses ["CONFLICT", "NOT_DRAFT"]
);

/// Throws a draft away.
#[derive(InputObject)]
struct CourseDiscardInput {
    /// The draft.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `courseDiscard` answers.
    CourseDiscard => CourseDiscardPayload {
        /// The course as it is without the draft; null where it had no other version.
        course: Course
    }
    refuses ["CONFLICT", "NOT_DRAFT"]
);

/// Copies a course.
#[derive(InputObject)]
struct CourseDuplicateInput {
    /// The course; its newest version is copied.
    id: ID,
    /// Short name of the new course.
    slug: String,
}

mutation!(
    /// What `courseDuplicate` answers.
    CourseDuplicate => CourseDuplicatePayload {
        /// The draft of the new course.
        course_version: CourseVersion
    }
    refuses [
        "ANSWER_MISSING", "CHOICES_MISSING", "CYCLE", "DUPLICATE", "INVALID_KEY", "INVALID_LOCALE",
        "INVALID_PATH", "INVALID_TEXT", "INVALID_URL", "INVALID_YAML", "MISFIT", "OUT_OF_RANGE",
        "REQUIRED", "SLUG_TAKEN", "TOO_LONG", "TOO_MANY", "UNKNOWN_REGION"
    ]
);

/// The order of a module's lessons.
#[derive(InputObject)]
struct CourseModuleOrderInput {
    /// Key of the module.
    module: String,
    /// Keys of its lessons; they may have been in another module.
    lessons: Vec<String>,
}

/// Brings a draft into another order.
#[derive(InputObject)]
struct CourseReorderInput {
    /// The draft.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Its modules in their new order; every lesson is named once.
    modules: Vec<CourseModuleOrderInput>,
}

mutation!(
    /// What `courseReorder` answers.
    CourseReorder => CourseReorderPayload {
        /// The draft.
        course_version: CourseVersion
    }
    refuses ["CONFLICT", "NOT_DRAFT", "UNKNOWN_LESSON"]
);

/// Lets nobody start on a course any more, or lets them again.
#[derive(InputObject)]
struct CourseRetireInput {
    /// The course.
    id: ID,
    /// Whether nobody starts on it any more.
    retired: bool,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `courseRetire` answers.
    CourseRetire => CourseRetirePayload {
        /// The course.
        course: Course
    }
    refuses ["CONFLICT"]
);

/// Gives a version of a course as an archive.
#[derive(InputObject)]
struct CourseExportInput {
    /// The version.
    id: ID,
}

mutation!(
    /// What `courseExport` answers.
    CourseExport => CourseExportPayload telling {
        /// A ZIP archive of its folder, in base64.
        archive: String,
    }
    refuses ["INVALID_ARCHIVE"]
);

/// Saves a learning path.
#[derive(InputObject)]
struct LearningPathSaveInput {
    /// Short name in lower case; it says which. A new one makes a new path.
    slug: String,
    /// What it is called.
    title: String,
    /// Where it leads, as Markdown.
    #[graphql(default)]
    summary: String,
    /// Language of its texts, a BCP 47 tag.
    locale: String,
    /// For which partners it is.
    #[graphql(default)]
    audience: AudienceInput,
    /// Slugs of its courses, in their order.
    courses: Vec<String>,
    /// Whether nobody is assigned to it any more.
    #[graphql(default)]
    retired: bool,
    /// The version that you read; left out for a new path.
    expected_version: Option<i32>,
}

mutation!(
    /// What `learningPathSave` answers.
    LearningPathSave => LearningPathSavePayload {
        /// The path.
        learning_path: LearningPath
    }
    refuses [
        "CONFLICT", "DUPLICATE", "INVALID_KEY", "INVALID_LOCALE", "INVALID_TEXT", "REQUIRED",
        "TOO_LONG", "TOO_MANY", "UNKNOWN_COURSE", "UNKNOWN_REGION", "UNKNOWN_TIER"
    ]
);

/// Courses and learning paths.
#[derive(Debug, Default)]
pub(crate) struct CourseMutation;

fn draft(id: &ID, expected_version: i32) -> Result<(uuid::Uuid, author::Draft)> {
    let id = key::<CourseVersion>(id)?;
    let draft = author::Draft {
        version: id.into(),
        expected_version,
    };
    Ok((id, draft))
}

#[Object]
impl CourseMutation {
    /// Saves the draft of a course: of a new one, the next version of one, or again.
    async fn course_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CourseSaveInput,
    ) -> Result<Option<CourseSavePayload>> {
        let result = match Source::try_from(input.course) {
            Ok(course) => {
                let save = author::SaveDraft {
                    course,
                    expected_version: input.expected_version,
                };
                author::save_draft(ctx.op(), ctx.portal(), save).await
            }
            Err(error) => Err(error),
        };
        CourseSavePayload::of(result, None)
    }

    /// Publishes a draft: people start on it from now on, and it never changes again. Who started
    /// on the version before finishes on that.
    async fn course_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CoursePublishInput,
    ) -> Result<Option<CoursePublishPayload>> {
        let (id, draft) = draft(&input.id, input.expected_version)?;
        let result = author::publish(ctx.op(), draft, input.outdates).await;
        CoursePublishPayload::of(result, Some(id))
    }

    /// Throws a draft away, and with it the course where it never had another version.
    async fn course_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CourseDiscardInput,
    ) -> Result<Option<CourseDiscardPayload>> {
        let (_, draft) = draft(&input.id, input.expected_version)?;
        let result = author::discard(ctx.op(), draft).await;
        CourseDiscardPayload::of(result, None)
    }

    /// Copies a course's newest version into the draft of a new course.
    async fn course_duplicate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CourseDuplicateInput,
    ) -> Result<Option<CourseDuplicatePayload>> {
        let id = key::<Course>(&input.id)?;
        let result = author::duplicate(ctx.op(), ctx.portal(), id.into(), input.slug).await;
        CourseDuplicatePayload::of(result, None)
    }

    /// Brings the modules and lessons of a draft into another order.
    async fn course_reorder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CourseReorderInput,
    ) -> Result<Option<CourseReorderPayload>> {
        let (id, draft) = draft(&input.id, input.expected_version)?;
        let order = input.modules.into_iter().map(|it| Order {
            module: it.module,
            lessons: it.lessons,
        });
        let result = author::reorder(ctx.op(), draft, order.collect()).await;
        CourseReorderPayload::of(result, Some(id))
    }

    /// Lets nobody start on a course any more, or lets them again. Who is on it may finish.
    async fn course_retire(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CourseRetireInput,
    ) -> Result<Option<CourseRetirePayload>> {
        let id = key::<Course>(&input.id)?;
        let (op, version) = (ctx.op(), input.expected_version);
        let result = author::set_retired(op, id.into(), input.retired, version).await;
        CourseRetirePayload::of(result, Some(id))
    }

    /// Gives a version of a course as an archive of its folder, for git or another portal. For the
    /// vendor's staff; it changes nothing.
    async fn course_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CourseExportInput,
    ) -> Result<Option<CourseExportPayload>> {
        let id = key::<CourseVersion>(&input.id)?;
        let archive = author::archive(ctx.op(), ctx.files(), id.into()).await;
        CourseExportPayload::told(archive.map(|bytes| STANDARD.encode(bytes)))
    }

    /// Saves a learning path: courses in an order, each after the one before it.
    async fn learning_path_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: LearningPathSaveInput,
    ) -> Result<Option<LearningPathSavePayload>> {
        let definition = learning_path::Definition {
            slug: input.slug,
            title: input.title,
            summary: input.summary,
            locale: input.locale,
            audience: input.audience.into(),
            courses: input.courses,
            retired: input.retired,
            expected_version: input.expected_version,
        };
        let result = learning_path::save(ctx.op(), ctx.portal(), definition).await;
        LearningPathSavePayload::of(result, None)
    }
}
