//! What can be found, and by which words.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::{Owner, run, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Words are compared byte by byte, so that all which begin alike lie side by side.
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let bytewise = if is_postgres { " COLLATE \"C\"" } else { "" };
        let sql = include_str!("m0012/up.sql").replace(":bytewise", bytewise);
        run(manager, &sql).await?;
        if is_postgres {
            // Keys and weights are as small as they get: packing them again costs time alone.
            let sql = "ALTER TABLE search_word ALTER COLUMN postings SET STORAGE EXTERNAL";
            manager.get_connection().execute_unprepared(sql).await?;
        }
        for table in ["search_shelf", "search_entry"] {
            wall(manager, table, &Owner::KeyOrNil("partner_id")).await?;
        }
        Ok(())
    }
}
