//! 2,000 partners × 10 steps × 10 verdicts, 20,000 members, 200 reviewers; a team of 200 on thirty
//! courses of ten lessons each, half of them completed; and the 20,000 at the start of one course.

use entente::config;
use entente::db::Db;
use sqlx::{Connection, PgConnection};

use crate::Result;

/// Opens the database as the portal does.
pub(crate) async fn open(url: &str, readers: u32) -> Result<Db> {
    let config = config::Database {
        url: Some(url.parse()?),
        writers: readers,
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

/// Takes back what learners have completed, so that every round begins at the same rows.
pub(crate) async fn begin_anew(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(
        "DELETE FROM lesson_progress USING enrollment
           WHERE enrollment.id = enrollment_id AND assigned_for IS NULL;
         UPDATE enrollment SET state = 'ENROLLED', started_at = NULL, version = 1
           WHERE assigned_for IS NULL AND state <> 'ENROLLED';",
    )
    .execute(&mut connection)
    .await?;
    for table in ["lesson_progress", "enrollment", "fact"] {
        let vacuum = sqlx::AssertSqlSafe(format!("VACUUM ANALYZE {table}"));
        sqlx::query(vacuum).execute(&mut connection).await?;
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

INSERT INTO person SELECT pg_temp.id(1, n), 'p' || n || '@example.test', 'Learner ' || n, 'en',
  'Europe/Berlin', NULL, 'ACTIVE', 1, NULL, pg_temp.at(n), pg_temp.at(n), 1
  FROM generate_series(20201, 20400) n;
INSERT INTO application SELECT pg_temp.id(2, 2001), 'Team', 'team', 'https://team.example.test/',
  'team.example.test', country, kind, regions, time_zone, locale, contact_name,
  'team@example.test', why, terms_version, terms_accepted_at, state, email_confirmed_at,
  submitted_at, reviewer_id, decided_at, welcome_again_on, created_at, updated_at, version
  FROM application WHERE id = pg_temp.id(2, 1);
-- Older than the others, so that it is not on the first page of partners.
INSERT INTO partner SELECT pg_temp.id(3, 2001), pg_temp.id(2, 2001), 'Team', 'team',
  'https://team.example.test/', 'team.example.test', country, kind, region, time_zone, locale, state,
  owner_id, approved_at, activated_at, pg_temp.at(0), updated_at, version
  FROM partner WHERE id = pg_temp.id(3, 1);
INSERT INTO membership SELECT pg_temp.id(4, n), pg_temp.id(3, 2001), pg_temp.id(1, n),
  CASE WHEN n = 20201 THEN 'PARTNER_ADMIN' ELSE 'PARTNER_MEMBER' END, 'ACTIVE', pg_temp.at(n), NULL, 1
  FROM generate_series(20201, 20400) n;
INSERT INTO course SELECT pg_temp.id(11, n), 'course-' || n, 'Course number ' || n, '', 'en', '', '', '',
  NULL, 'PUBLISHED', pg_temp.at(n), 1 FROM generate_series(1, 30) n;
INSERT INTO course_version SELECT pg_temp.id(12, n), pg_temp.id(11, n), 1, 'PUBLISHED',
  'Course number ' || n, '', 'en', 100, '[]', NULL, false, 'slug: course', NULL, pg_temp.at(n),
  pg_temp.at(n), 1 FROM generate_series(1, 30) n;
INSERT INTO course_module SELECT pg_temp.id(13, n), pg_temp.id(12, n), 'all', 1, 'All of it'
  FROM generate_series(1, 30) n;
INSERT INTO lesson SELECT pg_temp.id(14, n), pg_temp.id(12, (n - 1) / 10 + 1),
  pg_temp.id(13, (n - 1) / 10 + 1), 'lesson-' || (n - 1) % 10 + 1, (n - 1) % 10 + 1,
  'Lesson number ' || n, 'TEXT', 10, repeat('Read this. ', 200), repeat('<p>Read this.</p>', 200), NULL,
  NULL, NULL, false FROM generate_series(1, 300) n;
INSERT INTO enrollment SELECT pg_temp.id(15, n), pg_temp.id(1, 20201 + (n - 1) / 30),
  pg_temp.id(11, (n - 1) % 30 + 1), pg_temp.id(12, (n - 1) % 30 + 1), 1, 'IN_PROGRESS', '[]', NULL,
  pg_temp.id(3, 2001), CASE WHEN n % 2 = 0 THEN date '2026-03-01' END,
  CASE WHEN n % 2 = 0 THEN timestamptz '2026-03-01T23:00:00Z' END, false, pg_temp.at(n), pg_temp.at(n),
  NULL, NULL, 1 FROM generate_series(1, 6000) n;
INSERT INTO lesson_progress SELECT pg_temp.id(16, n), pg_temp.id(15, (n - 1) / 5 + 1),
  pg_temp.id(14, (n - 1) / 5 % 30 * 10 + (n - 1) % 5 + 1), pg_temp.id(1, 20201 + (n - 1) / 150),
  pg_temp.at(n), pg_temp.at(n), pg_temp.at(n), 60 FROM generate_series(1, 30000) n;
INSERT INTO enrollment SELECT pg_temp.id(15, 100000 + n), pg_temp.id(1, n), pg_temp.id(11, 1),
  pg_temp.id(12, 1), 1, 'ENROLLED', '[]', NULL, NULL, NULL, NULL, false, pg_temp.at(n), NULL, NULL, NULL,
  1 FROM generate_series(1, 20000) n;
INSERT INTO certification SELECT pg_temp.id(17, n), 'certification-' || n, 'Certification ' || n, '',
  'en', '', '', '', '{\"courses\": []}', '{\"courses\": []}', 12, 90, pg_temp.at(n), NULL, 1
  FROM generate_series(1, 2) n;
INSERT INTO certificate SELECT pg_temp.id(18, n), pg_temp.id(17, (n - 1) % 2 + 1),
  pg_temp.id(1, 20201 + (n - 1) / 2), 1, false, pg_temp.at(n), NULL, 90, NULL, NULL, pg_temp.at(n),
  pg_temp.at(n), pg_temp.at(n) + interval '20 years', 'N-' || n, 'Learner', NULL, NULL, NULL, NULL, NULL,
  n, 1 FROM generate_series(1, 400) n;
ANALYZE;
";
