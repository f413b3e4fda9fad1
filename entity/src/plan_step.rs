//! Steps of plan versions.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{PlanStepId, PlanVersionId};

/// Who does a step.
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
pub enum Performer {
    /// The partner's people.
    Partner,
    /// The vendor's staff.
    Vendor,
    /// Nobody: it completes itself when its fact arrives.
    System,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_step")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanStepId,
    /// Of which version.
    pub plan_version_id: PlanVersionId,
    /// Name within the plan, in lower case.
    pub key: String,
    /// Place in the plan, from 1.
    pub position: i32,
    /// What is to be done.
    pub title: String,
    /// How, as Markdown.
    pub instructions: String,
    /// Who does it.
    pub performer: Performer,
    /// When it is done: a completion rule.
    pub rule: Json,
    /// The questions to answer, where the rule asks for a form.
    pub form: Json,
    /// Keys of the steps that come first.
    pub requires: Json,
    /// Whether staff sign off what is submitted.
    pub needs_review: bool,
    /// Days from approval to the due date.
    pub due_days: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
