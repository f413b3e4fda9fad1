//! Which letters somebody wants: all of them, until they say otherwise.
//!
//! They say so signed in, or by the link that every such letter carries for mail programs
//! (RFC 8058): it names the person and the letter, is made from the link key, and works without a
//! sign-in for as long as the key does. Letters about the security of an account cannot be switched
//! off. The line in the inbox is written all the same.

use entity::id::{LetterPreferenceId, PersonId};
use entity::letter_preference::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::json;

use super::letter::is_security;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::op::{Op, Permit};

/// Whether the person wants this letter.
///
/// # Errors
/// What the database said.
pub async fn is_wanted(db: &DatabaseExecutor<'_>, person: PersonId, letter: &str) -> Result<bool> {
    Ok(find(db, person, letter).await?.is_none_or(|row| row.wanted))
}

/// Says whether the asker wants this letter.
///
/// # Errors
/// `INVALID` where there is no such letter, `SECURITY_LETTER` where it cannot be switched off.
pub async fn set(op: &Op, letter: String, wanted: bool) -> Result<LetterPreferenceId> {
    let person = op.actor().person().ok_or(Error::Unauthenticated)?.id;
    op.unit((person, letter, wanted), |tx, (person, letter, wanted)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::EditSelf, Scope::Person(*person))?;
            write(&permit, *person, letter, *wanted).await
        })
    })
    .await
}

/// Switches the letter off for whom its link names.
///
/// # Errors
/// `LINK_INVALID` where the link was not made here.
pub async fn switch_off(op: &Op, letter: String, token: &str) -> Result<()> {
    let person = op
        .link_key()
        .unsubscriber(token, &letter)
        .ok_or_else(|| Refusal::new("LINK_INVALID", "This link does not switch any letter off."))?;
    op.unit((person, letter), |tx, (person, letter)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::SwitchLetterOff, Scope::Person(*person))?;
            write(&permit, *person, letter, false).await?;
            Ok(())
        })
    })
    .await
}

async fn write(
    permit: &Permit<'_>,
    person: PersonId,
    letter: &str,
    wanted: bool,
) -> Result<LetterPreferenceId> {
    match is_security(letter) {
        Some(false) => (),
        Some(true) => {
            let message = "It is about the security of your account: it is always sent.";
            return Err(Refusal::new("SECURITY_LETTER", message).at("letter").into());
        }
        None => {
            return Err(Refusal::new("INVALID", "There is no such letter.")
                .at("letter")
                .into());
        }
    }
    let known = find(&permit.reader(), person, letter).await?;
    let before = known.as_ref().is_none_or(|row| row.wanted);
    let id = match known {
        Some(row) if row.wanted == wanted => return Ok(row.id),
        Some(row) => {
            Entity::update_many()
                .col_expr(Column::Wanted, Expr::value(wanted))
                .col_expr(Column::ChangedAt, Expr::value(permit.now()))
                .filter(Column::Id.eq(row.id))
                .exec(permit.writer())
                .await?;
            row.id
        }
        None => {
            let row = Model {
                id: permit.new_id(),
                person_id: person,
                letter: letter.to_owned(),
                wanted,
                changed_at: permit.now(),
            };
            let row = row.into_active_model().reset_all();
            row.insert(permit.writer()).await?.id
        }
    };
    let subject = Subject {
        kind: "Person",
        id: person.0,
        partner: None,
    };
    let says = |wanted| json!({ "letter": letter, "wanted": wanted });
    audit::record(permit, subject, &says(before), &says(wanted)).await?;
    Ok(id)
}

async fn find(db: &DatabaseExecutor<'_>, person: PersonId, letter: &str) -> Result<Option<Model>> {
    let found = Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::Letter.eq(letter))
        .one(db)
        .await?;
    Ok(found)
}
