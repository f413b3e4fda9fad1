//! Rules: a document that was understood as a whole, ready to be applied.
//!
//! Every name is resolved here, every fault is told at once with its path, and what waits for
//! itself is refused; so that applying rules cannot fail, whatever the facts.

mod compile;
mod condition;
mod measure;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

pub(super) use self::compile::own_value;
pub(super) use self::condition::Picks;
pub(super) use self::measure::{Aggregate, HavingRule, MeasureRule, OwnTrack, PARTNER};
use super::document::{Document, Text};
use super::formula::Formula;
use super::number::Number;
use super::span::{Calendar, Span, Unit, Window};
use crate::digest;
use crate::document::Faults;
use crate::error::Result;

/// The codes of the refusals of a document.
pub const CODES: &[&str] = &[
    "INVALID_YAML",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "INVALID_TEXT",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "INVALID_ZONE",
    "INVALID_FORMULA",
    "INVALID_VALUE",
    "DUPLICATE",
    "UNKNOWN_NAME",
    "CYCLE",
    "MISFIT",
    "OUT_OF_RANGE",
    "TEST_FAILED",
];

/// A document that was understood.
#[derive(Debug)]
pub struct Rules {
    /// What was understood.
    pub document: Document,
    /// Its name: what it says, hashed. Two documents that say the same have the same.
    pub hash: String,
    /// In which zone its days begin, and on which day a year.
    pub calendar: Calendar,
    pub(super) metrics: Vec<MetricRule>,
    pub(super) names: Vec<String>,
    /// The metrics that each metric is made of.
    pub(super) parts: Vec<Vec<usize>>,
    pub(super) tracks: Vec<TrackRule>,
    pub(super) exchange: HashMap<String, Number>,
    pub(super) sources: BTreeSet<usize>,
}

#[derive(Debug)]
pub(super) struct MetricRule {
    pub(super) way: Way,
    pub(super) otherwise: Option<Number>,
}

/// How a metric is come by.
#[derive(Debug)]
pub(super) enum Way {
    Measure(Box<MeasureRule>),
    Formula(Formula<usize>),
    Points(PointsRule),
    Steps(StepsRule),
    Seats(SeatsRule),
    Counted(CountedRule),
    Best(Vec<usize>),
    /// The sum of so many of the highest.
    BestOf(usize, Vec<usize>),
    Least(Vec<usize>),
    Total(Vec<usize>),
    /// Metrics and their weights.
    Mean(Vec<(usize, Number)>),
    Cases(Vec<(Option<Need>, NumberOr)>),
    Bands(usize, Vec<(Number, Number)>),
    Earlier(usize, Span),
    Value(Bound),
    NotApplicable(Text),
}

#[derive(Debug)]
pub(super) struct PointsRule {
    pub(super) of: usize,
    pub(super) each: Number,
    pub(super) per: Number,
    pub(super) whole: bool,
    pub(super) at_most: Option<Number>,
    pub(super) at_least: Number,
}

#[derive(Debug)]
pub(super) struct StepsRule {
    pub(super) of: Vec<StepRule>,
    pub(super) at_most: Option<Number>,
}

#[derive(Debug)]
pub(super) struct StepRule {
    pub(super) metric: usize,
    pub(super) needs: Number,
    pub(super) each: Number,
    pub(super) at_most: Option<Number>,
}

/// Seats that are to be filled.
#[derive(Debug)]
pub(super) struct SeatsRule {
    /// Of each line the measure that counts who may sit there, and how many seats it has.
    pub(super) lines: Vec<(usize, usize)>,
    /// On how many lines one may sit.
    pub(super) each: usize,
}

/// Measures of which some count what others do.
#[derive(Debug)]
pub(super) struct CountedRule {
    pub(super) any: Vec<usize>,
    pub(super) each: Vec<usize>,
    pub(super) none: Vec<usize>,
}

/// A number, a metric, or one by an attribute of the partner.
#[derive(Debug)]
pub(super) enum Bound {
    One(NumberOr),
    By {
        attribute: String,
        values: BTreeMap<String, NumberOr>,
        otherwise: Option<NumberOr>,
    },
}

