//! What is refused, to whom, and that what is hostile stays a text.

use serde_json::json;

use super::house::{SAVE, authors, of, publish, small, verb};
use crate::support::Portal;

#[tokio::test]
async fn of_two_reviewers_at_once_one_decides_and_the_other_learns_who_did() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let role = [entity::staff_role::VendorRole::Admin];
        let omar = portal.staff("Omar", &role).await;
        let draft = elena.writes(&small("plays", None, "Call."), None).await;
        let submitted = elena.does("playbookSubmit", &draft).await;
        let accept = verb("playbookAccept");
        let (one, two) = tokio::join!(
            rita.answer(&accept, of(&submitted)),
            omar.answer(&accept, of(&submitted)),
        );
        let mut codes: Vec<_> = [one, two]
            .iter()
            .map(|it| it["data"]["playbookAccept"]["userErrors"].clone())
            .map(|errors| errors[0]["code"].clone())
            .collect();
        codes.sort_by_key(ToString::to_string);
        assert_eq!(codes, [json!("ALREADY_DECIDED"), json!(null)]);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn the_letter_tells_every_section_to_mend_by_its_title_with_what_is_said_of_it() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        elena
            .act(
                "mutation { viewerUpdate(input: { locale: \"de\", expectedVersion: 1 }) { userErrors { code } } }",
                json!({}),
            )
            .await;
        let yaml = "slug: plays\nlocale: en\n\
             texts: { en: { title: Plays }, de: { title: Spiele } }\nsections:\n  \
             - { key: play, kind: PLAY, texts: { en: { title: The play, body: Call. }, \
             de: { title: Das Spiel, body: Rufen Sie an. } } }\n  \
             - { key: offer, kind: TEXT, texts: { en: { title: The offer, body: Ask. } } }\n";
        let draft = elena.writes(yaml, None).await;
        let submitted = elena.does("playbookSubmit", &draft).await;
        let mut changes = of(&submitted);
        changes["input"]["reason"] = json!("Two things.");
        changes["input"]["fields"] = json!(["play"]);
        changes["input"]["comments"] = json!([
            { "field": "offer", "text": "Prices?" }, { "field": "texts", "text": "Too short." },
        ]);
        rita.act(&verb("playbookRequestChanges"), changes).await;
        let email = elena.email.clone().unwrap();
        let letter = portal.letter("playbook_needs_changes", &email).await;
        let told = [
            "Das Spiel",
            "The offer",
            "Prices?",
            "Titel und Zusammenfassungen",
            "Too short.",
        ];
        let places = told.map(|words| letter.text.find(words));
        assert!(places.iter().all(Option::is_some), "{}", letter.text);
        assert!(places.is_sorted(), "{}", letter.text);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn who_mended_a_word_of_a_draft_does_not_decide_about_it() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let draft = elena.writes(&small("plays", None, "Call."), None).await;
        let mended = rita
            .writes(&small("plays", None, "Call soon."), Some(&draft))
            .await;
        let submitted = elena.does("playbookSubmit", &mended).await;
        for who in [&elena, &rita] {
            assert_eq!(
                who.may_not("playbookAccept", &submitted).await,
                "OWN_SUBMISSION"
            );
        }
        let back = elena.does("playbookTakeBack", &submitted).await;
        assert_eq!(back["state"], "DRAFT");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn who_read_an_older_draft_is_told_so() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let draft = elena.writes(&small("plays", None, "Call."), None).await;
        let newer = elena
            .writes(&small("plays", None, "Call soon."), Some(&draft))
            .await;
        let stale = json!({ "input": {
            "yaml": small("plays", None, "Call late."), "expectedVersion": draft["version"],
        } });
        assert_eq!(
            rita.refused(SAVE, stale).await,
            [("CONFLICT".to_owned(), "expectedVersion".to_owned())]
        );
        for name in ["playbookSubmit"] {
            assert_eq!(elena.may_not(name, &draft).await, "CONFLICT");
        }
        let submitted = elena.does("playbookSubmit", &newer).await;
        assert_eq!(rita.may_not("playbookTakeBack", &newer).await, "CONFLICT");
        assert_eq!(rita.may_not("playbookAccept", &newer).await, "CONFLICT");
        let accepted = rita.does("playbookAccept", &submitted).await;
        assert_eq!(
            rita.may_not("playbookPublish", &submitted).await,
            "CONFLICT"
        );
        let discard = "mutation($input: PlaybookVersionInput!) { playbookDiscard(input: $input) {
            playbook { id } userErrors { code field message } } }";
        assert_eq!(
            elena.refused(discard, of(&accepted)).await[0].0,
            "WAITS_FOR_REVIEW"
        );
        let back = elena.does("playbookTakeBack", &accepted).await;
        let gone = elena.act(discard, of(&back)).await;
        assert_eq!(gone["playbook"], json!(null), "it had no other version");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_is_hostile_is_shown_as_the_text_that_it_is() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let body =
            "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![i](http://i.example/i.png)";
        let version = publish(&elena, &rita, &small("plays", None, body)).await;
        let data = elena
            .ask(
                "query($id: ID!) { node(id: $id) { ... on PlaybookVersion {
                    sections { nodes { html } } } } }",
                json!({ "id": version["id"] }),
            )
            .await;
        let html = data["node"]["sections"]["nodes"][0]["html"]
            .as_str()
            .unwrap();
        let safe = "<p>&lt;script&gt;alert(1)&lt;/script&gt;\n</p>\n\
             <p><a rel=\"noopener noreferrer nofollow\">x</a> i</p>\n";
        assert_eq!(html, safe);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn the_same_again_from_the_command_line_changes_nothing() {
    use entente::auth::Actor;
    use entente::playbook::author::{export, publish_document};
    for portal in Portal::each().await {
        let (elena, _) = authors(&portal).await;
        let (op, config) = (portal.app.op(Actor::System), &portal.app.config.portal);
        let mut ids = Vec::new();
        for text in entente::playbook::sample::SAMPLES
            .iter()
            .chain(&entente::playbook::sample::SAMPLES)
        {
            ids.push(
                publish_document(&op, config, (*text).to_owned())
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(ids[..2], ids[2..]);
        let yaml = export(&op, "co-selling").await.unwrap();
        assert_eq!(
            publish_document(&op, config, yaml.clone()).await.unwrap(),
            ids[0]
        );
        elena.writes(&yaml, None).await;
        let refused = publish_document(
            &op,
            config,
            yaml.replace("Who we win with", "Who we lose to"),
        )
        .await;
        assert!(format!("{:?}", refused.unwrap_err()).contains("DRAFT_EXISTS"));
        portal.keep_promises().await;
    }
}
