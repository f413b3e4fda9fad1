//! What the payload of a fact has to look like that somebody writes: in a request, in a file, or in a
//! program's tests. It is one check, so that what a program is tried on can also be told.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use serde_json::{Map, Value};

use crate::clock::cut;
use crate::document::Faults;
use crate::fact::{Amount, Detail, Field, FieldType, fields_of};
use crate::money::Currency;

/// The most characters of a text in a fact, and of what other systems call it.
pub const TEXT: usize = 200;
/// The most texts of a list of them.
const TEXTS: usize = 20;
/// What the portal itself knows of a partner: rules read it from there.
pub(crate) const OF_PARTNER: [&str; 3] = ["kind", "region", "country"];
/// The years in which something can happen.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9999;

/// The payload of a kind as it is kept, or all that is wrong with it; nothing where there is no such
/// kind. `at` stands before the names of its fields.
pub fn check(
    kind: &str,
    given: &Map<String, Value>,
    at: &str,
    faults: &mut Faults,
) -> Option<Detail> {
    let fields = fields_of(kind)?;
    let before = faults.count();
    for name in given.keys() {
        if !fields.iter().any(|field| field.name == name) {
            let shown: String = name.chars().take(40).collect();
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            let message = format!(
                "`{kind}` has no field of that name. Its fields are: {}.",
                names.join(", ")
            );
            faults.add("UNKNOWN_FIELD", message, &format!("{at}{shown}"));
        }
    }
    let mut payload = Map::new();
    for field in fields {
        let path = format!("{at}{}", field.name);
        match given.get(field.name).filter(|value| !says_nothing(value)) {
            Some(value) => match read(field, value) {
                Ok(value) => {
                    payload.insert(field.name.to_owned(), value);
                }
                Err((code, message)) => faults.add(code, message, &path),
            },
            None if field.is_optional => {}
            None => faults.add("REQUIRED", format!("`{kind}` needs it."), &path),
        }
    }
    if faults.count() > before {
        return None;
    }
    let tagged = serde_json::json!({ "kind": kind, "detail": payload });
    match serde_json::from_value(tagged) {
        Ok(Detail::PartnerClassified { attribute, .. })
            if OF_PARTNER.contains(&attribute.as_str()) =>
        {
            let message =
                format!("The portal knows the partner's {attribute} itself: change it there.");
            faults.add("INVALID", message, &format!("{at}attribute"));
            None
        }
        Ok(detail) => Some(detail),
        // Every field was looked at; what is left is ours to mend, and still no reason to fail.
        Err(error) => {
            faults.add("INVALID", format!("{error}."), at.trim_end_matches('.'));
            None
        }
    }
}

fn says_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

