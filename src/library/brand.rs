//! Puts a logo into the zones of a picture or a PDF.
//!
//! Pure, and slow as pictures are: whoever calls it does so off the threads that answer requests
//! ([`super::co_brand`]). The bytes are whatever somebody uploaded, so all that reading them can
//! take is bounded beforehand: the side and the number of pixels of a picture, the streams of a PDF
//! and what all of them inflate to, the depth of its page tree. What is made is written anew from
//! what was understood: nothing that hides before, behind or between is carried over.

mod pdf;
mod picture;

use super::zone::Zone;
use crate::error::Refusal;

/// The most bytes of a file that has zones.
pub const BYTES: usize = 25 * 1024 * 1024;

/// What carries a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// Pages.
    Pdf,
}

impl Medium {
    /// The medium of that type; none for what cannot carry a logo.
    #[must_use]
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "image/png" => Some(Self::Png),
            "image/jpeg" => Some(Self::Jpeg),
            "application/pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    /// How names of it end.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Pdf => "pdf",
        }
    }
}

/// Why it cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not what it says that it is, or takes too much to read; why.
    Unreadable(String),
    /// The zone at that place in the list lies on a page that is not there.
    NoPage(usize),
}

impl Flaw {
    fn new(why: impl std::fmt::Display) -> Self {
        Self::Unreadable(why.to_string())
    }

    /// As a refusal: of the file at `file`, or of a zone in the list at `zones`.
    #[must_use]
    pub fn refusal(&self, file: &str, zones: &str) -> Refusal {
        match self {
            Self::Unreadable(why) => {
                let message = format!("The file cannot be used: {why}.");
                Refusal::new("UNREADABLE_FILE", message).at(file)
            }
            Self::NoPage(index) => {
                let message = "The file has no such page.";
                Refusal::new("OUT_OF_RANGE", message).at(&format!("{zones}.{index}.page"))
            }
        }
    }
}

/// Whether a logo can be put there.
///
/// # Errors
/// Why not.
pub fn check(medium: Medium, bytes: &[u8], zones: &[Zone]) -> Result<(), Flaw> {
    is_within(bytes, BYTES)?;
    match medium {
        Medium::Png | Medium::Jpeg => {
            picture::read(bytes)?;
            picture::check_pages(zones)
        }
        Medium::Pdf => pdf::check(bytes, zones),
    }
}

/// Whether it can be a logo.
///
/// # Errors
/// Why not.
pub fn check_logo(logo: &[u8]) -> Result<(), Flaw> {
    picture::logo(logo).map(|_| ())
}

/// The same file with the logo in its zones, as large as it fits, its ratio kept.
///
/// # Errors
/// Why that cannot be done.
pub fn compose(medium: Medium, bytes: &[u8], zones: &[Zone], logo: &[u8]) -> Result<Vec<u8>, Flaw> {
    is_within(bytes, BYTES)?;
    let logo = picture::logo(logo)?;
    match medium {
        Medium::Png | Medium::Jpeg => picture::compose(bytes, medium, zones, &logo),
        Medium::Pdf => pdf::compose(bytes, zones, &logo),
    }
}

fn is_within(bytes: &[u8], most: usize) -> Result<(), Flaw> {
    if bytes.len() > most {
        let why = format!("it has more than {} MiB", most / 1024 / 1024);
        return Err(Flaw::new(why));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
