//! Lengths of time, windows over it and days in a program's own zone.
//!
//! A day begins at local midnight, or as soon after it as the clock shows when it is put forward;
//! of an hour that is there twice, the first counts. A month after 31 January is the last day of
//! February. A window is half open: an event at its first instant is in it, one at its last is not;
//! a window that ends now holds what happens at this very instant.

use std::fmt;

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc,
};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest length of time, in days or months.
const MOST: u32 = 12_000;

/// A length of time: `12 months`, `30 days`, `1 year`, `2 weeks`, `1 quarter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Whole months.
    pub months: u32,
    /// And days.
    pub days: u32,
}

impl Span {
    /// So many days.
    #[must_use]
    pub fn of_days(days: u32) -> Self {
        Self { months: 0, days }
    }

    /// As people write it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.trim().split_once(' ')?;
        let count: u32 = count.parse().ok().filter(|it| *it <= MOST)?;
        let (months, days) = match unit.trim() {
            "day" | "days" => (0, count),
            "week" | "weeks" => (0, count.checked_mul(7)?),
            "month" | "months" => (count, 0),
            "quarter" | "quarters" => (count.checked_mul(3)?, 0),
            "year" | "years" => (count.checked_mul(12)?, 0),
            _ => return None,
        };
        (months <= MOST && days <= MOST).then_some(Self { months, days })
    }

    fn from(self, time: NaiveDateTime) -> NaiveDateTime {
        let time = time.checked_add_months(Months::new(self.months));
        let time = time.and_then(|it| it.checked_add_days(Days::new(self.days.into())));
        time.unwrap_or(NaiveDateTime::MAX)
    }

    fn before(self, time: NaiveDateTime) -> NaiveDateTime {
        let time = time.checked_sub_months(Months::new(self.months));
        let time = time.and_then(|it| it.checked_sub_days(Days::new(self.days.into())));
        time.unwrap_or(NaiveDateTime::MIN)
    }

    /// So many times as long.
    #[must_use]
    pub fn times(self, many: u32) -> Self {
        Self {
            months: self.months.saturating_mul(many),
            days: self.days.saturating_mul(many),
        }
    }

    /// The day so long after one; the last one that there is where it is beyond.
    #[must_use]
    pub fn after_day(self, day: NaiveDate) -> NaiveDate {
        self.from(day.and_time(NaiveTime::MIN)).date()
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            months: self.months + other.months,
            days: self.days + other.days,
        }
    }

    /// As people count it: so many of the longest that it is made of.
    #[must_use]
    pub fn counted(self) -> (u32, Length) {
        match (self.months, self.days) {
            (0, days) => (days, Length::Days),
            (months, _) if months % 12 == 0 => (months / 12, Length::Years),
            (months, _) => (months, Length::Months),
        }
    }

    /// How many days it is at most.
    #[must_use]
    pub fn at_most_days(self) -> u32 {
        self.months * 31 + self.days
    }
}

/// In what a length of time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Days.
    Days,
    /// Months.
    Months,
    /// Years.
    Years,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, length) = self.counted();
        let unit = match length {
            Length::Days => "day",
            Length::Months => "month",
            Length::Years => "year",
        };
        let many = if count == 1 { "" } else { "s" };
        write!(f, "{count} {unit}{many}")
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || {
            D::Error::custom(format!(
                "`{text}` is no length of time, or too long a one: write 12 months, 30 days or 1 year"
            ))
        };
        Self::parse(&text).ok_or_else(wrong)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A length of time: 12 months, 30 days, 1 year, 2 weeks, 1 quarter.",
            "type": "string",
            "pattern": "^[0-9]+ (day|week|month|quarter|year)s?$",
        })
    }
}

/// A stretch of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// From a Monday to a Sunday.
    Week,
    /// From the first to the last of a month.
    Month,
    /// Three months, counted from where the year begins.
    Quarter,
    /// Six months, counted from where the year begins.
    Half,
    /// Twelve months, from where the year begins.
    Year,
}

impl Unit {
    /// How many days it is at most.
    #[must_use]
    pub fn at_most_days(self) -> u32 {
        self.length().at_most_days()
    }

    /// How long one is.
    fn length(self) -> Span {
        let months = |months| Span { months, days: 0 };
        match self {
            Self::Week => Span::of_days(7),
            Self::Month => months(1),
            Self::Quarter => months(3),
            Self::Half => months(6),
            Self::Year => months(12),
        }
    }
}

/// A month and a day in it, of every year: `01-15`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31; the last day of the month where it has fewer.
    pub day: u32,
}

