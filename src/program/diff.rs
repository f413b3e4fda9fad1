//! What changes from one version of a program to another, and for whom.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::document::{
    Benefit, BenefitValue, Dates, Document, Falls, Limit, Lost, Metric, NumberOrName, Requirement,
    Tier, TierBenefit, TierReview, Track,
};
use super::number::Number;
use super::span::{MonthDay, Span};

/// For whom a change is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Favours {
    /// Nobody is worse off by it.
    Partners,
    /// Nobody is better or worse off.
    Nobody,
    /// No partner is better off by it, and some may be worse off.
    Vendor,
    /// Some may be better off and others worse, or it cannot be told from the documents alone.
    Unclear,
}

impl Favours {
    /// For whom it is, by whether it is sure that nobody is worse off, and that nobody is better off.
    fn told(is_good: bool, is_bad: bool) -> Self {
        if is_good {
            Self::Partners
        } else if is_bad {
            Self::Vendor
        } else {
            Self::Unclear
        }
    }
}

/// A change: data, which [`super::words::change`] puts into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<'d> {
    /// What changes.
    pub what: What<'d>,
    /// For whom it is good.
    pub favours: Favours,
}

/// What changes. What is no more is of the old document, everything else of the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What<'d> {
    /// A track.
    Track(&'d Track, OfTrack<'d>),
    /// A tier of a track.
    Tier(&'d Track, &'d Tier, OfTier<'d>),
    /// A metric, by its key.
    Metric(&'d str, OfMetric<'d>),
    /// A list, by its name.
    List(&'d str, OfList<'d>),
    /// What holds for the whole program.
    Setting(Setting<'d>),
}

/// What changes of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfTrack<'d> {
    /// It is new.
    Begins,
    /// It is no more.
    Ends,
    /// It is for other partners.
    Partners,
    /// Its tiers ask for what those below them ask, too; or do not do so any more.
    Cumulates(bool),
    /// When it is decided who goes up.
    Promotions(Turned<&'d Dates>),
    /// When it is decided who goes down.
    Demotions(Turned<&'d Dates>),
    /// How long before it may go down a partner is warned.
    Warning(Turned<Span>),
    /// How long a partner keeps a tier after the day on which it would have gone down.
    Grace(Turned<Span>),
    /// When a tier is lost whose time of grace is over.
    Lost(Turned<Lost>),
    /// How far a partner goes down.
    Falls(Turned<Falls>),
    /// In which order its tiers stand.
    Order,
}

/// What was, and what is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turned<T> {
    /// What was.
    pub before: T,
    /// What is.
    pub after: T,
}

impl<T: PartialEq> Turned<T> {
    fn new(before: T, after: T) -> Option<Self> {
        (before != after).then_some(Self { before, after })
    }
}

/// What changes of a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfTier<'d> {
    /// It is new.
    Begins,
    /// It is no more.
    Ends,
    /// It asks for this, too.
    Asks(&'d Requirement),
    /// It does not ask for this any more.
    AsksNoMore(&'d Requirement),
    /// It asks for the same otherwise.
    AsksOtherwise {
        /// What it asked for.
        before: &'d Requirement,
        /// What it asks for.
        after: &'d Requirement,
    },
    /// Something else is enough to keep it.
    Keeps {
        /// What was enough; what it requires where this is empty.
        before: &'d [Requirement],
        /// What is enough; what it requires where this is empty.
        after: &'d [Requirement],
    },
    /// It brings something else.
    Brings {
        /// The benefit, by its key.
        benefit: &'d str,
        /// How much it brought.
        before: Option<&'d TierBenefit>,
        /// How much it brings.
        after: Option<&'d TierBenefit>,
    },
    /// How long before it may go down from it a partner is warned.
    Warning(Turned<Span>),
    /// How long a partner keeps it after the day on which it would have gone down.
    Grace(Turned<Span>),
    /// When it is decided who goes up to it.
    Promotions(Turned<&'d Dates>),
    /// When it is decided who goes down from it.
    Demotions(Turned<&'d Dates>),
    /// When it is lost after grace.
    Lost(Turned<Lost>),
    /// How far a partner goes down from it.
    Falls(Turned<Falls>),
}

/// What changes of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfMetric<'d> {
    /// It is new.
    Begins,
    /// It is no more.
    Ends,
    /// It is measured otherwise.
    Measured(Turned<&'d Metric>),
}

/// What changes of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfList<'d> {
    /// It names these, too.
    Names(Vec<&'d str>),
    /// It does not name these any more.
    NamesNoMore(Vec<&'d str>),
}

/// What changes of what holds for the whole program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting<'d> {
    /// What a benefit is called.
    BenefitName(Turned<&'d Benefit>),
    /// Of what kind the values of a benefit are.
    BenefitKind(Turned<&'d Benefit>),
    /// The currency of the table of exchange; none where there is no table.
    Currency(Turned<Option<&'d str>>),
    /// What one unit of a currency is worth in it; none where the table does not know it.
    Rate(&'d str, Turned<Option<&'d Number>>),
    /// How long changes are announced before they count.
    Notice(Turned<Span>),
    /// The same of changes by which nobody is worse off.
    FavourableNotice(Turned<Span>),
    /// How long after a decision partners may appeal.
    AppealsWithin(Turned<Span>),
    /// How soon an appeal is answered.
    AppealsAnswered(Turned<Span>),
    /// The zone in which days begin.
    Zone(Turned<&'d str>),
    /// The day on which a year begins.
    YearStart(Turned<MonthDay>),
}

/// What changes from one document to another.
#[must_use]
pub fn changes<'d>(old: &'d Document, new: &'d Document) -> Vec<Change<'d>> {
    let mut found = Changes {
        old,
        new,
        found: Vec::new(),
    };
    found.tracks();
    found.metrics();
    found.rest();
    found.found
}

/// Whether nobody is worse off by any of the changes.
#[must_use]
pub fn favours_partners(changes: &[Change<'_>]) -> bool {
    let favourable = [Favours::Partners, Favours::Nobody];
    changes.iter().all(|it| favourable.contains(&it.favours))
}

struct Changes<'d> {
    old: &'d Document,
    new: &'d Document,
    found: Vec<Change<'d>>,
}

impl<'d> Changes<'d> {
    fn add(&mut self, favours: Favours, what: What<'d>) {
        self.found.push(Change { what, favours });
    }

    fn tracks(&mut self) {
        let (old, new) = (self.old, self.new);
        for track in &old.tracks {
            if new.track(&track.key).is_none() {
                self.add(Favours::Vendor, What::Track(track, OfTrack::Ends));
            }
        }
        for track in &new.tracks {
            match old.track(&track.key) {
                None => self.add(Favours::Partners, What::Track(track, OfTrack::Begins)),
                Some(before) => self.track(before, track),
            }
        }
    }

    fn track(&mut self, old: &'d Track, new: &'d Track) {
        let track = |of| What::Track(new, of);
        if old.partner != new.partner {
            self.add(Favours::Unclear, track(OfTrack::Partners));
        }
        if old.cumulative != new.cumulative {
            let favours = Favours::told(!new.cumulative, new.cumulative);
            self.add(favours, track(OfTrack::Cumulates(new.cumulative)));
        }
        self.review(old, new);
        let gone = old.tiers.iter().filter(|it| new.tier(&it.key).is_none());
        for tier in gone {
            self.add(Favours::Unclear, What::Tier(new, tier, OfTier::Ends));
        }
        for tier in &new.tiers {
            match old.tier(&tier.key) {
                None => self.add(Favours::Unclear, What::Tier(new, tier, OfTier::Begins)),
                Some(before) => {
                    self.tier(new, before, tier);
                    self.tier_review([old, new], before, tier);
                }
            }
        }
        let common = |of: &'d Track, other: &Track| -> Vec<&'d str> {
            let tiers = of.tiers.iter().map(|it| it.key.as_str());
            tiers.filter(|key| other.tier(key).is_some()).collect()
        };
        if common(old, new) != common(new, old) {
            self.add(Favours::Unclear, track(OfTrack::Order));
        }
    }

    /// When standings change: later, and less far, is good for whoever goes down.
    fn review(&mut self, old: &'d Track, new: &'d Track) {
        let (before, after) = (&old.review, &new.review);
        let mut add = |favours, of| self.add(favours, What::Track(new, of));
        if let Some(dates) = Turned::new(&before.promotion, &after.promotion) {
            add(sooner(dates), OfTrack::Promotions(dates));
        }
        if let Some(dates) = Turned::new(&before.demotion, &after.demotion) {
            add(later(dates), OfTrack::Demotions(dates));
        }
        if let Some(spans) = Turned::new(before.warned(), after.warned()) {
            add(longer(spans), OfTrack::Warning(spans));
        }
        if let Some(spans) = Turned::new(before.graced(), after.graced()) {
            add(longer(spans), OfTrack::Grace(spans));
        }
        if let Some(lost) = Turned::new(before.lost(), after.lost()) {
            add(kept_longer(lost), OfTrack::Lost(lost));
        }
        if let Some(falls) = Turned::new(before.falls(), after.falls()) {
            add(less_far(falls), OfTrack::Falls(falls));
        }
    }

    /// The same of a tier that has, or had, something of its own.
    fn tier_review(&mut self, tracks: [&'d Track; 2], old: &'d Tier, new: &'d Tier) {
        let key = Some(new.key.as_str());
        let own = [old, new].map(|it| it.review.as_ref());
        let has = |of: fn(&TierReview) -> bool| own.iter().flatten().any(|it| of(it));
        let [before, after] = tracks;
        let mut add = |favours, of| self.add(favours, What::Tier(after, new, of));
        let dates = Turned::new(before.promotes(&new.key), after.promotes(&new.key));
        if let Some(dates) = dates.filter(|_| has(|it| it.promotion.is_some())) {
            add(sooner(dates), OfTier::Promotions(dates));
        }
        let dates = Turned::new(before.demotes(key), after.demotes(key));
        if let Some(dates) = dates.filter(|_| has(|it| it.demotion.is_some())) {
            add(later(dates), OfTier::Demotions(dates));
        }
        let spans = Turned::new(before.warned(key), after.warned(key));
        if let Some(spans) = spans.filter(|_| has(|it| it.warning.is_some())) {
            add(longer(spans), OfTier::Warning(spans));
        }
        let spans = Turned::new(before.graced(key), after.graced(key));
        if let Some(spans) = spans.filter(|_| has(|it| it.grace.is_some())) {
            add(longer(spans), OfTier::Grace(spans));
        }
        let lost = Turned::new(before.lost(key), after.lost(key));
        if let Some(lost) = lost.filter(|_| has(|it| it.lost.is_some())) {
            add(kept_longer(lost), OfTier::Lost(lost));
        }
        let falls = Turned::new(before.falls(key), after.falls(key));
        if let Some(falls) = falls.filter(|_| has(|it| it.falls.is_some())) {
            add(less_far(falls), OfTier::Falls(falls));
        }
    }

    fn tier(&mut self, track: &'d Track, old: &'d Tier, new: &'d Tier) {
        let tier = |of| What::Tier(track, new, of);
        let gone = old.requires.iter().filter(|it| !new.requires.contains(it));
        let come = new.requires.iter().filter(|it| !old.requires.contains(it));
        let mut come: Vec<_> = come.collect();
        let mut is_less = false;
        for before in gone {
            // The same metric with another limit is the same requirement, changed; and so is what has the
            // same name.
            let same = come.iter().position(|it| {
                it.metric.is_some() && it.metric == before.metric
                    || it.name.is_some() && it.name == before.name
            });
            if let Some(place) = same {
                let after = come.remove(place);
                let otherwise = OfTier::AsksOtherwise { before, after };
                self.add(eased(before, after), tier(otherwise));
            } else {
                is_less = true;
                self.add(Favours::Partners, tier(OfTier::AsksNoMore(before)));
            }
        }
        for after in come {
            // It may stand for what is not asked for any more, and be easier.
            let favours = Favours::told(false, !is_less);
            self.add(favours, tier(OfTier::Asks(after)));
        }
        if old.keeps != new.keeps {
            let (before, after) = (old.keeps.as_slice(), new.keeps.as_slice());
            let within = |few: &[Requirement], many: &[Requirement]| {
                !few.is_empty() && few.iter().all(|it| many.contains(it))
            };
            // What is enough to keep a tier comes beside what earns it.
            let favours = Favours::told(
                before.is_empty() || within(after, before),
                after.is_empty() || within(before, after),
            );
            self.add(favours, tier(OfTier::Keeps { before, after }));
        }
        let keys: BTreeSet<&String> = old.benefits.keys().chain(new.benefits.keys()).collect();
        for benefit in keys {
            let (before, after) = (old.benefits.get(benefit), new.benefits.get(benefit));
            if before != after {
                let brings = OfTier::Brings {
                    benefit,
                    before,
                    after,
                };
                self.add(raised(before, after), tier(brings));
            }
        }
    }

    fn metrics(&mut self) {
        let (old, new) = (self.old, self.new);
        for (key, after) in &new.metrics {
            let Some(before) = old.metrics.get(key) else {
                continue;
            };
            // What it is called is no change of what it measures.
            let bare = |metric: &Metric| Metric {
                name: None,
                about: None,
                unit: None,
                ..metric.clone()
            };
            if bare(before) != bare(after) {
                let measured = OfMetric::Measured(Turned { before, after });
                self.add(Favours::Unclear, What::Metric(key, measured));
            }
        }
        for key in old.metrics.keys() {
            if !new.metrics.contains_key(key) {
                self.add(Favours::Nobody, What::Metric(key, OfMetric::Ends));
            }
        }
        for key in new.metrics.keys() {
            if !old.metrics.contains_key(key) {
                self.add(Favours::Nobody, What::Metric(key, OfMetric::Begins));
            }
        }
    }

    fn rest(&mut self) {
        let (old, new) = (self.old, self.new);
        for (name, list) in &new.lists {
            let before = old.lists.get(name);
            let was = |it: &String| before.is_some_and(|list| list.contains(it));
            let come = list.iter().filter(|it| !was(it));
            let come: Vec<_> = come.map(String::as_str).collect();
            let gone = before.into_iter().flatten().filter(|it| !list.contains(it));
            let gone: Vec<_> = gone.map(String::as_str).collect();
            // Whichever metric begins to read it is a change of its own.
            let is_read = |it: &Metric| it.lists().any(|it| it == name);
            let favours = if old.metrics.values().any(is_read) {
                Favours::Unclear
            } else {
                Favours::Nobody
            };
            if !come.is_empty() {
                self.add(favours, What::List(name, OfList::Names(come)));
            }
            if !gone.is_empty() {
                self.add(favours, What::List(name, OfList::NamesNoMore(gone)));
            }
        }
        self.settings();
    }

    /// What holds for the whole program. What a benefit costs is nobody's business but the vendor's.
    fn settings(&mut self) {
        let (old, new) = (self.old, self.new);
        let mut found = Vec::new();
        for (key, after) in &new.benefits {
            let Some(before) = old.benefits.get(key) else {
                continue;
            };
            let both = Turned { before, after };
            found.extend((before.name != after.name).then_some(Setting::BenefitName(both)));
            found.extend((before.kind != after.kind).then_some(Setting::BenefitKind(both)));
        }
        let exchange = [old, new].map(|it| it.exchange.as_ref());
        let [before, after] = exchange.map(|it| it.map(|it| it.currency.as_str()));
        found.extend(Turned::new(before, after).map(Setting::Currency));
        let rates = exchange.into_iter().flatten();
        let known: BTreeSet<&str> = rates
            .flat_map(|it| it.rates.keys().map(String::as_str))
            .collect();
        for currency in known {
            let [before, after] = exchange.map(|it| it?.rates.get(currency));
            let turned = Turned::new(before, after);
            found.extend(turned.map(|it| Setting::Rate(currency, it)));
        }
        let spans = |of: fn(&Document) -> Span| Turned::new(of(old), of(new));
        found.extend(spans(|it| it.notice.changes).map(Setting::Notice));
        found.extend(spans(|it| it.notice.favourable).map(Setting::FavourableNotice));
        found.extend(spans(|it| it.appeals.within).map(Setting::AppealsWithin));
        found.extend(spans(|it| it.appeals.answered_within).map(Setting::AppealsAnswered));
        let [before, after] = [old, new].map(|it| it.zone.as_deref().unwrap_or("UTC"));
        found.extend(Turned::new(before, after).map(Setting::Zone));
        let first = MonthDay { month: 1, day: 1 };
        let [before, after] = [old, new].map(|it| it.year_start.unwrap_or(first));
        found.extend(Turned::new(before, after).map(Setting::YearStart));
        for setting in found {
            self.add(Favours::Unclear, What::Setting(setting));
        }
    }
}

/// Whom other days of promotion are good for: up on any day is as soon as can be.
fn sooner(dates: Turned<&Dates>) -> Favours {
    Favours::told(dates.after.is_always(), dates.before.is_always())
}

/// Whom other days of demotion are good for: down on any day is as soon as can be.
fn later(dates: Turned<&Dates>) -> Favours {
    Favours::told(dates.before.is_always(), dates.after.is_always())
}

fn kept_longer(lost: Turned<Lost>) -> Favours {
    let is_longer = lost.after == Lost::OnDemotion;
    Favours::told(is_longer, !is_longer)
}

fn less_far(falls: Turned<Falls>) -> Favours {
    let is_less = falls.after == Falls::OneTier;
    Favours::told(is_less, !is_less)
}

/// Whom another time of warning or grace is good for.
fn longer(spans: Turned<Span>) -> Favours {
    let is_longer = |it: Span, than: Span| it.months >= than.months && it.days >= than.days;
    Favours::told(
        is_longer(spans.after, spans.before),
        is_longer(spans.before, spans.after),
    )
}

/// Whether the same requirement asks for less, or for more: only where both limits are numbers, of the
/// same metric, can it be told.
fn eased(before: &Requirement, after: &Requirement) -> Favours {
    if before.metric != after.metric {
        return Favours::Unclear;
    }
    let number = |limit: &Option<Limit>| match limit {
        Some(Limit::One(NumberOrName::Number(number))) => Some(number.clone()),
        Some(Limit::One(NumberOrName::Name(_)) | Limit::By(_)) | None => None,
    };
    let turned = |limit: fn(&Requirement) -> &Option<Limit>| {
        let (old, new) = (number(limit(before))?, number(limit(after))?);
        Some(new.cmp(&old))
    };
    let least = turned(|it| &it.at_least);
    let most = turned(|it| &it.at_most);
    let above = turned(|it| &it.above);
    let below = turned(|it| &it.below);
    Favours::told(
        least.is_some_and(Ordering::is_le) || most.is_some_and(Ordering::is_ge),
        least.or(above).is_some_and(Ordering::is_gt) || most.or(below).is_some_and(Ordering::is_lt),
    )
}

/// For whom it is that a tier brings something else: the same to all, or each group by itself.
fn raised(before: Option<&TierBenefit>, after: Option<&TierBenefit>) -> Favours {
    let tables = [before, after].map(|it| match it {
        Some(TierBenefit::By(table)) => Some(table),
        None | Some(TierBenefit::Same(_)) => None,
    });
    let attributes: BTreeSet<_> = tables.iter().flatten().map(|it| &it.by).collect();
    if attributes.len() > 1 {
        return Favours::Unclear;
    }
    let named = tables.iter().flatten().flat_map(|it| it.values.keys());
    let groups = named.map(|it| Some(it.as_str())).chain([None]);
    let each = groups.map(|group| {
        let of = |it: Option<&'_ TierBenefit>| it.and_then(|it| it.of(|_| group).cloned());
        granted_more(of(before).as_ref(), of(after).as_ref())
    });
    each.fold(Favours::Nobody, |all, one| match (all, one) {
        (same, Favours::Nobody) | (Favours::Nobody, same) => same,
        (all, one) if all == one => all,
        _ => Favours::Unclear,
    })
}

fn granted_more(before: Option<&BenefitValue>, after: Option<&BenefitValue>) -> Favours {
    if before == after {
        return Favours::Nobody;
    }
    match (before, after) {
        (None, Some(_)) | (Some(BenefitValue::Right(false)), Some(BenefitValue::Right(true))) => {
            Favours::Partners
        }
        (
            Some(BenefitValue::One(NumberOrName::Number(old))),
            Some(BenefitValue::One(NumberOrName::Number(new))),
        ) => Favours::told(new >= old, new < old),
        (
            Some(BenefitValue::Right(true) | BenefitValue::One(_) | BenefitValue::In(_)),
            None | Some(BenefitValue::Right(false)),
        ) => Favours::Vendor,
        (Some(_) | None, Some(_) | None) => Favours::Unclear,
    }
}
