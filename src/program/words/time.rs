//! Lengths of time and windows in words.

use crate::program::span::{Length, Span, Unit, Window};
use crate::tongue::Tongue::{self, English, German};

/// A length of time, such as `12 months`.
#[must_use]
pub fn span(tongue: Tongue, span: Span) -> String {
    match tongue {
        English => span.to_string(),
        German => {
            let (count, length) = span.counted();
            let unit = match (length, count) {
                (Length::Days, 1) => "Tag",
                (Length::Days, _) => "Tage",
                (Length::Months, 1) => "Monat",
                (Length::Months, _) => "Monate",
                (Length::Years, 1) => "Jahr",
                (Length::Years, _) => "Jahre",
            };
            format!("{count} {unit}")
        }
    }
}

/// On which days of a window: on each of them, or on one at least.
pub(super) fn days(tongue: Tongue, every: bool, window: &Window) -> String {
    let each = match (tongue, every) {
        (English, true) => "on every day",
        (English, false) => "on at least one day",
        (German, true) => "an jedem Tag",
        (German, false) => "an mindestens einem Tag",
    };
    format!("{each} {}", self::window(tongue, window))
}

/// Of which time.
pub(super) fn window(tongue: Tongue, window: &Window) -> String {
    let of = match tongue {
        English => english(window),
        German => german(window),
    };
    let back = window.back.map(|it| span(tongue, it));
    let back = back.map_or_else(String::new, |back| match tongue {
        English => format!(", {back} earlier"),
        German => format!(", {back} früher"),
    });
    format!("{of}{back}")
}

/// Of full stretches of the calendar: how many before the current one, and whether the current one too.
fn stretches(window: &Window) -> (u32, bool) {
    let current = window.current.unwrap_or(window.last.is_none());
    (window.last.unwrap_or(0), current)
}

/// At the ends of which of the last full stretches of the calendar.
pub(super) fn ends(tongue: Tongue, of: Unit, last: u32, count: u32) -> String {
    let window = Window {
        calendar: Some(of),
        last: Some(last),
        ..Window::default()
    };
    match (tongue, last, count) {
        (English, 1, _) => format!("at the end {}", english(&window)),
        (German, 1, _) => format!("am Ende {}", german(&window)),
        (English, ..) if count == last => format!("at the end of each {}", english(&window)),
        (German, ..) if count == last => {
            format!("am Ende {} {}", each_in_german(of), german(&window))
        }
        (English, ..) => format!("at the end of at least {count} {}", english(&window)),
        (German, ..) => format!("am Ende von mindestens {count} {}", german(&window)),
    }
}

/// On the first day of each stretch of the calendar.
pub(super) fn firsts(tongue: Tongue, each: Unit) -> String {
    match tongue {
        English => format!("on the first day of each {}", in_english(each)),
        German => format!(
            "am ersten Tag {} {}",
            each_in_german(each),
            in_german(each).0
        ),
    }
}

/// So many stretches of the calendar; in German as they follow `von`.
pub(super) fn counted(tongue: Tongue, each: Unit, many: usize) -> String {
    let german = match each {
        Unit::Week => ["Woche", "Wochen"],
        Unit::Month => ["Monat", "Monaten"],
        Unit::Quarter => ["Quartal", "Quartalen"],
        Unit::Half => ["Halbjahr", "Halbjahren"],
        Unit::Year => ["Jahr", "Jahren"],
    };
    match tongue {
        English if many == 1 => format!("1 {}", in_english(each)),
        English => format!("{many} {}s", in_english(each)),
        German => format!("{many} {}", german[usize::from(many != 1)]),
    }
}

/// A stretch.
fn in_english(unit: Unit) -> &'static str {
    match unit {
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Quarter => "quarter",
        Unit::Half => "half-year",
        Unit::Year => "year",
    }
}

/// Each stretch, in the genitive.
fn each_in_german(unit: Unit) -> &'static str {
    if unit == Unit::Week { "jeder" } else { "jedes" }
}

/// A stretch in the genitive, and several.
fn in_german(unit: Unit) -> (&'static str, &'static str) {
    match unit {
        Unit::Week => ("Woche", "Wochen"),
        Unit::Month => ("Monats", "Monate"),
        Unit::Quarter => ("Quartals", "Quartale"),
        Unit::Half => ("Halbjahrs", "Halbjahre"),
        Unit::Year => ("Jahres", "Jahre"),
    }
}

fn english(window: &Window) -> String {
    if let Some(trailing) = window.trailing {
        // A year is told by its months: it is not the last one of the calendar.
        return match trailing.counted() {
            (1, Length::Days) => "of the last day".to_owned(),
            (1, Length::Months) => "of the last month".to_owned(),
            (1, Length::Years) => "of the last 12 months".to_owned(),
            (_, Length::Days | Length::Months | Length::Years) => format!("of the last {trailing}"),
        };
    }
    if let Some(unit) = window.calendar {
        let name = in_english(unit);
        return match stretches(window) {
            (0, _) => format!("of this {name}"),
            (1, false) => format!("of last {name}"),
            (many, false) => format!("of the last {many} full {name}s"),
            (1, true) => format!("of this {name} and the one before"),
            (many, true) => format!("of this {name} and the {many} before"),
        };
    }
    let day = |day| English.day(day);
    match (window.from.map(day), window.to.map(day)) {
        (Some(from), Some(to)) => format!("from {from} to {to}"),
        (Some(from), None) => format!("since {from}"),
        (None, Some(to)) => format!("until {to}"),
        (None, None) => "of all time".to_owned(),
    }
}

