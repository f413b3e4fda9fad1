//! How answers are written: their status, their type, their JSON.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE, VARY,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::media::Media;
use crate::graphql::{REPLAYED, code, mask, refusal};

/// What became of a request, for the log and the metrics; kept with the answer.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// `query`, `mutation`, or `other`.
    pub(super) kind: &'static str,
    /// The operation's name, as the client gave it.
    pub(super) operation: Option<String>,
    /// `OK`, or the code of the first error.
    pub(super) code: String,
    /// What the asker is.
    pub(super) actor: &'static str,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            kind: "other",
            operation: None,
            code: "OK".to_owned(),
            actor: "unknown",
        }
    }
}

/// The body: without `data` where nothing was run.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

/// The answer to a request that was understood.
pub(super) fn of(response: &Response, media: Media, outcome: Outcome) -> HttpResponse {
    let was_run = was_run(response);
    let body = Body {
        errors: &response.errors,
        data: was_run.then_some(&response.data),
        extensions: &response.extensions,
    };
    let mut written = write(status(response, was_run, media), media, &body, outcome);
    for name in [HeaderName::from_static(REPLAYED), SET_COOKIE] {
        let said = response.http_headers.get(name.as_str());
        if let Some(value) = said.and_then(|it| HeaderValue::from_bytes(it.as_bytes()).ok()) {
            written.headers_mut().insert(name, value);
        }
    }
    written
}

/// An answer with one error to who asked for a page.
pub(super) fn page_refused(
    status: StatusCode,
    code: &'static str,
    message: impl Into<String>,
    request_id: &str,
) -> HttpResponse {
    let error = refusal(code, message);
    refused(status, error, request_id, Media::Json, Outcome::default())
}

/// The answer to what was refused before it was a GraphQL request, or beside one.
pub(super) fn refused(
    status: StatusCode,
    error: ServerError,
    request_id: &str,
    media: Media,
    outcome: Outcome,
) -> HttpResponse {
    let mut errors = vec![error];
    mask(&mut errors, request_id);
    let body = Body {
        errors: &errors,
        data: None,
        extensions: &BTreeMap::new(),
    };
    write(status, media, &body, outcome)
}

fn write(status: StatusCode, media: Media, body: &Body<'_>, outcome: Outcome) -> HttpResponse {
    let first = body.errors.first().and_then(code);
    let outcome = Outcome {
        code: first.map_or(outcome.code, str::to_owned),
        ..outcome
    };
    let mut response = HttpResponseBuilder::new(status);
    response
        .insert_header((CONTENT_TYPE, media.content_type()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .append_header((VARY, "accept, authorization"));
    if let Some(seconds) = retry_after(body.errors) {
        response.insert_header((RETRY_AFTER, seconds));
    }
    // A client that is sending what is not wanted, or not sending what is, is let go.
    if matches!(
        status,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
    ) {
        response.force_close();
    }
    let mut response = match serde_json::to_vec(body) {
        Ok(json) => response.body(json),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            HttpResponse::InternalServerError().finish()
        }
    };
    response.extensions_mut().insert(outcome);
    response
}

/// Whether execution began: until then errors have no path and there is no data.
fn was_run(response: &Response) -> bool {
    response.errors.is_empty()
        || response.data != Value::Null
        || response.errors.iter().any(|error| !error.path.is_empty())
}

fn status(response: &Response, was_run: bool, media: Media) -> StatusCode {
    let has = |wanted| response.errors.iter().any(|it| code(it) == Some(wanted));
    if is_empty(&response.data) && (has("RATE_LIMITED") || has("UNAVAILABLE")) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if is_empty(&response.data) && has("CONFLICT") {
        return StatusCode::CONFLICT;
    }
    match media {
        _ if was_run => StatusCode::OK,
        _ if has("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        _ if has("TIMEOUT") => StatusCode::SERVICE_UNAVAILABLE,
        Media::GraphQL => StatusCode::BAD_REQUEST,
        Media::Json => StatusCode::OK,
    }
}

/// Whether no field at the root has a value.
fn is_empty(data: &Value) -> bool {
    if let Value::Object(fields) = data {
        fields.values().all(|value| *value == Value::Null)
    } else {
        *data == Value::Null
    }
}

fn retry_after(errors: &[ServerError]) -> Option<String> {
    errors
        .iter()
        .find_map(|error| error.extensions.as_ref()?.get("retryAfter"))
        .map(ToString::to_string)
}

/// A panic outside the resolvers: the answer of last resort, with no request left to ask about
/// media types.
#[derive(Debug)]
pub(super) struct Panicked {
    pub(super) request_id: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl std::fmt::Display for Panicked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a handler panicked")
    }
}

impl actix_web::ResponseError for Panicked {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = refused(
            self.status_code(),
            refusal("INTERNAL", crate::graphql::MASK),
            &self.request_id,
            Media::Json,
            Outcome::default(),
        );
        for (name, value) in &self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response
    }
}
