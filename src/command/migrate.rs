//! `migrate`: the schema of the database.

use clap::Subcommand;

use super::{Failure, say};
use crate::config::Config;
use crate::db::{Db, SchemaState};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Run what is missing
    Up,
    /// Tell how it stands
    Status,
}

pub(super) async fn migrate(config: Config, what: What) -> Result<(), Failure> {
    let db = Db::open(&config.database, &config.data).await?;
    match what {
        What::Up => {
            db.migrate().await?;
            say("The schema is up to date.");
        }
        What::Status => say(&match db.schema_state().await? {
            SchemaState::Current => "The schema is up to date.".to_owned(),
            SchemaState::Ahead(newer) => {
                format!("The schema is newer than this binary: it holds {newer}.")
            }
            SchemaState::Pending(count) => {
                format!("{count} migration(s) to be run: `entente migrate up`.")
            }
        }),
    }
    db.close().await;
    Ok(())
}
