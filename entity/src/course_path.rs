//! Where in the folder of a version of a course a file lies.

use sea_orm::entity::prelude::*;

use crate::id::{CourseVersionId, FileId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course_path")]
pub struct Model {
    /// Of which version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_version_id: CourseVersionId,
    /// The path, from the top of the folder.
    #[sea_orm(primary_key, auto_increment = false)]
    pub path: String,
    /// The file.
    pub file_id: FileId,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
