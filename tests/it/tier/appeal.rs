//! Tiers that people give, and what partners say against where they stand.

use chrono::TimeDelta;
use entente::tier::verify::verify;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::{Stage, certified, deal, retract, tell};
use crate::support::{Portal, Someone};

pub(super) const PROPOSE: &str =
    "mutation($input: StandingOverrideProposeInput!) { standingOverridePropose(input: $input) {
    standingOverride { id version state } userErrors { code field message } } }";
pub(super) const APPROVE: &str =
    "mutation($input: StandingOverrideReviewInput!) { standingOverrideApprove(input: $input) {
    standingOverride { id version state } userErrors { code field message } } }";
const SUBMIT: &str = "mutation($input: AppealSubmitInput!) { appealSubmit(input: $input) {
    appeal { id version state answerBy evaluation { id digest asOf } standing { lookedAt } }
    userErrors { code field message } } }";
const DISMISS: &str = "mutation($input: AppealReviewInput!) { appealDismiss(input: $input) {
    appeal { id version state } userErrors { code field message } } }";
const UPHOLD: &str = "mutation($input: AppealUpholdInput!) { appealUphold(input: $input) {
    appeal { id version state remedy { tier endsOn } } userErrors { code field message } } }";

fn refusal(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

pub(super) fn named(object: &Value, more: &Value) -> Value {
    let mut input = json!({ "id": object["id"], "expectedVersion": object["version"] });
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({ "input": input })
}

#[tokio::test]
async fn a_tier_against_the_rules_needs_another_person_and_ends() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        // Later than the day on which it came, so that this is not what became of it last.
        stage.pass(TimeDelta::minutes(1)).await;
        let standing = stage.standing().await["id"].clone();
        let wrong = json!({ "standing": standing, "tier": "platinum", "endsOn": "2030-01-01",
                            "reason": "They helped." });
        assert_eq!(
            stage
                .petra
                .refused(PROPOSE, json!({ "input": wrong }))
                .await,
            [
                refusal("UNKNOWN_TIER", "tier"),
                refusal("OUT_OF_RANGE", "endsOn")
            ]
        );
        let input = json!({ "standing": standing, "tier": "gold", "endsOn": "2026-12-31",
                            "reason": "The flood closed their office." });
        let done = stage.petra.act(PROPOSE, json!({ "input": input })).await;
        let given = &done["standingOverride"];
        assert_eq!(
            stage
                .petra
                .refused(PROPOSE, json!({ "input": input }))
                .await,
            [refusal("ALREADY_OPEN", "")]
        );
        // Nobody sees it before it counts, and whoever proposed it does not decide.
        assert_eq!(stage.standing().await["tier"], "bronze");
        let seen = "{ standingOverrides { nodes { state } } }";
        let found = stage.team.admin.ask(seen, json!({})).await;
        assert_eq!(found["standingOverrides"]["nodes"], json!([]));
        assert_eq!(
            stage.petra.refused(APPROVE, named(given, &json!({}))).await,
            [refusal("OWN_SUBMISSION", "")]
        );
        let admin = portal.staff("Ada", &[VendorRole::Admin]).await;
        let done = admin.act(APPROVE, named(given, &json!({}))).await;
        assert_eq!(done["standingOverride"]["state"], "APPROVED");
        let standing = stage.standing().await;
        assert_eq!(standing["tier"], "gold");
        assert_eq!(
            standing["overriddenBy"]["reason"],
            "The flood closed their office."
        );
        portal.keep_promises().await;
        let letter = portal
            .letter("tier_overridden", "anna@bergwind.example")
            .await;
        let text = &letter.text;
        assert!(
            text.contains("flood") && text.contains("Discount: 20 %"),
            "{text}"
        );
        // What it shows of the tier does not say that it meets what the tier asks for.
        let criteria = stage.criteria(&standing["id"]).await;
        assert!(
            criteria.starts_with("Given by decision until 31 December 2026")
                && !criteria.contains("Certified"),
            "{criteria}"
        );
        // While it counts, the rules move nothing; then they go on from where it was put.
        let then = stage.paula.op().await.now();
        stage.days(40).await;
        assert_eq!(stage.standing().await["tier"], "gold");
        stage.days(25).await;
        let standing = stage.standing().await;
        assert_eq!(
            [
                &standing["tier"],
                &standing["phase"],
                &standing["overriddenBy"]
            ],
            [&json!("gold"), &json!("AT_RISK"), &json!(null)]
        );
        // Why it stood there is still told, beside what the rules alone said.
        let explain =
            "query($id: ID!, $asOf: DateTime) { standingExplain(standing: $id, asOf: $asOf) {
            overriddenBy { reason } proof { tracks { earned } } } }";
        for (as_of, given) in [
            (
                json!(then),
                json!({ "reason": "The flood closed their office." }),
            ),
            (json!(null), json!(null)),
        ] {
            let asked = json!({ "id": standing["id"], "asOf": as_of });
            let seen = stage.team.admin.ask(explain, asked).await;
            assert_eq!(
                seen["standingExplain"],
                json!({ "overriddenBy": given, "proof": { "tracks": [{ "earned": "bronze" }] } })
            );
        }
    }
}

