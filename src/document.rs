//! What documents that people write have in common: they are read from YAML, and every fault is
//! told at once, with its path.
//!
//! Reading stops at the first place that cannot be understood and tells its line and column; what
//! can be understood is then checked as a whole, into [`Faults`].

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_saphyr::{Budget, Spanned, UserMessageFormatter};

use crate::error::{Error, Refusal, Result};
use crate::submission::check_text;

/// The most characters of a name, a title, a label.
pub const TITLE: usize = 200;
/// The most characters of a key or a slug.
pub const KEY: usize = 64;
/// How many values a document may have for each byte that it may be long: what is good and not
/// too long can be read, and what grows while it is read cannot.
const BYTES_A_NODE: usize = 4;

/// Reads a document of at most `most` bytes; whether it is a good one, its check says.
///
/// # Errors
/// `INVALID_YAML`, with line and column.
pub fn from_yaml<T: DeserializeOwned>(text: &str, most: usize) -> Result<T> {
    let refuse = |message: String| Refusal::new("INVALID_YAML", message);
    if text.len() > most {
        return Err(refuse(format!("At most {most} bytes; these are {}.", text.len())).into());
    }
    let mut budget = Budget::default();
    budget.max_nodes = budget.max_nodes.max(most / BYTES_A_NODE);
    budget.max_events = budget.max_events.max(budget.max_nodes * 2);
    let options =
        serde_saphyr::options! { with_snippet: false, budget: Some(budget), strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| refuse(error.render_with_formatter(&UserMessageFormatter)).into())
}

