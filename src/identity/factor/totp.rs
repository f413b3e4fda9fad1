//! Codes of six digits that change every thirty seconds (RFC 6238), each used once.

use entity::factor::{Column, Entity, Model};
use entity::id::FactorId;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use totp_rs::{Builder, Totp};

use crate::auth::link::LinkKey;
use crate::error::{Error, Result};
use crate::op::Permit;

/// Steps of time by which the clock of an authenticator may be off, either way.
const SKEW: u16 = 1;

/// The authenticator of that factor, as its owner's device is to show it.
pub(super) fn authenticator(
    key: &LinkKey,
    id: FactorId,
    issuer: &str,
    account: &str,
) -> Result<Totp> {
    // A colon parts the two in the address that devices read.
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_secret(key.totp_secret(id).to_vec())
        .with_skew(SKEW)
        .with_issuer(Some(plain(issuer)))
        .with_account_name(plain(account))
        .build()
        .map_err(|error| Error::fault(format!("an authenticator: {error}")))
}

/// Uses the code up where it is one of the factor's; each is good once, and none before one that
/// was used. `which` says whether it is still as it was read.
pub(super) async fn use_up(
    permit: &Permit<'_>,
    factor: &Model,
    code: &str,
    which: SimpleExpr,
) -> Result<bool> {
    let digits: String = code.chars().filter(|it| !it.is_whitespace()).collect();
    let totp = authenticator(permit.op().link_key(), factor.id, "", "")?;
    let seconds = u64::try_from(permit.now().timestamp()).unwrap_or_default();
    let Some(step) = totp.check(&digits, seconds) else {
        return Ok(false);
    };
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    // Two at once bring the same code: the row is hit by one of them.
    let hit = Entity::update_many()
        .col_expr(Column::LastStep, Expr::value(step))
        .col_expr(Column::UsedAt, Expr::value(permit.now()))
        .filter(Column::Id.eq(factor.id))
        .filter(
            Condition::any()
                .add(Column::LastStep.is_null())
                .add(Expr::col(Column::LastStep).lt(step)),
        )
        .filter(which)
        .exec(permit.writer())
        .await?;
    Ok(hit.rows_affected == 1)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_authenticator_is_made_from_the_key_and_the_factor_alone() {
        let key = LinkKey::from([7; 32]);
        let id = FactorId(Uuid::from_u128(1));
        let totp = |key: &LinkKey, id| authenticator(key, id, "Lumen: Partners", "ana").unwrap();
        let one = totp(&key, id);
        assert_eq!(one.secret(), totp(&key, id).secret());
        assert_ne!(one.secret(), totp(&LinkKey::from([8; 32]), id).secret());
        assert_ne!(
            one.secret(),
            totp(&key, FactorId(Uuid::from_u128(2))).secret()
        );
        let uri = one.to_url().unwrap();
        assert!(
            uri.starts_with("otpauth://totp/Lumen%20%20Partners:ana?secret="),
            "{uri}"
        );
        let at: u64 = 1_796_303_100;
        let code = one.generate(at).to_string();
        for (off, is_right) in [
            (-60, false),
            (-30, true),
            (0, true),
            (30, true),
            (60, false),
        ] {
            let found = one.check(&code, at.saturating_add_signed(off));
            assert_eq!(found.is_some(), is_right, "{off}");
        }
    }
}
