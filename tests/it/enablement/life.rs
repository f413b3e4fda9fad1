//! Two years of a real program's certifications: Microsoft's track of cloud certificates, with its
//! exams, its yearly renewals and its last steps, lived through by one administrator.

use chrono::{DateTime, Months, SecondsFormat, TimeDelta, Utc};
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use super::house::{ASSIGN, certification, course, exam, join, leave, publish};
use crate::support::{Portal, Someone};

/// Fundamentals hold for ever; the administrator's certificate for a year, with a renewal of its own
/// in the last half of it; the architect's asks for the administrator's exam, its own, and work that
/// was done.
async fn azure(elena: &Someone<'_>) -> [Value; 3] {
    for (slug, title) in [
        ("az-900", "Azure Fundamentals"),
        ("az-104", "Azure Administrator"),
        ("az-305", "Designing Azure Infrastructure"),
        ("az-104-renewal", "Azure Administrator, renewed"),
    ] {
        let more = "attempts: 3\n          coolDownMinutes: 1440\n          timeLimitMinutes: 60";
        publish(elena, &exam(slug, title, more), false).await;
    }
    publish(
        elena,
        &course("az-104-course", "Administering Azure"),
        false,
    )
    .await;
    let common = |slug: &str, title: &str| json!({ "slug": slug, "title": title, "locale": "en", "summary": format!("**{title}**.") });
    let mut fundamentals = common("azure-fundamentals", "Azure Fundamentals");
    fundamentals["route"] = json!({ "exam": "az-900" });
    let mut administrator = common("azure-administrator", "Azure Administrator Associate");
    administrator["route"] = json!({ "courses": ["az-104-course"], "exam": "az-104" });
    administrator["renewal"] = json!({ "exam": "az-104-renewal" });
    administrator["validityMonths"] = json!(12);
    administrator["windowDays"] = json!(180);
    let mut architect = common(
        "azure-solutions-architect",
        "Azure Solutions Architect Expert",
    );
    architect["route"] = json!({
        "courses": ["az-104", "az-900"], "atLeast": 1, "exam": "az-305",
        "evidence": "A landing zone that you designed.",
    });
    architect["validityMonths"] = json!(12);
    [
        certification(elena, fundamentals).await,
        certification(elena, administrator).await,
        certification(elena, architect).await,
    ]
}