impl MonthDay {
    /// As people write it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        // A leap year knows every day.
        NaiveDate::from_ymd_opt(2024, month, day)?;
        Some(Self { month, day })
    }

    /// The day in that year.
    #[must_use]
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        (28..=self.day)
            .rev()
            .chain([self.day])
            .find_map(|day| NaiveDate::from_ymd_opt(year, self.month, day))
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl Serialize for MonthDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MonthDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || {
            D::Error::custom(format!(
                "`{text}` is no day of the year: write month and day, such as 01-15"
            ))
        };
        Self::parse(&text).ok_or_else(wrong)
    }
}

impl JsonSchema for MonthDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MonthDay".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A month and a day in it, of every year: 01-15.",
            "type": "string",
            "pattern": "^[0-9]{2}-[0-9]{2}$",
        })
    }
}

/// Over which time something is measured. One of `trailing`, `calendar`, or `from` and `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Window {
    /// The time up to now, so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trailing: Option<Span>,
    /// Whole stretches of the calendar: `last` of them, or the current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Unit>,
    /// With `calendar`: how many full ones before the current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<u32>,
    /// With `calendar`: the current one, too, as far as it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<bool>,
    /// The first day; without `trailing` and `calendar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day, which is in it; without `trailing` and `calendar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// The same so much earlier: `1 year` for the year before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back: Option<Span>,
}

/// From an instant, up to but without another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The first instant that is out of it.
    pub to: DateTime<Utc>,
}

impl Range {
    /// Whether it happened within.
    #[must_use]
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether something that lasts so long was there within.
    #[must_use]
    pub fn meets(&self, from: DateTime<Utc>, until: Option<DateTime<Utc>>) -> bool {
        from < self.to && until.is_none_or(|until| until > self.from) && self.from < self.to
    }
}

/// In which zone days begin, and on which day a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The zone.
    pub zone: Tz,
    /// Where a year begins.
    pub year: MonthDay,
}

impl Calendar {
    /// The first instant of that local day.
    #[must_use]
    pub fn midnight(&self, day: NaiveDate) -> DateTime<Utc> {
        self.instant(day.and_time(NaiveTime::MIN))
    }

