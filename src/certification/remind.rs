//! Reminders of a certificate's end, 90, 30 and 7 days ahead and on the day: promised when it is
//! issued, kept if there is still cause.

use chrono::{DateTime, Days, Utc};
use entity::certificate;
use entity::id::CertificateId;
use serde::{Deserialize, Serialize};

use super::rules::{Period, Route, holds};
use super::store;
use crate::error::Result;
use crate::notification::{self, Letter};
use crate::op::Permit;
use crate::outbox::{self, Job};

/// Days ahead at which a certificate's holder is reminded; zero is its end.
const AHEAD: [u32; 4] = [90, 30, 7, 0];

/// The promise to remind a certificate's holder of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateEnds {
    /// Which.
    pub certificate: CertificateId,
    /// So many days ahead; zero for its end.
    pub days: u32,
}

impl Job for CertificateEnds {
    const KIND: &'static str = "certificate.ends";
}

/// Promises the reminders of a certificate that ends then. One that would have come before today is
/// left out.
pub(super) async fn promise(
    permit: &Permit<'_>,
    certificate: CertificateId,
    until: DateTime<Utc>,
) -> Result<()> {
    for days in AHEAD {
        let Some(when) = until.checked_sub_days(Days::new(days.into())) else {
            continue;
        };
        if when <= permit.now() {
            continue;
        }
        let job = CertificateEnds { certificate, days };
        let key = format!("{}:{certificate}:{days}:{until}", CertificateEnds::KIND);
        outbox::promise_once(permit, &job, when, key).await?;
    }
    Ok(())
}

/// Keeps the promise: reminds the holder, unless the certificate was revoked or renewed meanwhile.
///
/// # Errors
/// What the database said.
pub async fn ends(permit: &Permit<'_>, job: &CertificateEnds) -> Result<()> {
    let db = permit.reader();
    let row = store::period(&db, job.certificate).await?;
    let (Some(number), Some(until)) = (row.number.clone(), row.valid_until) else {
        return Ok(());
    };
    if row.revoked_at.is_some() || is_renewed(permit, &row).await? {
        return Ok(());
    }
    let certification = store::certification(&db, row.certification_id).await?;
    let letter = if job.days == 0 {
        Letter::CertificateExpired {
            certification: certification.title,
            number,
            valid_until: until,
        }
    } else {
        let route: Route = serde_json::from_value(certification.renewal)?;
        Letter::CertificateExpiring {
            certification: certification.title,
            number,
            days: job.days,
            valid_until: until,
            route: store::titles(&db, &route).await?,
        }
    };
    notification::tell(permit, row.person_id, None, letter).await
}

/// Whether its holder has a later certificate that holds.
async fn is_renewed(permit: &Permit<'_>, row: &certificate::Model) -> Result<bool> {
    let all = store::periods(&permit.reader(), row.person_id, row.certification_id).await?;
    Ok(all
        .iter()
        .any(|other| other.sequence > row.sequence && holds(&Period::from(other), permit.now())))
}
