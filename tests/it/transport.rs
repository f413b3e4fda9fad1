//! The HTTP face, asked over sockets: limits, codes, headers, and that nothing takes it down.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{Context, EmptySubscription, Object, Request, Response, Schema};
use chrono::{DateTime, Utc};
use entente::auth::Actor;
use entente::auth::link::LinkKey;
use entente::auth::token::Keys;
use entente::certification::proof::Issuer;
use entente::clock::SystemClock;
use entente::config;
use entente::db::Db;
use entente::error::{Away, Error, Result};
use entente::file::{Receiver, Store};
use entente::graphql::document::Limits;
use entente::graphql::{self, Isolation, answer, execute};
use entente::http::{Identify, Parts, Server, metrics};
use entente::notification::preference;
use entente::op::Op;
use entity::id::SessionId;
use futures_util::future::BoxFuture;
use sea_orm::{DbErr, RuntimeErr};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::wire::{Answer, read, send};

struct Query;

#[expect(clippy::unused_async, reason = "resolvers are asked for as futures")]
#[Object]
impl Query {
    async fn hello(&self) -> &'static str {
        "hello"
    }

    async fn sum(&self, a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    async fn leak(&self) -> async_graphql::Result<i32> {
        Err(async_graphql::Error::new("password=hunter2"))
    }

    async fn leak_from_source(&self) -> async_graphql::Result<Option<i32>> {
        Err("/etc/shadow".parse::<i32>().unwrap_err())?
    }

    async fn fault(&self) -> async_graphql::Result<Option<i32>> {
        Err(answer(Error::fault("table secrets is gone")))
    }

    async fn busy(&self) -> async_graphql::Result<Option<i32>> {
        Err(answer(Error::Busy(Duration::from_secs(7))))
    }

    async fn away(&self) -> async_graphql::Result<Option<i32>> {
        let lost = DbErr::Conn(RuntimeErr::Internal("57P01".to_owned()));
        Err(answer(Away::Unknown(lost).into()))
    }

    async fn forbidden(&self) -> async_graphql::Result<Option<i32>> {
        Err(answer(Error::Forbidden))
    }

    async fn panic(&self) -> i32 {
        "none".parse::<i32>().unwrap()
    }

    async fn slow(&self, ms: u64) -> u64 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        ms
    }

    async fn who(&self, ctx: &Context<'_>) -> String {
        format!("{:?}", ctx.data_unchecked::<Op>().actor())
    }

    async fn origin(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<Op>().origin().request_id.clone()
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn touch(&self) -> bool {
        true
    }
}

struct Tokens;

impl Identify for Tokens {
    fn identify<'a>(
        &'a self,
        _: &'a Db,
        bearer: Option<&'a str>,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Actor>> {
        Box::pin(async move {
            match bearer {
                None => Ok(Actor::Anonymous),
                Some("good") => Ok(Actor::System),
                Some(_) => Err(Error::Unauthenticated),
            }
        })
    }

    fn resume<'a>(
        &'a self,
        _: &'a Db,
        _: SessionId,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Actor>> {
        Box::pin(async { Err(Error::Unauthenticated) })
    }
}

struct Running {
    address: SocketAddr,
    metrics: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
    _data: TempDir,
}

