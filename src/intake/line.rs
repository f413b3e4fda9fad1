//! Facts as they are written: in a table, or as a JSON object on each line.
//!
//! Reading tells lines apart and nothing else. What cannot be a line is a refusal of that line, and
//! the others are read; what cannot be a file is a refusal of the file.

use std::collections::BTreeSet;

use csv::{ReaderBuilder, StringRecord, Trim};
use entity::id::PartnerId;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Refusal, Result};
use crate::fact::{FROM_OUTSIDE, fields_of};

/// The columns of a table that are no fields of a kind. All of them have to be there.
pub const COLUMNS: [&str; 4] = ["kind", "partner", "occurredAt", "externalId"];
/// The most lines of a file.
pub const LINES: usize = 50_000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table as text, its first line the names of the columns.
    Csv,
    /// A JSON object on each line.
    JsonLines,
}

/// Whose a fact is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That partner's.
    Id(PartnerId),
    /// That of the partner with this id in the API, or with this domain.
    Named(String),
}

/// A fact as it was written: nothing of it has been looked at yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// Its kind.
    pub kind: String,
    /// Whose it is.
    pub partner: Whose,
    /// When it happened.
    pub occurred_at: String,
    /// What the other system calls it.
    pub external_id: String,
    /// The fields of its kind, as texts or as JSON says them.
    pub detail: Map<String, Value>,
}

/// A line with its number, the first being 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number.
    pub number: u64,
    /// What stands in it, or why that cannot be read.
    pub read: Result<Raw, Refusal>,
}

/// Reads a file.
///
/// # Errors
/// `INVALID`, `REQUIRED`, `UNKNOWN_FIELD` and `DUPLICATE` for the columns of a table, `TOO_MANY`.
pub fn read(form: Form, bytes: &[u8]) -> Result<Vec<Line>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Refusal::new("INVALID", "It is no text in UTF-8.").into());
    };
    // What spreadsheets put in front of a text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = match form {
        // Lines are counted by one character alone.
        Form::Csv => table(&text.replace("\r\n", "\n"))?,
        Form::JsonLines => objects(text),
    };
    if lines.len() > LINES {
        let message = format!(
            "At most {LINES} facts in a file; these are {}.",
            lines.len()
        );
        return Err(Refusal::new("TOO_MANY", message).into());
    }
    Ok(lines)
}

fn table(text: &str) -> Result<Vec<Line>> {
    let head = text.lines().next().unwrap_or_default();
    // Where a comma stands for the decimal point, spreadsheets write semicolons between cells.
    let between = if head.contains(';') && !head.contains(',') {
        b';'
    } else {
        b','
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(between)
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let columns = match reader.headers() {
        Ok(columns) => columns.clone(),
        Err(error) => return Err(Refusal::new("INVALID", format!("{error}.")).into()),
    };
    check_columns(&columns)?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let (number, read) = match record {
            Ok(record) => (
                record.position().map_or(0, csv::Position::line),
                row(&columns, &record),
            ),
            Err(error) => {
                let number = error.position().map_or(0, csv::Position::line);
                (number, Err(Refusal::new("INVALID", format!("{error}."))))
            }
        };
        lines.push(Line { number, read });
    }
    Ok(lines)
}

fn check_columns(columns: &StringRecord) -> Result<()> {
    let fields: BTreeSet<_> = FROM_OUTSIDE
        .iter()
        .filter_map(|kind| fields_of(kind))
        .flatten()
        .map(|field| field.name)
        .chain(COLUMNS)
        .collect();
    let mut refusals = Vec::new();
    let mut seen = BTreeSet::new();
    for column in columns {
        let shown: String = column.chars().take(40).collect();
        if !fields.contains(column) {
            let message = format!("No kind of facts has a field `{shown}`.");
            refusals.push(Refusal::new("UNKNOWN_FIELD", message));
        } else if !seen.insert(column) {
            let message = format!("There are two columns `{shown}`.");
            refusals.push(Refusal::new("DUPLICATE", message));
        }
    }
    for column in COLUMNS {
        if !seen.contains(column) {
            let message = format!("The first line has to name a column `{column}`.");
            refusals.push(Refusal::new("REQUIRED", message));
        }
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        refusals.truncate(20);
        Err(crate::error::Error::Refused(refusals))
    }
}

