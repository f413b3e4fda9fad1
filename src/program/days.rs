//! Requirements of days: what holds on at least one day of a window, on every one of them, or on some
//! of those at which stretches of the calendar ended.
//!
//! A day is looked at as it ended, today as it is.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::judged::{all, met};
use super::proof::{Judged, RequirementProof, Verdict};
use super::rules::{Days, DaysRule, Need, asked};
use super::sight::{Known, Sight};
use super::span::{self, Unit};
use super::timeline::{Found, Steps, Timeline, at};

/// One partner under rules, to be seen from several instants.
pub(super) struct Scene<'a> {
    /// The days that requirements of days look at, as they ended, and which those are.
    ends: Timeline<'a>,
    days: Vec<NaiveDate>,
    /// What was judged of such a day, by where its requirements lie and its place.
    judged: RefCell<HashMap<(*const Need, usize), Judgement>>,
}

type Judgement = Rc<[RequirementProof]>;

/// The days that are looked at, and which of them decides.
struct Window {
    first: NaiveDate,
    last: NaiveDate,
    decides: Option<Decides>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decides {
    Today,
    /// A day before, by its place among those that ended.
    At(usize),
}

impl<'a> Scene<'a> {
    /// To be seen from an instant up to another.
    pub(super) fn new(known: Known<'a>, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let (rules, calendar) = (known.rules, &known.rules.calendar);
        let today = calendar.day(until);
        let days = rules
            .days()
            .flat_map(|it| it.looked_at(calendar, from, today));
        let days: BTreeSet<NaiveDate> = days.collect();
        let ends = days.iter().map(|day| rules.end_of(*day)).collect();
        Self {
            ends: Timeline::new(known, ends),
            days: days.into_iter().collect(),
            judged: RefCell::default(),
        }
    }

    pub(super) fn known(&self) -> Known<'a> {
        self.ends.known
    }

    /// Whether it holds at each instant of a timeline, step by step.
    fn held(&'a self, requires: &[Need], over: &'a Timeline<'a>) -> Rc<Steps<bool>> {
        if let Some(held) = over.held.borrow().get(&requires.as_ptr()) {
            return Rc::clone(held);
        }
        let metrics = self.known().rules.behind(requires);
        let asked = asked(requires);
        let mut steps: Steps<bool> = Vec::new();
        let mut before: Option<Found> = None;
        for place in over.turns(&metrics) {
            let sight = Sight::on(self, over, place);
            let found = sight.found(&asked);
            if before.as_ref().is_some_and(|it| it.is(&found)) {
                continue;
            }
            before = Some(found);
            let holds = holds(&sight.all(requires));
            if steps.last().is_none_or(|(_, before)| *before != holds) {
                steps.push((place, holds));
            }
        }
        let steps = Rc::new(steps);
        let mut held = over.held.borrow_mut();
        held.insert(requires.as_ptr(), Rc::clone(&steps));
        steps
    }

    /// Whether a requirement of days is met at each instant of a timeline: the places at which that
    /// changes.
    pub(super) fn turns_of(&'a self, days: &DaysRule, over: &'a Timeline<'a>) -> BTreeSet<usize> {
        let requires = &days.requires;
        let decided = |within: &span::Window, every| {
            let now = self.held(requires, over);
            let each = over.instants.iter().enumerate().map(|(place, as_of)| {
                let now = at(&now, place).copied().unwrap_or_default();
                let window = self.window(within, every, requires, *as_of, now);
                window.decides.is_some()
            });
            each.collect()
        };
        let met: Vec<bool> = match &days.on {
            Days::Any(window) => decided(window, false),
            Days::Every(window) => decided(window, true),
            Days::Ends { of, last, count } => {
                let each = over.instants.iter();
                let held = each.map(|as_of| self.ends(*of, *last, requires, *as_of).0);
                held.map(|held| held.len() >= *count).collect()
            }
        };
        let turns = (1..met.len()).filter(|place| met[*place] != met[place - 1]);
        turns.collect()
    }

    /// The days at which stretches of the calendar ended, the latest first: those on which it held, and
    /// the others.
    fn ends(
        &'a self,
        of: Unit,
        last: u32,
        requires: &[Need],
        as_of: DateTime<Utc>,
    ) -> (Vec<NaiveDate>, Vec<NaiveDate>) {
        let calendar = &self.known().rules.calendar;
        let held = self.held(requires, &self.ends);
        let ends = calendar.ends_before(of, last, calendar.day(as_of));
        ends.partition(|day| at(&held, self.place(*day)).copied().unwrap_or_default())
    }

