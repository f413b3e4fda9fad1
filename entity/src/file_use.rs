//! To what files are attached.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::FileId;

/// What a file can be attached to.
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
pub enum UseKind {
    /// A version of a course, whose lessons give it away.
    CourseVersion,
    /// A step of a partner's onboarding, as the document that was handed in.
    OnboardingStep,
    /// A version of an asset.
    AssetVersion,
    /// A copy of an asset that carries a partner's logo.
    CoBranding,
    /// A partner, as its logo.
    PartnerLogo,
    /// A case study, as a picture in it.
    CaseStudyImage,
    /// A customer's consent to a case study, as its paper.
    CaseStudyConsent,
    /// A partner's appeal, as what proves it.
    Appeal,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "file_use")]
pub struct Model {
    /// The file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: FileId,
    /// To what kind of thing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_kind: UseKind,
    /// To which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
