//! Languages that the portal speaks by itself, and how people write days and numbers in them.
//!
//! What somebody wrote is told in the languages in which they wrote it. What the portal says of its
//! own accord, it says in one of these.

use chrono::{Datelike, NaiveDate};

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// English, which serves where no other one does.
    English,
    /// German.
    German,
}

impl Tongue {
    /// That of a locale such as `de-AT`; English where it is none of these.
    #[must_use]
    pub fn of(locale: &str) -> Self {
        let first = locale.split(['-', '_']).next().unwrap_or_default();
        if first.eq_ignore_ascii_case("de") {
            Self::German
        } else {
            Self::English
        }
    }

    /// A day, such as `3 December 2026`.
    #[must_use]
    pub fn day(self, day: NaiveDate) -> String {
        format!(
            "{} {}",
            self.day_of_year(day.month(), day.day()),
            day.year()
        )
    }

    /// A day of every year, such as `3 December`; months are counted from 1.
    #[must_use]
    pub fn day_of_year(self, month: u32, day: u32) -> String {
        let (months, mark) = match self {
            Self::English => (ENGLISH_MONTHS, ""),
            Self::German => (GERMAN_MONTHS, "."),
        };
        let month = (month as usize)
            .checked_sub(1)
            .and_then(|it| months.get(it));
        format!("{day}{mark} {}", month.unwrap_or(&""))
    }

    /// A number that is written as `-1234567.5` as people write it, with what stands behind it; what
    /// begins otherwise stays as it is.
    #[must_use]
    pub fn number(self, text: &str) -> String {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => ("−", rest),
            None => ("", text),
        };
        let end = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit());
            end.unwrap_or(text.len())
        };
        let (whole, rest) = rest.split_at(end(rest));
        if whole.is_empty() || rest.starts_with(char::is_alphabetic) {
            return text.to_owned();
        }
        let (point, thousands) = match self {
            Self::English => ('.', ','),
            Self::German => (',', '.'),
        };
        let mut told = sign.to_owned();
        for (place, digit) in whole.chars().enumerate() {
            // Four digits are read at a glance.
            if place > 0 && whole.len() > 4 && (whole.len() - place).is_multiple_of(3) {
                told.push(thousands);
            }
            told.push(digit);
        }
        match rest.strip_prefix('.').filter(|rest| end(rest) > 0) {
            Some(rest) => {
                told.push(point);
                told.push_str(rest);
            }
            None => told.push_str(rest),
        }
        told
    }
}

const ENGLISH_MONTHS: [&str; 12] = [
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
];

const GERMAN_MONTHS: [&str; 12] = [
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
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_finds_its_language_and_english_serves_all_others() {
        for (locale, tongue) in [
            ("de", Tongue::German),
            ("de-CH", Tongue::German),
            ("DE_at", Tongue::German),
            ("en-GB", Tongue::English),
            ("den", Tongue::English),
            ("fr", Tongue::English),
            ("", Tongue::English),
        ] {
            assert_eq!(Tongue::of(locale), tongue, "{locale}");
        }
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let told = |text| [Tongue::English, Tongue::German].map(|it| it.number(text));
        assert_eq!(told("1234567.5"), ["1,234,567.5", "1.234.567,5"]);
        assert_eq!(told("-2000"), ["−2000", "−2000"]);
        assert_eq!(told("69.99…"), ["69.99…", "69,99…"]);
        assert_eq!(told("15/7"), ["15/7", "15/7"]);
        assert_eq!(told("24x7 support"), ["24x7 support", "24x7 support"]);
        assert_eq!(told("none"), ["none", "none"]);
    }
}
