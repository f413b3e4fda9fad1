//! Courses, who learns them, certifications and certificates; verdicts on what is a person's.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m0007/up.sql")).await?;
        let verdict = match manager.get_database_backend() {
            DbBackend::Postgres => include_str!("m0007/verdict_postgres.sql"),
            DbBackend::Sqlite | _ => include_str!("m0007/verdict_sqlite.sql"),
        };
        // In these words of each database nothing is to be replaced.
        manager.get_connection().execute_unprepared(verdict).await?;
        Ok(())
    }
}
