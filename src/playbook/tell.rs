//! What letters about playbooks say to their members.

use chrono::NaiveDate;
use entity::{person, playbook_version};
use sea_orm::DatabaseExecutor;

use super::changes;
use super::diff::What;
use super::document::Document;
use crate::error::Result;
use crate::notification::Letter;
use crate::notification::letter::{ChangedSection, SectionNews};
use crate::shape::global_id;

/// The letter that asks somebody to acknowledge a version, in their language: where they know an
/// earlier one, it says what has changed since.
pub(super) async fn asked(
    db: &DatabaseExecutor<'_>,
    version: &playbook_version::Model,
    reader: &person::Model,
    due_on: NaiveDate,
) -> Result<Letter> {
    let document = Document::from_yaml(&version.document)?;
    let text = document.text(document.suits(&reader.locale));
    let news = changes::news(db, version, reader.id, &reader.locale).await?;
    let (note, sections) = match &news {
        Some(news) => (news.note.clone(), news.sections.as_slice()),
        None => (String::new(), &[][..]),
    };
    let changed = sections.iter().map(|change| ChangedSection {
        title: change.title.clone(),
        news: match change.what {
            What::Added => SectionNews::Added,
            What::Removed => SectionNews::Removed,
            What::Changed => SectionNews::Changed,
            What::Moved => SectionNews::Moved,
        },
    });
    Ok(Letter::PlaybookToAcknowledge {
        playbook: text.map_or_else(String::new, |text| text.title.trim().to_owned()),
        known: news.is_some(),
        note,
        changed: changed.collect(),
        due_on,
        version: global_id("PlaybookVersion", version.id.0),
    })
}

/// What a version is called in the reader's language.
pub(super) fn title(version: &playbook_version::Model, reader: &person::Model) -> Result<String> {
    let document = Document::from_yaml(&version.document)?;
    let text = document.text(document.suits(&reader.locale));
    Ok(text.map_or_else(String::new, |text| text.title.trim().to_owned()))
}
