//! Entente: the backend of a partner portal.
//!
//! The order of the modules below is the dependency order: a module leans only on those above it,
//! and a test says so. What is deliberately absent: no concept knows GraphQL, HTTP or mail; no
//! resolver writes; nothing but `clock` asks the machine for the time.

pub mod clock;
pub mod config;
pub mod error;
pub mod money;
pub mod tongue;
pub mod page;
pub mod digest;
pub mod typeface;
pub mod markdown;
pub mod db;
pub mod auth;
pub mod replay;
pub mod trail;
pub mod op;
pub mod throttle;
pub mod fact;
pub mod audit;
pub mod outbox;
pub mod upkeep;
pub mod notification;
pub mod submission;
pub mod edition;
pub mod shape;
pub mod document;
pub mod payload;
pub mod audience;
pub mod file;
pub mod search;
pub mod identity;
pub mod partner;
pub mod program;
pub mod onboarding;
pub mod certification;
pub mod tier;
pub mod course;
pub mod playbook;
pub mod case_study;
pub mod library;
pub mod field_note;
pub mod findable;
pub mod intake;
pub mod reads;
pub mod mail;
pub mod jobs;
pub mod graphql;
pub mod app;
pub mod http;
pub mod backup;
pub mod command;