/// Where in a text that was read the value of a path stands, or what of the path there is: line and
/// column, from 1.
#[must_use]
pub fn place(text: &str, path: &[String]) -> Option<(u64, u64)> {
    let root: Spanned<Tree> = serde_saphyr::from_str(text).ok()?;
    let (mut tree, mut at) = (&root.value, root.referenced);
    for part in path {
        let inner = match tree {
            Tree::Leaf => None,
            Tree::List(items) => part.parse().ok().and_then(|place: usize| items.get(place)),
            Tree::Map(entries) => entries
                .iter()
                .find(|(key, _)| key == part)
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
    let line = place(yaml, &fault.field).filter(|_| !fault.field.is_empty());
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
    Map(Vec<(String, Spanned<Tree>)>),
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

/// What was found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<Refusal>);

impl Faults {
    /// One more, at a path such as `steps.0.title`.
    pub fn add(&mut self, code: &'static str, message: impl Into<Cow<'static, str>>, at: &str) {
        self.0.push(Refusal::new(code, message).at(at));
    }

    /// More of them, which say themselves where.
    pub fn extend(&mut self, more: impl IntoIterator<Item = Refusal>) {
        self.0.extend(more);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    #[must_use]
    pub fn into_refusals(self) -> Vec<Refusal> {
        self.0
    }

    /// Whether there are none.
    ///
    /// # Errors
    /// All of them.
    pub fn result(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Refused(self.0))
        }
    }

    /// `INVALID_KEY` unless it is a name in lower case that can stand in a path.
    pub fn key(&mut self, text: &str, at: &str) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let good = text.len() <= KEY
            && text.starts_with(plain)
            && text.ends_with(plain)
            && text.chars().all(|c| plain(c) || c == '-');
        if !good {
            let message = format!(
                "Write a name of a-z, 0-9 and hyphens inside, at most {KEY} characters long."
            );
            self.add("INVALID_KEY", message, at);
        }
    }

    /// `INVALID_LOCALE` unless it is a language tag.
    pub fn locale(&mut self, text: &str, at: &str) {
        if !is_locale(text) {
            let message = "Write the language as a tag such as `en` or `de-AT`.";
            self.add("INVALID_LOCALE", message, at);
        }
    }

    /// `REQUIRED`, `INVALID_TEXT` or `TOO_LONG` unless it is one line that says something.
    pub fn line(&mut self, text: &str, most: usize, at: &str) {
        if text.contains(['\n', '\r']) && !text.trim().is_empty() {
            self.add("INVALID_TEXT", "Write it in one line.", at);
        } else {
            self.words(text, most, at);
        }
    }

    /// `REQUIRED`, `INVALID_TEXT` or `TOO_LONG` unless it is a text that says something.
    pub fn words(&mut self, text: &str, most: usize, at: &str) {
        if text.trim().is_empty() {
            self.add("REQUIRED", "This must not be empty.", at);
        } else {
            self.text(text, most, at);
        }
    }

    /// `INVALID_TEXT` or `TOO_LONG` unless it can be kept; it may be empty.
    pub fn text(&mut self, text: &str, most: usize, at: &str) {
        self.0.extend(check_text(text, most, at));
    }

    /// `OUT_OF_RANGE` unless the number is one of these.
    pub fn within(&mut self, number: u32, range: RangeInclusive<u32>, at: &str) {
        if !range.contains(&number) {
            let message = format!("Between {} and {}.", range.start(), range.end());
            self.add("OUT_OF_RANGE", message, at);
        }
    }

    /// `TOO_MANY` where there are more than that.
    pub fn at_most(&mut self, count: usize, most: usize, at: &str) {
        if count > most {
            let message = format!("At most {most}; these are {count}.");
            self.add("TOO_MANY", message, at);
        }
    }

    /// `DUPLICATE` for each that came before, told as `path.index`.
    pub fn distinct<T: Ord>(&mut self, items: impl Iterator<Item = T>, path: &str) {
        self.each_once(items.enumerate().map(|(n, it)| (it, format!("{path}.{n}"))));
    }

    /// `DUPLICATE` for each that came before, told as `path.index.field`.
    pub fn distinct_at<T: Ord>(&mut self, items: impl Iterator<Item = T>, path: &str, field: &str) {
        let at = |index| format!("{path}.{index}.{field}");
        self.each_once(items.enumerate().map(|(index, it)| (it, at(index))));
    }

    /// `DUPLICATE` for each that came before, each told at the path beside it.
    pub fn each_once<T: Ord>(&mut self, items: impl Iterator<Item = (T, String)>) {
        let mut seen = BTreeSet::new();
        for (item, path) in items {
            if !seen.insert(item) {
                self.add("DUPLICATE", "This is named twice.", &path);
            }
        }
    }

    /// `TOO_MANY`, `DUPLICATE` or `INVALID_KEY` unless these are names by which it can be found.
    pub fn tags(&mut self, tags: &[String], most: usize, path: &str) {
        self.at_most(tags.len(), most, path);
        self.distinct(tags.iter(), path);
        for (index, tag) in tags.iter().take(most).enumerate() {
            self.key(tag, &format!("{path}.{index}"));
        }
    }

    /// `UNKNOWN_REGION` for each that is not one of those configured, `DUPLICATE` where it is
    /// named again.
    pub fn regions(&mut self, named: &[String], configured: &[String], path: &str) {
        self.distinct(named.iter(), path);
        for (index, region) in named.iter().enumerate() {
            if !configured.contains(region) {
                let message = format!("Name regions of {}.", configured.join(", "));
                self.add("UNKNOWN_REGION", message, &format!("{path}.{index}"));
            }
        }
    }
}

/// Whether it is a language tag with letters and digits between hyphens, such as `en`, `de-AT` or
/// `zh-Hant-TW`.
#[must_use]
pub fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let letters = language.chars().all(|c| c.is_ascii_lowercase());
    letters
        && (2..=3).contains(&language.len())
        && text.len() <= 35
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_place_in_the_text() {
        let text =
            "name: one\ntiers:\n  - key: gold\n    needs: [1, 2]\n  - {key: top, needs: []}\n";
        for (path, place) in [
            ("name", (1, 7)),
            ("tiers.0.key", (3, 10)),
            ("tiers.0.needs.1", (4, 16)),
            ("tiers.1.needs", (5, 23)),
            // What is not there is missing where it would stand.
            ("tiers.1.name", (5, 5)),
            ("tiers.7", (3, 3)),
        ] {
            let path: Vec<_> = path.split('.').map(str::to_owned).collect();
            assert_eq!(super::place(text, &path), Some(place), "{path:?}");
        }
    }

    #[test]
    fn locales_are_tags() {
        for good in ["en", "de-AT", "zh-Hant-TW"] {
            assert!(is_locale(good), "{good}");
        }
        for bad in ["", "e", "english", "EN", "en_US", "en-", "-en", "en-äö"] {
            assert!(!is_locale(bad), "{bad}");
        }
    }
}
