//! What a tier brings may differ by what the partner is.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entente::program::concern::Versions;
use entente::program::diff::{Favours, changes};
use entente::program::evaluate::Profile;
use entente::program::outlook::Outlook;
use entente::program::rules::Rules;
use entente::program::simulate::simulate;
use entente::program::telling::{Whose, brought, lost, offered};
use serde_json::json;

use super::faults;
use super::laws::fact_at;
use super::words::{rules, said};

const MARKETS: &str = "
slug: markets
name: Markets
locale: en
metrics:
  sales: {measure: {of: measures, latest: value, where: {measure: sales}}}
benefits:
  fee: {name: {en: Fee, de: Provision}, kind: share, costsOf: sales}
  desk: {name: Desk, kind: right}
  fund: {name: Fund, kind: amount}
tracks:
  - key: t
    name: T
    tiers:
      - key: low
        name: Low
        benefits:
          fee: {by: market, values: {home: 5 %}, otherwise: 2 %}
      - key: high
        name: High
        requires: [{metric: sales, atLeast: 100}]
        benefits:
          fee: {by: market, values: {home: 12.5 %, near: 10 %}, otherwise: 2 %}
          desk: {by: market, values: {home: true, far: false}}
          fund: {by: country, values: {DE: 1000}, otherwise: 500}
";

fn whose(market: &str) -> Whose {
    Whose {
        attributes: BTreeMap::from([("market".to_owned(), market.to_owned())]),
        metrics: BTreeMap::new(),
    }
}

#[test]
fn each_partner_is_told_what_is_brought_to_it() {
    let rules = rules(MARKETS);
    let document = &rules.document;
    let track = document.track("t").unwrap();
    let (low, high) = (track.tier("low").unwrap(), track.tier("high").unwrap());
    let told = |market: &str| {
        let brought = brought(document, high, &whose(market), "en").into_iter();
        let brought = brought.map(|it| format!("{} {}", it.name, it.value.unwrap_or_default()));
        let lost = lost(document, high, Some(low), &whose(market), "en").into_iter();
        let lost = lost.map(|it| {
            let left = it.left.unwrap_or_default();
            format!("{} {} -> {left}", it.name, it.had.unwrap_or_default())
        });
        let [brought, lost] = [brought.collect::<Vec<_>>(), lost.collect()];
        format!("{} | {}", brought.join(", "), lost.join(", "))
    };
    assert_eq!(
        told("home"),
        "Desk , Fee 12.5 %, Fund 500 | Desk  -> , Fee 12.5 % -> 5 %, Fund 500 -> "
    );
    assert_eq!(
        told("near"),
        "Fee 10 %, Fund 500 | Fee 10 % -> 2 %, Fund 500 -> "
    );
    assert_eq!(told("far"), "Fee 2 %, Fund 500 | Fund 500 -> ");
    let all = offered(document, high, "de").into_iter();
    let all: Vec<_> = all
        .map(|it| format!("{}: {}", it.name, it.value.unwrap_or_default()))
        .collect();
    assert_eq!(
        all,
        [
            "Desk: je nach market: nicht gewährt bei far, gewährt bei home",
            "Provision: je nach market: 12,5 % bei home, 10 % bei near, 2 % bei allen anderen",
            "Fund: je nach Land: 1000 bei DE, 500 bei allen anderen",
        ]
    );
}