async fn demoted(portal: &Portal) -> (Stage<'_>, Someone<'_>) {
    let stage = Stage::set(portal).await;
    let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
    let told = stage.told(deal("a").0, deal("a").1).await;
    stage.facts(&[deal("b")]).await;
    assert_eq!(stage.standing().await["tier"], "silver");
    retract(&ada, &told).await;
    stage.days(160).await;
    assert_eq!(stage.standing().await["tier"], "bronze");
    (stage, ada)
}

#[tokio::test]
async fn an_appeal_goes_to_somebody_who_had_no_part_and_gives_the_tier_back() {
    for portal in Portal::each().await {
        let (stage, ada) = demoted(&portal).await;
        let standing = stage.standing().await["id"].clone();
        let input = json!({ "standing": standing, "reason": "Deal a was one.\nLook again." });
        let answer = stage
            .team
            .member
            .answer(SUBMIT, json!({ "input": input }))
            .await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let done = stage
            .team
            .admin
            .act(SUBMIT, json!({ "input": input }))
            .await;
        let appeal = done["appeal"].clone();
        assert_eq!(
            stage
                .team
                .admin
                .refused(SUBMIT, json!({ "input": input }))
                .await,
            [refusal("ALREADY_OPEN", "")]
        );
        portal.keep_promises().await;
        for (kind, to) in [
            ("appeal_to_review", "petra@lumen.example"),
            ("appeal_received", "anna@bergwind.example"),
        ] {
            portal.letter(kind, to).await;
        }
        // Somebody who told what it rests on does not decide.
        let pavel = portal
            .staff("Pavel", &[VendorRole::Admin, VendorRole::PartnerManager])
            .await;
        let more = "mutation($input: AppealReviewInput!) { appealRequestMore(input: $input) {
            appeal { id version state } userErrors { code field message } } }";
        let done = stage
            .petra
            .act(more, named(&appeal, &json!({ "reason": "Which deal?" })))
            .await;
        let asked = done["appeal"].clone();
        assert_eq!(asked["state"], "ACTION_REQUIRED");
        let mend = "mutation($input: AppealMendInput!) { appealMend(input: $input) {
            appeal { id version state } userErrors { code field message } } }";
        let done = stage
            .team
            .admin
            .act(
                mend,
                named(&asked, &json!({ "reason": "Deal a, of November." })),
            )
            .await;
        let mended = done["appeal"].clone();
        let remedy = json!({ "reason": "It was one.",
                             "remedy": { "tier": "silver", "endsOn": "2027-12-31" } });
        let done = pavel.act(UPHOLD, named(&mended, &remedy)).await;
        assert_eq!(
            done["appeal"]["remedy"],
            json!({ "tier": "silver", "endsOn": "2027-12-31" })
        );
        assert_eq!(
            ada.refused(UPHOLD, named(&mended, &remedy)).await[0].0,
            "ALREADY_DECIDED"
        );
        portal.keep_promises().await;
        assert_eq!(stage.standing().await["tier"], "silver");
        let letter = portal
            .letter("appeal_decided", "anna@bergwind.example")
            .await;
        assert!(letter.text.contains("Silver"), "{}", letter.text);
        let told = outcome(&stage, "appeal.upheld").await;
        let named = json!({ "program": "ladder", "track": "sales", "tier": "silver",
                            "endsOn": "2027-12-31", "evaluation": appeal["evaluation"]["digest"] });
        assert_eq!(told, named);
        what_was_said_is_kept(&ada, &appeal["id"]).await;
    }
}

/// What the fact of that kind tells, of which there is one.
async fn outcome(stage: &Stage<'_>, kind: &str) -> Value {
    let facts = "query($kind: String!) { facts(filter: { kind: { eq: $kind } }) {
        nodes { detail } } }";
    let found = stage.paula.ask(facts, json!({ "kind": kind })).await;
    let nodes = found["facts"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 1);
    nodes[0]["detail"].clone()
}

/// Each of its revisions, in the audit trail, and what was said of each.
async fn what_was_said_is_kept(ada: &Someone<'_>, appeal: &Value) {
    let query = "query($id: ID!) {
        auditEntries(first: 50) { nodes { subjectId change } }
        node(id: $id) { ... on Appeal {
            reason verdicts { nodes { revision outcome reason reviewer { name } decidedAt } } } } }";
    let found = ada.ask(query, json!({ "id": appeal })).await;
    let lines = found["auditEntries"]["nodes"].as_array().unwrap();
    let of_appeal = lines.iter().filter(|it| it["subjectId"] == *appeal);
    let mut said: Vec<_> = of_appeal
        .filter(|it| it["change"]["after"]["reason"].is_string())
        .map(|it| {
            let change = &it["change"];
            [&change["before"], &change["after"]].map(|it| it["reason"].as_str())
        })
        .collect();
    let (first, then) = ("Deal a was one.\nLook again.", "Deal a, of November.");
    // Nobody's clock went on meanwhile.
    said.sort_unstable();
    assert_eq!(said, [[None, Some(first)], [Some(first), Some(then)]]);
    assert_eq!(found["node"]["reason"], then);
    let verdicts = found["node"]["verdicts"]["nodes"].as_array().unwrap();
    let verdicts = verdicts.iter().map(|it| {
        (
            it["revision"].as_i64().unwrap(),
            it["reason"].as_str().unwrap(),
        )
    });
    let mut verdicts: Vec<_> = verdicts.collect();
    verdicts.sort_unstable();
    assert_eq!(verdicts, [(1, "Which deal?"), (3, "It was one.")]);
}

