//! Measures a night's review: 5,000 partners with 1,000 facts each, looked at under one program, beside
//! reading the same facts with plain SQL.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use entente::auth::Actor;
use entente::auth::link::LinkKey;
use entente::config;
use entente::db::Db;
use entente::op::{Op, Origin};
use entente::program::announce::announce_document;
use entente::tier::{round, verify};
use entity::id::{ApplicationId, PartnerId, PersonId};
use entity::partner::{self, PartnerKind, PartnerState};
use entity::person::{self, PersonState};
use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait,
    IntoActiveModel, Statement,
};
use serde_json::Value;
use uuid::Uuid;

use crate::Result;
use crate::load::cpu;
use crate::program::payload;

/// How many partners are looked at.
const PARTNERS: u32 = 5_000;
/// How many facts each of them has.
const FACTS: u32 = 1_000;
/// The program that counts.
const PROGRAM: &str = "programs/odoo-v11.yaml";
const PERSON: PersonId = PersonId(Uuid::from_u128(7));

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()
}

pub(crate) fn run(url: Option<&str>) -> Result<()> {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    threads.block_on(measure(url))
}

async fn measure(url: Option<&str>) -> Result<()> {
    let folder = std::env::temp_dir().join("entente-bench-review");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let settings = config::Database {
        url: url.map(str::parse).transpose()?,
        writers: 2,
        readers: 2,
        acquire_timeout: 30,
    };
    let db = Db::open(&settings, &folder).await?;
    db.migrate().await?;
    let sqlite = format!("sqlite://{}", folder.join("entente.db").display());
    let mut options = ConnectOptions::new(url.map_or(sqlite, str::to_owned));
    options.max_connections(1).sqlx_logging(false);
    let raw = Database::connect(options).await?;
    let began = Instant::now();
    fill(&raw, db.is_postgres()).await?;
    println!(
        "{PARTNERS} partners with {FACTS} facts each, written in {:.0} s",
        began.elapsed().as_secs_f64()
    );
    let op = |days: i64| {
        let at = now() + TimeDelta::days(days);
        Op::new(
            db.clone(),
            LinkKey::from([7; 32]),
            Actor::System,
            at,
            Origin::default(),
        )
    };
    let yaml = std::fs::read_to_string(PROGRAM)?;
    announce_document(&op(0), yaml, String::new(), None)
        .await
        .map_err(|error| error.to_string())?;
    night("the first night, on which all enter", op(0)).await?;
    night("another night, on which nothing happened", op(1)).await?;
    let (began, before) = (Instant::now(), cpu(std::process::id())?);
    plain(&raw, db.is_postgres()).await?;
    let used = cpu(std::process::id())? - before;
    told("the same facts read with plain SQL", began, used);
    let began = Instant::now();
    let found = round::touched(&op(2).reader(), op(2).now(), 25)
        .await
        .map_err(|error| error.to_string())?;
    println!(
        "  {:<44} {:>8.1} ms wall  ({} found)",
        "whom something new touches",
        began.elapsed().as_secs_f64() * 1e3,
        found.len()
    );
    let (began, mut page) = (Instant::now(), verify::Verified::default());
    let mut count = 0;
    while count < 500 {
        page = verify::verify(&op(2).reader(), page.last)
            .await
            .map_err(|error| error.to_string())?;
        count += page.count;
        assert!(page.wrong.is_empty(), "{:?}", page.wrong);
        if page.last.is_none() {
            break;
        }
    }
    println!(
        "  {:<44} {:>8.1} s wall",
        format!("{count} evaluations computed anew"),
        began.elapsed().as_secs_f64()
    );
    raw.close().await?;
    db.close().await;
    Ok(())
}

async fn night(what: &str, op: Op) -> Result<()> {
    let (began, before) = (Instant::now(), cpu(std::process::id())?);
    let said = |error: entente::error::Error| error.to_string();
    for review in round::begin(&op).await.map_err(said)? {
        while !round::next(&op, review).await.map_err(said)?.is_over {}
    }
    told(what, began, cpu(std::process::id())? - before);
    Ok(())
}

fn told(what: &str, began: Instant, used: f64) {
    let wall = began.elapsed().as_secs_f64();
    println!(
        "  {what:<44} {wall:>8.1} s wall  {used:>8.1} s CPU  {:>6} MB at most",
        peak().unwrap_or_default()
    );
}

