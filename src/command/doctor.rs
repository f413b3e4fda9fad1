//! `doctor`: whether all that the portal needs is in order, and what to do where it is not.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{Failure, say};
use crate::app::App;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Faults};
use crate::db::SchemaState;
use crate::error::{Away, Error};
use crate::notification::purge::Purge;
use crate::notification::suppression;
use crate::outbox::Job;
use crate::upkeep::Sweep;
use crate::{findable, outbox, shape};

/// Up to how many things of each kind are counted that are not in the index as they are.
const COUNTED: u64 = 1_000;

pub(super) async fn doctor(config: Result<Config, Faults>) -> Result<(), Failure> {
    let config = config?;
    say("configuration  in order");
    for warning in config.warnings() {
        say(&format!("               warning: {warning}"));
    }
    let app = App::open_to_read(config, Arc::new(SystemClock)).await?;
    say("database       open");
    say("keys           in order");
    let mut faults = 0;
    let mut tell = |what: &str, found: Result<String, String>| {
        faults += u32::from(found.is_err());
        say(&format!(
            "{what:<14} {}",
            found.unwrap_or_else(|fault| format!("FAULT: {fault}"))
        ));
    };
    let is_current = match app.db.schema_state().await {
        Ok(SchemaState::Current) => {
            tell("schema", Ok("up to date".to_owned()));
            true
        }
        Ok(SchemaState::Ahead(newer)) => {
            let what = format!("newer than this binary ({newer}): upgrade it as well");
            tell("schema", Ok(what));
            true
        }
        Ok(SchemaState::Pending(count)) => {
            let what = format!("{count} migration(s) are missing: run `entente migrate up`");
            tell("schema", Err(what));
            false
        }
        Err(error) => {
            tell("schema", Err(error.to_string()));
            false
        }
    };
    if is_current {
        let shapes = shape::check(&app.db).await;
        tell("shapes", fit(shapes));
        tell("outbox", backlog(&app).await);
        tell("suppressions", suppressed(&app).await);
        tell("every day", daily(&app).await);
        tell("search", index(&app).await);
    }
    tell(
        "mail",
        app.mailer.check().await.map(|()| "can leave".to_owned()),
    );
    let store = app.files.store().check().await;
    tell(
        "files",
        match store {
            Ok(()) => Ok("can be kept".to_owned()),
            Err(Error::Unavailable(Away::Store(why))) => Err(why),
            Err(error) => Err(error.to_string()),
        },
    );
    app.db.close().await;
    match faults {
        0 => Ok(()),
        count => Err(format!("{count} fault(s)").into()),
    }
}

async fn backlog(app: &App) -> Result<String, String> {
    let depth = outbox::depth(&app.db, SystemClock.now())
        .await
        .map_err(|error| error.to_string())?;
    let counts = format!(
        "{} due, {} for later, {} given up",
        depth.due, depth.scheduled, depth.dead
    );
    match depth.dead {
        0 => Ok(counts),
        _ => Err(format!(
            "{counts}: `deadLetters` of the API says why, `deadLetterRetry` and `deadLetterDrop` settle"
        )),
    }
}

/// What is done every day. That it was never done is no fault: nobody may have served yet. That it
/// was not done for longer than a day is one.
async fn daily(app: &App) -> Result<String, String> {
    let now = SystemClock.now();
    let mut told = Vec::new();
    let mut is_late = false;
    for (what, kind) in [("mail emptied", Purge::KIND), ("tries swept", Sweep::KIND)] {
        let last = outbox::last_promised(&app.db, kind, now)
            .await
            .map_err(|error| error.to_string())?;
        let Some((promised, kept)) = last else {
            told.push(format!("{what} not yet"));
            continue;
        };
        let next = promised.date_naive() + TimeDelta::days(1);
        is_late |= next < now.date_naive();
        told.push(
            match kept {
                Some(at) => format!("{what} at {}", at.format("%F %R UTC")),
                None => format!(
                    "{what} promised at {}, not yet kept",
                    promised.format("%F %R UTC")
                ),
            } + &format!(", due again on {next}"),
        );
    }
    let told = told.join("; ");
    if is_late {
        return Err(format!(
            "{told}: does anybody keep promises (`serve` or `work`)?"
        ));
    }
    Ok(told)
}

async fn suppressed(app: &App) -> Result<String, String> {
    let count = suppression::count(&app.db.reader().into())
        .await
        .map_err(|error| error.to_string())?;
    Ok(format!("nothing is sent to {count} address(es)"))
}

/// Whether everything is found as it is. Who keeps promises catches up once a day.
async fn index(app: &App) -> Result<String, String> {
    match findable::behind(&app.db.reader().into(), COUNTED).await {
        Ok(0) => Ok("up to date".to_owned()),
        Ok(count) => Err(format!(
            "{count} or more things are not found as they are: `entente search rebuild` mends it"
        )),
        Err(error) => Err(error.to_string()),
    }
}

fn fit(shapes: crate::error::Result<Vec<String>>) -> Result<String, String> {
    match shapes {
        Ok(wrong) if wrong.is_empty() => Ok("fit the tables".to_owned()),
        Ok(wrong) => Err(wrong.join("; ")),
        Err(error) => Err(error.to_string()),
    }
}
