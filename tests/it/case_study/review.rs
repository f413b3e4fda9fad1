//! Who may do what about a case study, and what becomes of two at once.

use entente::auth::Actor;
use entente::op::Origin;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{House, says};
use crate::support::team::{case_study, whole};
use crate::support::wire::Served;
use crate::support::{PASSWORD, Portal, Someone, answer};

/// The codes of what failed, where the request itself did.
async fn fails(who: &Someone<'_>, verb: &str, study: &Value, more: Value) -> Vec<String> {
    let (mutation, variables) = case_study(verb, study, more);
    let answer = who.answer(&mutation, variables).await;
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|it| it["extensions"]["code"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn members_write_what_they_take_part_in_and_nobody_reviews_their_own() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let (ben, anna, paula) = (&house.team.member, &house.team.admin, &house.paula);
        anna.invite(&house.team.partner, "Emil", "emil@bergwind.example")
            .await;
        let emil = portal.accepted("emil@bergwind.example").await;
        let study = house.written("Ours").await;
        let short = || json!({ "summary": "Short." });

        // Another member sees it and does not write on it; the administrator does.
        assert_eq!(house.seen(&emil, &study).await["title"], "Ours");
        assert_eq!(fails(&emil, "Update", &study, short()).await, ["FORBIDDEN"]);
        assert_eq!(
            fails(&emil, "Submit", &study, json!({})).await,
            ["FORBIDDEN"]
        );
        assert_eq!(fails(paula, "Update", &study, short()).await, ["FORBIDDEN"]);
        assert_eq!(fails(ben, "TakeUp", &study, json!({})).await, ["FORBIDDEN"]);
        let quarz = portal.team(paula, "Quarzwerk").await;
        assert_eq!(
            fails(&quarz.admin, "Update", &study, short()).await,
            ["NOT_FOUND"]
        );
        assert_eq!(
            fails(&portal.nobody(), "Update", &study, short()).await,
            ["UNAUTHENTICATED"]
        );
        let stale = study.clone();
        let study = anna.tells("Update", &study, short()).await;
        assert_eq!(
            ben.may_not_tell("Update", &stale, short()).await,
            [("CONFLICT".to_owned(), "expectedVersion".to_owned())]
        );

        // As a co-author they do; who is no member becomes none.
        let strangers = json!({ "people": [quarz.member.me().await, emil.me().await] });
        assert_eq!(
            ben.may_not_tell("SetCoAuthors", &study, strangers).await,
            [("NOT_MEMBER".to_owned(), "people.0".to_owned())]
        );
        let people = json!({ "people": [emil.me().await] });
        let study = ben.tells("SetCoAuthors", &study, people).await;
        let study = emil.tells("Submit", &study, json!({})).await;
        assert_eq!(
            ben.may_not_tell("Update", &study, short()).await[0].0,
            "NOT_OPEN"
        );
        let study = ben.tells("TakeBack", &study, json!({})).await;
        assert_eq!(study["state"], "DRAFT");
        let people = json!({ "people": [] });
        let study = ben.tells("SetCoAuthors", &study, people).await;
        assert_eq!(
            fails(&emil, "Submit", &study, json!({})).await,
            ["FORBIDDEN"]
        );

        // Somebody of staff who has a seat in the partner and took part decides about others'.
        let double = portal
            .staff(
                "Dora",
                &[VendorRole::PartnerManager, VendorRole::EnablementManager],
            )
            .await;
        anna.invite(&house.team.partner, "Dora", "dora@lumen.example")
            .await;
        let token = portal.token("invitation", "dora@lumen.example").await;
        portal
            .nobody()
            .act(
                "mutation($token: String!, $password: String!) {
                    invitationAccept(input: { token: $token, password: $password }) {
                    userErrors { code field message } } }",
                json!({ "token": token, "password": PASSWORD }),
            )
            .await;
        let people = json!({ "people": [double.me().await] });
        let study = ben.tells("SetCoAuthors", &study, people).await;
        let study = ben.tells("Submit", &study, json!({})).await;
        for verb in ["TakeUp", "Approve"] {
            let refused = double.may_not_tell(verb, &study, json!({})).await;
            assert_eq!(refused[0].0, "OWN_SUBMISSION", "{verb}");
        }

        // Declined is final.
        let reason = json!({ "reason": "Not ours." });
        let study = paula.tells("Decline", &study, reason.clone()).await;
        assert_eq!(study["state"], "DECLINED");
        assert_eq!(
            ben.may_not_tell("TakeBack", &study, json!({})).await[0].0,
            "NOT_OPEN"
        );
        assert_eq!(
            paula.may_not_tell("Approve", &study, json!({})).await[0].0,
            "ALREADY_DECIDED"
        );
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_decision_is_about_what_was_read_and_says_what_to_mend() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let (ben, paula, otto) = (&house.team.member, &house.paula, &house.otto);
        let study = house.submitted("Ours").await;
        let wrong = json!({
            "fields": ["whim"],
            "comments": [{ "field": "results", "text": "" }, { "field": "moon", "text": "x" }],
        });
        let faults = paula.may_not_tell("RequestChanges", &study, wrong).await;
        let at = |code: &str, path: &str| (code.to_owned(), path.to_owned());
        assert_eq!(
            faults,
            [
                at("REQUIRED", "reason"),
                at("UNKNOWN_FIELD", "fields.0"),
                at("REQUIRED", "comments.0.text"),
                at("UNKNOWN_FIELD", "comments.1.field"),
            ]
        );
        let none = json!({ "reason": "Somehow." });
        let faults = paula.may_not_tell("RequestChanges", &study, none).await;
        assert_eq!(faults, [at("REQUIRED", "fields")]);
        let taken = otto.tells("TakeUp", &study, json!({})).await;
        assert_eq!(
            paula.may_not_tell("Approve", &study, json!({})).await,
            [at("CONFLICT", "expectedVersion")]
        );
        let approved = paula.tells("Approve", &taken, json!({})).await;
        assert_eq!(
            otto.may_not_tell("Approve", &taken, json!({})).await[0].0,
            "ALREADY_DECIDED"
        );
        // What is approved goes back where the customer does not want it so.
        let changes = json!({ "reason": "They want it shorter.", "fields": ["summary"] });
        let back = otto.tells("RequestChanges", &approved, changes).await;
        assert_eq!(back["state"], "CHANGES_REQUESTED");
        let too_much = json!({ "region": "MOON", "products": ["A", "A"], "title": "a\nb" });
        let faults = ben.may_not_tell("Update", &back, too_much).await;
        assert_eq!(
            faults,
            [
                at("INVALID_TEXT", "title"),
                at("UNKNOWN_REGION", "region"),
                at("DUPLICATE", "products.1")
            ]
        );
        portal.keep_promises().await;
    }
}

