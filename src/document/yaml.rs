//! YAML that people write, read: where its values stand, and what to say where it is not as it has to be.

use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_saphyr::{Budget, Location, MessageFormatter, Spanned, UserMessageFormatter};

use super::meant;
use crate::error::{Error, Refusal, Result};

/// How many values a document may have for each byte that it may be long: what is good and not
/// too long can be read, and what grows while it is read cannot.
const BYTES_A_NODE: usize = 4;

/// Reads a document of at most `most` bytes; whether it is a good one, its check says.
///
/// # Errors
/// `INVALID_YAML` for what is first in the text of what cannot be understood, with line and column; with
/// its path, too, where the text is YAML.
pub fn from_yaml<T: DeserializeOwned>(text: &str, most: usize) -> Result<T> {
    if text.len() > most {
        let message = format!("At most {most} bytes; these are {}.", text.len());
        return Err(Refusal::new("INVALID_YAML", message).into());
    }
    let mut budget = Budget::default();
    budget.max_nodes = budget.max_nodes.max(most / BYTES_A_NODE);
    budget.max_events = budget.max_events.max(budget.max_nodes * 2);
    let options =
        serde_saphyr::options! { with_snippet: false, budget: Some(budget), strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| misshapen(text, &error).into())
}

/// What is wrong with the shape of a text, and where.
fn misshapen(text: &str, error: &serde_saphyr::Error) -> Refusal {
    if is_empty(text) {
        return Refusal::new("INVALID_YAML", "There is nothing in it.");
    }
    let of_field = matches!(error, serde_saphyr::Error::SerdeMissingField { .. });
    let at = error.location();
    // What the whole document lacks has no path.
    let of_all = of_field && at.is_some_and(|at| at.column() == 1);
    let path = at
        .filter(|_| !of_all)
        .and_then(|at| path_at(text, at, !of_field));
    let mut place = at.map(|at| (at.line(), at.column()));
    let mut message = what_is_wrong(error);
    if path.is_none() && !of_all && message.contains("tab") {
        if let Some(line) = indented_with_tab(text) {
            place = Some((line, 1));
        }
        "Indent with spaces, not with tabs.".clone_into(&mut message);
    }
    let message = match place {
        Some(place) => with_place(&message, place),
        None => message,
    };
    Refusal {
        field: path.unwrap_or_default(),
        ..Refusal::new("INVALID_YAML", message)
    }
}

/// Whether there is nothing in a text but comments.
fn is_empty(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    lines.all(|line| line.is_empty() || line.starts_with('#'))
}

/// The first line, from 1, that begins with a tab, or with spaces and a tab.
fn indented_with_tab(text: &str) -> Option<u64> {
    let begins = |line: &str| line.trim_start_matches(' ').starts_with('\t');
    let mut lines = (1..).zip(text.lines());
    lines.find(|(_, line)| begins(line)).map(|(place, _)| place)
}

/// What is wrong, in plain words, and what to write instead.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a library says in its own words is told in them"
)]
fn what_is_wrong(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error as Wrong;
    match error {
        Wrong::SerdeMissingField { field, .. } => format!("`{field}` is missing."),
        Wrong::SerdeUnknownField { field, .. } if is_torn(field) => format!(
            "There is no field `{field}`. Within braces a comma ends a value: put the whole text in quotes, such as \"max(0, sales)\"."
        ),
        Wrong::SerdeUnknownField {
            field, expected, ..
        } => format!(
            "There is no field `{field}`. {}",
            meant(field, expected.iter().copied())
        ),
        Wrong::SerdeUnknownVariant {
            variant, expected, ..
        } => format!(
            "There is no `{variant}`. {}",
            meant(variant, expected.iter().copied())
        ),
        Wrong::InvalidBooleanStrict { .. } => BOOLEAN.to_owned(),
        Wrong::InvalidScalar { ty, .. } => asked_for(ty).unwrap_or_else(|| in_its_words(error)),
        Wrong::SerdeInvalidType { expected, .. } | Wrong::SerdeInvalidValue { expected, .. } => {
            asked_for(expected).unwrap_or_else(|| in_its_words(error))
        }
        Wrong::Unexpected { expected, .. } => match *expected {
            "sequence start" => "Write a list.".to_owned(),
            "mapping start" => "Write fields, each with its value.".to_owned(),
            "string scalar" => "Write one value, such as a text or a number.".to_owned(),
            _ => in_its_words(error),
        },
        Wrong::Message { msg, .. } if NO_DAY.contains(&msg.as_str()) => {
            "There is no such day: write one such as 2027-01-31.".to_owned()
        }
        Wrong::DuplicateMappingKey { key: Some(key), .. } => {
            format!("`{key}` is written twice.")
        }
        Wrong::Eof { .. } => "It ends in the middle of something.".to_owned(),
        Wrong::MultipleDocuments { .. } => {
            "Write one document: `---` begins another one.".to_owned()
        }
        Wrong::Budget { .. }
        | Wrong::AliasReplayLimitExceeded { .. }
        | Wrong::AliasExpansionLimitExceeded { .. } => GROWS.to_owned(),
        // Within an alias, what is wrong is told as a text alone.
        _ if error.to_string().contains("limits breached") => GROWS.to_owned(),
        _ => in_its_words(error),
    }
}

