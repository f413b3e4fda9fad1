//! Measures that were understood.

use super::Picks;
use super::compile::Names;
use super::condition::{field, limits_amounts};
use crate::document::Faults;
use crate::fact::FieldType;
use crate::program::document::{Condition, Having, Measure, Named, OneOrMany};
use crate::program::number::Number;
use crate::program::record::{self, SOURCES, Source, Value};
use crate::program::span::{Span, Unit, Window};

/// The field that says of which currency an amount is.
const CURRENCY: &str = "currency";
/// Fields that are amounts where their source tells currencies.
pub(super) const AMOUNTS: [&str; 2] = ["amount", "value"];
/// The attribute of a partner that is meant by the currency `partner`.
pub(in crate::program) const PARTNER: &str = "partner";
/// The longest list of weights, and the most lists.
const WEIGHTS: usize = 100;

/// What is made of the records that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::program) enum Aggregate {
    Count,
    /// Of these fields together.
    Distinct(Vec<usize>),
    Sum(usize),
    Average(usize),
    Median(usize),
    Largest(usize),
    Smallest(usize),
    Latest(usize),
}

impl Aggregate {
    /// The field whose numbers are looked at.
    pub(in crate::program) fn amount(&self) -> Option<usize> {
        match *self {
            Self::Count | Self::Distinct(_) => None,
            Self::Sum(field)
            | Self::Average(field)
            | Self::Median(field)
            | Self::Largest(field)
            | Self::Smallest(field)
            | Self::Latest(field) => Some(field),
        }
    }
}

/// In which currency amounts are told.
#[derive(Debug)]
pub(in crate::program) struct Owned {
    /// The field that says of which currency an amount is.
    pub(in crate::program) field: usize,
    /// The currency; the partner's own without it.
    pub(in crate::program) currency: Option<String>,
    /// Whether what is measured is told in it, and not limits alone.
    pub(in crate::program) tells: bool,
}

#[derive(Debug)]
pub(in crate::program) struct HavingRule {
    pub(in crate::program) aggregate: Aggregate,
    pub(in crate::program) per: Option<Unit>,
    pub(in crate::program) at_least: Number,
    /// The same in whole millionths.
    pub(in crate::program) millionths: i128,
}

/// A track of the program itself, as facts about standings name it.
#[derive(Debug)]
pub(in crate::program) struct OwnTrack {
    pub(in crate::program) program: Value,
    pub(in crate::program) track: Value,
}

#[derive(Debug)]
pub(in crate::program) struct MeasureRule {
    pub(in crate::program) source: usize,
    pub(in crate::program) aggregate: Aggregate,
    pub(in crate::program) picks: Picks,
    pub(in crate::program) during: Option<Window>,
    pub(in crate::program) started: Option<Window>,
    pub(in crate::program) ended: Option<Window>,
    pub(in crate::program) counts_for: Option<Span>,
    pub(in crate::program) still_for: Option<Span>,
    pub(in crate::program) since_tier: Option<OwnTrack>,
    pub(in crate::program) provisional_until_day: Option<u32>,
    pub(in crate::program) latest_per: Option<Vec<usize>>,
    pub(in crate::program) having: Option<HavingRule>,
    pub(in crate::program) weights: Vec<Vec<(Picks, Number)>>,
    pub(in crate::program) currency: Option<Owned>,
    pub(in crate::program) at_most_each: Option<(usize, Number)>,
}

