//! Who is in the demo, and the words that they use: read from files that are part of the binary.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use entity::partner::PartnerKind;
use entity::staff_role::VendorRole;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// Everybody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cast {
    pub(super) staff: Vec<Staff>,
    pub(super) companies: Vec<Company>,
}

/// Somebody of the vendor's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Staff {
    pub(super) name: String,
    pub(super) roles: Vec<VendorRole>,
    #[serde(deserialize_with = "zone")]
    pub(super) zone: Tz,
    #[serde(default = "english")]
    pub(super) locale: String,
    /// The region, or `DE` for the partners that speak German, which they look after.
    pub(super) owns: Option<String>,
    /// Days ago, where they were invited and have not answered.
    pub(super) invited: Option<f64>,
}

/// A company, and what becomes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Company {
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) country: String,
    #[serde(deserialize_with = "zone")]
    pub(super) zone: Tz,
    #[serde(default = "english")]
    pub(super) locale: String,
    pub(super) kind: PartnerKind,
    pub(super) region: String,
    pub(super) why: String,
    people: Vec<String>,

    pub(super) approved: Option<f64>,
    #[serde(default = "brisk")]
    pub(super) pace: f64,
    #[serde(default)]
    pub(super) mended: bool,
    #[serde(default)]
    pub(super) stops: Vec<String>,
    #[serde(default)]
    pub(super) waits: Vec<String>,
    #[serde(default)]
    pub(super) returned: Vec<String>,
    #[serde(default)]
    pub(super) unmended: Vec<String>,
    #[serde(default)]
    pub(super) waived: Vec<String>,
    #[serde(default)]
    invited: Vec<String>,
    left: Option<String>,

    #[serde(default)]
    pub(super) applied: f64,
    pub(super) becomes: Option<Outcome>,
    #[serde(default)]
    pub(super) fields: Vec<String>,
    #[serde(default)]
    pub(super) reason: String,
}

/// Where an application stands that made nobody a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Outcome {
    Unconfirmed,
    Applied,
    InReview,
    ActionRequired,
    Resubmitted,
    Rejected,
}

/// A name and the address that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Someone {
    pub(super) name: String,
    pub(super) email: String,
}

impl Cast {
    pub(super) fn read() -> Result<Self> {
        read(include_str!("../../../assets/demo/cast.yaml"))
    }

    /// The partner manager who looks after the company.
    pub(super) fn owner(&self, company: &Company) -> Result<&Staff> {
        let key = match company.language() {
            "de" => "DE",
            _ => &company.region,
        };
        let owns = |staff: &&Staff| staff.owns.as_deref() == Some(key);
        let owner = self.staff.iter().find(owns);
        owner.ok_or_else(|| Error::fault(format!("nobody looks after {}", company.name)))
    }
}

impl Staff {
    pub(super) fn email(&self) -> String {
        address(&self.name, super::DOMAIN)
    }
}

impl Company {
    /// Those who have or had a seat; the first of them asked to join.
    pub(super) fn people(&self) -> Vec<Someone> {
        self.people.iter().map(|it| self.someone(it)).collect()
    }

    /// Those who were offered a seat and have not answered.
    pub(super) fn invited(&self) -> Vec<Someone> {
        self.invited.iter().map(|it| self.someone(it)).collect()
    }

    /// Who has lost their seat, by place among the people.
    pub(super) fn left(&self) -> Option<usize> {
        let name = self.left.as_ref()?;
        self.people().iter().position(|it| it.name == *name)
    }

    /// `en` or `de`.
    pub(super) fn language(&self) -> &'static str {
        if self.locale.starts_with("de") {
            "de"
        } else {
            "en"
        }
    }

    fn someone(&self, text: &str) -> Someone {
        match text.strip_suffix('>').and_then(|it| it.split_once(" <")) {
            Some((name, email)) => Someone {
                name: name.to_owned(),
                email: email.to_owned(),
            },
            None => Someone {
                name: text.to_owned(),
                email: address(text, &self.domain),
            },
        }
    }
}

/// What people write, by key and language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) answers: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    pub(super) evidence: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    returned: BTreeMap<String, BTreeMap<String, String>>,
    waived: BTreeMap<String, BTreeMap<String, String>>,
}

impl Words {
    pub(super) fn read() -> Result<Self> {
        read(include_str!("../../../assets/demo/words.yaml"))
    }

    /// Why the step is to be done again.
    pub(super) fn returned(&self, step: &str, language: &str) -> Result<String> {
        said(&self.returned, step, language)
    }

    /// Why the step is not needed.
    pub(super) fn waived(&self, step: &str, language: &str) -> Result<String> {
        said(&self.waived, step, language)
    }
}

fn said(
    words: &BTreeMap<String, BTreeMap<String, String>>,
    step: &str,
    language: &str,
) -> Result<String> {
    let text = words.get(step).and_then(|texts| texts.get(language));
    text.cloned()
        .ok_or_else(|| Error::fault(format!("no words for {step} in {language}")))
}

/// Reads one of the files.
pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T> {
    serde_saphyr::from_str(text).map_err(|error| Error::fault(error.to_string()))
}

fn zone<'de, D: Deserializer<'de>>(from: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(from)?;
    name.parse().map_err(D::Error::custom)
}

fn english() -> String {
    "en".to_owned()
}

fn brisk() -> f64 {
    1.0
}

/// The person's address at the domain, in letters that every mail server takes.
fn address(name: &str, domain: &str) -> String {
    let mut local = String::new();
    for letter in name.nfkd().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' => local.push(letter),
            ' ' | '-' => local.push('.'),
            'ø' => local.push('o'),
            'æ' => local.push_str("ae"),
            'ß' => local.push_str("ss"),
            'ł' => local.push('l'),
            'ı' => local.push('i'),
            _ => (),
        }
    }
    format!("{local}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_addresses() {
        let names = ["Eglė Jankauskienė", "Seán O'Connor", "Şule Yıldız-Groß"];
        assert_eq!(
            names.map(|name| address(name, "a.example")),
            [
                "egle.jankauskiene@a.example",
                "sean.oconnor@a.example",
                "sule.yildiz.gross@a.example"
            ]
        );
    }
}
