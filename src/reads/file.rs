//! Files, and who may read them: whoever may read what they are attached to.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use entity::file::{self, FileState};
use entity::file_use::{self, UseKind};
use entity::id::FileId;
use entity::{
    appeal, asset_co_branding, asset_version, case_study, case_study_consent, course_version,
    onboarding_step, partner,
};
use sea_orm::sea_query::{Condition, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait};
use uuid::Uuid;

use super::{in_partners, select};
use crate::auth::Assurance;
use crate::auth::link::Door;
use crate::error::Result;
use crate::op::Op;
use crate::reads::case_study::{CaseStudy, CaseStudyConsent};
use crate::reads::course::CourseVersion;
use crate::reads::identity::Person;
use crate::reads::library::AssetVersion;
use crate::reads::onboarding::OnboardingStep;
use crate::reads::partner::Partner;
use crate::reads::tier::Appeal;
use crate::shape::scalar::Url;
use crate::shape::{self, Chosen, Direction, Fields, Shape, Sight, everything};

/// A file.
#[derive(Debug)]
pub struct File;

/// Files that are attached to one of these.
fn used(kind: UseKind, subjects: SelectStatement) -> Condition {
    use file_use::Column;
    let uses = Condition::all()
        .add(Column::SubjectKind.eq(kind))
        .add(Column::SubjectId.in_subquery(subjects));
    let files = select(file_use::Entity, Column::FileId, uses);
    file::Column::Id.in_subquery(files).into()
}

/// Files that are attached to something that the asker may read: a line for each kind of it.
fn attached(actor: Sight<'_>) -> Condition {
    let versions = select(
        course_version::Entity,
        course_version::Column::Id,
        CourseVersion::visible(actor),
    );
    let partners = select(
        partner::Entity,
        partner::Column::Id,
        Partner::visible(actor),
    );
    let steps = select(
        onboarding_step::Entity,
        onboarding_step::Column::Id,
        OnboardingStep::visible(actor),
    );
    let studies = select(
        case_study::Entity,
        case_study::Column::Id,
        CaseStudy::visible(actor),
    );
    let consents = select(
        case_study_consent::Entity,
        case_study_consent::Column::Id,
        CaseStudyConsent::visible(actor),
    );
    let assets = select(
        asset_version::Entity,
        asset_version::Column::Id,
        AssetVersion::visible(actor),
    );
    let copies = select(
        asset_co_branding::Entity,
        asset_co_branding::Column::Id,
        in_partners(actor, asset_co_branding::Column::PartnerId),
    );
    let appeals = select(appeal::Entity, appeal::Column::Id, Appeal::visible(actor));
    Condition::any()
        .add(used(UseKind::Appeal, appeals))
        .add(used(UseKind::AssetVersion, assets))
        .add(used(UseKind::CoBranding, copies))
        .add(used(UseKind::CourseVersion, versions))
        .add(used(UseKind::OnboardingStep, steps))
        .add(used(UseKind::PartnerLogo, partners))
        .add(used(UseKind::CaseStudyImage, studies))
        .add(used(UseKind::CaseStudyConsent, consents))
}

/// Those that the asker has brought, as long as they may upload where they brought them.
fn own(actor: Sight<'_>) -> Condition {
    let Some(me) = actor
        .person()
        .filter(|me| me.assurance != Assurance::Missing)
    else {
        return shape::nothing();
    };
    Condition::all()
        .add(file::Column::OwnerId.eq(me.id))
        .add(in_partners(actor, file::Column::PartnerId))
}

impl Shape for File {
    type Entity = file::Entity;
    const NAME: &'static str = "File";
    const ABOUT: &'static str = "A file that somebody uploaded or the portal made. You see those of what you may read, and \
         your own.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        Condition::any().add(attached(actor)).add(own(actor))
    }

    fn fields(fields: &mut Fields<Self>) {
        use file::Column;
        fields
            .id()
            .column::<String>("name", Column::Name, "What it is called, without a path.")
            .order()
            .column::<String>("mediaType", Column::MediaType, "What it is, such as `application/pdf`: by its name and, once it is there, by its bytes.")
            .column::<i32>("size", Column::Size, "Bytes.")
            .column::<Option<String>>("sha256", Column::Sha256, "SHA-256 of the bytes, in hex; null until they have come.")
            .column::<Chosen<FileState>>("state", Column::State, "Whether its bytes have come.")
            .derived(
                "url",
                [Column::Id, Column::Name, Column::State],
                "Where it can be had, as an attachment, for the next ten minutes and in this session: read it anew when you need it. Null until its bytes have come.",
                url,
            )
            .one::<Person>("owner", Column::OwnerId, "Who uploaded it. Null where the portal made it, or for one whom you do not see.")
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When its upload was begun.")
            .order()
            .sorted("createdAt", Direction::Descending);
    }
}

/// A link that stays the same for a while, so that it can be kept beside what was read.
fn url(op: &Op, (id, name, state): (Uuid, String, Chosen<FileState>)) -> Option<Url> {
    if state.0 == FileState::Staged {
        return None;
    }
    let until = op.now() + TimeDelta::minutes(15);
    let until = until.duration_trunc(TimeDelta::minutes(5)).unwrap_or(until);
    let session = op.actor().person().map(|person| person.session);
    let link = op.link_key();
    Some(Url(link.file_url(
        Door::Download,
        FileId(id),
        session,
        until,
        Some(&name),
    )))
}

/// The file, where its bytes have come and the asker may read it.
///
/// # Errors
/// What the database said.
pub async fn readable(op: &Op, id: FileId) -> Result<Option<file::Model>> {
    let only = Condition::all()
        .add(file::Column::Id.eq(id))
        .add(file::Column::State.eq(FileState::Stored));
    match shape::seen::<File>(op, only).await?.first() {
        Some(_) => Ok(file::Entity::find_by_id(id).one(&op.reader()).await?),
        None => Ok(None),
    }
}
