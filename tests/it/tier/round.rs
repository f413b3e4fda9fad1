//! Rounds over all partners: interrupted, two at once, with facts that come and are corrected
//! meanwhile; and what was decided, computed anew.

use chrono::TimeDelta;
use entente::auth::Actor;
use entente::fact::{self, About, Detail};
use entente::tier::{round, verify};
use entity::{evaluation, standing};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{LADDER, Stage, deal, retract};
use crate::support::Portal;

async fn verified(portal: &Portal) -> verify::Verified {
    let op = portal.app.op(Actor::System);
    let mut all = verify::Verified::default();
    loop {
        let page = verify::verify(&op.reader(), all.last).await.unwrap();
        all.count += page.count;
        all.wrong.extend(page.wrong);
        if page.last.is_none() {
            return all;
        }
        all.last = page.last;
    }
}

/// How many evaluations there are, all of which follow.
pub(super) async fn all_verified(portal: &Portal) -> usize {
    let verified = verified(portal).await;
    assert_eq!(verified.wrong, [], "{}", portal.name());
    verified.count
}

#[tokio::test]
async fn whoever_is_interrupted_goes_on_behind_the_last_page() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        portal.pass(TimeDelta::days(1));
        let system = || portal.app.op(Actor::System);
        let begun = round::begin(&system()).await.unwrap();
        // Somebody else begins the same round, and both go over it at once.
        assert_eq!(round::begin(&system()).await.unwrap(), begun);
        let (one, other) = (system(), system());
        let (one, other) = tokio::join!(round::next(&one, begun[0]), round::next(&other, begun[0]));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(one.is_over && other.is_over);
        assert_eq!((one.partners, other.partners), (1, 1), "{}", portal.name());
        let rounds =
            "{ programVersions { nodes { reviews { nodes { onDay partners finishedAt } } } } }";
        let seen = stage.petra.ask(rounds, json!({})).await;
        let reviews = &seen["programVersions"]["nodes"][0]["reviews"]["nodes"];
        assert_eq!(reviews[0]["partners"], 1);
        assert!(reviews[0]["finishedAt"].is_string());
        let none = stage.team.admin.ask(rounds, json!({})).await;
        let reviews = &none["programVersions"]["nodes"][0]["reviews"]["nodes"];
        assert_eq!(reviews, &json!([]));
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_a_look_did_not_see_was_not_known_at_its_instant() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        // An operation begins, and before it writes, somebody looks.
        let late = portal.app.op(Actor::System);
        stage.facts(&[deal("a")]).await;
        let looked = standing::Entity::find()
            .one(portal.app.db.reader())
            .await
            .unwrap()
            .unwrap();
        assert!(looked.looked_at > late.now());
        let partner = looked.partner_id;
        late.unit(partner, |tx, partner| {
            let partner = *partner;
            Box::pin(async move {
                use entente::auth::{Permission, Scope};
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                let about = About {
                    partner: Some(partner),
                    person: None,
                    subject: partner.0,
                };
                let detail: Detail = fact::read(
                    "deal.won",
                    &json!({ "deal": "b", "motion": "SOURCED", "amount": "1", "currency": "EUR" }),
                )?;
                fact::record(&permit, about, &detail).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
        let all = entity::fact::Entity::find()
            .all(portal.app.db.reader())
            .await
            .unwrap();
        let told = all.iter().find(|it| it.detail["deal"] == "b").unwrap();
        assert!(told.recorded_at > looked.looked_at, "{}", portal.name());
        // And so it is seen next time, and what was decided before stays what follows.
        stage.pass(TimeDelta::minutes(1)).await;
        assert_eq!(stage.standing().await["tier"], "silver");
        let verified = verified(&portal).await;
        assert!(
            verified.count >= 2 && verified.wrong.is_empty(),
            "{verified:?}"
        );
    }
}

#[tokio::test]
async fn what_was_decided_follows_still_after_a_correction_and_a_forgery_shows() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let told = stage.told(deal("a").0, deal("a").1).await;
        stage.facts(&[deal("b")]).await;
        let before = stage.standing().await;
        assert_eq!(before["tier"], "silver");
        retract(&stage.paula, &told).await;
        stage.pass(TimeDelta::minutes(1)).await;
        let after = stage.standing().await;
        assert_eq!([&after["tier"], &after["phase"]], ["silver", "AT_RISK"]);
        assert_eq!(verified(&portal).await.wrong, []);
        // The proof of before tells what was known before.
        let query = "query($id: ID!) { evaluationProof(evaluation: $id) {
            tracks { earned } metrics { key value } } }";
        let proof = |standing: &Value| json!({ "id": standing["evaluation"]["id"] });
        let seen = stage.team.admin.ask(query, proof(&before)).await;
        assert_eq!(seen["evaluationProof"]["tracks"][0]["earned"], "silver");
        let seen = stage.team.admin.ask(query, proof(&after)).await;
        assert_eq!(seen["evaluationProof"]["tracks"][0]["earned"], "bronze");
        portal
            .force("UPDATE evaluation SET proof = REPLACE(proof, 'silver', 'gold')")
            .await;
        let forged = verified(&portal).await;
        let kinds: Vec<_> = forged.wrong.iter().map(|(_, why)| *why).collect();
        assert!(kinds.contains(&verify::Wrong::Altered), "{forged:?}");
        let rows = evaluation::Entity::find()
            .all(portal.app.db.reader())
            .await
            .unwrap();
        assert_eq!(forged.count, rows.len());
    }
}

#[tokio::test]
async fn how_long_a_tier_is_held_is_measured_by_what_was_decided() {
    let club = LADDER
        .replace(
            "metrics:\n",
            "metrics:\n  onSilver: {measure: {of: standings, where: {program: ladder, track: sales, tier: \
             [silver, gold]}}}\n",
        )
        .replace(
            "tests:\n",
            "  - key: club\n    name: Club\n    tiers: [{key: member, name: Member, requires: [{onEveryDay: \
             {within: {trailing: 4 days}, requires: [{metric: onSilver, atLeast: 1}]}}]}]\ntests:\n",
        );
    for portal in Portal::each().await {
        let stage = Stage::bare(&portal).await;
        stage.announce(&club).await;
        stage.facts(&[deal("a"), deal("b")]).await;
        let mut tiers = Vec::new();
        for _ in 0..6 {
            let query = "{ standings { nodes { track tier } } }";
            let seen = stage.team.admin.ask(query, json!({})).await;
            let nodes = seen["standings"]["nodes"].as_array().unwrap();
            let at =
                |track: &str| nodes.iter().find(|it| it["track"] == track).unwrap()["tier"].clone();
            assert_eq!(at("sales"), "silver");
            tiers.push(at("club"));
            stage.pass(TimeDelta::days(1)).await;
        }
        let wanted = json!([null, null, null, null, "member", "member"]);
        assert_eq!(json!(tiers), wanted, "{}", portal.name());
        // What was decided became a fact after it was, and is no part of its own proof.
        assert!(all_verified(&portal).await >= 3);
    }
}
