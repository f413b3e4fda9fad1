//! Courses of learning paths.

use sea_orm::entity::prelude::*;

use crate::id::{CourseId, LearningPathCourseId, LearningPathId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learning_path_course")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LearningPathCourseId,
    /// Of which path.
    pub learning_path_id: LearningPathId,
    /// Which course.
    pub course_id: CourseId,
    /// Place on the path, from 1.
    pub position: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
