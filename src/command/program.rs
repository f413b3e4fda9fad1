//! `program`: a partner program as a document, so that its rules live in git and are tried before
//! anybody is measured by them.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Failure, say};
use crate::document;
use crate::error::{Error, Refusal};
use crate::program::diff::{Favours, changes, favours_partners};
use crate::program::document::{Document, FILE};
use crate::program::rules::Rules;

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
    /// Print the JSON Schema of a program's document
    Schema,
}

pub(super) fn program(what: &What) -> Result<(), Failure> {
    match what {
        What::Check { files } => {
            let mut wrong = 0;
            for file in files {
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
            let (old, new) = (rules(old)?, rules(new)?);
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
