//! Exact numbers: a share of 15/7 points stays 15/7 for as long as it is reckoned with.

use std::fmt;
use std::ops::{Add, Mul, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most characters of a number as people write it.
const LENGTH: usize = 60;
/// The most digits behind the point that are shown; what has more is shown as a fraction.
const DIGITS: usize = 6;

/// A rational number of any size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigRational);

impl Number {
    /// Nothing.
    #[must_use]
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    /// So many of so many parts; none where the parts are none.
    #[must_use]
    pub fn ratio(of: i128, parts: i128) -> Option<Self> {
        (parts != 0).then(|| Self(BigRational::new(of.into(), parts.into())))
    }

    /// A number as people write it: `12`, `-1.5`, `15/7`, `70 %`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > LENGTH {
            return None;
        }
        if let Some(percent) = text.strip_suffix('%') {
            let hundredth = Self::ratio(1, 100)?;
            return Some(&Self::parse(percent)? * &hundredth);
        }
        match text.split_once('/') {
            Some((of, parts)) => decimal(of.trim())?.divided_by(&decimal(parts.trim())?),
            None => decimal(text),
        }
    }

    /// The quotient; none where it is divided by nothing.
    #[must_use]
    pub fn divided_by(&self, other: &Self) -> Option<Self> {
        (!other.0.is_zero()).then(|| Self(&self.0 / &other.0))
    }

    /// In whole millionths, rounded up; at the end of what amounts can be where it is beyond.
    #[must_use]
    pub fn up_to_millionths(&self) -> i128 {
        self.in_millionths().ceil().within_amounts()
    }

    /// In whole millionths, rounded down; at the end of what amounts can be where it is beyond.
    #[must_use]
    pub fn down_to_millionths(&self) -> i128 {
        self.in_millionths().floor().within_amounts()
    }

    fn in_millionths(&self) -> Self {
        self * &Self::from(1_000_000_i64)
    }

    fn within_amounts(&self) -> i128 {
        let most = i128::MAX / 4;
        let beyond = if self.is_positive() { most } else { -most };
        self.to_i128().unwrap_or(beyond).clamp(-most, most)
    }

    /// The largest whole number that is not above it.
    #[must_use]
    pub fn floor(&self) -> Self {
        Self(self.0.floor())
    }

    /// The smallest whole number that is not below it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        Self(self.0.ceil())
    }

    /// The nearest whole number; halves go away from zero.
    #[must_use]
    pub fn round(&self) -> Self {
        Self(self.0.round())
    }

    /// Its distance from zero.
    #[must_use]
    pub fn abs(&self) -> Self {
        Self(self.0.abs())
    }

    /// Whether it is above zero.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.0.is_positive()
    }

    /// The whole number that it is, where it is one and not large beyond measure.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        self.0
            .is_integer()
            .then(|| self.0.to_integer().to_i128())
            .flatten()
    }
}

/// Digits with at most one point, and a sign in front.
fn decimal(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_point_for_nothing = digits.ends_with('.');
    if whole.is_empty() || has_point_for_nothing || !plain(whole) || !plain(behind) {
        return None;
    }
    let all: BigInt = format!("{whole}{behind}").parse().ok()?;
    let parts = BigInt::from(10).pow(u32::try_from(behind.len()).ok()?);
    let number = BigRational::new(all, parts);
    Some(Number(if negative { -number } else { number }))
}

impl From<i64> for Number {
    fn from(whole: i64) -> Self {
        Self(BigInt::from(whole).into())
    }
}

impl From<usize> for Number {
    fn from(whole: usize) -> Self {
        Self(BigInt::from(whole).into())
    }
}

impl Add for &Number {
    type Output = Number;
    fn add(self, other: Self) -> Number {
        Number(&self.0 + &other.0)
    }
}

impl Sub for &Number {
    type Output = Number;
    fn sub(self, other: Self) -> Number {
        Number(&self.0 - &other.0)
    }
}

impl Mul for &Number {
    type Output = Number;
    fn mul(self, other: Self) -> Number {
        Number(&self.0 * &other.0)
    }
}

impl Number {
    /// The number with at most so many decimal places; none where it has more.
    #[must_use]
    pub fn in_places(&self, places: usize) -> Option<String> {
        let scale = BigRational::from(BigInt::from(10).pow(u32::try_from(places).unwrap_or(0)));
        (&self.0 * scale).is_integer().then(|| self.to_string())
    }

    /// The number without what is behind so many decimal places.
    #[must_use]
    pub fn cut(&self, places: usize) -> String {
        let scale = BigRational::from(BigInt::from(10).pow(u32::try_from(places).unwrap_or(0)));
        Self((&self.0 * &scale).trunc() / scale).to_string()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.denom().clone();
        if parts.is_one() {
            return write!(f, "{}", self.0.numer());
        }
        // As a decimal where that is the same number.
        let mut digits = 0;
        let ten = BigInt::from(10);
        let mut scaled = self.0.numer().abs();
        while !parts.is_one() && digits < DIGITS {
            scaled *= &ten;
            digits += 1;
            let whole = BigRational::new(scaled.clone(), self.0.denom().clone());
            if whole.is_integer() {
                scaled = whole.to_integer();
                parts = BigInt::one();
            } else {
                scaled = self.0.numer().abs() * ten.pow(u32::try_from(digits).unwrap_or(0));
            }
        }
        if !parts.is_one() {
            return write!(f, "{}/{}", self.0.numer(), self.0.denom());
        }
        let text = format!("{scaled:0>width$}", width = digits + 1);
        let (whole, behind) = text.split_at(text.len() - digits);
        let sign = if self.0.is_negative() { "-" } else { "" };
        write!(f, "{sign}{whole}.{behind}")
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsWritten;
        impl Visitor<'_> for AsWritten {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number such as 12, 1.5, 15/7 or 70 %")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(number.into())
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                self.visit_str(&number.to_string())
            }
            // The shortest decimal that is read as that float is what was written.
            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                let wrong = || {
                    E::custom(format!(
                        "`{text}` is no number: write 12, 1.5, 15/7 or 70 %"
                    ))
                };
                Number::parse(text).ok_or_else(wrong)
            }
        }
        deserializer.deserialize_any(AsWritten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_written_and_shown_as_they_are() {
        for (text, shown) in [
            ("12", "12"),
            ("-1.50", "-1.5"),
            ("15/7", "15/7"),
            ("70 %", "0.7"),
            ("1/83", "1/83"),
            ("0.000001", "0.000001"),
            ("3/8", "0.375"),
            ("-0.05", "-0.05"),
            ("2.0", "2"),
            ("12.5%", "0.125"),
        ] {
            assert_eq!(Number::parse(text).unwrap().to_string(), shown, "{text}");
        }
        for bad in [
            "", "-", "1.", ".5", "1e9", "1/0", "1,5", "NaN", "%", "1//2", "+1",
        ] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn seven_sevenths_of_fifteen_are_fifteen() {
        let share = Number::parse("15/7").unwrap();
        let sum = (0..7).fold(Number::zero(), |sum, _| &sum + &share);
        assert_eq!(sum, Number::from(15_i64));
    }

    #[test]
    fn a_document_says_numbers_as_it_likes() {
        let read: Vec<Number> = serde_json::from_str(r#"[3, 0.7, "15/7", "80 %", -2]"#).unwrap();
        let shown: Vec<_> = read.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["3", "0.7", "15/7", "0.8", "-2"]);
        assert!(serde_json::from_str::<Number>("1e300").is_err());
    }
}
