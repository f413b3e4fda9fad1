//! What a fact from outside has to look like.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::line::{Raw, Whose};
use crate::clock::cut;
use crate::document::Faults;
use crate::error::{Refusal, Result};
use crate::fact::{Amount, Detail, FROM_OUTSIDE, Field, FieldType, fields_of};
use crate::money::Currency;

/// The most characters of a text in a fact, and of what other systems call it.
pub const TEXT: usize = 200;
/// The most texts of a list of them.
const TEXTS: usize = 20;
/// What the portal itself knows of a partner: rules read it from there.
const OF_PARTNER: [&str; 3] = ["kind", "region", "country"];
/// How far ahead something may have happened: clocks differ, and days begin earlier elsewhere.
const AHEAD: TimeDelta = TimeDelta::days(1);
/// The years in which something can happen.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9999;

/// A fact that is as it has to be; whether there is such a partner has not been asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whose it is.
    pub partner: Whose,
    /// What happened.
    pub detail: Detail,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// What the other system calls it.
    pub external_id: String,
}

/// Where the parts of a fact stand in the input.
#[derive(Clone, Debug)]
pub struct At<'p> {
    /// Before the names of what all facts have, such as `facts.0.`.
    pub fact: &'p str,
    /// Before the names of the fields of its kind.
    pub detail: &'p str,
}

impl At<'_> {
    /// In a line of a file, where names are those of columns.
    pub const LINE: At<'static> = At {
        fact: "",
        detail: "",
    };
}

/// `REQUIRED` or `INVALID_KEY` unless the system is named as systems are.
pub fn source(source: &str, faults: &mut Faults) {
    if source.is_empty() {
        faults.add("REQUIRED", "Name the system that tells it.", "source");
    } else {
        faults.key(source, "source");
    }
}

/// The fact, or all that is wrong with it.
///
/// # Errors
/// Refusals of [`super::CODES`].
pub fn fact(raw: &Raw, now: DateTime<Utc>, at: &At<'_>) -> Result<Checked, Vec<Refusal>> {
    let mut faults = Faults::default();
    let of_fact = |name: &str| format!("{}{name}", at.fact);
    let external_id = raw.external_id.trim();
    faults.line(external_id, TEXT, &of_fact("externalId"));
    if raw.partner == Whose::Named(String::new()) {
        let message = "Name the partner by its id or its domain.";
        faults.add("REQUIRED", message, &of_fact("partner"));
    }
    let occurred_at = happened(&raw.occurred_at, now, &of_fact("occurredAt"), &mut faults);
    let detail = detail(raw, at, &mut faults);
    if let Some(Detail::PartnerClassified { attribute, .. }) = &detail
        && OF_PARTNER.contains(&attribute.as_str())
    {
        let message =
            format!("The portal knows the partner's {attribute} itself: change it there.");
        faults.add("INVALID", message, &format!("{}attribute", at.detail));
    }
    match (detail, occurred_at) {
        (Some(detail), Some(occurred_at)) if faults.is_empty() => Ok(Checked {
            partner: raw.partner.clone(),
            detail,
            occurred_at,
            external_id: external_id.to_owned(),
        }),
        _ => Err(faults.into_refusals()),
    }
}

/// When it happened: an instant, or the day with which it began in UTC.
pub(super) fn happened(
    text: &str,
    now: DateTime<Utc>,
    at: &str,
    faults: &mut Faults,
) -> Option<DateTime<Utc>> {
    if text.trim().is_empty() {
        faults.add("REQUIRED", "Say when it happened.", at);
        return None;
    }
    let Some(instant) = instant(text.trim()) else {
        faults.add("INVALID_DATE", NO_INSTANT, at);
        return None;
    };
    if instant > now + AHEAD {
        faults.add("IN_FUTURE", "It cannot have happened yet.", at);
        return None;
    }
    Some(instant)
}

