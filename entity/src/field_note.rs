//! Field notes: short learnings of partners' members.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::id::{CourseId, FieldNoteId, PartnerId, PersonId, PlaybookId};

/// Where a note stands.
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
pub enum FieldNoteState {
    /// Waits for a reviewer.
    Submitted,
    /// To be mended and submitted again.
    ChangesRequested,
    /// Other partners read it.
    Published,
    /// It was published; a reviewer took it down. Mended, it may be submitted again.
    Hidden,
    /// It will not be published. Final.
    Declined,
    /// Its author took it back. Final.
    Withdrawn,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "field_note")]
pub struct Model {
    /// Key, a UUID of version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FieldNoteId,
    /// For which partner it was written.
    pub partner_id: PartnerId,
    /// By whom.
    pub author_id: PersonId,
    /// Where it stands.
    pub state: FieldNoteState,
    /// What it is about, in a line.
    pub title: String,
    /// What was learned, as Markdown.
    pub text: String,
    /// What it is found by, each between bars.
    pub tags: String,
    /// Language of its texts.
    pub locale: String,
    /// The playbook beside which it is shown, by its slug.
    pub playbook: Option<String>,
    /// The same, by its key.
    pub playbook_id: Option<PlaybookId>,
    /// The course beside which it is shown, by its slug.
    pub course: Option<String>,
    /// The same, by its key.
    pub course_id: Option<CourseId>,
    /// Whether other partners may read whose it is.
    pub shows_partner: bool,
    /// The partner's name as others read it; none where they may not.
    pub partner_name: Option<String>,
    /// Partner kinds that read it, each between bars; empty for all.
    pub kinds: String,
    /// Tiers that read it, each between bars; empty for all.
    pub tiers: String,
    /// Regions that read it, each between bars; empty for all.
    pub regions: String,
    /// How many people endorse it: as many as there are rows that say so.
    pub endorsements: i32,
    /// When it was last submitted.
    pub submitted_at: DateTimeUtc,
    /// Since when it has been published.
    pub published_at: Option<DateTimeUtc>,
    /// Counts edits, for optimistic locking.
    pub version: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
