//! Measures what it costs to say where a partner with 10,000 facts stands, beside reading the same
//! facts with plain SQL: CPU of this process, one after the other.

use chrono::{DateTime, TimeDelta, Utc};
use entente::program::evaluate::{Profile, evaluate};
use entente::program::outlook::Outlook;
use entente::program::record::Fact;
use entente::program::rules::Rules;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Result;
use crate::load::cpu;

/// How many facts the partner has.
const FACTS: u32 = 10_000;
/// How often each is measured.
const TIMES: u32 = 100;

/// The programs that are applied.
const PROGRAMS: [&str; 3] = ["odoo-v11", "hubspot", "aws-services-path"];
/// One that asks for days of half a year.
const BY_DAYS: &str = "microsoft-azure-infrastructure";
/// One that asks whom measures count.
const BY_WHOM: &str = r"
slug: by-whom
name: By whom
locale: en
metrics:
  customers: {measure: {of: customers, distinct: customer}}
  smb: {measure: {of: consumption, distinct: customer, where: {segment: SMB}, during: {trailing: 1 month}}}
  enterprise: {measure: {of: consumption, distinct: customer, where: {segment: ENTERPRISE}, during: {trailing: 3 months}}}
  earlier: {measure: {of: consumption, distinct: customer, during: {trailing: 1 month, back: 3 months}}}
  buyers: {measure: {of: deals, distinct: customer, currency: EUR, during: {trailing: 1 year},
    having: {sum: amount, atLeast: 20000}}}
  grown: {counted: {byEach: [smb, enterprise], byNone: [earlier]}}
  served: {counted: {byAny: [customers, smb, enterprise, buyers]}}
  references: {seats: [{of: smb, count: 20}, {of: enterprise, count: 20}, {of: buyers, count: 10}]}
exchange: {currency: EUR, rates: {USD: 9/10}}
tracks:
  - key: main
    name: Main
    tiers:
      - {key: silver, name: Silver, requires: [{metric: grown, atLeast: 2}, {metric: served, atLeast: 100}]}
      - {key: gold, name: Gold, requires: [{metric: grown, atLeast: 9}, {metric: served, atLeast: 900}, {metric: references, atLeast: 50}]}
";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()
}

/// A partner's facts over three years, of all kinds that the programs read.
fn facts() -> Vec<Fact> {
    (0..FACTS)
        .map(|n| {
            let (kind, detail) = payload(n);
            let occurred_at = now() - TimeDelta::minutes(i64::from(n) * 157);
            let id = Uuid::from_u128(u128::from(n) + 1);
            Fact {
                id,
                kind: kind.to_owned(),
                person: None,
                subject: id,
                detail,
                occurred_at,
                recorded_at: occurred_at,
                corrects: None,
            }
        })
        .collect()
}

/// A fact of a kind that programs read: every tenth is of the same kind.
pub(crate) fn payload(n: u32) -> (&'static str, Value) {
    let customer = format!("customer-{}", n % 300);
    let amount = format!("{}.{:02}", 100 + n % 5000, n % 100);
    let third = n as usize / 10 % 3;
    let motion = ["SOURCED", "ASSISTED", "MANAGED"][third];
    let certification = ["azure-administrator", "odoo-16", "hubspot-partner"][third];
    match n % 10 {
        0..=3 => (
            "consumption.reported",
            json!({ "customer": customer, "product": format!("product-{}", n % 40), "amount": amount,
                "currency": "USD", "segment": if n.is_multiple_of(7) { "ENTERPRISE" } else { "SMB" } }),
        ),
        4 | 5 => (
            "deal.won",
            json!({ "deal": format!("deal-{n}"), "customer": customer, "amount": amount, "currency": "EUR",
                "motion": motion }),
        ),
        6 => (
            "users.changed",
            json!({ "customer": customer, "change": "NEW", "users": n % 50 }),
        ),
        7 => (
            "customer.acquired",
            json!({ "customer": format!("customer-{n}") }),
        ),
        8 => (
            "certificate.reported",
            json!({ "holder": format!("holder-{}", n % 400), "level": "associate",
                "certification": certification }),
        ),
        _ => (
            "opportunity.launched",
            json!({ "opportunity": format!("opportunity-{n}"), "amount": amount, "currency": "USD" }),
        ),
    }
}

