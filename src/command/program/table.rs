//! What a simulation tells in the terminal: who ends elsewhere than by the rules in force, then a line
//! for each partner and track, then how many stand where and what that costs.

use super::TERMINAL;
use crate::program::beside::{Beside, Distributions, Pair, Turned};
use crate::program::number::Number;
use crate::program::simulate::Past;
use crate::program::words::{self, Words};

/// The lines of a simulation, partner by partner.
pub(super) struct Table<'d> {
    pair: Pair<'d>,
    /// The number of the version in force.
    number: Option<i32>,
    down: Vec<String>,
    up: Vec<String>,
    lines: Vec<String>,
    found: Distributions,
}

impl<'d> Table<'d> {
    /// An empty one, for rules that are tried beside the version of that number.
    pub(super) fn new(pair: Pair<'d>, number: Option<i32>) -> Self {
        Self {
            pair,
            number,
            down: Vec::new(),
            up: Vec::new(),
            lines: Vec::new(),
            found: Distributions::default(),
        }
    }

    /// One more track of a partner.
    pub(super) fn add(&mut self, name: &str, past: &Past, track: &Beside) {
        self.found.add(&self.pair, track);
        match self.pair.turned(track) {
            Turned::Down => self.down.extend(self.turned(name, track)),
            Turned::Up => self.up.extend(self.turned(name, track)),
            Turned::Same => {}
        }
        let Some(course) = &track.after else { return };
        let tiers = past.told(course).into_iter();
        let tiers: Vec<_> = tiers
            .map(|tier| format!("{:<12}", tier.unwrap_or_else(|| "-".to_owned())))
            .collect();
        self.lines.push(format!(
            "{name:<34} {:<20} {}",
            course.track,
            tiers.join(" ")
        ));
        let story = Words::of(self.pair.after, TERMINAL).story(course);
        self.lines
            .extend(story.iter().map(|it| format!("    {it}")));
    }

    /// From which tier to which, and why.
    fn turned(&self, name: &str, track: &Beside) -> Vec<String> {
        let before = self.pair.before.unwrap_or(self.pair.after);
        let key = &track.track;
        let from = Words::of(before, TERMINAL).tier_or_none(key, track.end_before());
        let to = Words::of(self.pair.after, TERMINAL).tier_or_none(key, track.end_after());
        let mut lines = vec![format!("{name:<34} {key:<20} {from} → {to}")];
        let why = words::why(&self.pair, track, TERMINAL);
        lines.extend(why.iter().map(|it| format!("    {it}")));
        lines
    }

    /// All of it.
    pub(super) fn told(self, past: &Past) -> String {
        let mut told = Vec::new();
        match self.number {
            None => {
                told.push("Nothing is in force: there is nothing to hold it against.".to_owned());
            }
            Some(number) if self.found.turned == 0 => told.push(format!(
                "Nobody ends on another tier than by version {number}, which is in force."
            )),
            Some(number) => {
                told.push(format!(
                    "On another tier by these rules than by version {number}, which is in force: {}",
                    self.found.turned
                ));
                for (head, lines) in [("Lower", &self.down), ("Higher", &self.up)] {
                    if !lines.is_empty() {
                        told.push(format!("{head}:"));
                        told.extend(lines.iter().cloned());
                    }
                }
            }
        }
        let head: Vec<_> = past.marks.iter().map(|day| format!("{day:<12}")).collect();
        told.push(String::new());
        told.push(format!(
            "{:<34} {:<20} {}",
            "Partner",
            "Track",
            head.join(" ")
        ));
        told.extend(self.lines.iter().cloned());
        told.push(String::new());
        told.extend(self.stands());
        let free = self.pair.after.without_cost(TERMINAL);
        if !free.is_empty() {
            told.push(String::new());
            told.push(format!(
                "The program does not say what these cost, so they count as nothing: {}",
                free.join(", ")
            ));
        }
        told.join("\n")
    }

    /// How many stand where, and what that costs in a year: by these rules, and by those in force.
    fn stands(&self) -> Vec<String> {
        let is_beside = self.pair.before.is_some();
        let line = |track: &str, tier: &str, now: [&str; 2], before: [&str; 2], more: &str| {
            let [partners, cost] = now;
            let line = format!("{track:<20} {tier:<20} {partners:>8} {cost:>16}");
            if !is_beside {
                return line;
            }
            let [partners, cost] = before;
            format!("{line} {partners:>8} {cost:>16} {more:>16}")
        };
        let mut lines = vec![line(
            "Track",
            "Tier",
            ["Partners", "Cost in a year"],
            ["In force", "Cost in a year"],
            "Difference",
        )];
        let (mut total, mut total_before) = (Number::zero(), Number::zero());
        for (track, tier) in self.pair.tiers() {
            let (count, cost) = self.found.after.on(&track, tier.as_deref());
            let (count_before, cost_before) = self.found.before.on(&track, tier.as_deref());
            (total, total_before) = (&total + &cost, &total_before + &cost_before);
            if count > 0 || count_before > 0 || tier.is_some() {
                lines.push(line(
                    &track,
                    tier.as_deref().unwrap_or("-"),
                    [&count.to_string(), &cost.to_string()],
                    [&count_before.to_string(), &cost_before.to_string()],
                    &signed(&(&cost - &cost_before)),
                ));
            }
        }
        lines.push(line(
            "All",
            "",
            ["", &total.to_string()],
            ["", &total_before.to_string()],
            &signed(&self.found.costs_more),
        ));
        lines
    }
}

/// A difference, with its sign.
fn signed(number: &Number) -> String {
    if *number > Number::zero() {
        format!("+{number}")
    } else {
        number.to_string()
    }
}
