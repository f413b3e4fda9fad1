//! The first story: from a company's application to an active partner.

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Portal, Someone};

/// Two steps for the partner, one for the vendor, one that completes itself.
const PLAN: &str = r"
slug: start
name: First steps
locale: en
steps:
  - key: profile
    title: Tell us about your business
    instructions: Fill in the form.
    performer: PARTNER
    dueDays: 7
    rule: { kind: FORM_FILLED }
    questions:
      - { key: employees, label: How many people work for you?, type: NUMBER, required: true }
    needsReview: true
  - key: agreement
    title: Accept the partner agreement
    performer: PARTNER
    dueDays: 14
    requires: [profile]
    rule: { kind: AGREEMENT_ACCEPTED, agreement: partner-agreement, version: '1' }
  - key: kickoff
    title: Hold the kick-off meeting
    performer: VENDOR
    dueDays: 21
    requires: [profile]
    rule: { kind: MEETING_HELD, meeting: kickoff }
";

pub(crate) fn company() -> Value {
    json!({
        "legalName": "Bergwind Systeme GmbH", "website": "https://www.bergwind.example",
        "country": "DE", "kind": "RESELLER", "regions": ["EMEA"],
        "timeZone": "Europe/Berlin", "locale": "de", "contactName": "Jana Roth",
        "why": "Our customers ask for it.",
    })
}

const APPLY: &str = "mutation($company: CompanyInput!, $email: String!) { partnerApply(input: {
    company: $company, contactEmail: $email, termsVersion: \"1\", acceptsTerms: true
}) { application { id state version } userErrors { code field message } } }";

const STEPS: &str =
    "query($partner: ID!) { partner(id: $partner) { state version onboarding { steps {
    nodes { id version state key }
} } } }";

