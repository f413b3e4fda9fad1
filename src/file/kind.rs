//! What kinds of files there are, and whether bytes are what their name says.
//!
//! A file goes by its name's ending, and its bytes have to agree: by their beginning, and where a
//! kind has an end, by its end as well, so that nothing rides along behind a picture. No picture is
//! decoded here: sizes are read from heads, and held to limits. Archives are inflated as far as their
//! directory says that they go, since a directory may say what is not so.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;
use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

/// The most pixels along one side of a picture.
const SIDE: usize = 12_000;
/// The most pixels of a picture.
const PIXELS: usize = 50_000_000;
/// The most entries of an archive, office documents among them.
const ENTRIES: usize = 10_000;
/// The most bytes of an archive, inflated.
const INFLATED: u64 = 1 << 30;
/// How many times its size an archive may be when inflated.
const RATIO: u64 = 200;
/// The most characters of a name.
const NAME: usize = 150;

macro_rules! kinds {
    ($($(#[doc = $about:literal])+ $name:ident = $media_type:literal, $endings:expr;)+) => {
        /// A kind of file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[doc = $about])+ $name),+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// As what it is served.
            #[must_use]
            pub fn media_type(self) -> &'static str {
                match self { $(Self::$name => $media_type),+ }
            }

            /// How names of it end; the first is the usual one.
            #[must_use]
            pub fn endings(self) -> &'static [&'static str] {
                match self { $(Self::$name => &$endings),+ }
            }
        }
    };
}

kinds!(
    /// A picture.
    Png = "image/png", ["png"];
    /// A picture.
    Jpeg = "image/jpeg", ["jpg", "jpeg"];
    /// A picture.
    Webp = "image/webp", ["webp"];
    /// A picture.
    Gif = "image/gif", ["gif"];
    /// A document.
    Pdf = "application/pdf", ["pdf"];
    /// A text document.
    Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ["docx"];
    /// Slides.
    Pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation", ["pptx"];
    /// A spreadsheet.
    Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ["xlsx"];
    /// An archive.
    Zip = "application/zip", ["zip"];
    /// A video.
    Mp4 = "video/mp4", ["mp4"];
    /// Plain text.
    Text = "text/plain; charset=utf-8", ["txt", "md"];
    /// A table as text.
    Csv = "text/csv; charset=utf-8", ["csv"];
    /// A JSON value on each line.
    JsonLines = "application/x-ndjson; charset=utf-8", ["jsonl", "ndjson"];
);

impl Kind {
    /// Pictures.
    pub const PICTURES: &[Self] = &[Self::Png, Self::Jpeg, Self::Webp];

    /// The kind that a name says.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        let ending = ending.to_ascii_lowercase();
        let mut kinds = Self::ALL.iter().copied();
        kinds.find(|kind| kind.endings().contains(&ending.as_str()))
    }

    /// The kind of a media type, as rows keep it.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let mut kinds = Self::ALL.iter().copied();
        kinds.find(|kind| kind.media_type() == media_type)
    }

    /// Why these bytes are no good file of this kind; none where they are.
    #[must_use]
    pub fn fault(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Text | Self::Csv | Self::JsonLines => text_fault(bytes),
            Self::Png | Self::Jpeg | Self::Webp | Self::Gif => {
                self.begins(bytes).or_else(|| self.picture_fault(bytes))
            }
            Self::Docx | Self::Pptx | Self::Xlsx | Self::Zip => {
                self.begins(bytes).or_else(|| archive_fault(bytes))
            }
            Self::Pdf => self.begins(bytes).or_else(|| pdf_fault(bytes)),
            Self::Mp4 => self.begins(bytes),
        }
    }

    /// What is wrong with the beginning.
    fn begins(self, bytes: &[u8]) -> Option<String> {
        let found = infer::get(bytes).map(|found| found.mime_type());
        // An archive may hold an office document, and is served as the archive that it says it is.
        let is_archive = self == Self::Zip && bytes.starts_with(b"PK\x03\x04");
        if is_archive || found == Some(self.media_type()) {
            return None;
        }
        let what = found.unwrap_or("something else");
        Some(format!(
            "its name says {}, its bytes say {what}",
            self.media_type()
        ))
    }

    fn picture_fault(self, bytes: &[u8]) -> Option<String> {
        let Ok(size) = imagesize::blob_size(bytes) else {
            return Some("its size in pixels cannot be read".to_owned());
        };
        let (width, height) = (size.width, size.height);
        if width == 0 || height == 0 {
            return Some("it has no pixels".to_owned());
        }
        if width.max(height) > SIDE || width.saturating_mul(height) > PIXELS {
            return Some(format!(
                "it has {width} × {height} pixels: at most {SIDE} along a side and {PIXELS} in all"
            ));
        }
        let ends = match self {
            Self::Png => bytes.ends_with(b"IEND\xae\x42\x60\x82"),
            Self::Jpeg => bytes.ends_with(&[0xff, 0xd9]),
            Self::Gif => bytes.ends_with(&[0x3b]),
            // The length stands in the head, and odd ones are filled up.
            Self::Webp => {
                let said = bytes.get(4..8).and_then(|it| it.try_into().ok());
                let said = said.map_or(0, u32::from_le_bytes) as usize;
                bytes.len() == said.saturating_add(8)
            }
            Self::Pdf
            | Self::Docx
            | Self::Pptx
            | Self::Xlsx
            | Self::Zip
            | Self::Mp4
            | Self::Text
            | Self::Csv
            | Self::JsonLines => true,
        };
        (!ends).then(|| "something follows the picture: save it anew".to_owned())
    }
}

