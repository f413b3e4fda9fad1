//! What holds whatever is asked: isolation, snapshots, prices, statements, the check at start-up.

use std::fmt;
use std::sync::{Arc, Mutex};

use async_graphql::{PathSegment, Value, Variables};
use entente::auth::Actor;
use entente::shape;
use sea_orm::{ConnectionTrait, Statement};
use tracing::field::{Field, Visit};
use tracing::span;

use super::slow::{self, Slow};
use super::world::{House, World, houses, sqlite};
use super::{Api, everybody, parsed};

#[tokio::test]
async fn shapes_fit_the_migrated_tables() {
    let _ = Api::new();
    for house in houses("shapes_fit_the_migrated_tables").await {
        let wrong = shape::check(&house.db).await.unwrap();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", house.name);
    }
}

#[tokio::test]
async fn a_shape_that_does_not_fit_its_table_is_found_out() {
    let _ = Api::new();
    let house = sqlite().await;
    for sql in [
        "ALTER TABLE partner DROP COLUMN website",
        "DROP TABLE session",
        "CREATE TABLE session (id BLOB NOT NULL, person_id BLOB NOT NULL, created_at INTEGER NOT NULL, \
         used_at TEXT, expires_at TEXT NOT NULL, ended_at TEXT, end_reason TEXT, user_agent TEXT NOT \
         NULL, address TEXT NOT NULL, used_from TEXT NOT NULL, proven_at TEXT)",
    ] {
        house.writer.execute_unprepared(sql).await.unwrap();
    }
    let wrong = shape::check(&house.db).await.unwrap();
    assert_eq!(
        wrong,
        [
            "Partner.website: there is no column partner.website",
            "Session.createdAt: session.created_at is INTEGER, not TEXT",
            "Session.usedAt: session.used_at may be NULL, and the field says otherwise",
        ]
    );
}

