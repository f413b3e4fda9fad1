//! Measures what a search costs over 20,000 documents of many audiences in two languages, on either
//! database, beside `LIKE '%…%'` over the same texts and under the same rules: CPU of this process
//! and of PostgreSQL's backends for each query, one after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entente::audience::Audience;
use entente::auth::link::LinkKey;
use entente::auth::{Actor, Assurance, Permission, Scope, SignedIn};
use entente::config;
use entente::db::Db;
use entente::op::{Op, Origin};
use entente::search::{self, Entry, Passage, Readers, Search, Suggest, Text};
use entity::course::{self, CourseState};
use entity::id::{ApplicationId, CourseId, PartnerId, PersonId, SessionId};
use entity::membership::MemberRole;
use entity::partner::{self, PartnerKind, PartnerState};
use entity::search_shelf::SearchKind;
use entity::staff_role::VendorRole;
use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, EntityTrait, IntoActiveModel,
    PaginatorTrait, Statement,
};
use uuid::Uuid;

use crate::Result;
use crate::load::cpu;

/// How many documents there are, and how many words each has.
const DOCUMENTS: usize = 20_000;
const WORDS: usize = 150;
/// How many words there are to be taken.
const VOCABULARY: usize = 8_000;
/// Documents that one unit of work puts.
const BATCH: usize = 100;
/// How often each query is asked.
const TIMES: u32 = 40;

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.0 >> 33
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next()).unwrap_or_default() % n
    }

    /// A word of the vocabulary, by Zipf's law: the hundredth is a hundredth as frequent as the first.
    fn word(&mut self) -> String {
        let even = (self.next() % 1_000_000) as f64 / 1e6;
        let rank = (VOCABULARY as f64).powf(even) as usize;
        word(rank)
    }
}

/// The word of that rank: syllables by its digits.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ka", "ver", "lun", "mo", "tig", "sel", "ra", "pol", "hin", "be", "dor", "fam", "gu",
        "wes", "zim", "na", "cor", "tel", "ju", "ost",
    ];
    let mut word = String::new();
    let mut rest = rank + 400;
    while rest > 0 {
        word.push_str(SYLLABLES[rest % 20]);
        rest /= 20;
    }
    word
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()
}

fn op(db: &Db, actor: Actor) -> Op {
    Op::new(
        db.clone(),
        LinkKey::from([0; 32]),
        actor,
        now(),
        Origin::default(),
    )
}

fn signed_in(roles: Vec<VendorRole>, seats: Vec<(PartnerId, MemberRole)>) -> Actor {
    Actor::Person(Arc::new(SignedIn {
        id: PersonId(Uuid::from_u128(7)),
        session: SessionId(Uuid::from_u128(8)),
        roles,
        seats,
        assurance: Assurance::Recent,
    }))
}

/// The partner of the member who asks.
const PARTNER: PartnerId = PartnerId(Uuid::from_u128(9));

pub(crate) fn run(postgres: Option<&str>) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        // Who shows what is found is known once the schema is there.
        let _ = entente::graphql::schema();
        let folder = std::env::temp_dir().join("entente-bench-search");
        std::fs::create_dir_all(&folder)?;
        measure("SQLite", None, &folder).await?;
        if let Some(url) = postgres {
            measure("PostgreSQL", Some(url), &folder).await?;
        }
        Ok(())
    })
}

