//! A portal of one's own for every test: the real thing but for its clock, on each database.

pub(crate) mod introspection;
pub(crate) mod rows;
pub(crate) mod team;
pub(crate) mod wire;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_graphql::{Request, Variables};
use chrono::{DateTime, TimeDelta, Utc};
use entente::app::App;
use entente::auth::{Actor, Permission, Scope};
use entente::clock::{Clock, cut};
use entente::config::{Args, Config, Secret};
use entente::db::Db;
use entente::graphql::document::{Document, Limits};
use entente::identity::factor::add;
use entente::identity::staff::{self, NewStaff};
use entente::mail::mailbox::{self, Posted};
use entente::notification::suppression::{self, Bounce};
use entente::onboarding::plan::{Source, publish_document};
use entente::op::{Op, Origin};
use entente::outbox;
use entente::reads::file::File;
use entity::outbox_message;
use entity::staff_role::VendorRole;
use entity::suppression::SuppressionReason;
use sea_orm::{ColumnTrait, ConnectionTrait, Database, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tempfile::TempDir;
use totp_rs::{Builder, Totp};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "copper lantern sings twice";

/// A clock that stands still until it is told to go on.
#[derive(Debug)]
pub(crate) struct TestClock(Mutex<DateTime<Utc>>);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A portal on a database of its own, at noon of a Monday until the test says otherwise.
#[derive(Debug)]
pub(crate) struct Portal {
    pub(crate) app: App,
    clock: Arc<TestClock>,
    /// Promises that the test has seen given up.
    given_up: AtomicU64,
    /// What people signed in with last: to hash a password for every question would take longer than
    /// all questions.
    signed_in: Mutex<HashMap<String, Secret>>,
    _data: TempDir,
}

impl Portal {
    /// One on SQLite and, where `ENTENTE_TEST_POSTGRES_URL` names a server, one on PostgreSQL.
    pub(crate) async fn each() -> Vec<Self> {
        Self::each_with(|_| ()).await
    }

    /// The same, with something set otherwise.
    #[expect(clippy::print_stdout, reason = "what is skipped says so")]
    pub(crate) async fn each_with(change: impl Fn(&mut Config)) -> Vec<Self> {
        let mut portals = vec![Self::open(None, &change).await];
        match postgres().await {
            Some(url) => portals.push(Self::open(Some(url), &change).await),
            None => println!("NOT RUN ON POSTGRESQL: set ENTENTE_TEST_POSTGRES_URL"),
        }
        portals
    }

    async fn open(database: Option<String>, change: impl Fn(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let args = Args {
            data: Some(data.path().into()),
            ..Args::default()
        };
        let url = database.map(|url| ("ENTENTE_DATABASE_URL", url));
        let mut config = Config::read(&args, url).unwrap();
        "Lumen Partners".clone_into(&mut config.portal.name);
        config.portal.base_url = "https://partners.lumen.example/".parse().unwrap();
        change(&mut config);
        let noon = "2026-11-02T12:00:00Z".parse().unwrap();
        let clock = Arc::new(TestClock(Mutex::new(noon)));
        let db = Db::open(&config.database, &config.data).await.unwrap();
        db.migrate().await.unwrap();
        let app = App::over(db, config, clock.clone()).unwrap();
        Self {
            app,
            clock,
            given_up: AtomicU64::new(0),
            signed_in: Mutex::default(),
            _data: data,
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: TimeDelta) {
        let mut now = self.clock.0.lock().unwrap();
        *now = cut(*now + time);
    }

    /// Which database it is on, for messages.
    pub(crate) fn name(&self) -> &'static str {
        if self.app.db.is_postgres() {
            "PostgreSQL"
        } else {
            "SQLite"
        }
    }

    /// Where its database is.
    pub(crate) fn url(&self) -> String {
        let file = self.app.config.data.join("entente.db");
        let sqlite = format!("sqlite://{}", file.display());
        let url = self.app.config.database.url.as_ref();
        url.map_or(sqlite, ToString::to_string)
    }

    /// Does by force what no action does.
    pub(crate) async fn force(&self, sql: &str) {
        let connection = Database::connect(by_force(&self.url())).await.unwrap();
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// A member of the vendor's staff with an account.
    pub(crate) async fn staff(&self, name: &str, roles: &[VendorRole]) -> Someone<'_> {
        let email = format!("{}@lumen.example", name.to_lowercase());
        let input = NewStaff {
            email: email.clone(),
            name: name.to_owned(),
            password: Secret::from(PASSWORD.to_owned()),
            roles: roles.to_vec(),
            locale: "en".to_owned(),
            time_zone: "UTC".to_owned(),
        };
        staff::create(&self.app.op(Actor::System), &self.app.guard, input)
            .await
            .unwrap();
        self.someone(&email)
    }

    /// Publishes a plan from its YAML.
    pub(crate) async fn plan(&self, yaml: &str) {
        let op = self.app.op(Actor::System);
        publish_document(&op, &self.app.config.portal, Source::Yaml(yaml.to_owned()))
            .await
            .unwrap();
    }

    /// Whoever signs in with that address.
    pub(crate) fn someone(&self, email: &str) -> Someone<'_> {
        Someone {
            portal: self,
            email: Some(email.to_owned()),
        }
    }

    /// Adds an authenticator to whoever asks; what shows its codes, and their recovery codes.
    pub(crate) async fn add_factor(&self, actor: &Actor, name: &str) -> (Totp, Vec<String>) {
        let op = self.app.op_from(actor.clone(), Origin::default());
        let begun = add::start(&op, &self.app.guard, name.to_owned())
            .await
            .unwrap();
        let secret = totp_rs::Secret::try_from_base32(begun.secret.reveal()).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let code = totp
            .generate(op.now().timestamp().unsigned_abs())
            .to_string();
        let added = add::confirm(&op, &self.app.guard, begun.id, code.into())
            .await
            .unwrap();
        let codes = added.recovery_codes.iter().map(|it| it.reveal().to_owned());
        (totp, codes.collect())
    }

    /// Nobody.
    pub(crate) fn nobody(&self) -> Someone<'_> {
        Someone {
            portal: self,
            email: None,
        }
    }

    /// Lets the worker keep everything that is due.
    pub(crate) async fn keep_promises(&self) {
        let worker = self.app.worker();
        loop {
            while worker.turn().await.unwrap() > 0 {}
            worker.plan_minute().await.unwrap();
            if worker.turn().await.unwrap() == 0 {
                break;
            }
        }
        let depth = outbox::depth(&self.app.db, self.app.clock.now())
            .await
            .unwrap();
        let known = self.given_up.load(Ordering::Relaxed);
        assert_eq!(
            depth.dead,
            known,
            "promises were given up on {}",
            self.name()
        );
    }

    /// A letter to that address came back and was given up. `admin` has let the address in again.
    pub(crate) async fn came_back(&self, admin: &Someone<'_>, email: &str) {
        self.nobody()
            .act(
                "mutation($email: String!) { passwordResetRequest(input: { email: $email }) {
                    userErrors { code } } }",
                json!({ "email": email }),
            )
            .await;
        let letter = outbox_message::Entity::find()
            .filter(outbox_message::Column::Letter.eq("reset_password"))
            .filter(outbox_message::Column::DoneAt.is_null())
            .filter(outbox_message::Column::DeadAt.is_null())
            .one(self.app.db.reader())
            .await
            .unwrap();
        let bounce = Bounce {
            address: email.to_owned(),
            reason: SuppressionReason::NoSuchMailbox,
            reply: format!("550 there is no {email}"),
            letter: letter.unwrap().id,
        };
        self.app
            .op(Actor::System)
            .unit(bounce, |tx, bounce| {
                Box::pin(async move {
                    let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                    suppression::suppress(&permit, bounce).await
                })
            })
            .await
            .unwrap();
        self.given_up.fetch_add(1, Ordering::Relaxed);
        self.keep_promises().await;
        let found = admin
            .ask(
                "query($email: EmailAddress!) { suppressions(filter: { address: { eq: $email } }) {
                    nodes { id } } }",
                json!({ "email": email }),
            )
            .await;
        let id = &found["suppressions"]["nodes"][0]["id"];
        let lift = "mutation($id: ID!) { suppressionLift(input: { id: $id }) {
            userErrors { code } } }";
        admin.act(lift, json!({ "id": id })).await;
    }

    /// Letters that arrived, the oldest first.
    pub(crate) async fn letters(&self) -> Vec<Posted> {
        self.keep_promises().await;
        let folder = mailbox::folder(&self.app.config.data);
        let mut letters = mailbox::list(&folder, 1_000).unwrap();
        letters.sort_by_key(|letter| (letter.date, letter.id));
        letters
    }

    /// The last letter of that kind to that address.
    pub(crate) async fn letter(&self, kind: &str, to: &str) -> Posted {
        let letters = self.letters().await;
        let found = letters
            .iter()
            .rev()
            .find(|it| it.kind == kind && it.to == to);
        found.cloned().unwrap_or_else(|| {
            let had: Vec<_> = letters.iter().map(|it| (&it.kind, &it.to)).collect();
            panic!("no {kind} to {to} on {}: {had:?}", self.name())
        })
    }

    /// The token of the link in the last letter of that kind to that address.
    pub(crate) async fn token(&self, kind: &str, to: &str) -> String {
        let letter = self.letter(kind, to).await;
        let (_, rest) = letter.text.split_once("#token=").unwrap();
        rest.chars()
            .take_while(|it| it.is_ascii_alphanumeric() || "-_".contains(*it))
            .collect()
    }
}

