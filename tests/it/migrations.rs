//! The schema over time: run once, by one process, never backwards, and with everybody's data.

use std::collections::BTreeMap;

use entente::config::{Args, Config};
use entente::db::{Db, OpenError, SchemaState};
use entente::trail;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::rows::Row;
use crate::support::{Portal, by_force, postgres, rows};

/// An empty database with its folder and its URL.
struct Empty {
    config: Config,
    url: String,
    data: TempDir,
}

impl Empty {
    async fn each() -> Vec<Self> {
        let mut all = vec![Self::new(None)];
        all.extend(postgres().await.map(|url| Self::new(Some(url))));
        all
    }

    fn new(postgres: Option<String>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let set = postgres.clone().map(|url| ("ENTENTE_DATABASE_URL", url));
        let config = Config::read(&Args::default(), set).unwrap();
        let file = data.path().join("entente.db");
        let url = postgres.unwrap_or_else(|| format!("sqlite://{}?mode=rwc", file.display()));
        Self { config, url, data }
    }

    async fn open(&self) -> Result<Db, OpenError> {
        Db::open(&self.config.database, self.data.path()).await
    }
}

/// How the tables are made: everything that the database knows of them.
async fn structure(db: &Db) -> Vec<String> {
    rows::column(
        db,
        if db.is_postgres() {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable \
             || ' ' || coalesce(column_default, '') FROM information_schema.columns \
             WHERE table_schema = 'public' \
             UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace \
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        } else {
            "SELECT coalesce(sql, name) FROM sqlite_master ORDER BY 1"
        },
    )
    .await
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    for portal in Portal::each().await {
        portal.staff("Paula", &[VendorRole::Admin]).await;
        let db = &portal.app.db;
        let (tables, data) = (structure(db).await, rows::all(db).await);
        assert!(tables.len() > 50 && data.len() > 2);
        db.migrate().await.unwrap();
        db.migrate().await.unwrap();
        assert_eq!(structure(db).await, tables);
        assert_eq!(rows::all(db).await, data);
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Current);
    }
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    for portal in Portal::each().await {
        portal
            .force("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_flying_cars', 0)")
            .await;
        let db = &portal.app.db;
        let (tables, data) = (structure(db).await, rows::all(db).await);
        let error = db.migrate().await.unwrap_err();
        assert!(matches!(error, OpenError::Newer(_)), "{error}");
        let said = error.to_string();
        for word in [
            "newer than this binary",
            "m9999_flying_cars",
            "nothing was changed",
        ] {
            assert!(said.contains(word), "{said}");
        }
        assert_eq!(structure(db).await, tables);
        assert_eq!(rows::all(db).await, data);
    }
}

#[tokio::test]
async fn who_serves_goes_on_while_a_newer_one_migrates_and_not_where_something_is_missing() {
    const NEWER: &str =
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_flying_cars', 0)";
    for portal in Portal::each().await {
        let db = &portal.app.db;
        portal.force(NEWER).await;
        let ahead = SchemaState::Ahead("m9999_flying_cars".to_owned());
        assert_eq!(db.schema_state().await.unwrap(), ahead);
        // It goes on: somebody is let in and signs in.
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        portal.team(&paula, "Bergwind").await;
        portal.keep_promises().await;
        portal
            .force("DELETE FROM seaql_migrations WHERE version LIKE 'm0002%'")
            .await;
        let error = db.schema_state().await.unwrap_err();
        assert!(matches!(error, OpenError::Newer(_)), "{error}");
    }
}

