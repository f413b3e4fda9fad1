//! Days as people read them.

use chrono::{Datelike, NaiveDate};

/// January to December as they stand in a date, and what stands behind the day of the month.
type Months = ([&'static str; 12], &'static str);

const ENGLISH: Months = (
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "",
);

const GERMAN: Months = (
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    ".",
);

/// The day in words of the language, such as `3 March 2027`; in English where there are none.
#[must_use]
pub fn day_in_words(locale: &str, day: NaiveDate) -> String {
    let (months, mark) = if locale == "de" { GERMAN } else { ENGLISH };
    let month = months.get(day.month0() as usize).unwrap_or(&"");
    format!("{}{mark} {month} {}", day.day(), day.year())
}
