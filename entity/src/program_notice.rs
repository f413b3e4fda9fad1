//! What partners were told of a version before it counted.

use sea_orm::entity::prelude::*;

use crate::id::{PartnerId, PersonId, ProgramNoticeId, ProgramVersionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "program_notice")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgramNoticeId,
    /// Of which version.
    pub program_version_id: ProgramVersionId,
    /// To which partner.
    pub partner_id: PartnerId,
    /// What changes for this partner, by track.
    pub differences: Json,
    /// When it was told.
    pub told_at: DateTimeUtc,
    /// When one of its administrators acknowledged it.
    pub acknowledged_at: Option<DateTimeUtc>,
    /// Who did.
    pub acknowledged_by: Option<PersonId>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
