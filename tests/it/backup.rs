//! What was saved is what is restored: rows, files, keys and the audit trail; and half of it is
//! nothing.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use entente::app::App;
use entente::auth::Actor;
use entente::backup::{BackupError, restore, save};
use entente::config::{Config, Secret};
use entente::db::Db;
use entente::identity::sign_in::{Entry, sign_in};
use entity::staff_role::VendorRole;
use futures_util::future::join;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::rows::{self, Row};
use crate::support::team::company;
use crate::support::{PASSWORD, Portal, postgres};

/// A place of the portal's kind where nothing is yet.
async fn nowhere(portal: &Portal, folder: &TempDir) -> Config {
    let mut config = Config::clone(&portal.app.config);
    config.data = folder.path().join("data");
    if portal.app.db.is_postgres() {
        let url = postgres().await.unwrap();
        config.database.url = Some(url.parse().unwrap());
    }
    config
}

async fn busy(portal: &Portal) {
    let paula = portal
        .staff("Paula", &[VendorRole::Admin, VendorRole::PartnerManager])
        .await;
    portal.team(&paula, "Bergwind").await;
    portal.keep_promises().await;
}

async fn rows_of(config: &Config) -> Vec<Row> {
    let db = Db::open(&config.database, &config.data).await.unwrap();
    let rows = rows::all(&db).await;
    db.close().await;
    rows
}

