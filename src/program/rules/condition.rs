//! Which records are meant.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::Names;
use super::measure::AMOUNTS;
use crate::document::Faults;
use crate::fact::{Amount, FieldType, fields_of};
use crate::money::Currency;
use crate::program::document::{Condition, FieldTest, Named, Scalar};
use crate::program::evaluate::Profile;
use crate::program::number::Number;
use crate::program::record::{Record, STANDINGS, Source, Value};

/// Tests of fields; all of them hold for what is meant.
#[derive(Debug, Default)]
pub(in crate::program) struct Picks(Vec<(usize, Test)>);

#[derive(Debug)]
enum Test {
    Among(BTreeSet<Value>),
    NotAmong(BTreeSet<Value>),
    Within(Range),
    /// Of which currency an amount is, and between which amounts of each it has to be.
    Money(usize, BTreeMap<String, Range>),
    /// Days, the last not in it.
    Days(Option<Value>, Option<Value>),
    Told(bool),
    /// The same as that of the partner.
    OfPartner(&'static str),
}

/// What a partner is that no fact tells, and so always was.
const OWN: [&str; 3] = ["kind", "region", "country"];

/// Millionths, both ends in it.
#[derive(Debug)]
struct Range {
    least: Option<i128>,
    most: Option<i128>,
}

impl Range {
    /// What a test asks for, times so much.
    fn of(test: &FieldTest, times: &Number) -> Self {
        let times = |limit: &Option<Number>| limit.as_ref().map(|it| it * times);
        let least = [
            times(&test.at_least).map(|it| it.up_to_millionths()),
            times(&test.above).map(|it| it.down_to_millionths() + 1),
        ];
        let most = [
            times(&test.at_most).map(|it| it.down_to_millionths()),
            times(&test.below).map(|it| it.up_to_millionths() - 1),
        ];
        Self {
            least: least.into_iter().flatten().max(),
            most: most.into_iter().flatten().min(),
        }
    }

    fn holds(&self, value: Option<&Value>) -> bool {
        match value {
            Some(Value::Amount(amount)) => {
                let parts = amount.millionths();
                self.least.is_none_or(|least| parts >= least)
                    && self.most.is_none_or(|most| parts <= most)
            }
            None | Some(Value::Text(_) | Value::Texts(_) | Value::Flag(_) | Value::Day(_)) => false,
        }
    }
}

/// In which currency limits of amounts are: the field that says of which an amount is, and how many of
/// each currency that one is worth.
pub(super) struct Limits {
    pub(super) field: usize,
    pub(super) worth: BTreeMap<String, Number>,
}

/// Whether any of these limits is one of an amount of money. None and nothing are the same in every
/// currency.
pub(super) fn limits_amounts(conditions: &Named<Condition>) -> bool {
    let mut tests = conditions.iter().filter_map(|(name, condition)| {
        let Condition::Test(test) = condition else {
            return None;
        };
        AMOUNTS.contains(&name.as_str()).then_some(test)
    });
    tests.any(|test| {
        bounds(test)
            .into_iter()
            .flatten()
            .any(|it| *it != Number::zero())
    })
}

fn bounds(test: &FieldTest) -> [Option<&Number>; 4] {
    [&test.at_least, &test.above, &test.at_most, &test.below].map(Option::as_ref)
}

impl Picks {
    /// Whether a record of such a partner is meant.
    pub(in crate::program) fn fit(&self, record: &Record, partner: &Profile) -> bool {
        self.0
            .iter()
            .all(|(field, test)| test.holds(record.fields[*field].as_ref(), record, partner))
    }

