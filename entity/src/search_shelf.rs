//! Shelves of what can be found: what is alike in kind, language and readers.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What can be found.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "Text",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SearchKind {
    /// A course.
    Course,
    /// A learning path.
    LearningPath,
    /// A certification.
    Certification,
    /// A playbook.
    Playbook,
    /// A case study.
    CaseStudy,
    /// An asset of the library.
    Asset,
    /// A field note.
    FieldNote,
}

/// Who may find what stands on a shelf. The vendor's staff find everything.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "Text",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SearchReaders {
    /// The vendor's staff alone.
    Staff,
    /// Members of the partners that the shelf is for.
    Audience,
    /// Members of the one partner whose own it is.
    Partner,
    /// Everybody, also who has not signed in.
    Everybody,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_shelf")]
pub struct Model {
    /// Key: the digest of all that follows.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What stands on it.
    pub kind: SearchKind,
    /// In which language.
    pub locale: String,
    /// Who may find it.
    pub readers: SearchReaders,
    /// Partner kinds that it is for, each between bars; empty for all.
    pub kinds: String,
    /// Tiers that it is for, each between bars; empty for all.
    pub tiers: String,
    /// Regions that it is for, each between bars; empty for all.
    pub regions: String,
    /// The partner whose own it is; all zeros where it is no partner's.
    pub partner_id: Uuid,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
