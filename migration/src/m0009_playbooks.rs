//! Playbooks: their versions, sections, and who acknowledged them; verdicts on versions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::{Owner, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m0009/up.sql")).await?;
        let verdict = match manager.get_database_backend() {
            DbBackend::Postgres => include_str!("m0009/verdict_postgres.sql"),
            DbBackend::Sqlite | _ => include_str!("m0009/verdict_sqlite.sql"),
        };
        // In these words of each database nothing is to be replaced.
        manager.get_connection().execute_unprepared(verdict).await?;
        let owner = Owner::Key("partner_id");
        wall(manager, "playbook_acknowledgement", &owner).await
    }
}
