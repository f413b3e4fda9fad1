//! Words: their inflections and slips, where they are marked, and pages of what they find.

use std::collections::BTreeSet;

use entente::auth::{Actor, Permission, Scope};
use entente::op::Op;
use entente::search::{self, Entry, Passage, Readers};
use entity::course;
use entity::search_shelf::SearchKind;
use entity::staff_role::VendorRole;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::house::{Text, marked, slugs, text};
use crate::support::{Portal, answer};

pub(super) async fn staff(portal: &Portal) -> Op {
    portal
        .staff("Henrik", &[VendorRole::Auditor])
        .await
        .op()
        .await
}

/// Puts a course in under these tags, in these languages, as concepts do that have some.
pub(super) async fn put(portal: &Portal, slug: &str, tags: &[&str], texts: &[(&str, &str, &str)]) {
    let row = course::Entity::find()
        .filter(course::Column::Slug.eq(slug))
        .one(portal.app.db.reader())
        .await
        .unwrap()
        .unwrap();
    let text = |(locale, title, body): &(&str, &str, &str)| search::Text {
        locale: (*locale).to_owned(),
        title: (*title).to_owned(),
        summary: String::new(),
        passages: vec![Passage {
            heading: String::new(),
            body: (*body).to_owned(),
        }],
    };
    let entry = Entry {
        kind: SearchKind::Course,
        id: row.id.0,
        version: row.version,
        readers: Readers::Everybody,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        names: Vec::new(),
        texts: texts.iter().map(text).collect(),
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

#[tokio::test]
async fn what_is_there_in_several_languages_is_found_once_in_the_one_that_answers() {
    for portal in Portal::each().await {
        portal.publish(&Text::new("one", "en", "Ships", "-")).await;
        portal.publish(&Text::new("two", "de", "Boote", "-")).await;
        let texts = [
            ("en", "Ships", "A harbour, and ships."),
            ("de", "Schiffe", "Ein Hafen. Das Logo."),
            ("de", "Twice", "twice"),
        ];
        put(&portal, "one", &["Sea"], &texts).await;
        let op = staff(&portal).await;
        for (query, locale, title) in [
            ("harbours", "en", "Ships"),
            ("Häfen", "de", "Schiffe"),
            ("hafen harbour ships", "en", "Ships"),
            ("logo", "de", "Schiffe"),
            ("sea", "en", "Ships"),
        ] {
            let found = portal.found(&op, query).await;
            assert_eq!(found["totalCount"], 1, "{query}: {found:#}");
            let hit = &found["nodes"][0];
            assert_eq!(
                (&hit["locale"], &hit["title"]),
                (&json!(locale), &json!(title)),
                "{query}"
            );
            assert_eq!(found["tags"], json!([{ "tag": "Sea", "count": 1 }]));
        }
        assert_eq!(portal.found(&op, "twice").await["totalCount"], 0);
        // Its tags are counted too where its main language is not asked for.
        let german = json!({ "query": "sea", "filter": { "locales": ["de"] } });
        let german = portal.found_by(&op, german).await;
        assert_eq!(german["nodes"][0]["title"], "Schiffe");
        assert_eq!(german["tags"], json!([{ "tag": "Sea", "count": 1 }]));
        put(&portal, "one", &[], &texts[..1]).await;
        assert_eq!(portal.found(&op, "Hafen").await["totalCount"], 0);
    }
}

#[tokio::test]
async fn inflections_accents_slips_and_compounds_find_the_same() {
    let texts = [
        Text::new(
            "contracts",
            "en",
            "Negotiating contracts",
            "How to close a deal.",
        ),
        Text::new(
            "vertrag",
            "de",
            "Der Partnervertrag",
            "Alle Verträge im Überblick.",
        ),
        Text::new("massnahmen", "de", "Maßnahmen", "Größere Änderungen."),
    ];
    let cases: [(&str, &[&str]); 15] = [
        ("contract", &["contracts"]),
        ("NEGOTIATE", &["contracts"]),
        ("negotiations", &["contracts"]),
        ("contrcat", &["contracts"]),
        ("closing deals", &["contracts"]),
        ("Vertrag", &["vertrag"]),
        ("vertraege", &["vertrag"]),
        ("Vertrage", &["vertrag"]),
        ("Partnerverträgen", &["vertrag"]),
        ("Partner", &["vertrag"]),
        ("Vertragspartner", &[]),
        ("massnahme", &["massnahmen"]),
        ("Massnhame", &["massnahmen"]),
        ("groesser", &["massnahmen"]),
        ("zebra", &[]),
    ];
    for portal in Portal::each().await {
        for text in &texts {
            portal.publish(text).await;
        }
        let op = staff(&portal).await;
        for (query, expected) in cases {
            let found = portal.found(&op, query).await;
            assert_eq!(slugs(&found), expected, "{query}: {found:#}");
        }
        let found = portal.found(&op, "contrcat zebra").await;
        assert_eq!(
            found["corrections"],
            json!([{ "word": "contrcat", "instead": "contracts" }])
        );
        assert_eq!(found["unmatched"], json!(["zebra"]));
        // Two parts that are known, though nothing has the compound.
        portal
            .publish(&Text::new(
                "kurs",
                "de",
                "Der Kurs",
                "Eine Prüfung am Ende.",
            ))
            .await;
        let found = portal.found(&op, "Kursprüfung").await;
        assert_eq!(slugs(&found), ["kurs"], "{found:#}");
    }
}

#[tokio::test]
async fn words_are_marked_where_they_stand() {
    for portal in Portal::each().await {
        let body =
            "First **one** thing.\n\nThen <b>renewals</b> & *windows*: a renewal has a window.";
        portal
            .publish(&Text::new("renewal", "en", "Renewal & more", body))
            .await;
        let found = portal
            .found(&staff(&portal).await, "window for renewal")
            .await;
        let hit = &found["nodes"][0];
        assert_eq!(marked(&hit["titlePieces"]), "[Renewal] & more");
        assert_eq!(
            marked(&hit["excerpt"]["pieces"]),
            "First one thing. Then [renewals] & [windows]: a [renewal] has a [window]."
        );
        assert_eq!(hit["excerpt"]["heading"], "-");
    }
}

#[tokio::test]
async fn titles_are_suggested_while_somebody_types() {
    for portal in Portal::each().await {
        for (slug, title) in [
            ("a", "Cloud security"),
            ("b", "Secure clouds"),
            ("c", "Something"),
        ] {
            let text = Text::new(slug, "en", title, "About security in a cloud, a sector.");
            portal.publish(&text).await;
        }
        let op = staff(&portal).await;
        let suggested = async |prefix| {
            let titles = portal.suggested(&op, prefix).await;
            titles.into_iter().collect::<BTreeSet<_>>()
        };
        let both: BTreeSet<String> = ["Cloud security", "Secure clouds"]
            .map(str::to_owned)
            .into();
        let one: BTreeSet<String> = ["Cloud security".to_owned()].into();
        assert_eq!(suggested("se").await, both);
        assert_eq!(suggested("SEC").await, both);
        assert_eq!(suggested("cloud sec").await, both);
        assert_eq!(suggested("securi").await, one);
        assert_eq!(suggested("security").await, one);
        // What was mended finds its inflections as well.
        assert_eq!(suggested("secruity").await, both);
        for nothing in ["", "s", "sector", "zz", "  "] {
            assert_eq!(suggested(nothing).await, BTreeSet::new(), "{nothing}");
        }
    }
}

#[tokio::test]
async fn pages_hold_each_hit_once_and_count_what_can_be_found() {
    for portal in Portal::each().await {
        for n in 0..23 {
            let locale = if n % 4 == 0 { "de" } else { "en" };
            // Many are worth the same.
            let body = "harbour ".repeat(1 + n % 3);
            portal
                .publish(&Text::new(&format!("c{n}"), locale, "Ships", &body))
                .await;
        }
        for n in 0..6 {
            let tags: &[&str] = if n < 4 {
                &["Retail", "B2B"]
            } else {
                &["Retail"]
            };
            let locale = if n % 4 == 0 { "de" } else { "en" };
            put(
                &portal,
                &format!("c{n}"),
                tags,
                &[(locale, "Ships", "harbour")],
            )
            .await;
        }
        let op = staff(&portal).await;
        let ask = async |variables: Value| portal.found_by(&op, variables).await;
        let all = ask(json!({ "query": "harbour ships", "first": 100 })).await;
        let whole = slugs(&all);
        assert_eq!(whole.len(), 23);
        assert_eq!(all["totalCount"], 23);
        assert_eq!(all["kinds"], json!([{ "kind": "COURSE", "count": 23 }]));
        assert_eq!(
            all["locales"],
            json!([{ "locale": "de", "count": 6 }, { "locale": "en", "count": 17 }])
        );
        assert_eq!(
            all["tags"],
            json!([{ "tag": "Retail", "count": 6 }, { "tag": "B2B", "count": 4 }])
        );
        let (mut pages, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = ask(json!({ "query": "harbour ships", "first": 5, "after": after })).await;
            assert_eq!(page["totalCount"], 23);
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
            pages.extend(slugs(&page));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(pages, whole);
        let foreign = json!({ "query": "harbour", "after": after });
        let answer = portal.searched(&op, foreign).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        let filtered = async |filter: Value| {
            let found = ask(json!({ "query": "ships", "filter": filter })).await;
            found["totalCount"].clone()
        };
        assert_eq!(filtered(json!({ "locales": ["de"] })).await, 6);
        assert_eq!(filtered(json!({ "kinds": ["CERTIFICATION"] })).await, 0);
        assert_eq!(filtered(json!({ "tags": ["b2b"] })).await, 4);
        assert_eq!(
            filtered(json!({ "tags": ["b2b", "retail"], "locales": ["en"] })).await,
            4
        );
        assert_eq!(text(&all["nodes"][0]["kind"]), "COURSE");
    }
}

#[tokio::test]
async fn a_search_costs_what_could_be_read_of_its_hits() {
    for portal in Portal::each().await {
        let op = staff(&portal).await;
        let cost = async |first: u32, of: &str| {
            let query = format!(
                "{{ search(query: \"x\", first: {first}) {{ edges {{ node {{ node {{ id {of} }} }} }} }} }}"
            );
            let answer = answer(&portal.app, op.clone(), &query, json!({})).await;
            let refused = answer["errors"][0]["extensions"]["code"] == "COST_EXCEEDED";
            let cost = answer["extensions"]["cost"].clone();
            let cost = if refused {
                answer["errors"][0]["extensions"]["cost"].clone()
            } else {
                cost
            };
            (cost["requested"].as_u64().unwrap(), refused)
        };
        let versions = "... on Course { versions(first: 10) { nodes { id } } }";
        let (one, ten) = (cost(1, versions).await.0, cost(10, versions).await.0);
        assert!(ten - one >= 9 * 10, "{one} {ten}");
        let lists = "... on Course { versions(first: 100) { nodes { modules(first: 100) { nodes { id } } } } }";
        assert!(cost(100, lists).await.1);
    }
}

#[tokio::test]
async fn a_playbook_is_found_in_the_language_in_which_it_is_written_and_not_by_its_merge_fields() {
    use entente::playbook::author::publish_document;
    for portal in Portal::each().await {
        let op = portal.app.op(Actor::System);
        let yaml = "slug: lights\nlocale: en\n\
             texts: { en: { title: Lights }, de: { title: Lichter } }\nsections:\n  \
             - { key: keeper, kind: TEXT, texts: { en: { title: Who, body: The lamplighter. } } }\n  \
             - { key: offer, kind: TEMPLATE, texts: { \
             en: { title: Offer, body: \"A lantern from {{ partner.website }} tonight.\" }, \
             de: { title: Angebot, body: \"Eine Laterne.\" } } }\n";
        let config = &portal.app.config.portal;
        publish_document(&op, config, yaml.to_owned())
            .await
            .unwrap();
        let staff = portal.staff("Mia", &[VendorRole::Admin]).await.op().await;
        for (query, locale, title) in [
            ("lamplighter", "en", "Lights"),
            ("Laterne", "de", "Lichter"),
            ("Lichter", "de", "Lichter"),
        ] {
            let found = portal.found(&staff, query).await;
            let hits = found["nodes"].as_array().unwrap();
            let hits: Vec<_> = hits
                .iter()
                .map(|hit| (&hit["locale"], &hit["title"]))
                .collect();
            assert_eq!(hits, [(&json!(locale), &json!(title))], "{query}");
        }
        for query in ["website", "partner website"] {
            let found = portal.found(&staff, query).await;
            let hits = found["nodes"].as_array().unwrap();
            assert!(hits.iter().all(|hit| hit["title"] != "Lights"), "{found:#}");
        }
        let found = portal.found(&staff, "tonight").await;
        let pieces = found["nodes"][0]["excerpt"]["pieces"].as_array().unwrap();
        let text: String = pieces
            .iter()
            .map(|it| it["text"].as_str().unwrap())
            .collect();
        assert_eq!(text, "A lantern from … tonight.");
        portal.keep_promises().await;
    }
}
