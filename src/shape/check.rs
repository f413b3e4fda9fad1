//! The declarations, held against the migrated tables: at start-up, so that a shape which no longer
//! fits its table is told once and not by every request that meets it.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, Statement};

use super::cell::Held;
use super::define::{Definition, defined};
use crate::db::Db;
use crate::error::Result;

/// Column by table and name: its type in the database's words, and whether it may be NULL.
type Columns = HashMap<(String, String), (String, bool)>;

/// What is wrong with the shapes that the schema uses; nothing where all fit. Build the schema
/// first: it is what uses them.
///
/// # Errors
/// What the database said.
pub async fn check(db: &Db) -> Result<Vec<String>> {
    let columns = columns(db).await?;
    let mut wrong = Vec::new();
    for shape in defined() {
        check_names(shape, &mut wrong);
        for claim in &shape.claims {
            let at = format!("{}.{}", shape.name, claim.field);
            let (table, column) = (claim.table.to_string(), claim.column.to_string());
            let Some((ty, nullable)) = columns.get(&(table.clone(), column.clone())) else {
                wrong.push(format!("{at}: there is no column {table}.{column}"));
                continue;
            };
            let word = word(claim.held, db.is_postgres());
            if ty != word {
                wrong.push(format!("{at}: {table}.{column} is {ty}, not {word}"));
            }
            if claim.nullable.is_some_and(|declared| declared != *nullable) {
                let is = if *nullable { "may" } else { "may not" };
                wrong.push(format!(
                    "{at}: {table}.{column} {is} be NULL, and the field says otherwise"
                ));
            }
        }
        for order in &shape.orders {
            let column = (shape.table.to_string(), order.column.to_string());
            if columns.get(&column).is_none_or(|(_, nullable)| *nullable) {
                wrong.push(format!(
                    "{}.{}: orders by what may be NULL",
                    shape.name, order.name
                ));
            }
        }
    }
    Ok(wrong)
}

fn check_names(shape: &Definition, wrong: &mut Vec<String>) {
    let mut names = HashSet::new();
    for field in &shape.fields {
        if !names.insert(field.name) {
            wrong.push(format!("{}.{} is declared twice", shape.name, field.name));
        }
    }
    for (name, _) in shape.sorted.iter().chain(&shape.sorted_at_root) {
        if !shape.orders.iter().any(|order| order.name == *name) {
            wrong.push(format!(
                "{} is sorted by {name}, by which it cannot be ordered",
                shape.name
            ));
        }
    }
    for order in &shape.orders {
        if matches!(order.held, Held::Json | Held::Truth) {
            wrong.push(format!("{}.{}: has no order", shape.name, order.name));
        }
    }
}

/// What the migrations call it.
fn word(held: Held, postgres: bool) -> &'static str {
    let (postgres_word, sqlite_word) = match held {
        Held::Text => ("text", "TEXT"),
        Held::Integer => ("integer", "INTEGER"),
        Held::Truth => ("boolean", "INTEGER"),
        Held::Instant => ("timestamp with time zone", "TEXT"),
        Held::Day => ("date", "TEXT"),
        Held::Json => ("jsonb", "TEXT"),
        Held::Key => ("uuid", "BLOB"),
    };
    if postgres { postgres_word } else { sqlite_word }
}

async fn columns(db: &Db) -> Result<Columns> {
    let sql = if db.is_postgres() {
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' \
         FROM information_schema.columns WHERE table_schema = current_schema()"
    } else {
        "SELECT t.name, c.name, c.type, c.\"notnull\" = 0 \
         FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
    };
    let statement = Statement::from_string(db.backend(), sql);
    let mut columns = Columns::new();
    for row in db.reader().query_all_raw(statement).await? {
        let (table, column, ty, nullable) = row.try_get_many_by_index()?;
        columns.insert((table, column), (ty, nullable));
    }
    Ok(columns)
}