/// The step of that key, as it is now: id and version.
async fn step(someone: &Someone<'_>, partner: &Value, key: &str) -> Value {
    let data = someone.ask(STEPS, json!({ "partner": partner })).await;
    let steps = data["partner"]["onboarding"]["steps"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    steps.into_iter().find(|step| step["key"] == key).unwrap()
}

fn hand_in(step: &Value, more: &Value) -> Value {
    let mut input = json!({ "id": step["id"], "expectedVersion": step["version"] });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    json!({ "input": input })
}

#[expect(clippy::too_many_lines, reason = "it is one story")]
#[tokio::test]
async fn a_company_applies_and_becomes_an_active_partner() {
    for portal in Portal::each().await {
        portal.plan(PLAN).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let nobody = portal.nobody();
        let email = "jana.roth@bergwind.example";

        // She applies, and reviewers hear of it once the address is confirmed.
        let variables = json!({ "company": company(), "email": email });
        let applied = nobody.act(APPLY, variables).await;
        assert_eq!(applied["application"]["state"], "APPLIED");
        assert!(
            portal
                .letters()
                .await
                .iter()
                .all(|it| it.kind != "application_to_review")
        );
        let token = portal.token("confirm_email", email).await;
        nobody
            .act(
                "mutation($token: String!) { partnerApplicationConfirm(input: { token: $token }) {
                    application { state } userErrors { code } } }",
                json!({ "token": token }),
            )
            .await;
        portal
            .letter("application_to_review", "paula@lumen.example")
            .await;
        let received = portal.letter("application_received", email).await;
        assert_eq!(received.subject, "Ihre Bewerbung ist da");
        assert!(
            received.text.contains("Guten Tag"),
            "a German letter: {}",
            received.text
        );

        // The reviewer asks for a better reason, and she mends it by the letter's link.
        let found = paula
            .ask(
                "{ partnerApplications { totalCount nodes { id version state contactEmail } } }",
                json!({}),
            )
            .await;
        let application = &found["partnerApplications"]["nodes"][0];
        assert_eq!(found["partnerApplications"]["totalCount"], 1);
        let variables = json!({ "input": {
            "id": application["id"], "expectedVersion": application["version"],
            "fields": ["why"], "reason": "Tell us about your customers.",
        } });
        let asked = paula
            .act(
                "mutation($input: PartnerApplicationRequestChangesInput!) {
                    partnerApplicationRequestChanges(input: $input) {
                        application { state version } userErrors { code field message } } }",
                variables.clone(),
            )
            .await;
        assert_eq!(asked["application"]["state"], "ACTION_REQUIRED");
        let token = portal.token("application_needs_changes", email).await;
        let open = nobody
            .ask(
                "query($token: String!) { partnerApplicationByToken(token: $token) { legalName why } }",
                json!({ "token": token }),
            )
            .await;
        assert_eq!(
            open["partnerApplicationByToken"]["legalName"],
            "Bergwind Systeme GmbH"
        );
        let mut mended = company();
        mended["why"] = json!("Forty hospitals ask for it.");
        nobody
            .act(
                "mutation($token: String!, $company: CompanyInput!) {
                    partnerApplicationResubmit(input: { token: $token, company: $company }) {
                        application { state } userErrors { code field message } } }",
                json!({ "token": token, "company": mended }),
            )
            .await;

        // She is let in, takes her seat, and is welcomed with the plan.
        let found = paula
            .ask(
                "{ partnerApplications { nodes { id version why } } }",
                json!({}),
            )
            .await;
        let application = &found["partnerApplications"]["nodes"][0];
        assert_eq!(application["why"], "Forty hospitals ask for it.");
        let approved = paula
            .act(
                "mutation($input: PartnerApplicationApproveInput!) {
                    partnerApplicationApprove(input: $input) {
                        partner { id state owner { name } } application { state }
                        userErrors { code field message } } }",
                json!({ "input": {
                    "id": application["id"], "expectedVersion": application["version"],
                    "region": "EMEA",
                } }),
            )
            .await;
        assert_eq!(approved["partner"]["state"], "ONBOARDING");
        assert_eq!(approved["partner"]["owner"]["name"], "Paula");
        let partner = approved["partner"]["id"].clone();
        let token = portal.token("invitation", email).await;
        let joined = nobody
            .act(
                "mutation($token: String!, $password: String!) {
                    invitationAccept(input: { token: $token, password: $password }) {
                        person { name email } tokens { accessToken } userErrors { code message } } }",
                json!({ "token": token, "password": PASSWORD }),
            )
            .await;
        assert_eq!(joined["person"]["email"], email);
        let jana = portal.someone(email);
        let welcome = portal.letter("onboarding_welcome", email).await;
        assert!(
            welcome.text.contains("Tell us about your business"),
            "{}",
            welcome.text
        );

        // The last administrator can be neither demoted nor let go.
        let seats = jana
            .ask(
                "query($partner: ID!) { partner(id: $partner) { memberships { nodes { id version role } } } }",
                json!({ "partner": partner }),
            )
            .await;
        let seat = &seats["partner"]["memberships"]["nodes"][0];
        let refused = jana
            .refused(
                "mutation($id: ID!, $version: Int!) { memberChangeRole(input: {
                    id: $id, expectedVersion: $version, role: PARTNER_MEMBER
                }) { userErrors { code field } } }",
                json!({ "id": seat["id"], "version": seat["version"] }),
            )
            .await;
        assert_eq!(refused, [("LAST_ADMIN".to_owned(), String::new())]);

        // A reminder comes three days before the due day, once.
        portal.pass(TimeDelta::days(5));
        portal.letter("step_due_soon", email).await;
        portal.pass(TimeDelta::days(4));
        portal.letter("step_overdue", "paula@lumen.example").await;
        let reminders = portal.letters().await;
        let count = |kind: &str| {
            reminders
                .iter()
                .filter(|it| it.kind == kind && it.to == email)
                .count()
        };
        assert_eq!((count("step_due_soon"), count("step_overdue")), (1, 1));

        // Handed in, returned, handed in again, signed off: what waited opens.
        let submit =
            "mutation($input: OnboardingStepHandInInput!) { onboardingStepSubmit(input: $input) {
            step { id state version } userErrors { code field message } } }";
        let profile = step(&jana, &partner, "profile").await;
        assert_eq!(step(&jana, &partner, "agreement").await["state"], "LOCKED");
        let many = json!({ "answers": [{ "question": "employees", "value": "many" }] });
        let refused = jana.refused(submit, hand_in(&profile, &many)).await;
        assert_eq!(refused[0].0, "INVALID_ANSWER", "{refused:?}");
        let forty = json!({ "answers": [{ "question": "employees", "value": "40" }] });
        let submitted = jana.act(submit, hand_in(&profile, &forty)).await;
        assert_eq!(submitted["step"]["state"], "SUBMITTED");
        let returned = paula
            .act(
                "mutation($input: OnboardingStepReviewInput!) { onboardingStepReturn(input: $input) {
                    step { id state version } userErrors { code field message } } }",
                hand_in(&submitted["step"], &json!({ "reason": "Count the interns too.", "fields": ["employees"] })),
            )
            .await;
        assert_eq!(returned["step"]["state"], "RETURNED");
        let letter = portal.letter("step_returned", email).await;
        assert!(
            letter.text.contains("Count the interns too."),
            "{}",
            letter.text
        );
        let submitted = jana.act(submit, hand_in(&returned["step"], &forty)).await;
        let sign_off =
            "mutation($input: OnboardingStepReviewInput!) { onboardingStepSignOff(input: $input) {
            step { id state } userErrors { code field message } } }";
        let stale =
            json!({ "input": { "id": profile["id"], "expectedVersion": profile["version"] } });
        let conflict = paula.refused(sign_off, stale).await;
        assert!(
            ["CONFLICT", "ALREADY_DECIDED"].contains(&&*conflict[0].0),
            "{conflict:?}"
        );
        paula
            .act(sign_off, hand_in(&submitted["step"], &json!({})))
            .await;

        let agreement = step(&jana, &partner, "agreement").await;
        assert_eq!(agreement["state"], "OPEN");
        jana.act(
            submit,
            hand_in(&agreement, &json!({ "evidence": "Signed by Jana Roth." })),
        )
        .await;
        let kickoff = step(&paula, &partner, "kickoff").await;
        paula
            .act(
                "mutation($input: OnboardingStepHandInInput!) { onboardingStepComplete(input: $input) {
                    step { state } userErrors { code field message } } }",
                hand_in(&kickoff, &json!({ "evidence": "Held by video." })),
            )
            .await;

        // The last step makes the partner active, and the report counts it.
        let data = jana.ask(STEPS, json!({ "partner": partner })).await;
        assert_eq!(data["partner"]["state"], "ACTIVE");
        portal.letter("onboarding_complete", email).await;
        portal
            .letter("onboarding_complete", "paula@lumen.example")
            .await;
        portal.pass(TimeDelta::seconds(1));
        let report = paula
            .ask("{ onboardingReport { overall { count medianSeconds } steps { step took { count } } } }", json!({}))
            .await;
        assert_eq!(report["onboardingReport"]["overall"]["count"], 1);
        let nine_days = 9.0 * 86_400.0;
        assert_eq!(
            report["onboardingReport"]["overall"]["medianSeconds"],
            nine_days
        );
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn an_application_tells_all_its_faults_at_once() {
    for portal in Portal::each().await {
        let mut bad = company();
        bad["website"] = json!("bergwind");
        bad["country"] = json!("XX");
        bad["regions"] = json!(["MARS"]);
        let refused = portal
            .nobody()
            .refused(APPLY, json!({ "company": bad, "email": "nonsense" }))
            .await;
        let fields: Vec<_> = refused.iter().map(|(_, field)| field.as_str()).collect();
        assert_eq!(fields, ["website", "country", "regions.0", "contactEmail"]);
    }
}

