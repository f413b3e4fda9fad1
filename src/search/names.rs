//! What things are called: words by which people ask for a kind of thing, in English and in German.
//!
//! They are words of what is so called, whichever language it is in: `Fallstudie` finds what is told in
//! English. Where the one form of a name does not come to the term of the other in the other language,
//! both stand here: English knows no `Kurse`.

use entity::asset::AssetKind;
use entity::search_shelf::SearchKind;

use super::word::Language;

/// Names in English, and in German.
type Names = [&'static str; 2];

/// Something to fill in, be it a file or a section.
pub const TEMPLATE: &str = "template Vorlage Vorlagen";

/// What a kind is called.
pub(super) fn of(kind: SearchKind) -> Names {
    match kind {
        SearchKind::Course => ["course courses training", "Kurs Kurse Schulung Schulungen"],
        SearchKind::LearningPath => ["learning path paths", "Lernpfad Lernpfade"],
        SearchKind::Certification => [
            "certification certificate",
            "Zertifizierung Zertifizierungen Zertifikat Zertifikate",
        ],
        SearchKind::Playbook => ["playbook playbooks", "Playbook Leitfaden Leitfäden"],
        SearchKind::CaseStudy => [
            "case study studies story stories reference references",
            "Fallstudie Fallstudien Anwenderbericht Anwenderberichte Referenz Referenzen",
        ],
        SearchKind::Asset => ["asset assets", "Material Materialien"],
        SearchKind::FieldNote => ["field note notes", "Praxisnotiz Praxisnotizen"],
    }
}

/// What a kind is called in one language; nothing where the portal does not speak it.
pub(super) fn in_language(kind: SearchKind, language: Language) -> &'static str {
    let [english, german] = of(kind);
    match language {
        Language::English => english,
        Language::German => german,
        Language::Other => "",
    }
}

/// What an asset is called by what it is; nothing where that is anything.
#[must_use]
pub fn of_asset(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Datasheet => "datasheet datasheets Datenblatt Datenblätter",
        AssetKind::Presentation => "presentation slides Präsentation Präsentationen Folien",
        AssetKind::Image => "image picture Bild Bilder",
        AssetKind::Video => "video videos Film Filme",
        AssetKind::Logo => "logo logos",
        AssetKind::Template => TEMPLATE,
        AssetKind::Contract => "contract contracts Vertrag Verträge",
        AssetKind::Other => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::word::{lower, words};
    use super::*;

    #[test]
    fn names_are_found_in_either_number_on_shelves_of_either_language() {
        let found = |names: &str, asked: &str, language: Language| {
            let asked = language.term(&lower(asked));
            words(names).any(|it| language.term(&it) == asked)
        };
        let names = |kind| of(kind).join(" ");
        for (names, asked) in [
            (
                names(SearchKind::Course),
                ["Kurs", "Kurse", "Course", "courses"],
            ),
            (
                names(SearchKind::Playbook),
                ["playbook", "Playbooks", "Leitfaden", "Leitfäden"],
            ),
            (
                names(SearchKind::CaseStudy),
                ["study", "studies", "Fallstudie", "Fallstudien"],
            ),
            (
                names(SearchKind::Certification),
                [
                    "certificates",
                    "Zertifikate",
                    "Zertifizierung",
                    "certifications",
                ],
            ),
            (
                of_asset(AssetKind::Datasheet).to_owned(),
                ["datasheet", "datasheets", "Datenblatt", "Datenblätter"],
            ),
            (
                of_asset(AssetKind::Presentation).to_owned(),
                ["presentations", "slides", "Präsentation", "Präsentationen"],
            ),
            (
                of_asset(AssetKind::Template).to_owned(),
                ["template", "templates", "Vorlage", "Vorlagen"],
            ),
            (
                of_asset(AssetKind::Contract).to_owned(),
                ["contract", "contracts", "Vertrag", "Verträge"],
            ),
        ] {
            for (asked, language) in asked
                .iter()
                .flat_map(|it| [(it, Language::English), (it, Language::German)])
            {
                assert!(
                    found(&names, asked, language),
                    "{names}: {asked} {language:?}"
                );
            }
        }
    }
}
