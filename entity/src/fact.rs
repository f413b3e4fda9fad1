//! What happened: append-only, corrected by later facts.

use sea_orm::entity::prelude::*;

use crate::id::{FactId, PartnerId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fact")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FactId,
    /// Kind of fact, such as `onboarding.step_done`.
    pub kind: String,
    /// To which partner.
    pub partner_id: Option<PartnerId>,
    /// To which person.
    pub person_id: Option<PersonId>,
    /// The row that proves it.
    pub subject_id: Uuid,
    /// The typed payload of the kind.
    pub detail: Json,
    /// When it happened.
    pub occurred_at: DateTimeUtc,
    /// When we learned of it.
    pub recorded_at: DateTimeUtc,
    /// Who recorded it; none for the system.
    pub recorded_by: Option<PersonId>,
    /// The fact whose place it takes.
    pub corrects_id: Option<FactId>,
    /// The system that it comes from; none for the portal itself.
    pub source: Option<String>,
    /// What that system calls it.
    pub external_id: Option<String>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
