//! What can be set from outside, declared once: field, type, default, words, name.
//!
//! From the declaration below come the structs, their `Debug` (which hides secrets), the keys of
//! `entente.toml`, the names of the environment and `.env.example`. The environment name is
//! `ENTENTE_`, the section and the field: `http.listen` is `ENTENTE_HTTP_LISTEN`.

mod check;
mod example;
mod load;
mod setting;

use std::net::SocketAddr;
use std::path::PathBuf;

use url::Url;

pub use check::LOCALES;
pub use example::env_example;
pub use load::{Args, Fault, Faults};
pub use setting::Secret;
use setting::{Setting, choices, hide};

/// The beginning of all names in the environment.
const PREFIX: &str = "ENTENTE_";

/// One thing that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its section; empty at the top.
    pub section: &'static str,
    /// Its name in the section.
    pub name: &'static str,
    /// What it is, in sentences.
    pub about: &'static str,
    /// What a value looks like.
    pub shape: &'static str,
    /// The value where nothing is set; empty where that is none.
    pub default: &'static str,
    /// Whether it is never shown, and can also be read from the file that `…_FILE` names.
    pub secret: bool,
}

impl Declared {
    /// The key in `entente.toml`.
    #[must_use]
    pub fn key(&self) -> String {
        if self.section.is_empty() {
            self.name.to_owned()
        } else {
            format!("{}.{}", self.section, self.name)
        }
    }

    /// The name in the environment.
    #[must_use]
    pub fn variable(&self) -> String {
        variable(&self.key())
    }
}

/// The name in the environment of a key.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

macro_rules! secret {
    () => {
        false
    };
    (secret) => {
        true
    };
}