/// Every file below, without the database.
fn files(folder: &Path, below: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(folder, &path));
        } else if !path.to_string_lossy().starts_with("entente.") {
            found.push((path, std::fs::read(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn what_was_saved_is_what_is_restored() {
    for portal in Portal::each().await {
        busy(&portal).await;
        let ada = portal.someone("paula@lumen.example").actor().await;
        let place = tempfile::tempdir().unwrap();
        let backup = place.path().join("backup");
        let saved = save(&portal.app.config, &backup, portal.app.clock.now())
            .await
            .unwrap();
        assert!(saved.files > 5 && saved.elsewhere.is_empty(), "{saved:?}");
        for (path, _) in files(&backup, Path::new("")) {
            let mode = std::fs::metadata(backup.join(&path))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }

        let config = nowhere(&portal, &place).await;
        let restored = restore(&config, &backup, false).await.unwrap();
        assert!(restored.lines > 20, "{restored:?}");
        let (before, after) = (rows::all(&portal.app.db).await, rows_of(&config).await);
        assert!(before.len() > 50);
        assert_eq!(before, after, "on {}", portal.name());
        let none = Path::new("");
        assert_eq!(
            files(&portal.app.config.data, none),
            files(&config.data, none)
        );

        // The keys are the same: who is signed in there is so here, and signs in as before.
        let db = Db::open(&config.database, &config.data).await.unwrap();
        let app = App::over(db, config, portal.app.clock.clone()).unwrap();
        let password = Secret::from(PASSWORD.to_owned());
        let op = app.op(Actor::Anonymous);
        let signed_in = sign_in(&op, &app.guard, "paula@lumen.example", password)
            .await
            .and_then(Entry::signed_in)
            .unwrap();
        let token = signed_in.access.reveal();
        let now = app.clock.now();
        portal.app.guard.keys.verify(token, now).unwrap();
        let actor = entente::identity::actor_for(&app.db, &app.guard, token, now)
            .await
            .unwrap();
        assert_eq!(actor.person().unwrap().id, ada.person().unwrap().id);
        app.db.close().await;
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_saved_while_others_write_is_the_portal_at_one_instant() {
    for portal in Portal::each_with(|config| config.identity.tries_per_network = 0).await {
        busy(&portal).await;
        let place = tempfile::tempdir().unwrap();
        let backup = place.path().join("backup");
        let before = rows::all(&portal.app.db).await;
        let writing = async {
            for number in 0..12 {
                let input = json!({
                    "company": company(&format!("Firma{number}")), "termsVersion": "1",
                    "contactEmail": format!("ana@firma{number}.example"), "acceptsTerms": true,
                });
                let apply = "mutation($input: PartnerApplyInput!) { partnerApply(input: $input) {
                    userErrors { code field message } } }";
                portal.nobody().act(apply, json!({ "input": input })).await;
            }
        };
        let saving = save(&portal.app.config, &backup, portal.app.clock.now());
        let (saved, ()) = join(saving, writing).await;
        saved.unwrap();
        portal.keep_promises().await;
        let config = nowhere(&portal, &place).await;
        restore(&config, &backup, false).await.unwrap();
        let (restored, after) = (rows_of(&config).await, rows::all(&portal.app.db).await);
        let count =
            |rows: &[Row], table: &str| rows.iter().filter(|row| row.table == table).count();
        // An application, its letter and its facts are there together or not at all.
        let applied = count(&restored, "application") - count(&before, "application");
        assert!(applied <= 12);
        let letters = count(&restored, "outbox_message") - count(&before, "outbox_message");
        assert_eq!(letters, applied, "on {}", portal.name());
        let known = |row: &&Row| row.table == "application" && !after.contains(row);
        assert_eq!(restored.iter().find(known), None);
    }
}

/// Changes the manifest.
fn edit(backup: &Path, change: impl FnOnce(&mut Value)) {
    let path = backup.join("manifest.json");
    let mut manifest = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    std::fs::write(&path, manifest.to_string()).unwrap();
}

fn said(error: &BackupError, words: &[&str]) {
    let said = error.to_string();
    for word in words {
        assert!(said.contains(word), "{said}");
    }
}

#[tokio::test]
async fn what_is_half_or_altered_or_newer_is_not_restored_and_nothing_is_overwritten() {
    for portal in Portal::each().await {
        portal.staff("Paula", &[VendorRole::Admin]).await;
        portal.keep_promises().await;
        let place = tempfile::tempdir().unwrap();
        let backup = place.path().join("backup");
        let now = portal.app.clock.now();
        save(&portal.app.config, &backup, now).await.unwrap();
        let again = save(&portal.app.config, &backup, now).await.unwrap_err();
        said(&again, &["backup is not empty"]);

        let config = nowhere(&portal, &place).await;
        let refused = async |words: &[&str]| {
            said(&restore(&config, &backup, false).await.unwrap_err(), words);
            assert!(!config.data.exists());
        };
        let manifest = backup.join("manifest.json");
        let whole = std::fs::read(&manifest).unwrap();

        std::fs::remove_file(&manifest).unwrap();
        refused(&["half of one", "manifest.json"]).await;
        std::fs::write(&manifest, &whole[..whole.len() / 2]).unwrap();
        refused(&["not understood"]).await;
        std::fs::write(&manifest, &whole).unwrap();

        edit(&backup, |it| {
            it["migrations"]
                .as_array_mut()
                .unwrap()
                .push(json!("m9999_flying_cars"));
        });
        refused(&["newer schema"]).await;
        std::fs::write(&manifest, &whole).unwrap();
        edit(&backup, |it| {
            drop(it["migrations"].as_array_mut().unwrap().pop());
        });
        refused(&["lacks 1 migration", "--migrate"]).await;
        std::fs::write(&manifest, &whole).unwrap();
        edit(&backup, |it| it["parts"][0]["path"] = json!("../outside"));
        refused(&["outside the backup"]).await;
        std::fs::write(&manifest, &whole).unwrap();
        let other = if portal.app.db.is_postgres() {
            "sqlite"
        } else {
            "postgres"
        };
        edit(&backup, |it| it["database"] = json!(other));
        refused(&["ENTENTE_DATABASE_URL"]).await;
        std::fs::write(&manifest, &whole).unwrap();

        let parts = files(&backup.join("data"), Path::new(""));
        let (key, bytes) = parts
            .iter()
            .find(|(path, _)| path.starts_with("keys"))
            .unwrap();
        let key = backup.join("data").join(key);
        std::fs::write(&key, b"another").unwrap();
        refused(&["data/keys/", "not what was saved", "nothing was restored"]).await;
        std::fs::remove_file(&key).unwrap();
        refused(&["missing from the backup"]).await;
        std::fs::write(&key, bytes).unwrap();

        restore(&config, &backup, false).await.unwrap();
        let after = rows_of(&config).await;
        let full = restore(&config, &backup, false).await.unwrap_err();
        said(&full, &["data is not empty"]);
        if portal.app.db.is_postgres() {
            let mut elsewhere = config.clone();
            elsewhere.data = place.path().join("elsewhere");
            let full = restore(&elsewhere, &backup, false).await.unwrap_err();
            said(&full, &["the database is not empty"]);
        }
        assert_eq!(rows_of(&config).await, after);
    }
}

#[test]
fn a_full_disk_is_said_in_words() {
    let full = BackupError::File {
        path: "/backups/entente.db".into(),
        source: io::ErrorKind::StorageFull.into(),
    };
    said(
        &full,
        &["/backups/entente.db", "the disk is full", "begin again"],
    );
}

/// Runs the program beside the portal that has the file.
fn beside(portal: &Portal, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(args)
        .current_dir(&portal.app.config.data)
        .env_remove("ENTENTE_DATABASE_URL")
        .arg("--data")
        .arg(&portal.app.config.data)
        .output()
        .unwrap()
}

#[tokio::test]
async fn who_only_reads_runs_beside_a_portal_on_sqlite() {
    for portal in Portal::each().await {
        if portal.app.db.is_postgres() {
            continue;
        }
        busy(&portal).await;
        let place = tempfile::tempdir().unwrap();
        let backup = place.path().join("backup");
        let backup = backup.to_str().unwrap();
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/programs/odoo-v11.yaml");
        let course = place.path().join("course");
        let course = course.to_str().unwrap();
        for args in [
            &["audit", "verify"][..],
            &["audit", "heads"],
            &["doctor"],
            &["backup", backup],
            &["course", "export", "bergwind-tour", course],
            &["program", "explain", file, "Bergwind GmbH"],
            &["program", "simulate", file],
            &["program", "verify"],
        ] {
            let output = beside(&portal, args);
            assert!(output.status.success(), "{args:?}: {output:?}");
        }
        // Who would write is still kept out.
        let output = beside(&portal, &["migrate", "up"]);
        assert!(!output.status.success());
        let data = place.path().join("data");
        let restored = Command::new(env!("CARGO_BIN_EXE_entente"))
            .args(["restore", backup, "--data"])
            .arg(&data)
            .current_dir(place.path())
            .env_remove("ENTENTE_DATABASE_URL")
            .output()
            .unwrap();
        assert!(restored.status.success(), "{restored:?}");
        let told = String::from_utf8(restored.stdout).unwrap();
        assert!(told.contains("the audit trail holds"), "{told}");
    }
}
