//! The customer's consent: to the very text, once, and until it is withdrawn.

use chrono::TimeDelta;
use entente::mail::mailbox::Posted;
use serde_json::json;

use super::house::{House, get, public, says};
use crate::support::wire::Served;
use crate::support::{Portal, rows};

#[tokio::test]
async fn a_text_that_changes_has_to_be_consented_to_anew() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let (ben, paula) = (&house.team.member, &house.paula);
        let study = house.approved("Ours").await;
        let first = house.asked(&study).await;
        assert_eq!(says(&served, &first, "answer=yes").await.status, 303);
        let changes = json!({ "reason": "A word.", "fields": ["summary"] });
        let study = paula.tells("RequestChanges", &study, changes).await;
        // To save the same again changes nothing; another word does.
        let same = json!({ "summary": " What Bergwind did for a hotel. " });
        let study = ben.tells("Update", &study, same).await;
        let states = async || {
            let seen = house.seen(ben, &study).await;
            let all = seen["consents"]["nodes"].as_array().unwrap().clone();
            let states = all
                .iter()
                .map(|it| it["state"].as_str().unwrap().to_owned());
            states.collect::<Vec<_>>()
        };
        assert_eq!(states().await, ["GIVEN"]);
        let study = ben
            .tells("Update", &study, json!({ "summary": "Other." }))
            .await;
        assert_eq!(states().await, ["OUTDATED"]);
        let page = get(&served, &first).await;
        assert!(page.body.contains("has changed since") && !page.body.contains("<form"));
        let study = ben.tells("Submit", &study, json!({})).await;
        let study = paula.tells("Approve", &study, json!({})).await;
        assert_eq!(
            paula.may_not_tell("Publish", &study, json!({})).await[0].0,
            "CONSENT_MISSING"
        );

        // Asked twice: the first question cannot be answered any more.
        let second = house.asked(&study).await;
        portal.pass(TimeDelta::minutes(1));
        let third = house.asked(&study).await;
        assert_ne!(second, third);
        assert_eq!(says(&served, &second, "answer=yes").await.status, 303);
        assert_eq!(states().await, ["ASKED", "OUTDATED", "OUTDATED"]);
        assert_eq!(
            says(&served, &third, "answer=no&note=Too+long.")
                .await
                .status,
            303
        );
        assert_eq!(states().await, ["REFUSED", "OUTDATED", "OUTDATED"]);
        // A refusal is an answer.
        assert_eq!(says(&served, &third, "answer=yes").await.status, 303);
        assert_eq!(states().await[0], "REFUSED");
        assert_eq!(
            paula.may_not_tell("Publish", &study, json!({})).await[0].0,
            "CONSENT_MISSING"
        );
        let letter = portal
            .letter("consent_answered", "ben@bergwind.example")
            .await;
        assert!(letter.text.contains("Too long."), "{}", letter.text);
        served.stop().await;
    }
}

