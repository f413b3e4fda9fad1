//! What programs measure: records, each made of the fact that began it and of those that ended it.
//!
//! Of what happens, such as a deal, a record is an instant; of what lasts, such as a certificate or
//! a customer, a stretch of time. What belongs to a person counts for a partner for as long as the
//! person is its member. What is told again while it lasts is renewed: from then on it is what was told
//! last, and it began when it first did. Facts come in any order; what is taken of them does not depend
//! on it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::fact::{Amount, FieldType};

/// A fact as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its key.
    pub id: Uuid,
    /// Its kind, such as `deal.won`.
    pub kind: String,
    /// To whom it happened.
    pub person: Option<Uuid>,
    /// The row that proves it.
    pub subject: Uuid,
    /// The payload of its kind.
    pub detail: Json,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The fact that it corrects.
    pub corrects: Option<Uuid>,
}

/// How a kind of fact begins or ends a record.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The kind.
    pub kind: &'static str,
    /// The fields that say which record; the proving row where there are none.
    pub key: &'static [&'static str],
}

/// Something that programs measure.
#[derive(Debug)]
pub struct Source {
    /// Its name, as documents write it.
    pub name: &'static str,
    /// What a record of it is.
    pub about: &'static str,
    /// Whether it lasts; it is an instant otherwise.
    pub lasts: bool,
    /// Whether it belongs to a person, and counts where they are a member.
    pub personal: bool,
    /// What begins a record.
    pub begins: &'static [Part],
    /// What ends it.
    pub ends: &'static [Part],
    /// Its fields.
    pub fields: &'static [(&'static str, FieldType)],
}

