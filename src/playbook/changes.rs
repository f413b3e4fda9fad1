//! What changed between two versions, for readers of a language.
//!
//! Of assets a reader learns what they may see, and nothing of others: what changed in those alone has
//! not changed for them.

use std::collections::BTreeMap;

use entity::id::{PlaybookId, PlaybookVersionId};
use entity::{asset, playbook_version};
use sea_orm::DatabaseExecutor;

use super::diff::{self, Change, Side};
use super::document::Document;
use super::store;
use crate::error::Result;
use crate::identity::profile::reader_locale;
use crate::op::Op;

/// Assets by their slugs.
pub type Assets = BTreeMap<String, asset::Model>;

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// From which version.
    pub from: PlaybookVersionId,
    /// To which.
    pub to: PlaybookVersionId,
    /// The language of the later one.
    pub locale: String,
    /// What its authors say about it, as Markdown; empty where they say nothing.
    pub note: String,
    /// Sections that differ.
    pub sections: Vec<Change>,
}

/// Two versions to be compared.
#[derive(Clone, Debug)]
pub struct Versions {
    from: PlaybookVersionId,
    to: PlaybookVersionId,
    old: Document,
    new: Document,
}

impl Versions {
    /// The two.
    ///
    /// # Errors
    /// A fault where a version cannot be read any more.
    pub fn read(from: &playbook_version::Model, to: &playbook_version::Model) -> Result<Self> {
        Ok(Self {
            from: from.id,
            to: to.id,
            old: Document::from_yaml(&from.document)?,
            new: Document::from_yaml(&to.document)?,
        })
    }

    /// Every asset that one of them names, whoever may see it.
    ///
    /// # Errors
    /// What the database said.
    pub async fn assets(&self, db: &DatabaseExecutor<'_>) -> Result<Assets> {
        let mut slugs = self.old.assets();
        slugs.extend(self.new.assets());
        store::assets(db, &slugs).await
    }

    /// What changed, in the language that suits `reader` best, for somebody who may see these assets.
    #[must_use]
    pub fn changes(&self, reader: &str, seen: &Assets) -> Changes {
        let locale = self.new.suits(reader);
        let note = self.new.text(locale);
        let note = note.map(|text| text.changes.trim().to_owned());
        Changes {
            from: self.from,
            to: self.to,
            locale: locale.to_owned(),
            note: note.unwrap_or_default(),
            sections: diff::compare(
                &sides(&self.old, self.old.suits(reader), seen),
                &sides(&self.new, locale, seen),
            ),
        }
    }
}

fn sides<'d>(document: &'d Document, locale: &'d str, seen: &Assets) -> Vec<Side<'d>> {
    let shown = document.shown(locale);
    shown
        .map(|it| Side {
            key: it.key,
            words: it.words,
            assets: it
                .assets
                .iter()
                .filter(|slug| seen.contains_key(*slug))
                .map(String::as_str)
                .collect(),
        })
        .collect()
}

/// The versions between which a reader asks for what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of which playbook.
    pub playbook: PlaybookId,
    /// From which; from the one that the asker acknowledged last where none is named.
    pub from: Option<PlaybookVersionId>,
    /// To which; to the newest that they see where none is named.
    pub to: Option<PlaybookVersionId>,
}

/// The two versions that the asker means, of those that they may see: `seen`, the newest first; and
/// the language in which they are told what changed. None where one of the two is not among them.
///
/// # Errors
/// As [`Versions::read`], or what the database said.
pub async fn asked(
    op: &Op,
    asked: Asked,
    seen: &[PlaybookVersionId],
    locale: Option<String>,
) -> Result<Option<(Versions, String)>> {
    let db = op.reader();
    let Some(person) = op.actor().person().map(|person| person.id) else {
        return Ok(None);
    };
    let versions = store::versions(&db, asked.playbook).await?;
    let find = |id: PlaybookVersionId| {
        let seen = seen.contains(&id);
        versions.iter().find(|row| seen && row.id == id)
    };
    let to = match asked.to {
        Some(id) => find(id),
        None => seen.first().and_then(|id| find(*id)),
    };
    let known = match asked.from {
        Some(id) => Some(id),
        None => store::known(&db, asked.playbook, person)
            .await?
            .map(|row| row.id),
    };
    let (Some(from), Some(to)) = (known.and_then(find), to) else {
        return Ok(None);
    };
    let reader = match locale {
        Some(locale) => locale,
        None => reader_locale(op, &db).await?,
    };
    Ok(Some((Versions::read(from, to)?, reader)))
}
