//! A document's own tests: facts, and where a partner stands by them.
//!
//! A vendor's published examples stand here beside the rules, and what they say must come out
//! before a version can be announced.

use std::collections::BTreeSet;

use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::document::{Document, Expectation, NumberOrName, Test, TestFact, Track};
use super::evaluate::evaluate;
use super::outlook::lacking;
use super::proof::{Evaluation, NOT_APPLICABLE, Outcome, TrackProof};
use super::record::{Fact, SOURCES};
use super::rules::{Rules, own_value};
use super::simulate::{Course, follow_on, is_standing_of, simulate};
use super::span::Span;
use super::words::Words;
use crate::digest;
use crate::document::Faults;
use crate::error::{Refusal, Result};
use crate::fact::{self, fields_of};
use crate::payload;

/// The most tests of a document, and the most facts of one.
const TESTS: usize = 200;
const FACTS: usize = 20_000;
/// The most days on which a standing is followed: ten years.
const FOLLOWED: usize = 3_660;
/// What is expected of a metric of which nothing can be said.
const UNDEFINED: &str = "undefined";
/// What is expected of a track on which nothing is earned.
const NONE: &str = "none";
/// What in a text is which time it is.
const TIME: &str = "{n}";
/// Kinds of facts that rules read beside those of their sources.
const OTHERS: [&str; 2] = ["partner.classified", "fact.retracted"];

impl Rules {
    /// Whether all tests of the document come out as they say.
    ///
    /// # Errors
    /// `TEST_FAILED` for each thing that came out otherwise, and every fault of the tests
    /// themselves.
    pub fn try_out(&self) -> Result<()> {
        let mut faults = Faults::default();
        let tests = &self.document.tests;
        faults.at_most(tests.len(), TESTS, "tests");
        if tests.is_empty() {
            let message = "Show with at least one test what comes of the rules: facts, and where a partner stands by them.";
            faults.add("REQUIRED", message, "tests");
        }
        for (n, test) in tests.iter().enumerate().take(TESTS) {
            self.try_one(test, &format!("tests.{n}"), &mut faults);
        }
        faults.result()
    }

    fn try_one(&self, test: &Test, at: &str, faults: &mut Faults) {
        faults.line(&test.name, 200, &format!("{at}.name"));
        for (attribute, value) in &test.partner {
            own_value(
                attribute,
                value,
                &format!("{at}.partner.{attribute}"),
                faults,
            );
        }
        let Some(facts) = self.facts_of(test, at, faults) else {
            return;
        };
        if test.expect == Expectation::default() {
            faults.add("REQUIRED", "Say what is expected.", &format!("{at}.expect"));
        }
        let as_of = self.end_of(test.as_of);
        let known_on = test.known_on.map_or(as_of, |day| self.end_of(day));
        let found = evaluate(self, &facts, &test.partner, as_of, known_on);
        let mut compared = Compared {
            document: &self.document,
            words: Words::of(&self.document, "en"),
            name: &test.name,
            at: format!("{at}.expect"),
            faults,
        };
        compared.tiers(&test.expect, &found);
        compared.metrics(&test.expect, &found);
        if !test.expect.stands.is_empty() {
            if let Some(stands) = self.stands(test, &facts, known_on) {
                compared.stands(&test.expect, &stands);
            } else {
                let message = if test.since.is_some_and(|it| it > test.as_of) {
                    "A standing is followed up to `asOf`, and this is a later day."
                } else {
                    "A standing is followed over ten years at most: name with `since` a later day."
                };
                faults.add("OUT_OF_RANGE", message, &format!("{at}.since"));
            }
        }
    }

