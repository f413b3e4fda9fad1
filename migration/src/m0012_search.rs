//! What can be found, and by which words.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::{Owner, run, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Words are compared byte by byte, so that all which begin alike lie side by side; and what
        // ranks lies in one index, which each database says in its own way.
        let words = match manager.get_database_backend() {
            DbBackend::Postgres => [
                (":bytewise", " COLLATE \"C\""),
                (":covering", " INCLUDE (weight, in_title)"),
                (":clustered", ""),
            ],
            DbBackend::Sqlite | _ => [
                (":bytewise", ""),
                (":covering", ""),
                (":clustered", ", WITHOUT ROWID"),
            ],
        };
        let mut sql = include_str!("m0012/up.sql").to_owned();
        for (word, own) in words {
            sql = sql.replace(word, own);
        }
        run(manager, &sql).await?;
        for table in ["search_shelf", "search_entry"] {
            wall(manager, table, &Owner::KeyOrNil("partner_id")).await?;
        }
        Ok(())
    }
}
