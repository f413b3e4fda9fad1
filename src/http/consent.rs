//! The page on which a customer consents to a case study, or withdraws that, without an account.
//!
//! Its address is the proof. Programs that look at links before their reader does send GET, which
//! shows the text and changes nothing; a form sends the answer. It runs no script.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, web};
use entity::case_study_consent::ConsentState;
use serde_json::json;
use url::form_urlencoded;

use super::case_study::{Words, asks_for_page, notice, page, sent, words_of};
use super::media::Media;
use super::{Worker, answer, incoming, origin, pages};
use crate::case_study::consent::{self, Answer, Shown};
use crate::error::{Error, Result};
use crate::op::Op;

/// The route: the token of a consent.
pub(super) const PATH: &str = "/consent/{token}";
/// A picture of what it shows.
pub(super) const IMAGE: &str = "/consent/{token}/images/{place:[0-9]{1,9}}";

/// The page may send its own form, and load its own style.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// `GET`: shows the text, and asks.
pub(super) async fn ask(
    request: HttpRequest,
    worker: web::Data<Worker>,
    token: web::Path<String>,
) -> HttpResponse {
    let op = worker.nobody(&request);
    let made = async {
        match consent::shown(&op, &token).await? {
            Some(shown) => written(&op, &worker, &token, &shown).map(Some),
            None => Ok(None),
        }
    };
    match made.await {
        Ok(Some(html)) => pages::html(POLICY, html),
        Ok(None) => nothing(&request, &worker),
        Err(error) => pages::failed(&request, &error),
    }
}

/// `GET`: a picture of that text.
pub(super) async fn picture(
    request: HttpRequest,
    worker: web::Data<Worker>,
    path: web::Path<(String, usize)>,
) -> HttpResponse {
    let op = worker.nobody(&request);
    let found = consent::picture(&op, &path.0, path.1).await;
    sent(&request, &worker, &op, found).await
}

/// `POST`: takes the answer, and shows what is so now.
pub(super) async fn answered(
    request: HttpRequest,
    worker: web::Data<Worker>,
    token: web::Path<String>,
    payload: Payload,
) -> HttpResponse {
    let op = worker.nobody(&request);
    if op.link_key().consent(&token).is_none() {
        return nothing(&request, &worker);
    }
    let config = &worker.shared.parts.config;
    let deadline = Duration::from_secs(config.body_deadline);
    let body = match incoming::body(payload, config.body_limit, deadline).await {
        Ok(body) => body,
        Err(refused) => {
            let (status, id) = (refused.status, origin::kept(&request).request_id);
            let outcome = answer::Outcome::default();
            return answer::refused(status, refused.error(), &id, Media::Json, outcome);
        }
    };
    let (mut said, mut note) = (None, String::new());
    for (name, value) in form_urlencoded::parse(&body) {
        match (&*name, &*value) {
            ("answer", "yes") => said = Some(Answer::Given),
            ("answer", "no") => said = Some(Answer::Refused),
            ("answer", "withdraw") => said = Some(Answer::Withdrawn),
            ("note", _) => note = value.into_owned(),
            _ => {}
        }
    }
    let Some(said) = said else {
        return refused(
            &request,
            &worker,
            "Answer by one of the buttons of the page.",
        );
    };
    // Browsers send a line break as two characters.
    let note = note.replace("\r\n", "\n");
    match consent::answer(&op, &token, said, note).await {
        Ok(()) => see(&token),
        Err(Error::Refused(all)) if all.iter().any(|it| it.code == "LINK_INVALID") => see(&token),
        Err(Error::Refused(_)) => refused(
            &request,
            &worker,
            "Write at most 1,000 characters of plain text.",
        ),
        Err(error) => pages::failed(&request, &error),
    }
}

/// The page says what is so now: also to who answers what cannot be answered any more. It is named
/// as seen from itself, since it may lie below a path that only a proxy in front knows.
fn see(token: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, token))
        .finish()
}

fn nothing(request: &HttpRequest, worker: &Worker) -> HttpResponse {
    told(request, worker, StatusCode::NOT_FOUND, |words| {
        words.no_link
    })
    .unwrap_or_else(|| pages::absent(request, words_of("en").no_link))
}

fn refused(request: &HttpRequest, worker: &Worker, message: &'static str) -> HttpResponse {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    told(request, worker, status, |words| words.no_answer).unwrap_or_else(|| {
        let id = origin::kept(request).request_id;
        answer::page_refused(status, "BAD_USER_INPUT", message, &id)
    })
}

/// Says it on a page, where a browser asks.
fn told(
    request: &HttpRequest,
    worker: &Worker,
    status: StatusCode,
    says: fn(&Words) -> &'static str,
) -> Option<HttpResponse> {
    if !asks_for_page(request) {
        return None;
    }
    let parts = &worker.shared.parts;
    let words = words_of(&parts.default_locale);
    notice(status, &parts.issuer, words, says(words))
        .map_err(|error| tracing::error!(error = &error as &dyn std::error::Error, "no page"))
        .ok()
}

fn written(op: &Op, worker: &Worker, token: &str, shown: &Shown) -> Result<String> {
    let (consent, site) = (&shown.consent, &worker.shared.parts.issuer);
    let words = words_of(&consent.locale);
    let state = match consent.state {
        ConsentState::Asked if shown.is_open(op) => "open",
        ConsentState::Asked => "expired",
        ConsentState::Given => "given",
        ConsentState::Refused => "refused",
        ConsentState::Outdated => "outdated",
        ConsentState::Withdrawn => "withdrawn",
    };
    let others = shown.others.iter();
    let others = others.map(|text| json!({ "locale": text.locale, "title": text.title }));
    // As seen from the page itself, as everything here.
    let images = format!("{token}/images/");
    let mut context = page::frame(site, words);
    context.extend([
        ("locale".to_owned(), json!(words.language)),
        ("text_locale".to_owned(), json!(shown.case_study.locale)),
        ("state".to_owned(), json!(state)),
        ("name".to_owned(), json!(consent.name)),
        ("others".to_owned(), others.collect()),
        ("partner".to_owned(), json!(shown.case_study.partner_name)),
        (
            "until".to_owned(),
            json!(consent.expires_at.map(|at| words.day(at))),
        ),
        (
            "text".to_owned(),
            page::text(
                &shown.content,
                words_of(&shown.case_study.locale),
                &images,
                3,
            ),
        ),
        (
            "labels".to_owned(),
            json!(words_of(&shown.case_study.locale)),
        ),
    ]);
    page::render("case-studies/consent.html", context.into())
}