#[test]
fn what_it_costs_is_what_is_brought_to_each() {
    let rules = rules(MARKETS);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let noon = |text: &str| rules.end_of(day(text));
    let cost = |facts: &[(&str, serde_json::Value)], profile: &Profile| {
        let facts = facts.iter().zip(1..);
        let facts: Vec<_> = facts
            .map(|((kind, detail), n)| fact_at(n, kind, noon("2027-01-01"), detail.clone()))
            .collect();
        let days = [day("2027-01-02"), day("2027-02-01")];
        let courses = simulate(&rules, &facts, profile, &days, noon("2027-02-01"));
        courses[0].cost.to_string()
    };
    let sales = (
        "measure.reported",
        json!({ "measure": "sales", "value": 400 }),
    );
    let home = (
        "partner.classified",
        json!({ "attribute": "market", "value": "home" }),
    );
    let none = Profile::new();
    // 2 % of 400 and 500; what was told by a fact counts as what the portal knows by itself.
    assert_eq!(cost(std::slice::from_ref(&sales), &none), "508");
    assert_eq!(cost(&[sales.clone(), home], &none), "550");
    let german = Profile::from([("country".to_owned(), "DE".to_owned())]);
    assert_eq!(cost(&[sales], &german), "1008");
    assert_eq!(rules.document.without_cost("en"), ["Desk"]);
}

/// A rebate that follows what the partner has sold.
fn following() -> String {
    let rate = "  rate:\n    name: {en: Rebate by sales, de: Rabatt nach Umsatz}\n    bands: {of: sales, steps: [{from: 100, \
                is: 1 %}, {from: 400, is: 3 %}]}\nbenefits:\n";
    MARKETS
        .replace("benefits:\n  fee", &format!("{rate}  fee"))
        .replace(
            "fee: {by: market, values: {home: 12.5 %, near: 10 %}, otherwise: 2 %}",
            "fee: {by: market, values: {home: rate, near: 10 %}, otherwise: 0 %}",
        )
}

#[test]
fn what_is_brought_may_follow_a_metric() {
    let rules = rules(&following());
    let document = &rules.document;
    let high = document.track("t").unwrap().tier("high").unwrap();
    let noon = rules.end_of("2027-01-01".parse().unwrap());
    let told = |sales: Option<i64>| {
        let facts = sales.map(|value| {
            let detail = json!({ "measure": "sales", "value": value });
            fact_at(1, "measure.reported", noon, detail)
        });
        let facts = Vec::from_iter(facts);
        let market = whose("home").attributes;
        let whose = Outlook::new(&rules, &facts, &market, noon, noon).whose();
        let courses = simulate(&rules, &facts, &market, &[rules.day(noon)], noon);
        let brought = brought(document, high, &whose, "en").into_iter();
        let fee = brought
            .filter(|it| it.name == "Fee")
            .map(|it| it.value.unwrap());
        (
            fee.collect::<Vec<_>>(),
            courses[0].cost.to_string(),
            courses[0].cost_unknown,
        )
    };
    // Of the fee, 3 % of 500, and the fund of 500.
    assert_eq!(
        told(Some(500)),
        (vec!["3 %".to_owned()], "515".to_owned(), false)
    );
    assert_eq!(
        told(Some(399)),
        (vec!["1 %".to_owned()], "503.99".to_owned(), false)
    );
    // Nothing is told of what nothing is known of, rather than something wrong.
    assert_eq!(told(None).0, Vec::<String>::new());
    let all = offered(document, high, "de").into_iter();
    let fee = all
        .filter(|it| it.name == "Provision")
        .map(|it| it.value.unwrap());
    assert_eq!(
        fee.collect::<Vec<_>>(),
        [
            "je nach market: so viel wie „Rabatt nach Umsatz“ bei home, 10 % bei near, 0 % bei allen anderen"
        ]
    );
    assert_eq!(document.without_cost("en"), ["Desk"]);
}

#[test]
fn how_a_metric_is_measured_that_says_what_is_brought_concerns_whoever_it_is_brought_to() {
    let old = rules(&following());
    let new = rules(&following().replace("is: 3 %", "is: 2 %"));
    let versions = Versions::of(&old, &new);
    let concerned = |tier| versions.told("t", tier, "en");
    assert_eq!(concerned(None), Vec::<String>::new());
    assert_eq!(
        concerned(Some("high")).len(),
        1,
        "{:?}",
        concerned(Some("high"))
    );
    // That it follows a metric at all is neither better nor worse for all.
    let before = rules(MARKETS);
    let changes = entente::program::diff::changes(&before.document, &old.document);
    assert!(
        changes.iter().any(|it| it.favours == Favours::Unclear),
        "{changes:?}"
    );
}

