//! What is told of programs and standings is told in the reader's language.

use serde_json::json;

use super::{LADDER, Stage, deal};
use crate::support::Portal;

#[tokio::test]
async fn readers_are_told_in_their_language_why_they_stand_there_and_what_changes() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        stage.facts(&[deal("a"), deal("b")]).await;
        let standing = stage.standing().await;
        let query = "query($id: ID!, $evaluation: ID!, $locale: Locale) {
            standingExplain(standing: $id, locale: $locale) { proof { tracks { tiers {
                name requires { words value limit short } } } } }
            standingNext(standing: $id, locale: $locale) {
                missing { requirement { words } } forecast { because { words } } }
            evaluationProof(evaluation: $evaluation, locale: $locale) {
                tracks { tiers { requires { words } } } } }";
        let ids = |locale| {
            let evaluation = &standing["evaluation"]["id"];
            json!({ "id": standing["id"], "evaluation": evaluation, "locale": locale })
        };
        let seen = stage.team.admin.ask(query, ids(Some("de"))).await;
        let gold = &seen["standingExplain"]["proof"]["tracks"][0]["tiers"][2];
        let lacks = "Deals won in a year: 2 von mindestens 3 (1 zu wenig)";
        assert_eq!(
            gold["requires"],
            json!([
                { "words": lacks, "value": "2", "limit": "3", "short": "1" },
                { "words": "Zertifizierte: 0 von mindestens 1 (1 zu wenig)", "value": "0",
                  "limit": "1", "short": "1" },
            ])
        );
        let next = &seen["standingNext"];
        assert_eq!(next["missing"][0]["requirement"]["words"], lacks);
        let ages = "Deals won in a year: 0 von mindestens 2 (2 zu wenig)";
        assert_eq!(next["forecast"][0]["because"], json!([{ "words": ages }]));
        let silver = &seen["evaluationProof"]["tracks"][0]["tiers"][1];
        let earned = "Deals won in a year: 2 von mindestens 2";
        assert_eq!(silver["requires"], json!([{ "words": earned }]));
        let seen = stage.team.admin.ask(query, ids(None)).await;
        let gold = &seen["standingExplain"]["proof"]["tracks"][0]["tiers"][2];
        assert_eq!(
            gold["requires"][0]["words"],
            "Deals won in a year: 2 of at least 3 (1 missing)"
        );

        let stricter = LADDER
            .replace("metric: deals, atLeast: 2", "metric: deals, atLeast: 2.5")
            .replace("discount: 10 %", "discount: 7.5 %");
        stage.announce(&stricter).await;
        let query = "query($v: ID!, $locale: Locale) {
            programChanges(version: $v, locale: $locale) { what favours }
            programRules(version: $v, locale: $locale) { notice tracks { tiers { requires } } } }";
        let found = stage
            .petra
            .ask("{ programVersions { nodes { id number } } }", json!({}))
            .await;
        let versions = found["programVersions"]["nodes"].as_array().unwrap();
        let version = versions.iter().find(|it| it["number"] == 2).unwrap();
        let of = |locale: Option<&str>| json!({ "v": version["id"], "locale": locale });
        let german = json!([
            { "what": "Vertrieb, Silber: Verlangt wird „Deals won in a year: mindestens 2,5“; bisher: \
                       „Deals won in a year: mindestens 2“.", "favours": "VENDOR" },
            { "what": "Vertrieb, Silber, Rabatt: 7,5 %; bisher: 10 %.", "favours": "VENDOR" },
        ]);
        let seen = stage.team.admin.ask(query, of(Some("de"))).await;
        assert_eq!(seen["programChanges"], german);
        assert_eq!(seen["programRules"]["notice"], "30 Tage");
        assert_eq!(
            seen["programRules"]["tracks"][0]["tiers"][1]["requires"],
            json!(["Deals won in a year: mindestens 2,5"])
        );
        let seen = stage.team.admin.ask(query, of(None)).await;
        assert_eq!(
            seen["programChanges"][0]["what"],
            "Sales, Silver asks for Deals won in a year: at least 2.5; before: Deals won in a year: \
             at least 2."
        );
        // Whoever reads German is told in German without asking for it.
        stage
            .team
            .admin
            .act(
                "mutation { viewerUpdate(input: { locale: \"de\", expectedVersion: 1 }) { userErrors { code } } }",
                json!({}),
            )
            .await;
        let seen = stage.team.admin.ask(query, of(None)).await;
        assert_eq!(seen["programChanges"], german);
        assert_eq!(stage.standing().await["tierName"], "Silber");

        // What would have happened is told as well.
        let first = versions.iter().find(|it| it["number"] == 1).unwrap();
        let query =
            "query($v: ID!) { programSimulate(version: $v, locale: \"de\") { moves { story } } }";
        let seen = stage.petra.ask(query, json!({ "v": first["id"] })).await;
        let story = &seen["programSimulate"]["moves"][0]["story"];
        assert_eq!(
            story,
            &json!([
                "2. November 2026: aufgestiegen von Bronze auf Silber – Deals won in a year: 2 von mindestens 2"
            ])
        );
    }
}

#[tokio::test]
async fn readers_are_told_when_partners_go_up_and_down() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let query = "{ programVersions { nodes { id } } }";
        let found = stage.petra.ask(query, json!({})).await;
        let version = &found["programVersions"]["nodes"][0]["id"];
        let query = "query($v: ID!, $locale: Locale) {
            programRules(version: $v, locale: $locale) { tracks { review } } }";
        let of = |locale| json!({ "v": version, "locale": locale });
        let english = stage.team.admin.ask(query, of("en")).await;
        let german = stage.team.admin.ask(query, of("de")).await;
        assert_eq!(
            english["programRules"]["tracks"][0]["review"],
            json!([
                "Who goes up is decided on any day.",
                "Who goes down is decided on the first day of each quarter.",
                "Whoever may go down is told 14 days ahead.",
                "The time of grace is 30 days.",
                "Whoever goes down falls to what is earned.",
            ])
        );
        assert_eq!(
            german["programRules"]["tracks"][0]["review"],
            json!([
                "Über Aufstiege wird an jedem Tag entschieden.",
                "Über Abstiege wird am ersten Tag jedes Quartals entschieden.",
                "Wer absteigen kann, erfährt es 14 Tage vorher.",
                "Die Schonfrist beträgt 30 Tage.",
                "Wer absteigt, fällt auf das, was verdient ist.",
            ])
        );
    }
}
