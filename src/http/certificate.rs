//! What proves certificates, for everybody who has a number: the page, the paper, the Open Badge, the
//! list of those that were taken back, and the keys of their issuer. None of it needs a sign-in.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE,
};
use actix_web::{HttpRequest, HttpResponse, web};

use super::certificate_page::{self, POLICY, State};
use super::{Worker, pages};
use crate::certification::credential::{CREDENTIAL_TYPE, DID_TYPE};
use crate::certification::rules::CertificateState;
use crate::certification::{paper, proof};
use crate::error::{Error, Result};

/// The page.
pub(super) const PAGE: &str = "/certificates/{number}";
/// The paper.
pub(super) const PAPER: &str = "/certificates/{number}/certificate.pdf";
/// The Open Badge.
pub(super) const BADGE: &str = "/certificates/{number}/credential";
/// The keys, where a proxy cuts the path of `portal.base_url` off, as it does for the others.
pub(super) const DID: &str = "/did.json";
/// The list of credentials that were taken back.
pub(super) const LIST: &str = "/credentials/status/{list}";

/// `GET`: whether the certificate holds.
pub(super) async fn page(
    request: HttpRequest,
    worker: web::Data<Worker>,
    number: web::Path<String>,
) -> HttpResponse {
    let issuer = &worker.shared.parts.issuer;
    let made = async {
        let Some(shown) = proof::shown(&worker.nobody(&request), issuer, &number).await? else {
            return Ok(None);
        };
        let of_paper = |rest: &str| {
            let number = shown.paper.number.as_str();
            issuer.address(&["certificates", number, rest]).to_string()
        };
        let page = certificate_page::Shown {
            state: match shown.state {
                CertificateState::Expiring => State::Expiring,
                CertificateState::Expired => State::Expired,
                CertificateState::Revoked => State::Revoked,
                CertificateState::Valid => State::Valid,
                CertificateState::NotOpen
                | CertificateState::Open
                | CertificateState::Due
                | CertificateState::Overdue => State::NotYet,
            },
            pdf_url: of_paper("certificate.pdf"),
            credential_url: of_paper("credential"),
            program: shown.paper.program,
            certification: shown.paper.certification,
            holder: shown.paper.holder,
            number: shown.paper.number,
            issued_on: shown.paper.issued_on,
            valid_until: shown.paper.valid_until,
            verify_url: shown.paper.verify_url,
            locale: shown.paper.locale,
        };
        certificate_page::page(&page).map(Some)
    };
    match made.await {
        Ok(Some(html)) => pages::html(POLICY, html),
        other => refuse(&request, other.map(|_| ())),
    }
}

/// `GET`: the paper.
pub(super) async fn paper(
    request: HttpRequest,
    worker: web::Data<Worker>,
    number: web::Path<String>,
) -> HttpResponse {
    let issuer = &worker.shared.parts.issuer;
    let made = async {
        match proof::shown(&worker.nobody(&request), issuer, &number).await? {
            // A paper that would say that it holds is not given out any more.
            Some(shown) if shown.state == CertificateState::Revoked => Ok(None),
            Some(shown) => {
                // It is a little work, which may not hold up the worker's other requests.
                let made = web::block(move || paper::pdf(&shown.paper)).await;
                made.map_err(|gone| Error::fault(gone.to_string()))?
                    .map(Some)
            }
            None => Ok(None),
        }
    };
    match made.await {
        Ok(Some(bytes)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/pdf"))
            .insert_header((CONTENT_DISPOSITION, "inline; filename=\"certificate.pdf\""))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header(("x-content-type-options", "nosniff"))
            .body(bytes),
        other => refuse(&request, other.map(|_| ())),
    }
}

/// `GET`: the Open Badge.
pub(super) async fn badge(
    request: HttpRequest,
    worker: web::Data<Worker>,
    number: web::Path<String>,
) -> HttpResponse {
    let issuer = &worker.shared.parts.issuer;
    match proof::badge(&worker.nobody(&request), issuer, &number).await {
        Ok(Some(jwt)) => open(CREDENTIAL_TYPE, jwt),
        other => refuse(&request, other.map(|_| ())),
    }
}

/// `GET`: the list of credentials that were taken back.
pub(super) async fn list(
    request: HttpRequest,
    worker: web::Data<Worker>,
    list: web::Path<String>,
) -> HttpResponse {
    let issuer = &worker.shared.parts.issuer;
    let made = async {
        match list.parse() {
            Ok(list) => proof::revoked(&worker.nobody(&request), issuer, list).await,
            Err(_) => Ok(None),
        }
    };
    match made.await {
        Ok(Some(jwt)) => open(CREDENTIAL_TYPE, jwt),
        other => refuse(&request, other.map(|_| ())),
    }
}

/// `GET`: the keys by which credentials are verified.
pub(super) async fn did(worker: web::Data<Worker>) -> HttpResponse {
    let document = worker.shared.parts.issuer.did_document();
    open(DID_TYPE, document.to_string())
}

/// What programs of any page may read.
fn open(media_type: &'static str, body: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(body)
}

fn refuse(request: &HttpRequest, outcome: Result<()>) -> HttpResponse {
    match outcome {
        Ok(()) => pages::absent(
            request,
            "There is no certificate here. Look at the number once more.",
        ),
        Err(error) => pages::failed(request, &error),
    }
}
