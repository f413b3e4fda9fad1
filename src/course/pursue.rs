//! Going for a certification: a period of it, and the courses of its route.

use entity::id::{CertificateId, CertificationId};

use super::enroll::Terms;
use super::give::{Assigned, give};
use super::meant::{What, check_meant, own_partners};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Result};
use crate::op::Op;

/// The codes with which going for a certification is refused.
pub const CODES: &[&str] = &["NOT_PUBLISHED", "RETIRED"];

/// The asker goes for a certification: a period of theirs opens, and they are on the courses of its
/// route.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn pursue(op: &Op, id: CertificationId) -> Result<CertificateId> {
    op.at_the_door()
        .unit(id, |tx, &id| {
            Box::pin(async move {
                let person = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
                let permit = tx.permit(Permission::Learn, Scope::Person(person))?;
                let what = What::Certification(id);
                check_meant(&permit, what, own_partners(&permit)).await?;
                let mut assigned = Assigned::default();
                give(&permit, what, person, &Terms::default(), &mut assigned).await?;
                assigned
                    .certificates
                    .first()
                    .copied()
                    .ok_or_else(|| Error::fault("no period was opened"))
            })
        })
        .await
}
