//! What people are told: a letter by mail and, for those with an account, a line in their inbox.
//!
//! A letter is promised in the transaction of its cause and carries what there was to say at that
//! instant; the reader's language and zone are looked up when it is delivered.

pub mod letter;

use entity::id::{PartnerId, PersonId};
use entity::notification;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::op::Permit;
use crate::outbox::{self, Job};
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
        row.into_active_model()
            .reset_all()
            .insert(permit.writer())
            .await?;
    }
    outbox::promise(permit, &Deliver { to, letter }).await
}