/// Asks as somebody who has signed in already: signing in takes turns, and a race would be lost in it.
async fn race(
    portal: &Portal,
    actor: &Actor,
    (mutation, variables): (String, Value),
) -> Vec<String> {
    let op = portal.app.op_from(actor.clone(), Origin::default());
    let answer = answer(&portal.app, op, &mutation, variables).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    let payload = answer["data"].as_object().unwrap().values().next().unwrap();
    let errors = payload["userErrors"].as_array().unwrap();
    let codes = errors
        .iter()
        .map(|it| it["code"].as_str().unwrap().to_owned());
    codes.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_reviewers_at_once_one_decides_and_the_other_learns_it() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let (paula, otto) = (house.paula.actor().await, house.otto.actor().await);
        for round in 0..4 {
            let study = house.submitted(&format!("Ours {round}")).await;
            let approve = case_study("Approve", &study, json!({}));
            let decline = case_study("Decline", &study, json!({ "reason": "No." }));
            let (one, other) = tokio::join!(
                race(&portal, &paula, approve),
                race(&portal, &otto, decline)
            );
            let mut codes = [one, other];
            codes.sort();
            assert_eq!(codes[0], [""; 0], "{codes:?} on {}", portal.name());
            assert_eq!(
                codes[1],
                ["ALREADY_DECIDED"],
                "{codes:?} on {}",
                portal.name()
            );
        }
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_stays_public_whose_consent_is_withdrawn_while_it_is_published() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let paula = house.paula.actor().await;
        for round in 0..4 {
            let study = house.approved(&format!("Ours {round}")).await;
            let link = house.asked(&study).await;
            assert_eq!(says(&served, &link, "answer=yes").await.status, 303);
            let publish = case_study("Publish", &study, json!({}));
            let (published, withdrawn) = tokio::join!(
                race(&portal, &paula, publish),
                says(&served, &link, "answer=withdraw"),
            );
            assert_eq!(withdrawn.status, 303);
            let seen = house.seen(&house.paula, &study).await;
            assert_eq!(seen["consents"]["nodes"][0]["state"], "WITHDRAWN");
            let state = seen["state"].as_str().unwrap();
            let expected = if published.is_empty() {
                "WITHDRAWN"
            } else {
                "APPROVED"
            };
            assert_eq!(state, expected, "{published:?} on {}", portal.name());
        }
        assert_eq!(super::house::public(&portal).await, [""; 0]);
        served.stop().await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_is_archived_is_gone_and_its_authors_learn_why() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let (study, _) = house.published("Ours", &served).await;
        let (again, _) = house.published("Ours!", &served).await;
        assert_eq!(
            (&study["slug"], &again["slug"]),
            (&json!("ours"), &json!("ours-2"))
        );
        let faults = house
            .paula
            .may_not_tell("Archive", &study, json!({ "reason": " " }))
            .await;
        assert_eq!(faults[0], ("REQUIRED".to_owned(), "reason".to_owned()));
        let reason = json!({ "reason": "It is sold no more." });
        let study = house.otto.tells("Archive", &study, reason).await;
        assert_eq!(study["state"], "ARCHIVED");
        let status = async |path: &str| super::house::get(&served, path).await.status;
        assert_eq!(status("/case-studies/ours").await, 410);
        assert_eq!(status("/case-studies/ours-2").await, 200);
        assert_eq!(status("/case-studies/ours-3").await, 404);
        let letter = portal
            .letter("case_study_archived", "ben@bergwind.example")
            .await;
        assert!(
            letter.text.contains("It is sold no more."),
            "{}",
            letter.text
        );
        // A draft of before is none any more.
        let update = house
            .team
            .member
            .may_not_tell("Update", &study, whole("Bergwind"))
            .await;
        assert_eq!(update[0].0, "NOT_OPEN");
        served.stop().await;
    }
}