impl Drop for Portal {
    /// A test that leaves a promise unkept has not looked at what it caused.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let (url, now) = (self.url(), self.app.clock.now());
        // On a runtime and a connection of their own: this runtime waits here, and what it has lent
        // to its tasks cannot come back meanwhile.
        let due = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let rows = Database::connect(url).await.unwrap();
                outbox_message::Entity::find()
                    .filter(outbox_message::Column::DoneAt.is_null())
                    .filter(outbox_message::Column::DeadAt.is_null())
                    .filter(outbox_message::Column::AvailableAt.lte(now))
                    .count(&rows)
                    .await
                    .unwrap()
            })
        });
        let (due, on) = (due.join().unwrap(), self.name());
        assert_eq!(due, 0, "promises are due and were not kept on {on}");
    }
}

/// The role by which tests ask PostgreSQL: it owns its databases, and may no more than that. The
/// server's own role passes every wall.
const PLAIN: &str = "entente_plain";

/// A database of its own on the server of `ENTENTE_TEST_POSTGRES_URL`.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
pub(crate) async fn postgres() -> Option<String> {
    let server = std::env::var("ENTENTE_TEST_POSTGRES_URL").ok()?;
    let name = format!("portal_{}", getrandom::u64().unwrap());
    let admin = Database::connect(&server).await.unwrap();
    // Tests begin at once: one of them makes the role, and the others find it.
    let role = format!(
        "DO $$ BEGIN CREATE ROLE {PLAIN} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation \
         THEN NULL; END $$"
    );
    admin.execute_unprepared(&role).await.unwrap();
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name} OWNER {PLAIN}"))
        .await
        .unwrap();
    admin.close().await.unwrap();
    let mut url: url::Url = server.parse().unwrap();
    url.set_path(&name);
    url.set_username(PLAIN).unwrap();
    Some(url.to_string())
}

