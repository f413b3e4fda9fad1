//! Recognition: what all partners read of one that went up, and that a partner may not want it.

use entity::id::PartnerId;
use entity::recognition;
use entity::standing_move::MoveKind;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::review::Turned;
use super::store;
use crate::auth::{Permission, Scope};
use crate::error::{Error, Result};
use crate::op::{Op, Permit};
use crate::partner::profile;

/// Lets all partners read that this one advanced, if it does not mind.
pub(super) async fn recognize(permit: &Permit<'_>, turned: &Turned<'_>) -> Result<()> {
    let document = &turned.rules.document;
    // Whoever enters a program stands somewhere; that is no news to others.
    let rises = turned.kind == MoveKind::Advanced;
    let tier = turned.standing.tier.as_deref();
    let tier = tier.and_then(|key| document.tier_name(&turned.track.key, key, &document.locale));
    let Some(tier) = tier.filter(|_| rises && !turned.partner.hides_advancement) else {
        return Ok(());
    };
    let row = recognition::Model {
        id: permit.new_id(),
        partner_id: turned.partner.id,
        standing_id: turned.standing.id,
        partner_name: turned.partner.legal_name.clone(),
        program: document.plain_name().to_owned(),
        track: turned
            .track
            .name
            .read(&document.locale, &document.locale)
            .to_owned(),
        tier: tier.to_owned(),
        advanced_at: permit.now(),
    };
    recognition::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

/// Says whether other partners are not to be told when this one goes up. What they could read before is
/// taken away from them.
///
/// # Errors
/// `CONFLICT`.
pub async fn hide(
    op: &Op,
    id: PartnerId,
    hidden: bool,
    expected_version: i32,
) -> Result<PartnerId> {
    op.unit(
        (id, hidden, expected_version),
        |tx, &(id, hidden, version)| {
            Box::pin(async move {
                tx.op().actor().known()?;
                if !store::is_seen(tx, id) {
                    return Err(Error::NotFound("Partner"));
                }
                let permit = tx.permit(Permission::EditPartner, Scope::Partner(id))?;
                profile::hide_advancement(&permit, id, hidden, version).await?;
                if hidden {
                    recognition::Entity::delete_many()
                        .filter(recognition::Column::PartnerId.eq(id))
                        .exec(permit.writer())
                        .await?;
                }
                Ok(id)
            })
        },
    )
    .await
}
