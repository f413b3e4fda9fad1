//! A portal as a folder, and a portal from one.
//!
//! A backup is made while the portal runs. It holds the database as it was at one instant and then
//! the files of the data folder, so that every file of which the database knows is there. Its
//! manifest is written last: a folder without one is half a backup, and is not restored. The
//! manifest knows the digest of each part and the heads of the audit trail; both are checked when
//! the portal is restored, which happens only where nothing is yet.

mod postgres;
mod restore;
mod save;

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::db::OpenError;
use crate::error::Error;
use crate::trail::Head;

pub use restore::{Restored, restore};
pub use save::{Saved, save};

/// Of the manifest, within the backup.
const MANIFEST: &str = "manifest.json";
/// Of the files of the data folder, within the backup.
const FILES: &str = "data";
/// How the parts are laid out.
const FORMAT: u32 = 1;

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// The version that made it.
    version: String,
    made_at: DateTime<Utc>,
    database: Kind,
    /// Names of the migrations that its database has, the oldest first.
    migrations: Vec<String>,
    parts: Vec<Part>,
    /// Of the audit trail, at the instant of the database.
    heads: Vec<Head>,
}

/// From which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    const fn of(is_postgres: bool) -> Self {
        if is_postgres {
            Self::Postgres
        } else {
            Self::Sqlite
        }
    }

    /// The file of the database, within the backup.
    const fn file(self) -> &'static str {
        match self {
            Self::Sqlite => "entente.db",
            Self::Postgres => "entente.dump",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    /// Within the backup, with `/` between names.
    path: String,
    bytes: u64,
    sha256: String,
}

/// Why there is no backup, or nothing was restored, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{path}: {}", told(source))]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something is there already.
    #[error("{0} is not empty: name a folder that is empty or not there yet")]
    NotEmpty(PathBuf),
    /// The database has tables.
    #[error("the database is not empty: name one without tables in ENTENTE_DATABASE_URL")]
    InUse,
    /// The manifest, which is written last, is missing.
    #[error("{0} is no backup, or half of one: it has no manifest.json")]
    Half(PathBuf),
    /// The manifest cannot be understood.
    #[error("{path} is not understood: {why}")]
    Manifest {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A part is not what was saved.
    #[error("{0} is missing from the backup or not what was saved: nothing was restored")]
    Altered(String),
    /// It is of the other database.
    #[error("the backup is of {0}: {1}")]
    Kind(&'static str, &'static str),
    /// It was made by a newer Entente.
    #[error("the backup was made by version {0}, with a newer schema: restore it by that version")]
    Newer(String),
    /// It was made by an older Entente.
    #[error("the backup lacks {0} migration(s): restore it with --migrate, or by version {1}")]
    Older(usize, String),
    /// One of PostgreSQL's programs failed or is not there.
    #[error("{program}: {why}")]
    Program {
        /// Which.
        program: &'static str,
        /// What it said.
        why: String,
    },
    /// The restored audit trail is not what it was.
    #[error("it was restored, but the audit trail does not hold: {0}")]
    Trail(String),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database.
    #[error("{0:?}")]
    Database(#[from] Error),
}

impl From<sea_orm::DbErr> for BackupError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

fn told(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::StorageFull {
        return "the disk is full: make room, remove what was begun, and begin again".to_owned();
    }
    error.to_string()
}

/// Makes an error of a file's.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { path, source }
}

/// Whether nothing is there: no folder, or an empty one.
fn is_empty(folder: &Path) -> Result<bool, BackupError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(at(folder)(error)),
    }
}

/// Makes a folder for its owner alone, with those above it.
fn make_folder(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(at(path))
}

/// Makes a file for its owner alone, where none is.
fn make_file(path: &Path) -> Result<std::fs::File, BackupError> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(at(path))
}

/// Copies a file to where none is, for its owner alone, and waits until it is on the disk.
fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut read = std::fs::File::open(from).map_err(at(from))?;
    let mut written = make_file(to)?;
    io::copy(&mut read, &mut written).map_err(at(to))?;
    written.sync_all().map_err(at(to))
}

/// Waits until what a folder lists is on the disk.
fn keep(folder: &Path) -> Result<(), BackupError> {
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(at(folder))
}