#[tokio::test]
async fn the_id_of_something_foreign_answers_like_one_of_nothing() {
    let api = Api::new();
    for house in houses("the_id_of_something_foreign_answers_like_one_of_nothing").await {
        World::random(5, 4).write(&house.writer).await;
        let world = World::read(&house.writer).await;
        let everything = super::ids(&world);
        for (who, actor) in everybody(&world) {
            let slow = Slow {
                world: &world,
                actor: actor.clone(),
            };
            let visible: Vec<String> = slow::TYPES.iter().flat_map(|of| slow.ids(of)).collect();
            for ids in everything.chunks(100) {
                let ask = |ids: &[String]| {
                    let ids: Value = ids.iter().map(|id| Value::from(id.as_str())).collect();
                    format!("{{ nodes(ids: {ids}) {{ __typename id }} }}")
                };
                let found = api
                    .data(&house.db, &actor, &ask(ids))
                    .await
                    .into_json()
                    .unwrap();
                for (id, node) in ids.iter().zip(found["nodes"].as_array().unwrap()) {
                    if visible.contains(id) {
                        assert_eq!(node["id"], id.as_str(), "{who}");
                    } else {
                        assert!(node.is_null(), "{who} sees {id}: {node}");
                    }
                }
            }
        }
        // Not the answer alone, all of it: of one type under the name of another, and of nothing.
        let key = &everything[0][everything[0].len() - 22..];
        let mut answers = Vec::new();
        for id in [
            "",
            "x",
            &format!("Partner_{key}"),
            "Partner_AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            let text = format!("{{ node(id: \"{id}\") {{ id }} partner(id: \"{id}\") {{ id }} }}");
            let response = api
                .ask(&house.db, &Actor::System, &text, Variables::default())
                .await;
            answers.push(serde_json::to_string(&response.data).unwrap());
        }
        answers.dedup();
        assert_eq!(answers, [r#"{"node":null,"partner":null}"#]);
    }
}

#[tokio::test]
async fn a_key_asked_twice_is_one_answer() {
    let api = Api::new();
    let house = sqlite().await;
    let world = World::random(5, 4);
    world.write(&house.writer).await;
    let text = "{ a: partners(first: 1) { nodes { id } } a: partners(first: 1) { nodes { legalName
                  owner { id } owner { name } } totalCount } __typename }";
    let data = api
        .data(&house.db, &Actor::System, text)
        .await
        .into_json()
        .unwrap();
    let node = &data["a"]["nodes"][0];
    assert!(
        node["id"].is_string() && node["legalName"].is_string(),
        "{data}"
    );
    assert!(
        node["owner"]["id"].is_string() && node["owner"]["name"].is_string(),
        "{data}"
    );
    assert_eq!(data["a"]["totalCount"], 4);
}

/// The codes and places of errors.
fn told(response: &async_graphql::Response) -> Vec<(String, String)> {
    let place = |path: &[PathSegment]| {
        let parts = path.iter().map(|segment| match segment {
            PathSegment::Field(name) => name.clone(),
            PathSegment::Index(nth) => nth.to_string(),
        });
        parts.collect::<Vec<_>>().join(".")
    };
    let of = |error: &async_graphql::ServerError| {
        let code = error.extensions.as_ref().unwrap().get("code").unwrap();
        assert!(!error.message.contains("staff_role"), "{}", error.message);
        (code.to_string(), place(&error.path))
    };
    response.errors.iter().map(of).collect()
}

#[tokio::test]
async fn a_cell_that_cannot_be_read_is_null_alone() {
    let api = Api::new();
    let house = sqlite().await;
    World::random(5, 3).write(&house.writer).await;
    let spoil = "UPDATE partner SET activated_at = 'yesterday' WHERE rowid = 2";
    house.writer.execute_unprepared(spoil).await.unwrap();
    let text =
        "{ partners { nodes { id activatedAt timeToOnboard legalName } } people { totalCount } }";
    let response = api
        .ask(&house.db, &Actor::System, text, Variables::default())
        .await;
    let data = parsed(&response).into_json().unwrap();
    let nodes = data["partners"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 3);
    assert!(nodes.iter().all(|node| node["legalName"].is_string()));
    let errors = told(&response);
    assert_eq!(errors.len(), 2, "{errors:?}");
    for (code, place) in errors {
        assert_eq!(code, "\"INTERNAL\"");
        let field = place
            .strip_prefix("partners.nodes.")
            .and_then(|rest| rest.split_once('.'));
        let (nth, field) = field.unwrap();
        let node = &nodes[nth.parse::<usize>().unwrap()];
        assert!(node[field].is_null(), "{place}");
    }
}

#[tokio::test]
async fn what_may_not_be_null_takes_along_what_holds_it_up_to_what_may() {
    let api = Api::new();
    let house = sqlite().await;
    let world = World::random(5, 3);
    world.write(&house.writer).await;
    let spoil = "UPDATE partner SET created_at = 'yesterday'";
    house.writer.execute_unprepared(spoil).await.unwrap();
    let fact = world
        .fact
        .iter()
        .find(|it| it.partner_id.is_some())
        .unwrap();
    let fact = slow::id("Fact", fact.id.0);
    let text = format!(
        "{{ node(id: \"{fact}\") {{ id ... on Fact {{ partner {{ legalName createdAt }} kind }} }} }}"
    );
    let response = api
        .ask(&house.db, &Actor::System, &text, Variables::default())
        .await;
    let data = parsed(&response).into_json().unwrap();
    assert!(
        data["node"]["partner"].is_null() && data["node"]["kind"].is_string(),
        "{data}"
    );
    assert_eq!(
        told(&response),
        [("\"INTERNAL\"".into(), "node.partner.createdAt".into())]
    );
}

#[tokio::test]
async fn a_batch_that_fails_leaves_everything_else() {
    let api = Api::new();
    for house in houses("a_batch_that_fails_leaves_everything_else").await {
        World::random(5, 3).write(&house.writer).await;
        house
            .writer
            .execute_unprepared("DROP TABLE staff_role")
            .await
            .unwrap();
        let text =
            "{ people(first: 2) { nodes { name vendorRoles memberships { nodes { role } } } }
                      partners { nodes { id } } }";
        let response = api
            .ask(&house.db, &Actor::System, text, Variables::default())
            .await;
        let data = parsed(&response).into_json().unwrap();
        assert_eq!(
            data["partners"]["nodes"].as_array().unwrap().len(),
            3,
            "{}",
            house.name
        );
        for node in data["people"]["nodes"].as_array().unwrap() {
            assert!(node["name"].is_string() && node["vendorRoles"].is_null());
        }
        let place = |nth| format!("people.nodes.{nth}.vendorRoles");
        let expected = [0, 1].map(|nth| ("\"INTERNAL\"".to_owned(), place(nth)));
        assert_eq!(told(&response), expected, "{}", house.name);
    }
}

