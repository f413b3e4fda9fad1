//! What people are told: a letter by mail and, for those with an account, a line in their inbox.
//!
//! A letter is promised in the transaction of its cause and carries what there was to say at that
//! instant; the reader's language and zone are looked up when it is delivered.

pub mod letter;
pub mod preference;
pub mod purge;
pub mod suppression;

use entity::id::{NotificationId, PartnerId, PersonId};
use entity::notification::{self, Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::auth::{Permission, Scope, email};
use crate::error::{Error, Refusal, Result};
use crate::op::{Op, Permit};
use crate::outbox::{self, Job, Label};
use crate::page;
pub use letter::Letter;

/// Who reads a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Reader {
    /// Someone with an account, at the address that it has when the letter is delivered.
    Person {
        /// Who.
        id: PersonId,
    },
    /// Someone who has none yet.
    #[serde(rename_all = "camelCase")]
    Address {
        /// Where.
        email: String,
        /// How they are addressed.
        name: String,
        /// Their language.
        locale: String,
        /// Their zone.
        time_zone: String,
    },
}

impl From<PersonId> for Reader {
    fn from(id: PersonId) -> Self {
        Self::Person { id }
    }
}

/// The promise of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// To whom.
    pub to: Reader,
    /// What it says.
    pub letter: Letter,
}

impl Job for Deliver {
    const KIND: &'static str = "letter";

    fn label(&self) -> Label {
        let (person, masked_address) = match &self.to {
            Reader::Person { id } => (Some(*id), None),
            Reader::Address { email, .. } => (None, Some(email::mask(email))),
        };
        Label {
            letter: Some(self.letter.kind()),
            person,
            masked_address,
        }
    }
}

/// Tells the reader: promises the letter and, where they have an account and the letter is no
/// security letter, puts a line into their inbox.
///
/// # Errors
/// What the database said.
pub async fn tell(
    permit: &Permit<'_>,
    to: impl Into<Reader>,
    partner: Option<PartnerId>,
    letter: Letter,
) -> Result<()> {
    let to = to.into();
    if let Reader::Person { id } = to
        && !letter.is_security()
    {
        let row = notification::Model {
            id: permit.new_id(),
            person_id: id,
            partner_id: partner,
            kind: letter.kind().to_owned(),
            letter: serde_json::to_value(&letter)?,
            created_at: permit.now(),
            read_at: None,
        };
        // Nothing is returned: whose inbox it is, is not whose row the one who tells may meet.
        Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(permit.writer())
            .await?;
    }
    outbox::promise(permit, &Deliver { to, letter }).await
}

/// How many lines of the person's inbox are unread, counted to [`page::MAXIMUM`].
///
/// # Errors
/// What the database said.
pub async fn unread(db: &DatabaseExecutor<'_>, person: PersonId) -> Result<i32> {
    let found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::PersonId.eq(person))
        .filter(Column::ReadAt.is_null())
        .limit(u64::from(page::MAXIMUM))
        .into_tuple::<NotificationId>()
        .all(db)
        .await?;
    Ok(i32::try_from(found.len()).unwrap_or(i32::MAX))
}

/// Marks lines of the asker's own inbox as read, all of them where none are named; answers how many
/// were unread. Another's line is passed over like an absent one.
///
/// # Errors
/// `TOO_MANY`.
pub async fn mark_read(op: &Op, ids: Option<Vec<NotificationId>>) -> Result<u64> {
    let person = op.actor().person().ok_or(Error::Unauthenticated)?.id;
    if ids
        .as_ref()
        .is_some_and(|ids| ids.len() > page::MAXIMUM as usize)
    {
        let message = format!("Name at most {} lines.", page::MAXIMUM);
        return Err(Refusal::new("TOO_MANY", message).at("ids").into());
    }
    op.unit((person, ids), |tx, (person, ids)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::EditSelf, Scope::Person(*person))?;
            let mut update = Entity::update_many()
                .col_expr(Column::ReadAt, Expr::value(permit.now()))
                .filter(Column::PersonId.eq(*person))
                .filter(Column::ReadAt.is_null());
            if let Some(ids) = ids {
                update = update.filter(Column::Id.is_in(ids.iter().copied()));
            }
            Ok(update.exec(permit.writer()).await?.rows_affected)
        })
    })
    .await
}