#[tokio::test]
async fn a_schema_that_is_not_there_yet_is_pending() {
    for empty in Empty::each().await {
        let db = empty.open().await.unwrap();
        let all = Migrator::migrations().len();
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Pending(all));
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_migrate_at_once_wait_for_each_other() {
    let Some(url) = postgres().await else {
        return not_on_postgres();
    };
    let empty = Empty::new(Some(url));
    let processes = join_all((0..4).map(|_| empty.open())).await;
    let processes: Vec<_> = processes.into_iter().map(Result::unwrap).collect();
    let ended = join_all(processes.iter().map(Db::migrate)).await;
    for migrated in ended {
        migrated.unwrap();
    }
    let applied = rows::column(&processes[0], "SELECT version FROM seaql_migrations").await;
    assert_eq!(applied.len(), Migrator::migrations().len());
    assert_eq!(
        processes[3].schema_state().await.unwrap(),
        SchemaState::Current
    );
}

#[expect(clippy::print_stdout, reason = "what is skipped says so")]
fn not_on_postgres() {
    println!("NOT RUN ON POSTGRESQL: set ENTENTE_TEST_POSTGRES_URL");
}

#[tokio::test]
async fn a_second_process_is_kept_out_of_the_file() {
    let empty = Empty::new(None);
    let first = empty.open().await.unwrap();
    first.migrate().await.unwrap();
    let error = empty.open().await.unwrap_err();
    assert!(matches!(error, OpenError::InUse(_)), "{error}");
    let said = error.to_string();
    for word in [
        "entente.db",
        "another process",
        "stop it first",
        "ENTENTE_DATABASE_URL",
    ] {
        assert!(said.contains(word), "{said}");
    }
    first.close().await;
    drop(first);
    empty.open().await.unwrap().migrate().await.unwrap();
}

/// Rows as the first release wrote them. They never change: it has been released.
const ROWS_OF_THE_FIRST: [&str; 5] = [
    "INSERT INTO person VALUES (:1, 'paula@lumen.example', 'Paula', 'en', 'UTC', NULL, 'ACTIVE', 0,
     NULL, '2026-11-02T12:00:00+00:00', '2026-11-02T12:00:00+00:00', 1)",
    "INSERT INTO application VALUES (:2, 'Bergwind GmbH', 'bergwind', 'https://bergwind.example/',
     'bergwind.example', 'DE', 'RESELLER', '[\"EMEA\"]', 'Europe/Berlin', 'de', 'Anna',
     'anna@bergwind.example', 'Because.', '1', '2026-11-02T12:00:00+00:00', 'APPROVED',
     '2026-11-02T12:00:00+00:00', '2026-11-02T12:00:00+00:00', :1, '2026-11-03T12:00:00+00:00',
     NULL, '2026-11-02T12:00:00+00:00', '2026-11-03T12:00:00+00:00', 3)",
    "INSERT INTO partner VALUES (:3, :2, 'Bergwind GmbH', 'bergwind', 'https://bergwind.example/',
     'bergwind.example', 'DE', 'RESELLER', 'EMEA', 'Europe/Berlin', 'de', 'ONBOARDING', :1,
     '2026-11-03T12:00:00+00:00', NULL, '2026-11-03T12:00:00+00:00', '2026-11-03T12:00:00+00:00', 1)",
    "INSERT INTO membership VALUES (:4, :3, :1, 'PARTNER_ADMIN', 'ACTIVE',
     '2026-11-04T12:00:00+00:00', NULL, 1)",
    "INSERT INTO outbox_message VALUES (:5, 'letter', '{\"to\": {\"kind\": \"person\"}, \"letter\":
     {\"kind\": \"token_reused\"}}', NULL, 12, '2026-11-04T12:00:00+00:00', NULL, NULL,
     '2026-11-04T12:00:00+00:00', NULL, '2026-11-05T12:00:00+00:00', 'it was refused')",
];

