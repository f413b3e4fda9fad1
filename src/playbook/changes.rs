//! What changed between two versions, for readers of a language.

use entity::id::{PlaybookId, PlaybookVersionId};
use entity::playbook_version;

use super::diff::{self, Change, Side};
use super::document::Document;
use super::store;
use crate::error::Result;
use crate::op::Op;

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

/// What changed from one version to another, in the language that suits `reader` best.
///
/// # Errors
/// A fault where a version cannot be read any more.
pub fn between(
    from: &playbook_version::Model,
    to: &playbook_version::Model,
    reader: &str,
) -> Result<Changes> {
    let (old, new) = (
        Document::from_yaml(&from.document)?,
        Document::from_yaml(&to.document)?,
    );
    let locale = new.suits(reader);
    let note = new.text(locale).map(|text| text.changes.trim().to_owned());
    Ok(Changes {
        from: from.id,
        to: to.id,
        locale: locale.to_owned(),
        note: note.unwrap_or_default(),
        sections: diff::compare(&sides(&old, old.suits(reader)), &sides(&new, locale)),
    })
}

fn sides<'d>(document: &'d Document, locale: &'d str) -> Vec<Side<'d>> {
    let shown = document.shown(locale);
    shown
        .map(|it| Side {
            key: it.key,
            words: it.words,
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

/// What changed between two of the versions that the asker may see: `seen`, the newest first. None
/// where one of the two is not among them.
///
/// # Errors
/// As [`between`].
pub async fn seen(
    op: &Op,
    asked: Asked,
    seen: &[PlaybookVersionId],
    locale: Option<String>,
) -> Result<Option<Changes>> {
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
        None => store::person(&db, person).await?.locale,
    };
    between(from, to, &reader).map(Some)
}
