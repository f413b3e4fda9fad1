//! What changed between two versions, for readers of a language.
//!
//! Of assets a reader learns what they may see, and nothing of others: what changed in those alone has
//! not changed for them.

use std::collections::BTreeMap;

use entity::id::{PlaybookId, PlaybookVersionId};
use entity::{asset, playbook_version};
use sea_orm::DatabaseExecutor;

use super::diff::{self, Change, Run, Side};
use super::document::{Document, Text};
use super::former::Former;
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
    /// What the playbook is called.
    pub title: String,
    /// What it was called, where that was something else.
    pub former_title: Option<String>,
    /// Its summary, piece by piece; empty where it is the same.
    pub summary: Vec<Run>,
    /// Sections that differ.
    pub sections: Vec<Change>,
}

impl Changes {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.note.is_empty()
            && self.former_title.is_none()
            && self.summary.is_empty()
            && self.sections.is_empty()
    }
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
        let (former, locale) = (self.old.suits(reader), self.new.suits(reader));
        let (old, new) = (self.old.text(former), self.new.text(locale));
        let title = said(new, |text| &text.title);
        let former_title = said(old, |text| &text.title);
        Changes {
            from: self.from,
            to: self.to,
            locale: locale.to_owned(),
            note: said(new, |text| &text.changes).to_owned(),
            title: title.to_owned(),
            former_title: (former_title != title).then(|| former_title.to_owned()),
            summary: diff::text(
                said(old, |text| &text.summary),
                said(new, |text| &text.summary),
            ),
            sections: diff::compare(
                &sides(&self.old, former, seen),
                &sides(&self.new, locale, seen),
            ),
        }
    }
}

fn said(text: Option<&Text>, field: fn(&Text) -> &String) -> &str {
    text.map_or("", |text| field(text).trim())
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
    /// From which; where none is named, from the one that the asker acknowledged last, or else from
    /// the one before.
    pub from: Option<PlaybookVersionId>,
    /// To which; to the newest that they see where none is named.
    pub to: Option<PlaybookVersionId>,
}

/// The two versions that the asker means, and the language in which they are told what changed. The
/// later one is of those that they may see: `seen`, the newest first. So is the earlier one, or they
/// could read it once. None where one of the two is not among them.
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
    let to = match asked.to {
        Some(id) => Some(&id).filter(|id| seen.contains(id)).copied(),
        None => seen.first().copied(),
    };
    let Some(to) = versions.iter().find(|row| Some(row.id) == to) else {
        return Ok(None);
    };
    let named: Vec<_> = if let Some(id) = asked.from {
        versions.iter().filter(|row| row.id == id).collect()
    } else {
        let known = store::known(&db, asked.playbook, person).await?;
        let known = known.map(|row| row.id);
        let acknowledged = versions.iter().filter(|row| Some(row.id) == known);
        let before = versions.iter().filter(|row| row.number < to.number);
        acknowledged.chain(before).collect()
    };
    let former = Former::of(op, person, to).await?;
    let mut from = None;
    for version in named {
        if seen.contains(&version.id) || former.include(version)? {
            from = Some(version);
            break;
        }
    }
    let Some(from) = from else {
        return Ok(None);
    };
    let reader = match locale {
        Some(locale) => locale,
        None => reader_locale(op, &db).await?,
    };
    Ok(Some((Versions::read(from, to)?, reader)))
}