macro_rules! settings {
    (
        $(#[doc = $top_about:literal])+ $top:ident: $top_ty:ty = $top_default:literal;
        $($(#[doc = $section_about:literal])+ $section:ident: $name:ident {
            $($(#[doc = $about:literal])+ $($secret:ident)? [$field:ident: $ty:ty = $default:literal])+
        })+
    ) => {
        /// Everything that can be set.
        #[derive(Clone, Debug)]
        pub struct Config {
            $(#[doc = $top_about])+
            pub $top: $top_ty,
            $($(#[doc = $section_about])+ pub $section: $name,)+
        }

        $(
            $(#[doc = $section_about])+
            #[derive(Clone)]
            pub struct $name { $($(#[doc = $about])+ pub $field: $ty,)+ }

            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.debug_struct(stringify!($name))
                        $(.field(stringify!($field), &hide(&self.$field)))+
                        .finish()
                }
            }
        )+

        /// Everything that can be set, in the order of `.env.example`.
        pub const SETTINGS: &[Declared] = &[
            Declared {
                section: "",
                name: stringify!($top),
                about: concat!($($top_about),+),
                shape: <$top_ty as Setting>::SHAPE,
                default: $top_default,
                secret: false,
            },
            $($(Declared {
                section: stringify!($section),
                name: stringify!($field),
                about: concat!($($about),+),
                shape: <$ty as Setting>::SHAPE,
                default: $default,
                secret: secret!($($secret)?),
            },)+)+
        ];

        /// The sections, with what each is about.
        pub const SECTIONS: &[(&str, &str)] =
            &[$((stringify!($section), concat!($($section_about),+)),)+];

        // Every value is taken before one that is at fault ends it, so that all faults are told.
        impl Config {
            fn take(values: &mut load::Values) -> Option<Self> {
                let $top = values.take("", stringify!($top));
                $(let $section = $name::take(values);)+
                Some(Self { $top: $top?, $($section: $section?,)+ })
            }
        }

        $(impl $name {
            fn take(values: &mut load::Values) -> Option<Self> {
                $(let $field = values.take(stringify!($section), stringify!($field));)+
                Some(Self { $($field: $field?,)+ })
            }
        })+
    };
}

settings! {
    /// Folder of the SQLite file, keys, files and mailbox.
    data: PathBuf = "data";

    /// What the vendor decides for the program's people.
    portal: Portal {
        /// Name of the vendor's program, as letters say it.
        [name: String = "Partner program"]
        /// Where the front end lives; links in letters begin with it.
        /// Where nothing is set it is the address of the API itself.
        [base_url: Url = "http://127.0.0.1:8080/"]
        /// Language where none is known, `en` or `de`.
        [default_locale: String = "en"]
        /// IANA zone where none is known.
        [default_time_zone: String = "UTC"]
        /// Codes of the sales regions.
        [regions: Vec<String> = "EMEA,AMER,APAC"]
        /// The version of the terms that applicants accept.
        [terms_version: String = "1"]
        /// Where the terms can be read.
        [terms_url: Url = "http://127.0.0.1:8080/terms"]
    }

    /// The listener and its limits.
    http: Http {
        /// Address of the API.
        [listen: SocketAddr = "127.0.0.1:8080"]
        /// Address of `/metrics`; none to have no such listener.
        [metrics_listen: Option<SocketAddr> = ""]
        /// Origins of browsers that may call the API, exactly as they send them.
        [allowed_origins: Vec<String> = ""]
        /// Largest body in bytes.
        [body_limit: usize = "65536"]
        /// Largest body in bytes of who has signed in: documents with their texts are longer than
        /// questions. A query is never longer than `body_limit`.
        [long_body_limit: usize = "1048576"]
        /// Seconds within which a body must have arrived.
        [body_deadline: u64 = "10"]
        /// Seconds within which a request is answered.
        [deadline: u64 = "15"]
        /// Who may ask for the schema by a query; `/schema.graphql` is for everyone.
        /// Where nothing is set and `http.development` is on: anyone.
        [introspection: Introspection = "staff"]
        /// Whether GraphiQL is served at `/` and the mailbox page at `/mailbox`.
        /// Where nothing is set: only while both the API and the front end are on this machine.
        [development: bool = "true"]
        /// Threads that answer; 0 for one for each core.
        [workers: usize = "0"]
        /// The most rows that one query may read.
        [cost_limit: u64 = "25000"]
        /// Whether `X-Forwarded-For` of the proxy in front is believed.
        [trust_proxy: bool = "false"]
    }

    /// The database.
    database: Database {
        /// `postgres://…`, or none for the SQLite file in the data folder.
        secret [url: Option<Url> = ""]
        /// Connections for writing (PostgreSQL).
        [writers: u32 = "8"]
        /// Connections for reading, for each worker.
        [readers: u32 = "8"]
        /// Seconds to wait for a connection before answering 503.
        [acquire_timeout: u64 = "3"]
    }

    /// Where files lie, and what is taken.
    files: Files {
        /// Bucket of an S3-compatible store; none for the folder `files` of the data folder.
        [s3_bucket: Option<String> = ""]
        /// Address of the store, such as `https://s3.example.com`; none for that of Amazon.
        [s3_endpoint: Option<Url> = ""]
        /// Region of the bucket.
        [s3_region: String = "us-east-1"]
        /// Key of the store; none where the machine itself is known there.
        [s3_access_key: Option<String> = ""]
        /// Its secret.
        secret [s3_secret_key: Option<Secret> = ""]
        /// Bytes of the largest file.
        [largest: u64 = "26214400"]
        /// Bytes of all files of one partner.
        [partner_quota: u64 = "1073741824"]
        /// A virus scanner that speaks the protocol of clamd, as `host:port` or `unix:/path`; none
        /// to take files unlooked at.
        [scanner: Option<String> = ""]
    }

    /// How letters leave.
    mail: Mail {
        /// By which way: to an SMTP server, into the folder `mailbox` of the data folder, or nowhere.
        [transport: MailTransport = "folder"]
        /// `smtp://host:port` (STARTTLS required), `smtps://…` (TLS from the start) or
        /// `smtp+plain://…` (neither; for a relay on the same machine).
        [smtp_url: Option<Url> = ""]
        /// Sign-in at the SMTP server.
        [smtp_user: Option<String> = ""]
        /// Its password.
        secret [smtp_password: Option<Secret> = ""]
        /// File of a certificate authority (PEM) that the SMTP server's certificate may come from,
        /// beside the public ones.
        [smtp_ca_file: Option<PathBuf> = ""]
        /// Sender, `Name <address>`.
        [from: String = "Partner program <partners@localhost>"]
        /// Where answers go.
        [reply_to: Option<String> = ""]
        /// Seconds after which a delivery that makes no progress is given up, to be tried again.
        [deadline: u64 = "30"]
        /// Days after which what a letter said is emptied in the database, once it has left or was
        /// given up.
        [keep_days: u32 = "30"]
    }

    /// Keys and lives of tokens.
    identity: Identity {
        /// `iss` of access tokens.
        [issuer: String = "entente"]
        /// `aud` of access tokens.
        [audience: String = "entente"]
        /// File of the Ed25519 key that signs access tokens (PKCS#8 PEM); none for `keys/` of the
        /// data folder, made on the first start.
        [signing_key_file: Option<PathBuf> = ""]
        /// File of the 32 bytes (in hex) from which links are made; none for `keys/` as above.
        [link_key_file: Option<PathBuf> = ""]
        /// File of the Ed25519 key that signs credentials of certified people (PKCS#8 PEM); none for
        /// `keys/` as above. They verify by it for years: keep it, and share it among replicas.
        [credential_key_file: Option<PathBuf> = ""]
        /// Minutes that an access token lives.
        [access_minutes: u32 = "10"]
        /// What one network may try at once of each: sign-ins that fail, requests for a new
        /// password, applications. One more is allowed every ten seconds; 0 for no limit.
        [tries_per_network: u32 = "30"]
        /// Whether the vendor's staff need a second factor; partners are asked one by one.
        [factor_for_staff: bool = "false"]
        /// Minutes for which a proof is recent enough for what is grave: roles, staff, factors.
        [step_up_minutes: u32 = "15"]
        /// Days that an unused refresh token lives.
        [refresh_idle_days: u32 = "14"]
        /// Days that a session lives.
        [session_days: u32 = "90"]
    }

    /// The worker that keeps promises.
    jobs: Jobs {
        /// Whether this process keeps promises.
        [enabled: bool = "true"]
        /// Milliseconds between looks into an empty outbox.
        [poll: u64 = "500"]
        /// Seconds that a worker holds what it took.
        [lease: u64 = "60"]
        /// Tries before a promise is given up.
        [attempts: u32 = "12"]
    }

    /// Logs.
    log: Log {
        /// `text` for people or `json` for collectors.
        [format: LogFormat = "text"]
        /// Directives such as `info,entente=debug`.
        [filter: String = "info"]
    }
}

choices! {
    /// Who may ask for the schema.
    Introspection {
        /// Anyone.
        Public = "public",
        /// The vendor's staff.
        Staff = "staff",
        /// Nobody.
        Off = "off",
    }
}

choices! {
    /// By which way letters leave.
    MailTransport {
        /// To an SMTP server.
        Smtp = "smtp",
        /// Into the folder `mailbox` of the data folder.
        Folder = "folder",
        /// Nowhere: letters are rendered and dropped.
        None = "none",
    }
}

choices! {
    /// How a line of the log is written.
    LogFormat {
        /// For people.
        Text = "text",
        /// For collectors.
        Json = "json",
    }
}
