//! Pure: what an application must say, and when two companies look like one.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::application::ApplicationState;
use entity::partner::PartnerKind;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use url::Url;

use crate::config;
pub use crate::document::is_locale;
use crate::error::Refusal;

/// What a company says of itself when it asks to join, and may mend when asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Registered name.
    pub legal_name: String,
    /// Public web site.
    pub website: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What it wants to do in the program.
    pub kind: PartnerKind,
    /// Codes of the regions in which it sells.
    pub regions: Vec<String>,
    /// IANA name.
    pub time_zone: String,
    /// Language of letters.
    pub locale: String,
    /// Who asks.
    pub contact_name: String,
    /// Why it wants to join.
    pub why: String,
}

/// Fields of [`Company`] by the API's names: what a reviewer may ask to have mended.
pub const COMPANY_FIELDS: &[&str] = &[
    "legalName",
    "website",
    "country",
    "kind",
    "regions",
    "timeZone",
    "locale",
    "contactName",
    "why",
];

/// A [`Company`] found to be in order, in the form in which it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was said, trimmed.
    pub company: Company,
    /// For finding duplicates.
    pub normalized_name: String,
    /// For finding duplicates.
    pub domain: String,
}

/// The longest name, in characters.
const NAME: usize = 200;
/// The longest text, in characters.
const TEXT: usize = 5_000;

/// Checks everything that was said and tells all faults at once.
///
/// # Errors
/// One refusal with code `INVALID` for each field that is not in order.
pub fn check(company: Company, portal: &config::Portal) -> Result<Checked, Vec<Refusal>> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, message: String| faults.push(invalid(field, message));
    let company = Company {
        legal_name: squeeze(&company.legal_name),
        website: company.website.trim().to_owned(),
        contact_name: squeeze(&company.contact_name),
        why: company.why.trim().to_owned(),
        ..company
    };
    let normalized_name = normalized_name(&company.legal_name);
    if !(2..=NAME).contains(&company.legal_name.chars().count()) || normalized_name.is_empty() {
        fault(
            "legalName",
            format!("Give the registered name, of 2 to {NAME} characters."),
        );
    }
    let domain = domain(&company.website);
    if domain.is_none() {
        fault(
            "website",
            "Give the whole address of the web site, such as https://example.com.".to_owned(),
        );
    }
    if !is_country(&company.country) {
        fault(
            "country",
            "Give the country as two capital letters of ISO 3166-1, such as DE.".to_owned(),
        );
    }
    let known = portal.regions.join(", ");
    if company.regions.is_empty() {
        fault("regions", format!("Name at least one region of {known}."));
    }
    for (at, region) in company.regions.iter().enumerate() {
        if !portal.regions.contains(region) {
            fault(
                &format!("regions.{at}"),
                format!("Name regions of {known}."),
            );
        }
    }
    if company.regions.iter().collect::<BTreeSet<_>>().len() != company.regions.len() {
        fault("regions", "Name each region once.".to_owned());
    }
    if company.time_zone.parse::<Tz>().is_err() {
        fault(
            "timeZone",
            "Give an IANA time zone, such as Europe/Berlin.".to_owned(),
        );
    }
    if !is_locale(&company.locale) {
        fault(
            "locale",
            "Give a language tag, such as en or de-CH.".to_owned(),
        );
    }
    if !(2..=NAME).contains(&company.contact_name.chars().count()) {
        fault(
            "contactName",
            format!("Give a name of 2 to {NAME} characters."),
        );
    }
    if !(1..=TEXT).contains(&company.why.chars().count()) {
        fault("why", format!("Say why, in at most {TEXT} characters."));
    }
    match domain {
        Some(domain) if faults.is_empty() => Ok(Checked {
            company,
            normalized_name,
            domain,
        }),
        _ => Err(faults),
    }
}

/// A field that is not in order.
pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Refusal {
    Refusal::new("INVALID", message.into()).at(field)
}

/// Trimmed, with single spaces.
pub(crate) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Legal forms that say nothing about which company it is.
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "eg",
    "ek",
    "eood",
    "ev",
    "gbr",
    "gmbh",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "kgaa",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "mbh",
    "nv",
    "ohg",
    "ooo",
    "oy",
    "oyj",
    "plc",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "spa",
    "spzoo",
    "sro",
    "srl",
    "ug",
    "und",
    "and",
    "the",
];

