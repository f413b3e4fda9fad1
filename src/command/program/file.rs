//! A program in a file: read, understood and tried; with what is wrong or doubtful as editors read it.

use std::path::Path;

use super::super::{Failure, read_text};
use crate::document;
use crate::error::{Error, Refusal};
use crate::program::document::FILE;
use crate::program::lint::lint;
use crate::program::rules::Rules;

/// A program whose tests passed.
pub(super) struct Read {
    pub(super) rules: Rules,
    /// What the file says.
    pub(super) text: String,
}

impl Read {
    /// What is doubtful in it, a line each.
    pub(super) fn doubts(&self, file: &Path) -> Vec<String> {
        let doubts = lint(&self.rules);
        let told = doubts
            .iter()
            .map(|it| located(file, &self.text, it, "warning: "));
        told.collect()
    }
}

/// The rules in a file, with its tests passed; every fault with its line and column otherwise.
pub(super) fn read(file: &Path) -> Result<Read, Failure> {
    let size = std::fs::metadata(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?
        .len();
    if size > FILE as u64 {
        return Err(format!(
            "{}: at most {FILE} bytes; these are {size}.",
            file.display()
        )
        .into());
    }
    let text = read_text(file)?;
    let rules = Rules::from_yaml(&text).and_then(|rules| rules.try_out().map(|()| rules));
    match rules {
        Ok(rules) => Ok(Read { rules, text }),
        Err(Error::Refused(refusals)) => {
            let lines = refusals.iter().map(|it| located(file, &text, it, ""));
            Err(lines.collect::<Vec<_>>().join("\n").into())
        }
        Err(error) => Err(error.to_string().into()),
    }
}

/// A fault as editors read it: file, line, column, how grave it is where it is none, and what is wrong.
fn located(file: &Path, text: &str, fault: &Refusal, grave: &str) -> String {
    let path = fault.field.join(".");
    let (place, says) = document::located(text, fault);
    let place = place.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
    let path = if path.is_empty() {
        path
    } else {
        format!("{path}: ")
    };
    format!("{}{place}: {grave}{path}{says}", file.display())
}
