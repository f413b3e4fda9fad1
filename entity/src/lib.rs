//! The rows: every table as SeaORM sees it, and the typed values its columns hold.
//!
//! Nothing here knows GraphQL or a rule: adding a column changes no public schema.

pub mod id;
pub mod application;
pub mod audit_entry;
pub mod audit_head;
pub mod certificate;
pub mod certificate_correction;
pub mod certification;
pub mod certification_evidence;
pub mod challenge;
pub mod course;
pub mod course_file;
pub mod course_module;
pub mod course_version;
pub mod enrollment;
pub mod fact;
pub mod factor;
pub mod invitation;
pub mod learning_path;
pub mod learning_path_course;
pub mod lesson;
pub mod lesson_kind;
pub mod lesson_progress;
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
pub mod quiz_attempt;
pub mod recovery_code;
pub mod refresh_token;
pub mod replay;
pub mod session;
pub mod staff_role;
pub mod status_list;
pub mod suppression;
pub mod throttle;
pub mod verdict;
