//! The page on which anybody sees whether a certificate holds.
//!
//! It runs nothing and loads nothing from elsewhere, can be printed, and says no more than the
//! printed certificate does.

use chrono::NaiveDate;
use minijinja::HtmlEscape;

use super::asset;
use crate::certification::paper::qr_svg;
use crate::error::Result;
use crate::tongue::Tongue;

/// What the page may load: its styles, and pictures.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                          frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Whether a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It holds.
    Valid,
    /// It holds, and ends soon.
    Expiring,
    /// It has ended.
    Expired,
    /// It was taken back.
    Revoked,
    /// It holds from a later day.
    NotYet,
}

/// What the page shows. Nothing in it is HTML: all is escaped here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether it holds.
    pub state: State,
    /// Name of the vendor's program.
    pub program: String,
    /// Name of the certification.
    pub certification: String,
    /// Name of the one who holds it.
    pub holder: String,
    /// The number of the certificate.
    pub number: String,
    /// The day from which it holds.
    pub issued_on: NaiveDate,
    /// The last day on which it holds; none where it does not end.
    pub valid_until: Option<NaiveDate>,
    /// Where this page is.
    pub verify_url: String,
    /// Where the printable certificate is; a path or an address of ours.
    pub pdf_url: String,
    /// Where the credential is; a path or an address of ours.
    pub credential_url: String,
    /// The language of the page, `en` or `de`; any other is read as `en`.
    pub locale: String,
}

struct Words {
    language: &'static str,
    /// Of each state, and a sentence about it.
    valid: (&'static str, &'static str),
    expiring: (&'static str, &'static str),
    expired: (&'static str, &'static str),
    revoked: (&'static str, &'static str),
    not_yet: (&'static str, &'static str),
    number: &'static str,
    issued: &'static str,
    until: &'static str,
    endless: &'static str,
    pdf: &'static str,
    credential: &'static str,
    verify: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    valid: ("Valid", "This certificate holds."),
    expiring: ("Valid", "This certificate holds, and ends soon."),
    expired: ("Expired", "This certificate has ended."),
    revoked: ("Revoked", "This certificate was taken back."),
    not_yet: ("Not yet valid", "This certificate holds from a later day."),
    number: "Number",
    issued: "Issued on",
    until: "Valid until",
    endless: "without end",
    pdf: "Certificate as PDF",
    credential: "Credential (Open Badge)",
    verify: "See whether this certificate holds",
};

const GERMAN: Words = Words {
    language: "de",
    valid: ("Gültig", "Dieses Zertifikat gilt."),
    expiring: ("Gültig", "Dieses Zertifikat gilt und läuft bald ab."),
    expired: ("Abgelaufen", "Dieses Zertifikat gilt nicht mehr."),
    revoked: ("Widerrufen", "Dieses Zertifikat wurde zurückgenommen."),
    not_yet: (
        "Noch nicht gültig",
        "Dieses Zertifikat gilt erst ab einem späteren Tag.",
    ),
    number: "Nummer",
    issued: "Ausgestellt am",
    until: "Gültig bis",
    endless: "unbefristet",
    pdf: "Zertifikat als PDF",
    credential: "Nachweis (Open Badge)",
    verify: "Prüfen, ob dieses Zertifikat gilt",
};

