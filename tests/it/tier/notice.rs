//! A version is announced with the notice that the one before promised, told to each partner, and
//! counts from its day on.

use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};

use super::{LADDER, Stage, deal};
use crate::support::Portal;

const SAVE: &str = "mutation($input: ProgramDraftSaveInput!) { programDraftSave(input: $input) {
    programVersion { id version number state hash } userErrors { code field message } } }";
const ANNOUNCE: &str = "mutation($input: ProgramAnnounceInput!) { programAnnounce(input: $input) {
    programVersion { id version number state isFavourable inForceOn } userErrors { code field message } } }";
const VERSIONS: &str = "{ programVersions { nodes { number state } } }";

async fn versions(stage: &Stage<'_>) -> Vec<(i64, String)> {
    let found = stage.petra.ask(VERSIONS, json!({})).await;
    let nodes = found["programVersions"]["nodes"].as_array().unwrap();
    let told = nodes.iter().map(|it| {
        let far = it["state"].as_str().unwrap().to_owned();
        (it["number"].as_i64().unwrap(), far)
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

fn state(number: i64, state: &str) -> (i64, String) {
    (number, state.to_owned())
}

async fn save(stage: &Stage<'_>, yaml: &str) -> Value {
    let input = json!({ "yaml": yaml, "note": "Deals count **more**." });
    let saved = stage.petra.act(SAVE, json!({ "input": input })).await;
    saved["programVersion"].clone()
}

#[tokio::test]
async fn a_stricter_version_waits_for_its_notice_and_says_what_it_changes_for_whom() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        stage.facts(&[deal("a"), deal("b")]).await;
        assert_eq!(stage.standing().await["tier"], "silver");
        let stricter = LADDER.replace("metric: deals, atLeast: 2", "metric: deals, atLeast: 5");
        let draft = save(&stage, &stricter).await;
        // What is wrong with a document is told with its line and column.
        let wrong = json!({ "yaml": stricter.replace("metric: deals", "metric: dials"),
                            "expectedVersion": draft["version"] });
        let payload = stage.petra.payload(SAVE, json!({ "input": wrong })).await;
        let error = &payload["userErrors"][0];
        assert_eq!(error["code"], "UNKNOWN_NAME");
        assert!(
            error["message"].as_str().unwrap().starts_with("line "),
            "{error}"
        );
        let soon = json!({ "id": draft["id"], "expectedVersion": draft["version"],
                           "inForceOn": "2026-11-20" });
        let payload = stage
            .petra
            .payload(ANNOUNCE, json!({ "input": soon }))
            .await;
        let error = &payload["userErrors"][0];
        assert_eq!(error["code"], "NOTICE_TOO_SHORT");
        assert!(
            error["message"].as_str().unwrap().contains("2026-12-03"),
            "{error}"
        );
        let input = json!({ "id": draft["id"], "expectedVersion": draft["version"] });
        let done = stage.petra.act(ANNOUNCE, json!({ "input": input })).await;
        let version = &done["programVersion"];
        assert_eq!(
            [
                &version["state"],
                &version["isFavourable"],
                &version["inForceOn"]
            ],
            [&json!("ANNOUNCED"), &json!(false), &json!("2026-12-03")]
        );
        assert_eq!(
            stage
                .petra
                .refused(ANNOUNCE, json!({ "input": input }))
                .await,
            [("NOT_DRAFT".to_owned(), String::new())]
        );
        portal.keep_promises().await;
        let letter = portal
            .letter("program_announced", "anna@bergwind.example")
            .await;
        assert!(letter.text.contains("Silver"), "{}", letter.text);
        assert!(
            letter.text.contains("needed: at least 5"),
            "{}",
            letter.text
        );
        // The partner reads what changes for it, and says that it knows.
        let query = "{ programVersions { nodes { number state note } } partners { nodes {
            programNotices { nodes { id acknowledgedAt differences { track stands before after changes } } } } } }";
        let seen = stage.team.admin.ask(query, json!({})).await;
        let notices = &seen["partners"]["nodes"][0]["programNotices"]["nodes"];
        assert_eq!(
            notices[0]["differences"],
            json!([{ "track": "sales", "stands": "silver", "before": "silver", "after": "bronze",
                     "changes": true }])
        );
        let acknowledge = "mutation($id: ID!) { programAcknowledge(input: { id: $id }) {
            programNotice { acknowledgedAt acknowledgedBy { name } } userErrors { code } } }";
        let id = json!({ "id": notices[0]["id"] });
        let answer = stage.team.member.answer(acknowledge, id.clone()).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let known = stage.team.admin.act(acknowledge, id).await;
        assert!(known["programNotice"]["acknowledgedAt"].is_string());
        // Nothing of it counts before its day, and then it does, with warning and grace.
        stage.days(29).await;
        assert_eq!(
            versions(&stage).await,
            [state(1, "IN_FORCE"), state(2, "ANNOUNCED")]
        );
        assert_eq!(stage.standing().await["phase"], "STEADY");
        stage.days(2).await;
        assert_eq!(
            versions(&stage).await,
            [state(1, "SUPERSEDED"), state(2, "IN_FORCE")]
        );
        let standing = stage.standing().await;
        assert_eq!(
            [
                &standing["tier"],
                &standing["phase"],
                &standing["decidedOn"]
            ],
            ["silver", "AT_RISK", "2027-01-01"]
        );
    }
}