const fn by(kind: &'static str, key: &'static [&'static str]) -> Part {
    Part { kind, key }
}

macro_rules! sources {
    ($($(#[doc = $about:literal])+ $name:literal $($lasts:ident)? [$($begins:expr),+] to [$($ends:expr),*] { $($field:literal $ty:ident),* $(,)? })+) => {
        /// All that programs measure.
        pub const SOURCES: &[Source] = &[$(Source {
            name: $name,
            about: concat!($($about),+),
            lasts: sources!(@lasts $($lasts)?),
            personal: sources!(@personal $($lasts)?),
            begins: &[$($begins),+],
            ends: &[$($ends),*],
            fields: &[$(($field, FieldType::$ty)),*],
        }),+];
    };
    (@lasts) => { false };
    (@lasts lasts) => { true };
    (@lasts personal) => { true };
    (@personal) => { false };
    (@personal lasts) => { false };
    (@personal personal) => { true };
}

sources!(
    /// A certificate that a member holds, from the day of issue until it ends or is revoked; also one that another system tells of.
    "certificates" personal [by("certificate.issued", &[]), by("certificate.reported", &["holder", "certification"])]
        to [by("certificate.revoked", &[]), by("certificate.withdrawn", &["holder", "certification"])]
        { "person" Text, "certification" Text, "level" Text, "country" Text }
    /// A course that a member completed.
    "courses" personal [by("course.completed", &[])] to [] { "person" Text, "course" Text }
    /// A lesson that a member completed for the partner.
    "lessons" [by("lesson.completed", &[])] to [] { "person" Text, "course" Text, "lesson" Text }
    /// Answers of a member to a quiz.
    "quizzes" [by("quiz.judged", &[])] to [] { "person" Text, "course" Text, "lesson" Text, "percent" Number, "passed" Flag }
    /// A member's seat.
    "members" lasts [by("member.joined", &["person"])] to [by("member.left", &["person"])] { "person" Text, "role" Text }
    /// That the partner completed its onboarding.
    "onboarding" [by("onboarding.completed", &[])] to [] {}
    /// An agreement that was accepted.
    "agreements" [by("agreement.accepted", &[])] to [] { "agreement" Text, "version" Text }
    /// A meeting that was held, such as a business review.
    "meetings" [by("meeting.held", &[])] to [] { "meeting" Text }
    /// A version of a playbook that a member acknowledged.
    "acknowledgements" [by("playbook.acknowledged", &[])] to [] { "person" Text, "playbook" Text, "version" Number }
    /// A case study, for as long as it is published.
    "caseStudies" lasts [by("case_study.published", &[])] to [by("case_study.archived", &[]), by("case_study.withdrawn", &[])] { "slug" Text, "customer" Text, "industry" Text, "region" Text, "products" Texts }
    /// A field note, for as long as it is published.
    "fieldNotes" lasts [by("field_note.published", &[])] to [by("field_note.taken_down", &[])] { "playbook" Text, "course" Text }
    /// A first download of a version of an asset.
    "downloads" [by("asset.downloaded", &[])] to [] { "person" Text, "asset" Text, "version" Number }
    /// A customer, from the day of acquisition until it is lost.
    "customers" lasts [by("customer.acquired", &["customer"])] to [by("customer.lost", &["customer"])] { "customer" Text, "segment" Text, "product" Text, "country" Text }
    /// A contract with a customer, until it ends.
    "contracts" lasts [by("contract.started", &["contract"])] to [by("contract.ended", &["contract"])] { "contract" Text, "customer" Text, "product" Text, "amount" Number, "currency" Text }
    /// What a customer consumed of a product, told for each month.
    "consumption" [by("consumption.reported", &[])] to [] { "customer" Text, "product" Text, "amount" Number, "currency" Text, "association" Text, "segment" Text, "market" Text }
    /// A deal that was won.
    "deals" [by("deal.won", &[])] to [] { "deal" Text, "customer" Text, "motion" Text, "change" Text, "product" Text, "amount" Number, "currency" Text, "market" Text, "segment" Text, "country" Text, "lineSince" Day, "tags" Texts }
    /// Users that a customer took more or fewer of.
    "users" [by("users.changed", &[])] to [] { "customer" Text, "change" Text, "users" Number, "product" Text }
    /// A customer's answer about its satisfaction.
    "answers" [by("satisfaction.answered", &[])] to [] { "survey" Text, "score" Number, "customer" Text, "product" Text }
    /// An opportunity that went live, with what it brings in a month.
    "opportunities" [by("opportunity.launched", &[])] to [] { "opportunity" Text, "customer" Text, "amount" Number, "currency" Text, "product" Text }
    /// A validation that was passed, until it ends.
    "validations" lasts [by("validation.passed", &["validation"])] to [by("validation.ended", &["validation"])] { "validation" Text }
    /// A business plan that was agreed, until it ends.
    "businessPlans" lasts [by("business_plan.agreed", &["plan"])] to [] { "plan" Text }
    /// A tier on which the partner stands, from when it went up or down to it until it leaves it.
    "standings" lasts [by("tier.entered", &["program", "track"]), by("tier.advanced", &["program", "track"]), by("tier.demoted", &["program", "track"]), by("tier.overridden", &["program", "track"])]
        to [by("tier.advanced", &["program", "track"]), by("tier.demoted", &["program", "track"]), by("tier.overridden", &["program", "track"]), by("tier.track_ended", &["program", "track"])]
        { "program" Text, "track" Text, "tier" Text }
    /// Points that were awarded.
    "points" [by("points.awarded", &[])] to [] { "achievement" Text, "points" Number }
    /// Anything else that is measured elsewhere and told here.
    "measures" [by("measure.reported", &[])] to [] { "measure" Text, "value" Number, "currency" Text, "item" Text, "tag" Text }
);

/// The source of where partners stood: of it the program itself knows what can be said.
pub(super) const STANDINGS: &str = "standings";

/// The source of that name.
#[must_use]
pub fn source(name: &str) -> Option<usize> {
    SOURCES.iter().position(|it| it.name == name)
}

/// The kind of fact that tells an attribute of the partner.
const CLASSIFIED: &str = "partner.classified";
/// When what lasts ends by itself, and whether it is provisional, in a payload.
const UNTIL: &str = "validUntil";
const PROVISIONAL: &str = "provisional";

/// What a field says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A word or a name.
    Text(String),
    /// Several of them.
    Texts(BTreeSet<String>),
    /// A number or an amount.
    Amount(Amount),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Day(NaiveDate),
}

/// What was, from when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The fact that began it.
    pub fact: Uuid,
    /// When.
    pub from: DateTime<Utc>,
    /// When it ended, or ends; none for what has no end, and for what is an instant.
    pub until: Option<DateTime<Utc>>,
    /// Whether it goes on with one that was there: it began before.
    pub renews: bool,
    /// Whether another one goes on with it: it has not ended.
    pub renewed: bool,
    /// Whether it is not certain yet.
    pub provisional: bool,
    /// What its fields say, in the order of its source.
    pub fields: Vec<Option<Value>>,
}

/// A fact that could not be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The fact.
    pub fact: Uuid,
    /// What is wrong with it.
    pub why: String,
}

