//! German, in the polite form.

use entity::membership::MemberRole;
use entity::plan_step::Performer;

use super::Language;
use crate::tongue::Tongue;

pub(super) static GERMAN: Language = Language {
    code: "de",
    tongue: Tongue::German,
    name: "Deutsch",
    hello: "Guten Tag",
    regards: "Freundliche Grüße",
    copy: "Oder öffnen Sie diese Adresse:",
    switch_off: "Solche Briefe nicht mehr senden",
    certificate: "Zertifikat",
    time: |time, zone| format!("{time} Uhr ({zone})"),
    zone: |abbreviation| {
        Some(match abbreviation {
            "WET" => "WEZ",
            "WEST" => "WESZ",
            "CET" => "MEZ",
            "CEST" => "MESZ",
            "EET" => "OEZ",
            "EEST" => "OESZ",
            _ => return None,
        })
    },
    plural: |count| usize::from(count != 1),
    role: |role| match role {
        MemberRole::PartnerAdmin => "für die Administration",
        MemberRole::PartnerMember => "als Mitglied",
    },
    performer: |performer| match performer {
        Performer::Partner => "von Ihrem Team zu erledigen",
        Performer::Vendor => "von uns zu erledigen",
        Performer::System => "erledigt sich selbst",
    },
    field: |name| {
        Some(match name {
            "legalName" => "Firmenname",
            "website" => "Website",
            "country" => "Land",
            "kind" => "Art der Partnerschaft",
            "regions" => "Regionen",
            "timeZone" => "Zeitzone",
            "locale" => "Sprache",
            "contactName" => "Name der Kontaktperson",
            "why" => "Warum Sie dabei sein möchten",
            "title" => "Titel",
            "summary" => "Zusammenfassung",
            "customer" => "Kunde",
            "industry" => "Branche",
            "region" => "Region",
            "products" => "Produkte",
            "challenge" => "Herausforderung",
            "solution" => "Lösung",
            "outcome" => "Ergebnis",
            "results" => "Gemessene Ergebnisse",
            "images" => "Bilder",
            "quote" => "Zitat",
            "quoteBy" => "Wer zitiert wird",
            "quoteRole" => "Funktion der zitierten Person",
            "text" => "Text",
            "url" => "Webadresse",
            "tags" => "Schlagwörter",
            "evidence" => "Nachweis",
            "texts" => "Titel und Zusammenfassungen",
            _ => return None,
        })
    },
};
