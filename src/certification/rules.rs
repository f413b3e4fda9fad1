//! Pure: where a certificate stands, what it takes to earn it, and how long it is valid.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, Months, TimeDelta, Utc};
use entity::certificate;
use serde::{Deserialize, Serialize};

/// How long before its due day a period is said to be due.
const DUE: TimeDelta = TimeDelta::days(30);

/// What is to be shown. Stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Route {
    /// Slugs of courses to complete.
    #[serde(default)]
    pub courses: Vec<String>,
    /// How many of them; all where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// Slug of the course whose quiz is the exam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exam: Option<String>,
    /// What practical evidence is to show, as Markdown; none where none is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

impl Route {
    /// Slugs of everything that is to be completed, the exam last.
    pub fn slugs(&self) -> impl Iterator<Item = &str> {
        self.courses.iter().chain(&self.exam).map(String::as_str)
    }

    /// How many of its courses it takes.
    #[must_use]
    pub fn needed(&self) -> usize {
        let all = self.courses.len();
        self.at_least
            .map_or(all, |count| usize::try_from(count).unwrap_or(all).min(all))
    }

    /// Whether what was shown is enough: more never is less.
    #[must_use]
    pub fn is_shown(&self, completed: &BTreeSet<String>, evidence: bool) -> bool {
        let courses = self.courses.iter().filter(|slug| completed.contains(*slug));
        courses.count() >= self.needed()
            && self.exam.iter().all(|slug| completed.contains(slug))
            && (evidence || self.evidence.is_none())
    }
}

/// Where a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateState {
    /// Its window is not open yet.
    NotOpen,
    /// It can be earned.
    Open,
    /// It is to be earned within 30 days.
    Due,
    /// It was to be earned by now.
    Overdue,
    /// It holds.
    Valid,
    /// It holds, and can be renewed.
    Expiring,
    /// It held.
    Expired,
    /// It was taken back.
    Revoked,
}

/// What of a period says where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// From when on it can be earned.
    pub window_opens_at: DateTime<Utc>,
    /// Until when it is to be.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was.
    pub issued_at: Option<DateTime<Utc>>,
    /// The first instant after it.
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When a new version of a course made it one to renew.
    pub outdated_at: Option<DateTime<Utc>>,
}

impl From<&certificate::Model> for Period {
    fn from(row: &certificate::Model) -> Self {
        Self {
            window_opens_at: row.window_opens_at,
            due_at: row.due_at,
            issued_at: row.issued_at,
            valid_until: row.valid_until,
            revoked_at: row.revoked_at,
            outdated_at: row.outdated_at,
        }
    }
}

/// Where the period stands at `now`; its certificate can be renewed in the last `window_days`.
#[must_use]
pub fn state(period: &Period, window_days: i32, now: DateTime<Utc>) -> CertificateState {
    use CertificateState as State;
    if period.revoked_at.is_some() {
        return State::Revoked;
    }
    if period.issued_at.is_none() {
        return match period.due_at {
            _ if now < period.window_opens_at => State::NotOpen,
            Some(due) if due <= now => State::Overdue,
            Some(due) if due - DUE <= now => State::Due,
            Some(_) | None => State::Open,
        };
    }
    match period.valid_until {
        Some(until) if until <= now => State::Expired,
        Some(until) if window_opens_at(until, window_days) <= now => State::Expiring,
        Some(_) | None if period.outdated_at.is_some() => State::Expiring,
        Some(_) | None => State::Valid,
    }
}

/// Whether somebody who holds the certificate is certified at `now`.
#[must_use]
pub fn holds(period: &Period, now: DateTime<Utc>) -> bool {
    period.issued_at.is_some_and(|at| at <= now)
        && period.revoked_at.is_none()
        && period.valid_until.is_none_or(|until| now < until)
}

/// The end of a certificate that is issued at `now`: its validity is added to the end of the one
/// that it renews, where that is still to come. None for ever.
#[must_use]
pub fn valid_until(
    now: DateTime<Utc>,
    renewed: Option<DateTime<Utc>>,
    months: Option<u32>,
) -> Option<DateTime<Utc>> {
    let from = renewed.filter(|end| now < *end).unwrap_or(now);
    months.and_then(|months| from.checked_add_months(Months::new(months)))
}