/// The days of this story, so that what happens when can be told apart.
async fn wait(portal: &Portal, days: i64) {
    // Reminders come on their day, not when somebody looks.
    for _ in 0..days {
        portal.pass(TimeDelta::days(1));
        portal.keep_promises().await;
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a life is told in its order")]
async fn two_years_of_an_administrator() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let other = portal.team(&paula, "Quarzwerk").await;
        let (ana, ben) = (&team.admin, &team.member);
        portal.keep_promises().await;
        portal.pass(TimeDelta::hours(1));
        let began = elena.op().await.now();
        let [fundamentals, administrator, architect] = azure(&elena).await;

        // Assigned, with a month's time: a letter, a reminder, and then it is overdue.
        let input = json!({
            "assigned": { "certification": administrator }, "partner": team.partner,
            "people": [ben.id().await], "dueOn": "2026-12-02",
        });
        let assigned = ana.act(ASSIGN, json!({ "input": input })).await;
        assert_eq!(
            (&assigned["assignedPeople"], &assigned["newEnrollments"]),
            (&json!(1), &json!(2))
        );
        let again = ana.act(ASSIGN, json!({ "input": input })).await;
        assert_eq!(again["newEnrollments"], 0, "nobody is on a course twice");
        ben.read_all("az-104-course").await;
        wait(&portal, 32).await;
        assert_eq!(
            ben.certificates("azure-administrator").await[0]["state"],
            "OVERDUE"
        );
        assert_eq!(ben.enrolled_on("az-104").await["isOverdue"], true);

        // Failed, too early for another attempt, passed.
        ben.take_exam("az-104", false).await;
        let enrollment = ben.enrolled_on("az-104").await;
        let lesson = &enrollment["courseVersion"]["lessons"]["nodes"][0]["id"];
        let input = json!({ "enrollment": enrollment["id"], "lesson": lesson });
        let early = ben
            .refused(super::house::START, json!({ "input": input }))
            .await;
        assert_eq!(early[0].0, "COOL_DOWN");
        wait(&portal, 1).await;
        ben.take_exam("az-104", true).await;
        let held = ben.certificates("azure-administrator").await;
        let (renewal, first) = (&held[0], &held[1]);
        assert_eq!(
            (&first["state"], &renewal["state"]),
            (&json!("VALID"), &json!("NOT_OPEN"))
        );
        assert_eq!(first["validUntil"], a_year_after(&first["issuedAt"]));
        let letter = portal
            .letter("certificate_issued", ben.email.as_ref().unwrap())
            .await;
        assert_eq!(letter.files.len(), 1, "the certificate is attached");
        let shown = portal.nobody().verify(&first["number"]).await;
        assert_eq!(
            (&shown["state"], &shown["holder"]),
            (&json!("VALID"), &first["holder"])
        );

        // The name on it stays when the account's changes, until it is corrected.
        ben.act(
            "mutation { viewerUpdate(input: { name: \"Ben Berg\", expectedVersion: 1 }) { userErrors { code } } }",
            json!({}),
        )
        .await;
        assert_eq!(
            ben.certificates("azure-administrator").await[1]["holder"],
            first["holder"]
        );
        let corrected = json!({
            "id": first["id"], "expectedVersion": first["version"], "holder": "Ben Berg",
            "reason": "Married.",
        });
        elena
            .act(
                "mutation($input: CertificateCorrectNameInput!) { certificateCorrectName(input: $input) {
                    certificate { corrections { nodes { before after reason } } } userErrors { code field message } } }",
                json!({ "input": corrected }),
            )
            .await;
        assert_eq!(
            portal.nobody().verify(&first["number"]).await["holder"],
            "Ben Berg"
        );

        // Renewed twenty days before its end: what was left is not lost.
        wait(&portal, 345).await;
        assert_eq!(
            portal.nobody().verify(&first["number"]).await["state"],
            "EXPIRING"
        );
        ben.goes_for(&administrator).await;
        ben.take_exam("az-104-renewal", true).await;
        let held = ben.certificates("azure-administrator").await;
        let renewed = &held[1];
        assert_eq!(renewed["state"], "VALID");
        assert_eq!(renewed["validUntil"], a_year_after(&first["validUntil"]));
        wait(&portal, 30).await;
        assert_eq!(
            portal.nobody().verify(&first["number"]).await["state"],
            "EXPIRED"
        );
        assert_eq!(
            portal.nobody().verify(&renewed["number"]).await["state"],
            "VALID"
        );

        // The architect: any one of two, an exam, and work that a second person looks at.
        ben.goes_for(&fundamentals).await;
        ben.take_exam("az-900", true).await;
        let period = ben.goes_for(&architect).await;
        ben.take_exam("az-305", true).await;
        assert_eq!(
            ben.certificates("azure-solutions-architect").await[0]["state"],
            "OPEN"
        );
        evidence(&elena, ben, &period).await;
        let architect = ben.certificates("azure-solutions-architect").await;
        assert_eq!(architect[1]["state"], "VALID");

        portal.pass(TimeDelta::hours(1));

        // Taken back: the link goes on working, and says so; it can be earned anew.
        let revoke = json!({
            "id": architect[1]["id"], "expectedVersion": architect[1]["version"],
            "reason": "The landing zone was somebody else's work.", "evidence": "Mail of its author.",
        });
        elena
            .act(
                "mutation($input: CertificateRevokeInput!) { certificateRevoke(input: $input) {
                    certificate { state } userErrors { code field message } } }",
                json!({ "input": revoke }),
            )
            .await;
        let shown = portal.nobody().verify(&architect[1]["number"]).await;
        assert_eq!(shown["state"], "REVOKED");
        let after = ben.certificates("azure-solutions-architect").await;
        assert_eq!(after[0]["state"], "OPEN");
        assert_eq!(
            after[1]["revokedEvidence"],
            Value::Null,
            "that is for staff"
        );

        // Another employer: the certificate goes along, and who is left behind sees it no more.
        let count = "query($id: ID!) { node(id: $id) { ... on Partner { memberships(filter: { state: { eq: ACTIVE } }) {
            nodes { person { certificates(filter: { issuedAt: { isNull: false } }) { totalCount } } } } } } }";
        let counted = |data: Value| -> i64 {
            let seats = data["node"]["memberships"]["nodes"]
                .as_array()
                .unwrap()
                .clone();
            seats
                .iter()
                .map(|it| it["person"]["certificates"]["totalCount"].as_i64().unwrap())
                .sum()
        };
        let ours = counted(ana.ask(count, json!({ "id": team.partner })).await);
        let theirs = counted(other.admin.ask(count, json!({ "id": other.partner })).await);
        let issued = "{ viewer { person { certificates(filter: { issuedAt: { isNull: false } }) { totalCount } } } }";
        let issued = ben.ask(issued, json!({})).await;
        let held = issued["viewer"]["person"]["certificates"]["totalCount"]
            .as_i64()
            .unwrap();
        assert!(
            held >= 4,
            "an administrator's, twice; fundamentals; an architect's"
        );
        leave(ana, &team.partner, ben).await;
        join(&portal, &other.admin, &other.partner, ben).await;
        assert_eq!(
            counted(ana.ask(count, json!({ "id": team.partner })).await),
            ours - held
        );
        assert_eq!(
            counted(other.admin.ask(count, json!({ "id": other.partner })).await),
            theirs + held
        );

        // Nobody renews it: three reminders, and its end.
        wait(&portal, 360).await;
        assert_eq!(
            portal.nobody().verify(&renewed["number"]).await["state"],
            "EXPIRED"
        );
        let letters = portal.letters().await;
        let told = letters.iter().filter(|it| it.date >= began).map(|it| {
            let day = it.date.format("%Y-%m-%d");
            format!("{day} {} to {}: {}", it.kind, it.to, it.subject)
        });
        // Letters of one instant have no order.
        let mut told: Vec<String> = told.collect();
        told.sort();
        insta::assert_snapshot!("two_years_of_letters", told.join("\n"));
    }
}

