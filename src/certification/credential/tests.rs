//! Credentials, made and signed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use tempfile::TempDir;
use url::Url;

use super::*;
use crate::auth::token::Keys;
use crate::config::{Args, Config};

fn keys() -> (TempDir, Keys) {
    let data = tempfile::tempdir().unwrap();
    let none: [(&str, &str); 0] = [];
    let config = Config::read(&Args::default(), none).unwrap();
    let keys = Keys::load_or_create(&config.identity, data.path()).unwrap();
    (data, keys)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn award() -> Award {
    let base = Url::parse("https://partners.example.com/").unwrap();
    Award {
        id_url: "https://partners.example.com/certificates/NW-1/credential".to_owned(),
        number: "NW-1".to_owned(),
        certification_name: "Solution Architect".to_owned(),
        certification_description: "Designs solutions on the platform.".to_owned(),
        criteria: "Pass the *exam* with 80 %.".to_owned(),
        achievement_url: "https://partners.example.com/certifications/architect".to_owned(),
        issuer: Issuer {
            did: did(&base),
            name: "Northwind Partner Program".to_owned(),
            url: base.to_string(),
        },
        holder_name: "Zoë Đặng-Müller".to_owned(),
        subject_id: "urn:uuid:0192f0a0-0000-7000-8000-000000000001".to_owned(),
        valid_from: at("2026-01-02T03:04:05.678Z"),
        valid_until: Some(at("2126-01-02T03:04:05Z")),
        status: Some(StatusEntry {
            list_url: "https://partners.example.com/status/1".to_owned(),
            index: 94_567,
        }),
        achievement_type: "Certification",
        image: None,
    }
}

fn list(revoked: Vec<u32>) -> StatusList {
    StatusList {
        url: award().status.unwrap().list_url,
        issuer: award().issuer.did,
        revoked,
        valid_from: at("2026-01-02T03:04:05Z"),
        valid_until: at("2126-01-02T03:04:05Z"),
    }
}

fn header(jwt: &str) -> Value {
    let part = URL_SAFE_NO_PAD.decode(jwt.split('.').next().unwrap());
    serde_json::from_slice(&part.unwrap()).unwrap()
}

#[test]
fn a_credential_is_its_own_payload_and_verifies_by_the_document() {
    let (_data, keys) = keys();
    let keys = keys.credential();
    let unsigned = credential(&award());
    let jwt = sign(&unsigned, keys).unwrap();
    assert_eq!(jwt, sign(&unsigned, keys).unwrap(), "the same each time");

    let issuer = award().issuer.did;
    let document = did_document(&issuer, keys.public());
    let method = &document["verificationMethod"][0];
    assert_eq!(
        header(&jwt),
        json!({ "alg": "EdDSA", "typ": "JWT", "kid": method["id"] })
    );
    assert_eq!(document["assertionMethod"][0], method["id"]);
    assert!(method["publicKeyJwk"].get("d").is_none());

    let x = method["publicKeyJwk"]["x"].as_str().unwrap();
    let key = DecodingKey::from_ed_components(x).unwrap();
    let mut claims = decode::<Value>(&jwt, &key, &Validation::new(Algorithm::EdDSA))
        .unwrap()
        .claims;
    let claims_alone = claims.as_object_mut().unwrap();
    let registered: Vec<_> = ["iss", "jti", "sub", "nbf", "exp"]
        .map(|name| claims_alone.remove(name).unwrap())
        .into();
    assert_eq!(
        json!(registered),
        json!([
            issuer,
            award().id_url,
            award().subject_id,
            1_767_323_045,
            4_922_996_645_i64
        ])
    );
    assert_eq!(claims, unsigned, "the rest is the credential");
    assert_eq!(claims["validFrom"], "2026-01-02T03:04:05Z");
}

#[test]
fn one_without_an_end_says_none() {
    let (_data, keys) = keys();
    let endless = Award {
        valid_until: None,
        ..award()
    };
    let unsigned = credential(&endless);
    assert!(unsigned.get("validUntil").is_none());
    sign(&unsigned, keys.credential()).unwrap();
}

#[test]
fn a_list_is_signed_like_a_credential_by_its_own_type() {
    let (_data, keys) = keys();
    let jwt = sign(&status_list(&list(vec![7])).unwrap(), keys.credential()).unwrap();
    assert_eq!(header(&jwt)["typ"], "vc+jwt");
    assert!(status_list(&list(vec![LIST_LENGTH])).is_err());
}

#[test]
fn what_is_no_credential_is_not_signed() {
    let (_data, keys) = keys();
    let mut unsigned = credential(&award());
    unsigned["validFrom"] = "yesterday".into();
    assert!(sign(&unsigned, keys.credential()).is_err());
    assert!(sign(&json!({}), keys.credential()).is_err());
}

/// What others verify: `tests/clients/badge.mjs FOLDER` does.
#[test]
fn samples_are_made_for_others_to_verify() {
    let (data, keys) = keys();
    let folder = crate::certification::samples().unwrap_or_else(|| data.path().to_owned());
    let keys = keys.credential();
    let over = Award {
        valid_until: Some(award().valid_from + TimeDelta::days(1)),
        ..award()
    };
    let document = did_document(&award().issuer.did, keys.public());
    for (name, text) in [
        ("did.json", document.to_string()),
        ("valid.jwt", sign(&credential(&award()), keys).unwrap()),
        ("over.jwt", sign(&credential(&over), keys).unwrap()),
        (
            "nobody.jwt",
            sign(&status_list(&list(vec![94_566, 94_568])).unwrap(), keys).unwrap(),
        ),
        (
            "revoked.jwt",
            sign(&status_list(&list(vec![94_567])).unwrap(), keys).unwrap(),
        ),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}
