//! `playbook`: playbooks as YAML files, so that they live in git beside the vendor's other documents.

use std::path::PathBuf;

use clap::Subcommand;

use super::admin::told;
use super::{Failure, open, open_to_look, read_text, say};
use crate::auth::Actor;
use crate::config::{Config, Faults};
use crate::playbook::author;
use crate::playbook::document::Document;

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Check a playbook without a database
    Check {
        /// The file
        file: PathBuf,
    },
    /// Publish a playbook, without a review: partners read it from now on
    Import {
        /// The file
        file: PathBuf,
    },
    /// Write a playbook's newest version to a file
    Export {
        /// Short name of the playbook
        slug: String,
        /// Where to; it must not be there yet
        to: PathBuf,
    },
}

pub(super) async fn playbook(
    what: What,
    config: impl FnOnce() -> Result<Config, Faults>,
) -> Result<(), Failure> {
    match what {
        What::Check { file } => {
            let document = Document::from_yaml(&read_text(&file)?).map_err(told)?;
            document.check(&config()?.portal.regions).map_err(told)?;
            let languages: Vec<_> = document.texts.keys().map(String::as_str).collect();
            say(&format!(
                "{}: {} sections in {}, in order.",
                document.slug,
                document.sections.len(),
                languages.join(", ")
            ));
        }
        What::Import { file } => {
            let yaml = read_text(&file)?;
            let app = open(config()?).await?;
            let (op, portal) = (app.op(Actor::System), &app.config.portal);
            let published = author::publish_document(&op, portal, yaml).await;
            app.db.close().await;
            published.map_err(told)?;
            say("Published: partners read it from now on.");
        }
        What::Export { slug, to } => {
            if to.exists() {
                return Err(
                    format!("{} is there already: name another place.", to.display()).into(),
                );
            }
            let app = open_to_look(config()?).await?;
            let yaml = author::export(&app.op(Actor::System), &slug).await;
            app.db.close().await;
            std::fs::write(&to, yaml.map_err(told)?)
                .map_err(|error| format!("{} cannot be written: {error}", to.display()))?;
            say(&format!("Written to {}.", to.display()));
        }
    }
    Ok(())
}
