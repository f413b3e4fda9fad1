//! The portal's HTTP face: GraphQL, a few pages, and what those who run it look at.
//!
//! This module knows nothing of what is asked: `app` hands it [`Parts`], and tests hand it others.
//! Limits apply in this order: method and type, body, parsing, size of the document, identity,
//! cost (inside), deadline.

mod certificate;
pub mod certificate_page;
mod file;
pub mod logging;
pub mod metrics;
mod answer;
mod asset;
mod browser;
mod case_study;
mod consent;
mod graphql;
mod health;
mod held;
mod incoming;
mod media;
mod origin;
mod pages;
mod parts;
mod unsubscribe;
mod watch;

use std::any::Any;
use std::fmt;
use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::http::{Method, header};
use actix_web::{App, HttpRequest, HttpServer, middleware, web};
use async_graphql::{Request, Response};
use chrono::{DateTime, Utc};
use entity::id::SessionId;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use url::Url;

use crate::auth::Actor;
use crate::auth::link::LinkKey;
use crate::certification::credential::did_document_path;
use crate::certification::proof::Issuer;
use crate::clock::SharedClock;
use crate::config;
use crate::db::Db;
use crate::error::Result;
use crate::file::Receiver;
use crate::graphql::REPLAYED;
use crate::graphql::document::Limits;
use crate::op::Op;

/// How long requests under way may take to end when the portal stops.
const DRAIN: Duration = Duration::from_secs(30);

/// Tells who asks, from the token of `Authorization: Bearer`.
pub trait Identify: Send + Sync + 'static {
    /// No token is [`Actor::Anonymous`]; one that does not hold is `Unauthenticated`.
    fn identify<'a>(
        &'a self,
        db: &'a Db,
        bearer: Option<&'a str>,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Actor>>;

    /// The same from a session that a signed link names; `Unauthenticated` where it has ended.
    fn resume<'a>(
        &'a self,
        db: &'a Db,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Actor>>;
}

