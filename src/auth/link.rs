//! Tokens of single-use links, and of one refresh after the other: made from a key, stored nowhere.
//!
//! A token is the row's id and a MAC over it. The row keeps only the token's hash, the letter's
//! promise only the row's id: neither the database nor the outbox holds anything that opens a
//! door, and a letter that has to be rendered again carries the same link.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use entity::id::{CaseStudyConsentId, FactorId, FileId, LinkId, PersonId, SessionId};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;
use url::Url;
use uuid::Uuid;

use crate::digest;

/// What stays as it is in a part of a path.
const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The key from which links are made, 32 bytes, and where links begin.
#[derive(Clone)]
pub struct LinkKey {
    key: [u8; 32],
    base: Arc<str>,
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

impl From<[u8; 32]> for LinkKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self {
            key: bytes,
            base: "/".into(),
        }
    }
}

impl LinkKey {
    /// The same for a portal that is reached there.
    #[must_use]
    pub fn at(self, base: &Url) -> Self {
        let base = base.as_str().into();
        Self { base, ..self }
    }
}

impl LinkKey {
    /// The token of that row's link: 64 characters that may stand in a URL's fragment.
    #[must_use]
    pub fn token(&self, id: LinkId) -> String {
        self.seal("entente link v1", id.0, "")
    }

    /// The refresh token that follows this one: the same each time it is asked for, and nobody
    /// without the key can tell it.
    #[must_use]
    pub fn successor(&self, token: &str) -> String {
        let mut bytes = [0; 32];
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) {
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
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) {
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
        self.seal("entente unsubscribe v1", person.0, letter)
    }

    /// Who switches that letter off by this token; none where it was not made from this key.
    #[must_use]
    pub fn unsubscriber(&self, token: &str, letter: &str) -> Option<PersonId> {
        let person = self.opened("entente unsubscribe v1", token, letter)?;
        Some(PersonId(person))
    }
}

impl LinkKey {
    /// The token by which a customer answers whether they consent, and withdraws it later: it works
    /// as long as the row says.
    #[must_use]
    pub fn consent_token(&self, id: CaseStudyConsentId) -> String {
        self.seal("entente consent v1", id.0, "")
    }

    /// The consent that this token answers; none where it was not made from this key.
    #[must_use]
    pub fn consent(&self, token: &str) -> Option<CaseStudyConsentId> {
        let id = self.opened("entente consent v1", token, "")?;
        Some(CaseStudyConsentId(id))
    }
}

impl LinkKey {
    /// A key and a MAC over it, for that purpose and what else belongs to it.
    fn seal(&self, purpose: &str, id: Uuid, rest: &str) -> String {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(id.as_bytes());
        if let Some(mac) = self.mac(purpose, id, rest) {
            bytes[16..].copy_from_slice(&mac.finalize().into_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The key in such a token; none where it was not made so.
    fn opened(&self, purpose: &str, token: &str, rest: &str) -> Option<Uuid> {
        let bytes: [u8; 48] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (id, tag) = bytes.split_at(16);
        let id = Uuid::from_slice(id).ok()?;
        self.mac(purpose, id, rest)?.verify_slice(tag).ok()?;
        Some(id)
    }

    fn mac(&self, purpose: &str, id: Uuid, rest: &str) -> Option<Hmac<Sha256>> {
        // Only a key of impossible length is refused, and HMAC takes any.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(purpose.as_bytes());
        mac.update(id.as_bytes());
        mac.update(rest.as_bytes());
        Some(mac)
    }
}

/// What a link to a file opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The way in: its bytes are sent there.
    Upload,
    /// The way out: its bytes are had there.
    Download,
}

impl Door {
    /// The first part of its path.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Upload => "uploads",
            Self::Download => "files",
        }
    }
}

/// What a link to a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLink {
    /// The file.
    pub file: FileId,
    /// In whose session it was made; none where nobody had signed in.
    pub session: Option<SessionId>,
    /// Until when it opens.
    pub until: DateTime<Utc>,
}

impl LinkKey {
    /// A link by which that file is uploaded or downloaded, until then, as long as the session
    /// lasts. It carries no right: whoever comes by it is asked for theirs again.
    #[must_use]
    pub fn file_url(
        &self,
        door: Door,
        file: FileId,
        session: Option<SessionId>,
        until: DateTime<Utc>,
        name: Option<&str>,
    ) -> String {
        let mut bytes = [0; 72];
        bytes[..16].copy_from_slice(file.0.as_bytes());
        bytes[16..32].copy_from_slice(session.map_or(Uuid::nil(), |it| it.0).as_bytes());
        bytes[32..40].copy_from_slice(&until.timestamp().to_be_bytes());
        if let Some(mac) = self.file(door, &bytes[..40]) {
            bytes[40..].copy_from_slice(&mac.finalize().into_bytes());
        }
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let mut url = format!("{}{}/{token}", self.base, door.path());
        if let Some(name) = name {
            url.push('/');
            url.extend(utf8_percent_encode(name, PATH_SEGMENT));
        }
        url
    }

    /// What a link says; none where it was not made from this key for that door.
    #[must_use]
    pub fn file_link(&self, door: Door, token: &str) -> Option<FileLink> {
        let bytes: [u8; 72] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (said, tag) = bytes.split_at(40);
        self.file(door, said)?.verify_slice(tag).ok()?;
        let session = Uuid::from_slice(&said[16..32]).ok()?;
        Some(FileLink {
            file: FileId(Uuid::from_slice(&said[..16]).ok()?),
            session: (!session.is_nil()).then_some(SessionId(session)),
            until: DateTime::from_timestamp(i64::from_be_bytes(said[32..].try_into().ok()?), 0)?,
        })
    }

    fn file(&self, door: Door, said: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(b"entente file v1");
        mac.update(door.path().as_bytes());
        mac.update(said);
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
    fn a_file_is_opened_by_its_own_link_for_its_own_door_alone() {
        let key = LinkKey::from([7; 32]);
        let link = FileLink {
            file: FileId(Uuid::from_u128(1)),
            session: Some(SessionId(Uuid::from_u128(2))),
            until: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        let url = key.file_url(
            Door::Download,
            link.file,
            link.session,
            link.until,
            Some("a b.pdf"),
        );
        let token = url.split('/').nth(2).unwrap();
        assert!(url.ends_with("/a%20b.pdf"), "{url}");
        assert_eq!(key.file_link(Door::Download, token), Some(link));
        assert_eq!(key.file_link(Door::Upload, token), None);
        assert_eq!(
            LinkKey::from([8; 32]).file_link(Door::Download, token),
            None
        );
        let open = key.file_url(Door::Download, link.file, None, link.until, None);
        let open = open.rsplit('/').next().unwrap();
        assert_eq!(key.file_link(Door::Download, open).unwrap().session, None);
        for odd in [
            String::new(),
            "AAAA".to_owned(),
            format!("{token}A"),
            format!("B{}", &token[1..]),
        ] {
            assert_eq!(key.file_link(Door::Download, &odd), None, "{odd}");
        }
    }

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
