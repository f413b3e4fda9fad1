//! Letters tell a partner what a tier brings to it, and not what it brings to others.

use chrono::TimeDelta;
use serde_json::json;

use super::{LADDER, Stage, deal};
use crate::support::Portal;

#[tokio::test]
async fn a_letter_tells_what_the_tier_brings_to_this_partner() {
    for portal in Portal::each().await {
        let stage = Stage::bare(&portal).await;
        let by_market = "discount: {by: market, values: {home: 15 %}, otherwise: 5 %}";
        stage
            .announce(&LADDER.replace("discount: 10 %", by_market))
            .await;
        let classified = json!({ "attribute": "market", "value": "home" });
        stage.told("partner.classified", classified).await;
        portal.pass(TimeDelta::minutes(1));
        stage.facts(&[deal("a"), deal("b")]).await;
        let letters = portal.letters().await;
        let advanced = letters.iter().rfind(|it| it.kind == "tier_advanced");
        let text = &advanced.unwrap().text;
        assert!(text.contains("Discount: 15 %"), "{text}");
        assert!(!text.contains("5 % for"), "{text}");
    }
}

#[tokio::test]
async fn a_partner_reads_what_its_tier_brings_now_and_the_next_would() {
    for portal in Portal::each().await {
        let stage = Stage::bare(&portal).await;
        let rate = "  rate: {bands: {of: deals, steps: [{from: 2, is: 2 %}, {from: 3, is: 3 %}]}}\nbenefits:\n";
        let document = LADDER.replace("benefits:\n  discount", &format!("{rate}  discount"));
        stage
            .announce(&document.replace("discount: 10 %", "discount: rate"))
            .await;
        portal.pass(TimeDelta::minutes(1));
        stage.facts(&[deal("a"), deal("b")]).await;
        let letters = portal.letters().await;
        let advanced = letters.iter().rfind(|it| it.kind == "tier_advanced");
        let text = &advanced.unwrap().text;
        assert!(text.contains("Discount: 2 %"), "{text}");
        portal.pass(TimeDelta::minutes(1));
        stage.facts(&[deal("c")]).await;
        let standing = stage.standing().await["id"].clone();
        let query = "query($id: ID!) {
            standingExplain(standing: $id) { benefits { name value } }
            standingNext(standing: $id) { tier benefits { name value } } }";
        let found = stage.team.admin.ask(query, json!({ "id": standing })).await;
        assert_eq!(
            found,
            json!({
                "standingExplain": { "benefits": [{ "name": "Discount", "value": "3 %" }] },
                "standingNext": { "tier": "gold", "benefits":
                    [{ "name": "Discount", "value": "20 %" }, { "name": "Use of the logo", "value": null }] },
            })
        );
    }
}