#[tokio::test]
async fn what_nobody_is_worse_off_by_may_count_at_once() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        stage.facts(&[deal("a")]).await;
        let easier = LADDER.replace("metric: deals, atLeast: 2", "metric: deals, atLeast: 1");
        let easier = easier + "lists: {left: [a]}\n";
        let draft = save(&stage, &easier).await;
        let input = json!({ "id": draft["id"], "expectedVersion": draft["version"] });
        let done = stage.petra.act(ANNOUNCE, json!({ "input": input })).await;
        assert_eq!(done["programVersion"]["state"], "IN_FORCE");
        portal.keep_promises().await;
        assert_eq!(stage.standing().await["tier"], "silver");
        // The same again says nothing new.
        let draft = save(&stage, &easier).await;
        let input = json!({ "id": draft["id"], "expectedVersion": draft["version"] });
        assert_eq!(
            stage
                .petra
                .refused(ANNOUNCE, json!({ "input": input }))
                .await,
            [("NOTHING_CHANGES".to_owned(), String::new())]
        );
        let query = "query($v: ID!) { programSimulate(version: $v) { days after
            stands { track tier partnersNow partners cost } moves { track tiers story } }
            programRules(version: $v, locale: \"de\") { name tracks { name tiers { name requires
            benefits { name value } } } } programChanges(version: $v) { what favours } programWarnings(version: $v) { path line column message } }";
        let seen = stage.petra.ask(query, json!({ "v": draft["id"] })).await;
        assert_eq!(seen["programChanges"], json!([]));
        let warnings = &seen["programWarnings"];
        assert_eq!(warnings[0]["path"], json!(["tracks", "0"]));
        assert_eq!(
            warnings[1],
            json!({ "path": ["lists", "left"], "line": easier.lines().count(), "column": 15,
                    "message": "No metric refers to this list." })
        );
        assert_eq!(
            seen["programRules"]["tracks"][0]["tiers"][1]["requires"],
            json!(["Deals won in a year: mindestens 1"])
        );
        assert_eq!(
            seen["programRules"]["tracks"][0]["tiers"][1]["name"],
            "Silber"
        );
        assert_eq!(
            seen["programRules"]["tracks"][0]["tiers"][1]["benefits"],
            json!([{ "name": "Rabatt", "value": "10 %" }])
        );
        assert_eq!(
            seen["programSimulate"]["stands"][2],
            json!({ "track": "sales", "tier": "silver", "partnersNow": 1, "partners": 1, "cost": "0" })
        );
        let seen = stage
            .team
            .admin
            .ask(query, json!({ "v": draft["id"] }))
            .await;
        assert_eq!(seen["programRules"], json!(null));
        assert_eq!(seen["programSimulate"], json!(null));
        assert_eq!(seen["programWarnings"], json!(null));
    }
}

