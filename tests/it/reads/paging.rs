//! Pages, cursors, orders and totals.

use async_graphql::{Value, Variables};
use entente::auth::Actor;
use sea_orm::ConnectionTrait;
use serde_json::Value as Json;

use super::world::{World, houses, sqlite};
use super::{Api, everybody};

/// Names and creation of partners: many share both, so that only the key decides.
const ORDERS: [&str; 6] = [
    "",
    "orderBy: [{ field: LEGAL_NAME }]",
    "orderBy: [{ field: LEGAL_NAME, direction: DESC }]",
    "orderBy: [{ field: LEGAL_NAME }, { field: CREATED_AT, direction: DESC }]",
    "orderBy: [{ field: CREATED_AT, direction: DESC }, { field: LEGAL_NAME, direction: ASC }]",
    "orderBy: [{ field: APPROVED_AT }, { field: LEGAL_NAME, direction: DESC }, { field: CREATED_AT }]",
];

async fn page(api: &Api, db: &entente::db::Db, arguments: &str) -> Json {
    let text = format!(
        "{{ partners({arguments}) {{ totalCount nodes {{ id }} \
         pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    let data = api.data(db, &Actor::System, &text).await;
    data.into_json().unwrap()["partners"].take()
}

fn ids(page: &Json) -> Vec<String> {
    let nodes = page["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_list_walked_either_way_is_the_whole_list() {
    let api = Api::new();
    for house in houses("a_list_walked_either_way_is_the_whole_list").await {
        World::random(3, 13).write(&house.writer).await;
        for order in ORDERS {
            let whole = ids(&page(&api, &house.db, &format!("first: 100, {order}")).await);
            assert_eq!(whole.len(), 13);
            for size in [1, 2, 5] {
                let (mut forward, mut cursor) = (Vec::new(), String::new());
                loop {
                    let page =
                        page(&api, &house.db, &format!("first: {size} {cursor} {order}")).await;
                    forward.extend(ids(&page));
                    assert!(forward.len() <= whole.len(), "it goes round: {forward:?}");
                    assert_eq!(page["pageInfo"]["hasPreviousPage"], !cursor.is_empty());
                    if page["pageInfo"]["hasNextPage"] == false {
                        break;
                    }
                    cursor = format!("after: {}", page["pageInfo"]["endCursor"]);
                }
                assert_eq!(forward, whole, "{order} by {size} on {}", house.name);
                let (mut backward, mut cursor) = (Vec::new(), String::new());
                loop {
                    let page =
                        page(&api, &house.db, &format!("last: {size} {cursor} {order}")).await;
                    backward.splice(0..0, ids(&page));
                    assert!(backward.len() <= whole.len(), "it goes round: {backward:?}");
                    assert_eq!(page["pageInfo"]["hasNextPage"], !cursor.is_empty());
                    if page["pageInfo"]["hasPreviousPage"] == false {
                        break;
                    }
                    cursor = format!("before: {}", page["pageInfo"]["startCursor"]);
                }
                assert_eq!(
                    backward, whole,
                    "{order} by {size} from the end on {}",
                    house.name
                );
            }
        }
    }
}

async fn refused(api: &Api, db: &entente::db::Db, arguments: &str) -> String {
    let text = format!("{{ partners({arguments}) {{ nodes {{ id }} }} }}");
    let response = api
        .ask(db, &Actor::System, &text, Variables::default())
        .await;
    let [error] = response.errors.as_slice() else {
        panic!("{arguments}: {response:?}")
    };
    let code = error.extensions.as_ref().and_then(|it| it.get("code"));
    assert_eq!(code, Some(&Value::from("BAD_USER_INPUT")), "{arguments}");
    error.message.clone()
}

#[tokio::test]
async fn a_cursor_is_refused_by_any_other_list() {
    let api = Api::new();
    let house = sqlite().await;
    World::random(3, 4).write(&house.writer).await;
    let by_name = "orderBy: [{ field: LEGAL_NAME }]";
    let page = page(&api, &house.db, &format!("first: 2, {by_name}")).await;
    let cursor = &page["pageInfo"]["endCursor"];
    let other_orders = ORDERS.into_iter().filter(|order| *order != by_name);
    for order in other_orders {
        let message = refused(&api, &house.db, &format!("after: {cursor}, {order}")).await;
        assert!(
            message.starts_with("`after` is no cursor of this list in this order"),
            "{message}"
        );
        refused(&api, &house.db, &format!("before: {cursor}, {order}")).await;
    }
    for nonsense in ["", "nonsense", "AAAA", "%", "é", &"A".repeat(100_000)] {
        refused(
            &api,
            &house.db,
            &format!("after: {}, {by_name}", Value::from(nonsense)),
        )
        .await;
    }
    // Cut short or continued, it is no cursor either.
    let text = cursor.as_str().unwrap();
    for mended in [&text[..text.len() - 1], &format!("{text}AA")] {
        refused(&api, &house.db, &format!("after: \"{mended}\", {by_name}")).await;
    }
    let applications =
        format!("{{ partnerApplications(after: {cursor}, {by_name}) {{ nodes {{ id }} }} }}");
    let response = api
        .ask(
            &house.db,
            &Actor::System,
            &applications,
            Variables::default(),
        )
        .await;
    assert_eq!(response.errors.len(), 1);
}

#[tokio::test]
async fn a_page_has_a_size_that_makes_sense() {
    let api = Api::new();
    let house = sqlite().await;
    for arguments in ["first: -1", "first: 101", "last: 101", "first: 2, last: 2"] {
        let message = refused(&api, &house.db, arguments).await;
        assert!(
            message.contains("first") || message.contains("last"),
            "{message}"
        );
    }
    for arguments in ["first: 0", "last: 0", "first: 100", "first: null, last: 3"] {
        page(&api, &house.db, arguments).await;
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_a_mutation_does_anything() {
    let api = Api::new();
    let house = sqlite().await;
    let world = World::random(3, 2);
    world.write(&house.writer).await;
    let (_, admin) = &everybody(&world)[2];
    let partner = super::slow::id("Partner", world.partner[0].id.0);
    let text = format!(
        "mutation {{ partnerUpdate(input: {{ id: \"{partner}\", expectedVersion: 3, website: \
         \"https://new.example.test\" }}) {{ partner {{ memberships(first: 1000) {{ nodes {{ id }} \
         }} }} }} }}"
    );
    let response = api.ask(&house.db, admin, &text, Variables::default()).await;
    assert!(
        response.errors[0]
            .message
            .starts_with("`first` lies between"),
        "{response:?}"
    );
    let after = World::read(&house.writer).await;
    assert_eq!(after.partner[0], world.partner[0]);
}

#[tokio::test]
async fn totals_are_told_up_to_ten_thousand() {
    let api = Api::new();
    for house in houses("totals_are_told_up_to_ten_thousand").await {
        let world = World::random(3, 2);
        world.write(&house.writer).await;
        house
            .writer
            .execute_unprepared("DELETE FROM fact")
            .await
            .unwrap();
        let partner = world.partner[0].id.0.simple();
        let (series, key, partner) = if house.db.is_postgres() {
            (
                "SELECT n FROM generate_series(1, 10000) n",
                "md5(n::text)::uuid",
                format!("'{partner}'::uuid"),
            )
        } else {
            (
                "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 10000) \
                 SELECT n FROM s",
                "unhex(printf('%032x', n))",
                format!("unhex('{partner}')"),
            )
        };
        let instant = "'2026-03-01T08:00:00+00:00'";
        let add = |key: &str, series: &str| {
            format!(
                "INSERT INTO fact (id, kind, partner_id, subject_id, detail, occurred_at, recorded_at) \
                 SELECT {key}, 'x', {partner}, {partner}, '{{}}', {instant}, {instant} \
                 FROM ({series}) AS series"
            )
        };
        house
            .writer
            .execute_unprepared(&add(key, series))
            .await
            .unwrap();
        let text = "{ facts(first: 1) { totalCount } \
                    partners { nodes { facts(first: 1) { totalCount } } } }";
        let totals = |data: &Json| {
            let nodes = data["partners"]["nodes"].as_array().unwrap();
            let nested: Vec<Json> = nodes
                .iter()
                .map(|it| it["facts"]["totalCount"].clone())
                .collect();
            (data["facts"]["totalCount"].clone(), nested)
        };
        let data = api
            .data(&house.db, &Actor::System, text)
            .await
            .into_json()
            .unwrap();
        let (all, nested) = totals(&data);
        assert_eq!(all, 10_000);
        assert!(nested.contains(&Json::from(10_000)) && nested.contains(&Json::from(0)));
        let one_more = add(key, "SELECT 10001 AS n");
        house.writer.execute_unprepared(&one_more).await.unwrap();
        let data = api
            .data(&house.db, &Actor::System, text)
            .await
            .into_json()
            .unwrap();
        let (all, nested) = totals(&data);
        assert_eq!(all, Json::Null);
        assert!(nested.contains(&Json::Null) && nested.contains(&Json::from(0)));
    }
}
