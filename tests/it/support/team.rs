//! Partners with people in them, made the way a front end makes them.

mod field_notes;

use chrono::TimeDelta;
use entente::auth::Actor;
use entente::playbook::author::publish_document;
use entente::program::announce;
use entente::shape::global_id;
use entity::person;
use entity::staff_role::VendorRole;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
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

/// The region of a partner, which the courses below are meant for: of two partners neither is
/// offered what is for the other, so that even the vendor's courses tell them apart.
fn region(brand: &str) -> &'static str {
    if brand == "Quarzwerk" { "APAC" } else { "EMEA" }
}

/// A course for the brand's region alone: a text, and a quiz where it is `tested`.
fn course(brand: &str, name: &str, tested: bool) -> String {
    let slug = brand.to_lowercase();
    let quiz = format!(
        "
      - key: test
        title: Test on {brand}
        minutes: 5
        kind: QUIZ
        quiz:
          passPercent: 100
          pools:
            - questions:
                - key: who
                  text: Who is {brand}?
                  kind: SINGLE
                  feedback: Ask {brand}.
                  choices:
                    - {{ key: us, text: We of {brand}, correct: true }}
                    - {{ key: them, text: They at {brand} }}"
    );
    format!(
        "
slug: {slug}-{name}
title: The {name} of {brand}
summary: What {brand} teaches as {name}.
locale: en
audience: {{ regions: [{region}] }}
modules:
  - key: start
    title: How {brand} begins
    lessons:
      - key: read
        title: Read about {brand}
        minutes: 5
        kind: TEXT
        body: All about the {name} of {brand}.{}
",
        if tested { quiz.as_str() } else { "" },
        region = region(brand),
    )
}

/// A picture of one pixel.
pub(crate) const PIXEL: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0dIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82";
/// A playbook for the brand's region alone, which nobody is asked to acknowledge.
fn playbook(brand: &str) -> String {
    let slug = brand.to_lowercase();
    format!(
        "
slug: {slug}-plays
locale: en
audience: {{ regions: [{region}] }}
texts:
  en: {{ title: The plays of {brand}, summary: How {brand} sells, changes: New at {brand}. }}
sections:
  - key: {slug}-call
    kind: PLAY
    texts: {{ en: {{ title: How {brand} calls, body: Call as {brand} does. }} }}
  - key: {slug}-offer
    kind: TEMPLATE
    texts: {{ en: {{ title: An offer of {brand}, body: 'Of {brand}: {{{{ partner.name }}}}' }} }}
",
        region = region(brand),
    )
}

