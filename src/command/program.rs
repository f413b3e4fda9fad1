//! `program`: a partner program as a document, so that its rules live in git and are tried before
//! anybody is measured by them.

mod file;
mod table;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, TimeDelta};
use clap::Subcommand;
use entity::partner as partner_row;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use self::file::{Read, read, understood};
use self::table::Table;
use super::admin::told;
use super::{Failure, open, open_to_look, say, warn};
use crate::app::App;
use crate::auth::Actor;
use crate::config::{Config, Faults};
use crate::op::Op;
use crate::partner;
use crate::program::beside::{Beside, Pair};
use crate::program::diff::{Favours, changes, favours_partners};
use crate::program::document::Document;
use crate::program::evaluate::evaluate;
use crate::program::outlook::{Missing, Outlook};
use crate::program::rules::Rules;
use crate::program::simulate::{Past, simulate};
use crate::program::words::{self, Words};
use crate::program::{announce, store};
use crate::shape::{global_id, key_in};
use crate::tier::round;
use crate::tier::verify::{self, Wrong};

/// The language of the terminal.
const TERMINAL: &str = "en";
/// How often it is told how far a round is.
const SHOWN_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Check a program and run its tests, without a database. What is doubtful in it is told as a
    /// warning
    Check {
        /// The YAML files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// A warning is a fault
        #[arg(long)]
        strict: bool,
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
        /// The partner: its legal name, or its id as the API tells it
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
    /// Announce a program: partners are told, and it counts from a day that its notice allows. Where
    /// the same counts already, nothing happens
    Announce {
        /// The program
        file: PathBuf,
        /// From which day it counts; the earliest that the notice allows by default
        #[arg(long, value_name = "DAY")]
        on: Option<NaiveDate>,
        /// What is said of it to partners, as Markdown
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Look where all partners stand today, or go on where somebody was interrupted
    Review,
    /// Compute all stored evaluations anew, and tell those that are not as they were
    Verify,
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
            let rules = read(&file)?.rules;
            let app = open_to_look(config()?).await?;
            let told = explain(&app, &rules, &partner, as_of, known_on, json).await;
            app.db.close().await;
            say(&told?);
        }
        What::Simulate { file, until } => {
            let rules = read(&file)?.rules;
            let app = open_to_look(config()?).await?;
            let told = tried(&app, &rules, until).await;
            app.db.close().await;
            say(&told?);
        }
        What::Check { files, strict } => check(&files, strict)?,
        What::Diff { old, new } => {
            // What changes can be told before the tests of the new one follow.
            let (old, new) = (understood(&old)?.rules, understood(&new)?.rules);
            let (old, new) = (old.document, new.document);
            let words = |document| Words::of(document, TERMINAL);
            let changes = changes(&old, &new);
            for change in &changes {
                let mark = match change.favours {
                    Favours::Partners => "+",
                    Favours::Nobody => " ",
                    Favours::Vendor => "-",
                    Favours::Unclear => "!",
                };
                let what = words::change(change, words(&old), words(&new));
                say(&format!("{mark} {what}"));
            }
            let notice = &old.notice;
            say(&if changes.is_empty() {
                "Nothing changes.".to_owned()
            } else if favours_partners(&changes) {
                format!("Nobody is worse off: the notice is {}.", notice.favourable)
            } else {
                format!(
                    "Some are worse off (-) or may be (!): the notice is {}.",
                    notice.changes
                )
            });
        }
        What::Announce { file, on, note } => {
            let Read { rules, text } = read(&file)?;
            let app = open(config()?).await?;
            let done = announced(&app, &rules, text, note, on).await;
            app.db.close().await;
            say(&done?);
        }
        What::Review => {
            let app = open(config()?).await?;
            let done = reviewed(&app).await;
            app.db.close().await;
            done?;
        }
        What::Verify => {
            let app = open_to_look(config()?).await?;
            let done = verified(&app).await;
            app.db.close().await;
            done?;
        }
        What::Schema => {
            let schema = schemars::schema_for!(Document);
            say(&serde_json::to_string_pretty(&schema).map_err(|error| error.to_string())?);
        }
    }
    Ok(())
}

fn check(files: &[PathBuf], strict: bool) -> Result<(), Failure> {
    let mut wrong = 0;
    for file in files {
        let it = match read(file) {
            Ok(it) => it,
            Err(failure) => {
                wrong += 1;
                say(&failure.to_string());
                continue;
            }
        };
        let doubts = it.doubts(file);
        for doubt in &doubts {
            say(doubt);
        }
        let is_good = doubts.is_empty() || !strict;
        wrong += usize::from(!is_good);
        let (shown, tests) = (file.display(), it.rules.document.tests.len());
        let hash = &it.rules.hash;
        say(&if is_good {
            format!("{shown}: good, {tests} tests passed. sha256:{hash}")
        } else {
            let warnings = doubts.len();
            format!("{shown}: {tests} tests passed; warnings: {warnings}.")
        });
    }
    if wrong > 0 {
        return Err(format!("{wrong} of {} are not good.", files.len()).into());
    }
    Ok(())
}

