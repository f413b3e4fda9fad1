//! Why standings moved, as their moves tell it.

use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::appeal::{APPROVE, PROPOSE, named};
use super::{Stage, certified, deal};
use crate::support::Portal;

/// What became of the standing and why, the first first.
async fn told(stage: &Stage<'_>) -> Vec<(Value, Value)> {
    let query = "{ standingMoves(first: 50) { nodes { kind because } } }";
    let found = stage.team.admin.ask(query, json!({})).await;
    let nodes = found["standingMoves"]["nodes"].as_array().unwrap();
    let each = nodes.iter().rev();
    each.map(|it| (it["kind"].clone(), it["because"].clone()))
        .collect()
}

#[tokio::test]
async fn moves_tell_what_was_met_what_was_missed_and_what_people_said() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        // Of Gold the certificate is there before the deals are: it is not why it is reached.
        stage.facts(&[deal("a"), deal("b"), certified("Kim")]).await;
        stage.facts(&[deal("c")]).await;
        let withdrawn = json!({ "certification": "selling", "holder": "Kim" });
        stage.facts(&[("certificate.withdrawn", withdrawn)]).await;
        stage.days(155).await;
        let standing = stage.standing().await;
        assert_eq!(standing["tier"], "silver");
        let reason = "The flood closed their office.";
        let input = json!({ "standing": standing["id"], "tier": "gold", "endsOn": "2027-12-31",
                            "reason": reason });
        let done = stage.petra.act(PROPOSE, json!({ "input": input })).await;
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        ada.act(APPROVE, named(&done["standingOverride"], &json!({})))
            .await;
        let people = json!(["Certified people: 0 of at least 1 (1 missing)"]);
        let line = |kind: &str, because: Value| (json!(kind), because);
        assert_eq!(
            told(&stage).await,
            [
                line("ENTERED", json!([])),
                line("ADVANCED", json!(["Deals won in a year: 2 of at least 2"])),
                line("ADVANCED", json!(["Deals won in a year: 3 of at least 3"])),
                line("AT_RISK", people.clone()),
                line("GRACE_STARTED", people.clone()),
                line("DEMOTED", people),
                line("OVERRIDDEN", json!([reason])),
            ],
            "{}",
            portal.name()
        );
        portal.keep_promises().await;
    }
}