impl MeasureRule {
    pub(super) fn understood(
        measure: &Measure,
        names: &Names<'_>,
        at: &str,
        faults: &mut Faults,
    ) -> Option<Self> {
        let Some(index) = record::source(&measure.of) else {
            let known: Vec<_> = SOURCES.iter().map(|it| it.name).collect();
            let message = format!(
                "Nothing called `{}` is measured; there are {}.",
                measure.of,
                known.join(", ")
            );
            faults.add("UNKNOWN_NAME", message, &format!("{at}.of"));
            return None;
        };
        let source = &SOURCES[index];
        let aggregate = aggregate(&Said::from(measure), source, at, faults)?;
        let having = having(measure, source, at, faults);
        let currency = currency(
            measure,
            source,
            &aggregate,
            having.as_ref(),
            names,
            at,
            faults,
        );
        let limits = currency.as_ref().and_then(|it| names.limits(it));
        let picks = |conditions: &Named<Condition>, at: &str, faults: &mut Faults| {
            Picks::understood(conditions, source, names, limits.as_ref(), at, faults)
        };
        let mut weights = Vec::new();
        faults.at_most(measure.weights.len(), WEIGHTS, &format!("{at}.weights"));
        for (n, list) in measure.weights.iter().enumerate() {
            faults.at_most(list.len(), WEIGHTS, &format!("{at}.weights.{n}"));
            let cases = list.iter().enumerate().map(|(m, weight)| {
                let at = format!("{at}.weights.{n}.{m}.where");
                (picks(&weight.conditions, &at, faults), weight.times.clone())
            });
            weights.push(cases.collect());
        }
        let takes_weights = matches!(aggregate, Aggregate::Count | Aggregate::Sum(_));
        if !(takes_weights || weights.is_empty() && measure.at_most_each.is_none()) {
            let message = if matches!(aggregate, Aggregate::Distinct(_)) {
                "Weights and limits of groups belong to a number of records or a sum: write \
                 `latestPer` instead of `distinct`, and each value counts once, as its latest record \
                 does."
            } else {
                "Weights and limits of groups belong to a number of records or a sum."
            };
            faults.add("MISFIT", message, at);
        }
        times(measure, source, names, at, faults);
        let at_most_each = measure.at_most_each.as_ref().and_then(|it| {
            let at = format!("{at}.atMostEach.field");
            let field = groups(source, &it.field, &at, faults)?;
            Some((field, it.amount.clone()))
        });
        Some(Self {
            source: index,
            aggregate,
            picks: picks(&measure.conditions, &format!("{at}.where"), faults),
            during: measure.during.clone(),
            started: measure.started.clone(),
            ended: measure.ended.clone(),
            counts_for: measure.counts_for,
            still_for: measure.still_for,
            since_tier: measure.since_tier.as_ref().map(|track| OwnTrack {
                program: Value::Text(names.slug().to_owned()),
                track: Value::Text(track.clone()),
            }),
            provisional_until_day: measure.provisional_until_day,
            currency,
            latest_per: measure
                .latest_per
                .as_ref()
                .and_then(|it| fields(it, source, &format!("{at}.latestPer"), faults)),
            having,
            weights,
            at_most_each,
        })
    }
}

/// What is wrong with when records count.
fn times(measure: &Measure, source: &Source, names: &Names<'_>, at: &str, faults: &mut Faults) {
    for (window, name) in [
        (&measure.during, "during"),
        (&measure.started, "started"),
        (&measure.ended, "ended"),
    ] {
        let Some(window) = window else { continue };
        super::compile::window(window, &format!("{at}.{name}"), faults);
        if name != "during" && !source.lasts {
            let message = format!("{} happen at an instant: write `during`.", source.name);
            faults.add("MISFIT", message, &format!("{at}.{name}"));
        }
    }
    if let Some(track) = &measure.since_tier {
        let at = format!("{at}.sinceTier");
        names.own_track(track, &at, faults);
        if source.lasts {
            let message =
                "This lasts; what begins anew with a tier is what happens, as deals and points do.";
            faults.add("MISFIT", message, &at);
        }
    }
    if measure.still_for.is_some() && !source.lasts {
        let message = format!("{} happen at an instant, and do not go on.", source.name);
        faults.add("MISFIT", message, &format!("{at}.stillFor"));
    }
    if measure.provisional_until_day.is_some_and(|day| day > 31) {
        faults.add(
            "OUT_OF_RANGE",
            "Between 0 and 31.",
            &format!("{at}.provisionalUntilDay"),
        );
    }
}

type Makes = fn(usize) -> Aggregate;

/// What can be made of one field, in the order in which [`Said`] has them.
const OF_ONE: [(&str, Makes); 6] = [
    ("sum", Aggregate::Sum),
    ("average", Aggregate::Average),
    ("median", Aggregate::Median),
    ("largest", Aggregate::Largest),
    ("smallest", Aggregate::Smallest),
    ("latest", Aggregate::Latest),
];

/// What a document says of what is made of records.
struct Said<'a> {
    distinct: Option<&'a OneOrMany>,
    of_one: [&'a Option<String>; 6],
}

impl<'a> From<&'a Measure> for Said<'a> {
    fn from(it: &'a Measure) -> Self {
        let of_one = [
            &it.sum,
            &it.average,
            &it.median,
            &it.largest,
            &it.smallest,
            &it.latest,
        ];
        Self {
            distinct: it.distinct.as_ref(),
            of_one,
        }
    }
}

impl<'a> From<&'a Having> for Said<'a> {
    fn from(it: &'a Having) -> Self {
        let of_one = [
            &it.sum,
            &it.average,
            &it.median,
            &it.largest,
            &it.smallest,
            &it.latest,
        ];
        Self {
            distinct: it.distinct.as_ref(),
            of_one,
        }
    }
}

