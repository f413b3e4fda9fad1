//! Computations of where partners stand, each with its proof.

use sea_orm::entity::prelude::*;

use crate::id::{EvaluationId, PartnerId, ProgramVersionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evaluation")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EvaluationId,
    /// Of which partner.
    pub partner_id: PartnerId,
    /// Under which version.
    pub program_version_id: ProgramVersionId,
    /// The instant that was looked at.
    pub as_of: DateTimeUtc,
    /// What was recorded until then was known.
    pub known_on: DateTimeUtc,
    /// The proof as JSON, byte for byte.
    pub proof: String,
    /// SHA-256 of the proof.
    pub digest: String,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