#[tokio::test]
async fn what_is_announced_can_be_withdrawn_before_it_counts() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let stricter = LADDER.replace("metric: deals, atLeast: 2", "metric: deals, atLeast: 5");
        let draft = save(&stage, &stricter).await;
        let input = json!({ "id": draft["id"], "expectedVersion": draft["version"] });
        let done = stage.petra.act(ANNOUNCE, json!({ "input": input })).await;
        portal.keep_promises().await;
        // Another one has to wait.
        let other = save(&stage, &LADDER.replace("atLeast: 2", "atLeast: 4")).await;
        let input = json!({ "id": other["id"], "expectedVersion": other["version"] });
        assert_eq!(
            stage
                .petra
                .refused(ANNOUNCE, json!({ "input": input }))
                .await,
            [("ANNOUNCED_ALREADY".to_owned(), String::new())]
        );
        let withdraw = "mutation($input: ProgramWithdrawInput!) { programWithdraw(input: $input) {
            programVersion { state withdrawnReason } userErrors { code field } } }";
        let version = &done["programVersion"];
        let input = json!({ "id": version["id"], "expectedVersion": version["version"],
                            "reason": "Five are too many." });
        let done = stage.petra.act(withdraw, json!({ "input": input })).await;
        assert_eq!(done["programVersion"]["state"], "WITHDRAWN");
        stage.pass(TimeDelta::minutes(1)).await;
        let letter = portal
            .letter("program_withdrawn", "anna@bergwind.example")
            .await;
        assert!(
            letter.text.contains("Five are too many."),
            "{}",
            letter.text
        );
        stage.days(40).await;
        assert_eq!(
            versions(&stage).await,
            [
                state(1, "IN_FORCE"),
                state(2, "WITHDRAWN"),
                state(3, "DRAFT")
            ]
        );
    }
}

#[tokio::test]
async fn a_document_whose_own_test_fails_is_not_announced() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let yaml = format!(
            "{LADDER}  - {{name: Two are gold, asOf: 2026-06-30, expect: {{tiers: {{sales: gold}}}}}}\n"
        );
        let draft = save(&stage, &yaml).await;
        let input = json!({ "id": draft["id"], "expectedVersion": draft["version"] });
        let payload = stage
            .petra
            .payload(ANNOUNCE, json!({ "input": input }))
            .await;
        assert_eq!(payload["userErrors"][0]["code"], "TEST_FAILED");
        let discard =
            "mutation($input: ProgramDraftDiscardInput!) { programDraftDiscard(input: $input) {
            program { slug } userErrors { code } } }";
        let done = stage.petra.act(discard, json!({ "input": input })).await;
        assert_eq!(done["program"]["slug"], "ladder");
        assert_eq!(versions(&stage).await, [state(1, "IN_FORCE")]);
    }
}

/// What a partner was told of the versions announced so far, the latest first.
const TOLD: &str = "{ partners { nodes { programNotices { nodes { changes
    differences { track stands before after changes } } } } } }";

#[tokio::test]
async fn a_partner_is_told_what_its_tier_brings_less_and_asks_more_though_it_keeps_it() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        stage
            .facts(&[deal("a"), deal("b"), deal("c"), deal("d")])
            .await;
        assert_eq!(stage.standing().await["tier"], "silver");
        let less = LADDER
            .replace("discount: 10 %", "discount: 7.5 %")
            .replace("metric: deals, atLeast: 2", "metric: deals, atLeast: 4")
            .replace("metric: people, atLeast: 1", "metric: people, atLeast: 2")
            .replace("grace: 30 days", "grace: 10 days");
        stage.announce(&less).await;
        let seen = stage.team.admin.ask(TOLD, json!({})).await;
        let notice = &seen["partners"]["nodes"][0]["programNotices"]["nodes"][0];
        assert_eq!(
            notice["differences"],
            json!([{ "track": "sales", "stands": "silver", "before": "silver", "after": "silver",
                     "changes": true }])
        );
        assert_eq!(
            notice["changes"],
            json!([
                "Sales, Silver asks for Deals won in a year: at least 4; before: Deals won in a year: \
                 at least 2.",
                "Sales, Silver: Discount is 7.5 %; before: 10 %.",
                "Sales: the time of grace is 10 days; before: 30 days.",
                "Sales, Gold asks for Certified people: at least 2; before: Certified people: at \
                 least 1.",
            ])
        );
        let letter = portal
            .letter("program_announced", "anna@bergwind.example")
            .await;
        let text = letter.text.replace('\n', " ");
        for told in [
            "Silver stays",
            "What changes:",
            "Sales, Silver: Discount is 7.5 %; before: 10 %.",
        ] {
            assert!(text.contains(told), "{told}: {}", letter.text);
        }
        assert!(!text.contains("missing"), "{}", letter.text);
        // Whoever reads German is told in German, of what was announced before, too.
        let german = "mutation { viewerUpdate(input: { locale: \"de\", expectedVersion: 1 }) {
            userErrors { code } } }";
        stage.team.admin.act(german, json!({})).await;
        let seen = stage.team.admin.ask(TOLD, json!({})).await;
        let notice = &seen["partners"]["nodes"][0]["programNotices"]["nodes"][0];
        assert_eq!(
            notice["changes"][1],
            "Vertrieb, Silber, Rabatt: 7,5 %; bisher: 10 %."
        );
    }
}

