//! A playbook as a document: what people write, by the API or as a YAML file, in all its languages.
//!
//! It is complete in its main language. What is not written in another stands there in the main
//! one, so that every reader sees every section.

use std::collections::{BTreeMap, BTreeSet};

use entity::playbook_section::SectionKind;
use serde::{Deserialize, Serialize};

use super::template;
use crate::audience::Audience;
use crate::document::{self, Faults, TITLE};
use crate::error::Result;
use crate::shape::LINKED_MOST;

/// The most sections: as many as a reader is shown at once. What is longer is two playbooks.
pub const SECTIONS: usize = LINKED_MOST;
/// The most assets of a section: as many as a reader is shown at once.
pub const ASSETS: usize = LINKED_MOST;
/// The most languages.
pub const LANGUAGES: usize = 10;
/// The most characters of a summary, and of what has changed.
pub const SUMMARY: usize = 2_000;
/// The most characters of a section in one language.
pub const BODY: usize = 20_000;
/// The most days within which it is to be acknowledged.
pub const DAYS: u32 = 366;
/// The most bytes of a playbook as YAML.
pub const FILE: usize = 1 << 20;

/// The codes of the refusals of a document.
pub const CODES: &[&str] = &[
    "DUPLICATE",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "INVALID_TEXT",
    "INVALID_YAML",
    "OUT_OF_RANGE",
    "REQUIRED",
    "RETIRED",
    "TOO_LONG",
    "TOO_MANY",
    "UNKNOWN_ASSET",
    "UNKNOWN_LOCALE",
    "UNKNOWN_MERGE_FIELD",
    "UNKNOWN_REGION",
    "UNKNOWN_TIER",
];

/// A playbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// Short name in lower case: versions of the same playbook share it.
    pub slug: String,
    /// Its main language.
    pub locale: String,
    /// For whom it is.
    #[serde(default, skip_serializing_if = "Audience::is_everybody")]
    pub audience: Audience,
    /// Days within which members acknowledge it; none where nobody is asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge_within_days: Option<u32>,
    /// What it is called and good for, by language: these are its languages.
    pub texts: BTreeMap<String, Text>,
    /// Its sections, in their order.
    pub sections: Vec<Section>,
}

/// A playbook in one language, without its sections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Text {
    /// Name.
    pub title: String,
    /// What it is good for, as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What has changed since the version before, for those who know that one, as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub changes: String,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Section {
    /// Name within the playbook, in lower case: by it versions are compared.
    pub key: String,
    /// What it is.
    pub kind: SectionKind,
    /// What of the library belongs to it: slugs of assets, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<String>,
    /// What it says, by language.
    pub texts: BTreeMap<String, Words>,
}

/// A section in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Words {
    /// Name.
    pub title: String,
    /// What it says, as Markdown.
    pub body: String,
}

/// A section as readers of one language see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'d> {
    /// Its key.
    pub key: &'d str,
    /// What it is.
    pub kind: SectionKind,
    /// Slugs of the assets that belong to it.
    pub assets: &'d [String],
    /// The language in which it is written.
    pub written_in: &'d str,
    /// What it says.
    pub words: &'d Words,
}

impl Document {
    /// Reads a playbook from YAML; whether it is a good one [`Self::check`] says.
    ///
    /// # Errors
    /// `INVALID_YAML`, with line and column.
    pub fn from_yaml(text: &str) -> Result<Self> {
        document::from_yaml(text, FILE)
    }

    /// Writes it as YAML.
    ///
    /// # Errors
    /// A fault where it cannot be written, which no document that was checked can cause.
    pub fn to_yaml(&self) -> Result<String> {
        document::to_yaml(self)
    }

    /// The text in a language of the playbook, or in its main one.
    #[must_use]
    pub fn text(&self, locale: &str) -> Option<&Text> {
        self.texts
            .get(locale)
            .or_else(|| self.texts.get(&self.locale))
    }

    /// The sections in their order, as readers of that language see them.
    pub fn shown<'d>(&'d self, locale: &'d str) -> impl Iterator<Item = Shown<'d>> {
        self.sections.iter().filter_map(move |section| {
            let in_theirs = section.texts.get_key_value(locale);
            let (written_in, words) =
                in_theirs.or_else(|| section.texts.get_key_value(&self.locale))?;
            Some(Shown {
                key: &section.key,
                kind: section.kind,
                assets: &section.assets,
                written_in,
                words,
            })
        })
    }

