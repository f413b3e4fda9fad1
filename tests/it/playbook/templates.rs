//! Templates, filled in for the reader's own partner and no other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::authors;
use crate::support::{Portal, Someone};

const FILL: &str =
    "mutation($input: PlaybookTemplateFillInput!) { playbookTemplateFill(input: $input) {
    name content userErrors { code field message } } }";

const SHOW: &str = "query($section: ID!, $partner: ID!) {
    playbookTemplate(section: $section, partner: $partner) { title html } }";

/// The file.
async fn fill(who: &Someone<'_>, mut input: Value, format: &str) -> Vec<u8> {
    input["format"] = json!(format);
    let filled = who.act(FILL, json!({ "input": input })).await;
    STANDARD
        .decode(filled["content"].as_str().unwrap())
        .unwrap()
}

#[tokio::test]
async fn a_template_is_filled_in_for_ones_own_partner_and_taken_away() {
    use entente::auth::Actor;
    use entente::playbook::author::publish_document;
    for portal in Portal::each().await {
        authors(&portal).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let other = portal.team(&paula, "Quarzwerk").await;
        let op = portal.app.op(Actor::System);
        let yaml = entente::playbook::sample::SAMPLES[0].to_owned();
        publish_document(&op, &portal.app.config.portal, yaml)
            .await
            .unwrap();
        portal.keep_promises().await;
        let data = team
            .member
            .ask(
                "{ playbooks(filter: { slug: { eq: \"co-selling\" } }) { nodes {
                    newestVersion { readerSections { id kind } } } } }",
                json!({}),
            )
            .await;
        let sections = &data["playbooks"]["nodes"][0]["newestVersion"]["readerSections"];
        let sections = sections.as_array().unwrap();
        let template = sections.iter().find(|it| it["kind"] == "TEMPLATE").unwrap();
        let play = sections.iter().find(|it| it["kind"] == "PLAY").unwrap();
        let asked = |section: &Value, partner: &str| json!({ "section": section["id"], "partner": partner });

        let shown = team.member.ask(SHOW, asked(template, &team.partner)).await;
        let html = shown["playbookTemplate"]["html"].as_str().unwrap();
        for said in [
            "<strong>Bergwind GmbH</strong>",
            "ben@bergwind.example",
            "Angebot",
        ] {
            let is_there = html.contains(said);
            assert_eq!(is_there, said != "Angebot", "{said}: {html}");
        }
        assert!(!html.contains("{{"), "{html}");
        for (section, partner) in [(template, &other.partner), (play, &team.partner)] {
            let shown = team.member.ask(SHOW, asked(section, partner)).await;
            assert_eq!(shown["playbookTemplate"], json!(null));
        }
        let for_any = paula.ask(SHOW, asked(template, &other.partner)).await;
        let html = for_any["playbookTemplate"]["html"].as_str().unwrap();
        assert!(html.contains("Quarzwerk GmbH"), "{html}");

        // The partner's logo comes along.
        let pdf = fill(&team.member, asked(template, &team.partner), "PDF").await;
        let what = b"/Subtype/Image";
        assert!(pdf.windows(what.len()).any(|it| it == what));

        for (format, name, begin) in [
            ("DOCX", "proposal-bergwind-gmbh.docx", &b"PK"[..]),
            ("PDF", "proposal-bergwind-gmbh.pdf", b"%PDF-"),
        ] {
            let mut input = asked(template, &team.partner);
            input["format"] = json!(format);
            let filled = team.member.act(FILL, json!({ "input": input })).await;
            assert_eq!(filled["name"], name);
            let bytes = STANDARD
                .decode(filled["content"].as_str().unwrap())
                .unwrap();
            assert!(bytes.starts_with(begin), "{format}");
            let mut input = asked(play, &team.partner);
            input["format"] = json!(format);
            let refused = team.member.refused(FILL, json!({ "input": input })).await;
            assert_eq!(refused, [("NOT_TEMPLATE".to_owned(), "section".to_owned())]);
            let mut input = asked(template, &other.partner);
            input["format"] = json!(format);
            let answer = team.member.answer(FILL, json!({ "input": input })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
        }
    }
}
