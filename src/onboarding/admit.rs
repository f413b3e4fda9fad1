//! A company is let in: it becomes a partner and its onboarding begins, in one unit of work.

use entity::id::{PartnerId, PlanVersionId};

use super::{choose, start};
use crate::config;
use crate::error::{Refusal, Result};
use crate::op::Op;
use crate::partner::review::{self, Approve};

/// Approves the application, on the plan that is named or else on the one that suits the partner's
/// kind, region and language best.
///
/// # Errors
/// The refusals of [`review`], `UNKNOWN_REGION`, `NO_PLAN`.
pub async fn approve(
    op: &Op,
    portal: &config::Portal,
    input: Approve,
    named: Option<PlanVersionId>,
) -> Result<PartnerId> {
    if !portal.regions.contains(&input.region) {
        let message = format!("Name a region of {}.", portal.regions.join(", "));
        return Err(Refusal::new("UNKNOWN_REGION", message).at("region").into());
    }
    op.unit((input, named), |tx, (input, named)| {
        Box::pin(async move {
            let (permit, partner) = review::admit(tx, input).await?;
            let db = tx.reader();
            let version = match named {
                Some(version) => *version,
                None => choose::choose_for(&db, partner.kind, &partner.region, &partner.locale)
                    .await?
                    .ok_or_else(no_plan)?,
            };
            start::start(&permit, &partner, version).await?;
            Ok(partner.id)
        })
    })
    .await
}

fn no_plan() -> Refusal {
    let message = "No published onboarding plan suits this partner: publish one, or name one.";
    Refusal::new("NO_PLAN", message).at("planVersion")
}
