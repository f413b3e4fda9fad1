//! What cannot be seen from outside: the state in which a connection comes back to its pool.

use sea_orm::ConnectionTrait;

use super::*;

async fn sqlite() -> (tempfile::TempDir, Db) {
    let data = tempfile::tempdir().unwrap();
    let config = config::Database {
        url: None,
        writers: 1,
        readers: 1,
        acquire_timeout: 2,
    };
    let db = Db::open(&config, data.path()).await.unwrap();
    db.writer
        .execute_unprepared("CREATE TABLE kept (what TEXT)")
        .await
        .unwrap();
    (data, db)
}

async fn keep(db: &Db, what: &str) -> Result<(), DbErr> {
    let tx = db.begin(&Reach::Portal).await?;
    tx.execute_unprepared(&format!("INSERT INTO kept VALUES ('{what}')"))
        .await?;
    tx.commit().await
}

/// What others see.
async fn kept(db: &Db) -> Vec<String> {
    let sql = "SELECT what FROM kept ORDER BY what";
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let rows = db.reader.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

/// A disk that is full rolls back on its own account, of which the pool hears nothing: it would
/// take the next transactions for parts of that one, and acknowledge what nobody ever commits.
#[tokio::test]
async fn what_is_acknowledged_after_a_full_disk_is_kept() {
    let (_data, db) = sqlite().await;
    keep(&db, "before").await.unwrap();
    // As where `COMMIT` fails, and then `ROLLBACK`. Both need a volume without room, as the siege of
    // `script/torture` has it.
    let mut connection = db
        .writer
        .get_sqlite_connection_pool()
        .acquire()
        .await
        .unwrap();
    sqlx::Executor::execute(
        &mut *connection,
        "BEGIN; INSERT INTO kept VALUES ('nobody''s')",
    )
    .await
    .unwrap();
    drop(connection);
    for what in ["one", "two"] {
        keep(&db, what).await.unwrap();
    }
    assert_eq!(kept(&db).await, ["before", "one", "two"]);
}

/// A request that is dropped between `BEGIN` and its answer leaves a transaction open of which the pool
/// knows nothing: what is written on that connection next would be acknowledged, and never committed.
#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests are told this way where PostgreSQL is; what is skipped says so"
)]
async fn what_is_acknowledged_after_a_begin_that_nobody_saw_is_kept() {
    let Ok(url) = std::env::var("ENTENTE_TEST_POSTGRES_URL") else {
        println!("NOT RUN ON POSTGRESQL: set ENTENTE_TEST_POSTGRES_URL");
        return;
    };
    let config = config::Database {
        url: Some(url.parse().unwrap()),
        writers: 1,
        readers: 1,
        acquire_timeout: 20,
    };
    let folder = Path::new(".");
    let db = Db::open(&config, folder).await.unwrap();
    let other = Db::open(&config, folder).await.unwrap();
    let table = format!("kept_{}", getrandom::u64().unwrap());
    let run = |db: &Db, sql: String| {
        let writer = db.writer.clone();
        async move { writer.execute_unprepared(&sql).await.unwrap() }
    };
    run(&db, format!("CREATE TABLE {table} (what TEXT)")).await;
    let pool = db.writer.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::Executor::execute(&mut *connection, "BEGIN")
        .await
        .unwrap();
    drop(connection);
    run(&db, format!("INSERT INTO {table} VALUES ('one')")).await;
    let found = run(&other, format!("DELETE FROM {table}")).await;
    run(&db, format!("DROP TABLE {table}")).await;
    assert_eq!(found.rows_affected(), 1);
}
