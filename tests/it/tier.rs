//! Where partners stand: announced, measured, told, given, appealed against, and verified.

mod appeal;
mod because;
mod brought;
mod notice;
mod round;
mod words;
mod year;

use chrono::TimeDelta;
use entente::auth::Actor;
use entente::playbook;
use entente::program::announce::announce_document;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use crate::support::team::Team;
use crate::support::{Portal, Someone};

/// A ladder of three tiers over deals and certified people, with warning and grace.
const LADDER: &str = "
slug: ladder
name: {en: Ladder, de: Leiter}
locale: en
zone: Europe/Berlin
notice: {changes: 30 days, favourable: 0 days}
appeals: {within: 30 days, answeredWithin: 10 days}
metrics:
  deals: {name: Deals won in a year, measure: {of: deals, during: {trailing: 12 months}}}
  people:
    name: {en: Certified people, de: Zertifizierte}
    unit: {en: people, de: Personen}
    measure: {of: certificates, distinct: person, where: {certification: selling}}
benefits:
  discount: {name: {en: Discount, de: Rabatt}, kind: share}
  logo: {name: {en: Use of the logo, de: Nutzung des Logos}, kind: right}
tracks:
  - key: sales
    name: {en: Sales, de: Vertrieb}
    review: {demotion: {every: quarter}, warning: 14 days, grace: 30 days}
    tiers:
      - {key: bronze, name: Bronze}
      - {key: silver, name: {en: Silver, de: Silber}, requires: [{metric: deals, atLeast: 2}], benefits: {discount: 10 %}}
      - key: gold
        name: Gold
        requires: [{metric: deals, atLeast: 3}, {metric: people, atLeast: 1}]
        benefits: {discount: 20 %, logo: true}
tests:
  - {name: Nothing is Bronze, asOf: 2026-06-30, expect: {tiers: {sales: bronze}}}
";

/// A partner under the ladder, and whoever runs the program.
struct Stage<'p> {
    portal: &'p Portal,
    paula: Someone<'p>,
    petra: Someone<'p>,
    team: Team<'p>,
}

impl<'p> Stage<'p> {
    async fn set(portal: &'p Portal) -> Self {
        let stage = Self::bare(portal).await;
        stage.announce(LADDER).await;
        stage
    }

    /// The same before anything was announced.
    async fn bare(portal: &'p Portal) -> Self {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let petra = portal.staff("Petra", &[VendorRole::ProgramManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        portal.keep_promises().await;
        Self {
            portal,
            paula,
            petra,
            team,
        }
    }

    /// Announces it as the command line does.
    async fn announce(&self, yaml: &str) {
        let op = self.portal.app.op(Actor::System);
        announce_document(&op, yaml.to_owned(), String::new(), None)
            .await
            .unwrap();
        self.portal.keep_promises().await;
    }

    /// Records facts of the partner that happened now, and lets the portal look.
    async fn facts(&self, facts: &[(&str, Value)]) {
        for (kind, detail) in facts {
            self.told(kind, detail.clone()).await;
        }
        self.pass(TimeDelta::minutes(1)).await;
    }

    /// Records one fact; its id.
    async fn told(&self, kind: &str, detail: Value) -> Value {
        tell(&self.paula, &self.team.partner, kind, detail).await
    }

    /// What the credential that the partner shows says it took to come to its tier.
    async fn criteria(&self, standing: &Value) -> String {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let query = "query($id: ID!) { standingBadge(standing: $id) { credential } }";
        let shown = self.team.admin.ask(query, json!({ "id": standing })).await;
        let signed = shown["standingBadge"]["credential"].as_str().unwrap();
        let payload = signed.split('.').nth(1).unwrap();
        let told: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let narrative = &told["credentialSubject"]["achievement"]["criteria"]["narrative"];
        narrative.as_str().unwrap().to_owned()
    }

    /// Lets time pass, and the portal do what it does every day and every minute.
    async fn pass(&self, time: TimeDelta) {
        self.portal.pass(time);
        self.portal.app.worker().plan_today().await.unwrap();
        self.portal.keep_promises().await;
    }

    /// Lets days pass, one by one.
    async fn days(&self, days: i64) {
        for _ in 0..days {
            self.pass(TimeDelta::days(1)).await;
        }
    }

