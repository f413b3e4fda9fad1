//! A company asks to join: sends, confirms its address, mends what a reviewer named.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::application::{self, ApplicationState};
use entity::id::ApplicationId;
use entity::link::LinkPurpose;
use entity::staff_role::VendorRole;
use serde_json::json;

use super::rules::{self, Checked, Company, Turn, next};
use super::store;
use crate::audit::{self, Subject};
use crate::auth::{Actor, Permission, Scope, email};
use crate::config;
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::identity::link::{self, Door};
use crate::identity::{Guard, attempt};
use crate::notification::{Letter, Reader, tell};
use crate::op::{Op, Permit};
use crate::shape::global_id;
use crate::throttle::{self, Rate, Try};

/// Vendor roles that look after applications.
pub const REVIEWERS: &[VendorRole] = &[VendorRole::PartnerManager];

/// How often an address that nobody confirmed is written to because of applications.
const LETTERS: Rate = Rate {
    burst: 5,
    every: TimeDelta::minutes(20),
};

/// A company's request to join.
#[derive(Clone, Debug)]
pub struct Apply {
    /// What it says of itself.
    pub company: Company,
    /// Where answers go; it has to be confirmed.
    pub contact_email: String,
    /// The version of the terms that was accepted.
    pub terms_version: String,
    /// Whether they were.
    pub accepts_terms: bool,
}

/// Sends an application and asks for the address to be confirmed. Another application of the same
/// company is kept too: whether they are one is for the reviewer to see.
///
/// # Errors
/// `INVALID` for each field that is not in order, `TERMS_OUTDATED`; [`Error::Busy`] where this
/// network applies too often, or the address was written to too often.
pub async fn apply(
    op: &Op,
    guard: &Guard,
    portal: &config::Portal,
    input: Apply,
) -> Result<ApplicationId> {
    let (checked, email) = check(input, portal)?;
    let mut tries = attempt::by_network(op, guard, "apply");
    tries.push(Try::of(&["apply", &email], LETTERS));
    let input = (checked, email, portal.terms_version.clone(), tries);
    op.at_the_door()
        .unit(input, |tx, (checked, email, terms_version, tries)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::Apply, Scope::Portal)?;
                throttle::count(&permit, tries).await?;
                let row = store::insert_application(
                    &permit,
                    application::Model {
                        contact_email: email.clone(),
                        terms_version: terms_version.clone(),
                        terms_accepted_at: permit.now(),
                        ..row(&permit, checked)
                    },
                )
                .await?;
                leave_traces(&permit, &row, &()).await?;
                let letter = Letter::ConfirmEmail {
                    company: row.legal_name.clone(),
                    link: link::issue(&permit, Door::ConfirmEmail(row.id), email).await?,
                };
                tell(&permit, contact(&row), None, letter).await?;
                Ok(row.id)
            })
        })
        .await
}

fn check(input: Apply, portal: &config::Portal) -> Result<(Checked, String)> {
    let mut faults = Vec::new();
    let address = email::normalize(&input.contact_email);
    if address.is_none() {
        faults.push(rules::invalid(
            "contactEmail",
            "Give an e-mail address, such as ana@example.com.",
        ));
    }
    if !input.accepts_terms {
        faults.push(rules::invalid(
            "acceptsTerms",
            "The terms have to be accepted.",
        ));
    } else if input.terms_version != portal.terms_version {
        faults.push(
            Refusal::new(
                "TERMS_OUTDATED",
                format!(
                    "The terms are now version {}: show them and ask again.",
                    portal.terms_version
                ),
            )
            .at("termsVersion"),
        );
    }
    match (rules::check(input.company, portal), address) {
        (Ok(checked), Some(address)) if faults.is_empty() => Ok((checked, address)),
        (checked, _) => {
            let more = checked.err().unwrap_or_default();
            Err(Error::Refused(more.into_iter().chain(faults).collect()))
        }
    }
}

/// A first revision; contact and terms are filled in by the caller.
fn row(permit: &Permit<'_>, checked: &Checked) -> application::Model {
    let company = checked.company.clone();
    application::Model {
        id: permit.new_id(),
        legal_name: company.legal_name,
        normalized_name: checked.normalized_name.clone(),
        website: company.website,
        domain: checked.domain.clone(),
        country: company.country,
        kind: company.kind,
        regions: json!(company.regions),
        time_zone: company.time_zone,
        locale: company.locale,
        contact_name: company.contact_name,
        contact_email: String::new(),
        why: company.why,
        terms_version: String::new(),
        terms_accepted_at: permit.now(),
        state: ApplicationState::Applied,
        email_confirmed_at: None,
        submitted_at: permit.now(),
        reviewer_id: None,
        decided_at: None,
        welcome_again_on: None,
        created_at: permit.now(),
        updated_at: permit.now(),
        version: 1,
    }
}

