//! The audit trail: whatever is done to it by force is found, and it never forks.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use chrono::TimeDelta;
use entente::app::App;
use entente::auth::Actor;
use entente::db::Db;
use entente::op::Origin;
use entente::trail::{self, Found, Head, Report};
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use crate::support::team::company;
use crate::support::{Portal, answer, rows};

/// Walks the trail; what it has seen, and what does not hold.
async fn walk(portal: &Portal, known: &[Head]) -> (Report, Vec<String>) {
    let mut faults = Vec::new();
    let mut tell = |found| {
        if let Found::Fault(what) = found {
            faults.push(what);
        }
    };
    let report = trail::verify(&portal.app.db, known, &mut tell)
        .await
        .unwrap();
    assert_eq!(report.faults, faults.len() as u64);
    (report, faults)
}

/// The hashes of a chain, in its order.
async fn hashes(portal: &Portal, which: &str) -> Vec<String> {
    let sql = format!(
        "SELECT hash FROM audit_entry WHERE seq IS NOT NULL AND partner_id IS {which} ORDER BY seq"
    );
    rows::column(&portal.app.db, &sql).await
}

const COLUMNS: &str = "at, actor_kind, actor_id, action, partner_id, subject_kind, subject_id, \
                       change, request_id, address";
const KEEP: &str = "CREATE TABLE kept AS SELECT * FROM audit_entry; \
                    CREATE TABLE kept_head AS SELECT * FROM audit_head";
const UNDO: &str = "DELETE FROM audit_entry; INSERT INTO audit_entry SELECT * FROM kept; \
                    DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM kept_head";
const DONE: &str = "DROP TABLE kept; DROP TABLE kept_head";

/// A portal in which much has happened, at several instants.
async fn busy(portal: &Portal) {
    let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
    portal.team(&paula, "Bergwind").await;
    portal.pass(TimeDelta::hours(1));
    portal.staff("Otto", &[VendorRole::Auditor]).await;
}

fn set(what: &str, hash: &str) -> String {
    format!("UPDATE audit_entry SET {what} WHERE hash = '{hash}'")
}

/// Edits of a line, on the vendor's chain and on a partner's.
fn edits(vendor: &[String], theirs: &str, new_id: &str) -> Vec<(&'static str, String)> {
    let (second, last) = (&vendor[1], &vendor[vendor.len() - 1]);
    let latest = "at = (SELECT max(at) FROM audit_entry)";
    vec![
        ("action", set("action = 'Other'", second)),
        ("actor kind", set("actor_kind = 'APPLICANT'", last)),
        ("actor", set("actor_id = NULL", theirs)),
        ("partner", set("partner_id = NULL", theirs)),
        ("subject kind", set("subject_kind = 'Other'", second)),
        ("subject", set(&format!("subject_id = {new_id}"), second)),
        ("request", set("request_id = 'another'", second)),
        ("address", set("address = '192.0.2.1'", second)),
        ("time", set(latest, second)),
        ("change", set("change = '{\"after\": 1}'", second)),
        ("no change", set("change = '{}'", second)),
        ("digest", set("personal = ''", second)),
        ("salt", set("salt = 'ab'", second)),
        ("no salt", set("salt = NULL", second)),
        ("hash", set("hash = 'ab'", second)),
        ("the last hash", set("hash = 'ab'", last)),
        ("no chain", set("chain = NULL, seq = NULL", last)),
    ]
}

/// Lines taken out, put in and moved, and heads that are changed.
fn moves(vendor: &[String], new_id: &str) -> Vec<(&'static str, String)> {
    let (first, second, third) = (&vendor[0], &vendor[1], &vendor[2]);
    let (last_but_one, last) = (&vendor[vendor.len() - 2], &vendor[vendor.len() - 1]);
    let gone = |hashes: &[&String]| {
        let hashes: Vec<_> = hashes.iter().map(|hash| format!("'{hash}'")).collect();
        format!(
            "DELETE FROM audit_entry WHERE hash IN ({})",
            hashes.join(", ")
        )
    };
    let more = |names: &str, values: &str| {
        format!(
            "INSERT INTO audit_entry (id, {COLUMNS}{names}) SELECT {new_id}, {COLUMNS}{values} \
             FROM audit_entry WHERE hash = '{last}'"
        )
    };
    let names = ", chain, salt, personal, hash, seq";
    let swap = [
        set("seq = 0", second),
        set("seq = 2", third),
        set("seq = 3", second),
    ];
    vec![
        ("the first gone", gone(&[first])),
        ("one gone", gone(&[second])),
        ("the tail gone", gone(&[last_but_one, last])),
        (
            "a chain gone",
            "DELETE FROM audit_entry WHERE partner_id IS NOT NULL".to_owned(),
        ),
        ("all gone", "DELETE FROM audit_entry".to_owned()),
        ("one more", more(names, &format!("{names} + 1"))),
        ("one more far off", more(names, &format!("{names} + 9"))),
        ("one more from before", more("", "")),
        ("another order", swap.join("; ")),
        (
            "a head's length",
            "UPDATE audit_head SET seq = seq + 1".to_owned(),
        ),
        (
            "a head's hash",
            "UPDATE audit_head SET hash = 'ab'".to_owned(),
        ),
        (
            "a head gone",
            format!("DELETE FROM audit_head WHERE hash = '{last}'"),
        ),
    ]
}

