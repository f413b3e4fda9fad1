//! Finding things by the words in them, and nothing that the asker may not open.
//!
//! A concept [puts](put) what can be found of it in its own unit of work, and [removes](remove) it
//! there: what was published a moment ago is found, and what was retired is not. Whoever asks
//! [finds](find()) what they may open, the best first, or is told [titles](suggest()) while they type.
//!
//! The index is three tables of ours, the same on both databases: *shelves*, *entries* and *words*.
//! SQLite's FTS5 and PostgreSQL's full text each know their own words, ranks and languages, and FTS5
//! no German; an engine beside the database has files of its own, which no transaction covers and
//! replicas do not share. With tables of ours there is one ranking and one grammar, in Rust, and the
//! database does what it does best: it finds rows by keys. What has a word lies packed in the row of
//! the word; with a row for each, adding up 7,000 of them took 25 ms.
//!
//! What is alike in kind, language and readers stands on one shelf. Whoever asks is shown the
//! shelves that they may look at before any word is looked up, and words belong to shelves. So nothing of another shelf is read: neither results nor counts, corrections nor the
//! time that it takes tell of it. How rare a word is, is counted among the entries that the asker
//! may find. What comes out is read by the shapes as any other object, and what they do not show is
//! left out, should the index ever be behind.
//!
//! Words are found in all their inflections, in English and German; with and without accents; where
//! they begin a German compound, or end it, or are one with their neighbour; as [names] of what a thing
//! is; and where nothing has the word as it was typed: by words that begin like it, by those near to it
//! by a slip or two, and by the parts of a compound.
//!
//! What it costs, by `just bench-search`: see `docs/search.md`.

mod excerpt;
mod find;
mod keep;
pub mod names;
mod plain;
mod posting;
mod question;
mod rank;
mod shelf;
mod suggest;
mod vocabulary;
mod weigh;
mod word;

use entity::id::PartnerId;
use entity::search_shelf::SearchKind;
use uuid::Uuid;

use crate::audience::Kept;

pub use excerpt::Piece;
pub use find::{Correction, Found, Hit, Search, TAGS_COUNTED, find};
pub use keep::{clean, forget, put, remove};
pub use suggest::{Suggest, suggest};

/// Counts changes to how words are taken from texts: entries of another grammar are behind.
pub const GRAMMAR: i32 = 4;

/// Something that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: SearchKind,
    /// Its key.
    pub id: Uuid,
    /// Its version: where the index has another one, it is behind.
    pub version: i32,
    /// Who may find it.
    pub readers: Readers,
    /// What it is filed under, such as industries and products.
    pub tags: Vec<String>,
    /// What it is called beside its kind, in any language: a datasheet, a PDF, of retail. It is found by
    /// these words, and they are not shown.
    pub names: Vec<String>,
    /// What it says, in each of its languages; in its main one first.
    pub texts: Vec<Text>,
}

/// What something says in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The language.
    pub locale: String,
    /// What it is called.
    pub title: String,
    /// What it is about, as Markdown.
    pub summary: String,
    /// What is in it.
    pub passages: Vec<Passage>,
}

/// A part of something that can be found: a lesson, a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// What it is called; may be empty.
    pub heading: String,
    /// Its text, as Markdown.
    pub body: String,
}

/// Who may find something, beside the vendor's staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Nobody else: drafts, and what is retired.
    Staff,
    /// Members of the partners of an audience.
    Audience(Kept),
    /// Members of the one partner whose own it is.
    Partner(PartnerId),
    /// Everybody, also who has not signed in.
    Everybody,
}

/// The name of the type in the API that a kind is found as.
#[must_use]
pub fn type_name(kind: SearchKind) -> &'static str {
    match kind {
        SearchKind::Course => "Course",
        SearchKind::LearningPath => "LearningPath",
        SearchKind::Certification => "Certification",
        SearchKind::Playbook => "Playbook",
        SearchKind::CaseStudy => "CaseStudy",
        SearchKind::Asset => "Asset",
        SearchKind::FieldNote => "FieldNote",
    }
}
