//! What a simulation tells in the terminal: who ends elsewhere than by the rules in force, then a line
//! for each partner and track, then how many stand where and what that costs.

use super::TERMINAL;
use crate::program::beside::{Beside, Distributions, Pair, Turned};
use crate::program::number::Number;
use crate::program::simulate::{Distribution, Past};
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
        told.extend(self.unknown());
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

    /// Of how many partners it is not known what their tier costs, where there are such.
    fn unknown(&self) -> Vec<String> {
        let of = |found: &Distribution| {
            let each = self.pair.tiers().into_iter().filter_map(|(track, tier)| {
                let count = found.on(&track, tier.as_deref()).cost_unknown;
                let tier = tier.as_deref().unwrap_or("-");
                (count > 0).then(|| format!("{count} on {track} {tier}"))
            });
            each.collect::<Vec<_>>().join(", ")
        };
        let told = [
            ("", of(&self.found.after)),
            (" by the rules in force", of(&self.found.before)),
        ];
        let told: Vec<_> = told
            .into_iter()
            .filter(|(_, partners)| !partners.is_empty())
            .map(|(by, partners)| {
                format!(
                    "What a tier costs{by} is not known for partners of whom a metric that it is \
                     reckoned by is undefined, and counts as nothing: {partners}"
                )
            })
            .collect();
        if told.is_empty() {
            return told;
        }
        std::iter::once(String::new()).chain(told).collect()
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
            let now = self.found.after.on(&track, tier.as_deref());
            let before = self.found.before.on(&track, tier.as_deref());
            (total, total_before) = (&total + &now.cost, &total_before + &before.cost);
            if now.partners > 0 || before.partners > 0 || tier.is_some() {
                lines.push(line(
                    &track,
                    tier.as_deref().unwrap_or("-"),
                    [&now.partners.to_string(), &now.cost.to_string()],
                    [&before.partners.to_string(), &before.cost.to_string()],
                    &signed(&(&now.cost - &before.cost)),
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

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::program::evaluate::Profile;
    use crate::program::record::Fact;
    use crate::program::rules::Rules;
    use crate::program::simulate::simulate;

    const IN_FORCE: &str = "
slug: ladder
name: Ladder
locale: en
exchange: {currency: EUR, rates: {USD: 2}}
metrics:
  deals: {name: Deals won in a year, measure: {of: deals, during: {trailing: 12 months}}}
  sold: {measure: {of: deals, sum: amount, currency: EUR, during: {trailing: 12 months}}}
  score: {measure: {of: answers, average: score}}
benefits:
  discount: {name: Discount, kind: share, costsOf: sold}
  bonus: {name: Bonus, kind: share, costsOf: score}
  logo: {name: Use of the logo, kind: right}
tracks:
  - key: sales
    name: Sales
    tiers:
      - {key: bronze, name: Bronze}
      - {key: silver, name: Silver, requires: [{metric: deals, atLeast: 2}], benefits: {discount: 10 %}}
      - key: gold
        name: Gold
        requires: [{metric: deals, atLeast: 4}]
        benefits: {discount: 20 %, bonus: 50 %, logo: true}
tests:
  - {name: Nothing is Bronze, asOf: 2026-06-30, expect: {tiers: {sales: bronze}}}
";

    fn fact(kind: &str, n: u128, at: &str, detail: Value) -> Fact {
        let at: DateTime<Utc> = at.parse().unwrap();
        Fact {
            id: Uuid::from_u128(n),
            kind: kind.to_owned(),
            person: None,
            subject: Uuid::from_u128(n),
            detail,
            occurred_at: at,
            recorded_at: at,
            corrects: None,
        }
    }

    /// So many deals, one on the first of each month.
    fn deals(count: u128) -> Vec<Fact> {
        let deal = |n| {
            let won = json!({ "deal": format!("d{n}"), "motion": "SOURCED", "amount": "1000",
                              "currency": "EUR" });
            fact("deal.won", n, &format!("2026-0{n}-01T12:00:00Z"), won)
        };
        (1..=count).map(deal).collect()
    }

    #[test]
    fn who_moves_and_why_and_what_it_costs_is_told() {
        let before = Rules::from_yaml(IN_FORCE).unwrap();
        let stricter = IN_FORCE
            .replace("metric: deals, atLeast: 2", "metric: deals, atLeast: 3")
            .replace("metric: deals, atLeast: 4", "metric: deals, atLeast: 5");
        let stricter = stricter.replace("bonus: 50 %", "bonus: 100 %");
        let after = Rules::from_yaml(&stricter).unwrap();
        let pair = Pair {
            before: Some(&before.document),
            after: &after.document,
        };
        let until = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
        let past = Past::of(&after, until);
        let mut answered = deals(5);
        let said = json!({ "survey": "s", "score": "8" });
        answered.push(fact(
            "satisfaction.answered",
            90,
            "2026-02-01T12:00:00Z",
            said,
        ));
        let world = [
            ("Alpenglut", deals(2)),
            ("Bergwind", deals(4)),
            ("Firn", answered),
            ("Gletscher", deals(5)),
            ("Zirbe", Vec::new()),
        ];
        let mut table = Table::new(pair, Some(3));
        for (name, facts) in &world {
            let course = |rules: &Rules| {
                simulate(
                    rules,
                    facts,
                    &Profile::new(),
                    &past.days,
                    rules.end_of(until),
                )
            };
            for track in Beside::all(course(&before), course(&after)) {
                table.add(name, &past, &track);
            }
        }
        let told = table.told(&past);
        let told: Vec<_> = told.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        On another tier by these rules than by version 3, which is in force: 2
        Lower:
        Alpenglut                          sales                Silver → Bronze
            Deals won in a year: 2 of at least 3 (1 missing)
        Bergwind                           sales                Gold → Silver
            Deals won in a year: 4 of at least 5 (1 missing)

        Partner                            Track                2025-06-30 2025-09-30 2025-12-31 2026-03-31 2026-06-30
        Alpenglut                          sales                bronze       bronze       bronze       bronze       bronze
        Bergwind                           sales                bronze       bronze       bronze       silver       silver
            2 March 2026: up from Bronze to Silver – Deals won in a year: 3 of at least 3
        Firn                               sales                bronze       bronze       bronze       silver       gold
            2 March 2026: up from Bronze to Silver – Deals won in a year: 3 of at least 3
            4 May 2026: up from Silver to Gold – Deals won in a year: 5 of at least 5
        Gletscher                          sales                bronze       bronze       bronze       silver       gold
            2 March 2026: up from Bronze to Silver – Deals won in a year: 3 of at least 3
            4 May 2026: up from Silver to Gold – Deals won in a year: 5 of at least 5
        Zirbe                              sales                bronze       bronze       bronze       bronze       bronze

        Track                Tier                 Partners   Cost in a year In force   Cost in a year       Difference
        sales                bronze                      2                0        1                0                0
        sales                silver                      1              400        1              200             +200
        sales                gold                        2             2008        3             2804             -796
        All                                                            2408                      3004             -596

        What a tier costs is not known for partners of whom a metric that it is reckoned by is undefined, and counts as nothing: 1 on sales gold
        What a tier costs by the rules in force is not known for partners of whom a metric that it is reckoned by is undefined, and counts as nothing: 2 on sales gold

        The program does not say what these cost, so they count as nothing: Use of the logo
        ");
    }
}