#[tokio::test]
async fn a_forecast_goes_on_by_the_version_that_is_announced() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        stage.facts(&[deal("a"), deal("b")]).await;
        let standing = stage.standing().await;
        assert_eq!(standing["tier"], "silver");
        // Stricter from its day on, and deals count for half the time.
        let stricter = LADDER
            .replace("metric: deals, atLeast: 3", "metric: deals, atLeast: 2")
            .replace("metric: people, atLeast: 1", "metric: people, atMost: 0")
            .replace("trailing: 12 months", "trailing: 6 months");
        stage.announce(&stricter).await;
        let query = "query($id: ID!, $until: Date) { standingNext(standing: $id, until: $until) {
            forecast { on from to because { words } programVersion { number inForceOn } } } }";
        let input = json!({ "id": standing["id"] });
        let seen = stage.team.admin.ask(query, input).await;
        let told = &seen["standingNext"]["forecast"];
        let on = told[0]["programVersion"]["inForceOn"].clone();
        assert_eq!(
            told[0],
            json!({ "on": on, "from": "silver", "to": "gold", "because": [],
                    "programVersion": { "number": 2, "inForceOn": on } })
        );
        assert_eq!(told[1]["from"], "gold");
        assert_eq!(told[1]["to"], "bronze");
        assert_eq!(told[1]["programVersion"]["number"], 2);
        assert_eq!(told[2], json!(null), "{told}");
        // Up to the day before it counts nothing is lost by the rules in force.
        let counts: NaiveDate = on.as_str().unwrap().parse().unwrap();
        let before = counts.pred_opt();
        let input = json!({ "id": standing["id"], "until": before });
        let seen = stage.team.admin.ask(query, input).await;
        assert_eq!(seen["standingNext"]["forecast"], json!([]));
    }
}

#[tokio::test]
async fn a_partner_for_whom_nothing_changes_is_told_so() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        // It stands on Bronze: what Gold brings and asks for is two tiers away.
        let far = LADDER
            .replace("discount: 20 %", "discount: 15 %")
            .replace("metric: people, atLeast: 1", "metric: people, atLeast: 2");
        // Later than the first version, so that its notice is the latest.
        stage.pass(TimeDelta::minutes(1)).await;
        stage.announce(&far).await;
        let seen = stage.team.admin.ask(TOLD, json!({})).await;
        let notice = &seen["partners"]["nodes"][0]["programNotices"]["nodes"][0];
        assert_eq!(notice["changes"], json!([]));
        assert_eq!(notice["differences"][0]["changes"], false);
        let letter = portal
            .letter("program_announced", "anna@bergwind.example")
            .await;
        assert!(letter.text.contains("Bronze stays"), "{}", letter.text);
        assert!(!letter.text.contains("What changes"), "{}", letter.text);
    }
}

#[tokio::test]
async fn a_letter_tells_six_changes_of_a_track_and_how_many_more_there_are() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let review = "demotion: {every: quarter}, warning: 14 days, grace: 30 days";
        let other = "promotion: {every: quarter}, warning: 7 days, grace: 10 days, falls: oneTier";
        let much = LADDER
            .replace(review, other)
            .replace("discount: 10 %", "discount: 5 %")
            .replace("metric: deals, atLeast: 2", "metric: deals, atLeast: 4")
            .replace("trailing: 12 months", "trailing: 6 months");
        stage.pass(TimeDelta::minutes(1)).await;
        stage.announce(&much).await;
        let seen = stage.team.admin.ask(TOLD, json!({})).await;
        let notice = &seen["partners"]["nodes"][0]["programNotices"]["nodes"][0];
        assert_eq!(notice["changes"].as_array().unwrap().len(), 8, "{notice}");
        let letter = portal
            .letter("program_announced", "anna@bergwind.example")
            .await;
        assert!(letter.text.contains("and 2 more"), "{}", letter.text);
    }
}