/// Whether what stands for a field is the rest of a text with a comma in it: no field has such a name.
fn is_torn(field: &str) -> bool {
    let of_names = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '$');
    !field.chars().all(of_names)
}

const GROWS: &str =
    "It is nested too deep, or aliases of aliases multiply it, beyond what can be read.";

/// What chrono says of a text that is no day.
const NO_DAY: [&str; 4] = [
    "input is out of range",
    "input contains invalid characters",
    "premature end of input",
    "trailing input",
];

const BOOLEAN: &str = "Write `true` or `false`.";

/// What is to be written where a value of a type of Rust is read, in plain words; none where it is no
/// simple value.
fn asked_for(ty: &str) -> Option<String> {
    let range = match ty {
        "u8" => format!("from 0 to {}", u8::MAX),
        "u16" => format!("from 0 to {}", u16::MAX),
        "u32" => format!("from 0 to {}", u32::MAX),
        "u64" | "usize" => format!("from 0 to {}", u64::MAX),
        "i8" => format!("from {} to {}", i8::MIN, i8::MAX),
        "i16" => format!("from {} to {}", i16::MIN, i16::MAX),
        "i32" => format!("from {} to {}", i32::MIN, i32::MAX),
        "i64" | "isize" => format!("from {} to {}", i64::MIN, i64::MAX),
        "f32" | "f64" | "floating point" => return Some("Write a number.".to_owned()),
        "bool" | "boolean" | "a boolean" => return Some(BOOLEAN.to_owned()),
        _ => return None,
    };
    Some(format!("Write a whole number {range}."))
}

fn in_its_words(error: &serde_saphyr::Error) -> String {
    format!("{}.", UserMessageFormatter.format_message(error))
}

/// What ends a message that says itself where it is: the two that follow write and read it.
const PLACED: (&str, &str, &str) = (" (line ", ", column ", ")");

fn with_place(message: &str, (line, column): (u64, u64)) -> String {
    let (before, between, after) = PLACED;
    format!("{message}{before}{line}{between}{column}{after}")
}

fn without_place(message: &str) -> Option<(&str, (u64, u64))> {
    let (before, between, after) = PLACED;
    let (message, place) = message.strip_suffix(after)?.rsplit_once(before)?;
    let (line, column) = place.split_once(between)?;
    Some((message, (line.parse().ok()?, column.parse().ok()?)))
}

/// Where in a text a fault of it is, as far as is known, line and column from 1, and what it says beside
/// that.
#[must_use]
pub fn located<'f>(text: &str, fault: &'f Refusal) -> (Option<(u64, u64)>, &'f str) {
    let message = fault.message.as_ref();
    if fault.code != "INVALID_YAML" {
        let has_path = !fault.field.is_empty();
        return (
            has_path.then(|| place(text, &fault.field)).flatten(),
            message,
        );
    }
    // Its place is that of the key where the key is what is wrong, which its path does not tell.
    match without_place(message) {
        Some((message, place)) => (Some(place), message),
        None => (None, message),
    }
}

