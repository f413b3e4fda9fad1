//! `audit`: whether the audit trail is what was written, and the heads of its chains.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{Failure, read_text, say};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::db::{Db, SchemaState};
use crate::trail::{self, Found, Head};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Walk all chains and tell what does not hold
    Verify {
        /// Heads from earlier, as `heads` printed them: each has to stand in its chain still
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
    },
    /// Print the heads of all chains as JSON, to be kept elsewhere
    Heads,
}

/// The heads as they leave the house.
#[derive(Serialize, Deserialize)]
struct Exported {
    at: chrono::DateTime<chrono::Utc>,
    heads: Vec<Head>,
}

pub(super) async fn audit(config: Config, what: What) -> Result<(), Failure> {
    let db = Db::open_to_read(&config.database, &config.data).await?;
    let done = match db.schema_state().await? {
        SchemaState::Pending(_) => Err("run `entente migrate up` first".into()),
        SchemaState::Current | SchemaState::Ahead(_) => match what {
            What::Verify { heads } => verify(&db, heads.as_deref()).await,
            What::Heads => heads(&db).await,
        },
    };
    db.close().await;
    done
}

async fn heads(db: &Db) -> Result<(), Failure> {
    let exported = Exported {
        at: SystemClock.now(),
        heads: trail::heads(db.reader()).await?,
    };
    say(&serde_json::to_string_pretty(&exported)?);
    Ok(())
}

async fn verify(db: &Db, earlier: Option<&Path>) -> Result<(), Failure> {
    let known = match earlier {
        Some(file) => read(file)?,
        None => Vec::new(),
    };
    let mut tell = |found| match found {
        Found::Whole(head) => say(&format!("{} {} {}", head.chain, head.length, head.hash)),
        Found::Fault(what) => say(&format!("FAULT: {what}")),
    };
    let report = trail::verify(db, &known, &mut tell).await?;
    say(&format!(
        "{} lines in {} chains; {} without their personal part; {} from before the chains",
        report.lines, report.chains, report.forgotten, report.before
    ));
    match report.faults {
        0 => Ok(()),
        count => Err(format!("the audit trail does not hold: {count} fault(s)").into()),
    }
}

fn read(file: &Path) -> Result<Vec<Head>, Failure> {
    let text = read_text(file)?;
    let exported: Exported = serde_json::from_str(&text)
        .map_err(|error| format!("{} holds no heads: {error}", file.display()))?;
    Ok(exported.heads)
}
