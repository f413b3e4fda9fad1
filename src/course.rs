//! Courses: written, learned, answered, and what follows from that.
//!
//! A course is a [document], which people write by the API, as a YAML file, or as a [folder] of
//! Markdown files that can be kept in git and sent as an archive; its [quizzes](question) are part
//! of it. An [author] saves a draft and publishes it; who starts on a version finishes on it.
//! Getting onto a course is [enrolling](enroll) or being [assigned](assign), by itself, along a
//! [learning path](learning_path) or as part of a certification that one [goes for](pursue); [learning](learn) it is completing its lessons, of which quizzes are
//! [answered](answer) on a [paper](quiz) that was drawn for the learner and frozen. When the last
//! lesson is completed, so is the course, and with it perhaps a certificate and a step of the
//! onboarding: all in one unit of work. [Reminders](remind) come when they were promised to.
//!
//! What all learners did [tells](analysis) which questions are good ones, and the
//! [report] how the course goes. What authors write is shown as [HTML](crate::markdown) that cannot harm.

pub mod question;
pub mod document;
pub mod path;
pub mod folder;
pub mod archive;
pub mod quiz;
pub mod analysis;
pub mod sample;
mod store;
mod parts;
mod tell;
pub mod find;
pub mod author;
pub mod learning_path;
pub mod remind;
pub mod meant;
pub mod enroll;
pub mod give;
pub mod assign;
pub mod pursue;
pub mod withdraw;
pub mod learn;
pub mod answer;
pub mod outdate;
pub mod report;