#[tokio::test]
async fn a_link_is_the_only_proof_and_ends() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let study = house.submitted("Ours").await;
        let link = house.asked(&study).await;
        let other = &house.team.partner;
        for wrong in [
            "/consent/x".to_owned(),
            format!("/consent/{other}"),
            format!("{link}A"),
            link.replace("/consent/", "/consent/A"),
        ] {
            assert_eq!(get(&served, &wrong).await.status, 404, "{wrong}");
            let answered = says(&served, &wrong, "answer=yes").await;
            assert_eq!(answered.status, 404, "{wrong}");
        }
        for (form, status) in [
            ("", 422),
            ("answer=perhaps", 422),
            ("answer=withdraw", 303),
            (&format!("answer=yes&note={}", "x".repeat(1001)), 422),
            ("answer=yes&note=%00", 422),
            (&format!("answer=yes&note={}", "x".repeat(70_000)), 413),
        ] {
            assert_eq!(says(&served, &link, form).await.status, status);
        }
        let state = async || {
            let seen = house.seen(&house.paula, &study).await;
            seen["consents"]["nodes"][0]["state"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(state().await, "ASKED", "nothing of it was an answer");
        portal.pass(TimeDelta::days(61));
        let page = get(&served, &link).await;
        assert!(page.status == 200 && !page.body.contains("<form"));
        assert_eq!(says(&served, &link, "answer=yes").await.status, 303);
        assert_eq!(state().await, "ASKED", "too late");
        served.stop().await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_withdrawal_takes_every_language_down_each_with_its_trace() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let (study, link) = house.published("Quartz", &served).await;
        let only = get(&served, &link).await;
        assert!(!only.body.contains("in several languages"));
        let german = house.translated(&study, "de", "Quarz").await;
        let german_link = house.asked(&german).await;
        assert_eq!(says(&served, &german_link, "answer=yes").await.status, 303);
        let german = house.paula.tells("Publish", &german, json!({})).await;
        // One that is consented to and not published yet, and one that the customer was asked about.
        let polish = house.translated(&german, "pl", "Kwarc").await;
        let polish_link = house.asked(&polish).await;
        assert_eq!(says(&served, &polish_link, "answer=yes").await.status, 303);
        let asked = house.translated(&study, "fr", "Le quartz").await;
        house.asked(&asked).await;
        // What is of another group stays.
        house.published("Another", &served).await;

        let page = get(&served, &link).await;
        for text in ["several languages", "en: Quartz", "de: Quarz", "pl: Kwarc"] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        assert!(!page.body.contains("Le quartz"), "{}", page.body);
        portal.keep_promises().await;
        let withdrawn = says(&served, &link, "answer=withdraw&note=Enough.").await;
        assert_eq!(withdrawn.status, 303);
        for slug in ["quartz", "quarz"] {
            let path = format!("/case-studies/{slug}");
            assert_eq!(get(&served, &path).await.status, 410, "{slug}");
        }
        for path in ["/case-studies", "/case-studies/feed.atom"] {
            let body = get(&served, path).await.body;
            assert!(!body.contains("Quar") && body.contains("Another"), "{body}");
        }
        assert_eq!(public(&portal).await, ["Another"]);
        for (text, state, consent) in [
            (&study, "WITHDRAWN", "WITHDRAWN"),
            (&german, "WITHDRAWN", "WITHDRAWN"),
            (&polish, "APPROVED", "WITHDRAWN"),
            (&asked, "APPROVED", "ASKED"),
        ] {
            let seen = house.seen(&house.paula, text).await;
            assert_eq!(seen["state"], state, "{seen}");
            let newest = &seen["consents"]["nodes"][0];
            assert_eq!(newest["state"], consent, "{seen}");
            if consent == "WITHDRAWN" {
                assert_eq!(newest["withdrawnReason"], "Enough.", "{seen}");
            }
        }
        assert_eq!(
            house
                .paula
                .may_not_tell("Publish", &polish, json!({}))
                .await[0]
                .0,
            "CONSENT_MISSING"
        );
        let sql =
            "SELECT kind FROM fact WHERE kind = 'case_study.withdrawn' AND partner_id IS NOT NULL";
        assert_eq!(rows::column(&portal.app.db, sql).await.len(), 2);
        portal.keep_promises().await;
        let told = portal.letters().await;
        let told = told
            .iter()
            .filter(|it| it.kind == "consent_withdrawn" && it.to == "ben@bergwind.example");
        let mut told: Vec<_> = told.map(|it| it.subject.clone()).collect();
        told.sort();
        assert_eq!(
            told,
            ["Kwarc", "Quartz", "Quarz"].map(|it| format!("Consent withdrawn: {it}"))
        );
        served.stop().await;
    }
}

