//! Versions of programs: written, announced with notice, in force, superseded.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{PersonId, ProgramId, ProgramVersionId};

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
pub enum ProgramVersionState {
    /// Being written.
    Draft,
    /// Partners were told: it counts from its day on.
    Announced,
    /// It counts.
    InForce,
    /// A later version took its place.
    Superseded,
    /// It was announced, and taken back before it counted.
    Withdrawn,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "program_version")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgramVersionId,
    /// Of which program.
    pub program_id: ProgramId,
    /// Counts from 1.
    pub number: i32,
    /// How far it is.
    pub state: ProgramVersionState,
    /// What it is called in its main language.
    pub name: String,
    /// SHA-256 of what it says.
    pub hash: String,
    /// The program as YAML.
    pub document: String,
    /// What its author says of it to partners, as Markdown; may be empty.
    pub note: String,
    /// Who wrote it last; none from the command line.
    pub author_id: Option<PersonId>,
    /// When it was first saved.
    pub created_at: DateTimeUtc,
    /// When it was announced.
    pub announced_at: Option<DateTimeUtc>,
    /// Who announced it; none from the command line.
    pub announced_by: Option<PersonId>,
    /// Whether nobody is worse off by it than by the version before.
    pub favourable: Option<bool>,
    /// From which day it counts, in the program's zone.
    pub in_force_on: Option<Date>,
    /// The first instant of that day.
    pub in_force_at: Option<DateTimeUtc>,
    /// When it ceased to count, or was withdrawn.
    pub ended_at: Option<DateTimeUtc>,
    /// Why it was withdrawn before it counted.
    pub withdrawn_reason: Option<String>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
