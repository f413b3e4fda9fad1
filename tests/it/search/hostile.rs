//! Whatever is typed, there is an answer, and soon.

use std::time::{Duration, Instant};

use entity::staff_role::VendorRole;
use serde_json::json;

use super::house::Text;
use crate::support::Portal;

#[tokio::test]
async fn no_query_breaks_the_search() {
    let long = "ab ".repeat(160);
    let compound = "donaudampfschifffahrtsgesellschaftskapitaensmuet";
    let compounds = [compound; 10].join(" ");
    let queries = [
        "",
        " ",
        "\0",
        "cloud\0fundamentals",
        "'",
        "\"",
        "\"cloud\" OR \"1\"=\"1",
        "'; DROP TABLE search_entry; --",
        "cloud* AND NOT (title:x) NEAR/2 ^y -z",
        "cloud & ! | <-> :* \\",
        "%_%",
        "$1 $2 ?1 :x @y",
        "🚀🚀 👩‍👩‍👧",
        "\u{202e}duolc \u{feff}",
        "ｃｌｏｕｄ ﬁle ½ ㎏",
        "a\u{301}\u{301}\u{301}\u{301}",
        "#Retail |x| ##",
        "日本語 한국어 العربية עברית",
        "{\"$gt\": \"\"} [1,2] {{7*7}} <script>",
        &long,
        compound,
        &compounds,
    ];
    for portal in Portal::each().await {
        let text = Text::new("cloud", "de", "Cloud fundamentals", "Wolken und mehr.");
        portal.publish(&text).await;
        let op = portal
            .staff("Henrik", &[VendorRole::Auditor])
            .await
            .op()
            .await;
        let began = Instant::now();
        for query in queries {
            let found = portal.found(&op, query).await;
            assert!(found["totalCount"].as_i64().unwrap() <= 1, "{query}");
            portal.suggested(&op, query).await;
        }
        assert!(began.elapsed() < Duration::from_secs(10));
        let found = portal.found(&op, "\"CLOUD\"; ｃｌｏｕｄ").await;
        assert_eq!(found["totalCount"], 1);
        let refused = [
            json!({ "query": "x".repeat(501) }),
            json!({ "query": "x".repeat(40_000) }),
            json!({ "query": "cloud", "first": 101 }),
            json!({ "query": "cloud", "first": -1 }),
            json!({ "query": "cloud", "after": "" }),
            json!({ "query": "cloud", "after": "AAAA" }),
            json!({ "query": "cloud", "after": "\0'" }),
            json!({ "query": "cloud", "filter": { "tags": vec!["x"; 51] } }),
            json!({ "query": "cloud", "filter": { "kinds": ["PARTNER"] } }),
        ];
        for variables in refused {
            let answer = portal.searched(&op, variables.clone()).await;
            let code = &answer["errors"][0]["extensions"]["code"];
            assert_eq!(code, "BAD_USER_INPUT", "{variables}: {answer}");
        }
        let odd = json!({ "query": "cloud", "filter": {
            "tags": ["", "|", "\0", "x'"], "locales": ["", "\0", "de'"],
        } });
        assert_eq!(portal.found_by(&op, odd).await["totalCount"], 0);
    }
}