#[tokio::test]
async fn nobody_consents_for_a_customer_to_what_is_their_own() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let ben = &house.team.member;
        let study = house.submitted("Ours").await;
        let ask =
            "mutation($input: CaseStudyConsentAskInput!) { caseStudyConsentAsk(input: $input) {
            consent { id } userErrors { code field message } } }";
        let input = |email: &str| {
            json!({ "input": {
                "caseStudy": study["id"], "expectedVersion": study["version"], "name": "Kim",
                "email": email, "locale": "en",
            } })
        };
        for own in [
            "ben@bergwind.example",
            " Anna@Bergwind.example",
            "otto@lumen.example",
        ] {
            for asker in [ben, &house.paula] {
                assert_eq!(
                    asker.refused(ask, input(own)).await,
                    [("OWN_ADDRESS".to_owned(), "email".to_owned())],
                    "{own}"
                );
            }
        }
        // Before they publish, staff see how it was given, where the question went and who asked.
        house.asked(&study).await;
        let how = "query($id: ID!) { node(id: $id) { ... on CaseStudy {
            consents { nodes { method name email askedBy { name } file { name } } } } } }";
        let seen = house.otto.ask(how, json!({ "id": study["id"] })).await;
        assert_eq!(
            seen["node"]["consents"]["nodes"],
            json!([{
                "method": "LINK", "name": "Kim Kessler", "email": "kim@hotel.example",
                "askedBy": { "name": "Ben of ben@bergwind.example" }, "file": null,
            }])
        );
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_the_customer_says_on_the_telephone_is_recorded_by_staff() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let (study, link) = house.published("Ours", &served).await;
        let seen = house.seen(&house.otto, &study).await;
        let consent = &seen["consents"]["nodes"][0];
        let withdraw = "mutation($input: CaseStudyConsentWithdrawInput!) {
            caseStudyConsentWithdraw(input: $input) {
                consent { state caseStudy { state } withdrawnBy { name } }
                userErrors { code field message } } }";
        let input = |version: i64, reason: &str| json!({ "input": { "id": consent["id"], "expectedVersion": version, "reason": reason } });
        let version = consent["version"].as_i64().unwrap();
        let stale = house
            .otto
            .refused(withdraw, input(version - 1, "They called."))
            .await;
        assert_eq!(stale[0].0, "CONFLICT");
        let mute = house.otto.refused(withdraw, input(version, " ")).await;
        assert_eq!(mute[0], ("REQUIRED".to_owned(), "reason".to_owned()));
        let done = house
            .otto
            .act(withdraw, input(version, "They called."))
            .await;
        assert_eq!(
            done["consent"],
            json!({
                "state": "WITHDRAWN", "caseStudy": { "state": "WITHDRAWN" },
                "withdrawnBy": { "name": "Otto" },
            })
        );
        assert_eq!(get(&served, "/case-studies/ours").await.status, 410);
        // The link says so too, and gives nothing back.
        let page = get(&served, &link).await;
        assert!(page.body.contains("You have withdrawn your consent"));
        assert_eq!(says(&served, &link, "answer=yes").await.status, 303);
        assert_eq!(get(&served, "/case-studies/ours").await.status, 410);
        let letter = portal
            .letter("consent_withdrawn", "ben@bergwind.example")
            .await;
        assert!(
            letter.text.contains("Otto recorded this."),
            "{}",
            letter.text
        );
        served.stop().await;
    }
}

#[tokio::test]
async fn what_is_asked_is_whole_and_not_asked_without_end() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let ask =
            "mutation($input: CaseStudyConsentAskInput!) { caseStudyConsentAsk(input: $input) {
            consent { id } userErrors { code field message } } }";
        let input = |study: &serde_json::Value, email: &str| {
            json!({ "input": {
                "caseStudy": study["id"], "expectedVersion": study["version"], "name": "Kim\nK",
                "email": email, "locale": "english",
            } })
        };
        let ben = &house.team.member;
        let draft = house.written("Ours").await;
        assert_eq!(
            ben.refused(ask, input(&draft, "kim")).await[0].0,
            "NOT_OPEN"
        );
        let study = ben.tells("Submit", &draft, json!({})).await;
        let at = |code: &str, path: &str| (code.to_owned(), path.to_owned());
        assert_eq!(
            ben.refused(ask, input(&study, "kim")).await,
            [
                at("INVALID_TEXT", "name"),
                at("INVALID_LOCALE", "locale"),
                at("INVALID", "email")
            ]
        );
        for _ in 0..5 {
            ben.asks_for_consent(&study, "Kim", "kim@hotel.example")
                .await;
        }
        let mut good = input(&study, "kim@hotel.example");
        good["input"]["name"] = json!("Kim");
        good["input"]["locale"] = json!("de");
        let answer = ben.answer(ask, good).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "RATE_LIMITED",
            "{answer:#}"
        );
        portal.keep_promises().await;
    }
}