/// The answers of a company to the application form.
pub(crate) fn company(brand: &str) -> Value {
    let host = brand.to_lowercase();
    json!({
        "legalName": format!("{brand} GmbH"), "website": format!("https://www.{host}.example/"),
        "country": "DE", "kind": "RESELLER", "regions": [region(brand)],
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

    /// Both stand under one program; each has an appeal, and was given a tier. That one of them went up all
    /// partners may read, unless it does not want that: here neither does.
    pub(crate) async fn measured(&self, paula: &Someone<'_>, teams: [(&Team<'_>, &str); 2]) {
        let petra = self.staff("Petra", &[VendorRole::ProgramManager]).await;
        for (team, _) in teams {
            let hide = "mutation($input: PartnerHideAdvancementInput!) { partnerHideAdvancement(input: $input) {
                userErrors { code field message } } }";
            let found = paula
                .ask(
                    "query($id: ID!) { partner(id: $id) { version } }",
                    json!({ "id": team.partner }),
                )
                .await;
            let version = &found["partner"]["version"];
            let input = json!({ "id": team.partner, "hidden": true, "expectedVersion": version });
            team.admin.act(hide, json!({ "input": input })).await;
        }
        let program = "{slug: ladder, name: Ladder, locale: en, tracks: [{key: all, name: All, tiers: \
                       [{key: bronze, name: Bronze}, {key: gold, name: Gold, requires: [{metric: one, \
                       atLeast: 2}]}]}], metrics: {one: {measure: {of: deals}}}, \
                       tests: [{name: Nothing is Bronze, asOf: 2026-06-30, expect: {tiers: {all: bronze}}}]}";
        let op = self.app.op(Actor::System);
        announce::announce_document(&op, program.to_owned(), String::new(), None)
            .await
            .unwrap();
        self.keep_promises().await;
        for (team, brand) in teams {
            let found = team
                .admin
                .ask("{ standings { nodes { id } } }", json!({}))
                .await;
            let standing = &found["standings"]["nodes"][0]["id"];
            let reason = format!("{brand} has won more.");
            let appeal = "mutation($input: AppealSubmitInput!) { appealSubmit(input: $input) {
                userErrors { code field message } } }";
            let input = json!({ "standing": standing, "reason": reason });
            team.admin.act(appeal, json!({ "input": input })).await;
            let propose = "mutation($input: StandingOverrideProposeInput!) { standingOverridePropose(input: $input) {
                standingOverride { id version } userErrors { code field message } } }";
            let input = json!({
                "standing": standing, "tier": "gold", "endsOn": "2027-01-31", "reason": reason,
            });
            let proposed = paula.act(propose, json!({ "input": input })).await;
            let given = &proposed["standingOverride"];
            let approve = "mutation($input: StandingOverrideReviewInput!) { standingOverrideApprove(input: $input) {
                userErrors { code field message } } }";
            let input = json!({ "id": given["id"], "expectedVersion": given["version"] });
            petra.act(approve, json!({ "input": input })).await;
        }
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
    /// and handed in again, and one is done. The member learns what the administrator and they
    /// themselves want, and holds a certificate.
    #[expect(clippy::too_many_lines, reason = "everything that a partner can have")]
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
                    "region": region(brand), "reason": format!("Welcome, {brand}."),
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
        let logo = admin
            .upload(&format!("{brand}.png"), PIXEL, Some(&partner))
            .await;
        admin
            .act(
                "mutation($partner: ID!, $logo: ID!, $version: Int!) { partnerUpdate(input: {
                    id: $partner, logo: $logo, expectedVersion: $version
                }) { userErrors { code field message } } }",
                json!({ "partner": partner, "logo": logo, "version": 1 }),
            )
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
        let team = Team {
            partner,
            admin,
            member,
        };
        self.learned(&team, brand).await;
        self.played(&team, brand).await;
        self.wrote(&team, manager, brand).await;
        self.shared(&team, brand).await;
        self.noted(&team, brand).await;
        self.noted_anew(&team, brand).await;
        self.keep_promises().await;
        team
    }

    /// A case study of the member's, with the administrator as its co-author: it was to be mended, is
    /// under review again, and waits for its customer's consent.
    async fn wrote(&self, team: &Team<'_>, manager: &Someone<'_>, brand: &str) {
        let title = format!("How {brand} helps");
        let study = team.member.begins(&team.partner, "en", &title).await;
        let anna = team.admin.me().await;
        let study = team
            .member
            .tells("SetCoAuthors", &study, json!({ "people": [anna] }))
            .await;
        let study = team.member.tells("Update", &study, whole(brand)).await;
        let study = team.member.tells("Submit", &study, json!({})).await;
        let comments = json!([{ "field": "results", "text": format!("Measured by {brand}?") }]);
        let reason = format!("Tell more of {brand}.");
        let changes = json!({ "reason": reason, "comments": comments });
        let study = manager.tells("RequestChanges", &study, changes).await;
        let study = team.member.tells("Submit", &study, json!({})).await;
        let email = format!("kim@customer-of-{}.example", brand.to_lowercase());
        team.member
            .asks_for_consent(&study, &format!("Kim of {brand}"), &email)
            .await;
    }

    /// Who writes the courses, reviews evidence and manages certificates.
    async fn teacher(&self) -> Someone<'_> {
        let email = "enno@lumen.example";
        let known = person::Entity::find()
            .filter(person::Column::Email.eq(email))
            .one(self.app.db.reader())
            .await
            .unwrap();
        match known {
            Some(_) => self.someone(email),
            None => self.staff("Enno", &[VendorRole::EnablementManager]).await,
        }
    }

    /// Courses, a path and certifications for the team's region. The member is on a course that was
    /// assigned, has failed its quiz once and is at it again; holds a certificate whose name was
    /// corrected; and has evidence under review that was to be mended. The administrator is to earn
    /// a certificate for the partner.
    async fn learned(&self, team: &Team<'_>, brand: &str) {
        let teacher = self.teacher().await;
        let slug = brand.to_lowercase();
        let basics = teacher.teach(&course(brand, "basics", true)).await;
        let tour = teacher.teach(&course(brand, "tour", false)).await;
        teacher
            .save_course(&course(brand, "basics", true).replace("The basics", "New basics"))
            .await;
        let audience = json!({ "regions": [region(brand)] });
        teacher
            .act(
                "mutation($input: LearningPathSaveInput!) { learningPathSave(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": {
                    "slug": format!("{slug}-path"), "title": format!("The way of {brand}"),
                    "summary": format!("It leads to {brand}."), "locale": "en", "audience": audience,
                    "courses": [format!("{slug}-basics"), format!("{slug}-tour")],
                } }),
            )
            .await;
        let seller = json!({ "courses": [format!("{slug}-tour")] });
        let seller = teacher.certify(brand, "seller", &audience, seller).await;
        let proof = json!({
            "courses": [format!("{slug}-basics")], "evidence": format!("A project of {brand}."),
        });
        let proof = teacher.certify(brand, "proof", &audience, proof).await;

        let member = team.member.me().await;
        let assigned = json!({ "course": basics["course"]["id"] });
        team.admin.assign(&team.partner, &member, assigned).await;
        let admin = team.admin.me().await;
        let assigned = json!({ "certification": proof });
        team.admin.assign(&team.partner, &admin, assigned).await;

        let enrollment = team.member.enrollment(&basics["course"]["id"]).await;
        team.member
            .learn(&enrollment, lesson(&basics, "read"))
            .await;
        let attempt = team
            .member
            .try_quiz(&enrollment, lesson(&basics, "test"))
            .await;
        team.member
            .act(
                "mutation($attempt: ID!) { quizSubmit(input: { attempt: $attempt, answers: [
                    { question: \"who\", choices: [\"them\"] }
                ] }) { userErrors { code field message } } }",
                json!({ "attempt": attempt }),
            )
            .await;
        team.member
            .try_quiz(&enrollment, lesson(&basics, "test"))
            .await;

        team.member.pursue(&seller).await;
        let enrollment = team.member.enrollment(&tour["course"]["id"]).await;
        team.member.learn(&enrollment, lesson(&tour, "read")).await;
        let certificate = teacher.issued(&seller).await;
        teacher
            .act(
                "mutation($input: CertificateCorrectNameInput!) { certificateCorrectName(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": {
                    "id": certificate["id"], "expectedVersion": certificate["version"],
                    "holder": format!("Benjamin of {brand}"),
                    "reason": format!("The register of {brand} says so."),
                } }),
            )
            .await;

        let period = team.member.pursue(&proof).await;
        let evidence = team
            .member
            .prove(&period, format!("What {brand} did."), None)
            .await;
        let mended = teacher
            .act(
                "mutation($input: EvidenceReviewInput!) { evidenceRequestChanges(input: $input) {
                    evidence { id version } userErrors { code field message } } }",
                json!({ "input": {
                    "id": evidence["id"], "expectedVersion": evidence["version"],
                    "reason": format!("Show more of {brand}."), "fields": ["text"],
                } }),
            )
            .await;
        let version = mended["evidence"]["version"].as_i64();
        team.member
            .prove(&period, format!("What else {brand} did."), version)
            .await;
    }

    /// A playbook that the member knows, and the draft of its next version.
    async fn played(&self, team: &Team<'_>, brand: &str) {
        let op = self.app.op(Actor::System);
        let version = publish_document(&op, &self.app.config.portal, playbook(brand))
            .await
            .unwrap();
        team.member
            .act(
                "mutation($id: ID!) { playbookAcknowledge(input: { id: $id }) {
                    userErrors { code field message } } }",
                json!({ "id": global_id("PlaybookVersion", version.0) }),
            )
            .await;
        self.teacher()
            .await
            .act(
                "mutation($yaml: String!) { playbookSave(input: { yaml: $yaml }) {
                    userErrors { code field message } } }",
                json!({ "yaml": playbook(brand).replace("The plays", "New plays") }),
            )
            .await;
    }

    /// Assets for the team's region: one in a collection beside a step, which the member has
    /// downloaded, and one with the partner's logo on it.
    async fn shared(&self, team: &Team<'_>, brand: &str) {
        let teacher = self.teacher().await;
        let slug = brand.to_lowercase();
        let audience = json!({ "regions": [region(brand)] });
        let saved = teacher
            .act(
                "mutation($input: AssetSaveInput!) { assetSave(input: $input) {
                    asset { id version } userErrors { code field message } } }",
                json!({ "input": {
                    "slug": format!("{slug}-film"), "title": format!("A film about {brand}"),
                    "summary": format!("It shows {brand}."), "kind": "VIDEO", "tags": [slug],
                    "locale": "en", "audience": audience,
                } }),
            )
            .await;
        teacher
            .act(
                "mutation($input: AssetPublishInput!) { assetPublish(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": {
                    "id": saved["asset"]["id"], "expectedVersion": saved["asset"]["version"],
                    "content": { "url": format!("https://film.{slug}.example/") },
                    "changeNote": format!("New at {brand}."),
                } }),
            )
            .await;
        teacher
            .act(
                "mutation($input: AssetCollectionSaveInput!) { assetCollectionSave(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": {
                    "slug": format!("{slug}-start"), "title": format!("First steps of {brand}"),
                    "summary": format!("What {brand} needs."), "locale": "en",
                    "audience": audience, "assets": [format!("{slug}-film")],
                    "pinnedSteps": ["profile"],
                } }),
            )
            .await;
        team.member
            .act(
                "mutation($id: ID!) { assetDownload(input: { id: $id }) {
                    userErrors { code field message } } }",
                json!({ "id": saved["asset"]["id"] }),
            )
            .await;
        let picture = teacher
            .upload(&format!("{brand}-sheet.png"), PIXEL, None)
            .await;
        let sheet = teacher
            .act(
                "mutation($input: AssetSaveInput!) { assetSave(input: $input) {
                    asset { id version } userErrors { code field message } } }",
                json!({ "input": {
                    "slug": format!("{slug}-sheet"), "title": format!("A sheet about {brand}"),
                    "kind": "DATASHEET", "locale": "en", "audience": audience,
                } }),
            )
            .await;
        teacher
            .act(
                "mutation($input: AssetPublishInput!) { assetPublish(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": {
                    "id": sheet["asset"]["id"], "expectedVersion": sheet["asset"]["version"],
                    "content": { "file": picture },
                    "zones": [{ "x": 0, "y": 0, "width": 500, "height": 500 }],
                } }),
            )
            .await;
        team.member
            .act(
                "mutation($input: AssetCoBrandInput!) { assetCoBrand(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": { "id": sheet["asset"]["id"], "partner": team.partner } }),
            )
            .await;
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

