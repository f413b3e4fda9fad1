//! A certificate is issued: with its number, the name on it, its end, and what comes after it.

use chrono::{DateTime, Utc};
use entity::{certificate, certification, status_list};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::period::blank;
use super::rules::{self, Route};
use super::{number, remind, store};
use crate::error::{Error, Result};
use crate::fact::{self, About, Detail};
use crate::notification::{self, Letter};
use crate::op::Permit;

/// What is to be shown for the period at `now`: the renewal's route as long as what it renews
/// holds, the first one otherwise.
pub(super) fn route(
    certification: &certification::Model,
    period: &certificate::Model,
    now: DateTime<Utc>,
) -> Result<Route> {
    let in_time = period.due_at.is_none_or(|due| now < due);
    let route = if period.renewal && in_time {
        &certification.renewal
    } else {
        &certification.route
    };
    Ok(serde_json::from_value(route.clone())?)
}

/// Issues the certificate of a period that was earned, opens the next one and tells its holder.
pub(super) async fn issue(
    permit: &Permit<'_>,
    period: certificate::Model,
    certification: &certification::Model,
) -> Result<()> {
    let now = permit.now();
    let holder = store::person(&permit.reader(), period.person_id).await?;
    let renewed = renewed(permit, &period).await?;
    let months = certification
        .validity_months
        .and_then(|months| u32::try_from(months).ok());
    let old_end = renewed.as_ref().and_then(|row| row.valid_until);
    let valid_until = rules::valid_until(now, old_end, months);
    let chance = getrandom::u64().map_err(|error| Error::fault(error.to_string()))?;
    let number = number::number(chance);
    let issued = certificate::Model {
        issued_at: Some(now),
        valid_from: Some(now),
        valid_until,
        number: Some(number.clone()),
        holder: Some(holder.name.clone()),
        status_index: Some(next_place(permit).await?),
        ..period
    };
    store::write(permit, &issued).await?;
    let detail = Detail::CertificateIssued {
        certification: certification.slug.clone(),
        valid_until,
    };
    fact::record(permit, about(&issued), &detail).await?;
    if let Some(until) = valid_until {
        open_next(permit, &issued, certification, until).await?;
        remind::promise(permit, issued.id, until).await?;
    }
    let letter = Letter::CertificateIssued {
        certification: certification.title.clone(),
        holder: holder.name.clone(),
        number,
        issued_at: now,
        valid_until,
        renewed: renewed.is_some(),
    };
    notification::tell(permit, holder.id, None, letter).await
}

/// What facts about a certificate name: it is a person's, and no partner's.
pub(super) fn about(row: &certificate::Model) -> About {
    About {
        partner: None,
        person: Some(row.person_id),
        subject: row.id.0,
    }
}

/// The certificate before it, where this one renews it and it was not revoked.
async fn renewed(
    permit: &Permit<'_>,
    period: &certificate::Model,
) -> Result<Option<certificate::Model>> {
    if !period.renewal {
        return Ok(None);
    }
    let all = store::periods(&permit.reader(), period.person_id, period.certification_id).await?;
    Ok(all
        .into_iter()
        .find(|row| row.issued_at.is_some() && row.revoked_at.is_none()))
}

/// Opens the period in which the certificate can be renewed.
pub(super) async fn open_next(
    permit: &Permit<'_>,
    issued: &certificate::Model,
    certification: &certification::Model,
    until: DateTime<Utc>,
) -> Result<()> {
    let next = certificate::Model {
        renewal: true,
        window_opens_at: rules::window_opens_at(until, issued.window_days),
        due_at: Some(until),
        ..blank(permit, certification, issued.person_id, issued.sequence + 1)
    };
    store::insert(permit, next).await?;
    Ok(())
}

/// The next place in the list of revoked credentials.
async fn next_place(permit: &Permit<'_>) -> Result<i64> {
    use status_list::Column;
    // Whoever issues one at the same time waits for this row, and so gets another place.
    status_list::Entity::update_many()
        .col_expr(Column::Next, Expr::col(Column::Next).add(1))
        .filter(Column::Id.eq(1))
        .exec(permit.writer())
        .await?;
    let row = status_list::Entity::find_by_id(1)
        .one(&permit.reader())
        .await?;
    let next = row.map(|row| row.next - 1);
    next.ok_or_else(|| Error::fault("the list of revoked credentials has no row"))
}
