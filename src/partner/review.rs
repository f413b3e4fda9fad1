//! Staff take up an application, ask for changes, reject it or let the company in.

use chrono::NaiveDate;
use entity::application::{self, ApplicationState};
use entity::id::{ApplicationId, PartnerId, PersonId};
use entity::membership::MemberRole;
use entity::partner::{self, PartnerKind, PartnerState};
use entity::staff_role::VendorRole;
use entity::verdict::{Outcome, SubjectKind};
use serde_json::json;

use super::apply::{contact, not_open, subject};
use super::rules::{self, COMPANY_FIELDS, Turn, next};
use super::store;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::identity::invitation::{self, Invite};
use crate::identity::link::{self, Door};
use crate::notification::{Letter, tell};
use crate::op::{Op, Permit, Tx};
use crate::submission::{self, Comment, Decision, Submission, check_revision};

/// Takes up the application: it is in review, by the asker.
///
/// # Errors
/// `CONFLICT`, `NOT_OPEN`, `EMAIL_UNCONFIRMED`.
pub async fn take(op: &Op, id: ApplicationId, revision: i32) -> Result<ApplicationId> {
    op.unit((id, revision), |tx, &(id, revision)| {
        Box::pin(async move {
            let (permit, mut row) = open(tx, id).await?;
            check_revision(revision, row.version)?;
            row.state = next(row.state, Turn::Take).ok_or_else(|| not_open(&row))?;
            row.reviewer_id = Some(reviewer(&permit)?);
            let before = json!({ "state": ApplicationState::Applied });
            let row = store::update_application(&permit, row).await?;
            audit::record(
                &permit,
                subject(&row),
                &before,
                &json!({ "state": row.state }),
            )
            .await?;
            Ok(id)
        })
    })
    .await
}

/// What a reviewer wants mended.
#[derive(Clone, Debug)]
pub struct RequestChanges {
    /// Which application.
    pub id: ApplicationId,
    /// The revision that the reviewer looked at.
    pub revision: i32,
    /// Fields to mend, by the API's names.
    pub fields: Vec<String>,
    /// What is said of single fields.
    pub comments: Vec<Comment>,
    /// What is missing, for the applicant to read.
    pub reason: String,
}

/// Asks the applicant to mend the named fields; the letter's link opens the application.
///
/// # Errors
/// `CONFLICT`, `ALREADY_DECIDED`, `UNKNOWN_FIELD`, `EMAIL_UNCONFIRMED`, `NOT_OPEN`.
pub async fn request_changes(op: &Op, input: RequestChanges) -> Result<ApplicationId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, row) = open(tx, input.id).await?;
            let decision = Decision {
                revision: input.revision,
                outcome: Outcome::ActionRequired,
                reason: input.reason.clone(),
                fields: input.fields.clone(),
                comments: input.comments.clone(),
            };
            let row = decide(&permit, row, Turn::RequestChanges, &decision).await?;
            let edit =
                link::issue(&permit, Door::EditApplication(row.id), &row.contact_email).await?;
            let letter = Letter::ApplicationNeedsChanges {
                company: row.legal_name.clone(),
                reviewer: reviewer_name(&permit).await?,
                reason: input.reason.trim().to_owned(),
                points: decision.points(|_| None),
                link: edit,
            };
            tell(&permit, contact(&row), None, letter).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Why a company is not let in now.
#[derive(Clone, Debug)]
pub struct Reject {
    /// Which application.
    pub id: ApplicationId,
    /// The revision that the reviewer looked at.
    pub revision: i32,
    /// Why, for the applicant to read.
    pub reason: String,
    /// From which day a new application is welcome.
    pub welcome_again_on: NaiveDate,
}

/// Rejects the application.
///
/// # Errors
/// `CONFLICT`, `ALREADY_DECIDED`, `INVALID`, `EMAIL_UNCONFIRMED`, `NOT_OPEN`.
pub async fn reject(op: &Op, input: Reject) -> Result<ApplicationId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, mut row) = open(tx, input.id).await?;
            if !rules::is_welcome_day(input.welcome_again_on, permit.now().date_naive()) {
                let fault = "Give a day after today and within five years.";
                return Err(rules::invalid("welcomeAgainOn", fault).into());
            }
            row.welcome_again_on = Some(input.welcome_again_on);
            row.decided_at = Some(permit.now());
            let decision = Decision {
                revision: input.revision,
                outcome: Outcome::Rejected,
                reason: input.reason.clone(),
                fields: Vec::new(),
                comments: Vec::new(),
            };
            let row = decide(&permit, row, Turn::Reject, &decision).await?;
            record_decision(&permit, &row, None).await?;
            let letter = Letter::ApplicationRejected {
                company: row.legal_name.clone(),
                reason: input.reason.trim().to_owned(),
                welcome_again_on: input.welcome_again_on,
            };
            tell(&permit, contact(&row), None, letter).await?;
            Ok(row.id)
        })
    })
    .await
}

/// On what terms a company is let in.
#[derive(Clone, Debug)]
pub struct Approve {
    /// Which application.
    pub id: ApplicationId,
    /// The revision that the reviewer looked at.
    pub revision: i32,
    /// Who looks after the partner; the reviewer where none is named.
    pub owner: Option<PersonId>,
    /// What it does in the program; as it asked where none is named.
    pub kind: Option<PartnerKind>,
    /// Sales region, a configured code.
    pub region: String,
    /// A word of welcome, kept with the decision; may be empty.
    pub reason: String,
}

