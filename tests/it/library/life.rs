//! The life of an asset: published, downloaded, renewed, expired, brought back, retired.

use std::fmt::Write as _;

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{
    COLLECT, DOWNLOAD, PUBLISH, RETIRE, SAVE, definition, downloaded, published, saved, shelf,
};
use crate::support::{Portal, Someone, rows};

fn refused(code: &str, at: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), at.to_owned())]
}

async fn days(portal: &Portal, days: i64) {
    // Reminders come on their day, not when somebody looks.
    for _ in 0..days {
        portal.pass(TimeDelta::days(1));
        portal.keep_promises().await;
    }
}

/// The asset as its editor reads it.
async fn read(who: &Someone<'_>, asset: &Value) -> Value {
    let query = "query($id: ID!) { asset(id: $id) { id version state downloadCount
        downloads { nodes { person { name } partner { legalName } assetVersion { number } } } } }";
    let mut data = who.ask(query, json!({ "id": asset["id"] })).await;
    data["asset"].take()
}

async fn download_facts(portal: &Portal) -> usize {
    let sql = "SELECT kind FROM fact WHERE kind = 'asset.downloaded'";
    rows::column(&portal.app.db, sql).await.len()
}

#[tokio::test]
async fn assets_are_listed_by_their_tags() {
    for portal in Portal::each().await {
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        for (slug, tags) in [
            ("sheet", json!(["cloud", "first-meeting"])),
            ("slides", json!(["cloud"])),
            ("cloudless", json!(["cloud-free", "clou"])),
            ("bare", json!([])),
        ] {
            saved(&elena, slug, &json!({ "tags": tags })).await;
        }
        let query = "query($filter: AssetFilter!) { assets(filter: $filter) { nodes { slug } } }";
        let with = async |filter: Value| {
            let search = json!({ "slug": { "in": ["sheet", "slides", "cloudless", "bare"] } });
            let filter = json!({ "filter": { "and": [filter, search] } });
            let found = elena.ask(query, filter).await;
            let nodes = found["assets"]["nodes"].as_array().unwrap().clone();
            let slugs = nodes
                .iter()
                .map(|row| row["slug"].as_str().unwrap().to_owned());
            slugs.collect::<Vec<_>>()
        };
        let tags = |it: Value| json!({ "tags": it });
        assert_eq!(
            with(tags(json!({ "has": "cloud" }))).await,
            ["sheet", "slides"]
        );
        assert_eq!(
            with(tags(json!({ "hasAny": ["clou", "first-meeting"] }))).await,
            ["cloudless", "sheet"]
        );
        let both = json!({ "has": "cloud", "hasAny": ["first-meeting", "other"] });
        assert_eq!(with(tags(both)).await, ["sheet"]);
        let not = json!({ "not": { "tags": { "has": "cloud" } } });
        assert_eq!(with(not).await, ["bare", "cloudless"]);
        for none in ["", "CLOUD", "cloud|first-meeting", "cl_ud", "%"] {
            assert_eq!(with(tags(json!({ "has": none }))).await, [""; 0], "{none}");
        }
        assert_eq!(with(tags(json!({ "hasAny": [] }))).await, [""; 0]);
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it is one story")]
async fn an_asset_is_renewed_expires_comes_back_and_is_retired() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let theirs = portal.team(&paula, "Quarzwerk").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let facts = download_facts(&portal).await;
        let end = portal.app.clock.now() + TimeDelta::days(40);
        let lasts = json!({ "expiresAt": end, "audience": { "regions": ["EMEA"] } });
        let film = saved(&elena, "film", &lasts).await;
        assert_eq!(film["state"], "DRAFT");
        assert_eq!(
            shelf(&ours.member).await,
            ["bergwind-film", "bergwind-sheet"]
        );
        let draft = json!({ "input": { "id": film["id"] } });
        assert_eq!(
            elena.refused(DOWNLOAD, draft).await,
            refused("NOT_PUBLISHED", "")
        );
        let film = published(&elena, &film, "").await;
        assert_eq!(
            shelf(&ours.member).await,
            ["bergwind-film", "bergwind-sheet", "film"]
        );
        assert_eq!(
            shelf(&theirs.member).await,
            ["quarzwerk-film", "quarzwerk-sheet"]
        );

        // Twice by the same is counted once; staff are not counted.
        for _ in 0..2 {
            assert_eq!(downloaded(&ours.member, &film).await, 1);
        }
        assert_eq!(downloaded(&ours.admin, &film).await, 1);
        assert_eq!(downloaded(&elena, &film).await, 1);
        assert_eq!(download_facts(&portal).await, facts + 2);
        assert_eq!(read(&elena, &film).await["downloadCount"], 2);
        // A member sees their own, an administrator those for the partner.
        assert_eq!(read(&ours.member, &film).await["downloadCount"], 1);
        assert_eq!(read(&ours.admin, &film).await["downloadCount"], 2);

        // Whoever has the new version already is not told of it.
        let input = json!({
            "id": film["id"], "expectedVersion": film["version"],
            "content": { "url": "https://film.lumen.example/2" }, "changeNote": "The <new> door is in it.",
        });
        let mut done = elena.act(PUBLISH, json!({ "input": input })).await;
        let film = done["asset"].take();
        assert_eq!(downloaded(&ours.admin, &film).await, 2);
        portal.keep_promises().await;
        let stale = json!({ "input": {
            "id": film["id"], "expectedVersion": 1, "content": { "url": "https://film.lumen.example/3" },
        } });
        assert_eq!(
            elena.refused(PUBLISH, stale).await,
            refused("CONFLICT", "expectedVersion")
        );

        days(&portal, 39).await;
        assert_eq!(
            shelf(&ours.member).await,
            ["bergwind-film", "bergwind-sheet", "film"]
        );
        // Even where the promise is late, nothing is handed out after the end.
        portal.pass(TimeDelta::days(1));
        let late = ours
            .member
            .answer(DOWNLOAD, json!({ "input": { "id": film["id"] } }))
            .await;
        assert_eq!(late["errors"][0]["extensions"]["code"], "NOT_FOUND");
        portal.keep_promises().await;
        assert_eq!(
            shelf(&ours.member).await,
            ["bergwind-film", "bergwind-sheet"]
        );
        let film = read(&elena, &film).await;
        assert_eq!(film["state"], "EXPIRED");

        // A later day brings it back.
        let more = json!({
            "expectedVersion": film["version"], "audience": { "regions": ["EMEA"] },
            "expiresAt": portal.app.clock.now() + TimeDelta::days(400),
        });
        let film = saved(&elena, "film", &more).await;
        assert_eq!(film["state"], "PUBLISHED");
        assert_eq!(
            shelf(&ours.member).await,
            ["bergwind-film", "bergwind-sheet", "film"]
        );
        let input = json!({
            "id": film["id"], "expectedVersion": film["version"], "retired": true,
        });
        let mut done = elena.act(RETIRE, json!({ "input": input })).await;
        let film = done["asset"].take();
        assert_eq!(
            shelf(&ours.member).await,
            ["bergwind-film", "bergwind-sheet"]
        );
        let retired = json!({ "input": {
            "id": film["id"], "expectedVersion": film["version"],
            "content": { "url": "https://film.lumen.example/3" },
        } });
        assert_eq!(
            elena.refused(PUBLISH, retired).await,
            refused("RETIRED", "id")
        );

        let letters = portal.letters().await;
        let mut told = String::new();
        for letter in &letters {
            let kind = &letter.kind;
            if kind.starts_with("asset") {
                let day = letter.date.format("%m-%d");
                writeln!(told, "{day} {} | {}", letter.to, letter.subject).unwrap();
            }
        }
        insta::assert_snapshot!("letters_of_an_asset", told);
        let letter = portal.letter("asset_updated", "ben@bergwind.example").await;
        assert!(
            letter.text.contains("The <new> door is in it."),
            "{}",
            letter.text
        );
    }
}

