//! Copies of assets that carry a partner's logo.
//!
//! A copy is made once for each version and logo, and is a file of the partner from then on.

use std::sync::Arc;
use std::time::Duration;

use entity::asset_co_branding::{Column, Entity, Model};
use entity::file::{self as file_row};
use entity::file_use::UseKind;
use entity::id::{AssetId, FileId, PartnerId};
use entity::{asset, asset_version};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::brand::{self, Medium};
use super::store;
use super::zone::Zone;
use crate::audience::Tiers;
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::file::{self, Store};
use crate::op::{Op, Permit, Tx};
use crate::partner::store::partner;

/// The codes with which a copy is refused.
pub const CODES: &[&str] = &["NO_LOGO", "NO_ZONE", "OUT_OF_RANGE", "UNREADABLE_FILE"];

/// Puts a partner's logo on the newest version of an asset; the file is the partner's. What was
/// made before is not made again.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn co_brand(
    op: &Op,
    files: &Store,
    asset: AssetId,
    partner: PartnerId,
) -> Result<FileId> {
    let planned = op.secret_unit((asset, partner), |tx, &(asset, partner)| {
        Box::pin(look(tx, asset, partner))
    });
    let plan = planned.await?;
    let copy = match plan.made {
        Some(_) => Vec::new(),
        None => make(op, files, &plan).await?,
    };
    let input = (asset, partner, plan.version.id, plan.logo, Arc::new(copy));
    op.unit(input, |tx, (asset, partner, version, logo, copy)| {
        Box::pin(async move {
            // It may have changed while the copy was made.
            let plan = look(tx, *asset, *partner).await?;
            if let Some(made) = plan.made {
                return Ok(made);
            }
            if plan.version.id != *version || plan.logo != *logo {
                return Err(Error::Busy(Duration::from_secs(1)));
            }
            let permit = permit(tx, *partner)?;
            keep(&permit, &plan, *partner, copy).await
        })
    })
    .await
}

/// What is to be put where.
struct Plan {
    asset: asset::Model,
    version: asset_version::Model,
    source: FileId,
    medium: Medium,
    zones: Vec<Zone>,
    logo: FileId,
    /// The copy, where there is one.
    made: Option<FileId>,
}

fn permit(tx: &Tx, partner: PartnerId) -> Result<Permit<'_>> {
    let actor = tx.op().actor();
    actor.known()?;
    if !actor.is_staff() && !actor.partners().any(|own| own == partner) {
        return Err(Error::NotFound("Partner"));
    }
    tx.permit(Permission::CoBrandAssets, Scope::Partner(partner))
}

async fn look(tx: &Tx, asset: AssetId, of: PartnerId) -> Result<Plan> {
    let permit = permit(tx, of)?;
    let db = permit.reader();
    let asset = store::offered(tx, asset).await?;
    let of = partner(&db, of).await?;
    let tiers = Tiers::of(&db, [of.id]).await?;
    if !store::audience(&asset)?.takes_in(&of, &tiers) {
        return Err(Error::NotFound("Asset"));
    }
    let version = store::newest(&db, asset.id).await?;
    let version = version.ok_or(Error::NotFound("Asset"))?;
    let zones: Vec<Zone> = serde_json::from_value(version.zones.clone())?;
    let medium = version.media_type.as_deref().and_then(Medium::of);
    let (Some(source), Some(medium), false) = (version.file_id, medium, zones.is_empty()) else {
        let message = "This asset has no place for a logo.";
        return Err(Refusal::new("NO_ZONE", message).at("id").into());
    };
    let Some(logo) = of.logo_id else {
        let message = "The partner has no logo yet: upload one, and name it in its profile.";
        return Err(Refusal::new("NO_LOGO", message).at("partner").into());
    };
    let made = Entity::find()
        .filter(Column::AssetVersionId.eq(version.id))
        .filter(Column::PartnerId.eq(of.id))
        .filter(Column::LogoId.eq(logo))
        .one(&db)
        .await?;
    Ok(Plan {
        asset,
        version,
        source,
        medium,
        zones,
        logo,
        made: made.map(|row| row.file_id),
    })
}

/// Makes the copy.
async fn make(op: &Op, files: &Store, plan: &Plan) -> Result<Vec<u8>> {
    let load = async {
        let bytes = bytes_of(op, files, plan.source).await?;
        Ok((bytes, bytes_of(op, files, plan.logo).await?))
    };
    let (medium, zones) = (plan.medium, plan.zones.clone());
    let made = file::in_turn(load, move |(bytes, logo)| {
        brand::check_logo(&logo).map_err(|flaw| flaw.refusal("partner", "zones"))?;
        let composed = brand::compose(medium, &bytes, &zones, &logo);
        composed.map_err(|flaw| flaw.refusal("id", "zones"))
    });
    made.await?.map_err(Into::into)
}

async fn bytes_of(op: &Op, files: &Store, id: FileId) -> Result<Vec<u8>> {
    let db: DatabaseExecutor<'_> = op.reader();
    let row = file_row::Entity::find_by_id(id).one(&db).await?;
    let row = row.ok_or_else(|| Error::fault(format!("file {id} is gone")))?;
    file::read(op, files, &row).await
}

async fn keep(permit: &Permit<'_>, plan: &Plan, of: PartnerId, copy: &[u8]) -> Result<FileId> {
    let me = permit.op().actor().person().ok_or(Error::Forbidden)?.id;
    let id: entity::id::AssetCoBrandingId = permit.new_id();
    let to = file::Use {
        kind: UseKind::CoBranding,
        subject: id.0,
        partner: Some(of),
    };
    let name = format!("{}-co-branded.{}", plan.asset.slug, plan.medium.ending());
    let file = file::keep(permit, &name, copy, to, &[]).await?;
    // The row names the logo for as long as there is the copy.
    file::put_to_use(permit, plan.logo, to).await?;
    let row = Model {
        id,
        asset_version_id: plan.version.id,
        partner_id: of,
        logo_id: plan.logo,
        file_id: file.id,
        person_id: me,
        made_at: permit.now(),
    };
    Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    let about = About {
        partner: Some(of),
        person: Some(me),
        subject: id.0,
    };
    let detail = Detail::AssetCoBranded {
        asset: plan.asset.slug.clone(),
        version: plan.version.number,
    };
    fact::record(permit, about, &detail).await?;
    Ok(file.id)
}