/// All that is known of one partner at one time.
#[derive(Clone, Debug, Default)]
pub struct Records {
    sources: HashMap<usize, Vec<Record>>,
    unreadable: HashMap<usize, Vec<Unreadable>>,
    attributes: BTreeMap<String, Vec<(DateTime<Utc>, String)>>,
}

impl Records {
    /// What is known of these facts at an instant, as far as those sources need it.
    #[must_use]
    pub fn known(facts: &[Fact], known_on: DateTime<Utc>, wanted: &BTreeSet<usize>) -> Self {
        let corrected: HashSet<Uuid> = facts
            .iter()
            .filter(|fact| fact.recorded_at <= known_on)
            .filter_map(|fact| fact.corrects)
            .collect();
        let mut known: Vec<&Fact> = facts
            .iter()
            .filter(|fact| fact.recorded_at <= known_on && !corrected.contains(&fact.id))
            .collect();
        known.sort_by_key(|fact| (fact.occurred_at, fact.recorded_at, fact.id));
        let mut by_kind: HashMap<&str, Vec<&Fact>> = HashMap::new();
        for fact in known {
            by_kind.entry(&fact.kind).or_default().push(fact);
        }
        let mut records = Self::default();
        let seats = seats(&by_kind);
        for &index in wanted {
            let (mut found, unreadable) = build(&SOURCES[index], &by_kind);
            if SOURCES[index].personal {
                found = where_seated(found, &seats);
            }
            let mut found: Vec<_> = found.into_iter().map(|(record, _)| record).collect();
            found.sort_by_key(|record| (record.from, record.fact));
            records.sources.insert(index, found);
            records.unreadable.insert(index, unreadable);
        }
        for fact in by_kind.get(CLASSIFIED).into_iter().flatten() {
            let text = |name: &str| fact.detail[name].as_str().map(str::to_owned);
            if let (Some(attribute), Some(value)) = (text("attribute"), text("value")) {
                let told = records.attributes.entry(attribute).or_default();
                told.push((fact.occurred_at, value));
            }
        }
        records
    }

    /// The records of a source, the earliest first.
    #[must_use]
    pub fn of(&self, source: usize) -> &[Record] {
        self.sources.get(&source).map_or(&[], Vec::as_slice)
    }

    /// The facts of a source that could not be taken.
    #[must_use]
    pub fn unreadable(&self, source: usize) -> &[Unreadable] {
        self.unreadable.get(&source).map_or(&[], Vec::as_slice)
    }

    /// What was last told of an attribute at an instant.
    #[must_use]
    pub fn attribute(&self, name: &str, as_of: DateTime<Utc>) -> Option<&str> {
        let told = self.attributes.get(name)?;
        let mut before = told.iter().rev().filter(|(at, _)| *at <= as_of);
        before.next().map(|(_, value)| value.as_str())
    }

    /// When something of the partner itself was told.
    pub(super) fn classified(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.attributes.values().flatten().map(|(at, _)| *at)
    }
}

type ByKind<'a> = HashMap<&'a str, Vec<&'a Fact>>;
type Span = (DateTime<Utc>, Option<DateTime<Utc>>);