/// Runs a request whose document was measured.
pub type Execute = Arc<dyn Fn(Op, Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// Writes the page of the local mailbox, or of one letter by what stands behind `/mailbox/`.
pub type Mailbox = Arc<dyn Fn(Option<String>) -> BoxFuture<'static, Result<String>> + Send + Sync>;

/// Switches a letter off: by its name and the token of its link.
pub type Unsubscribe =
    Arc<dyn Fn(Op, String, String) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Tells what waits in the outbox.
pub type Backlog = Arc<dyn Fn() -> BoxFuture<'static, Result<metrics::Waiting>> + Send + Sync>;

/// What the HTTP face is made of.
#[derive(Clone)]
pub struct Parts {
    /// The listener and its limits.
    pub config: config::Http,
    /// Where browsers reach the portal.
    pub base_url: Url,
    /// The database.
    pub db: Db,
    /// From which the links of letters are made.
    pub link_key: LinkKey,
    /// The clock.
    pub clock: SharedClock,
    /// Limits of documents.
    pub limits: Limits,
    /// Tells who asks.
    pub identify: Arc<dyn Identify>,
    /// Runs requests.
    pub execute: Execute,
    /// The schema's text, for `/schema.graphql`.
    pub sdl: String,
    /// Gives the public keys of access tokens as JSON, for `/.well-known/jwks.json`.
    pub jwks: Arc<dyn Fn() -> String + Send + Sync>,
    /// The local mailbox, where there is one; shown in development only.
    pub mailbox: Option<Mailbox>,
    /// Switches letters off.
    pub unsubscribe: Unsubscribe,
    /// Takes files in, and has them.
    pub files: Receiver,
    /// Bytes of the largest of them.
    pub largest_file: u64,
    /// Who issues certificates.
    pub issuer: Issuer,
    /// Language of public lists.
    pub default_locale: String,
    /// What waits in the outbox, for `/metrics`.
    pub backlog: Option<Backlog>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What all workers share.
struct Shared {
    parts: Parts,
    metrics: metrics::Metrics,
    /// Whether the portal is stopping: answers then close their connection.
    draining: AtomicBool,
}

/// What one worker has: a pool of readers of its own.
struct Worker {
    shared: Arc<Shared>,
    db: Db,
}

impl Worker {
    /// An operation of that actor on account of the request.
    fn op(&self, request: &HttpRequest, actor: Actor) -> Op {
        let parts = &self.shared.parts;
        let (db, key) = (self.db.clone(), parts.link_key.clone());
        Op::new(db, key, actor, parts.clock.now(), origin::kept(request))
    }

    /// The same of somebody who did not sign in.
    fn nobody(&self, request: &HttpRequest) -> Op {
        self.op(request, Actor::Anonymous)
    }
}

/// The portal, bound to its addresses and not yet answering.
pub struct Server {
    shared: Arc<Shared>,
    api: actix_web::dev::Server,
    lookout: Option<Lookout>,
    address: SocketAddr,
}

/// What monitoring asks, on a listener of its own: `/metrics`, and whether the process is well.
pub struct Lookout {
    server: actix_web::dev::Server,
    address: SocketAddr,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Binds both listeners.
    ///
    /// # Errors
    /// Where an address cannot be had.
    pub fn bind(parts: Parts) -> std::io::Result<Self> {
        let config = parts.config.clone();
        let shared = Arc::new(Shared {
            parts,
            metrics: metrics::Metrics::new(),
            draining: AtomicBool::new(false),
        });
        let for_api = shared.clone();
        let pace = shared.parts.files.pace();
        let stall = pace.time(shared.parts.largest_file);
        let api = HttpServer::new(move || {
            let worker = Worker {
                db: for_api.parts.db.for_worker(),
                shared: for_api.clone(),
            };
            // The last one wrapped is the first one asked.
            App::new()
                .app_data(web::Data::new(worker))
                .configure(|routes| {
                    let did = did_document_path(&for_api.parts.base_url);
                    mount(routes, &for_api.parts.config, &did);
                })
                .wrap(middleware::from_fn(watch::watch))
        })
        .on_connect(move |connection, _| drop_the_stalled(connection, stall))
        .workers(config.workers.max(1))
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(5))
        .client_disconnect_timeout(Duration::from_secs(1))
        .disable_signals()
        .shutdown_timeout(1)
        .bind(config.listen)?;
        let address = first(&api.addrs())?;
        let lookout = match config.metrics_listen {
            Some(listen) => Some(Lookout::over(shared.clone(), listen)?),
            None => None,
        };
        Ok(Self {
            shared,
            api: api.run(),
            lookout,
            address,
        })
    }

    /// Where the API listens; it differs from the configuration where that leaves the port open.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `/metrics` listens.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.lookout.as_ref().map(Lookout::address)
    }

    /// Answers until `shutdown` comes; then takes no more connections, and returns when what was
    /// under way has been answered, or after 30 seconds.
    ///
    /// # Errors
    /// Where a listener fails.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
        let handle = self.api.handle();
        let mut api = tokio::spawn(self.api);
        let (closed, close) = oneshot::channel::<()>();
        let lookout = self.lookout.map(|lookout| {
            tokio::spawn(lookout.run(async move {
                let _ = close.await;
            }))
        });
        tokio::select! {
            () = shutdown => {}
            // Nobody stops it but this function: it failed.
            ended = &mut api => return ended.map_err(std::io::Error::other)?,
        }
        tracing::info!("stopping: no more connections are taken");
        self.shared.draining.store(true, Ordering::Relaxed);
        handle.pause().await;
        if tokio::time::timeout(DRAIN, self.shared.metrics.idle())
            .await
            .is_err()
        {
            tracing::warn!("requests were cut off after {} s", DRAIN.as_secs());
        }
        // Idle connections would be waited for as well; they have had their answers.
        handle.stop(true).await;
        api.await.map_err(std::io::Error::other)??;
        drop(closed);
        if let Some(lookout) = lookout {
            lookout.await.map_err(std::io::Error::other)??;
        }
        Ok(())
    }
}

/// Has the system close a connection whose client takes nothing of what is on its way for so long:
/// while a write waits, nothing of ours is asked. It has to be as long as anybody may take for anything:
/// of a client that has little room and takes slowly the system believes that it takes nothing, since
/// there is never room for all that waits in front.
fn drop_the_stalled(connection: &dyn Any, stall: Duration) {
    #[cfg(target_os = "linux")]
    if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
        let set = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(stall));
        if let Err(error) = set {
            tracing::debug!(%error, "a connection has no limit for stalling");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (connection, stall);
}

