//! The whole life of one playbook, in English and German: written, mended, published, read, asked
//! for, renewed, retired.

use std::fmt::Write;

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{SAVE, authors, of, publish, verb};
use crate::support::{Portal, Someone};

/// The sample, for Bergwind's region alone, with more to it where there is something new.
fn playbook(changes: [&str; 2]) -> String {
    let sample = entente::playbook::sample::SAMPLES[0];
    let [en, de] = changes.map(|note| {
        if note.is_empty() {
            String::new()
        } else {
            format!("\n    changes: {note}")
        }
    });
    sample
        .replace(
            "locale: en\n",
            "locale: en\naudience: { regions: [EMEA] }\n",
        )
        .replace(
            "    title: Selling together",
            &format!("    title: Selling together{en}"),
        )
        .replace(
            "    title: Gemeinsam verkaufen",
            &format!("    title: Gemeinsam verkaufen{de}"),
        )
}

/// The next version: the first call is earlier, the demo is no more, the price list is new and
/// written in English alone.
fn next() -> String {
    let text = playbook(["We call *earlier* now.", "Wir rufen jetzt *früher* an."])
        .replace("protects you for 90 days", "protects you for 120 days")
        .replace("Das schützt Sie 90 Tage", "Das schützt Sie 120 Tage");
    let (head, rest) = text.split_once("  - key: joint-demo").unwrap();
    let (_, proposal) = rest.split_once("  - key: proposal").unwrap();
    format!(
        "{head}  - key: prices\n    kind: TEXT\n    texts:\n      en: {{ title: Prices, body: Ask us. }}\n  \
         - key: proposal{proposal}"
    )
}

const READ: &str = "{ playbooks { nodes { title state newestVersion {
    id number readerLocale acknowledgedAt texts { locale title }
    readerSections { key kind title writtenIn }
} } } }";

async fn reads(who: &Someone<'_>) -> Value {
    let data = who.ask(READ, json!({})).await;
    let nodes = data["playbooks"]["nodes"].as_array().unwrap();
    let found = nodes
        .iter()
        .find(|it| it["newestVersion"]["texts"][0]["title"] == "Gemeinsam verkaufen");
    found.cloned().unwrap_or_default()
}

/// Who is asked and has not acknowledged, of those whom the asker sees.
async fn open(who: &Someone<'_>, version: &Value) -> Vec<String> {
    let data = who
        .ask(
            "query($version: ID!) { playbookAcknowledgements(filter: {
                playbookVersion: { eq: $version }, acknowledgedAt: { isNull: true }
            }) { nodes { person { name } partner { legalName } dueOn isOverdue } } }",
            json!({ "version": version["id"] }),
        )
        .await;
    let rows = data["playbookAcknowledgements"]["nodes"]
        .as_array()
        .unwrap();
    let told = |row: &Value| {
        format!(
            "{} {} {} {}",
            row["person"]["name"].as_str().unwrap(),
            row["partner"]["legalName"].as_str().unwrap(),
            row["dueOn"].as_str().unwrap(),
            row["isOverdue"]
        )
    };
    let mut told: Vec<_> = rows.iter().map(told).collect();
    told.sort();
    told
}

/// The days pass one by one: reminders come on theirs.
async fn wait(portal: &Portal, days: i64) {
    for _ in 0..days {
        portal.pass(TimeDelta::days(1));
        portal.keep_promises().await;
    }
}