pub(crate) fn run() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let facts = facts();
        let plain = plain(&facts).await?;
        println!("{FACTS} facts of one partner, CPU for each time:");
        println!(
            "  {:<44} {:>8.2} ms",
            "read with plain SQL (SQLite)",
            plain * 1e3
        );
        for name in PROGRAMS {
            let yaml = std::fs::read_to_string(format!("programs/{name}.yaml"))?;
            let rules = Rules::from_yaml(&yaml).map_err(|error| error.to_string())?;
            let profile = Profile::new();
            let whole = each(TIMES, || {
                std::hint::black_box(evaluate(&rules, &facts, &profile, now(), now()));
            })?;
            let ahead = each(TIMES, || {
                let outlook = Outlook::new(&rules, &facts, &profile, now(), now());
                let until = (now() + TimeDelta::days(92)).date_naive();
                std::hint::black_box(outlook.turns(until));
            })?;
            let ratio = whole / plain;
            println!(
                "  {name:<44} {:>8.2} ms  {ratio:>5.2} x plain SQL",
                whole * 1e3
            );
            println!(
                "  {:<44} {:>8.2} ms",
                format!("{name}, what comes in a quarter"),
                ahead * 1e3
            );
        }
        let by_days = std::fs::read_to_string(format!("programs/{BY_DAYS}.yaml"))?;
        for (name, yaml) in [
            (BY_DAYS, by_days.as_str()),
            ("whom measures count", BY_WHOM),
        ] {
            let rules = Rules::from_yaml(yaml).map_err(|error| error.to_string())?;
            let took = each(TIMES, || {
                std::hint::black_box(evaluate(&rules, &facts, &Profile::new(), now(), now()));
            })?;
            println!("  {name:<44} {:>8.2} ms", took * 1e3);
            let profile = Profile::new();
            let next = each(TIMES, || {
                let outlook = Outlook::new(&rules, &facts, &profile, now(), now());
                for track in &rules.document.tracks {
                    std::hint::black_box(outlook.next(&track.key));
                }
            })?;
            let name = format!("{name}, what is missing");
            println!("  {name:<44} {:>8.2} ms", next * 1e3);
        }
        Ok(())
    })
}

/// CPU of one time, of many, in seconds.
fn each(times: u32, mut work: impl FnMut()) -> Result<f64> {
    let me = std::process::id();
    work();
    let before = cpu(me)?;
    for _ in 0..times {
        work();
    }
    Ok((cpu(me)? - before) / f64::from(times))
}

/// Reads them as a program would that does nothing with them but to read their payloads.
async fn plain(facts: &[Fact]) -> Result<f64> {
    let folder = std::env::temp_dir().join("entente-bench-program");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("facts.db");
    let _ = std::fs::remove_file(&file);
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let table = "CREATE TABLE fact (id BLOB PRIMARY KEY, partner BLOB, kind TEXT, occurred_at TEXT, detail TEXT)";
    db.execute_unprepared(table).await?;
    db.execute_unprepared("BEGIN").await?;
    for fact in facts {
        let sql = "INSERT INTO fact VALUES (?, x'09', ?, ?, ?)";
        let values = [
            fact.id.into(),
            fact.kind.clone().into(),
            fact.occurred_at.to_rfc3339().into(),
            fact.detail.to_string().into(),
        ];
        db.execute_raw(Statement::from_sql_and_values(
            db.get_database_backend(),
            sql,
            values,
        ))
        .await?;
    }
    db.execute_unprepared("COMMIT").await?;
    let me = std::process::id();
    read(&db).await?;
    let before = cpu(me)?;
    for _ in 0..TIMES {
        read(&db).await?;
    }
    Ok((cpu(me)? - before) / f64::from(TIMES))
}

async fn read(db: &DatabaseConnection) -> Result<()> {
    let sql =
        "SELECT kind, occurred_at, detail FROM fact WHERE partner = x'09' ORDER BY occurred_at";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    for row in rows {
        let detail: String = row.try_get("", "detail")?;
        std::hint::black_box(serde_json::from_str::<Value>(&detail)?);
    }
    Ok(())
}
