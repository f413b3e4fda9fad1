//! Giving a course up.

use entity::enrollment::{self, EnrollmentState};
use entity::id::EnrollmentId;

use super::store;
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::op::Op;

/// The codes with which giving a course up is refused.
pub const CODES: &[&str] = &["ASSIGNED", "CLOSED", "CONFLICT"];

/// Gives a course up: by whoever is on it, unless it was assigned; by who can assign it otherwise.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn withdraw(op: &Op, id: EnrollmentId, expected_version: i32) -> Result<EnrollmentId> {
    op.at_the_door()
        .unit((id, expected_version), |tx, &(id, version)| {
            Box::pin(async move {
                let actor = tx.op().actor();
                actor.known()?;
                let row = store::enrollment(&tx.reader(), id).await?;
                let is_own = actor.person().is_some_and(|it| it.id == row.person_id);
                let permit = if is_own {
                    tx.permit(Permission::Learn, Scope::Person(row.person_id))?
                } else {
                    let seen = actor.is_staff()
                        || row
                            .assigned_for
                            .is_some_and(|id| actor.partners().any(|own| own == id));
                    if !seen {
                        return Err(Error::NotFound("Enrollment"));
                    }
                    let scope = row.assigned_for.map_or(Scope::Portal, Scope::Partner);
                    tx.permit(Permission::AssignCourses, scope)?
                };
                if matches!(
                    row.state,
                    EnrollmentState::Completed | EnrollmentState::Withdrawn
                ) {
                    return Err(Refusal::new("CLOSED", "It is over already.").into());
                }
                if is_own
                    && (row.refreshes || row.assigned_by.is_some_and(|by| by != row.person_id))
                {
                    let message = "It was assigned to you: ask who did so to take it back.";
                    return Err(Refusal::new("ASSIGNED", message).into());
                }
                crate::submission::check_revision(version, row.version)?;
                let withdrawn = enrollment::Model {
                    state: EnrollmentState::Withdrawn,
                    withdrawn_at: Some(permit.now()),
                    ..row
                };
                store::write(&permit, &withdrawn).await?;
                Ok(id)
            })
        })
        .await
}
