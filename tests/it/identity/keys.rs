//! Keys and the tokens that they sign.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entente::auth::token::{Bearer, KeyError, Keys, Rotated, SigningFiles, rotate};
use entente::error::Error;
use entity::id::{PersonId, SessionId};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::house::{House, identity, noon};

fn keys() -> (TempDir, Keys) {
    let data = tempfile::tempdir().unwrap();
    let keys = Keys::load_or_create(&identity(), data.path()).unwrap();
    (data, keys)
}

fn bearer() -> Bearer {
    Bearer {
        person: PersonId(Uuid::from_u128(1)),
        session: SessionId(Uuid::from_u128(2)),
        epoch: 3,
    }
}

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn kid(keys: &Keys) -> String {
    let jwks: Value = serde_json::from_str(&keys.jwks()).unwrap();
    jwks["keys"][0]["kid"].as_str().unwrap().to_owned()
}

#[test]
fn keys_are_made_once_and_are_their_owners_alone() {
    let (data, first) = keys();
    let again = Keys::load_or_create(&identity(), data.path()).unwrap();
    assert_eq!(first.jwks(), again.jwks());
    let id = entity::id::LinkId(Uuid::from_u128(9));
    assert_eq!(first.link().token(id), again.link().token(id));
    let folder = data.path().join("keys");
    let mut names = Vec::new();
    for file in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        names.push(file.file_name());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "credential.pem",
            "link.key",
            "signing.next.pem",
            "signing.pem"
        ],
        "nothing is left beside them"
    );
    let (_, other) = keys();
    assert_ne!(first.jwks(), other.jwks());
}

#[test]
fn many_that_start_at_once_use_the_key_of_the_first() {
    let data = tempfile::tempdir().unwrap();
    let found: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| Keys::load_or_create(&identity(), data.path())))
            .collect();
        starts.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let mut jwks: Vec<_> = found.into_iter().map(|it| it.unwrap().jwks()).collect();
    jwks.dedup();
    assert_eq!(jwks.len(), 1);
}

#[test]
fn a_file_that_holds_no_key_is_named() {
    for (name, kept) in [
        ("signing.pem", "-----BEGIN"),
        ("credential.pem", "-----BEGIN"),
        ("link.key", "00ff"),
    ] {
        let (data, _) = keys();
        let path = data.path().join("keys").join(name);
        fs::write(&path, kept).unwrap();
        let error = Keys::load_or_create(&identity(), data.path()).unwrap_err();
        assert!(matches!(&error, KeyError::Content { path: named, .. } if *named == path));
        assert!(!error.to_string().contains(kept), "{error}");
    }
    let (data, _) = keys();
    let mut config = identity();
    config.signing_key_file = Some(data.path().join("absent.pem"));
    let error = Keys::load_or_create(&config, data.path()).unwrap_err();
    assert!(
        matches!(error, KeyError::File { .. }),
        "a key that was named is never made: {error}"
    );
}

#[test]
fn a_sample_is_no_key() {
    let zeros = "00".repeat(32);
    // The one of RFC 8410.
    let published = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    for (name, kept) in [
        ("signing.pem", published),
        ("credential.pem", published),
        ("link.key", zeros.as_str()),
    ] {
        let (data, _) = keys();
        let path = data.path().join("keys").join(name);
        fs::write(&path, kept).unwrap();
        let error = Keys::load_or_create(&identity(), data.path()).unwrap_err();
        assert!(
            matches!(&error, KeyError::Sample { path: named } if *named == path),
            "{error}"
        );
    }
}

