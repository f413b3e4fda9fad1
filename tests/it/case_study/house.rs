//! A house with case studies in it, and how its people and its customers use them.

use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use crate::support::team::{Team, whole};
use crate::support::wire::{Answer, Served};
use crate::support::{Portal, Someone};

/// A partner with two people, and two of staff who may review.
pub(super) struct House<'p> {
    pub(super) portal: &'p Portal,
    pub(super) team: Team<'p>,
    pub(super) paula: Someone<'p>,
    pub(super) otto: Someone<'p>,
}

impl<'p> House<'p> {
    pub(super) async fn new(portal: &'p Portal) -> Self {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let otto = portal.staff("Otto", &[VendorRole::EnablementManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        portal.keep_promises().await;
        portal.pass(chrono::TimeDelta::hours(1));
        Self {
            portal,
            team,
            paula,
            otto,
        }
    }

    /// A case study of the member's that says everything.
    pub(super) async fn written(&self, title: &str) -> Value {
        let ben = &self.team.member;
        let study = ben.begins(&self.team.partner, "en", title).await;
        ben.tells("Update", &study, whole("Bergwind")).await
    }

    /// The same, submitted.
    pub(super) async fn submitted(&self, title: &str) -> Value {
        let study = self.written(title).await;
        self.team.member.tells("Submit", &study, json!({})).await
    }

    /// The same, approved.
    pub(super) async fn approved(&self, title: &str) -> Value {
        let study = self.submitted(title).await;
        self.paula.tells("Approve", &study, json!({})).await
    }

    /// The same, published with a consent on the customer's link; it and that link.
    pub(super) async fn published(&self, title: &str, served: &Served) -> (Value, String) {
        let study = self.approved(title).await;
        let link = self.asked(&study).await;
        assert_eq!(says(served, &link, "answer=yes&note=").await.status, 303);
        (self.paula.tells("Publish", &study, json!({})).await, link)
    }

    /// The same in another language, approved.
    pub(super) async fn translated(&self, original: &Value, locale: &str, title: &str) -> Value {
        let ben = &self.team.member;
        let input = json!({
            "partner": self.team.partner, "locale": locale, "title": title,
            "translationOf": original["id"],
        });
        let begun = ben
            .act(
                "mutation($input: CaseStudyCreateInput!) { caseStudyCreate(input: $input) {
                    caseStudy { id version } userErrors { code field message } } }",
                json!({ "input": input }),
            )
            .await;
        let study = ben
            .tells("Update", &begun["caseStudy"], whole("Bergwind"))
            .await;
        let study = ben.tells("Submit", &study, json!({})).await;
        self.paula.tells("Approve", &study, json!({})).await
    }

    /// Asks the customer; the path of the link in the letter.
    pub(super) async fn asked(&self, study: &Value) -> String {
        let email = "kim@hotel.example";
        // The letters of two questions at one instant could not be told apart.
        self.portal.pass(chrono::TimeDelta::seconds(1));
        let ben = &self.team.member;
        ben.asks_for_consent(study, "Kim Kessler", email).await;
        let letter = self.portal.letter("consent_asked", email).await;
        let (_, rest) = letter
            .text
            .split_once("https://partners.lumen.example/consent/")
            .unwrap();
        format!("/consent/{}", rest.split_whitespace().next().unwrap())
    }

    /// A case study, as that person sees it.
    pub(super) async fn seen(&self, who: &Someone<'_>, study: &Value) -> Value {
        let mut found = who
            .ask(
                "query($id: ID!) { node(id: $id) { ... on CaseStudy {
                    id version state title slug closedReason publishedAt
                    consents { nodes { id version state method note withdrawnReason } }
                    verdicts { nodes { outcome reason fields comments { field text } } }
                    contributors { nodes { person { name } } } } } }",
                json!({ "id": study["id"] }),
            )
            .await;
        found["node"].take()
    }
}

pub(super) async fn get(served: &Served, path: &str) -> Answer {
    served.send(&format!("GET {path} HTTP/1.1"), "").await
}

/// What a browser sends for the form of the page.
pub(super) async fn says(served: &Served, link: &str, form: &str) -> Answer {
    let head = format!("POST {link} HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded");
    served.send(&head, form).await
}

/// Case studies as somebody sees them who did not sign in: their titles.
pub(super) async fn public(portal: &Portal) -> Vec<String> {
    let found = portal
        .nobody()
        .ask("{ caseStudies { totalCount nodes { title } } }", json!({}))
        .await;
    let nodes = found["caseStudies"]["nodes"].as_array().unwrap();
    assert_eq!(found["caseStudies"]["totalCount"], nodes.len());
    let titles = nodes.iter().map(|it| it["title"].as_str().unwrap());
    titles.map(str::to_owned).collect()
}