    /// The days that are looked at as of an instant, and the latest of them that decides.
    fn window(
        &'a self,
        within: &span::Window,
        every: bool,
        requires: &[Need],
        as_of: DateTime<Utc>,
        holds_now: bool,
    ) -> Window {
        let calendar = &self.known().rules.calendar;
        let range = calendar.range(within, as_of);
        let tick = TimeDelta::nanoseconds(1);
        let last = calendar.day((range.to - tick).min(as_of));
        let first = calendar.day(range.from);
        let window = |decides| Window {
            first,
            last,
            decides,
        };
        if first > last {
            return window(None);
        }
        let is_today = last == calendar.day(as_of);
        if is_today && holds_now != every {
            return window(Some(Decides::Today));
        }
        let from = self.place(first);
        // Places up to this one, without it.
        let mut to = self.place(last) + usize::from(!is_today);
        for (start, holds) in self.held(requires, &self.ends).iter().rev() {
            if *start >= to {
                continue;
            }
            if *holds != every && to > from {
                return window(Some(Decides::At(to - 1)));
            }
            to = *start;
        }
        window(None)
    }

    /// The place of a day among those that ended.
    fn place(&self, day: NaiveDate) -> usize {
        self.days.partition_point(|it| *it < day)
    }

    /// What is judged of a day that ended.
    fn judged(&'a self, requires: &[Need], place: usize) -> Judgement {
        let key = (requires.as_ptr(), place);
        if let Some(judged) = self.judged.borrow().get(&key) {
            return Rc::clone(judged);
        }
        let judged: Judgement = Sight::on(self, &self.ends, place).all(requires).into();
        self.judged.borrow_mut().insert(key, Rc::clone(&judged));
        judged
    }

    fn day(&self, place: usize) -> NaiveDate {
        self.days[place]
    }
}

/// Whether all that applies holds.
fn holds(of: &[RequirementProof]) -> bool {
    all(of.iter().map(|it| it.verdict)) != Verdict::NotMet
}

impl Sight<'_> {
    pub(super) fn days(&self, days: &DaysRule) -> (Verdict, Judged) {
        let requires = &days.requires;
        match &days.on {
            Days::Any(within) => self.within(within, false, requires),
            Days::Every(within) => self.within(within, true, requires),
            Days::Ends { of, last, count } => self.ends(*of, *last, *count, requires),
        }
    }

    /// From the latest day to the earliest: the first that decides is told.
    fn within(&self, within: &span::Window, every: bool, requires: &[Need]) -> (Verdict, Judged) {
        let scene = self.scene;
        let holds_now = match self.on {
            Some((timeline, place)) => at(&scene.held(requires, timeline), place).copied(),
            None => Some(holds(&self.all(requires))),
        };
        let holds_now = holds_now.unwrap_or_default();
        let Window {
            first,
            last,
            decides,
        } = scene.window(within, every, requires, self.as_of, holds_now);
        let on = |place| scene.judged(requires, place).to_vec();
        let (day, of) = match decides {
            Some(Decides::Today) => (Some(last), self.all(requires)),
            Some(Decides::At(place)) => (Some(scene.day(place)), on(place)),
            None if first > last => (None, Vec::new()),
            None if last == scene.known().rules.day(self.as_of) => (None, self.all(requires)),
            None => (None, on(scene.place(last))),
        };
        let judged = Judged::Days {
            from: first,
            to: last,
            every,
            day,
            of,
        };
        (met(decides.is_some() != every), judged)
    }

    fn ends(&self, each: Unit, last: u32, count: usize, requires: &[Need]) -> (Verdict, Judged) {
        let scene = self.scene;
        let (held, missed) = scene.ends(each, last, requires, self.as_of);
        let told = missed.first().or(held.first());
        let of = told.map(|day| scene.judged(requires, scene.place(*day)).to_vec());
        let verdict = met(held.len() >= count);
        let judged = Judged::Ends {
            each,
            count,
            held,
            missed,
            of: of.unwrap_or_default(),
        };
        (verdict, judged)
    }
}
