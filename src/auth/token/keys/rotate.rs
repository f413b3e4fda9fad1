//! Changing the key that signs, while the portal serves.
//!
//! The next key becomes the current one, the current the old, and a new next one is announced. The
//! files are written in that order, each whole: whoever reads in between, or a rotation that was
//! cut short, finds every key with which anybody signs.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::{KeyError, LOST, SigningFiles, file, signing_key};

/// For how long a key has to be announced before it signs: as long as the published keys may be
/// kept by those who read them.
const ANNOUNCED: TimeDelta = TimeDelta::minutes(5);

/// What a rotation did.
#[derive(Debug, PartialEq, Eq)]
pub enum Rotated {
    /// There was no next key; there is now. To be rotated once everybody knows it.
    Announced {
        /// Its name.
        next: String,
    },
    /// Another key signs.
    Done {
        /// Its name.
        current: String,
        /// The name of the one that was announced.
        next: String,
        /// The name of the one that is still accepted.
        old: Option<String>,
    },
}

/// Takes the next key into use. Where keys were `stolen`, new ones are made instead, and nothing
/// that was signed before is accepted.
///
/// # Errors
/// `NotAnnounced`, or what stands in the way of the files.
pub fn rotate(files: &SigningFiles, now: DateTime<Utc>, stolen: bool) -> Result<Rotated, KeyError> {
    let _alone = file::lock(&files.current.with_extension("lock"))?;
    let texts = files.read_or_make()?;
    let (current, _) = signing_key(&texts.current, LOST)?;
    if stolen {
        put_new(&files.next)?;
        put_new(&files.current)?;
        match fs::remove_file(&files.old) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(KeyError::file(&files.old, error));
            }
            _ => return done(files),
        }
    }
    // One that is the current already was left by a rotation that was cut short.
    let next = match texts.next {
        Some(next) if signing_key(&next, LOST)?.0.kid != current.kid => next,
        _ => {
            put_new(&files.next)?;
            let next = signing_key(&file::read(&files.next)?, LOST)?.0.kid;
            return Ok(Rotated::Announced { next });
        }
    };
    let at = announced_at(&next.path)?;
    if now < at + ANNOUNCED {
        return Err(KeyError::NotAnnounced {
            at,
            minutes: ANNOUNCED.num_minutes(),
        });
    }
    file::put(&files.old, &texts.current.text)?;
    file::put(&files.current, &next.text)?;
    put_new(&files.next)?;
    done(files)
}

fn done(files: &SigningFiles) -> Result<Rotated, KeyError> {
    let texts = files.read()?;
    let name = |found| signing_key(found, LOST).map(|(key, _)| key.kid);
    Ok(Rotated::Done {
        current: name(&texts.current)?,
        next: texts
            .next
            .as_ref()
            .map(name)
            .transpose()?
            .unwrap_or_default(),
        old: texts.old.as_ref().map(name).transpose()?,
    })
}

fn put_new(path: &Path) -> Result<(), KeyError> {
    let text = file::new_signing().map_err(|source| KeyError::file(path, source))?;
    file::put(path, &text)
}

fn announced_at(path: &Path) -> Result<DateTime<Utc>, KeyError> {
    fs::metadata(path)
        .and_then(|found| found.modified())
        .map(DateTime::from)
        .map_err(|source| KeyError::file(path, source))
}