#[tokio::test]
async fn data_of_the_first_release_survives_all_migrations() {
    for empty in Empty::each().await {
        let connection = Database::connect(&empty.url).await.unwrap();
        Migrator::up(&connection, Some(1)).await.unwrap();
        for row in ROWS_OF_THE_FIRST {
            let mut sql = row.to_owned();
            for number in 1..=ROWS_OF_THE_FIRST.len() {
                let id = format!("01938d6c5f0070008000{number:012}");
                let id = if empty.url.starts_with("sqlite") {
                    format!("x'{id}'")
                } else {
                    format!("'{id}'::uuid")
                };
                sql = sql.replace(&format!(":{number}"), &id);
            }
            connection.execute_unprepared(&sql).await.unwrap();
        }
        connection.close().await.unwrap();

        let db = empty.open().await.unwrap();
        let before = rows::all(&db).await;
        db.migrate().await.unwrap();
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Current);
        let after = rows::all(&db).await;
        for row in before.iter().filter(|row| row.table != "seaql_migrations") {
            let same = after.iter().find(|it| it.id() == row.id());
            let same = same.unwrap_or_else(|| panic!("a row is gone: {row:#?}"));
            for (name, value) in &row.columns {
                // What a later migration takes away or means anew is named here, with the reason.
                assert_eq!(same.columns.get(name), Some(value), "{}.{name}", row.table);
            }
        }
        let with_id = before.iter().filter(|row| row.id().is_some());
        assert_eq!(with_id.count(), ROWS_OF_THE_FIRST.len());
        let mut letters = after.iter().filter(|row| row.table == "outbox_message");
        assert_eq!(letters.next().unwrap().columns["letter"], "token_reused");
        db.close().await;
    }
}

#[tokio::test]
async fn lines_from_before_the_chains_are_counted_and_not_more() {
    for empty in Empty::each().await {
        let connection = Database::connect(&empty.url).await.unwrap();
        Migrator::up(&connection, Some(1)).await.unwrap();
        let sqlite = empty.url.starts_with("sqlite");
        for number in 1..=3 {
            let hex = format!("01938d6c5f0070008000{number:012}");
            let id = if sqlite {
                format!("x'{hex}'")
            } else {
                format!("'{hex}'")
            };
            let line = format!(
                "INSERT INTO audit_entry (id, at, actor_kind, action, subject_kind, subject_id, \
                 change, request_id, address) VALUES ({id}, '2026-11-02T12:00:00+00:00', 'SYSTEM', \
                 'EditPartner', 'Partner', {id}, '{{}}', 'r', '')"
            );
            connection.execute_unprepared(&line).await.unwrap();
        }
        let db = empty.open().await.unwrap();
        db.migrate().await.unwrap();
        let mut nothing = |_| ();
        let report = trail::verify(&db, &[], &mut nothing).await.unwrap();
        assert_eq!((report.before, report.faults, report.lines), (3, 0, 0));
        let gone = "DELETE FROM audit_entry WHERE id = (SELECT id FROM audit_entry LIMIT 1)";
        let by_force = Database::connect(by_force(&empty.url)).await.unwrap();
        by_force.execute_unprepared(gone).await.unwrap();
        by_force.close().await.unwrap();
        let report = trail::verify(&db, &[], &mut nothing).await.unwrap();
        assert_eq!((report.before, report.faults), (2, 1));
        connection.close().await.unwrap();
        db.close().await;
    }
}

/// The key and the instant of every row that is made up here.
const ID: &str = "01938d6c-5f00-7000-8000-000000000001";
const AT: &str = "2026-11-02T12:00:00+00:00";

fn row(table: &str, columns: Value) -> Row {
    let (table, Value::Object(columns)) = (table.to_owned(), columns) else {
        panic!("a row is an object");
    };
    Row { table, columns }
}