/// Everything that a case study has to say.
pub(crate) fn whole(brand: &str) -> Value {
    json!({
        "summary": format!("What {brand} did for a hotel."), "customer": format!("Hotel {brand}"),
        "industry": "HOSPITALITY", "region": region(brand), "products": [format!("{brand} Suite")],
        "challenge": format!("The keys of {brand} were lost."),
        "solution": format!("**{brand}** put *locks* on the doors."),
        "outcome": format!("- No keys at {brand}\n- No queue"),
        "results": [{
            "label": format!("Time at the desk of {brand}"), "value": "−40", "unit": "%",
            "before": "5 min", "after": "3 min",
        }],
        "quote": format!("We would ask {brand} again."), "quoteBy": format!("Kim of {brand}"),
        "quoteRole": format!("Head of {brand}'s hotel"),
    })
}

/// The type of what the mutation takes.
fn takes(verb: &str) -> String {
    match verb {
        "Submit" | "TakeBack" | "TakeUp" | "Publish" => "CaseStudyInput".to_owned(),
        "Approve" | "RequestChanges" | "Decline" => "CaseStudyReviewInput".to_owned(),
        other => format!("CaseStudy{other}Input"),
    }
}

/// The mutation of that verb on the case study, and its variables.
pub(crate) fn case_study(verb: &str, study: &Value, more: Value) -> (String, Value) {
    let mut input = more;
    input["id"] = study["id"].clone();
    input["expectedVersion"] = study["version"].clone();
    let mutation = format!(
        "mutation($input: {}!) {{ caseStudy{verb}(input: $input) {{
            caseStudy {{ id version state slug }} userErrors {{ code field message }} }} }}",
        takes(verb)
    );
    (mutation, json!({ "input": input }))
}

