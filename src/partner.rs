//! Partners: from a company's application to its seat in the program, and the people in it.
//!
//! What comes before approval is an [`Application`](entity::application), what comes after is a
//! [`Partner`](entity::partner). They are two rows and not one with nine states: an application is
//! written by somebody who has no account, may be one of several of the same company, and stays as
//! it was decided; a partner that left and comes back applies again and keeps its history.
//!
//! Letting a partner in and taking a seat also start and explain the onboarding; these two stories
//! live in [`crate::onboarding`], the highest concept that they touch, over the steps
//! [`review::admit`] and [`member::seat`].

pub mod apply;
pub mod member;
pub mod profile;
pub mod review;
pub mod rules;
pub(crate) mod store;

/// The refusals of this concept: every `code` that its actions answer with, besides those of
/// [`crate::submission`] and [`crate::identity`].
pub const CODES: &[&str] = &[
    "INVALID",
    "TERMS_OUTDATED",
    "EMAIL_UNCONFIRMED",
    "NOT_OPEN",
    "UNKNOWN_OWNER",
    "UNKNOWN_REGION",
    "LAST_ADMIN",
    "ALREADY_MEMBER",
    "NOT_ACTIVE",
];
