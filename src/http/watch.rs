//! What happens around every request: it gets an id, is counted, is logged in one line, cannot
//! take the worker down, and its answer carries the headers that keep browsers careful.
//!
//! The line names the route and not the path, and neither the query string nor a body nor a token:
//! what a client sends by mistake is not kept by us.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use futures_util::FutureExt;
use tracing::Instrument;

use super::answer::{Outcome, Panicked};
use super::held::{self, Held};
use super::{Shared, Worker, origin};
use crate::graphql::panic_text;

/// What a document may do that says nothing else: nothing.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// The outermost layer.
pub(super) async fn watch(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(worker) = request.app_data::<web::Data<Worker>>() else {
        let response = next.call(request).await?;
        return Ok(held::until_sent(response, None));
    };
    let shared = worker.shared.clone();
    let parts = &shared.parts;
    let origin = origin::of(&request, parts.config.trust_proxy, parts.clock.now());
    let id = origin.request_id.clone();
    request.extensions_mut().insert(origin);
    let mut line = Line::new(shared.clone(), id.clone(), request.method().to_string());
    let body = Held::of(&mut request);
    let span = tracing::info_span!("request", request_id = id);
    let called = AssertUnwindSafe(next.call(request).instrument(span))
        .catch_unwind()
        .await;
    let mut response = match called {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            let status = error.as_response_error().status_code();
            line.end(status, "-", Some("BAD_USER_INPUT"), None);
            return Err(error);
        }
        Err(panic) => {
            tracing::error!(
                request_id = id,
                panic = panic_text(&*panic),
                "a handler panicked"
            );
            let mut headers = headers(&shared, &id);
            headers.push(policy());
            line.end(
                StatusCode::INTERNAL_SERVER_ERROR,
                "-",
                Some("INTERNAL"),
                None,
            );
            return Err(Panicked {
                request_id: id,
                headers,
            }
            .into());
        }
    };
    let map = response.headers_mut();
    for (name, value) in headers(&shared, &id) {
        map.insert(name, value);
    }
    let (name, value) = policy();
    if !map.contains_key(&name) {
        map.insert(name, value);
    }
    if shared.draining.load(Ordering::Relaxed) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    let route = response.request().match_pattern();
    let outcome = response.response().extensions().get::<Outcome>().cloned();
    line.end(
        response.status(),
        route.as_deref().unwrap_or("-"),
        None,
        outcome,
    );
    Ok(held::until_sent(response, body))
}

fn policy() -> (HeaderName, HeaderValue) {
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING))
}

fn headers(shared: &Shared, id: &str) -> Vec<(HeaderName, HeaderValue)> {
    let mut all = vec![
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ];
    if let Ok(id) = HeaderValue::from_str(id) {
        all.push((HeaderName::from_static(origin::REQUEST_ID), id));
    }
    if shared.parts.base_url.scheme() == "https" {
        let year = HeaderValue::from_static("max-age=31536000");
        all.push((STRICT_TRANSPORT_SECURITY, year));
    }
    all
}

/// The one line of a request; also written when the client left before its answer.
struct Line {
    shared: Arc<Shared>,
    id: String,
    method: String,
    began: Instant,
    is_written: bool,
}

impl Line {
    fn new(shared: Arc<Shared>, id: String, method: String) -> Self {
        shared.metrics.began();
        Self {
            shared,
            id,
            method,
            began: Instant::now(),
            is_written: false,
        }
    }

    fn end(
        &mut self,
        status: StatusCode,
        route: &str,
        code: Option<&str>,
        outcome: Option<Outcome>,
    ) {
        self.is_written = true;
        let outcome = outcome.unwrap_or_default();
        let code = code.unwrap_or(&outcome.code);
        let elapsed = self.began.elapsed();
        let seconds = elapsed.as_secs_f64();
        self.shared.metrics.ended(outcome.kind, code, seconds);
        let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let Self { id, method, .. } = self;
        let (status, actor) = (status.as_u16(), outcome.actor);
        let operation = outcome.operation.as_deref().unwrap_or("-");
        // Probes ask every few seconds; their answers are of interest when they are no.
        if matches!(route, "/livez" | "/readyz") && status == 200 {
            tracing::debug!(request_id = id, method, route, status, ms, "answered");
        } else {
            tracing::info!(
                request_id = id,
                method,
                route,
                status,
                operation,
                code,
                ms,
                actor,
                "answered"
            );
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.is_written {
            self.end(
                StatusCode::from_u16(499).unwrap_or_default(),
                "-",
                Some("CLIENT_LEFT"),
                None,
            );
        }
    }
}