/// A lesson's id, by its key.
fn lesson<'v>(version: &'v Value, key: &str) -> &'v Value {
    let lessons = version["lessons"]["nodes"].as_array().unwrap();
    &lessons.iter().find(|it| it["key"] == key).unwrap()["id"]
}

impl Someone<'_> {
    /// Saves the draft of a course; it, with its lessons.
    async fn save_course(&self, yaml: &str) -> Value {
        let saved = self
            .act(
                "mutation($yaml: String!) { courseSave(input: { course: { yaml: $yaml } }) {
                    courseVersion { id version course { id } lessons { nodes { id key } } }
                    userErrors { code field message } } }",
                json!({ "yaml": yaml }),
            )
            .await;
        taken(saved, "courseVersion")
    }

    /// Publishes a course.
    async fn teach(&self, yaml: &str) -> Value {
        let draft = self.save_course(yaml).await;
        self.act(
            "mutation($input: CoursePublishInput!) { coursePublish(input: $input) {
                userErrors { code field message } } }",
            json!({ "input": { "id": draft["id"], "expectedVersion": draft["version"] } }),
        )
        .await;
        draft
    }

    /// Saves a certification for a year; its id.
    async fn certify(&self, brand: &str, name: &str, audience: &Value, route: Value) -> Value {
        let mut saved = self
            .act(
                "mutation($input: CertificationSaveInput!) { certificationSave(input: $input) {
                    certification { id } userErrors { code field message } } }",
                json!({ "input": {
                    "slug": format!("{}-{name}", brand.to_lowercase()),
                    "title": format!("Certified {name} of {brand}"),
                    "summary": format!("Knows {brand} as {name}."),
                    "locale": "en", "audience": audience, "route": route, "validityMonths": 12,
                } }),
            )
            .await;
        saved["certification"]["id"].take()
    }

    /// Their own id.
    pub(crate) async fn me(&self) -> Value {
        let mut found = self.ask("{ viewer { person { id } } }", json!({})).await;
        found["viewer"]["person"]["id"].take()
    }

    /// Assigns something to a member, to be done in a month.
    pub(crate) async fn assign(&self, partner: &str, person: &Value, assigned: Value) {
        let due = self.portal.app.clock.now() + TimeDelta::days(30);
        self.act(
            "mutation($input: CourseAssignInput!) { courseAssign(input: $input) {
                userErrors { code field message } } }",
            json!({ "input": {
                "assigned": assigned, "partner": partner, "people": [person],
                "dueOn": due.date_naive(),
            } }),
        )
        .await;
    }

    /// Their enrollment on the course.
    async fn enrollment(&self, course: &Value) -> Value {
        let mut found = self
            .ask(
                "query($course: ID!) { enrollments(filter: { course: { eq: $course } }) {
                    nodes { id } } }",
                json!({ "course": course }),
            )
            .await;
        found["enrollments"]["nodes"][0]["id"].take()
    }

    /// Completes a lesson.
    async fn learn(&self, enrollment: &Value, lesson: &Value) {
        self.act(
            "mutation($input: LessonRecordInput!) { lessonRecord(input: $input) {
                userErrors { code field message } } }",
            json!({ "input": {
                "enrollment": enrollment, "lesson": lesson, "seconds": 60, "completed": true,
            } }),
        )
        .await;
    }

    /// Begins a quiz; the attempt's id.
    async fn try_quiz(&self, enrollment: &Value, lesson: &Value) -> Value {
        let mut begun = self
            .act(
                "mutation($input: QuizStartInput!) { quizStart(input: $input) {
                    attempt { id } userErrors { code field message } } }",
                json!({ "input": { "enrollment": enrollment, "lesson": lesson } }),
            )
            .await;
        begun["attempt"]["id"].take()
    }

    /// Goes for a certification; the period's id.
    async fn pursue(&self, certification: &Value) -> Value {
        let mut begun = self
            .act(
                "mutation($id: ID!) { certificationPursue(input: { certification: $id }) {
                    certificate { id } userErrors { code field message } } }",
                json!({ "id": certification }),
            )
            .await;
        begun["certificate"]["id"].take()
    }

    /// The only certificate of that certification.
    async fn issued(&self, certification: &Value) -> Value {
        let mut found = self
            .ask(
                "query($of: ID!) { certificates(filter: {
                    certification: { eq: $of }, issuedAt: { isNull: false }
                }) { nodes { id version } } }",
                json!({ "of": certification }),
            )
            .await;
        found["certificates"]["nodes"][0].take()
    }

    /// Submits evidence; it, as it is then.
    async fn prove(&self, certificate: &Value, text: String, version: Option<i64>) -> Value {
        let submitted = self
            .act(
                "mutation($input: EvidenceSubmitInput!) { evidenceSubmit(input: $input) {
                    evidence { id version } userErrors { code field message } } }",
                json!({ "input": {
                    "certificate": certificate, "text": text, "expectedVersion": version,
                } }),
            )
            .await;
        taken(submitted, "evidence")
    }

    /// Begins a case study.
    pub(crate) async fn begins(&self, partner: &str, locale: &str, title: &str) -> Value {
        let begun = self
            .act(
                "mutation($input: CaseStudyCreateInput!) { caseStudyCreate(input: $input) {
                    caseStudy { id version state } userErrors { code field message } } }",
                json!({ "input": { "partner": partner, "locale": locale, "title": title } }),
            )
            .await;
        taken(begun, "caseStudy")
    }

    /// Does something with a case study; it, as it is then.
    pub(crate) async fn tells(&self, verb: &str, study: &Value, more: Value) -> Value {
        let (mutation, variables) = case_study(verb, study, more);
        taken(self.act(&mutation, variables).await, "caseStudy")
    }

    /// Tries to; the codes and fields with which that is refused.
    pub(crate) async fn may_not_tell(
        &self,
        verb: &str,
        study: &Value,
        more: Value,
    ) -> Vec<(String, String)> {
        let (mutation, variables) = case_study(verb, study, more);
        self.refused(&mutation, variables).await
    }

    /// Asks a customer for their consent; the question.
    pub(crate) async fn asks_for_consent(&self, study: &Value, name: &str, email: &str) -> Value {
        let asked = self
            .act(
                "mutation($input: CaseStudyConsentAskInput!) { caseStudyConsentAsk(input: $input) {
                    consent { id version state } userErrors { code field message } } }",
                json!({ "input": {
                    "caseStudy": study["id"], "expectedVersion": study["version"],
                    "name": name, "email": email, "locale": "en",
                } }),
            )
            .await;
        taken(asked, "consent")
    }

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
