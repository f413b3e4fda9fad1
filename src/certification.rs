//! Certifications, and the certificates that people hold of them.
//!
//! A [certification](define) says what is to be shown: courses, an exam, practical
//! [evidence]. Somebody who [goes for](period) it has a *period*: it opens, is perhaps due, is
//! perhaps earned, runs out, and may be revoked. Where it stands is a pure function of its row and
//! the clock ([`rules::state`]). Whether it is earned is asked again whenever something was
//! [learned](settle), from what was completed and accepted and from nothing that was counted; then
//! the certificate is [issued](issue) in the same unit of work, the next period is opened, and its
//! reminders are [promised](remind). The model is that of Moodle's tool for certifications, `MuTMS`: periods
//! with a window, and renewals that begin inside of it.
//!
//! Two things differ from it on purpose. A renewed certificate is valid at once and until the end
//! of the old one plus its validity, so nothing that was left is lost and nobody holds a proof that
//! is not valid yet. And after its end it takes the first route again: the renewal's is for those
//! who are still certified.
//!
//! It is proven by [paper] and by an Open Badge, a [credential] that others' programs verify.
//! A certificate is its holder's: it names no partner. A partner counts it through its members.

pub mod credential;
pub mod define;
pub mod evidence;
pub mod find;
mod issue;
pub mod manage;
pub mod number;
pub(crate) mod outdate;
pub mod paper;
pub mod period;
pub mod proof;
pub mod remind;
pub mod rules;
pub mod settle;
mod store;
pub mod verify;

pub use settle::learned;
pub(crate) use store::holding;

/// Where people and other programs look at what the tests make: the folder that
/// `ENTENTE_TEST_SAMPLES` names.
#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "it is for the tests alone, and nothing of the portal's"
)]
pub(crate) fn samples() -> Option<std::path::PathBuf> {
    std::env::var_os("ENTENTE_TEST_SAMPLES").map(Into::into)
}
