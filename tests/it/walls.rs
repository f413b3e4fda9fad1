//! The second wall: on PostgreSQL a statement that forgets to ask whose rows they are meets none
//! but the asker's, and adds none for others.

use std::collections::BTreeSet;

use entente::auth::{Actor, Permission, Scope};
use entente::error::Result;
use entente::op::{Op, Origin};
use entente::reads::partner::Partner;
use entente::search::{self, Entry, Readers, Text};
use entente::shape::key_of;
use entity::search_shelf::SearchKind;
use entity::staff_role::VendorRole;
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rows::{self, Row};
use crate::support::team::Team;
use crate::support::{Portal, Someone};

/// How a table stands to the wall.
enum Wall {
    /// Rows are met by their owner, which this column names, and by the portal.
    Walled(&'static str),
    /// By everybody; why.
    Open(&'static str),
    /// Everybody meets them, and their owner, which this column names, and the portal write them.
    Shown(&'static str),
}

use Wall::{Open, Shown, Walled};

const PERSONS: &str = "a person's, who may have seats in several partners and be asked for by none";
const PORTALS: &str = "the portal's own; clients read it as administrators only, or not at all";
const PLANS: &str = "the vendor's plans are no partner's";
const COURSES: &str = "the vendor's courses are no partner's";
const PLAYBOOKS: &str = "the vendor's playbooks are no partner's";
const LIBRARY: &str = "the vendor's library is no partner's";
const LEARNERS: &str = "a person's, who keeps it wherever they have seats, and met by their administrators too: \
     `assigned_for` says who asked for it, not whose it is";

const FILES: &str = "of files, whose own rows are walled";

const PROGRAMS: &str = "the vendor's programs are no partner's";

const WORDS: &str = "words are met by the keys of shelves alone, and those are walled";

/// Every table. A new one needs a line here; a partner's also needs `wall` in its migration.
const TABLES: [(&str, Wall); 77] = [
    ("appeal", Walled("partner_id")),
    ("application", Walled("id")),
    ("asset", Open(LIBRARY)),
    ("asset_co_branding", Walled("partner_id")),
    ("asset_collection", Open(LIBRARY)),
    ("asset_collection_item", Open(LIBRARY)),
    ("asset_download", Walled("partner_id")),
    ("asset_version", Open(LIBRARY)),
    ("audit_entry", Walled("partner_id")),
    ("audit_head", Walled("chain")),
    ("case_study", Walled("partner_id")),
    ("case_study_consent", Walled("partner_id")),
    ("case_study_contributor", Walled("partner_id")),
    ("certificate", Open(LEARNERS)),
    ("certificate_correction", Open(PERSONS)),
    ("certification", Open(COURSES)),
    ("certification_evidence", Open(PERSONS)),
    ("challenge", Open(PERSONS)),
    ("course", Open(COURSES)),
    ("course_file", Open(COURSES)),
    ("course_module", Open(COURSES)),
    ("course_path", Open(COURSES)),
    ("course_version", Open(COURSES)),
    ("enrollment", Open(LEARNERS)),
    ("evaluation", Walled("partner_id")),
    // What happened to a person alone is met by them and by those whose member they are.
    ("fact", Walled("partner_id")),
    ("factor", Open(PERSONS)),
    // What is published of it others read: a policy of its own, which the story of notes tries.
    ("field_note", Walled("partner_id")),
    ("field_note_change", Walled("partner_id")),
    ("field_note_endorsement", Open(PERSONS)),
    ("file", Walled("partner_id")),
    ("file_inbox", Open(FILES)),
    ("file_use", Open(FILES)),
    ("invitation", Walled("partner_id")),
    ("learning_path", Open(COURSES)),
    ("learning_path_course", Open(COURSES)),
    ("lesson", Open(COURSES)),
    ("lesson_progress", Open(PERSONS)),
    ("letter_preference", Open(PERSONS)),
    ("link", Open("found by the hash of a secret alone")),
    ("membership", Walled("partner_id")),
    ("notification", Walled("partner_id")),
    ("onboarding", Walled("partner_id")),
    ("onboarding_plan", Open(PLANS)),
    ("onboarding_step", Walled("partner_id")),
    ("outbox_message", Open(PORTALS)),
    ("partner", Walled("id")),
    ("person", Open(PERSONS)),
    ("plan_step", Open(PLANS)),
    ("plan_version", Open(PLANS)),
    ("playbook", Open(PLAYBOOKS)),
    ("playbook_acknowledgement", Walled("partner_id")),
    ("playbook_section", Open(PLAYBOOKS)),
    ("playbook_version", Open(PLAYBOOKS)),
    ("program", Open(PROGRAMS)),
    ("program_notice", Walled("partner_id")),
    ("program_review", Open(PROGRAMS)),
    ("program_version", Open(PROGRAMS)),
    ("quiz_attempt", Open(PERSONS)),
    ("recognition", Shown("partner_id")),
    ("recovery_code", Open(PERSONS)),
    ("refresh_token", Open(PERSONS)),
    ("replay", Open(PORTALS)),
    ("seaql_migrations", Open(PORTALS)),
    ("search_entry", Walled("partner_id")),
    ("search_number", Open(WORDS)),
    ("search_shelf", Walled("partner_id")),
    ("search_word", Open(WORDS)),
    ("session", Open(PERSONS)),
    ("staff_role", Open(PERSONS)),
    ("standing", Walled("partner_id")),
    ("standing_move", Walled("partner_id")),
    ("standing_override", Walled("partner_id")),
    ("status_list", Open(PORTALS)),
    ("suppression", Open(PORTALS)),
    ("throttle", Open(PORTALS)),
    ("verdict", Walled("partner_id")),
];

/// The walled tables, and the column that names the owner.
fn walled() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.iter().filter_map(|(table, wall)| match wall {
        Walled(column) => Some((*table, *column)),
        Open(_) | Shown(_) => None,
    })
}

/// Portals on PostgreSQL: SQLite has no such wall.
async fn on_postgres() -> Vec<Portal> {
    let portals = Portal::each().await;
    let is_postgres = |portal: &Portal| portal.app.db.is_postgres();
    portals.into_iter().filter(is_postgres).collect()
}

#[tokio::test]
async fn every_table_is_walled_or_says_why_not() {
    for portal in on_postgres().await {
        let db = &portal.app.db;
        let with = |condition: &str| {
            format!(
                "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') \
                 AND relnamespace = 'public'::regnamespace AND {condition} ORDER BY 1"
            )
        };
        let names: Vec<_> = TABLES.iter().map(|(table, _)| *table).collect();
        assert_eq!(rows::column(db, &with("TRUE")).await, names);
        let found = rows::column(db, &with("relrowsecurity AND relforcerowsecurity")).await;
        let said = TABLES.iter().filter(|(_, wall)| !matches!(wall, Open(_)));
        let said: Vec<_> = said.map(|(table, _)| *table).collect();
        assert_eq!(found, said);
        for (table, wall) in &TABLES {
            if let Open(why) = wall {
                let with_partner = format!(
                    "SELECT column_name::text FROM information_schema.columns \
                     WHERE table_name = '{table}' AND column_name = 'partner_id'"
                );
                assert!(
                    rows::column(db, &with_partner).await.is_empty(),
                    "{table}: {why}"
                );
            }
        }
    }
}

/// What a statement without any condition meets in a unit of work of theirs.
async fn met(op: &Op, table: &str) -> Vec<String> {
    let sql = format!("SELECT to_jsonb(t)::text FROM {table} t");
    op.unit(sql, |tx, sql| {
        Box::pin(async move {
            let db = tx.reader();
            let statement = Statement::from_string(db.get_database_backend(), sql.as_str());
            let rows = db.query_all_raw(statement).await?;
            Ok(rows
                .iter()
                .map(|row| row.try_get_by_index(0))
                .collect::<std::result::Result<_, _>>()?)
        })
    })
    .await
    .unwrap()
}

/// Writes, past permits and steps.
async fn written(op: &Op, sql: String) -> Result<u64> {
    op.unit(sql, |tx, sql| {
        Box::pin(async move { Ok(tx.reader().execute_unprepared(sql).await?.rows_affected()) })
    })
    .await
}

struct Two<'p> {
    ours: Team<'p>,
    theirs: Team<'p>,
    rows: Vec<Row>,
}

/// Puts something of the team's own into the search.
async fn find_own(portal: &Portal, team: &Team<'_>) {
    let partner = key_of::<Partner>(&team.partner.clone().into()).unwrap();
    let system = portal.app.op(Actor::System);
    let put = system.unit(partner, |tx, partner| {
        Box::pin(async move {
            let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
            let entry = Entry {
                kind: SearchKind::Course,
                id: permit.new_id(),
                version: 1,
                readers: Readers::Partner((*partner).into()),
                tags: Vec::new(),
                names: Vec::new(),
                texts: vec![Text {
                    locale: "en".to_owned(),
                    title: format!("Of {partner}"),
                    summary: String::new(),
                    passages: Vec::new(),
                }],
            };
            search::put(&permit, &entry).await
        })
    });
    put.await.unwrap();
}

/// Whether a row is everybody's to read: its owner is all zeros or, of a file, no partner, and of a
/// field note it is published. The vendor's files are told of by what they are attached to.
fn is_everybodys(table: &str, owner: &Value, state: Option<&Value>) -> bool {
    *owner == Uuid::nil().to_string()
        || (table == "file" && owner.is_null())
        || (table == "field_note" && state.is_some_and(|it| it == "PUBLISHED"))
}

impl<'p> Two<'p> {
    async fn new(portal: &'p Portal) -> Self {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let theirs = portal.team(&paula, "Quarzwerk").await;
        portal.keep_promises().await;
        let teams = [(&ours, "Bergwind"), (&theirs, "Quarzwerk")];
        portal.measured(&paula, teams).await;
        portal.keep_promises().await;
        for team in [&ours, &theirs] {
            find_own(portal, team).await;
        }
        let rows = rows::all(&portal.app.db).await;
        Self { ours, theirs, rows }
    }

