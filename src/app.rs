//! The composition root: everything that the portal is made of, put together once.
//!
//! It ranks below every concept, so none can reach for it.

use std::sync::Arc;

use crate::auth::Actor;
use crate::auth::link::LinkKey;
use crate::auth::token::{KeyError, Keys};
use crate::clock::SharedClock;
use crate::config::Config;
use crate::db::{Db, OpenError};
use crate::error::{Error, Fault};
use crate::file::{Receiver, Scanner, Store};
use crate::graphql;
use crate::identity::Guard;
use crate::jobs::Worker;
use crate::mail::Mailer;
use crate::op::{Op, Origin};

/// Everything that the portal is made of. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    /// What is set.
    pub config: Arc<Config>,
    /// Tells the time.
    pub clock: SharedClock,
    /// The database.
    pub db: Db,
    /// Keys, the hasher, and how long sessions live.
    pub guard: Guard,
    /// Renders letters and lets them leave.
    pub mailer: Arc<Mailer>,
    /// Takes files in, and has them.
    pub files: Receiver,
    /// The API.
    pub api: graphql::Api,
}

/// Why the portal cannot start, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Templates, or the way by which letters leave.
    #[error("{0}")]
    Part(String),
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self::Part(if let Error::Fault(Fault::Other(what)) = error {
            what
        } else {
            error.to_string()
        })
    }
}

impl App {
    /// Opens the database, loads or makes the keys, reads the templates. Neither migrates nor
    /// listens.
    ///
    /// # Errors
    /// Says what stands in the way.
    pub async fn open(config: Config, clock: SharedClock) -> Result<Self, StartError> {
        let db = Db::open(&config.database, &config.data).await?;
        Self::over(db, config, clock)
    }

    /// The same only to look at, also while another process has the SQLite file.
    ///
    /// # Errors
    /// Says what stands in the way.
    pub async fn open_to_read(config: Config, clock: SharedClock) -> Result<Self, StartError> {
        let db = Db::open_to_read(&config.database, &config.data).await?;
        Self::over(db, config, clock)
    }

    /// The same over a database that is open already.
    ///
    /// # Errors
    /// Says what stands in the way.
    pub fn over(db: Db, config: Config, clock: SharedClock) -> Result<Self, StartError> {
        let keys = Arc::new(Keys::load_or_create(&config.identity, &config.data)?);
        let links = keys.link().clone();
        let mailer = Mailer::new(&config.portal, &config.mail, &config.data, links)?;
        let guard = Guard::new(keys, &config)?;
        let store = Store::open(&config.files, &config.data)?;
        let scanner = config.files.scanner.as_deref().map(Scanner::new);
        let config = Arc::new(config);
        Ok(Self {
            files: Receiver::new(store.clone(), scanner),
            api: graphql::Api::new(config.clone(), guard.clone(), store)?,
            guard,
            mailer: Arc::new(mailer),
            config,
            clock,
            db,
        })
    }

    /// An operation of `actor` at the present instant.
    #[must_use]
    pub fn op(&self, actor: Actor) -> Op {
        self.op_from(actor, Origin::default())
    }

    /// The same, from where the request came.
    #[must_use]
    pub fn op_from(&self, actor: Actor, origin: Origin) -> Op {
        Op::new(
            self.db.clone(),
            self.links(),
            actor,
            self.clock.now(),
            origin,
        )
    }

    /// From which links are made.
    #[must_use]
    pub fn links(&self) -> LinkKey {
        let key = self.guard.keys.link().clone();
        key.at(&self.config.portal.base_url)
    }

    /// Someone who keeps promises; each has a name of its own.
    #[must_use]
    pub fn worker(&self) -> Worker {
        Worker::new(
            self.db.clone(),
            self.links(),
            self.clock.clone(),
            self.mailer.clone(),
            self.files.store().clone(),
            self.config.jobs.clone(),
            self.config.mail.keep_days,
        )
    }
}