type Fault = (&'static str, String);

/// What an instant has to look like.
pub(crate) const NO_INSTANT: &str =
    "Write an instant such as `2026-11-02T09:30:00Z`, or a day such as `2026-11-02`.";

/// The value as rows keep it.
fn read(field: &Field, value: &Value) -> Result<Value, Fault> {
    let text = value.as_str().map(str::trim);
    match field.ty {
        FieldType::Text => {
            let text = text.ok_or(("INVALID", "Write it as a text.".to_owned()))?;
            line(field, text).map(Value::from)
        }
        FieldType::Texts => {
            // A column of a file has room for one text.
            let told: Vec<&str> = match (value.as_array(), text) {
                (Some(all), _) => {
                    let all = all.iter().map(|it| it.as_str().map(str::trim));
                    let all: Option<Vec<_>> = all.collect();
                    all.ok_or(("INVALID", "Write each as a text.".to_owned()))?
                }
                (None, Some(text)) => text.split(';').map(str::trim).collect(),
                (None, None) => return Err(("INVALID", "Write a list of texts.".to_owned())),
            };
            if told.len() > TEXTS {
                return Err(("TOO_MANY", format!("At most {TEXTS} texts.")));
            }
            let texts = told.into_iter().map(|text| line(field, text));
            let texts = texts.collect::<Result<BTreeSet<_>, _>>()?;
            Ok(texts.into_iter().collect())
        }
        FieldType::Number if field.is_whole => {
            let number = value.as_i64().or_else(|| text?.parse().ok());
            match number {
                None => Err((
                    "INVALID_NUMBER",
                    "Write a whole number such as `12`.".to_owned(),
                )),
                Some(number) if number < 0 => {
                    Err(("OUT_OF_RANGE", "It cannot be below 0.".to_owned()))
                }
                Some(number) => Ok(number.into()),
            }
        }
        FieldType::Number => {
            // A fraction that JSON says as a number has been a float on its way.
            let whole = value.as_i64().map(|number| number.to_string());
            let Some(text) = text.or(whole.as_deref()) else {
                let message = "Write it as a text such as `\"1500.25\"`.";
                return Err(("INVALID_NUMBER", message.to_owned()));
            };
            let amount = text.parse::<Amount>();
            let amount = amount.map_err(|error| ("INVALID_NUMBER", format!("{error}.")))?;
            Ok(amount.to_string().into())
        }
        FieldType::Flag => {
            let said = value.as_bool().or_else(|| {
                let text = text?;
                let is = |word: &str| text.eq_ignore_ascii_case(word);
                is("true").then_some(true).or(is("false").then_some(false))
            });
            let said = said.ok_or(("INVALID", "Write `true` or `false`.".to_owned()))?;
            Ok(said.into())
        }
        FieldType::Day => {
            let day = text.and_then(day).ok_or_else(|| {
                (
                    "INVALID_DATE",
                    "Write a day such as `2026-11-02`.".to_owned(),
                )
            })?;
            Ok(day.to_string().into())
        }
        FieldType::Instant => {
            let instant = text.and_then(instant);
            let instant = instant.ok_or(("INVALID_DATE", NO_INSTANT.to_owned()))?;
            serde_json::to_value(instant).map_err(|error| ("INVALID_DATE", error.to_string()))
        }
    }
}

fn line<'t>(field: &Field, text: &'t str) -> Result<&'t str, Fault> {
    if !field.choices.is_empty() {
        return if field.choices.contains(&text) {
            Ok(text)
        } else {
            Err((
                "INVALID",
                format!("Write one of: {}.", field.choices.join(", ")),
            ))
        };
    }
    if field.is_currency {
        return match Currency::try_from(text.chars().take(40).collect::<String>()) {
            Ok(_) => Ok(text),
            Err(error) => Err(("INVALID", format!("{error}."))),
        };
    }
    let mut faults = Faults::default();
    faults.line(text, TEXT, "");
    match faults.into_refusals().into_iter().next() {
        None => Ok(text),
        Some(fault) => Err((fault.code, fault.message.into_owned())),
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    let day: NaiveDate = text.parse().ok()?;
    // `2026-1-5` is the same day, and not how it is written.
    (day.to_string() == text && YEARS.contains(&day.year())).then_some(day)
}

/// An instant, or the one with which a day begins in UTC.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = match day(text) {
        Some(day) => day.and_time(NaiveTime::MIN).and_utc(),
        None => cut(DateTime::parse_from_rfc3339(text).ok()?.to_utc()),
    };
    YEARS.contains(&instant.year()).then_some(instant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_told_as_a_list_or_in_one_column() {
        let field = Field {
            name: "products",
            ty: FieldType::Texts,
            is_optional: true,
            is_whole: false,
            is_currency: false,
            choices: &[],
            meanings: &[],
            about: "",
        };
        let of = |value: Value| read(&field, &value);
        assert_eq!(of(json!("b; a ;b")), Ok(json!(["a", "b"])));
        assert_eq!(of(json!(["b", " a "])), Ok(json!(["a", "b"])));
        assert_eq!(of(json!(7)).unwrap_err().0, "INVALID");
        assert_eq!(of(json!(["a", 7])).unwrap_err().0, "INVALID");
        assert_eq!(of(json!(["a", ""])).unwrap_err().0, "REQUIRED");
        assert_eq!(of(json!(vec!["a"; 21])).unwrap_err().0, "TOO_MANY");
    }
}
