//! `course`: courses as folders or archives, so that they live in git beside the vendor's other
//! documents.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::admin::told;
use super::{Failure, open, open_to_look, say};
use crate::auth::Actor;
use crate::config::{Config, Faults};
use crate::course::author::{self, Imported};
use crate::course::folder::Bundle;

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Check a course without a database
    Check {
        /// Its folder, or a ZIP archive of it
        course: PathBuf,
    },
    /// Publish a course: people start on it from now on
    Import {
        /// Its folder, or a ZIP archive of it
        course: PathBuf,
        /// Certificates that were earned on earlier versions are to be renewed
        #[arg(long)]
        outdates: bool,
    },
    /// Write a course's newest version as a folder, or as a ZIP archive where the name ends so
    Export {
        /// Short name of the course
        slug: String,
        /// Where to; it must not be there yet
        to: PathBuf,
    },
}

pub(super) async fn course(
    what: What,
    config: impl FnOnce() -> Result<Config, Faults>,
) -> Result<(), Failure> {
    match what {
        What::Check { course } => {
            let bundle = read(&course)?;
            let document = &bundle.document;
            document.check(&config()?.portal.regions).map_err(told)?;
            let lessons: usize = document.modules.iter().map(|it| it.lessons.len()).sum();
            say(&format!("{}: {lessons} lessons, in order.", document.title));
        }
        What::Import { course, outdates } => {
            let bundle = read(&course)?;
            let app = open(config()?).await?;
            let (op, portal) = (app.op(Actor::System), &app.config.portal);
            let published = author::publish_bundle(&op, portal, bundle, outdates).await;
            app.db.close().await;
            say(match published.map_err(told)? {
                Imported::Published => "Published: people start on it from now on.",
                Imported::Outdated => {
                    "Unchanged: it is published already. Certificates that were earned on earlier \
                     versions are to be renewed from now on."
                }
                Imported::Unchanged => "Unchanged: it is published already.",
            });
        }
        What::Export { slug, to } => {
            if to.exists() {
                return Err(
                    format!("{} is there already: name another place.", to.display()).into(),
                );
            }
            let app = open_to_look(config()?).await?;
            let bundle = author::export(&app.op(Actor::System), app.files.store(), &slug).await;
            app.db.close().await;
            write(&bundle.map_err(told)?, &to)?;
            say(&format!("Written to {}.", to.display()));
        }
    }
    Ok(())
}

fn is_archive(path: &Path) -> bool {
    path.extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("zip"))
}

fn read(path: &Path) -> Result<Bundle, Failure> {
    if !is_archive(path) {
        return Bundle::read_folder(path).map_err(told);
    }
    let bytes = std::fs::read(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Bundle::from_zip(&bytes).map_err(told)
}

fn write(bundle: &Bundle, to: &Path) -> Result<(), Failure> {
    if !is_archive(to) {
        return bundle.write_folder(to).map_err(told);
    }
    let bytes = bundle.to_zip().map_err(told)?;
    std::fs::write(to, bytes)
        .map_err(|error| format!("{} cannot be written: {error}", to.display()).into())
}
