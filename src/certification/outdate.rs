//! Certificates that a new version of a course made ones to renew.

use chrono::{DateTime, Utc};
use entity::certificate::{self, Column, Entity};
use entity::certification;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::period::blank;
use super::rules::Route;
use super::store;
use crate::error::Result;
use crate::notification::{self, Letter};
use crate::op::Permit;

/// Certificates of one unit of work.
const BATCH: u64 = 100;

/// Marks a batch of the certificates that were earned before `before` and asked for that course,
/// opens the period in which each can be renewed, and tells its holder; answers whether there are
/// more.
pub(crate) async fn outdate(
    permit: &Permit<'_>,
    course: &str,
    title: &str,
    before: DateTime<Utc>,
) -> Result<bool> {
    let db = permit.reader();
    let mut asks = Vec::new();
    for row in certification::Entity::find().all(&db).await? {
        let route: Route = serde_json::from_value(row.route.clone())?;
        let renewal: Route = serde_json::from_value(row.renewal.clone())?;
        if route
            .slugs()
            .chain(renewal.slugs())
            .any(|slug| slug == course)
        {
            asks.push(row);
        }
    }
    let rows = Entity::find()
        .filter(Column::CertificationId.is_in(asks.iter().map(|row| row.id)))
        .filter(Column::IssuedAt.lt(before))
        .filter(Column::OutdatedAt.is_null())
        .filter(store::holding(permit.now()))
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .all(&db)
        .await?;
    let more = rows.len() as u64 == BATCH;
    for row in rows {
        let Some(of) = asks.iter().find(|it| it.id == row.certification_id) else {
            continue;
        };
        mark(permit, row, of, title).await?;
    }
    Ok(more)
}

async fn mark(
    permit: &Permit<'_>,
    row: certificate::Model,
    of: &certification::Model,
    course: &str,
) -> Result<()> {
    let now = permit.now();
    let outdated = certificate::Model {
        outdated_at: Some(now),
        ..row
    };
    store::write(permit, &outdated).await?;
    let db = permit.reader();
    let all = store::periods(&db, outdated.person_id, outdated.certification_id).await?;
    match all.into_iter().find(|period| period.issued_at.is_none()) {
        Some(next) if now < next.window_opens_at => {
            let open = certificate::Model {
                window_opens_at: now,
                ..next
            };
            store::write(permit, &open).await?;
        }
        Some(_) => (),
        None => {
            let next = certificate::Model {
                renewal: true,
                due_at: outdated.valid_until,
                ..blank(permit, of, outdated.person_id, outdated.sequence + 1)
            };
            store::insert(permit, next).await?;
        }
    }
    let letter = Letter::CertificateOutdated {
        certification: of.title.clone(),
        number: outdated.number.clone().unwrap_or_default(),
        course: course.to_owned(),
        valid_until: outdated.valid_until,
    };
    notification::tell(permit, outdated.person_id, None, letter).await
}