async fn start_with(is_migrated: bool, change: impl FnOnce(&mut Parts)) -> Running {
    let data = tempfile::tempdir().unwrap();
    let database = config::Database {
        url: None,
        writers: 1,
        readers: 2,
        acquire_timeout: 2,
    };
    let db = Db::open(&database, data.path()).await.unwrap();
    if is_migrated {
        db.migrate().await.unwrap();
    }
    let schema = Schema::build(Query, Mutation, EmptySubscription)
        .extension(Isolation)
        .finish();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let args = config::Args {
        data: Some(data.path().into()),
        ..config::Args::default()
    };
    let settings = config::Config::read(&args, None::<(&str, &str)>).unwrap();
    let identity = settings.identity;
    let store = Store::open(&settings.files, data.path()).unwrap();
    let mut parts = Parts {
        config: config::Http {
            listen: any,
            metrics_listen: Some(any),
            allowed_origins: vec!["https://portal.example".to_owned()],
            body_limit: 64 * 1024,
            long_body_limit: 256 * 1024,
            body_deadline: 1,
            deadline: 10,
            introspection: config::Introspection::Staff,
            development: true,
            workers: 2,
            cost_limit: 1000,
            trust_proxy: false,
        },
        base_url: "https://portal.example".parse().unwrap(),
        db,
        link_key: LinkKey::from([7; 32]),
        clock: Arc::new(SystemClock),
        limits: Limits::default(),
        identify: Arc::new(Tokens),
        sdl: schema.sdl(),
        execute: Arc::new(move |op, request| execute(schema.clone(), op, request)),
        jwks: Arc::new(|| r#"{"keys":[]}"#.to_owned()),
        mailbox: Some(Arc::new(|letter| Box::pin(async { mailbox(letter) }))),
        default_locale: "en".to_owned(),
        files: Receiver::new(store, None),
        largest_file: settings.files.largest,
        issuer: Issuer {
            base_url: "https://portal.example".parse().unwrap(),
            program: "Portal".to_owned(),
            zone: chrono_tz::Tz::UTC,
            keys: Arc::new(Keys::load_or_create(&identity, data.path()).unwrap()),
        },
        unsubscribe: Arc::new(|op, letter, token| {
            Box::pin(async move { preference::switch_off(&op, letter, &token).await })
        }),
        backlog: Some(Arc::new(|| {
            Box::pin(async {
                Ok(metrics::Waiting {
                    due: 3,
                    oldest_seconds: 42,
                    dead: 1,
                    suppressed: 7,
                    sign_in_refused: 1,
                    daily_seconds: Some(90),
                    hosts_waiting: 2,
                })
            })
        })),
    };
    change(&mut parts);
    let server = Server::bind(parts).unwrap();
    let (address, metrics) = (server.address(), server.metrics_address().unwrap());
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    Running {
        address,
        metrics,
        stop: Some(stop),
        task,
        _data: data,
    }
}

fn mailbox(letter: Option<String>) -> Result<String, Error> {
    let panics = letter.as_deref() == Some("panic");
    assert!(!panics, "a page that does not know better");
    if letter.as_deref() == Some("unreadable") {
        return Err(Error::fault("/var/mail is on fire"));
    }
    letter.ok_or(Error::NotFound("letter"))
}

async fn start() -> Running {
    start_with(true, |_| {}).await
}

impl Running {
    /// A request as it stands on the wire, without the blank line.
    async fn send(&self, head: &str, body: &str) -> Answer {
        send(self.address, head, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1"), "").await
    }

    async fn post(&self, headers: &str, body: &str) -> Answer {
        let head = format!("POST /graphql HTTP/1.1\r\ncontent-type: application/json{headers}");
        self.send(&head, body).await
    }

    async fn ask(&self, query: &str) -> Answer {
        let accept = "\r\naccept: application/graphql-response+json";
        self.post(accept, &json!({ "query": query }).to_string())
            .await
    }

    async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(8), self.task)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

#[tokio::test]
async fn queries_are_answered_by_post_and_by_get() {
    let portal = start().await;
    let posted = portal.ask("{ hello }").await;
    assert_eq!(
        (posted.status, posted.json()),
        (200, json!({"data": {"hello": "hello"}}))
    );
    assert_eq!(
        posted.header("content-type"),
        Some("application/graphql-response+json; charset=utf-8")
    );
    assert_eq!(posted.header("cache-control"), Some("no-store"));
    let got = portal
        .get("/graphql?query=query($a:Int!)%7Bsum(a:$a,b:1)%7D&variables=%7B%22a%22:2%7D")
        .await;
    assert_eq!((got.status, got.json()), (200, json!({"data": {"sum": 3}})));
    portal.stop().await;
}

#[tokio::test]
async fn a_get_mutates_nothing() {
    let portal = start().await;
    let answer = portal.get("/graphql?query=mutation%7Btouch%7D").await;
    answer.is(405, "BAD_USER_INPUT");
    assert_eq!(answer.header("allow"), Some("post"));
    let put = portal.send("PUT /graphql HTTP/1.1", "").await;
    put.is(405, "BAD_USER_INPUT");
    assert_eq!(put.header("allow"), Some("get, post"));
}

#[tokio::test]
async fn what_is_not_json_is_refused_by_its_type() {
    let portal = start().await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let head = format!("POST /graphql HTTP/1.1\r\ncontent-type: {content_type}");
        portal
            .send(&head, r#"{"query":"{hello}"}"#)
            .await
            .is(415, "BAD_USER_INPUT");
    }
    portal
        .post("\r\ncontent-encoding: gzip", "{}")
        .await
        .is(415, "BAD_USER_INPUT");
    portal
        .post("\r\naccept: text/html", "{}")
        .await
        .is(406, "BAD_USER_INPUT");
}

#[tokio::test]
async fn bad_json_and_batches_are_refused() {
    let portal = start().await;
    for body in [
        "",
        "{",
        r#"[{"query":"{hello}"}]"#,
        r#"{"query":1}"#,
        "\u{0}",
    ] {
        portal.post("", body).await.is(400, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_large_body_is_refused_before_it_is_read() {
    let portal = start().await;
    let mut socket = TcpStream::connect(portal.address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 300000000\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    read(&mut socket).await.is(413, "BAD_USER_INPUT");
}

#[tokio::test]
async fn who_has_signed_in_may_send_long_documents_and_no_long_queries() {
    let portal = start().await;
    let body = |query: usize, variables: usize| {
        let (query, text) = (" ".repeat(query), "x".repeat(variables));
        format!(r#"{{"query":"{query}{{hello}}","variables":{{"text":"{text}"}}}}"#)
    };
    let good = "\r\nauthorization: Bearer good";
    assert_eq!(portal.post(good, &body(0, 200_000)).await.status, 200);
    for (who, body) in [
        ("", body(0, 70_000)),
        ("\r\nauthorization: Bearer bad", body(0, 70_000)),
        (good, body(70_000, 0)),
        (good, body(0, 300_000)),
    ] {
        portal.post(who, &body).await.is(413, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_large_body_of_unknown_length_is_refused_at_the_limit() {
    let portal = start().await;
    let mut socket = TcpStream::connect(portal.address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("8000\r\n{}\r\n", " ".repeat(0x8000));
    for _ in 0..3 {
        socket.write_all(chunk.as_bytes()).await.unwrap();
    }
    read(&mut socket).await.is(413, "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_body_that_trickles_in_is_given_up() {
    let portal = start().await;
    let mut socket = TcpStream::connect(portal.address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    socket.write_all(head.as_bytes()).await.unwrap();
    read(&mut socket).await.is(408, "TIMEOUT");
}

#[tokio::test]
async fn bombs_are_refused() {
    let portal = start().await;
    let mut fragments = String::from("{ ...F0 }");
    for level in 0..25 {
        let next = level + 1;
        let _ = write!(
            fragments,
            " fragment F{level} on Query {{ ...F{next} ...F{next} }}"
        );
    }
    fragments.push_str(" fragment F25 on Query { hello }");
    portal.ask(&fragments).await.is(400, "COST_EXCEEDED");
    let aliases = (0..101).fold(String::new(), |text, n| {
        text + &format!("a{n}: __typename ")
    });
    portal
        .ask(&format!("{{ {aliases} }}"))
        .await
        .is(400, "COST_EXCEEDED");
    let nested = format!(
        "{{ sum(a: {}1{}, b: 1) }}",
        "[".repeat(30_000),
        "]".repeat(30_000)
    );
    portal.ask(&nested).await.is(400, "COST_EXCEEDED");
    // It still answers, so no thread was lost.
    assert_eq!(portal.ask("{ hello }").await.status, 200);
}

#[tokio::test]
async fn documents_that_do_not_hold_are_told_why() {
    let portal = start().await;
    for query in [
        "{",
        "{ nothing }",
        "{ sum(a: \"x\", b: 1) }",
        "{ ...A } fragment A on Query { ...A }",
    ] {
        let answer = portal.ask(query).await;
        answer.is(400, "BAD_USER_INPUT");
        assert!(answer.json().get("data").is_none(), "{}", answer.body);
    }
    // Older clients take 200 for everything that was understood as a request.
    let old = portal
        .post("\r\naccept: application/json", r#"{"query":"{ nothing }"}"#)
        .await;
    old.is(200, "BAD_USER_INPUT");
    // What only execution finds is still the asker's to mend.
    let late = portal.ask("{ sum(a: 3000000000, b: 1) }").await;
    assert_eq!(late.code(), "BAD_USER_INPUT", "{}", late.body);
}

#[tokio::test]
async fn what_went_wrong_inside_stays_inside() {
    let portal = start().await;
    for field in ["leak", "leakFromSource", "fault"] {
        let answer = portal.ask(&format!("{{ {field} }}")).await;
        answer.is(200, "INTERNAL");
        for secret in ["hunter2", "invalid digit", "secrets"] {
            assert!(!answer.body.contains(secret), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_field_that_fails_leaves_its_neighbours() {
    let portal = start().await;
    let answer = portal.ask("{ hello forbidden }").await;
    answer.is(200, "FORBIDDEN");
    assert_eq!(
        answer.json()["data"],
        json!({"hello": "hello", "forbidden": null})
    );
    assert_eq!(answer.json()["errors"][0]["path"], json!(["forbidden"]));
}

#[tokio::test]
async fn a_busy_portal_says_when_to_come_back() {
    let portal = start().await;
    let answer = portal.ask("{ busy }").await;
    answer.is(503, "RATE_LIMITED");
    assert_eq!(answer.header("retry-after"), Some("7"));
    // Where a part was answered, the answer stands.
    assert_eq!(portal.ask("{ busy hello }").await.status, 200);
}

#[tokio::test]
async fn while_the_database_is_away_the_answer_says_when_to_come_back_and_how() {
    let portal = start().await;
    let answer = portal.ask("{ away }").await;
    answer.is(503, "UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), Some("1"));
    for word in ["may have been done", "the same Idempotency-Key"] {
        assert!(answer.body.contains(word), "{}", answer.body);
    }
    assert!(!answer.body.contains("57P01"), "{}", answer.body);
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_portal_lives() {
    let portal = start().await;
    for _ in 0..5 {
        let answer = portal.ask("{ panic }").await;
        answer.is(500, "INTERNAL");
        assert!(!answer.body.contains("ParseIntError"), "{}", answer.body);
        portal.get("/mailbox/panic").await.is(500, "INTERNAL");
    }
    assert_eq!(portal.ask("{ hello }").await.status, 200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_told_so() {
    let portal = start_with(true, |parts| parts.config.deadline = 1).await;
    portal.ask("{ slow(ms: 60000) }").await.is(503, "TIMEOUT");
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_refused_and_none_is_nobody() {
    let portal = start().await;
    let body = r#"{"query":"{ who }"}"#;
    let nobody = portal.post("", body).await;
    assert_eq!(nobody.json()["data"]["who"], "Anonymous");
    let known = portal.post("\r\nauthorization: bearer good", body).await;
    assert_eq!(known.json()["data"]["who"], "System");
    for wrong in [
        "Bearer bad",
        "Bearer ",
        "Bearer",
        "Basic Z29vZA==",
        "Bearer good\r\nauthorization: Bearer good",
    ] {
        let answer = portal
            .post(&format!("\r\nauthorization: {wrong}"), body)
            .await;
        answer.is(401, "UNAUTHENTICATED");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("bearer error=\"invalid_token\"")
        );
    }
}

#[tokio::test]
async fn the_schema_is_shown_to_whom_it_may_be() {
    use config::Introspection::{Off, Public, Staff};
    let query = r#"{"query":"{ __schema { queryType { name } } }"}"#;
    for (introspection, development, nobody, staff) in [
        (Public, false, true, true),
        (Staff, false, false, true),
        (Staff, true, true, true),
        (Off, true, false, false),
    ] {
        let portal = start_with(true, |parts| {
            parts.config.introspection = introspection;
            parts.config.development = development;
        })
        .await;
        for (token, may) in [("", nobody), ("\r\nauthorization: Bearer good", staff)] {
            let answer = portal.post(token, query).await;
            let name = &answer.json()["data"]["__schema"]["queryType"]["name"];
            let code = if may { "" } else { "FORBIDDEN" };
            assert_eq!((answer.code(), name == "Query"), (code.to_owned(), may));
        }
    }
    let portal = start().await;
    let text = portal.get("/schema.graphql").await;
    assert!(text.status == 200 && text.body.contains("type Query"));
}

#[tokio::test]
async fn a_proxy_names_the_request_only_where_it_is_trusted() {
    let query = r#"{"query":"{ origin }"}"#;
    for is_trusted in [false, true] {
        let portal = start_with(true, |parts| parts.config.trust_proxy = is_trusted).await;
        let answer = portal.post("\r\nx-request-id: given-by-proxy", query).await;
        let id = answer.header("x-request-id").unwrap();
        assert_eq!(answer.json()["data"]["origin"], id);
        assert_eq!(id == "given-by-proxy", is_trusted);
    }
}

#[tokio::test]
async fn origins_are_told_apart_exactly() {
    let portal = start().await;
    let preflight = |origin: &str| {
        format!(
            "OPTIONS /graphql HTTP/1.1\r\norigin: {origin}\r\naccess-control-request-method: POST\r\n\
             access-control-request-headers: authorization,content-type"
        )
    };
    let ours = portal.send(&preflight("https://portal.example"), "").await;
    assert_eq!(ours.status, 200, "{}", ours.body);
    assert_eq!(
        ours.header("access-control-allow-origin"),
        Some("https://portal.example")
    );
    for foreign in [
        "https://portal.example.evil.test",
        "http://portal.example",
        "null",
    ] {
        let answer = portal.send(&preflight(foreign), "").await;
        for header in [
            "access-control-allow-origin",
            "access-control-allow-credentials",
        ] {
            assert_eq!(answer.header(header), None, "{foreign}");
        }
    }
    let asked = portal
        .post(
            "\r\norigin: https://portal.example",
            r#"{"query":"{hello}"}"#,
        )
        .await;
    assert_eq!(
        asked.header("access-control-allow-origin"),
        Some("https://portal.example")
    );
    assert_eq!(
        asked.header("access-control-allow-credentials"),
        Some("true")
    );
}

#[tokio::test]
async fn probes_tell_the_process_from_the_database() {
    let portal = start().await;
    assert_eq!(portal.get("/livez").await.status, 200);
    assert_eq!(portal.get("/readyz").await.status, 200);
    let behind = start_with(false, |_| {}).await;
    assert_eq!(behind.get("/livez").await.status, 200);
    let answer = behind.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(
        answer.body.contains("entente migrate up"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn metrics_have_a_door_of_their_own() {
    let portal = start().await;
    portal.ask("query AnyNameAtAll { hello }").await;
    portal.ask("{ panic }").await;
    portal.get("/metrics").await.is(404, "NOT_FOUND");
    let inside = Running {
        address: portal.metrics,
        ..portal
    };
    let text = inside.get("/metrics").await.body;
    for line in [
        "entente_requests_total{kind=\"query\",code=\"OK\"} 1",
        "entente_requests_total{kind=\"query\",code=\"INTERNAL\"} 1",
        "entente_requests_in_flight 0",
        "entente_outbox_due 3",
        "entente_outbox_oldest_seconds 42",
        "entente_outbox_dead 1",
        "entente_mail_suppressed 7",
        "entente_mail_sign_in_refused 1",
        "entente_mail_hosts_waiting 2",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("AnyNameAtAll"), "{text}");
}

#[tokio::test]
async fn pages_load_nothing_foreign_and_run_nothing_inline() {
    let portal = start().await;
    let links = [
        "/confirm",
        "/application",
        "/invitation",
        "/reset-password",
        "/onboarding/steps/x",
        "/applications/x",
        "/learning/x",
        "/evidence/x",
        "/library/x",
        "/field-notes/x",
    ];
    for page in ["/"].iter().chain(&links) {
        let answer = portal.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            answer.header("strict-transport-security"),
            Some("max-age=31536000")
        );
        assert!(
            !answer.body.contains("//cdn") && !answer.body.contains("http"),
            "{}",
            answer.body
        );
        for tag in answer.body.split("<script").skip(1) {
            assert!(
                tag.starts_with(" src=\"/assets/") && tag.contains("\"></script>"),
                "{tag}"
            );
        }
        for reference in answer
            .body
            .split("src=\"")
            .chain(answer.body.split("stylesheet\" href=\""))
            .skip(1)
        {
            let path = reference.split('"').next().unwrap();
            if let Some(path) = path.starts_with("/assets/").then_some(path) {
                let asset = portal.get(path).await;
                assert_eq!(asset.status, 200, "{path}");
                assert!(asset.header("etag").is_some());
            }
        }
    }
    assert_eq!(portal.get("/assets/../Cargo.toml").await.status, 404);
}

#[tokio::test]
async fn development_pages_are_for_development() {
    let portal = start().await;
    assert_eq!(portal.get("/mailbox/a-letter").await.body, "a-letter");
    portal.get("/mailbox").await.is(404, "NOT_FOUND");
    let unreadable = portal.get("/mailbox/unreadable").await;
    unreadable.is(500, "INTERNAL");
    assert!(!unreadable.body.contains("fire"), "{}", unreadable.body);
    let portal = start_with(true, |parts| parts.config.development = false).await;
    for page in ["/", "/mailbox", "/mailbox/a-letter"] {
        portal.get(page).await.is(404, "NOT_FOUND");
    }
    assert!(
        portal
            .get("/confirm")
            .await
            .body
            .contains("data-graphiql=\"false\"")
    );
}

#[tokio::test]
async fn stopping_answers_what_is_under_way_and_takes_nothing_new() {
    let portal = start().await;
    // One that only holds its connection open must not be waited for.
    let idle = TcpStream::connect(portal.address).await.unwrap();
    let mut busy = TcpStream::connect(portal.address).await.unwrap();
    let body = r#"{"query":"{ slow(ms: 1500) }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    busy.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let address = portal.address;
    let (answer, ()) = tokio::join!(read(&mut busy), portal.stop());
    assert_eq!(answer.json()["data"]["slow"], 1500);
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
    drop(idle);
}

/// Stops after validation.
struct OnlyValidate;

impl ExtensionFactory for OnlyValidate {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for OnlyValidate {
    async fn execute(
        &self,
        _: &ExtensionContext<'_>,
        _: Option<&str>,
        _: NextExecute<'_>,
    ) -> Response {
        Response::default()
    }
}

#[tokio::test]
async fn the_requests_that_pages_show_fit_the_schema() {
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/pages");
    let graphiql = std::fs::read_to_string(format!("{pages}/graphiql.js")).unwrap();
    let welcome = graphiql.split("const WELCOME = `").nth(1).unwrap();
    let mut documents = vec![welcome.split('`').next().unwrap().to_owned()];
    for file in std::fs::read_dir(format!("{pages}/link")).unwrap() {
        documents.push(std::fs::read_to_string(file.unwrap().path()).unwrap());
    }
    assert_eq!(documents.len(), 12);
    let (query, mutation) = Default::default();
    let schema =
        Schema::<graphql::Query, graphql::Mutation, _>::build(query, mutation, EmptySubscription)
            .extension(OnlyValidate)
            .finish();
    for text in documents {
        let parsed = async_graphql::parser::parse_query(&text).unwrap();
        let name = parsed.operations.iter().find_map(|(name, _)| name).unwrap();
        let response = schema
            .execute(Request::new(&text).operation_name(name.as_str()))
            .await;
        assert_eq!(response.errors, [], "{text}");
    }
}
