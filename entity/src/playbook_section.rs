//! Sections of versions of playbooks, each in each of the version's languages.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{PlaybookSectionId, PlaybookVersionId};

/// What a section is.
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
pub enum SectionKind {
    /// How to sell together, step by step.
    Play,
    /// Why customers buy.
    ValueProposition,
    /// A paper that readers fill in with their own and take away.
    Template,
    /// Anything else to read.
    Text,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "playbook_section")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlaybookSectionId,
    /// Of which version.
    pub playbook_version_id: PlaybookVersionId,
    /// Name within the playbook, in lower case.
    pub key: String,
    /// For readers of which language.
    pub locale: String,
    /// Language of its text: the main one where there is none in theirs.
    pub written_in: String,
    /// Place in the playbook, from 1.
    pub position: i32,
    /// What it is.
    pub kind: SectionKind,
    /// What it is called.
    pub title: String,
    /// Its text, as Markdown.
    pub body: String,
    /// The same as HTML that cannot harm.
    pub html: String,
    /// Slugs of the assets that belong to it, in their order, each between bars.
    pub assets: String,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
