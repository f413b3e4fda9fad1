//! What proves a certificate to anybody: its paper, its Open Badge, and the list of those that were
//! taken back. All of it is made of the row when it is asked for; the row is what is frozen.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::certificate::{self, Column, Entity};
use entity::{certification, status_list};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value;
use url::Url;

use super::credential::{self, Award, LIST_LENGTH, StatusEntry, StatusList};
use super::paper::Paper;
use super::rules::{self, CertificateState, Period, Route};
use super::{store, verify};
use crate::auth::token::Keys;
use crate::error::Result;
use crate::op::Op;

/// How long a list of revoked credentials may be kept by those who have read it.
const LIST_HOLDS: TimeDelta = TimeDelta::hours(1);

/// Who issues certificates: the portal, at its address.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Where browsers reach the portal.
    pub base_url: Url,
    /// Name of the vendor's program.
    pub program: String,
    /// In which zone the days of a certificate are told: the portal's.
    pub zone: Tz,
    /// The keys of the house.
    pub keys: Arc<Keys>,
}

impl Issuer {
    /// An address of the portal.
    #[must_use]
    pub fn address(&self, segments: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Where anybody sees whether the certificate holds.
    #[must_use]
    pub fn verify_url(&self, number: &str) -> Url {
        self.address(&["certificates", number])
    }

    /// The issuer's keys, for those who verify credentials.
    #[must_use]
    pub fn did_document(&self) -> Value {
        let did = credential::did(&self.base_url);
        credential::did_document(&did, self.keys.credential().public())
    }
}

/// A certificate with its paper and where it stands.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What the paper says.
    pub paper: Paper,
    /// Where it stands now.
    pub state: CertificateState,
}

/// The certificate with that number as it is shown; none where there is none.
///
/// # Errors
/// What the database said.
pub async fn shown(op: &Op, issuer: &Issuer, number: &str) -> Result<Option<Shown>> {
    let Some((row, of)) = issued(op, number).await? else {
        return Ok(None);
    };
    let number = row.number.clone().unwrap_or_default();
    let paper = Paper {
        program: issuer.program.clone(),
        certification: of.title,
        holder: row.holder.clone().unwrap_or_default(),
        verify_url: issuer.verify_url(&number).into(),
        number,
        issued_on: day(row.issued_at.unwrap_or(row.window_opens_at), issuer.zone),
        valid_until: row.valid_until.map(|end| last_day(end, issuer.zone)),
        locale: of.locale,
    };
    let state = rules::state(&Period::from(&row), row.window_days, op.now());
    Ok(Some(Shown { paper, state }))
}

