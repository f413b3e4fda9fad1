//! Two databases behind one handle: embedded SQLite, or PostgreSQL 15 or newer.
//!
//! What differs between them stays here: how a connection is set up, how a writing transaction
//! begins, which failures are worth another try. SQLite has one connection that writes and a pool
//! that only reads, so that writers queue instead of failing; a lock file keeps a second process
//! out. PostgreSQL writes are serializable, and a connection that comes back to its pool is rolled
//! back first: a request that is dropped between `BEGIN` and its answer would otherwise leave a
//! connection on which later writes are acknowledged and never kept.
//!
//! PostgreSQL has a second wall behind the predicates of shapes and finders: policies by which a
//! transaction meets only rows of whose owners it was told ([`Reach`]). One that was told of nobody
//! meets none. SQLite has no such thing.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fs4::FileExt;
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, Statement,
    TransactionOptions, TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use uuid::Uuid;

use crate::config;
use crate::error::{Result, sqlx_error};

/// Milliseconds after which PostgreSQL gives up a statement, a wait for a lock, and a transaction
/// in which nothing happens.
const TIMEOUTS: [(&str, &str); 3] = [
    ("statement_timeout", "10000"),
    ("lock_timeout", "3000"),
    ("idle_in_transaction_session_timeout", "15000"),
];

/// How much of the file each connection to SQLite keeps in memory, in KiB below zero: what a search
/// of common words reads. With the 2 MiB that it keeps by itself it would be read from the file again for
/// each statement.
const SQLITE_CACHE: &str = "-8000";

/// What connections that only read begin a transaction with: one state of the database for all that
/// it reads, and no way to write. A plain `BEGIN` then suffices, which saves a reader two more round
/// trips for each request.
const READING: [(&str, &str); 2] = [
    ("default_transaction_isolation", "repeatable read"),
    ("default_transaction_read_only", "on"),
];

/// What a connection of the portal's own is told: see [`Reach::Portal`].
const WIDE: [(&str, &str); 1] = [("entente.portal", "on")];

/// Whose rows a transaction meets on PostgreSQL, whatever its statements forget to ask.
///
/// It is a wall against our own mistakes, not against somebody who can send statements of their own:
/// they could say another reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's: the vendor's staff, and the portal itself.
    Portal,
    /// Those of these owners alone: partners, and the asker themself.
    Own(Vec<Uuid>),
}

impl Reach {
    /// What the transaction is told. Keys are hexadecimal digits, so there is nothing to quote.
    fn told(&self) -> String {
        match self {
            Self::Portal => "SET LOCAL entente.portal = 'on'".to_owned(),
            Self::Own(keys) => {
                let keys: Vec<_> = keys.iter().map(Uuid::to_string).collect();
                format!("SET LOCAL entente.own = '{{{}}}'", keys.join(","))
            }
        }
    }
}

/// The files of the SQLite database in the data folder, which are not to be copied as they are.
pub const DATABASE_FILES: [&str; 4] = [
    "entente.db",
    "entente.db-wal",
    "entente.db-shm",
    "entente.lock",
];

/// How often a migration is tried when others write at the same time.
const MIGRATION_TRIES: u32 = 12;

/// Why the database cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the file.
    #[error(
        "{0} is in use by another process: stop it first. Several processes at once need \
         PostgreSQL: set ENTENTE_DATABASE_URL."
    )]
    InUse(PathBuf),
    /// There is no file to be read.
    #[error("{0} is not there yet: `entente serve` or `entente migrate up` makes it")]
    Missing(PathBuf),
    /// The data folder cannot be written.
    #[error("{path} cannot be opened: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The URL cannot be understood.
    #[error("the database URL is not understood: {0}. It begins with `postgres://`.")]
    Url(String),
    /// The server is out of reach, or too old.
    #[error("the database cannot be opened: {0}")]
    Connect(String),
    /// The schema was made by a newer Entente, and is not to be changed by this one.
    #[error(
        "the schema is newer than this binary: it holds {0}. Run the version that made it, or a \
         newer one; nothing was changed."
    )]
    Newer(String),
    /// A migration failed; the schema is as before.
    #[error("migration failed: {0}")]
    Migration(#[from] DbErr),
}

/// How the schema stands to this binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// They agree.
    Current,
    /// So many migrations are to be run: `entente migrate up`.
    Pending(usize),
    /// All that this binary knows were run, and this one of a newer: a rolling upgrade is under way.
    /// Migrations only add, so this binary goes on.
    Ahead(String),
}

/// A handle to the database; clones share it.
#[derive(Clone, Debug)]
pub struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// For whoever meets only rows of their own; the same as `reader` on SQLite.
    narrow: DatabaseConnection,
    source: Arc<Source>,
}

