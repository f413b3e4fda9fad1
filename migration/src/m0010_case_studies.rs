//! Case studies, who wrote them, and what their customers consented to; comments in verdicts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::{Owner, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const WALLED: [&str; 3] = ["case_study", "case_study_contributor", "case_study_consent"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m0010/up.sql")).await?;
        for table in WALLED {
            wall(manager, table, &Owner::Key("partner_id")).await?;
        }
        let own = match manager.get_database_backend() {
            DbBackend::Postgres => include_str!("m0010/postgres.sql"),
            DbBackend::Sqlite | _ => include_str!("m0010/sqlite.sql"),
        };
        // In these words of each database nothing is to be replaced.
        manager.get_connection().execute_unprepared(own).await?;
        Ok(())
    }
}
