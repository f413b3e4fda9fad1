//! What everybody may know of a certificate whose number they have: what stands on it, and whether
//! it holds.

use chrono::{DateTime, Utc};
use entity::certificate::{self, Column, Entity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rules::{self, CertificateState, Period};
use super::{number, store};
use crate::error::Result;
use crate::op::Op;

/// What stands on a certificate, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its number.
    pub number: String,
    /// Where it stands now.
    pub state: CertificateState,
    /// The name on it.
    pub holder: String,
    /// The certification's title.
    pub certification: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// Its end; none for ever.
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The certificate with that number, as somebody typed it. A number that cannot be one is not even
/// looked for.
///
/// # Errors
/// What the database said.
pub async fn verify(op: &Op, typed: &str) -> Result<Option<Verified>> {
    let Some(row) = by_number(op, typed).await? else {
        return Ok(None);
    };
    let (Some(number), Some(holder), Some(issued_at)) =
        (row.number.clone(), row.holder.clone(), row.issued_at)
    else {
        return Ok(None);
    };
    let certification = store::certification(&op.reader(), row.certification_id).await?;
    Ok(Some(Verified {
        number,
        state: rules::state(&Period::from(&row), row.window_days, op.now()),
        holder,
        certification: certification.title,
        issued_at,
        valid_until: row.valid_until,
        revoked_at: row.revoked_at,
    }))
}

/// The row with that number.
pub(super) async fn by_number(op: &Op, typed: &str) -> Result<Option<certificate::Model>> {
    let Some(number) = number::parse(typed) else {
        return Ok(None);
    };
    Ok(Entity::find()
        .filter(Column::Number.eq(number))
        .one(&op.reader())
        .await?)
}