    pub(super) fn understood(
        conditions: &Named<Condition>,
        source: &Source,
        names: &Names<'_>,
        limits: Option<&Limits>,
        at: &str,
        faults: &mut Faults,
    ) -> Self {
        if source.name == STANDINGS {
            names.standings(conditions, at, faults);
        }
        let mut picks = Vec::new();
        for (name, condition) in conditions {
            let at = format!("{at}.{name}");
            let Some(field) = field(source, name, &at, faults) else {
                continue;
            };
            let ty = source.fields[field].1;
            let choices = choices(source, name);
            let read = |scalars: &[Scalar], at: &str, faults: &mut Faults| {
                let read = scalars.iter().filter_map(|it| {
                    let value = value(it, ty, at, faults)?;
                    one_of(&value, &choices, at, faults);
                    if is_currency(source, name) {
                        currency(&value, at, faults);
                    }
                    Some(value)
                });
                read.collect::<BTreeSet<_>>()
            };
            match condition {
                Condition::Is(scalar) => {
                    let one = read(std::slice::from_ref(scalar), &at, faults);
                    picks.push((field, Test::Among(one)));
                }
                Condition::OneOf(scalars) => {
                    if scalars.is_empty() {
                        faults.add("REQUIRED", "Name at least one value.", &at);
                    }
                    picks.push((field, Test::Among(read(scalars, &at, faults))));
                }
                Condition::Test(test) => {
                    tests(test, field, ty, names, &at, faults, &mut picks);
                    if bounds(test).iter().any(Option::is_some) {
                        let limits = limits.filter(|_| AMOUNTS.contains(&name.as_str()));
                        picks.push((field, bounded(test, ty, limits, &at, faults)));
                    }
                    if !test.not.is_empty() {
                        picks.push((field, Test::NotAmong(read(&test.not, &at, faults))));
                    }
                }
            }
        }
        Self(picks)
    }
}

fn tests(
    test: &FieldTest,
    field: usize,
    ty: FieldType,
    names: &Names<'_>,
    at: &str,
    faults: &mut Faults,
    picks: &mut Vec<(usize, Test)>,
) {
    if *test == FieldTest::default() {
        faults.add("REQUIRED", "Say what the field has to be.", at);
    }
    for (list, among) in [(&test.list, true), (&test.not_in, false)] {
        let Some(list) = list else { continue };
        let values = names.list(list, at, faults).iter();
        let values = values.map(|it| Value::Text(it.clone())).collect();
        if !matches!(ty, FieldType::Text | FieldType::Texts) {
            faults.add("MISFIT", "A list is of words, and this field is not.", at);
        }
        picks.push((
            field,
            if among {
                Test::Among(values)
            } else {
                Test::NotAmong(values)
            },
        ));
    }
    if test.since.is_some() || test.before.is_some() {
        if ty != FieldType::Day {
            faults.add("MISFIT", "Only a day is before or after another.", at);
        }
        picks.push((
            field,
            Test::Days(test.since.map(Value::Day), test.before.map(Value::Day)),
        ));
    }
    if let Some(told) = test.told {
        picks.push((field, Test::Told(told)));
    }
    if let Some(attribute) = &test.of_partner {
        let at = format!("{at}.ofPartner");
        if !matches!(ty, FieldType::Text | FieldType::Texts) {
            faults.add(
                "MISFIT",
                "What a partner is is a word, and this field is not.",
                &at,
            );
        }
        match OWN.into_iter().find(|own| own == attribute) {
            Some(own) => picks.push((field, Test::OfPartner(own))),
            None => faults.unknown("UNKNOWN_NAME", "attribute", attribute, OWN, &at),
        }
    }
}

/// That a number is within limits; of an amount, limits of its own currency.
fn bounded(
    test: &FieldTest,
    ty: FieldType,
    limits: Option<&Limits>,
    at: &str,
    faults: &mut Faults,
) -> Test {
    if ty != FieldType::Number {
        faults.add("MISFIT", "Only a number is more or less than another.", at);
    }
    let Some(limits) = limits else {
        return Test::Within(Range::of(test, &1_i64.into()));
    };
    let each = limits.worth.iter();
    let each = each.map(|(currency, worth)| (currency.clone(), Range::of(test, worth)));
    Test::Money(limits.field, each.collect())
}

/// The place of a field in the records of a source.
pub(super) fn field(source: &Source, name: &str, at: &str, faults: &mut Faults) -> Option<usize> {
    let place = source.fields.iter().position(|(field, _)| *field == name);
    if place.is_none() {
        let known: Vec<_> = source.fields.iter().map(|(name, _)| *name).collect();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        let message = format!(
            "{} have no field `{name}`; there are: {known}.",
            source.name
        );
        faults.add("UNKNOWN_NAME", message, at);
    }
    place
}

/// The words of which a field says one, where it does not say any.
fn choices(source: &Source, name: &str) -> Vec<&'static str> {
    let kinds = source.begins.iter().filter_map(|it| fields_of(it.kind));
    let of = kinds.flatten().filter(|it| it.name == name);
    of.flat_map(|it| it.choices).copied().collect()
}

