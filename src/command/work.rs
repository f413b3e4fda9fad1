//! `work`: keeps promises and answers no requests, beside processes that serve.

use tokio::sync::watch;

use super::{Failure, open, say};
use crate::config::Config;
use crate::http::{Lookout, Parts, logging, told_to_stop};

pub(super) async fn work(config: Config) -> Result<(), Failure> {
    logging::init(&config.log)?;
    if config.database.url.is_none() {
        return Err(
            "on SQLite one process has the file: `serve` keeps the promises there. Workers of their \
             own need PostgreSQL: set ENTENTE_DATABASE_URL."
                .into(),
        );
    }
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let app = open(config).await?;
    let listen = app.config.http.metrics_listen;
    let lookout = listen.map(|listen| Lookout::bind(Parts::from(&app), listen));
    let lookout = lookout.transpose()?;
    let told = told_to_stop();
    say("Entente keeps promises.");
    if let Some(lookout) = &lookout {
        say(&format!("Metrics: http://{}/metrics", lookout.address()));
    }
    let (stop, stopped) = watch::channel(false);
    let worker = app.worker();
    let worker = tokio::spawn(async move { worker.run(stopped).await });
    let watched = if let Some(lookout) = lookout {
        lookout.run(told).await
    } else {
        told.await;
        Ok(())
    };
    stop.send_replace(true);
    worker.await?;
    app.db.close().await;
    Ok(watched?)
}
