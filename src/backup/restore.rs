//! Makes a portal from a backup, where nothing is yet.

use std::fs;
use std::path::{Component, Path};

use chrono::{DateTime, Utc};

use super::{
    BackupError, FILES, FORMAT, Kind, MANIFEST, Manifest, Part, at, copy, is_empty, keep,
    make_folder, postgres,
};
use crate::config::Config;
use crate::db::{self, Db};
use crate::digest;
use crate::trail::{self, Found};

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made.
    pub made_at: DateTime<Utc>,
    /// Files.
    pub files: usize,
    /// Lines of the audit trail, all of which hold.
    pub lines: u64,
}

/// Restores the backup in `from` into the database and the data folder of the configuration, both
/// of which have to be empty. A schema that is older than this binary's is brought up to date where
/// `migrate` says so.
///
/// # Errors
/// Says what stands in the way.
pub async fn restore(config: &Config, from: &Path, migrate: bool) -> Result<Restored, BackupError> {
    let manifest = read(from)?;
    check(config, &manifest, migrate)?;
    if !is_empty(&config.data)? {
        return Err(BackupError::NotEmpty(config.data.clone()));
    }
    let (folder, parts) = (from.to_owned(), manifest.parts.clone());
    let whole = tokio::task::spawn_blocking(move || check_parts(&folder, &parts));
    joined(whole.await)?;

    let file = from.join(manifest.database.file());
    if manifest.database == Kind::Postgres {
        let db = Db::open(&config.database, &config.data).await?;
        let empty = postgres::is_empty(db.reader()).await?;
        db.close().await;
        if !empty {
            return Err(BackupError::InUse);
        }
        postgres::restore(config, &file).await?;
    }
    let (folder, data, parts) = (from.to_owned(), config.data.clone(), manifest.parts.clone());
    let files = tokio::task::spawn_blocking(move || put_back(&folder, &data, &parts));
    joined(files.await)?;
    if manifest.database == Kind::Sqlite {
        copy(&file, &config.data.join(Kind::Sqlite.file()))?;
        keep(&config.data)?;
    }

    let db = Db::open(&config.database, &config.data).await?;
    if migrate {
        db.migrate().await?;
    }
    let mut faults = Vec::new();
    let mut tell = |found| {
        if let Found::Fault(what) = found {
            faults.push(what);
        }
    };
    let report = trail::verify(&db, &manifest.heads, &mut tell).await?;
    db.close().await;
    if !faults.is_empty() {
        return Err(BackupError::Trail(faults.join("; ")));
    }
    Ok(Restored {
        made_at: manifest.made_at,
        files: manifest.parts.len(),
        lines: report.lines,
    })
}

fn joined<T>(
    done: Result<Result<T, BackupError>, tokio::task::JoinError>,
) -> Result<T, BackupError> {
    done.unwrap_or_else(|panic| {
        Err(BackupError::Program {
            program: "restore",
            why: panic.to_string(),
        })
    })
}

fn read(from: &Path) -> Result<Manifest, BackupError> {
    let path = from.join(MANIFEST);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(BackupError::Half(from.to_owned()));
        }
        Err(error) => return Err(at(&path)(error)),
    };
    let fault = |why: String| BackupError::Manifest {
        path: path.clone(),
        why,
    };
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| fault(error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(fault(format!("it is of format {}", manifest.format)));
    }
    // Nothing of it may lead out of the folder.
    let is_within = |part: &Part| {
        Path::new(&part.path)
            .components()
            .all(|name| matches!(name, Component::Normal(_)))
    };
    if manifest.parts.iter().all(is_within) {
        Ok(manifest)
    } else {
        Err(fault("a part lies outside the backup".to_owned()))
    }
}

/// Whether this binary and this configuration can have it.
fn check(config: &Config, manifest: &Manifest, migrate: bool) -> Result<(), BackupError> {
    let kind = manifest.database;
    if kind != Kind::of(config.database.url.is_some()) {
        let what = match kind {
            Kind::Sqlite => "restore it without ENTENTE_DATABASE_URL",
            Kind::Postgres => "name an empty database in ENTENTE_DATABASE_URL",
        };
        return Err(BackupError::Kind(kind.name(), what));
    }
    let known = db::known_migrations();
    if manifest.migrations.iter().any(|name| !known.contains(name)) {
        return Err(BackupError::Newer(manifest.version.clone()));
    }
    match known.len() - manifest.migrations.len() {
        0 => Ok(()),
        _ if migrate => Ok(()),
        missing => Err(BackupError::Older(missing, manifest.version.clone())),
    }
}

fn check_parts(from: &Path, parts: &[Part]) -> Result<(), BackupError> {
    for part in parts {
        let found = digest::of_file(&from.join(&part.path)).ok();
        if found != Some((part.sha256.clone(), part.bytes)) {
            return Err(BackupError::Altered(part.path.clone()));
        }
    }
    Ok(())
}

fn put_back(from: &Path, data: &Path, parts: &[Part]) -> Result<(), BackupError> {
    make_folder(data)?;
    for part in parts {
        let Ok(below) = Path::new(&part.path).strip_prefix(FILES) else {
            continue;
        };
        let target = data.join(below);
        if let Some(folder) = target.parent() {
            make_folder(folder)?;
            copy(&from.join(&part.path), &target)?;
            keep(folder)?;
        }
    }
    Ok(())
}