impl fmt::Debug for Lookout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookout")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Lookout {
    /// For a process that answers no requests.
    ///
    /// # Errors
    /// Where the address cannot be had.
    pub fn bind(parts: Parts, listen: SocketAddr) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            parts,
            metrics: metrics::Metrics::new(),
            draining: AtomicBool::new(false),
        });
        Self::over(shared, listen)
    }

    fn over(shared: Arc<Shared>, listen: SocketAddr) -> std::io::Result<Self> {
        let server = HttpServer::new(move || {
            let worker = Worker {
                db: shared.parts.db.clone(),
                shared: shared.clone(),
            };
            App::new()
                .app_data(web::Data::from(shared.clone()))
                .app_data(web::Data::new(worker))
                .route("/metrics", web::get().to(metrics::show))
                .route("/livez", web::get().to(health::live))
                .route("/readyz", web::get().to(health::ready))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .bind(listen)?;
        let address = first(&server.addrs())?;
        Ok(Self {
            server: server.run(),
            address,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` comes.
    ///
    /// # Errors
    /// Where the listener fails.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
        let handle = self.server.handle();
        let mut server = tokio::spawn(self.server);
        tokio::select! {
            () = shutdown => {}
            ended = &mut server => return ended.map_err(std::io::Error::other)?,
        }
        handle.stop(false).await;
        server.await.map_err(std::io::Error::other)?
    }
}

fn first(addresses: &[SocketAddr]) -> std::io::Result<SocketAddr> {
    addresses
        .first()
        .copied()
        .ok_or_else(|| std::io::Error::other("no address was bound"))
}

/// Comes when the process is told to stop, by a signal or by Ctrl-C. Signals are heard from the call
/// on, not only once it is awaited.
pub fn told_to_stop() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    async {
        match terminate {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be listened to");
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }
}

/// Under which a client may send a mutation again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Which browsers may call, and how.
fn cors(config: &config::Http) -> Cors {
    config
        .allowed_origins
        .iter()
        .fold(Cors::default(), |cors, origin| cors.allowed_origin(origin))
        .allowed_methods([Method::GET, Method::POST, Method::PUT])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
        .allowed_header(IDEMPOTENCY_KEY)
        // For the cookie of the refresh token; everything else goes by the bearer token.
        .supports_credentials()
        .expose_headers([origin::REQUEST_ID, "retry-after", REPLAYED])
        .max_age(3600)
}

/// What is served where.
fn mount(routes: &mut web::ServiceConfig, config: &config::Http, did_path: &str) {
    routes
        .service(
            web::resource("/graphql")
                .route(web::get().to(graphql::get))
                .route(web::post().to(graphql::post))
                .default_service(web::to(graphql::wrong_method))
                .wrap(cors(config)),
        )
        .service(
            web::resource(file::UPLOAD)
                .route(web::put().to(file::put))
                .wrap(cors(config)),
        )
        .service(
            web::resource(file::DOWNLOAD)
                .route(web::get().to(file::get))
                .wrap(cors(config)),
        )
        .route("/livez", web::get().to(health::live))
        .route("/readyz", web::get().to(health::ready))
        .route("/.well-known/jwks.json", web::get().to(health::jwks))
        .route("/schema.graphql", web::get().to(health::sdl))
        .route(unsubscribe::PATH, web::get().to(unsubscribe::ask))
        .route(unsubscribe::PATH, web::post().to(unsubscribe::done))
        .route(certificate::PAGE, web::get().to(certificate::page))
        .route(certificate::PAPER, web::get().to(certificate::paper))
        .route(certificate::BADGE, web::get().to(certificate::badge))
        .route(certificate::LIST, web::get().to(certificate::list))
        .route(case_study::LIST, web::get().to(case_study::list))
        .route(case_study::FEED, web::get().to(case_study::feed))
        .route(case_study::PAGE, web::get().to(case_study::show))
        .route(case_study::IMAGE, web::get().to(case_study::picture))
        .route(consent::IMAGE, web::get().to(consent::picture))
        .route(consent::PATH, web::get().to(consent::ask))
        .route(consent::PATH, web::post().to(consent::answered))
        .route(did_path, web::get().to(certificate::did))
        .route(certificate::DID, web::get().to(certificate::did))
        .route("/assets/{path:.*}", web::get().to(asset::serve));
    for link in pages::LINKS {
        let page = move |worker: web::Data<Worker>| ready(pages::link(link, &worker));
        routes.route(link.path, web::get().to(page));
    }
    if config.development {
        routes
            .route("/", web::get().to(pages::graphiql))
            .route("/mailbox", web::get().to(pages::mailbox))
            .route("/mailbox/{letter:.*}", web::get().to(pages::mailbox));
    }
    routes.default_service(web::to(pages::nothing_here));
}
