//! Exact decimal numbers of facts and rules: no float comes near a threshold.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The most digits before the point.
const WHOLE: usize = 15;
/// The most digits behind the point.
const PLACES: usize = 6;
/// How many parts one has.
const ONE: i128 = 1_000_000;

/// A decimal number with at most 15 digits before the point and at most 6 behind it, kept as
/// millionths. It is written as a text, without zeros that say nothing: `1500`, `-0.25`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

/// The text is no [`Amount`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAmount {
    /// It is written otherwise.
    #[error(
        "`{0}` is no number: write digits with a point before the decimals, such as `1500.25` or `-3`"
    )]
    Form(String),
    /// It does not fit.
    #[error(
        "`{0}` is too long: write at most {WHOLE} digits before the point and {PLACES} behind it"
    )]
    Long(String),
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many millionths.
    #[must_use]
    pub const fn of_millionths(millionths: i128) -> Self {
        Self(millionths)
    }

    /// How many millionths it is. A sum of as many as a database holds fits as well.
    #[must_use]
    pub const fn millionths(self) -> i128 {
        self.0
    }
}

impl From<i64> for Amount {
    fn from(whole: i64) -> Self {
        Self(i128::from(whole) * ONE)
    }
}

impl FromStr for Amount {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        // What is told back is short, whatever was sent.
        let shown = || text.chars().take(40).collect::<String>();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        if !is_number(whole) || !is_number(places) {
            return Err(NotAnAmount::Form(shown()));
        }
        let (whole, places) = (whole.trim_start_matches('0'), places.trim_end_matches('0'));
        if whole.len() > WHOLE || places.len() > PLACES {
            return Err(NotAnAmount::Long(shown()));
        }
        let millionths = whole
            .bytes()
            .chain(places.bytes().chain(std::iter::repeat(b'0')).take(PLACES))
            .fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        Ok(Self(if text.starts_with('-') {
            -millionths
        } else {
            millionths
        }))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.abs() / ONE, self.0.abs() % ONE);
        let sign = if self.0 < 0 { "-" } else { "" };
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let rest = format!("{rest:0PLACES$}");
        write!(f, "{sign}{whole}.{}", rest.trim_end_matches('0'))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_is_written_without_zeros_that_say_nothing() {
        for (text, canonical) in [
            ("1500.00", "1500"),
            ("1500", "1500"),
            ("0.50", "0.5"),
            ("-12.050", "-12.05"),
            ("007", "7"),
            ("-0", "0"),
            ("-0.000001", "-0.000001"),
            ("0.0000010000", "0.000001"),
            ("999999999999999.999999", "999999999999999.999999"),
        ] {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn what_is_no_amount_says_what_to_write() {
        for text in [
            "", "-", ".", ".5", "5.", "1,5", "1 500", "1e3", "+1", "--1", "1.2.3", "NaN", "½", "١",
        ] {
            let said = text.parse::<Amount>().unwrap_err().to_string();
            assert!(said.contains("such as `1500.25`"), "{text}: {said}");
        }
        for text in ["1000000000000000", "0.0000001"] {
            let said = text.parse::<Amount>().unwrap_err().to_string();
            assert!(said.contains("at most 15 digits"), "{text}: {said}");
        }
        let long = "x".repeat(100_000).parse::<Amount>().unwrap_err();
        assert!(long.to_string().len() < 200);
    }

    #[test]
    fn an_amount_is_a_text_in_json_and_never_a_float() {
        let amount: Amount = serde_json::from_str("\"0.10\"").unwrap();
        assert_eq!(serde_json::to_string(&amount).unwrap(), "\"0.1\"");
        serde_json::from_str::<Amount>("0.1").unwrap_err();
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(millionths in -999_999_999_999_999_999_999_i128..=999_999_999_999_999_999_999) {
            let amount = Amount::of_millionths(millionths);
            prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
        }

        #[test]
        fn amounts_are_in_the_order_of_their_numbers(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000) {
            let (one, other) = (Amount::from(a), Amount::from(b));
            prop_assert_eq!(one.cmp(&other), a.cmp(&b));
        }
    }
}