#[tokio::test]
async fn a_draft_is_tried_beside_the_rules_in_force_and_tells_who_loses_by_it_first() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let worth = "exchange: {currency: EUR}\nmetrics:\n  worth: {name: Worth, measure: {of: deals, \
                     sum: amount, currency: EUR, during: {trailing: 12 months}}}\n";
        let priced = LADDER
            .replace("kind: share}", "kind: share, costsOf: worth}")
            .replace("metrics:\n", worth);
        stage.announce(&priced).await;
        stage.days(31).await;
        // Others, to whom nothing happens.
        portal.team(&stage.paula, "Alpenglut").await;
        portal.team(&stage.paula, "Zirbe").await;
        stage.facts(&[deal("a"), deal("b")]).await;
        assert_eq!(stage.standing().await["tier"], "silver");
        let draft = save(
            &stage,
            &priced.replace("metric: deals, atLeast: 2", "metric: deals, atLeast: 4"),
        )
        .await;
        let query =
            "query($v: ID!, $locale: Locale) { programSimulate(version: $v, locale: $locale) {
            beside { number } turned costDifference withoutCost
            stands { track tier partnersNow partners partnersBefore cost costBefore costDifference }
            moves { track before beforeName after afterName turned why story } } }";
        let seen = stage
            .petra
            .ask(query, json!({ "v": draft["id"], "locale": "en" }))
            .await;
        let trial = &seen["programSimulate"];
        assert_eq!(trial["beside"]["number"], 2);
        assert_eq!(trial["turned"], 1);
        assert_eq!(trial["costDifference"], "-200");
        assert_eq!(trial["withoutCost"], json!(["Use of the logo"]));
        assert_eq!(
            trial["moves"][0],
            json!({
                "track": "sales", "before": "silver", "beforeName": "Silver", "after": "bronze",
                "afterName": "Bronze", "turned": "DOWN", "story": [],
                "why": ["Deals won in a year: 2 of at least 4 (2 missing)"],
            })
        );
        for other in &trial["moves"].as_array().unwrap()[1..] {
            assert_eq!(
                (&other["turned"], &other["why"]),
                (&json!("SAME"), &json!([]))
            );
        }
        assert_eq!(
            trial["stands"][2],
            json!({
                "track": "sales", "tier": "silver", "partnersNow": 1, "partners": 0,
                "partnersBefore": 1, "cost": "0", "costBefore": "200", "costDifference": "-200",
            })
        );
        // Whoever goes up by it is told with what it has, and stories name tiers and reasons.
        let easier = priced.replace("atLeast: 3}, {metric: people, atLeast: 1}", "atLeast: 2}");
        let input = json!({ "yaml": easier, "note": "", "expectedVersion": draft["version"] });
        stage.petra.act(SAVE, json!({ "input": input })).await;
        let seen = stage
            .petra
            .ask(query, json!({ "v": draft["id"], "locale": "de" }))
            .await;
        let first = &seen["programSimulate"]["moves"][0];
        assert_eq!(
            [&first["turned"], &first["beforeName"], &first["afterName"]],
            ["UP", "Silber", "Gold"]
        );
        assert_eq!(
            first["why"],
            json!(["Deals won in a year: 2 von mindestens 2"])
        );
        assert_eq!(
            first["story"],
            json!([
                "3. Dezember 2026: aufgestiegen von Bronze auf Gold – Deals won in a year: 2 von \
                 mindestens 2"
            ])
        );
    }
}

#[tokio::test]
async fn a_partner_is_told_of_a_list_that_counts_for_its_tier() {
    for portal in Portal::each().await {
        let stage = Stage::bare(&portal).await;
        // Gold rests on the list `exams` through another metric; nothing asks for what reads `others`.
        let listed = LADDER
            .replace(
                "\nmetrics:\n",
                "\nlists: {exams: [alpha, beta], others: [gamma, delta]}\nmetrics:\n  \
                 others: {measure: {of: certificates, where: {certification: {in: others}}}}\n  \
                 examined: {measure: {of: certificates, distinct: person, where: {certification: {in: \
                 exams}}}}\n  both: {total: [examined]}\n",
            )
            .replace(
                "requires: [{metric: deals, atLeast: 3}, {metric: people, atLeast: 1}]",
                "requires: [{metric: both, atLeast: 1}]",
            );
        stage.announce(&listed).await;
        let exam = json!({ "certification": "beta", "holder": "h" });
        stage.facts(&[("certificate.reported", exam)]).await;
        assert_eq!(stage.standing().await["tier"], "gold");
        let less = listed
            .replace("[alpha, beta]", "[alpha]")
            .replace("[gamma, delta]", "[gamma]");
        stage.announce(&less).await;
        let seen = stage.team.admin.ask(TOLD, json!({})).await;
        let notice = &seen["partners"]["nodes"][0]["programNotices"]["nodes"][0];
        assert_eq!(
            notice["changes"],
            json!(["The list exams does not name any more beta."])
        );
        let letter = portal
            .letter("program_announced", "anna@bergwind.example")
            .await;
        let text = letter.text.replace('\n', " ");
        assert!(text.contains("does not name any more beta"), "{text}");
    }
}
