//! What letters about playbooks say to their members.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;
use entity::asset::AssetState;
use entity::id::PlaybookVersionId;
use entity::{person, playbook_version};
use sea_orm::DatabaseExecutor;

use super::changes::{Assets, Changes, Versions};
use super::diff::What;
use super::document::Document;
use super::store;
use crate::audience::{Kept, Tiers};
use crate::error::Result;
use crate::notification::Letter;
use crate::notification::letter::{ChangedSection, SectionNews};
use crate::shape::global_id;

/// What members are told of a version. What is the same for many of them is worked out once.
pub(super) struct Telling<'v> {
    version: &'v playbook_version::Model,
    document: Document,
    /// Versions that they know beside this one, with every asset that one of the two names.
    known: HashMap<PlaybookVersionId, (Versions, Assets)>,
    /// What is new, by the version that they know, their language and the assets that they see.
    news: HashMap<(PlaybookVersionId, String, Vec<String>), Changes>,
}

impl<'v> Telling<'v> {
    pub(super) fn of(version: &'v playbook_version::Model) -> Result<Self> {
        Ok(Self {
            version,
            document: Document::from_yaml(&version.document)?,
            known: HashMap::new(),
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
        let playbook = title_of(&self.document, reader);
        let version = self.id();
        let news = self.news(db, reader).await?;
        let known = news.is_some();
        let news = news.map(News::of).unwrap_or_default();
        Ok(Letter::PlaybookToAcknowledge {
            playbook,
            known,
            former_title: news.former_title,
            note: news.note,
            summary_changed: news.summary_changed,
            changed: news.changed,
            due_on,
            version,
        })
    }

    /// The letter that tells somebody in their language what has changed since the version that they
    /// know; none where they know none before it, or nothing has.
    pub(super) async fn renewed(
        &mut self,
        db: &DatabaseExecutor<'_>,
        reader: &person::Model,
    ) -> Result<Option<Letter>> {
        let playbook = title_of(&self.document, reader);
        let version = self.id();
        let news = self.news(db, reader).await?;
        let news = news.filter(|news| !news.are_none()).map(News::of);
        Ok(news.map(|news| Letter::PlaybookRenewed {
            playbook,
            former_title: news.former_title,
            note: news.note,
            summary_changed: news.summary_changed,
            changed: news.changed,
            version,
        }))
    }

    fn id(&self) -> String {
        global_id("PlaybookVersion", self.version.id.0)
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
        let (versions, assets) = match self.known.entry(known.id) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(gap) => {
                let versions = Versions::read(&known, self.version)?;
                let assets = versions.assets(db).await?;
                gap.insert((versions, assets))
            }
        };
        let seen = offered(db, assets, reader).await?;
        let slugs = seen.keys().cloned().collect();
        let news = match self.news.entry((known.id, reader.locale.clone(), slugs)) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(gap) => gap.insert(versions.changes(&reader.locale, &seen)),
        };
        Ok(Some(news))
    }
}

/// What letters say is new.
#[derive(Default)]
struct News {
    former_title: Option<String>,
    note: String,
    summary_changed: bool,
    changed: Vec<ChangedSection>,
}

impl News {
    fn of(changes: &Changes) -> Self {
        let sections = changes.sections.iter().map(|change| ChangedSection {
            title: change.title.clone(),
            news: match change.what {
                What::Added => SectionNews::Added,
                What::Removed => SectionNews::Removed,
                What::Changed => SectionNews::Changed,
                What::Moved => SectionNews::Moved,
            },
        });
        Self {
            former_title: changes.former_title.clone(),
            note: changes.note.clone(),
            summary_changed: !changes.summary.is_empty(),
            changed: sections.collect(),
        }
    }
}

/// Those of the assets that the reader's partners can have now.
async fn offered(
    db: &DatabaseExecutor<'_>,
    assets: &Assets,
    reader: &person::Model,
) -> Result<Assets> {
    let mut offered = Assets::new();
    if assets.is_empty() {
        return Ok(offered);
    }
    let partners = store::partners(db, reader.id).await?;
    let tiers = Tiers::of(db, partners.iter().map(|it| it.id)).await?;
    for (slug, asset) in assets {
        let audience = Kept::from(asset).read()?;
        let is_theirs = partners
            .iter()
            .any(|partner| audience.takes_in(partner, &tiers));
        if asset.state == AssetState::Published && is_theirs {
            offered.insert(slug.clone(), asset.clone());
        }
    }
    Ok(offered)
}

/// What a version is called in the reader's language.
pub(super) fn title(version: &playbook_version::Model, reader: &person::Model) -> Result<String> {
    Ok(title_of(&Document::from_yaml(&version.document)?, reader))
}

fn title_of(document: &Document, reader: &person::Model) -> String {
    let text = document.text(document.suits(&reader.locale));
    text.map_or_else(String::new, |text| text.title.trim().to_owned())
}
