//! The printed certificate: one sheet of A4, as PDF/A-2b, and the squares that lead to its proof.
//!
//! krilla writes the PDF, with no more of the font in it than is shown. It was chosen because it
//! sets glyphs of any script, checks what archives ask (PDF/A), and is made by those who make
//! Typst's PDFs. rustybuzz, which is in krilla already, tells how wide a line is. `qrcode` was chosen
//! of three for the squares: it is the oldest and most used, pure, needs no crate without its
//! features, and is licensed as we are.
//!
//! The font has Latin, Greek and Cyrillic. Of a name in another script each character that the font
//! lacks is printed as ◌, and a line below says so and where the name stands in full: the page of
//! the certificate, which browsers show in any script, and the title of the PDF.

mod layout;
mod qr;
mod words;

use chrono::NaiveDate;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};

pub use qr::qr_svg;

use crate::error::{Error, Result};
use crate::typeface::printed_on;
use words::Words;

/// What is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
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
    /// Where anybody can see whether it holds.
    pub verify_url: String,
    /// The language of the printed words, `en` or `de`; any other is read as `en`.
    pub locale: String,
}

/// The certificate as PDF, A4 across. The same paper gives the same bytes: its date is the day of
/// issue, and nothing in it is random.
///
/// # Errors
/// A fault where the address does not fit into a QR code, or the PDF cannot be written.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>> {
    let broken = |what: &str| Error::fault(format!("printing a certificate: {what}"));
    let words = Words::of(&paper.locale);
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_B)
        .finish()
        .map_err(|error| broken(&format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    document.set_metadata(metadata(paper, words));
    let settings =
        PageSettings::from_wh(layout::WIDTH, layout::HEIGHT).ok_or_else(|| broken("no page"))?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    layout::draw(&mut surface, paper, words)?;
    surface.finish();
    page.finish();
    document
        .finish()
        .map_err(|error| broken(&format!("{error:?}")))
}

fn metadata(paper: &Paper, words: &Words) -> Metadata {
    Metadata::new()
        .title(format!("{} – {}", paper.holder, paper.certification))
        .description(format!("{} {}", words.number, paper.number))
        .authors(vec![paper.program.clone()])
        .language(words.language.to_owned())
        .creator("Entente".to_owned())
        .creation_date(printed_on(paper.issued_on))
}

#[cfg(test)]
mod tests;
