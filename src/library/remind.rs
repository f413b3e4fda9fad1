//! What is told of assets, and what happens to them in time: an owner is reminded before the last
//! day, what has expired is gone, and whoever holds an earlier version learns of a newer one.

use chrono::{DateTime, Days, Utc};
use entity::asset::{self, AssetState};
use entity::id::{AssetId, AssetVersionId, PersonId};
use entity::membership::MembershipState;
use entity::staff_role::VendorRole;
use entity::{asset_co_branding, asset_download, asset_version, membership, partner, person};
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::define::{line, subject};
use super::store;
use crate::audience::Tiers;
use crate::audit;
use crate::error::Result;
use crate::notification::{self, Letter};
use crate::op::Permit;
use crate::outbox::{self, Job};
use crate::partner::store::staff;
use crate::shape::global_id;

/// Days ahead at which an owner is reminded.
const AHEAD: [u32; 2] = [30, 7];
/// How many people are told of a newer version in one unit of work.
const BATCH: u64 = 200;

/// The promise to remind an owner of an asset's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetExpiring {
    /// Which.
    pub asset: AssetId,
    /// Its end, as it was when this was promised.
    pub expires_at: DateTime<Utc>,
    /// So many days ahead.
    pub days: u32,
}

impl Job for AssetExpiring {
    const KIND: &'static str = "asset.expiring";
}

/// The promise to let an asset end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetExpires {
    /// Which.
    pub asset: AssetId,
    /// Its end, as it was when this was promised.
    pub expires_at: DateTime<Utc>,
}

impl Job for AssetExpires {
    const KIND: &'static str = "asset.expires";
}

/// The promise to tell those who hold an earlier version, a batch at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetUpdated {
    /// The newer version.
    pub version: AssetVersionId,
    /// Who was told last.
    pub after: Option<PersonId>,
}

impl Job for AssetUpdated {
    const KIND: &'static str = "asset.updated";
}

/// Promises the end of an asset that partners see, and the reminders of it. One that would have
/// come before today is left out.
pub(super) async fn promise(permit: &Permit<'_>, row: &asset::Model) -> Result<()> {
    let (AssetState::Published, Some(expires_at)) = (row.state, row.expires_at) else {
        return Ok(());
    };
    let asset = row.id;
    for days in AHEAD {
        let when = expires_at.checked_sub_days(Days::new(days.into()));
        let Some(when) = when.filter(|when| *when > permit.now()) else {
            continue;
        };
        let job = AssetExpiring {
            asset,
            expires_at,
            days,
        };
        let key = format!("{}:{asset}:{days}:{expires_at}", AssetExpiring::KIND);
        outbox::promise_once(permit, &job, when, key).await?;
    }
    // It may have come back, and end again at the same instant: that is another cause.
    let key = format!(
        "{}:{asset}:{expires_at}:{}",
        AssetExpires::KIND,
        row.version
    );
    let job = AssetExpires { asset, expires_at };
    outbox::promise_once(permit, &job, expires_at, key).await
}

/// Promises to tell of a newer version, once.
pub(super) async fn promise_news(permit: &Permit<'_>, version: AssetVersionId) -> Result<()> {
    let key = format!("{}:{version}", AssetUpdated::KIND);
    let job = AssetUpdated {
        version,
        after: None,
    };
    outbox::promise_once(permit, &job, permit.now(), key).await
}

/// Keeps the promise: reminds the owner or, where they have left, all who look after the library.
///
/// # Errors
/// What the database said.
pub async fn expiring(permit: &Permit<'_>, job: &AssetExpiring) -> Result<()> {
    let db = permit.reader();
    let row = store::asset(&db, job.asset).await?;
    if row.state != AssetState::Published || row.expires_at != Some(job.expires_at) {
        return Ok(());
    }
    let readers = if store::is_staff(&db, row.owner_id).await? {
        vec![row.owner_id]
    } else {
        staff(&db, &[VendorRole::EnablementManager]).await?
    };
    let letter = Letter::AssetExpiring {
        title: row.title,
        expires_at: job.expires_at,
        days: job.days,
        asset: global_id("Asset", row.id.0),
    };
    for reader in readers {
        notification::tell(permit, reader, None, letter.clone()).await?;
    }
    Ok(())
}

/// Keeps the promise: partners see the asset no more, unless it was given a later end.
///
/// # Errors
/// What the database said.
pub async fn expires(permit: &Permit<'_>, job: &AssetExpires) -> Result<()> {
    let row = store::asset(&permit.reader(), job.asset).await?;
    if row.state != AssetState::Published || row.expires_at != Some(job.expires_at) {
        return Ok(());
    }
    let before = line(&row);
    let row = asset::Model {
        state: AssetState::Expired,
        version: row.version + 1,
        ..row
    };
    store::write(permit, &row).await?;
    audit::record(permit, subject(row.id), &before, &line(&row)).await?;
    Ok(())
}