fn aggregate(said: &Said<'_>, source: &Source, at: &str, faults: &mut Faults) -> Option<Aggregate> {
    let of_one = OF_ONE.iter().zip(said.of_one);
    let mut of_one: Vec<_> = of_one
        .filter_map(|((name, makes), field)| Some((*name, field.as_ref()?, makes)))
        .collect();
    let mut named: Vec<_> = of_one.iter().map(|(name, ..)| *name).collect();
    named.extend(said.distinct.map(|_| "distinct"));
    if named.len() > 1 {
        let message = format!("One of {}, not several.", named.join(", "));
        faults.add("MISFIT", message, at);
        return None;
    }
    if let Some(distinct) = said.distinct {
        let at = format!("{at}.distinct");
        return fields(distinct, source, &at, faults).map(Aggregate::Distinct);
    }
    let Some((name, wanted, makes)) = of_one.pop() else {
        return Some(Aggregate::Count);
    };
    let at = format!("{at}.{name}");
    let field = field(source, wanted, &at, faults)?;
    if source.fields[field].1 != FieldType::Number {
        faults.add("MISFIT", format!("`{wanted}` is no number."), &at);
    }
    Some(makes(field))
}

/// The places of fields that are looked at together.
fn fields(named: &OneOrMany, source: &Source, at: &str, faults: &mut Faults) -> Option<Vec<usize>> {
    let values = named.values();
    if values.is_empty() {
        faults.add("REQUIRED", "Name at least one field.", at);
    }
    faults.distinct(values.iter(), at);
    let places = values.iter().map(|name| groups(source, name, at, faults));
    places.collect()
}

/// The place of a field by which records are told apart.
fn groups(source: &Source, name: &str, at: &str, faults: &mut Faults) -> Option<usize> {
    let field = field(source, name, at, faults)?;
    if source.fields[field].1 == FieldType::Texts {
        let message = format!(
            "`{name}` may say several at once: name in a `where` which of them is meant, in a measure \
             for each."
        );
        faults.add("MISFIT", message, at);
    }
    Some(field)
}

fn having(measure: &Measure, source: &Source, at: &str, faults: &mut Faults) -> Option<HavingRule> {
    let having = measure.having.as_ref()?;
    let at = format!("{at}.having");
    if measure.distinct.is_none() {
        let message = "Say with `distinct` of which field the values are grouped.";
        faults.add("MISFIT", message, &at);
    }
    Some(HavingRule {
        aggregate: aggregate(&Said::from(having), source, &at, faults)?,
        per: having.per,
        at_least: having.at_least.clone(),
        millionths: having.at_least.up_to_millionths(),
    })
}

fn currency(
    measure: &Measure,
    source: &Source,
    aggregate: &Aggregate,
    having: Option<&HavingRule>,
    names: &Names<'_>,
    at: &str,
    faults: &mut Faults,
) -> Option<Owned> {
    let place = source.fields.iter().position(|(name, _)| *name == CURRENCY);
    let amount = aggregate
        .amount()
        .or_else(|| having.and_then(|it| it.aggregate.amount()));
    let is_money = amount.is_some_and(|field| AMOUNTS.contains(&source.fields[field].0));
    let weights = measure.weights.iter().flatten().map(|it| &it.conditions);
    let limits = std::iter::once(&measure.conditions)
        .chain(weights)
        .any(limits_amounts);
    // What else is measured may have no currency at all.
    let may_be_none = source.name == "measures";
    match (&measure.currency, place) {
        (None, Some(_)) if (is_money || limits) && !may_be_none => {
            let message = "Amounts are of several currencies: say in which they are told, or `partner` for the partner's own.";
            faults.add("REQUIRED", message, &format!("{at}.currency"));
            None
        }
        (None, _) => None,
        (Some(currency), Some(field)) if is_money || limits => {
            let at = format!("{at}.currency");
            if currency != PARTNER {
                names.currency(currency, &at, faults);
            } else if limits {
                let message = "Limits of amounts are the same for all partners: say in which currency they are.";
                faults.add("MISFIT", message, &at);
            }
            let currency = (currency != PARTNER).then(|| currency.clone());
            Some(Owned {
                field,
                currency,
                tells: is_money,
            })
        }
        (Some(_), _) => {
            let message = "Nothing here is an amount of money.";
            faults.add("MISFIT", message, &format!("{at}.currency"));
            None
        }
    }
}