#[tokio::test]
async fn of_two_reviewers_one_decides_and_the_other_is_told() {
    for portal in Portal::each().await {
        portal.plan(PLAN).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let otto = portal.staff("Otto", &[VendorRole::PartnerManager]).await;
        let variables = json!({ "company": company(), "email": "jana@bergwind.example" });
        portal.nobody().act(APPLY, variables).await;
        let token = portal.token("confirm_email", "jana@bergwind.example").await;
        portal
            .nobody()
            .act(
                "mutation($token: String!) { partnerApplicationConfirm(input: { token: $token }) {
                    userErrors { code } } }",
                json!({ "token": token }),
            )
            .await;
        let found = paula
            .ask(
                "{ partnerApplications { nodes { id version } } }",
                json!({}),
            )
            .await;
        let application = found["partnerApplications"]["nodes"][0].clone();
        let reject = "mutation($input: PartnerApplicationRejectInput!) {
            partnerApplicationReject(input: $input) { application { state } userErrors { code field message } } }";
        let input = json!({ "input": {
            "id": application["id"], "expectedVersion": application["version"],
            "reason": "Not this year.", "welcomeAgainOn": "2027-11-02",
        } });
        let (one, other) = tokio::join!(
            paula.ask(reject, input.clone()),
            otto.ask(reject, input.clone())
        );
        let errors = |answer: &Value| answer["partnerApplicationReject"]["userErrors"].clone();
        let (one, other) = (errors(&one), errors(&other));
        let lost = if one == json!([]) {
            other
        } else {
            assert_eq!(other, json!([]));
            one
        };
        assert_eq!(lost[0]["code"], "ALREADY_DECIDED", "{lost}");
        let message = lost[0]["message"].as_str().unwrap();
        assert!(
            message.contains("rejected it")
                && (message.contains("Paula") || message.contains("Otto")),
            "{message}"
        );
        portal
            .letter("application_rejected", "jana@bergwind.example")
            .await;
    }
}