async fn measure(name: &str, url: Option<&str>, folder: &std::path::Path) -> Result<()> {
    let config = config::Database {
        url: url.map(str::parse).transpose()?,
        writers: 1,
        readers: 1,
        acquire_timeout: 60,
    };
    let db = Db::open(&config, folder).await?;
    db.migrate().await?;
    let raw = url.map_or_else(
        || format!("sqlite://{}", folder.join("entente.db").display()),
        str::to_owned,
    );
    let mut options = ConnectOptions::new(raw);
    options.max_connections(1).sqlx_logging(false);
    let raw = Database::connect(options).await?;
    let unguarded = if url.is_some() {
        "SET session_replication_role = replica; SET entente.portal = 'on'"
    } else {
        "PRAGMA foreign_keys = OFF"
    };
    raw.execute_unprepared(unguarded).await?;
    if course::Entity::find().count(&raw).await? == 0 {
        fill(&db, &raw).await?;
        let settle = if url.is_some() {
            "VACUUM ANALYZE"
        } else {
            "ANALYZE"
        };
        raw.execute_unprepared(settle).await?;
    }
    let member = signed_in(Vec::new(), vec![(PARTNER, MemberRole::PartnerMember)]);
    let staff = signed_in(vec![VendorRole::Auditor], Vec::new());
    println!("\n{name}: {DOCUMENTS} documents");
    for (who, actor) in [("member", member), ("staff", staff)] {
        for (what, query) in queries() {
            let search = Search {
                query,
                first: 20,
                ..Search::default()
            };
            each(&db, who, what, || {
                find(op(&db, actor.clone()), search.clone())
            })
            .await?;
        }
        let common = Search {
            query: word(3),
            first: 20,
            ..Search::default()
        };
        let mut deep = common.clone();
        for _ in 0..50 {
            let found = search::find(&op(&db, actor.clone()), &deep).await?;
            deep.after = found.hits.last().map(|hit| hit.cursor.clone());
        }
        each(&db, who, "page 51 of the common word", || {
            find(op(&db, actor.clone()), deep.clone())
        })
        .await?;
        let tags = Search {
            with_tags: true,
            ..common
        };
        each(&db, who, "the common word, tags counted", || {
            find(op(&db, actor.clone()), tags.clone())
        })
        .await?;
        let typed = Suggest {
            prefix: word(3)[..3].to_owned(),
            first: 10,
            ..Suggest::default()
        };
        each(&db, who, "suggestions for three letters", || {
            let (op, typed) = (op(&db, actor.clone()), typed.clone());
            async move { Ok(search::suggest(&op, &typed).await?.len()) }
        })
        .await?;
    }
    for (what, text) in [("common", word(3)), ("rare", word(7_000))] {
        each(&db, "member", &format!("LIKE, the {what} word"), || {
            like(&db, text.clone())
        })
        .await?;
    }
    raw.close().await?;
    db.close().await;
    Ok(())
}

fn queries() -> [(&'static str, String); 8] {
    let slip = {
        let mut letters: Vec<char> = word(700).chars().collect();
        letters.swap(2, 3);
        letters.into_iter().collect()
    };
    [
        ("a rare word", word(7_000)),
        ("a middling word", word(300)),
        ("the common word", word(3)),
        ("two words", format!("{} {}", word(40), word(900))),
        (
            "three common words",
            format!("{} {} {}", word(2), word(5), word(9)),
        ),
        ("a slip", slip),
        ("a compound", format!("{}{}", word(60), word(90))),
        ("a word that nothing has", "xylophonist".to_owned()),
    ]
}

/// With what a front end shows of each.
async fn find(op: Op, search: Search) -> Result<usize> {
    let found = search::find(&op, &search).await?;
    for hit in &found.hits {
        std::hint::black_box((hit.marked_title(), hit.excerpt().await?));
    }
    Ok(found.hits.len())
}

/// What a portal without an index would do: look through all texts that the member may find.
async fn like(db: &Db, text: String) -> Result<usize> {
    let sql = "SELECT e.id, e.title FROM search_entry e JOIN search_shelf s ON s.id = e.shelf_id
        WHERE s.readers = 'AUDIENCE'
          AND (s.kinds = '' OR s.kinds LIKE '%|RESELLER|%')
          AND (s.regions = '' OR s.regions LIKE '%|EMEA|%')
          AND (LOWER(e.title) LIKE $1 OR LOWER(e.summary) LIKE $1 OR LOWER(CAST(e.passages AS TEXT)) LIKE $1)
        ORDER BY e.title LIMIT 20";
    let values = [format!("%{text}%").into()];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    Ok(db.reader().query_all_raw(statement).await?.len())
}

/// Asks many times, and tells what one time costs.
async fn each<F>(db: &Db, who: &str, what: &str, ask: impl Fn() -> F) -> Result<()>
where
    F: Future<Output = Result<usize>>,
{
    for _ in 0..5 {
        ask().await?;
    }
    let backends = backends(db).await?;
    let used = || -> Result<f64> {
        let mut sum = cpu(std::process::id())?;
        for backend in &backends {
            sum += cpu(*backend)?;
        }
        Ok(sum)
    };
    let (before, mut took) = (used()?, Vec::new());
    let mut found = 0;
    let mut count = 0;
    // Ticks are ten milliseconds: at least half a second of them.
    while count < TIMES || took.iter().sum::<Duration>() < Duration::from_millis(500) {
        let began = Instant::now();
        found = ask().await?;
        took.push(began.elapsed());
        count += 1;
    }
    let each = (used()? - before) * 1e3 / f64::from(count);
    took.sort_unstable();
    let middle = took.get(took.len() / 2).copied().unwrap_or_default();
    println!(
        "  {who:7} {what:32} {each:7.2} ms CPU  {:7.2} ms wall  {found} found",
        middle.as_secs_f64() * 1e3
    );
    Ok(())
}

/// The processes of PostgreSQL that work for us.
async fn backends(db: &Db) -> Result<Vec<u32>> {
    if !db.is_postgres() {
        return Ok(Vec::new());
    }
    let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()";
    let statement = Statement::from_string(db.backend(), sql);
    let rows = db.reader().query_all_raw(statement).await?;
    let pids = rows.iter().map(|row| {
        let pid: i32 = row.try_get_by_index(0)?;
        Ok(u32::try_from(pid)?)
    });
    pids.collect()
}

async fn fill(db: &Db, raw: &impl ConnectionTrait) -> Result<()> {
    let began = Instant::now();
    partner::Model {
        logo_id: None,
        hides_advancement: false,
        id: PARTNER,
        application_id: ApplicationId(Uuid::nil()),
        legal_name: "Partner".to_owned(),
        normalized_name: "partner".to_owned(),
        website: "https://partner.example/".to_owned(),
        domain: "partner.example".to_owned(),
        country: "DE".to_owned(),
        kind: PartnerKind::Reseller,
        region: "EMEA".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        locale: "de".to_owned(),
        state: PartnerState::Active,
        owner_id: PersonId(Uuid::nil()),
        approved_at: now(),
        activated_at: Some(now()),
        created_at: now(),
        updated_at: now(),
        version: 1,
        factor_required: false,
    }
    .into_active_model()
    .reset_all()
    .insert(raw)
    .await?;
    let mut chance = Chance(1);
    let entries: Vec<Entry> = (1..=DOCUMENTS).map(|n| entry(n, &mut chance)).collect();
    for entries in entries.chunks(BATCH) {
        let rows = entries
            .iter()
            .map(|it| course_of(it).into_active_model().reset_all());
        course::Entity::insert_many(rows)
            .exec_without_returning(raw)
            .await?;
    }
    let writing = Instant::now();
    let system = op(db, Actor::System);
    for entries in entries.chunks(BATCH) {
        let put = system.unit(entries.to_vec(), |tx, entries| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                for entry in entries {
                    search::put(&permit, entry).await?;
                }
                Ok(())
            })
        });
        put.await?;
    }
    let each = writing.elapsed() / u32::try_from(DOCUMENTS)?;
    println!(
        "filled in {:?}; each document was put in {each:?}",
        began.elapsed()
    );
    Ok(())
}

