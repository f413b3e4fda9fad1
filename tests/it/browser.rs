//! The session of a browser: its refresh token in a cookie that is for pages of the portal alone.

use chrono::TimeDelta;
use entente::config::Config;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use crate::support::wire::{Answer, Served};
use crate::support::{PASSWORD, Portal};

const SIGN_IN: &str = "mutation($email: String!, $password: String!) {
    it: sessionCreate(input: { email: $email, password: $password, refreshCookie: true }) {
        person { name } tokens { accessToken refreshToken } userErrors { code } } }";
const REFRESH: &str = "mutation { it: sessionRefresh(input: {}) {
    person { name } tokens { accessToken refreshToken } userErrors { code } } }";
const SIGN_OUT: &str = "mutation { it: sessionEnd(input: {}) { ended userErrors { code } } }";

/// The front end, which `portal.base_url` names.
const OURS: &str = "origin: https://partners.lumen.example\r\nsec-fetch-site: same-site";
const LISTED: &str = "origin: https://staff.lumen.example";
const GRAPHIQL: &str = "origin: https://api.lumen.example\r\nsec-fetch-site: same-origin";
/// All others, and what cannot be told.
const OTHERS: [&str; 6] = [
    "origin: https://evil.example\r\nsec-fetch-site: cross-site",
    "origin: https://evil.lumen.example\r\nsec-fetch-site: same-site",
    "origin: null",
    "sec-fetch-site: none",
    "origin: https://partners.lumen.example\r\norigin: https://evil.example",
    "x-nothing: 1",
];

async fn post(served: &Served, from: &str, cookie: &str, query: &str, variables: Value) -> Answer {
    let head = format!(
        "POST /graphql HTTP/1.1\r\ncontent-type: application/json\r\n{from}\r\ncookie: theme=dark; {cookie}"
    );
    let body = json!({ "query": query, "variables": variables });
    served.send(&head, &body.to_string()).await
}

fn paula() -> Value {
    json!({ "email": "paula@lumen.example", "password": PASSWORD })
}

/// The cookie as a browser sends it back, and how long it keeps it.
fn kept(answer: &Answer) -> (String, i64) {
    let cookie = answer
        .cookie
        .as_deref()
        .unwrap_or_else(|| panic!("no cookie: {}", answer.body));
    let mut parts = cookie.split("; ");
    let pair = parts.next().unwrap().to_owned();
    assert!(pair.starts_with("__Host-entente-refresh="), "{cookie}");
    let attributes: Vec<_> = parts.collect();
    let age = attributes[1].strip_prefix("Max-Age=").unwrap();
    assert_eq!(
        attributes,
        [
            "Path=/",
            &format!("Max-Age={age}"),
            "Secure",
            "HttpOnly",
            "SameSite=Strict"
        ]
    );
    (pair, age.parse().unwrap())
}

async fn each() -> Vec<(Portal, Served)> {
    let change = |config: &mut Config| {
        config.http.allowed_origins = vec!["https://staff.lumen.example".to_owned()];
    };
    let mut all = Vec::new();
    for portal in Portal::each_with(change).await {
        portal.staff("Paula", &[VendorRole::Admin]).await;
        let served = Served::of(&portal);
        all.push((portal, served));
    }
    all
}

#[tokio::test]
async fn a_browser_stays_signed_in_by_a_cookie_that_no_script_sees() {
    for (portal, served) in each().await {
        for page in [OURS, LISTED, GRAPHIQL] {
            let answer = post(&served, page, "", SIGN_IN, paula()).await;
            assert_eq!(
                answer.json()["data"]["it"]["tokens"]["refreshToken"],
                Value::Null
            );
            let (first, age) = kept(&answer);
            assert_eq!(age, TimeDelta::days(14).num_seconds());
            assert!(!answer.body.contains(first.split_once('=').unwrap().1));

            portal.pass(TimeDelta::minutes(20));
            let answer = post(&served, page, &first, REFRESH, json!({})).await;
            assert_eq!(
                answer.json()["data"]["it"]["person"]["name"],
                "Paula",
                "{}",
                answer.body
            );
            let (second, _) = kept(&answer);
            assert_ne!(first, second);
            // Another tab, that had not heard of it yet.
            let answer = post(&served, page, &first, REFRESH, json!({})).await;
            assert_eq!(kept(&answer).0, second);

            let answer = post(&served, page, &second, SIGN_OUT, json!({})).await;
            assert_eq!(
                answer.json()["data"]["it"]["ended"],
                true,
                "{}",
                answer.body
            );
            assert_eq!(kept(&answer), ("__Host-entente-refresh=".to_owned(), 0));
            let answer = post(&served, page, &second, REFRESH, json!({})).await;
            assert_eq!(
                answer.json()["data"]["it"]["userErrors"][0]["code"],
                "SESSION_ENDED"
            );
            assert_eq!(kept(&answer).1, 0, "what opens nothing is forgotten");
            let answer = post(&served, page, "", REFRESH, json!({})).await;
            assert_eq!(
                answer.json()["data"]["it"]["userErrors"][0]["code"],
                "SESSION_ENDED"
            );
            assert_eq!(answer.cookie, None);
        }
        served.stop().await;
    }
}

#[tokio::test]
async fn a_foreign_page_has_no_use_of_the_cookie() {
    for (_portal, served) in each().await {
        let answer = post(&served, OURS, "", SIGN_IN, paula()).await;
        let (cookie, _) = kept(&answer);
        for other in OTHERS {
            let answer = post(&served, other, &cookie, REFRESH, json!({})).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{other}: {}", answer.body);
            assert_eq!(answer.cookie, None);
            let answer = post(&served, other, "", SIGN_IN, paula()).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{other}: {}", answer.body);
            assert_eq!(answer.cookie, None);
            let answer = post(&served, other, &cookie, SIGN_OUT, json!({})).await;
            assert_eq!(answer.code(), "UNAUTHENTICATED", "{other}: {}", answer.body);
        }
        let answer = post(&served, OURS, &cookie, REFRESH, json!({})).await;
        assert_eq!(
            answer.json()["data"]["it"]["person"]["name"],
            "Paula",
            "{}",
            answer.body
        );
        served.stop().await;
    }
}
