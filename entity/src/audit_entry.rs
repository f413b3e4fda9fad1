//! Who did what: append-only.

use sea_orm::entity::prelude::*;

use crate::id::{AuditEntryId, PartnerId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    /// When.
    pub at: DateTimeUtc,
    /// `PERSON`, `SYSTEM`, `APPLICANT` or `ANONYMOUS`.
    pub actor_kind: String,
    /// Who.
    pub actor_id: Option<PersonId>,
    /// The permission that was used.
    pub action: String,
    /// The partner concerned.
    pub partner_id: Option<PartnerId>,
    /// What was changed.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: Uuid,
    /// What it was before and after.
    pub change: Json,
    /// The request in the logs.
    pub request_id: String,
    /// From where.
    pub address: String,
    /// The chain in which it stands: the partner, all zeros for the vendor. Like its place, none
    /// where it was written before there were chains.
    pub chain: Option<Uuid>,
    /// Its place in the chain, from 1.
    pub seq: Option<i32>,
    /// Makes the digest of the personal part unguessable; gone with that part.
    pub salt: Option<String>,
    /// Digest of the salt, who, from where and the change, in hex.
    pub personal: Option<String>,
    /// SHA-256 of the line and of the hash before it, in hex.
    pub hash: Option<String>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
