//! What case studies read, and how their rows are written.

use std::collections::{BTreeSet, HashMap};

use entity::case_study::{self, CaseStudyState, Column, Entity};
use entity::case_study_consent::{self, ConsentState};
use entity::file_use::{self, UseKind};
use entity::id::{CaseStudyConsentId, CaseStudyId, PartnerId, PersonId};
use entity::{audit_entry, case_study_contributor, partner};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::find;
use crate::audit::Subject;
use crate::auth::Permission;
use crate::error::{Error, Result};
use crate::file::{self, Use};
use crate::op::{Permit, Tx};
pub(super) use crate::partner::store::person;
use crate::submission::check_written;

/// What is told to whom there is no such case study for.
const NONE: Error = Error::NotFound("CaseStudy");

/// A case study that the asker may do something about: one of the vendor's staff any, a member
/// those of their partners. To anybody else there is no such thing, published or not.
pub(super) async fn for_asker(tx: &Tx, id: CaseStudyId) -> Result<case_study::Model> {
    let actor = tx.op().actor();
    actor.known()?;
    Entity::find_by_id(id)
        .one(&tx.reader())
        .await?
        .filter(|row| actor.is_staff() || actor.partners().any(|own| own == row.partner_id))
        .ok_or(NONE)
}

/// A partner that the asker may know of, in the same way.
pub(super) async fn partner_for_asker(tx: &Tx, id: PartnerId) -> Result<partner::Model> {
    let actor = tx.op().actor();
    actor.known()?;
    if !actor.is_staff() && !actor.partners().any(|own| own == id) {
        return Err(Error::NotFound("Partner"));
    }
    crate::partner::store::partner(&tx.reader(), id).await
}

/// A case study by its key.
pub(super) async fn by_id(db: &DatabaseExecutor<'_>, id: CaseStudyId) -> Result<case_study::Model> {
    Entity::find_by_id(id).one(db).await?.ok_or(NONE)
}

/// A consent that the asker may do something about.
pub(super) async fn consent_for_asker(
    tx: &Tx,
    id: CaseStudyConsentId,
) -> Result<case_study_consent::Model> {
    let actor = tx.op().actor();
    actor.known()?;
    case_study_consent::Entity::find_by_id(id)
        .one(&tx.reader())
        .await?
        .filter(|row| actor.is_staff() || actor.partners().any(|own| own == row.partner_id))
        .ok_or(Error::NotFound("CaseStudyConsent"))
}

/// The consent that stands or is asked for.
pub(super) async fn open_consent(
    db: &DatabaseExecutor<'_>,
    id: CaseStudyId,
) -> Result<Option<case_study_consent::Model>> {
    use case_study_consent::Column;
    Ok(case_study_consent::Entity::find()
        .filter(Column::CaseStudyId.eq(id))
        .filter(Column::State.is_in([ConsentState::Asked, ConsentState::Given]))
        .one(db)
        .await?)
}

/// Every consent that stands to this case study and to what says it in other languages, with the case
/// study that it is to; always in the same order, so that two who withdraw do not wait for each other.
pub(super) async fn given_in_all_languages(
    db: &DatabaseExecutor<'_>,
    row: &case_study::Model,
) -> Result<Vec<(case_study::Model, case_study_consent::Model)>> {
    let original = row.translation_of.unwrap_or(row.id);
    let group = Condition::any()
        .add(Column::Id.eq(original))
        .add(Column::TranslationOf.eq(original));
    let texts = Entity::find()
        .filter(group)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let mut given: HashMap<CaseStudyId, case_study_consent::Model> =
        case_study_consent::Entity::find()
            .filter(case_study_consent::Column::CaseStudyId.is_in(texts.iter().map(|it| it.id)))
            .filter(case_study_consent::Column::State.eq(ConsentState::Given))
            .all(db)
            .await?
            .into_iter()
            .map(|consent| (consent.case_study_id, consent))
            .collect();
    let pairs = texts.into_iter().filter_map(|text| {
        let consent = given.remove(&text.id)?;
        Some((text, consent))
    });
    Ok(pairs.collect())
}

