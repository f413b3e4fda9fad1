//! Access tokens: JWTs of a few minutes, signed with Ed25519.
//!
//! A token says who signed in, by which session and in which epoch of the account; what they may
//! do is looked up at every request, so nothing in a token grows stale. The library checks the
//! signature and the algorithm. All else is checked here by hand: it would read the machine's
//! clock, allow a minute of leeway, and ignore `typ` and, unless told, `nbf`.

mod keys;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{PersonId, SessionId};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use keys::{CredentialKeys, KeyError, Keys, PublicKey, Rotated, SigningFiles, rotate};

use crate::config::Secret;
use crate::error::{Error, Result};

/// The `typ` of access tokens (RFC 9068).
const TYP: &str = "at+jwt";
/// Seconds by which the clocks of two replicas may differ.
const LEEWAY: i64 = 5;
/// Longer than any token of ours.
const MAX_LENGTH: usize = 2_000;

/// What an access token says of its bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Who signed in.
    pub person: PersonId,
    /// By which sign-in.
    pub session: SessionId,
    /// In which epoch of the account.
    pub epoch: i32,
}

/// An access token and its end.
#[derive(Clone, Debug)]
pub struct Access {
    /// The token.
    pub token: Secret,
    /// Until when it is accepted.
    pub expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: PersonId,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    sid: SessionId,
    sev: i32,
}

impl Keys {
    /// A token for the bearer, from `now` on.
    ///
    /// # Errors
    /// A fault where the key cannot sign.
    pub fn sign(&self, bearer: Bearer, now: DateTime<Utc>) -> Result<Access> {
        let broken = |error: &dyn std::fmt::Display| Error::fault(format!("signing: {error}"));
        let lifetime = TimeDelta::minutes(self.access_minutes.into());
        let mut jti = [0; 16];
        getrandom::fill(&mut jti).map_err(|error| broken(&error))?;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: bearer.person,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + lifetime).timestamp(),
            jti: Uuid::from_bytes(jti).simple().to_string(),
            sid: bearer.session,
            sev: bearer.epoch,
        };
        let ring = self.ring();
        let header = Header {
            typ: Some(TYP.to_owned()),
            kid: Some(ring.signing.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = encode(&header, &claims, &ring.signing.key).map_err(|error| broken(&error))?;
        Ok(Access {
            token: token.into(),
            expires_at: DateTime::from_timestamp(claims.exp, 0).unwrap_or(now),
        })
    }

    /// Whom the token stands for at `now`.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], whatever is wrong with it.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Bearer> {
        self.bearer(token, now).ok_or(Error::Unauthenticated)
    }

    fn bearer(&self, token: &str, now: DateTime<Utc>) -> Option<Bearer> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let header = decode_header(token).ok()?;
        let kid = header.kid?;
        let ring = self.ring();
        let key = ring.verifying.iter().find(|key| key.kid == kid)?;
        if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYP) {
            return None;
        }
        let mut signature_only = Validation::new(Algorithm::EdDSA);
        signature_only.required_spec_claims.clear();
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        let claims = decode::<Claims>(token, &key.key, &signature_only)
            .ok()?
            .claims;
        let now = now.timestamp();
        let is_ours = claims.iss == self.issuer && claims.aud == self.audience;
        let is_timely = claims.nbf <= now + LEEWAY && now < claims.exp.saturating_add(LEEWAY);
        (is_ours && is_timely).then_some(Bearer {
            person: claims.sub,
            session: claims.sid,
            epoch: claims.sev,
        })
    }
}
