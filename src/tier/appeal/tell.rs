//! Who is told what of an appeal, and that reviewers are reminded of it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::appeal::{self, AppealState, Entity};
use entity::id::AppealId;
use entity::staff_role::VendorRole;
use entity::{standing, standing_override};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};

use super::{asker, id};
use crate::error::Result;
use crate::notification::{self, Letter};
use crate::op::Permit;
use crate::outbox::{self, Job};
use crate::partner::store::{partner, person, staff};
use crate::program::store::administrators;
use crate::submission::Decision;
use crate::tier::manual::Names;
use crate::tier::review::InForce;
use crate::tier::store;

/// How long before its time is over reviewers are reminded.
const AHEAD: TimeDelta = TimeDelta::days(3);
const REVIEWERS: [VendorRole; 2] = [VendorRole::Admin, VendorRole::ProgramManager];

/// The promise to remind reviewers of an appeal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealDue {
    /// Which.
    pub appeal: AppealId,
    /// Of which submission.
    pub submitted_at: DateTime<Utc>,
}

impl Job for AppealDue {
    const KIND: &'static str = "appeal.due";
}

/// Keeps the promise: reminds reviewers, if it still waits.
///
/// # Errors
/// What the database said.
pub async fn due(permit: &Permit<'_>, job: &AppealDue) -> Result<()> {
    let db = permit.reader();
    let row = Entity::find_by_id(job.appeal).one(&db).await?;
    let waits = |it: &appeal::Model| {
        it.state == AppealState::Submitted && it.submitted_at == job.submitted_at
    };
    let Some(row) = row.filter(waits) else {
        return Ok(());
    };
    let standing = store::standing(&db, row.standing_id).await?;
    let program = InForce::required(permit, standing.program_id).await?;
    let partner = partner(&db, row.partner_id).await?.legal_name;
    for reader in staff(&db, &REVIEWERS).await? {
        let locale = person(&db, reader).await?.locale;
        let letter = Letter::AppealDueSoon {
            partner: partner.clone(),
            track: Names::of(&program, &standing.track, "", &locale).track,
            answer_by: row.answer_by,
            appeal: id(&row),
        };
        notification::tell(permit, reader, Some(row.partner_id), letter).await?;
    }
    Ok(())
}

/// Tells reviewers and the one who submitted it, and promises to remind.
pub(super) async fn submitted(
    permit: &Permit<'_>,
    program: &InForce,
    standing: &standing::Model,
    row: &appeal::Model,
    again: bool,
) -> Result<()> {
    let db = permit.reader();
    let partner = partner(&db, row.partner_id).await?.legal_name;
    let submitter = person(&db, row.submitted_by).await?;
    for reader in staff(&db, &REVIEWERS).await? {
        let locale = person(&db, reader).await?.locale;
        let names = Names::of(program, &standing.track, "", &locale);
        let letter = Letter::AppealToReview {
            partner: partner.clone(),
            name: names.program,
            track: names.track,
            submitter: submitter.name.clone(),
            reason: row.reason.clone(),
            answer_by: row.answer_by,
            appeal: id(row),
            resubmitted: again,
        };
        notification::tell(permit, reader, Some(row.partner_id), letter).await?;
    }
    let letter = Letter::AppealReceived {
        partner,
        track: Names::of(program, &standing.track, "", &submitter.locale).track,
        answer_by: row.answer_by,
        appeal: id(row),
    };
    notification::tell(permit, submitter.id, Some(row.partner_id), letter).await?;
    let job = AppealDue {
        appeal: row.id,
        submitted_at: row.submitted_at,
    };
    let key = format!("{}:{}:{}", AppealDue::KIND, row.id, row.version);
    let when = (row.answer_by - AHEAD).max(permit.now());
    outbox::promise_once(permit, &job, when, key).await
}

/// Tells the one who submitted it to say more.
pub(super) async fn to_say_more(
    permit: &Permit<'_>,
    program: &InForce,
    standing: &standing::Model,
    row: &appeal::Model,
    decision: &Decision,
) -> Result<AppealId> {
    let db = permit.reader();
    let reader = person(&db, row.submitted_by).await?;
    let letter = Letter::AppealNeedsMore {
        partner: partner(&db, row.partner_id).await?.legal_name,
        track: Names::of(program, &standing.track, "", &reader.locale).track,
        reviewer: person(&db, asker(permit)?).await?.name,
        reason: decision.reason.trim().to_owned(),
        appeal: id(row),
    };
    notification::tell(permit, reader.id, Some(row.partner_id), letter).await?;
    Ok(row.id)
}

/// Tells the partner's administrators and the one who submitted it what came of it.
pub(super) async fn decided(
    permit: &Permit<'_>,
    program: &InForce,
    standing: &standing::Model,
    row: &appeal::Model,
    given: Option<&standing_override::Model>,
    decision: &Decision,
) -> Result<()> {
    let db = permit.reader();
    let partner = partner(&db, row.partner_id).await?.legal_name;
    let reviewer = person(&db, asker(permit)?).await?.name;
    let mut readers = administrators(&db, row.partner_id).await?;
    if !readers.iter().any(|it| it.id == row.submitted_by) {
        readers.push(person(&db, row.submitted_by).await?);
    }
    for reader in readers {
        let tier = given.map_or("", |it| it.tier.as_str());
        let names = Names::of(program, &standing.track, tier, &reader.locale);
        let letter = Letter::AppealDecided {
            partner: partner.clone(),
            track: names.track,
            upheld: row.state == AppealState::Upheld,
            reviewer: reviewer.clone(),
            reason: decision.reason.trim().to_owned(),
            tier: given.map(|_| names.tier),
            ends_on: given.map(|it| it.ends_on),
            appeal: id(row),
        };
        notification::tell(permit, reader.id, Some(row.partner_id), letter).await?;
    }
    Ok(())
}
