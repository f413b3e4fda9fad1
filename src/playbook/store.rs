//! What playbooks read.

use std::collections::{BTreeMap, BTreeSet};

use entity::asset;
use entity::id::{PartnerId, PersonId, PlaybookId, PlaybookSectionId, PlaybookVersionId};
use entity::membership::{self, MembershipState};
use entity::partner::{self, PartnerState};
use entity::playbook_acknowledgement::{self, Column, Entity};
use entity::playbook_version::{self, PlaybookVersionState};
use entity::{playbook, playbook_section};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::find;
use crate::audience::{Audience, Kept, Tiers};
use crate::error::{Error, Result};
use crate::op::Permit;
pub(super) use crate::partner::store::{person, staff};
use crate::submission::check_written;

/// A playbook by its key.
pub(super) async fn playbook(db: &DatabaseExecutor<'_>, id: PlaybookId) -> Result<playbook::Model> {
    playbook::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Playbook"))
}

/// The playbook of that short name.
pub(super) async fn by_slug(
    db: &DatabaseExecutor<'_>,
    slug: &str,
) -> Result<Option<playbook::Model>> {
    Ok(playbook::Entity::find()
        .filter(playbook::Column::Slug.eq(slug))
        .one(db)
        .await?)
}

/// A version by its key.
pub(super) async fn version(
    db: &DatabaseExecutor<'_>,
    id: PlaybookVersionId,
) -> Result<playbook_version::Model> {
    playbook_version::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("PlaybookVersion"))
}

/// All versions of a playbook, the latest first.
pub(super) async fn versions(
    db: &DatabaseExecutor<'_>,
    playbook: PlaybookId,
) -> Result<Vec<playbook_version::Model>> {
    Ok(playbook_version::Entity::find()
        .filter(playbook_version::Column::PlaybookId.eq(playbook))
        .order_by_desc(playbook_version::Column::Number)
        .all(db)
        .await?)
}

/// A section by its key.
pub(super) async fn section(
    db: &DatabaseExecutor<'_>,
    id: PlaybookSectionId,
) -> Result<playbook_section::Model> {
    playbook_section::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("PlaybookSection"))
}

/// Versions that partners read and members are asked to acknowledge.
pub(super) async fn asking(db: &DatabaseExecutor<'_>) -> Result<Vec<playbook_version::Model>> {
    Ok(playbook_version::Entity::find()
        .filter(playbook_version::Column::State.eq(PlaybookVersionState::Published))
        .filter(playbook_version::Column::AcknowledgeWithinDays.is_not_null())
        .order_by_asc(playbook_version::Column::Id)
        .all(db)
        .await?)
}

/// The version that the person acknowledged last, of those of a playbook.
pub(super) async fn known(
    db: &DatabaseExecutor<'_>,
    playbook: PlaybookId,
    person: PersonId,
) -> Result<Option<playbook_version::Model>> {
    let rows = Entity::find()
        .filter(Column::PlaybookId.eq(playbook))
        .filter(Column::PersonId.eq(person))
        .filter(Column::AcknowledgedAt.is_not_null())
        .all(db)
        .await?;
    let versions = playbook_version::Entity::find()
        .filter(
            playbook_version::Column::Id.is_in(rows.into_iter().map(|row| row.playbook_version_id)),
        )
        .order_by_desc(playbook_version::Column::Number)
        .one(db)
        .await?;
    Ok(versions)
}

/// What was asked of a person about a version, and what they did, for each of their partners.
pub(super) async fn asked(
    db: &DatabaseExecutor<'_>,
    version: PlaybookVersionId,
    person: PersonId,
) -> Result<Vec<playbook_acknowledgement::Model>> {
    Ok(Entity::find()
        .filter(Column::PlaybookVersionId.eq(version))
        .filter(Column::PersonId.eq(person))
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// The partners of whom the person is a member, and for whom the playbook is.
pub(super) async fn meant_partners(
    db: &DatabaseExecutor<'_>,
    playbook: &playbook::Model,
    person: PersonId,
) -> Result<Vec<PartnerId>> {
    let partners = partners(db, person).await?;
    let audience = audience_of(playbook)?;
    let tiers = Tiers::of(db, partners.iter().map(|it| it.id)).await?;
    let meant = partners
        .into_iter()
        .filter(|partner| takes_part(partner.state) && audience.takes_in(partner, &tiers));
    Ok(meant.map(|partner| partner.id).collect())
}

/// The partners of whom the person is a member.
pub(super) async fn partners(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
) -> Result<Vec<partner::Model>> {
    let seats = membership::Entity::find()
        .filter(membership::Column::PersonId.eq(person))
        .filter(membership::Column::State.eq(MembershipState::Active))
        .all(db)
        .await?;
    Ok(partner::Entity::find()
        .filter(partner::Column::Id.is_in(seats.into_iter().map(|seat| seat.partner_id)))
        .order_by_asc(partner::Column::Id)
        .all(db)
        .await?)
}

/// The assets of these slugs.
pub(super) async fn assets(
    db: &DatabaseExecutor<'_>,
    slugs: &BTreeSet<&str>,
) -> Result<BTreeMap<String, asset::Model>> {
    if slugs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = asset::Entity::find()
        .filter(asset::Column::Slug.is_in(slugs.iter().copied()))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.slug.clone(), row))
        .collect())
}

/// Whether members of such a partner are asked for anything.
pub(super) fn takes_part(state: PartnerState) -> bool {
    matches!(state, PartnerState::Onboarding | PartnerState::Active)
}

/// For whom it is.
pub(super) fn audience_of(playbook: &playbook::Model) -> Result<Audience> {
    Kept::from(playbook).read()
}

/// Writes a version as it is now; its edit was counted already.
pub(super) async fn write(permit: &Permit<'_>, row: &playbook_version::Model) -> Result<()> {
    let written = playbook_version::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(playbook_version::Column::Id.eq(row.id))
        .filter(playbook_version::Column::Version.eq(row.version - 1))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)
}

/// Writes the playbook as it is now and counts the edit; it is found as it is from then on.
pub(super) async fn write_playbook(permit: &Permit<'_>, row: playbook::Model) -> Result<()> {
    let row = playbook::Model {
        version: row.version + 1,
        ..row
    };
    let id = row.id;
    row.into_active_model()
        .reset_all()
        .update(permit.writer())
        .await?;
    find::index(permit, id).await
}
