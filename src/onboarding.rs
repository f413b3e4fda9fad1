//! Onboarding: plans, partners' ways through them, and how long that takes.
//!
//! A [plan](document) is a versioned template. When a partner is let in, the version that fits it
//! is [chosen](choose) and its steps are [copied](mod@start): the partner finishes on what it started
//! with. From then on four things move a step: its people [hand it in](submit), a reviewer
//! [decides](review), the facts that it waited for [arrive](advance), or what it required is
//! closed. How steps move is said in one function ([`flow::next`]); what moves by itself in
//! another ([`flow::settle`]). Every turn leaves a fact, an audit line and a letter behind, in the
//! unit of work that made it; [reminders](remind) are promised when a step opens.
//!
//! What is kept apart on purpose: nothing here knows courses, certificates or meetings but by
//! their facts.

pub mod admit;
pub mod advance;
pub mod choose;
pub mod document;
pub mod due;
pub mod durations;
pub mod flow;
pub mod form;
pub mod join;
pub mod plan;
pub mod remind;
pub mod report;
pub mod review;
pub mod rules;
pub mod start;
pub mod submit;
mod store;
mod tell;

pub use advance::facts_arrived;
pub use start::{start, welcome};

/// The codes with which what partners and reviewers do to steps is refused, beside those of
/// [`crate::submission::CODES`]. Plans have [`document::CODES`] and [`plan::CODES`].
pub const CODES: &[&str] = &[
    "LOCKED",
    "WAITS_FOR_REVIEW",
    "CLOSED",
    "NOT_ONBOARDING",
    "WRONG_PERFORMER",
    "ADMIN_ONLY",
    "UNKNOWN_QUESTION",
    "DUPLICATE",
    "INVALID_ANSWER",
    "NOT_PUBLISHED",
];