/// The path of what stands at a place of a text: of the last key or value that begins there or before;
/// of what is around it where what begins there is not meant. Nothing where the text is no YAML.
fn path_at(text: &str, at: Location, there: bool) -> Option<Vec<String>> {
    let root: Spanned<Tree> = serde_saphyr::from_str(text).ok()?;
    let at = (at.line(), at.column());
    let begun = |other: Location| (other.line(), other.column()) <= at;
    // The first key of a map begins where the map does.
    let is_key = |key: Location| begun(key) && (there || (key.line(), key.column()) != at);
    let (mut path, mut tree) = (Vec::new(), &root.value);
    loop {
        let inner = match tree {
            Tree::Leaf => None,
            Tree::List(items) => {
                let last = items.iter().rposition(|it| begun(it.referenced));
                last.map(|place| (place.to_string(), &items[place]))
            }
            Tree::Map(entries) => {
                let last = entries.iter().rfind(|(key, _)| is_key(key.referenced));
                last.map(|(key, value)| (key.value.clone(), value))
            }
        };
        let Some((name, value)) = inner else {
            return Some(path);
        };
        path.push(name);
        if !begun(value.referenced) {
            return Some(path);
        }
        tree = &value.value;
    }
}

/// Where in a text that was read the value of a path stands, or what of the path there is: line and
/// column, from 1.
pub(super) fn place(text: &str, path: &[String]) -> Option<(u64, u64)> {
    let root: Spanned<Tree> = serde_saphyr::from_str(text).ok()?;
    let (mut tree, mut at) = (&root.value, root.referenced);
    for part in path {
        let inner = match tree {
            Tree::Leaf => None,
            Tree::List(items) => part.parse().ok().and_then(|place: usize| items.get(place)),
            Tree::Map(entries) => entries
                .iter()
                .find(|(key, _)| key.value == *part)
                .map(|(_, it)| it),
        };
        let Some(inner) = inner else { break };
        (tree, at) = (&inner.value, inner.referenced);
    }
    Some((at.line(), at.column()))
}

/// A fault of a document as one of the input `yaml` that holds it, with the line and column.
#[must_use]
pub fn at_yaml(yaml: &str, fault: Refusal) -> Refusal {
    // What has no shape says itself where it is.
    let is_placed = fault.code == "INVALID_YAML" || fault.field.is_empty();
    let line = (!is_placed).then(|| place(yaml, &fault.field)).flatten();
    let fault = in_words(fault);
    let message = match line {
        Some((line, column)) => format!("line {line}, column {column}, {}", fault.message),
        None => fault.message.into_owned(),
    };
    Refusal::new(fault.code, message).at("yaml")
}

/// A fault of a document that says in words where it is, for an input that does not hold it.
#[must_use]
pub fn in_words(fault: Refusal) -> Refusal {
    let path = fault.field.join(".");
    if path.is_empty() {
        return fault;
    }
    let message = format!("{path}: {}", fault.message);
    Refusal::new(fault.code, message)
}

/// A document of any shape, with the places of its values.
enum Tree {
    Leaf,
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Tree;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("anything")
            }
            fn visit_bool<E>(self, _: bool) -> std::result::Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_i64<E>(self, _: i64) -> std::result::Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_u64<E>(self, _: u64) -> std::result::Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_f64<E>(self, _: f64) -> std::result::Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_str<E>(self, _: &str) -> std::result::Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_unit<E>(self) -> std::result::Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut items: A,
            ) -> std::result::Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Tree::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut entries: A,
            ) -> std::result::Result<Tree, A::Error> {
                let mut map = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    map.push(entry);
                }
                Ok(Tree::Map(map))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Writes a document as YAML.
