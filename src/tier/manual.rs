//! Tiers that people give against the rules: one proposes, another one decides, and it ends.
//!
//! While an override counts, the rules move nothing on that track. When it ends, the partner stands
//! where it was put, and the rules go on from there: what it does not earn is at risk, with the warning
//! and the grace that everybody has.

use chrono::{Days, NaiveDate};
use entity::id::{StandingId, StandingOverrideId};
use entity::staff_role::VendorRole;
use entity::standing_override::{self, Entity, OverrideState};
use entity::verdict::{Outcome, SubjectKind};
use entity::{partner, standing};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::review::{InForce, review};
use super::store;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};
use crate::notification::{self, Letter};
use crate::op::{Op, Permit};
use crate::partner::store::{partner, person, staff};
use crate::shape::global_id;
use crate::submission::{self, Decision, REASON, Submission, check_revision};

/// The codes of the refusals that are made here, besides those of [`submission`].
pub const CODES: &[&str] = &[
    "ALREADY_OPEN",
    "ALREADY_OVER",
    "NOT_IN_FORCE",
    "OUT_OF_RANGE",
    "UNKNOWN_TIER",
];

/// The most days that an override counts: whoever needs longer asks again.
const LONGEST: u64 = 366;

/// What is proposed.
#[derive(Clone, Debug)]
pub struct Propose {
    /// For which standing.
    pub standing: StandingId,
    /// Which tier, by its key.
    pub tier: String,
    /// Its last day, in the program's zone.
    pub ends_on: NaiveDate,
    /// Why, for the partner to read.
    pub reason: String,
}

/// Proposes to give a partner a tier against the rules.
///
/// # Errors
/// Refusals of [`CODES`], and of the reason.
pub async fn propose(op: &Op, input: Propose) -> Result<StandingOverrideId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let row = store::standing_for(tx, input.standing).await?;
            let scope = Scope::Partner(row.partner_id);
            let permit = tx.permit(Permission::ProposeOverrides, scope)?;
            let proposer = permit.op().actor().person().ok_or(Error::Forbidden)?.id;
            let mut faults = Faults::default();
            faults.words(&input.reason, REASON, "reason");
            faults.result()?;
            let given = Given {
                tier: &input.tier,
                ends_on: input.ends_on,
                reason: &input.reason,
                proposed_by: proposer,
            };
            let (row, program) = made(&permit, &row, &given).await?;
            Entity::insert(row.clone().into_active_model().reset_all())
                .exec_without_returning(permit.writer())
                .await?;
            let after = json!({
                "state": row.state, "track": row.track, "tier": row.tier, "endsOn": row.ends_on,
                "reason": row.reason,
            });
            audit::record(&permit, subject(&row), &(), &after).await?;
            tell_deciders(&permit, &row, &program).await?;
            Ok(row.id)
        })
    })
    .await
}

/// A tier to be given.
pub(super) struct Given<'a> {
    pub(super) tier: &'a str,
    pub(super) ends_on: NaiveDate,
    pub(super) reason: &'a str,
    pub(super) proposed_by: entity::id::PersonId,
}

