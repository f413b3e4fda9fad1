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
