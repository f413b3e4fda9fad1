//! Walks all chains and tells what does not hold, a page of lines in memory at a time.

use std::collections::BTreeMap;

use entity::audit_entry::{self, Model};
use entity::audit_head;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, TransactionTrait,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BEFORE, VENDOR, chain_of, seal};
use crate::db::Db;
use crate::error::Result;

/// Rows in memory at a time.
const PAGE: u64 = 500;

/// The end of a chain, to be kept where nobody who can write the database can write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The partner's key; `vendor` for the vendor's own chain, `before` for the lines from before
    /// there were chains.
    pub chain: String,
    /// How many lines it has.
    pub length: i32,
    /// The hash of the last one.
    pub hash: String,
}

impl From<&audit_head::Model> for Head {
    fn from(row: &audit_head::Model) -> Self {
        Self {
            chain: name(row.chain),
            length: row.seq,
            hash: row.hash.clone(),
        }
    }
}

fn name(chain: Uuid) -> String {
    match chain {
        VENDOR => "vendor".to_owned(),
        BEFORE => "before".to_owned(),
        partner => partner.to_string(),
    }
}

/// What a walk meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A chain that holds, by its head.
    Whole(Head),
    /// Something that does not hold, and where.
    Fault(String),
}

/// What a walk has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Chains.
    pub chains: u64,
    /// Lines in chains.
    pub lines: u64,
    /// Lines from before there were chains: they are counted, and not more.
    pub before: u64,
    /// Lines whose personal part was taken out.
    pub forgotten: u64,
    /// What does not hold.
    pub faults: u64,
}

/// The heads of all chains.
///
/// # Errors
/// What the database said.
pub async fn heads<C: ConnectionTrait>(db: &C) -> Result<Vec<Head>> {
    let rows = audit_head::Entity::find()
        .order_by_asc(audit_head::Column::Chain)
        .all(db)
        .await?;
    Ok(rows.iter().map(Into::into).collect())
}

/// Walks all chains as they are at one instant and tells what it meets. `known` are heads from
/// earlier: each has to stand in its chain still.
///
/// # Errors
/// What the database said.
pub async fn verify(
    db: &Db,
    known: &[Head],
    tell: &mut (dyn FnMut(Found) + Send),
) -> Result<Report> {
    let tx = db.reader().begin().await?;
    let mut walk = Walk {
        tx: &tx,
        known: known.iter().map(|head| (&*head.chain, head)).collect(),
        tell,
        report: Report::default(),
    };
    walk.all().await?;
    let report = walk.report;
    tx.rollback().await?;
    Ok(report)
}

struct Walk<'w> {
    tx: &'w DatabaseTransaction,
    known: BTreeMap<&'w str, &'w Head>,
    tell: &'w mut (dyn FnMut(Found) + Send),
    report: Report,
}

impl Walk<'_> {
    fn fault(&mut self, what: String) {
        self.report.faults += 1;
        (self.tell)(Found::Fault(what));
    }

    async fn all(&mut self) -> Result<()> {
        let mut after = None;
        loop {
            let page = audit_head::Entity::find()
                .filter(
                    Condition::all()
                        .add_option(after.map(|chain| audit_head::Column::Chain.gt::<Uuid>(chain))),
                )
                .order_by_asc(audit_head::Column::Chain)
                .limit(PAGE)
                .all(self.tx)
                .await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.chain);
            for head in &page {
                if head.chain == BEFORE {
                    self.before(head).await?;
                } else {
                    self.chain(head).await?;
                }
            }
        }
        self.headless().await?;
        let gone: Vec<_> = self.known.keys().map(|&chain| chain.to_owned()).collect();
        for chain in gone {
            self.fault(format!("chain {chain}: it was there, and is gone"));
        }
        Ok(())
    }

    /// Lines from before there were chains are only counted.
    async fn before(&mut self, head: &audit_head::Model) -> Result<()> {
        let count = audit_entry::Entity::find()
            .filter(audit_entry::Column::Chain.is_null())
            .count(self.tx)
            .await?;
        self.report.before = count;
        let known = self.known.remove(&*name(BEFORE));
        if i64::try_from(count) != Ok(head.seq.into())
            || known.is_some_and(|known| known.length != head.seq)
        {
            self.fault(format!(
                "before the chains: there are {count} lines, and there were {}",
                known.map_or(head.seq, |known| known.length)
            ));
        }
        Ok(())
    }

    /// Lines in a chain of which no head knows.
    async fn headless(&mut self) -> Result<()> {
        let heads = audit_head::Entity::find()
            .select_only()
            .column(audit_head::Column::Chain)
            .into_query();
        let chains: Vec<Uuid> = audit_entry::Entity::find()
            .select_only()
            .column(audit_entry::Column::Chain)
            .distinct()
            .filter(audit_entry::Column::Chain.is_not_null())
            .filter(audit_entry::Column::Chain.not_in_subquery(heads))
            .limit(PAGE)
            .into_tuple()
            .all(self.tx)
            .await?;
        for chain in chains {
            self.known.remove(&*name(chain));
            self.fault(format!("chain {}: it has lines and no head", name(chain)));
        }
        Ok(())
    }

    async fn chain(&mut self, head: &audit_head::Model) -> Result<()> {
        let faults = self.report.faults;
        self.report.chains += 1;
        let name = name(head.chain);
        let known = self.known.remove(&*name);
        let (mut seq, mut hash) = (0, String::new());
        loop {
            let page = audit_entry::Entity::find()
                .filter(audit_entry::Column::Chain.eq(head.chain))
                .filter(audit_entry::Column::Seq.gt(seq))
                .order_by_asc(audit_entry::Column::Seq)
                .limit(PAGE)
                .all(self.tx)
                .await?;
            if page.is_empty() {
                break;
            }
            for line in page {
                let place = line.seq.unwrap_or_default();
                if place != seq + 1 {
                    let (first, last) = (seq + 1, place - 1);
                    self.fault(format!("chain {name}: lines {first} to {last} are gone"));
                    // What comes after a gap can be held against nothing.
                } else if let Some(what) = self.line(head.chain, &line, &hash) {
                    self.fault(format!("chain {name}, line {place} ({}): {what}", line.id));
                }
                (seq, hash) = (place, line.hash.unwrap_or_default());
                if known.is_some_and(|known| known.length == seq && known.hash != hash) {
                    self.fault(format!("chain {name}, line {seq}: it was another line"));
                }
                self.report.lines += 1;
            }
        }
        if known.is_some_and(|known| known.length > seq) {
            self.fault(format!("chain {name}: it was longer than {seq} lines"));
        }
        if seq != head.seq {
            let length = head.seq;
            self.fault(format!(
                "chain {name}: it has {seq} lines, its head says {length}"
            ));
        } else if hash != head.hash {
            self.fault(format!("chain {name}: its head knows another last line"));
        }
        if self.report.faults == faults {
            (self.tell)(Found::Whole(head.into()));
        }
        Ok(())
    }

    /// What is wrong with a line, if anything is.
    fn line(&mut self, chain: Uuid, line: &Model, before: &str) -> Option<&'static str> {
        if chain_of(line.partner_id) != chain {
            return Some("it belongs into another chain");
        }
        if seal::is_forgotten(line) {
            self.report.forgotten += 1;
        } else {
            let personal = line.salt.as_ref().map(|salt| seal::personal(line, salt));
            if personal.is_none() || personal != line.personal {
                return Some("who did it, from where, or the change is not what was written");
            }
        }
        (line.hash.as_ref() != Some(&seal::hash(line, before)))
            .then_some("it is not what was written, or not after what stands before it")
    }
}