#[tokio::test]
async fn whatever_is_done_to_the_trail_by_force_is_found() {
    for portal in Portal::each().await {
        busy(&portal).await;
        let name = portal.name();
        let (report, faults) = walk(&portal, &[]).await;
        assert_eq!(faults, [""; 0], "on {name}");
        assert!(report.chains == 2 && report.lines > 20, "{report:?}");
        assert_eq!((report.before, report.forgotten), (0, 0));
        let heads = trail::heads(portal.app.db.reader()).await.unwrap();
        let vendor = hashes(&portal, "NULL").await;
        let theirs = &hashes(&portal, "NOT NULL").await[2];
        let new_id = if portal.app.db.is_postgres() {
            "gen_random_uuid()"
        } else {
            "randomblob(16)"
        };
        portal.force(KEEP).await;
        let mut cases = edits(&vendor, theirs, new_id);
        cases.extend(moves(&vendor, new_id));
        for (what, sql) in cases {
            portal.force(&sql).await;
            let (_, faults) = walk(&portal, &[]).await;
            assert!(!faults.is_empty(), "{what} is not found on {name}");
            if ["action", "one gone", "change"].contains(&what) {
                assert_eq!(faults.len(), 1, "{what} on {name}: {faults:#?}");
            }
            portal.force(UNDO).await;
            let (again, faults) = walk(&portal, &heads).await;
            assert_eq!((again, faults.len()), (report, 0), "after {what} on {name}");
        }
        portal.force(DONE).await;
    }
}

#[tokio::test]
async fn who_mends_the_heads_too_is_found_by_heads_that_were_kept_elsewhere() {
    for portal in Portal::each().await {
        busy(&portal).await;
        let heads = trail::heads(portal.app.db.reader()).await.unwrap();
        let vendor = hashes(&portal, "NULL").await;
        let (before, last) = (&vendor[vendor.len() - 2], &vendor[vendor.len() - 1]);
        portal.force(KEEP).await;
        let shorter = format!(
            "DELETE FROM audit_entry WHERE hash = '{last}'; \
             UPDATE audit_head SET seq = seq - 1, hash = '{before}' WHERE hash = '{last}'"
        );
        let gone = "DELETE FROM audit_head WHERE chain IN \
                    (SELECT chain FROM audit_entry WHERE partner_id IS NOT NULL); \
                    DELETE FROM audit_entry WHERE partner_id IS NOT NULL";
        for sql in [&shorter, gone] {
            portal.force(sql).await;
            assert_eq!(walk(&portal, &[]).await.1, [""; 0]);
            let (_, faults) = walk(&portal, &heads).await;
            assert_eq!(faults.len(), 1, "{sql} on {}", portal.name());
            portal.force(UNDO).await;
        }
        portal.force(DONE).await;
    }
}

#[tokio::test]
async fn what_has_to_be_forgotten_can_be_and_the_chain_holds() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        portal.team(&paula, "Bergwind").await;
        let heads = trail::heads(portal.app.db.reader()).await.unwrap();
        portal
            .force(
                "UPDATE audit_entry SET actor_id = NULL, address = '', change = '{}', salt = NULL \
                 WHERE partner_id IS NULL",
            )
            .await;
        let (report, faults) = walk(&portal, &heads).await;
        assert_eq!(faults, [""; 0]);
        let vendor = hashes(&portal, "NULL").await.len() as u64;
        assert!(vendor > 2 && report.forgotten == vendor, "{report:?}");
        // What is left of the line is still held by its hash.
        portal
            .force("UPDATE audit_entry SET action = 'Other' WHERE partner_id IS NULL AND seq = 2")
            .await;
        assert_eq!(walk(&portal, &heads).await.1.len(), 1);
    }
}

#[tokio::test]
async fn a_refused_unit_of_work_leaves_no_line() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::Admin]).await;
        let (before, _) = walk(&portal, &[]).await;
        paula
            .refused(
                "mutation { staffInvite(input: { email: \"no\", name: \"\", roles: [] }) {
                    userErrors { code field } } }",
                json!({}),
            )
            .await;
        let (after, faults) = walk(&portal, &[]).await;
        assert_eq!((after, faults.len()), (before, 0));
    }
}

const APPLY: &str = "mutation($company: CompanyInput!, $email: String!) { partnerApply(input: {
    company: $company, contactEmail: $email, termsVersion: \"1\", acceptsTerms: true
}) { userErrors { code message } } }";

