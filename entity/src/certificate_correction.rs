//! Names on certificates that were corrected.

use sea_orm::entity::prelude::*;

use crate::id::{CertificateCorrectionId, CertificateId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate_correction")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CertificateCorrectionId,
    /// Which.
    pub certificate_id: CertificateId,
    /// The name before.
    pub before: String,
    /// The name since.
    pub after: String,
    /// Why.
    pub reason: String,
    /// By whom.
    pub corrected_by: PersonId,
    /// When.
    pub corrected_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