/// Lets the company in: the partner is made and its contact invited as `PARTNER_ADMIN`. A step of
/// [`crate::onboarding::admit`], which begins the onboarding in the same unit.
///
/// # Errors
/// `CONFLICT`, `ALREADY_DECIDED`, `UNKNOWN_OWNER`, `EMAIL_UNCONFIRMED`, `NOT_OPEN`.
pub(crate) async fn admit<'tx>(
    tx: &'tx Tx,
    input: &Approve,
) -> Result<(Permit<'tx>, partner::Model)> {
    let (permit, mut row) = open(tx, input.id).await?;
    let owner = owner(&permit, input.owner).await?;
    row.decided_at = Some(permit.now());
    let decision = Decision {
        revision: input.revision,
        outcome: Outcome::Accepted,
        reason: input.reason.clone(),
        fields: Vec::new(),
        comments: Vec::new(),
    };
    let row = decide(&permit, row, Turn::Approve, &decision).await?;
    let partner = store::insert_partner(
        &permit,
        partner::Model {
            logo_id: None,
            hides_advancement: false,
            id: permit.new_id(),
            application_id: row.id,
            legal_name: row.legal_name.clone(),
            normalized_name: row.normalized_name.clone(),
            website: row.website.clone(),
            domain: row.domain.clone(),
            country: row.country.clone(),
            kind: input.kind.unwrap_or(row.kind),
            region: input.region.clone(),
            time_zone: row.time_zone.clone(),
            locale: row.locale.clone(),
            state: PartnerState::Onboarding,
            owner_id: owner.id,
            approved_at: permit.now(),
            activated_at: None,
            created_at: permit.now(),
            updated_at: permit.now(),
            version: 1,
            factor_required: false,
        },
    )
    .await?;
    record_decision(&permit, &row, Some(partner.id)).await?;
    let made = Subject {
        kind: "Partner",
        id: partner.id.0,
        partner: Some(partner.id),
    };
    let after = json!({ "kind": partner.kind, "region": partner.region, "owner": owner.id });
    audit::record(&permit, made, &(), &after).await?;
    let letter = Letter::ApplicationApproved {
        company: row.legal_name.clone(),
        owner: owner.name.clone(),
    };
    tell(&permit, contact(&row), Some(partner.id), letter).await?;
    let invite = Invite {
        partner: Some(partner.id),
        email: row.contact_email.clone(),
        name: row.contact_name.clone(),
        member_role: Some(MemberRole::PartnerAdmin),
        vendor_roles: Vec::new(),
        locale: row.locale.clone(),
        time_zone: row.time_zone.clone(),
        organization: row.legal_name.clone(),
        inviter: owner.name,
    };
    invitation::invite(&permit, invite).await?;
    Ok((permit, partner))
}

/// The application, which the asker may decide. Nothing is decided before its address is confirmed.
async fn open(tx: &Tx, id: ApplicationId) -> Result<(Permit<'_>, application::Model)> {
    let permit = tx.permit(Permission::ReviewApplications, Scope::Portal)?;
    let row = store::application(&tx.reader(), id).await?;
    if row.email_confirmed_at.is_none() {
        let message = "The applicant has not confirmed the e-mail address yet: wait for it.";
        return Err(Refusal::new("EMAIL_UNCONFIRMED", message).into());
    }
    Ok((permit, row))
}

/// Gives the verdict and moves the application to where it leads.
async fn decide(
    permit: &Permit<'_>,
    mut row: application::Model,
    turn: Turn,
    decision: &Decision,
) -> Result<application::Model> {
    let before = json!({ "state": row.state });
    let leads_to = next(row.state, turn);
    let submission = Submission {
        person: None,
        kind: SubjectKind::Application,
        id: row.id.0,
        partner: None,
        revision: row.version,
        submitter: None,
        open: leads_to.is_some(),
        fields: COMPANY_FIELDS
            .iter()
            .map(|&field| field.to_owned())
            .collect(),
    };
    let verdict = submission::decide(permit, &submission, decision).await?;
    row.state = leads_to.ok_or_else(|| not_open(&row))?;
    row.reviewer_id = Some(reviewer(permit)?);
    let row = store::update_application(permit, row).await?;
    let after = json!({ "state": row.state, "fields": decision.fields, "verdict": verdict });
    audit::record(permit, subject(&row), &before, &after).await?;
    Ok(row)
}

async fn record_decision(
    permit: &Permit<'_>,
    row: &application::Model,
    partner: Option<PartnerId>,
) -> Result<()> {
    let about = About {
        partner,
        person: None,
        subject: row.id.0,
    };
    let approved = row.state == ApplicationState::Approved;
    fact::record(permit, about, &Detail::ApplicationDecided { approved }).await?;
    Ok(())
}

fn reviewer(permit: &Permit<'_>) -> Result<PersonId> {
    permit
        .op()
        .actor()
        .person()
        .map(|person| person.id)
        .ok_or(Error::Forbidden)
}

async fn reviewer_name(permit: &Permit<'_>) -> Result<String> {
    Ok(store::person(&permit.reader(), reviewer(permit)?)
        .await?
        .name)
}

/// The partner manager named, or the reviewer.
pub(super) async fn owner(
    permit: &Permit<'_>,
    named: Option<PersonId>,
) -> Result<entity::person::Model> {
    let db = permit.reader();
    let owner = match named {
        Some(owner) => owner,
        None => reviewer(permit)?,
    };
    let can = store::staff(&db, &[VendorRole::PartnerManager, VendorRole::Admin]).await?;
    if !can.contains(&owner) {
        return Err(Refusal::new(
            "UNKNOWN_OWNER",
            "Name a partner manager with an active account as the owner.",
        )
        .at("owner")
        .into());
    }
    store::person(&db, owner).await
}
