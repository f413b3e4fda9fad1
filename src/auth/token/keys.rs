//! The keys of the house: one signs access tokens, one makes links; both are made on first start.
//!
//! Tokens are verified by a list of keys, each under the thumbprint of its public half, so that a
//! new key can be announced before it signs and an old one accepted after.

use std::fmt::{self, Write as _};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::auth::link::LinkKey;
use crate::config;

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
}

pub(super) struct SigningKey {
    pub(super) kid: String,
    pub(super) key: EncodingKey,
}

pub(super) struct VerifyingKey {
    pub(super) kid: String,
    pub(super) key: DecodingKey,
    /// The public half, as JWKs write it.
    x: String,
}

/// The keys of the house, and what access tokens say of it.
pub struct Keys {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) access_minutes: u32,
    pub(super) signing: SigningKey,
    pub(super) verifying: Vec<VerifyingKey>,
    link: LinkKey,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("kid", &self.signing.kid)
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads the keys; those that have no file of their own live under `keys/` of the data folder
    /// and are made there where they are missing.
    ///
    /// # Errors
    /// Says what stands in the way and what to do about it.
    pub fn load_or_create(config: &config::Identity, data: &Path) -> Result<Self, KeyError> {
        let folder = data.join("keys");
        let signing = match &config.signing_key_file {
            Some(path) => read(path)?,
            None => read_or_make(&folder.join("signing.pem"), signing_pem)?,
        };
        let (signing, verifying) = signing_key(&signing.text).ok_or(KeyError::Content {
            path: signing.path,
            what: "Ed25519 private key in PKCS#8 PEM",
            lost: "everybody takes a new access token",
        })?;
        let link = match &config.link_key_file {
            Some(path) => read(path)?,
            None => read_or_make(&folder.join("link.key"), link_hex)?,
        };
        let link_key = link_key(&link.text).ok_or(KeyError::Content {
            path: link.path,
            what: "32 bytes in hex",
            lost: "links that were sent stop working",
        })?;
        Ok(Self {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            access_minutes: config.access_minutes,
            signing,
            verifying: vec![verifying],
            link: link_key,
        })
    }

    /// From which the links of letters are made.
    #[must_use]
    pub fn link(&self) -> &LinkKey {
        &self.link
    }

    /// The public keys, as `/.well-known/jwks.json` gives them.
    #[must_use]
    pub fn jwks(&self) -> String {
        let keys: Vec<_> = self
            .verifying
            .iter()
            .map(|VerifyingKey { kid, x, .. }| {
                json!({
                    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                    "kid": kid, "x": x,
                })
            })
            .collect();
        json!({ "keys": keys }).to_string()
    }
}

/// Both halves of the key in the PEM, under the thumbprint of the public one (RFC 7638).
fn signing_key(pem: &str) -> Option<(SigningKey, VerifyingKey)> {
    let key = EncodingKey::from_ed_pem(pem.as_bytes()).ok()?;
    let jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA).ok()?;
    let AlgorithmParameters::OctetKeyPair(public) = jwk.algorithm else {
        return None;
    };
    let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, public.x);
    let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint.as_bytes()));
    let verifying = VerifyingKey {
        kid: kid.clone(),
        key: DecodingKey::from_ed_components(&public.x).ok()?,
        x: public.x,
    };
    Some((SigningKey { kid, key }, verifying))
}

fn link_key(hex: &str) -> Option<LinkKey> {
    let hex = hex.trim();
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(LinkKey::from(bytes))
}

/// A key file and what is in it.
struct Found {
    path: PathBuf,
    text: String,
}

fn read(path: &Path) -> Result<Found, KeyError> {
    let text = fs::read_to_string(path).map_err(|source| KeyError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(Found {
        path: path.to_owned(),
        text,
    })
}

/// Reads the file, or makes it from 32 random bytes: written aside, flushed, and linked to its
/// name whole, so that of two processes that start at once both use the key of the first.
fn read_or_make(path: &Path, form: fn(&[u8; 32]) -> String) -> Result<Found, KeyError> {
    if !path.exists() {
        make(path, form).map_err(|source| KeyError::File {
            path: path.to_owned(),
            source,
        })?;
    }
    read(path)
}

fn make(path: &Path, form: fn(&[u8; 32]) -> String) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let nobody_else = getrandom::u64().map_err(io::Error::other)?;
    let aside = path.with_extension(format!("{nobody_else:016x}"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(form(&bytes).as_bytes())?;
    file.sync_all()?;
    match fs::hard_link(&aside, path) {
        Ok(()) => fs::remove_file(&aside),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::remove_file(&aside),
        // Not every file system has hard links.
        Err(_) => fs::rename(&aside, path),
    }
}

fn signing_pem(bytes: &[u8; 32]) -> String {
    let der = [&PKCS8_ED25519[..], bytes].concat();
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der)
    )
}

fn link_hex(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(65);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    text
}
