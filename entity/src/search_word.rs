//! The words of a shelf, in the forms by which they are looked up, and what has them.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_word")]
pub struct Model {
    /// Key: the digest of the shelf and the word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Its shelf.
    pub shelf_id: Uuid,
    /// The word as it is written, in lower case; a tag behind `#`.
    pub word: String,
    /// The same without accents.
    pub plain: String,
    /// That backward.
    pub plain_back: String,
    /// What its inflections have in common.
    pub term: String,
    /// That backward.
    pub term_back: String,
    /// Whether it stands in a title.
    pub in_title: bool,
    /// Nothing: what had it, by keys, in the index of releases that a later one need not live beside.
    pub postings: Vec<u8>,
    /// What has it: numbers and weights, packed.
    pub numbered: Vec<u8>,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
