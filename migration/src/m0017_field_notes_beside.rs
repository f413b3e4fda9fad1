//! Field notes beside playbooks and courses, and changes of them that wait for a reviewer.

use sea_orm_migration::prelude::*;

use super::{Owner, run, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("m0017/up.sql")).await?;
        wall(manager, "field_note_change", &Owner::Key("partner_id")).await
    }
}
