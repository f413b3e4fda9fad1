//! What can be set from outside, and what is said when it is set wrong.

use std::fs;
use std::path::PathBuf;

use entente::config::{Args, Config, Faults, Introspection, MailTransport, SETTINGS, env_example};

type Vars<'a> = &'a [(&'a str, &'a str)];

fn read(vars: Vars) -> Result<Config, Faults> {
    read_with("", vars)
}

/// Reads a file of its own, so that none in the working directory is taken.
fn read_with(file: &str, vars: Vars) -> Result<Config, Faults> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("entente.toml");
    fs::write(&path, file).unwrap();
    let args = Args {
        file: Some(path.clone()),
        ..Args::default()
    };
    Config::read(&args, vars.iter().copied()).map_err(|Faults(mut faults)| {
        for fault in &mut faults {
            fault.name = fault
                .name
                .replace(&path.display().to_string(), "entente.toml");
        }
        Faults(faults)
    })
}

fn lines(result: Result<Config, Faults>) -> Vec<String> {
    let Faults(faults) = result.unwrap_err();
    faults
        .into_iter()
        .map(|it| format!("{}: {}", it.name, it.message))
        .collect()
}

#[test]
fn nothing_has_to_be_set() {
    let config = read(&[]).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.mail.transport, MailTransport::Folder);
    assert_eq!(config.database.url, None);
    assert_eq!(config.portal.regions, ["EMEA", "AMER", "APAC"]);
    assert_eq!(config.data, PathBuf::from("data"));
    assert!(config.http.workers > 0);
    assert!(config.http.development);
    assert_eq!(config.warnings(), [""; 0]);
}

#[test]
fn the_environment_wins_over_the_file_and_the_command_line_over_both() {
    let file = "data = 'a'\n[http]\nbody_limit = 2048\ndeadline = '20'\nlisten = '127.0.0.1:1'\n";
    let vars = [
        ("ENTENTE_HTTP_BODY_LIMIT", "4096"),
        ("ENTENTE_DATA", "b"),
        ("UNRELATED", "x"),
        ("ENTENTE_HTTP_WORKERS", ""),
    ];
    let config = read_with(file, &vars).unwrap();
    assert_eq!(config.http.body_limit, 4096);
    assert_eq!(config.http.deadline, 20);
    assert_eq!(config.data, PathBuf::from("b"));

    let args = Args {
        file: None,
        listen: Some("127.0.0.1:2".parse().unwrap()),
        data: Some("c".into()),
    };
    let config = Config::read(&args, vars).unwrap();
    assert_eq!(config.http.listen.port(), 2);
    assert_eq!(config.data, PathBuf::from("c"));
}

#[test]
fn a_text_of_digits_stays_a_text() {
    let vars = [
        ("ENTENTE_MAIL_SMTP_USER", "0123"),
        ("ENTENTE_MAIL_SMTP_PASSWORD", " 007 "),
        ("ENTENTE_PORTAL_TERMS_VERSION", "2.0"),
    ];
    let config = read(&vars).unwrap();
    assert_eq!(config.mail.smtp_user.as_deref(), Some("0123"));
    assert_eq!(config.mail.smtp_password.unwrap().reveal(), " 007 ");
    assert_eq!(config.portal.terms_version, "2.0");
}

#[test]
fn every_fault_is_told_at_once_by_the_name_under_which_it_was_set() {
    let file = "[http]\nworkers = 'many'\nlisen = '127.0.0.1:80'\n[portal]\nregions = ['emea']\n";
    let vars = [
        ("ENTENTE_HTTP_LISTEN", "localhost"),
        ("ENTENTE_HTTP_LISTENN", "127.0.0.1:80"),
        ("ENTENTE_NOTHING_LIKE_IT", "1"),
        ("ENTENTE_MAIL_TRANSPORT", "pigeon"),
    ];
    assert_eq!(
        lines(read_with(file, &vars)),
        [
            "ENTENTE_HTTP_LISTENN: there is no such setting; did you mean ENTENTE_HTTP_LISTEN?",
            "ENTENTE_NOTHING_LIKE_IT: there is no such setting; .env.example lists all.",
            "http.lisen in entente.toml: there is no such setting; did you mean http.listen?",
            "ENTENTE_HTTP_LISTEN: write HOST:PORT with the host as an address, such as \
             127.0.0.1:8080 instead of `localhost`.",
            "http.workers in entente.toml: write a whole number instead of `many`.",
            "ENTENTE_MAIL_TRANSPORT: write one of smtp, folder, none instead of `pigeon`.",
        ]
    );
}

