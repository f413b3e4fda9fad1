//! What proves a certificate to anybody, over HTTP.

use entente::config::Config;
use entity::staff_role::VendorRole;
use serde_json::json;

use super::house::{certification, course, publish};
use crate::support::Portal;
use crate::support::wire::{Answer, Served};

async fn get(served: &Served, path: &str) -> Answer {
    served.send(&format!("GET {path} HTTP/1.1"), "").await
}

#[tokio::test]
async fn a_certificate_is_proven_to_everybody_and_its_revocation_too() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let ben = &team.member;
        publish(&elena, &course("basics", "Basics"), false).await;
        let seller = certification(
            &elena,
            json!({ "slug": "seller", "title": "Seller <1>", "locale": "en", "route": { "courses": ["basics"] } }),
        )
        .await;
        ben.goes_for(&seller).await;
        ben.read_all("basics").await;
        portal.keep_promises().await;
        let held = &ben.certificates("seller").await[0];
        let number = held["number"].as_str().unwrap();

        let served = Served::of(&portal);
        let page = get(&served, &format!("/certificates/{}", number.to_lowercase())).await;
        assert_eq!(page.status, 200);
        assert!(
            page.body.contains("Seller &lt;1&gt;") && page.body.contains("Valid"),
            "{}",
            page.body
        );
        assert!(!page.body.contains("Bergwind GmbH"), "no employer is told");
        let paper = get(&served, &format!("/certificates/{number}/certificate.pdf")).await;
        assert!(paper.body.starts_with("%PDF"));
        let badge = get(&served, &format!("/certificates/{number}/credential")).await;
        assert_eq!(badge.header("content-type"), Some("application/vc+jwt"));
        let list = get(&served, "/credentials/status/0").await;
        assert_eq!((badge.status, list.status), (200, 200));
        let did = get(&served, "/.well-known/did.json").await;
        assert!(did.body.contains("did:web:partners.lumen.example"));
        for nothing in [
            "/certificates/0000-0000-0000",
            "/certificates/x",
            "/credentials/status/1",
            "/credentials/status/x",
        ] {
            assert_eq!(get(&served, nothing).await.status, 404, "{nothing}");
        }

        let revoke =
            json!({ "id": held["id"], "expectedVersion": held["version"], "reason": "No." });
        elena
            .act(
                "mutation($input: CertificateRevokeInput!) { certificateRevoke(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": revoke }),
            )
            .await;
        let page = get(&served, &format!("/certificates/{number}")).await;
        assert!(page.status == 200 && page.body.contains("Revoked"));
        assert_eq!(
            get(&served, &format!("/certificates/{number}/certificate.pdf"))
                .await
                .status,
            404
        );
        assert_ne!(get(&served, "/credentials/status/0").await.body, list.body);
        served.stop().await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn the_page_the_paper_and_the_letter_tell_the_same_days_in_the_portals_zone() {
    let far_east = |config: &mut Config| {
        "Pacific/Auckland".clone_into(&mut config.portal.default_time_zone);
    };
    for portal in Portal::each_with(far_east).await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let ben = &team.member;
        publish(&elena, &course("basics", "Basics"), false).await;
        let seller = certification(
            &elena,
            json!({ "slug": "seller", "title": "Seller", "locale": "en", "validityMonths": 12,
                    "route": { "courses": ["basics"] } }),
        )
        .await;
        ben.goes_for(&seller).await;
        ben.read_all("basics").await;
        portal.keep_promises().await;
        let held = ben.certificates("seller").await;
        let issued = held.iter().find(|it| !it["issuedAt"].is_null()).unwrap();
        let number = issued["number"].as_str().unwrap();
        // Noon in UTC is the next day there.
        assert!(
            issued["issuedAt"]
                .as_str()
                .unwrap()
                .starts_with("2026-11-02T1"),
            "{issued}"
        );
        assert!(
            issued["validUntil"]
                .as_str()
                .unwrap()
                .starts_with("2027-11-02T1")
        );

        let served = Served::of(&portal);
        let page = get(&served, &format!("/certificates/{number}")).await;
        for day in ["3 November 2026", "3 November 2027"] {
            assert!(page.body.contains(day), "{day}: {}", page.body);
        }
        let paper = get(&served, &format!("/certificates/{number}/certificate.pdf")).await;
        let letters = portal.letters().await;
        let letter = letters
            .iter()
            .find(|it| it.kind == "certificate_issued" && it.text.contains(number))
            .unwrap();
        assert!(letter.text.contains("3 November 2027"), "{}", letter.text);
        let attached = String::from_utf8_lossy(&letter.files[0].bytes);
        assert_eq!(attached, paper.body, "{}", portal.name());
        served.stop().await;
    }
}

#[tokio::test]
async fn below_a_path_the_portals_did_is_found_where_it_says() {
    let below = |config: &mut Config| {
        config.portal.base_url = "https://lumen.example/partners".parse().unwrap();
    };
    for portal in Portal::each_with(below).await {
        let served = Served::of(&portal);
        // `did:web:host:path` is at `/path/did.json`, whether or not the proxy cuts the path off.
        for path in ["/partners/did.json", "/did.json"] {
            let did = get(&served, path).await;
            assert_eq!(did.status, 200, "{path}");
            assert_eq!(did.json()["id"], "did:web:lumen.example:partners");
        }
        assert_eq!(get(&served, "/.well-known/did.json").await.status, 404);
        served.stop().await;
    }
}
