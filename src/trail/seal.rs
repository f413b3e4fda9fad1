//! What the hash of a line covers, byte for byte.
//!
//! Fields are written one after the other, each with its length before it, so that no two lines are
//! the same bytes; JSON with its keys in order, since PostgreSQL keeps no order of its own.

use std::fmt::Write;

use entity::audit_entry::Model;
use serde_json::Value;
use uuid::Uuid;

use crate::digest::{self, hex};
use crate::error::{Error, Result};

/// Gives the line its chain, salt, digest and hash; its place it has already. Answers the hash.
pub(super) fn seal(line: &mut Model, chain: Uuid, before: &str) -> Result<String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| Error::fault(format!("no randomness: {error}")))?;
    let salt = hex(&salt);
    line.chain = Some(chain);
    line.personal = Some(personal(line, &salt));
    line.salt = Some(salt);
    let hash = hash(line, before);
    line.hash = Some(hash.clone());
    Ok(hash)
}

/// The hash of the line after the one with that hash.
pub(super) fn hash(line: &Model, before: &str) -> String {
    let optional = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    digest(
        "entente audit line v1",
        &[
            &optional(line.chain),
            &line.seq.unwrap_or_default().to_string(),
            before,
            &line.id.to_string(),
            &line.at.timestamp_micros().to_string(),
            &line.actor_kind,
            &line.action,
            &optional(line.partner_id.map(Into::into)),
            &line.subject_kind,
            &line.subject_id.to_string(),
            &line.request_id,
            line.personal.as_deref().unwrap_or_default(),
        ],
    )
}

/// The digest of what may have to be forgotten.
pub(super) fn personal(line: &Model, salt: &str) -> String {
    let actor = line.actor_id.map(|id| id.to_string()).unwrap_or_default();
    let mut change = String::new();
    canonical(&line.change, &mut change);
    digest(
        "entente audit personal v1",
        &[salt, &actor, &line.address, &change],
    )
}

/// Whether everything that the digest is of was taken out.
pub(super) fn is_forgotten(line: &Model) -> bool {
    line.salt.is_none()
        && line.actor_id.is_none()
        && line.address.is_empty()
        && line.change == Value::Object(serde_json::Map::new())
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in sorted {
                let _ = write!(text, "{}:", Value::String(name.clone()));
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _ = write!(text, "{value}");
        }
    }
}

fn digest(purpose: &str, parts: &[&str]) -> String {
    hex(&digest::of(purpose, parts))
}
