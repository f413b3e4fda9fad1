//! The rows: every table as SeaORM sees it, and the typed values its columns hold.
//!
//! Nothing here knows GraphQL or a rule: adding a column changes no public schema.

pub mod id;
pub mod application;
pub mod audit_entry;
pub mod audit_head;
pub mod challenge;
pub mod fact;
pub mod factor;
pub mod invitation;
pub mod letter_preference;
pub mod link;
pub mod membership;
pub mod notification;
pub mod onboarding;
pub mod onboarding_plan;
pub mod onboarding_step;
pub mod outbox_message;
pub mod partner;
pub mod person;
pub mod plan_step;
pub mod plan_version;
pub mod recovery_code;
pub mod refresh_token;
pub mod replay;
pub mod session;
pub mod staff_role;
pub mod suppression;
pub mod throttle;
pub mod verdict;
