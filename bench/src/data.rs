//! 2,000 partners × 10 steps × 10 verdicts, 20,000 members, 200 reviewers.

use entente::config;
use entente::db::Db;
use sqlx::{Connection, PgConnection};

use crate::Result;

/// Opens the database as the portal does.
pub(crate) async fn open(url: &str, readers: u32) -> Result<Db> {
    let config = config::Database {
        url: Some(url.parse()?),
        writers: 1,
        readers,
        acquire_timeout: 10,
    };
    Ok(Db::open(&config, &std::env::temp_dir()).await?)
}

/// Migrates and fills the database, once.
pub(crate) async fn fill(url: &str) -> Result<()> {
    let db = open(url, 1).await?;
    db.migrate().await?;
    db.close().await;
    let mut connection = PgConnection::connect(url).await?;
    let partners: i64 = sqlx::query_scalar("SELECT count(*) FROM partner")
        .fetch_one(&mut connection)
        .await?;
    if partners == 0 {
        println!("filling the database …");
        sqlx::raw_sql(SQL).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Ids count within their table and begin with its number.
const SQL: &str = "
CREATE FUNCTION pg_temp.id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  $$ SELECT (lpad(to_hex(kind), 8, '0') || '0000700080' || lpad(to_hex(n), 14, '0'))::uuid $$;
CREATE FUNCTION pg_temp.at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
  $$ SELECT '2026-01-01T00:00:00.123456Z'::timestamptz + n * interval '61 seconds' $$;

INSERT INTO person SELECT pg_temp.id(1, n), 'p' || n || '@example.test', 'Person ' || n, 'en',
  'Europe/Berlin', NULL, 'ACTIVE', 1, NULL, pg_temp.at(n), pg_temp.at(n), 1
  FROM generate_series(1, 20200) n;
INSERT INTO application SELECT pg_temp.id(2, n), 'Company ' || n, 'company ' || n,
  'https://c' || n || '.example.test/', 'c' || n || '.example.test', 'DE', 'RESELLER', '[]',
  'Europe/Berlin', 'en', 'Contact', 'c' || n || '@example.test', 'Why not', '1', pg_temp.at(n),
  'APPROVED', pg_temp.at(n), pg_temp.at(n), NULL, pg_temp.at(n), NULL, pg_temp.at(n), pg_temp.at(n), 1
  FROM generate_series(1, 2000) n;
INSERT INTO partner SELECT pg_temp.id(3, n), pg_temp.id(2, n), 'Company ' || n, 'company ' || n,
  'https://c' || n || '.example.test/', 'c' || n || '.example.test', 'DE', 'RESELLER', 'EMEA',
  'Europe/Berlin', 'en', 'ONBOARDING', pg_temp.id(1, 20001 + n % 200), pg_temp.at(n), NULL,
  pg_temp.at(n), pg_temp.at(n), 1 FROM generate_series(1, 2000) n;
INSERT INTO membership SELECT pg_temp.id(4, n), pg_temp.id(3, (n - 1) / 10 + 1), pg_temp.id(1, n),
  'PARTNER_MEMBER', 'ACTIVE', pg_temp.at(n), NULL, 1 FROM generate_series(1, 20000) n;
INSERT INTO onboarding_plan VALUES (pg_temp.id(5, 1), 'standard', 'Standard', pg_temp.at(1));
INSERT INTO plan_version VALUES (pg_temp.id(6, 1), pg_temp.id(5, 1), 1, 'PUBLISHED', 'en', '[]', '[]',
  '', NULL, pg_temp.at(1), pg_temp.at(1), 1);
INSERT INTO plan_step SELECT pg_temp.id(7, n), pg_temp.id(6, 1), 'step-' || n, n, 'Step ' || n, 'Do it.',
  'PARTNER', '{\"kind\": \"MANUAL_SIGN_OFF\"}', '{\"questions\": []}', '[]', true, 7 * n::int
  FROM generate_series(1, 10) n;
INSERT INTO onboarding SELECT pg_temp.id(8, n), pg_temp.id(3, n), pg_temp.id(6, 1), pg_temp.at(n), NULL
  FROM generate_series(1, 2000) n;
INSERT INTO onboarding_step SELECT pg_temp.id(9, n), pg_temp.id(3, (n - 1) / 10 + 1),
  pg_temp.id(8, (n - 1) / 10 + 1), pg_temp.id(7, (n - 1) % 10 + 1), 'step-' || (n - 1) % 10 + 1,
  (n - 1) % 10 + 1, 'Send in the form number ' || n, 'Do it.', 'PARTNER',
  '{\"kind\": \"MANUAL_SIGN_OFF\"}', '{\"questions\": []}', '[]', true, 'OPEN', pg_temp.at(n), '2026-03-01', pg_temp.at(n),
  NULL, NULL, NULL, '{}', '', pg_temp.at(n), 1 FROM generate_series(1, 20000) n;
INSERT INTO verdict SELECT pg_temp.id(10, n), pg_temp.id(3, (n - 1) / 100 + 1), 'ONBOARDING_STEP',
  pg_temp.id(9, (n - 1) / 10 + 1), (n - 1) % 10 + 1, 'RETURNED', 'The form number ' || n || ' is empty.',
  '[]', pg_temp.id(1, 20001 + n % 200), pg_temp.at(n) FROM generate_series(1, 200000) n;
ANALYZE;
";
