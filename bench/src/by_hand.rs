//! The same as somebody would write it who cares for nothing else: a few statements, rows into
//! structs, structs into JSON. It takes no snapshot, checks no document and knows what is asked.

#![expect(
    clippy::disallowed_methods,
    reason = "it has neither a clock nor ids of the house"
)]

mod lesson;
mod partners;
mod team;

use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use uuid::Uuid;

use crate::{Asker, CONNECTIONS, Case, Nth, Result, WORKERS};

/// Answers on that port until it is stopped.
pub(crate) async fn serve(url: &str, case: Case, asker: Asker, port: u16) -> Result<()> {
    let options: PgConnectOptions = url.parse()?;
    let options = options
        .application_name("entente")
        .disable_statement_logging();
    let app = move || {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .test_before_acquire(false)
            .connect_lazy_with(options.clone());
        App::new()
            .app_data(web::Data::new(pool))
            .app_data(web::Data::new((case, asker)))
            .route("/graphql", web::post().to(answer))
    };
    HttpServer::new(app)
        .workers(WORKERS)
        .bind(("127.0.0.1", port))?
        .run()
        .await?;
    Ok(())
}

async fn answer(
    pool: web::Data<PgPool>,
    served: web::Data<(Case, Asker)>,
    nth: web::Query<Nth>,
    _: web::Bytes,
) -> HttpResponse {
    let (case, asker) = **served;
    let answer = match case {
        Case::Partners => partners::partners(&pool, asker).await,
        Case::Team => team::team(&pool, asker).await,
        Case::Lesson => lesson::record(&pool, nth.n).await,
    };
    match answer {
        Ok(json) => HttpResponse::Ok()
            .content_type("application/json")
            .body(json),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

#[derive(Serialize)]
struct Answer<T> {
    data: T,
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

/// Writing plain structs to memory does not fail.
fn json<T: Serialize>(data: T) -> Vec<u8> {
    let mut json = Vec::with_capacity(64 * 1024);
    let _ = serde_json::to_writer(&mut json, &Answer { data });
    json
}

fn id(name: &str, key: Uuid) -> String {
    format!("{name}_{}", URL_SAFE_NO_PAD.encode(key.as_bytes()))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
