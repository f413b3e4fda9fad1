//! Links sent by mail: single use, bound to a purpose and to the address that they were sent to.

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{ApplicationId, InvitationId, PersonId};
use entity::link::{Column, Entity, LinkPurpose, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseExecutor, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter,
};

use crate::auth::link::hash;
use crate::error::{Refusal, Result};
use crate::notification::letter;
use crate::op::{Op, Permit};

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Proves the address of this application's contact. Open for 7 days.
    ConfirmEmail(ApplicationId),
    /// Lets the applicant mend this application. Open for 30 days; used up when it is resubmitted.
    EditApplication(ApplicationId),
    /// Takes the seat of this invitation. Open for 14 days.
    AcceptInvitation(InvitationId),
    /// Sets a new password for this person. Open for an hour.
    ResetPassword(PersonId),
}

impl Door {
    /// What its link may be used for.
    #[must_use]
    pub fn purpose(self) -> LinkPurpose {
        match self {
            Self::ConfirmEmail(_) => LinkPurpose::ConfirmEmail,
            Self::EditApplication(_) => LinkPurpose::EditApplication,
            Self::AcceptInvitation(_) => LinkPurpose::AcceptInvitation,
            Self::ResetPassword(_) => LinkPurpose::ResetPassword,
        }
    }

    /// How long its link works.
    #[must_use]
    pub fn lifetime(self) -> TimeDelta {
        match self {
            Self::ConfirmEmail(_) => TimeDelta::days(7),
            Self::EditApplication(_) => TimeDelta::days(30),
            Self::AcceptInvitation(_) => TimeDelta::days(14),
            Self::ResetPassword(_) => TimeDelta::hours(1),
        }
    }

    /// The links that open this door.
    fn links(self) -> Condition {
        let target = match self {
            Self::ConfirmEmail(id) | Self::EditApplication(id) => Column::ApplicationId.eq(id),
            Self::AcceptInvitation(id) => Column::InvitationId.eq(id),
            Self::ResetPassword(id) => Column::PersonId.eq(id),
        };
        Condition::all()
            .add(target)
            .add(Column::Purpose.eq(self.purpose()))
    }
}

/// Makes a link for the letter to `email`.
///
/// # Errors
/// What the database said.
pub async fn issue(permit: &Permit<'_>, door: Door, email: &str) -> Result<letter::Link> {
    let id = permit.new_id();
    let mut row = Model {
        id,
        purpose: door.purpose(),
        token_hash: hash(&permit.op().link_key().token(id)),
        email: email.to_owned(),
        person_id: None,
        application_id: None,
        invitation_id: None,
        created_at: permit.now(),
        expires_at: permit.now() + door.lifetime(),
        used_at: None,
    };
    match door {
        Door::ConfirmEmail(id) | Door::EditApplication(id) => row.application_id = Some(id),
        Door::AcceptInvitation(id) => row.invitation_id = Some(id),
        Door::ResetPassword(id) => row.person_id = Some(id),
    }
    let link = letter::Link {
        id,
        purpose: row.purpose,
        expires_at: row.expires_at,
    };
    row.into_active_model()
        .reset_all()
        .insert(permit.writer())
        .await?;
    Ok(link)
}

/// Uses the link up, and with it every other that opens the same door.
///
/// # Errors
/// `LINK_INVALID` where it is unknown, for something else, past its end or used.
pub async fn redeem(permit: &Permit<'_>, token: &str, purpose: LinkPurpose) -> Result<Model> {
    let link = find(&permit.reader(), token, purpose, permit.now()).await?;
    // Whoever comes first wins: the update must hit the row.
    let hit = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(permit.now()))
        .filter(Column::Id.eq(link.id))
        .filter(Column::UsedAt.is_null())
        .exec(permit.writer())
        .await?;
    if hit.rows_affected != 1 {
        return Err(invalid().into());
    }
    if let Some(door) = door(&link) {
        close(permit, door).await?;
    }
    Ok(link)
}

/// Uses up every link that opens this door.
///
/// # Errors
/// What the database said.
pub async fn close(permit: &Permit<'_>, door: Door) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(permit.now()))
        .filter(door.links())
        .filter(Column::UsedAt.is_null())
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// Looks at a link without using it up.
///
/// # Errors
/// `LINK_INVALID` as for [`redeem`].
pub async fn peek(op: &Op, token: &str, purpose: LinkPurpose) -> Result<Model> {
    find(&op.reader(), token, purpose, op.now()).await
}

async fn find(
    db: &DatabaseExecutor<'_>,
    token: &str,
    purpose: LinkPurpose,
    now: DateTime<Utc>,
) -> Result<Model> {
    let link = Entity::find()
        .filter(Column::TokenHash.eq(hash(token)))
        .one(db)
        .await?
        .filter(|link| link.purpose == purpose && link.used_at.is_none() && link.expires_at > now);
    Ok(link.ok_or_else(invalid)?)
}

/// How many links that still work open this door.
///
/// # Errors
/// What the database said.
pub(super) async fn count_open(
    db: &DatabaseExecutor<'_>,
    door: Door,
    now: DateTime<Utc>,
) -> Result<u64> {
    Ok(Entity::find()
        .filter(door.links())
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .count(db)
        .await?)
}

/// One answer for all that can be wrong with a link: it tells a guesser nothing.
pub(super) fn invalid() -> Refusal {
    Refusal::new(
        "LINK_INVALID",
        "This link is not valid any more. Ask for a new one.",
    )
    .at("token")
}

/// What this link opens.
fn door(link: &Model) -> Option<Door> {
    match link.purpose {
        LinkPurpose::ConfirmEmail => link.application_id.map(Door::ConfirmEmail),
        LinkPurpose::EditApplication => link.application_id.map(Door::EditApplication),
        LinkPurpose::AcceptInvitation => link.invitation_id.map(Door::AcceptInvitation),
        LinkPurpose::ResetPassword => link.person_id.map(Door::ResetPassword),
    }
}
