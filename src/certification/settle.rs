//! What was learned is looked at: certificates are issued, and onboarding steps complete.
//!
//! All is asked anew and nothing is counted up, so it may be called at any time, and twice.

use entity::id::PersonId;

use super::{issue, store};
use crate::error::Result;
use crate::onboarding;
use crate::op::Permit;

/// After the person has completed something or had evidence accepted: issues what they have earned
/// by it, and lets the onboarding of their partners go on.
///
/// # Errors
/// What the database said.
pub async fn learned(permit: &Permit<'_>, person: PersonId) -> Result<()> {
    settle(permit, person).await?;
    for partner in store::partners_of(&permit.reader(), person).await? {
        onboarding::facts_arrived(permit, partner).await?;
    }
    Ok(())
}

/// Issues every certificate that the person has earned and does not have.
async fn settle(permit: &Permit<'_>, person: PersonId) -> Result<()> {
    let db = permit.reader();
    for (period, certification) in store::open(permit, person).await? {
        let route = issue::route(&certification, &period, permit.now())?;
        let completed = store::completed(&db, &period, &route).await?;
        let evidence = store::is_evidence_accepted(&db, period.id).await?;
        if route.is_shown(&completed, evidence) {
            issue::issue(permit, period, &certification).await?;
        }
    }
    Ok(())
}
