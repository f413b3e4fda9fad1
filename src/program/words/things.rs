//! What is measured, and what is told of it, as people call it.

use crate::tongue::Tongue::{self, English, German};

/// Records that are measured, in English and in German.
const RECORDS: &[(&str, &str, &str)] = &[
    ("certificates", "certificates", "Zertifikate"),
    ("courses", "completed courses", "abgeschlossene Kurse"),
    ("lessons", "completed lessons", "abgeschlossene Lektionen"),
    ("quizzes", "answers to quizzes", "Antworten auf Quizze"),
    ("members", "members", "Mitglieder"),
    (
        "onboarding",
        "completed onboardings",
        "abgeschlossene Onboardings",
    ),
    (
        "agreements",
        "accepted agreements",
        "angenommene Vereinbarungen",
    ),
    ("meetings", "meetings", "Termine"),
    (
        "acknowledgements",
        "acknowledged playbooks",
        "zur Kenntnis genommene Playbooks",
    ),
    (
        "caseStudies",
        "published case studies",
        "veröffentlichte Fallstudien",
    ),
    (
        "fieldNotes",
        "published field notes",
        "veröffentlichte Praxisnotizen",
    ),
    ("downloads", "downloads", "Downloads"),
    ("customers", "customers", "Kunden"),
    ("contracts", "contracts", "Verträge"),
    ("consumption", "consumption", "Verbrauch"),
    ("deals", "deals that were won", "gewonnene Deals"),
    ("users", "changes of users", "Änderungen der Nutzerzahl"),
    ("answers", "answers of customers", "Antworten von Kunden"),
    (
        "opportunities",
        "opportunities that went live",
        "verwirklichte Chancen",
    ),
    ("validations", "validations", "Validierungen"),
    ("businessPlans", "business plans", "Geschäftspläne"),
    ("standings", "tiers that were held", "gehaltene Stufen"),
    ("points", "points that were awarded", "vergebene Punkte"),
    ("measures", "reported values", "gemeldete Werte"),
];

/// What is told of records, in English and in German.
const FIELDS: &[(&str, &str, &str)] = &[
    ("person", "person", "Person"),
    ("certification", "certification", "Zertifizierung"),
    ("level", "level", "Niveau"),
    ("country", "country", "Land"),
    ("course", "course", "Kurs"),
    ("lesson", "lesson", "Lektion"),
    ("percent", "percentage", "Prozentsatz"),
    ("passed", "passed", "bestanden"),
    ("role", "role", "Rolle"),
    ("agreement", "agreement", "Vereinbarung"),
    ("version", "version", "Version"),
    ("meeting", "meeting", "Termin"),
    ("playbook", "playbook", "Playbook"),
    ("slug", "address", "Adresse"),
    ("customer", "customer", "Kunde"),
    ("industry", "industry", "Branche"),
    ("region", "region", "Region"),
    ("products", "products", "Produkte"),
    ("asset", "asset", "Datei"),
    ("segment", "segment", "Segment"),
    ("product", "product", "Produkt"),
    ("contract", "contract", "Vertrag"),
    ("amount", "amount", "Betrag"),
    ("currency", "currency", "Währung"),
    ("association", "association", "Zuordnung"),
    ("market", "market", "Markt"),
    ("deal", "deal", "Deal"),
    ("motion", "motion", "Vertriebsweg"),
    ("change", "change", "Änderung"),
    (
        "lineSince",
        "first day of the product line",
        "erster Tag der Produktlinie",
    ),
    ("users", "users", "Nutzer"),
    ("survey", "survey", "Umfrage"),
    ("score", "score", "Wertung"),
    ("opportunity", "opportunity", "Chance"),
    ("validation", "validation", "Validierung"),
    ("plan", "plan", "Plan"),
    ("program", "program", "Programm"),
    ("track", "track", "Track"),
    ("tier", "tier", "Stufe"),
    ("achievement", "achievement", "Leistung"),
    ("points", "points", "Punkte"),
    ("measure", "measure", "Messgröße"),
    ("value", "value", "Wert"),
    ("item", "item", "Gegenstand"),
    ("tag", "tag", "Merkmal"),
    ("tags", "tags", "Merkmale"),
];

/// What records of that source are.
pub(super) fn records(tongue: Tongue, source: &str) -> &str {
    called(RECORDS, tongue, source)
}

/// What a field of records says.
pub(super) fn field(tongue: Tongue, name: &str) -> &str {
    called(FIELDS, tongue, name)
}

fn called<'n>(
    among: &[(&str, &'static str, &'static str)],
    tongue: Tongue,
    name: &'n str,
) -> &'n str {
    let found = among.iter().find(|(key, ..)| *key == name);
    found.map_or(name, |(_, english, german)| match tongue {
        English => english,
        German => german,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::record::SOURCES;

    #[test]
    fn all_that_is_measured_has_words() {
        for source in SOURCES {
            assert!(
                RECORDS.iter().any(|it| it.0 == source.name),
                "{}",
                source.name
            );
            for (field, _) in source.fields {
                assert!(FIELDS.iter().any(|it| it.0 == *field), "{field}");
            }
        }
    }
}