/// The same database by the server's own role, which passes every wall.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
pub(crate) fn by_force(url: &str) -> String {
    match (
        std::env::var("ENTENTE_TEST_POSTGRES_URL"),
        url.parse::<url::Url>(),
    ) {
        (Ok(server), Ok(url)) if url.scheme().starts_with("postgres") => {
            let mut server: url::Url = server.parse().unwrap();
            server.set_path(url.path());
            server.to_string()
        }
        _ => url.to_owned(),
    }
}

/// Somebody who asks the API.
#[derive(Clone, Debug)]
pub(crate) struct Someone<'p> {
    pub(crate) portal: &'p Portal,
    pub(crate) email: Option<String>,
}

impl Someone<'_> {
    /// The actor that a request of theirs is made by.
    pub(crate) async fn actor(&self) -> Actor {
        let Some(email) = &self.email else {
            return Actor::Anonymous;
        };
        let app = &self.portal.app;
        let (op, guard) = (app.op(Actor::Anonymous), &app.guard);
        let known = self.portal.signed_in.lock().unwrap().get(email).cloned();
        if let Some(token) = known
            && let Ok(actor) =
                entente::identity::actor_for(&app.db, guard, token.reveal(), op.now()).await
        {
            return actor;
        }
        let password = Secret::from(PASSWORD.to_owned());
        let entered = entente::identity::sign_in::sign_in(&op, guard, email, password).await;
        let signed_in = entered.unwrap().signed_in().unwrap();
        let actor =
            entente::identity::actor_for(&app.db, guard, signed_in.access.reveal(), op.now());
        let actor = actor.await.unwrap();
        let mut known = self.portal.signed_in.lock().unwrap();
        known.insert(email.clone(), signed_in.access);
        actor
    }

    /// An operation of theirs.
    pub(crate) async fn op(&self) -> Op {
        let origin = Origin {
            request_id: "test".to_owned(),
            ..Origin::default()
        };
        self.portal.app.op_from(self.actor().await, origin)
    }

    /// Uploads a file, for that partner or for the vendor; its id.
    pub(crate) async fn upload(&self, name: &str, bytes: &[u8], partner: Option<&str>) -> String {
        let begun = self
            .act(
                "mutation($input: FileUploadCreateInput!) { fileUploadCreate(input: $input) {
                    file { id } uploadUrl userErrors { code field message } } }",
                json!({ "input": { "name": name, "size": bytes.len(), "partner": partner } }),
            )
            .await;
        let id = begun["file"]["id"].as_str().unwrap().to_owned();
        let key = entente::shape::key_of::<File>(&id.clone().into()).unwrap();
        let (op, files) = (self.op().await, &self.portal.app.files);
        let row = files.expected(&op, key.into()).await.unwrap();
        files.receive(&op, &row, bytes.to_vec()).await.unwrap();
        id
    }

    /// Asks; the whole answer.
    pub(crate) async fn answer(&self, query: &str, variables: Value) -> Value {
        let op = self.op().await;
        answer(&self.portal.app, op, query, variables).await
    }

    /// Asks; the data, where nothing failed.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.answer(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
        answer["data"].take()
    }

    /// Does the only mutation of the query; its payload, which was not refused.
    pub(crate) async fn act(&self, mutation: &str, variables: Value) -> Value {
        let payload = self.payload(mutation, variables).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        payload
    }

    /// Does the only mutation of the query; the codes and fields with which it was refused.
    pub(crate) async fn refused(&self, mutation: &str, variables: Value) -> Vec<(String, String)> {
        let payload = self.payload(mutation, variables).await;
        let errors = payload["userErrors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert!(
            !errors.is_empty(),
            "{mutation} was not refused: {payload:#}"
        );
        errors
            .iter()
            .map(|error| {
                let field = error["field"].as_array().cloned().unwrap_or_default();
                let path: Vec<_> = field.iter().filter_map(Value::as_str).collect();
                (
                    error["code"].as_str().unwrap_or_default().to_owned(),
                    path.join("."),
                )
            })
            .collect()
    }

    pub(crate) async fn payload(&self, mutation: &str, variables: Value) -> Value {
        let data = self.ask(mutation, variables).await;
        data.as_object()
            .and_then(|data| data.values().next())
            .cloned()
            .unwrap_or_default()
    }
}

/// The API's answer to the request, as clients get it.
pub(crate) async fn answer(app: &App, op: Op, query: &str, variables: Value) -> Value {
    let document = Document::read(query, &Limits::default()).unwrap();
    let request = Request::new(query)
        .variables(Variables::from_json(variables))
        .set_parsed(document);
    serde_json::to_value(app.api.answer(op, request).await).unwrap()
}

/// Gives a request its parsed document.
trait SetParsed {
    fn set_parsed(self, document: Document) -> Self;
}

impl SetParsed for Request {
    fn set_parsed(mut self, document: Document) -> Self {
        self.set_parsed_query(document.into_parsed());
        self
    }
}
