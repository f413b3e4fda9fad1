//! Who wrote a case study.

use sea_orm::entity::prelude::*;

use crate::id::{CaseStudyContributorId, CaseStudyId, PartnerId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_study_contributor")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseStudyContributorId,
    /// Of which case study.
    pub case_study_id: CaseStudyId,
    /// For which partner.
    pub partner_id: PartnerId,
    /// Who.
    pub person_id: PersonId,
    /// Since when.
    pub added_at: DateTimeUtc,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
