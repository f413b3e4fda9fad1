//! What probes and other services ask.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use super::Worker;
use crate::db::SchemaState;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /livez`: the process answers. Nothing else is asked, so that a slow database does not get
/// the process killed.
pub(super) async fn live() -> HttpResponse {
    plain(&mut HttpResponse::Ok(), "alive\n")
}

/// `GET /readyz`: the database answers and its schema has all that this binary
/// needs.
pub(super) async fn ready(worker: web::Data<Worker>) -> HttpResponse {
    let state = tokio::time::timeout(PATIENCE, worker.db.schema_state()).await;
    let why_not = match state {
        // During a rolling upgrade the old ones go on.
        Ok(Ok(SchemaState::Current | SchemaState::Ahead(_))) => {
            return plain(&mut HttpResponse::Ok(), "ready\n");
        }
        Ok(Ok(SchemaState::Pending(missing))) => {
            tracing::warn!(missing, "not ready: run `entente migrate up`");
            "The schema of the database is behind: run `entente migrate up`.\n"
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            "The database does not answer as it should: the log says why.\n"
        }
        Err(_) => {
            tracing::warn!("not ready: the database takes too long");
            "The database does not answer.\n"
        }
    };
    plain(&mut HttpResponse::ServiceUnavailable(), why_not)
}

/// `GET /.well-known/jwks.json`: public keys of access tokens.
pub(super) async fn jwks(worker: web::Data<Worker>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/jwk-set+json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body((worker.shared.parts.jwks)())
}

/// `GET /schema.graphql`: the schema's text, whoever asks.
pub(super) async fn sdl(worker: web::Data<Worker>) -> HttpResponse {
    plain(&mut HttpResponse::Ok(), worker.shared.parts.sdl.clone())
}

fn plain(response: &mut actix_web::HttpResponseBuilder, text: impl Into<String>) -> HttpResponse {
    response
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text.into())
}
