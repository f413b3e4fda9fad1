//! What can be set from outside, a struct for each part of the house.

use std::net::SocketAddr;
use std::path::PathBuf;

use url::Url;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the SQLite file, keys, files and mailbox.
    pub data: PathBuf,
    /// What the vendor decides for the program's people.
    pub portal: Portal,
    /// The listener and its limits.
    pub http: Http,
    /// The database.
    pub database: Database,
    /// How letters leave.
    pub mail: Mail,
    /// Keys and lives of tokens.
    pub identity: Identity,
    /// The worker that keeps promises.
    pub jobs: Jobs,
    /// Logs.
    pub log: Log,
}

/// What the vendor decides for the program's people.
#[derive(Clone, Debug)]
pub struct Portal {
    /// Name of the vendor's program, as letters say it.
    pub name: String,
    /// Where the front end lives; links in letters begin with it.
    pub base_url: Url,
    /// Language where none is known, `en` or `de`.
    pub default_locale: String,
    /// IANA zone where none is known.
    pub default_time_zone: String,
    /// Codes of the sales regions.
    pub regions: Vec<String>,
    /// The version of the terms that applicants accept.
    pub terms_version: String,
    /// Where the terms can be read.
    pub terms_url: Url,
}

/// The listener and its limits.
#[derive(Clone, Debug)]
pub struct Http {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Address of `/metrics`; none to have no such listener.
    pub metrics_listen: Option<SocketAddr>,
    /// Origins of browsers that may call the API, exactly as they send them.
    pub allowed_origins: Vec<String>,
    /// Largest body in bytes.
    pub body_limit: usize,
    /// Seconds within which a body must have arrived.
    pub body_deadline: u64,
    /// Seconds within which a request is answered.
    pub deadline: u64,
    /// Who may ask for the schema.
    pub introspection: Introspection,
    /// Whether GraphiQL is served at `/` and the mailbox page at `/mailbox`.
    pub development: bool,
    /// Threads that answer.
    pub workers: usize,
    /// The most rows that one query may read.
    pub cost_limit: u64,
    /// Whether `X-Forwarded-For` of the proxy in front is believed.
    pub trust_proxy: bool,
}

/// Who may ask for the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Introspection {
    /// Anyone.
    Public,
    /// The vendor's staff.
    Staff,
    /// Nobody.
    Off,
}

/// The database.
#[derive(Clone, Debug)]
pub struct Database {
    /// `postgres://…`, or none for the SQLite file in the data folder.
    pub url: Option<Url>,
    /// Connections for writing (PostgreSQL).
    pub writers: u32,
    /// Connections for reading, for each worker.
    pub readers: u32,
    /// Seconds to wait for a connection before answering 503.
    pub acquire_timeout: u64,
}

/// How letters leave.
#[derive(Clone, Debug)]
pub struct Mail {
    /// By which way.
    pub transport: MailTransport,
    /// `smtp://host:port` (STARTTLS required), `smtps://…` (TLS from the start) or
    /// `smtp+plain://…` (neither; for a relay on the same machine).
    pub smtp_url: Option<Url>,
    /// Sign-in at the SMTP server.
    pub smtp_user: Option<String>,
    /// Its password.
    pub smtp_password: Option<Secret>,
    /// Sender, `Name <address>`.
    pub from: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// Seconds after which a delivery that makes no progress is given up, to be tried again.
    pub deadline: u64,
}

/// By which way letters leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// To an SMTP server.
    Smtp,
    /// Into the folder `mailbox` of the data folder.
    Folder,
    /// Nowhere: letters are rendered and dropped.
    None,
}

/// Keys and lives of tokens.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `iss` of access tokens.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// File of the Ed25519 key that signs access tokens (PKCS#8 PEM); none for `keys/` of the
    /// data folder, made on the first start.
    pub signing_key_file: Option<PathBuf>,
    /// File of the 32 bytes (in hex) from which links are made; none for `keys/` as above.
    pub link_key_file: Option<PathBuf>,
    /// Minutes that an access token lives.
    pub access_minutes: u32,
    /// Days that an unused refresh token lives.
    pub refresh_idle_days: u32,
    /// Days that a session lives.
    pub session_days: u32,
}

/// The worker that keeps promises.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// Whether this process keeps promises.
    pub enabled: bool,
    /// Milliseconds between looks into an empty outbox.
    pub poll: u64,
    /// Seconds that a worker holds what it took.
    pub lease: u64,
    /// Tries before a promise is given up.
    pub attempts: u32,
}

/// Logs.
#[derive(Clone, Debug)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// Directives such as `info,entente=debug`.
    pub filter: String,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// A text that must not be shown.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
