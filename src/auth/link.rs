//! Tokens of single-use links, and of one refresh after the other: made from a key, stored nowhere.
//!
//! A token is the row's id and a MAC over it. The row keeps only the token's hash, the letter's
//! promise only the row's id: neither the database nor the outbox holds anything that opens a
//! door, and a letter that has to be rendered again carries the same link.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::id::{CaseStudyConsentId, FactorId, LinkId, PersonId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::digest;
use uuid::Uuid;

/// The key from which links are made: 32 bytes.
#[derive(Clone)]
pub struct LinkKey([u8; 32]);

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

impl From<[u8; 32]> for LinkKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl LinkKey {
    /// The token of that row's link: 64 characters that may stand in a URL's fragment.
    #[must_use]
    pub fn token(&self, id: LinkId) -> String {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(id.0.as_bytes());
        // Only a key of impossible length is refused, and HMAC takes any.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) {
            mac.update(b"entente link v1");
            mac.update(id.0.as_bytes());
            bytes[16..].copy_from_slice(&mac.finalize().into_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The refresh token that follows this one: the same each time it is asked for, and nobody
    /// without the key can tell it.
    #[must_use]
    pub fn successor(&self, token: &str) -> String {
        let mut bytes = [0; 32];
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) {
            mac.update(b"entente refresh v1");
            mac.update(token.as_bytes());
            bytes.copy_from_slice(&mac.finalize().into_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl LinkKey {
    /// The secret of that TOTP factor: 160 bits, as RFC 4226 recommends. It is made anew each time
    /// that it is needed, so a copy of the database gives nobody a code.
    #[must_use]
    pub fn totp_secret(&self, id: FactorId) -> [u8; 20] {
        let mut secret = [0; 20];
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) {
            mac.update(b"entente totp v1");
            mac.update(id.0.as_bytes());
            secret.copy_from_slice(&mac.finalize().into_bytes()[..20]);
        }
        secret
    }
}

impl LinkKey {
    /// The token by which that person switches that letter off, from the letter itself.
    #[must_use]
    pub fn unsubscribe_token(&self, person: PersonId, letter: &str) -> String {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(person.0.as_bytes());
        if let Some(mac) = self.unsubscribe(person, letter) {
            bytes[16..].copy_from_slice(&mac.finalize().into_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Who switches that letter off by this token; none where it was not made from this key.
    #[must_use]
    pub fn unsubscriber(&self, token: &str, letter: &str) -> Option<PersonId> {
        let bytes: [u8; 48] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (person, tag) = bytes.split_at(16);
        let person = PersonId(Uuid::from_slice(person).ok()?);
        let mac = self.unsubscribe(person, letter)?;
        mac.verify_slice(tag).ok()?;
        Some(person)
    }

    fn unsubscribe(&self, person: PersonId, letter: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(b"entente unsubscribe v1");
        mac.update(person.0.as_bytes());
        mac.update(letter.as_bytes());
        Some(mac)
    }
}

impl LinkKey {
    /// The token by which a customer answers whether they consent, and withdraws it later: it works
    /// as long as the row says.
    #[must_use]
    pub fn consent_token(&self, id: CaseStudyConsentId) -> String {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(id.0.as_bytes());
        if let Some(mac) = self.consent_mac(id) {
            bytes[16..].copy_from_slice(&mac.finalize().into_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The consent that this token answers; none where it was not made from this key.
    #[must_use]
    pub fn consent(&self, token: &str) -> Option<CaseStudyConsentId> {
        let bytes: [u8; 48] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (id, tag) = bytes.split_at(16);
        let id = CaseStudyConsentId(Uuid::from_slice(id).ok()?);
        self.consent_mac(id)?.verify_slice(tag).ok()?;
        Some(id)
    }

    fn consent_mac(&self, id: CaseStudyConsentId) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(b"entente consent v1");
        mac.update(id.0.as_bytes());
        Some(mac)
    }
}

/// What is stored of a secret that is shown once: its SHA-256 in hex. The secret has 256 random
/// bits, so nothing slower is needed.
#[must_use]
pub fn hash(token: &str) -> String {
    digest::hex(&digest::plain(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_switched_off_by_its_own_token_alone() {
        let key = LinkKey::from([7; 32]);
        let (ana, ben) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let token = key.unsubscribe_token(ana, "step_opened");
        assert_eq!(key.unsubscriber(&token, "step_opened"), Some(ana));
        assert_eq!(key.unsubscriber(&token, "step_done"), None);
        assert_eq!(
            LinkKey::from([8; 32]).unsubscriber(&token, "step_opened"),
            None
        );
        let tail = &key.unsubscribe_token(ben, "step_opened")[..22];
        let forged = format!("{tail}{}", &token[22..]);
        assert_eq!(key.unsubscriber(&forged, "step_opened"), None);
        for odd in ["", "AAAA", &key.token(LinkId(ana.0)), &format!("{token}A")] {
            assert_eq!(key.unsubscriber(odd, "step_opened"), None, "{odd}");
        }
    }

    #[test]
    fn a_consent_is_answered_by_its_own_token_alone() {
        let key = LinkKey::from([7; 32]);
        let id = CaseStudyConsentId(Uuid::from_u128(1));
        let token = key.consent_token(id);
        assert_eq!(key.consent(&token), Some(id));
        assert_eq!(LinkKey::from([8; 32]).consent(&token), None);
        let other = key.consent_token(CaseStudyConsentId(Uuid::from_u128(2)));
        let forged = format!("{}{}", &other[..22], &token[22..]);
        for odd in [
            "",
            "AAAA",
            &forged,
            &key.token(LinkId(id.0)),
            &format!("{token}A"),
        ] {
            assert_eq!(key.consent(odd), None, "{odd}");
        }
    }
}
