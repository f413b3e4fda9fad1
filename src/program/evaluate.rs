//! Where a partner stands: a pure function of rules, facts and two instants.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::outlook::Outlook;
use super::proof::Evaluation;
use super::record::Fact;
use super::rules::Rules;

/// What the portal knows of a partner by itself: its kind, its region, its country.
pub type Profile = BTreeMap<String, String>;

/// Evaluates facts as of an instant, with what was recorded until another; with what will come of
/// them if nothing more happens.
#[must_use]
pub fn evaluate(
    rules: &Rules,
    facts: &[Fact],
    profile: &Profile,
    as_of: DateTime<Utc>,
    known_on: DateTime<Utc>,
) -> Evaluation {
    Outlook::new(rules, facts, profile, as_of, known_on).evaluation()
}