/// Rows for tables into which the story of the tests writes none, by table; so that every table of
/// every release has one.
fn more_rows() -> Vec<Row> {
    let (id, at) = (ID, AT);
    let mut rows = vec![
        row(
            "replay",
            json!({ "digest": "d", "request": "r", "outcome": "null", "answer": null,
                    "created_at": at, "expires_at": at }),
        ),
        row(
            "factor",
            json!({ "id": id, "person_id": id, "kind": "TOTP", "name": "phone", "created_at": at,
                    "confirmed_at": null, "used_at": null, "last_step": null, "ceremony": null,
                    "credential_id": null, "credential": null, "counter": null }),
        ),
        row(
            "recovery_code",
            json!({ "id": id, "person_id": id, "code_hash": "h", "created_at": at,
                    "used_at": null }),
        ),
        row(
            "challenge",
            json!({ "id": id, "person_id": id, "token_hash": "h", "tries_left": 5,
                    "ceremony": null, "created_at": at, "expires_at": at, "used_at": null }),
        ),
        // SQLite takes the id for bytes, and PostgreSQL takes any text for some.
        row(
            "course_file",
            json!({ "id": id, "course_version_id": id, "path": "files/a.txt",
                    "media_type": "text/plain", "size": 1, "digest": "d", "content": id }),
        ),
        row("throttle", json!({ "name": "n", "free_at": 0 })),
        row(
            "course_path",
            json!({ "course_version_id": id, "path": "files/a.txt", "file_id": id }),
        ),
        row("file_inbox", json!({ "id": id, "content": id })),
        row(
            "field_note_change",
            json!({ "id": id, "field_note_id": id, "partner_id": id, "state": "SUBMITTED",
                    "title": "t", "text": "t", "tags": "", "locale": "en", "playbook": null,
                    "playbook_id": null, "course": null, "course_id": null, "shows_partner": 0,
                    "submitted_at": at }),
        ),
        row(
            "field_note_endorsement",
            json!({ "id": id, "field_note_id": id, "person_id": id, "endorsed_at": at }),
        ),
        row(
            "letter_preference",
            json!({ "id": id, "person_id": id, "letter": "step_due_soon", "wanted": 0,
                    "changed_at": at }),
        ),
    ];
    rows.extend(program_rows());
    rows
}

/// Rows of programs and of where partners stand.
fn program_rows() -> Vec<Row> {
    let (id, at) = (ID, AT);
    vec![
        row(
            "program",
            json!({ "id": id, "slug": "p", "name": "P", "locale": "en", "created_at": at, "version": 1 }),
        ),
        row(
            "program_version",
            json!({ "id": id, "program_id": id, "number": 1, "state": "IN_FORCE", "name": "P", "hash": "h",
                    "document": "d", "note": "n", "author_id": id, "created_at": at, "announced_at": at,
                    "announced_by": id, "favourable": null, "in_force_on": "2026-11-02", "in_force_at": at,
                    "ended_at": null, "withdrawn_reason": null, "version": 1 }),
        ),
        row(
            "program_notice",
            json!({ "id": id, "program_version_id": id, "partner_id": id, "differences": [],
                    "told_at": at, "acknowledged_at": at, "acknowledged_by": id }),
        ),
        row(
            "program_review",
            json!({ "id": id, "program_version_id": id, "on_day": "2026-11-02", "started_at": at,
                    "reviewed_to": id, "partners": 1, "moves": 1, "finished_at": at }),
        ),
        row(
            "evaluation",
            json!({ "id": id, "partner_id": id, "program_version_id": id, "as_of": at, "known_on": at,
                    "proof": "p", "digest": "d" }),
        ),
        row(
            "standing_override",
            json!({ "id": id, "partner_id": id, "program_id": id, "track": "t", "tier": "gold",
                    "reason": "r", "ends_on": "2026-12-02", "ends_at": at, "state": "PROPOSED",
                    "proposed_by": id, "proposed_at": at, "decided_by": null, "decided_at": null,
                    "version": 1 }),
        ),
        row(
            "standing",
            json!({ "id": id, "partner_id": id, "program_id": id, "track": "t", "tier": "gold",
                    "tier_rank": 1, "earned": "gold", "phase": "STEADY", "phase_since": null,
                    "decided_on": null, "since": at, "looked_at": at, "evaluation_id": id,
                    "override_id": id, "ended_at": null, "next_tier": "top", "next_missing": 1,
                    "next_reached": 50 }),
        ),
        row(
            "standing_move",
            json!({ "id": id, "standing_id": id, "partner_id": id, "program_version_id": id, "track": "t",
                    "kind": "ADVANCED", "tier": "gold", "from_tier": null, "earned": "gold",
                    "decided_on": null, "moved_at": at, "evaluation_id": id, "override_id": id }),
        ),
        row(
            "appeal",
            json!({ "id": id, "partner_id": id, "standing_id": id, "evaluation_id": id,
                    "state": "SUBMITTED", "reason": "r", "submitted_by": id, "submitted_at": at,
                    "answer_by": at, "decided_at": null, "override_id": null, "version": 1 }),
        ),
        row(
            "recognition",
            json!({ "id": id, "partner_id": id, "standing_id": id, "partner_name": "B", "program": "P",
                    "track": "T", "tier": "Gold", "advanced_at": at }),
        ),
    ]
}

