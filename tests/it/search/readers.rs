//! Nothing that the asker may not open can be told from an answer.

use entente::auth::{Actor, Permission, Scope};
use entente::findable;
use entente::reads::partner::Partner;
use entente::search::{self, Entry, Readers};
use entente::shape::key_of;
use entity::course;
use entity::search_shelf::SearchKind;
use entity::staff_role::VendorRole;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::house::{Text, slugs};
use crate::support::Portal;

const QUERIES: [&str; 6] = [
    "Quarzwerk",
    "quarzwerc",
    "basics",
    "project of quarzwerk",
    "quarzwerkbasics",
    "quarz",
];

#[tokio::test]
async fn what_is_for_others_is_not_found_counted_or_suggested() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let before = ours.member.op().await;
        let mut answers = Vec::new();
        for query in QUERIES {
            let found = portal.found(&before, query).await;
            answers.push((found, portal.suggested(&before, query).await));
        }
        let theirs = portal.team(&paula, "Quarzwerk").await;
        let (ours, theirs) = (ours.member.op().await, theirs.member.op().await);
        for (query, before) in QUERIES.iter().zip(answers) {
            let found = portal.found(&ours, query).await;
            let answer = (found, portal.suggested(&ours, query).await);
            assert_eq!(answer, before, "{query}");
            assert!(!answer.0.to_string().to_lowercase().contains("quarzwerk: "));
        }
        let anonymous = portal.app.op(Actor::Anonymous);
        for query in QUERIES {
            let found = portal.found(&theirs, query).await;
            assert!(
                found["totalCount"].as_i64().unwrap() > 0,
                "{query}: {found:#}"
            );
            let found = portal.found(&anonymous, query).await;
            assert_eq!(
                (&found["totalCount"], &found["kinds"]),
                (&json!(0), &json!([]))
            );
            assert!(portal.suggested(&anonymous, query).await.is_empty());
        }
        let found = portal.found(&ours, "Quarzwerk").await;
        assert_eq!(found["unmatched"], json!(["quarzwerk"]));
        let of = |found: &Value, kind: &str| {
            let kinds = found["kinds"].as_array().unwrap().clone();
            kinds.iter().any(|it| it["kind"] == kind)
        };
        let found = portal.found(&theirs, "Quarzwerk").await;
        for kind in [
            "COURSE",
            "LEARNING_PATH",
            "CERTIFICATION",
            "PLAYBOOK",
            "CASE_STUDY",
            "ASSET",
            "FIELD_NOTE",
        ] {
            assert!(of(&found, kind), "{kind}: {found:#}");
        }
        // Whatever has changed was put in by the unit of work that changed it.
        let behind = findable::behind(&portal.app.db.reader().into(), 100).await;
        assert_eq!(behind.unwrap(), 0);
    }
}

#[tokio::test]
async fn what_others_have_does_not_change_in_which_order_one_finds() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await.member.op().await;
        for (slug, body) in [
            ("one", "anchor anchor anchor harbour"),
            ("two", "harbour harbour anchor"),
            ("three", "anchor harbours and anchors"),
        ] {
            portal.publish(&Text::new(slug, "en", "Ships", body)).await;
        }
        let before = portal.found(&ours, "anchor harbour").await;
        assert_eq!(before["totalCount"], 3);
        for n in 0..12 {
            // Common words there make the one rare here, were they counted together.
            let text = Text::new(
                &format!("a{n}"),
                "en",
                "Anchors",
                "anchor, anchored, ancora",
            );
            portal.publish(&text.of("APAC")).await;
        }
        assert_eq!(portal.found(&ours, "anchor harbour").await, before);
        let found = portal.found(&ours, "ancora").await;
        let none = (&json!(0), &json!(["ancora"]));
        // It is taken for a slip of what can be found, and not for the word of others.
        assert_eq!(
            (&found["totalCount"], &found["unmatched"]),
            none,
            "{found:#}"
        );
    }
}

