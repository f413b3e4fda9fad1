//! Media types: what a request is written in, and what its answer may be written in.

/// A media type for answers to GraphQL requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the request was run.
    GraphQL,
    /// `application/json`: a request that was understood is answered with 200, for older clients.
    Json,
}

impl Media {
    /// As it stands in `Content-Type`.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphQL => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The best that `Accept` allows, or none. Absent is JSON, and so is anything for which a
    /// wildcard was good enough.
    pub(super) fn accepted(accept: Option<&str>) -> Option<Self> {
        let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else {
            return Some(Self::Json);
        };
        let graphql = quality(accept, "application/graphql-response+json");
        let json = quality(accept, "application/json");
        let any = quality(accept, "application/*").or_else(|| quality(accept, "*/*"));
        let json = json.or(any).unwrap_or(0);
        match graphql {
            Some(graphql) if graphql > 0 && graphql >= json => Some(Self::GraphQL),
            _ if json > 0 => Some(Self::Json),
            _ => None,
        }
    }
}

/// Whether `Accept` names HTML, and nothing that programs read before it.
pub(super) fn wants_page(accept: &str) -> bool {
    let weight = |range| quality(accept, range).unwrap_or(0);
    let html = weight("text/html");
    html > 0 && html >= weight("application/json")
}

/// The weight of a range in thousandths; none where it is not listed.
fn quality(accept: &str, range: &str) -> Option<u16> {
    accept
        .split(',')
        .filter_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            parts.next()?.eq_ignore_ascii_case(range).then_some(parts)
        })
        .map(|parameters| {
            parameters
                .filter_map(|parameter| parameter.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
                .map_or(1000, |(_, weight)| thousandths(weight.trim()))
        })
        .max()
}

/// `0.8` is 800; what cannot be read is 1000, as if it had not been said.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = format!("{fraction:0<3}");
    match (whole, digits.get(..3).map(str::parse::<u16>)) {
        ("0", Some(Ok(thousandths))) => thousandths,
        _ => 1000,
    }
}

/// Whether a body is JSON in UTF-8 by its `Content-Type`. Nothing else is read: a form of a
/// foreign page can send the other types without asking first.
pub(super) fn is_json(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else {
        return false;
    };
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_json
        && parts
            .filter_map(|it| it.split_once('='))
            .all(|(name, value)| {
                !name.trim().eq_ignore_ascii_case("charset")
                    || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_is_weighed() {
        for (accept, media) in [
            (None, Some(Media::Json)),
            (Some(""), Some(Media::Json)),
            (Some("*/*"), Some(Media::Json)),
            (Some("application/json"), Some(Media::Json)),
            (
                Some("Application/GraphQL-Response+JSON"),
                Some(Media::GraphQL),
            ),
            (
                Some("application/graphql-response+json, application/json"),
                Some(Media::GraphQL),
            ),
            (
                Some("application/graphql-response+json, */*;q=0.1"),
                Some(Media::GraphQL),
            ),
            (
                Some("application/graphql-response+json;q=0.5, application/json"),
                Some(Media::Json),
            ),
            (
                Some("application/graphql-response+json;q=0, application/json;q=0.1"),
                Some(Media::Json),
            ),
            (Some("text/html, application/*;q=0.8"), Some(Media::Json)),
            (Some("application/json;q=0, */*"), None),
            (Some("text/html"), None),
        ] {
            assert_eq!(Media::accepted(accept), media, "{accept:?}");
        }
    }

    #[test]
    fn a_body_is_json_in_utf_8_or_nothing() {
        for yes in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON;charset=\"UTF-8\"",
            "application/json; v=1",
        ] {
            assert!(is_json(Some(yes)), "{yes}");
        }
        for no in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=latin1",
            "application/jsonp",
            "",
        ] {
            assert!(!is_json(Some(no)), "{no}");
        }
        assert!(!is_json(None));
    }
}
