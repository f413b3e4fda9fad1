//! All integration tests, in one binary: it links once.

#![expect(
    clippy::unwrap_used,
    reason = "what fails in a test shall fail the test"
)]

mod backup;
mod browser;
mod case_study;
mod config;
mod demo;
mod enablement;
mod fact;
mod factor;
mod field_note;
mod file;
mod identity;
mod isolation;
mod library;
mod mail;
mod migrations;
mod onboarding;
mod playbook;
mod policy;
mod program;
mod races;
mod reads;
mod replays;
mod schema;
mod search;
mod storm;
mod story;
mod support;
mod tables;
mod tidy;
mod tier;
mod trail;
mod transport;
mod unsubscribe;
mod walls;
