//! What a certified person carries away: an Open Badges 3.0 credential, as a signed JWT.
//!
//! Anybody can prove it with what the portal publishes, without asking the portal about anybody:
//! the credential itself, its signature by a key of the portal's DID document, and a list of bits
//! that says what was taken back. It is an `OpenBadgeCredential` of the data model of the W3C
//! (VC 2.0) with the proof of Open Badges 3.0 §8.2: the credential is the payload, beside the
//! registered claims that say the same.
//!
//! Whom it is about is said by a URN of the certificate alone. Open Badges would also take the
//! e-mail address as a salted hash; but the salt stands beside the hash, so whoever has the
//! credential could try addresses until one fits, and could tell two certificates of one person.
//! The name is there since a certificate without one proves nothing to its reader.

mod did;
mod status;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

pub use did::{did, did_document, did_document_path};
pub use status::{LIST_LENGTH, StatusList, status_list};

use crate::auth::token::CredentialKeys;
use crate::error::{Error, Result};

/// How a credential and a status list are served: as compact JWTs (W3C VC-JOSE-COSE).
pub const CREDENTIAL_TYPE: &str = "application/vc+jwt";
/// How the DID document is served.
pub const DID_TYPE: &str = "application/did+json";

/// The vocabulary of the W3C; first in every credential.
const VC: &str = "https://www.w3.org/ns/credentials/v2";
const OPEN_BADGES: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

/// What a credential says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// Where the credential can be had; it is its name, too.
    pub id_url: String,
    /// The number of the certificate.
    pub number: String,
    /// What was earned.
    pub certification_name: String,
    /// What that is, in a few sentences.
    pub certification_description: String,
    /// What had to be done for it, in Markdown.
    pub criteria: String,
    /// The page of the certification; it is its name, too.
    pub achievement_url: String,
    /// Who gave it.
    pub issuer: Issuer,
    /// Who earned it.
    pub holder_name: String,
    /// `urn:uuid:…` of the certificate's period: names nobody, and is used for no other.
    pub subject_id: String,
    /// From when it holds, to the second.
    pub valid_from: DateTime<Utc>,
    /// Until when it holds, to the second; none where it does not end.
    pub valid_until: Option<DateTime<Utc>>,
    /// Where it is told if it was taken back; none where it soon ends by itself.
    pub status: Option<StatusEntry>,
    /// What kind of achievement it is, as Open Badges knows them.
    pub achievement_type: &'static str,
    /// What it looks like: an SVG; none where it has no picture.
    pub image: Option<String>,
}

/// Who gives credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// As [`did()`] makes it.
    pub did: String,
    /// Name of the vendor's program.
    pub name: String,
    /// The page of the portal.
    pub url: String,
}

/// The place of a credential in a status list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusEntry {
    /// Where the list can be had.
    pub list_url: String,
    /// Which bit, from the left; below [`LIST_LENGTH`].
    pub index: u32,
}

/// The credential of the award, unsigned.
#[must_use]
pub fn credential(award: &Award) -> Value {
    let issuer = json!({
        "id": award.issuer.did,
        "type": ["Profile"],
        "name": award.issuer.name,
        "url": award.issuer.url,
    });
    let mut credential = json!({
        "@context": [VC, OPEN_BADGES],
        "id": award.id_url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.certification_name,
        "issuer": issuer,
        "validFrom": instant(award.valid_from),
        "credentialSubject": {
            "id": award.subject_id,
            "type": ["AchievementSubject"],
            "identifier": [{
                "type": "IdentityObject",
                "hashed": false,
                "identityHash": award.holder_name,
                "identityType": "name",
            }],
            "licenseNumber": award.number,
            "achievement": {
                "id": award.achievement_url,
                "type": ["Achievement"],
                "achievementType": award.achievement_type,
                "name": award.certification_name,
                "description": award.certification_description,
                "criteria": { "narrative": award.criteria },
                "creator": issuer,
            },
        },
    });
    if let Some(StatusEntry { list_url, index }) = &award.status {
        credential["credentialStatus"] = json!({
            "id": format!("{list_url}#{index}"),
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": index.to_string(),
            "statusListCredential": list_url,
        });
    }
    if let Some(svg) = &award.image {
        let picture = format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg));
        credential["credentialSubject"]["achievement"]["image"] =
            json!({ "id": picture, "type": "Image" });
    }
    if let Some(until) = award.valid_until {
        credential["validUntil"] = instant(until).into();
    }
    credential
}

/// The credential or status list as a compact JWT, with the registered claims that follow from it.
/// The same credential gives the same bytes.
///
/// # Errors
/// A fault where it lacks what every credential says, or the key cannot sign.
pub fn sign(credential: &Value, keys: &CredentialKeys) -> Result<String> {
    let text = |pointer: &str| {
        let found = credential.pointer(pointer).and_then(Value::as_str);
        found.ok_or_else(|| Error::fault(format!("a credential without `{pointer}`")))
    };
    let seconds = |pointer: &str| {
        text(pointer).and_then(|text| {
            let at = DateTime::parse_from_rfc3339(text);
            at.map(|at| at.timestamp())
                .map_err(|error| Error::fault(format!("`{text}` in a credential: {error}")))
        })
    };
    let issuer = text("/issuer/id").or_else(|_| text("/issuer"))?;
    let mut claims = credential.clone();
    claims["iss"] = issuer.into();
    claims["jti"] = text("/id")?.into();
    claims["sub"] = text("/credentialSubject/id")?.into();
    claims["nbf"] = seconds("/validFrom")?.into();
    if credential.get("validUntil").is_some() {
        claims["exp"] = seconds("/validUntil")?.into();
    }
    // Open Badges 3.0 takes `JWT` alone, the W3C wants its own type.
    let types = credential["type"].as_array();
    let is_badge = types.is_some_and(|types| types.iter().any(|it| it == "OpenBadgeCredential"));
    let typ = if is_badge { "JWT" } else { "vc+jwt" };
    keys.sign(typ, did::method(issuer, keys.kid()), &claims)
}

/// As credentials write it; registered claims have no parts of a second, and have to say the same.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests;
