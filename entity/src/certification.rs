//! Certifications: what is to be shown, and for how long it holds.

use sea_orm::entity::prelude::*;

use crate::id::CertificationId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certification")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CertificationId,
    /// Short name in lower case; plans and programs name the certification by it.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What its holders can do, as Markdown.
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// Partner kinds that it is for, each between bars; empty for all.
    pub kinds: String,
    /// Tiers that it is for, each between bars; empty for all.
    pub tiers: String,
    /// Regions that it is for, each between bars; empty for all.
    pub regions: String,
    /// What is to be shown the first time.
    pub route: Json,
    /// What is to be shown to renew it.
    pub renewal: Json,
    /// Months for which a certificate is valid; none for ever.
    pub validity_months: Option<i32>,
    /// Days before its end in which a certificate can be renewed.
    pub window_days: i32,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// Since when nobody goes for it.
    pub retired_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
