//! Exact numbers: a share of 15/7 points stays 15/7 for as long as it is reckoned with.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Sub};

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most characters of a number as people write it.
const LENGTH: usize = 60;
/// The most digits behind the point that are shown; what has more is shown as a fraction.
const DIGITS: usize = 6;

/// The most bits of a number that is reckoned with: more than a thousand digits.
const LONGEST: u64 = 4096;

/// A rational number of any size.
///
/// Nearly all that programs reckon with is small, and small ones are reckoned without asking for
/// memory. Each number has one form, so that what is equal compares and hashes as equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Form);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    /// So many of so many parts, reduced; there is at least one part.
    Small { of: i64, parts: i64 },
    /// What does not fit there.
    Big(Box<BigRational>),
}

impl Number {
    /// Nothing.
    #[must_use]
    pub fn zero() -> Self {
        Self::from(0_i64)
    }

    /// So many of so many parts; none where the parts are none.
    #[must_use]
    pub fn ratio(of: i128, parts: i128) -> Option<Self> {
        match (i64::try_from(of), i64::try_from(parts)) {
            (_, Ok(0)) => None,
            (Ok(of), Ok(parts)) => Some(Self::reduced(of.into(), parts.into())),
            _ => Some(Self::big(BigRational::new(of.into(), parts.into()))),
        }
    }

    /// So many of so many parts, neither of them the least that there is, and the parts not none.
    fn reduced(of: i128, parts: i128) -> Self {
        let (of, parts) = if parts < 0 {
            (-of, -parts)
        } else {
            (of, parts)
        };
        let (of, parts) = if parts == 1 {
            (of, parts)
        } else {
            let by = match (u64::try_from(of.unsigned_abs()), u64::try_from(parts)) {
                (Ok(of), Ok(parts)) => of.gcd(&parts).into(),
                _ => of.gcd(&parts),
            };
            (of / by, parts / by)
        };
        match (of.try_into(), parts.try_into()) {
            (Ok(of), Ok(parts)) => Self(Form::Small { of, parts }),
            _ => Self(Form::Big(Box::new(BigRational::new_raw(
                of.into(),
                parts.into(),
            )))),
        }
    }

    fn big(number: BigRational) -> Self {
        let small = number.numer().to_i64().zip(number.denom().to_i64());
        Self(match small {
            Some((of, parts)) => Form::Small { of, parts },
            None => Form::Big(Box::new(number)),
        })
    }

    fn to_big(&self) -> Cow<'_, BigRational> {
        match &self.0 {
            Form::Small { of, parts } => {
                Cow::Owned(BigRational::new_raw((*of).into(), (*parts).into()))
            }
            Form::Big(number) => Cow::Borrowed(number),
        }
    }

    /// Whether it is longer than anything that programs reckon with. Where numbers are multiplied by each
    /// other, one after the other, they grow without end.
    pub(super) fn is_too_long(&self) -> bool {
        match &self.0 {
            Form::Small { .. } => false,
            Form::Big(number) => number.numer().bits() + number.denom().bits() > LONGEST,
        }
    }

    /// Two as four small numbers, in which no product of two of them overflows, nor a sum of two such.
    fn both(&self, other: &Self) -> Option<[i128; 4]> {
        match (&self.0, &other.0) {
            (
                Form::Small { of, parts },
                Form::Small {
                    of: of_other,
                    parts: of_its,
                },
            ) => Some([*of, *parts, *of_other, *of_its].map(i128::from)),
            _ => None,
        }
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
            // A share of a share is a slip.
            let percent = (!percent.contains('%')).then(|| Self::parse(percent))?;
            return Some(&percent? * &hundredth);
        }
        match text.split_once('/') {
            Some((of, parts)) => decimal(of.trim())?.divided_by(&decimal(parts.trim())?),
            None => decimal(text),
        }
    }

    /// The quotient; none where it is divided by nothing.
    #[must_use]
    pub fn divided_by(&self, other: &Self) -> Option<Self> {
        if *other == Self::zero() {
            return None;
        }
        Some(match self.both(other) {
            Some([a, b, c, d]) => Self::reduced(a * d, b * c),
            None => Self::big(&*self.to_big() / &*other.to_big()),
        })
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
        match self.0 {
            Form::Small { of, parts } => Self::from(of.div_euclid(parts)),
            Form::Big(ref number) => Self::big(number.floor()),
        }
    }

    /// The smallest whole number that is not below it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        Self::big(self.to_big().ceil())
    }

    /// The nearest whole number; halves go away from zero.
    #[must_use]
    pub fn round(&self) -> Self {
        Self::big(self.to_big().round())
    }

    /// Of a share, how many per cent it is.
    #[must_use]
    pub fn in_percent(&self) -> Self {
        self * &Self::from(100_i64)
    }

    /// Its distance from zero.
    #[must_use]
    pub fn abs(&self) -> Self {
        if *self < Self::zero() {
            &Self::zero() - self
        } else {
            self.clone()
        }
    }

    /// Whether it is above zero.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        match &self.0 {
            Form::Small { of, .. } => *of > 0,
            Form::Big(number) => number.is_positive(),
        }
    }

    /// The whole number that it is, where it is one and not large beyond measure.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        match &self.0 {
            Form::Small { of, parts: 1 } => Some((*of).into()),
            Form::Big(number) if number.is_integer() => number.numer().to_i128(),
            Form::Small { .. } | Form::Big(_) => None,
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.both(other) {
            Some([a, b, c, d]) => (a * d).cmp(&(c * b)),
            None => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
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
    Some(Number::big(if negative { -number } else { number }))
}