fn row(columns: &StringRecord, record: &StringRecord) -> Result<Raw, Refusal> {
    if record.len() != columns.len() {
        let message = format!(
            "It has {} cells where the first line has {}.",
            record.len(),
            columns.len()
        );
        return Err(Refusal::new("INVALID", message));
    }
    let mut written = Written::default();
    for (column, cell) in columns.iter().zip(record) {
        if cell.is_empty() {
            continue;
        }
        let cell = cell.to_owned();
        match column {
            "kind" => written.kind = cell,
            "partner" => written.partner = cell,
            "occurredAt" => written.occurred_at = cell,
            "externalId" => written.external_id = cell,
            field => {
                written.detail.insert(field.to_owned(), cell.into());
            }
        }
    }
    Ok(written.into())
}

/// A fact as an object.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    occurred_at: String,
    #[serde(default)]
    external_id: String,
    #[serde(default)]
    detail: Map<String, Value>,
}

impl From<Written> for Raw {
    fn from(written: Written) -> Self {
        Self {
            kind: written.kind,
            partner: Whose::Named(written.partner),
            occurred_at: written.occurred_at,
            external_id: written.external_id,
            detail: written.detail,
        }
    }
}

fn objects(text: &str) -> Vec<Line> {
    let lines = (1..).zip(text.lines());
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            let read = serde_json::from_str::<Written>(line).map(Raw::from);
            let read = read.map_err(|error| {
                // It tells of what was written, which may be long.
                let what: String = error.to_string().chars().take(200).collect();
                Refusal::new("INVALID", format!("It cannot be read: {what}."))
            });
            Line { number, read }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(lines: &[Line]) -> Vec<(u64, bool)> {
        let of = |line: &Line| (line.number, line.read.is_ok());
        lines.iter().map(of).collect()
    }

    #[test]
    fn a_table_is_read_as_people_and_spreadsheets_write_it() {
        let comma = "kind,partner,occurredAt,externalId,customer,product\n\
                     customer.lost,a.example,2026-11-01,x-1,\"Hotel, \"\"Elsewhere\"\"\",\n";
        let semicolon = "\u{feff}kind;partner;occurredAt;externalId;customer;product\r\n\
                         customer.lost; a.example ;2026-11-01;x-1;\"Hotel, \"\"Elsewhere\"\"\";\r\n";
        for text in [comma, semicolon] {
            let lines = read(Form::Csv, text.as_bytes()).unwrap();
            let raw = lines[0].read.clone().unwrap();
            assert_eq!(lines[0].number, 2);
            assert_eq!(raw.partner, Whose::Named("a.example".to_owned()));
            assert_eq!(raw.detail["customer"], "Hotel, \"Elsewhere\"");
            // An empty cell says nothing.
            assert!(!raw.detail.contains_key("product"));
        }
    }

    #[test]
    fn columns_are_known_and_named_once() {
        let told = |head: &str| {
            let error = read(Form::Csv, head.as_bytes()).unwrap_err();
            let crate::error::Error::Refused(refusals) = error else {
                panic!("{error}");
            };
            refusals.into_iter().map(|it| it.code).collect::<Vec<_>>()
        };
        assert_eq!(
            told("kind,partner,occurredAt,externalId,price"),
            ["UNKNOWN_FIELD"]
        );
        assert_eq!(
            told("kind,partner,occurredAt,externalId,kind"),
            ["DUPLICATE"]
        );
        assert_eq!(told("kind,partner"), ["REQUIRED", "REQUIRED"]);
        assert_eq!(told(""), ["REQUIRED"; 4]);
        // A field of what the portal tells itself is no column.
        assert_eq!(
            told("kind,partner,occurredAt,externalId,approved"),
            ["UNKNOWN_FIELD"]
        );
    }

    #[test]
    fn a_line_that_cannot_be_read_does_not_stop_the_others() {
        let table = "kind,partner,occurredAt,externalId\na,b,c,d\na,b\na,b,c,d,e\na,b,c,d\n";
        let lines = read(Form::Csv, table.as_bytes()).unwrap();
        assert_eq!(
            numbers(&lines),
            [(2, true), (3, false), (4, false), (5, true)]
        );
        let objects = "{\"kind\": \"a\"}\n\n{\"kind\": 1}\n{\"price\": \"1\"}\nno\n{}\n";
        let lines = read(Form::JsonLines, objects.as_bytes()).unwrap();
        assert_eq!(
            numbers(&lines),
            [(1, true), (3, false), (4, false), (5, false), (6, true)]
        );
    }
}