#[tokio::test]
async fn a_price_is_told_and_counts_every_row_that_could_be_read() {
    let api = Api::new();
    let house = sqlite().await;
    for (text, rows) in [
        ("{ __typename }", 0),
        ("{ partners { nodes { id } } }", 20),
        (
            "{ partners(first: 5) { nodes { id } pageInfo { hasNextPage } } }",
            6,
        ),
        (
            "{ partners(last: 5) { nodes { id } pageInfo { hasNextPage } } }",
            5,
        ),
        ("{ partners(first: 5) { totalCount } }", 15),
        (
            "{ partners(first: 5) { nodes { owner { id } memberCount } } }",
            15,
        ),
        (
            "{ partners(first: 5) { nodes { memberships(first: 4) { nodes { person { vendorRoles } } } } } }",
            65,
        ),
        (
            "{ a: partners(first: 5) { nodes { id } } b: partners(first: 6) { nodes { id } } }",
            11,
        ),
        (
            "{ partners(first: 5) { ...f } } fragment f on PartnerConnection { nodes { owner { id } } }",
            10,
        ),
        (
            "{ partners(first: 5) { nodes { owner @skip(if: true) { id } } } }",
            5,
        ),
        (
            "query($n: Int = 3) { partners(first: $n) { nodes { id } } }",
            3,
        ),
        (
            "{ nodes(ids: [\"Partner_AAAAAAAAAAAAAAAAAAAAAA\", \"Partner_AAAAAAAAAAAAAAAAAAAAAA\", \"x\"]) { id } }",
            2,
        ),
    ] {
        let response = api
            .ask(&house.db, &Actor::System, text, Variables::default())
            .await;
        assert!(response.errors.is_empty(), "{text} {:?}", response.errors);
        assert_eq!(api.price(text), rows, "{text}");
    }
    assert_eq!(
        api.price(
            "mutation { partnerUpdate(input: {}) { partner { facts(first: 7) { nodes { id } } } } }"
        ),
        1 + 1 + 7,
    );
}

#[tokio::test]
async fn what_costs_too_much_is_refused_with_both_numbers() {
    let api = Api::new();
    let house = sqlite().await;
    let text = "{ partners(first: 100) { nodes { memberships(first: 100) { nodes { person { memberships(first: 100) { nodes { id } } } } } } } }";
    let response = api
        .ask(&house.db, &Actor::System, text, Variables::default())
        .await;
    let [error] = response.errors.as_slice() else {
        panic!("{response:?}")
    };
    assert!(
        error.message.contains("1020100") && error.message.contains("1000000"),
        "{error:?}"
    );
    assert_eq!(
        error.extensions.as_ref().unwrap().get("code"),
        Some(&Value::from("COST_EXCEEDED"))
    );
    // However deep, it is a number and no overflow.
    let mut deep = String::from("id");
    for _ in 0..12 {
        deep = format!("memberships(first: 100) {{ nodes {{ person {{ {deep} }} }} }}");
    }
    let text = format!("{{ people(first: 100) {{ nodes {{ {deep} }} }} }}");
    let response = api
        .ask(&house.db, &Actor::System, &text, Variables::default())
        .await;
    assert_eq!(response.errors.len(), 1);
}