/// All names of the published keys, the one that signs first.
fn kids(keys: &Keys) -> Vec<String> {
    let jwks: Value = serde_json::from_str(&keys.jwks()).unwrap();
    let all = jwks["keys"].as_array().unwrap().iter();
    all.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// Late enough for a key that was just made to be known everywhere.
fn later() -> DateTime<Utc> {
    DateTime::<Utc>::from(std::time::SystemTime::now()) + TimeDelta::minutes(6)
}

#[test]
fn a_key_is_announced_then_signs_then_is_accepted_and_then_forgotten() {
    let (data, replica) = keys();
    let other = Keys::load_or_create(&identity(), data.path()).unwrap();
    let files = SigningFiles::of(&identity(), data.path());
    let before = kids(&replica);
    assert_eq!(before.len(), 2, "the next one is announced from the start");
    let signed_before = replica.sign(bearer(), noon()).unwrap().token;

    let error = rotate(&files, later() - TimeDelta::minutes(6), false).unwrap_err();
    assert!(matches!(error, KeyError::NotAnnounced { .. }), "{error}");
    assert!(!replica.reread().unwrap(), "nothing was changed");

    let rotated = rotate(&files, later(), false).unwrap();
    assert!(replica.reread().unwrap());
    let after = kids(&replica);
    assert_eq!(
        rotated,
        Rotated::Done {
            current: after[0].clone(),
            next: after[1].clone(),
            old: Some(after[2].clone()),
        }
    );
    assert_eq!((&after[0], &after[2]), (&before[1], &before[0]));
    assert!(replica.verify(signed_before.reveal(), noon()).is_ok());
    // One that has not read the keys anew knows the one that signs now, and the other way about.
    let signed_after = replica.sign(bearer(), noon()).unwrap().token;
    assert!(other.verify(signed_after.reveal(), noon()).is_ok());
    let signed_by_other = other.sign(bearer(), noon()).unwrap().token;
    assert!(replica.verify(signed_by_other.reveal(), noon()).is_ok());

    rotate(&files, later(), false).unwrap();
    replica.reread().unwrap();
    assert!(replica.verify(signed_before.reveal(), noon()).is_err());
    assert!(replica.verify(signed_after.reveal(), noon()).is_ok());
}

#[test]
fn stolen_keys_are_worth_nothing_at_once() {
    let (data, keys) = keys();
    let files = SigningFiles::of(&identity(), data.path());
    rotate(&files, later(), false).unwrap();
    keys.reread().unwrap();
    let before = kids(&keys);
    let signed = keys.sign(bearer(), noon()).unwrap().token;
    rotate(&files, later(), true).unwrap();
    keys.reread().unwrap();
    let after = kids(&keys);
    assert!(before.iter().all(|old| !after.contains(old)), "{after:?}");
    assert!(keys.verify(signed.reveal(), noon()).is_err());
}

#[test]
fn a_rotation_that_was_cut_short_is_gone_on_with() {
    let (data, keys) = keys();
    let folder = data.path().join("keys");
    let files = SigningFiles::of(&identity(), data.path());
    let signed = keys.sign(bearer(), noon()).unwrap().token;
    // Cut before a new next key was made.
    fs::copy(folder.join("signing.pem"), folder.join("signing.old.pem")).unwrap();
    fs::copy(folder.join("signing.next.pem"), folder.join("signing.pem")).unwrap();
    keys.reread().unwrap();
    assert!(keys.verify(signed.reveal(), noon()).is_ok());
    let rotated = rotate(&files, later(), false).unwrap();
    assert!(matches!(rotated, Rotated::Announced { .. }), "{rotated:?}");
    keys.reread().unwrap();
    assert_eq!(kids(&keys).len(), 3);
    assert!(keys.verify(signed.reveal(), noon()).is_ok());
}

#[test]
fn keys_that_cannot_be_used_leave_those_from_before() {
    let (data, keys) = keys();
    let signed = keys.sign(bearer(), noon()).unwrap().token;
    fs::write(data.path().join("keys/signing.next.pem"), "half").unwrap();
    let error = keys.reread().unwrap_err();
    assert!(error.to_string().contains("signing.next.pem"), "{error}");
    assert!(keys.verify(signed.reveal(), noon()).is_ok());
}

#[test]
fn a_token_says_who_by_which_session_and_nothing_more() {
    let (_data, keys) = keys();
    let access = keys.sign(bearer(), noon()).unwrap();
    let token = access.token.reveal();
    let now = noon().timestamp();
    assert_eq!(
        part(token, 0),
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": kid(&keys) })
    );
    let mut claims = part(token, 1);
    assert_eq!(claims["jti"].take().as_str().unwrap().len(), 32);
    assert_eq!(
        claims,
        json!({
            "iss": "https://portal.example", "aud": "https://portal.example/graphql",
            "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2), "sev": 3,
            "iat": now, "nbf": now, "exp": now + 600, "jti": null,
        })
    );
    assert_eq!(keys.verify(token, noon()).unwrap(), bearer());
}

#[test]
fn the_published_key_verifies_what_was_signed() {
    let (_data, keys) = keys();
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&keys.jwks()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwks.keys[0]).unwrap();
    let mut validation = jsonwebtoken::Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_audience(&["https://portal.example/graphql"]);
    let token = keys.sign(bearer(), noon()).unwrap().token;
    jsonwebtoken::decode::<Value>(token.reveal(), &key, &validation).unwrap();
    let jwk: Value = serde_json::from_str(&keys.jwks()).unwrap();
    assert_eq!(jwk["keys"][0]["kty"], "OKP");
    assert_eq!(jwk["keys"][0]["crv"], "Ed25519");
    assert!(jwk["keys"][0].get("d").is_none(), "never the private half");
}

/// A token of the portal's own key in which one thing was changed.
struct Forge {
    pem: Vec<u8>,
    header: Header,
    claims: Value,
}

impl Forge {
    fn sign(&self) -> String {
        let key = EncodingKey::from_ed_pem(&self.pem).unwrap();
        encode(&self.header, &self.claims, &key).unwrap()
    }
}

