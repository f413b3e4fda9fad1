//! Every row of the database, whatever tables there are, and what belongs to whom.

use std::collections::BTreeSet;

use entente::db::Db;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A row of any table. What a database keeps as bytes or as text with JSON in it is read as what it
/// means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) table: String,
    pub(crate) columns: Map<String, Value>,
}

impl Row {
    pub(crate) fn id(&self) -> Option<Uuid> {
        self.columns.get("id").and_then(uuid)
    }

    /// Every text in the row, however deep.
    pub(crate) fn texts(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for value in self.columns.values() {
            each_text(value, &mut |text| {
                found.insert(text.to_owned());
            });
        }
        found
    }

    /// Whether another column than its own id names one of these.
    fn names(&self, ids: &BTreeSet<Uuid>) -> bool {
        let mut others = self.columns.clone();
        others.remove("id");
        let mut hit = false;
        for value in others.values() {
            each_text(value, &mut |text| {
                hit |= text.parse().is_ok_and(|id| ids.contains(&id));
            });
        }
        hit
    }
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

/// Visits every text of a value, keys left out.
pub(crate) fn each_text(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        Value::Object(fields) => fields.values().for_each(|field| each_text(field, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

/// The texts of a one-column result.
pub(crate) async fn column(db: &Db, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.backend(), sql);
    let rows = db.reader().query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

/// The names of all tables.
pub(crate) async fn tables(db: &Db) -> Vec<String> {
    column(
        db,
        if db.is_postgres() {
            "SELECT table_name::text FROM information_schema.tables \
             WHERE table_schema = 'public' ORDER BY 1"
        } else {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
             ORDER BY 1"
        },
    )
    .await
}

/// Every row of every table, in the order of their ids.
pub(crate) async fn all(db: &Db) -> Vec<Row> {
    let mut found = Vec::new();
    for table in tables(db).await {
        let mut rows: Vec<_> = if db.is_postgres() {
            column(db, &format!("SELECT to_jsonb(t)::text FROM {table} t")).await
        } else {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let pairs: Vec<_> = column(db, &columns)
                .await
                .iter()
                .map(|name| {
                    format!(
                        "'{name}', CASE typeof(\"{name}\") WHEN 'blob' \
                         THEN 'bytes:' || lower(hex(\"{name}\")) ELSE \"{name}\" END"
                    )
                })
                .collect();
            column(
                db,
                &format!("SELECT json_object({}) FROM {table}", pairs.join(", ")),
            )
            .await
        };
        rows.sort();
        found.extend(rows.into_iter().map(|text| {
            let Value::Object(columns) = serde_json::from_str(&text).unwrap() else {
                panic!("a row is an object: {text}");
            };
            let columns = columns
                .into_iter()
                .map(|(name, value)| (name, meant(value)))
                .collect();
            let table = table.clone();
            Row { table, columns }
        }));
    }
    found
}

/// What SQLite has no type for.
fn meant(value: Value) -> Value {
    let Some(text) = value.as_str() else {
        return value;
    };
    if let Some(bytes) = text.strip_prefix("bytes:") {
        // A key, or the bytes of a file.
        let key = bytes.parse::<Uuid>().map(|key| key.to_string());
        return Value::String(key.unwrap_or_else(|_| bytes.to_owned()));
    }
    if text.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str(text)
    {
        return json;
    }
    value
}

/// These rows and all that name them, directly or by way of others.
pub(crate) fn belonging(rows: &[Row], roots: BTreeSet<Uuid>) -> BTreeSet<Uuid> {
    let mut theirs = roots;
    loop {
        let more: Vec<_> = rows
            .iter()
            .filter_map(|row| Some((row, row.id()?)))
            .filter(|(row, id)| !theirs.contains(id) && row.names(&theirs))
            .map(|(_, id)| id)
            .collect();
        if more.is_empty() {
            return theirs;
        }
        theirs.extend(more);
    }
}
