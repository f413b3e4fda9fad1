//! Pages for people: GraphiQL, what letters point to, and the local mailbox.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

use super::answer::{self, Outcome};
use super::media::Media;
use super::{Worker, asset, origin};
use crate::graphql::refusal;

/// Addresses that letters point to. A front end has pages of its own there.
pub(super) const LINKS: [&str; 6] = [
    "/confirm",
    "/application",
    "/invitation",
    "/reset-password",
    "/onboarding/steps/{id}",
    "/applications/{id}",
];

/// Everything from here; pictures and fonts also from inside style sheets.
const OWN: &str = "default-src 'self'; img-src 'self' data:; font-src 'self' data:; \
                   frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Letters carry their styles with them and are shown in a frame, where nothing runs.
const LETTERS: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; \
                       img-src 'self' data:; frame-src 'self'; frame-ancestors 'self'; \
                       base-uri 'none'; form-action 'none'";

/// A page that another part of the portal wrote.
#[derive(Clone, Debug)]
pub struct Page {
    /// Such as `text/html; charset=utf-8`.
    pub content_type: String,
    /// The text.
    pub body: Vec<u8>,
}

/// `GET /`, in development: GraphiQL from our own origin, offline.
pub(super) async fn graphiql() -> HttpResponse {
    html(OWN, asset::page("graphiql.html"))
}

/// What stands where a letter points to, as long as there is no front end.
pub(super) async fn link(worker: web::Data<Worker>) -> HttpResponse {
    let has_graphiql = worker.shared.parts.config.development.to_string();
    html(
        OWN,
        asset::page("link.html").replace("{graphiql}", &has_graphiql),
    )
}

/// `GET /mailbox` and what is below it, in development.
pub(super) async fn mailbox(request: HttpRequest, worker: web::Data<Worker>) -> HttpResponse {
    let letter = request.match_info().get("letter").map(str::to_owned);
    let page = match &worker.shared.parts.mailbox {
        Some(mailbox) => mailbox(letter).await,
        None => None,
    };
    match page {
        Some(page) => write(LETTERS, &page.content_type, page.body),
        None => nothing_here(request).await,
    }
}

/// Anything else.
pub(super) async fn nothing_here(request: HttpRequest) -> HttpResponse {
    answer::refused(
        StatusCode::NOT_FOUND,
        refusal(
            "NOT_FOUND",
            "There is nothing here. GraphQL is at /graphql.",
        ),
        &origin::kept(&request).request_id,
        Media::Json,
        Outcome::default(),
    )
}

fn html(policy: &'static str, page: String) -> HttpResponse {
    write(policy, "text/html; charset=utf-8", page)
}

fn write(
    policy: &'static str,
    content_type: &str,
    body: impl actix_web::body::MessageBody + 'static,
) -> HttpResponse {
    HttpResponseBuilder::new(StatusCode::OK)
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body)
}
