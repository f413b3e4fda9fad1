//! Many at once, and who is asked as the days go: nobody twice, nobody forgotten.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use entity::fact;
use entity::playbook_acknowledgement::{self, Entity};
use entity::staff_role::VendorRole;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::house::{ACKNOWLEDGE, authors, publish, small};
use crate::support::{Portal, Someone};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_click_is_one_acknowledgement_and_one_fact() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        for (slug, days) in [("asked", Some(14)), ("unasked", None)] {
            let version = publish(&elena, &rita, &small(slug, days, "Call.")).await;
            portal.keep_promises().await;
            let id = || json!({ "id": version["id"] });
            let clicks = [0; 4].map(|_| team.member.answer(ACKNOWLEDGE, id()));
            let [a, b, c, d] = clicks;
            for answer in <[_; 4]>::from(tokio::join!(a, b, c, d)) {
                let payload = &answer["data"]["playbookAcknowledge"];
                assert_eq!(payload["userErrors"], json!([]), "{answer:#}");
                assert!(!payload["playbookVersion"]["acknowledgedAt"].is_null());
            }
            let db = portal.app.db.reader();
            let facts = fact::Entity::find()
                .filter(fact::Column::Kind.eq("playbook.acknowledged"))
                .all(db)
                .await
                .unwrap();
            let facts = facts.iter().filter(|it| it.detail["playbook"] == slug);
            assert_eq!(facts.count(), 1);
        }
    }
}

/// How many rows there are that ask somebody for the version.
async fn asked(portal: &Portal, version: &serde_json::Value) -> usize {
    let key = entente::shape::key_of::<entente::reads::playbook::PlaybookVersion>(
        &version["id"].as_str().unwrap().into(),
    );
    let rows = Entity::find()
        .filter(playbook_acknowledgement::Column::PlaybookVersionId.eq(key.unwrap()))
        .all(portal.app.db.reader())
        .await
        .unwrap();
    let people: BTreeSet<_> = rows
        .iter()
        .map(|it| (it.partner_id, it.person_id))
        .collect();
    assert_eq!(people.len(), rows.len());
    rows.len()
}

async fn leave(admin: &Someone<'_>, partner: &str, who: &Someone<'_>) {
    let seats = admin.seats(partner).await;
    let seat = seats
        .iter()
        .find(|it| it["person"]["email"] == *who.email.as_ref().unwrap())
        .unwrap();
    admin
        .act(
            "mutation($input: MemberSeatInput!) { memberDeactivate(input: $input) {
                userErrors { code field message } } }",
            json!({ "input": { "id": seat["id"], "expectedVersion": seat["version"] } }),
        )
        .await;
}

#[tokio::test]
async fn who_joins_is_asked_and_who_leaves_is_not_any_longer() {
    for portal in Portal::each().await {
        let (elena, rita) = authors(&portal).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let version = publish(&elena, &rita, &small("plays", Some(10), "Call.")).await;
        portal.keep_promises().await;
        assert_eq!(asked(&portal, &version).await, 2);

        // Cleo was invited before, and takes her seat now: her days count from now.
        portal.pass(TimeDelta::days(5));
        let cleo = portal.accepted("cleo@bergwind.example").await;
        portal.keep_promises().await;
        assert_eq!(asked(&portal, &version).await, 3);
        let letter = portal
            .letter("playbook_to_acknowledge", "cleo@bergwind.example")
            .await;
        assert_eq!(letter.subject, "Please read: Small plays");

        // What is asked follows from who is there, looked at every day.
        leave(&team.admin, &team.partner, &cleo).await;
        leave(&team.admin, &team.partner, &team.member).await;
        for _ in 0..2 {
            portal.pass(TimeDelta::days(1));
            portal.app.worker().plan_today().await.unwrap();
            portal.keep_promises().await;
            assert_eq!(asked(&portal, &version).await, 1);
        }
        let before = Entity::find().count(portal.app.db.reader()).await.unwrap();
        portal.pass(TimeDelta::days(30));
        portal.keep_promises().await;
        let reminded: BTreeSet<_> = portal
            .letters()
            .await
            .into_iter()
            .filter(|it| it.kind == "playbook_due")
            .map(|it| it.to)
            .collect();
        assert_eq!(
            reminded,
            BTreeSet::from(["anna@bergwind.example".to_owned()])
        );
        let after = Entity::find().count(portal.app.db.reader()).await.unwrap();
        assert_eq!(before, after);
    }
}