/// The name without case, accents, punctuation and legal form: equal for `Müller & Söhne GmbH`
/// and `MULLER SOHNE`. A name that is nothing but a legal form stays as it is.
#[must_use]
pub fn normalized_name(name: &str) -> String {
    let plain: String = name
        .nfkd()
        .filter(|it| !is_combining_mark(*it))
        .flat_map(char::to_lowercase)
        // `S.A.` is one word, `Foo-Bar` two.
        .filter(|it| !matches!(it, '.' | '\'' | '’'))
        .map(|it| if it.is_alphanumeric() { it } else { ' ' })
        .collect();
    let plain = plain.replace('ß', "ss");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let telling: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !LEGAL_FORMS.contains(word))
        .collect();
    if telling.is_empty() {
        words.join(" ")
    } else {
        telling.join(" ")
    }
}

/// The host of a web site without `www.`, or none where it is no public web address.
#[must_use]
pub fn domain(website: &str) -> Option<String> {
    let url = Url::parse(website).ok()?;
    if !matches!(url.scheme(), "http" | "https") || website.len() > 2_000 {
        return None;
    }
    let url::Host::Domain(host) = url.host()? else {
        return None;
    };
    let host = host.trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    host.contains('.').then(|| host.to_owned())
}

/// Codes of ISO 3166-1 that are assigned.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI \
    BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY \
    CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN \
    GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH \
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL \
    PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN \
    VU WF WS YE YT ZA ZM ZW";

/// Whether it is a country's code.
#[must_use]
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && COUNTRIES.split_whitespace().any(|it| it == code)
}

/// What can be done with an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A reviewer takes it up.
    Take,
    /// The reviewer asks for changes.
    RequestChanges,
    /// The applicant sends it again.
    Resubmit,
    /// It is let in.
    Approve,
    /// It is not let in.
    Reject,
}

/// Where the turn leads from there; none where it is not open. A decision on what nobody has taken
/// up yet takes it up.
#[must_use]
pub fn next(state: ApplicationState, turn: Turn) -> Option<ApplicationState> {
    use ApplicationState as S;
    match (state, turn) {
        (S::Applied, Turn::Take) | (S::ActionRequired, Turn::Resubmit) => Some(S::InReview),
        (S::Applied | S::InReview, Turn::RequestChanges) => Some(S::ActionRequired),
        (S::Applied | S::InReview, Turn::Approve) => Some(S::Approved),
        (S::Applied | S::InReview | S::ActionRequired, Turn::Reject) => Some(S::Rejected),
        (
            S::Applied | S::InReview | S::ActionRequired | S::Approved | S::Rejected,
            Turn::Take | Turn::RequestChanges | Turn::Resubmit | Turn::Approve,
        )
        | (S::Approved | S::Rejected, Turn::Reject) => None,
    }
}

/// Whether a new application may be said to be welcome from that day: after today, within five
/// years.
#[must_use]
pub fn is_welcome_day(day: NaiveDate, today: NaiveDate) -> bool {
    day > today && day <= today + chrono::Days::new(5 * 366)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_mean_one_company_are_equal() {
        for (one, other) in [
            ("Müller & Söhne GmbH", "MULLER SOHNE"),
            ("Acme, Inc.", "ACME Incorporated"),
            ("Société Générale S.A.", "societe generale sa"),
            ("Straßen AG", "Strassen"),
            ("Foo-Bar Ltd", "foo bar limited"),
        ] {
            assert_eq!(
                normalized_name(one),
                normalized_name(other),
                "{one} | {other}"
            );
        }
        assert_ne!(normalized_name("Acme North"), normalized_name("Acme South"));
        assert_eq!(normalized_name("AG"), "ag");
    }

    #[test]
    fn a_domain_is_the_host_without_www() {
        assert_eq!(
            domain("https://www.Acme.example/about"),
            Some("acme.example".to_owned())
        );
        assert_eq!(
            domain("http://bücher.example"),
            Some("xn--bcher-kva.example".to_owned())
        );
        for bad in [
            "acme.example",
            "ftp://acme.example",
            "https://localhost",
            "https://10.0.0.1",
            "javascript:alert(1)",
        ] {
            assert_eq!(domain(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_decided_application_stays_decided() {
        use ApplicationState as S;
        for state in [S::Approved, S::Rejected] {
            for turn in [
                Turn::Take,
                Turn::RequestChanges,
                Turn::Resubmit,
                Turn::Approve,
                Turn::Reject,
            ] {
                assert_eq!(next(state, turn), None, "{state:?} {turn:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(name in "\\PC{0,40}") {
            let once = normalized_name(&name);
            prop_assert_eq!(normalized_name(&once), once);
        }

        #[test]
        fn no_text_makes_the_checks_panic(text in "\\PC{0,60}") {
            let _ = (domain(&text), is_locale(&text), is_country(&text));
        }
    }
}