    /// The partner's standing, as its administrator reads it.
    async fn standing(&self) -> Value {
        let query = "{ standings { nodes {
            id track trackName tier tierName tierRank earned phase decidedOn
            evaluation { id } overriddenBy { id reason }
        } } }";
        let found = self.team.admin.ask(query, json!({})).await;
        found["standings"]["nodes"][0].clone()
    }

    /// What was mailed to the administrator about programs and tiers since then: kinds.
    async fn letters(&self, skip: usize) -> Vec<String> {
        let all = self.portal.letters().await;
        let told = all.into_iter().filter(|it| {
            it.to == "anna@bergwind.example"
                && ["tier_", "program_", "appeal_"]
                    .iter()
                    .any(|kind| it.kind.starts_with(kind))
        });
        told.map(|it| it.kind).skip(skip).collect()
    }
}

/// Records one fact of a partner that happened now; its id.
async fn tell(who: &Someone<'_>, partner: &str, kind: &str, detail: Value) -> Value {
    let now = who.op().await.now();
    let record = "mutation($input: FactsRecordInput!) { factsRecord(input: $input) {
        recorded { ids } userErrors { code field message } } }";
    // `deal.won` is `dealWon` there.
    let mut name = String::new();
    for part in kind.split(['.', '_']) {
        let (first, rest) = part.split_at(1);
        name += &if name.is_empty() {
            first.to_owned()
        } else {
            first.to_uppercase()
        };
        name += rest;
    }
    let fact = json!({
        "externalId": format!("{kind} {now} {detail}"), "partner": partner, "occurredAt": now,
        "what": { name: detail },
    });
    let input = json!({ "source": "crm", "facts": [fact] });
    let done = who.act(record, json!({ "input": input })).await;
    done["recorded"]["ids"][0].clone()
}

/// Takes a fact back.
async fn retract(who: &Someone<'_>, fact: &Value) {
    let correct = "mutation($input: FactCorrectInput!) { factCorrect(input: $input) {
        fact { id } userErrors { code field message } } }";
    let input = json!({ "fact": { "id": fact }, "correction": { "retracted": true },
                        "reason": "It was no deal." });
    who.act(correct, json!({ "input": input })).await;
}

/// A deal that was won.
fn deal(name: &str) -> (&'static str, Value) {
    (
        "deal.won",
        json!({ "deal": name, "motion": "SOURCED", "amount": "1000", "currency": "EUR" }),
    )
}

/// Somebody who is certified by another system.
fn certified(holder: &str) -> (&'static str, Value) {
    (
        "certificate.reported",
        json!({ "certification": "selling", "holder": holder }),
    )
}

#[tokio::test]
async fn those_who_are_near_the_next_tier_are_looked_for() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let near = async |reached: i32| {
            let query = "query($reached: Int!) { standings(
                filter: { nextMissing: { eq: 1 }, nextReached: { gte: $reached } },
                orderBy: [{ field: NEXT_REACHED, direction: DESC }]
              ) { nodes { nextTier nextMissing nextReached } } }";
            let found = stage.petra.ask(query, json!({ "reached": reached })).await;
            found["standings"]["nodes"].clone()
        };
        assert_eq!(near(1).await, json!([]));
        // One of two deals, and nothing moved.
        stage.facts(&[deal("a")]).await;
        let half = json!([{ "nextTier": "silver", "nextMissing": 1, "nextReached": 50 }]);
        assert_eq!(near(1).await, half);
        assert_eq!(near(51).await, json!([]));
        // Of Gold nobody has the certificate.
        stage.facts(&[deal("b"), deal("c")]).await;
        let none = json!([{ "nextTier": "gold", "nextMissing": 1, "nextReached": 0 }]);
        assert_eq!(near(0).await, none);
    }
}

/// On the last quarter of the year before, and on two more.
async fn each_quarter_is_reported(portal: &Portal) {
    let letters = portal.letters().await;
    let reports = letters
        .iter()
        .filter(|it| it.kind == "standing_report" && it.to == "anna@bergwind.example");
    let texts: Vec<_> = reports.map(|it| it.text.as_str()).collect();
    assert_eq!(texts.len(), 3);
    assert!(
        texts[2].contains("people; a quarter before: "),
        "{}",
        texts[2]
    );
}