#[test]
fn a_token_with_anything_wrong_is_refused() {
    let (data, keys) = keys();
    let now = noon().timestamp();
    let forge = || Forge {
        pem: fs::read(data.path().join("keys/signing.pem")).unwrap(),
        header: Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(kid(&keys)),
            ..Header::new(Algorithm::EdDSA)
        },
        claims: part(keys.sign(bearer(), noon()).unwrap().token.reveal(), 1),
    };
    assert!(
        keys.verify(&forge().sign(), noon()).is_ok(),
        "the forge works"
    );
    let refused = |what: &str, token: &str| {
        let answer = keys.verify(token, noon());
        assert!(
            matches!(answer, Err(Error::Unauthenticated)),
            "{what}: {answer:?}"
        );
    };
    let with_claim = |name: &str, value: Value| {
        let mut forged = forge();
        if value.is_null() {
            forged.claims.as_object_mut().unwrap().remove(name);
        } else {
            forged.claims[name] = value.clone();
        }
        refused(&format!("{name} {value}"), &forged.sign());
    };
    with_claim("iss", json!("https://other.example"));
    with_claim("iss", json!(["https://portal.example"]));
    with_claim("aud", json!("https://portal.example"));
    with_claim(
        "aud",
        json!(["https://portal.example/graphql", "https://other.example"]),
    );
    with_claim("exp", json!(now - 5));
    with_claim("exp", json!("never"));
    with_claim("exp", json!(i64::MIN));
    with_claim("nbf", json!(now + 6));
    with_claim("sub", json!("ana"));
    for name in [
        "iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "sev",
    ] {
        with_claim(name, Value::Null);
    }
    for typ in [Some("JWT"), Some("jwt"), Some("refresh+jwt"), None] {
        let mut forged = forge();
        forged.header.typ = typ.map(str::to_owned);
        refused("typ", &forged.sign());
    }
    for kid in [Some("other"), Some(""), None] {
        let mut forged = forge();
        forged.header.kid = kid.map(str::to_owned);
        refused("kid", &forged.sign());
    }
    let (other, _) = self::keys();
    let mut forged = forge();
    forged.pem = fs::read(other.path().join("keys/signing.pem")).unwrap();
    refused("another key under this kid", &forged.sign());

    // The public key as the secret of a MAC, and no signature at all.
    let mut forged = forge();
    forged.header.alg = Algorithm::HS256;
    let jwks: Value = serde_json::from_str(&keys.jwks()).unwrap();
    let public = URL_SAFE_NO_PAD
        .decode(jwks["keys"][0]["x"].as_str().unwrap())
        .unwrap();
    let mac = EncodingKey::from_secret(&public);
    refused(
        "HS256",
        &encode(&forged.header, &forged.claims, &mac).unwrap(),
    );
    let none = json!({ "alg": "none", "typ": "at+jwt", "kid": kid(&keys) }).to_string();
    let claims = URL_SAFE_NO_PAD.encode(forge().claims.to_string());
    refused(
        "none",
        &format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(none)),
    );

    let whole = forge().sign();
    refused("cut", &whole[..whole.len() - 2]);
    refused("empty", "");
    refused("dots", "..");
    refused("long", &"a".repeat(100_000));
    let (head, tail) = whole.split_once('.').unwrap();
    let (_, signature) = tail.split_once('.').unwrap();
    let mut other = forge().claims;
    other["sub"] = json!(Uuid::from_u128(7));
    let other = URL_SAFE_NO_PAD.encode(other.to_string());
    refused(
        "other claims under the signature",
        &format!("{head}.{other}.{signature}"),
    );
}

#[test]
fn the_clock_of_the_operation_decides() {
    let (_data, keys) = keys();
    let old = keys
        .sign(bearer(), noon() - TimeDelta::days(4_000))
        .unwrap();
    assert!(
        keys.verify(old.token.reveal(), noon() - TimeDelta::days(4_000))
            .is_ok()
    );
    assert!(keys.verify(old.token.reveal(), noon()).is_err());
}

#[tokio::test]
async fn nothing_shows_a_secret() {
    let house = House::sqlite().await;
    house
        .hire(
            "ana@vendor.example",
            &[entity::staff_role::VendorRole::Admin],
        )
        .await;
    let tokens = house.sign_in("ana@vendor.example").await;
    let shown = format!("{:?} {tokens:?} {:?}", house.guard, house.anyone());
    for hidden in [
        tokens.access.reveal(),
        tokens.refresh.reveal(),
        "argon2",
        "PRIVATE",
    ] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    let link = format!("{:?}", house.guard.keys.link());
    assert_eq!(link, "LinkKey(…)");
}

#[test]
fn the_credential_key_stays_when_others_change_and_the_one_before_it_stays_published() {
    let (data, first) = keys();
    let folder = data.path().join("keys");
    let kid = first.credential().kid().to_owned();
    assert_eq!(first.credential().public()[0].kid, kid);
    let files = SigningFiles::of(&identity(), data.path());
    rotate(&files, later(), true).unwrap();
    let again = Keys::load_or_create(&identity(), data.path()).unwrap();
    assert_eq!(again.credential().public(), first.credential().public());

    fs::rename(
        folder.join("credential.pem"),
        folder.join("credential.old.pem"),
    )
    .unwrap();
    let changed = Keys::load_or_create(&identity(), data.path()).unwrap();
    let kids: Vec<_> = changed.credential().public().iter().collect();
    assert_eq!(kids.len(), 2);
    assert_ne!(changed.credential().kid(), kid);
    assert_eq!(kids[0].kid, changed.credential().kid());
    assert_eq!(kids[1].kid, kid);
}
