//! Shapes answer what a slow reader answers that takes one row at a time.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test may end where it stands"
)]

mod generate;
mod paging;
mod slow;
mod team;
mod trust;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Request, Response, Value, Variables};
use entente::auth::link::LinkKey;
use entente::auth::{Actor, Assurance, SignedIn};
use entente::db::Db;
use entente::graphql::cost::Cost;
use entente::graphql::{self, Portal};
use entente::op::{Op, Origin};
use entente::shape::Prices;
use entity::id::{PartnerId, PersonId, SessionId};
use entity::membership::MemberRole;
use entity::staff_role::VendorRole;
use sea_orm::Iterable;
use uuid::Uuid;

use generate::{Maker, Schema};
use slow::{Answer, Slow};
use world::{Chance, World, houses, now};

/// The schema, and what its requests cost.
struct Api {
    schema: Portal,
    cost: Cost,
}

impl Api {
    fn new() -> Self {
        // What is masked for clients is told to whoever runs the test.
        let _ = tracing_subscriber::fmt().with_test_writer().try_init();
        let schema = graphql::schema();
        let cost = Cost::new(&schema.sdl(), 1_000_000).unwrap();
        Self { schema, cost }
    }

    async fn ask(&self, db: &Db, actor: &Actor, text: &str, variables: Variables) -> Response {
        let key = LinkKey::from([7; 32]);
        let op = Op::new(db.clone(), key, actor.clone(), now(), Origin::default());
        let request = Request::new(text).variables(variables);
        match self.cost.admit(&op, request) {
            Ok((request, _)) => graphql::execute(self.schema.clone(), op, request).await,
            Err(error) => Response::from_errors(vec![error]),
        }
    }

    fn price(&self, text: &str) -> u64 {
        let document = async_graphql::parser::parse_query(text).unwrap();
        let prices = Prices::of(&self.schema.sdl()).unwrap();
        prices
            .price(&document, None, &Variables::default())
            .unwrap()
            .rows
    }

    /// The data of a query that is answered without an error.
    async fn data(&self, db: &Db, actor: &Actor, text: &str) -> Value {
        let response = self.ask(db, actor, text, Variables::default()).await;
        assert!(response.errors.is_empty(), "{text}\n{:?}", response.errors);
        parsed(&response)
    }
}

/// The data as a client reads it: what is written raw is parsed, keys stay in order.
fn parsed(response: &Response) -> Value {
    let text = serde_json::to_string(response).unwrap();
    let Value::Object(mut answer) = serde_json::from_str(&text).unwrap() else {
        panic!("{text}")
    };
    answer.swap_remove("data").unwrap()
}

/// Everybody who may ask, by what they are.
fn everybody(world: &World) -> Vec<(String, Actor)> {
    let person = |nth: usize| world.person[nth].id;
    let signed_in = |nth: usize, roles: Vec<VendorRole>, seats: Vec<(PartnerId, MemberRole)>| {
        let id = person(nth);
        let sessions = world.session.iter().find(|it| it.person_id == id);
        let session = sessions.map_or(SessionId(Uuid::nil()), |it| it.id);
        Actor::Person(Arc::new(SignedIn {
            id,
            session,
            roles,
            seats,
            assurance: Assurance::Recent,
        }))
    };
    let mut all = vec![
        ("nobody".to_owned(), Actor::Anonymous),
        ("the portal".to_owned(), Actor::System),
    ];
    for (nth, role) in VendorRole::iter().enumerate() {
        all.push((format!("{role:?}"), signed_in(nth, vec![role], vec![])));
    }
    // Members, each with the seats that the rows give them.
    let seat = |nth: usize| {
        (
            world.membership[nth].partner_id,
            world.membership[nth].person_id,
        )
    };
    let of = |person: PersonId| world.person.iter().position(|it| it.id == person).unwrap();
    let ((first, ana), (second, ben)) = (seat(0), seat(world.membership.len() - 1));
    all.push((
        "admin".into(),
        signed_in(of(ana), vec![], vec![(first, MemberRole::PartnerAdmin)]),
    ));
    all.push((
        "member".into(),
        signed_in(of(ben), vec![], vec![(second, MemberRole::PartnerMember)]),
    ));
    let both = vec![
        (first, MemberRole::PartnerMember),
        (second, MemberRole::PartnerAdmin),
    ];
    all.push(("member of two".into(), signed_in(of(ana), vec![], both)));
    all.push(("without a seat".into(), signed_in(of(ben), vec![], vec![])));
    // Whoever has shown something, where they may and where they need a second factor first.
    let learner = of(world.certification_evidence[0].person_id);
    all.push(("learner".into(), signed_in(learner, vec![], vec![])));
    if let Actor::Person(me) = signed_in(learner, vec![], vec![]) {
        let assurance = Assurance::Missing;
        let me = SignedIn {
            assurance,
            ..(*me).clone()
        };
        all.push(("without a factor".into(), Actor::Person(Arc::new(me))));
    }
    for application in [&world.application[0], world.application.last().unwrap()] {
        all.push(("applicant".into(), Actor::Applicant(application.id)));
    }
    all
}

