//! Somebody takes their seat: the invitation is accepted, they are signed in and, in a partner,
//! welcomed with the plan, in one unit of work. Or takes it again.

use entity::id::MembershipId;

use super::{facts_arrived, start};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Result};
use crate::identity::Guard;
use crate::identity::invitation::{self, Answer};
use crate::identity::session::{self, SignedIn};
use crate::op::Op;
use crate::partner::member;

/// Accepts the invitation.
///
/// # Errors
/// The refusals of [`invitation::prepare`] and [`invitation::accept`].
pub async fn join(op: &Op, guard: &Guard, answer: Answer) -> Result<SignedIn> {
    let prepared = invitation::prepare(op, guard, answer).await?;
    let opened = op
        .at_the_door()
        .secret_unit((prepared, guard.lives), |tx, (prepared, lives)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
                let accepted = invitation::accept(&permit, prepared).await?;
                let (invitation, person) = (accepted.invitation, accepted.person);
                if let Some(id) = invitation.partner_id {
                    let role = invitation
                        .member_role
                        .ok_or_else(|| Error::fault("a seat without a role"))?;
                    member::seat(&permit, id, person.id, role).await?;
                    start::welcome(&permit, id, person.id).await?;
                }
                session::open(&permit, &person, *lives, accepted.proven_at).await
            })
        })
        .await?;
    guard.sign_in(op, opened)
}

/// Gives a member their seat back, in the role that they had. What they have learned counts for
/// the partner again.
///
/// # Errors
/// `CONFLICT`.
pub async fn reactivate(op: &Op, id: MembershipId, expected_version: i32) -> Result<MembershipId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let (permit, partner) = member::reseat(tx, id, version).await?;
            facts_arrived(&permit, partner).await?;
            Ok(id)
        })
    })
    .await
}