    /// The key in the id of the second partner.
    fn their_key(&self) -> String {
        let named = |row: &&Row| {
            row.table == "partner" && row.texts().iter().any(|text| text.contains("Quarzwerk"))
        };
        self.rows
            .iter()
            .find(named)
            .unwrap()
            .id()
            .unwrap()
            .to_string()
    }
}

#[tokio::test]
async fn a_query_that_forgets_whose_rows_they_are_meets_nobody_elses() {
    for portal in on_postgres().await {
        let two = Two::new(&portal).await;
        let (op, their_key) = (two.ours.member.op().await, two.their_key());
        for (table, owner) in walled() {
            let mut met = met(&op, table).await;
            let there: Vec<_> = two.rows.iter().filter(|row| row.table == table).collect();
            assert!(met.len() < there.len(), "{table}: {} rows", met.len());
            met.retain(|row| {
                let row: Value = serde_json::from_str(row).unwrap();
                !is_everybodys(table, &row[owner], row.get("state"))
            });
            let own = table != "application";
            assert_eq!(!met.is_empty(), own, "{table}");
            for row in met {
                assert!(
                    !row.contains(&their_key) && !row.contains("Quarzwerk"),
                    "{row}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_write_that_forgets_whose_rows_they_are_changes_and_adds_nobody_elses() {
    for portal in on_postgres().await {
        let two = Two::new(&portal).await;
        let (op, their_key) = (two.ours.admin.op().await, two.their_key());
        for (table, owner) in walled() {
            let mut met = met(&op, table).await;
            // What happened to a person alone is read by them and their partners, and not written.
            met.retain(|row| table != "fact" || !row.contains("\"partner_id\": null"));
            // What is published of others is read, and not written.
            met.retain(|row| table != "field_note" || !row.contains(&their_key));
            let own = met.len() as u64;
            let update = format!("UPDATE {table} SET {owner} = {owner}");
            assert_eq!(written(&op, update).await.unwrap(), own, "{table}");
            let theirs = two.rows.iter().find(|row| {
                let is_theirs = |key: &Value| key.as_str() == Some(&*their_key);
                row.table == table && (table == "application" || is_theirs(&row.columns[owner]))
            });
            let theirs = theirs.unwrap_or_else(|| panic!("no row of theirs in {table}"));
            let text = Value::Object(theirs.columns.clone()).to_string();
            let text = text.replace('\'', "''");
            let copy = format!(
                "INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, '{text}')"
            );
            let refused = written(&op, copy).await.unwrap_err();
            let said = format!("{refused:?}");
            assert!(said.contains("row-level security"), "{table}: {said}");
        }
        // What is shown to all is changed by its own alone.
        for (table, wall) in &TABLES {
            if let Shown(owner) = wall {
                let system = portal.app.op(Actor::System);
                let told = format!(
                    "INSERT INTO recognition SELECT gen_random_uuid(), partner_id, id, 'Quarzwerk', \
                     'P', 'T', 'G', now() FROM standing WHERE partner_id = '{their_key}' LIMIT 1"
                );
                assert_eq!(written(&system, told).await.unwrap(), 1);
                assert_eq!(met(&op, table).await.len(), 1, "{table}");
                let update = format!("UPDATE {table} SET {owner} = {owner}");
                assert_eq!(written(&op, update).await.unwrap(), 0, "{table}");
            }
        }
    }
}

#[tokio::test]
async fn who_is_told_of_nobody_meets_nothing() {
    for portal in on_postgres().await {
        let two = Two::new(&portal).await;
        let bare = Database::connect(portal.url()).await.unwrap();
        let anonymous = portal.app.op_from(Actor::Anonymous, Origin::default());
        for (table, owner) in walled() {
            // The vendor's chain is everybody's to lengthen, and what is no partner's to be found.
            let rows = two.rows.iter().filter(|row| row.table == table);
            let rows = rows
                .filter(|row| is_everybodys(table, &row.columns[owner], row.columns.get("state")));
            let everybodys = rows.count();
            let count = format!("SELECT 1 FROM {table}");
            let statement = Statement::from_string(bare.get_database_backend(), count);
            let found = bare.query_all_raw(statement).await.unwrap();
            assert_eq!(found.len(), everybodys, "{table}");
            assert_eq!(met(&anonymous, table).await.len(), everybodys, "{table}");
        }
        bare.close().await.unwrap();
    }
}

/// The legal names of these partners, by one statement and by several.
async fn names(who: &Someone<'_>, id: &str) -> Vec<serde_json::Value> {
    let mut found = Vec::new();
    for more in ["", "memberships { nodes { id } }"] {
        let query = format!(
            "query($id: ID!) {{ node(id: $id) {{ ... on Partner {{ legalName {more} }} }} }}"
        );
        let data = who.ask(&query, json!({ "id": id })).await;
        found.push(data["node"]["legalName"].clone());
    }
    found
}

#[tokio::test]
async fn what_clients_read_passes_the_wall() {
    for portal in on_postgres().await {
        let two = Two::new(&portal).await;
        let (ours, id) = (&two.ours.member, &two.ours.partner);
        let paula = portal.someone("paula@lumen.example");
        let seen = vec![json!("Bergwind GmbH"); 2];
        assert_eq!(names(ours, id).await, seen);
        // The shape goes on to let it through: only the wall is closed.
        portal
            .force("ALTER POLICY wall_partner ON partner USING (current_setting('entente.portal', true) = 'on')")
            .await;
        assert_eq!(names(ours, id).await, vec![json!(null); 2]);
        assert_eq!(names(&paula, id).await, seen);
        let theirs: BTreeSet<_> = names(ours, &two.theirs.partner)
            .await
            .into_iter()
            .map(|it| it.to_string())
            .collect();
        assert_eq!(theirs, BTreeSet::from(["null".to_owned()]));
    }
}
