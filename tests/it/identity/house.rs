//! A small portal of one's own, on SQLite and, where there is a server, on PostgreSQL.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entente::auth::password::Hasher;
use entente::auth::token::Keys;
use entente::auth::{Actor, Permission, Scope};
use entente::config::{self, Config, Secret};
use entente::db::Db;
use entente::error::{Error, Result};
use entente::identity::factor::passkey::Pages;
use entente::identity::link::Door;
use entente::identity::session::SignedIn;
use entente::identity::sign_in::sign_in;
use entente::identity::staff::{self, NewStaff};
use entente::identity::{Demands, Guard, Lives, actor_for, link};
use entente::notification::{Deliver, Letter, letter};
use entente::op::{Op, Origin};
use entity::id::PersonId;
use entity::staff_role::VendorRole;
use entity::{audit_entry, outbox_message, person};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, Database, EntityTrait, QueryOrder};
use tempfile::TempDir;

pub(super) const FOX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
pub(super) const PASSWORD: &str = "copper lantern sings twice";
pub(super) const ANA: &str = "ana@vendor.example";

pub(super) fn noon() -> DateTime<Utc> {
    "2026-11-02T12:00:00Z".parse().unwrap()
}

pub(super) fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

pub(super) struct House {
    pub(super) db: Db,
    pub(super) guard: Guard,
    url: String,
    _data: TempDir,
}

