//! Who did what, when, from where, and what it was before and after: append-only.

use entity::audit_entry;
use entity::id::{AuditEntryId, PartnerId};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::auth::Actor;
use crate::error::Result;
use crate::op::Permit;

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The API's name of its type, such as `Partner`.
    pub kind: &'static str,
    /// Which one.
    pub id: Uuid,
    /// The partner concerned.
    pub partner: Option<PartnerId>,
}

/// Writes the line, at the end of the unit of work. `before` and `after` hold what changed and
/// nothing secret; nothing before something was made is `&()`.
///
/// # Errors
/// Where `before` or `after` is no JSON.
pub async fn record<B: Serialize + Sync, A: Serialize + Sync>(
    permit: &Permit<'_>,
    subject: Subject,
    before: &B,
    after: &A,
) -> Result<AuditEntryId> {
    let (actor_kind, actor_id) = match permit.op().actor() {
        Actor::Person(person) => ("PERSON", Some(person.id)),
        Actor::System => ("SYSTEM", None),
        Actor::Applicant(_) => ("APPLICANT", None),
        Actor::Anonymous => ("ANONYMOUS", None),
    };
    let origin = permit.op().origin();
    let row = audit_entry::Model {
        id: permit.new_id(),
        at: permit.now(),
        actor_kind: actor_kind.to_owned(),
        actor_id,
        action: permit.permission().name().to_owned(),
        partner_id: subject.partner,
        subject_kind: subject.kind.to_owned(),
        subject_id: subject.id,
        change: json!({ "before": before, "after": after }),
        request_id: origin.request_id.clone(),
        address: origin.address.clone(),
        // Its place in the chain is known when the unit of work ends.
        chain: None,
        seq: None,
        salt: None,
        personal: None,
        hash: None,
    };
    let id = row.id;
    permit.note(row).await;
    Ok(id)
}