/// The payload of its kind.
fn detail(raw: &Raw, at: &At<'_>, faults: &mut Faults) -> Option<Detail> {
    let kind = raw.kind.trim();
    let kind_at = format!("{}kind", at.fact);
    if kind.is_empty() {
        faults.add("REQUIRED", "Say what kind of fact it is.", &kind_at);
        return None;
    }
    let fields = fields_of(kind).filter(|_| FROM_OUTSIDE.contains(&kind));
    let Some(fields) = fields else {
        let message = format!(
            "There is no such kind. Those that other systems tell are: {}.",
            FROM_OUTSIDE.join(", ")
        );
        faults.add("UNKNOWN_KIND", message, &kind_at);
        return None;
    };
    payload(kind, fields, &raw.detail, at.detail, faults)
}

fn payload(
    kind: &str,
    fields: &[Field],
    given: &Map<String, Value>,
    at: &str,
    faults: &mut Faults,
) -> Option<Detail> {
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

const NO_INSTANT: &str =
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

fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = match day(text) {
        Some(day) => day.and_time(NaiveTime::MIN).and_utc(),
        None => cut(DateTime::parse_from_rfc3339(text).ok()?.to_utc()),
    };
    YEARS.contains(&instant.year()).then_some(instant)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-02T12:00:00Z".parse().unwrap()
    }

    fn raw(kind: &str, detail: &Value) -> Raw {
        Raw {
            kind: kind.to_owned(),
            partner: Whose::Named("a.example".to_owned()),
            occurred_at: "2026-11-01".to_owned(),
            external_id: "x-1".to_owned(),
            detail: detail.as_object().unwrap().clone(),
        }
    }

    fn told(raw: &Raw) -> Vec<(&'static str, String)> {
        let refusals = fact(raw, noon(), &At::LINE).unwrap_err();
        refusals
            .into_iter()
            .map(|it| (it.code, it.field.join(".")))
            .collect()
    }

    #[test]
    fn a_fact_is_read_as_it_is_kept() {
        let said = json!({
            "deal": " d-1 ", "motion": "SOURCED", "amount": "1500.00", "currency": "EUR",
            "lineSince": "2025-01-31", "provisional": "TRUE", "product": "",
        });
        let checked = fact(&raw("deal.won", &said), noon(), &At::LINE).unwrap();
        assert_eq!(
            checked.occurred_at.to_rfc3339(),
            "2026-11-01T00:00:00+00:00"
        );
        let kept = serde_json::to_value(&checked.detail).unwrap();
        assert_eq!(
            kept["detail"],
            json!({
                "deal": "d-1", "customer": null, "segment": null, "country": null, "motion": "SOURCED", "change": null,
                "product": null, "amount": "1500", "currency": "EUR", "market": null,
                "lineSince": "2025-01-31", "provisional": true,
            })
        );
    }

    #[test]
    fn what_the_portal_knows_of_a_partner_is_not_told_by_others() {
        let of = |attribute: &str| {
            let said = json!({ "attribute": attribute, "value": "RESELLER" });
            raw("partner.classified", &said)
        };
        for known in OF_PARTNER {
            assert_eq!(told(&of(known)), [("INVALID", "attribute".to_owned())]);
        }
        assert!(fact(&of("segment"), noon(), &At::LINE).is_ok());
    }

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

    #[test]
    fn all_that_is_wrong_is_told_at_once_with_its_place() {
        let said = json!({
            "deal": "x".repeat(201), "motion": "FOUND", "amount": "1,5", "currency": "Euro",
            "lineSince": "yesterday", "provisional": "maybe", "price": "1", "market": "a\u{0}b",
        });
        let mut wrong = raw("deal.won", &said);
        wrong.occurred_at = "2026-11-04".to_owned();
        wrong.external_id = String::new();
        wrong.partner = Whose::Named(String::new());
        let at = |code, field: &str| (code, field.to_owned());
        assert_eq!(
            told(&wrong),
            [
                at("REQUIRED", "externalId"),
                at("REQUIRED", "partner"),
                at("IN_FUTURE", "occurredAt"),
                at("UNKNOWN_FIELD", "price"),
                at("TOO_LONG", "deal"),
                at("INVALID", "motion"),
                at("INVALID_NUMBER", "amount"),
                at("INVALID", "currency"),
                at("INVALID_TEXT", "market"),
                at("INVALID_DATE", "lineSince"),
                at("INVALID", "provisional"),
            ]
        );
        let empty = raw("users.changed", &json!({}));
        assert_eq!(
            told(&empty),
            [
                at("REQUIRED", "customer"),
                at("REQUIRED", "change"),
                at("REQUIRED", "users")
            ]
        );
    }

    #[test]
    fn numbers_are_exact_and_users_are_never_below_nothing() {
        let users = |users: Value| {
            raw(
                "users.changed",
                &json!({ "customer": "c", "change": "NEW", "users": users }),
            )
        };
        for good in [json!(0), json!("12"), json!(12)] {
            fact(&users(good), noon(), &At::LINE).unwrap();
        }
        assert_eq!(told(&users(json!(-1)))[0].0, "OUT_OF_RANGE");
        assert_eq!(told(&users(json!("1.5")))[0].0, "INVALID_NUMBER");
        let measure = |value: Value| {
            raw(
                "measure.reported",
                &json!({ "measure": "m", "value": value }),
            )
        };
        fact(&measure(json!(7)), noon(), &At::LINE).unwrap();
        assert_eq!(told(&measure(json!(7.5)))[0].0, "INVALID_NUMBER");
    }

    #[test]
    fn what_the_portal_tells_itself_is_not_told_from_outside() {
        for kind in ["course.completed", "fact.retracted", "deal.lost"] {
            assert_eq!(told(&raw(kind, &json!({})))[0].0, "UNKNOWN_KIND");
        }
    }

    #[test]
    fn dates_are_days_or_instants_of_these_times() {
        let on = |text: &str| {
            let mut raw = raw("customer.lost", &json!({ "customer": "c" }));
            text.clone_into(&mut raw.occurred_at);
            fact(&raw, noon(), &At::LINE).map(|it| it.occurred_at.to_rfc3339())
        };
        assert_eq!(
            on("2026-11-01T10:00:00+02:00").unwrap(),
            "2026-11-01T08:00:00+00:00"
        );
        // A day ahead is another's today, and not more.
        on("2026-11-03T12:00:00Z").unwrap();
        assert_eq!(
            on("2026-11-03T12:00:00.000001Z").unwrap_err()[0].code,
            "IN_FUTURE"
        );
        for bad in [
            "2026-13-01",
            "1.11.2026",
            "2026-1-5",
            "0099-01-01",
            "+12026-01-01",
            "now",
        ] {
            assert_eq!(on(bad).unwrap_err()[0].code, "INVALID_DATE", "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_taken_or_refused_with_a_listed_code(
            kind in prop_oneof![Just("deal.won"), Just("users.changed"), Just("x")],
            field in prop_oneof![Just("deal"), Just("amount"), Just("users"), Just("change"), Just("y")],
            value in prop_oneof![any::<String>().prop_map(Value::from), any::<i64>().prop_map(Value::from), Just(json!(null)), Just(json!([1])), any::<f64>().prop_map(Value::from)],
            when in any::<String>(), name in any::<String>(),
        ) {
            let mut raw = raw(kind, &json!({ field: value }));
            raw.occurred_at = when;
            raw.external_id = name;
            if let Err(refusals) = fact(&raw, noon(), &At::LINE) {
                prop_assert!(!refusals.is_empty());
                for refusal in refusals {
                    prop_assert!(super::super::CODES.contains(&refusal.code), "{}", refusal.code);
                    prop_assert!(refusal.message.len() < 1000);
                }
            }
        }
    }
}
