//! What the fields of facts are, so that whatever names them can be held against it: rules, the
//! columns of a file, the inputs of the API.

use chrono::{DateTime, NaiveDate, Utc};

use super::amount::Amount;
use crate::money::Currency;

/// Of what type a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A line of text, or one of the words of the field.
    Text,
    /// Several lines of text, each once.
    Texts,
    /// An exact number: an [`Amount`], or a whole number.
    Number,
    /// Yes or no.
    Flag,
    /// A day of the calendar.
    Day,
    /// An instant.
    Instant,
}

/// A field of a kind of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// As the API, files and rules write it.
    pub name: &'static str,
    /// Of what type it is.
    pub ty: FieldType,
    /// Whether it may be left out.
    pub is_optional: bool,
    /// Of a number: whether it is a whole one, and in JSON a number.
    pub is_whole: bool,
    /// Of a text: whether it is the code of a currency.
    pub is_currency: bool,
    /// The words of which it is one; none where any text will do.
    pub choices: &'static [&'static str],
    /// What each of the words says, in a sentence.
    pub meanings: &'static [&'static str],
    /// What it says, in a sentence.
    pub about: &'static str,
}

/// What can stand in a field.
pub(super) trait Content {
    const TYPE: FieldType;
    const IS_OPTIONAL: bool = false;
    const IS_WHOLE: bool = false;
    const IS_CURRENCY: bool = false;
    const CHOICES: &'static [&'static str] = &[];
    const MEANINGS: &'static [&'static str] = &[];
}

impl Content for String {
    const TYPE: FieldType = FieldType::Text;
}

impl Content for Vec<String> {
    const TYPE: FieldType = FieldType::Texts;
}

impl Content for Currency {
    const TYPE: FieldType = FieldType::Text;
    const IS_CURRENCY: bool = true;
}

impl Content for Amount {
    const TYPE: FieldType = FieldType::Number;
}

impl Content for i32 {
    const TYPE: FieldType = FieldType::Number;
    const IS_WHOLE: bool = true;
}

impl Content for i64 {
    const TYPE: FieldType = FieldType::Number;
    const IS_WHOLE: bool = true;
}

impl Content for bool {
    const TYPE: FieldType = FieldType::Flag;
}

impl Content for NaiveDate {
    const TYPE: FieldType = FieldType::Day;
}

impl Content for DateTime<Utc> {
    const TYPE: FieldType = FieldType::Instant;
}

impl<T: Content> Content for Option<T> {
    const TYPE: FieldType = T::TYPE;
    const IS_OPTIONAL: bool = true;
    const IS_WHOLE: bool = T::IS_WHOLE;
    const IS_CURRENCY: bool = T::IS_CURRENCY;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const MEANINGS: &'static [&'static str] = T::MEANINGS;
}

/// How long the name is in camel case.
pub(super) const fn camel_length(name: &str) -> usize {
    let (bytes, mut at, mut length) = (name.as_bytes(), 0, 0);
    while at < bytes.len() {
        if bytes[at] != b'_' {
            length += 1;
        }
        at += 1;
    }
    length
}

/// The name in camel case, as serde writes it.
pub(super) const fn camel<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let (bytes, mut at, mut to) = (name.as_bytes(), 0, 0);
    let mut camel = [0; LENGTH];
    let mut begins_a_word = false;
    while at < bytes.len() {
        if bytes[at] == b'_' {
            begins_a_word = true;
        } else {
            camel[to] = if begins_a_word {
                bytes[at].to_ascii_uppercase()
            } else {
                bytes[at]
            };
            begins_a_word = false;
            to += 1;
        }
        at += 1;
    }
    camel
}
