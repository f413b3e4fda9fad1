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
