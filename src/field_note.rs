//! Field notes: short learnings that partners share after a deal or a delivery.
//!
//! A member [writes](mod@write) a note for their partner; it is submitted at once, and staff
//! [review] it as everything is reviewed ([`crate::submission`]). Once it is accepted, the
//! members of all partners for which the reviewer let it in read it, find it beside the playbook or
//! the course that it names, and may [endorse] it. Whose it is they read only where its author
//! said so. What its author [changes](change) then is reviewed as well, and until it is accepted others
//! go on reading what was accepted before. Its author may withdraw it, and a reviewer may hide it, with
//! a reason.

mod store;
mod beside;
mod change;
pub mod find;
pub mod write;
pub mod review;
pub mod endorse;

use entity::field_note;

use crate::fact::About;

/// Whose a note is, and which.
fn about(row: &field_note::Model) -> About {
    About {
        partner: Some(row.partner_id),
        person: Some(row.author_id),
        subject: row.id.0,
    }
}
