//! A course as a ZIP archive: the same files as in its folder, in one.
//!
//! Archives come from anywhere. Names are checked before anything is inflated, and what is
//! inflated is measured as it comes out: it can be neither more nor elsewhere than it says.

use std::io::{Cursor, Write};

use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipReadOptions, ZipWriter};

use super::folder::{Bundle, ENTRIES, Intake, invalid};
use super::path;
use crate::error::{Error, Result};

/// The part of a Unix mode that says what kind of thing it is.
const KIND: u32 = 0o170_000;
/// A plain file, in that part.
const PLAIN: u32 = 0o100_000;

impl Bundle {
    /// Reads a course from an archive.
    ///
    /// # Errors
    /// As for [`Self::from_files`]; and `INVALID_ARCHIVE` where it is no archive, or has in it what
    /// is not a plain file that can be read.
    pub fn from_zip(bytes: &[u8]) -> Result<Self> {
        let unreadable =
            |error: ZipError| invalid(format!("This ZIP archive cannot be read: {error}."));
        let mut body = Cursor::new(bytes);
        let mut archive =
            ZipIterable::try_new(body.clone(), Config::default()).map_err(unreadable)?;
        if archive.len() > ENTRIES {
            return Err(invalid(format!("There are more than {ENTRIES} entries.")).into());
        }
        let mut intake = Intake::default();
        let mut packed = 0_u64;
        for entry in archive.files().map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.name().map_err(unreadable)?.into_owned();
            let refuse = |why: &str| invalid(format!("`{}` {why}.", name.escape_debug()));
            if let Some(folder) = name.strip_suffix('/') {
                // It is there for its name alone, which the names of files have in them.
                if let Some(fault) = path::fault(folder) {
                    return Err(refuse(fault).into());
                }
                continue;
            }
            let mode = entry.unix_mode().unwrap_or_default();
            if entry.is_symlink() || !matches!(mode & KIND, 0 | PLAIN) {
                return Err(refuse("is a link or a device: put in the file itself").into());
            }
            if entry.encrypted() {
                return Err(refuse("is encrypted").into());
            }
            // Entries that share their bytes would have us inflate the same ones again and again.
            packed = packed.saturating_add(entry.compressed_size());
            if packed > bytes.len() as u64 {
                return Err(refuse("overlaps with another entry").into());
            }
            let reader = entry
                .with_reader(&mut body, ZipReadOptions::new())
                .map_err(|error| refuse(&format!("cannot be read: {error}")))?;
            intake.read(&name, reader)?;
        }
        intake.open()
    }

    /// The archive of its files: the same bytes each time.
    ///
    /// # Errors
    /// As for [`Self::to_files`].
    pub fn to_zip(&self) -> Result<Vec<u8>> {
        let failed = |error: ZipError| Error::fault(format!("an archive: {error}"));
        // Said in full, since what is left out may differ from one system to another.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::default())
            .system(System::Unix)
            .unix_permissions(0o644);
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in self.to_files()? {
            archive.start_file(name, options).map_err(failed)?;
            archive
                .write_all(&bytes)
                .map_err(|error| failed(error.into()))?;
        }
        Ok(archive.finish().map_err(failed)?.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::sample;
    use super::*;

    const COURSE: &str = "slug: a\ntitle: A\nlocale: en\nmodules: []\n";

    /// An archive with these entries after the course, deflated.
    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let course = [("course.yaml", COURSE.as_bytes())];
        for (name, bytes) in course.iter().chain(entries) {
            archive.start_file(*name, options).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    /// The same bytes instead of these, wherever they are.
    fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
        assert_eq!(from.len(), to.len());
        let mut at = 0;
        while let Some(next) = bytes[at..].windows(from.len()).position(|it| it == from) {
            at += next;
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        bytes
    }

    fn told(bytes: &[u8]) -> String {
        match Bundle::from_zip(bytes) {
            Ok(_) => String::new(),
            Err(Error::Refused(faults)) => {
                format!("{} {}", faults[0].code, faults[0].message)
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn hostile_archives_are_refused_by_the_name_of_the_entry() {
        let mut link = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        link.add_symlink("files/a", "/etc/passwd", options).unwrap();
        let link = link.finish().unwrap().into_inner();
        let twice = replaced(
            archive(&[("files/a", b"one"), ("files/b", b"two")]),
            b"files/b",
            b"files/a",
        );
        let mut damaged = archive(&[("files/a", &[7; 1000])]);
        let body = damaged.windows(7).position(|it| it == b"files/a").unwrap() + 8;
        damaged[body] ^= 0xff;
        let all = [
            told(b"no archive"),
            told(&[]),
            told(&archive(&[("../a", b"")])),
            told(&archive(&[("/etc/passwd", b"")])),
            told(&replaced(
                archive(&[("files.a", b"")]),
                b"files.a",
                b"files\\a",
            )),
            told(&archive(&[("files/A", b""), ("files/a", b"")])),
            told(&archive(&[("lessons/", b""), ("../", b"")])),
            told(&twice),
            told(&link),
            told(&archive(&[("files/a", b"nobody asks for it")])),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        INVALID_ARCHIVE This ZIP archive cannot be read: invalid Zip archive: Could not find EOCD.
        INVALID_ARCHIVE This ZIP archive cannot be read: invalid Zip archive: Could not find EOCD.
        INVALID_ARCHIVE `../a` leads out of the folder.
        INVALID_ARCHIVE `/etc/passwd` is not a path from the top of the folder.
        INVALID_ARCHIVE `files\\a` has a backslash: parts of a path are divided by `/`.
        INVALID_ARCHIVE `files/a` is there twice, but for capital letters.
        INVALID_ARCHIVE `../` leads out of the folder.
        INVALID_ARCHIVE `files/a` is there twice.
        INVALID_ARCHIVE `files/a` is a link or a device: put in the file itself.
        UNUSED_FILE `files/a` is named by no lesson.
        ");
        assert!(told(&damaged).starts_with("INVALID_ARCHIVE `files/a` cannot be read"));
    }

    #[test]
    fn what_inflates_to_too_much_is_measured_as_it_comes_out() {
        let large = vec![0; 40 << 20];
        let bomb = archive(&[("files/bomb", &large)]);
        assert!(bomb.len() < 100_000);
        let measured = "INVALID_ARCHIVE `files/bomb` has more than 5242880 bytes.";
        assert_eq!(told(&bomb), measured);
        // The same, where both headers say that it is small.
        let size = 40_u32 << 20;
        let liar = replaced(bomb, &size.to_le_bytes(), &16_u32.to_le_bytes());
        let liar = told(&liar);
        assert!(liar.starts_with("INVALID_ARCHIVE"), "{liar}");
        let five = vec![0; 5 << 20];
        let names: Vec<_> = (0..6).map(|n| format!("files/{n}")).collect();
        let many: Vec<_> = names.iter().map(|it| (it.as_str(), &five[..])).collect();
        assert!(told(&archive(&many)).contains("bytes in all"));
        let names: Vec<_> = (0..ENTRIES).map(|n| format!("files/{n}")).collect();
        let many: Vec<_> = names.iter().map(|it| (it.as_str(), &b""[..])).collect();
        assert!(told(&archive(&many)).contains("more than 500"));
    }

    #[test]
    fn entries_that_share_their_bytes_are_refused() {
        // The entry in the directory for `b` points at the body of `a`.
        let random: Vec<u8> = (0..2000_u32)
            .map(|n| crate::digest::plain(&n.to_string())[0])
            .collect();
        let names: Vec<_> = (0..9).map(|n| format!("files/{n}")).collect();
        let entries: Vec<_> = names.iter().map(|it| (it.as_str(), &random[..])).collect();
        let whole = archive(&entries);
        let body = whole.windows(7).position(|it| it == b"files/0").unwrap() - 30;
        let next = whole.windows(7).position(|it| it == b"files/1").unwrap() - 30;
        let directory = whole.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
        let end = whole.windows(4).position(|it| it == b"PK\x05\x06").unwrap();
        let mut shared = whole[..next].to_vec();
        let start = u32::try_from(shared.len()).unwrap();
        let mut entries = whole[directory..end].to_vec();
        for name in &names {
            let at = entries
                .windows(7)
                .position(|it| it == name.as_bytes())
                .unwrap();
            let offset = u32::try_from(body).unwrap().to_le_bytes();
            entries[at - 4..at].copy_from_slice(&offset);
        }
        shared.extend(entries);
        let mut tail = whole[end..].to_vec();
        tail[16..20].copy_from_slice(&start.to_le_bytes());
        shared.extend(tail);
        let fault = told(&shared);
        assert!(fault.ends_with("overlaps with another entry."), "{fault}");
    }

    #[test]
    fn the_bytes_of_an_archive_are_always_the_same() {
        let bundle = Bundle::from_zip(&archive(&[])).unwrap();
        let bytes = bundle.to_zip().unwrap();
        // Deflated, and of the first day that there is: 1980-01-01.
        assert_eq!(crate::digest::hex(&bytes[8..14]), "080000002100");
        assert_eq!(bytes, Bundle::from_zip(&bytes).unwrap().to_zip().unwrap());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0_usize..100_000, to: u8, cut in 0_usize..100_000) {
            let mut bytes = sample("cloud-fundamentals").unwrap().to_zip().unwrap();
            let length = bytes.len();
            bytes[at % length] = to;
            let _ = Bundle::from_zip(&bytes);
            let _ = Bundle::from_zip(&bytes[..cut % length]);
        }
    }
}
