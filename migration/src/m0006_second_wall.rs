//! A second wall on PostgreSQL: policies by which a transaction meets only rows of whose owners it
//! was told.

use sea_orm_migration::prelude::*;

use super::{Owner, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Whose a row is. What names no partner may be added by anybody, and is met by the portal alone.
const WALLS: [(&str, Owner<'_>); 11] = [
    ("application", Owner::Key("id")),
    ("partner", Owner::Key("id")),
    ("membership", Owner::Key("partner_id")),
    ("invitation", Owner::Key("partner_id")),
    ("onboarding", Owner::Key("partner_id")),
    ("onboarding_step", Owner::Key("partner_id")),
    ("verdict", Owner::Either("partner_id", "subject_id")),
    ("fact", Owner::Key("partner_id")),
    ("audit_entry", Owner::Key("partner_id")),
    // The vendor's chain is everybody's to lengthen: what a person does for themself stands there.
    ("audit_head", Owner::KeyOrNil("chain")),
    ("notification", Owner::Either("partner_id", "person_id")),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, owner) in &WALLS {
            wall(manager, table, owner).await?;
        }
        Ok(())
    }
}
