//! What a lesson of a course is made of.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a lesson is.
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
pub enum LessonKind {
    /// A text to read.
    Text,
    /// A film to watch.
    Video,
    /// A file to take away.
    File,
    /// Questions to answer.
    Quiz,
}
