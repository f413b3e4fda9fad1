//! Writing courses by the API: drafts, versions, archives, orders, and what is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use entente::auth::Actor;
use entente::course::author::{self, Imported};
use entente::course::document::Document;
use entente::course::folder::{Bundle, Files};
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{certification, course, publish};
use crate::support::Portal;

const SAVE: &str = "mutation($input: CourseSaveInput!) { courseSave(input: $input) {
    courseVersion { id version number lessons { nodes { key } } } userErrors { code field message } } }";

#[tokio::test]
async fn a_course_is_exported_copied_reordered_and_imported_again() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let id = publish(&elena, &course("basics", "Basics"), false).await;
        let copied = elena
            .act(
                "mutation($id: ID!) { courseDuplicate(input: { id: $id, slug: \"copy\" }) {
                    courseVersion { id version } userErrors { code field message } } }",
                json!({ "id": id }),
            )
            .await;
        let draft = &copied["courseVersion"];
        let reorder = "mutation($input: CourseReorderInput!) { courseReorder(input: $input) {
            courseVersion { id version lessons { nodes { key } } } userErrors { code field message } } }";
        let order = |lessons: Value| {
            json!({ "input": {
                "id": draft["id"], "expectedVersion": draft["version"],
                "modules": [{ "module": "all", "lessons": lessons }],
            } })
        };
        let missing = elena.refused(reorder, order(json!(["second"]))).await;
        assert_eq!(
            missing,
            [("UNKNOWN_LESSON".to_owned(), "modules".to_owned())]
        );
        let ordered = elena.act(reorder, order(json!(["second", "first"]))).await;
        let lessons = &ordered["courseVersion"]["lessons"]["nodes"];
        assert_eq!(*lessons, json!([{ "key": "second" }, { "key": "first" }]));
        let exported = elena
            .act(
                "mutation($id: ID!) { courseExport(input: { id: $id }) { archive userErrors { code } } }",
                json!({ "id": ordered["courseVersion"]["id"] }),
            )
            .await;
        let input = json!({
            "course": { "archive": exported["archive"] },
            "expectedVersion": ordered["courseVersion"]["version"],
        });
        let imported = elena.act(SAVE, json!({ "input": input })).await;
        assert_eq!(imported["courseVersion"]["lessons"]["nodes"], *lessons);
        let stale = elena.refused(SAVE, json!({ "input": input })).await;
        assert_eq!(stale[0].0, "CONFLICT");
    }
}

#[tokio::test]
async fn bad_courses_are_refused_where_they_are_wrong_and_strangers_altogether() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let yaml = |text: &str| json!({ "input": { "course": { "yaml": text } } });
        let refused = elena
            .refused(SAVE, yaml("slug: a\nmodules: [{ key: }]"))
            .await;
        assert_eq!(refused[0].0, "INVALID_YAML");
        let bad = course("basics", "Basics").replace("key: second", "key: first");
        assert_eq!(elena.refused(SAVE, yaml(&bad)).await[0].0, "DUPLICATE");
        let lost = course("basics", "Basics")
            .replace("locale: en", "locale: en\nprerequisites: [nowhere]");
        let refused = elena.refused(SAVE, yaml(&lost)).await;
        assert_eq!(
            refused,
            [("UNKNOWN_COURSE".to_owned(), "prerequisites.0".to_owned())]
        );
        let archive =
            json!({ "input": { "course": { "archive": STANDARD.encode(b"PK no archive") } } });
        assert_eq!(elena.refused(SAVE, archive).await[0].0, "INVALID_ARCHIVE");
        let foreign = paula.answer(SAVE, yaml(&course("basics", "Basics"))).await;
        assert_eq!(foreign["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let nobody = portal
            .nobody()
            .answer(SAVE, yaml(&course("basics", "Basics")))
            .await;
        assert_eq!(nobody["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn an_audience_of_a_tier_that_no_program_has_is_refused_wherever_it_is_written() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        publish(&elena, &course("basics", "Basics"), false).await;
        let yaml = course("more", "More")
            .replace("locale: en", "locale: en\naudience: { tiers: [platinum] }");
        let audience = json!({ "tiers": ["platinum"] });
        for (save, input) in [
            (SAVE, json!({ "course": { "yaml": yaml } })),
            (
                "mutation($input: LearningPathSaveInput!) { learningPathSave(input: $input) {
                    learningPath { id } userErrors { code field message } } }",
                json!({ "slug": "path", "title": "Path", "locale": "en", "courses": ["basics"],
                        "audience": audience }),
            ),
            (
                "mutation($input: CertificationSaveInput!) { certificationSave(input: $input) {
                    certification { id } userErrors { code field message } } }",
                json!({ "slug": "seller", "title": "Seller", "locale": "en",
                        "route": { "courses": ["basics"] }, "audience": audience }),
            ),
        ] {
            assert_eq!(
                elena.refused(save, json!({ "input": input })).await,
                [("UNKNOWN_TIER".to_owned(), "audience.tiers.0".to_owned())],
                "{save}"
            );
        }
    }
}

/// Imports the course `basics` under that title, as the command does.
async fn import(portal: &Portal, title: &str, outdates: bool) -> Imported {
    let op = portal.app.op(Actor::System);
    let document = Document::from_yaml(&course("basics", title)).unwrap();
    let bundle = Bundle {
        document,
        files: Files::new(),
    };
    let imported = author::publish_bundle(&op, &portal.app.config.portal, bundle, outdates);
    imported.await.unwrap()
}

#[tokio::test]
async fn the_same_course_once_more_says_that_nothing_changed_and_outdates_where_it_is_told_to() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let ben = &team.member;
        let import = |title, outdates| import(&portal, title, outdates);
        assert_eq!(import("Basics", true).await, Imported::Published);
        // There is nothing before the first version.
        assert_eq!(import("Basics", true).await, Imported::Unchanged);
        let seller = certification(
            &elena,
            json!({ "slug": "seller", "title": "Seller", "locale": "en",
                    "route": { "courses": ["basics"] } }),
        )
        .await;
        ben.goes_for(&seller).await;
        ben.read_all("basics").await;
        portal.pass(TimeDelta::hours(1));
        assert_eq!(import("Basics, again", false).await, Imported::Published);
        assert_eq!(import("Basics, again", false).await, Imported::Unchanged);
        portal.keep_promises().await;
        let state = async || ben.certificates("seller").await[0]["state"].clone();
        assert_eq!(state().await, "VALID");
        // What was forgotten can be said with the same once more; and then it was said.
        assert_eq!(import("Basics, again", true).await, Imported::Outdated);
        assert_eq!(import("Basics, again", true).await, Imported::Unchanged);
        portal.keep_promises().await;
        let held = ben.certificates("seller").await;
        let issued = held.iter().find(|it| !it["issuedAt"].is_null()).unwrap();
        assert_eq!(issued["state"], "EXPIRING", "{held:#?}");
        let letter = portal.letter("certificate_outdated", ben.email.as_ref().unwrap());
        assert!(letter.await.text.contains("Basics, again"));
    }
}
