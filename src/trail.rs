//! The audit trail as it is written: lines in hash chains, one for each partner and the vendor's own.
//!
//! Each line's hash covers the line and the hash before it, and each chain has a head that knows its
//! length and its last hash. So an edit, a deletion, an insertion or another order is found by
//! [`verify()`]; who could also mend all later hashes and the head is found by a copy of the heads that
//! is kept elsewhere.
//!
//! Who did it, from where, and what it was before and after may have to be forgotten one day. The
//! hash therefore covers a salted digest of them: they can be taken out with the salt, and the chain
//! still holds.

mod seal;
mod verify;

use std::collections::BTreeMap;

use entity::audit_entry::{self, Model};
use entity::audit_head;
use entity::id::PartnerId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::error::{Error, Result};
pub use verify::{Found, Head, Report, heads, verify};

/// The chain of what concerns no partner.
const VENDOR: Uuid = Uuid::nil();
/// Stands for the lines from before there were chains; its head counts them.
const BEFORE: Uuid = Uuid::max();

/// In which chain a line stands.
fn chain_of(partner: Option<PartnerId>) -> Uuid {
    partner.map_or(VENDOR, |partner| partner.0)
}

/// Writes the lines at the ends of their chains. The heads are locked in one order, so that nobody
/// waits for somebody who waits for them.
///
/// # Errors
/// What the database said.
pub(crate) async fn append(tx: &DatabaseTransaction, lines: Vec<Model>) -> Result<()> {
    let mut chains: BTreeMap<Uuid, Vec<Model>> = BTreeMap::new();
    for line in lines {
        chains
            .entry(chain_of(line.partner_id))
            .or_default()
            .push(line);
    }
    for (chain, mut lines) in chains {
        let head = lengthen(tx, chain, lines.len()).await?;
        let (length, mut hash) = (head.seq, head.hash);
        for (line, back) in lines.iter_mut().rev().zip(0..) {
            line.seq = Some(length - back);
        }
        for line in &mut lines {
            hash = seal::seal(line, chain, &hash)?;
        }
        let rows = lines
            .into_iter()
            .map(|it| it.into_active_model().reset_all());
        audit_entry::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
        let head = audit_head::Model {
            chain,
            seq: length,
            hash,
        };
        let place = OnConflict::column(audit_head::Column::Chain)
            .update_column(audit_head::Column::Hash)
            .to_owned();
        audit_head::Entity::insert(head.into_active_model().reset_all())
            .on_conflict(place)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Locks the head and makes the chain longer; answers its new length and the last hash until now.
async fn lengthen(tx: &DatabaseTransaction, chain: Uuid, by: usize) -> Result<audit_head::Model> {
    use audit_head::{Column, Entity};
    let by = i32::try_from(by).map_err(|_| Error::fault("too many lines in a unit of work"))?;
    let new = audit_head::Model {
        chain,
        seq: by,
        hash: String::new(),
    };
    let longer = OnConflict::column(Column::Chain)
        .value(Column::Seq, Expr::col((Entity, Column::Seq)).add(by))
        .to_owned();
    let head = Entity::insert(new.into_active_model().reset_all())
        .on_conflict(longer)
        .exec_with_returning(tx)
        .await?;
    Ok(head)
}
