//! The program: facts, rules and decisions.
//!
//! A vendor states a program as a [`document::Document`]; [`rules::Rules`] understand it;
//! [`evaluate::evaluate`] holds facts against them and says where a partner stands and why, as a
//! [`proof::Evaluation`]. Nothing here reads a clock or a database, and numbers are exact.
//!
//! The language has no names of vendors in it. What a program measures is one of a closed list of
//! [`record::SOURCES`], so that a condition with a slip of the pen is refused when the document is
//! read, and not a partner's surprise a year later.

pub mod announce;
pub mod author;
pub mod beside;
pub mod concern;
pub mod diff;
pub mod document;
pub mod evaluate;
pub mod formula;
pub mod lint;
pub mod near;
pub mod notice;
pub mod number;
pub mod outlook;
pub mod proof;
pub mod record;
pub mod rules;
pub mod simulate;
pub mod span;
pub mod standing;
pub mod store;
pub mod telling;
pub mod trial;
pub mod words;
mod days;
mod judged;
mod measured;
mod sight;
mod tally;
mod timeline;
mod whom;