impl House {
    pub(super) async fn sqlite() -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", data.path().join("entente.db").display());
        Self::open(data, url, None).await
    }

    /// A database of its own on the server of `ENTENTE_TEST_POSTGRES_URL`.
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("ENTENTE_TEST_POSTGRES_URL") else {
            println!("NOT RUN ON POSTGRESQL: set ENTENTE_TEST_POSTGRES_URL");
            return None;
        };
        let name = format!("identity_{}", getrandom::u64().unwrap());
        let mut url: url::Url = server.parse().unwrap();
        let admin = Database::connect(server).await.unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        url.set_path(&name);
        let data = tempfile::tempdir().unwrap();
        Some(Self::open(data, url.to_string(), Some(url)).await)
    }

    /// One on each database.
    pub(super) async fn each() -> Vec<Self> {
        let mut houses = vec![Self::sqlite().await];
        houses.extend(Self::postgres().await);
        houses
    }

    async fn open(data: TempDir, url: String, postgres: Option<url::Url>) -> Self {
        let database = config::Database {
            url: postgres,
            writers: 8,
            readers: 4,
            acquire_timeout: 20,
        };
        let db = Db::open(&database, data.path()).await.unwrap();
        db.migrate().await.unwrap();
        let keys = Keys::load_or_create(&identity(), data.path()).unwrap();
        let args = config::Args {
            data: Some(data.path().into()),
            ..config::Args::default()
        };
        let mut config = Config::read(&args, None::<(&str, String)>).unwrap();
        config.portal.base_url = "https://partners.lumen.example/".parse().unwrap();
        config.http.allowed_origins =
            ["https://app.partners.lumen.example", "https://evil.example"]
                .map(str::to_owned)
                .to_vec();
        let guard = Guard {
            keys: Arc::new(keys),
            hasher: Hasher::with_cores(2).unwrap(),
            lives: Lives {
                idle: TimeDelta::days(7),
                session: TimeDelta::days(30),
            },
            pages: Pages::new(&config),
            demands: Demands {
                for_staff: false,
                step_up: TimeDelta::minutes(15),
            },
            tries_per_network: 30,
            portal_name: "Lumen Partners".into(),
        };
        Self {
            db,
            guard,
            url,
            _data: data,
        }
    }

    pub(super) fn op(&self, actor: Actor) -> Op {
        self.op_at(actor, noon(), FOX)
    }

    pub(super) fn anyone(&self) -> Op {
        self.op(Actor::Anonymous)
    }

    pub(super) fn op_at(&self, actor: Actor, now: DateTime<Utc>, user_agent: &str) -> Op {
        self.op_from("192.0.2.7", actor, now, user_agent)
    }

    /// From another network.
    pub(super) fn op_from(
        &self,
        address: &str,
        actor: Actor,
        now: DateTime<Utc>,
        user_agent: &str,
    ) -> Op {
        let origin = Origin {
            request_id: "r1".to_owned(),
            address: address.to_owned(),
            user_agent: user_agent.to_owned(),
        };
        let link_key = self.guard.keys.link().clone();
        Op::new(self.db.clone(), link_key, actor, now, origin)
    }

    /// Somebody of the staff, with the password of everybody.
    pub(super) async fn hire(&self, email: &str, roles: &[VendorRole]) -> PersonId {
        let input = NewStaff {
            email: email.to_owned(),
            name: email.split('@').next().unwrap().to_owned(),
            password: secret(PASSWORD),
            roles: roles.to_vec(),
            locale: "en".to_owned(),
            time_zone: "Europe/Lisbon".to_owned(),
        };
        staff::create(&self.op(Actor::System), &self.guard, input)
            .await
            .unwrap()
    }

    pub(super) async fn sign_in(&self, email: &str) -> SignedIn {
        let entered = sign_in(&self.anyone(), &self.guard, email, secret(PASSWORD)).await;
        entered.unwrap().signed_in().unwrap()
    }

    pub(super) async fn actor(&self, tokens: &SignedIn) -> Result<Actor> {
        actor_for(&self.db, &self.guard, tokens.access.reveal(), noon()).await
    }

    /// Ana, an administrator, signed in.
    pub(super) async fn ana(&self) -> Op {
        self.hire(ANA, &[VendorRole::Admin]).await;
        let tokens = self.sign_in(ANA).await;
        self.op(self.actor(&tokens).await.unwrap())
    }

    pub(super) async fn person(&self, id: PersonId) -> person::Model {
        person::Entity::find_by_id(id)
            .one(self.db.reader())
            .await
            .unwrap()
            .unwrap()
    }

    /// Letters that were promised, oldest first.
    pub(super) async fn letters(&self) -> Vec<Letter> {
        // Many operations share an instant here, so ids do not tell the order.
        let order = if self.db.is_postgres() {
            "ctid"
        } else {
            "rowid"
        };
        let rows = outbox_message::Entity::find()
            .order_by_asc(Expr::cust(order))
            .all(self.db.reader())
            .await
            .unwrap();
        rows.into_iter()
            .map(|row| {
                serde_json::from_value::<Deliver>(row.payload)
                    .unwrap()
                    .letter
            })
            .collect()
    }

    pub(super) async fn kinds_of_letters(&self) -> Vec<&'static str> {
        self.letters().await.iter().map(Letter::kind).collect()
    }

    /// The token that stands in the last letter with a link.
    pub(super) async fn last_token(&self) -> String {
        let letters = self.letters().await;
        let link = letters.into_iter().rev().find_map(|letter| {
            if let Letter::Invitation { link, .. } | Letter::ResetPassword { link } = letter {
                Some(link)
            } else {
                None
            }
        });
        self.token(link.unwrap())
    }

    pub(super) fn token(&self, link: letter::Link) -> String {
        self.guard.keys.link().token(link.id)
    }

    pub(super) async fn reset_link(&self, person: PersonId) -> String {
        let link = self
            .anyone()
            .unit(person, |tx, person| {
                Box::pin(async move {
                    let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
                    link::issue(&permit, Door::ResetPassword(*person), ANA).await
                })
            })
            .await;
        self.token(link.unwrap())
    }

    pub(super) async fn audit(&self) -> String {
        let rows = audit_entry::Entity::find()
            .all(self.db.reader())
            .await
            .unwrap();
        let lines = rows
            .into_iter()
            .map(|row| format!("{} {}", row.action, row.change));
        lines.collect::<Vec<_>>().join(
            "
",
        )
    }

    /// Does by force what no action does.
    pub(super) async fn force(&self, sql: &str) {
        let connection = Database::connect(&self.url).await.unwrap();
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }
}

pub(super) fn identity() -> config::Identity {
    config::Identity {
        issuer: "https://portal.example".to_owned(),
        audience: "https://portal.example/graphql".to_owned(),
        signing_key_file: None,
        link_key_file: None,
        credential_key_file: None,
        access_minutes: 10,
        tries_per_network: 30,
        factor_for_staff: false,
        step_up_minutes: 15,
        refresh_idle_days: 7,
        session_days: 30,
    }
}

/// The codes of the refusals, with their fields.
pub(super) fn codes<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result.unwrap_err() {
        Error::Refused(refusals) => refusals
            .into_iter()
            .map(|it| format!("{}@{}", it.code, it.field.join(".")))
            .collect(),
        error @ (Error::Unauthenticated
        | Error::FactorRequired
        | Error::StepUpRequired
        | Error::Forbidden
        | Error::NotFound(_)
        | Error::Busy(_)
        | Error::Unavailable(_)
        | Error::Key(_)
        | Error::Fault(_)) => vec![error.code().to_owned()],
    }
}
