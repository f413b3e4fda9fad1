//! `search`: the index by which things are found.

use clap::Subcommand;

use super::admin::told;
use super::{Failure, open, say};
use crate::auth::Actor;
use crate::config::Config;
use crate::findable;

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum What {
    /// Put everything into the index anew; it goes on being found meanwhile
    Rebuild,
}

pub(super) async fn search(config: Config, what: What) -> Result<(), Failure> {
    match what {
        What::Rebuild => {
            let app = open(config).await?;
            let done = findable::rebuild(&app.op(Actor::System)).await;
            app.db.close().await;
            say(&format!("{} things can be found.", done.map_err(told)?));
        }
    }
    Ok(())
}