/// Whether a field tells a currency.
fn is_currency(source: &Source, name: &str) -> bool {
    let kinds = source.begins.iter().filter_map(|it| fields_of(it.kind));
    kinds.flatten().any(|it| it.name == name && it.is_currency)
}

fn currency(value: &Value, at: &str, faults: &mut Faults) {
    if let Value::Text(word) = value
        && Currency::try_from(word.clone()).is_err()
    {
        let message = format!("`{word}` is no currency: write three capital letters, such as EUR.");
        faults.add("INVALID_VALUE", message, at);
    }
}

fn one_of(value: &Value, choices: &[&str], at: &str, faults: &mut Faults) {
    if let Value::Text(word) = value
        && !choices.is_empty()
        && !choices.contains(&word.as_str())
    {
        let message = format!("`{word}` is none of {}.", choices.join(", "));
        faults.add("INVALID_VALUE", message, at);
    }
}

fn value(scalar: &Scalar, ty: FieldType, at: &str, faults: &mut Faults) -> Option<Value> {
    let value = match (scalar, ty) {
        (Scalar::Text(text), FieldType::Text | FieldType::Texts) => Some(Value::Text(text.clone())),
        (Scalar::Whole(number), FieldType::Text | FieldType::Texts) => {
            Some(Value::Text(number.to_string()))
        }
        (Scalar::Whole(number), FieldType::Number) => Some(Value::Amount(Amount::from(*number))),
        (Scalar::Text(text), FieldType::Number) => text.parse().ok().map(Value::Amount),
        (Scalar::Flag(flag), FieldType::Flag) => Some(Value::Flag(*flag)),
        (Scalar::Text(text), FieldType::Day) => text.parse().ok().map(Value::Day),
        (Scalar::Flag(_) | Scalar::Whole(_) | Scalar::Text(_), _) => None,
    };
    if value.is_none() {
        let wanted = match ty {
            FieldType::Text | FieldType::Texts => "a word",
            FieldType::Number => "a number",
            FieldType::Flag => "yes or no: true or false",
            FieldType::Day | FieldType::Instant => "a day such as 2027-01-31",
        };
        faults.add("INVALID_VALUE", format!("This field is {wanted}."), at);
    }
    value
}

/// Whether a field says one of these; of several texts, whether one of them is.
fn says_one(value: &Value, among: &BTreeSet<Value>) -> bool {
    match value {
        Value::Texts(texts) => among.iter().any(|it| match it {
            Value::Text(text) => texts.contains(text),
            Value::Texts(_) | Value::Amount(_) | Value::Flag(_) | Value::Day(_) => false,
        }),
        Value::Text(_) | Value::Amount(_) | Value::Flag(_) | Value::Day(_) => among.contains(value),
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>, record: &Record, partner: &Profile) -> bool {
        match self {
            Self::OfPartner(attribute) => {
                let own = partner.get(*attribute).map(|it| Value::Text(it.clone()));
                own.is_some_and(|own| value.is_some_and(|it| says_one(it, &[own].into())))
            }
            Self::Among(values) => value.is_some_and(|it| says_one(it, values)),
            Self::NotAmong(values) => value.is_none_or(|it| !says_one(it, values)),
            Self::Within(range) => range.holds(value),
            Self::Money(field, ranges) => match &record.fields[*field] {
                // What is of a currency that nobody knows is left out, and named, where it is measured.
                Some(Value::Text(currency)) => {
                    let range = ranges.get(currency);
                    range.is_none_or(|range| range.holds(value))
                }
                None
                | Some(Value::Amount(_) | Value::Texts(_) | Value::Flag(_) | Value::Day(_)) => true,
            },
            Self::Days(since, before) => value.is_some_and(|day| {
                since.as_ref().is_none_or(|since| day >= since)
                    && before.as_ref().is_none_or(|before| day < before)
            }),
            Self::Told(told) => value.is_some() == *told,
        }
    }
}