#[test]
fn values_are_held_against_each_other() {
    let file = "[portal]\nregions = ['emea']\n";
    let vars = [
        ("ENTENTE_MAIL_TRANSPORT", "smtp"),
        ("ENTENTE_MAIL_SMTP_USER", "portal"),
        ("ENTENTE_JOBS_LEASE", "30"),
        ("ENTENTE_PORTAL_BASE_URL", "ftp://example.com"),
        ("ENTENTE_PORTAL_DEFAULT_LOCALE", "fr"),
        ("ENTENTE_PORTAL_DEFAULT_TIME_ZONE", "Berlin"),
        (
            "ENTENTE_HTTP_ALLOWED_ORIGINS",
            "https://a.example, https://b.example/",
        ),
        ("ENTENTE_IDENTITY_SESSION_DAYS", "7"),
        ("ENTENTE_MAIL_FROM", "nobody"),
    ];
    let names: Vec<_> = lines(read_with(file, &vars))
        .iter()
        .map(|it| it.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "ENTENTE_PORTAL_BASE_URL",
            "ENTENTE_PORTAL_DEFAULT_LOCALE",
            "ENTENTE_PORTAL_DEFAULT_TIME_ZONE",
            "portal.regions in entente.toml",
            "ENTENTE_HTTP_ALLOWED_ORIGINS",
            "ENTENTE_MAIL_SMTP_URL",
            "ENTENTE_MAIL_SMTP_USER",
            "ENTENTE_MAIL_FROM",
            "ENTENTE_IDENTITY_REFRESH_IDLE_DAYS",
            "ENTENTE_JOBS_LEASE",
        ]
    );
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_toml() {
    let missing = Config::read(&Args::default(), [("ENTENTE_CONFIG", "no/such.toml")]);
    assert!(lines(missing)[0].starts_with("no/such.toml: cannot be read"));
    assert!(lines(read_with("[http", &[]))[0].starts_with("entente.toml: write TOML"));
    assert_eq!(
        lines(read_with("http = 1", &[])),
        ["http in entente.toml: write a table: [http]."]
    );
}

#[test]
fn secrets_are_read_from_files_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    fs::write(&path, "opensesame\n").unwrap();
    let path = path.display().to_string();
    let vars = [
        ("ENTENTE_MAIL_SMTP_USER", "portal"),
        ("ENTENTE_MAIL_SMTP_PASSWORD_FILE", path.as_str()),
        ("ENTENTE_DATABASE_URL", "postgres://u:opensesame@db/entente"),
    ];
    let config = read(&vars).unwrap();
    assert_eq!(
        config.mail.smtp_password.as_ref().unwrap().reveal(),
        "opensesame"
    );
    let shown = format!("{config:?} {config:#?}");
    assert!(!shown.contains("opensesame"), "{shown}");
    assert!(shown.contains("@db/entente"), "{shown}");

    let both = [
        ("ENTENTE_DATABASE_URL", "postgres://u:opensesame@db/entente"),
        ("ENTENTE_DATABASE_URL_FILE", path.as_str()),
        ("ENTENTE_MAIL_SMTP_PASSWORD_FILE", "no/such/file"),
    ];
    let told = lines(read(&both)).join("\n");
    assert!(told.contains("ENTENTE_DATABASE_URL_FILE: set either this or ENTENTE_DATABASE_URL"));
    assert!(told.contains("ENTENTE_MAIL_SMTP_PASSWORD_FILE: `no/such/file` cannot be read"));
    let garbled = lines(read(&[("ENTENTE_DATABASE_URL", "opensesame")])).join("\n");
    assert!(!garbled.contains("opensesame"), "{garbled}");
}

