//! One case study in two languages, from its first word until its customer has had enough of it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::house::{House, get, public, says};
use crate::support::Portal;
use crate::support::team::whole;
use crate::support::wire::Served;

const TITLE: &str = "How a hotel gave up its keys";
const SLUG: &str = "how-a-hotel-gave-up-its-keys";
const GERMAN: &str = "Wie ein Hotel seine Schlüssel aufgab";

/// What happened, as facts tell it: kinds with the partner or the person to whom.
async fn facts(house: &House<'_>) -> Vec<String> {
    let found = house
        .paula
        .ask(
            "{ facts(first: 100) { nodes { kind partner { legalName } person { name } } } }",
            json!({}),
        )
        .await;
    let nodes = found["facts"]["nodes"].as_array().unwrap();
    let of = |it: &Value| {
        let kind = it["kind"].as_str().unwrap();
        let partner = it["partner"]["legalName"].as_str().unwrap_or("-");
        format!(
            "{kind}: {partner}, {}",
            it["person"]["name"].as_str().unwrap_or("-")
        )
    };
    let about = |it: &&Value| it["kind"].as_str().unwrap().starts_with("case_study.");
    let mut facts: Vec<_> = nodes.iter().filter(about).map(of).collect();
    facts.sort();
    facts
}

/// What programs are told of the publication of the first one.
async fn told_of_publication(house: &House<'_>) -> Value {
    let query = "{ facts(first: 100) { nodes { kind detail } } }";
    let found = house.paula.ask(query, json!({})).await;
    let mut nodes = found["facts"]["nodes"].as_array().unwrap().iter();
    let is_it = |it: &&Value| it["kind"] == "case_study.published" && it["detail"]["slug"] == SLUG;
    nodes.find(is_it).unwrap()["detail"].clone()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a life is told in its order")]
async fn one_case_study_in_two_languages() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let (ben, anna) = (&house.team.member, &house.team.admin);
        let (paula, otto) = (&house.paula, &house.otto);
        let start = ben.op().await.now();
        let before = facts(&house).await;

        // Half a text is kept and not submitted; all that is missing is told at once.
        let study = ben.begins(&house.team.partner, "en", "").await;
        let study = ben.tells("Update", &study, json!({ "title": TITLE })).await;
        let missing = ben.may_not_tell("Submit", &study, json!({})).await;
        assert_eq!(missing.len(), 9, "{missing:?}");
        assert!(missing.iter().all(|(code, _)| code == "REQUIRED"));
        let people = json!({ "people": [anna.me().await] });
        let study = ben.tells("SetCoAuthors", &study, people).await;
        let study = anna.tells("Update", &study, whole("Bergwind")).await;
        assert_eq!(public(&portal).await, [""; 0]);
        let study = ben.tells("Submit", &study, json!({})).await;
        assert_eq!(study["state"], "SUBMITTED");
        portal.pass(TimeDelta::hours(1));

        // Taken up, sent back with a word on one field, mended.
        let study = paula.tells("TakeUp", &study, json!({})).await;
        let changes = json!({
            "reason": "Nearly.", "fields": ["quote"],
            "comments": [{ "field": "results", "text": " How was it measured? " }],
        });
        let study = paula.tells("RequestChanges", &study, changes).await;
        let seen = house.seen(ben, &study).await;
        let verdict = &seen["verdicts"]["nodes"][0];
        assert_eq!(verdict["fields"], json!(["quote", "results"]));
        assert_eq!(
            verdict["comments"],
            json!([{ "field": "results", "text": "How was it measured?" }])
        );
        portal.pass(TimeDelta::hours(1));
        let study = ben
            .tells("Update", &study, json!({ "quote": "We sleep well." }))
            .await;
        let study = anna.tells("Submit", &study, json!({})).await;
        assert_eq!(study["state"], "IN_REVIEW", "who asked is still on it");
        let study = paula.tells("Approve", &study, json!({})).await;
        portal.pass(TimeDelta::hours(1));

        // Nothing is published before the customer has consented to the very text.
        let refused = otto.may_not_tell("Publish", &study, json!({})).await;
        assert_eq!(refused[0].0, "CONSENT_MISSING");
        let link = house.asked(&study).await;
        let page = get(&served, &link).await;
        assert_eq!(
            (page.status, page.header("cache-control")),
            (200, Some("no-store"))
        );
        for words in [
            TITLE,
            "We sleep well.",
            "The keys of Bergwind were lost.",
            "−40 %",
            "Hotel Bergwind",
        ] {
            assert!(page.body.contains(words), "{words} in {}", page.body);
        }
        assert!(page.head.contains("form-action 'self'") && !page.body.contains("<script"));
        portal.pass(TimeDelta::hours(1));
        let answered = says(&served, &link, "answer=yes&note=Gladly%21%0D%0ABye.").await;
        assert_eq!(answered.status, 303);
        let token = link.strip_prefix("/consent/").unwrap().to_lowercase();
        assert_eq!(answered.header("location"), Some(token.as_str()));
        let study = otto.tells("Publish", &study, json!({})).await;
        assert_eq!(
            (&study["state"], &study["slug"]),
            (&json!("PUBLISHED"), &json!(SLUG))
        );
        let seen = house.seen(ben, &study).await;
        let consent = &seen["consents"]["nodes"][0];
        assert_eq!(
            (&consent["state"], &consent["note"]),
            (&json!("GIVEN"), &json!("Gladly!\nBye."))
        );

        // Everybody reads it: by the API, on its page, in the feed.
        assert_eq!(public(&portal).await, [TITLE]);
        let by_slug = "query($slug: String!) { caseStudy(slug: $slug) {
            title partnerName partner { id } author { id } contributors { nodes { id } }
            consents { nodes { id } } verdicts { nodes { id } } results { label value unit } } }";
        let nobody = portal.nobody();
        let found = nobody.ask(by_slug, json!({ "slug": SLUG })).await;
        let found = &found["caseStudy"];
        assert_eq!(
            (&found["title"], &found["partnerName"]),
            (&json!(TITLE), &json!("Bergwind GmbH"))
        );
        for hidden in ["partner", "author"] {
            assert_eq!(found[hidden], json!(null), "{hidden}");
        }
        for hidden in ["contributors", "consents", "verdicts"] {
            assert_eq!(found[hidden]["nodes"], json!([]), "{hidden}");
        }
        portal.pass(TimeDelta::hours(1));

        // The same in German goes its own way.
        let input = json!({
            "partner": house.team.partner, "locale": "de", "title": GERMAN,
            "translationOf": study["id"],
        });
        let begun = anna
            .act(
                "mutation($input: CaseStudyCreateInput!) { caseStudyCreate(input: $input) {
                    caseStudy { id version translationOf { title } } userErrors { code field } } }",
                json!({ "input": input }),
            )
            .await;
        assert_eq!(begun["caseStudy"]["translationOf"]["title"], TITLE);
        let german = anna
            .tells("Update", &begun["caseStudy"], whole("Bergwind"))
            .await;
        let german = anna.tells("Submit", &german, json!({})).await;
        let german = paula.tells("Approve", &german, json!({})).await;
        let signed = anna
            .upload(
                "Consent.pdf",
                b"%PDF-1.7\n%%EOF\n",
                Some(&house.team.partner),
            )
            .await;
        let paper = anna
            .act(
                "mutation($input: CaseStudyConsentRecordInput!) { caseStudyConsentRecord(input: $input) {
                    consent { state method file { name } } userErrors { code field message } } }",
                json!({ "input": {
                    "caseStudy": german["id"], "expectedVersion": german["version"],
                    "name": "Kim Kessler", "note": "A letter of 2 November.", "file": signed,
                } }),
            )
            .await;
        assert_eq!(
            paper["consent"],
            json!({ "state": "GIVEN", "method": "PAPER", "file": { "name": "Consent.pdf" } })
        );
        let german = paula.tells("Publish", &german, json!({})).await;
        assert_eq!(german["slug"], "wie-ein-hotel-seine-schluessel-aufgab");
        let page = get(&served, &format!("/case-studies/{SLUG}")).await;
        // Search engines take languages for each other's where each page names all, itself among them.
        for locale in ["de", "en"] {
            let named = format!("hreflang=\"{locale}\"");
            assert!(page.body.contains(&named), "{}", page.body);
        }
        portal.pass(TimeDelta::hours(1));

        // The customer has had enough: it is gone everywhere, at once, and the trace is kept.
        let path = format!("/case-studies/{SLUG}");
        let feed = get(&served, "/case-studies/feed.atom").await;
        assert!(feed.body.contains(TITLE) && feed.body.contains(GERMAN));
        let page = get(&served, &link).await;
        assert!(page.body.contains("value=\"withdraw\"") && !page.body.contains("value=\"yes\""));
        assert_eq!(
            says(&served, &link, "answer=withdraw&note=We+moved.")
                .await
                .status,
            303
        );
        let gone = get(&served, &path).await;
        assert_eq!(
            (gone.status, gone.header("content-type")),
            (410, Some("text/plain; charset=utf-8"))
        );
        assert!(!gone.body.contains("Bergwind"));
        let feed_after = get(&served, "/case-studies/feed.atom").await;
        assert!(!feed_after.body.contains(TITLE) && !feed_after.body.contains(GERMAN));
        let list = get(&served, "/case-studies").await;
        assert!(!list.body.contains(TITLE) && !list.body.contains(GERMAN));
        // In the other language as well, although that was consented to on a paper of its own.
        let page = get(
            &served,
            "/case-studies/wie-ein-hotel-seine-schluessel-aufgab",
        )
        .await;
        assert_eq!(page.status, 410);
        assert!(public(&portal).await.is_empty());
        let found = nobody.ask(by_slug, json!({ "slug": SLUG })).await;
        assert_eq!(found["caseStudy"], json!(null));
        let seen = house.seen(ben, &study).await;
        assert_eq!(
            (&seen["state"], &seen["closedReason"]),
            (&json!("WITHDRAWN"), &json!("We moved."))
        );
        assert_eq!(seen["consents"]["nodes"][0]["withdrawnReason"], "We moved.");
        let page = get(&served, &link).await;
        assert!(
            !page.body.contains("<form"),
            "nothing is left to be answered"
        );

        // Facts name the partner once, and each of those who wrote it.
        let mut after = facts(&house).await;
        for known in &before {
            let at = after.iter().position(|it| it == known).unwrap();
            after.remove(at);
        }
        let (anna_is, ben_is) = ("Anna Bergwind", "Ben of ben@bergwind.example");
        let mut expected = [
            "case_study.published: -, ANNA",
            "case_study.published: -, ANNA",
            "case_study.published: -, BEN",
            "case_study.published: Bergwind GmbH, -",
            "case_study.published: Bergwind GmbH, -",
            "case_study.submitted: Bergwind GmbH, -",
            "case_study.submitted: Bergwind GmbH, -",
            "case_study.submitted: Bergwind GmbH, -",
            "case_study.withdrawn: -, ANNA",
            "case_study.withdrawn: -, ANNA",
            "case_study.withdrawn: -, BEN",
            "case_study.withdrawn: Bergwind GmbH, -",
            "case_study.withdrawn: Bergwind GmbH, -",
        ]
        .iter()
        .map(|it| it.replace("ANNA", anna_is).replace("BEN", ben_is))
        .collect::<Vec<_>>();
        expected.sort();
        assert_eq!(after, expected, "on {}", portal.name());
        assert_eq!(
            told_of_publication(&house).await,
            json!({
                "slug": SLUG, "customer": whole("Bergwind")["customer"], "industry": whole("Bergwind")["industry"],
                "region": whole("Bergwind")["region"], "products": whole("Bergwind")["products"],
            })
        );

        let letters = portal.letters().await;
        let mut told: Vec<_> = letters
            .iter()
            .filter(|it| it.date >= start)
            .map(|it| {
                let at = it.date.format("%H:%M");
                format!("{at} {} to {}: {}", it.kind, it.to, it.subject)
            })
            .collect();
        // Letters of one instant come in any order.
        told.sort();
        insta::assert_snapshot!("one_case_study_in_letters", told.join("\n"));
        served.stop().await;
    }
}
