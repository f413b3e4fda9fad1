//! The HTTP face of an [`App`].

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::id::SessionId;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Identify, Parts, metrics};
use crate::app::App;
use crate::auth::Actor;
use crate::certification::proof::Issuer;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::graphql::document::Limits;
use crate::identity::Guard;
use crate::notification::{preference, suppression};
use crate::outbox::Job;
use crate::upkeep::Sweep;
use crate::{identity, mail, outbox};

/// Tells who asks by the access token.
struct ByToken(Guard);

impl Identify for ByToken {
    fn identify<'a>(
        &'a self,
        db: &'a Db,
        bearer: Option<&'a str>,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Actor>> {
        async move {
            match bearer {
                Some(token) => identity::actor_for(db, &self.0, token, now).await,
                None => Ok(Actor::Anonymous),
            }
        }
        .boxed()
    }

    fn resume<'a>(
        &'a self,
        db: &'a Db,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Actor>> {
        identity::actor_of_session(db, &self.0, session, now).boxed()
    }
}

impl From<&App> for Parts {
    fn from(app: &App) -> Self {
        let config = &app.config;
        let api = app.api.clone();
        let (db, clock) = (app.db.clone(), app.clock.clone());
        let mailer = app.mailer.clone();
        let folder = mail::mailbox::folder(&config.data);
        Self {
            config: config.http.clone(),
            base_url: config.portal.base_url.clone(),
            db: app.db.clone(),
            link_key: app.links(),
            clock: app.clock.clone(),
            limits: Limits::default(),
            identify: Arc::new(ByToken(app.guard.clone())),
            sdl: api.sdl().to_owned(),
            execute: Arc::new(move |op, request| api.answer(op, request)),
            jwks: Arc::new({
                let keys = app.guard.keys.clone();
                move || keys.jwks()
            }),
            mailbox: Some(Arc::new(move |letter| {
                let folder = folder.clone();
                async move {
                    // It reads files, so it may not hold up the worker's other requests.
                    tokio::task::spawn_blocking(move || {
                        mail::mailbox::page(&folder, letter.as_deref())
                    })
                    .await
                    .unwrap_or_else(|panic| Err(Error::fault(panic.to_string())))
                }
                .boxed()
            })),
            largest_file: config.files.largest,
            files: app.files.clone(),
            issuer: Issuer {
                base_url: config.portal.base_url.clone(),
                program: config.portal.name.clone(),
                // The configuration was checked: it names a zone.
                zone: config.portal.default_time_zone.parse().unwrap_or_default(),
                keys: app.guard.keys.clone(),
            },
            default_locale: config.portal.default_locale.clone(),
            unsubscribe: Arc::new(|op, letter, token| {
                async move { preference::switch_off(&op, letter, &token).await }.boxed()
            }),
            backlog: Some(Arc::new(move || {
                let (db, now) = (db.clone(), clock.now());
                let closed = mailer.gate().closed();
                async move {
                    let depth = outbox::depth(&db, now).await?;
                    let oldest = depth
                        .oldest
                        .map_or(0, |oldest| (now - oldest).num_seconds());
                    let daily = outbox::last_promised(&db, Sweep::KIND, now).await?;
                    let daily = daily.map(|(promised, _)| (now - promised).num_seconds());
                    Ok(metrics::Waiting {
                        due: depth.due,
                        oldest_seconds: u64::try_from(oldest).unwrap_or(0),
                        dead: depth.dead,
                        suppressed: suppression::count(&db.reader().into()).await?,
                        sign_in_refused: closed.sign_in.into(),
                        hosts_waiting: closed.hosts,
                        daily_seconds: daily.map(|seconds| u64::try_from(seconds).unwrap_or(0)),
                    })
                }
                .boxed()
            })),
        }
    }
}
