//! Passkeys, by an authenticator of our own: what a device and a browser make of the options.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use entente::auth::Actor;
use entente::error::Result;
use entente::identity::challenge::{Challenge, complete};
use entente::identity::factor::add::Added;
use entente::identity::factor::{Proof, passkey};
use entente::identity::session::SignedIn;
use entente::identity::sign_in::{Entry, sign_in};
use entente::op::Op;
use entity::factor::{self, FactorKind};
use entity::staff_role::VendorRole;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::house::{ANA, FOX, House, PASSWORD, codes, noon, secret};

const PAGE: &str = "https://partners.lumen.example";

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A device with one passkey.
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    counter: u32,
    host: &'static str,
}

impl Device {
    fn new() -> Self {
        let (mut key, mut id) = ([0; 32], vec![0; 16]);
        getrandom::fill(&mut key).unwrap();
        getrandom::fill(&mut id).unwrap();
        Self {
            key: SigningKey::from_slice(&key).unwrap(),
            id,
            counter: 1,
            host: "partners.lumen.example",
        }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        // Somebody was there.
        data.push(0x01 | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn said(kind: &str, options: &Value, origin: &str) -> String {
        let said = json!({
            "type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false,
        });
        said.to_string()
    }

    /// `navigator.credentials.create`.
    fn make(&self, options: &Value, origin: &str) -> Value {
        let mut data = self.data(0x40);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let point = self.key.verifying_key().to_encoded_point(false);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().unwrap());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        json!({ "id": encoded(&self.id), "type": "public-key", "response": {
            "attestationObject": encoded(&object), "transports": ["internal"],
            "clientDataJSON": encoded(Self::said("webauthn.create", options, origin).as_bytes()),
        } })
    }

    /// `navigator.credentials.get`.
    fn prove(&mut self, options: &Value, origin: &str) -> Value {
        self.counter += 1;
        let data = self.data(0);
        let said = Self::said("webauthn.get", options, origin);
        let signed = [data.clone(), Sha256::digest(said.as_bytes()).to_vec()].concat();
        let signature: Signature = self.key.sign(&signed);
        json!({ "id": encoded(&self.id), "type": "public-key", "response": {
            "authenticatorData": encoded(&data), "clientDataJSON": encoded(said.as_bytes()),
            "signature": encoded(signature.to_der().as_bytes()),
        } })
    }
}

async fn add(house: &House, op: &Op, device: &Device, origin: &str) -> Result<Added> {
    let begun = passkey::start(op, &house.guard, "Laptop".to_owned())
        .await
        .unwrap();
    let made = device.make(&begun.options, origin);
    passkey::confirm(op, &house.guard, begun.id, made).await
}

async fn challenged(house: &House) -> (Challenge, Value) {
    let entry = sign_in(&house.anyone(), &house.guard, ANA, secret(PASSWORD))
        .await
        .unwrap();
    let Entry::Challenged(challenge) = entry else {
        panic!("a password was enough");
    };
    let options = challenge.passkey.clone().unwrap();
    (challenge, options)
}

async fn enter(house: &House, challenge: Challenge, used: Value) -> Result<SignedIn> {
    let (op, guard) = (house.anyone(), &house.guard);
    complete(&op, guard, challenge.token, Proof::Passkey(used)).await
}

#[tokio::test]
async fn a_passkey_stands_behind_the_password() {
    for house in House::each().await {
        let ana = house.ana().await;
        let mut device = Device::new();
        let added = add(&house, &ana, &device, PAGE).await.unwrap();
        assert_eq!(added.recovery_codes.len(), 10);
        let (challenge, options) = challenged(&house).await;
        assert_eq!(challenge.kinds, [FactorKind::Passkey]);
        assert_eq!(options["rpId"], "partners.lumen.example");
        let used = device.prove(&options, PAGE);
        let tokens = enter(&house, challenge.clone(), used.clone())
            .await
            .unwrap();
        assert!(
            house
                .actor(&tokens)
                .await
                .unwrap()
                .has_role(&[VendorRole::Admin])
        );

        // Nothing of it is good again, and a code is none.
        let again = enter(&house, challenge, used.clone()).await;
        assert_eq!(codes(again), ["CHALLENGE_INVALID@challenge"]);
        let (challenge, _) = challenged(&house).await;
        let again = enter(&house, challenge.clone(), used).await;
        assert_eq!(codes(again), ["CODE_INVALID@proof"]);
        let code = Proof::Code(secret("000000"));
        let wrong = complete(&house.anyone(), &house.guard, challenge.token, code).await;
        assert_eq!(codes(wrong), ["CODE_INVALID@proof"]);
    }
}

#[tokio::test]
async fn a_passkey_is_proven_on_the_portals_pages_by_its_own_device_that_counts_on() {
    for house in House::each().await {
        let ana = house.ana().await;
        let mut device = Device::new();
        add(&house, &ana, &device, PAGE).await.unwrap();
        for origin in ["https://evil.example", "http://partners.lumen.example"] {
            let (challenge, options) = challenged(&house).await;
            let used = device.prove(&options, origin);
            let refused = enter(&house, challenge, used).await;
            assert_eq!(codes(refused), ["CODE_INVALID@proof"], "{origin}");
        }
        // Made for another host, or by another device under the same name.
        let (challenge, options) = challenged(&house).await;
        device.host = "evil.example";
        let used = device.prove(&options, PAGE);
        assert_eq!(
            codes(enter(&house, challenge, used).await),
            ["CODE_INVALID@proof"]
        );
        device.host = "partners.lumen.example";
        let (challenge, options) = challenged(&house).await;
        let mut other = Device::new();
        other.id.clone_from(&device.id);
        other.counter = 50;
        let used = other.prove(&options, PAGE);
        assert_eq!(
            codes(enter(&house, challenge, used).await),
            ["CODE_INVALID@proof"]
        );
        // What another challenge asked for.
        let (challenge, _) = challenged(&house).await;
        let used = device.prove(&json!({ "challenge": encoded(&[7; 32]) }), PAGE);
        assert_eq!(
            codes(enter(&house, challenge, used).await),
            ["CODE_INVALID@proof"]
        );
        for nonsense in [json!(null), json!({ "id": "AAAA" }), json!([])] {
            let (challenge, _) = challenged(&house).await;
            let refused = enter(&house, challenge, nonsense).await;
            assert_eq!(codes(refused), ["CODE_INVALID@proof"]);
        }

        // A page below the host may, and a copy that counts from earlier may not.
        let (challenge, options) = challenged(&house).await;
        let used = device.prove(&options, "https://app.partners.lumen.example");
        assert!(enter(&house, challenge, used).await.is_ok());
        let rows = factor::Entity::find().all(house.db.reader()).await.unwrap();
        assert_eq!(rows[0].counter, Some(device.counter.into()));
        let (challenge, options) = challenged(&house).await;
        device.counter -= 1;
        let used = device.prove(&options, PAGE);
        assert_eq!(
            codes(enter(&house, challenge, used).await),
            ["CODE_INVALID@proof"]
        );
    }
}

#[tokio::test]
async fn a_passkey_is_made_once_for_what_was_asked() {
    for house in House::each().await {
        let ana = house.ana().await;
        let device = Device::new();
        let refused = add(&house, &ana, &device, "https://evil.example")
            .await
            .map(|_| ());
        assert_eq!(codes(refused), ["PASSKEY_INVALID@credential"]);
        let begun = passkey::start(&ana, &house.guard, "Laptop".to_owned())
            .await
            .unwrap();
        let made = device.make(&begun.options, PAGE);
        let other = json!({ "challenge": encoded(&[7; 32]) });
        for wrong in [device.make(&other, PAGE), json!({}), json!("made")] {
            let refused = passkey::confirm(&ana, &house.guard, begun.id, wrong).await;
            assert_eq!(codes(refused.map(|_| ())), ["PASSKEY_INVALID@credential"]);
        }
        let late = house.op_at(ana.actor().clone(), noon() + TimeDelta::hours(1), FOX);
        let refused = passkey::confirm(&late, &house.guard, begun.id, made.clone()).await;
        assert_eq!(codes(refused.map(|_| ())), ["NOT_FOUND"]);
        passkey::confirm(&ana, &house.guard, begun.id, made.clone())
            .await
            .unwrap();
        let again = passkey::confirm(&ana, &house.guard, begun.id, made).await;
        assert_eq!(codes(again.map(|_| ())), ["NOT_FOUND"]);
        assert_eq!(house.kinds_of_letters().await, ["factor_added"]);

        // It is nobody else's.
        house
            .hire("ben@vendor.example", &[VendorRole::Finance])
            .await;
        let tokens = house.sign_in("ben@vendor.example").await;
        let ben: Actor = house.actor(&tokens).await.unwrap();
        let refused = add(&house, &house.op(ben), &device, PAGE).await.map(|_| ());
        assert_eq!(codes(refused), ["PASSKEY_INVALID@credential"]);
    }
}