#[derive(Debug)]
enum Source {
    /// The lock lives as long as any handle does; who only reads needs none.
    Sqlite { _lock: Option<File> },
    Postgres {
        options: Box<PgConnectOptions>,
        readers: u32,
        acquire: Duration,
    },
}

impl Source {
    /// New pools of readers: the portal's own, and that of whoever meets only rows of their own.
    /// None on SQLite.
    fn readers(&self) -> Option<(DatabaseConnection, DatabaseConnection)> {
        let Self::Postgres {
            options,
            readers,
            acquire,
        } = self
        else {
            return None;
        };
        let pool = |options| {
            let pool = pg_pool(*readers, *acquire).connect_lazy_with(options);
            SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
        };
        let narrow = PgConnectOptions::clone(options);
        Some((pool(narrow.clone().options(WIDE)), pool(narrow)))
    }
}

impl Db {
    /// Opens the database of the configuration: PostgreSQL by its URL, or `entente.db` in the data
    /// folder, which is made where it is missing.
    ///
    /// # Errors
    /// Says what stands in the way and what to do about it.
    pub async fn open(config: &config::Database, data: &Path) -> Result<Self, OpenError> {
        let acquire = Duration::from_secs(config.acquire_timeout);
        match &config.url {
            Some(url) => Self::postgres(url.as_str(), config, acquire).await,
            None => Self::sqlite(data, config.readers, acquire).await,
        }
    }

    /// Opens the database only to read, also while another process has the SQLite file. What would
    /// write fails there.
    ///
    /// # Errors
    /// As for [`Db::open`]; nothing is made.
    pub async fn open_to_read(config: &config::Database, data: &Path) -> Result<Self, OpenError> {
        let acquire = Duration::from_secs(config.acquire_timeout);
        if let Some(url) = &config.url {
            return Self::postgres(url.as_str(), config, acquire).await;
        }
        let file = data.join("entente.db");
        if !file.exists() {
            return Err(OpenError::Missing(file));
        }
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .read_only(true)
            .busy_timeout(acquire);
        let pool = SqlitePoolOptions::new()
            .max_connections(config.readers)
            .acquire_timeout(acquire)
            .test_before_acquire(false)
            .connect_with(quiet(options))
            .await
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        let reader = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
        Ok(Self {
            writer: reader.clone(),
            narrow: reader.clone(),
            reader,
            source: Arc::new(Source::Sqlite { _lock: None }),
        })
    }

    async fn sqlite(data: &Path, readers: u32, acquire: Duration) -> Result<Self, OpenError> {
        let folder = |source| OpenError::Folder {
            path: data.to_owned(),
            source,
        };
        std::fs::create_dir_all(data).map_err(folder)?;
        let file = data.join("entente.db");
        let lock = File::create(data.join("entente.lock")).map_err(folder)?;
        FileExt::try_lock(&lock).map_err(|_| OpenError::InUse(file.clone()))?;
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(acquire)
            .pragma("cache_size", SQLITE_CACHE)
            // sqlx and sea-orm would otherwise log every statement.
            .optimize_on_close(true, None);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(acquire)
            .test_before_acquire(false)
            .after_release(|connection, _| Box::pin(is_clean(connection)))
            .connect_with(quiet(options.clone()))
            .await
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        let reader = SqlitePoolOptions::new()
            .max_connections(readers)
            .acquire_timeout(acquire)
            .test_before_acquire(false)
            .connect_lazy_with(quiet(options.read_only(true)));
        let reader = SqlxSqliteConnector::from_sqlx_sqlite_pool(reader);
        Ok(Self {
            writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
            narrow: reader.clone(),
            reader,
            source: Arc::new(Source::Sqlite { _lock: Some(lock) }),
        })
    }

    async fn postgres(
        url: &str,
        config: &config::Database,
        acquire: Duration,
    ) -> Result<Self, OpenError> {
        let options: PgConnectOptions = url
            .parse()
            .map_err(|error: sqlx::Error| OpenError::Url(error.to_string()))?;
        let options = quiet(options.application_name("entente").options(TIMEOUTS));
        let writer = pg_pool(config.writers, acquire)
            .connect_with(options.clone())
            .await
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        let options = options.options(READING);
        let source = Source::Postgres {
            options: Box::new(options),
            readers: config.readers,
            acquire,
        };
        let (reader, narrow) = source
            .readers()
            .ok_or_else(|| OpenError::Url(url.to_owned()))?;
        Ok(Self {
            writer: SqlxPostgresConnector::from_sqlx_postgres_pool(writer),
            reader,
            narrow,
            source: Arc::new(source),
        })
    }