async fn announced(
    app: &App,
    rules: &Rules,
    text: String,
    note: String,
    on: Option<NaiveDate>,
) -> Result<String, Failure> {
    let op = app.op(Actor::System);
    let id = announce::announce_document(&op, text, note, on)
        .await
        .map_err(told)?;
    let row = store::version(&op.reader(), id).await.map_err(told)?;
    let day = row
        .in_force_on
        .map_or_else(String::new, |day| day.to_string());
    Ok(format!(
        "{}, version {}: counts from {day} on. sha256:{}",
        rules.document.plain_name(),
        row.number,
        row.hash
    ))
}

/// Goes over all partners, a page in each unit of work; who is interrupted goes on there.
async fn reviewed(app: &App) -> Result<(), Failure> {
    let rounds = round::begin(&app.op(Actor::System)).await.map_err(told)?;
    if rounds.is_empty() {
        say("No program is in force.");
    }
    for review in rounds {
        let mut shown = Instant::now();
        loop {
            let progress = round::next(&app.op(Actor::System), review)
                .await
                .map_err(told)?;
            if progress.is_over || shown.elapsed() > SHOWN_EVERY {
                shown = Instant::now();
                let (partners, moves) = (progress.partners, progress.moves);
                let end = if progress.is_over { "done" } else { "…" };
                warn(&format!(
                    "{partners} partners looked at, {moves} standings moved {end}"
                ));
            }
            if progress.is_over {
                break;
            }
        }
    }
    Ok(())
}

async fn verified(app: &App) -> Result<(), Failure> {
    let op = app.op(Actor::System);
    let (mut after, mut count, mut wrong) = (None, 0, 0);
    loop {
        let page = verify::verify(&op.reader(), after).await.map_err(told)?;
        count += page.count;
        wrong += page.wrong.len();
        for (id, why) in &page.wrong {
            let id = global_id("Evaluation", id.0);
            let why = match why {
                Wrong::Altered => "its proof was altered",
                Wrong::Unreadable => "its proof cannot be read",
                Wrong::OtherRules => "its version says something else by now",
                Wrong::Differs => "from what was known then something else follows",
            };
            say(&format!("{id}: {why}"));
        }
        if page.last.is_none() {
            break;
        }
        after = page.last;
    }
    if wrong > 0 {
        return Err(format!("{wrong} of {count} evaluations are not as they were.").into());
    }
    say(&format!(
        "{count} evaluations, each as it was, byte for byte."
    ));
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
    let row = named(&op, partner).await?;
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
    let mut lines = Words::of(&rules.document, TERMINAL).evaluation(&found);
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

/// The partner of that id, or of that name.
async fn named(op: &Op, partner: &str) -> Result<partner_row::Model, Failure> {
    let db = op.reader();
    if let Some(key) = key_in(partner, "Partner") {
        return partner::store::partner(&db, key.into()).await.map_err(told);
    }
    let found = partner_row::Entity::find()
        .filter(partner_row::Column::LegalName.eq(partner))
        .limit(2)
        .all(&db)
        .await?;
    match <[_; 1]>::try_from(found) {
        Ok([row]) => Ok(row),
        Err(found) if found.is_empty() => {
            Err(format!("`{partner}` is no partner's legal name, and no partner's id.").into())
        }
        Err(_) => {
            Err(format!("Several partners are called `{partner}`: give the id of one.").into())
        }
    }
}

fn missing(rules: &Rules, missing: &Missing) -> String {
    let name = |metric: &str| rules.document.metric_name(metric, TERMINAL).to_owned();
    let ways: Vec<_> = missing
        .ways
        .iter()
        .map(|it| format!("{} more of {}", it.more, name(&it.metric)))
        .collect();
    let what = Words::of(&rules.document, TERMINAL).judged(&missing.requirement);
    if ways.is_empty() {
        what
    } else {
        format!("{what} – {}", ways.join(", or "))
    }
}

async fn tried(app: &App, rules: &Rules, until: Option<NaiveDate>) -> Result<String, Failure> {
    let op = app.op(Actor::System);
    let until = until.unwrap_or_else(|| rules.day(op.now()));
    let past = Past::of(rules, until);
    let slug = &rules.document.slug;
    let in_force = store::in_force_by_slug(&op.reader(), slug, op.now())
        .await
        .map_err(told)?;
    let before = in_force.as_ref().map(|it| Rules::from_yaml(&it.document));
    let before = before.transpose().map_err(told)?;
    let pair = Pair {
        before: before.as_ref().map(|it| &it.document),
        after: &rules.document,
    };
    let mut table = Table::new(pair, in_force.map(|it| it.number));
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
            let course = |rules: &Rules| simulate(rules, &facts, &profile, &past.days, op.now());
            let by_force = before.as_ref().map(course).unwrap_or_default();
            for track in Beside::all(by_force, course(rules)) {
                table.add(&row.legal_name, &past, &track);
            }
        }
    }
    Ok(table.told(&past))
}
