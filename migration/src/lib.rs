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
mod m0006_second_wall;
mod m0007_enablement;
mod m0008_files;
mod m0009_playbooks;
mod m0010_case_studies;
mod m0011_library;
mod m0012_search;
mod m0013_facts_from_outside;
mod m0014_playbook_assets;
mod m0015_programs;
mod m0016_nearness;
mod m0017_field_notes_beside;
mod m0018_search_by_numbers;

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
            Box::new(m0006_second_wall::Migration),
            Box::new(m0007_enablement::Migration),
            Box::new(m0008_files::Migration),
            Box::new(m0009_playbooks::Migration),
            Box::new(m0010_case_studies::Migration),
            Box::new(m0011_library::Migration),
            Box::new(m0012_search::Migration),
            Box::new(m0013_facts_from_outside::Migration),
            Box::new(m0014_playbook_assets::Migration),
            Box::new(m0015_programs::Migration),
            Box::new(m0016_nearness::Migration),
            Box::new(m0017_field_notes_beside::Migration),
            Box::new(m0018_search_by_numbers::Migration),
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
    bytes: &'static str,
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
    bytes: "bytea",
    strict: "",
};

const SQLITE: Words = Words {
    uuid: "BLOB",
    instant: "TEXT",
    json: "TEXT",
    day: "TEXT",
    truth: "INTEGER",
    long: "INTEGER",
    bytes: "BLOB",
    strict: " STRICT",
};

/// Runs the statements of a file, in which `:uuid`, `:instant`, `:json`, `:day`, `:truth`,
/// `:long`, `:bytes` and `:strict` stand for the database's own words.
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
        .replace(":bytes", words.bytes)
        .replace(" :strict", words.strict);
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// By which columns the second wall tells whose a row is.
enum Owner<'a> {
    /// The owner's key.
    Key(&'a str),
    /// The keys of two owners: each meets it.
    Either(&'a str, &'a str),
    /// The owner's key, or all zeros for everybody.
    KeyOrNil(&'a str),
}

/// Walls a table on PostgreSQL, for its owner as well: a transaction meets rows of whose owners
/// it was told by `entente.own`, and all where it was told `entente.portal`. Both are asked once for
/// each statement. Who adds a row says whose it is, or, where the column allows it, nobody's.
async fn wall(manager: &SchemaManager<'_>, table: &str, owner: &Owner<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let all = "(SELECT current_setting('entente.portal', true) = 'on')";
    let own = "ANY ((SELECT NULLIF(current_setting('entente.own', true), '')::uuid[])::uuid[])";
    let (met, key) = match owner {
        Owner::Key(key) => (format!("{all} OR {key} = {own}"), key),
        Owner::Either(key, other) => (format!("{all} OR {key} = {own} OR {other} = {own}"), key),
        Owner::KeyOrNil(key) => (
            format!("{all} OR {key} = {own} OR {key} = CAST(repeat('0', 32) AS uuid)"),
            key,
        ),
    };
    let sql = format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
         ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
         CREATE POLICY wall_{table} ON {table} USING ({met});
         CREATE POLICY wall_{table}_nobodys ON {table} FOR INSERT WITH CHECK ({key} IS NULL);"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
