//! All integration tests, in one binary: it links once.

#![expect(
    clippy::unwrap_used,
    reason = "what fails in a test shall fail the test"
)]

mod config;
mod demo;
mod identity;
mod mail;
mod onboarding;
mod reads;
mod story;
mod support;
mod tables;
mod tidy;
mod transport;
