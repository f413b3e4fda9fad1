//! Switching a letter off by the link in it, without signing in (RFC 8058).
//!
//! Mail programs POST to it when their reader asks them to. Programs that look at links before
//! their reader does send GET: that shows a page with a button, and changes nothing.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{Worker, answer, asset, origin, pages};
use crate::error::Error;

/// The route: which letter, and for whom.
pub(super) const PATH: &str = "/unsubscribe/{letter}/{token}";

/// The page may send its own form, and load its own style.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// `GET`: asks.
pub(super) async fn ask() -> HttpResponse {
    pages::html(POLICY, asset::page("unsubscribe.html"))
}

/// `POST`: does it. What the body says does not matter: the address says everything.
pub(super) async fn done(
    request: HttpRequest,
    worker: web::Data<Worker>,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (letter, token) = path.into_inner();
    let parts = &worker.shared.parts;
    let request_id = origin::kept(&request).request_id;
    let op = worker.nobody(&request);
    let (status, code, message) = match (parts.unsubscribe)(op, letter, token).await {
        Ok(()) => return pages::html(POLICY, asset::page("unsubscribed.html")),
        Err(Error::Refused(_)) => (
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "This link does not switch any letter off.",
        ),
        Err(Error::Busy(_)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "RATE_LIMITED",
            "Too much at once. Try again in a moment.",
        ),
        Err(Error::Unavailable(_)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "The portal is away for a moment. Try again.",
        ),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a letter stays on"
            );
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL",
                "The letter could not be switched off. Try again later.",
            )
        }
    };
    answer::page_refused(status, code, message, &request_id)
}
