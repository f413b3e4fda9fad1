//! `demo`: a portal with sample data, on embedded SQLite, for a first look.
//!
//! On its first start it makes the data: a program of thirteen months, lived through by the same
//! actions as the API's. It makes them in a folder beside and moves that into its place when it is
//! whole, so that a start which was interrupted leaves no half of a portal. After that it serves
//! what is there. Whatever is set elsewhere, it touches no other database and sends no mail.

mod cast;
mod ladder;
mod shelf;
mod stage;
mod steps;
mod story;
mod study;
mod telling;

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use entity::person;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use url::Url;

use super::serve::{make_ready, run};
use super::{Failure, say};
use crate::app::App;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Introspection, MailTransport};
use crate::http::{Parts, Server, logging};
use stage::{Hands, Stage, working_days_before};
use story::{Story, beginning};

/// The file that says that all is there.
const DATABASE: &str = "entente.db";
/// The vendor's domain.
const DOMAIN: &str = "northlight.example";
/// Everybody's password.
pub const PASSWORD: &str = "seven quiet harbours at dawn";
/// People to sign in as, and who they are.
pub const SIGN_INS: [(&str, &str); 6] = [
    ("marta.lindqvist@northlight.example", "administrator"),
    ("amelie.fournier@northlight.example", "partner manager"),
    ("henrik.dahl@northlight.example", "auditor"),
    (
        "ines.costa@costa-filhos.example",
        "admin of a partner that is active",
    ),
    (
        "hannah.reed@maple-reed.example",
        "admin of a partner in onboarding",
    ),
    (
        "friederike.lohmann@weser-datentechnik.example",
        "the same, in German",
    ),
];

pub(super) async fn demo(listen: SocketAddr, data: PathBuf) -> Result<(), Failure> {
    let config = config(listen, data)?;
    logging::init(&config.log)?;
    if !is_filled(&config) {
        say(
            "Making the sample data: thirteen months of a partner program. This takes up to half a minute, once.",
        );
        let started = Instant::now();
        fill(&config, SystemClock.now()).await?;
        let took = started.elapsed().as_secs();
        say(&format!("Made in {took} s, in {}.", config.data.display()));
    }
    let app = App::open(config, Arc::new(SystemClock)).await?;
    make_ready(&app).await?;
    check_is_ours(&app).await?;
    let server = Server::bind(Parts::from(&app)).map_err(|error| {
        format!("{listen} cannot be used ({error}): name another with --listen")
    })?;
    say(&greeting(&app, server.address()));
    run(&app, server).await
}

/// The demo's configuration: as set, but a portal of its own on this address and in this folder.
///
/// # Errors
/// Everything that is wrong with what was set.
pub fn config(listen: SocketAddr, data: impl Into<PathBuf>) -> Result<Config, Failure> {
    let mut config = Config::demo(listen, data)?;
    let host = match listen.ip() {
        ip if ip.is_unspecified() => match ip {
            IpAddr::V4(_) => "127.0.0.1".to_owned(),
            IpAddr::V6(_) => "[::1]".to_owned(),
        },
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let own = Url::parse(&format!("http://{host}:{}/", listen.port()))?;
    config.portal.terms_url = own.join("terms")?;
    config.portal.base_url = own;
    "Northlight Partner Program".clone_into(&mut config.portal.name);
    config.portal.regions = ["EMEA", "AMER", "APAC"].map(str::to_owned).into();
    config.database.url = None;
    config.mail.transport = MailTransport::Folder;
    config.mail.from = format!("Northlight Partner Program <partners@{DOMAIN}>");
    config.mail.reply_to = None;
    config.http.introspection = Introspection::Public;
    // Whoever looks around by hand signs in less often.
    config.identity.access_minutes = 60;
    config.jobs.enabled = true;
    // What actix and the migrations say is nothing for a first look.
    if config.log.filter == "info" {
        "warn,entente=info".clone_into(&mut config.log.filter);
    }
    Ok(config)
}

fn is_filled(config: &Config) -> bool {
    config.data.join(DATABASE).exists()
}

/// Makes the sample data of a demo that begins at `now`; does nothing where there are data already.
///
/// # Errors
/// Says what stands in the way; nothing is left behind then that a next start would take for whole.
pub async fn fill(config: &Config, now: DateTime<Utc>) -> Result<(), Failure> {
    if is_filled(config) {
        return Ok(());
    }
    let unfinished = config.data.join("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    let mut making = config.clone();
    making.data.clone_from(&unfinished);
    let clock = Arc::new(Hands::new(beginning(now)));
    let app = App::open(making, clock.clone()).await?;
    app.db.migrate().await?;
    // What is unfinished is thrown away anyhow.
    app.db.do_without_durability().await?;
    let told_from = working_days_before(now, 1).min(now - TimeDelta::days(2));
    let stage = Stage::new(app.clone(), clock, told_from);
    let mut story = Story::new(stage, now).map_err(super::admin::told)?;
    let played = story.play(told_from).await;
    app.db.close().await;
    drop((story, app));
    played?;
    fs::File::open(unfinished.join(DATABASE))?.sync_all()?;
    settle(&unfinished, &config.data)
}

/// Moves what was made to where it is used; the database last, since it says that all is there.
fn settle(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut names: Vec<_> = fs::read_dir(from)?
        .map(|entry| entry.map(|it| it.file_name()))
        .collect::<Result<_, _>>()?;
    names.sort_by_key(|name| name == DATABASE);
    for name in names {
        let place = to.join(&name);
        fs::rename(from.join(&name), &place).map_err(|error| {
            let place = place.display();
            format!("{place} cannot be written ({error}): name an empty folder with --data")
        })?;
    }
    fs::remove_dir(from)?;
    Ok(())
}

/// Somebody may name the folder of another portal: its people are not those who are printed.
async fn check_is_ours(app: &App) -> Result<(), Failure> {
    let [(first, _), ..] = SIGN_INS;
    let found = person::Entity::find().filter(person::Column::Email.eq(first));
    if found.one(app.db.reader()).await?.is_some() {
        return Ok(());
    }
    let folder = app.config.data.display();
    Err(format!("{folder} holds another portal: name another folder with --data").into())
}

fn greeting(app: &App, address: SocketAddr) -> String {
    let base = &app.config.portal.base_url;
    let people = SIGN_INS
        .map(|(email, who)| format!("  {email:<46} {who}\n"))
        .concat();
    let (email, _) = SIGN_INS[1];
    let sign_in = format!(
        r#"{{"query":"mutation {{ sessionCreate(input: {{ email: \"{email}\", password: \"{PASSWORD}\" }}) {{ tokens {{ accessToken }} userErrors {{ message }} }} }}"}}"#
    );
    format!(
        "
Entente answers on http://{address}

  GraphiQL   {base}
  letters    {base}mailbox
  API        {base}graphql

Sign in as one of these, each with the password “{PASSWORD}”:

{people}
For example, to get a token for “Authorization: Bearer …”:

  curl {base}graphql -H 'content-type: application/json' -d '{sign_in}'

Ctrl-C stops it. The data stay in {}: delete that folder to begin again.
",
        app.config.data.display()
    )
}