/// What is missing, when it is decided and that grace follows is told at once.
async fn risk_is_told(portal: &Portal) {
    let letter = portal.letter("tier_at_risk", "anna@bergwind.example").await;
    for told in ["Certified people", "time of grace begins"] {
        assert!(letter.text.contains(told), "{}", letter.text);
    }
}

/// Letters tell what is lost with Gold, and how to object.
async fn losses_are_told(portal: &Portal) {
    for (kind, head) in [
        ("tier_at_risk", "What would be lost with it:"),
        ("tier_grace_started", "What would be lost with it:"),
        ("tier_demoted", "What was lost with it:"),
    ] {
        let letter = portal.letter(kind, "anna@bergwind.example").await;
        for told in [
            head,
            "- Discount: 10 % instead of 20 % - Use of the logo",
            "the partner may appeal until",
        ] {
            let text = letter.text.split_whitespace().collect::<Vec<_>>();
            assert!(text.join(" ").contains(told), "{kind}: {}", letter.text);
        }
    }
}

#[tokio::test]
async fn a_partner_goes_up_at_once_and_down_after_warning_and_grace() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let standing = stage.standing().await;
        assert_eq!(
            (&standing["tier"], &standing["tierName"]),
            (&json!("bronze"), &json!("Bronze")),
            "{}",
            portal.name()
        );
        stage
            .facts(&[deal("a"), deal("b"), deal("c"), certified("Kim")])
            .await;
        let standing = stage.standing().await;
        assert_eq!(standing["tier"], "gold");
        assert_eq!(standing["phase"], "STEADY");
        let withdrawn = json!({ "certification": "selling", "holder": "Kim" });
        stage.facts(&[("certificate.withdrawn", withdrawn)]).await;
        let standing = stage.standing().await;
        // The quarter ends in eight weeks: time enough for the warning.
        assert_eq!(
            [
                &standing["tier"],
                &standing["earned"],
                &standing["phase"],
                &standing["decidedOn"]
            ],
            ["gold", "silver", "AT_RISK", "2027-01-01"]
        );
        stage.days(60).await;
        let standing = stage.standing().await;
        assert_eq!(
            [
                &standing["tier"],
                &standing["phase"],
                &standing["decidedOn"]
            ],
            ["gold", "GRACE", "2027-04-01"]
        );
        stage.facts(&[certified("Lee")]).await;
        assert_eq!(stage.standing().await["phase"], "STEADY");
        stage
            .facts(&[(
                "certificate.withdrawn",
                json!({ "certification": "selling", "holder": "Lee" }),
            )])
            .await;
        stage.days(183).await;
        let standing = stage.standing().await;
        assert_eq!(
            [&standing["tier"], &standing["phase"]],
            ["silver", "STEADY"]
        );
        // The first two came at once.
        assert_eq!(
            stage.letters(2).await,
            [
                "tier_advanced",
                "tier_at_risk",
                "tier_grace_started",
                "tier_kept",
                "tier_at_risk",
                "tier_grace_started",
                "tier_demoted",
            ]
        );
        each_quarter_is_reported(&portal).await;
        risk_is_told(&portal).await;
        losses_are_told(&portal).await;
        let moves = stage
            .team
            .admin
            .ask(
                "{ standingMoves(first: 50) { nodes { kind tier fromTier evaluation { digest } } } }",
                json!({}),
            )
            .await;
        let kinds: Vec<_> = moves["standingMoves"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .map(|it| it["kind"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "ENTERED",
                "ADVANCED",
                "AT_RISK",
                "GRACE_STARTED",
                "KEPT",
                "AT_RISK",
                "GRACE_STARTED",
                "DEMOTED"
            ]
        );
    }
}

