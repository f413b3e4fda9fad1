//! `program`: a partner program as a document, so that its rules live in git and are tried before
//! anybody is measured by them.

use std::path::{Path, PathBuf};

use chrono::{NaiveDate, TimeDelta};
use clap::Subcommand;

use super::admin::told;
use super::{Failure, open, say};
use crate::app::App;
use crate::auth::Actor;
use crate::config::{Config, Faults};
use crate::document;
use crate::error::{Error, Refusal};
use crate::partner;
use crate::program::diff::{Favours, changes, favours_partners};
use crate::program::document::{Document, FILE};
use crate::program::evaluate::evaluate;
use crate::program::outlook::{Missing, Outlook, failing};
use crate::program::rules::Rules;
use crate::program::simulate::{Course, Distribution, simulate};
use crate::program::standing::Move;
use crate::program::{store, words};
use crate::shape::key_in;

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Check a program and run its tests, without a database
    Check {
        /// The YAML files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Tell in words what changes from one version to another
    Diff {
        /// The earlier version
        old: PathBuf,
        /// The later version
        new: PathBuf,
    },
    /// Tell where a partner stands under a program, and why
    Explain {
        /// The program
        file: PathBuf,
        /// The partner's id, as the API tells it
        partner: String,
        /// The day that is looked at, as it ended; today by default
        #[arg(long, value_name = "DAY")]
        as_of: Option<NaiveDate>,
        /// What was recorded until the end of that day is known; until now by default
        #[arg(long, value_name = "DAY")]
        known_on: Option<NaiveDate>,
        /// Print the whole proof as JSON
        #[arg(long)]
        json: bool,
    },
    /// Try a program on the facts of the last four quarters, with all partners
    Simulate {
        /// The program
        file: PathBuf,
        /// The last day that is looked at; today by default
        #[arg(long, value_name = "DAY")]
        until: Option<NaiveDate>,
    },
    /// Print the JSON Schema of a program's document
    Schema,
}

pub(super) async fn program(
    what: What,
    config: impl FnOnce() -> Result<Config, Faults>,
) -> Result<(), Failure> {
    match what {
        What::Explain {
            file,
            partner,
            as_of,
            known_on,
            json,
        } => {
            let rules = rules(&file)?;
            let app = open(config()?).await?;
            let told = explain(&app, &rules, &partner, as_of, known_on, json).await;
            app.db.close().await;
            say(&told?);
        }
        What::Simulate { file, until } => {
            let rules = rules(&file)?;
            let app = open(config()?).await?;
            let told = tried(&app, &rules, until).await;
            app.db.close().await;
            say(&told?);
        }
        What::Check { files } => {
            let mut wrong = 0;
            for file in &files {
                match rules(file) {
                    Ok(rules) => {
                        let tests = rules.document.tests.len();
                        say(&format!(
                            "{}: good, {tests} tests passed. sha256:{}",
                            file.display(),
                            rules.hash
                        ));
                    }
                    Err(failure) => {
                        wrong += 1;
                        say(&failure.to_string());
                    }
                }
            }
            if wrong > 0 {
                return Err(format!("{wrong} of {} are not good.", files.len()).into());
            }
        }
        What::Diff { old, new } => {
            let (old, new) = (rules(&old)?, rules(&new)?);
            let changes = changes(&old.document, &new.document);
            for change in &changes {
                let mark = match change.favours {
                    Favours::Partners => "+",
                    Favours::Nobody => " ",
                    Favours::Unclear => "!",
                };
                say(&format!("{mark} {}", change.what));
            }
            let notice = &old.document.notice;
            say(&if changes.is_empty() {
                "Nothing changes.".to_owned()
            } else if favours_partners(&changes) {
                format!("Nobody is worse off: the notice is {}.", notice.favourable)
            } else {
                format!(
                    "Some may be worse off (!): the notice is {}.",
                    notice.changes
                )
            });
        }
        What::Schema => {
            let schema = schemars::schema_for!(Document);
            say(&serde_json::to_string_pretty(&schema).map_err(|error| error.to_string())?);
        }
    }
    Ok(())
}