    /// Where the partner would stand on each track on the day of the test, looked at as each day ended;
    /// nothing where there are no such days, or too many.
    fn stands(&self, test: &Test, facts: &[Fact], known_on: DateTime<Utc>) -> Option<Vec<Course>> {
        let told = test.facts.iter().map(|it| it.on);
        let since = test.since.or(told.min()).unwrap_or(test.as_of);
        let days = since.iter_days().take_while(|day| *day <= test.as_of);
        let days: Vec<_> = days.take(FOLLOWED).collect();
        let follows = days.last() == Some(&test.as_of);
        // Who tells in a test where the partner stood is believed.
        let slug = &self.document.slug;
        let is_told = facts.iter().any(|fact| is_standing_of(fact, slug));
        let followed = if is_told { follow_on } else { simulate };
        follows.then(|| followed(self, facts, &test.partner, &days, known_on))
    }

    /// The facts of a test; none where one of them is no fact.
    fn facts_of(&self, test: &Test, at: &str, faults: &mut Faults) -> Option<Vec<Fact>> {
        let times = test
            .facts
            .iter()
            .map(|fact| fact.times.unwrap_or(1) as usize);
        if times.fold(0_usize, usize::saturating_add) > FACTS {
            let message = format!("At most {FACTS} facts.");
            faults.add("TOO_MANY", message, &format!("{at}.facts"));
            return None;
        }
        let mut facts = Vec::new();
        let mut people = BTreeSet::new();
        let mut seated = BTreeSet::new();
        let mut good = true;
        let kinds = kinds();
        for (n, told) in test.facts.iter().enumerate() {
            let at = format!("{at}.facts.{n}");
            if !kinds.contains(told.kind.as_str()) {
                let what = "kind of facts that rules read called";
                faults.unknown(
                    "UNKNOWN_NAME",
                    what,
                    &told.kind,
                    kinds.iter().copied(),
                    &format!("{at}.kind"),
                );
                good = false;
                continue;
            }
            for time in 0..told.times.unwrap_or(1) {
                let Some(fact) = self.fact(told, n, time) else {
                    faults.add("OUT_OF_RANGE", "There is no such day.", &at);
                    return None;
                };
                let wrong = unlike_told(&fact, &at);
                if !wrong.is_empty() {
                    faults.extend(wrong);
                    good = false;
                    break;
                }
                people.extend(fact.person);
                if told.kind.starts_with("member.") {
                    seated.extend(fact.person);
                }
                facts.push(fact);
            }
        }
        let named: BTreeSet<&str> = test
            .facts
            .iter()
            .filter_map(|it| it.id.as_deref())
            .collect();
        for (n, told) in test.facts.iter().enumerate() {
            let unknown = told.corrects.as_deref().filter(|it| !named.contains(it));
            if let Some(unknown) = unknown {
                let message = format!("No fact of this test has the `id` {unknown}.");
                faults.add("UNKNOWN_NAME", message, &format!("{at}.facts.{n}.corrects"));
                good = false;
            }
        }
        for person in people.difference(&seated) {
            facts.push(Fact {
                id: Uuid::from_bytes(*person.as_bytes()),
                kind: "member.joined".to_owned(),
                person: Some(*person),
                subject: *person,
                detail: Json::Null,
                occurred_at: DateTime::<Utc>::MIN_UTC,
                recorded_at: DateTime::<Utc>::MIN_UTC,
                corrects: None,
            });
        }
        good.then_some(facts)
    }

