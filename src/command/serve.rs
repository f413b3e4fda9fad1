//! `serve`: answers requests and keeps promises until told to stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Failure, open, say};
use crate::app::App;
use crate::auth::token::Keys;
use crate::config::Config;
use crate::db::SchemaState;
use crate::http::{Parts, Server, logging, told_to_stop};
use crate::shape;

/// Connections and files that are open at once, where the machine allows as many.
const OPEN_FILES: u64 = 65_536;

/// How long it takes at most until changed keys are seen.
const KEYS_SEEN: Duration = Duration::from_secs(10);

pub(super) async fn serve(config: Config) -> Result<(), Failure> {
    logging::init(&config.log)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    // As many connections as the machine allows: those that are slow hold on to theirs.
    if let Err(error) = rlimit::increase_nofile_limit(OPEN_FILES) {
        tracing::warn!(%error, "the number of open files stays as it is");
    }
    let app = open(config).await?;
    let server = Server::bind(Parts::from(&app))?;
    say(&format!(
        "Entente answers on http://{}/graphql",
        server.address()
    ));
    run(&app, server).await
}

/// A SQLite file of our own is migrated without asking. A PostgreSQL database may be shared by
/// replicas of several versions: there somebody decides when.
pub(super) async fn make_ready(app: &App) -> Result<(), Failure> {
    if app.db.is_postgres() {
        check_schema(app).await?;
    } else {
        app.db.migrate().await?;
    }
    match shape::check(&app.db).await?.as_slice() {
        [] => Ok(()),
        wrong => Err(format!("shapes do not fit the tables:\n  {}", wrong.join("\n  ")).into()),
    }
}

/// Refuses a database that is of an earlier version than this binary.
pub(super) async fn check_schema(app: &App) -> Result<(), Failure> {
    match app.db.schema_state().await? {
        SchemaState::Current => Ok(()),
        SchemaState::Ahead(newer) => {
            tracing::warn!(
                newer,
                "the schema is newer than this binary, which goes on: upgrade it as well"
            );
            Ok(())
        }
        SchemaState::Pending(count) => Err(format!(
            "the database lacks {count} migration(s): run `entente migrate up` first"
        )
        .into()),
    }
}

/// Serves until told to stop; then what is under way ends first, requests before promises.
pub(super) async fn run(app: &App, server: Server) -> Result<(), Failure> {
    let (stop, stopped) = watch::channel(false);
    let worker = app.config.jobs.enabled.then(|| {
        let worker = app.worker();
        tokio::spawn(async move { worker.run(stopped).await })
    });
    let keys = tokio::spawn(reread_keys(app.guard.keys.clone()));
    let outcome = server.run(told_to_stop()).await;
    keys.abort();
    stop.send_replace(true);
    if let Some(worker) = worker {
        worker.await?;
    }
    app.db.close().await;
    Ok(outcome?)
}

/// Takes changed keys into use. Keys that cannot be used are told of, and change nothing.
async fn reread_keys(keys: Arc<Keys>) {
    loop {
        tokio::time::sleep(KEYS_SEEN).await;
        let files = keys.clone();
        match tokio::task::spawn_blocking(move || files.reread()).await {
            Ok(Ok(false)) => (),
            Ok(Ok(true)) => tracing::info!(kid = keys.kid(), "access tokens are signed anew"),
            Ok(Err(error)) => tracing::error!(%error, "the keys stay as they were"),
            Err(error) => tracing::error!(%error, "the keys could not be read"),
        }
    }
}
