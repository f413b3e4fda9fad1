//! What the database knows of partners, as the rules read it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::id::{PartnerId, ProgramId, ProgramVersionId};
use entity::membership::{self, MemberRole, MembershipState};
use entity::partner::{self, PartnerState};
use entity::person::{self, PersonState};
use entity::program_version::{self, ProgramVersionState};
use entity::{fact, program};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use super::document::Document;
use super::evaluate::Profile;
use super::record::Fact;
use crate::error::{Error, Result};
use crate::fact::load::{Known, Which, each_page};
use crate::op::Permit;
use crate::submission::check_written;

/// Partners of a page.
const PAGE: u64 = 200;

/// The next partners behind one, in the order of their keys; fewer than a page are the last.
///
/// # Errors
/// What the database said.
pub async fn partners(
    db: &DatabaseExecutor<'_>,
    after: Option<PartnerId>,
) -> Result<Vec<partner::Model>> {
    let mut partners = partner::Entity::find();
    if let Some(after) = after {
        partners = partners.filter(partner::Column::Id.gt(after));
    }
    Ok(partners
        .order_by_asc(partner::Column::Id)
        .limit(PAGE)
        .all(db)
        .await?)
}

/// What the portal knows of a partner beside facts.
///
/// # Errors
/// A fault, where it cannot be written.
pub fn profile(row: &partner::Model) -> Result<Profile> {
    let kind = serde_json::to_value(row.kind)?;
    Ok(BTreeMap::from([
        (
            "kind".to_owned(),
            kind.as_str().unwrap_or_default().to_owned(),
        ),
        ("country".to_owned(), row.country.clone()),
        ("region".to_owned(), row.region.clone()),
    ]))
}

/// All facts of a partner that were known at an instant.
///
/// # Errors
/// What the database said.
pub async fn facts(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
    at: DateTime<Utc>,
) -> Result<Vec<Fact>> {
    let known = Known {
        partner,
        at,
        which: Which::InForce,
    };
    let mut facts = Vec::new();
    each_page(db, &known, |rows| {
        facts.extend(rows.into_iter().map(Fact::from));
        Ok(())
    })
    .await?;
    Ok(facts)
}

impl From<fact::Model> for Fact {
    fn from(row: fact::Model) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind,
            person: row.person_id.map(|it| it.0),
            subject: row.subject_id,
            detail: row.detail,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            corrects: row.corrects_id.map(|it| it.0),
        }
    }
}

/// A program by its key.
///
/// # Errors
/// [`Error::NotFound`], or what the database said.
pub async fn program(db: &DatabaseExecutor<'_>, id: ProgramId) -> Result<program::Model> {
    program::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Program"))
}

/// The program of that short name.
pub(super) async fn by_slug(
    db: &DatabaseExecutor<'_>,
    slug: &str,
) -> Result<Option<program::Model>> {
    Ok(program::Entity::find()
        .filter(program::Column::Slug.eq(slug))
        .one(db)
        .await?)
}

/// A version by its key.
///
/// # Errors
/// [`Error::NotFound`], or what the database said.
pub async fn version(
    db: &DatabaseExecutor<'_>,
    id: ProgramVersionId,
) -> Result<program_version::Model> {
    program_version::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("ProgramVersion"))
}

/// All versions of a program, the latest first.
pub(super) async fn versions(
    db: &DatabaseExecutor<'_>,
    program: ProgramId,
) -> Result<Vec<program_version::Model>> {
    Ok(program_version::Entity::find()
        .filter(program_version::Column::ProgramId.eq(program))
        .order_by_desc(program_version::Column::Number)
        .all(db)
        .await?)
}

/// The version of each program that is in force, by programs.
///
/// # Errors
/// What the database said.
pub async fn in_force(db: &DatabaseExecutor<'_>) -> Result<Vec<program_version::Model>> {
    Ok(program_version::Entity::find()
        .filter(program_version::Column::State.eq(ProgramVersionState::InForce))
        .order_by_asc(program_version::Column::ProgramId)
        .all(db)
        .await?)
}