#[derive(Debug)]
pub(super) enum NumberOr {
    Number(Number),
    Metric(usize),
    NotApplicable,
}

/// How a metric is held against its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Comparison {
    /// This or more.
    AtLeast,
    /// More than this.
    Above,
    /// This or less.
    AtMost,
    /// Less than this.
    Below,
}

/// A requirement that was understood.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) name: Option<Text>,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Metric {
        metric: usize,
        comparison: Comparison,
        limit: Bound,
    },
    Partner(Vec<(String, BTreeSet<String>)>),
    /// On each of these tracks this tier or a higher one is earned.
    Tier(Vec<(usize, usize)>),
    All(Vec<Need>),
    Some(usize, Vec<Need>),
    Every {
        of: Vec<usize>,
        at_least: Number,
    },
    Days(DaysRule),
}

/// What holds on days.
#[derive(Debug)]
pub(super) struct DaysRule {
    pub(super) on: Days,
    pub(super) requires: Vec<Need>,
}

/// On which days.
#[derive(Debug)]
pub(super) enum Days {
    /// On at least one of a window.
    Any(Window),
    /// On every one of a window.
    Every(Window),
    /// On at least so many of those at which the last full stretches of the calendar ended.
    Ends { of: Unit, last: u32, count: usize },
}

impl DaysRule {
    /// The days before another that are looked at from an instant on: each of a window, and of the ends of
    /// stretches these alone.
    pub(super) fn looked_at(
        &self,
        calendar: &Calendar,
        from: DateTime<Utc>,
        until: NaiveDate,
    ) -> Vec<NaiveDate> {
        match &self.on {
            Days::Any(window) | Days::Every(window) => {
                let first = calendar.day(calendar.range(window, from).from);
                first.iter_days().take_while(|day| *day < until).collect()
            }
            Days::Ends { of, last, .. } => {
                let first = calendar.ends_before(*of, *last, calendar.day(from)).last();
                let ends = calendar.ends_before(*of, u32::MAX, until);
                let seen = |day: &NaiveDate| first.is_none_or(|first| *day >= first);
                ends.take_while(seen).collect()
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct TrackRule {
    pub(super) partner: Vec<(String, BTreeSet<String>)>,
    pub(super) tiers: Vec<TierRule>,
    /// The places of this track and of all whose tiers it waits for.
    pub(super) together: Vec<usize>,
}

impl TrackRule {
    fn needs(&self) -> impl Iterator<Item = &Need> {
        let tiers = self.tiers.iter();
        tiers.flat_map(|it| it.requires.iter().chain(&it.keeps))
    }
}

#[derive(Debug)]
pub(super) struct TierRule {
    pub(super) requires: Vec<Need>,
    /// What is enough to keep it; what it requires where this is empty.
    pub(super) keeps: Vec<Need>,
}

impl TierRule {
    /// Whether it is earned by other tiers, too.
    pub(super) fn asks_for_tiers(&self) -> bool {
        self.requires.iter().any(Need::asks_for_tiers)
    }
}

impl Need {
    /// The requirements of days in it.
    fn days(&self) -> Vec<&DaysRule> {
        match &self.what {
            What::Metric { .. } | What::Partner(_) | What::Tier(_) | What::Every { .. } => {
                Vec::new()
            }
            What::All(needs) | What::Some(_, needs) => needs.iter().flat_map(Need::days).collect(),
            What::Days(days) => vec![days],
        }
    }

    fn asks_for_tiers(&self) -> bool {
        match &self.what {
            What::Tier(_) => true,
            What::All(needs) | What::Some(_, needs) => needs.iter().any(Self::asks_for_tiers),
            // Tiers are asked for neither by metrics nor on days.
            What::Metric { .. } | What::Partner(_) | What::Every { .. } | What::Days(_) => false,
        }
    }

    /// The tiers of tracks that it looks at: the place of each track, and that of the tier on it.
    fn tiers(&self) -> Vec<(usize, usize)> {
        match &self.what {
            What::Metric { .. } | What::Partner(_) | What::Every { .. } => Vec::new(),
            What::Tier(tiers) => tiers.clone(),
            What::All(needs)
            | What::Some(_, needs)
            | What::Days(DaysRule {
                requires: needs, ..
            }) => needs.iter().flat_map(Need::tiers).collect(),
        }
    }
}

/// The metrics that requirements look at, each once.
pub(super) fn asked<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Vec<usize> {
    let mut asked = Vec::new();
    for need in needs {
        need.metrics(&mut asked);
    }
    asked.sort_unstable();
    asked.dedup();
    asked
}

impl Rules {
    /// Understands a document.
    ///
    /// # Errors
    /// Every fault, with its path.
    pub fn new(document: Document) -> Result<Self> {
        let mut faults = Faults::default();
        let understood = compile::understood(&document, &mut faults);
        faults.result()?;
        let hash = digest::hex(&digest::plain(&serde_json::to_string(&document)?));
        let names = document.metrics.keys().cloned().collect();
        Ok(Self {
            hash,
            names,
            calendar: understood.calendar,
            parts: understood
                .metrics
                .iter()
                .map(|it| it.way.metrics())
                .collect(),
            metrics: understood.metrics,
            tracks: understood.tracks,
            exchange: understood.exchange,
            sources: understood.sources,
            document,
        })
    }

    /// The same from YAML.
    ///
    /// # Errors
    /// `INVALID_YAML` with line and column, or every fault with its path.
    pub fn from_yaml(text: &str) -> Result<Self> {
        Self::new(Document::from_yaml(text)?)
    }

    /// What the rules read of facts.
    #[must_use]
    pub fn sources(&self) -> &BTreeSet<usize> {
        &self.sources
    }

    /// All requirements of days.
    pub(super) fn days(&self) -> impl Iterator<Item = &DaysRule> {
        self.needs().flat_map(Need::days)
    }

    /// All that tiers ask for.
    pub(super) fn needs(&self) -> impl Iterator<Item = &Need> {
        self.tracks.iter().flat_map(TrackRule::needs)
    }

    /// The metrics that requirements look at, and all that those are made of.
    pub(super) fn behind<'a>(&self, needs: impl IntoIterator<Item = &'a Need>) -> BTreeSet<usize> {
        let mut open = Vec::new();
        let mut tracks = Vec::new();
        let mut look = |need: &Need, tracks: &mut Vec<usize>| {
            need.metrics(&mut open);
            tracks.extend(need.tiers().into_iter().map(|(track, _)| track));
        };
        for need in needs {
            look(need, &mut tracks);
        }
        let mut seen = BTreeSet::new();
        while let Some(track) = tracks.pop() {
            let of = self.tracks.get(track).filter(|_| seen.insert(track));
            for need in of.into_iter().flat_map(TrackRule::needs) {
                look(need, &mut tracks);
            }
        }
        self.with_parts(open)
    }

    /// These metrics, and all that they are made of.
    pub(super) fn with_parts(&self, mut open: Vec<usize>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        while let Some(metric) = open.pop() {
            if found.insert(metric) {
                open.extend(&self.parts[metric]);
            }
        }
        found
    }

    /// The places of metrics by their names.
    pub(super) fn places<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<usize> {
        let places = names.into_iter().map(|name| self.place(name));
        places.flatten().collect()
    }

    /// The place of a metric by its name; none where there is none.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|it| it == name)
    }

    /// The local day of an instant.
    #[must_use]
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        self.calendar.day(at)
    }

    /// The first day of the quarter that a day lies in.
    #[must_use]
    pub fn start_of_quarter(&self, day: NaiveDate) -> NaiveDate {
        self.calendar.start_of(Unit::Quarter, day)
    }

    /// The end of a local day: its last instant.
    #[must_use]
    pub fn end_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let next = day.succ_opt().unwrap_or(day);
        self.calendar.midnight(next) - chrono::TimeDelta::nanoseconds(1)
    }
}
