//! Where a request came from: its id, the client's address, and what the client calls itself.

use std::net::IpAddr;

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, USER_AGENT};
use chrono::{DateTime, Utc};
use uuid::Builder;

use crate::op::Origin;

/// Header that names a request.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// Longest name of a client that is kept.
const LONGEST_USER_AGENT: usize = 200;

/// Reads it off the request. What a client says of itself is believed only where a proxy in front
/// is known to have written it.
pub(super) fn of(request: &ServiceRequest, trust_proxy: bool, now: DateTime<Utc>) -> Origin {
    let headers = request.headers();
    let peer = request.request().peer_addr().map(|peer| peer.ip());
    let address = trust_proxy
        .then(|| last_hop(headers))
        .flatten()
        .or(peer)
        .map(|address| address.to_canonical().to_string());
    Origin {
        request_id: trust_proxy
            .then(|| given_id(headers))
            .flatten()
            .unwrap_or_else(|| new_id(now)),
        address: address.unwrap_or_default(),
        user_agent: text(headers, USER_AGENT.as_str())
            .map(|name| name.chars().take(LONGEST_USER_AGENT).collect())
            .unwrap_or_default(),
    }
}

/// What [`of`] found, for handlers.
pub(super) fn kept(request: &actix_web::HttpRequest) -> Origin {
    request
        .extensions()
        .get::<Origin>()
        .cloned()
        .unwrap_or_default()
}

/// The address that the proxy in front saw: the last one, since those before it are the client's
/// own words.
fn last_hop(headers: &HeaderMap) -> Option<IpAddr> {
    let all = headers.get_all("x-forwarded-for").last()?;
    all.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = text(headers, REQUEST_ID)?;
    let is_sane = (8..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    is_sane.then(|| id.to_owned())
}

/// A UUID of version 7, made here because there is no operation yet whose ids it could be among.
fn new_id(now: DateTime<Utc>) -> String {
    let mut random = [0; 10];
    // Without randomness ids repeat within a millisecond; that is no reason not to answer.
    let _ = getrandom::fill(&mut random);
    let millis = now.timestamp_millis().unsigned_abs();
    Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use chrono::TimeZone;

    use super::*;

    fn origin(trust_proxy: bool) -> Origin {
        let request = TestRequest::get()
            .peer_addr(([10, 0, 0, 1], 5000).into())
            .insert_header(("x-request-id", "from-the-proxy"))
            .insert_header(("x-forwarded-for", "6.6.6.6, 203.0.113.9"))
            .insert_header(("user-agent", "x".repeat(500)))
            .to_srv_request();
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap();
        of(&request, trust_proxy, now)
    }

    #[test]
    fn a_client_is_not_believed() {
        let origin = origin(false);
        assert_eq!(origin.address, "10.0.0.1");
        assert_eq!(origin.user_agent.len(), 200);
        let id: uuid::Uuid = origin.request_id.parse().expect("is made here");
        assert_eq!(id.get_version_num(), 7);
    }

    #[test]
    fn a_proxy_is_believed_about_its_own_hop() {
        let origin = origin(true);
        assert_eq!(origin.address, "203.0.113.9");
        assert_eq!(origin.request_id, "from-the-proxy");
    }
}