/// The version of a program that is announced and does not count yet; none where there is none.
///
/// # Errors
/// What the database said.
pub async fn coming(
    db: &DatabaseExecutor<'_>,
    program: ProgramId,
) -> Result<Option<program_version::Model>> {
    Ok(program_version::Entity::find()
        .filter(program_version::Column::ProgramId.eq(program))
        .filter(program_version::Column::State.eq(ProgramVersionState::Announced))
        .one(db)
        .await?)
}

/// The version of a program that was in force at an instant; none where there was none.
///
/// # Errors
/// What the database said.
pub async fn in_force_at(
    db: &DatabaseExecutor<'_>,
    program: ProgramId,
    at: DateTime<Utc>,
) -> Result<Option<program_version::Model>> {
    use program_version::Column;
    let counted = [
        ProgramVersionState::InForce,
        ProgramVersionState::Superseded,
    ];
    Ok(program_version::Entity::find()
        .filter(Column::ProgramId.eq(program))
        .filter(Column::State.is_in(counted))
        .filter(Column::InForceAt.lte(at))
        .order_by_desc(Column::InForceAt)
        .order_by_desc(Column::Number)
        .one(db)
        .await?)
}

/// The version of the program of that short name that is in force at an instant; none where there is no
/// such program, or none was.
///
/// # Errors
/// What the database said.
pub async fn in_force_by_slug(
    db: &DatabaseExecutor<'_>,
    slug: &str,
    at: DateTime<Utc>,
) -> Result<Option<program_version::Model>> {
    match by_slug(db, slug).await? {
        Some(program) => in_force_at(db, program.id, at).await,
        None => Ok(None),
    }
}

/// Writes a version as it is now, if it still was as it was read.
pub(super) async fn write(permit: &Permit<'_>, row: &program_version::Model) -> Result<()> {
    let written = program_version::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(program_version::Column::Id.eq(row.id))
        .filter(program_version::Column::Version.eq(row.version - 1))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)
}

/// Calls a program what the document calls it.
pub(super) async fn call(
    permit: &Permit<'_>,
    program: ProgramId,
    document: &Document,
) -> Result<()> {
    let row = self::program(&permit.reader(), program).await?;
    let row = program::Model {
        name: document.plain_name().to_owned(),
        locale: document.locale.clone(),
        version: row.version + 1,
        ..row
    };
    row.into_active_model()
        .reset_all()
        .update(permit.writer())
        .await?;
    Ok(())
}

/// States in which partners are measured.
pub const MEASURED: [PartnerState; 2] = [PartnerState::Onboarding, PartnerState::Active];

/// The next of the partners that are measured behind one, in the order of their keys.
///
/// # Errors
/// What the database said.
pub async fn measured(
    db: &DatabaseExecutor<'_>,
    after: Option<PartnerId>,
    most: u64,
) -> Result<Vec<partner::Model>> {
    let mut partners = partner::Entity::find().filter(partner::Column::State.is_in(MEASURED));
    if let Some(after) = after {
        partners = partners.filter(partner::Column::Id.gt(after));
    }
    Ok(partners
        .order_by_asc(partner::Column::Id)
        .limit(most)
        .all(db)
        .await?)
}

/// Active administrators of a partner, oldest account first: at most 100, since each gets a letter.
///
/// # Errors
/// What the database said.
pub async fn administrators(
    db: &DatabaseExecutor<'_>,
    partner: PartnerId,
) -> Result<Vec<person::Model>> {
    let seats = membership::Entity::find()
        .select_only()
        .column(membership::Column::PersonId)
        .filter(membership::Column::PartnerId.eq(partner))
        .filter(membership::Column::State.eq(MembershipState::Active))
        .filter(membership::Column::Role.eq(MemberRole::PartnerAdmin));
    Ok(person::Entity::find()
        .filter(person::Column::Id.in_subquery(seats.into_query()))
        .filter(person::Column::State.eq(PersonState::Active))
        .order_by_asc(person::Column::Id)
        .limit(100)
        .all(db)
        .await?)
}