#[tokio::test]
async fn why_what_is_missing_and_what_will_be_lost_is_one_query_each() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let early = stage.paula.op().await.now();
        stage.pass(TimeDelta::minutes(5)).await;
        stage.facts(&[deal("a"), deal("b")]).await;
        let standing = stage.standing().await["id"].clone();
        let query = "query($id: ID!, $asOf: DateTime, $knownOn: DateTime) {
            standingExplain(standing: $id, asOf: $asOf, knownOn: $knownOn) {
            standing { tier } programVersion { number hash } lastMove { kind } overriddenBy { id }
            proof {
              metrics { key value evidenceCount evidence }
              tracks { key earned tiers { key isEarned requires { words verdict metric value limit short } } }
            } } }";
        let found = stage
            .team
            .admin
            .ask(query, json!({ "id": standing, "asOf": null }))
            .await;
        let told = &found["standingExplain"];
        assert_eq!(told["lastMove"]["kind"], "ADVANCED");
        let metrics = told["proof"]["metrics"].as_array().unwrap();
        let deals = metrics.iter().find(|it| it["key"] == "deals").unwrap();
        assert_eq!(
            (&deals["value"], &deals["evidenceCount"]),
            (&json!("2"), &json!(2))
        );
        // The evidence can be looked at.
        let nodes = stage
            .team
            .admin
            .ask(
                "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Fact { kind } } }",
                json!({ "ids": deals["evidence"] }),
            )
            .await;
        assert_eq!(
            nodes["nodes"],
            json!([{ "kind": "deal.won" }, { "kind": "deal.won" }])
        );
        let gold = &told["proof"]["tracks"][0]["tiers"][2];
        assert_eq!(gold["isEarned"], false);
        assert_eq!(
            gold["requires"][0],
            json!({
                "words": gold["requires"][0]["words"], "verdict": "NOT_MET", "metric": "deals",
                "value": "2", "limit": "3", "short": "1",
            })
        );
        assert!(told["overriddenBy"].is_null());
        // What happened later was not known before.
        let unknown = json!({ "id": standing, "knownOn": early });
        let found = stage.team.admin.ask(query, unknown).await;
        assert_eq!(found["standingExplain"]["lastMove"]["kind"], "ENTERED");
        // Before the facts it was otherwise.
        let before = json!({ "id": standing, "asOf": early });
        let found = stage.team.admin.ask(query, before).await;
        assert_eq!(
            found["standingExplain"]["proof"]["tracks"][0]["earned"],
            "bronze"
        );
        let ahead = json!({ "id": standing, "asOf": "2030-01-01T00:00:00Z" });
        let answer = stage.team.admin.answer(query, ahead).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{answer:#}"
        );
        let query = "query($id: ID!) { standingNext(standing: $id) {
            tier tierName missing { ways { metric name more } requirement { verdict } }
            forecast { on from to because { metric } } } }";
        let found = stage.team.admin.ask(query, json!({ "id": standing })).await;
        let next = &found["standingNext"];
        assert_eq!(next["tier"], "gold");
        assert_eq!(
            next["missing"][0]["ways"],
            json!([{ "metric": "deals", "name": "Deals won in a year", "more": "1" }])
        );
        assert_eq!(
            next["forecast"],
            json!([{ "on": "2027-11-03", "from": "silver", "to": "bronze",
                     "because": [{ "metric": "deals" }] }])
        );
        let query = "query($id: ID!) { programDistribution(program: $id) {
            programVersion { number } stands { track tier partners atRisk rising } } }";
        let programs = stage
            .petra
            .ask("{ programs { nodes { id slug name } } }", json!({}))
            .await;
        let program = json!({ "id": programs["programs"]["nodes"][0]["id"] });
        let found = stage.petra.ask(query, program.clone()).await;
        assert_eq!(
            found["programDistribution"]["stands"][2],
            json!({ "track": "sales", "tier": "silver", "partners": 1, "atRisk": 0, "rising": 0 })
        );
        let found = stage.team.admin.ask(query, program).await;
        assert_eq!(found["programDistribution"], json!(null));
    }
}

#[tokio::test]
async fn who_advances_is_told_to_all_partners_unless_they_mind() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let other = portal.team(&stage.paula, "Quarzwerk").await;
        portal.keep_promises().await;
        stage.facts(&[deal("a"), deal("b")]).await;
        let query = "{ recognitions { nodes { partnerName trackName tierName partner { id } } } }";
        let seen = other.admin.ask(query, json!({})).await;
        let first = &seen["recognitions"]["nodes"][0];
        assert_eq!(first["partner"], json!(null));
        assert_eq!(
            (&first["trackName"], &first["tierName"]),
            (&json!("Sales"), &json!("Silver"))
        );
        let hide = "mutation($input: PartnerHideAdvancementInput!) {
            partnerHideAdvancement(input: $input) { partner { hidesAdvancement } userErrors { code } } }";
        let version = stage
            .team
            .admin
            .ask(
                "query($id: ID!) { partner(id: $id) { version } }",
                json!({ "id": stage.team.partner }),
            )
            .await;
        let input = json!({
            "id": stage.team.partner, "hidden": true,
            "expectedVersion": version["partner"]["version"],
        });
        stage.team.admin.act(hide, json!({ "input": input })).await;
        stage.facts(&[deal("c"), certified("Kim")]).await;
        assert_eq!(stage.standing().await["tier"], "gold");
        let seen = other.admin.ask(query, json!({})).await;
        let names: Vec<_> = seen["recognitions"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["partnerName"].as_str().unwrap().to_owned())
            .collect();
        assert!(
            names.iter().all(|name| !name.contains("Bergwind")),
            "{names:?}"
        );
    }
}

