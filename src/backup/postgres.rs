//! PostgreSQL's own programs, which know its schema better than we could.

use std::path::Path;
use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use url::Url;

use super::BackupError;
use crate::config::Config;

/// A name for what this transaction sees, for as long as it lasts.
pub(super) async fn snapshot(tx: &DatabaseTransaction) -> Result<String, BackupError> {
    // It does nothing for as long as the dump takes.
    tx.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0")
        .await?;
    let statement =
        Statement::from_string(tx.get_database_backend(), "SELECT pg_export_snapshot()");
    let row = tx.query_one_raw(statement).await?;
    let name = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(name.unwrap_or_default())
}

/// Whether the database has no tables.
pub(super) async fn is_empty<C: ConnectionTrait>(db: &C) -> Result<bool, BackupError> {
    let statement = Statement::from_string(
        db.get_database_backend(),
        "SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1",
    );
    Ok(db.query_one_raw(statement).await?.is_none())
}

/// Writes what the snapshot sees into a file.
pub(super) async fn dump(
    config: &Config,
    file: &Path,
    snapshot: String,
) -> Result<(), BackupError> {
    let mut command = program("pg_dump", config);
    command
        .args(["--format=custom", "--schema=public", "--no-owner", "--no-privileges"])
        // Otherwise it refuses tables with policies to whoever is bound by them.
        .arg("--enable-row-security")
        .arg(format!("--snapshot={snapshot}"))
        .arg("--file")
        .arg(file);
    run("pg_dump", command).await
}

/// Makes the tables and rows of a dump, all or none.
pub(super) async fn restore(config: &Config, file: &Path) -> Result<(), BackupError> {
    let mut command = program("pg_restore", config);
    command
        .args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"])
        // The schema `public` is there in every database, and is not ours to make.
        .arg("--schema=public");
    if let Some(url) = &config.database.url {
        command.arg("--dbname").arg(without_secret(url).as_str());
    }
    command.arg(file);
    run("pg_restore", command).await
}

/// The program, told of the database: the password by the environment, since arguments are shown to
/// everybody on the machine. It meets all rows ([`crate::db::Reach::Portal`]).
fn program(name: &'static str, config: &Config) -> Command {
    let mut command = Command::new(name);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.env("PGOPTIONS", "-c entente.portal=on");
    if let Some(url) = &config.database.url {
        if let Some(password) = url.password() {
            command.env("PGPASSWORD", decoded(password));
        }
        if name == "pg_dump" {
            command.arg("--dbname").arg(without_secret(url).as_str());
        }
    }
    command
}

/// A password as it was before it was put into a URL.
fn decoded(password: &str) -> String {
    let form = password.replace('+', "%2B").replace('&', "%26");
    let mut pairs = url::form_urlencoded::parse(form.as_bytes());
    // Without a `=` in front of it, it is the name of the only pair.
    let (mut name, value) = pairs.next().unwrap_or_default();
    if form.contains('=') {
        name.to_mut().push('=');
        name.to_mut().push_str(&value);
    }
    name.into_owned()
}

/// The URL without its password, and without what only our own driver understands.
fn without_secret(url: &Url) -> Url {
    let mut shown = url.clone();
    // It cannot fail: a URL of a database has a host.
    let _ = shown.set_password(None);
    let kept: Vec<_> = url
        .query_pairs()
        .filter(|(name, _)| {
            [
                "sslmode",
                "sslrootcert",
                "sslcert",
                "sslkey",
                "host",
                "port",
                "user",
            ]
            .contains(&&**name)
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    shown.set_query(None);
    if !kept.is_empty() {
        shown.query_pairs_mut().extend_pairs(kept);
    }
    shown
}

async fn run(program: &'static str, mut command: Command) -> Result<(), BackupError> {
    let failed = move |why: String| BackupError::Program { program, why };
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .map_err(|panic| failed(panic.to_string()))?
        .map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                failed("it is not on the PATH: install PostgreSQL's client programs".to_owned())
            } else {
                failed(error.to_string())
            }
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_in_the_environment_and_not_among_the_arguments() {
        let set = [(
            "ENTENTE_DATABASE_URL",
            "postgres://ada:a%2Fb+c&d=e@db.example/portal?sslmode=require&statement-cache-capacity=5",
        )];
        let args = crate::config::Args::default();
        let config = Config::read(&args, set.map(|(name, value)| (name, value.to_owned())));
        let Ok(config) = config else {
            panic!("the configuration is in order");
        };
        let command = program("pg_dump", &config);
        let shown: Vec<_> = command.get_args().map(|it| it.to_string_lossy()).collect();
        assert_eq!(
            shown,
            [
                "--dbname",
                "postgres://ada@db.example/portal?sslmode=require"
            ]
        );
        let mut set = command.get_envs().filter(|(name, _)| *name == "PGPASSWORD");
        let password = set.next().and_then(|(_, value)| value);
        assert_eq!(password, Some("a/b+c&d=e".as_ref()));
    }
}