    /// Slugs of the assets that its sections name.
    #[must_use]
    pub fn assets(&self) -> BTreeSet<&str> {
        let sections = self.sections.iter();
        sections
            .flat_map(|section| section.assets.iter().map(String::as_str))
            .collect()
    }

    /// Which of its languages suits a reader best: theirs, the same in another country, or its main
    /// one.
    #[must_use]
    pub fn suits(&self, reader: &str) -> &str {
        suits(self.texts.keys().map(String::as_str), reader).unwrap_or(&self.locale)
    }

    /// Whether partners of these regions can read it. Which assets there are, only the library knows.
    ///
    /// # Errors
    /// Every fault, with its path.
    pub fn check(&self, regions: &[String]) -> Result<()> {
        let mut faults = Faults::default();
        faults.key(&self.slug, "slug");
        faults.locale(&self.locale, "locale");
        self.audience.check(regions, "audience", &mut faults);
        if let Some(days) = self.acknowledge_within_days {
            faults.within(days, 1..=DAYS, "acknowledgeWithinDays");
        }
        faults.at_most(self.texts.len(), LANGUAGES, "texts");
        self.check_main(self.texts.contains_key(&self.locale), "texts", &mut faults);
        for (locale, text) in &self.texts {
            let at = |field: &str| format!("texts.{locale}.{field}");
            faults.locale(locale, &format!("texts.{locale}"));
            faults.line(&text.title, TITLE, &at("title"));
            faults.text(&text.summary, SUMMARY, &at("summary"));
            faults.text(&text.changes, SUMMARY, &at("changes"));
        }
        if self.sections.is_empty() {
            let message = "A playbook has at least one section.";
            faults.add("REQUIRED", message, "sections");
        }
        faults.at_most(self.sections.len(), SECTIONS, "sections");
        let keys = self.sections.iter().map(|section| &section.key);
        faults.distinct_at(keys, "sections", "key");
        for (index, section) in self.sections.iter().enumerate() {
            self.check_section(section, &format!("sections.{index}"), &mut faults);
        }
        faults.result()
    }

    fn check_section(&self, section: &Section, path: &str, faults: &mut Faults) {
        faults.key(&section.key, &format!("{path}.key"));
        faults.tags(&section.assets, ASSETS, &format!("{path}.assets"));
        let texts = format!("{path}.texts");
        self.check_main(section.texts.contains_key(&self.locale), &texts, faults);
        for (locale, words) in &section.texts {
            let at = |field: &str| format!("{texts}.{locale}.{field}");
            if !self.texts.contains_key(locale) {
                let message = "The playbook has no title in this language: write it under `texts`.";
                faults.add("UNKNOWN_LOCALE", message, &format!("{texts}.{locale}"));
            }
            faults.line(&words.title, TITLE, &at("title"));
            faults.words(&words.body, BODY, &at("body"));
            if section.kind == SectionKind::Template {
                for fault in template::faults(&words.body) {
                    faults.add("UNKNOWN_MERGE_FIELD", fault.to_string(), &at("body"));
                }
            }
        }
    }

    fn check_main(&self, is_there: bool, path: &str, faults: &mut Faults) {
        if !is_there {
            let message = format!("Write it in `{}`, the main language.", self.locale);
            faults.add("REQUIRED", message, path);
        }
    }
}

/// The language of a tag such as `de-AT`.
fn language(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Which of these languages suits a reader: theirs, or the same in another country.
pub fn suits<'l>(locales: impl IntoIterator<Item = &'l str>, reader: &str) -> Option<&'l str> {
    let mut near = None;
    for locale in locales {
        if locale == reader {
            return Some(locale);
        }
        if near.is_none() && language(locale) == language(reader) {
            near = Some(locale);
        }
    }
    near
}

#[cfg(test)]
mod tests {
    use super::super::sample::SAMPLES;
    use super::*;
    use crate::error::Error;

