//! What happens to a playbook, by the API, as a front end does it.

use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use crate::support::{Portal, Someone};

/// The two who look after playbooks: one writes, the other reviews.
pub(super) async fn authors(portal: &Portal) -> (Someone<'_>, Someone<'_>) {
    let role = [VendorRole::EnablementManager];
    let elena = portal.staff("Elena", &role).await;
    let rita = portal.staff("Rita", &role).await;
    (elena, rita)
}

/// A playbook of one section in one language, for everybody.
pub(super) fn small(slug: &str, days: Option<u32>, body: &str) -> String {
    let days = days.map_or_else(String::new, |days| {
        format!("acknowledgeWithinDays: {days}\n")
    });
    format!(
        "slug: {slug}\nlocale: en\n{days}texts: {{ en: {{ title: Small plays }} }}\nsections:\n  \
         - {{ key: one, kind: PLAY, texts: {{ en: {{ title: One, body: {} }} }} }}\n",
        json!(body)
    )
}

pub(super) const SAVE: &str = "mutation($input: PlaybookSaveInput!) { playbookSave(input: $input) {
    playbookVersion { id version number state playbook { id version } }
    userErrors { code field message } } }";

/// A mutation about a version, by its name.
pub(super) fn verb(name: &str) -> String {
    let input = match name {
        "playbookAccept" | "playbookRequestChanges" => "PlaybookReviewInput",
        _ => "PlaybookVersionInput",
    };
    format!(
        "mutation($input: {input}!) {{ {name}(input: $input) {{
            playbookVersion {{ id version number state playbook {{ id version }} }}
            userErrors {{ code field message }} }} }}"
    )
}

pub(super) fn of(version: &Value) -> Value {
    json!({ "input": { "id": version["id"], "expectedVersion": version["version"] } })
}

pub(super) const ACKNOWLEDGE: &str =
    "mutation($id: ID!) { playbookAcknowledge(input: { id: $id }) {
    playbookVersion { acknowledgedAt } userErrors { code field message } } }";

impl Someone<'_> {
    /// Saves a draft, over `draft` where there is one.
    pub(super) async fn writes(&self, yaml: &str, draft: Option<&Value>) -> Value {
        let version = draft.map(|draft| draft["version"].clone());
        let input = json!({ "yaml": yaml, "expectedVersion": version });
        let mut saved = self.act(SAVE, json!({ "input": input })).await;
        saved["playbookVersion"].take()
    }

    /// Does something about a version; it, as it is then.
    pub(super) async fn does(&self, name: &str, version: &Value) -> Value {
        let mut done = self.act(&verb(name), of(version)).await;
        done["playbookVersion"].take()
    }

    /// Code of the refusal.
    pub(super) async fn may_not(&self, name: &str, version: &Value) -> String {
        self.refused(&verb(name), of(version)).await[0].0.clone()
    }

    pub(super) async fn acknowledges(&self, version: &Value) -> Value {
        let done = self.act(ACKNOWLEDGE, json!({ "id": version["id"] })).await;
        done["playbookVersion"]["acknowledgedAt"].clone()
    }
}

/// Writes, reviews and publishes; the version.
pub(super) async fn publish(author: &Someone<'_>, other: &Someone<'_>, yaml: &str) -> Value {
    let draft = author.writes(yaml, None).await;
    let submitted = author.does("playbookSubmit", &draft).await;
    let accepted = other.does("playbookAccept", &submitted).await;
    other.does("playbookPublish", &accepted).await
}