/// A row as a statement that names these columns alone, as a binary does which knows no others.
/// On SQLite the columns of bytes are named as `table.column`.
fn insert(row: &Row, columns: &[String], bytes: &[String], is_postgres: bool) -> String {
    let is_bytes = |column: &str| bytes.contains(&format!("{}.{column}", row.table));
    let (table, names) = (&row.table, columns.join("\", \""));
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    if is_postgres {
        let mut row = row.clone();
        if let Some(wanted) = row.columns.get_mut("wanted").filter(|it| it.is_number()) {
            *wanted = json!(false);
        }
        let json = quoted(&Value::Object(row.columns).to_string());
        return format!(
            "INSERT INTO {table} (\"{names}\") SELECT \"{names}\" \
             FROM jsonb_populate_record(NULL::{table}, {json})"
        );
    }
    let values: Vec<_> = columns
        .iter()
        .map(|name| match &row.columns[name] {
            Value::Null => "NULL".to_owned(),
            Value::String(text) if is_bytes(name) => format!("x'{}'", text.replace('-', "")),
            Value::String(text) => quoted(text),
            Value::Bool(_) | Value::Number(_) => row.columns[name].to_string(),
            json @ (Value::Array(_) | Value::Object(_)) => quoted(&json.to_string()),
        })
        .collect();
    format!(
        "INSERT INTO {table} (\"{names}\") VALUES ({})",
        values.join(", ")
    )
}

/// A database at some migration, whose rows do not have to fit each other: what is tried is the
/// tables.
struct Past {
    db: Db,
    connection: DatabaseConnection,
}

impl Past {
    async fn new(empty: &mut Empty, migrations: usize) -> Self {
        let mut config = empty.config.database.clone();
        let url = by_force(&empty.url);
        if config.url.is_some() {
            config.url = Some(url.parse().unwrap());
        }
        let mut options = ConnectOptions::new(url);
        options.max_connections(1);
        let connection = Database::connect(options).await.unwrap();
        let steps = u32::try_from(migrations).unwrap();
        Migrator::up(&connection, Some(steps)).await.unwrap();
        let past = Self {
            db: Db::open(&config, empty.data.path()).await.unwrap(),
            connection,
        };
        past.run(if past.db.is_postgres() {
            "SET session_replication_role = replica"
        } else {
            "PRAGMA foreign_keys = OFF"
        })
        .await
        .unwrap();
        past
    }

    async fn run(&self, sql: &str) -> Result<(), String> {
        let done = self.connection.execute_unprepared(sql).await;
        done.map(|_| ()).map_err(|error| format!("{sql}: {error}"))
    }

    /// The columns of bytes, which SQLite tells from text.
    async fn bytes(&self) -> Vec<String> {
        if self.db.is_postgres() {
            return Vec::new();
        }
        let sql = "SELECT it.name || '.' || its.name FROM sqlite_master it, \
                   pragma_table_info(it.name) its WHERE it.type = 'table' AND its.type = 'BLOB'";
        rows::column(&self.db, sql).await
    }