/// What letters about playbooks said, day by day.
async fn letters(portal: &Portal) -> String {
    let letters = portal.letters().await;
    let told = letters.iter().filter(|it| it.kind.starts_with("playbook_"));
    let told = told.map(|it| {
        let mut text = format!(
            "{} {} to {}\n{}\n",
            it.date.format("%Y-%m-%d %H:%M"),
            it.kind,
            it.to,
            it.subject
        );
        for line in it.text.lines() {
            // Ids differ from run to run, and what stands below is in every letter.
            match line.split_once("/playbooks/") {
                Some((before, _)) => {
                    let _ = writeln!(text, "{before}/playbooks/…");
                    break;
                }
                None => {
                    let _ = writeln!(text, "{line}");
                }
            }
        }
        text
    });
    // Letters of one instant have no order.
    let mut told: Vec<String> = told.collect();
    told.sort();
    told.join("\n---\n")
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a life is told in its order")]
async fn a_playbook_from_its_first_draft_to_its_retirement() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let other = portal.team(&paula, "Quarzwerk").await;
        let (ana, ben) = (&team.admin, &team.member);
        ben.act(
            "mutation { viewerUpdate(input: { locale: \"de\", expectedVersion: 1 }) { userErrors { code } } }",
            json!({}),
        )
        .await;
        portal.keep_promises().await;
        portal.pass(TimeDelta::hours(1));

        // Saved with a field that there is not: the line is named.
        let wrong = playbook(["", ""]).replacen("{{ date }}", "{{ dat }}", 1);
        let data = elena.ask(SAVE, json!({ "input": { "yaml": wrong } })).await;
        let error = &data["playbookSave"]["userErrors"][0];
        assert_eq!(error["code"], "UNKNOWN_MERGE_FIELD");
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("sections.3.texts.en.body: Line 7: there is no merge field `dat`."),
            "{error}"
        );

        // Written, submitted, sent back, mended, accepted, published: never by the same person.
        let draft = elena.writes(&playbook(["", ""]), None).await;
        assert_eq!(
            (&draft["number"], &draft["state"]),
            (&json!(1), &json!("DRAFT"))
        );
        let submitted = elena.does("playbookSubmit", &draft).await;
        assert_eq!(submitted["state"], "IN_REVIEW");
        assert_eq!(
            elena.may_not("playbookAccept", &submitted).await,
            "OWN_SUBMISSION"
        );
        let saved = json!({ "input": {
            "yaml": playbook(["", ""]), "expectedVersion": submitted["version"],
        } });
        assert_eq!(elena.refused(SAVE, saved).await[0].0, "WAITS_FOR_REVIEW");
        assert_eq!(
            rita.may_not("playbookPublish", &submitted).await,
            "NOT_ACCEPTED"
        );
        let mut changes = of(&submitted);
        changes["input"]["reason"] = json!("Who protects the deal?");
        changes["input"]["fields"] = json!(["first-call"]);
        let back = rita.act(&verb("playbookRequestChanges"), changes).await;
        let back = &back["playbookVersion"];
        assert_eq!(back["state"], "DRAFT");
        let mended = elena.writes(&playbook(["", ""]), Some(back)).await;
        let submitted = elena.does("playbookSubmit", &mended).await;
        let accepted = rita.does("playbookAccept", &submitted).await;
        assert_eq!(accepted["state"], "IN_REVIEW");
        assert_eq!(
            elena.may_not("playbookPublish", &accepted).await,
            "OWN_SUBMISSION"
        );
        assert_eq!(reads(ben).await, json!(null), "nobody reads it before");
        let first = rita.does("playbookPublish", &accepted).await;
        assert_eq!(first["state"], "PUBLISHED");
        portal.keep_promises().await;

        // Everybody for whom it is reads it, in their language, and nobody else.
        let seen = reads(ben).await;
        assert_eq!(seen["newestVersion"]["readerLocale"], "de");
        let titles: Vec<_> = seen["newestVersion"]["readerSections"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["title"].as_str().unwrap())
            .collect();
        assert_eq!(
            titles,
            [
                "Mit wem wir gewinnen",
                "Das erste Gespräch",
                "Die Vorführung, gemeinsam",
                "Angebot"
            ]
        );
        assert_eq!(reads(ana).await["newestVersion"]["readerLocale"], "en");
        assert_eq!(reads(&other.member).await, json!(null));
        let strange = json!({ "id": first["id"] });
        let answer = other
            .member
            .answer(super::house::ACKNOWLEDGE, strange)
            .await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");

        // Both are asked; who has not is seen by their administrator and by staff.
        let both = [
            "Anna Bergwind Bergwind GmbH 2026-12-06 false".to_owned(),
            "Ben of ben@bergwind.example Bergwind GmbH 2026-12-06 false".to_owned(),
        ];
        assert_eq!(open(ana, &first).await.len(), both.len());
        let done = ben.acknowledges(&first).await;
        assert!(!done.is_null());
        portal.pass(TimeDelta::minutes(1));
        assert_eq!(ben.acknowledges(&first).await, done, "once is enough");
        assert_eq!(open(ben, &first).await, [""; 0]);
        for who in [ana, &paula] {
            let left = open(who, &first).await;
            assert_eq!(left.len(), 1, "{left:?}");
            assert!(left[0].starts_with("Anna Bergwind"), "{left:?}");
        }
        assert_eq!(open(&other.admin, &first).await, [""; 0]);
        let facts = paula
            .ask(
                "{ facts(filter: { kind: { eq: \"playbook.acknowledged\" } }) { nodes { partner { legalName } detail } } }",
                json!({}),
            )
            .await;
        let of_this = facts["facts"]["nodes"].as_array().unwrap().iter();
        let of_this = of_this.filter(|it| it["detail"]["playbook"] == "co-selling");
        assert_eq!(of_this.count(), 1, "{facts:#}");

        // The one who has not is reminded before the day, and when it is over.
        wait(&portal, 16).await;
        assert!(open(ana, &first).await[0].ends_with("true"));

        // The next version asks both again: it says what is new to the one who knows the first.
        let second = publish(&elena, &rita, &next()).await;
        portal.keep_promises().await;
        assert_eq!(second["number"], 2);
        assert_eq!(
            open(&paula, &first).await,
            [""; 0],
            "the first is nobody's to read any more"
        );
        assert_eq!(open(&paula, &second).await.len(), 2);
        let playbook = json!({ "playbook": second["playbook"]["id"] });
        let changes = ben
            .ask(
                "query($playbook: ID!) { playbookChanges(playbook: $playbook) {
                    from { number } to { number } locale note
                    sections { key kind title formerTitle runs { change text } } } }",
                playbook.clone(),
            )
            .await;
        let changes = serde_json::to_string_pretty(&changes["playbookChanges"]).unwrap();
        insta::assert_snapshot!("what_changed", changes);
        let unknown = ana
            .ask(
                "query($playbook: ID!) { playbookChanges(playbook: $playbook) {
                    from { number } } }",
                playbook.clone(),
            )
            .await;
        assert_eq!(
            unknown["playbookChanges"]["from"]["number"], 1,
            "she knows none, and could read the one before"
        );
        ben.acknowledges(&second).await;

        // Retired by another than its author; who knew it still finds it.
        let retire = "mutation($input: PlaybookRetireInput!) { playbookRetire(input: $input) {
            playbook { state } userErrors { code field message } } }";
        let input = json!({ "input": {
            "id": second["playbook"]["id"], "expectedVersion": second["playbook"]["version"],
        } });
        assert_eq!(
            elena.refused(retire, input.clone()).await[0].0,
            "OWN_SUBMISSION"
        );
        let retired = rita.act(retire, input).await;
        assert_eq!(retired["playbook"]["state"], "RETIRED");
        assert_eq!(reads(ben).await["state"], "RETIRED");
        let of_team = reads(ana).await;
        assert_eq!(
            (
                &of_team["state"],
                &of_team["newestVersion"]["acknowledgedAt"]
            ),
            (&json!("RETIRED"), &json!(null)),
            "she sees what her team knew"
        );
        wait(&portal, 20).await;
        insta::assert_snapshot!("letters_of_a_playbook", letters(&portal).await);
    }
}
