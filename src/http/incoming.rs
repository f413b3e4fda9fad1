//! A GraphQL request as it comes in: read within limits, and checked for its shape.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, Payload};
use async_graphql::{ServerError, Variables};
use serde::Deserialize;

use super::media;
use crate::config;
use crate::graphql::refusal;

/// What is asked.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// A request that is not one.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(super) fn error(self) -> ServerError {
        let code = match self.status {
            StatusCode::REQUEST_TIMEOUT => "TIMEOUT",
            _ => "BAD_USER_INPUT",
        };
        refusal(code, self.message)
    }
}

/// The parameters, by the names of the specification; what else a client sends is ignored, as it
/// asks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with `query`")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    #[serde(rename = "extensions")]
    _extensions: Option<Object>,
}

/// An object in which nothing is looked at.
type Object = BTreeMap<String, serde_json::Value>;

impl Parameters {
    fn checked(self) -> Result<Incoming, Refused> {
        let bad = |message| Refused::new(StatusCode::BAD_REQUEST, message);
        let query = self
            .query
            .ok_or_else(|| bad("The request has no `query`."))?;
        Ok(Incoming {
            query,
            operation_name: self.operation_name.filter(|name| !name.is_empty()),
            variables: self.variables,
        })
    }
}

/// How long the body is, where the client says so.
pub(super) fn declared(request: &HttpRequest) -> Option<usize> {
    let header = request.headers().get(CONTENT_LENGTH)?;
    header.to_str().ok()?.parse().ok()
}

/// Reads a `POST` of so many bytes at most.
pub(super) async fn posted(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
    config: &config::Http,
) -> Result<Incoming, Refused> {
    let header = |name| request.headers().get(name).and_then(|it| it.to_str().ok());
    if !media::is_json(header(CONTENT_TYPE)) {
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the request as `application/json` in UTF-8.",
        ));
    }
    if header(CONTENT_ENCODING).is_some_and(|it| !it.eq_ignore_ascii_case("identity")) {
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the request without a `Content-Encoding`.",
        ));
    }
    if declared(request).is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let deadline = Duration::from_secs(config.body_deadline);
    let body = body(payload, limit, deadline).await?;
    let incoming = parse(&body)?;
    if incoming.query.len() > config.body_limit {
        return Err(Refused::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "A query has at most {} bytes: send what is longer in variables.",
                config.body_limit
            ),
        ));
    }
    Ok(incoming)
}

/// Reads a whole body, of so many bytes at most and in that time.
pub(super) async fn body(
    payload: Payload,
    limit: usize,
    deadline: Duration,
) -> Result<Bytes, Refused> {
    let reading = payload.to_bytes_limited(limit);
    match tokio::time::timeout(deadline, reading).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(Refused::new(
            StatusCode::BAD_REQUEST,
            "The body did not arrive whole.",
        )),
        Ok(Err(_)) => Err(too_large(limit)),
        Err(_) => Err(Refused::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("The body did not arrive within {} s.", deadline.as_secs()),
        )),
    }
}

fn too_large(limit: usize) -> Refused {
    Refused::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("A request has at most {limit} bytes."),
    )
}

fn parse(body: &[u8]) -> Result<Incoming, Refused> {
    // A sequence would be read as the fields of an object, one by one.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Refused::new(
            StatusCode::BAD_REQUEST,
            "Requests are not taken in batches: send one at a time.",
        ));
    }
    serde_json::from_slice::<Parameters>(body)
        .map_err(|error| {
            Refused::new(
                StatusCode::BAD_REQUEST,
                format!("The body is not a GraphQL request in JSON: {error}."),
            )
        })?
        .checked()
}

/// Reads the query string of a `GET`.
pub(super) fn asked(query_string: &str) -> Result<Incoming, Refused> {
    let mut found = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(query_string.as_bytes()) {
        if found.insert(name.clone(), value).is_some() {
            return Err(Refused::new(
                StatusCode::BAD_REQUEST,
                format!("`{name}` is given twice."),
            ));
        }
    }
    let mut take = |name| found.remove(name).map(std::borrow::Cow::into_owned);
    Parameters {
        query: take("query"),
        operation_name: take("operationName"),
        variables: json(take("variables"), "variables")?.unwrap_or_default(),
        _extensions: json(take("extensions"), "extensions")?,
    }
    .checked()
}

fn json<T: for<'de> Deserialize<'de>>(
    text: Option<String>,
    name: &str,
) -> Result<Option<T>, Refused> {
    text.filter(|text| !text.is_empty())
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| {
            Refused::new(
                StatusCode::BAD_REQUEST,
                format!("`{name}` is not an object in JSON: {error}."),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(result: Result<Incoming, Refused>) -> String {
        result.expect_err("is refused").message
    }

    #[test]
    fn parameters_are_objects_and_strings_or_nothing() {
        assert!(
            parse(br#"{"query":"{a}","variables":null,"operationName":null,"extensions":null}"#)
                .is_ok()
        );
        assert!(
            parse(br#"{"query":"{a}","variables":{"a":[1,{"b":null}]},"extensions":{"x":1}}"#)
                .is_ok()
        );
        for body in [
            r#"{"query":0}"#,
            r#"{"query":"{a}","variables":"{}"}"#,
            r#"{"query":"{a}","variables":[1]}"#,
            r#"{"query":"{a}","operationName":{}}"#,
            r#"{"query":"{a}","extensions":[]}"#,
            r#"{"query":"{a}","query":"{b}"}"#,
            r#"{"query":"{a}"} more"#,
            "{}",
            "",
            "null",
            "\"{a}\"",
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn batches_are_refused_as_what_they_are() {
        assert!(message(parse(br#" [{"query":"{a}"}]"#)).contains("batches"));
        assert!(message(parse(br#"["{a}",null,null,null]"#)).contains("batches"));
    }

    #[test]
    fn variables_that_are_nested_without_end_are_refused() {
        let deep = format!(
            r#"{{"query":"{{a}}","variables":{{"a":{}{}}}}}"#,
            "[".repeat(10_000),
            "]".repeat(10_000)
        );
        assert!(message(parse(deep.as_bytes())).contains("recursion"));
    }

    #[test]
    fn a_query_string_is_read() {
        let read =
            asked("query=%7Ba%7D&variables=%7B%22n%22%3A1%7D&operationName=").expect("is read");
        assert_eq!(read.query, "{a}");
        assert_eq!(read.variables.len(), 1);
        assert_eq!(read.operation_name, None);
        assert!(message(asked("query=%7Ba%7D&query=%7Bb%7D")).contains("twice"));
        assert!(message(asked("query=%7Ba%7D&variables=%5B1%5D")).contains("variables"));
        assert!(message(asked("")).contains("no `query`"));
    }
}
