//! The key that signs the credentials of certified people.
//!
//! What it signs is kept for years by people whom nobody can ask to take a new one, so it is not
//! changed with the keys of access tokens. One that had to be changed stays published beside its
//! successor, and what it signed goes on verifying.

use std::path::Path;

use jsonwebtoken::{Algorithm, Header, encode};
use serde::Serialize;

use super::file::{self, KeyError};
use super::{SigningKey, VerifyingKey, signing_key};
use crate::config;
use crate::error::{Error, Result};

/// What a new key undoes.
const LOST: &str = "credentials that were signed with it verify no more";

/// The key that signs credentials, and the public halves of it and of the one before.
pub struct CredentialKeys {
    signing: SigningKey,
    /// The one that signs first.
    public: Vec<PublicKey>,
}

/// The public half of an Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name: the thumbprint of RFC 7638.
    pub kid: String,
    /// Its 32 bytes, as JWKs write them (RFC 8037).
    pub x: String,
}

impl From<VerifyingKey> for PublicKey {
    fn from(VerifyingKey { kid, x, .. }: VerifyingKey) -> Self {
        Self { kid, x }
    }
}

impl CredentialKeys {
    /// Reads the key, or makes it where none is configured and none is there; and reads
    /// `….old.pem` beside it, where there is one.
    pub(super) fn load_or_create(config: &config::Identity, data: &Path) -> Result<Self, KeyError> {
        let (path, found) = if let Some(path) = &config.credential_key_file {
            (path.clone(), file::read(path)?)
        } else {
            let path = data.join("keys/credential.pem");
            let found = file::read_or_make(&path, file::new_signing)?;
            (path, found)
        };
        let (signing, current) = signing_key(&found, LOST)?;
        let mut public = vec![PublicKey::from(current)];
        if let Some(old) = file::read_if_there(&path.with_extension("old.pem"))? {
            let (_, old) = signing_key(&old, LOST)?;
            if old.kid != signing.kid {
                public.push(old.into());
            }
        }
        Ok(Self { signing, public })
    }

    /// The name of the key that signs.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.signing.kid
    }

    /// The keys by which credentials verify, the one that signs first.
    #[must_use]
    pub fn public(&self) -> &[PublicKey] {
        &self.public
    }

    /// A compact JWS (`EdDSA`) over the claims, with that `typ`, and with a `kid` that says where the
    /// public half is to be found. The same claims give the same bytes.
    ///
    /// # Errors
    /// A fault where the key cannot sign.
    pub fn sign(&self, typ: &str, kid: String, claims: &impl Serialize) -> Result<String> {
        let header = Header {
            typ: Some(typ.to_owned()),
            kid: Some(kid),
            ..Header::new(Algorithm::EdDSA)
        };
        encode(&header, claims, &self.signing.key)
            .map_err(|error| Error::fault(format!("signing a credential: {error}")))
    }
}