#[tokio::test]
async fn whoever_told_the_evidence_does_not_decide_and_time_is_short() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let pia = portal
            .staff(
                "Pia",
                &[VendorRole::PartnerManager, VendorRole::ProgramManager],
            )
            .await;
        let (kind, detail) = deal("p");
        tell(&pia, &stage.team.partner, kind, detail).await;
        stage.facts(&[deal("q"), certified("Kim")]).await;
        let standing = stage.standing().await;
        assert_eq!(standing["tier"], "silver");
        let input = json!({ "standing": standing["id"], "reason": "It should be gold." });
        let done = stage
            .team
            .admin
            .act(SUBMIT, json!({ "input": input }))
            .await;
        let said = named(
            &done["appeal"],
            &json!({ "reason": "Three are asked for." }),
        );
        assert_eq!(
            pia.refused(DISMISS, said.clone()).await,
            [refusal("DECIDED_BEFORE", "")]
        );
        // Who reviews is reminded before its time is over.
        stage.days(8).await;
        portal
            .letter("appeal_due_soon", "petra@lumen.example")
            .await;
        let done = stage.petra.act(DISMISS, said).await;
        assert_eq!(done["appeal"]["state"], "DISMISSED");
        stage.pass(TimeDelta::days(30)).await;
        // Judged anew it is the same.
        assert_eq!(refused(&stage, &input).await, "ALREADY_DECIDED");
        // Nobody has looked for longer than that.
        portal.pass(TimeDelta::days(31));
        assert_eq!(refused(&stage, &input).await, "TOO_LATE");
        portal.keep_promises().await;
    }
}

/// With which code the administrator's appeal is refused.
async fn refused(stage: &Stage<'_>, input: &Value) -> String {
    let input = json!({ "input": input });
    let refusals = stage.team.admin.refused(SUBMIT, input).await;
    assert_eq!(refusals.len(), 1);
    refusals[0].0.clone()
}

#[tokio::test]
async fn where_the_decision_is_old_the_appeal_is_against_what_was_judged_last() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        stage.facts(&[deal("a"), deal("b")]).await;
        stage.days(40).await;
        let standing = stage.standing().await;
        assert_eq!(standing["tier"], "silver");
        let input = json!({ "standing": standing["id"], "reason": "It should be gold." });
        let submit = async || {
            let input = json!({ "input": input });
            stage.team.admin.act(SUBMIT, input).await["appeal"].clone()
        };
        let appeal = submit().await;
        let evaluation = &appeal["evaluation"];
        assert_ne!(evaluation["id"], standing["evaluation"]["id"]);
        assert_eq!(evaluation["asOf"], appeal["standing"]["lookedAt"]);
        assert_eq!(refused(&stage, &input).await, "ALREADY_OPEN");
        // Taken back and said again it is against the same.
        let withdraw = "mutation($input: AppealWithdrawInput!) { appealWithdraw(input: $input) {
            appeal { id version state } userErrors { code field message } } }";
        let back = named(&appeal, &json!({}));
        stage.team.admin.act(withdraw, back).await;
        let appeal = submit().await;
        assert_eq!(appeal["evaluation"], *evaluation);
        let no = json!({ "reason": "Three are asked for." });
        stage.petra.act(DISMISS, named(&appeal, &no)).await;
        let told = outcome(&stage, "appeal.dismissed").await;
        assert_eq!(told["evaluation"], evaluation["digest"]);
        // Not again, neither against the same nor against what is judged to be the same.
        assert_eq!(refused(&stage, &input).await, "ALREADY_DECIDED");
        stage.days(2).await;
        assert_eq!(refused(&stage, &input).await, "ALREADY_DECIDED");
        // With another deal it is another number, though nothing moves.
        stage.facts(&[deal("c")]).await;
        let again = submit().await;
        assert_ne!(again["evaluation"]["id"], evaluation["id"]);
        let mut after = None;
        let op = stage.paula.op().await;
        loop {
            let page = verify(&op.reader(), after).await.unwrap();
            assert_eq!(page.wrong, [], "{}", portal.name());
            after = page.last;
            if after.is_none() {
                break;
            }
        }
        portal.keep_promises().await;
    }
}
