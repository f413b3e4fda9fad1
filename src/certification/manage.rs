//! Taking a certificate back, and correcting the name on it: both leave a trace for good.

use entity::id::CertificateId;
use entity::{certificate, certificate_correction};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::rules::{Period, holds};
use super::{issue, store};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, Detail};
use crate::notification::{self, Letter};
use crate::op::{Op, Permit, Tx};
use crate::submission::{REASON, check_revision, check_text};

/// The codes with which managing certificates is refused.
pub const CODES: &[&str] = &[
    "CONFLICT",
    "INVALID_TEXT",
    "NOT_ISSUED",
    "REQUIRED",
    "REVOKED",
    "TOO_LONG",
];

/// The most characters of a holder's name.
const NAME: usize = 200;

/// What is to be done to a certificate, and why.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which.
    pub certificate: CertificateId,
    /// Why, for its holder to read.
    pub reason: String,
    /// What shows it, for the vendor's staff; for a correction, the right name.
    pub text: String,
    /// Its version that was read.
    pub expected_version: i32,
}

/// Takes a certificate back. Its number goes on being found, and says so. Its holder may earn it
/// anew: what they show from now on counts.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn revoke(op: &Op, change: Change) -> Result<CertificateId> {
    op.unit(change, |tx, change| {
        Box::pin(async move {
            let (permit, row) = issued(tx, change).await?;
            let mut faults = Vec::new();
            faults.extend(check_text(change.text.trim(), REASON, "evidence"));
            check(change, faults)?;
            let by = permit.op().actor().person().map(|person| person.id);
            let revoked = certificate::Model {
                revoked_at: Some(permit.now()),
                revoked_by: by,
                revoked_reason: Some(change.reason.trim().to_owned()),
                revoked_evidence: Some(change.text.trim().to_owned()),
                ..row
            };
            store::write(&permit, &revoked).await?;
            begin_anew(&permit, &revoked).await?;
            let certification =
                store::certification(&permit.reader(), revoked.certification_id).await?;
            let detail = Detail::CertificateRevoked {
                certification: certification.slug.clone(),
            };
            fact::record(&permit, issue::about(&revoked), &detail).await?;
            let after = json!({ "revokedAt": permit.now(), "reason": revoked.revoked_reason });
            audit::record(
                &permit,
                subject(&revoked),
                &json!({ "revokedAt": null }),
                &after,
            )
            .await?;
            let letter = Letter::CertificateRevoked {
                certification: certification.title,
                number: revoked.number.clone().unwrap_or_default(),
                reason: change.reason.trim().to_owned(),
            };
            notification::tell(&permit, revoked.person_id, None, letter).await?;
            Ok(revoked.id)
        })
    })
    .await
}

/// Corrects the name on a certificate: people marry, and clerks mistype. What was on it before is
/// kept, with the reason.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn correct_name(op: &Op, change: Change) -> Result<CertificateId> {
    op.unit(change, |tx, change| {
        Box::pin(async move {
            let (permit, row) = issued(tx, change).await?;
            let name = change.text.trim();
            let mut faults = Vec::new();
            if name.is_empty() {
                faults.push(Refusal::new("REQUIRED", "Give the right name.").at("holder"));
            }
            faults.extend(check_text(name, NAME, "holder"));
            check(change, faults)?;
            let Some(by) = permit.op().actor().person().map(|person| person.id) else {
                return Err(Error::Forbidden);
            };
            let before = row.holder.clone().unwrap_or_default();
            let corrected = certificate::Model {
                holder: Some(name.to_owned()),
                ..row
            };
            store::write(&permit, &corrected).await?;
            let trace = certificate_correction::Model {
                id: permit.new_id(),
                certificate_id: corrected.id,
                before: before.clone(),
                after: name.to_owned(),
                reason: change.reason.trim().to_owned(),
                corrected_by: by,
                corrected_at: permit.now(),
            };
            certificate_correction::Entity::insert(trace.into_active_model().reset_all())
                .exec_without_returning(permit.writer())
                .await?;
            tell_corrected(&permit, &corrected, &before).await?;
            Ok(corrected.id)
        })
    })
    .await
}

async fn tell_corrected(permit: &Permit<'_>, row: &certificate::Model, before: &str) -> Result<()> {
    let certification = store::certification(&permit.reader(), row.certification_id).await?;
    let detail = Detail::CertificateCorrected {
        certification: certification.slug.clone(),
    };
    fact::record(permit, issue::about(row), &detail).await?;
    let after = json!({ "holder": row.holder });
    audit::record(permit, subject(row), &json!({ "holder": before }), &after).await?;
    let issued_at = row.issued_at.unwrap_or_else(|| permit.now());
    let letter = Letter::CertificateCorrected {
        certification: certification.title,
        holder: row.holder.clone().unwrap_or_default(),
        number: row.number.clone().unwrap_or_default(),
        issued_at,
        valid_until: row.valid_until,
    };
    notification::tell(permit, row.person_id, None, letter).await
}

/// The certificate, if it was issued and not taken back.
async fn issued<'tx>(tx: &'tx Tx, change: &Change) -> Result<(Permit<'tx>, certificate::Model)> {
    let permit = tx.permit(Permission::ManageCertificates, Scope::Portal)?;
    let row = store::period(&permit.reader(), change.certificate).await?;
    if row.issued_at.is_none() {
        let message = "It was not issued yet: there is nothing to change.";
        return Err(Refusal::new("NOT_ISSUED", message).into());
    }
    if row.revoked_at.is_some() {
        return Err(Refusal::new("REVOKED", "It was revoked already.").into());
    }
    check_revision(change.expected_version, row.version)?;
    Ok((permit, row))
}

fn check(change: &Change, mut faults: Vec<Refusal>) -> Result<()> {
    if change.reason.trim().is_empty() {
        let message = "Say why: the holder reads it.";
        faults.push(Refusal::new("REQUIRED", message).at("reason"));
    }
    faults.extend(check_text(change.reason.trim(), REASON, "reason"));
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(faults))
    }
}

/// What would have been the renewal is a first period now: what is shown from now on counts.
async fn begin_anew(permit: &Permit<'_>, revoked: &certificate::Model) -> Result<()> {
    let db = permit.reader();
    let all = store::periods(&db, revoked.person_id, revoked.certification_id).await?;
    if all
        .iter()
        .any(|row| holds(&Period::from(row), permit.now()))
    {
        // A later one holds: it goes on being renewed.
        return Ok(());
    }
    let Some(next) = all.into_iter().find(|row| row.issued_at.is_none()) else {
        return Ok(());
    };
    let anew = certificate::Model {
        renewal: false,
        window_opens_at: permit.now(),
        due_at: None,
        ..next
    };
    store::write(permit, &anew).await
}

fn subject(row: &certificate::Model) -> Subject {
    Subject {
        kind: "Certificate",
        id: row.id.0,
        partner: None,
    }
}
