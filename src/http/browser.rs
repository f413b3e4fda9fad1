//! Whether a page of the portal asks, as the browser itself says.
//!
//! A foreign page cannot set `Sec-Fetch-Site` or `Origin`; what sends neither is no browser, or one
//! that nobody can tell the origin of, and gets no use of a cookie.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, ORIGIN};

use super::Parts;
use crate::graphql::{Browser, COOKIE};

/// Who asks, with the cookie where it may be looked at.
pub(super) fn of(request: &HttpRequest, parts: &Parts) -> Browser {
    if !is_page_of_ours(request.headers(), parts) {
        return Browser::Other;
    }
    let refresh = request
        .cookie(COOKIE)
        .map(|cookie| cookie.value().to_owned())
        .filter(|value| !value.is_empty());
    Browser::Page {
        refresh: refresh.map(Into::into),
    }
}

fn is_page_of_ours(headers: &HeaderMap, parts: &Parts) -> bool {
    let only = |name: &str| {
        let mut all = headers.get_all(name);
        let first = all.next().and_then(|it| it.to_str().ok());
        first.filter(|_| all.next().is_none())
    };
    if only("sec-fetch-site") == Some("same-origin") {
        return true;
    }
    let own = parts.base_url.origin().ascii_serialization();
    only(ORIGIN.as_str()).is_some_and(|origin| {
        origin == own || parts.config.allowed_origins.iter().any(|it| it == origin)
    })
}