///
/// # Errors
/// A fault where it cannot be written, which no document that was checked can cause.
pub fn to_yaml(document: &impl Serialize) -> Result<String> {
    serde_saphyr::to_string(document).map_err(|error| Error::fault(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether they are read is looked at")]
    struct Shelf {
        name: String,
        #[serde(default)]
        books: Vec<Book>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether they are read is looked at")]
    struct Book {
        title: String,
        #[serde(default)]
        pages: u32,
        #[serde(default)]
        lent: bool,
        #[serde(default)]
        weight: f64,
    }

    fn told(text: &str) -> String {
        let error = from_yaml::<Shelf>(text, 1_000).unwrap_err();
        let Error::Refused(refusals) = error else {
            panic!("{error}");
        };
        let told: Vec<_> = refusals.into_iter().map(|it| at_yaml(text, it)).collect();
        assert_eq!(told.len(), 1);
        told[0].message.clone().into_owned()
    }

    #[test]
    fn what_has_another_shape_is_told_with_its_place_and_its_path() {
        for (text, says) in [
            (
                "name: A\nbooks:\n  - {title: B, page: 7}\n",
                "books.0.page: There is no field `page`. Is `pages` meant? (line 3, column 16)",
            ),
            (
                "name: A\nbooks:\n  - {title: B, colour: 7}\n",
                "books.0.colour: There is no field `colour`. There are lent, pages, title, weight. (line 3, column 16)",
            ),
            (
                "name: A\nbooks:\n  - title: B\n  - pages: 7\n",
                "books.1: `title` is missing. (line 4, column 5)",
            ),
            (
                "name: A\nbooks:\n  - {title: B, pages: many}\n",
                "books.0.pages: Write a whole number from 0 to 4294967295. (line 3, column 23)",
            ),
            (
                "name: A\nbooks:\n  - {title: B, pages: -1}\n",
                "books.0.pages: Write a whole number from 0 to 4294967295. (line 3, column 23)",
            ),
            (
                "name: A\nbooks:\n  - {title: B, lent: yes}\n",
                "books.0.lent: Write `true` or `false`. (line 3, column 22)",
            ),
            (
                "name: A\nbooks:\n  - {title: B, weight: heavy}\n",
                "books.0.weight: Write a number. (line 3, column 24)",
            ),
            (
                "name: A\nbooks:\n  - {title: To be, or not, pages: 7}\n",
                "books.0.or not: There is no field `or not`. Within braces a comma ends a value: put the whole text in quotes, such as \"max(0, sales)\". (line 3, column 20)",
            ),
            ("books: []\n", "`name` is missing. (line 1, column 1)"),
        ] {
            assert_eq!(told(text), says, "{text}");
        }
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_place_and_what_to_do() {
        for (text, says) in [
            ("name: [A\n", "line "),
            ("", "There is nothing in it."),
            ("\u{feff}# A\n\n", "There is nothing in it."),
            (
                "name: A\nbooks:\n\t- title: B\n",
                "Indent with spaces, not with tabs. (line 3, column 1)",
            ),
            (
                "name: A\n---\nname: B\n",
                "Write one document: `---` begins another one.",
            ),
            (
                "name: A\nbooks: B\n",
                "books: Write a list. (line 2, column 8)",
            ),
            (
                "name: A\nbooks: [B]\n",
                "books.0: Write fields, each with its value. (line 2, column 9)",
            ),
            (
                "name: A\nname: B\n",
                "`name` is written twice. (line 2, column 1)",
            ),
            (
                "- A\n",
                "Write fields, each with its value. (line 1, column 1)",
            ),
        ] {
            let told = told(text);
            assert!(told.contains(says), "{text}: {told}");
        }
    }

    #[test]
    fn a_fault_is_located_where_its_message_says_it_is_and_says_so_once() {
        let text = "name: A\nbooks:\n  - {title: B, colour: 7}\n";
        let Error::Refused(faults) = from_yaml::<Shelf>(text, 1_000).unwrap_err() else {
            panic!("it is refused");
        };
        let (place, says) = located(text, &faults[0]);
        // The key is wrong, and not its value.
        assert_eq!(place, Some((3, 16)));
        assert!(
            says.starts_with("There is no field") && !says.contains("line"),
            "{says}"
        );
        let checked = Refusal::new("DUPLICATE", "Twice (line 1, column 1)").at("books.0.title");
        assert_eq!(
            located(text, &checked),
            (Some((3, 13)), "Twice (line 1, column 1)")
        );
        let nowhere = Refusal::new("TOO_LONG", "Too long.");
        assert_eq!(located(text, &nowhere), (None, "Too long."));
    }
}