impl From<i64> for Number {
    fn from(whole: i64) -> Self {
        Self(Form::Small {
            of: whole,
            parts: 1,
        })
    }
}

impl From<usize> for Number {
    fn from(whole: usize) -> Self {
        match i64::try_from(whole) {
            Ok(whole) => whole.into(),
            Err(_) => Self::big(BigInt::from(whole).into()),
        }
    }
}

impl Add for &Number {
    type Output = Number;
    fn add(self, other: Self) -> Number {
        match self.both(other) {
            Some([a, b, c, d]) => Number::reduced(a * d + c * b, b * d),
            None => Number::big(&*self.to_big() + &*other.to_big()),
        }
    }
}

impl Sub for &Number {
    type Output = Number;
    fn sub(self, other: Self) -> Number {
        match self.both(other) {
            Some([a, b, c, d]) => Number::reduced(a * d - c * b, b * d),
            None => Number::big(&*self.to_big() - &*other.to_big()),
        }
    }
}

impl Mul for &Number {
    type Output = Number;
    fn mul(self, other: Self) -> Number {
        match self.both(other) {
            Some([a, b, c, d]) => Number::reduced(a * c, b * d),
            None => Number::big(&*self.to_big() * &*other.to_big()),
        }
    }
}

impl Number {
    /// The number with at most so many decimal places; none where it has more.
    #[must_use]
    pub fn in_places(&self, places: usize) -> Option<String> {
        let scale = BigRational::from(BigInt::from(10).pow(u32::try_from(places).unwrap_or(0)));
        (&*self.to_big() * scale)
            .is_integer()
            .then(|| self.to_string())
    }

    /// The number without what is behind so many decimal places.
    #[must_use]
    pub fn cut(&self, places: usize) -> String {
        let scale = BigRational::from(BigInt::from(10).pow(u32::try_from(places).unwrap_or(0)));
        Self::big((&*self.to_big() * &scale).trunc() / scale).to_string()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.to_big();
        let mut parts = number.denom().clone();
        if parts.is_one() {
            return write!(f, "{}", number.numer());
        }
        // As a decimal where that is the same number.
        let mut digits = 0;
        let ten = BigInt::from(10);
        let mut scaled = number.numer().abs();
        while !parts.is_one() && digits < DIGITS {
            scaled *= &ten;
            digits += 1;
            let whole = BigRational::new(scaled.clone(), number.denom().clone());
            if whole.is_integer() {
                scaled = whole.to_integer();
                parts = BigInt::one();
            } else {
                scaled = number.numer().abs() * ten.pow(u32::try_from(digits).unwrap_or(0));
            }
        }
        if !parts.is_one() {
            return write!(f, "{}/{}", number.numer(), number.denom());
        }
        let text = format!("{scaled:0>width$}", width = digits + 1);
        let (whole, behind) = text.split_at(text.len() - digits);
        let sign = if number.is_negative() { "-" } else { "" };
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
    use proptest::prelude::*;

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
            "", "-", "1.", ".5", "1e9", "1/0", "1,5", "NaN", "%", "50%%", "50 % %", "1//2", "+1",
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

    fn any_number() -> impl Strategy<Value = (BigRational, Number)> {
        let near = |at: i128| (-3_i128..=3).prop_map(move |by| at + by);
        let whole = prop_oneof![
            -40_i128..40,
            near(i64::MAX.into()),
            near(i64::MIN.into()),
            near(1 << 90),
            any::<i64>().prop_map(i128::from),
        ];
        (whole.clone(), whole.prop_filter("no part", |it| *it != 0)).prop_map(|(of, parts)| {
            let exact = BigRational::new(of.into(), parts.into());
            (exact, Number::ratio(of, parts).unwrap())
        })
    }

    proptest! {
        /// Small or not, it is the number that it is, and has one form.
        #[test]
        fn small_and_big_are_one_kind_of_number((a, x) in any_number(), (b, y) in any_number()) {
            for (exact, number) in [
                (&a + &b, &x + &y),
                (&a - &b, &x - &y),
                (&a * &b, &x * &y),
                (a.floor(), x.floor()),
                (a.ceil(), x.ceil()),
                (a.round(), x.round()),
                (a.abs(), x.abs()),
            ] {
                prop_assert_eq!(number, Number::big(exact));
            }
            let quotient = (b != BigRational::default()).then(|| Number::big(&a / &b));
            prop_assert_eq!(x.divided_by(&y), quotient);
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x.is_positive(), a.is_positive());
            let whole = a.is_integer().then(|| a.to_integer().to_i128()).flatten();
            prop_assert_eq!(x.to_i128(), whole);
        }
    }

    #[test]
    fn a_document_says_numbers_as_it_likes() {
        let read: Vec<Number> = serde_json::from_str(r#"[3, 0.7, "15/7", "80 %", -2]"#).unwrap();
        let shown: Vec<_> = read.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["3", "0.7", "15/7", "0.8", "-2"]);
        assert!(serde_json::from_str::<Number>("1e300").is_err());
    }
}