    fn fact(&self, told: &TestFact, n: usize, time: u32) -> Option<Fact> {
        let on = shifted(told.on, told.every, time)?;
        let at = told.at.or_else(|| NaiveTime::from_hms_opt(12, 0, 0))?;
        let occurred_at = self.calendar.instant(on.and_time(at));
        let recorded_at = match told.recorded {
            Some(day) => self.calendar.midnight(day),
            None => occurred_at,
        };
        let numbered = |text: &str| text.replace(TIME, &(time + 1).to_string());
        let is_whole = |name: &str| {
            let mut fields = fields_of(&told.kind).into_iter().flatten();
            fields.any(|field| field.name == name && field.is_whole)
        };
        let detail: serde_json::Map<_, _> = told
            .detail
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Json::String(text) if name == "validUntil" => self.until(&numbered(text)),
                    Json::String(text) => Json::String(numbered(text)),
                    // An amount is told as it is written.
                    Json::Number(number) if !is_whole(name) => Json::String(number.to_string()),
                    other @ (Json::Null
                    | Json::Bool(_)
                    | Json::Number(_)
                    | Json::Array(_)
                    | Json::Object(_)) => other.clone(),
                };
                (name.clone(), value)
            })
            .collect();
        let person = told.person.as_deref().map(numbered);
        let id = match &told.id {
            Some(id) => key(&["id", &numbered(id)]),
            None => key(&["place", &n.to_string(), &time.to_string()]),
        };
        let proves = ["certification", "course", "slug"];
        let proves = proves.iter().find_map(|name| detail.get(*name)?.as_str());
        let person_proves = person.as_deref().unwrap_or_default();
        let subject = match (told.subject.as_deref().map(numbered), proves) {
            (Some(subject), _) => key(&["subject", &subject]),
            (None, Some(proves)) => key(&["subject", person_proves, proves]),
            (None, None) => id,
        };
        Some(Fact {
            id,
            kind: told.kind.clone(),
            person: person.map(|it| key(&["person", &it])),
            subject,
            detail: Json::Object(detail),
            occurred_at,
            recorded_at,
            corrects: told
                .corrects
                .as_deref()
                .map(|it| key(&["id", &numbered(it)])),
        })
    }

    /// A day stands for its end: what is valid until then is no more at the next midnight.
    fn until(&self, text: &str) -> Json {
        match text.parse::<NaiveDate>() {
            Ok(day) => {
                let next = day.succ_opt().unwrap_or(day);
                Json::String(self.calendar.midnight(next).to_rfc3339())
            }
            Err(_) => Json::String(text.to_owned()),
        }
    }
}

/// What is wrong with the payload of a fact: nobody could tell it so, or it is not as it is kept. Documents
/// have one code for whatever is no such value, and one for whatever is no such name.
fn unlike_told(fact: &Fact, at: &str) -> Vec<Refusal> {
    let mut faults = Faults::default();
    if let Json::Object(given) = &fact.detail {
        payload::check(&fact.kind, given, &format!("{at}."), &mut faults);
    }
    if faults.is_empty()
        && let Err(error) = fact::read(&fact.kind, &fact.detail)
    {
        let message = format!("This is no `{}`: {error}.", fact.kind);
        faults.add("INVALID_VALUE", message, at);
    }
    let told = faults.into_refusals().into_iter().map(|it| Refusal {
        code: match it.code {
            "UNKNOWN_FIELD" => "UNKNOWN_NAME",
            "INVALID" | "INVALID_DATE" | "INVALID_NUMBER" => "INVALID_VALUE",
            code => code,
        },
        ..it
    });
    told.collect()
}

fn shifted(day: NaiveDate, every: Option<Span>, time: u32) -> Option<NaiveDate> {
    let Some(span) = every else {
        return Some(day);
    };
    let day = day.checked_add_months(Months::new(span.months.checked_mul(time)?))?;
    day.checked_add_days(chrono::Days::new(u64::from(span.days) * u64::from(time)))
}

/// The kinds of facts that rules read.
fn kinds() -> BTreeSet<&'static str> {
    let parts = SOURCES
        .iter()
        .flat_map(|it| it.begins.iter().chain(it.ends));
    parts.map(|it| it.kind).chain(OTHERS).collect()
}

/// A key that is the same for the same words.
fn key(words: &[&str]) -> Uuid {
    digest::key("a test's fact", words)
}

/// What came out, held against what was expected.
struct Compared<'a> {
    document: &'a Document,
    words: Words<'a>,
    name: &'a str,
    at: String,
    faults: &'a mut Faults,
}

