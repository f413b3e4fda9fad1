//! The printed words, in each language.

use chrono::NaiveDate;

use crate::tongue::Tongue;

/// What stands on the paper beside what it is told.
#[derive(Debug)]
pub(super) struct Words {
    /// The tag of the language.
    pub(super) language: &'static str,
    pub(super) heading: &'static str,
    /// Before the name.
    pub(super) before: &'static str,
    /// Between the name and the certification.
    pub(super) between: &'static str,
    pub(super) number: &'static str,
    pub(super) issued: &'static str,
    pub(super) until: &'static str,
    /// Where it does not end.
    pub(super) endless: &'static str,
    pub(super) verify: &'static str,
    /// Where the font lacks a character.
    pub(super) incomplete: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    heading: "Certificate",
    before: "This certifies that",
    between: "has earned the certification",
    number: "Number",
    issued: "Issued on",
    until: "Valid until",
    endless: "without end",
    verify: "Verify this certificate",
    incomplete: "◌ stands for a character that cannot be printed here. What is meant stands in full at the address below.",
};

const GERMAN: Words = Words {
    language: "de",
    heading: "Zertifikat",
    before: "Diese Urkunde bescheinigt",
    between: "die Zertifizierung",
    number: "Nummer",
    issued: "Ausgestellt am",
    until: "Gültig bis",
    endless: "unbefristet",
    verify: "Dieses Zertifikat prüfen",
    incomplete: "◌ steht für ein Zeichen, das hier nicht gedruckt werden kann. Vollständig steht es unter der Adresse unten.",
};

impl Words {
    /// Those of the language; English where there are none.
    pub(super) fn of(locale: &str) -> &'static Self {
        if locale == "de" { &GERMAN } else { &ENGLISH }
    }

    /// The day in words, such as `3 March 2027`.
    pub(super) fn day(&self, day: NaiveDate) -> String {
        Tongue::of(self.language).day(day)
    }
}