/// The most memory that this process ever held, in megabytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}

fn key(n: u32) -> PartnerId {
    PartnerId(Uuid::from_u128(1_000_000 + u128::from(n)))
}

async fn fill(raw: &DatabaseConnection, is_postgres: bool) -> Result<()> {
    raw.execute_unprepared(if is_postgres {
        "SET session_replication_role = replica; SET entente.portal = 'on'"
    } else {
        "PRAGMA foreign_keys = OFF"
    })
    .await?;
    person::Model {
        id: PERSON,
        email: "paula@vendor.example".to_owned(),
        name: "Paula".to_owned(),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
        password_hash: None,
        state: PersonState::Active,
        session_epoch: 1,
        email_confirmed_at: None,
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
    .into_active_model()
    .reset_all()
    .insert(raw)
    .await?;
    for n in (0..PARTNERS).step_by(500) {
        let rows = (n..n + 500).map(|n| partner_of(n).into_active_model().reset_all());
        partner::Entity::insert_many(rows)
            .exec_without_returning(raw)
            .await?;
    }
    for n in 0..FACTS {
        let (kind, detail) = payload(n);
        let at = now() - TimeDelta::minutes(i64::from(n) * 1_570);
        let id = Uuid::from_u128(u128::from(n) + 1);
        entity::fact::Model {
            id: id.into(),
            kind: kind.to_owned(),
            partner_id: Some(key(0)),
            person_id: None,
            subject_id: id,
            detail,
            occurred_at: at,
            recorded_at: at,
            recorded_by: None,
            corrects_id: None,
            source: None,
            external_id: None,
        }
        .into_active_model()
        .reset_all()
        .insert(raw)
        .await?;
    }
    // The others have the same facts, each of them its own.
    let random = if is_postgres {
        "gen_random_uuid()"
    } else {
        "randomblob(16)"
    };
    raw.execute_unprepared("BEGIN").await?;
    for n in 1..PARTNERS {
        if n % 100 == 0 {
            raw.execute_unprepared("COMMIT").await?;
            raw.execute_unprepared("BEGIN").await?;
        }
        let sql = format!(
            "INSERT INTO fact (id, kind, partner_id, subject_id, detail, occurred_at, recorded_at)
             SELECT {random}, kind, {}, subject_id, detail, occurred_at, recorded_at
             FROM fact WHERE partner_id = {}",
            literal(key(n).0, is_postgres),
            literal(key(0).0, is_postgres)
        );
        raw.execute_unprepared(&sql).await?;
    }
    raw.execute_unprepared("COMMIT").await?;
    raw.execute_unprepared("ANALYZE").await?;
    if !is_postgres {
        raw.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await?;
    }
    Ok(())
}

fn literal(key: Uuid, is_postgres: bool) -> String {
    if is_postgres {
        format!("'{key}'")
    } else {
        format!("x'{}'", key.simple())
    }
}

fn partner_of(n: u32) -> partner::Model {
    partner::Model {
        logo_id: None,
        hides_advancement: false,
        id: key(n),
        application_id: ApplicationId(Uuid::from_u128(2_000_000 + u128::from(n))),
        legal_name: format!("Partner {n}"),
        normalized_name: format!("partner {n}"),
        website: "https://partner.example/".to_owned(),
        domain: format!("partner{n}.example"),
        country: "DE".to_owned(),
        kind: PartnerKind::Reseller,
        region: "EMEA".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        locale: "de".to_owned(),
        state: PartnerState::Active,
        owner_id: PERSON,
        approved_at: now() - TimeDelta::days(900),
        activated_at: Some(now()),
        created_at: now(),
        updated_at: now(),
        version: 1,
        factor_required: false,
    }
}

/// Reads all facts, partner by partner, as a program would that does nothing with them.
async fn plain(raw: &DatabaseConnection, is_postgres: bool) -> Result<()> {
    for n in 0..PARTNERS {
        let sql = format!(
            "SELECT kind, occurred_at, detail FROM fact WHERE partner_id = {} ORDER BY occurred_at",
            literal(key(n).0, is_postgres)
        );
        let rows = raw
            .query_all_raw(Statement::from_string(raw.get_database_backend(), sql))
            .await?;
        for row in rows {
            std::hint::black_box(row.try_get::<Value>("", "detail")?);
        }
    }
    Ok(())
}
