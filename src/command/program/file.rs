//! A program in a file: read, understood and tried; with what is wrong or doubtful as editors read it.

use std::path::Path;

use super::super::{Failure, read_text};
use crate::document;
use crate::error::{Error, Refusal};
use crate::program::document::FILE;
use crate::program::lint::lint;
use crate::program::rules::Rules;

/// A program that was understood.
pub(super) struct Read {
    pub(super) rules: Rules,
    /// What the file says.
    pub(super) text: String,
}

impl Read {
    /// What is doubtful in it, a line each.
    pub(super) fn doubts(&self, file: &Path) -> Vec<String> {
        let mut doubts = lint(&self.rules);
        doubts.sort_by_cached_key(|it| document::located(&self.text, it).0);
        let told = doubts
            .iter()
            .map(|it| located(file, &self.text, it, "warning: "));
        told.collect()
    }
}

/// The rules in a file, whether its tests pass or not; every fault with its line and column otherwise.
pub(super) fn understood(file: &Path) -> Result<Read, Failure> {
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
    let rules = Rules::from_yaml(&text);
    let rules = rules.map_err(|error| faults(error, file, &text).join("\n"))?;
    Ok(Read { rules, text })
}

/// The same with its tests passed.
pub(super) fn read(file: &Path) -> Result<Read, Failure> {
    let read = understood(file)?;
    if let Err(failed) = read.rules.try_out() {
        // What is doubtful may be why.
        let mut lines = faults(failed, file, &read.text);
        lines.extend(read.doubts(file));
        return Err(lines.join("\n").into());
    }
    Ok(read)
}

fn faults(error: Error, file: &Path, text: &str) -> Vec<String> {
    let Error::Refused(refusals) = error else {
        return vec![error.to_string()];
    };
    let lines = refusals.iter().map(|it| located(file, text, it, ""));
    lines.collect()
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
