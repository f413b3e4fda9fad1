//! Rows of the library.

use entity::asset::{self, AssetState, Column, Entity};
use entity::id::{AssetId, AssetVersionId};
use entity::{asset_version, partner};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::find;
use crate::audience::{self, Audience, Kept};
use crate::error::{Error, Result};
use crate::op::{Permit, Tx};
pub(super) use crate::partner::store::is_staff;
use crate::submission::check_written;

/// The asset of that id.
pub(super) async fn asset(db: &DatabaseExecutor<'_>, id: AssetId) -> Result<asset::Model> {
    Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("Asset"))
}

/// The asset of that id, if the asker can have it now: what is offered to a partner of theirs or,
/// for staff, any.
pub(super) async fn offered(tx: &Tx, id: AssetId) -> Result<asset::Model> {
    let actor = tx.op().actor();
    let mut found = Entity::find_by_id(id);
    if !actor.is_staff() {
        let own = Condition::all().add(partner::Column::Id.is_in(actor.partners()));
        let lasts = Condition::any()
            .add(Column::ExpiresAt.is_null())
            .add(Column::ExpiresAt.gt(tx.op().now()));
        found = found
            .filter(Column::State.eq(AssetState::Published))
            .filter(lasts)
            .filter(audience::includes(
                Column::Kinds,
                Column::Tiers,
                Column::Regions,
                own,
            ));
    }
    found
        .one(&tx.reader())
        .await?
        .ok_or(Error::NotFound("Asset"))
}

/// Those of these slugs.
pub(super) async fn by_slugs(
    db: &DatabaseExecutor<'_>,
    slugs: impl Iterator<Item = &str>,
) -> Result<Vec<asset::Model>> {
    Ok(Entity::find()
        .filter(Column::Slug.is_in(slugs))
        .all(db)
        .await?)
}

/// The newest version of an asset, if it has one.
pub(super) async fn newest(
    db: &DatabaseExecutor<'_>,
    asset: AssetId,
) -> Result<Option<asset_version::Model>> {
    Ok(asset_version::Entity::find()
        .filter(asset_version::Column::AssetId.eq(asset))
        .order_by_desc(asset_version::Column::Number)
        .one(db)
        .await?)
}

/// A version of an asset.
pub(super) async fn version(
    db: &DatabaseExecutor<'_>,
    asset: AssetId,
    id: AssetVersionId,
) -> Result<asset_version::Model> {
    asset_version::Entity::find_by_id(id)
        .filter(asset_version::Column::AssetId.eq(asset))
        .one(db)
        .await?
        .ok_or(Error::NotFound("AssetVersion"))
}

/// For whom it is.
pub(super) fn audience(row: &asset::Model) -> Result<Audience> {
    Kept::from(row).read()
}

/// Writes the row as it now is; its version was counted already.
pub(super) async fn write(permit: &Permit<'_>, row: &asset::Model) -> Result<()> {
    let written = Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(row.version - 1))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)?;
    find::index(permit, row.id).await
}