/// The same instant, twelve months later.
fn a_year_after(instant: &Value) -> Value {
    let at: DateTime<Utc> = instant.as_str().unwrap().parse().unwrap();
    let later = at.checked_add_months(Months::new(12)).unwrap();
    json!(later.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Evidence is submitted, sent back, mended and accepted.
async fn evidence(elena: &Someone<'_>, ben: &Someone<'_>, period: &Value) {
    let submit = "mutation($input: EvidenceSubmitInput!) { evidenceSubmit(input: $input) {
        evidence { id version state } userErrors { code field message } } }";
    let input = json!({ "certificate": period["id"], "text": "I designed one." });
    let submitted = ben.act(submit, json!({ "input": input })).await;
    let review = |verb: &str, evidence: &Value, more: Value| {
        let mut input = more;
        input["id"] = evidence["id"].clone();
        input["expectedVersion"] = evidence["version"].clone();
        let mutation = format!(
            "mutation($input: EvidenceReviewInput!) {{ {verb}(input: $input) {{
                evidence {{ id version state }} userErrors {{ code field message }} }} }}"
        );
        (mutation, json!({ "input": input }))
    };
    let changes = json!({ "reason": "Whose is it?", "fields": ["text"] });
    let (mutation, input) = review("evidenceRequestChanges", &submitted["evidence"], changes);
    let changes = elena.act(&mutation, input).await;
    let own = ben.ask(
        "query($id: ID!) { node(id: $id) { ... on CertificationEvidence { verdicts { nodes { outcome reason reviewer { name } } } } } }",
        json!({ "id": submitted["evidence"]["id"] }),
    );
    let own = own.await;
    assert_eq!(
        own["node"]["verdicts"]["nodes"][0]["reason"],
        "Whose is it?"
    );
    assert_eq!(
        own["node"]["verdicts"]["nodes"][0]["reviewer"]["name"], "Elena",
        "who submitted it sees who decided"
    );
    let input = json!({
        "certificate": period["id"], "text": "I designed it for Fjord Hotels.",
        "expectedVersion": changes["evidence"]["version"],
    });
    let again = ben.act(submit, json!({ "input": input })).await;
    let (mutation, input) = review("evidenceAccept", &again["evidence"], json!({}));
    assert_eq!(
        elena.act(&mutation, input).await["evidence"]["state"],
        "ACCEPTED"
    );
}
