//! What a fact from outside has to look like.

use chrono::{DateTime, TimeDelta, Utc};

use super::line::{Raw, Whose};
use crate::document::Faults;
use crate::error::{Refusal, Result};
use crate::fact::{Detail, FROM_OUTSIDE};
use crate::payload::{self, NO_INSTANT, TEXT, instant};

/// How far ahead something may have happened: clocks differ, and days begin earlier elsewhere.
const AHEAD: TimeDelta = TimeDelta::days(1);
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
    if !FROM_OUTSIDE.contains(&kind) {
        let message = format!(
            "There is no such kind. Those that other systems tell are: {}.",
            FROM_OUTSIDE.join(", ")
        );
        faults.add("UNKNOWN_KIND", message, &kind_at);
        return None;
    }
    payload::check(kind, &raw.detail, at.detail, faults)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::payload::OF_PARTNER;

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