async fn explain(
    app: &App,
    rules: &Rules,
    partner: &str,
    as_of: Option<NaiveDate>,
    known_on: Option<NaiveDate>,
    json: bool,
) -> Result<String, Failure> {
    let op = app.op(Actor::System);
    let key = key_in(partner, "Partner");
    let key = key.ok_or_else(|| format!("`{partner}` is no partner's id."))?;
    let row = partner::store::partner(&op.reader(), key.into()).await;
    let row = row.map_err(told)?;
    let as_of = as_of.map_or(op.now(), |day| rules.end_of(day));
    let known_on = known_on.map_or(op.now(), |day| rules.end_of(day));
    let facts = store::facts(&op.reader(), row.id, known_on)
        .await
        .map_err(told)?;
    let profile = store::profile(&row).map_err(told)?;
    let found = evaluate(rules, &facts, &profile, as_of, known_on);
    if json {
        return serde_json::to_string_pretty(&found).map_err(|error| error.to_string().into());
    }
    let mut lines = words::evaluation(&rules.document, &found);
    let outlook = Outlook::new(rules, &facts, &profile, as_of, known_on);
    for track in &found.tracks {
        if let Some(next) = outlook.next(&track.track) {
            lines.push(format!("To {}:", next.tier));
            lines.extend(
                next.missing
                    .iter()
                    .map(|it| format!("  {}", missing(rules, it))),
            );
        }
    }
    let year = as_of + TimeDelta::days(366);
    for turn in outlook.turns(year.date_naive()) {
        let tier = |tier: &Option<String>| tier.clone().unwrap_or_else(|| "none".to_owned());
        let (from, to) = (tier(&turn.from), tier(&turn.to));
        lines.push(format!(
            "On {}, if nothing more happens: {to} instead of {from}",
            turn.on
        ));
    }
    Ok(lines.join("\n"))
}

fn missing(rules: &Rules, missing: &Missing) -> String {
    let name = |metric: &str| rules.document.metric_name(metric, "en").to_owned();
    let ways: Vec<_> = missing
        .ways
        .iter()
        .map(|it| format!("{} more of {}", it.more, name(&it.metric)))
        .collect();
    let parts = failing(&missing.requirement);
    let what = parts
        .first()
        .map_or_else(String::new, |it| words::requirement(&rules.document, it));
    if ways.is_empty() {
        what
    } else {
        format!("{what} – {}", ways.join(", or "))
    }
}

/// The last days of the four quarters before a day, and that day.
fn quarters(rules: &Rules, until: NaiveDate) -> Vec<NaiveDate> {
    let mut days = vec![until];
    let mut day = until;
    for _ in 0..4 {
        day = rules.start_of_quarter(day).pred_opt().unwrap_or(day);
        days.push(day);
    }
    days.reverse();
    days
}

async fn tried(app: &App, rules: &Rules, until: Option<NaiveDate>) -> Result<String, Failure> {
    let op = app.op(Actor::System);
    let until = until.unwrap_or_else(|| rules.day(op.now()));
    let marks = quarters(rules, until);
    // Reviews are held every day; a week is fine enough to see what would have come.
    let mut days: Vec<_> = marks[0]
        .iter_days()
        .step_by(7)
        .take_while(|day| *day <= until)
        .collect();
    days.extend(&marks);
    days.sort_unstable();
    days.dedup();
    let mut table = Table::new(&marks);
    let mut after = None;
    loop {
        let partners = store::partners(&op.reader(), after).await.map_err(told)?;
        let Some(last) = partners.last() else { break };
        after = Some(last.id);
        for row in &partners {
            let facts = store::facts(&op.reader(), row.id, op.now())
                .await
                .map_err(told)?;
            let profile = store::profile(row).map_err(told)?;
            let courses = simulate(rules, &facts, &profile, &days, op.now());
            table.add(rules, &row.legal_name, &days, &courses);
        }
    }
    Ok(table.told(rules))
}

/// What a simulation tells: a line for each partner and track, then how many stand where.
struct Table {
    marks: Vec<NaiveDate>,
    lines: Vec<String>,
    distribution: Distribution,
}