/// Ids of every row.
fn ids(world: &World) -> Vec<String> {
    let system = Slow {
        world,
        actor: Actor::System,
    };
    slow::TYPES.iter().flat_map(|of| system.ids(of)).collect()
}

/// Compares the answers, keys in order, and learns how cursors are written.
fn same(
    fast: &Value,
    slow: &Value,
    at: &str,
    cursors: &mut BTreeMap<String, String>,
) -> Result<(), String> {
    match (fast, slow) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = |of: &async_graphql::indexmap::IndexMap<_, Value>| {
                of.keys()
                    .map(|key: &async_graphql::Name| key.to_string())
                    .collect::<Vec<_>>()
            };
            if keys(one) != keys(other) {
                return Err(format!("{at}: keys {:?}, not {:?}", keys(one), keys(other)));
            }
            for (key, value) in one {
                same(value, &other[key], &format!("{at}.{key}"), cursors)?;
            }
            Ok(())
        }
        (Value::List(one), Value::List(other)) if one.len() == other.len() => {
            for (nth, (one, other)) in one.iter().zip(other).enumerate() {
                same(one, other, &format!("{at}.{nth}"), cursors)?;
            }
            Ok(())
        }
        (Value::String(cursor), Value::String(place)) if place.starts_with(slow::CURSOR) => {
            let known = cursors
                .entry(cursor.clone())
                .or_insert_with(|| place.clone());
            if known == place {
                return Ok(());
            }
            Err(format!(
                "{at}: the cursor of {known:?} stands for {place:?}"
            ))
        }
        _ if fast == slow => Ok(()),
        _ => Err(format!("{at}: {fast}, not {slow}")),
    }
}

/// How many queries are made up for each asker.
fn how_many() -> usize {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    let asked = std::env::var("ENTENTE_TEST_QUERIES").ok();
    asked.map_or(25, |asked| asked.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_what_the_slow_reader_reads() {
    let api = Api::new();
    for house in houses("everybody_reads_what_the_slow_reader_reads").await {
        World::random(11, 6).write(&house.writer).await;
        let world = World::read(&house.writer).await;
        let data = api
            .data(&house.db, &Actor::System, generate::INTROSPECTION)
            .await;
        let schema = Schema::new(&data.into_json().unwrap());
        let ids = ids(&world);
        let mut cursors = BTreeMap::new();
        let mut nodes = 0;
        for (nth, (who, actor)) in everybody(&world).into_iter().enumerate() {
            let slow = Slow {
                world: &world,
                actor: actor.clone(),
            };
            for round in 0..how_many() {
                let mut chance = Chance::new(u64::try_from(nth * 1_000_003 + round).unwrap());
                let made = Maker::new(&schema, &mut chance, &ids, &cursors).query();
                let answer = Answer::new(&slow, &made.text, &made.variables, &cursors).answer();
                let response = api
                    .ask(&house.db, &actor, &made.text, made.variables.clone())
                    .await;
                let told = || {
                    let variables = serde_json::to_string(&made.variables).unwrap();
                    format!("{who} on {}\n{}\n{variables}", house.name, made.text)
                };
                assert!(
                    response.errors.is_empty(),
                    "{:?}\n{}",
                    response.errors,
                    told()
                );
                if let Err(difference) = same(&parsed(&response), &answer, "data", &mut cursors) {
                    panic!("{difference}\n{}", told());
                }
                nodes += answer.to_string().matches("id").count();
            }
        }
        // A generator that asks for nothing would find no difference either.
        assert!(nodes > 1_000, "only {nodes} ids in all answers");
        assert!(cursors.len() > 100, "only {} cursors", cursors.len());
    }
}
