//! A library and how its people use it: by the API, as a front end does.

use serde_json::{Value, json};

use crate::support::Someone;

pub(super) const SAVE: &str = "mutation($input: AssetSaveInput!) { assetSave(input: $input) {
    asset { id version state } userErrors { code field message } } }";

pub(super) const PUBLISH: &str =
    "mutation($input: AssetPublishInput!) { assetPublish(input: $input) {
    asset { id version state newestVersion { number } } userErrors { code field message } } }";

pub(crate) const RETIRE: &str = "mutation($input: AssetRetireInput!) { assetRetire(input: $input) {
    asset { id version state } userErrors { code field message } } }";

pub(super) const DOWNLOAD: &str =
    "mutation($input: AssetDownloadInput!) { assetDownload(input: $input) {
    assetVersion { number url } userErrors { code field message } } }";

pub(super) const COLLECT: &str =
    "mutation($input: AssetCollectionSaveInput!) { assetCollectionSave(input: $input) {
    assetCollection { id version items { nodes { position asset { slug } } } }
    userErrors { code field message } } }";

/// What `assetSave` takes, with more or other fields.
pub(super) fn definition(slug: &str, more: &Value) -> Value {
    let mut input = json!({
        "slug": slug, "title": format!("All about {slug}"), "kind": "VIDEO", "locale": "en",
        "tags": ["sales"], "summary": "What to **show**.",
    });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

/// Saves an asset; it.
pub(crate) async fn saved(who: &Someone<'_>, slug: &str, more: &Value) -> Value {
    let input = definition(slug, more);
    let mut done = who.act(SAVE, json!({ "input": input })).await;
    done["asset"].take()
}

/// Publishes the next version of it; the asset as it is then.
pub(crate) async fn published(who: &Someone<'_>, asset: &Value, note: &str) -> Value {
    let input = json!({
        "id": asset["id"], "expectedVersion": asset["version"], "changeNote": note,
        "content": { "url": "https://film.lumen.example/1" },
    });
    let mut done = who.act(PUBLISH, json!({ "input": input })).await;
    done["asset"].take()
}

/// Downloads it; the number of the version that they have now.
pub(super) async fn downloaded(who: &Someone<'_>, asset: &Value) -> i64 {
    let input = json!({ "id": asset["id"] });
    let done = who.act(DOWNLOAD, json!({ "input": input })).await;
    done["assetVersion"]["number"].as_i64().unwrap()
}

/// Slugs of the assets that they see.
pub(super) async fn shelf(who: &Someone<'_>) -> Vec<String> {
    let data = who.ask("{ assets { nodes { slug } } }", json!({})).await;
    let rows = data["assets"]["nodes"].as_array().unwrap();
    rows.iter()
        .map(|row| row["slug"].as_str().unwrap().to_owned())
        .collect()
}
