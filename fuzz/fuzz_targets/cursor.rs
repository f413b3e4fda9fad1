//! Cursors and ids as they come back from clients, through the whole of a query.

#![no_main]

use std::sync::LazyLock;

use async_graphql::{Request, Variables};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente::app::App;
use entente::auth::Actor;
use entente::clock::SystemClock;
use entente::config::{Args, Config};
use entente::graphql::document::{Document, Limits};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// By every kind of value that a list goes by.
const QUERY: &str = "query($after: String!, $id: ID!) {
    byTime: partnerApplications(first: 1, after: $after) { nodes { id } }
    byName: partners(first: 1, after: $after, orderBy: [{ field: DISPLAY_NAME }]) { nodes { id } }
    node(id: $id) { id } }";

struct Portal {
    app: App,
    runtime: Runtime,
    _data: tempfile::TempDir,
}

static PORTAL: LazyLock<Portal> = LazyLock::new(|| {
    let data = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let args = Args {
        data: Some(data.path().into()),
        ..Args::default()
    };
    let config = Config::read(&args, None::<(&str, String)>).expect("the defaults");
    let app = runtime.block_on(async {
        let app = App::open(config, std::sync::Arc::new(SystemClock))
            .await
            .expect("a portal");
        app.db.migrate().await.expect("a schema");
        app
    });
    Portal {
        app,
        runtime,
        _data: data,
    }
});

fuzz_target!(|input: (&[u8], &str)| {
    let (bytes, id) = input;
    let after = URL_SAFE_NO_PAD.encode(bytes);
    let variables = json!({ "after": after, "id": id });
    let document = Document::read(QUERY, &Limits::default()).expect("is one");
    let mut request = Request::new(QUERY).variables(Variables::from_json(variables));
    request.set_parsed_query(document.into_parsed());
    let portal = &*PORTAL;
    let answer = portal
        .runtime
        .block_on(portal.app.api.answer(portal.app.op(Actor::System), request));
    for error in &answer.errors {
        let code = error.extensions.as_ref().and_then(|it| it.get("code")).cloned();
        let code = code.and_then(|it| it.into_json().ok()).unwrap_or(Value::Null);
        assert_ne!(code, "INTERNAL", "{error:?}");
    }
});
