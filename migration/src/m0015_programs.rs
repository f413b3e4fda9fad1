//! Programs and their versions, where partners stand under them, why, and what they say against it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::{Owner, run, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const WALLED: [&str; 7] = [
    "program_notice",
    "evaluation",
    "standing_override",
    "standing",
    "standing_move",
    "appeal",
    "recognition",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("m0015/up.sql")).await?;
        for table in WALLED {
            wall(manager, table, &Owner::Key("partner_id")).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            // All partners read who went up; only its own takes that away.
            let sql = "CREATE POLICY wall_recognition_read ON recognition FOR SELECT USING (TRUE)";
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
