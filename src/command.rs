//! The command line: `entente serve`, `demo`, and what those who run the portal need beside it.

mod admin;
mod audit;
mod backup;
mod course;
pub mod demo;
mod doctor;
mod facts;
mod keys;
mod migrate;
mod plan;
mod playbook;
mod program;
mod search;
mod serve;
mod work;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::auth::link::LinkKey;
use crate::clock::SystemClock;
use crate::config::{self, Config};
use crate::{graphql, mail};

/// The backend of a partner portal.
#[derive(Debug, Parser)]
#[command(name = "entente", version, about)]
struct Cli {
    /// Configuration file; `entente.toml` of the working directory, where there is one, if not given
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the SQLite file, keys, files and mailbox
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer requests and keep promises until told to stop
    Serve {
        /// Address of the API
        #[arg(long, value_name = "HOST:PORT")]
        listen: Option<SocketAddr>,
        /// Leave promises to `entente work`, as `jobs.enabled = false` does
        #[arg(long)]
        no_jobs: bool,
    },
    /// Keep promises until told to stop, and answer no requests (PostgreSQL)
    Work,
    /// Serve a portal with sample data on embedded SQLite
    Demo {
        /// Address of the API
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Bring the schema of the database up to date, or tell how it stands
    Migrate {
        #[command(subcommand)]
        what: migrate::What,
    },
    /// Accounts of the vendor's administrators
    Admin {
        #[command(subcommand)]
        what: admin::What,
    },
    /// The audit trail
    Audit {
        #[command(subcommand)]
        what: audit::What,
    },
    /// Save the database and the data folder into a folder, also while the portal runs
    Backup {
        /// A folder that is empty or not there yet
        #[arg(value_name = "DIR")]
        to: PathBuf,
    },
    /// Make a portal from a backup, in an empty database and an empty data folder
    Restore {
        /// The backup
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// Bring the schema of an older version up to date
        #[arg(long)]
        migrate: bool,
    },
    /// The keys that sign access tokens
    Keys {
        #[command(subcommand)]
        what: keys::What,
    },
    /// Courses as folders or archives
    Course {
        #[command(subcommand)]
        what: course::What,
    },
    /// Onboarding plans as YAML files
    Plan {
        #[command(subcommand)]
        what: plan::What,
    },
    /// Playbooks as YAML files
    Playbook {
        #[command(subcommand)]
        what: playbook::What,
    },
    /// Facts that other systems tell
    Facts {
        #[command(subcommand)]
        what: facts::What,
    },
    /// Programs as YAML files
    Program {
        #[command(subcommand)]
        what: program::What,
    },
    /// The index by which things are found
    Search {
        #[command(subcommand)]
        what: search::What,
    },
    /// Print the GraphQL schema
    Schema,
    /// Letters
    Mail {
        #[command(subcommand)]
        what: MailCommand,
    },
    /// Check configuration, database, mail and keys, and say what to do
    Doctor,
}

#[derive(Debug, Subcommand)]
enum MailCommand {
    /// Render every letter with its sample into a folder
    Preview {
        /// The folder
        #[arg(value_name = "DIR", default_value = "preview")]
        out: PathBuf,
    },
}

/// Why a command failed, for the person who gave it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(obey(cli)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            warn(&format!("entente: {failure}"));
            ExitCode::FAILURE
        }
    }
}

async fn obey(cli: Cli) -> Result<(), Failure> {
    let load = |listen| {
        Config::load(&config::Args {
            file: cli.config.clone(),
            listen,
            data: cli.data.clone(),
        })
    };
    match cli.command {
        Command::Serve { listen, no_jobs } => {
            let mut config = load(listen)?;
            config.jobs.enabled &= !no_jobs;
            serve::serve(config).await
        }
        Command::Work => work::work(load(None)?).await,
        Command::Demo { listen } => {
            demo::demo(listen, cli.data.unwrap_or_else(|| "data/demo".into())).await
        }
        Command::Migrate { what } => migrate::migrate(load(None)?, what).await,
        Command::Admin { what } => admin::admin(load(None)?, what).await,
        Command::Audit { what } => audit::audit(load(None)?, what).await,
        Command::Backup { to } => backup::backup(load(None)?, &to).await,
        Command::Restore { from, migrate } => backup::restore(load(None)?, &from, migrate).await,
        Command::Keys { what } => keys::keys(&load(None)?, what),
        Command::Course { what } => course::course(what, || load(None)).await,
        Command::Plan { what } => plan::plan(what, || load(None)).await,
        Command::Playbook { what } => playbook::playbook(what, || load(None)).await,
        Command::Facts { what } => facts::facts(what, || load(None)).await,
        Command::Program { what } => Box::pin(program::program(what, || load(None))).await,
        Command::Search { what } => search::search(load(None)?, what).await,
        Command::Schema => {
            say(graphql::sdl(&graphql::schema()).trim_end());
            Ok(())
        }
        Command::Mail {
            what: MailCommand::Preview { out },
        } => {
            // The links of samples open nothing: they are made from no key of this portal.
            let renderer = mail::Renderer::new(&load(None)?.portal, LinkKey::from([0; 32]))?;
            let count = mail::preview(&renderer, &out)?;
            say(&format!(
                "{count} letters: open {}",
                out.join("index.html").display()
            ));
            Ok(())
        }
        Command::Doctor => doctor::doctor(load(None)).await,
    }
}

/// The portal, its database as this binary needs it.
async fn open(config: Config) -> Result<App, Failure> {
    let app = App::open(config, Arc::new(SystemClock)).await?;
    serve::make_ready(&app).await?;
    Ok(app)
}

/// The portal only to look at, also while another process serves it from SQLite.
async fn open_to_look(config: Config) -> Result<App, Failure> {
    let app = App::open_to_read(config, Arc::new(SystemClock)).await?;
    serve::check_schema(&app).await?;
    Ok(app)
}

/// A file as text.
fn read_text(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        let name = file.display();
        if error.kind() == std::io::ErrorKind::InvalidData {
            return format!("{name} is not UTF-8: save it in that encoding, which editors offer.")
                .into();
        }
        format!("{name} cannot be read: {error}").into()
    })
}

/// Answers at the terminal. Whoever reads only the beginning, as `head` does, has read enough.
fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[expect(clippy::print_stderr, reason = "why a command failed")]
fn warn(text: &str) {
    eprintln!("{text}");
}