#[test]
fn the_pages_of_development_are_on_only_where_nobody_else_can_reach_them() {
    let on = |vars| read(vars).unwrap().http.development;
    assert!(on(&[]));
    assert!(!on(&[("ENTENTE_HTTP_LISTEN", "0.0.0.0:8080")]));
    let introspection = |vars| read(vars).unwrap().http.introspection;
    assert_eq!(introspection(&[]), Introspection::Public);
    let public = [("ENTENTE_HTTP_LISTEN", "0.0.0.0:8080")];
    assert_eq!(introspection(&public), Introspection::Staff);
    let off = [("ENTENTE_HTTP_INTROSPECTION", "off")];
    assert_eq!(introspection(&off), Introspection::Off);
    assert!(!on(&[(
        "ENTENTE_PORTAL_BASE_URL",
        "https://partners.example.com"
    )]));
    let vars = [
        ("ENTENTE_PORTAL_BASE_URL", "https://partners.example.com"),
        ("ENTENTE_HTTP_DEVELOPMENT", "true"),
        ("ENTENTE_MAIL_TRANSPORT", "smtp"),
        ("ENTENTE_MAIL_SMTP_URL", "smtp+plain://mail.example.com:25"),
    ];
    let config = read(&vars).unwrap();
    assert!(config.http.development);
    let warnings = config.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
    assert!(warnings[0].starts_with("http.development is on"));
    assert!(warnings[1].starts_with("mail.smtp_url is smtp+plain"));
}

#[test]
fn a_sample_is_no_password() {
    let told =
        |vars: &[(&str, &str)]| read(vars).map_or_else(|it| it.to_string(), |_| String::new());
    for sample in ["change-me", "PASSWORD", "<password>", "${SECRET}", "***"] {
        let mail = [
            ("ENTENTE_MAIL_SMTP_USER", "portal"),
            ("ENTENTE_MAIL_SMTP_PASSWORD", sample),
        ];
        let told = told(&mail);
        assert!(
            told.contains("ENTENTE_MAIL_SMTP_PASSWORD: write the password itself"),
            "{told}"
        );
    }
    let url = "postgres://user:password@localhost/entente";
    assert!(told(&[("ENTENTE_DATABASE_URL", url)]).contains("ENTENTE_DATABASE_URL"));
    let url = "postgres://user:pass%77ord-of-ours@localhost/entente";
    assert_eq!(told(&[("ENTENTE_DATABASE_URL", url)]), "");
}

#[test]
fn links_lead_to_the_api_itself_where_no_front_end_is_set() {
    let config = read(&[("ENTENTE_HTTP_LISTEN", "0.0.0.0:9000")]).unwrap();
    assert_eq!(config.portal.base_url.as_str(), "http://127.0.0.1:9000/");
    assert_eq!(
        config.portal.terms_url.as_str(),
        "http://127.0.0.1:9000/terms"
    );
}

#[test]
fn pages_are_joined_to_a_front_end_that_lives_in_a_folder() {
    let config = read(&[("ENTENTE_PORTAL_BASE_URL", "http://localhost/partners")]).unwrap();
    let page = config.portal.base_url.join("confirm").unwrap();
    assert_eq!(page.as_str(), "http://localhost/partners/confirm");
}

/// `ENTENTE_TEST_UPDATE=1 cargo test --test it env_example` writes it anew.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told this way to write the file anew"
)]
fn env_example_lists_exactly_what_can_be_set() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example");
    if std::env::var("ENTENTE_TEST_UPDATE").is_ok() {
        fs::write(path, env_example()).unwrap();
    }
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text, env_example(), "`just env` writes .env.example anew");
    for declared in SETTINGS {
        let line = format!("# {}=", declared.variable());
        assert_eq!(text.matches(&line).count(), 1, "{line}");
    }
}

/// What is listed can be taken over as it stands.
#[test]
fn the_defaults_of_env_example_are_accepted_when_they_are_set() {
    let text = env_example();
    let vars: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# ")?.split_once('='))
        .filter(|(name, _)| name.starts_with("ENTENTE_") && *name != "ENTENTE_CONFIG")
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect();
    assert!(vars.len() >= SETTINGS.len());
    read(&vars).unwrap();
}
