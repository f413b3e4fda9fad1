//! A certificate is its holder's, and counts for a partner where they are a member.

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{certification, course, join, leave, publish};
use crate::support::{Portal, Someone};

/// How many certified people a partner has, of that certification or of any.
async fn certified(who: &Someone<'_>, partner: &str, of: Option<&Value>) -> Value {
    let mut data = who
        .ask(
            "query($id: ID!, $of: ID) { node(id: $id) { ... on Partner {
                certifiedMemberCount(certification: $of) } } }",
            json!({ "id": partner, "of": of }),
        )
        .await;
    data["node"]["certifiedMemberCount"].take()
}

async fn state(who: &Someone<'_>, slug: &str) -> String {
    let held = who.certificates(slug).await;
    let issued = held.iter().find(|it| !it["issuedAt"].is_null()).unwrap();
    issued["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_is_certified_counts_where_they_are_a_member_and_takes_it_along() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let other = portal.team(&paula, "Quarzwerk").await;
        let (ana, ben) = (&team.admin, &team.member);
        publish(&elena, &course("basics", "Basics"), false).await;
        let of = |slug: &str| {
            json!({ "slug": slug, "title": slug, "locale": "en", "validityMonths": 12,
                    "route": { "courses": ["basics"] } })
        };
        let seller = certification(&elena, of("seller")).await;
        let builder = certification(&elena, of("builder")).await;
        let any = |who| certified(who, &team.partner, None);
        // By the house: each team has a member who is certified already.
        assert_eq!(any(ana).await, 1);
        assert_eq!(certified(ana, &team.partner, Some(&seller)).await, 0);

        // Two certificates of one person are one certified person.
        ben.goes_for(&seller).await;
        ben.read_all("basics").await;
        ben.goes_for(&builder).await;
        assert_eq!(any(ana).await, 1);
        ana.goes_for(&seller).await;
        ana.read_all("basics").await;
        for who in [ana, ben, &paula, &elena] {
            assert_eq!(any(who).await, 2);
            assert_eq!(certified(who, &team.partner, Some(&seller)).await, 2);
            assert_eq!(certified(who, &team.partner, Some(&builder)).await, 1);
        }
        for nothing in [json!("nonsense"), json!(team.partner), ben.id().await] {
            assert_eq!(certified(ana, &team.partner, Some(&nothing)).await, 0);
        }
        assert_eq!(any(&other.admin).await, Value::Null, "it is not theirs");
        let theirs = || certified(&other.admin, &other.partner, Some(&seller));
        assert_eq!(theirs().await, 0);

        // Leaving and joining: the certificate goes along.
        leave(ana, &team.partner, ben).await;
        assert_eq!((any(ana).await, any(&paula).await), (json!(1), json!(1)));
        assert_eq!(certified(ana, &team.partner, Some(&builder)).await, 0);
        assert_eq!(state(ben, "seller").await, "VALID");
        join(&portal, &other.admin, &other.partner, ben).await;
        assert_eq!(theirs().await, 1);
        assert_eq!(certified(&other.admin, &other.partner, None).await, 2);
        assert_eq!(any(ana).await, 1);
        join(&portal, ana, &team.partner, ben).await;
        assert_eq!(any(ana).await, 2, "a seat in both counts in both");
        assert_eq!(theirs().await, 1);

        // What was revoked counts no more, and what ran out neither.
        let held = ana.certificates("seller").await;
        let issued = held.iter().find(|it| !it["issuedAt"].is_null()).unwrap();
        let revoke = json!({
            "id": issued["id"], "expectedVersion": issued["version"], "reason": "It was not hers.",
            "evidence": "A letter.",
        });
        elena
            .act(
                "mutation($input: CertificateRevokeInput!) { certificateRevoke(input: $input) {
                    certificate { state } userErrors { code field message } } }",
                json!({ "input": revoke }),
            )
            .await;
        assert_eq!(any(ana).await, 1);
        portal.pass(TimeDelta::days(364));
        assert_eq!(any(ana).await, 1);
        portal.pass(TimeDelta::days(1));
        assert_eq!(state(ben, "seller").await, "EXPIRED");
        assert_eq!(any(ana).await, 0);
        portal.keep_promises().await;
    }
}
