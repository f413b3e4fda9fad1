//! What is sent twice under one `Idempotency-Key` is done once, and answered twice.

use async_graphql::{Request, Variables};
use chrono::TimeDelta;
use entente::auth::Actor;
use entente::graphql::WITHOUT_KEY;
use entente::graphql::document::{Document, Limits};
use entente::op::Origin;
use entente::replay::Key;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::introspection::Schema;
use crate::support::team::company;
use crate::support::wire::{self, Served};
use crate::support::{Portal, rows};

/// An answer, and whether it is an earlier one again.
#[derive(Debug, PartialEq)]
struct Answer {
    body: Value,
    again: bool,
}

impl Answer {
    fn error(&self) -> (&str, &str, &Value) {
        let error = &self.body["errors"][0];
        (
            error["extensions"]["code"].as_str().unwrap_or_default(),
            error["message"].as_str().unwrap_or_default(),
            &error["extensions"]["retryAfter"],
        )
    }

    fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "{:#}", self.body);
        &self.body["data"]
    }
}

async fn send(portal: &Portal, actor: &Actor, key: &str, query: &str, input: Value) -> Answer {
    let op = portal.app.op_from(actor.clone(), Origin::default());
    let document = Document::read(query, &Limits::default()).unwrap();
    let variables = Variables::from_json(json!({ "input": input }));
    let mut request = Request::new(query).variables(variables);
    request.set_parsed_query(document.into_parsed());
    let op = op.under(Key::new(key).unwrap());
    let response = portal.app.api.answer(op, request).await;
    let again = response.http_headers.contains_key("idempotent-replayed");
    let body = serde_json::to_value(response).unwrap();
    Answer { body, again }
}

async fn count(portal: &Portal, what: &str) -> i64 {
    let sql = format!("SELECT CAST(count(*) AS TEXT) FROM {what}");
    rows::column(&portal.app.db, &sql).await[0].parse().unwrap()
}

const APPLY: &str = "mutation($input: PartnerApplyInput!) { partnerApply(input: $input) {
    application { id legalName state version } userErrors { code field } } }";

fn application(brand: &str) -> Value {
    let email = format!("anna@{}.example", brand.to_lowercase());
    json!({ "company": company(brand), "contactEmail": email, "termsVersion": "1", "acceptsTerms": true })
}

const INVITE: &str = "mutation($input: StaffInviteInput!) { staffInvite(input: $input) {
    invitation { email id state } userErrors { code field message } } }";

fn invitation(name: &str) -> Value {
    let email = format!("{}@lumen.example", name.to_lowercase());
    json!({ "email": email, "name": name, "roles": ["AUDITOR"] })
}

const INVITED: &str = "invitation";