    /// The local day of an instant.
    #[must_use]
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    pub(super) fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        // Where the clock is put forward, the first time that it shows after; gaps are of at most
        // a day.
        let tries = (0..=48).map(|half| local.checked_add_signed(TimeDelta::minutes(30 * half)));
        let found = tries
            .flatten()
            .find_map(|local| local.and_local_timezone(self.zone).earliest());
        found.map_or_else(|| local.and_utc(), |it| it.with_timezone(&Utc))
    }

    fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }

    /// So long after.
    #[must_use]
    pub fn after(&self, at: DateTime<Utc>, span: Span) -> DateTime<Utc> {
        self.instant(span.from(self.local(at)))
    }

    /// So long before.
    #[must_use]
    pub fn before(&self, at: DateTime<Utc>, span: Span) -> DateTime<Utc> {
        self.instant(span.before(self.local(at)))
    }

    /// The first day of the stretch that the day lies in.
    #[must_use]
    pub fn start_of(&self, unit: Unit, day: NaiveDate) -> NaiveDate {
        match unit {
            Unit::Week => {
                let since = Days::new(day.weekday().num_days_from_monday().into());
                return day.checked_sub_days(since).unwrap_or(day);
            }
            Unit::Month => return day.with_day(1).unwrap_or(day),
            Unit::Quarter | Unit::Half | Unit::Year => {}
        }
        let of_year = |year| self.year.in_year(year).unwrap_or(day);
        let mut start = of_year(day.year());
        if start > day {
            start = of_year(day.year() - 1);
        }
        let mut next = start;
        while next <= day {
            start = next;
            next = unit.length().after_day(start);
        }
        start
    }

    /// The last days of so many full stretches before the one that a day lies in, the latest first.
    pub fn ends_before(
        &self,
        unit: Unit,
        last: u32,
        day: NaiveDate,
    ) -> impl Iterator<Item = NaiveDate> {
        let mut start = self.start_of(unit, day);
        (0..last).map_while(move |_| {
            let end = start.pred_opt()?;
            start = self.start_of(unit, end);
            Some(end)
        })
    }

    /// What a window is at an instant.
    #[must_use]
    pub fn range(&self, window: &Window, as_of: DateTime<Utc>) -> Range {
        let tick = TimeDelta::nanoseconds(1);
        let seen = window.back.map_or(as_of, |back| self.before(as_of, back));
        if let Some(trailing) = window.trailing {
            return Range {
                from: self.before(seen, trailing) + tick,
                to: seen + tick,
            };
        }
        if let Some(unit) = window.calendar {
            let current = self.start_of(unit, self.day(seen));
            let back = unit.length().times(window.last.unwrap_or(0));
            let first = back.before(current.and_time(NaiveTime::MIN)).date();
            let to = if window.current.unwrap_or(window.last.is_none()) {
                seen + tick
            } else {
                self.midnight(current)
            };
            return Range {
                from: self.midnight(first),
                to,
            };
        }
        let shifted = |day: NaiveDate| match window.back {
            Some(back) => self.before(self.midnight(day), back),
            None => self.midnight(day),
        };
        Range {
            from: window.from.map_or(DateTime::<Utc>::MIN_UTC, shifted),
            to: match window.to.and_then(|day| day.succ_opt()) {
                Some(day) => shifted(day).min(seen + tick),
                None => seen + tick,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Calendar {
        Calendar {
            zone: chrono_tz::Europe::Berlin,
            year: MonthDay { month: 1, day: 1 },
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn window(text: &str) -> Window {
        serde_json::from_str(text).unwrap()
    }

    fn days(calendar: &Calendar, window: &Window, as_of: &str) -> (String, String) {
        let range = calendar.range(window, at(as_of));
        let show = |at: DateTime<Utc>| at.with_timezone(&calendar.zone).format("%F %R").to_string();
        (show(range.from), show(range.to))
    }

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, shown) in [
            ("12 months", "1 year"),
            ("18 months", "18 months"),
            ("30 days", "30 days"),
            ("2 weeks", "14 days"),
            ("1 quarter", "3 months"),
        ] {
            assert_eq!(Span::parse(text).unwrap().to_string(), shown);
        }
        for bad in [
            "",
            "12",
            "months",
            "-1 days",
            "1.5 years",
            "99999999 days",
            "12 moons",
        ] {
            assert_eq!(Span::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_window_is_what_it_says_whatever_the_clock_was_put_to() {
        let berlin = berlin();
        let five_and_current = window(r#"{"calendar": "month", "last": 5, "current": true}"#);
        assert_eq!(
            days(&berlin, &five_and_current, "2024-08-15T10:00:00Z"),
            ("2024-03-01 00:00".to_owned(), "2024-08-15 12:00".to_owned())
        );
        // The quarter that ends with the hour that is there twice, and the one with the gap.
        let quarter = window(r#"{"calendar": "quarter", "last": 1}"#);
        assert_eq!(
            days(&berlin, &quarter, "2024-04-01T00:00:00Z"),
            ("2024-01-01 00:00".to_owned(), "2024-04-01 00:00".to_owned())
        );
        assert_eq!(
            days(&berlin, &quarter, "2025-01-01T00:00:00Z"),
            ("2024-10-01 00:00".to_owned(), "2025-01-01 00:00".to_owned())
        );
        let year = window(r#"{"trailing": "12 months"}"#);
        let range = berlin.range(&year, at("2024-02-29T12:00:00Z"));
        assert!(!range.holds(at("2023-02-28T12:00:00Z")));
        assert!(range.holds(at("2023-02-28T12:00:01Z")));
        assert!(range.holds(at("2024-02-29T12:00:00Z")));
        assert!(!range.holds(at("2024-02-29T12:00:01Z")));
        let before = window(r#"{"calendar": "month", "last": 1, "back": "1 year"}"#);
        assert_eq!(
            days(&berlin, &before, "2024-08-15T10:00:00Z"),
            ("2023-07-01 00:00".to_owned(), "2023-08-01 00:00".to_owned())
        );
    }

    #[test]
    fn a_year_may_begin_in_july() {
        let fiscal = Calendar {
            zone: chrono_tz::UTC,
            year: MonthDay { month: 7, day: 1 },
        };
        let quarter = window(r#"{"calendar": "quarter", "last": 1}"#);
        assert_eq!(
            days(&fiscal, &quarter, "2024-08-15T10:00:00Z"),
            ("2024-04-01 00:00".to_owned(), "2024-07-01 00:00".to_owned())
        );
        let year = window(r#"{"calendar": "year"}"#);
        assert_eq!(
            days(&fiscal, &year, "2024-06-30T10:00:00Z").0,
            "2023-07-01 00:00"
        );
    }

    #[test]
    fn a_day_begins_where_there_is_a_midnight_and_where_there_is_none() {
        // In Beirut the clock is put forward at midnight.
        let beirut = Calendar {
            zone: chrono_tz::Asia::Beirut,
            ..berlin()
        };
        let day = NaiveDate::from_ymd_opt(2024, 3, 31).unwrap();
        assert_eq!(beirut.midnight(day), at("2024-03-30T22:00:00Z"));
        let leap = MonthDay::parse("02-29").unwrap();
        assert_eq!(leap.in_year(2025), NaiveDate::from_ymd_opt(2025, 2, 28));
    }
}