/// An override of a standing as a row, if the track has such a tier and nothing else is open there.
pub(super) async fn made(
    permit: &Permit<'_>,
    standing: &standing::Model,
    given: &Given<'_>,
) -> Result<(standing_override::Model, InForce)> {
    let program = InForce::required(permit, standing.program_id).await?;
    let mut faults = Faults::default();
    let track = program.rules.document.track(&standing.track);
    if track.is_none_or(|track| track.tier(given.tier).is_none()) {
        let tiers = track.into_iter().flat_map(|it| &it.tiers);
        let known: Vec<_> = tiers.map(|it| it.key.as_str()).collect();
        let message = format!("There is no such tier. Name one of: {}.", known.join(", "));
        faults.add("UNKNOWN_TIER", message, "tier");
    }
    let today = program.rules.day(permit.now());
    let last = today + Days::new(LONGEST);
    if given.ends_on < today || given.ends_on > last {
        let message = format!("Name a day from {today} to {last}.");
        faults.add("OUT_OF_RANGE", message, "endsOn");
    }
    faults.result()?;
    if store::open_override(&permit.reader(), standing)
        .await?
        .is_some()
    {
        let message = "There is one on this track already: end it first.";
        return Err(Refusal::new("ALREADY_OPEN", message).into());
    }
    let end = given.ends_on.succ_opt().unwrap_or(given.ends_on);
    let row = standing_override::Model {
        id: permit.new_id(),
        partner_id: standing.partner_id,
        program_id: standing.program_id,
        track: standing.track.clone(),
        tier: given.tier.to_owned(),
        reason: given.reason.trim().to_owned(),
        ends_on: given.ends_on,
        ends_at: program.rules.calendar.midnight(end),
        state: OverrideState::Proposed,
        proposed_by: given.proposed_by,
        proposed_at: permit.now(),
        decided_by: None,
        decided_at: None,
        version: 1,
    };
    Ok((row, program))
}

/// What somebody says about what another one proposed.
#[derive(Clone, Debug)]
pub struct Review {
    /// Which override.
    pub id: StandingOverrideId,
    /// Why; may be empty where it is approved.
    pub reason: String,
    /// The version that was read.
    pub expected_version: i32,
}

/// Decides about what another one proposed: [`Outcome::Accepted`], and it counts at once, or
/// [`Outcome::Declined`].
///
/// # Errors
/// Refusals of [`submission::CODES`].
pub async fn decide(op: &Op, review: Review, outcome: Outcome) -> Result<StandingOverrideId> {
    op.unit((review, outcome), |tx, (review, outcome)| {
        Box::pin(async move {
            let row = store::override_for(tx, review.id).await?;
            let scope = Scope::Partner(row.partner_id);
            let permit = tx.permit(Permission::DecideOverrides, scope)?;
            settle(&permit, row, review, *outcome).await
        })
    })
    .await
}

async fn settle(
    permit: &Permit<'_>,
    row: standing_override::Model,
    review: &Review,
    outcome: Outcome,
) -> Result<StandingOverrideId> {
    let now = permit.now();
    let subject_of = Submission {
        kind: SubjectKind::StandingOverride,
        id: row.id.0,
        partner: Some(row.partner_id),
        person: None,
        revision: row.version,
        submitter: Some(row.proposed_by),
        open: row.state == OverrideState::Proposed && row.ends_at > now,
        fields: std::collections::BTreeSet::new(),
    };
    let decision = Decision {
        revision: review.expected_version,
        outcome,
        reason: review.reason.clone(),
        fields: Vec::new(),
        comments: Vec::new(),
    };
    submission::decide(permit, &subject_of, &decision).await?;
    let approved = outcome == Outcome::Accepted;
    let row = standing_override::Model {
        state: if approved {
            OverrideState::Approved
        } else {
            OverrideState::Declined
        },
        decided_by: permit.op().actor().person().map(|person| person.id),
        decided_at: Some(now),
        version: row.version + 1,
        ..row
    };
    store::write_override(permit, &row).await?;
    let before = json!({ "state": "PROPOSED" });
    audit::record(
        permit,
        subject(&row),
        &before,
        &json!({ "state": row.state }),
    )
    .await?;
    tell_proposer(permit, &row, approved, &decision.reason).await?;
    if approved {
        look(permit, &row).await?;
    }
    Ok(row.id)
}

/// What is to be ended.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// Which override.
    pub id: StandingOverrideId,
    /// The version that was read.
    pub expected_version: i32,
}

/// Ends an override before its time, or takes a proposal back: the rules count again.
///
/// # Errors
/// `ALREADY_OVER`, `CONFLICT`.
pub async fn end(op: &Op, input: End) -> Result<StandingOverrideId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let row = store::override_for(tx, input.id).await?;
            let scope = Scope::Partner(row.partner_id);
            let permit = tx.permit(Permission::ProposeOverrides, scope)?;
            if !matches!(row.state, OverrideState::Proposed | OverrideState::Approved) {
                let message = "It does not count any more.";
                return Err(Refusal::new("ALREADY_OVER", message).into());
            }
            check_revision(input.expected_version, row.version)?;
            let id = row.id;
            close(&permit, row.clone()).await?;
            look(&permit, &row).await?;
            Ok(id)
        })
    })
    .await
}

