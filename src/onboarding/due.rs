//! Pure: when a step is due, and when people are reminded of it.
//!
//! Days are the partner's: a step that is due in three days is due at the end of the third day
//! after the day of approval, as the calendar on the partner's wall counts them, whatever the
//! clocks do in between.

use chrono::{DateTime, Days, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// Days between the reminder and the due day.
const AHEAD: u64 = 3;

/// A due day and the last instant of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The day.
    pub on: NaiveDate,
    /// Its last microsecond.
    pub at: DateTime<Utc>,
}

/// The due day, `days` after the day of approval in that zone. None beyond the calendar's end.
#[must_use]
pub fn due(approved_at: DateTime<Utc>, zone: Tz, days: u32) -> Option<Due> {
    let on = approved_at
        .with_timezone(&zone)
        .date_naive()
        .checked_add_days(Days::new(days.into()))?;
    Some(Due {
        on,
        at: end_of_day(on, zone)?,
    })
}

/// The last microsecond of the day there. Where the clocks go back before midnight it comes twice,
/// and the second counts; where they go forward over midnight, or over the whole day, it is the
/// last quarter of an hour that was there.
pub(crate) fn end_of_day(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let end = day.and_time(NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999)?);
    (0..=192).find_map(|quarters| {
        let local = end.checked_sub_signed(Duration::minutes(15 * quarters))?;
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => Some(at.to_utc()),
            LocalResult::None => None,
        }
    })
}

/// When to remind of it ahead: at nine in the morning, three days before. None where that is past.
#[must_use]
pub fn due_soon_at(due: Due, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let morning = due
        .on
        .checked_sub_days(Days::new(AHEAD))?
        .and_time(NaiveTime::from_hms_opt(9, 0, 0)?);
    zone.from_local_datetime(&morning)
        .earliest()
        .map(|at| at.to_utc())
        .filter(|at| now < *at)
}

/// When to tell that it is overdue: as soon as it is. A step that opens when its day is past is
/// given as many days as a reminder comes ahead: its opening letter has named the day.
#[must_use]
pub fn overdue_at(due: Due, now: DateTime<Utc>) -> DateTime<Utc> {
    if now <= due.at {
        due.at + Duration::microseconds(1)
    } else {
        now + Duration::days(AHEAD.cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn due_at(approved: &str, zone: Tz, days: u32) -> String {
        let due = due(utc(approved), zone, days).unwrap();
        format!("{} {:?}", due.on, due.at)
    }

    #[test]
    fn days_are_the_partners() {
        // Late in the evening of the 9th in Berlin, which is the 10th in Auckland.
        let approved = "2026-03-09T22:30:00Z";
        assert_eq!(
            due_at(approved, Tz::Europe__Berlin, 3),
            "2026-03-12 2026-03-12T22:59:59.999999Z"
        );
        assert_eq!(
            due_at(approved, Tz::Pacific__Auckland, 3),
            "2026-03-13 2026-03-13T10:59:59.999999Z"
        );
    }

    #[test]
    fn the_clocks_may_change_in_between() {
        assert_eq!(
            due_at("2026-03-20T12:00:00Z", Tz::Europe__Berlin, 14),
            "2026-04-03 2026-04-03T21:59:59.999999Z"
        );
    }

    #[test]
    fn an_end_of_day_that_comes_twice_is_the_second() {
        // In Asunción the clocks went from midnight back to eleven on 2024-03-24.
        assert_eq!(
            due_at("2024-03-20T12:00:00Z", Tz::America__Asuncion, 3),
            "2024-03-23 2024-03-24T03:59:59.999999Z"
        );
    }

    #[test]
    fn a_day_that_was_skipped_is_due_with_the_day_before() {
        // Samoa went over the date line and had no 2011-12-30.
        assert_eq!(
            due_at("2011-12-28T12:00:00Z", Tz::Pacific__Apia, 2),
            "2011-12-30 2011-12-30T09:59:59.999999Z"
        );
    }

    #[test]
    fn beyond_the_calendar_nothing_is_due() {
        assert_eq!(due(utc("2026-01-01T00:00:00Z"), Tz::UTC, u32::MAX), None);
    }

    #[test]
    fn reminders_come_in_the_morning_three_days_ahead_and_when_the_day_is_over() {
        let zone = Tz::Europe__Berlin;
        let it = due(utc("2026-06-01T12:00:00Z"), zone, 10).unwrap();
        let start = utc("2026-06-01T12:00:00Z");
        assert_eq!(
            due_soon_at(it, zone, start),
            Some(utc("2026-06-08T07:00:00Z"))
        );
        assert_eq!(due_soon_at(it, zone, utc("2026-06-08T07:00:00Z")), None);
        assert_eq!(overdue_at(it, start), utc("2026-06-11T22:00:00Z"));
        let late = utc("2026-07-01T00:00:00Z");
        assert_eq!(overdue_at(it, late), utc("2026-07-04T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn a_step_is_due_at_the_last_moment_of_the_right_day(
            zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]),
            seconds in 1_333_000_000_i64..2_500_000_000,
            days in 0_u32..400,
        ) {
            let approved = Utc.timestamp_opt(seconds, 0).unwrap();
            let it = due(approved, zone, days).unwrap();
            let day = approved.with_timezone(&zone).date_naive() + Days::new(days.into());
            let local = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
            prop_assert_eq!(it.on, day);
            prop_assert!(approved <= it.at);
            prop_assert_eq!(local(it.at), day);
            prop_assert!(local(it.at + Duration::microseconds(1)) > day);
        }
    }
}
