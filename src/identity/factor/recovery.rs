//! Codes on paper, for whoever lost their second factor: ten, each good once.

use entity::id::PersonId;
use entity::recovery_code::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde_json::json;

use super::{challenge, has, subject};
use crate::audit;
use crate::auth::{Permission, Scope};
use crate::config::Secret;
use crate::digest;
use crate::error::{Error, Refusal, Result};
use crate::notification::{Letter, tell};
use crate::op::{Op, Permit};

/// How many are given at once.
pub const COUNT: usize = 10;

/// New codes; those that were given before are good no more.
///
/// # Errors
/// `INVALID` where that is not `confirmed`, `NO_FACTOR`.
pub async fn renew(op: &Op, confirmed: bool) -> Result<Vec<Secret>> {
    if !confirmed {
        let message = "Say yes: the codes that you have are good no more then.";
        return Err(Refusal::new("INVALID", message).at("confirm").into());
    }
    op.secret_unit((), |tx, ()| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
            let permit = tx.permit(Permission::ManageOwnFactors, Scope::Person(me))?;
            if !has(&tx.reader(), me).await? {
                return Err(none());
            }
            let codes = give(&permit, me).await?;
            challenge::end(&permit, me).await?;
            audit::record(
                &permit,
                subject(me),
                &(),
                &json!({ "recoveryCodes": "renewed" }),
            )
            .await?;
            let letter = Letter::RecoveryCodesRenewed {
                at: permit.now(),
                address: permit.op().origin().address.clone(),
            };
            tell(&permit, me, None, letter).await?;
            Ok(codes)
        })
    })
    .await
}

/// Makes the person's codes, instead of any that there are.
pub(super) async fn give(permit: &Permit<'_>, person: PersonId) -> Result<Vec<Secret>> {
    clear(permit, person).await?;
    let mut codes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(|error| Error::fault(error.to_string()))?;
        let code = totp_rs::Secret::from(random.to_vec()).to_base32();
        let row = Model {
            id: permit.new_id(),
            person_id: person,
            code_hash: hash(person, &code),
            created_at: permit.now(),
            used_at: None,
        };
        let row = row.into_active_model().reset_all();
        row.insert(permit.writer()).await?;
        codes.push(grouped(&code).into());
    }
    Ok(codes)
}

/// Uses the code up where it is one of the person's, and tells them.
pub(super) async fn use_up(permit: &Permit<'_>, person: PersonId, code: &str) -> Result<bool> {
    let hit = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(permit.now()))
        .filter(Column::PersonId.eq(person))
        .filter(Column::CodeHash.eq(hash(person, &plain(code))))
        .filter(Column::UsedAt.is_null())
        .exec(permit.writer())
        .await?;
    if hit.rows_affected != 1 {
        return Ok(false);
    }
    let origin = permit.op().origin();
    let letter = Letter::RecoveryCodeUsed {
        at: permit.now(),
        device: super::super::rules::device(&origin.user_agent),
        address: origin.address.clone(),
        left: left(&permit.reader(), person).await?,
    };
    tell(permit, person, None, letter).await?;
    Ok(true)
}

/// How many codes of the person are good.
async fn left(db: &DatabaseExecutor<'_>, person: PersonId) -> Result<u32> {
    let left = Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::UsedAt.is_null())
        .count(db)
        .await?;
    Ok(u32::try_from(left).unwrap_or(u32::MAX))
}

pub(super) async fn clear(permit: &Permit<'_>, person: PersonId) -> Result<()> {
    Entity::delete_many()
        .filter(Column::PersonId.eq(person))
        .exec(permit.writer())
        .await?;
    Ok(())
}

pub(super) fn none() -> Error {
    Refusal::new("NO_FACTOR", "There is no second factor.").into()
}

/// What is kept of a code. It has 80 random bits, so nothing slower is needed.
fn hash(person: PersonId, code: &str) -> String {
    digest::hex(&digest::of(
        "entente recovery v1",
        &[&person.to_string(), code],
    ))
}

/// As people copy it.
fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

/// As it was made, however people wrote it.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_written() {
        let code = "ABCD2345EFGH67IJ";
        assert_eq!(grouped(code), "ABCD-2345-EFGH-67IJ");
        for written in ["abcd-2345-efgh-67ij", " ABCD 2345 EFGH 67IJ ", code] {
            assert_eq!(plain(written), code);
        }
    }
}