    /// Every table with its columns, but for that of the migrations.
    async fn tables(&self) -> BTreeMap<String, Vec<String>> {
        let mut found = BTreeMap::new();
        for table in rows::tables(&self.db).await {
            if table != "seaql_migrations" {
                let columns = if self.db.is_postgres() {
                    format!(
                        "SELECT column_name::text FROM information_schema.columns \
                         WHERE table_schema = 'public' AND table_name = '{table}'"
                    )
                } else {
                    format!("SELECT name FROM pragma_table_info('{table}')")
                };
                let columns = rows::column(&self.db, &columns).await;
                found.insert(table, columns);
            }
        }
        found
    }

    async fn empty(&self) {
        for table in self.tables().await.into_keys() {
            self.run(&format!("DELETE FROM {table}")).await.unwrap();
        }
    }

    /// The rows but for what later migrations added.
    async fn rows(&self, tables: &BTreeMap<String, Vec<String>>) -> Vec<Row> {
        let mut all = rows::all(&self.db).await;
        all.retain(|row| tables.contains_key(&row.table));
        for row in &mut all {
            row.columns
                .retain(|name, _| tables[&row.table].contains(name));
        }
        all
    }
}

#[tokio::test]
async fn each_migration_keeps_all_rows_and_lets_the_binary_before_it_go_on() {
    for portal in Portal::each().await {
        let roles = [VendorRole::Admin, VendorRole::PartnerManager];
        let paula = portal.staff("Paula", &roles).await;
        let team = portal.team(&paula, "Bergwind").await;
        portal
            .came_back(&paula, team.member.email.as_deref().unwrap())
            .await;
        portal.keep_promises().await;
        let mut world = rows::all(&portal.app.db).await;
        world.extend(more_rows());
        for next in 2..=Migrator::migrations().len() {
            let url = if portal.app.db.is_postgres() {
                postgres().await
            } else {
                None
            };
            let mut empty = Empty::new(url);
            let past = Past::new(&mut empty, next - 1).await;
            let is_postgres = past.db.is_postgres();
            let (tables, bytes) = (past.tables().await, past.bytes().await);
            past.empty().await;
            let mut had: Vec<&Row> = Vec::new();
            for row in world.iter().filter(|row| tables.contains_key(&row.table)) {
                // What only a later release may say is not a row of that one.
                match past
                    .run(&insert(row, &tables[&row.table], &bytes, is_postgres))
                    .await
                {
                    Ok(()) => had.push(row),
                    Err(said) => {
                        assert!(said.to_lowercase().contains("check constraint"), "{said}");
                    }
                }
            }
            for table in tables.keys() {
                let has_row = had.iter().any(|row| row.table == *table);
                assert!(has_row, "{table} has no row: give it one in `more_rows`");
            }
            let before = past.rows(&tables).await;
            assert_eq!(before.len(), had.len());

            Migrator::up(&past.connection, Some(1)).await.unwrap();
            let after = past.rows(&tables).await;
            for row in &before {
                assert!(after.contains(row), "migration {next} changed {row:#?}");
            }
            past.empty().await;
            for row in had {
                let (table, columns) = (&row.table, &tables[&row.table]);
                past.run(&insert(row, columns, &bytes, is_postgres))
                    .await
                    .unwrap();
                let same: Vec<_> = columns
                    .iter()
                    .map(|it| format!("\"{it}\" = \"{it}\""))
                    .collect();
                past.run(&format!("UPDATE {table} SET {}", same.join(", ")))
                    .await
                    .unwrap();
            }
            assert_eq!(past.rows(&tables).await, before, "after migration {next}");
            past.connection.close().await.unwrap();
            past.db.close().await;
        }
    }
}
