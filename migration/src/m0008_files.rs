//! Files under everything; those of courses are files like others.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m0008/up.sql")).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // In PostgreSQL's own words nothing is to be replaced.
            let wall = include_str!("m0008/wall.sql");
            manager.get_connection().execute_unprepared(wall).await?;
        }
        Ok(())
    }
}
