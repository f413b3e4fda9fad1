//! What letters about playbooks say to their members.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;
use entity::id::PlaybookVersionId;
use entity::{person, playbook_version};
use sea_orm::DatabaseExecutor;

use super::changes::{self, Changes};
use super::diff::What;
use super::document::Document;
use super::store;
use crate::error::Result;
use crate::notification::Letter;
use crate::notification::letter::{ChangedSection, SectionNews};
use crate::shape::global_id;

/// What members are told of a version. What is the same for many of them is worked out once.
pub(super) struct Telling<'v> {
    version: &'v playbook_version::Model,
    document: Document,
    /// What is new, by the version that they know and their language.
    news: HashMap<(PlaybookVersionId, String), Changes>,
}

impl<'v> Telling<'v> {
    pub(super) fn of(version: &'v playbook_version::Model) -> Result<Self> {
        Ok(Self {
            version,
            document: Document::from_yaml(&version.document)?,
            news: HashMap::new(),
        })
    }

    /// The letter that asks somebody to acknowledge the version, in their language: where they know
    /// an earlier one, it says what has changed since.
    pub(super) async fn asked(
        &mut self,
        db: &DatabaseExecutor<'_>,
        reader: &person::Model,
        due_on: NaiveDate,
    ) -> Result<Letter> {
        let text = self.document.text(self.document.suits(&reader.locale));
        let playbook = text.map_or_else(String::new, |text| text.title.trim().to_owned());
        let news = self.news(db, reader).await?;
        let (note, sections) = match news {
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
            playbook,
            known: news.is_some(),
            note,
            changed: changed.collect(),
            due_on,
            version: global_id("PlaybookVersion", self.version.id.0),
        })
    }

    /// What is new to a person: none where they know no version before this one.
    async fn news(
        &mut self,
        db: &DatabaseExecutor<'_>,
        reader: &person::Model,
    ) -> Result<Option<&Changes>> {
        let known = store::known(db, self.version.playbook_id, reader.id).await?;
        let Some(known) = known.filter(|known| known.number < self.version.number) else {
            return Ok(None);
        };
        let news = match self.news.entry((known.id, reader.locale.clone())) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(gap) => {
                gap.insert(changes::between(&known, self.version, &reader.locale)?)
            }
        };
        Ok(Some(news))
    }
}

/// What a version is called in the reader's language.
pub(super) fn title(version: &playbook_version::Model, reader: &person::Model) -> Result<String> {
    let document = Document::from_yaml(&version.document)?;
    let text = document.text(document.suits(&reader.locale));
    Ok(text.map_or_else(String::new, |text| text.title.trim().to_owned()))
}
