//! Field notes of a team: one that waits for a reviewer, and one whose change does.

use serde_json::{Value, json};

use super::{Team, region};
use crate::support::{Portal, Someone};

/// Does what answers a field note; the note.
async fn act(who: &Someone<'_>, name: &str, input: &Value) -> Value {
    let capital = name[..1].to_uppercase() + &name[1..];
    let input_type = match name {
        "fieldNoteRequestChanges" => "FieldNoteReviewInput".to_owned(),
        _ => format!("{capital}Input"),
    };
    let query = format!(
        "mutation($input: {input_type}!) {{ {name}(input: $input) {{
            fieldNote {{ id version }} userErrors {{ code field message }} }} }}"
    );
    let mut done = who.act(&query, json!({ "input": input })).await;
    done["fieldNote"].take()
}

fn of(note: &Value, more: Value) -> Value {
    let mut input = more;
    input["id"] = note["id"].clone();
    input["expectedVersion"] = note["version"].clone();
    input
}

impl Portal {
    /// A note of the member, which was to be mended and waits for a reviewer again.
    pub(super) async fn noted(&self, team: &Team<'_>, brand: &str) {
        let teacher = self.teacher().await;
        let slug = brand.to_lowercase();
        let content = json!({
            "title": format!("Ask {brand} first"), "text": format!("We at {brand} learned it."),
            "tags": [slug], "locale": "en", "course": format!("{slug}-tour"),
        });
        let new = json!({ "partner": team.partner, "content": content });
        let note = act(&team.member, "fieldNoteSubmit", &new).await;
        let why = json!({ "reason": format!("What did {brand} learn?"), "fields": ["text"] });
        let note = act(&teacher, "fieldNoteRequestChanges", &of(&note, why)).await;
        let mended = of(&note, json!({ "content": content }));
        act(&team.member, "fieldNoteResubmit", &mended).await;
    }

    /// A note of the member that is published for the team's region, and what is to take its place.
    pub(super) async fn noted_anew(&self, team: &Team<'_>, brand: &str) {
        let teacher = self.teacher().await;
        let slug = brand.to_lowercase();
        let mut content = json!({
            "title": format!("Call {brand} early"), "text": format!("{brand} calls at nine."),
            "tags": [slug], "locale": "en", "playbook": format!("{slug}-plays"),
        });
        let new = json!({ "partner": team.partner, "content": content });
        let note = act(&team.member, "fieldNoteSubmit", &new).await;
        let audience = json!({ "audience": { "regions": [region(brand)] } });
        let note = act(&teacher, "fieldNoteAccept", &of(&note, audience)).await;
        content["text"] = json!(format!("{brand} calls at eight by now."));
        let changed = of(&note, json!({ "content": content }));
        act(&team.member, "fieldNoteResubmit", &changed).await;
    }
}
