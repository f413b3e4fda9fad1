//! `facts`: what other systems tell, from files.

use std::path::PathBuf;

use clap::Subcommand;

use super::admin::told;
use super::{Failure, open, say};
use crate::auth::Actor;
use crate::config::{Config, Faults};
use crate::fact::{FROM_OUTSIDE, Field, FieldType, about_kind, fields_of};
use crate::file::Kind;
use crate::intake::import::{Import, Report, TOLD, import};
use crate::intake::line::Form;

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Record the facts of a file: a table (.csv), or a JSON object on each line (.jsonl)
    Import {
        /// The file
        file: PathBuf,
        /// The system that tells them, such as `crm`
        #[arg(long, value_name = "NAME")]
        source: String,
        /// Look at it, and record nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the kinds of facts that other systems may tell, with their fields
    Kinds,
}

pub(super) async fn facts(
    what: What,
    config: impl FnOnce() -> Result<Config, Faults>,
) -> Result<(), Failure> {
    match what {
        What::Import {
            file,
            source,
            dry_run,
        } => {
            let shown = file.display();
            let form = match Kind::of_name(&file.to_string_lossy()) {
                Some(Kind::Csv) => Form::Csv,
                Some(Kind::JsonLines) => Form::JsonLines,
                _ => return Err(format!("{shown} has to end with .csv or .jsonl.").into()),
            };
            let bytes = std::fs::read(&file);
            let bytes = bytes.map_err(|error| format!("{shown} cannot be read: {error}"))?;
            let app = open(config()?).await?;
            let taken = Import {
                source,
                form,
                bytes,
                dry_run,
            };
            let report = import(&app.op(Actor::System), taken).await;
            app.db.close().await;
            finish(&report.map_err(told)?)
        }
        What::Kinds => {
            say(&kinds());
            Ok(())
        }
    }
}

fn finish(report: &Report) -> Result<(), Failure> {
    for refused in &report.refusals {
        let field = refused.field.as_deref().unwrap_or("line");
        say(&format!(
            "Line {}, {field}: {} ({})",
            refused.line, refused.message, refused.code
        ));
    }
    if report.refusals.len() == TOLD {
        say("… and perhaps more: mend these first.");
    }
    let done = if report.dry_run {
        "would be recorded"
    } else {
        "recorded"
    };
    say(&format!(
        "{} {done}, {} known already, {} refused.",
        report.recorded, report.known, report.refused
    ));
    if report.refused > 0 {
        return Err(format!("{} lines were refused", report.refused).into());
    }
    Ok(())
}

/// Every kind with its fields.
fn kinds() -> String {
    let mut lines = Vec::new();
    for kind in FROM_OUTSIDE {
        lines.push(format!("{kind}  {}", about_kind(kind)));
        lines.extend(fields_of(kind).unwrap_or_default().iter().map(|field| {
            let optional = if field.is_optional { ", optional" } else { "" };
            let (name, ty) = (field.name, type_name(field));
            format!("    {name} ({ty}{optional})  {}", field.about)
        }));
    }
    lines.join("\n")
}

/// What is written in a field.
fn type_name(field: &Field) -> String {
    if !field.choices.is_empty() {
        return field.choices.join(" | ");
    }
    match field.ty {
        FieldType::Text if field.is_currency => "currency",
        FieldType::Text => "text",
        FieldType::Texts => "texts, in a file with `;` between them",
        FieldType::Number if field.is_whole => "whole number",
        FieldType::Number => "number",
        FieldType::Flag => "true | false",
        FieldType::Day => "day",
        FieldType::Instant => "instant",
    }
    .to_owned()
}
