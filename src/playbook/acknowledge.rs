//! A member says that they know a version.

use entity::id::{PartnerId, PlaybookVersionId};
use entity::playbook;
use entity::playbook_acknowledgement::{self, Column, Entity};
use entity::playbook_version::{self, PlaybookVersionState};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::store;
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::op::{Op, Permit};

/// Acknowledges a version, for every partner of the asker for whom it is, whether or not they were
/// asked to. Once is enough: again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] where it is not one that the asker reads as a member; `NOT_PUBLISHED` where
/// a later version took its place.
pub async fn acknowledge(op: &Op, id: PlaybookVersionId) -> Result<PlaybookVersionId> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let person = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
            let permit = tx.permit(Permission::Learn, Scope::Person(person))?;
            let db = permit.reader();
            let version = store::version(&db, id).await?;
            let playbook = store::playbook(&db, version.playbook_id).await?;
            let rows = store::asked(&db, id, person).await?;
            if rows.iter().any(|row| row.acknowledged_at.is_some())
                && version.state != PlaybookVersionState::Published
            {
                return Ok(id);
            }
            let partners = store::meant_partners(&db, &playbook, person).await?;
            let is_theirs = !partners.is_empty() || permit.op().actor().is_staff();
            if !is_theirs || is_hidden(&permit, &version) {
                return Err(Error::NotFound("PlaybookVersion"));
            }
            if version.state != PlaybookVersionState::Published {
                let message = "Partners do not read this version now: look for the latest one.";
                return Err(Refusal::new("NOT_PUBLISHED", message).into());
            }
            if partners.is_empty() {
                let message = "It is for members of partners to acknowledge.";
                return Err(Refusal::new("NOT_MEMBER", message).into());
            }
            for partner in partners {
                let row = rows.iter().find(|row| row.partner_id == partner);
                settle(&permit, (&playbook, &version), partner, row).await?;
            }
            Ok(id)
        })
    })
    .await
}

/// What is not published yet only the vendor's staff may know of, and what was, those who did.
fn is_hidden(permit: &Permit<'_>, version: &playbook_version::Model) -> bool {
    version.state != PlaybookVersionState::Published && !permit.op().actor().is_staff()
}

async fn settle(
    permit: &Permit<'_>,
    (playbook, version): (&playbook::Model, &playbook_version::Model),
    partner: PartnerId,
    row: Option<&playbook_acknowledgement::Model>,
) -> Result<()> {
    let Some(person) = permit.op().actor().person().map(|person| person.id) else {
        return Ok(());
    };
    let id = match row {
        Some(row) if row.acknowledged_at.is_some() => return Ok(()),
        Some(row) => {
            let written = Entity::update_many()
                .col_expr(Column::AcknowledgedAt, Expr::value(permit.now()))
                .filter(Column::Id.eq(row.id))
                .filter(Column::AcknowledgedAt.is_null())
                .exec(permit.writer())
                .await?;
            if written.rows_affected == 0 {
                return Ok(());
            }
            row.id
        }
        None => {
            let row = playbook_acknowledgement::Model {
                id: permit.new_id(),
                playbook_id: playbook.id,
                playbook_version_id: version.id,
                partner_id: partner,
                person_id: person,
                asked_at: permit.now(),
                due_on: None,
                due_at: None,
                acknowledged_at: Some(permit.now()),
            };
            // Who does it twice at once is refused by the key the second time, and tries again.
            Entity::insert(row.clone().into_active_model().reset_all())
                .exec_without_returning(permit.writer())
                .await?;
            row.id
        }
    };
    let about = About {
        partner: Some(partner),
        person: Some(person),
        subject: id.0,
    };
    let detail = Detail::PlaybookAcknowledged {
        playbook: playbook.slug.clone(),
        version: version.number,
    };
    fact::record(permit, about, &detail).await?;
    Ok(())
}