#[test]
fn whom_a_change_favours_is_told_group_by_group() {
    let old = rules(MARKETS);
    let fee = "fee: {by: market, values: {home: 12.5 %, near: 10 %}, otherwise: 2 %}";
    let favours = |new: &str| {
        let new: Rules = rules(&MARKETS.replace(fee, new));
        let changes = changes(&old.document, &new.document);
        let [change] = changes.as_slice() else {
            panic!("{changes:?}");
        };
        let words = said(&old.document, &new.document, change, "en");
        (change.favours, words)
    };
    let (better, words) =
        favours("fee: {by: market, values: {home: 12.5 %, near: 11 %}, otherwise: 2 %}");
    assert_eq!(better, Favours::Partners);
    assert_eq!(
        words,
        "T, High: Fee is by market: 12.5 % for home, 11 % for near, 2 % for others; before: by market: 12.5 % for home, 10 % for near, 2 % for others."
    );
    for (new, who) in [
        // A group that is named now had what others have.
        (
            "fee: {by: market, values: {home: 12.5 %, near: 10 %, far: 1 %}, otherwise: 2 %}",
            Favours::Vendor,
        ),
        (
            "fee: {by: market, values: {home: 12.5 %, near: 10 %, far: 2 %}, otherwise: 2 %}",
            Favours::Nobody,
        ),
        (
            "fee: {by: market, values: {home: 12.5 %, near: 10 %}}",
            Favours::Vendor,
        ),
        (
            "fee: {by: market, values: {home: 13 %, near: 9 %}, otherwise: 2 %}",
            Favours::Unclear,
        ),
        (
            "fee: {by: region, values: {EMEA: 50 %}, otherwise: 50 %}",
            Favours::Unclear,
        ),
        ("fee: 12.5 %", Favours::Partners),
        ("fee: 10 %", Favours::Unclear),
    ] {
        assert_eq!(favours(new).0, who, "{new}");
    }
}

#[test]
fn what_no_benefit_can_be_is_refused_where_it_is_written() {
    let unknown = MARKETS.replace(
        "fund: {by: country, values: {DE: 1000}, otherwise: 500}",
        "fund: turnover",
    );
    insta::assert_snapshot!(faults(&unknown).join("\n"), @r#"Refusal { code: "UNKNOWN_NAME", message: "There is no metric `turnover`. There are sales.", field: ["tracks", "0", "tiers", "1", "benefits", "fund"] }"#);
    let wrong = MARKETS
        .replace(
            "values: {home: true, far: false}",
            "values: {home: true, far: 3}",
        )
        .replace("values: {DE: 1000}", "values: {Germany: 1000}")
        .replace(
            "values: {home: 5 %}, otherwise: 2 %",
            "values: {}, otherwise: 200 %",
        );
    insta::assert_snapshot!(faults(&wrong).join("\n"), @r#"
    Refusal { code: "REQUIRED", message: "Name at least one value.", field: ["tracks", "0", "tiers", "0", "benefits", "fee", "values"] }
    Refusal { code: "OUT_OF_RANGE", message: "A share lies between 0 and 100 %, and `2` is 2 times the whole; write 20 % or 0.2.", field: ["tracks", "0", "tiers", "0", "benefits", "fee", "otherwise"] }
    Refusal { code: "INVALID_VALUE", message: "This benefit is true or false.", field: ["tracks", "0", "tiers", "1", "benefits", "desk", "values", "far"] }
    Refusal { code: "INVALID_VALUE", message: "`Germany` is no country: write two capital letters of ISO 3166-1, such as DE.", field: ["tracks", "0", "tiers", "1", "benefits", "fund", "values", "Germany"] }
    "#);
}
