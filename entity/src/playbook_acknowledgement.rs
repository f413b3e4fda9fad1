//! Who is asked to acknowledge a version of a playbook, for which partner, and who did.

use sea_orm::entity::prelude::*;

use crate::id::{PartnerId, PersonId, PlaybookAcknowledgementId, PlaybookId, PlaybookVersionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "playbook_acknowledgement")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlaybookAcknowledgementId,
    /// Which playbook.
    pub playbook_id: PlaybookId,
    /// Which version of it.
    pub playbook_version_id: PlaybookVersionId,
    /// As a member of which partner.
    pub partner_id: PartnerId,
    /// Who.
    pub person_id: PersonId,
    /// When they were asked, or did it unasked.
    pub asked_at: DateTimeUtc,
    /// The day until which they are to do it, in their time zone; none where nobody was asked.
    pub due_on: Option<Date>,
    /// The end of that day.
    pub due_at: Option<DateTimeUtc>,
    /// When they did it; none until they do.
    pub acknowledged_at: Option<DateTimeUtc>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
