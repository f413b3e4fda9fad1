//! The portal's own API, without its HTTP shell: document check, price, schema, shapes.

use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, web};
use async_graphql::Request;
use entente::auth::link::LinkKey;
use entente::auth::{Actor, Assurance, SignedIn};
use entente::clock::{Clock, SystemClock};
use entente::db::Db;
use entente::graphql::cost::Cost;
use entente::graphql::document::{Document, Limits};
use entente::graphql::{self, Portal};
use entente::op::{Op, Origin};
use entity::id::{PartnerId, PersonId, SessionId};
use entity::membership::MemberRole;
use entity::staff_role::VendorRole;
use uuid::Uuid;

use crate::{Asker, CONNECTIONS, Result, SEATS, WORKERS, data};

struct Api {
    schema: Portal,
    cost: Cost,
    actor: Actor,
}

/// Answers on that port until it is stopped.
pub(crate) async fn serve(url: &str, asker: Asker, port: u16) -> Result<()> {
    let schema = graphql::schema();
    let cost = Cost::new(&schema.sdl(), 10_000)?;
    let actor = actor(asker);
    let api = web::Data::new(Api {
        schema,
        cost,
        actor,
    });
    let db = data::open(url, CONNECTIONS).await?;
    let app = move || {
        App::new()
            .app_data(api.clone())
            .app_data(web::Data::new(db.for_worker()))
            .route("/graphql", web::post().to(answer))
    };
    HttpServer::new(app)
        .workers(WORKERS)
        .bind(("127.0.0.1", port))?
        .run()
        .await?;
    Ok(())
}

async fn answer(api: web::Data<Api>, db: web::Data<Db>, body: web::Bytes) -> HttpResponse {
    let Ok(text) = std::str::from_utf8(&body) else {
        return HttpResponse::BadRequest().finish();
    };
    let Ok(document) = Document::read(text, &Limits::default()) else {
        return HttpResponse::BadRequest().finish();
    };
    let mut request = Request::new(text);
    request.set_parsed_query(document.into_parsed());
    let key = LinkKey::from([0; 32]);
    let now = SystemClock.now();
    let op = Op::new(
        Db::clone(&db),
        key,
        api.actor.clone(),
        now,
        Origin::default(),
    );
    let Ok((request, rows)) = api.cost.admit(&op, request) else {
        return HttpResponse::BadRequest().finish();
    };
    let response = graphql::execute(api.schema.clone(), op, request).await;
    let mut json = Vec::with_capacity(64 * 1024);
    match serde_json::to_writer(&mut json, &api.cost.tell(response, rows)) {
        Ok(()) => HttpResponse::Ok()
            .content_type("application/json")
            .body(json),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn actor(asker: Asker) -> Actor {
    let (roles, seats) = match asker {
        Asker::Staff => (vec![VendorRole::PartnerManager], Vec::new()),
        Asker::Member => {
            let seats = seats()
                .into_iter()
                .map(|id| (PartnerId(id), MemberRole::PartnerMember));
            (Vec::new(), seats.collect())
        }
    };
    Actor::Person(Arc::new(SignedIn {
        id: PersonId(row(1, 1)),
        session: SessionId(Uuid::nil()),
        roles,
        seats,
        assurance: Assurance::Recent,
    }))
}

/// The partners of the member: the first that were made.
pub(crate) fn seats() -> Vec<Uuid> {
    (1..=SEATS as u128).map(|n| row(3, n)).collect()
}

/// The id of a row, as `data` makes them.
pub(crate) fn row(kind: u128, n: u128) -> Uuid {
    Uuid::from_u128((kind << 96) | (0x0070_0080 << 56) | n)
}
