//! Facts from other systems, and facts that correct others.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("m0013/up.sql")).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            let sql = include_str!("m0013/wall.sql");
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