#[tokio::test]
async fn staff_who_act_for_partners_download_for_one() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let theirs = portal.team(&paula, "Quarzwerk").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let narrow = json!({ "audience": { "regions": ["EMEA"] } });
        let film = saved(&elena, "film", &narrow).await;
        let film = published(&elena, &film, "").await;
        let facts = download_facts(&portal).await;
        let for_partner =
            |partner: &str| json!({ "input": { "id": film["id"], "partner": partner } });
        let done = paula.act(DOWNLOAD, for_partner(&ours.partner)).await;
        assert_eq!(done["assetVersion"]["number"], 1);
        assert_eq!(
            read(&elena, &film).await["downloads"]["nodes"],
            json!([{
                "person": { "name": "Paula" }, "partner": { "legalName": "Bergwind GmbH" },
                "assetVersion": { "number": 1 },
            }])
        );
        assert_eq!(download_facts(&portal).await, facts + 1);
        assert_eq!(
            paula.refused(DOWNLOAD, for_partner(&theirs.partner)).await,
            refused("NOT_PUBLISHED", "partner")
        );
        // Others of the staff act for no partner, and members for none but their own.
        let answer = elena.answer(DOWNLOAD, for_partner(&ours.partner)).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let answer = ours
            .member
            .answer(DOWNLOAD, for_partner(&theirs.partner))
            .await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
        assert_eq!(download_facts(&portal).await, facts + 1);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn nobody_is_told_who_left_or_for_whom_it_is_no_more() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let theirs = portal.team(&paula, "Quarzwerk").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let film = saved(&elena, "film", &json!({})).await;
        let film = published(&elena, &film, "").await;
        for reader in [&ours.admin, &ours.member, &theirs.member] {
            downloaded(reader, &film).await;
        }
        let seats = ours.admin.seats(&ours.partner).await;
        let ben = seats
            .iter()
            .find(|seat| seat["person"]["email"] == "ben@bergwind.example")
            .unwrap();
        ours.admin
            .act(
                "mutation($input: MemberSeatInput!) { memberDeactivate(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": { "id": ben["id"], "expectedVersion": ben["version"] } }),
            )
            .await;
        let narrow = json!({
            "expectedVersion": film["version"], "audience": { "regions": ["EMEA"] },
        });
        let film = saved(&elena, "film", &narrow).await;
        published(&elena, &film, "").await;
        let letters = portal.letters().await;
        let told: Vec<_> = letters
            .iter()
            .filter(|letter| letter.kind == "asset_updated")
            .map(|letter| &*letter.to)
            .collect();
        assert_eq!(told, ["anna@bergwind.example"]);
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_asset_is_told_at_once() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let wrong = definition(
            "Film",
            &json!({
                "title": "Two\nlines", "tags": ["ok", "No"], "locale": "english",
                "owner": ours.member.me().await, "expiresAt": "2020-01-01T00:00:00Z",
                "audience": { "regions": ["MARS"] },
            }),
        );
        let told = elena.refused(SAVE, json!({ "input": wrong })).await;
        let told: Vec<_> = told
            .iter()
            .map(|(code, at)| format!("{code} {at}"))
            .collect();
        assert_eq!(
            told,
            [
                "INVALID_KEY slug",
                "INVALID_TEXT title",
                "INVALID_KEY tags.1",
                "INVALID_LOCALE locale",
                "UNKNOWN_REGION audience.regions.0",
                "UNKNOWN_OWNER owner",
                "OUT_OF_RANGE expiresAt",
            ]
        );
        let again = json!({ "input": definition("bergwind-film", &json!({})) });
        assert_eq!(
            elena.refused(SAVE, again).await,
            refused("CONFLICT", "expectedVersion")
        );
        let film = saved(&elena, "film", &json!({})).await;
        for url in [
            "http://film.example/",
            "javascript:alert(1)",
            "/film",
            "https://",
        ] {
            let input =
                json!({ "id": film["id"], "expectedVersion": 1, "content": { "url": url } });
            assert_eq!(
                elena.refused(PUBLISH, json!({ "input": input })).await,
                refused("INVALID_URL", "content.url")
            );
        }
        let empty = json!({ "input": {
            "slug": "all", "title": "All", "locale": "en", "assets": ["film", "nothing", "film"],
            "pinnedSteps": ["Profile", "profil"], "pinnedTiers": ["gold"],
            "audience": { "tiers": ["platinum"] },
        } });
        let told = elena.refused(COLLECT, empty).await;
        let told: Vec<_> = told
            .iter()
            .map(|(code, at)| format!("{code} {at}"))
            .collect();
        assert_eq!(
            told,
            [
                "UNKNOWN_TIER audience.tiers.0",
                "UNKNOWN_TIER pinnedTiers.0",
                "INVALID_KEY pinnedSteps.0",
                "UNKNOWN_STEP pinnedSteps.1",
                "DUPLICATE assets.2",
                "UNKNOWN_ASSET assets.1"
            ]
        );
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn collections_show_what_is_for_the_reader_beside_their_step() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        for (slug, regions) in [("film", json!([])), ("other", json!(["APAC"]))] {
            let audience = json!({ "audience": { "regions": regions } });
            let asset = saved(&elena, slug, &audience).await;
            published(&elena, &asset, "").await;
        }
        let input = json!({ "input": {
            "slug": "all", "title": "Everything", "locale": "en", "assets": ["other", "film"],
            "pinnedSteps": ["profile"],
        } });
        elena.act(COLLECT, input).await;
        let query = "query($partner: ID!) { partner(id: $partner) { onboardingSteps { nodes { key
            collections { title items { nodes { position asset { slug } } } } } } } }";
        let data = ours
            .member
            .ask(query, json!({ "partner": ours.partner }))
            .await;
        let steps = data["partner"]["onboardingSteps"]["nodes"]
            .as_array()
            .unwrap();
        for step in steps {
            let titles: Vec<_> = step["collections"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["title"].as_str().unwrap())
                .collect();
            if step["key"] == "profile" {
                assert_eq!(titles, ["Everything", "First steps of Bergwind"]);
                assert_eq!(
                    step["collections"][0]["items"]["nodes"],
                    json!([{ "position": 2, "asset": { "slug": "film" } }])
                );
            } else {
                assert!(titles.is_empty(), "{titles:?}");
            }
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn an_earlier_version_is_for_staff_alone() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let film = saved(&elena, "film", &json!({})).await;
        let film = published(&elena, &film, "").await;
        let film = published(&elena, &film, "It is shorter.").await;
        let query = "query($id: ID!) { asset(id: $id) { versions { nodes { id number } } } }";
        let listed = elena.ask(query, json!({ "id": film["id"] })).await;
        let versions = &listed["asset"]["versions"]["nodes"];
        let (newest, first) = (&versions[0]["id"], &versions[1]["id"]);
        let facts = download_facts(&portal).await;

        let of = |version: &Value| json!({ "input": { "id": film["id"], "version": version } });
        let got = elena.act(DOWNLOAD, of(first)).await;
        assert_eq!(got["assetVersion"]["number"], 1);
        assert_eq!(
            ours.member.refused(DOWNLOAD, of(first)).await,
            refused("NOT_NEWEST", "version")
        );
        // Nor is it what somebody sends a partner.
        let mut for_them = of(first);
        for_them["input"]["partner"] = json!(ours.partner);
        assert_eq!(
            paula.refused(DOWNLOAD, for_them).await,
            refused("NOT_NEWEST", "version")
        );
        assert_eq!(download_facts(&portal).await, facts);
        let got = ours.member.act(DOWNLOAD, of(newest)).await;
        assert_eq!(got["assetVersion"]["number"], 2);
        assert_eq!(download_facts(&portal).await, facts + 1);

        let other = saved(&elena, "other", &json!({})).await;
        published(&elena, &other, "").await;
        let mixed = json!({ "input": { "id": other["id"], "version": first } });
        let answer = elena.answer(DOWNLOAD, mixed).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
        portal.keep_promises().await;
    }
}
