//! What an appeal is against, and when there is nothing that could be appealed against.
//!
//! Against the decision that the partner can see now. Nights that change nothing keep no evaluation, so
//! the one that is kept may be of long ago, while last night's look judged the same anew: then the
//! evaluation of that last look is made and kept with the appeal. It is of that look's instant, as was
//! known then: whatever is recorded later is recorded after it ([`crate::fact`]), so that it can be
//! computed anew like all that are kept. What cannot be judged anew is over with its time: where the
//! track has ended, or nobody has looked for so long, as at partners that are not measured any more.
//!
//! Nobody appeals without end: one appeal at a time against a standing, and where one was dismissed, no
//! other against the same result. The result is the same as long as the standing has not moved since
//! and each requirement of the track is judged as it was, by the same numbers; the days that are looked
//! at do not count, since they go on by themselves.

use chrono::NaiveDate;
use entity::appeal::{self, AppealState, Column, Entity};
use entity::{evaluation, standing, verdict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::error::{Refusal, Result};
use crate::op::Permit;
use crate::partner::store::{partner, person};
use crate::program::outlook::Outlook;
use crate::program::proof::{Evaluation, Judged, RequirementProof, TrackProof};
use crate::program::store as programs;
use crate::submission;
use crate::tier::review::InForce;
use crate::tier::store;

/// The evaluation against which an appeal is.
///
/// # Errors
/// `NOTHING_DECIDED`, `TOO_LATE`, `NOT_IN_FORCE`.
pub(super) async fn against(
    permit: &Permit<'_>,
    program: &InForce,
    standing: &standing::Model,
) -> Result<evaluation::Model> {
    let kept = standing.evaluation_id.ok_or_else(|| {
        let message = "Nothing was decided here yet that could be appealed against.";
        Refusal::new("NOTHING_DECIDED", message)
    })?;
    let kept = store::evaluation(&permit.reader(), kept).await?;
    let within = program.rules.document.appeals.within;
    let is_in_time = |at| program.rules.calendar.after(at, within) >= permit.now();
    if is_in_time(kept.as_of) {
        return Ok(kept);
    }
    if standing.ended_at.is_none() && is_in_time(standing.looked_at) {
        return anew(permit, standing).await;
    }
    let message = format!(
        "It was decided on {}; the program takes appeals for {within} after that.",
        program.rules.day(kept.as_of),
    );
    Err(Refusal::new("TOO_LATE", message).into())
}

/// What the last look has judged, kept once.
async fn anew(permit: &Permit<'_>, standing: &standing::Model) -> Result<evaluation::Model> {
    use evaluation::Column;
    let (db, at) = (permit.reader(), standing.looked_at);
    let version = programs::in_force_at(&db, standing.program_id, at).await?;
    let version = version.ok_or_else(|| {
        let message = "The program had no rules in force when it was last looked at.";
        Refusal::new("NOT_IN_FORCE", message)
    })?;
    let there = evaluation::Entity::find()
        .filter(Column::PartnerId.eq(standing.partner_id))
        .filter(Column::ProgramVersionId.eq(version.id))
        .filter(Column::AsOf.eq(at))
        .filter(Column::KnownOn.eq(at));
    if let Some(there) = there.one(&db).await? {
        return Ok(there);
    }
    let program = InForce::of(&db, version).await?;
    let row = partner(&db, standing.partner_id).await?;
    let facts = programs::facts(&db, row.id, at).await?;
    let profile = programs::profile(&row)?;
    let outlook = Outlook::new(&program.rules, &facts, &profile, at, at);
    let id = store::keep(permit, row.id, program.version.id, &outlook.evaluation()).await?;
    store::evaluation(&db, id).await
}

/// Refuses an appeal beside another one that is open, and one against what was decided in an appeal.
///
/// # Errors
/// `ALREADY_OPEN`, `ALREADY_DECIDED`.
pub(super) async fn check_is_first(
    permit: &Permit<'_>,
    program: &InForce,
    standing: &standing::Model,
    evaluation: &evaluation::Model,
) -> Result<()> {
    let db = permit.reader();
    let of_standing = || Entity::find().filter(Column::StandingId.eq(standing.id));
    let open = [AppealState::Submitted, AppealState::ActionRequired];
    let open = of_standing().filter(Column::State.is_in(open));
    if open.one(&db).await?.is_some() {
        let message = "There is an appeal against this already, which is not decided yet.";
        return Err(Refusal::new("ALREADY_OPEN", message).into());
    }
    let dismissed = of_standing()
        .filter(Column::State.eq(AppealState::Dismissed))
        .order_by_desc(Column::DecidedAt)
        .order_by_desc(Column::Id);
    let Some(dismissed) = dismissed.one(&db).await? else {
        return Ok(());
    };
    let before = store::evaluation(&db, dismissed.evaluation_id).await?;
    if before.id != evaluation.id {
        let moved = store::move_before(&db, standing.id, permit.now()).await?;
        let has_moved = moved.is_some_and(|it| it.moved_at > before.as_of);
        if has_moved || result(&before, &standing.track)? != result(evaluation, &standing.track)? {
            return Ok(());
        }
    }
    Err(decided(permit, program, &dismissed).await?.into())
}

/// That an appeal against the same was dismissed: by whom, and when.
async fn decided(
    permit: &Permit<'_>,
    program: &InForce,
    dismissed: &appeal::Model,
) -> Result<Refusal> {
    let db = permit.reader();
    let verdict: Option<verdict::Model> = submission::last_verdict(&db, dismissed.id.0).await?;
    let name = match &verdict {
        Some(verdict) => person(&db, verdict.reviewer_id).await?.name,
        None => "Somebody".to_owned(),
    };
    let on = dismissed.decided_at.unwrap_or(dismissed.submitted_at);
    let message = format!(
        "{name} dismissed an appeal against the same result on {}: appeal again when something has \
         changed.",
        program.rules.day(on),
    );
    Ok(Refusal::new("ALREADY_DECIDED", message))
}

/// What an evaluation says of a track, without days: they go on where nothing else changes.
fn result(row: &evaluation::Model, track: &str) -> Result<Option<TrackProof>> {
    let proof: Evaluation = serde_json::from_str(&row.proof)?;
    let mut track = proof.tracks.into_iter().find(|it| it.track == track);
    let tiers = track.iter_mut().flat_map(|it| &mut it.tiers);
    for tier in tiers {
        for requirement in tier.requires.iter_mut().chain(&mut tier.keeps) {
            without_days(requirement);
        }
    }
    Ok(track)
}

fn without_days(requirement: &mut RequirementProof) {
    requirement.until = None;
    let of = match &mut requirement.what {
        Judged::Metric { .. } | Judged::Partner(_) | Judged::Tier { .. } => return,
        Judged::All(of) | Judged::Some { of, .. } => of,
        Judged::Days {
            from, to, day, of, ..
        } => {
            (*from, *to) = (NaiveDate::default(), NaiveDate::default());
            *day = day.map(|_| NaiveDate::default());
            of
        }
        Judged::Ends {
            held, missed, of, ..
        } => {
            held.fill(NaiveDate::default());
            missed.fill(NaiveDate::default());
            of
        }
    };
    of.iter_mut().for_each(without_days);
}
