//! Saves a portal, also while it runs.

use std::collections::VecDeque;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement, TransactionTrait};

use super::{
    BackupError, FILES, FORMAT, Kind, MANIFEST, Manifest, Part, at, copy, is_empty, keep,
    make_file, make_folder, postgres,
};
use crate::config::Config;
use crate::db::{DATABASE_FILES, Db};
use crate::digest;
use crate::trail;

/// What was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Files.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// Key files that stand outside the data folder, and so are not in it.
    pub elsewhere: Vec<PathBuf>,
}

/// Saves the database and the data folder into `to`, a folder that is empty or not there yet.
///
/// # Errors
/// Says what stands in the way; what was begun has no manifest then, and can be removed.
pub async fn save(config: &Config, to: &Path, now: DateTime<Utc>) -> Result<Saved, BackupError> {
    if !is_empty(to)? {
        return Err(BackupError::NotEmpty(to.to_owned()));
    }
    let db = Db::open_to_read(&config.database, &config.data).await?;
    make_folder(to)?;
    let kind = Kind::of(db.is_postgres());
    let file = to.join(kind.file());
    let migrations = db.history().await?;
    let heads = match kind {
        Kind::Sqlite => {
            // An empty file of ours: SQLite would make one that others may read.
            drop(make_file(&file)?);
            let path = file.display().to_string();
            let statement =
                Statement::from_sql_and_values(db.backend(), "VACUUM INTO $1", [path.into()]);
            db.reader().execute_raw(statement).await?;
            fs::File::open(&file)
                .and_then(|file| file.sync_all())
                .map_err(at(&file))?;
            let copy = Db::open_to_read(
                &crate::config::Database {
                    url: None,
                    ..config.database.clone()
                },
                to,
            )
            .await?;
            let heads = trail::heads(copy.reader()).await?;
            copy.close().await;
            heads
        }
        Kind::Postgres => {
            let tx = db.reader().begin().await?;
            let snapshot = postgres::snapshot(&tx).await?;
            let heads = trail::heads(&tx).await?;
            drop(make_file(&file)?);
            postgres::dump(config, &file, snapshot).await?;
            tx.rollback().await?;
            heads
        }
    };
    db.close().await;
    let (data, folder) = (config.data.clone(), to.to_owned());
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now,
        database: kind,
        migrations,
        parts: Vec::new(),
        heads,
    };
    let files = tokio::task::spawn_blocking(move || save_files(&data, &folder, manifest));
    let parts = files.await.map_err(|panic| BackupError::Program {
        program: "backup",
        why: panic.to_string(),
    })??;
    Ok(Saved {
        files: parts.len(),
        bytes: parts.iter().map(|part| part.bytes).sum(),
        elsewhere: elsewhere(config),
    })
}

/// Key files that are named by the configuration and stand outside the data folder.
fn elsewhere(config: &Config) -> Vec<PathBuf> {
    let keys = &config.identity;
    let named = [
        &keys.signing_key_file,
        &keys.link_key_file,
        &keys.credential_key_file,
    ];
    named
        .into_iter()
        .flatten()
        .filter(|file| !file.starts_with(&config.data))
        .cloned()
        .collect()
}

/// Copies the data folder but for the database, digests every part, and writes the manifest.
fn save_files(data: &Path, to: &Path, mut manifest: Manifest) -> Result<Vec<Part>, BackupError> {
    manifest
        .parts
        .push(part(to, manifest.database.file().to_owned())?);
    let mut folders = VecDeque::from([PathBuf::new()]);
    while let Some(below) = folders.pop_front() {
        let folder = data.join(&below);
        if !folder.exists() {
            continue;
        }
        let target = to.join(FILES).join(&below);
        make_folder(&target)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            names.push(entry.map_err(at(&folder))?);
        }
        names.sort_by_key(fs::DirEntry::file_name);
        for entry in names {
            let path = below.join(entry.file_name());
            let kind = entry.file_type().map_err(at(&entry.path()))?;
            let name = entry.file_name();
            let is_database =
                below.as_os_str().is_empty() && DATABASE_FILES.iter().any(|file| name == **file);
            if is_database || to.starts_with(entry.path()) {
                continue;
            }
            if kind.is_dir() {
                folders.push_back(path);
            } else if kind.is_file() {
                let within = format!("{FILES}/{}", path.display());
                match copy(&entry.path(), &to.join(&within)) {
                    Ok(()) => manifest.parts.push(part(to, within)?),
                    // It went while we copied: nothing of the database names it any more.
                    Err(BackupError::File { path, source })
                        if source.kind() == std::io::ErrorKind::NotFound
                            && path == entry.path() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        keep(&target)?;
    }
    let text = serde_json::to_vec_pretty(&manifest).map_err(crate::error::Error::from)?;
    let begun = to.join("manifest.part");
    let mut file = make_file(&begun)?;
    file.write_all(&text)
        .and_then(|()| file.sync_all())
        .map_err(at(&begun))?;
    fs::rename(&begun, to.join(MANIFEST)).map_err(at(&begun))?;
    keep(to)?;
    Ok(manifest.parts)
}

fn part(backup: &Path, path: String) -> Result<Part, BackupError> {
    let file = backup.join(&path);
    let (sha256, bytes) = digest::of_file(&file).map_err(at(&file))?;
    Ok(Part {
        path,
        bytes,
        sha256,
    })
}
