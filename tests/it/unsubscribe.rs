//! Letters that somebody does not want: switched off by one click, or on the portal.

use chrono::TimeDelta;
use entente::auth::{Actor, Permission, Scope};
use entente::notification::{Letter, tell};
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use crate::support::wire::{Answer, Served};
use crate::support::{Portal, Someone};

const SET: &str = "mutation($letter: String!, $wanted: Boolean!) {
    letterPreferenceSet(input: { letter: $letter, wanted: $wanted }) {
        letterPreference { letter wanted } userErrors { code field } } }";
const WANTED: &str = "{ viewer { unreadNotificationCount person {
    letterPreferences { nodes { letter wanted } } } } }";

/// Tells Paula that a step is done, which is no security letter, and one that is.
async fn write(portal: &Portal, paula: &Someone<'_>) {
    let person = paula.actor().await.person().unwrap().id;
    portal
        .app
        .op(Actor::System)
        .unit(person, |tx, &person| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                let days = 3;
                let partner = "Bergwind GmbH".to_owned();
                tell(
                    &permit,
                    person,
                    None,
                    Letter::OnboardingComplete { partner, days },
                )
                .await?;
                let (at, address) = (permit.now(), "192.0.2.1".to_owned());
                tell(
                    &permit,
                    person,
                    None,
                    Letter::PasswordChanged { at, address },
                )
                .await
            })
        })
        .await
        .unwrap();
}

/// How many letters of each kind have arrived: the one that can be switched off, and the other.
async fn arrived(portal: &Portal) -> (usize, usize) {
    let letters = portal.letters().await;
    let of = |kind: &str| letters.iter().filter(|it| it.kind == kind).count();
    (of("onboarding_complete"), of("password_changed"))
}

async fn send(served: &Served, method: &str, path: &str) -> Answer {
    let form = "content-type: application/x-www-form-urlencoded";
    let head = format!("{method} {path} HTTP/1.1\r\n{form}");
    served.send(&head, "List-Unsubscribe=One-Click").await
}

#[tokio::test]
async fn one_click_switches_a_letter_off_and_looking_at_the_link_does_not() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::Admin]).await;
        let person = paula.actor().await.person().unwrap().id;
        let served = Served::of(&portal);
        let key = portal.app.guard.keys.link();
        let path = |letter: &str, token: &str| format!("/unsubscribe/{letter}/{token}");
        let letter = "onboarding_complete";
        let link = path(letter, &key.unsubscribe_token(person, letter));

        let Answer {
            status,
            head,
            body: page,
            ..
        } = send(&served, "GET", &link).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("<form method=\"post\">"));
        assert!(head.contains("form-action 'self'"), "{head}");
        let seen = paula.ask(WANTED, json!({})).await;
        assert_eq!(
            seen["viewer"]["person"]["letterPreferences"]["nodes"],
            json!([])
        );

        // Neither another letter's token nor one of nobody switches anything off.
        let others = key.unsubscribe_token(person, "step_done");
        let security = key.unsubscribe_token(person, "password_changed");
        for (letter, token) in [
            (letter, others.as_str()),
            (letter, "AAAA"),
            ("password_changed", &security),
            (
                "no_such_letter",
                &key.unsubscribe_token(person, "no_such_letter"),
            ),
        ] {
            let Answer {
                status,
                body: answer,
                ..
            } = send(&served, "POST", &path(letter, token)).await;
            assert_eq!(status, 404, "{letter} {token}: {answer}");
        }
        write(&portal, &paula).await;
        assert_eq!(arrived(&portal).await, (1, 1), "on {}", portal.name());

        for _ in 0..2 {
            let Answer {
                status, body: page, ..
            } = send(&served, "POST", &link).await;
            assert_eq!(status, 200, "{page}");
            assert!(page.contains("Switched off"), "{page}");
        }
        write(&portal, &paula).await;
        assert_eq!(arrived(&portal).await, (1, 2), "on {}", portal.name());
        let seen = paula.ask(WANTED, json!({})).await;
        assert_eq!(
            seen["viewer"],
            json!({ "unreadNotificationCount": 2, "person": { "letterPreferences": {
                "nodes": [{ "letter": letter, "wanted": false }] } } }),
            "the inbox tells everything"
        );
        served.stop().await;
    }
}

#[tokio::test]
async fn letters_are_switched_off_and_on_again_on_the_portal() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::Admin]).await;
        let says = |letter: &str, wanted: bool| json!({ "letter": letter, "wanted": wanted });
        let said = paula.act(SET, says("onboarding_complete", false)).await;
        assert_eq!(said["letterPreference"], says("onboarding_complete", false));
        write(&portal, &paula).await;
        assert_eq!(arrived(&portal).await, (0, 1));
        portal.pass(TimeDelta::seconds(1));
        paula.act(SET, says("onboarding_complete", true)).await;
        write(&portal, &paula).await;
        assert_eq!(arrived(&portal).await, (1, 2));
        for (letter, code) in [("password_changed", "SECURITY_LETTER"), ("poem", "INVALID")] {
            let refused = paula.refused(SET, says(letter, false)).await;
            assert_eq!(refused, [(code.to_owned(), "letter".to_owned())]);
        }
        let trail = "{ auditEntries(first: 2) { nodes { subjectKind change } } }";
        let lines: Value = paula.ask(trail, json!({})).await;
        assert_eq!(
            lines["auditEntries"]["nodes"][0]["change"],
            json!({ "before": says("onboarding_complete", false),
                    "after": says("onboarding_complete", true) })
        );
    }
}