    /// The same database with a pool of readers of its own. A connection belongs to the reactor
    /// that opened it: with a pool for each worker thread no answer of PostgreSQL has to wake
    /// another thread, which is worth 40 % of a read's CPU.
    #[must_use]
    pub fn for_worker(&self) -> Self {
        let mut own = self.clone();
        if let Some((reader, narrow)) = self.source.readers() {
            (own.reader, own.narrow) = (reader, narrow);
        }
        own
    }

    /// Which of the two it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Whether it is PostgreSQL; otherwise it is SQLite.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.backend() == DbBackend::Postgres
    }

    /// For what the portal reads on its own behalf, such as who asks; it meets all rows.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins to read: one state of the database, in so far as it is reached.
    pub(crate) async fn begin_reading(&self, reach: &Reach) -> Result<DatabaseTransaction, DbErr> {
        if *reach == Reach::Portal || !self.is_postgres() {
            return self.reader.begin().await;
        }
        let tx = self.narrow.begin().await?;
        tx.execute_unprepared(&reach.told()).await?;
        Ok(tx)
    }

    /// For reading by one statement in so far as it is reached, where that needs no transaction.
    pub(crate) fn reads_at_once(&self, reach: &Reach) -> bool {
        *reach == Reach::Portal || !self.is_postgres()
    }

    /// For the outbox's own claims, which are single statements.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Begins a writing transaction: serializable on PostgreSQL, in so far as it is reached; on
    /// SQLite the write lock is taken at once, since one that starts as a reader fails when somebody
    /// else wrote in between.
    pub(crate) async fn begin(&self, reach: &Reach) -> Result<DatabaseTransaction, DbErr> {
        if self.is_postgres() {
            let tx = self.writer.begin().await?;
            let told = reach.told();
            tx.execute_unprepared(&format!(
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; {told}"
            ))
            .await?;
            return Ok(tx);
        }
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.writer.begin_with_options(options).await
    }

    /// Lets those who were in each other's way go on one after the other. On PostgreSQL this has to
    /// be the first statement of the transaction: `LOCK` alone does not fix what it sees, so whoever
    /// has waited sees what the one before has done. The mode stands in the way of no other writer.
    pub(crate) async fn queue(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        if self.is_postgres() {
            tx.execute_unprepared("LOCK TABLE audit_head IN SHARE UPDATE EXCLUSIVE MODE")
                .await?;
        }
        Ok(())
    }

    /// Takes the lock of that number until the transaction ends, unless somebody has it. SQLite has
    /// one writer, who has all locks.
    pub(crate) async fn try_lock(
        &self,
        tx: &DatabaseTransaction,
        number: i64,
    ) -> Result<bool, DbErr> {
        if !self.is_postgres() {
            return Ok(true);
        }
        let sql = "SELECT pg_try_advisory_xact_lock($1)";
        let statement = Statement::from_sql_and_values(self.backend(), sql, [number.into()]);
        let row = tx.query_one_raw(statement).await?;
        row.map_or(Ok(false), |row| row.try_get_by_index(0))
    }

    /// Lets SQLite answer before what was written is on the disk: thousands of writes of sample data
    /// would otherwise wait for it thousands of times. For files that are thrown away where they
    /// are not finished, and for nothing else.
    pub(crate) async fn do_without_durability(&self) -> Result<(), DbErr> {
        self.writer
            .execute_unprepared("PRAGMA synchronous = OFF")
            .await?;
        Ok(())
    }

    /// Runs what is missing of the migrations, in one transaction, one process at a time.
    ///
    /// # Errors
    /// Refuses a schema that is newer than this binary; otherwise what the database said.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        for attempt in 1..MIGRATION_TRIES {
            match self.try_migrate().await {
                // Of those who serve meanwhile, each holds for moments what a migration wants whole.
                Err(OpenError::Migration(error)) if is_in_the_way(&error) => {
                    tracing::info!(%error, attempt, "others write: the migration is tried again");
                    tokio::time::sleep(Duration::from_millis(200 * u64::from(attempt))).await;
                }
                other => return other,
            }
        }
        self.try_migrate().await
    }

    async fn try_migrate(&self) -> Result<(), OpenError> {
        let tx = self.begin_migration().await?;
        if self.is_postgres() {
            // What a migration does to rows it does to everybody's.
            tx.execute_unprepared(&Reach::Portal.told()).await?;
            // Held to the end of the transaction; the number is ours for good.
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(7233391604562418)")
                .await?;
        }
        if let SchemaState::Ahead(newer) = state(&tx).await? {
            return Err(OpenError::Newer(newer));
        }
        Migrator::up(&tx, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How the schema stands to this binary.
    ///
    /// # Errors
    /// Refuses a schema with newer migrations that lacks some of this binary's; otherwise what the
    /// database said.
    pub async fn schema_state(&self) -> Result<SchemaState, OpenError> {
        state(&self.reader).await
    }

    /// Names of the migrations that were applied, the oldest first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn history(&self) -> Result<Vec<String>, DbErr> {
        applied(&self.reader).await
    }

    async fn begin_migration(&self) -> Result<DatabaseTransaction, DbErr> {
        if self.is_postgres() {
            // Waiting for the lock must not fix the snapshot before the other's migration.
            self.writer.begin().await
        } else {
            self.begin(&Reach::Portal).await
        }
    }

    /// Closes all connections, after what runs on them has ended.
    pub async fn close(&self) {
        for pool in [&self.reader, &self.narrow, &self.writer] {
            let _ = pool.clone().close().await;
        }
    }
}

