//! The keys of the house: one signs access tokens, one credentials, one makes links; all are made on
//! first start.
//!
//! Of those that sign access tokens there are three: the *current* one, the *next* one, which is published and
//! accepted before it signs, and the *old* one, which is accepted after. They lie beside each
//! other, and a portal that serves reads them anew when they change, so a key is changed without
//! anybody signing in again.

mod credential;
mod file;
mod rotate;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::json;
use sha2::{Digest, Sha256};

pub use credential::{CredentialKeys, PublicKey};
use file::Found;
pub use file::KeyError;
pub use rotate::{Rotated, rotate};

use crate::auth::link::LinkKey;
use crate::config;

/// What a new key undoes that signs access tokens.
const LOST: &str = "everybody takes a new access token";

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
    files: SigningFiles,
    ring: RwLock<Arc<Ring>>,
    link: LinkKey,
    credential: CredentialKeys,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("kid", &self.ring().signing.kid)
            .finish_non_exhaustive()
    }
}

/// Where the keys lie that sign.
#[derive(Clone, Debug)]
pub struct SigningFiles {
    current: PathBuf,
    next: PathBuf,
    old: PathBuf,
    /// Whether they are ours to make.
    ours: bool,
}

impl SigningFiles {
    /// As configured; where nothing is, under `keys/` of the data folder.
    #[must_use]
    pub fn of(config: &config::Identity, data: &Path) -> Self {
        let named = config.signing_key_file.clone();
        let ours = named.is_none();
        let current = named.unwrap_or_else(|| data.join("keys/signing.pem"));
        Self {
            next: current.with_extension("next.pem"),
            old: current.with_extension("old.pem"),
            current,
            ours,
        }
    }

    /// Read in this order, and written in the other, a key that anybody signs with is never missed.
    fn read(&self) -> Result<Texts, KeyError> {
        Ok(Texts {
            next: file::read_if_there(&self.next)?,
            current: file::read(&self.current)?,
            old: file::read_if_there(&self.old)?,
        })
    }

    fn read_or_make(&self) -> Result<Texts, KeyError> {
        if self.ours {
            file::read_or_make(&self.current, file::new_signing)?;
            file::read_or_make(&self.next, file::new_signing)?;
        }
        self.read()
    }
}

/// What the files hold.
#[derive(PartialEq, Eq)]
struct Texts {
    next: Option<Found>,
    current: Found,
    old: Option<Found>,
}

/// The keys of one moment.
pub(super) struct Ring {
    pub(super) signing: SigningKey,
    /// The current one first.
    pub(super) verifying: Vec<VerifyingKey>,
    texts: Texts,
}

impl Ring {
    fn of(texts: Texts) -> Result<Self, KeyError> {
        let (signing, current) = signing_key(&texts.current, LOST)?;
        let mut verifying = vec![current];
        for found in texts.next.iter().chain(&texts.old) {
            let (_, key) = signing_key(found, LOST)?;
            if verifying.iter().all(|it| it.kid != key.kid) {
                verifying.push(key);
            }
        }
        Ok(Self {
            signing,
            verifying,
            texts,
        })
    }
}

impl Keys {
    /// Reads the keys; those that have no file of their own live under `keys/` of the data folder
    /// and are made there where they are missing.
    ///
    /// # Errors
    /// Says what stands in the way and what to do about it.
    pub fn load_or_create(config: &config::Identity, data: &Path) -> Result<Self, KeyError> {
        let files = SigningFiles::of(config, data);
        let ring = Ring::of(files.read_or_make()?)?;
        let link = match &config.link_key_file {
            Some(path) => file::read(path)?,
            None => file::read_or_make(&data.join("keys/link.key"), file::new_link)?,
        };
        Ok(Self {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            access_minutes: config.access_minutes,
            files,
            ring: RwLock::new(Arc::new(ring)),
            link: link_key(link)?,
            credential: CredentialKeys::load_or_create(config, data)?,
        })
    }

    /// Reads the keys anew that sign; answers whether they had changed. Where they cannot be used,
    /// those from before stay.
    ///
    /// # Errors
    /// Says what stands in the way and what to do about it.
    pub fn reread(&self) -> Result<bool, KeyError> {
        let texts = self.files.read()?;
        if texts == self.ring().texts {
            return Ok(false);
        }
        let ring = Arc::new(Ring::of(texts)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(true)
    }

    pub(super) fn ring(&self) -> Arc<Ring> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.clone()
    }

    /// The name of the key that signs, as tokens and `/.well-known/jwks.json` give it.
    #[must_use]
    pub fn kid(&self) -> String {
        self.ring().signing.kid.clone()
    }

    /// From which the links of letters are made.
    #[must_use]
    pub fn link(&self) -> &LinkKey {
        &self.link
    }

    /// By which credentials are signed and verified.
    #[must_use]
    pub fn credential(&self) -> &CredentialKeys {
        &self.credential
    }

    /// The public keys, as `/.well-known/jwks.json` gives them: the one that signs first.
    #[must_use]
    pub fn jwks(&self) -> String {
        let ring = self.ring();
        let keys: Vec<_> = ring
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

/// Both halves of the key in the file, under the thumbprint of the public one (RFC 7638).
/// `lost` is what a new key undoes.
fn signing_key(found: &Found, lost: &'static str) -> Result<(SigningKey, VerifyingKey), KeyError> {
    let no_key = || KeyError::Content {
        path: found.path.clone(),
        what: "Ed25519 private key in PKCS#8 PEM",
        lost,
    };
    let seed = file::seed(&found.text).ok_or_else(no_key)?;
    if file::is_sample(&seed) {
        return Err(KeyError::Sample {
            path: found.path.clone(),
        });
    }
    halves(&found.text).ok_or_else(no_key)
}

fn halves(pem: &str) -> Option<(SigningKey, VerifyingKey)> {
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

fn link_key(found: Found) -> Result<LinkKey, KeyError> {
    match file::from_hex(&found.text) {
        Some(bytes) if file::is_sample(&bytes) => Err(KeyError::Sample { path: found.path }),
        Some(bytes) => Ok(LinkKey::from(bytes)),
        None => Err(KeyError::Content {
            path: found.path,
            what: "32 bytes in hex",
            lost: "links that were sent stop working",
        }),
    }
}
