//! What has to hold of the values together: faults, which stop the start, and warnings.

use std::collections::BTreeSet;

use lettre::message::Mailbox;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use super::{
    Config, Database, Files, Http, Identity, Jobs, Log, Mail, MailTransport, Portal, Secret,
};

/// The languages in which the portal writes.
pub const LOCALES: [&str; 2] = ["en", "de"];

/// What is wrong, by key, with what to do about it.
pub(super) fn faults(config: &Config) -> Vec<(&'static str, String)> {
    let mut found = Found::default();
    portal(&config.portal, &mut found);
    http(&config.http, &mut found);
    database(&config.database, &mut found);
    files(&config.files, &mut found);
    mail(&config.mail, &mut found);
    identity(&config.identity, &mut found);
    jobs(&config.jobs, &config.mail, &mut found);
    log(&config.log, &mut found);
    found.0
}

/// The faults found so far.
#[derive(Default)]
struct Found(Vec<(&'static str, String)>);

impl Found {
    /// Notes what to do about `key` where `holds` is not so.
    fn unless(&mut self, key: &'static str, holds: bool, what_to_do: &str) {
        if !holds {
            self.0.push((key, what_to_do.to_owned()));
        }
    }
}

fn portal(portal: &Portal, found: &mut Found) {
    found.unless(
        "portal.base_url",
        is_web(&portal.base_url) && portal.base_url.query().is_none(),
        "write an http or https URL without query and fragment: links are appended to it.",
    );
    found.unless(
        "portal.terms_url",
        is_web(&portal.terms_url),
        "write an http or https URL.",
    );
    found.unless(
        "portal.default_locale",
        LOCALES.contains(&portal.default_locale.as_str()),
        "write en or de: letters exist in these languages.",
    );
    found.unless(
        "portal.default_time_zone",
        portal.default_time_zone.parse::<chrono_tz::Tz>().is_ok(),
        "write a zone of the IANA database, such as Europe/Berlin.",
    );
    let distinct: BTreeSet<_> = portal.regions.iter().collect();
    found.unless(
        "portal.regions",
        !portal.regions.is_empty()
            && distinct.len() == portal.regions.len()
            && portal.regions.iter().all(|it| is_code(it)),
        "write at least one code of 2 to 16 capitals, digits and underscores, each once.",
    );
}

fn http(http: &Http, found: &mut Found) {
    found.unless(
        "http.metrics_listen",
        http.metrics_listen
            .is_none_or(|it| it != http.listen || it.port() == 0),
        "write another address than http.listen: metrics are not for everyone.",
    );
    found.unless(
        "http.allowed_origins",
        http.allowed_origins.iter().all(|it| is_origin(it)),
        "write origins as browsers send them, such as https://portal.example.com: scheme, host \
         and, if it is unusual, port; no path, no slash at the end, no *.",
    );
    found.unless(
        "http.body_limit",
        (1024..=16 << 20).contains(&http.body_limit),
        "write bytes from 1024 to 16777216.",
    );
    found.unless(
        "http.long_body_limit",
        (http.body_limit..=16 << 20).contains(&http.long_body_limit),
        "write bytes from what `http.body_limit` is to 16777216.",
    );
    found.unless(
        "http.body_deadline",
        is_seconds(http.body_deadline),
        SECONDS,
    );
    found.unless("http.deadline", is_seconds(http.deadline), SECONDS);
    found.unless("http.workers", http.workers <= 1024, "write at most 1024.");
    found.unless(
        "http.cost_limit",
        http.cost_limit >= 100,
        "write at least 100: one page costs that.",
    );
}

fn database(database: &Database, found: &mut Found) {
    found.unless(
        "database.url",
        database
            .url
            .as_ref()
            .is_none_or(|it| matches!(it.scheme(), "postgres" | "postgresql")),
        "write postgres://user:password@host/name; leave it out for SQLite in the data folder.",
    );
    let password = database.url.as_ref().and_then(Url::password);
    found.unless("database.url", !password.is_some_and(is_sample), SAMPLE);
    let connections = 1..=1000;
    found.unless(
        "database.writers",
        connections.contains(&database.writers),
        "write 1 to 1000.",
    );
    found.unless(
        "database.readers",
        connections.contains(&database.readers),
        "write 1 to 1000.",
    );
    found.unless(
        "database.acquire_timeout",
        is_seconds(database.acquire_timeout),
        SECONDS,
    );
}

fn files(files: &Files, found: &mut Found) {
    found.unless(
        "files.s3_bucket",
        files.s3_bucket.is_some() || (files.s3_endpoint.is_none() && files.s3_access_key.is_none()),
        "set it, since a store or its key is named.",
    );
    found.unless(
        "files.s3_endpoint",
        files
            .s3_endpoint
            .as_ref()
            .is_none_or(|it| is_web(it) && it.path() == "/" && it.query().is_none()),
        "write an http or https URL without a path: buckets are appended to it.",
    );
    found.unless(
        "files.s3_secret_key",
        files.s3_access_key.is_some() == files.s3_secret_key.is_some(),
        "set both files.s3_access_key and files.s3_secret_key, or neither.",
    );
    let secret = files.s3_secret_key.as_ref().map(Secret::reveal);
    found.unless(
        "files.s3_secret_key",
        !secret.is_some_and(is_sample),
        SAMPLE,
    );
    found.unless(
        "files.largest",
        (1024..=100 << 20).contains(&files.largest),
        "write bytes from 1024 to 104857600: a file is held in memory while it is looked at.",
    );
    found.unless(
        "files.partner_quota",
        files.partner_quota >= files.largest,
        "write at least files.largest.",
    );
    found.unless(
        "files.scanner",
        files.scanner.as_deref().is_none_or(|it| {
            it.strip_prefix("unix:").map_or_else(
                || {
                    it.rsplit_once(':')
                        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
                },
                |path| path.starts_with('/'),
            )
        }),
        "write host:port, or unix: and the path of a socket.",
    );
}

/// Passwords as texts about passwords write them; nobody means them.
const SAMPLES: [&str; 8] = [
    "change-me",
    "changeme",
    "change_me",
    "example",
    "password",
    "sample",
    "secret",
    "…",
];

fn is_sample(password: &str) -> bool {
    let plain = password.trim_matches(['<', '>', '{', '}', '$', '*', '.']);
    plain.is_empty() || SAMPLES.contains(&plain.to_lowercase().as_str())
}

const SAMPLE: &str = "write the password itself: this is a sample, which anybody may know.";

fn mail(mail: &Mail, found: &mut Found) {
    found.unless(
        "mail.smtp_url",
        mail.smtp_url.is_some() || mail.transport != MailTransport::Smtp,
        "set it, such as smtps://mail.example.com:465, since mail.transport is smtp.",
    );
    found.unless(
        "mail.smtp_url",
        mail.smtp_url.as_ref().is_none_or(|it| {
            matches!(it.scheme(), "smtp" | "smtps" | "smtp+plain")
                && it.has_host()
                && it.username().is_empty()
                && it.password().is_none()
        }),
        "write smtp://host:port, smtps://host:port or smtp+plain://host:port; name and password \
         have settings of their own.",
    );
    found.unless(
        "mail.smtp_user",
        mail.smtp_user.is_some() == mail.smtp_password.is_some(),
        "set both mail.smtp_user and mail.smtp_password, or neither.",
    );
    let password = mail.smtp_password.as_ref().map(Secret::reveal);
    found.unless(
        "mail.smtp_password",
        !password.is_some_and(is_sample),
        SAMPLE,
    );
    found.unless("mail.from", is_mailbox(&mail.from), MAILBOX);
    found.unless(
        "mail.reply_to",
        mail.reply_to.as_deref().is_none_or(is_mailbox),
        MAILBOX,
    );
    found.unless("mail.deadline", is_seconds(mail.deadline), SECONDS);
    found.unless(
        "mail.keep_days",
        (1..=3650).contains(&mail.keep_days),
        "write 1 to 3650.",
    );
}

fn identity(identity: &Identity, found: &mut Found) {
    found.unless(
        "identity.access_minutes",
        (1..=60).contains(&identity.access_minutes),
        "write 1 to 60: nothing ends an access token before its time.",
    );
    found.unless(
        "identity.step_up_minutes",
        (1..=1440).contains(&identity.step_up_minutes),
        "write 1 to 1440.",
    );
    found.unless(
        "identity.session_days",
        (1..=400).contains(&identity.session_days),
        "write 1 to 400.",
    );
    found.unless(
        "identity.refresh_idle_days",
        (1..=identity.session_days).contains(&identity.refresh_idle_days),
        "write 1 to identity.session_days.",
    );
}

fn jobs(jobs: &Jobs, mail: &Mail, found: &mut Found) {
    found.unless(
        "jobs.poll",
        (10..=60_000).contains(&jobs.poll),
        "write 10 to 60000.",
    );
    found.unless(
        "jobs.lease",
        jobs.lease > mail.deadline,
        "write more than mail.deadline: another worker would send the same letter.",
    );
    found.unless(
        "jobs.attempts",
        (1..=100).contains(&jobs.attempts),
        "write 1 to 100.",
    );
}

fn log(log: &Log, found: &mut Found) {
    found.unless(
        "log.filter",
        EnvFilter::try_new(&log.filter).is_ok(),
        "write directives such as info,entente=debug.",
    );
}

const SECONDS: &str = "write seconds from 1 to 600.";
const MAILBOX: &str = "write `Name <address>` or an address.";

impl Config {
    /// What works, but is not meant for a portal that others reach.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |is_so: bool, text: &str| {
            if is_so {
                warnings.push(text.to_owned());
            }
        };
        let public = !is_local(&self.portal.base_url);
        warn(
            self.http.development && (public || self.portal.base_url.scheme() == "https"),
            "http.development is on: everybody can read the mailbox page, with all links in it. \
             Set ENTENTE_HTTP_DEVELOPMENT=false.",
        );
        warn(
            public && self.portal.base_url.scheme() != "https",
            "portal.base_url is not https: links in letters can be read on their way. \
             Set ENTENTE_PORTAL_BASE_URL to an https URL.",
        );
        warn(
            public && self.mail.transport != MailTransport::Smtp,
            "mail.transport is not smtp: nobody gets a letter. Set ENTENTE_MAIL_TRANSPORT=smtp.",
        );
        warn(
            self.mail
                .smtp_url
                .as_ref()
                .is_some_and(|it| it.scheme() == "smtp+plain" && !is_local(it)),
            "mail.smtp_url is smtp+plain to another machine: letters can be read on their way. \
             Use smtp:// or smtps://.",
        );
        warnings
    }
}

/// Whether the URL's host is this machine.
pub(super) fn is_local(url: &Url) -> bool {
    // Of a scheme that browsers do not know, an address is parsed as a name.
    match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost"
                || name.ends_with(".localhost")
                || name
                    .parse()
                    .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

pub(super) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.fragment().is_none()
}

fn is_origin(text: &str) -> bool {
    text.parse::<Url>()
        .is_ok_and(|url| is_web(&url) && url.origin().ascii_serialization() == text)
}

fn is_code(text: &str) -> bool {
    (2..=16).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_mailbox(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

fn is_seconds(seconds: u64) -> bool {
    (1..=600).contains(&seconds)
}