/// Who wrote it, in the order in which they came.
pub(super) async fn contributors(
    db: &DatabaseExecutor<'_>,
    id: CaseStudyId,
) -> Result<Vec<case_study_contributor::Model>> {
    Ok(case_study_contributor::Entity::find()
        .filter(case_study_contributor::Column::CaseStudyId.eq(id))
        .order_by_asc(case_study_contributor::Column::AddedAt)
        .order_by_asc(case_study_contributor::Column::Id)
        .all(db)
        .await?)
}

/// The slugs that are taken and begin so.
pub(super) async fn taken(db: &DatabaseExecutor<'_>, slug: &str) -> Result<BTreeSet<String>> {
    // With a number behind it, a long one loses some of its letters.
    let stem = slug.get(..slug.len().min(50)).unwrap_or(slug);
    let slugs: Vec<Option<String>> = Entity::find()
        .select_only()
        .column(Column::Slug)
        .filter(Column::Slug.starts_with(stem))
        .into_tuple()
        .all(db)
        .await?;
    Ok(slugs.into_iter().flatten().collect())
}

/// Writes the row as it now is, as its next version.
pub(super) async fn write(
    permit: &Permit<'_>,
    row: case_study::Model,
) -> Result<case_study::Model> {
    let read = row.version;
    let row = case_study::Model {
        updated_at: permit.now(),
        version: read + 1,
        ..row
    };
    let written = Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(read))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)?;
    find::index(permit, row.id).await?;
    Ok(row)
}

/// Opens its pictures to everybody, or closes them: but for those that another one shows, which is
/// published.
pub(super) async fn open_pictures(
    permit: &Permit<'_>,
    row: &case_study::Model,
    open: bool,
) -> Result<()> {
    file::open_to_all(permit, pictures(row), open).await?;
    if open {
        return Ok(());
    }
    let of_pictures = file_use::Column::SubjectKind.eq(UseKind::CaseStudyImage);
    let own = Query::select()
        .column(file_use::Column::FileId)
        .from(file_use::Entity)
        .and_where(of_pictures.clone())
        .and_where(file_use::Column::SubjectId.eq(row.id))
        .take();
    let others = Query::select()
        .column(file_use::Column::SubjectId)
        .from(file_use::Entity)
        .and_where(of_pictures)
        .and_where(file_use::Column::FileId.in_subquery(own))
        .take();
    let others = Entity::find()
        .filter(Column::Id.in_subquery(others))
        .filter(Column::State.eq(CaseStudyState::Published))
        .all(&permit.reader())
        .await?;
    for other in others {
        file::open_to_all(permit, pictures(&other), true).await?;
    }
    Ok(())
}

/// Whether that person has ever written on it or submitted it, as the trail knows.
pub(super) async fn has_written(
    db: &DatabaseExecutor<'_>,
    id: CaseStudyId,
    person: PersonId,
) -> Result<bool> {
    let line = audit_entry::Entity::find()
        .filter(audit_entry::Column::SubjectId.eq(id.0))
        .filter(audit_entry::Column::ActorId.eq(person))
        .filter(audit_entry::Column::Action.eq(Permission::WriteCaseStudies.name()))
        .one(db)
        .await?;
    Ok(line.is_some())
}

/// What its pictures are attached to.
pub(super) fn pictures(row: &case_study::Model) -> Use {
    Use {
        kind: UseKind::CaseStudyImage,
        subject: row.id.0,
        partner: Some(row.partner_id),
    }
}

/// What the audit trail calls it.
pub(super) fn subject(row: &case_study::Model) -> Subject {
    Subject {
        kind: "CaseStudy",
        id: row.id.0,
        partner: Some(row.partner_id),
    }
}
