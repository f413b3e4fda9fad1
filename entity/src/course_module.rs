//! Modules: parts of one version of a course.

use sea_orm::entity::prelude::*;

use crate::id::{CourseModuleId, CourseVersionId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course_module")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CourseModuleId,
    /// Of which version.
    pub course_version_id: CourseVersionId,
    /// Name within the course, in lower case.
    pub key: String,
    /// Place in the course, from 1.
    pub position: i32,
    /// What it is called.
    pub title: String,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
