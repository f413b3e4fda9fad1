//! Key files: made where they are missing, read, and put in place whole.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What stands before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
];

/// Why a key cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the key file {path} cannot be read or made: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "the key file {path} holds no {what}: restore it from a backup. Without one, remove it; a new key is made on the next start, and {lost}."
    )]
    Content {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// What a new key undoes.
        lost: &'static str,
    },
    /// The file holds a key that anybody may know.
    #[error(
        "the key file {path} holds a sample, no secret: remove it; a new key is made on the next start."
    )]
    Sample {
        /// Which.
        path: PathBuf,
    },
    /// The next key is not known everywhere yet.
    #[error(
        "the next key was announced at {at}: take it into use {minutes} minutes after that, when everybody knows it. If a key was stolen, `--stolen` does not wait."
    )]
    NotAnnounced {
        /// Since when it is announced.
        at: chrono::DateTime<chrono::Utc>,
        /// For how long it has to be.
        minutes: i64,
    },
}

impl KeyError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

/// A key file and what is in it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

pub(super) fn read(path: &Path) -> Result<Found, KeyError> {
    let text = fs::read_to_string(path).map_err(|source| KeyError::file(path, source))?;
    Ok(Found {
        path: path.to_owned(),
        text,
    })
}

pub(super) fn read_if_there(path: &Path) -> Result<Option<Found>, KeyError> {
    match read(path) {
        Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// Reads the file, or makes it: linked to its name whole, so that of two processes that start at
/// once both use the key of the first.
pub(super) fn read_or_make(
    path: &Path,
    make: fn() -> io::Result<String>,
) -> Result<Found, KeyError> {
    if !path.exists() {
        make()
            .and_then(|text| link(path, &text))
            .map_err(|source| KeyError::file(path, source))?;
    }
    read(path)
}

fn link(path: &Path, text: &str) -> io::Result<()> {
    let aside = aside(path, text)?;
    match fs::hard_link(&aside, path) {
        Ok(()) => fs::remove_file(&aside),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::remove_file(&aside),
        // Not every file system has hard links.
        Err(_) => fs::rename(&aside, path),
    }
}

/// Puts the file in the place of what is there: before, the old one is read, after, the new one.
pub(super) fn put(path: &Path, text: &str) -> Result<(), KeyError> {
    aside(path, text)
        .and_then(|aside| fs::rename(aside, path))
        .map_err(|source| KeyError::file(path, source))
}

/// Writes it beside its place, for its owner's eyes only, and flushes it.
fn aside(path: &Path, text: &str) -> io::Result<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let nobody_else = getrandom::u64().map_err(io::Error::other)?;
    let aside = path.with_extension(format!("{nobody_else:016x}"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owners_alone(&mut options);
    let mut file = options.open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(aside)
}

/// A file that one process at a time has locked, as long as it lives.
pub(super) fn lock(path: &Path) -> Result<File, KeyError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    owners_alone(&mut options);
    options
        .open(path)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|source| KeyError::file(path, source))
}

fn owners_alone(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// A new Ed25519 key as PKCS#8 PEM.
pub(super) fn new_signing() -> io::Result<String> {
    let der = [&PKCS8_ED25519[..], &random()?].concat();
    Ok(format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der)
    ))
}

/// The 32 secret bytes of an Ed25519 key in PKCS#8 PEM.
pub(super) fn seed(pem: &str) -> Option<[u8; 32]> {
    let base64: String = pem
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = STANDARD.decode(base64).ok()?;
    // The lengths before them differ where the public half is with them; the place does not.
    der.get(16..48)?.try_into().ok()
}

/// New 32 bytes in hex.
pub(super) fn new_link() -> io::Result<String> {
    let mut text = String::with_capacity(65);
    for byte in random()? {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    Ok(text)
}

/// 32 bytes from their hex.
pub(super) fn from_hex(hex: &str) -> Option<[u8; 32]> {
    crate::digest::from_hex(hex.trim())?.try_into().ok()
}

/// Ed25519 keys that stand in public texts: RFC 8032 and RFC 8037, RFC 8410.
const PUBLISHED: [&str; 3] = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
];

/// Whether anybody may know these bytes: they were published, count up or down, or repeat. Of 32
/// random bytes fewer than twelve different ones come about once in 10^20.
pub(super) fn is_sample(bytes: &[u8; 32]) -> bool {
    let mut different = bytes.to_vec();
    different.sort_unstable();
    different.dedup();
    let steps = |by: u8| bytes.windows(2).all(|it| it[1] == it[0].wrapping_add(by));
    different.len() < 12
        || steps(1)
        || steps(u8::MAX)
        || PUBLISHED.iter().any(|hex| from_hex(hex) == Some(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_known_and_random_keys_are_none() {
        let counting: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap_or_default());
        let mut down = counting;
        down.reverse();
        let published = from_hex(PUBLISHED[0]).unwrap_or_default();
        for sample in [
            [0; 32],
            *b"secretsecretsecretsecretsecretse",
            counting,
            down,
            published,
        ] {
            assert!(is_sample(&sample), "{sample:?}");
        }
        for _ in 0..1_000 {
            assert!(!is_sample(&random().expect("randomness")));
        }
    }

    #[test]
    fn the_seed_is_found_with_and_without_the_public_half() {
        let pem = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n";
        assert_eq!(seed(pem), from_hex(PUBLISHED[2]));
        let with_public = "-----BEGIN PRIVATE KEY-----\n\
            MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n\
            Z9w7lshQhqowtrbLDFw4rXAxZuE=\n\
            -----END PRIVATE KEY-----\n";
        assert_eq!(seed(with_public), from_hex(PUBLISHED[2]));
        assert_eq!(seed("-----BEGIN"), None);
    }
}
