//! Handing letters to an SMTP server, under a deadline.
//!
//! lettre's own timeout ends with the connection: a server that accepts it and then falls silent
//! would hold the worker for ever. Silence, a connection that breaks off, one that is refused and
//! TLS that fails say nothing of the letter: it is tried again. What a refusal means is said in
//! `reply`.

use std::error::Error as _;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use tokio::time::{Instant, timeout, timeout_at};
use url::{Host, Url};

use super::Delivery;
use super::reply::{Class, Stage, classify};
use crate::config;
use crate::error::{Error, Result};

/// How long a goodbye may take: the letter is away by then.
const GOODBYE: Duration = Duration::from_secs(2);

/// An SMTP server and how to talk to it.
pub struct Relay {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
    deadline: Duration,
}

/// How the conversation is kept from others.
enum Security {
    /// STARTTLS, or nothing is said.
    StartTls(TlsParameters),
    /// TLS from the first byte.
    Tls(TlsParameters),
    /// Not at all.
    Plain,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relay({}:{})", self.host, self.port)
    }
}

impl Relay {
    pub(super) fn new(config: &config::Mail) -> Result<Self> {
        let url = config
            .smtp_url
            .as_ref()
            .ok_or_else(|| wrong("is needed where the transport is smtp"))?;
        let host = host(url)?;
        let tls = || tls(&host, config.smtp_ca_file.as_deref());
        let (security, port) = match url.scheme() {
            "smtp" => (Security::StartTls(tls()?), 587),
            "smtps" => (Security::Tls(tls()?), 465),
            "smtp+plain" => (Security::Plain, 25),
            other => {
                return Err(wrong(&format!(
                    "begins with `{other}`: write smtp, smtps or smtp+plain"
                )));
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "holds a sign-in: write it into mail.smtp_user and mail.smtp_password",
            ));
        }
        let credentials = match (&config.smtp_user, &config.smtp_password) {
            (None, None) => None,
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.clone(), password.reveal().to_owned()))
            }
            _ => {
                return Err(wrong(
                    "needs both mail.smtp_user and mail.smtp_password, or neither",
                ));
            }
        };
        if matches!(security, Security::Plain) && credentials.is_some() && !is_here(&host) {
            return Err(wrong(
                "would send the password in clear to another machine: write smtp or smtps",
            ));
        }
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            security,
            credentials,
            hello: ClientId::default(),
            deadline: Duration::from_secs(config.deadline),
        })
    }

    /// Hands the message over, within the deadline.
    pub(super) async fn send(&self, message: &Message) -> Delivery {
        let until = Instant::now() + self.deadline;
        let mut connection = match timeout_at(until, self.connect()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err((stage, error))) => return self.refused(stage, &error),
            Err(_) => return Delivery::Later(self.silence()),
        };
        let Ok(delivery) = timeout_at(until, self.offer(&mut connection, message)).await else {
            return Delivery::Later(self.silence());
        };
        // What was said stands, whether or not the goodbye is answered.
        let _ = timeout(GOODBYE, connection.abort()).await;
        delivery
    }

    /// Connects and signs in.
    pub(super) async fn check(&self) -> Result<(), String> {
        match timeout(self.deadline, self.connect()).await {
            Ok(Ok(mut connection)) => {
                let _ = timeout(GOODBYE, connection.abort()).await;
                Ok(())
            }
            Ok(Err((Stage::SignIn, error))) => {
                let why = self.told(Stage::SignIn, &error);
                Err(format!(
                    "{why}: look at mail.smtp_user and mail.smtp_password"
                ))
            }
            Ok(Err((stage, error))) => Err(self.told(stage, &error)),
            Err(_) => Err(self.silence()),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, (Stage, SmtpError)> {
        let connecting = |error| (Stage::Connecting, error);
        let (wrapper, upgrade) = match &self.security {
            Security::StartTls(tls) => (None, Some(tls.clone())),
            Security::Tls(tls) => (Some(tls.clone()), None),
            Security::Plain => (None, None),
        };
        let server = (self.host.as_str(), self.port);
        let wait = Some(self.deadline);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, wait, &self.hello, wrapper, None)
                .await
                .map_err(connecting)?;
        if let Some(tls) = upgrade {
            // Fails where the server offers none: nothing is ever sent in clear instead.
            connection
                .starttls(tls, &self.hello)
                .await
                .map_err(connecting)?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(DEFAULT_MECHANISMS, credentials)
                .await
                .map_err(|error| (Stage::SignIn, error))?;
        }
        Ok(connection)
    }

    /// Says from whom, to whom and what. lettre's own `send` does the same, but does not tell who
    /// was refused.
    async fn offer(&self, connection: &mut AsyncSmtpConnection, message: &Message) -> Delivery {
        let envelope = message.envelope();
        let mut parameters = Vec::new();
        if !envelope
            .to()
            .iter()
            .all(|address| address.to_string().is_ascii())
        {
            if !connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Delivery::Never(format!("{} takes ASCII addresses only", self.host));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let from = Mail::new(envelope.from().cloned(), parameters);
        if let Err(error) = connection.command(from).await {
            return self.refused(Stage::Sender, &error);
        }
        for to in envelope.to() {
            if let Err(error) = connection.command(Rcpt::new(to.clone(), Vec::new())).await {
                return self.refused(Stage::Recipient, &error);
            }
        }
        if let Err(error) = connection.command(Data).await {
            return self.refused(Stage::Content, &error);
        }
        match connection.message(&message.formatted()).await {
            Ok(_) => Delivery::Sent,
            Err(error) => self.refused(Stage::Content, &error),
        }
    }

    /// What a failure means: a refusal in the server's words, or a conversation that broke off.
    fn refused(&self, stage: Stage, error: &SmtpError) -> Delivery {
        let why = self.told(stage, error);
        let Some(code) = error.status() else {
            return Delivery::Later(why);
        };
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        match classify(stage, code.into(), &text) {
            Class::Later => Delivery::Later(why),
            Class::Deferred => Delivery::Deferred(why),
            Class::Never => Delivery::Never(why),
            Class::NoSuchAddress(reason) => Delivery::NoSuchAddress(reason, why),
            Class::SignInRefused => Delivery::SignInRefused(why),
        }
    }

    fn told(&self, stage: Stage, error: &SmtpError) -> String {
        let at = match stage {
            Stage::Connecting => "connecting",
            Stage::SignIn => "sign-in",
            Stage::Sender => "sender",
            Stage::Recipient => "recipient",
            Stage::Content => "letter",
        };
        format!("{}:{}, {at}: {error}", self.host, self.port)
    }

    fn silence(&self) -> String {
        let seconds = self.deadline.as_secs();
        format!(
            "{}:{} gave no answer within {seconds} s",
            self.host, self.port
        )
    }
}

/// What TLS with this host takes: a certificate of a public authority, or of the configured one.
fn tls(host: &str, authority: Option<&Path>) -> Result<TlsParameters> {
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(path) = authority {
        let told = |what: &dyn fmt::Display| {
            Error::fault(format!("mail.smtp_ca_file: {}: {what}", path.display()))
        };
        let pem = std::fs::read(path).map_err(|error| told(&error))?;
        tls = tls.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| told(&error))?);
    }
    tls.build()
        .map_err(|error| wrong(&format!("has no TLS: {error}")))
}

fn wrong(what: &str) -> Error {
    Error::fault(format!("mail.smtp_url {what}"))
}

fn host(url: &Url) -> Result<String> {
    match url.host() {
        Some(Host::Ipv6(address)) => Ok(address.to_string()),
        Some(host) => Ok(host.to_string()),
        None => Err(wrong("names no host: write smtp://host:port")),
    }
}

/// Whether the server runs on this machine.
fn is_here(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