/// Confirms the applicant's address by the token of their letter. From here on reviewers know of
/// the application: whoever types in a stranger's address costs them nothing.
///
/// # Errors
/// `LINK_INVALID`.
pub async fn confirm(op: &Op, token: String) -> Result<ApplicationId> {
    op.at_the_door()
        .unit(token, |tx, token| {
            Box::pin(async move {
                let permit = tx.permit(Permission::Apply, Scope::Portal)?;
                let link = link::redeem(&permit, token, LinkPurpose::ConfirmEmail).await?;
                let id = link
                    .application_id
                    .ok_or(Error::NotFound("PartnerApplication"))?;
                let mut row = store::application(&tx.reader(), id).await?;
                if row.email_confirmed_at.is_none() {
                    row.email_confirmed_at = Some(permit.now());
                    let row = store::update_application(&permit, row).await?;
                    tell(
                        &permit,
                        contact(&row),
                        None,
                        Letter::ApplicationReceived {
                            company: row.legal_name.clone(),
                        },
                    )
                    .await?;
                    tell_reviewers(&permit, &row, false).await?;
                }
                Ok(id)
            })
        })
        .await
}

/// The application that the token of a letter opens, and its holder as an actor who may read it.
///
/// # Errors
/// `LINK_INVALID`.
pub async fn open(op: &Op, token: &str) -> Result<(ApplicationId, Actor)> {
    let link = link::peek(op, token, LinkPurpose::EditApplication).await?;
    let id = link
        .application_id
        .ok_or(Error::NotFound("PartnerApplication"))?;
    Ok((id, Actor::Applicant(id)))
}

/// Sends the mended application again, by the token of the letter that asked for it.
///
/// # Errors
/// `LINK_INVALID`, `INVALID` for each field that is not in order, `NOT_OPEN`.
pub async fn resubmit(
    op: &Op,
    portal: &config::Portal,
    token: String,
    company: Company,
) -> Result<ApplicationId> {
    let (_, holder) = open(op, &token).await?;
    let checked = rules::check(company, portal).map_err(Error::Refused)?;
    op.as_actor(holder)
        .unit((token, Arc::new(checked)), |tx, (token, checked)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::MendApplication, Scope::Portal)?;
                let link = link::redeem(&permit, token, LinkPurpose::EditApplication).await?;
                let id = link
                    .application_id
                    .ok_or(Error::NotFound("PartnerApplication"))?;
                let before = store::application(&tx.reader(), id).await?;
                let state = next(before.state, Turn::Resubmit).ok_or_else(|| not_open(&before))?;
                let told = row(&permit, checked);
                let row = store::update_application(
                    &permit,
                    application::Model {
                        state,
                        submitted_at: permit.now(),
                        id: before.id,
                        contact_email: before.contact_email.clone(),
                        terms_version: before.terms_version.clone(),
                        terms_accepted_at: before.terms_accepted_at,
                        email_confirmed_at: before.email_confirmed_at,
                        reviewer_id: before.reviewer_id,
                        created_at: before.created_at,
                        version: before.version,
                        ..told
                    },
                )
                .await?;
                leave_traces(&permit, &row, &said(&before)).await?;
                tell_reviewers(&permit, &row, true).await?;
                Ok(id)
            })
        })
        .await
}

/// That turn is not open to the application where it stands.
pub(super) fn not_open(row: &application::Model) -> Refusal {
    let what = match row.state {
        ApplicationState::Applied | ApplicationState::InReview => "is being reviewed",
        ApplicationState::ActionRequired => "waits for the applicant",
        ApplicationState::Approved => "was approved",
        ApplicationState::Rejected => "was rejected",
    };
    Refusal::new(
        "NOT_OPEN",
        format!("This application {what}: that is not possible now."),
    )
}

/// The applicant, as a reader of letters.
pub(super) fn contact(row: &application::Model) -> Reader {
    Reader::Address {
        email: row.contact_email.clone(),
        name: row.contact_name.clone(),
        locale: row.locale.clone(),
        time_zone: row.time_zone.clone(),
    }
}

async fn leave_traces<B: serde::Serialize + Sync>(
    permit: &Permit<'_>,
    row: &application::Model,
    before: &B,
) -> Result<()> {
    let about = About {
        partner: None,
        person: None,
        subject: row.id.0,
    };
    fact::record(
        permit,
        about,
        &Detail::ApplicationSubmitted {
            revision: row.version,
        },
    )
    .await?;
    audit::record(permit, subject(row), before, &said(row)).await?;
    Ok(())
}

/// The application, as the audit trail names it.
pub(super) fn subject(row: &application::Model) -> Subject {
    Subject {
        kind: "PartnerApplication",
        id: row.id.0,
        partner: None,
    }
}

/// What an application says, for the audit trail: the company's words, and nobody's address.
fn said(row: &application::Model) -> serde_json::Value {
    json!({
        "legalName": row.legal_name, "website": row.website, "country": row.country,
        "kind": row.kind, "regions": row.regions, "timeZone": row.time_zone,
        "locale": row.locale, "termsVersion": row.terms_version,
    })
}

/// Tells the reviewer who took it up, or else all who look after applications.
async fn tell_reviewers(
    permit: &Permit<'_>,
    row: &application::Model,
    resubmitted: bool,
) -> Result<()> {
    let db = permit.reader();
    let readers = store::reviewers(&db, row.reviewer_id, REVIEWERS).await?;
    let possible_duplicates = store::possible_duplicates(&db, row).await?;
    for reader in readers {
        let letter = Letter::ApplicationToReview {
            company: row.legal_name.clone(),
            country: row.country.clone(),
            contact: row.contact_name.clone(),
            why: row.why.clone(),
            possible_duplicates: u32::try_from(possible_duplicates).unwrap_or(u32::MAX),
            resubmitted,
            application: global_id("PartnerApplication", row.id.0),
        };
        tell(permit, reader, None, letter).await?;
    }
    Ok(())
}