#[tokio::test]
async fn what_is_published_is_found_at_once_and_what_is_retired_is_not() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let member = portal.team(&paula, "Bergwind").await.member.op().await;
        let staff = elena.op().await;
        let text = Text::new("lighthouse", "en", "Lighthouses", "A lantern at sea.");
        let yaml = text.bundle().document.to_yaml().unwrap();
        let draft = elena
            .act(
                "mutation($yaml: String!) { courseSave(input: { course: { yaml: $yaml } }) {
                    courseVersion { id version } userErrors { code field message } } }",
                json!({ "yaml": yaml }),
            )
            .await;
        let found = async |op| slugs(&portal.found(op, "lantern").await);
        assert_eq!(found(&staff).await, ["lighthouse"]);
        assert_eq!(found(&member).await, [""; 0]);
        let published = elena
            .act(
                "mutation($input: CoursePublishInput!) { coursePublish(input: $input) {
                    courseVersion { course { id version } } userErrors { code field message } } }",
                json!({ "input": {
                    "id": draft["courseVersion"]["id"],
                    "expectedVersion": draft["courseVersion"]["version"],
                } }),
            )
            .await;
        assert_eq!(found(&member).await, ["lighthouse"]);
        let course = &published["courseVersion"]["course"];
        elena
            .act(
                "mutation($input: CourseRetireInput!) { courseRetire(input: $input) {
                    course { id } userErrors { code field message } } }",
                json!({ "input": {
                    "id": course["id"], "expectedVersion": course["version"], "retired": true,
                } }),
            )
            .await;
        assert_eq!(found(&staff).await, ["lighthouse"]);
        assert_eq!(found(&member).await, [""; 0]);
        // Were the index behind, the shapes would still show nothing of it.
        portal
            .publish(&Text::new("pier", "en", "Piers", "A lantern on land."))
            .await;
        assert_eq!(found(&member).await, ["pier"]);
        portal
            .force("UPDATE course SET state = 'RETIRED' WHERE slug = 'pier'")
            .await;
        assert_eq!(found(&member).await, [""; 0]);
    }
}

#[tokio::test]
async fn what_is_a_partners_own_is_found_by_its_members_and_by_staff() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let (ours, theirs) = (
            portal.team(&paula, "Bergwind").await,
            portal.team(&paula, "Quarzwerk").await,
        );
        portal
            .publish(&Text::new("draft", "en", "Schooner", "A schooner."))
            .await;
        put_own(&portal, "draft", &ours.partner).await;
        let askers = [&ours.member, &theirs.member, &paula];
        let mut counts = Vec::new();
        for asker in askers {
            let found = portal.found(&asker.op().await, "schooner rigged").await;
            counts.push(found["totalCount"].clone());
            assert_eq!(found["tags"].as_array().unwrap().len(), slugs(&found).len());
        }
        assert_eq!(counts, [json!(1), json!(0), json!(1)]);
        let anonymous = portal.app.op(Actor::Anonymous);
        assert_eq!(portal.found(&anonymous, "schooner").await["totalCount"], 0);
    }
}

/// Makes the course of that slug one partner's own for the search.
async fn put_own(portal: &Portal, slug: &str, partner: &str) {
    let id = course::Entity::find()
        .filter(course::Column::Slug.eq(slug))
        .one(portal.app.db.reader())
        .await
        .unwrap()
        .unwrap()
        .id;
    let partner = key_of::<Partner>(&partner.to_owned().into()).unwrap();
    let entry = Entry {
        kind: SearchKind::Course,
        id: id.0,
        version: 1,
        readers: Readers::Partner(partner.into()),
        tags: vec!["Rigged".to_owned()],
        names: Vec::new(),
        texts: vec![search::Text {
            locale: "en".to_owned(),
            title: "Schooner".to_owned(),
            summary: String::new(),
            passages: Vec::new(),
        }],
    };
    let system = portal.app.op(Actor::System);
    let put = system.unit(entry, |tx, entry| {
        Box::pin(async move {
            let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
            search::put(&permit, entry).await
        })
    });
    put.await.unwrap();
}
