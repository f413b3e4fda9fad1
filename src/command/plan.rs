//! `plan`: onboarding plans as YAML files, so that they live beside the vendor's other documents.

use std::path::PathBuf;

use clap::Subcommand;

use super::admin::told;
use super::{Failure, open, read_text, say};
use crate::auth::Actor;
use crate::config::{Config, Faults};
use crate::onboarding::plan::{Source, publish_document};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Check a plan without a database
    Check {
        /// The file
        file: PathBuf,
    },
    /// Publish a plan: new partners start on it
    Publish {
        /// The file
        file: PathBuf,
    },
}

pub(super) async fn plan(
    what: What,
    config: impl FnOnce() -> Result<Config, Faults>,
) -> Result<(), Failure> {
    match what {
        What::Check { file } => {
            let (plan, _) = Source::Yaml(read_text(&file)?)
                .read(&config()?.portal.regions)
                .map_err(told)?;
            say(&format!(
                "{}: {} steps, in order.",
                plan.name,
                plan.steps.len()
            ));
        }
        What::Publish { file } => {
            let source = Source::Yaml(read_text(&file)?);
            let app = open(config()?).await?;
            let published =
                publish_document(&app.op(Actor::System), &app.config.portal, source).await;
            app.db.close().await;
            published.map_err(told)?;
            say("Published: new partners start on it.");
        }
    }
    Ok(())
}
