//! Field notes and the library.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::{Owner, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m0011/field_note.sql")).await?;
        super::run(manager, include_str!("m0011/library.sql")).await?;
        wall(manager, "field_note", &Owner::Key("partner_id")).await?;
        wall(manager, "asset_download", &Owner::Key("partner_id")).await?;
        wall(manager, "asset_co_branding", &Owner::Key("partner_id")).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // What is published is there to be read by all, and to be written by its owner alone.
            let shared = "CREATE POLICY wall_field_note_shared ON field_note FOR SELECT \
                          USING (state = 'PUBLISHED')";
            manager.get_connection().execute_unprepared(shared).await?;
        }
        Ok(())
    }
}
