//! What is attached to a letter: the certificate to the letters that bring one.

use super::{Addressee, Renderer};
use crate::certification::paper::{self, Paper};
use crate::certification::proof::{day, last_day};
use crate::error::Result;
use crate::notification::Letter;

/// A file that goes with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attachment {
    /// Under which name it is kept.
    pub(super) name: String,
    /// What it is.
    pub(super) media_type: &'static str,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
}

/// What goes with the letter; none for most. It is made of the letter and its reader alone, so the
/// same promise brings the same file again.
///
/// # Errors
/// A fault where the certificate cannot be printed.
pub(super) fn attachment(
    renderer: &Renderer,
    letter: &Letter,
    to: &Addressee,
) -> Result<Option<Attachment>> {
    let Some(paper) = paper(renderer, letter, to) else {
        return Ok(None);
    };
    Ok(Some(Attachment {
        name: file_name(renderer.language(to).certificate, &paper.number),
        media_type: "application/pdf",
        bytes: paper::pdf(&paper)?,
    }))
}

/// The certificate that the letter brings, in the reader's language.
fn paper(renderer: &Renderer, letter: &Letter, to: &Addressee) -> Option<Paper> {
    let (Letter::CertificateIssued {
        certification,
        holder,
        number,
        issued_at,
        valid_until,
        renewed: _,
    }
    | Letter::CertificateCorrected {
        certification,
        holder,
        number,
        issued_at,
        valid_until,
    }) = letter
    else {
        return None;
    };
    Some(Paper {
        program: renderer.program().to_owned(),
        certification: certification.clone(),
        holder: holder.clone(),
        number: number.clone(),
        issued_on: day(*issued_at, renderer.zone()),
        valid_until: valid_until.map(|until| last_day(until, renderer.zone())),
        verify_url: renderer.certificate_url(number).into(),
        locale: renderer.language(to).code.to_owned(),
    })
}

/// A name that every system takes for a file: of a number, nothing but letters, digits and dashes.
fn file_name(certificate: &str, number: &str) -> String {
    let number: String = number
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    format!("{certificate}-{number}.pdf")
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::auth::link::LinkKey;
    use crate::config::Portal;
    use crate::mail::sample;
    use crate::notification::letter::KINDS;

    fn renderer() -> Renderer {
        let portal = Portal {
            name: "Meridian Partners".to_owned(),
            base_url: "https://partners.example.com/portal/".parse().unwrap(),
            default_locale: "en".to_owned(),
            default_time_zone: "Europe/Berlin".to_owned(),
            regions: vec![],
            terms_version: "2026-01".to_owned(),
            terms_url: "https://partners.example.com/terms".parse().unwrap(),
        };
        Renderer::new(&portal, LinkKey::from([7; 32])).unwrap()
    }

    fn reader(locale: &str) -> Addressee {
        Addressee {
            email: "ana@costa.example".to_owned(),
            name: "Ana Costa".to_owned(),
            locale: locale.to_owned(),
            time_zone: "Pacific/Auckland".to_owned(),
            person: None,
        }
    }

    #[test]
    fn the_letters_that_say_so_bring_a_certificate() {
        let renderer = renderer();
        let bring: Vec<_> = KINDS
            .iter()
            .filter(|kind| paper(&renderer, &sample(kind).unwrap(), &reader("en")).is_some())
            .collect();
        assert_eq!(bring, [&"certificate_issued", &"certificate_corrected"]);
        for kind in KINDS {
            for (locale, word) in [("en", "attached"), ("de", "im Anhang")] {
                let read = renderer.render(&sample(kind).unwrap(), &reader(locale));
                let says_so = read.unwrap().text.contains(word);
                assert_eq!(says_so, bring.contains(&kind), "{kind}.{locale}");
            }
        }
    }

    #[test]
    fn the_certificate_says_what_the_letter_says_in_the_language_of_its_reader() {
        let letter = sample("certificate_corrected").unwrap();
        let printed = paper(&renderer(), &letter, &reader("de-CH")).unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(
            printed,
            Paper {
                program: "Meridian Partners".to_owned(),
                certification: "Meridian Associate".to_owned(),
                holder: "Ana Costa e Silva".to_owned(),
                number: "MP-7K3F-92QX".to_owned(),
                issued_on: day("2026-12-03"),
                valid_until: Some(day("2028-12-02")),
                verify_url: "https://partners.example.com/portal/certificates/MP-7K3F-92QX"
                    .to_owned(),
                locale: "de".to_owned(),
            }
        );
        let read = renderer().render(&letter, &reader("de-CH")).unwrap();
        assert!(read.text.contains(&printed.verify_url), "{}", read.text);
        assert!(read.text.contains("2. Dezember 2028"), "{}", read.text);
    }

    #[test]
    fn a_file_has_a_name_that_every_system_takes() {
        assert_eq!(
            file_name("Certificate", "MP-7K3F-92QX"),
            "Certificate-MP-7K3F-92QX.pdf"
        );
        assert_eq!(file_name("Zertifikat", "../a\r\n\"b"), "Zertifikat-ab.pdf");
    }
}