/// Who was a member, and when.
fn seats(by_kind: &ByKind<'_>) -> HashMap<Uuid, Vec<Span>> {
    let mut turns: Vec<(&Fact, bool)> = Vec::new();
    for (kind, joined) in [("member.joined", true), ("member.left", false)] {
        let of_kind = by_kind.get(kind).into_iter().flatten();
        turns.extend(of_kind.map(|fact| (*fact, joined)));
    }
    turns.sort_by_key(|(fact, _)| (fact.occurred_at, fact.recorded_at, fact.id));
    let mut seats: HashMap<Uuid, Vec<Span>> = HashMap::new();
    for (fact, joined) in turns {
        let Some(person) = fact.person else { continue };
        let seat = seats.entry(person).or_default();
        match (joined, seat.last_mut()) {
            (true, Some((_, None))) | (false, None | Some((_, Some(_)))) => {}
            (true, None | Some((_, Some(_)))) => seat.push((fact.occurred_at, None)),
            (false, Some((_, end))) => *end = Some(fact.occurred_at),
        }
    }
    seats
}

/// What of a person's own falls into the time in which they were a member. What another system
/// tells of names nobody whose seat is known, and counts for whom it was told.
fn where_seated(
    records: Vec<(Record, Option<Uuid>)>,
    seats: &HashMap<Uuid, Vec<Span>>,
) -> Vec<(Record, Option<Uuid>)> {
    let mut seated = Vec::new();
    for (record, person) in records {
        let Some(person) = person else {
            seated.push((record, None));
            continue;
        };
        for (joined, left) in seats.get(&person).into_iter().flatten() {
            let from = record.from.max(*joined);
            let until = match (record.until, *left) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            if until.is_none_or(|until| from < until) {
                seated.push((
                    Record {
                        renews: record.renews && from == record.from,
                        renewed: record.renewed && until == record.until,
                        from,
                        until,
                        ..record.clone()
                    },
                    Some(person),
                ));
            }
        }
    }
    seated
}

/// By which a record is found again when it ends.
fn key(fact: &Fact, part: &Part) -> Vec<String> {
    if part.key.is_empty() {
        return vec![fact.subject.to_string()];
    }
    let of = |name: &&str| match *name {
        "person" => fact.person.map(|it| it.to_string()).unwrap_or_default(),
        name => fact.detail[name].as_str().unwrap_or_default().to_owned(),
    };
    part.key.iter().map(of).collect()
}

fn build(source: &Source, by_kind: &ByKind<'_>) -> (Vec<(Record, Option<Uuid>)>, Vec<Unreadable>) {
    let mut records: Vec<(Record, Option<Uuid>)> = Vec::new();
    let mut unreadable = Vec::new();
    let mut open: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    let mut turns: Vec<(&Fact, &Part, bool)> = Vec::new();
    // Of a fact that ends one and begins another, the end comes first.
    for (parts, begins) in [(source.ends, false), (source.begins, true)] {
        for part in parts {
            let facts = by_kind.get(part.kind).into_iter().flatten();
            turns.extend(facts.map(|fact| (*fact, part, begins)));
        }
    }
    turns.sort_by_key(|(fact, ..)| (fact.occurred_at, fact.recorded_at, fact.id));
    for (fact, part, begins) in turns {
        if !source.lasts {
            match record(source, fact) {
                Ok(record) => records.push((record, fact.person)),
                Err(why) => unreadable.push(Unreadable { fact: fact.id, why }),
            }
            continue;
        }
        let key = key(fact, part);
        if !begins {
            for index in open.remove(&key).unwrap_or_default() {
                let record = &mut records[index].0;
                let ended = record
                    .until
                    .map_or(fact.occurred_at, |it| it.min(fact.occurred_at));
                record.until = Some(ended);
            }
            continue;
        }
        match record(source, fact) {
            Ok(record) => {
                let known = open.entry(key).or_default();
                let mut renews = false;
                for index in known.drain(..) {
                    let before = &mut records[index].0;
                    if before.until.is_none_or(|until| until > record.from) {
                        before.until = Some(record.from);
                        before.renewed = true;
                        renews = before.renews || before.from < record.from;
                    }
                }
                known.push(records.len());
                records.push((Record { renews, ..record }, fact.person));
            }
            Err(why) => unreadable.push(Unreadable { fact: fact.id, why }),
        }
    }
    // Told twice at one instant: it is what was told last.
    records.retain(|(record, _)| !record.renewed || record.until > Some(record.from));
    (records, unreadable)
}