#[tokio::test]
async fn what_is_for_a_tier_is_for_whoever_stands_on_it() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let yaml = "{slug: golden, locale: en, audience: {tiers: [gold]}, acknowledgeWithinDays: 7, \
                    texts: {en: {title: Golden}}, sections: [{key: one, kind: TEXT, texts: {en: \
                    {title: One, body: Read.}}}]}";
        let op = portal.app.op(Actor::System);
        playbook::author::publish_document(&op, &portal.app.config.portal, yaml.to_owned())
            .await
            .unwrap();
        stage.days(1).await;
        let query = "{ playbooks(filter: { slug: { eq: \"golden\" } }) { nodes { slug tiers } }
            playbookAcknowledgements { nodes { playbook { slug } } } }";
        let seen = stage.team.member.ask(query, json!({})).await;
        let asked = |seen: &Value| {
            let all = seen["playbookAcknowledgements"]["nodes"]
                .as_array()
                .unwrap();
            all.iter().any(|it| it["playbook"]["slug"] == "golden")
        };
        assert_eq!(seen["playbooks"]["nodes"], json!([]), "{}", portal.name());
        assert!(!asked(&seen));
        stage
            .facts(&[deal("a"), deal("b"), deal("c"), certified("Kim")])
            .await;
        stage.days(1).await;
        let seen = stage.team.member.ask(query, json!({})).await;
        assert_eq!(seen["playbooks"]["nodes"][0]["tiers"], json!(["gold"]));
        assert!(asked(&seen), "{seen:#}");
    }
}

#[tokio::test]
async fn what_is_pinned_to_a_tier_is_read_where_a_partner_stands_on_it() {
    for portal in Portal::each().await {
        let stage = Stage::set(&portal).await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let save =
            "mutation($input: AssetCollectionSaveInput!) { assetCollectionSave(input: $input) {
            userErrors { code field message } } }";
        let pinned = |slug: &str, tiers: Value, regions: Value| {
            json!({ "input": {
                "slug": slug, "title": slug, "locale": "en", "assets": ["bergwind-film"],
                "pinnedTiers": tiers, "audience": { "regions": regions },
            } })
        };
        elena
            .act(
                save,
                pinned("a-bronze", json!(["bronze", "silver"]), json!([])),
            )
            .await;
        elena
            .act(save, pinned("b-gold", json!(["gold"]), json!([])))
            .await;
        elena
            .act(save, pinned("c-apac", json!(["bronze"]), json!(["APAC"])))
            .await;
        let wrong = pinned("d", json!(["brnoze"]), json!([]));
        let answer = elena.answer(save, wrong).await;
        let told = &answer["data"]["assetCollectionSave"]["userErrors"][0];
        assert_eq!(told["code"], "UNKNOWN_TIER", "{answer}");
        assert_eq!(told["field"], json!(["pinnedTiers", "0"]));
        let message = told["message"].as_str().unwrap();
        assert!(message.ends_with("Is `bronze` meant?"), "{message}");

        stage.days(1).await;
        let query = "{ standings { nodes { tier collections { slug } } }
            assetCollections(filter: { pinnedTiers: { has: \"gold\" } }) { nodes { slug } } }";
        let seen = stage.team.member.ask(query, json!({})).await;
        let expected = json!([{ "tier": "bronze", "collections": [{ "slug": "a-bronze" }] }]);
        assert_eq!(seen["standings"]["nodes"], expected);
        assert_eq!(
            seen["assetCollections"]["nodes"],
            json!([{ "slug": "b-gold" }])
        );
        portal.keep_promises().await;
    }
}