/// Eight at once, each some companies in a row: all of them are lines of the vendor's chain.
async fn crowd(portal: &Portal, each: usize) {
    let writers = (0..8).map(|writer| async move {
        for number in 0..each {
            let brand = format!("Company{writer}x{number}");
            let email = format!("anna@{}.example", brand.to_lowercase());
            let op = portal.app.op_from(Actor::Anonymous, Origin::default());
            let input = json!({ "company": company(&brand), "email": email });
            let done = answer(&portal.app, op, APPLY, input).await;
            assert_eq!(
                done["data"]["partnerApply"]["userErrors"],
                json!([]),
                "{done:#}"
            );
        }
    });
    join_all(writers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_at_once_never_fork_a_chain() {
    for portal in Portal::each().await {
        crowd(&portal, 30).await;
        let (report, faults) = walk(&portal, &[]).await;
        assert_eq!(faults, [""; 0], "on {}", portal.name());
        assert_eq!((report.chains, report.lines), (1, 240));
        portal.keep_promises().await;
    }
}

/// The statements of the manual by which a role is made that cannot rewrite the past.
fn grants(role: &str) -> String {
    let manual = include_str!("../../docs/operating.md");
    let blocks = manual.split("```sql\n").skip(1);
    let mut blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let block = blocks.find(|block| block.contains("REVOKE")).unwrap();
    block.replace("entente_serving", role)
}

async fn tried(url: &str, sql: &str) -> Result<(), String> {
    let connection = Database::connect(url).await.unwrap();
    let done = connection.execute_unprepared(sql).await;
    connection.close().await.unwrap();
    done.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_role_that_serves_cannot_rewrite_the_past() {
    for mut portal in Portal::each().await {
        // SQLite has no roles.
        if !portal.app.db.is_postgres() {
            continue;
        }
        let role = format!("serving_{}", getrandom::u64().unwrap());
        portal.force(&format!("CREATE ROLE {role} LOGIN")).await;
        portal.force(&grants(&role)).await;
        let mut url: url::Url = portal.url().parse().unwrap();
        url.set_username(&role).unwrap();
        let mut config = entente::config::Config::clone(&portal.app.config);
        config.database.url = Some(url.clone());
        let db = Db::open(&config.database, &config.data).await.unwrap();
        portal.app = App::over(db, config, portal.app.clock.clone()).unwrap();
        let who = rows::column(&portal.app.db, "SELECT current_user::text").await;
        assert_eq!(who, [role]);

        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        portal.team(&paula, "Bergwind").await;
        for sql in [
            "UPDATE audit_entry SET action = 'Other'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "DELETE FROM audit_head",
            "UPDATE fact SET kind = 'other'",
            "DELETE FROM fact",
            "TRUNCATE fact",
            "DELETE FROM seaql_migrations",
            "ALTER TABLE audit_entry DROP COLUMN hash",
        ] {
            let said = tried(url.as_str(), sql).await.unwrap_err();
            let denied = said.contains("permission denied") || said.contains("must be owner");
            assert!(denied, "{sql}: {said}");
        }
        let (report, faults) = walk(&portal, &[]).await;
        assert_eq!(faults, [""; 0]);
        assert!(report.lines > 20);
    }
}

/// Runs the program on a data folder of its own.
fn entente(data: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(args)
        .current_dir(data)
        .env_remove("ENTENTE_DATABASE_URL")
        .env("ENTENTE_PORTAL_NAME", "Lumen Partners")
        .arg("--data")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_command_line_walks_the_trail_and_ends_with_1_where_it_does_not_hold() {
    let data = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = entente(data.path(), args, "");
        let out = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), out, err)
    };
    let admin = [
        "admin",
        "create",
        "--email",
        "ada@lumen.example",
        "--name",
        "Ada",
    ];
    let made = entente(data.path(), &admin, "copper lantern sings twice\n");
    assert!(made.status.success(), "{made:?}");

    let (code, heads, _) = run(&["audit", "heads"]);
    assert_eq!(code, Some(0));
    let parsed: Value = serde_json::from_str(&heads).unwrap();
    let vendor = &parsed["heads"][0];
    assert_eq!(
        (&vendor["chain"], &vendor["length"]),
        (&json!("vendor"), &json!(2))
    );
    let file = data.path().join("heads.json");
    std::fs::write(&file, &heads).unwrap();
    let file = file.to_str().unwrap();

    let (code, out, _) = run(&["audit", "verify", "--heads", file]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains(&format!("vendor 2 {}", vendor["hash"].as_str().unwrap())));
    assert!(out.contains("2 lines in 1 chains"), "{out}");

    let url = format!("sqlite://{}", data.path().join("entente.db").display());
    tried(
        &url,
        "UPDATE audit_entry SET action = 'Other' WHERE seq = 1",
    )
    .await
    .unwrap();
    let (code, out, err) = run(&["audit", "verify"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("FAULT: chain vendor, line 1"), "{out}");
    assert!(err.contains("1 fault(s)"), "{err}");
}