#[tokio::test]
async fn fragments_that_hold_themselves_are_refused_and_not_followed() {
    let api = Api::new();
    let house = sqlite().await;
    for text in [
        "{ partners { ...a } } fragment a on PartnerConnection { ...b } fragment b on PartnerConnection { ...a }",
        "{ partners { nodes { ...a } } } fragment a on Partner { memberships { nodes { partner { ...a } } } }",
        "{ ...a } fragment a on Query { ...a }",
    ] {
        let response = api
            .ask(&house.db, &Actor::System, text, Variables::default())
            .await;
        assert!(!response.errors.is_empty(), "{text}");
    }
}

/// Every statement that shapes run on this thread.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Statements {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "entente::sql"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Sql(Option<String>);
        impl Visit for Sql {
            fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
                self.0 = Some(format!("{value:?}"));
            }
        }
        let mut sql = Sql(None);
        event.record(&mut sql);
        self.0.lock().unwrap().extend(sql.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

pub(super) async fn statements(api: &Api, house: &House, actor: &Actor, text: &str) -> Vec<String> {
    let heard = Statements::default();
    let guard = tracing::subscriber::set_default(heard.clone());
    let response = api.ask(&house.db, actor, text, Variables::default()).await;
    drop(guard);
    assert!(response.errors.is_empty(), "{text} {:?}", response.errors);
    let heard = heard.0.lock().unwrap();
    heard.clone()
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_rows() {
    let api = Api::new();
    for house in houses("the_number_of_statements_does_not_grow_with_the_rows").await {
        World::random(5, 12).write(&house.writer).await;
        let text = |first: usize| {
            format!(
                "{{ partners(first: {first}) {{ totalCount nodes {{ owner {{ vendorRoles }} \
                 onboarding {{ steps(first: {first}) {{ nodes {{ verdicts {{ nodes {{ reviewer {{ \
                 name }} }} }} }} }} }} memberships {{ nodes {{ person {{ name }} }} }} }} }} }}"
            )
        };
        let counts = [4, 8, 12].map(text);
        let mut seen = Vec::new();
        for text in counts {
            seen.push(statements(&api, &house, &Actor::System, &text).await.len());
        }
        // Partners and their total, owners, onboardings, steps, verdicts, reviewers, seats, people;
        // the batch reads on its own.
        assert_eq!(seen, [9, 9, 9], "{}", house.name);
    }
}

#[tokio::test]
async fn every_list_inside_an_object_walks_an_index() {
    let api = Api::new();
    let house = sqlite().await;
    let world = World::random(5, 6);
    world.write(&house.writer).await;
    let system = Actor::System;
    let data = api
        .data(&house.db, &system, super::generate::INTROSPECTION)
        .await;
    let data = data.into_json().unwrap();
    let (mut scans, mut lists) = (Vec::new(), 0);
    for ty in data["__schema"]["types"].as_array().unwrap() {
        let name = ty["name"].as_str().unwrap();
        if !slow::TYPES.contains(&name) {
            continue;
        }
        let of = Slow {
            world: &world,
            actor: system.clone(),
        };
        let Some(id) = of.ids(name).into_iter().next() else {
            continue;
        };
        for field in ty["fields"].as_array().unwrap() {
            let many = field["args"]
                .as_array()
                .unwrap()
                .iter()
                .any(|it| it["name"] == "first");
            if !many {
                continue;
            }
            let list = field["name"].as_str().unwrap();
            lists += 1;
            let text = format!(
                "{{ node(id: \"{id}\") {{ ... on {name} {{ {list}(first: 3) {{ totalCount nodes {{ \
                 id }} }} }} }} }}"
            );
            for sql in &statements(&api, &house, &system, &text).await[1..] {
                let explain =
                    Statement::from_string(house.db.backend(), format!("EXPLAIN QUERY PLAN {sql}"));
                let plan = house.writer.query_all_raw(explain).await.unwrap();
                let plan: Vec<String> = plan
                    .iter()
                    .map(|row| row.try_get_by_index(3).unwrap())
                    .collect();
                let scans_a_table = |line: &String| {
                    line.starts_with("SCAN ")
                        && !line.starts_with("SCAN parent")
                        && !line.contains("counted")
                };
                let sorts = plan
                    .iter()
                    .filter(|line| line.contains("FOR ORDER BY"))
                    .count();
                // The page itself, of some rows, is sorted; the list that it is cut from is not.
                if plan.iter().any(scans_a_table) || sorts > 1 {
                    scans.push(format!("{name}.{list}: {plan:#?}"));
                }
            }
        }
    }
    assert!(scans.is_empty(), "{}", scans.join("\n"));
    assert!(lists > 12, "only {lists} lists");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_that_a_request_reads_is_of_one_instant() {
    let api = Api::new();
    for house in houses("all_that_a_request_reads_is_of_one_instant").await {
        World::random(5, 3).write(&house.writer).await;
        let writer = house.writer.clone();
        let busy = tokio::spawn(async move {
            let (id, other) = if writer.get_database_backend() == sea_orm::DbBackend::Postgres {
                ("gen_random_uuid()", "gen_random_uuid()")
            } else {
                ("randomblob(16)", "randomblob(16)")
            };
            loop {
                let instant = "'2026-03-01T08:00:00+00:00'";
                let sql = format!(
                    "INSERT INTO fact (id, kind, subject_id, detail, occurred_at, recorded_at) \
                     VALUES ({id}, 'x', {other}, '{{}}', {instant}, {instant})"
                );
                writer.execute_unprepared(&sql).await.unwrap();
            }
        });
        let (mut first, mut last) = (None, None);
        // As long as it takes the other to write at all.
        for round in 0..2_000 {
            if round >= 60 && first < last {
                break;
            }
            let text = "{ a: facts(first: 1) { totalCount } b: facts(first: 1) { totalCount }
                          c: facts(first: 1) { totalCount } }";
            let data = api
                .data(&house.db, &Actor::System, text)
                .await
                .into_json()
                .unwrap();
            let of = |name: &str| data[name]["totalCount"].as_i64().unwrap();
            assert!(
                of("a") == of("b") && of("b") == of("c"),
                "{}: {data}",
                house.name
            );
            first.get_or_insert(of("a"));
            last = Some(of("a"));
        }
        busy.abort();
        assert!(first < last, "nothing was written meanwhile");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_that_are_dropped_give_their_connection_back() {
    let api = Arc::new(Api::new());
    for house in houses("requests_that_are_dropped_give_their_connection_back").await {
        World::random(5, 6).write(&house.writer).await;
        let text = "{ partners { totalCount nodes { facts { nodes { id person { name } } } } } people { nodes { id } } }";
        for nth in 0..80 {
            let ask = api.ask(&house.db, &Actor::System, text, Variables::default());
            let limit = std::time::Duration::from_micros(nth * 100);
            let _ = tokio::time::timeout(limit, ask).await;
        }
        // All four connections are there, and see what was written since.
        let world = World::read(&house.writer).await;
        house
            .writer
            .execute_unprepared("DELETE FROM audit_entry")
            .await
            .unwrap();
        let text = "{ auditEntries { totalCount } partners { totalCount } }";
        let asks = (0..8).map(|_| api.data(&house.db, &Actor::System, text));
        for data in futures_util::future::join_all(asks).await {
            let data = data.into_json().unwrap();
            assert_eq!(data["auditEntries"]["totalCount"], 0, "{}", house.name);
            assert_eq!(data["partners"]["totalCount"], world.partner.len());
        }
    }
}
