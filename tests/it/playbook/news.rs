//! What is new: told to those who know an earlier version, and shown to those who could read it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{authors, publish, small};
use crate::support::{Portal, Someone};

/// A playbook of one section, called so and good for that.
fn named(title: &str, summary: &str, days: &str) -> String {
    format!(
        "slug: plays\nlocale: en\n{days}texts: {{ en: {{ title: {title}, summary: {summary} }} }}\n\
         sections:\n  - {{ key: one, kind: PLAY, texts: {{ en: {{ title: One, body: Call. }} }} }}\n"
    )
}

const CHANGES: &str = "query($playbook: ID!, $from: ID) {
    playbookChanges(playbook: $playbook, from: $from) {
        from { number } to { number } title formerTitle summaryRuns { change text }
        sections { runs { change text } } } }";

/// What has changed since that version, or since the one that they mean without a word.
async fn changes(who: &Someone<'_>, to: &Value, from: Option<&Value>) -> Value {
    let from = from.map(|from| from["id"].clone());
    let variables = json!({ "playbook": to["playbook"]["id"], "from": from });
    let mut data = who.ask(CHANGES, variables).await;
    data["playbookChanges"].take()
}

/// The words that are no more in the first section; none where they are not told.
async fn gone(who: &Someone<'_>, to: &Value, from: Option<&Value>) -> Option<String> {
    let changes = changes(who, to, from).await;
    let runs = changes["sections"].get(0)?["runs"].as_array()?.clone();
    let gone = runs.iter().filter(|run| run["change"] == "REMOVED");
    Some(gone.map(|run| run["text"].as_str().unwrap()).collect())
}

#[tokio::test]
async fn who_knows_a_playbook_is_told_what_is_new_where_nobody_is_asked_to_acknowledge() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let mut second = BTreeMap::new();
        for (slug, body) in [("plays", "Call before nine."), ("still", "Call.")] {
            let first = publish(&elena, &rita, &small(slug, Some(14), "Call.")).await;
            team.member.acknowledges(&first).await;
            portal.keep_promises().await;
            portal.pass(TimeDelta::minutes(1));
            let next = publish(&elena, &rita, &small(slug, None, body)).await;
            portal.keep_promises().await;
            second.insert(slug, next);
        }
        let told = |letters: Vec<_>| -> Vec<(String, String)> {
            let letters = letters.into_iter();
            letters
                .filter(|it: &entente::mail::mailbox::Posted| it.kind == "playbook_renewed")
                .map(|it| (it.to, it.text))
                .collect()
        };
        let letters = told(portal.letters().await);
        let [(to, text)] = letters.as_slice() else {
            panic!("one of them is told, of what has changed: {letters:?}");
        };
        assert_eq!(Some(to), team.member.email.as_ref());
        assert!(text.contains("One: changed"), "{text}");

        // Who acknowledges it of their own accord knows it.
        assert!(!team.member.acknowledges(&second["plays"]).await.is_null());
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn another_title_and_another_summary_are_changes() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let (ben, days) = (&team.member, "acknowledgeWithinDays: 14\n");
        let first = publish(&elena, &rita, &named("Plays", "For hotels.", days)).await;
        ben.acknowledges(&first).await;
        portal.pass(TimeDelta::minutes(1));
        let next = named("Hotel plays", "For small hotels.", days);
        let next = publish(&elena, &rita, &next).await;
        assert_eq!(
            changes(ben, &next, None).await,
            json!({
                "from": { "number": 1 }, "to": { "number": 2 },
                "title": "Hotel plays", "formerTitle": "Plays",
                "summaryRuns": [
                    { "change": "SAME", "text": "For " },
                    { "change": "ADDED", "text": "small " },
                    { "change": "SAME", "text": "hotels." },
                ],
                "sections": [],
            })
        );
        let email = ben.email.clone().unwrap();
        let letter = portal.letter("playbook_to_acknowledge", &email).await;
        assert!(letter.subject.ends_with("Hotel plays"), "{letter:?}");
        for said in ["called Plays before", "in other words"] {
            assert!(letter.text.contains(said), "{}", letter.text);
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn readers_compare_with_what_they_could_read_and_with_nothing_else() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let other = portal.team(&paula, "Quarzwerk").await;
        let (ben, stranger) = (&ours.member, &other.member);
        portal.pass(TimeDelta::minutes(1));

        let emea = "locale: en\naudience: { regions: [EMEA] }\n";
        let first = small("plays", None, "Once.").replace("locale: en\n", emea);
        let first = publish(&elena, &rita, &first).await;
        assert_eq!(
            changes(ben, &first, None).await,
            json!(null),
            "nothing before"
        );
        portal.pass(TimeDelta::minutes(1));
        let second = publish(&elena, &rita, &small("plays", None, "Twice.")).await;
        assert_eq!(gone(ben, &second, None).await.unwrap(), "Once.");
        assert_eq!(gone(stranger, &second, None).await, None);
        portal.pass(TimeDelta::minutes(1));
        let third = publish(&elena, &rita, &small("plays", None, "Thrice.")).await;
        portal.pass(TimeDelta::minutes(1));
        let cleo = portal.accepted("cleo@bergwind.example").await;
        portal.pass(TimeDelta::minutes(1));
        let draft = elena.writes(&small("plays", None, "Not yet."), None).await;

        let told = |since: &str| Some(since.to_owned());
        for (who, from, expected) in [
            (ben, None, told("Twice.")),
            (ben, Some(&second), told("Twice.")),
            (ben, Some(&first), told("Once.")),
            (ben, Some(&draft), None),
            (stranger, None, told("Twice.")),
            (stranger, Some(&second), told("Twice.")),
            // It was for others.
            (stranger, Some(&first), None),
            (&rita, Some(&first), told("Once.")),
            // She came when it was gone.
            (&cleo, None, None),
            (&cleo, Some(&second), None),
        ] {
            let name = &who.email;
            let gone = gone(who, &third, from).await;
            assert_eq!(gone, expected, "{name:?} since {from:?}");
        }
        let changes = changes(ben, &third, None).await;
        assert_eq!(
            (&changes["from"], &changes["to"]["number"]),
            (&json!(null), &json!(3)),
            "the version itself is not to be read any more"
        );
        portal.keep_promises().await;
    }
}