/// In the genitive, or with a preposition of its own.
fn german(window: &Window) -> String {
    if let Some(trailing) = window.trailing {
        return match trailing.counted() {
            (1, Length::Days) => "des letzten Tages".to_owned(),
            (1, Length::Months) => "des letzten Monats".to_owned(),
            (1, Length::Years) => "der letzten 12 Monate".to_owned(),
            (_, Length::Days | Length::Months | Length::Years) => {
                format!("der letzten {}", span(German, trailing))
            }
        };
    }
    if let Some(unit) = window.calendar {
        let (one, many) = in_german(unit);
        let (this, the) = if unit == Unit::Week {
            ("dieser", "der")
        } else {
            ("dieses", "des")
        };
        return match stretches(window) {
            (0, _) => format!("{this} {one}"),
            (1, false) => format!("{the} vorigen {one}"),
            (count, false) => format!("der letzten {count} vollen {many}"),
            (1, true) => format!("{this} und {the} vorigen {one}"),
            (count, true) => format!("{this} {one} und der {count} {many} davor"),
        };
    }
    let day = |day| German.day(day);
    match (window.from.map(day), window.to.map(day)) {
        (Some(from), Some(to)) => format!("vom {from} bis zum {to}"),
        (Some(from), None) => format!("seit dem {from}"),
        (None, Some(to)) => format!("bis zum {to}"),
        (None, None) => "seit jeher".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_every_window_are_told_in_every_language() {
        for (window, english, german) in [
            (
                "trailing: 12 months",
                "on every day of the last 12 months",
                "an jedem Tag der letzten 12 Monate",
            ),
            (
                "{trailing: 90 days, back: 1 year}",
                "on every day of the last 90 days, 1 year earlier",
                "an jedem Tag der letzten 90 Tage, 1 Jahr früher",
            ),
            (
                "calendar: quarter",
                "on every day of this quarter",
                "an jedem Tag dieses Quartals",
            ),
            (
                "{calendar: half, last: 1}",
                "on every day of last half-year",
                "an jedem Tag des vorigen Halbjahrs",
            ),
            (
                "{calendar: month, last: 5}",
                "on every day of the last 5 full months",
                "an jedem Tag der letzten 5 vollen Monate",
            ),
            (
                "{calendar: year, last: 1, current: true}",
                "on every day of this year and the one before",
                "an jedem Tag dieses und des vorigen Jahres",
            ),
            (
                "{calendar: month, last: 5, current: true}",
                "on every day of this month and the 5 before",
                "an jedem Tag dieses Monats und der 5 Monate davor",
            ),
            (
                "{from: 2027-02-01, to: 2028-01-31}",
                "on every day from 1 February 2027 to 31 January 2028",
                "an jedem Tag vom 1. Februar 2027 bis zum 31. Januar 2028",
            ),
            (
                "from: 2027-02-01",
                "on every day since 1 February 2027",
                "an jedem Tag seit dem 1. Februar 2027",
            ),
        ] {
            let window: Window = crate::document::from_yaml(window, 100).unwrap();
            assert_eq!(days(English, true, &window), english);
            assert_eq!(days(German, true, &window), german);
        }
        let any = Window::default();
        assert_eq!(
            days(English, false, &any),
            "on at least one day of all time"
        );
        assert_eq!(
            days(German, false, &any),
            "an mindestens einem Tag seit jeher"
        );
    }

    #[test]
    fn ends_of_stretches_are_told_in_every_language() {
        for (of, last, count, english, german) in [
            (
                Unit::Quarter,
                4,
                3,
                "at the end of at least 3 of the last 4 full quarters",
                "am Ende von mindestens 3 der letzten 4 vollen Quartale",
            ),
            (
                Unit::Week,
                6,
                6,
                "at the end of each of the last 6 full weeks",
                "am Ende jeder der letzten 6 vollen Wochen",
            ),
            (
                Unit::Week,
                1,
                1,
                "at the end of last week",
                "am Ende der vorigen Woche",
            ),
            (
                Unit::Year,
                1,
                1,
                "at the end of last year",
                "am Ende des vorigen Jahres",
            ),
        ] {
            assert_eq!(ends(English, of, last, count), english);
            assert_eq!(ends(German, of, last, count), german);
        }
        assert_eq!(counted(English, Unit::Half, 1), "1 half-year");
        assert_eq!(counted(German, Unit::Month, 4), "4 Monaten");
    }

    #[test]
    fn lengths_are_told_in_every_language() {
        for (text, english, german) in [
            ("1 day", "1 day", "1 Tag"),
            ("2 weeks", "14 days", "14 Tage"),
            ("1 month", "1 month", "1 Monat"),
            ("18 months", "18 months", "18 Monate"),
            ("12 months", "1 year", "1 Jahr"),
            ("2 years", "2 years", "2 Jahre"),
        ] {
            let length = Span::parse(text).unwrap();
            assert_eq!(
                [span(English, length), span(German, length)],
                [english, german]
            );
        }
    }
}
