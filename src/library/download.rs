//! Downloading assets: a fact for the person and the partner for which they do it.
//!
//! What is counted: each version once for each person and partner. Whoever downloads it again, or
//! only looks whether the link still works, is not counted twice; nor are the vendor's own staff.

use entity::asset::{self, AssetState};
use entity::asset_download::{Column, Entity, Model};
use entity::id::{AssetId, AssetVersionId, FileId, PartnerId, PersonId};
use entity::{asset_version, partner};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use serde::{Deserialize, Serialize};

use super::store;
use crate::audience::Tiers;
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::op::{Op, Permit, Tx};
use crate::partner::store::partner as partner_of;

/// The codes with which a download is refused.
pub const CODES: &[&str] = &["NOT_NEWEST", "NOT_PUBLISHED", "REQUIRED"];

/// What was downloaded.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Got {
    /// The version.
    pub version: AssetVersionId,
    /// Its file; none for a link.
    pub file: Option<FileId>,
}

/// Which version of an asset is downloaded, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Download {
    /// The asset.
    pub asset: AssetId,
    /// The version; none for the newest.
    pub version: Option<AssetVersionId>,
    /// For which partner, where that has to be said.
    pub partner: Option<PartnerId>,
}

/// Downloads a version of an asset: records it, and answers what that is. Partners get the newest;
/// staff may look at an earlier one, for themselves. Whoever has seats in several partners for which
/// the asset is says for which; so do staff who download it for a partner.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn download(op: &Op, input: Download) -> Result<Got> {
    op.unit(input, |tx, input| Box::pin(settle(tx, input)))
        .await
}

async fn settle(tx: &Tx, input: &Download) -> Result<Got> {
    let actor = tx.op().actor();
    actor.known()?;
    let me = actor.person().ok_or(Error::Forbidden)?.id;
    let permit = tx.permit(Permission::DownloadAssets, Scope::Person(me))?;
    let asset = store::offered(tx, input.asset).await?;
    let newest = store::newest(&permit.reader(), asset.id).await?;
    let Some(newest) = newest else {
        let message = "The asset has no version yet: publish one.";
        return Err(Refusal::new("NOT_PUBLISHED", message).into());
    };
    let partner = match input.partner {
        Some(partner) if actor.is_staff() && !actor.partners().any(|own| own == partner) => {
            let permit = tx.permit(Permission::DownloadForPartners, Scope::Partner(partner))?;
            check_is_for(&permit, &asset, partner).await?;
            Some((permit, partner))
        }
        named => {
            let own = for_partner(&permit, &asset, named).await?;
            own.map(|partner| (permit, partner))
        }
    };
    let version = match input.version {
        Some(earlier) if earlier != newest.id => {
            let row = store::version(&permit.reader(), asset.id, earlier).await?;
            if partner.is_some() {
                let message = format!(
                    "Partners get version {}, the newest: leave the version out.",
                    newest.number
                );
                return Err(Refusal::new("NOT_NEWEST", message).at("version").into());
            }
            row
        }
        Some(_) | None => newest,
    };
    if let Some((permit, partner)) = partner {
        record(&permit, &asset, &version, me, partner).await?;
    }
    Ok(Got {
        version: version.id,
        file: version.file_id,
    })
}

/// Whether the partner could have it by itself.
async fn check_is_for(permit: &Permit<'_>, asset: &asset::Model, id: PartnerId) -> Result<()> {
    let db = permit.reader();
    let partner = partner_of(&db, id).await?;
    let tiers = Tiers::of(&db, [id]).await?;
    let has_ended = asset.expires_at.is_some_and(|end| end <= permit.now());
    let is_there = asset.state == AssetState::Published && !has_ended;
    if !is_there || !store::audience(asset)?.takes_in(&partner, &tiers) {
        let message =
            "The partner does not see this asset now: change for whom it is, or until when.";
        return Err(Refusal::new("NOT_PUBLISHED", message).at("partner").into());
    }
    Ok(())
}

/// For which of the asker's partners it is downloaded; for none where staff do.
async fn for_partner(
    permit: &Permit<'_>,
    asset: &asset::Model,
    named: Option<PartnerId>,
) -> Result<Option<PartnerId>> {
    let actor = permit.op().actor();
    let seats = partner::Entity::find()
        .filter(partner::Column::Id.is_in(actor.partners()))
        .all(&permit.reader())
        .await?;
    let audience = store::audience(asset)?;
    let tiers = Tiers::of(&permit.reader(), seats.iter().map(|it| it.id)).await?;
    let mut meant = seats
        .iter()
        .filter(|partner| audience.takes_in(partner, &tiers));
    match named {
        Some(named) => meant
            .find(|partner| partner.id == named)
            .map(|partner| Some(partner.id))
            .ok_or(Error::NotFound("Partner")),
        None if actor.is_staff() => Ok(None),
        None => {
            if let (Some(only), None) = (meant.next(), meant.next()) {
                return Ok(Some(only.id));
            }
            let message = "You have seats in several partners: say for which you download it.";
            Err(Refusal::new("REQUIRED", message).at("partner").into())
        }
    }
}

async fn record(
    permit: &Permit<'_>,
    asset: &asset::Model,
    version: &asset_version::Model,
    person: PersonId,
    partner: PartnerId,
) -> Result<()> {
    let row = Model {
        id: permit.new_id(),
        asset_id: asset.id,
        asset_version_id: version.id,
        person_id: person,
        partner_id: partner,
        downloaded_at: permit.now(),
    };
    let about = About {
        partner: Some(partner),
        person: Some(person),
        subject: row.id.0,
    };
    let columns = [Column::AssetVersionId, Column::PersonId, Column::PartnerId];
    let added = Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::columns(columns).do_nothing().to_owned())
        .exec_without_returning(permit.writer())
        .await?;
    if added > 0 {
        let detail = Detail::AssetDownloaded {
            asset: asset.slug.clone(),
            version: version.number,
        };
        fact::record(permit, about, &detail).await?;
    }
    Ok(())
}