fn entry(n: usize, chance: &mut Chance) -> Entry {
    let mut text = |words: usize| -> String {
        let words: Vec<String> = (0..words).map(|_| chance.word()).collect();
        words.join(" ")
    };
    let (title, summary, body) = (text(4), text(15), text(WORDS));
    let kinds = [
        None,
        None,
        Some(PartnerKind::Reseller),
        Some(PartnerKind::Services),
    ];
    let regions = ["", "EMEA", "APAC", "AMER"];
    let region = regions[chance.below(4)];
    let audience = Audience {
        kinds: kinds[chance.below(4)].into_iter().collect(),
        tiers: Vec::new(),
        regions: Some(region.to_owned())
            .filter(|it| !it.is_empty())
            .into_iter()
            .collect(),
    };
    // One in ten is a partner's own, of 200 partners.
    let readers = match chance.below(10) {
        0 => Readers::Partner(PartnerId(Uuid::from_u128(
            1_000 + chance.below(200) as u128,
        ))),
        _ => Readers::Audience(audience.kept()),
    };
    Entry {
        kind: SearchKind::Course,
        id: Uuid::from_u128(1_000_000 + n as u128),
        version: 1,
        readers,
        tags: vec![format!("industry {}", n % 12)],
        names: Vec::new(),
        texts: vec![Text {
            locale: ["en", "de"][n % 2].to_owned(),
            title,
            summary,
            passages: vec![Passage {
                heading: String::new(),
                body,
            }],
        }],
    }
}

fn course_of(entry: &Entry) -> course::Model {
    let mut row = course::Model {
        id: CourseId(entry.id),
        slug: format!("c{}", entry.id.simple()),
        title: entry.texts[0].title.clone(),
        summary: String::new(),
        locale: entry.texts[0].locale.clone(),
        kinds: String::new(),
        tiers: String::new(),
        regions: String::new(),
        refresh_months: None,
        state: CourseState::Published,
        created_at: now(),
        version: 1,
    };
    if let Readers::Audience(kept) = &entry.readers {
        row.kinds.clone_from(&kept.kinds);
        row.regions.clone_from(&kept.regions);
    }
    row
}
