//! Partners with people in them, made the way a front end makes them.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{PASSWORD, Portal, Someone};

/// A partner on its way, with everything that a partner can have by then.
#[derive(Debug)]
pub(crate) struct Team<'p> {
    /// The partner's id.
    pub(crate) partner: String,
    /// Its administrator.
    pub(crate) admin: Someone<'p>,
    /// Its other member.
    pub(crate) member: Someone<'p>,
}

/// A plan of its own, so that not even the template is shared.
fn plan(brand: &str) -> String {
    let slug = brand.to_lowercase();
    format!(
        r"
slug: {slug}
name: First steps of {brand}
locale: en
steps:
  - key: profile
    title: Tell us about {brand}
    instructions: Fill in the form of {brand}.
    performer: PARTNER
    dueDays: 7
    rule: {{ kind: FORM_FILLED }}
    questions:
      - {{ key: {slug}-size, label: How many work at {brand}?, type: TEXT, required: true }}
    needsReview: true
  - key: agreement
    title: Accept the agreement of {brand}
    performer: PARTNER
    dueDays: 14
    requires: [profile]
    rule: {{ kind: AGREEMENT_ACCEPTED, agreement: {slug}-agreement, version: '1' }}
  - key: kickoff
    title: Meet {brand}
    performer: VENDOR
    dueDays: 21
    rule: {{ kind: MEETING_HELD, meeting: kickoff-{slug} }}
"
    )
}

/// The answers of a company to the application form.
pub(crate) fn company(brand: &str) -> Value {
    let host = brand.to_lowercase();
    json!({
        "legalName": format!("{brand} GmbH"), "website": format!("https://www.{host}.example/"),
        "country": "DE", "kind": "RESELLER", "regions": ["EMEA"],
        "timeZone": "Europe/Berlin", "locale": "en", "contactName": format!("Anna {brand}"),
        "why": format!("The customers of {brand} ask for it."),
    })
}

/// The only object of a mutation's payload, by its name.
fn taken(mut payload: Value, name: &str) -> Value {
    payload[name].take()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl<'p> Portal {
    /// Sends an application, and confirms its address; its id and version.
    pub(crate) async fn applied(&self, brand: &str) -> Value {
        let email = format!("anna@{}.example", brand.to_lowercase());
        let nobody = self.nobody();
        nobody
            .act(
                "mutation($company: CompanyInput!, $email: String!) { partnerApply(input: {
                    company: $company, contactEmail: $email, termsVersion: \"1\", acceptsTerms: true
                }) { userErrors { code field message } } }",
                json!({ "company": company(brand), "email": email }),
            )
            .await;
        let token = self.token("confirm_email", &email).await;
        let confirmed = nobody
            .act(
                "mutation($token: String!) { partnerApplicationConfirm(input: { token: $token }) {
                    application { id version } userErrors { code field message } } }",
                json!({ "token": token }),
            )
            .await;
        taken(confirmed, "application")
    }

    /// Takes the seat that was offered to that address.
    pub(crate) async fn accepted(&'p self, email: &str) -> Someone<'p> {
        let token = self.token("invitation", email).await;
        self.nobody()
            .act(
                "mutation($token: String!, $password: String!) {
                    invitationAccept(input: { token: $token, password: $password }) {
                        userErrors { code field message } } }",
                json!({ "token": token, "password": PASSWORD }),
            )
            .await;
        self.someone(email)
    }

    /// A company applies, is asked to mend its application, and is let in by `manager`. Two people
    /// take their seats; one invitation is open and one withdrawn; of the steps one was returned
    /// and handed in again, and one is done.
    pub(crate) async fn team(&'p self, manager: &Someone<'p>, brand: &str) -> Team<'p> {
        let host = brand.to_lowercase();
        self.plan(&plan(brand)).await;
        let draft = json!({ "yaml": plan(brand).replace("First steps", "Next steps") });
        manager
            .act(
                "mutation($plan: OnboardingPlanSource!) { onboardingPlanSave(input: { plan: $plan }) {
                    userErrors { code field message } } }",
                json!({ "plan": draft }),
            )
            .await;
        let application = self.applied(brand).await;
        let application = self.mended(manager, brand, &application).await;
        let plans = manager
            .ask(
                "query($slug: String!) { onboardingPlans(filter: { slug: { eq: $slug } }) { nodes {
                    versions(filter: { state: { eq: PUBLISHED } }) { nodes { id } } } } }",
                json!({ "slug": host }),
            )
            .await;
        let approved = manager
            .act(
                "mutation($input: PartnerApplicationApproveInput!) {
                    partnerApplicationApprove(input: $input) {
                        partner { id } userErrors { code field message } } }",
                json!({ "input": {
                    "id": application["id"], "expectedVersion": application["version"],
                    "region": "EMEA", "reason": format!("Welcome, {brand}."),
                    "planVersion": plans["onboardingPlans"]["nodes"][0]["versions"]["nodes"][0]["id"],
                } }),
            )
            .await;
        let partner = text(&approved["partner"]["id"]);
        let admin = self.accepted(&format!("anna@{host}.example")).await;
        for name in ["Ben", "Cleo", "Dana"] {
            admin
                .invite(
                    &partner,
                    name,
                    &format!("{}@{host}.example", name.to_lowercase()),
                )
                .await;
        }
        let member = self.accepted(&format!("ben@{host}.example")).await;
        admin
            .withdraw(&partner, &format!("dana@{host}.example"))
            .await;
        self.pass(TimeDelta::minutes(1));

        let profile = admin.step(&partner, "profile").await;
        let answers =
            json!([{ "question": format!("{host}-size"), "value": format!("All of {brand}") }]);
        let submitted = admin.submit(&profile, json!({ "answers": answers })).await;
        let reason = format!("Count again, {brand}.");
        let returned = manager
            .act(
                "mutation($input: OnboardingStepReviewInput!) { onboardingStepReturn(input: $input) {
                    step { id version } userErrors { code field message } } }",
                json!({ "input": {
                    "id": submitted["id"], "expectedVersion": submitted["version"], "reason": reason,
                } }),
            )
            .await;
        member
            .submit(&returned["step"], json!({ "answers": answers }))
            .await;
        let kickoff = manager.step(&partner, "kickoff").await;
        manager
            .act(
                "mutation($input: OnboardingStepHandInInput!) { onboardingStepComplete(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": {
                    "id": kickoff["id"], "expectedVersion": kickoff["version"],
                    "evidence": format!("Met {brand}."),
                } }),
            )
            .await;
        self.keep_promises().await;
        Team {
            partner,
            admin,
            member,
        }
    }

    /// The application, after its reviewer asked for changes and got them.
    async fn mended(&self, manager: &Someone<'_>, brand: &str, application: &Value) -> Value {
        manager
            .act(
                "mutation($input: PartnerApplicationRequestChangesInput!) {
                    partnerApplicationRequestChanges(input: $input) {
                        userErrors { code field message } } }",
                json!({ "input": {
                    "id": application["id"], "expectedVersion": application["version"],
                    "fields": ["why"], "reason": format!("What do you sell, {brand}?"),
                } }),
            )
            .await;
        let email = format!("anna@{}.example", brand.to_lowercase());
        let token = self.token("application_needs_changes", &email).await;
        let mut mended = company(brand);
        mended["why"] = json!(format!("{brand} sells to hospitals."));
        let again = self
            .nobody()
            .act(
                "mutation($token: String!, $company: CompanyInput!) {
                    partnerApplicationResubmit(input: { token: $token, company: $company }) {
                        application { id version } userErrors { code field message } } }",
                json!({ "token": token, "company": mended }),
            )
            .await;
        taken(again, "application")
    }
}

