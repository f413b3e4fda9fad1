//! The first answers of requests that may come again, and an audit trail in hash chains.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let before = match manager.get_database_backend() {
            DbBackend::Postgres => "CAST('ffffffff-ffff-ffff-ffff-ffffffffffff' AS uuid)",
            DbBackend::Sqlite | _ => "x'ffffffffffffffffffffffffffffffff'",
        };
        let sql = include_str!("m0003/up.sql").replace(":before", before);
        super::run(manager, &sql).await
    }
}
