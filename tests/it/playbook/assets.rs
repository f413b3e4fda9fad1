//! What sections have of the library: checked when it is written and when it is published, shown to
//! those who may have it, and unknown to others.

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{SAVE, authors, publish};
use crate::library::house::{RETIRE, published, saved};
use crate::support::{Portal, Someone};

/// A playbook of two sections for everybody, with these assets.
fn with(plays: &[&str], words: &[&str]) -> String {
    let section = |key: &str, assets: &[&str]| {
        format!(
            "  - {{ key: {key}, kind: PLAY, assets: [{}], texts: {{ en: {{ title: On {key}, body: Call. }} }} }}\n",
            assets.join(", ")
        )
    };
    format!(
        "slug: plays\nlocale: en\nacknowledgeWithinDays: 14\n\
         texts: {{ en: {{ title: Plays }} }}\nsections:\n{}{}",
        section("plays", plays),
        section("words", words)
    )
}

async fn retire(who: &Someone<'_>, asset: &Value, retired: bool) -> Value {
    let input = json!({
        "id": asset["id"], "expectedVersion": asset["version"], "retired": retired,
    });
    let mut done = who.act(RETIRE, json!({ "input": input })).await;
    done["asset"].take()
}

/// Slugs beside the sections of what they read, section by section.
async fn beside(who: &Someone<'_>) -> Vec<String> {
    let query =
        "{ playbooks { nodes { slug newestVersion { readerSections { assets { slug } } } } } }";
    let data = who.ask(query, json!({})).await;
    let playbooks = data["playbooks"]["nodes"].as_array().unwrap();
    let this = playbooks.iter().find(|it| it["slug"] == "plays").unwrap();
    let sections = this["newestVersion"]["readerSections"].as_array().unwrap();
    let slugs = |section: &Value| {
        let assets = section["assets"].as_array().unwrap().iter();
        let slugs: Vec<_> = assets.map(|it| it["slug"].as_str().unwrap()).collect();
        slugs.join(" ")
    };
    sections.iter().map(slugs).collect()
}

/// What has changed for them since the version that they know: sections with what came and went.
async fn changed(who: &Someone<'_>, version: &Value) -> Vec<String> {
    let query = "query($playbook: ID!) { playbookChanges(playbook: $playbook) { sections {
        key kind runs { change } addedAssets { id slug title } removedAssets { slug } } } }";
    let playbook = json!({ "playbook": version["playbook"]["id"] });
    let data = who.ask(query, playbook).await;
    let sections = data["playbookChanges"]["sections"].as_array().unwrap();
    let slugs = |assets: &Value| {
        let assets = assets.as_array().unwrap().iter();
        let slugs: Vec<_> = assets.map(|it| it["slug"].as_str().unwrap()).collect();
        slugs.join(" ")
    };
    let told = |it: &Value| {
        assert_eq!(it["runs"], json!([{ "change": "SAME" }]), "its words stay");
        let (added, removed) = (slugs(&it["addedAssets"]), slugs(&it["removedAssets"]));
        let (kind, key) = (it["kind"].as_str().unwrap(), it["key"].as_str().unwrap());
        format!("{kind} {key} +{added} -{removed}")
    };
    sections.iter().map(told).collect()
}

#[tokio::test]
async fn a_section_names_what_is_in_the_library_and_not_retired() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let map = saved(&elena, "map", &json!({})).await;
        let old = saved(&elena, "old", &json!({})).await;
        retire(&elena, &old, true).await;

        let input = json!({ "input": { "yaml": with(&["map", "gone"], &["old"]) } });
        let data = elena.ask(SAVE, input).await;
        let errors = data["playbookSave"]["userErrors"].as_array().unwrap();
        let told: Vec<_> = errors
            .iter()
            .map(|it| {
                (
                    it["code"].as_str().unwrap(),
                    it["message"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "UNKNOWN_ASSET",
                    "line 6, column 45, sections.0.assets.1: There is no asset `gone`."
                ),
                (
                    "RETIRED",
                    "line 7, column 40, sections.1.assets.0: The asset `old` was taken out of the library: put it \
                     back, or leave it out."
                ),
            ]
        );

        // What was retired since it was saved is not given out.
        let draft = elena.writes(&with(&["map"], &[]), None).await;
        let map = retire(&elena, &map, true).await;
        let submitted = elena.does("playbookSubmit", &draft).await;
        let accepted = rita.does("playbookAccept", &submitted).await;
        assert_eq!(rita.may_not("playbookPublish", &accepted).await, "RETIRED");
        retire(&elena, &map, false).await;
        let version = rita.does("playbookPublish", &accepted).await;
        let query = "query($id: ID!) { node(id: $id) { ... on PlaybookVersion { yaml } } }";
        let data = elena.ask(query, json!({ "id": version["id"] })).await;
        let yaml = data["node"]["yaml"].as_str().unwrap();
        let document = entente::playbook::document::Document::from_yaml(yaml).unwrap();
        assert_eq!(document.sections[0].assets, ["map"]);
        assert_eq!(beside(&rita).await, ["map", ""], "it has no version yet");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn readers_see_what_they_may_have_and_learn_nothing_of_the_rest() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let other = portal.team(&paula, "Quarzwerk").await;
        let emea = json!({ "audience": { "regions": ["EMEA"] } });
        let map = saved(&elena, "map", &json!({})).await;
        let map = published(&elena, &map, "").await;
        for slug in ["film", "slides"] {
            let asset = saved(&elena, slug, &emea).await;
            published(&elena, &asset, "").await;
        }
        saved(&elena, "deck", &json!({})).await;

        let first = with(&["film", "deck", "map"], &["map"]);
        let first = publish(&elena, &rita, &first).await;
        portal.keep_promises().await;
        let (ben, stranger) = (&ours.member, &other.member);
        assert_eq!(beside(ben).await, ["film map", "map"]);
        assert_eq!(beside(stranger).await, ["map", "map"]);
        assert_eq!(beside(&elena).await, ["film deck map", "map"]);
        for who in [ben, stranger] {
            who.acknowledges(&first).await;
        }

        portal.pass(TimeDelta::minutes(1));

        // What changes in things that are not theirs alone has not changed for them, neither in the
        // portal nor in the letter; and what moves within a section is no change.
        let second = with(&["map", "slides", "deck"], &["map"]);
        let second = publish(&elena, &rita, &second).await;
        let changes = ["CHANGED plays +slides -film"];
        assert_eq!(changed(ben, &second).await, changes);
        assert_eq!(changed(stranger, &second).await, [""; 0]);
        assert_eq!(beside(stranger).await, ["map", "map"]);
        for (who, hears) in [(ben, true), (stranger, false)] {
            let email = who.email.clone().unwrap();
            let letter = portal.letter("playbook_to_acknowledge", &email).await;
            assert!(letter.subject.starts_with("What is new"), "{letter:?}");
            assert_eq!(letter.text.contains("On plays"), hears, "{}", letter.text);
        }

        // What goes out of the library goes from beside the sections, too.
        retire(&elena, &map, true).await;
        assert_eq!(beside(ben).await, ["slides", ""]);
        assert_eq!(beside(stranger).await, ["", ""]);
        portal.keep_promises().await;
    }
}
