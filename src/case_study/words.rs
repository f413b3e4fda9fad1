//! What case studies are filed under, in the languages in which the portal speaks.

use entity::case_study::Industry;

use crate::tongue::Tongue;

/// What a customer does.
#[must_use]
pub fn industry(tongue: Tongue, industry: Industry) -> &'static str {
    use Industry as I;
    let (english, german) = match industry {
        I::Agriculture => ("Agriculture", "Landwirtschaft"),
        I::Construction => ("Construction", "Bauwesen"),
        I::Education => ("Education", "Bildung"),
        I::Energy => ("Energy", "Energie"),
        I::Finance => ("Finance", "Finanzwesen"),
        I::Government => ("Government", "Öffentliche Verwaltung"),
        I::Healthcare => ("Healthcare", "Gesundheitswesen"),
        I::Hospitality => ("Hospitality", "Gastgewerbe"),
        I::Insurance => ("Insurance", "Versicherungen"),
        I::Logistics => ("Logistics", "Logistik"),
        I::Manufacturing => ("Manufacturing", "Fertigung"),
        I::Media => ("Media", "Medien"),
        I::Nonprofit => ("Nonprofit", "Gemeinnützige Organisationen"),
        I::ProfessionalServices => ("Professional services", "Dienstleistungen"),
        I::Retail => ("Retail", "Handel"),
        I::Technology => ("Technology", "Technologie"),
        I::Telecommunications => ("Telecommunications", "Telekommunikation"),
        I::Other => ("Other", "Andere"),
    };
    match tongue {
        Tongue::English => english,
        Tongue::German => german,
    }
}

/// By which words people look for what such customers do, in any language; nothing where they do
/// something else.
pub(super) fn names_of_industry(industry: Industry) -> &'static str {
    use Industry as I;
    match industry {
        I::Agriculture => "agriculture farming Landwirtschaft Agrar",
        I::Construction => "construction building Bauwesen Bau Baugewerbe",
        I::Education => "education school university Bildung Schule Hochschule",
        I::Energy => "energy utility utilities Energie Energieversorgung Versorger",
        I::Finance => "finance financial banking bank Finanzwesen Finanzen Bank Banken",
        I::Government => "government public sector Verwaltung öffentlicher Dienst Behörde Behörden",
        I::Healthcare => {
            "healthcare health care hospital clinic Gesundheitswesen Gesundheit Krankenhaus \
             Krankenhäuser Klinik Kliniken"
        }
        I::Hospitality => "hospitality hotel restaurant Gastgewerbe Gastronomie Hotellerie",
        I::Insurance => "insurance Versicherung Versicherungen",
        I::Logistics => "logistics transport shipping Logistik Transport Spedition",
        I::Manufacturing => {
            "manufacturing factory production Fertigung Industrie Produktion Fabrik"
        }
        I::Media => "media publishing Medien Verlag Verlage",
        I::Nonprofit => "nonprofit charity gemeinnützig Verein Vereine",
        I::ProfessionalServices => {
            "professional services consulting Dienstleistung Dienstleistungen Beratung"
        }
        I::Retail => "retail retailer shop Einzelhandel Handel Händler",
        I::Technology => "technology software Technologie Technik",
        I::Telecommunications => "telecommunications telecom Telekommunikation",
        I::Other => "",
    }
}

/// By which words people look for a region: its code, and, where it is one that many use, what lies
/// in it.
pub(super) fn names_of_region(code: &str) -> String {
    let names = match code {
        "EMEA" => "Europe European Middle East Africa Europa Naher Osten Afrika",
        "EU" | "EUROPE" => "Europe European Europa",
        "DACH" => "Germany Austria Switzerland Deutschland Österreich Schweiz",
        "AMER" | "AMERICAS" => "America Americas Amerika",
        "NA" | "NORAM" => "North America Nordamerika",
        "LATAM" => "Latin South America Lateinamerika Südamerika",
        "APAC" => "Asia Pacific Asien Pazifik",
        _ => "",
    };
    format!("{code} {names}")
}
