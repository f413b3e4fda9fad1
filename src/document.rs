//! What documents that people write have in common: they are read from YAML, and every fault is
//! told at once, with its path.
//!
//! Reading stops at the first place that cannot be understood; what can be understood is then checked
//! as a whole, into [`Faults`].

mod yaml;

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;

pub use self::yaml::{at_yaml, from_yaml, in_words, located, to_yaml};
use crate::error::{Error, Refusal, Result};
use crate::submission::check_text;

/// The most characters of a name, a title, a label.
pub const TITLE: usize = 200;
/// The most characters of a key or a slug.
pub const KEY: usize = 64;
/// From which likeness on, of 1, a name may be another one that was mistyped.
const ALIKE: f64 = 0.8;
/// The most names that are told of those that there are.
const TOLD: usize = 20;

/// Which of the names that there are is meant by one that is none of them, where one is much like it; or
/// else which there are.
#[must_use]
pub fn meant<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: BTreeSet<_> = known.into_iter().collect();
    let likeness = known.iter().map(|it| (strsim::jaro_winkler(it, name), *it));
    let nearest = likeness.max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        None => "There are none yet.".to_owned(),
        Some((likeness, it)) if likeness > ALIKE => format!("Is `{it}` meant?"),
        Some(_) => {
            let told: Vec<_> = known.iter().copied().take(TOLD).collect();
            let rest = known.len().saturating_sub(TOLD);
            let more = if rest > 0 {
                format!(" and {rest} more")
            } else {
                String::new()
            };
            format!("There are {}{more}.", told.join(", "))
        }
    }
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
        if !is_key(text) {
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
        let mut seen = BTreeMap::new();
        for (item, path) in items {
            match seen.entry(item) {
                Entry::Vacant(place) => {
                    place.insert(path);
                }
                Entry::Occupied(first) => {
                    let message = format!("This is named twice, first at {}.", first.get());
                    self.add("DUPLICATE", message, &path);
                }
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

    /// That there is no `what` of that name: which one is meant, where one is much like it, or else
    /// which there are.
    pub fn unknown<'k>(
        &mut self,
        code: &'static str,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
        at: &str,
    ) {
        let instead = meant(name, known);
        self.add(code, format!("There is no {what} `{name}`. {instead}"), at);
    }

    /// The same of a name that is none of `known`.
    pub fn known(
        &mut self,
        code: &'static str,
        what: &str,
        name: &String,
        known: &[String],
        at: &str,
    ) {
        if !known.contains(name) {
            self.unknown(code, what, name, known.iter().map(String::as_str), at);
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

/// Whether it is a name in lower case that can stand in a path.
#[must_use]
pub fn is_key(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= KEY
        && text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|c| plain(c) || c == '-')
}

/// A text as plain words, for an address or the name of a file: a-z, 0-9 and hyphens, at most [`KEY`]
/// of them; empty where it has no letter of those.
#[must_use]
pub fn plain_words(text: &str) -> String {
    let mut words = String::new();
    // Accents and dots fall off their letters, and are dropped like all that is left.
    for letter in text.nfkd().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => words.push(letter),
            'ß' => words.push_str("ss"),
            'æ' => words.push_str("ae"),
            'ø' => words.push('o'),
            // As German writes what it has no dots for.
            '\u{308}' if words.ends_with(['a', 'o', 'u']) => words.push('e'),
            _ if letter.is_alphanumeric()
                || unicode_normalization::char::is_combining_mark(letter) => {}
            _ if words.is_empty() || words.ends_with('-') => {}
            _ => words.push('-'),
        }
        if words.len() > KEY {
            // Whole words, where there is more than one.
            words.truncate(KEY);
            if let Some(at) = words.rfind('-').filter(|at| *at > KEY / 2) {
                words.truncate(at);
            }
            break;
        }
    }
    words.trim_end_matches('-').to_owned()
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
            assert_eq!(super::yaml::place(text, &path), Some(place), "{path:?}");
        }
    }

    #[test]
    fn a_name_that_there_is_not_is_told_with_the_one_that_is_meant() {
        let told = |name: &str, known: &[&str]| {
            let mut faults = Faults::default();
            faults.unknown(
                "UNKNOWN_TIER",
                "tier",
                name,
                known.iter().copied(),
                "tiers.0",
            );
            faults.into_refusals().remove(0).message.into_owned()
        };
        let known = ["silver", "gold", "gold"];
        assert_eq!(
            told("golf", &known),
            "There is no tier `golf`. Is `gold` meant?"
        );
        assert_eq!(
            told("x", &known),
            "There is no tier `x`. There are gold, silver."
        );
        assert_eq!(told("x", &[]), "There is no tier `x`. There are none yet.");
        let many: Vec<_> = (0..30).map(|n| format!("tier-{n:02}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert!(told("x", &many).ends_with("tier-18, tier-19 and 10 more."));
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