impl Table {
    fn new(marks: &[NaiveDate]) -> Self {
        let head: Vec<_> = marks.iter().map(|day| format!("{day:<12}")).collect();
        Self {
            marks: marks.to_vec(),
            lines: vec![format!(
                "{:<34} {:<20} {}",
                "Partner",
                "Track",
                head.join(" ")
            )],
            distribution: Distribution::default(),
        }
    }

    fn add(&mut self, rules: &Rules, name: &str, days: &[NaiveDate], courses: &[Course]) {
        for course in courses {
            let at = |day: &NaiveDate| {
                let tier = days
                    .iter()
                    .position(|it| it == day)
                    .and_then(|place| course.tiers.get(place));
                format!(
                    "{:<12}",
                    tier.cloned().flatten().unwrap_or_else(|| "-".to_owned())
                )
            };
            let tiers: Vec<_> = self.marks.iter().map(at).collect();
            self.lines.push(format!(
                "{name:<34} {:<20} {}",
                course.track,
                tiers.join(" ")
            ));
            for (day, what, why) in &course.moves {
                let what = match what {
                    Move::Entered => continue,
                    Move::Advanced { .. } => "up".to_owned(),
                    Move::AtRisk { decided_on, .. } => format!("at risk, decided on {decided_on}"),
                    Move::GraceStarted { ends_on, .. } => format!("grace until {ends_on}"),
                    Move::Kept => "kept".to_owned(),
                    Move::Demoted { .. } => "down".to_owned(),
                };
                let why: Vec<_> = why
                    .iter()
                    .map(|it| words::requirement(&rules.document, it))
                    .collect();
                let why = if why.is_empty() {
                    String::new()
                } else {
                    format!(": {}", why.join("; "))
                };
                self.lines.push(format!("    {day} {what}{why}"));
            }
            self.distribution.add(course);
        }
    }

    fn told(mut self, rules: &Rules) -> String {
        self.lines.push(String::new());
        self.lines.push(format!(
            "{:<20} {:<20} {:>8} {:>16}",
            "Track", "Tier", "Partners", "Cost in a year"
        ));
        for track in &rules.document.tracks {
            let tiers = track.tiers.iter().map(|it| Some(it.key.as_str()));
            for tier in std::iter::once(None).chain(tiers) {
                let (count, cost) = self.distribution.on(&track.key, tier);
                if count > 0 || tier.is_some() {
                    let tier = tier.unwrap_or("-");
                    self.lines.push(format!(
                        "{:<20} {tier:<20} {count:>8} {:>16}",
                        track.key,
                        cost.to_string()
                    ));
                }
            }
        }
        self.lines.join("\n")
    }
}

/// The rules in a file, with its tests passed; every fault with its line and column otherwise.
fn rules(file: &Path) -> Result<Rules, Failure> {
    let unread =
        |error: &dyn std::fmt::Display| format!("{} cannot be read: {error}", file.display());
    let size = std::fs::metadata(file)
        .map_err(|error| unread(&error))?
        .len();
    if size > FILE as u64 {
        return Err(format!(
            "{}: at most {FILE} bytes; these are {size}.",
            file.display()
        )
        .into());
    }
    let text = std::fs::read_to_string(file).map_err(|error| unread(&error))?;
    let rules = Rules::from_yaml(&text).and_then(|rules| rules.try_out().map(|()| rules));
    rules.map_err(|error| {
        let Error::Refused(refusals) = error else {
            return error.to_string().into();
        };
        let lines = refusals.iter().map(|it| located(file, &text, it));
        lines.collect::<Vec<_>>().join("\n").into()
    })
}

/// A fault as editors read it: file, line, column, and what is wrong.
fn located(file: &Path, text: &str, fault: &Refusal) -> String {
    let path = fault.field.join(".");
    let place = document::place(text, &fault.field).filter(|_| !fault.field.is_empty());
    let place = place.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
    let path = if path.is_empty() {
        path
    } else {
        format!("{path}: ")
    };
    format!("{}{place}: {path}{}", file.display(), fault.message)
}
