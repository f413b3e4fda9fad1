//! SHA-256 of texts and files, and bytes in hex.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The digest of these parts for that purpose. Each part stands behind its length, so parts cannot
/// run into each other; and what is digested for one purpose is nothing for another.
#[must_use]
pub fn of(purpose: &str, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(purpose);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A key that is the same for the same parts and that purpose: the beginning of their [digest](of).
#[must_use]
pub fn key(purpose: &str, parts: &[&str]) -> Uuid {
    let digest = of(purpose, parts);
    Uuid::from_bytes(digest.first_chunk().copied().unwrap_or_default())
}

/// The digest of one text as it is.
#[must_use]
pub fn plain(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The digest of bytes as they are.
#[must_use]
pub fn bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The digest of a file, in hex, and its size.
///
/// # Errors
/// Where it cannot be read.
pub fn of_file(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            let digest: [u8; 32] = hash.finalize().into();
            return Ok((hex(&digest), size));
        }
        size += read as u64;
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// The bytes in hex, lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Bytes from their hex; none where it is none.
#[must_use]
pub fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| {
        let byte = digit(*high)? * 16 + digit(*low)?;
        u8::try_from(byte).ok()
    });
    rest.is_empty().then(|| bytes.collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_in_hex_is_what_it_was() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hex(&hex(&bytes)), Some(bytes.clone()));
        assert_eq!(from_hex(&hex(&bytes).to_uppercase()), Some(bytes));
        assert_eq!(from_hex(""), Some(Vec::new()));
        for none in ["a", "0g", "+1", "é0"] {
            assert_eq!(from_hex(none), None, "{none}");
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(of("a", &["bc", "d"]), of("a", &["b", "cd"]));
        assert_ne!(of("a", &["b"]), of("c", &["b"]));
        assert_eq!(key("a", &["b"]).as_bytes()[..], of("a", &["b"])[..16]);
    }

    #[test]
    fn a_digest_is_that_of_the_standard() {
        // FIPS 180-4, of the text `abc`.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&plain("abc")), known);
    }
}