impl Compared<'_> {
    fn failed(&mut self, path: &str, message: &str) {
        let message = format!("{}: {message}", self.name);
        self.faults
            .add("TEST_FAILED", message, &format!("{}.{path}", self.at));
    }

    fn tiers(&mut self, expected: &Expectation, found: &Evaluation) {
        for (track, tier) in &expected.tiers {
            let path = format!("tiers.{track}");
            let Some(proof) = found.track(track) else {
                self.failed(&path, &format!("there is no track `{track}`."));
                continue;
            };
            let earned = proof.earned.as_deref().unwrap_or(NONE);
            if earned == tier || !self.is_tier(&path, track, tier) {
                continue;
            }
            let of = self.document.track(track);
            let why = of.map_or_else(Vec::new, |it| self.lacks(it, proof, tier));
            let why = if why.is_empty() {
                String::new()
            } else {
                format!(": {}", why.join("; "))
            };
            self.failed(&path, &format!("{earned} is earned, not {tier}{why}."));
        }
    }

    /// Why a tier is not earned; nothing where it is.
    fn lacks(&self, of: &Track, proof: &TrackProof, tier: &str) -> Vec<String> {
        let lacking = lacking(of, proof, Some(tier));
        let mut why: Vec<_> = lacking.iter().map(|it| self.words.judged(it)).collect();
        if !proof.applies {
            why.push("the track is not for this partner".to_owned());
        }
        why
    }

    fn stands(&mut self, expected: &Expectation, found: &[Course]) {
        for (track, tier) in &expected.stands {
            let path = format!("stands.{track}");
            let Some(course) = found.iter().find(|it| it.track == *track) else {
                self.failed(&path, &format!("there is no track `{track}`."));
                continue;
            };
            let stands = course.end().unwrap_or(NONE);
            if stands == tier || !self.is_tier(&path, track, tier) {
                continue;
            }
            let mut moves = self.words.story(course);
            // What moved tells why it did.
            if moves.is_empty() {
                moves.push("nothing moved".to_owned());
                let (of, last) = (self.document.track(track), course.last.as_ref());
                let lacks = of.zip(last).map(|(of, last)| self.lacks(of, last, tier));
                moves.extend(lacks.into_iter().flatten());
            }
            let moves = moves.join(", ");
            self.failed(
                &path,
                &format!("it stands on {stands}, not on {tier}: {moves}."),
            );
        }
    }

    fn is_tier(&mut self, path: &str, track: &str, tier: &str) -> bool {
        let track = self.document.track(track);
        let known = tier == NONE || track.is_some_and(|it| it.tier(tier).is_some());
        if !known {
            self.failed(path, &format!("there is no tier `{tier}`."));
        }
        known
    }

    fn metrics(&mut self, expected: &Expectation, found: &Evaluation) {
        for (metric, wanted) in &expected.metrics {
            let path = format!("metrics.{metric}");
            let Some(proof) = found.metrics.get(metric) else {
                self.failed(&path, &format!("there is no metric `{metric}`."));
                continue;
            };
            let is = match (&proof.outcome, wanted) {
                (Outcome::Value(value), NumberOrName::Number(number)) => value == number,
                (Outcome::NotApplicable(_), NumberOrName::Name(name)) => name == NOT_APPLICABLE,
                (Outcome::Undefined(_), NumberOrName::Name(name)) => name == UNDEFINED,
                (Outcome::Value(_), NumberOrName::Name(_))
                | (Outcome::NotApplicable(_) | Outcome::Undefined(_), NumberOrName::Number(_)) => {
                    false
                }
            };
            if is {
                continue;
            }
            let wanted = match wanted {
                NumberOrName::Number(number) => number.to_string(),
                NumberOrName::Name(name) => name.clone(),
            };
            let mut why: Vec<_> = proof.left_out.iter().take(3).collect();
            why.dedup_by(|one, other| one.why == other.why);
            let why: Vec<_> = why.iter().map(|it| self.words.left_out(&it.why)).collect();
            let why = if why.is_empty() {
                String::new()
            } else {
                format!(" (of a fact that does not count, {})", why.join("; "))
            };
            let came = self.words.outcome(&proof.outcome);
            self.failed(&path, &format!("`{metric}` is {came}, not {wanted}{why}."));
        }
    }
}