/// Readers look for the head of a document further in as well: what stands before it may be anything.
fn pdf_fault(bytes: &[u8]) -> Option<String> {
    let begins = bytes.starts_with(b"%PDF-");
    (!begins).then(|| "something stands before the document: save it anew".to_owned())
}

fn text_fault(bytes: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some("it is no text in UTF-8".to_owned());
    };
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.chars()
        .any(is_odd)
        .then(|| "it has control characters in it".to_owned())
}

/// What is wrong with an archive, by its directory and by what is in it: whoever opens it inflates it.
fn archive_fault(bytes: &[u8]) -> Option<String> {
    let unreadable = || Some("the archive cannot be read".to_owned());
    let Ok(mut archive) = ZipIterable::try_new(Cursor::new(bytes), Config::default()) else {
        return unreadable();
    };
    if archive.len() > ENTRIES {
        return Some(format!("it has more than {ENTRIES} entries"));
    }
    let Ok(files) = archive.files() else {
        return unreadable();
    };
    let (mut packed, mut inflated) = (0_u64, 0_u64);
    for entry in files {
        let Ok(entry) = entry else {
            return unreadable();
        };
        packed = packed.saturating_add(entry.compressed_size());
        inflated = inflated.saturating_add(entry.size());
        if entry.encrypted() {
            return Some("it is encrypted: nobody could look into it".to_owned());
        }
    }
    let size = bytes.len() as u64;
    if packed > size {
        return Some("entries of it overlap".to_owned());
    }
    if inflated > INFLATED || inflated > size.saturating_mul(RATIO).max(1 << 20) {
        return Some(format!("inflated it would have {inflated} bytes"));
    }
    inflating_fault(bytes)
}

/// What is wrong with an archive whose directory is in order. Nothing is inflated further than the
/// directory says, so that whoever lies does not make work.
fn inflating_fault(bytes: &[u8]) -> Option<String> {
    let unreadable = || Some("the archive cannot be read".to_owned());
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return unreadable();
    };
    for index in 0..archive.len() {
        let entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(ZipError::UnsupportedArchive(_)) => {
                let what = "an entry of it is packed in a way that nobody could look into";
                return Some(what.to_owned());
            }
            Err(_) => return unreadable(),
        };
        let said = entry.size();
        match io::copy(&mut entry.take(said + 1), &mut io::sink()) {
            Ok(found) if found == said => (),
            Ok(_) => return Some("its entries are larger than it says".to_owned()),
            Err(_) => return unreadable(),
        }
    }
    None
}

