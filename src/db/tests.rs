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