fn record(source: &Source, fact: &Fact) -> Result<Record, String> {
    let fields = source.fields.iter().map(|(name, ty)| match *name {
        // Somebody without an account is who the other system says.
        "person" => Ok(match fact.person {
            Some(person) => Some(Value::Text(person.to_string())),
            None => fact.detail["holder"]
                .as_str()
                .map(|it| Value::Text(it.to_owned())),
        }),
        name => value(&fact.detail[name], *ty).map_err(|why| format!("{name}: {why}")),
    });
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    let until = match fact.detail[UNTIL].as_str() {
        Some(text) if source.lasts => {
            let at = text.parse::<DateTime<Utc>>();
            Some(at.map_err(|_| format!("{UNTIL}: `{text}` is no instant"))?)
        }
        Some(_) | None => None,
    };
    Ok(Record {
        fact: fact.id,
        from: fact.occurred_at,
        until,
        renews: false,
        renewed: false,
        provisional: fact.detail[PROVISIONAL].as_bool().unwrap_or(false),
        fields,
    })
}

/// What a field of a payload says.
fn value(json: &Json, ty: FieldType) -> Result<Option<Value>, String> {
    let read = match (json, ty) {
        (Json::Null, _) => return Ok(None),
        (Json::String(text), FieldType::Text) => Some(Value::Text(text.clone())),
        (Json::Number(number), FieldType::Text) => Some(Value::Text(number.to_string())),
        (Json::Number(number), FieldType::Number) => amount(&number.to_string()),
        (Json::String(text), FieldType::Number) => amount(text),
        (Json::Array(all), FieldType::Texts) => {
            let texts = all.iter().map(|it| it.as_str().map(str::to_owned));
            let texts: Option<BTreeSet<_>> = texts.collect();
            // To name none of them says as little as to leave them out.
            match texts {
                Some(none) if none.is_empty() => return Ok(None),
                texts => texts.map(Value::Texts),
            }
        }
        (Json::Bool(flag), FieldType::Flag) => Some(Value::Flag(*flag)),
        (Json::String(text), FieldType::Day) => text.parse().ok().map(Value::Day),
        (
            Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) | Json::Object(_),
            FieldType::Text
            | FieldType::Texts
            | FieldType::Number
            | FieldType::Flag
            | FieldType::Day
            | FieldType::Instant,
        ) => None,
    };
    let what = match ty {
        FieldType::Text => "text",
        FieldType::Texts => "list of texts",
        FieldType::Number => "number",
        FieldType::Flag => "yes or no",
        FieldType::Day => "day",
        FieldType::Instant => "instant",
    };
    read.map(Some)
        .ok_or_else(|| format!("`{json}` is no {what}"))
}

fn amount(text: &str) -> Option<Value> {
    text.parse().ok().map(Value::Amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{FIELDS, Field, fields_of};

    #[test]
    fn every_field_of_a_source_is_one_of_its_facts() {
        let named =
            |fields: &[Field], name: &str| fields.iter().find(|it| it.name == name).map(|it| it.ty);
        for source in SOURCES {
            let mut known: Vec<&Field> = Vec::new();
            for part in source.begins.iter().chain(source.ends) {
                let fields = fields_of(part.kind).unwrap_or_else(|| panic!("{}", part.kind));
                for key in part.key.iter().filter(|key| **key != "person") {
                    assert!(named(fields, key).is_some(), "{}.{key}", part.kind);
                }
                known.extend(fields);
            }
            for (name, ty) in source.fields.iter().filter(|(name, _)| *name != "person") {
                let found = known.iter().find(|it| it.name == *name).map(|it| it.ty);
                assert_eq!(found, Some(*ty), "{}.{name}", source.name);
            }
        }
    }

    #[test]
    fn every_fact_from_outside_can_be_measured() {
        let parts = SOURCES
            .iter()
            .flat_map(|it| it.begins.iter().chain(it.ends));
        let read: BTreeSet<_> = parts
            .map(|it| it.kind)
            .chain([CLASSIFIED, "fact.retracted"])
            .collect();
        for (kind, _) in FIELDS {
            let is_from_outside = crate::fact::FROM_OUTSIDE.contains(kind);
            assert!(!is_from_outside || read.contains(kind), "{kind}");
        }
    }
}
