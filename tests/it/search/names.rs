//! What things are called: kinds, short words that are no slips, words in one, and tags.

use entente::auth::Actor;
use entente::playbook::author::publish_document;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{Text, slugs, text};
use super::words::{put, staff};
use crate::support::Portal;
use crate::support::team::whole;

/// What was found is called, the best first.
fn titles(found: &Value) -> Vec<String> {
    let nodes = found["nodes"].as_array().unwrap();
    nodes.iter().map(|hit| text(&hit["title"])).collect()
}

async fn playbook(portal: &Portal, yaml: &str) {
    let op = portal.app.op(Actor::System);
    let config = &portal.app.config.portal;
    publish_document(&op, config, yaml.to_owned())
        .await
        .unwrap();
}

#[tokio::test]
async fn things_are_found_by_what_their_kind_is_called() {
    for portal in Portal::each().await {
        playbook(
            &portal,
            "slug: nights\nlocale: en\n\
             texts: { en: { title: Quiet nights }, de: { title: Ruhige Nächte } }\nsections:\n  \
             - { key: a, kind: TEXT, texts: { en: { title: The backup, body: Ask where the backup is. } } }\n",
        )
        .await;
        playbook(
            &portal,
            "slug: days\nlocale: en\ntexts: { en: { title: Days } }\nsections:\n  \
             - { key: a, kind: TEMPLATE, texts: { en: { title: Letter, body: Dear all. } } }\n",
        )
        .await;
        let body = "Whoever writes a playbook writes of backup first. A playbook has backup in it.";
        let course = Text::new("writing", "en", "Writing", body);
        portal.publish(&course).await;
        let op = staff(&portal).await;
        for (query, first) in [
            ("backup playbook", vec!["Quiet nights", "Writing"]),
            ("playbook", vec!["Days", "Quiet nights", "Writing"]),
            ("Leitfäden", vec!["Days", "Ruhige Nächte"]),
            ("playboks", vec!["Days", "Quiet nights", "Writing"]),
            ("Kurse", vec!["Writing"]),
            ("Vorlagen", vec!["Days"]),
            ("Fallstudie", vec![]),
        ] {
            let found = portal.found(&op, query).await;
            let mut found = titles(&found);
            // What is called alike is worth the same.
            if let Some(both) = found.get_mut(..2).filter(|_| !query.starts_with("backup")) {
                both.sort();
            }
            assert_eq!(found, first, "{query}");
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn assets_and_case_studies_are_found_by_what_they_are() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let member = portal.team(&paula, "Bergwind").await.member.op().await;
        for (query, kind) in [
            ("Fallstudien", "CASE_STUDY"),
            ("Praxisnotiz", "FIELD_NOTE"),
            ("Lernpfade", "LEARNING_PATH"),
            ("Zertifikat", "CERTIFICATION"),
            ("Materialien", "ASSET"),
        ] {
            let found = portal.found(&member, query).await;
            assert_eq!(found["nodes"][0]["kind"], kind, "{query}: {found:#}");
        }
    }
}

#[tokio::test]
async fn an_industry_is_found_by_its_name_in_the_other_language() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let ben = &team.member;
        for (title, industry) in [("Tills", "RETAIL"), ("Beds", "HOSPITALITY")] {
            let study = ben.begins(&team.partner, "en", title).await;
            let mut content = whole("Bergwind");
            content["industry"] = json!(industry);
            let study = ben.tells("Update", &study, content).await;
            ben.tells("Submit", &study, json!({})).await;
        }
        let op = ben.op().await;
        for word in ["Einzelhandel", "retail"] {
            let found = json!({ "query": word, "filter": { "kinds": ["CASE_STUDY"] } });
            let found = portal.found_by(&op, found).await;
            assert_eq!(titles(&found), ["Tills"], "{word}");
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn one_word_that_is_two_of_the_asked_ones_answers_both_in_its_language() {
    for portal in Portal::each().await {
        playbook(
            &portal,
            "slug: cool\nlocale: en\ntexts:\n  \
             en: { title: A cool server, summary: Where the server stands. }\n  \
             de: { title: Der kühle Serverraum, summary: Wo er steht. }\nsections:\n  \
             - { key: a, kind: TEXT, texts: { en: { title: All, body: All of it. } } }\n",
        )
        .await;
        let op = staff(&portal).await;
        for (query, title) in [
            ("Server Raum", "Der kühle Serverraum"),
            ("server", "A cool server"),
        ] {
            let found = portal.found(&op, query).await;
            assert_eq!(titles(&found), [title], "{query}: {found:#}");
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn words_that_are_there_and_short_ones_are_not_taken_for_slips() {
    for portal in Portal::each().await {
        let text = Text::new("sea", "en", "Harbour", "A ship came with quartz.");
        portal.publish(&text).await;
        playbook(
            &portal,
            "slug: stones\nlocale: en\ntexts: { en: { title: Quarz } }\nsections:\n  \
             - { key: a, kind: TEXT, texts: { en: { title: Stones, body: None. } } }\n",
        )
        .await;
        let op = staff(&portal).await;
        let courses = json!(["COURSE"]);
        for (query, kinds, corrected, unmatched) in [
            // It was typed as it is meant where something else is found.
            ("harbour camr", None, vec![], vec!["camr"]),
            ("camr", None, vec!["came"], vec![]),
            // It begins otherwise.
            ("acme", None, vec![], vec!["acme"]),
            ("harbuor camr", None, vec!["harbour"], vec!["camr"]),
            // The filter leaves out where it stands.
            ("quarz", None, vec![], vec![]),
            ("quarz", Some(&courses), vec![], vec!["quarz"]),
            ("quarzt", Some(&courses), vec!["quartz"], vec![]),
        ] {
            let filter = kinds.map(|kinds| json!({ "kinds": kinds }));
            let found = json!({ "query": query, "filter": filter });
            let found = portal.found_by(&op, found).await;
            let corrections = found["corrections"].as_array().unwrap();
            let instead: Vec<&Value> = corrections.iter().map(|it| &it["instead"]).collect();
            assert_eq!(json!(instead), json!(corrected), "{query}: {found:#}");
            assert_eq!(found["unmatched"], json!(unmatched), "{query}: {found:#}");
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn two_words_find_what_is_both_in_one() {
    for portal in Portal::each().await {
        for (slug, locale, body) in [
            ("shop", "de", "Ein Webshop. Der Sicherungsplan."),
            ("site", "en", "A website."),
        ] {
            portal
                .publish(&Text::new(slug, locale, "Title", body))
                .await;
        }
        let op = staff(&portal).await;
        for (query, expected) in [
            ("Web Shop", "shop"),
            ("Sicherung Plan", "shop"),
            ("web site", "site"),
        ] {
            let found = portal.found(&op, query).await;
            assert_eq!(slugs(&found), [expected], "{query}: {found:#}");
            assert_eq!(found["unmatched"], json!([]), "{query}");
        }
    }
}

#[tokio::test]
async fn a_tag_in_capitals_is_the_same_tag() {
    for portal in Portal::each().await {
        for (slug, tags) in [
            ("a", &["cloud", "Cloud"][..]),
            ("b", &["Cloud"]),
            ("c", &["cloud", "Demo"]),
        ] {
            portal.publish(&Text::new(slug, "en", "Harbour", "-")).await;
            put(&portal, slug, tags, &[("en", "Harbour", "-")]).await;
        }
        let found = portal.found(&staff(&portal).await, "harbour").await;
        let expected = json!([{ "tag": "Cloud", "count": 3 }, { "tag": "Demo", "count": 1 }]);
        assert_eq!(found["tags"], expected);
    }
}
