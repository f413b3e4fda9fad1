//! Files of our own pages, in the binary.

use std::borrow::Cow;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, EntityTag, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{Embed, EmbeddedFile};

use super::file::knows;

/// GraphiQL and React, compressed.
#[derive(Embed)]
#[folder = "assets/graphiql"]
#[prefix = "graphiql/"]
struct GraphiQL;

/// Pages and what they load.
#[derive(Embed)]
#[folder = "assets/pages"]
#[prefix = "pages/"]
struct Pages;

/// The text of a page.
pub(super) fn page(name: &str) -> String {
    Pages::get(&format!("pages/{name}"))
        .map(|file| String::from_utf8_lossy(&file.data).into_owned())
        .unwrap_or_default()
}

/// `GET /assets/…`.
pub(super) async fn serve(request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let Some((file, is_compressed)) = find(&path) else {
        return HttpResponse::NotFound().finish();
    };
    let hash = URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash());
    let tag = EntityTag::new_strong(hash);
    let is_known = knows(&request, &tag.to_string());
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    // They have no version in their names, so a browser asks whether they changed.
    response
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((ETAG, tag.to_string()))
        .insert_header((CONTENT_TYPE, content_type(&path)));
    if is_compressed {
        // There is no other form: whoever runs GraphiQL reads gzip.
        response
            .insert_header((CONTENT_ENCODING, "gzip"))
            .insert_header((VARY, "accept-encoding"));
    }
    if is_known {
        return response.finish();
    }
    match file.data {
        Cow::Borrowed(bytes) => response.body(bytes),
        Cow::Owned(bytes) => response.body(bytes),
    }
}

fn find(path: &str) -> Option<(EmbeddedFile, bool)> {
    Pages::get(path)
        .or_else(|| GraphiQL::get(path))
        .map(|file| (file, false))
        .or_else(|| GraphiQL::get(&format!("{path}.gz")).map(|file| (file, true)))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("gz") => "application/gzip",
        _ => "text/plain; charset=utf-8",
    }
}
