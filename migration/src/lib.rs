//! The history of Entente's schema.
//!
//! A migration is plain SQL, written once for both databases: what their types are called stands
//! in `Words`. SQL as text is readable history, says composite keys, named constraints and
//! partial indexes as they are, and never changes when the code does. This crate does not know
//! `entity`: yesterday's schema must not follow today's rows.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

mod m0001_from_application_to_partner;
mod m0002_mail_under_faults;
mod m0003_trail_and_replays;
mod m0004_identity_under_attack;
mod m0005_second_factors;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_from_application_to_partner::Migration),
            Box::new(m0002_mail_under_faults::Migration),
            Box::new(m0003_trail_and_replays::Migration),
            Box::new(m0004_identity_under_attack::Migration),
            Box::new(m0005_second_factors::Migration),
        ]
    }
}

/// What the two databases call the same thing.
struct Words {
    uuid: &'static str,
    instant: &'static str,
    json: &'static str,
    day: &'static str,
    truth: &'static str,
    long: &'static str,
    /// Behind each table: SQLite checks types only when told to.
    strict: &'static str,
}

const POSTGRES: Words = Words {
    uuid: "uuid",
    instant: "timestamptz",
    json: "jsonb",
    day: "date",
    truth: "boolean",
    long: "bigint",
    strict: "",
};

const SQLITE: Words = Words {
    uuid: "BLOB",
    instant: "TEXT",
    json: "TEXT",
    day: "TEXT",
    truth: "INTEGER",
    long: "INTEGER",
    strict: " STRICT",
};

/// Runs the statements of a file, in which `:uuid`, `:instant`, `:json`, `:day`, `:truth`,
/// `:long` and `:strict` stand for the database's own words.
async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let words = match manager.get_database_backend() {
        DbBackend::Postgres => POSTGRES,
        DbBackend::Sqlite | _ => SQLITE,
    };
    let sql = sql
        .replace(":uuid", words.uuid)
        .replace(":instant", words.instant)
        .replace(":json", words.json)
        .replace(":day", words.day)
        .replace(":truth", words.truth)
        .replace(":long", words.long)
        .replace(" :strict", words.strict);
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