/// The day on which something happened, as the portal's zone has it: a certificate says one day,
/// whoever reads it, on its page, on paper and in letters.
#[must_use]
pub fn day(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The last day on which something holds that ends then. What ends at midnight ends with the day
/// before.
#[must_use]
pub fn last_day(end: DateTime<Utc>, zone: Tz) -> NaiveDate {
    day(end - TimeDelta::microseconds(1), zone)
}

/// The certificate with that number as a signed Open Badge; none where there is none.
///
/// # Errors
/// What the database said.
pub async fn badge(op: &Op, issuer: &Issuer, number: &str) -> Result<Option<String>> {
    let Some((row, of)) = issued(op, number).await? else {
        return Ok(None);
    };
    let (Some(number), Some(index)) = (&row.number, row.status_index) else {
        return Ok(None);
    };
    let length = i64::from(LIST_LENGTH);
    let list = index / length;
    let route: Route = serde_json::from_value(of.route.clone())?;
    let award = Award {
        id_url: issuer.verify_url(number).into(),
        number: number.clone(),
        certification_description: describe(&of),
        criteria: criteria(&route),
        achievement_url: format!("urn:uuid:{}", of.id),
        certification_name: of.title,
        issuer: credential::Issuer {
            did: credential::did(&issuer.base_url),
            name: issuer.program.clone(),
            url: issuer.base_url.to_string(),
        },
        holder_name: row.holder.clone().unwrap_or_default(),
        subject_id: format!("urn:uuid:{}", row.id),
        valid_from: row.valid_from.unwrap_or(row.window_opens_at),
        valid_until: row.valid_until,
        status: Some(StatusEntry {
            list_url: list_url(issuer, list).into(),
            index: u32::try_from(index % length).unwrap_or_default(),
        }),
        achievement_type: "Certification",
        image: None,
    };
    let signed = credential::sign(&credential::credential(&award), issuer.keys.credential())?;
    Ok(Some(signed))
}

/// An achievement has to be described, if only by its name.
fn describe(of: &certification::Model) -> String {
    if of.summary.trim().is_empty() {
        of.title.clone()
    } else {
        of.summary.clone()
    }
}

/// What was to be shown, as Markdown.
fn criteria(route: &Route) -> String {
    let mut lines: Vec<String> = route
        .slugs()
        .map(|slug| format!("- Complete `{slug}`"))
        .collect();
    if let (Some(count), all) = (route.at_least, route.courses.len()) {
        lines.insert(0, format!("At least {count} of the first {all}:\n"));
    }
    lines.extend(route.evidence.clone());
    lines.join("\n")
}

fn list_url(issuer: &Issuer, list: i64) -> Url {
    issuer.address(&["credentials", "status", &list.to_string()])
}

/// The list of revoked credentials of that number, signed; none where no credential has a place in
/// it yet.
///
/// # Errors
/// What the database said.
pub async fn revoked(op: &Op, issuer: &Issuer, list: u32) -> Result<Option<String>> {
    let db = op.reader();
    let length = i64::from(LIST_LENGTH);
    let first = i64::from(list) * length;
    let next = status_list::Entity::find_by_id(1).one(&db).await?;
    if next.is_none_or(|row| row.next <= first) {
        return Ok(None);
    }
    let indexes: Vec<Option<i64>> = Entity::find()
        .select_only()
        .column(Column::StatusIndex)
        .filter(Column::RevokedAt.is_not_null())
        .filter(Column::StatusIndex.gte(first))
        .filter(Column::StatusIndex.lt(first + length))
        .into_tuple()
        .all(&db)
        .await?;
    let places = indexes.into_iter().flatten();
    let list = StatusList {
        url: list_url(issuer, list.into()).into(),
        issuer: credential::did(&issuer.base_url),
        revoked: places
            .filter_map(|index| u32::try_from(index - first).ok())
            .collect(),
        valid_from: op.now(),
        valid_until: op.now() + LIST_HOLDS,
    };
    let list = credential::status_list(&list)?;
    Ok(Some(credential::sign(&list, issuer.keys.credential())?))
}

/// The row with that number, if it was issued, and its certification.
async fn issued(
    op: &Op,
    number: &str,
) -> Result<Option<(certificate::Model, certification::Model)>> {
    let Some(row) = verify::by_number(op, number).await? else {
        return Ok(None);
    };
    let of = store::certification(&op.reader(), row.certification_id).await?;
    Ok(Some((row, of)))
}

#[cfg(test)]
mod tests {
    use chrono_tz::America::Sao_Paulo;
    use chrono_tz::Europe::Berlin;

    use super::*;

    #[test]
    fn what_ends_at_midnight_ends_with_the_day_before() {
        let day = |until: &str, zone| last_day(until.parse().unwrap(), zone).to_string();
        assert_eq!(day("2026-12-03T13:05:00Z", Berlin), "2026-12-03");
        assert_eq!(day("2026-12-03T23:00:00Z", Berlin), "2026-12-03");
        assert_eq!(day("2026-12-03T23:00:01Z", Berlin), "2026-12-04");
        assert_eq!(day("2026-12-04T00:00:00Z", Tz::UTC), "2026-12-03");
        assert_eq!(day("2026-12-04T00:00:00Z", Sao_Paulo), "2026-12-03");
    }
}
