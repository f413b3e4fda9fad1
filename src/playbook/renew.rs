//! Who knows an earlier version of a playbook is told what is new in one that nobody is asked to
//! acknowledge: once, a batch at a time, with no day until when.

use entity::id::{PartnerId, PersonId, PlaybookVersionId};
use entity::membership;
use entity::playbook_acknowledgement::{Column, Entity};
use entity::playbook_version::{self, PlaybookVersionState};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};

use super::ask::seats_meant;
use super::store;
use super::tell::Telling;
use crate::error::Result;
use crate::notification;
use crate::op::Permit;
use crate::outbox::{self, Job};

/// How many are told in one unit of work.
const BATCH: usize = 100;

/// The promise to tell everybody who knows an earlier version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellWhatIsNew {
    /// The version.
    pub version: PlaybookVersionId,
    /// Who was told last: those after them are left.
    pub after: Option<PersonId>,
}

impl Job for TellWhatIsNew {
    const KIND: &'static str = "playbook.tell_what_is_new";
}

/// Promises to tell of a version.
pub(super) async fn promise(permit: &Permit<'_>, version: PlaybookVersionId) -> Result<()> {
    let after = None;
    outbox::promise(permit, &TellWhatIsNew { version, after }).await
}

/// Keeps the promise: tells the next of those who know an earlier version, and promises the rest.
///
/// # Errors
/// What the database said.
pub async fn tell(permit: &Permit<'_>, job: &TellWhatIsNew) -> Result<()> {
    let db = permit.reader();
    let version = store::version(&db, job.version).await?;
    if version.state != PlaybookVersionState::Published {
        return Ok(());
    }
    let readers = readers(permit, &version, job.after).await?;
    let mut telling = Telling::of(&version)?;
    for (person, partner) in &readers {
        let reader = store::person(&db, *person).await?;
        if let Some(letter) = telling.renewed(&db, &reader).await? {
            notification::tell(permit, *person, Some(*partner), letter).await?;
        }
    }
    let last = readers.last().filter(|_| readers.len() == BATCH);
    if let Some((person, _)) = last {
        let rest = TellWhatIsNew {
            after: Some(*person),
            ..*job
        };
        outbox::promise(permit, &rest).await?;
    }
    Ok(())
}

/// The next of those who acknowledged a version of the playbook and for whom it still is, each with
/// one of the partners for which they read it.
async fn readers(
    permit: &Permit<'_>,
    version: &playbook_version::Model,
    after: Option<PersonId>,
) -> Result<Vec<(PersonId, PartnerId)>> {
    let db = permit.reader();
    let who_knows = Entity::find()
        .select_only()
        .column(Column::PersonId)
        .filter(Column::PlaybookId.eq(version.playbook_id))
        .filter(Column::AcknowledgedAt.is_not_null())
        .into_query();
    let mut meant = Condition::all()
        .add(seats_meant(permit, version).await?)
        .add(membership::Column::PersonId.in_subquery(who_knows));
    if let Some(after) = after {
        meant = meant.add(membership::Column::PersonId.gt(after));
    }
    let people: Vec<PersonId> = membership::Entity::find()
        .select_only()
        .column(membership::Column::PersonId)
        .distinct()
        .filter(meant.clone())
        .order_by_asc(membership::Column::PersonId)
        .limit(BATCH as u64)
        .into_tuple()
        .all(&db)
        .await?;
    let seats = membership::Entity::find()
        .filter(meant)
        .filter(membership::Column::PersonId.is_in(people.iter().copied()))
        .order_by_asc(membership::Column::Id)
        .all(&db)
        .await?;
    let partner = |person: PersonId| {
        let seat = seats.iter().find(|seat| seat.person_id == person)?;
        Some((person, seat.partner_id))
    };
    Ok(people.into_iter().filter_map(partner).collect())
}