/// Letters of that kind, with whom they went to.
async fn letters_of(portal: &Portal, kind: &str) -> Vec<(String, Posted)> {
    portal.keep_promises().await;
    let letters = portal.letters().await.into_iter();
    let mut found: Vec<_> = letters
        // The team has told of another customer before.
        .filter(|it| it.kind == kind && !it.subject.contains("How Bergwind helps"))
        .map(|it| (it.to.clone(), it))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// A text whose lines are not broken.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_customer_is_reminded_once_and_their_silence_is_told() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let study = house.submitted("Ours").await;
        let link = house.asked(&study).await;
        portal.pass(TimeDelta::days(45));
        assert_eq!(letters_of(&portal, "consent_due_soon").await.len(), 0);
        portal.pass(TimeDelta::days(2));
        let reminders = letters_of(&portal, "consent_due_soon").await;
        let (to, reminder) = &reminders[0];
        assert_eq!((reminders.len(), to.as_str()), (1, "kim@hotel.example"));
        let opened = format!("https://partners.lumen.example{link}");
        // The asker's name, until when, and the very link of the first letter.
        let asked = portal.letter("consent_asked", to).await;
        let asked = in_one_line(&asked.text);
        let day = asked.split_once("answered until ").unwrap().1;
        let day = day.split_once(". Keep").unwrap().0;
        // Mail programs make no link of a name.
        let reminder = in_one_line(&reminder.text);
        for words in [opened.as_str(), "Ben of ben@bergwind.", day] {
            assert!(reminder.contains(words), "{words}: {reminder}");
        }
        assert_eq!(letters_of(&portal, "consent_lapsed").await.len(), 0);

        portal.pass(TimeDelta::days(14));
        let told = letters_of(&portal, "consent_lapsed").await;
        let readers: Vec<_> = told.iter().map(|(to, _)| to.as_str()).collect();
        assert_eq!(readers, ["ben@bergwind.example", "paula@lumen.example"]);
        let text = in_one_line(&told[0].1.text);
        for words in ["Kim Kessler", "ask them anew", day] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(letters_of(&portal, "consent_due_soon").await.len(), 1);
        // Asked anew, they can answer again.
        let second = house.asked(&study).await;
        assert_eq!(says(&served, &second, "answer=yes").await.status, 303);
        portal.pass(TimeDelta::days(70));
        assert_eq!(letters_of(&portal, "consent_due_soon").await.len(), 1);
        assert_eq!(letters_of(&portal, "consent_lapsed").await.len(), 2);
        served.stop().await;
    }
}

#[tokio::test]
async fn nobody_is_reminded_of_what_is_answered_outdated_or_rewritten() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let ben = &house.team.member;
        let refused = house.submitted("Refused").await;
        let link = house.asked(&refused).await;
        assert_eq!(says(&served, &link, "answer=no").await.status, 303);
        let (published, link) = house.published("Withdrawn", &served).await;
        assert_eq!(says(&served, &link, "answer=withdraw").await.status, 303);
        assert_eq!(
            house.seen(ben, &published).await["state"],
            json!("WITHDRAWN")
        );
        let changed = house.submitted("Changed").await;
        house.asked(&changed).await;
        let changed = ben.tells("TakeBack", &changed, json!({})).await;
        let other = json!({ "summary": "Other." });
        ben.tells("Update", &changed, other).await;
        let declined = house.submitted("Declined").await;
        house.asked(&declined).await;
        let why = json!({ "reason": "No." });
        house.paula.tells("Decline", &declined, why).await;
        // Taken back and as it was: nothing to read now, and still a question that lapses.
        portal.pass(TimeDelta::days(1));
        let back = house.submitted("Back").await;
        house.asked(&back).await;
        ben.tells("TakeBack", &back, json!({})).await;
        portal.pass(TimeDelta::days(70));
        assert_eq!(letters_of(&portal, "consent_due_soon").await.len(), 0);
        let lapsed = letters_of(&portal, "consent_lapsed").await;
        let lapsed: Vec<_> = lapsed.iter().map(|(_, it)| it.subject.as_str()).collect();
        assert_eq!(lapsed, ["No answer about consent: Back"; 2]);

        // Asked anew after thirty days: the first question has no reminder, the second its own.
        let anew = house.submitted("Anew").await;
        house.asked(&anew).await;
        portal.pass(TimeDelta::days(30));
        portal.keep_promises().await;
        house.asked(&anew).await;
        portal.pass(TimeDelta::days(40));
        assert_eq!(letters_of(&portal, "consent_due_soon").await.len(), 0);
        portal.pass(TimeDelta::days(7));
        assert_eq!(letters_of(&portal, "consent_due_soon").await.len(), 1);
        served.stop().await;
    }
}

#[tokio::test]
async fn a_customer_who_consented_learns_where_it_is_published() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let (study, link) = house.published("Ours", &served).await;
        let letters = letters_of(&portal, "consent_published").await;
        let (to, letter) = &letters[0];
        assert_eq!((letters.len(), to.as_str()), (1, "kim@hotel.example"));
        let public = format!("/case-studies/{}", study["slug"].as_str().unwrap());
        for path in [public.as_str(), link.as_str()] {
            let address = format!("https://partners.lumen.example{path}");
            assert!(letter.text.contains(&address), "{path}: {}", letter.text);
        }
        assert_eq!(get(&served, &public).await.status, 200);
        assert_eq!(says(&served, &link, "answer=withdraw").await.status, 303);
        assert_eq!(get(&served, &public).await.status, 410);
        served.stop().await;
        portal.keep_promises().await;
    }
}
