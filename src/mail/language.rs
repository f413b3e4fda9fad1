//! What there is to know of a language to write letters in it, beside the letters themselves.

mod english;
mod german;

use std::fmt;

use chrono::{DateTime, NaiveDate, Offset, Utc};
use chrono_tz::{OffsetName, Tz};
use entity::membership::MemberRole;
use entity::plan_step::Performer;

use crate::tongue::Tongue;

/// A language in which letters are written.
pub struct Language {
    /// ISO 639-1, as the names of templates carry it.
    pub code: &'static str,
    /// The same as the portal speaks it: how days and numbers are written.
    tongue: Tongue,
    /// What it calls itself.
    pub name: &'static str,
    /// Before the reader's name at the top.
    pub(super) hello: &'static str,
    /// Before the program's name at the bottom.
    pub(super) regards: &'static str,
    /// Before the address of a button, for those whose mail program shows no button.
    pub(super) copy: &'static str,
    /// Switches letters of this kind off, beside why the reader gets them.
    pub(super) switch_off: &'static str,
    /// Before a certificate's number, in the name of its file.
    pub(super) certificate: &'static str,
    /// Puts a time of day beside the name of its zone.
    time: fn(time: &str, zone: &str) -> String,
    /// The name of a time zone where this language has one of its own.
    zone: fn(abbreviation: &str) -> Option<&'static str>,
    /// Which of the forms of a word goes with so many.
    plural: fn(count: u64) -> usize,
    /// As what a member is invited.
    pub(super) role: fn(MemberRole) -> &'static str,
    /// Who does a step, as a remark on it.
    pub(super) performer: fn(Performer) -> &'static str,
    /// What people call a field that a reviewer can ask to be mended; none where it is not known.
    pub(super) field: fn(name: &str) -> Option<&'static str>,
}

/// Every language in which every letter exists; the first one serves where nothing else does.
pub const LANGUAGES: &[&Language] = &[&english::ENGLISH, &german::GERMAN];

/// The language of a locale such as `de-CH`: by its whole name or else by its first part.
#[must_use]
pub fn find(locale: &str) -> Option<&'static Language> {
    let first = locale.split(['-', '_']).next().unwrap_or(locale);
    let by_code = |code: &str| {
        LANGUAGES
            .iter()
            .copied()
            .find(|language| language.code.eq_ignore_ascii_case(code))
    };
    by_code(locale).or_else(|| by_code(first))
}

impl Language {
    /// A day, such as `3 December 2026`.
    #[must_use]
    pub fn date(&self, day: NaiveDate) -> String {
        self.tongue.day(day)
    }

    /// An instant in a zone, such as `3 December 2026, 14:05 CET`.
    #[must_use]
    pub fn instant(&self, at: DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        let abbreviation = local.offset().abbreviation().unwrap_or_default();
        let time = local.format("%H:%M").to_string();
        let name = match (self.zone)(abbreviation) {
            Some(name) => name.to_owned(),
            // Zones that have no name of letters are called by their distance.
            None if abbreviation.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                abbreviation.to_owned()
            }
            None => distance(local.offset().fix().local_minus_utc()),
        };
        format!(
            "{}, {}",
            self.date(local.date_naive()),
            (self.time)(&time, &name)
        )
    }

    /// A number that is written as `-1234567.5` as people write it, with what stands behind it.
    #[must_use]
    pub fn number(&self, text: &str) -> String {
        self.tongue.number(text)
    }

    /// The form of a word that goes with so many; the last where the language has more forms than
    /// were given.
    #[must_use]
    pub fn plural<'f>(&self, count: u64, forms: &'f [String]) -> &'f str {
        forms
            .get((self.plural)(count))
            .or(forms.last())
            .map_or("", String::as_str)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.code)
    }
}

/// `UTC−3`, `UTC+5:30`.
fn distance(seconds: i32) -> String {
    let sign = if seconds < 0 { '−' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at(zone: Tz, locale: &str, month: u32) -> String {
        let instant = Utc.with_ymd_and_hms(2026, month, 3, 13, 5, 0).unwrap();
        find(locale).unwrap().instant(instant, zone)
    }

    #[test]
    fn a_locale_finds_its_language_by_its_first_part() {
        assert_eq!(find("de-CH").unwrap().code, "de");
        assert_eq!(find("DE").unwrap().code, "de");
        assert_eq!(find("en_GB").unwrap().code, "en");
        assert!(find("fr").is_none());
        assert!(find("").is_none());
    }

    #[test]
    fn an_instant_is_told_in_the_readers_language_and_zone() {
        use chrono_tz::{America::Sao_Paulo, Asia::Kathmandu, Asia::Kolkata, Europe::Berlin};
        assert_eq!(at(Berlin, "en", 12), "3 December 2026, 14:05 CET");
        assert_eq!(at(Berlin, "de", 12), "3. Dezember 2026, 14:05 Uhr (MEZ)");
        assert_eq!(at(Berlin, "de", 7), "3. Juli 2026, 15:05 Uhr (MESZ)");
        assert_eq!(at(Sao_Paulo, "en", 12), "3 December 2026, 10:05 UTC−3");
        assert_eq!(at(Kolkata, "en", 3), "3 March 2026, 18:35 IST");
        assert_eq!(at(Kathmandu, "de", 3), "3. März 2026, 18:50 Uhr (UTC+5:45)");
        assert_eq!(at(Tz::UTC, "de", 3), "3. März 2026, 13:05 Uhr (UTC)");
    }

    #[test]
    fn every_field_that_is_to_be_mended_has_a_name_in_every_language() {
        for language in LANGUAGES {
            let fields = crate::partner::rules::COMPANY_FIELDS.iter();
            let fields = fields
                .chain(&crate::case_study::content::FIELDS)
                .chain(&crate::certification::evidence::FIELDS)
                .chain(&crate::field_note::review::FIELDS)
                .chain(&[
                    crate::playbook::review::TEXTS,
                    crate::onboarding::review::EVIDENCE,
                ]);
            for field in fields {
                assert!((language.field)(field).is_some(), "{field} in {language:?}");
            }
        }
    }

    #[test]
    fn a_word_takes_the_form_of_its_number() {
        let forms = ["step".to_owned(), "steps".to_owned()];
        let english = find("en").unwrap();
        assert_eq!(english.plural(1, &forms), "step");
        assert_eq!(english.plural(0, &forms), "steps");
        assert_eq!(english.plural(7, &forms), "steps");
        assert_eq!(english.plural(7, &forms[..1]), "step");
    }
}