/// When the certificate that ends then can be renewed.
#[must_use]
pub fn window_opens_at(valid_until: DateTime<Utc>, window_days: i32) -> DateTime<Utc> {
    let days = u64::try_from(window_days).unwrap_or_default();
    valid_until
        .checked_sub_days(Days::new(days))
        .unwrap_or(valid_until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(days: i64) -> DateTime<Utc> {
        "2026-01-31T10:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(days)
    }

    fn open(due: Option<i64>) -> Period {
        Period {
            window_opens_at: day(0),
            due_at: due.map(day),
            issued_at: None,
            valid_until: None,
            revoked_at: None,
            outdated_at: None,
        }
    }

    fn issued(until: Option<i64>) -> Period {
        Period {
            issued_at: Some(day(5)),
            valid_until: until.map(day),
            ..open(None)
        }
    }

    #[test]
    fn a_period_opens_becomes_due_and_is_overdue() {
        use CertificateState::{Due, NotOpen, Open, Overdue};
        let at = |now| state(&open(Some(60)), 90, day(now));
        assert_eq!([-1, 0, 30, 60].map(at), [NotOpen, Open, Due, Overdue]);
        assert_eq!(state(&open(None), 90, day(9999)), Open);
    }

    #[test]
    fn a_certificate_is_valid_expires_and_is_expired() {
        use CertificateState::{Expired, Expiring, Valid};
        let at = |now| state(&issued(Some(365)), 90, day(now));
        assert_eq!(
            [5, 274, 275, 364, 365].map(at),
            [Valid, Valid, Expiring, Expiring, Expired]
        );
        assert_eq!(state(&issued(None), 90, day(9999)), Valid);
    }

    #[test]
    fn what_was_taken_back_stays_so() {
        let mut period = issued(Some(365));
        period.revoked_at = Some(day(6));
        assert_eq!(state(&period, 90, day(400)), CertificateState::Revoked);
        assert!(!holds(&period, day(7)));
    }

    #[test]
    fn a_renewal_in_time_adds_to_the_old_end_and_a_late_one_to_today() {
        assert_eq!(
            valid_until(day(0), Some(day(59)), Some(1)),
            Some(day(59 + 30))
        );
        assert_eq!(
            valid_until(day(0), Some(day(-1)), Some(1)),
            Some(day(28)),
            "the last of February"
        );
        assert_eq!(valid_until(day(0), None, None), None);
    }

    fn route(courses: usize, at_least: Option<u32>, exam: bool) -> Route {
        Route {
            courses: (0..courses).map(|n| n.to_string()).collect(),
            at_least,
            exam: exam.then(|| "exam".to_owned()),
            evidence: None,
        }
    }

    #[test]
    fn so_many_courses_and_the_exam() {
        let done = |slugs: &[&str]| {
            slugs
                .iter()
                .map(|&slug| slug.to_owned())
                .collect::<BTreeSet<_>>()
        };
        assert!(route(3, Some(2), true).is_shown(&done(&["0", "2", "exam"]), false));
        assert!(!route(3, Some(2), true).is_shown(&done(&["0", "2"]), false));
        assert!(!route(3, None, false).is_shown(&done(&["0", "2"]), false));
        assert!(route(0, None, false).is_shown(&done(&[]), false));
    }

    proptest! {
        #[test]
        fn more_is_never_less(
            courses in 0_usize..5, at_least in proptest::option::of(0_u32..7), exam: bool,
            some in proptest::collection::btree_set("[0-5]|exam", 0..6),
            more in proptest::collection::btree_set("[0-5]|exam", 0..6), evidence: bool,
        ) {
            let route = route(courses, at_least, exam);
            let all = some.union(&more).cloned().collect();
            prop_assert!(!route.is_shown(&some, evidence) || route.is_shown(&all, true));
        }

        #[test]
        fn a_renewal_never_shortens_what_was_left(now in 0_i64..2000, left in -50_i64..2000, months in 1_u32..120) {
            let end = day(now + left);
            prop_assert!(valid_until(day(now), Some(end), Some(months)).unwrap() > end.max(day(now)));
        }

        #[test]
        fn holding_is_what_the_states_say(until in proptest::option::of(6_i64..900), now in 5_i64..1000) {
            use CertificateState::{Expiring, Valid};
            let period = issued(until);
            let said = matches!(state(&period, 90, day(now)), Valid | Expiring);
            prop_assert_eq!(holds(&period, day(now)), said);
        }
    }
}