    /// Code and path of each fault, and the message where it is about merge fields.
    fn told(text: &str) -> Vec<String> {
        let checked = Document::from_yaml(text).and_then(|it| it.check(&["EMEA".to_owned()]));
        match checked {
            Ok(()) => Vec::new(),
            Err(Error::Refused(faults)) => faults
                .into_iter()
                .inspect(|fault| assert!(CODES.contains(&fault.code), "{}", fault.code))
                .map(|fault| {
                    let path = fault.field.join(".");
                    if fault.code == "UNKNOWN_MERGE_FIELD" {
                        format!("{} {path}: {}", fault.code, fault.message)
                    } else {
                        format!("{} {path}", fault.code)
                    }
                })
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn the_samples_are_good_and_whole_in_english_and_german() {
        for text in SAMPLES {
            let playbook = Document::from_yaml(text).unwrap();
            playbook.check(&[]).unwrap();
            for locale in ["en", "de"] {
                assert!(playbook.texts.contains_key(locale), "{}", playbook.slug);
                let shown: Vec<_> = playbook.shown(locale).collect();
                assert_eq!(shown.len(), playbook.sections.len());
                assert!(shown.iter().all(|it| it.written_in == locale));
            }
        }
    }

    #[test]
    fn every_fault_is_told_with_its_path() {
        let text = r"
slug: Big Book
locale: en
audience: {kinds: [RESELLER, RESELLER], regions: [MARS]}
acknowledgeWithinDays: 0
texts:
  de: {title: ''}
  x_y: {title: Z}
sections:
  - key: a
    kind: TEXT
    assets: [map, Map, map]
    texts: {en: {title: A, body: 'A {{ nothing }} that is none'}, fr: {title: Un, body: ' '}}
  - key: a
    kind: TEMPLATE
    texts: {en: {title: B, body: 'Dear {{ partner.name }},'}, de: {title: B, body: 'Hallo {{ partner.name }}'}}
  - key: c
    kind: TEMPLATE
    texts:
      de: {title: C, body: C}
      en:
        title: C
        body: |
          # For {{ partner.nme }}

          {{ contact.email }} of {{ partner.name
          {{ program.name }} and {{ secret }}
";
        insta::assert_snapshot!(told(text).join("\n"), @r"
        INVALID_KEY slug
        DUPLICATE audience.kinds.1
        UNKNOWN_REGION audience.regions.0
        OUT_OF_RANGE acknowledgeWithinDays
        REQUIRED texts
        REQUIRED texts.de.title
        INVALID_LOCALE texts.x_y
        DUPLICATE sections.1.key
        DUPLICATE sections.0.assets.2
        INVALID_KEY sections.0.assets.1
        UNKNOWN_LOCALE sections.0.texts.en
        UNKNOWN_LOCALE sections.0.texts.fr
        REQUIRED sections.0.texts.fr.body
        UNKNOWN_LOCALE sections.1.texts.en
        UNKNOWN_LOCALE sections.2.texts.en
        UNKNOWN_MERGE_FIELD sections.2.texts.en.body: Line 1: there is no merge field `partner.nme`. There are: contact.email, contact.name, date, partner.country, partner.logo, partner.name, partner.website, program.name.
        UNKNOWN_MERGE_FIELD sections.2.texts.en.body: Line 3: a merge field that begins with {{ ends with }} on the same line.
        UNKNOWN_MERGE_FIELD sections.2.texts.en.body: Line 4: there is no merge field `secret`. There are: contact.email, contact.name, date, partner.country, partner.logo, partner.name, partner.website, program.name.
        ");
    }

    #[test]
    fn a_reader_sees_every_section_in_their_language_or_the_main_one() {
        let text = "
slug: small
locale: en
texts: {en: {title: Small}, de-AT: {title: Klein}}
sections:
  - {key: a, kind: PLAY, texts: {en: {title: A, body: a}, de-AT: {title: Ä, body: ä}}}
  - {key: b, kind: TEXT, texts: {en: {title: B, body: b}}}
";
        let playbook = Document::from_yaml(text).unwrap();
        playbook.check(&[]).unwrap();
        let suits = |reader| playbook.suits(reader);
        assert_eq!(
            [suits("de"), suits("de-AT"), suits("fr")],
            ["de-AT", "de-AT", "en"]
        );
        let titles = |locale| {
            let shown = playbook.shown(locale);
            shown
                .map(|it| (it.words.title.as_str(), it.written_in))
                .collect::<Vec<_>>()
        };
        assert_eq!(titles("de-AT"), [("Ä", "de-AT"), ("B", "en")]);
        assert_eq!(titles("fr"), [("A", "en"), ("B", "en")]);
    }
}
