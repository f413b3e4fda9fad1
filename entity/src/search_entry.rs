//! What can be found, with the texts by which it is: a row for each of its languages.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_entry")]
pub struct Model {
    /// The key of what it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its shelf, which tells the language.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shelf_id: Uuid,
    /// The partner whose own it is; all zeros where it is no partner's.
    pub partner_id: Uuid,
    /// Which of its languages: 0 for the main one.
    pub position: i32,
    /// The version of what it is, as it was read.
    pub of_version: i32,
    /// By which version of our grammar its words were taken; 0 where they are to be taken anew.
    pub grammar: i32,
    /// Its tags, each between bars.
    pub tags: String,
    /// What it is called.
    pub title: String,
    /// What it is about, as text.
    pub summary: String,
    /// What is in it, as text.
    pub passages: Json,
    /// The keys of its words, packed.
    pub words: Vec<u8>,
    /// The number by which its words know it: the same on each of its shelves.
    pub number: i32,
}

/// None: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
