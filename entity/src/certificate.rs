//! Certificates: one person, one certification, one period.

use sea_orm::entity::prelude::*;

use crate::id::{CertificateId, CertificationId, PartnerId, PersonId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CertificateId,
    /// Of what.
    pub certification_id: CertificationId,
    /// Whose.
    pub person_id: PersonId,
    /// Counts periods, from 1.
    pub sequence: i32,
    /// Whether it renews the one before.
    pub renewal: bool,
    /// From when on what was shown counts.
    pub window_opens_at: DateTimeUtc,
    /// Until when it is to be earned; none for no such day.
    pub due_at: Option<DateTimeUtc>,
    /// Days before its end in which it can be renewed, as the certification said when it opened.
    pub window_days: i32,
    /// Who asked for it; none where nobody did.
    pub assigned_by: Option<PersonId>,
    /// For which partner; none where for none.
    pub assigned_for: Option<PartnerId>,
    /// When it was earned.
    pub issued_at: Option<DateTimeUtc>,
    /// The first instant at which it is valid.
    pub valid_from: Option<DateTimeUtc>,
    /// The first instant after it; none for ever.
    pub valid_until: Option<DateTimeUtc>,
    /// By which people name it.
    pub number: Option<String>,
    /// The name on it, as it was when it was issued or corrected.
    pub holder: Option<String>,
    /// When a new version of a course made it one to renew.
    pub outdated_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// By whom.
    pub revoked_by: Option<PersonId>,
    /// Why, for its holder to read.
    pub revoked_reason: Option<String>,
    /// What shows it, for the vendor's staff.
    pub revoked_evidence: Option<String>,
    /// Its place in the list of revoked credentials.
    pub status_index: Option<i64>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
