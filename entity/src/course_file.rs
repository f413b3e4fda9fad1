//! Files of courses before there were files under everything. Nothing reads them; they stay for a
//! binary of before that goes on while this one is rolled out, and a later release drops them.

use sea_orm::entity::prelude::*;

use crate::id::{CourseFileId, CourseVersionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course_file")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CourseFileId,
    /// Of which version.
    pub course_version_id: CourseVersionId,
    /// Its path in the folder of the course.
    pub path: String,
    /// What it is, by its name.
    pub media_type: String,
    /// Bytes.
    pub size: i32,
    /// SHA-256 of the content, in hex.
    pub digest: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