/// The page, in its language.
///
/// # Errors
/// A fault where the page's address does not fit into a QR code.
pub fn page(shown: &Shown) -> Result<String> {
    let words = if shown.locale == "de" {
        &GERMAN
    } else {
        &ENGLISH
    };
    let (tone, (state, state_about)) = match shown.state {
        State::Valid => ("valid", words.valid),
        State::Expiring => ("expiring", words.expiring),
        State::Expired => ("expired", words.expired),
        State::Revoked => ("revoked", words.revoked),
        State::NotYet => ("not-yet", words.not_yet),
    };
    let issued = shown.issued_on.to_string();
    let tongue = Tongue::of(words.language);
    let issued_words = tongue.day(shown.issued_on);
    let until = shown.valid_until.map(|day| tongue.day(day));
    let qr = qr_svg(&shown.verify_url)?;
    let values = [
        ("language", words.language),
        ("tone", tone),
        ("state", state),
        ("state_about", state_about),
        ("program", &shown.program),
        ("certification", &shown.certification),
        ("holder", &shown.holder),
        ("number", &shown.number),
        ("issued", &issued),
        ("issued_words", &issued_words),
        ("until", until.as_deref().unwrap_or(words.endless)),
        ("verify_url", &shown.verify_url),
        ("pdf_url", &shown.pdf_url),
        ("credential_url", &shown.credential_url),
        ("label_number", words.number),
        ("label_issued", words.issued),
        ("label_until", words.until),
        ("label_pdf", words.pdf),
        ("label_credential", words.credential),
        ("label_verify", words.verify),
    ];
    Ok(filled(&asset::page("certificate.html"), |name| {
        if name == "qr" {
            return Some(qr.clone());
        }
        let value = values.iter().find(|(known, _)| *known == name);
        value.map(|(_, value)| HtmlEscape(value).to_string())
    }))
}

/// The template with each `{name}` replaced. What is put in is not looked at again, so that nobody
/// is called `{number}` in vain.
fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut page = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        page.push_str(before);
        let found = after
            .split_once('}')
            .and_then(|(name, after)| Some((value(name)?, after)));
        rest = if let Some((value, after)) = found {
            page.push_str(&value);
            after
        } else {
            page.push('{');
            after
        };
    }
    page.push_str(rest);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(state: State) -> Shown {
        let day = |year| NaiveDate::from_ymd_opt(year, 11, 22).unwrap();
        Shown {
            state,
            program: "Northwind Partner Program".to_owned(),
            certification: "Solution Architect, Level 2".to_owned(),
            holder: "Zoë Đặng-Müller".to_owned(),
            number: "NW-2026-000417".to_owned(),
            issued_on: day(2026),
            valid_until: Some(day(2028)),
            verify_url: "https://partners.example.com/certificates/NW-2026-000417".to_owned(),
            pdf_url: "/certificates/NW-2026-000417.pdf".to_owned(),
            credential_url: "/certificates/NW-2026-000417/credential".to_owned(),
            locale: "en".to_owned(),
        }
    }

    #[test]
    fn every_state_is_told_in_every_language_and_nothing_is_left_open() {
        let mut pages = std::collections::BTreeSet::new();
        for (name, state) in [
            ("valid", State::Valid),
            ("expiring", State::Expiring),
            ("expired", State::Expired),
            ("revoked", State::Revoked),
            ("not-yet", State::NotYet),
        ] {
            for locale in ["en", "de"] {
                let page = page(&Shown {
                    locale: locale.to_owned(),
                    ..shown(state)
                })
                .unwrap();
                assert!(page.contains(&format!("class=\"state {name}\"")));
                assert!(page.contains(&format!("<html lang=\"{locale}\">")));
                assert!(page.contains("<svg class=\"qr\""));
                assert!(!page.contains(['{', '}']), "{page}");
                assert!(!page.contains("<script") && !page.contains("style="));
                if let Some(folder) = crate::certification::samples() {
                    std::fs::write(folder.join(format!("{name}.{locale}.html")), &page).unwrap();
                }
                pages.insert(page);
            }
        }
        assert_eq!(pages.len(), 10);
    }

    #[test]
    fn no_name_is_html_and_none_is_a_placeholder() {
        let page = page(&Shown {
            holder: "<b>{number}\"'&".to_owned(),
            valid_until: None,
            ..shown(State::Valid)
        })
        .unwrap();
        assert!(!page.contains("<b>"));
        assert!(page.contains("&lt;b&gt;{number}&quot;&#x27;&amp;"));
        assert!(page.contains("without end"));
    }
}
