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

use crate::{
    Asker, CONNECTIONS, Case, Nth, Result, SEATS, Slot, WORKERS, data, team_admin, team_partner,
};

struct Api {
    schema: Portal,
    cost: Cost,
    case: Case,
    asker: Asker,
}

/// Answers on that port until it is stopped.
pub(crate) async fn serve(url: &str, case: Case, asker: Asker, port: u16) -> Result<()> {
    let schema = graphql::schema();
    let cost = Cost::new(&schema.sdl(), 10_000)?;
    let api = web::Data::new(Api {
        schema,
        cost,
        case,
        asker,
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

async fn answer(
    api: web::Data<Api>,
    db: web::Data<Db>,
    nth: web::Query<Nth>,
    body: web::Bytes,
) -> HttpResponse {
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
        actor(api.case, api.asker, nth.n),
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

/// Who sends the `n`th request.
fn actor(case: Case, asker: Asker, n: u64) -> Actor {
    let member = |id: Uuid, partners: Vec<Uuid>, role: MemberRole| {
        let seats = partners.into_iter().map(|it| (PartnerId(it), role));
        (id, Vec::new(), seats.collect())
    };
    let (id, roles, seats) = match (asker, case) {
        (Asker::Staff, _) => (row(1, 1), vec![VendorRole::PartnerManager], Vec::new()),
        (Asker::Member, Case::Partners) => member(row(1, 1), seats(), MemberRole::PartnerMember),
        (Asker::Member, Case::Team) => {
            member(team_admin(), vec![team_partner()], MemberRole::PartnerAdmin)
        }
        (Asker::Member, Case::Lesson) => {
            let slot = Slot::of(n);
            member(
                slot.person(),
                vec![slot.partner()],
                MemberRole::PartnerMember,
            )
        }
    };
    Actor::Person(Arc::new(SignedIn {
        id: PersonId(id),
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
