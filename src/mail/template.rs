//! The templates, embedded in the binary: taken apart and checked when the portal starts.

use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::markdown;
use crate::error::{Error, Result};

/// The files under `templates/`.
#[derive(rust_embed::Embed)]
#[folder = "templates/"]
struct Files;

/// The longest merged value in a subject.
const SUBJECT_VALUE: usize = 80;

/// The text of a file under `templates/`.
pub(super) fn source(path: &str) -> Result<String> {
    let file = Files::get(path).ok_or_else(|| Error::fault(format!("no template {path}")))?;
    String::from_utf8(file.data.into_owned())
        .map_err(|_| Error::fault(format!("template {path} is no UTF-8")))
}

/// The parts of a letter's file: each is a template of its own, since each is escaped differently.
pub(super) const PARTS: [&str; 4] = ["subject", "preheader", "why", "body"];

/// Takes a letter's file apart: `---`, one line for each of the first three parts, `---`, the body.
fn parts(path: &str) -> Result<[String; 4]> {
    let text = source(path)?;
    let wrong = |what: &str| Error::fault(format!("template {path}: {what}"));
    let (head, body) = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .ok_or_else(|| wrong("begins with no head between two lines of `---`"))?;
    let mut found = [const { String::new() }; 4];
    let mut lines = head.lines();
    for (name, part) in PARTS.iter().zip(&mut found).take(3) {
        lines
            .next()
            .and_then(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .ok_or_else(|| wrong(&format!("its head needs a line `{name}: …` here")))?
            .clone_into(part);
    }
    if let Some(line) = lines.next() {
        return Err(wrong(&format!("its head has a line too many: `{line}`")));
    }
    body.clone_into(&mut found[3]);
    Ok(found)
}

/// The name of a letter's part in the environment; its end decides how values are escaped.
pub(super) fn name(kind: &str, language: &str, part: &str) -> String {
    format!("{kind}.{language}.{part}")
}

/// An environment that knows the letters of these kinds and languages and is strict.
pub(super) fn letters(kinds: &[&str], languages: &[&str]) -> Result<Environment<'static>> {
    let mut environment = pages(&["layout.html"])?;
    for kind in kinds {
        for language in languages {
            let sources = parts(&format!("letters/{kind}.{language}.md"))?;
            for (part, source) in PARTS.iter().zip(sources) {
                add(&mut environment, &name(kind, language, part), source)?;
            }
        }
    }
    Ok(environment)
}

/// An environment of pages, with the style that they share.
pub(super) fn pages(paths: &[&str]) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
        Some("html") => AutoEscape::Html,
        Some("css") => AutoEscape::None,
        Some(part) => AutoEscape::Custom(part.to_owned().into()),
        None => AutoEscape::Custom("".into()),
    });
    environment.set_formatter(write);
    for path in paths {
        add(&mut environment, path, source(path)?)?;
    }
    Ok(environment)
}

fn add(environment: &mut Environment<'static>, name: &str, source: String) -> Result<()> {
    environment
        .add_template_owned(name.to_owned(), source)
        .map_err(|error| Error::fault(format!("template {name}: {}", told(&error))))
}

/// Renders a template.
pub(super) fn render(environment: &Environment<'_>, name: &str, context: &Value) -> Result<String> {
    environment
        .get_template(name)
        .and_then(|template| template.render(context))
        .map_err(|error| Error::fault(format!("template {name}: {}", told(&error))))
}

/// An error of a template with what caused it, which `Display` leaves out.
fn told(error: &minijinja::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// Writes a merged value as its place demands. A value that is none was not meant to be shown.
fn write(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.is_none() {
        return Err(minijinja::Error::new(
            ErrorKind::InvalidOperation,
            "a value that is none cannot be written; ask with `if` first",
        ));
    }
    let AutoEscape::Custom(part) = state.auto_escape() else {
        return minijinja::escape_formatter(out, state, value);
    };
    let text = value.to_string();
    let text = match &**part {
        _ if value.is_safe() => text,
        "subject" => markdown::shorten(markdown::fold(&text), SUBJECT_VALUE),
        "preheader" | "why" => markdown::defuse(&markdown::fold(&text)),
        "body" => markdown::escape(&text),
        other => {
            return Err(minijinja::Error::new(
                ErrorKind::InvalidOperation,
                format!("nobody said how to escape values in `{other}`"),
            ));
        }
    };
    out.write_str(&text).map_err(minijinja::Error::from)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeSet;

    use super::super::language::LANGUAGES;
    use super::*;
    use crate::notification::letter::KINDS;

    #[test]
    fn every_letter_has_a_template_in_every_language_and_no_template_is_left_over() {
        let found: BTreeSet<String> = Files::iter()
            .filter(|path| path.starts_with("letters/"))
            .map(Cow::into_owned)
            .collect();
        let wanted: BTreeSet<String> = KINDS
            .iter()
            .flat_map(|kind| {
                LANGUAGES
                    .iter()
                    .map(move |language| format!("letters/{kind}.{}.md", language.code))
            })
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_value_that_is_none_is_an_error() {
        let mut environment = pages(&[]).unwrap();
        add(&mut environment, "x.en.body", "{{ x }}".to_owned()).unwrap();
        let none = minijinja::context! { x => Value::from(()) };
        assert!(render(&environment, "x.en.body", &none).is_err());
        let absent = minijinja::context! {};
        assert!(render(&environment, "x.en.body", &absent).is_err());
        let there = minijinja::context! { x => "a*b" };
        assert_eq!(render(&environment, "x.en.body", &there).unwrap(), "a\\*b");
    }
}
