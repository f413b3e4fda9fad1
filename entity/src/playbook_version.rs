//! Versions of playbooks: written by one, published by another.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{PersonId, PlaybookId, PlaybookVersionId};

/// How far a version is.
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
pub enum PlaybookVersionState {
    /// Being written.
    Draft,
    /// Submitted: a reviewer decides, and somebody else than its authors publishes it.
    InReview,
    /// Partners read it.
    Published,
    /// A later version took its place, or the playbook was retired.
    Retired,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "playbook_version")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlaybookVersionId,
    /// Of which playbook.
    pub playbook_id: PlaybookId,
    /// Counts from 1.
    pub number: i32,
    /// How far it is.
    pub state: PlaybookVersionState,
    /// What it is called, in its main language.
    pub title: String,
    /// Its main language, in which it is complete.
    pub locale: String,
    /// Title, summary and what has changed, in each of its languages.
    pub texts: Json,
    /// Days within which members acknowledge it; none where nobody is asked to.
    pub acknowledge_within_days: Option<i32>,
    /// The playbook as YAML.
    pub document: String,
    /// Who wrote it last; none from the command line.
    pub author_id: Option<PersonId>,
    /// Everybody who wrote it: none of them decides about it.
    pub writers: Json,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// When it was last submitted.
    pub submitted_at: Option<DateTimeUtc>,
    /// Who submitted it.
    pub submitted_by: Option<PersonId>,
    /// When a reviewer accepted it.
    pub accepted_at: Option<DateTimeUtc>,
    /// When partners began to read it.
    pub published_at: Option<DateTimeUtc>,
    /// Who published it; none from the command line.
    pub published_by: Option<PersonId>,
    /// When partners ceased to.
    pub retired_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
