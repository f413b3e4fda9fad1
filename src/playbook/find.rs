//! What can be found of playbooks.

use std::collections::BTreeMap;

use entity::id::PlaybookId;
use entity::playbook::{self, PlaybookState};
use entity::playbook_section::{self, SectionKind};
use entity::search_shelf::SearchKind;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;

use super::{store, template};
use crate::audience::Kept;
use crate::edition;
use crate::error::Result;
use crate::op::Permit;
use crate::search::{self, Entry, Passage, Readers, Text, names};

/// The words of a version in one language, as rows keep them.
#[derive(Deserialize)]
struct Words {
    locale: String,
    title: String,
    summary: String,
}

/// Puts the playbook into the search as it is now, in each of its languages: its published version,
/// or its latest where none is. Members find what they read; staff find drafts and retired ones as
/// well. What is not written in a language is found in the one in which it is.
///
/// # Errors
/// What the database said.
pub async fn index(permit: &Permit<'_>, id: PlaybookId) -> Result<()> {
    let db = permit.reader();
    let row = playbook::Entity::find_by_id(id).one(&db).await?;
    let versions = store::versions(&db, id).await?;
    let (Some(row), Some(version)) = (row, edition::published(&versions).or(versions.first()))
    else {
        return search::remove(permit, id.0).await;
    };
    let readers = match row.state {
        PlaybookState::Published => Readers::Audience(Kept::from(&row)),
        PlaybookState::Draft | PlaybookState::Retired => Readers::Staff,
    };
    let sections = playbook_section::Entity::find()
        .filter(playbook_section::Column::PlaybookVersionId.eq(version.id))
        .order_by_asc(playbook_section::Column::Position)
        .all(&db)
        .await?;
    // Whoever looks for a template finds those who hold one.
    let has_template = sections.iter().any(|it| it.kind == SectionKind::Template);
    let names = has_template.then(|| names::TEMPLATE.to_owned());
    let mut passages: BTreeMap<String, Vec<Passage>> = BTreeMap::new();
    let own = |section: &playbook_section::Model| section.written_in == section.locale;
    for section in sections.into_iter().filter(own) {
        let passage = Passage {
            heading: section.title,
            body: match section.kind {
                SectionKind::Template => template::blank(&section.body),
                SectionKind::Play | SectionKind::ValueProposition | SectionKind::Text => {
                    section.body
                }
            },
        };
        passages.entry(section.locale).or_default().push(passage);
    }
    let words: Vec<Words> = serde_json::from_value(version.texts.clone())?;
    let mut texts: Vec<Text> = words
        .into_iter()
        .map(|words| Text {
            passages: passages.remove(&words.locale).unwrap_or_default(),
            locale: words.locale,
            title: words.title,
            summary: words.summary,
        })
        .collect();
    // Its main language comes first.
    texts.sort_by_key(|text| text.locale != version.locale);
    let entry = Entry {
        kind: SearchKind::Playbook,
        id: id.0,
        version: row.version,
        readers,
        tags: Vec::new(),
        names: names.into_iter().collect(),
        texts,
    };
    search::put(permit, &entry).await
}
