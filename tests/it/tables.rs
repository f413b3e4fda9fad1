//! What the rows say of their tables, held against the tables of the migrated database.

use std::collections::{BTreeMap, BTreeSet};

use entente::db::Db;
use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Statement,
};

use crate::support::Portal;

/// Column, type in the database's words, and whether it may be null.
type Columns = BTreeMap<String, (String, bool)>;

/// Every table as SeaORM sees it. A module of `entity` that is missing here fails the test.
fn declared(backend: DbBackend) -> BTreeMap<String, Columns> {
    fn columns<E: EntityTrait>(_: E, backend: DbBackend) -> (String, Columns)
    where
        E::Column: Iterable,
    {
        let entity = E::default();
        let columns = E::Column::iter().map(|column| {
            let def = column.def();
            let ty = word(def.get_column_type(), backend).to_owned();
            (column.as_str().to_owned(), (ty, def.is_null()))
        });
        (entity.table_name().to_owned(), columns.collect())
    }
    macro_rules! tables {
        ($($table:ident),+ $(,)?) => { [$(columns(entity::$table::Entity, backend)),+].into() };
    }
    tables!(
        appeal,
        application,
        asset,
        asset_co_branding,
        asset_collection,
        asset_collection_item,
        asset_download,
        asset_version,
        audit_entry,
        audit_head,
        case_study,
        case_study_consent,
        case_study_contributor,
        certificate,
        certificate_correction,
        certification,
        certification_evidence,
        challenge,
        course,
        course_file,
        course_module,
        course_path,
        course_version,
        enrollment,
        evaluation,
        fact,
        factor,
        field_note,
        field_note_change,
        field_note_endorsement,
        file,
        file_inbox,
        file_use,
        invitation,
        learning_path,
        learning_path_course,
        lesson,
        lesson_progress,
        letter_preference,
        link,
        membership,
        notification,
        onboarding,
        onboarding_plan,
        onboarding_step,
        outbox_message,
        partner,
        person,
        plan_step,
        plan_version,
        playbook,
        playbook_acknowledgement,
        playbook_section,
        playbook_version,
        program,
        program_notice,
        program_review,
        program_version,
        quiz_attempt,
        recognition,
        recovery_code,
        refresh_token,
        replay,
        search_entry,
        search_number,
        search_shelf,
        search_word,
        session,
        staff_role,
        standing,
        standing_move,
        standing_override,
        status_list,
        suppression,
        throttle,
        verdict,
    )
}

/// What a column of that type is called in the database.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "sea-query knows many types that we do not use"
)]
fn word(ty: &ColumnType, backend: DbBackend) -> &'static str {
    let words: (&str, &str) = match ty {
        ColumnType::Uuid => ("uuid", "BLOB"),
        ColumnType::String(_) | ColumnType::Text | ColumnType::Char(_) => ("text", "TEXT"),
        ColumnType::Integer => ("integer", "INTEGER"),
        ColumnType::BigInteger => ("bigint", "INTEGER"),
        ColumnType::Boolean => ("boolean", "INTEGER"),
        ColumnType::TimestampWithTimeZone => ("timestamp with time zone", "TEXT"),
        ColumnType::Date => ("date", "TEXT"),
        ColumnType::VarBinary(_) | ColumnType::Blob => ("bytea", "BLOB"),
        ColumnType::Json | ColumnType::JsonBinary => ("jsonb", "TEXT"),
        other => panic!("{other:?} is no type of ours"),
    };
    if backend == DbBackend::Postgres {
        words.0
    } else {
        words.1
    }
}

/// Every table as the database has it.
async fn migrated(db: &Db) -> BTreeMap<String, Columns> {
    let sql = if db.is_postgres() {
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' \
         FROM information_schema.columns WHERE table_schema = 'public'"
    } else {
        "SELECT m.name, c.name, c.type, c.\"notnull\" = 0 AND c.pk = 0 \
         FROM sqlite_master m, pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
    };
    let rows = db
        .reader()
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await
        .unwrap();
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    for row in rows {
        let table: String = row.try_get_by_index(0).unwrap();
        let column: String = row.try_get_by_index(1).unwrap();
        let ty: String = row.try_get_by_index(2).unwrap();
        let null: bool = row.try_get_by_index(3).unwrap();
        tables.entry(table).or_default().insert(column, (ty, null));
    }
    tables.remove("seaql_migrations");
    tables
}

#[tokio::test]
async fn every_row_type_matches_its_table() {
    for portal in Portal::each().await {
        let db = &portal.app.db;
        let declared = declared(db.backend());
        let migrated = migrated(db).await;
        let names =
            |tables: &BTreeMap<String, Columns>| tables.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&declared), names(&migrated), "on {}", portal.name());
        for (table, columns) in &declared {
            assert_eq!(columns, &migrated[table], "{table} on {}", portal.name());
        }
    }
}
