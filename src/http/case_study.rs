//! Published case studies, for everybody: a page for each, a list of them, and an Atom feed.
//!
//! Nothing of it may be kept without asking again: where a customer withdraws their consent, it is
//! gone at once.

mod feed;
pub(super) mod page;
mod words;

pub(super) use words::{Words, of as words_of};

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::file;
use url::form_urlencoded;

use super::file::{body, bytes_of, knows};
use super::{Worker, media, pages};
use crate::case_study::public::{self, Found};
use crate::certification::proof::Issuer;
use crate::digest;
use crate::error::Result;
use crate::file::Kind;
use crate::op::Op;

/// The list.
pub(super) const LIST: &str = "/case-studies";
/// The feed.
pub(super) const FEED: &str = "/case-studies/feed.atom";
/// One of them.
pub(super) const PAGE: &str = "/case-studies/{slug}";
/// A picture in one of them.
pub(super) const IMAGE: &str = "/case-studies/{slug}/images/{place:[0-9]{1,9}}";

/// What the pages may load: their styles.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// `GET`: one case study; where it was taken down, that it was.
pub(super) async fn show(
    request: HttpRequest,
    worker: web::Data<Worker>,
    slug: web::Path<String>,
) -> HttpResponse {
    let parts = &worker.shared.parts;
    let made = async {
        Ok(match public::at(&worker.nobody(&request), &slug).await? {
            Found::Published(article) => fresh(&request, page::article(&parts.issuer, &article)?),
            Found::Gone(locale) if asks_for_page(&request) => {
                let words = words_of(&locale);
                notice(StatusCode::GONE, &parts.issuer, words, words.gone)?
            }
            Found::Gone(_) => gone(),
            Found::Nothing if asks_for_page(&request) => {
                let words = words_of(&parts.default_locale);
                notice(StatusCode::NOT_FOUND, &parts.issuer, words, words.nothing)?
            }
            Found::Nothing => pages::absent(&request, "There is no case study here."),
        })
    };
    match made.await {
        Ok(response) => response,
        Err(error) => pages::failed(&request, &error),
    }
}

/// `GET`: a picture in one of them.
pub(super) async fn picture(
    request: HttpRequest,
    worker: web::Data<Worker>,
    path: web::Path<(String, usize)>,
) -> HttpResponse {
    let op = worker.nobody(&request);
    let found = public::picture(&op, &path.0, path.1).await;
    sent(&request, &worker, &op, found).await
}

/// A picture as it is: its bytes were looked at when it came, and it is nothing else.
pub(super) async fn sent(
    request: &HttpRequest,
    worker: &Worker,
    op: &Op,
    found: Result<Option<file::Model>>,
) -> HttpResponse {
    let is_picture = |row: &file::Model| {
        Kind::of_media_type(&row.media_type).is_some_and(|kind| Kind::PICTURES.contains(&kind))
    };
    let read = async {
        let Some(row) = found?.filter(is_picture) else {
            return Ok(None);
        };
        let (response, bytes) = bytes_of(request, worker, op, &row).await?;
        Ok(Some((row, response, bytes)))
    };
    let (row, mut response, bytes) = match read.await {
        Ok(Some(found)) => found,
        Ok(None) => return pages::absent(request, "There is no picture here."),
        Err(error) => return pages::failed(request, &error),
    };
    response
        .insert_header((CONTENT_TYPE, row.media_type))
        .insert_header((CACHE_CONTROL, "no-cache"));
    match bytes {
        Some(bytes) => response.body(body(bytes)),
        None => response.finish(),
    }
}

/// What was asked for by that name behind the address.
fn asked_for(request: &HttpRequest, name: &str) -> Option<String> {
    form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(it, _)| it == name)
        .map(|(_, value)| value.into_owned())
}

/// The one language that was asked for. What can be no language is one in which there is nothing.
fn language_of(request: &HttpRequest) -> Option<String> {
    let asked = asked_for(request, "lang")?.to_ascii_lowercase();
    Some(public::language(&asked).unwrap_or_default().to_owned())
}

/// `GET`: the list, the latest first.
pub(super) async fn list(request: HttpRequest, worker: web::Data<Worker>) -> HttpResponse {
    let parts = &worker.shared.parts;
    let before = asked_for(&request, "before");
    let language = language_of(&request);
    let made = async {
        let (op, language) = (worker.nobody(&request), language.as_deref());
        let found = public::page(&op, before.as_deref(), language).await?;
        let words = words::that_speak(language, &parts.default_locale);
        page::list(&parts.issuer, words, &found, language, before.is_some())
    };
    match made.await {
        Ok(html) => fresh(&request, html),
        Err(error) => pages::failed(&request, &error),
    }
}

/// `GET`: the feed.
pub(super) async fn feed(request: HttpRequest, worker: web::Data<Worker>) -> HttpResponse {
    let parts = &worker.shared.parts;
    let language = language_of(&request);
    let made = async {
        let language = language.as_deref();
        let found = public::feed(&worker.nobody(&request), language).await?;
        let words = words::that_speak(language, &parts.default_locale);
        // Readers come every hour and nothing is new: it is not written to find that out.
        let tag = feed::tag(&parts.issuer, words, language, &found);
        if knows(&request, &tag) {
            return Ok((tag, None));
        }
        let feed = feed::atom(&parts.issuer, words, language, &found)?;
        Ok((tag, Some(feed)))
    };
    match made.await {
        Ok((tag, feed)) => tagged(feed::MEDIA_TYPE, tag, feed),
        Err(error) => pages::failed(&request, &error),
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// The page, or that the asker has it already.
fn fresh(request: &HttpRequest, html: String) -> HttpResponse {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest::plain(&html)));
    let body = Some(html).filter(|_| !knows(request, &tag));
    tagged(HTML, tag, body)
}

/// What bears that tag; without it, that the asker has it already. Its instant is not told:
/// somebody who began to take a text down before another changed, and was done after, would change
/// nothing in it, and the text would go on being taken for known.
fn tagged(media_type: &'static str, tag: String, body: Option<String>) -> HttpResponse {
    let status = match body {
        Some(_) => StatusCode::OK,
        None => StatusCode::NOT_MODIFIED,
    };
    let mut response = HttpResponseBuilder::new(status);
    response
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((ETAG, tag));
    match body {
        Some(body) => response.body(body),
        None => response.finish(),
    }
}

fn gone() -> HttpResponse {
    HttpResponse::Gone()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header(("x-robots-tag", "noindex"))
        .body("This case study was taken down.\nDiese Fallstudie wurde zurückgenommen.\n")
}

/// Whether somebody looks at it in a browser; programs get what they always got.
pub(super) fn asks_for_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT);
    accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(media::wants_page)
}

/// A page that says that in a sentence, and leads on to what there is.
pub(super) fn notice(
    status: StatusCode,
    site: &Issuer,
    words: &Words,
    says: &'static str,
) -> Result<HttpResponse> {
    let html = page::notice(site, words, says)?;
    Ok(HttpResponseBuilder::new(status)
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CONTENT_TYPE, HTML))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "accept"))
        .insert_header(("x-robots-tag", "noindex"))
        .body(html))
}