/// Why a name is none; none where it is. It is a name only, never a path.
#[must_use]
pub(super) fn name_fault(name: &str) -> Option<&'static str> {
    let is_odd = |c: char| {
        c.is_control() || matches!(c, '/' | '\\' | ':' | '\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if name.trim() != name || name.is_empty() || name.starts_with('.') {
        Some("It begins with a letter or a digit and ends with its kind, such as `guide.pdf`.")
    } else if name.chars().count() > NAME {
        Some("At most 150 characters.")
    } else if name.chars().any(is_odd) {
        Some("A name has no path, colon or control characters in it.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A picture of one pixel.
    fn png() -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0".to_vec();
        bytes.extend(b"\x1f\x15\xc4\x89\0\0\0\0IEND\xae\x42\x60\x82");
        bytes
    }

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            archive
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn bytes_have_to_be_what_the_name_says() {
        assert_eq!(Kind::Png.fault(&png()), None);
        assert_eq!(Kind::Pdf.fault(b"%PDF-1.7\n"), None);
        assert_eq!(Kind::Text.fault("Grüße\n".as_bytes()), None);
        let told = |kind: Kind, bytes: &[u8]| kind.fault(bytes).unwrap_or_default();
        assert!(told(Kind::Jpeg, &png()).contains("its bytes say image/png"));
        assert!(
            told(Kind::Png, b"<svg xmlns='http://www.w3.org/2000/svg'/>").contains("its name says")
        );
        assert!(told(Kind::Pdf, b"MZ\x90\0").contains("its name says application/pdf"));
        assert!(told(Kind::Text, b"a\0b").contains("control characters"));
        assert!(told(Kind::Text, &[0xff, 0xfe]).contains("UTF-8"));
    }

    #[test]
    fn nothing_rides_along_behind_a_picture() {
        let mut polyglot = png();
        polyglot.extend(zip(&[("a", b"b")]));
        assert!(Kind::Png.fault(&polyglot).is_some());
    }

    #[test]
    fn huge_pictures_are_refused_by_their_head() {
        let mut huge = png();
        huge[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        assert!(
            Kind::Png
                .fault(&huge)
                .unwrap_or_default()
                .contains("60000 × 1")
        );
    }

    #[test]
    fn archives_that_inflate_to_too_much_are_refused() {
        let bomb = zip(&[("a", &vec![0; 40 << 20])]);
        assert!(bomb.len() < 100_000);
        assert!(
            Kind::Zip
                .fault(&bomb)
                .unwrap_or_default()
                .contains("inflated")
        );
        assert_eq!(Kind::Zip.fault(&zip(&[("a", b"b")])), None);
        assert!(Kind::Docx.fault(&zip(&[("a", b"b")])).is_some());
    }

    #[test]
    fn an_archive_that_says_less_than_it_inflates_to_is_refused() {
        let mut liar = zip(&[("a", &vec![0; 500_000])]);
        let said = 500_000_u32.to_le_bytes();
        let places: Vec<usize> = (0..liar.len() - 4)
            .filter(|at| liar[*at..*at + 4] == said)
            .collect();
        assert!(!places.is_empty());
        for at in places {
            liar[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
        }
        let told = Kind::Zip.fault(&liar).unwrap_or_default();
        assert!(!told.is_empty(), "{told}");
        let mut broken = zip(&[("a", b"what is in it")]);
        let at = broken.len() / 3;
        broken[at] ^= 0xff;
        assert!(Kind::Zip.fault(&broken).is_some());
    }

    #[test]
    fn nothing_stands_before_a_document() {
        let polyglot = b"<script>alert(1)</script>\n%PDF-1.4\n%%EOF";
        assert!(Kind::Pdf.fault(polyglot).is_some());
        assert_eq!(Kind::Pdf.fault(b"%PDF-1.4\n%%EOF"), None);
    }

    #[test]
    fn a_name_is_no_path() {
        for good in ["guide.pdf", "Übersicht 2026.PDF", "a.b.csv"] {
            assert_eq!(name_fault(good), None, "{good}");
            assert!(Kind::of_name(good).is_some(), "{good}");
        }
        for bad in [
            "",
            ".htaccess",
            "../a.pdf",
            "a\\b.pdf",
            "c:a.pdf",
            " a.pdf",
            "a\n.pdf",
            "fdp\u{202e}.exe",
        ] {
            assert!(name_fault(bad).is_some(), "{bad}");
        }
        for unknown in ["a.exe", "a.svg", "a", "a.html"] {
            assert_eq!(Kind::of_name(unknown), None, "{unknown}");
        }
    }
}
