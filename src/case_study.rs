//! Case studies: a partner tells what it did for a customer; staff review it; the customer consents;
//! everybody reads it.
//!
//! One case study says it in one language: each language is written, reviewed and consented to on
//! its own, and one may name another as that which it translates. Submit-and-review goes as
//! everywhere ([`crate::submission`]). A *consent* is to the very text that the customer was shown,
//! which is kept with it: where the text changes, the consent is outdated, and where it is
//! withdrawn, what was published is gone at once. Nothing is published without one.

pub mod consent;
pub mod content;
pub mod public;
pub mod remind;
pub mod review;
pub mod rules;
pub mod find;
mod store;
mod tell;
pub mod words;
pub mod write;

/// The codes with which actions on case studies are refused, besides those of
/// [`crate::submission`].
pub const CODES: &[&str] = &[
    "CONSENT_GIVEN",
    "CONSENT_MISSING",
    "DUPLICATE",
    "INVALID",
    "INVALID_LOCALE",
    "LINK_INVALID",
    "NOT_MEMBER",
    "NOT_OPEN",
    "OWN_ADDRESS",
    "UNKNOWN_CASE_STUDY",
    "UNKNOWN_REGION",
];