/// Ends one that is open.
pub(super) async fn close(permit: &Permit<'_>, row: standing_override::Model) -> Result<()> {
    let before = json!({ "state": row.state });
    let row = standing_override::Model {
        state: OverrideState::Ended,
        decided_at: row.decided_at.or(Some(permit.now())),
        version: row.version + 1,
        ..row
    };
    store::write_override(permit, &row).await?;
    audit::record(
        permit,
        subject(&row),
        &before,
        &json!({ "state": row.state }),
    )
    .await?;
    Ok(())
}

/// Looks where the partner stands with it, or without it.
pub(super) async fn look(permit: &Permit<'_>, row: &standing_override::Model) -> Result<()> {
    let db = permit.reader();
    let Some(program) = InForce::now(permit, row.program_id).await? else {
        return Ok(());
    };
    let partner: partner::Model = partner(&db, row.partner_id).await?;
    review(permit, &program, &partner).await?;
    Ok(())
}

async fn tell_deciders(
    permit: &Permit<'_>,
    row: &standing_override::Model,
    program: &InForce,
) -> Result<()> {
    let db = permit.reader();
    let partner = partner(&db, row.partner_id).await?;
    let proposer = person(&db, row.proposed_by).await?.name;
    let roles = [VendorRole::Admin, VendorRole::ProgramManager];
    for reader in staff(&db, &roles).await? {
        if reader == row.proposed_by {
            continue;
        }
        let locale = person(&db, reader).await?.locale;
        let names = Names::of(program, &row.track, &row.tier, &locale);
        let letter = Letter::OverrideProposed {
            partner: partner.legal_name.clone(),
            name: names.program,
            track: names.track,
            tier: names.tier,
            ends_on: row.ends_on,
            reason: row.reason.clone(),
            proposer: proposer.clone(),
            proposal: global_id("StandingOverride", row.id.0),
        };
        notification::tell(permit, reader, Some(row.partner_id), letter).await?;
    }
    Ok(())
}

async fn tell_proposer(
    permit: &Permit<'_>,
    row: &standing_override::Model,
    approved: bool,
    reason: &str,
) -> Result<()> {
    let db = permit.reader();
    let reader = person(&db, row.proposed_by).await?;
    let Some(program) = InForce::now(permit, row.program_id).await? else {
        return Ok(());
    };
    let names = Names::of(&program, &row.track, &row.tier, &reader.locale);
    let reviewer = permit.op().actor().person().ok_or(Error::Forbidden)?.id;
    let letter = Letter::OverrideDecided {
        partner: partner(&db, row.partner_id).await?.legal_name,
        track: names.track,
        tier: names.tier,
        approved,
        reviewer: person(&db, reviewer).await?.name,
        reason: reason.trim().to_owned(),
    };
    notification::tell(permit, reader.id, None, letter).await
}

/// What program, track and tier are called in a reader's language.
pub(super) struct Names {
    pub(super) program: String,
    pub(super) track: String,
    pub(super) tier: String,
}

impl Names {
    pub(super) fn of(program: &InForce, track: &str, tier: &str, locale: &str) -> Self {
        let document = &program.rules.document;
        let read =
            |text: &crate::program::document::Text| text.read(locale, &document.locale).to_owned();
        Self {
            program: read(&document.name),
            track: document
                .track(track)
                .map_or_else(|| track.to_owned(), |it| read(&it.name)),
            tier: document
                .tier_name(track, tier, locale)
                .unwrap_or(tier)
                .to_owned(),
        }
    }
}

fn subject(row: &standing_override::Model) -> Subject {
    Subject {
        kind: "StandingOverride",
        id: row.id.0,
        partner: Some(row.partner_id),
    }
}