impl Someone<'_> {
    /// Offers a seat as a member.
    pub(crate) async fn invite(&self, partner: &str, name: &str, email: &str) {
        // The letters of two invitations at one instant could not be told apart.
        self.portal.pass(TimeDelta::seconds(1));
        self.act(
            "mutation($input: MemberInviteInput!) { memberInvite(input: $input) {
                userErrors { code field message } } }",
            json!({ "input": {
                "partner": partner, "name": format!("{name} of {email}"), "email": email,
                "role": "PARTNER_MEMBER",
            } }),
        )
        .await;
    }

    /// Takes an invitation back.
    async fn withdraw(&self, partner: &str, email: &str) {
        let found = self
            .ask(
                "query($partner: ID!, $email: EmailAddress!) { partner(id: $partner) {
                    invitations(filter: { email: { eq: $email } }) { nodes { id } } } }",
                json!({ "partner": partner, "email": email }),
            )
            .await;
        self.act(
            "mutation($id: ID!) { memberInvitationWithdraw(input: { id: $id }) {
                userErrors { code field message } } }",
            json!({ "id": found["partner"]["invitations"]["nodes"][0]["id"] }),
        )
        .await;
    }

    /// A step of the partner, as it is now.
    pub(crate) async fn step(&self, partner: &str, key: &str) -> Value {
        let mut found = self
            .ask(
                "query($partner: ID!, $key: String!) { partner(id: $partner) {
                    onboardingSteps(filter: { key: { eq: $key } }) { nodes { id version state } } } }",
                json!({ "partner": partner, "key": key }),
            )
            .await;
        found["partner"]["onboardingSteps"]["nodes"][0].take()
    }

    /// Hands a step in; it, as it is then.
    pub(crate) async fn submit(&self, step: &Value, more: Value) -> Value {
        let mut input = more;
        input["id"] = step["id"].clone();
        input["expectedVersion"] = step["version"].clone();
        let payload = self
            .act(
                "mutation($input: OnboardingStepHandInInput!) { onboardingStepSubmit(input: $input) {
                    step { id version state } userErrors { code field message } } }",
                json!({ "input": input }),
            )
            .await;
        taken(payload, "step")
    }

    /// The partner's seats, as this person sees them: id, version, role and whose.
    pub(crate) async fn seats(&self, partner: &str) -> Vec<Value> {
        let found = self
            .ask(
                "query($partner: ID!) { partner(id: $partner) { memberships { nodes {
                    id version role state person { email } } } } }",
                json!({ "partner": partner }),
            )
            .await;
        found["partner"]["memberships"]["nodes"]
            .as_array()
            .unwrap()
            .clone()
    }
}
