//! Bytes of files, in and out, by signed paths.
//!
//! A path carries no right: it says which file, in whose session, until when. Whoever comes by it is
//! identified anew, and asked for their right anew. What comes out is an attachment of a kind that
//! we know, never a page.

use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, Charset, ContentDisposition,
    DispositionParam, DispositionType, ETAG, ExtendedValue, IF_NONE_MATCH,
};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use futures_util::{Stream, TryStreamExt};

use super::{Worker, answer, incoming, origin};
use crate::auth::Actor;
use crate::auth::link::{Door, FileLink};
use crate::error::{Error, Refusal, Result};
use crate::file::Outgoing;
use crate::op::Op;
use crate::reads;

/// Where bytes are sent.
pub(super) const UPLOAD: &str = "/uploads/{token}";
/// Where they are had.
pub(super) const DOWNLOAD: &str = "/files/{token}/{name}";

/// The slowest that a client may send: what is slower holds memory for nothing.
const BYTES_PER_SECOND: u64 = 32 * 1024;

/// The operation of whoever comes by the link, and what it says.
async fn enter(
    request: &HttpRequest,
    worker: &Worker,
    door: Door,
    token: &str,
) -> Result<(Op, FileLink)> {
    let parts = &worker.shared.parts;
    let gone = || Error::NotFound("File");
    let link = parts.link_key.file_link(door, token).ok_or_else(gone)?;
    let now = parts.clock.now();
    if link.until <= now {
        return Err(gone());
    }
    let actor = match link.session {
        Some(session) => parts.identify.resume(&worker.db, session, now).await?,
        None => Actor::Anonymous,
    };
    Ok((worker.op(request, actor), link))
}

/// `PUT`: the bytes of a file.
pub(super) async fn put(
    request: HttpRequest,
    payload: Payload,
    worker: web::Data<Worker>,
    token: web::Path<String>,
) -> HttpResponse {
    let parts = &worker.shared.parts;
    let received = async {
        let (op, link) = enter(&request, &worker, Door::Upload, &token).await?;
        let row = parts.files.expected(&op, link.file).await?;
        let size = usize::try_from(row.size).unwrap_or(0);
        // Held until the bytes are away again.
        let _room = parts.files.room(&op, &row)?;
        let seconds = parts.config.body_deadline + size as u64 / BYTES_PER_SECOND;
        let body = incoming::body(payload, size, Duration::from_secs(seconds)).await;
        let bytes = body.map_err(|refused| match refused.status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let message = format!("{size} bytes were announced, more have come.");
                Error::from(Refusal::new("WRONG_SIZE", message))
            }
            _ => Refusal::new("INCOMPLETE", refused.message).into(),
        })?;
        parts.files.receive(&op, &row, bytes.into()).await
    };
    match received.await {
        Ok(_) => HttpResponse::NoContent().finish(),
        Err(error) => refuse(&request, error),
    }
}

/// `GET`: the bytes, as an attachment.
pub(super) async fn get(
    request: HttpRequest,
    worker: web::Data<Worker>,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let found = async {
        let (op, link) = enter(&request, &worker, Door::Download, &path.0).await?;
        let row = reads::file::readable(&op, link.file).await?;
        let row = row.ok_or(Error::NotFound("File"))?;
        let (response, bytes) = bytes_of(&request, &worker, &op, &row).await?;
        Ok((row, response, bytes))
    };
    let (row, mut response, bytes) = match found.await {
        Ok(found) => found,
        Err(error) => return refuse(&request, error),
    };
    response
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header(("x-content-type-options", "nosniff"));
    let Some(bytes) = bytes else {
        return response.finish();
    };
    response
        .insert_header((CONTENT_TYPE, row.media_type))
        .insert_header((CONTENT_DISPOSITION, attachment(&row.name)))
        .body(body(bytes))
}

/// The bytes as the body of an answer. One that comes to no end says less than it announced, so that
/// nobody takes it for whole.
pub(super) fn body(outgoing: Outgoing) -> SizedStream<impl Stream<Item = Result<Bytes>>> {
    let pieces = outgoing.bytes.inspect_err(|error| {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "a file was not sent whole"
        );
    });
    SizedStream::new(outgoing.size, pieces.map_ok(Bytes::from))
}

/// The bytes of a file, with the beginning of the answer; none where the asker has them already.
pub(super) async fn bytes_of(
    request: &HttpRequest,
    worker: &Worker,
    op: &Op,
    row: &entity::file::Model,
) -> Result<(HttpResponseBuilder, Option<Outgoing>)> {
    let files = &worker.shared.parts.files;
    let tag = format!("\"{}\"", row.sha256.as_deref().unwrap_or_default());
    let is_known = knows(request, &tag);
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response.insert_header((ETAG, tag));
    if is_known {
        return Ok((response, None));
    }
    Ok((response, Some(files.open(op, row).await?)))
}

/// Whether the asker has what bears that tag; a weak one is as good.
pub(super) fn knows(request: &HttpRequest, tag: &str) -> bool {
    let tag = tag.trim_start_matches("W/");
    let tags = request.headers().get(IF_NONE_MATCH);
    let mut tags = tags
        .and_then(|it| it.to_str().ok())
        .unwrap_or("")
        .split(',');
    tags.any(|it| it.trim().trim_start_matches("W/") == tag || it.trim() == "*")
}

/// To be saved under that name, which browsers take in its own letters and others in plain ones.
fn attachment(name: &str) -> ContentDisposition {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let mut parameters = vec![DispositionParam::Filename(plain.clone())];
    if plain != name {
        parameters.push(DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: name.as_bytes().to_vec(),
        }));
    }
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters,
    }
}

fn refuse(request: &HttpRequest, error: Error) -> HttpResponse {
    let request_id = origin::kept(request).request_id;
    let (status, code, message) = match error {
        Error::Refused(refusals) => {
            let first = refusals.into_iter().next();
            let (code, message) =
                first.map_or(("BAD_USER_INPUT", "".into()), |it| (it.code, it.message));
            let status = match code {
                "ALREADY_UPLOADED" => StatusCode::CONFLICT,
                "INCOMPLETE" => StatusCode::BAD_REQUEST,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            return answer::page_refused(status, code, message, &request_id);
        }
        Error::Busy(_) | Error::Unavailable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "Files cannot be had or taken at this moment. Try again in a moment.",
        ),
        Error::Fault(fault) => {
            tracing::error!(error = &fault as &dyn std::error::Error, "a file");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL",
                "Something went wrong on our side. Name the requestId when you ask about it.",
            )
        }
        // Whoever may not have it, or not any more, is told the same as of what is not there.
        Error::Unauthenticated
        | Error::FactorRequired
        | Error::StepUpRequired
        | Error::Forbidden
        | Error::NotFound(_)
        | Error::Key(_) => (
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "There is no file here, or not any more: ask for its link anew.",
        ),
    };
    if let Some(what) = status.is_server_error().then_some(code) {
        tracing::warn!(code = what, "a file was not had or taken");
    }
    answer::page_refused(status, code, message, &request_id)
}
