//! The portal's name for those who prove credentials (did:web), and the document behind it.

use std::fmt::Write;

use serde_json::{Value, json};
use url::Url;

use crate::auth::token::PublicKey;

/// The DID of the portal at that address: `did:web:partners.example.com`; a port is written `%3A…`,
/// and folders of the address follow after `:`.
#[must_use]
pub fn did(base_url: &Url) -> String {
    let mut host = base_url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = base_url.port() {
        // Writing to a String cannot fail.
        let _ = write!(host, ":{port}");
    }
    let mut did = format!("did:web:{}", encoded(&host));
    for folder in folders(base_url) {
        did.push(':');
        did.push_str(&encoded(folder));
    }
    did
}

/// Where the document of that DID has to be served, from the root of its host.
#[must_use]
pub fn did_document_path(base_url: &Url) -> String {
    let folders: Vec<_> = folders(base_url).collect();
    if folders.is_empty() {
        "/.well-known/did.json".to_owned()
    } else {
        format!("/{}/did.json", folders.join("/"))
    }
}

/// The document: the keys by which what the DID signs is verified.
#[must_use]
pub fn did_document(did: &str, keys: &[PublicKey]) -> Value {
    let methods: Vec<_> = keys
        .iter()
        .map(|PublicKey { kid, x }| {
            json!({
                "id": method(did, kid),
                "type": "JsonWebKey",
                "controller": did,
                "publicKeyJwk": {
                    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                    "kid": kid, "x": x,
                },
            })
        })
        .collect();
    let names: Vec<_> = keys.iter().map(|key| method(did, &key.kid)).collect();
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": names,
    })
}

/// The name of that key in the document.
pub(super) fn method(did: &str, kid: &str) -> String {
    format!("{did}#{kid}")
}

fn folders(base_url: &Url) -> impl Iterator<Item = &str> {
    let folders = base_url.path_segments();
    folders.into_iter().flatten().filter(|it| !it.is_empty())
}

/// As the parts of a DID may be written. What a URL has encoded already stays so.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_%".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_follows_from_the_address_and_leads_to_the_document() {
        for (address, name, path) in [
            (
                "https://partners.example.com/",
                "did:web:partners.example.com",
                "/.well-known/did.json",
            ),
            (
                "http://127.0.0.1:8080/",
                "did:web:127.0.0.1%3A8080",
                "/.well-known/did.json",
            ),
            (
                "https://example.com/partners/emea/",
                "did:web:example.com:partners:emea",
                "/partners/emea/did.json",
            ),
            (
                "http://[::1]:8080/a~b/c%20d/",
                "did:web:%5B%3A%3A1%5D%3A8080:a%7Eb:c%20d",
                "/a~b/c%20d/did.json",
            ),
        ] {
            let address = Url::parse(address).unwrap();
            assert_eq!(did(&address), name);
            assert_eq!(did_document_path(&address), path);
        }
    }
}