/// Names of the migrations that this binary knows, the oldest first.
#[must_use]
pub fn known_migrations() -> Vec<String> {
    let known = Migrator::migrations();
    known.iter().map(|it| it.name().to_owned()).collect()
}

/// Compares what was applied with what this binary knows.
async fn state<C: ConnectionTrait>(db: &C) -> Result<SchemaState, OpenError> {
    let known = Migrator::migrations();
    let applied = applied(db).await?;
    let (own, newer): (Vec<_>, Vec<_>) = applied
        .into_iter()
        .partition(|name| known.iter().any(|it| it.name() == name));
    match (known.len() - own.len(), newer.into_iter().next_back()) {
        (0, None) => Ok(SchemaState::Current),
        (0, Some(newer)) => Ok(SchemaState::Ahead(newer)),
        (missing, None) => Ok(SchemaState::Pending(missing)),
        (_, Some(newer)) => Err(OpenError::Newer(newer)),
    }
}

/// Names of the migrations that were applied; none where the table is not there yet.
async fn applied<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    let is_there = if db.get_database_backend() == DbBackend::Postgres {
        "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL"
    } else {
        "SELECT 1 FROM sqlite_master WHERE name = 'seaql_migrations'"
    };
    let statement = |sql| Statement::from_string(db.get_database_backend(), sql);
    if db.query_one_raw(statement(is_there)).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = db
        .query_all_raw(statement(
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn quiet<O: sqlx::ConnectOptions>(options: O) -> O {
    options.disable_statement_logging()
}

/// Whether the connection can be used again; otherwise it is closed, and what was open on it is
/// undone. A full disk rolls back on its own account, or leaves a transaction open that could not
/// be committed: the next ones would be taken for parts of it, and acknowledged, and lost.
async fn is_clean(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let begins = sqlx::Executor::execute(&mut *connection, "BEGIN; ROLLBACK").await;
    // After the answer, so that a rollback which was only sent so far has been counted.
    Ok(begins.is_ok() && !sqlx::Connection::is_in_transaction(connection))
}

fn pg_pool(connections: u32, acquire: Duration) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async move {
                // `ROLLBACK` alone would have the server log a warning for each connection that
                // comes back as it should.
                sqlx::Executor::execute(connection, "BEGIN; ROLLBACK").await?;
                Ok(true)
            })
        })
}

/// Whether a unit of work failed only because of others at the same time: it may be run again.
pub(crate) fn is_worth_another_try(error: &DbErr) -> bool {
    let Some(database) = sqlx_error(error).and_then(sqlx::Error::as_database_error) else {
        return false;
    };
    // PostgreSQL: serialization failure, deadlock. SQLite: busy, and busy with a stale snapshot.
    matches!(
        database.code().as_deref(),
        Some("40001" | "40P01" | "5" | "517")
    )
}

/// The same, or that a lock could not be had in time.
fn is_in_the_way(error: &DbErr) -> bool {
    let database = sqlx_error(error).and_then(sqlx::Error::as_database_error);
    is_worth_another_try(error)
        || database.is_some_and(|database| database.code().as_deref() == Some("55P03"))
}

/// Whether a unit of work met a unique key that is taken. On PostgreSQL that can be how a
/// serialization failure shows: of two that look, find nothing and insert, one hears of the key
/// before anything else. On SQLite one writes after the other, so it cannot.
pub(crate) fn is_there_already(error: &DbErr) -> bool {
    sqlx_error(error)
        .and_then(sqlx::Error::as_database_error)
        .is_some_and(|database| database.code().as_deref() == Some("23505"))
}
