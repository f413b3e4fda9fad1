//! Facts from outside: what a program measures and the portal cannot see by itself.
//!
//! They come in a request, or in a [file](import) of many [lines](mod@line). Each names the system that
//! tells it and what that system calls it: the same once more is known already, and the same name
//! with another content is refused. What was told wrongly is not edited; a later fact
//! [takes its place](correct), so that what was known when stays known. [Rules](check) say what a
//! fact has to look like, and all that is wrong is told at once.

pub mod line;
pub mod check;
mod partners;
pub mod record;
pub mod import;
pub mod correct;

/// The codes with which a fact is refused.
pub const CODES: &[&str] = &[
    "DUPLICATE",
    "INVALID",
    "INVALID_DATE",
    "INVALID_KEY",
    "INVALID_NUMBER",
    "INVALID_TEXT",
    "IN_FUTURE",
    "KNOWN_OTHERWISE",
    "OUT_OF_RANGE",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "UNKNOWN_FIELD",
    "UNKNOWN_KIND",
    "UNKNOWN_PARTNER",
];