#[tokio::test]
async fn the_same_again_is_answered_and_not_done() {
    for portal in Portal::each().await {
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        let ada = ada.actor().await;
        let first = send(&portal, &ada, "k-1", INVITE, invitation("Otto")).await;
        let id = first.data()["staffInvite"]["invitation"]["id"].clone();
        assert!(id.is_string() && !first.again, "{first:?}");
        let lines = count(&portal, "audit_entry").await;

        // What has become of it since does not change what was answered.
        let withdraw = "mutation($input: StaffInvitationWithdrawInput!) {
            staffInvitationWithdraw(input: $input) { userErrors { code } } }";
        let withdrawn = send(&portal, &ada, "k-2", withdraw, json!({ "id": id })).await;
        assert!(!withdrawn.again);
        portal.pass(TimeDelta::hours(23));
        let again = send(&portal, &ada, "k-1", INVITE, invitation("Otto")).await;
        assert!(again.again);
        assert_eq!(
            serde_json::to_string(again.data()).unwrap(),
            serde_json::to_string(first.data()).unwrap()
        );
        assert_eq!(count(&portal, INVITED).await, 1);
        assert_eq!(count(&portal, "audit_entry").await, lines + 1);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_refusal_is_answered_again_as_it_was() {
    for portal in Portal::each().await {
        let nobody = Actor::Anonymous;
        let mut wrong = application("Bergwind");
        wrong["termsVersion"] = json!("0");
        let first = send(&portal, &nobody, "k", APPLY, wrong.clone()).await;
        let codes = &first.data()["partnerApply"]["userErrors"];
        assert_eq!(codes[0]["code"], "TERMS_OUTDATED", "{first:?}");
        let again = send(&portal, &nobody, "k", APPLY, wrong).await;
        assert_eq!(again.data(), first.data());
        assert!(again.again);
        assert_eq!(count(&portal, "application").await, 0);
    }
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_person() {
    for portal in Portal::each().await {
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        let ada = ada.actor().await;
        let bea = portal.staff("Bea", &[VendorRole::Admin]).await;
        let bea = bea.actor().await;
        send(&portal, &ada, "k", INVITE, invitation("Otto")).await;

        let other = send(&portal, &ada, "k", INVITE, invitation("Paul")).await;
        assert_eq!(other.error().0, "BAD_USER_INPUT");
        assert!(other.error().1.contains("another request"), "{other:?}");
        let document = INVITE.replace("email id", "id email");
        let other = send(&portal, &ada, "k", &document, invitation("Otto")).await;
        assert_eq!(other.error().0, "BAD_USER_INPUT");
        assert_eq!(count(&portal, INVITED).await, 1);

        // Somebody else's key is theirs, and so is nobody's.
        let theirs = send(&portal, &bea, "k", INVITE, invitation("Paul")).await;
        assert!(!theirs.again);
        theirs.data();
        let nobodys = send(&portal, &Actor::Anonymous, "k", INVITE, invitation("Otto")).await;
        assert_eq!(nobodys.error().0, "UNAUTHENTICATED");
        assert_eq!(count(&portal, INVITED).await, 2);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn nobody_is_answered_what_somebody_else_without_a_name_sent() {
    for portal in Portal::each().await {
        let nobody = Actor::Anonymous;
        let one = send(&portal, &nobody, "k", APPLY, application("Bergwind")).await;
        let other = send(&portal, &nobody, "k", APPLY, application("Talwind")).await;
        assert!(!other.again);
        assert_ne!(one.data(), other.data());
        let again = send(&portal, &nobody, "k", APPLY, application("Bergwind")).await;
        assert!(again.again);
        assert_eq!(again.data(), one.data());
        assert_eq!(count(&portal, "application").await, 2);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_key_is_free_again_after_a_day() {
    for portal in Portal::each().await {
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        let actor = ada.actor().await;
        let first = send(&portal, &actor, "k", INVITE, invitation("Otto")).await;
        send(&portal, &actor, "swept", INVITE, invitation("Paul")).await;
        portal.pass(TimeDelta::hours(24));
        let second = send(&portal, &actor, "k", INVITE, invitation("Otto")).await;
        assert!(!second.again);
        assert_ne!(second.data(), first.data());
        let third = send(&portal, &actor, "k", INVITE, invitation("Otto")).await;
        assert!(third.again);
        assert_eq!(third.data(), second.data());
        assert_eq!(count(&portal, "replay").await, 2);
        portal.app.worker().plan_today().await.unwrap();
        portal.keep_promises().await;
        assert_eq!(count(&portal, "replay").await, 1, "what is over is swept");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_was_written_is_named_though_the_answer_was_lost() {
    for portal in Portal::each().await {
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        let ada = ada.actor().await;
        let first = send(&portal, &ada, "k", INVITE, invitation("Otto")).await;
        // As a process leaves it that ends between the commit and the answer.
        portal.force("UPDATE replay SET answer = NULL").await;
        for _ in 0..2 {
            let again = send(&portal, &ada, "k", INVITE, invitation("Otto")).await;
            assert!(again.again);
            assert_eq!(again.data(), first.data());
        }
        assert_eq!(count(&portal, INVITED).await, 1);
        portal.force("UPDATE replay SET answer = NULL").await;
        let other = send(&portal, &ada, "k", INVITE, invitation("Paul")).await;
        assert_eq!(other.error().0, "BAD_USER_INPUT");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn the_outcome_is_written_with_its_cause_or_not_at_all() {
    for portal in Portal::each().await {
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        let ada = ada.actor().await;
        // The table takes no outcome: then the write must not stand either.
        portal
            .force("ALTER TABLE replay RENAME COLUMN outcome TO away")
            .await;
        let op = portal.app.op_from(ada.clone(), Origin::default());
        let document = Document::read(INVITE, &Limits::default()).unwrap();
        let variables = Variables::from_json(json!({ "input": invitation("Otto") }));
        let mut request = Request::new(INVITE).variables(variables);
        request.set_parsed_query(document.into_parsed());
        let op = op.under(Key::new("k").unwrap());
        let response = portal.app.api.answer(op, request).await;
        assert!(response.is_err());
        assert_eq!(count(&portal, INVITED).await, 0);
        portal
            .force("ALTER TABLE replay RENAME COLUMN away TO outcome")
            .await;
        let done = send(&portal, &ada, "k", INVITE, invitation("Otto")).await;
        assert!(!done.again);
        assert_eq!(count(&portal, INVITED).await, 1);
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_at_once_one_writes() {
    for portal in Portal::each().await {
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        let ada = ada.actor().await;
        for round in 0..6 {
            let name = format!("Otto{round}");
            let key = format!("k-{round}");
            let all = (0..8).map(|_| send(&portal, &ada, &key, INVITE, invitation(&name)));
            let answers = join_all(all).await;
            let mut first = None;
            for answer in &answers {
                match answer.error() {
                    ("", ..) => {
                        let data = answer.data();
                        assert_eq!(data, *first.get_or_insert(data), "round {round}");
                    }
                    (code, _, after) => assert_eq!((code, after), ("CONFLICT", &json!(1))),
                }
            }
            assert_eq!(count(&portal, INVITED).await, round + 1);
            assert!(first.is_some(), "{answers:#?}");
        }
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_slower_with_the_same_is_not_told_that_it_cannot_be_done() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let update = "mutation($input: PartnerUpdateInput!) { partnerUpdate(input: $input) {
            partner { version } userErrors { code } } }";
        let actor = paula.actor().await;
        for round in 0..6 {
            let now = paula
                .ask(
                    "query($id: ID!) { node(id: $id) { ... on Partner { version } } }",
                    json!({ "id": team.partner }),
                )
                .await;
            let input = json!({
                "id": team.partner, "expectedVersion": now["node"]["version"],
                "website": format!("https://www{round}.bergwind.example/"),
            });
            let key = format!("k-{round}");
            let all = (0..4).map(|_| send(&portal, &actor, &key, update, input.clone()));
            for answer in join_all(all).await {
                // The version that it names is gone by then, but it was this request that took it.
                if answer.error().0 != "CONFLICT" {
                    assert_eq!(answer.data()["partnerUpdate"]["userErrors"], json!([]));
                }
            }
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_request_with_a_key_does_one_mutation() {
    for portal in Portal::each().await {
        let ada = portal.staff("Ada", &[VendorRole::Admin]).await;
        let ada = ada.actor().await;
        let twice = "mutation($input: StaffInviteInput!) { __typename ...Both }
            fragment Both on Mutation {
                one: staffInvite(input: $input) { userErrors { code } }
                ... { two: staffInvite(input: $input) { userErrors { code } } } }";
        let refused = send(&portal, &ada, "k", twice, invitation("Otto")).await;
        assert_eq!(refused.error().0, "BAD_USER_INPUT");
        assert!(refused.error().1.contains("one mutation"), "{refused:?}");
        assert_eq!(count(&portal, INVITED).await, 0);
        // A query changes nothing, so there is nothing to be kept.
        for _ in 0..2 {
            let query = "query { viewer { person { name } } }";
            let read = send(&portal, &ada, "k", query, json!({})).await;
            assert!(!read.again);
            read.data();
        }
        assert_eq!(count(&portal, "replay").await, 0);
    }
}

#[tokio::test]
async fn nothing_is_kept_of_passwords_and_tokens() {
    for portal in Portal::each().await {
        portal.staff("Ada", &[VendorRole::Admin]).await;
        let sign_in = "mutation($input: SessionCreateInput!) { sessionCreate(input: $input) {
            tokens { accessToken refreshToken } userErrors { code } } }";
        let input = json!({ "email": "ada@lumen.example", "password": crate::support::PASSWORD });
        let one = send(&portal, &Actor::Anonymous, "k", sign_in, input.clone()).await;
        let other = send(&portal, &Actor::Anonymous, "k", sign_in, input).await;
        assert!(!other.again);
        assert_ne!(one.data(), other.data());
        assert_eq!(count(&portal, "replay").await, 0);
    }
}

#[tokio::test]
async fn mutations_with_passwords_or_tokens_in_them_take_no_key() {
    let told = Schema::told().await;
    let mut found: Vec<_> = told
        .mutations()
        .iter()
        .filter(|mutation| {
            let input = told.ty(mutation.args[0].ty.base());
            let secret = |name: &str| {
                name.to_lowercase().contains("password")
                    || name.ends_with("refreshToken")
                    || ["code", "credential", "proof"].contains(&name)
            };
            let told_once = ["tokens", "recoveryCodes", "enrollment"];
            let payload = told.ty(mutation.ty.base());
            // What can be read again is no secret: an enrollment on a course is none.
            let is_told_once = |name: &&str| {
                let is_node = |ty: &str| told.ty(ty).interfaces().contains(&"Node");
                let field = payload.field(name);
                field.is_some_and(|field| !is_node(field.ty.base()))
            };
            input.inputs().iter().any(|field| secret(&field.name))
                || told_once.iter().any(is_told_once)
        })
        .map(|mutation| mutation.name.as_str())
        .collect();
    found.sort_unstable();
    assert_eq!(found, WITHOUT_KEY);
}

/// Asks over a socket.
async fn post(served: &Served, key: &str, body: &Value) -> wire::Answer {
    let head = format!(
        "POST /graphql HTTP/1.1\r\ncontent-type: application/json\r\n\
         accept: application/graphql-response+json\r\nidempotency-key: {key}"
    );
    served.send(&head, &body.to_string()).await
}

#[tokio::test]
async fn the_header_is_read_and_the_answer_says_that_it_is_an_earlier_one() {
    for portal in Portal::each().await {
        let served = Served::of(&portal);
        let body = json!({ "query": APPLY, "variables": { "input": application("Bergwind") } });
        let first = post(&served, "k", &body).await;
        assert_eq!(first.header("idempotent-replayed"), None);
        let again = post(&served, "k", &body).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.status, 200);
        assert_eq!(again.json()["data"], first.json()["data"]);

        for wrong in ["", "two words", &"k".repeat(256), "k\r\nidempotency-key: l"] {
            let refused = post(&served, wrong, &body).await;
            assert_eq!(refused.status, 400, "{wrong}: {}", refused.body);
            assert!(
                refused.body.contains("255 visible ASCII"),
                "{}",
                refused.body
            );
        }
        let query = json!({ "query": "{ __typename }" });
        assert_eq!(post(&served, "two words", &query).await.status, 200);
        // While those threads are there to whom connections belong.
        portal.keep_promises().await;
        served.stop().await;
    }
}
