//! Second factors through the API: the way in, who has to have one, and who sees whose.

use chrono::TimeDelta;
use entente::auth::Actor;
use entente::op::Origin;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Portal, Someone, answer};

const CREATE: &str = "mutation($email: String!, $password: String!) {
    sessionCreate(input: { email: $email, password: $password }) {
        person { name } tokens { accessToken } challenge { token factors expiresAt }
        userErrors { code } } }";
const COMPLETE: &str = "mutation($challenge: String!, $proof: FactorProofInput!) {
    sessionComplete(input: { challenge: $challenge, proof: $proof }) {
        person { name factors { nodes { kind name usedAt } } hasFactor recoveryCodesLeft }
        tokens { accessToken } userErrors { code field } } }";
const REQUIRE: &str = "mutation($id: ID!, $required: Boolean!, $version: Int!) {
    partnerSetFactorRequired(input: { id: $id, required: $required, expectedVersion: $version }) {
        partner { factorRequired version } userErrors { code } } }";

async fn ask(portal: &Portal, actor: &Actor, query: &str, variables: Value) -> Value {
    let op = portal.app.op_from(actor.clone(), Origin::default());
    answer(&portal.app, op, query, variables).await
}

/// Whoever signs in with these tokens, as they are now.
async fn now(portal: &Portal, access_token: &Value) -> Actor {
    let app = &portal.app;
    let token = access_token.as_str().unwrap();
    entente::identity::actor_for(&app.db, &app.guard, token, app.clock.now())
        .await
        .unwrap()
}

fn code(answer: &Value) -> &Value {
    &answer["errors"][0]["extensions"]["code"]
}