/// Keeps the promise: tells those who have an earlier version and not this one, if they can
/// still have the asset and this is its newest version. Where more are left, the next batch is
/// promised.
///
/// # Errors
/// What the database said.
pub async fn updated(permit: &Permit<'_>, job: &AssetUpdated) -> Result<()> {
    let db = permit.reader();
    let version = asset_version::Entity::find_by_id(job.version)
        .one(&db)
        .await?;
    let Some(version) = version else {
        return Ok(());
    };
    let row = store::asset(&db, version.asset_id).await?;
    let newest = store::newest(&db, row.id).await?;
    let is_newest = newest.is_some_and(|newest| newest.id == version.id);
    if row.state != AssetState::Published || !is_newest {
        return Ok(());
    }
    let holders = holders_of_earlier(&db, &version, job.after).await?;
    let letter = Letter::AssetUpdated {
        title: row.title.clone(),
        number: version.number,
        change_note: version.change_note.clone(),
        asset: global_id("Asset", row.id.0),
    };
    for reader in still_meant(&db, &row, &holders).await? {
        notification::tell(permit, reader, None, letter.clone()).await?;
    }
    if let Some(last) = holders.last()
        && holders.len() as u64 == BATCH
    {
        let next = AssetUpdated {
            after: Some(*last),
            ..*job
        };
        outbox::promise(permit, &next).await?;
    }
    Ok(())
}

/// People who have an earlier version and not this one, by their ids: whoever downloaded it, or made
/// a copy of it with their partner's logo.
async fn holders_of_earlier(
    db: &DatabaseExecutor<'_>,
    version: &asset_version::Model,
    after: Option<PersonId>,
) -> Result<Vec<PersonId>> {
    use person::{Column, Entity};
    let versions = Query::select()
        .column(asset_version::Column::Id)
        .from(asset_version::Entity)
        .and_where(asset_version::Column::AssetId.eq(version.asset_id))
        .take();
    let this = Query::select().expr(Expr::value(version.id)).take();
    let mut found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(has_one_of(versions))
        .filter(has_one_of(this).not());
    if let Some(after) = after {
        found = found.filter(Column::Id.gt(after));
    }
    Ok(found
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(db)
        .await?)
}

/// Whether a person has one of these versions.
fn has_one_of(versions: SelectStatement) -> Condition {
    let downloaded = Query::select()
        .column(asset_download::Column::PersonId)
        .from(asset_download::Entity)
        .and_where(asset_download::Column::AssetVersionId.in_subquery(versions.clone()))
        .take();
    let co_branded = Query::select()
        .column(asset_co_branding::Column::PersonId)
        .from(asset_co_branding::Entity)
        .and_where(asset_co_branding::Column::AssetVersionId.in_subquery(versions))
        .take();
    Condition::any()
        .add(person::Column::Id.in_subquery(downloaded))
        .add(person::Column::Id.in_subquery(co_branded))
}

/// Those of them who have an account and a seat in a partner for which the asset is.
async fn still_meant(
    db: &DatabaseExecutor<'_>,
    row: &asset::Model,
    people: &[PersonId],
) -> Result<Vec<PersonId>> {
    let seats = membership::Entity::find()
        .filter(membership::Column::PersonId.is_in(people.iter().copied()))
        .filter(membership::Column::State.eq(MembershipState::Active))
        .all(db)
        .await?;
    let partners = partner::Entity::find()
        .filter(partner::Column::Id.is_in(seats.iter().map(|seat| seat.partner_id)))
        .all(db)
        .await?;
    let audience = store::audience(row)?;
    let tiers = Tiers::of(db, partners.iter().map(|it| it.id)).await?;
    let is_meant = |seat: &membership::Model| {
        let partner = partners.iter().find(|it| it.id == seat.partner_id);
        partner.is_some_and(|partner| audience.takes_in(partner, &tiers))
    };
    let readers = seats.iter().filter(|seat| is_meant(seat));
    let active = person::Entity::find()
        .filter(person::Column::Id.is_in(readers.map(|seat| seat.person_id)))
        .filter(person::Column::State.eq(person::PersonState::Active))
        .order_by_asc(person::Column::Id)
        .all(db)
        .await?;
    Ok(active.into_iter().map(|person| person.id).collect())
}