#[tokio::test]
async fn a_front_end_signs_in_in_two_steps() {
    for portal in Portal::each().await {
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        let (totp, paper) = portal.add_factor(&ada.actor().await, "Phone").await;
        assert_eq!(paper.len(), 10);
        portal.pass(TimeDelta::minutes(1));
        let nobody = portal.nobody();
        let input = json!({ "email": "ada@lumen.example", "password": PASSWORD });
        let half = nobody.act(CREATE, input).await;
        assert_eq!(
            (&half["person"], &half["tokens"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(half["challenge"]["factors"], json!(["TOTP"]));
        assert_eq!(half["challenge"]["expiresAt"], "2026-11-02T12:06:00Z");

        let challenge = &half["challenge"]["token"];
        let with = |proof: Value| json!({ "challenge": challenge, "proof": proof });
        let wrong = nobody
            .refused(COMPLETE, with(json!({ "code": "12" })))
            .await;
        assert_eq!(wrong, [("CODE_INVALID".to_owned(), "proof".to_owned())]);
        let seconds = u64::try_from(portal.app.clock.now().timestamp()).unwrap();
        let shown = totp.generate(seconds).to_string();
        let spaced = format!("{} {}", &shown[..3], &shown[3..]);
        let whole = nobody.act(COMPLETE, with(json!({ "code": spaced }))).await;
        assert_eq!(
            whole["person"],
            json!({
                "name": "Ada", "hasFactor": true, "recoveryCodesLeft": 10,
                "factors": { "nodes": [{
                    "kind": "TOTP", "name": "Phone", "usedAt": "2026-11-02T12:01:00Z",
                }] },
            })
        );
        let ada = now(&portal, &whole["tokens"]["accessToken"]).await;
        assert!(ada.is_staff());
        let told = portal.letter("factor_added", "ada@lumen.example").await;
        assert!(told.text.contains("Phone"), "{}", told.text);
    }
}

#[tokio::test]
async fn members_need_a_factor_once_their_partner_says_so() {
    const VIEWER: &str = "{ viewer { needsFactor isProven permissions { name }
        person { name memberships { nodes { id } } } } partners { nodes { id } } }";
    const SEATS: &str = "query($id: ID!) { partner(id: $id) { version factorRequired
        memberships { nodes { id version person { id name hasFactor factors { nodes { id } } } } } } }";
    const END: &str = "mutation($id: ID!) { memberDeactivate(input: {
        id: $id, expectedVersion: 1 }) { userErrors { code } } }";
    for portal in Portal::each().await {
        let roles = [VendorRole::PartnerManager];
        let paula = portal.staff("Paula", &roles).await;
        let team = portal.team(&paula, "Bergwind").await;
        let admin = team.admin.actor().await;
        let member = team.member.clone();
        let before = paula.ask(SEATS, json!({ "id": team.partner })).await;
        let version = before["partner"]["version"].clone();
        let require = |required: bool, version: &Value| json!({ "id": team.partner, "required": required, "version": version });
        let refused = ask(
            &portal,
            &member.actor().await,
            REQUIRE,
            require(true, &version),
        )
        .await;
        assert_eq!(code(&refused), "FORBIDDEN");
        let done = ask(&portal, &admin, REQUIRE, require(true, &version)).await;
        let partner = &done["data"]["partnerSetFactorRequired"]["partner"];
        assert_eq!(partner["factorRequired"], true, "{done:#}");
        let stale = paula.refused(REQUIRE, require(false, &version)).await;
        assert_eq!(stale[0].0, "CONFLICT");

        // Without one: nothing but oneself.
        let input = json!({ "email": member.email, "password": PASSWORD });
        let entered = portal.nobody().act(CREATE, input).await;
        let token = &entered["tokens"]["accessToken"];
        let half = now(&portal, token).await;
        let seen = ask(&portal, &half, VIEWER, json!({})).await;
        let viewer = &seen["data"]["viewer"];
        assert_eq!(viewer["needsFactor"], true);
        assert_eq!(viewer["person"]["memberships"]["nodes"], json!([]));
        assert_eq!(seen["data"]["partners"]["nodes"], json!([]));
        let names: Vec<_> = viewer["permissions"].as_array().unwrap().iter().collect();
        let names: Vec<_> = names.iter().filter_map(|it| it["name"].as_str()).collect();
        assert_eq!(
            names,
            [
                "Apply",
                "AnswerConsent",
                "ManageOwnFactors",
                "UseIdentity",
                "SwitchLetterOff"
            ]
        );
        let seat = &before["partner"]["memberships"]["nodes"][0]["id"];
        let refused = ask(&portal, &half, END, json!({ "id": seat })).await;
        assert_eq!(code(&refused), "FACTOR_REQUIRED", "{refused:#}");
        let refused = ask(&portal, &half, REQUIRE, require(false, &version)).await;
        assert_eq!(code(&refused), "FACTOR_REQUIRED");

        // With one: what their seat gives.
        portal.add_factor(&half, "Phone").await;
        let whole = now(&portal, token).await;
        let seen = ask(&portal, &whole, VIEWER, json!({})).await;
        assert_eq!(seen["data"]["viewer"]["needsFactor"], false);
        assert_eq!(
            seen["data"]["partners"]["nodes"][0]["id"],
            team.partner.as_str()
        );

        // An administrator of the vendor sees who has one; nobody else sees a trace.
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        for (who, sees) in [(&ada, json!([false, true])), (&paula, json!([null, null]))] {
            assert_eq!(traces(who, SEATS, &team.partner).await, sees);
        }
        portal.keep_promises().await;
    }
}

/// What somebody sees of the factors of the partner's members.
async fn traces(who: &Someone<'_>, query: &str, partner: &str) -> Value {
    let seen = who.ask(query, json!({ "id": partner })).await;
    let seats = seen["partner"]["memberships"]["nodes"].as_array().unwrap();
    let mut people: Vec<_> = seats.iter().map(|seat| &seat["person"]).collect();
    people.sort_by_key(|person| person["hasFactor"].as_bool());
    assert!(people.iter().all(|it| it["factors"]["nodes"] == json!([])));
    people
        .iter()
        .map(|person| person["hasFactor"].clone())
        .collect()
}
