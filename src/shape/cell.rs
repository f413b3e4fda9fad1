//! What a column holds, how it is read by position, and how it is shown.

use async_graphql::registry::Registry;
use async_graphql::{InputType, OutputType, Value};
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbErr, QueryResult, StatementBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, ValueRef};
use uuid::Uuid;

use super::choice::{Choice, Chosen};
use super::scalar;

/// The rows that a statement found.
pub(super) struct Rows(Vec<QueryResult>);

/// A row of either database.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    /// PostgreSQL's.
    Postgres(&'a PgRow),
    /// SQLite's.
    Sqlite(&'a SqliteRow),
}

impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Rows hold what people wrote: it does not belong in a log.
        f.write_str("Row(…)")
    }
}

impl Rows {
    pub(super) async fn of(
        db: &DatabaseExecutor<'_>,
        statement: &impl StatementBuilder,
    ) -> Result<Self, DbErr> {
        // At this level the log tells each statement, its values and so what people wrote.
        tracing::trace!(target: "entente::sql", sql = %db.get_database_backend().build(statement));
        db.query_all(statement).await.map(Self)
    }

    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn at(&self, index: usize) -> sqlx::Result<Row<'_>> {
        let row = self.0.get(index).ok_or(sqlx::Error::RowNotFound)?;
        if let Some(row) = row.try_as_pg_row() {
            Ok(Row::Postgres(row))
        } else if let Some(row) = row.try_as_sqlite_row() {
            Ok(Row::Sqlite(row))
        } else {
            Err(sqlx::Error::RowNotFound)
        }
    }
}

impl Row<'_> {
    /// Whether that cell is NULL.
    pub(super) fn is_null(self, at: usize) -> sqlx::Result<bool> {
        Ok(match self {
            Self::Postgres(row) => row.try_get_raw(at)?.is_null(),
            Self::Sqlite(row) => row.try_get_raw(at)?.is_null(),
        })
    }
}

/// What the migrations call a column's type, in each database's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Text, and so every enum.
    Text,
    /// A whole number of 32 bits.
    Integer,
    /// True or false.
    Truth,
    /// An instant to the microsecond.
    Instant,
    /// A day of the calendar.
    Day,
    /// JSON.
    Json,
    /// A row's key.
    Key,
}

/// What can be read from a column.
pub trait Read: Sized + Send + 'static {
    /// The type that the column has.
    const HELD: Held;
    /// Whether the column may hold NULL.
    const NULLABLE: bool = false;

    /// Reads the cell.
    ///
    /// # Errors
    /// Where the cell holds something else.
    fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self>;
}

/// What can be shown in an answer.
pub trait Shown: Send + Sync + 'static {
    /// Whether it may be null.
    const MAY_BE_NULL: bool = false;

    /// Puts its type into the schema and answers how fields name it, such as `String!`.
    fn register(registry: &mut Registry) -> String;

    /// Writes it as JSON.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()>;
}

/// A column's value as it is shown.
pub trait Cell: Read + Shown {
    /// Carries the cell into the answer.
    ///
    /// # Errors
    /// Where the cell holds something else.
    fn carry(row: Row<'_>, at: usize, out: &mut Vec<u8>) -> sqlx::Result<()> {
        Self::read(row, at)?.write(out)
    }

    /// A client's value, for comparing it with the column; none where it cannot be compared.
    fn bind(value: &Value) -> Option<sea_orm::Value>;
}

macro_rules! read {
    ($($ty:ty: $held:ident),+ $(,)?) => {$(
        impl Read for $ty {
            const HELD: Held = Held::$held;

            fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self> {
                match row {
                    Row::Postgres(row) => row.try_get(at),
                    Row::Sqlite(row) => row.try_get(at),
                }
            }
        }
    )+};
}
read!(String: Text, i32: Integer, bool: Truth, DateTime<Utc>: Instant, NaiveDate: Day, Uuid: Key);

/// A cell of text, where it lies.
pub(super) fn text(row: Row<'_>, at: usize) -> sqlx::Result<&str> {
    match row {
        Row::Postgres(row) => row.try_get(at),
        Row::Sqlite(row) => row.try_get(at),
    }
}

/// Writes what serde can as JSON.
pub(super) fn json<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> sqlx::Result<()> {
    serde_json::to_writer(out, value).map_err(|error| sqlx::Error::Encode(error.into()))
}

macro_rules! shown_by_serde {
    ($($ty:ty as $graphql:ty),+ $(,)?) => {$(
        impl Shown for $ty {
            fn register(registry: &mut Registry) -> String {
                <$graphql as OutputType>::create_type_info(registry)
            }

            fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()> {
                json(self, out)
            }
        }
    )+};
}
shown_by_serde!(
    String as String,
    i32 as i32,
    i64 as i32,
    bool as bool,
    NaiveDate as scalar::Date,
    scalar::Json as scalar::Json,
);

impl Shown for DateTime<Utc> {
    fn register(registry: &mut Registry) -> String {
        <scalar::DateTime as OutputType>::create_type_info(registry)
    }

    /// As [`scalar::DateTime`] says. Lists are full of instants: chrono's own formatting costs five
    /// times as much.
    fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()> {
        let digits = |out: &mut Vec<u8>, number: u32, count: u32| {
            for place in (0..count).rev() {
                out.push(b'0' + u8::try_from(number / 10_u32.pow(place) % 10).unwrap_or(0));
            }
        };
        out.push(b'"');
        digits(out, self.year().unsigned_abs(), 4);
        for (before, number) in [
            (b'-', self.month()),
            (b'-', self.day()),
            (b'T', self.hour()),
            (b':', self.minute()),
            (b':', self.second()),
        ] {
            out.push(before);
            digits(out, number, 2);
        }
        let micros = self.timestamp_subsec_micros();
        if micros > 0 {
            out.push(b'.');
            if micros.is_multiple_of(1000) {
                digits(out, micros / 1000, 3);
            } else {
                digits(out, micros, 6);
            }
        }
        out.extend_from_slice(b"Z\"");
        Ok(())
    }
}

macro_rules! cells {
    ($($ty:ty: |$value:ident| $bind:expr;)+) => {$(
        impl Cell for $ty {
            fn bind($value: &Value) -> Option<sea_orm::Value> {
                $bind
            }
        }
    )+};
}
cells! {
    i32: |value| i32::parse(Some(value.clone())).ok().map(Into::into);
    bool: |value| bool::parse(Some(value.clone())).ok().map(Into::into);
    DateTime<Utc>: |value| scalar::DateTime::parse(Some(value.clone())).ok().map(|it| it.0.into());
    NaiveDate: |value| scalar::Date::parse(Some(value.clone())).ok().map(|it| it.0.into());
    scalar::Json: |_value| None;
}

impl Cell for String {
    fn carry(row: Row<'_>, at: usize, out: &mut Vec<u8>) -> sqlx::Result<()> {
        json(text(row, at)?, out)
    }

    fn bind(value: &Value) -> Option<sea_orm::Value> {
        String::parse(Some(value.clone())).ok().map(Into::into)
    }
}

macro_rules! text_cells {
    ($($ty:ident),+) => {$(
        impl Read for scalar::$ty {
            const HELD: Held = Held::Text;

            fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self> {
                text(row, at).map(|text| Self(text.to_owned()))
            }
        }

        impl Shown for scalar::$ty {
            fn register(registry: &mut Registry) -> String {
                <Self as OutputType>::create_type_info(registry)
            }

            fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()> {
                json(&self.0, out)
            }
        }

        impl Cell for scalar::$ty {
            fn carry(row: Row<'_>, at: usize, out: &mut Vec<u8>) -> sqlx::Result<()> {
                json(text(row, at)?, out)
            }

            fn bind(value: &Value) -> Option<sea_orm::Value> {
                Self::parse(Some(value.clone())).ok().map(|it| it.0.into())
            }
        }
    )+};
}
text_cells!(Url, EmailAddress, CountryCode, Locale, TimeZone, Markdown);

impl Read for scalar::Json {
    const HELD: Held = Held::Json;

    fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self> {
        Typed::read(row, at).map(|Typed(value)| Self(value))
    }
}

impl<T: Choice> Read for Chosen<T> {
    const HELD: Held = Held::Text;

    fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self> {
        let name = text(row, at)?;
        let chosen = Self::named(name).map(Self);
        chosen.ok_or_else(|| sqlx::Error::Decode(format!("`{name}` is no {}", T::NAME).into()))
    }
}

impl<T: Choice> Shown for Chosen<T> {
    fn register(registry: &mut Registry) -> String {
        <Self as OutputType>::create_type_info(registry)
    }

    fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()> {
        json(&self.0.to_value(), out)
    }
}

impl<T: Choice> Cell for Chosen<T> {
    // A named constraint of the table holds the column to the values of the enum.
    fn carry(row: Row<'_>, at: usize, out: &mut Vec<u8>) -> sqlx::Result<()> {
        json(text(row, at)?, out)
    }

    fn bind(value: &Value) -> Option<sea_orm::Value> {
        <Self as InputType>::parse(Some(value.clone()))
            .ok()
            .map(|chosen| chosen.0.to_value().into())
    }
}

impl<T: Read> Read for Option<T> {
    const HELD: Held = T::HELD;
    const NULLABLE: bool = true;

    fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self> {
        if row.is_null(at)? {
            Ok(None)
        } else {
            T::read(row, at).map(Some)
        }
    }
}

impl<T: Shown> Shown for Option<T> {
    const MAY_BE_NULL: bool = true;

    fn register(registry: &mut Registry) -> String {
        let name = T::register(registry);
        name.trim_end_matches('!').to_owned()
    }

    fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()> {
        if let Some(value) = self {
            return value.write(out);
        }
        out.extend_from_slice(b"null");
        Ok(())
    }
}

impl<T: Cell> Cell for Option<T> {
    fn carry(row: Row<'_>, at: usize, out: &mut Vec<u8>) -> sqlx::Result<()> {
        if row.is_null(at)? {
            None::<T>.write(out)
        } else {
            T::carry(row, at, out)
        }
    }

    fn bind(value: &Value) -> Option<sea_orm::Value> {
        T::bind(value)
    }
}

impl<T: Shown> Shown for Vec<T> {
    fn register(registry: &mut Registry) -> String {
        format!("[{}]!", T::register(registry))
    }

    fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()> {
        out.push(b'[');
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            item.write(out)?;
        }
        out.push(b']');
        Ok(())
    }
}

/// The global id of another object, made from columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalId(pub String);

impl Shown for GlobalId {
    fn register(registry: &mut Registry) -> String {
        <async_graphql::ID as OutputType>::create_type_info(registry)
    }

    fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()> {
        json(&self.0, out)
    }
}

/// A value of Rust's that the column holds as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed<T>(pub T);

impl<T: DeserializeOwned + Send + 'static> Read for Typed<T> {
    const HELD: Held = Held::Json;

    fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self> {
        let sqlx::types::Json(value) = match row {
            Row::Postgres(row) => row.try_get(at)?,
            Row::Sqlite(row) => row.try_get(at)?,
        };
        Ok(Self(value))
    }
}

impl<T: OutputType + Serialize + 'static> Shown for Typed<T> {
    fn register(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    fn write(&self, out: &mut Vec<u8>) -> sqlx::Result<()> {
        json(&self.0, out)
    }
}

impl<T: DeserializeOwned + OutputType + Serialize + 'static> Cell for Typed<T> {
    fn bind(_: &Value) -> Option<sea_orm::Value> {
        None
    }
}

/// Neighbouring cells, as the arguments of a derived field.
pub trait Cells: Sized + 'static {
    /// What each of the columns must be: its type, and whether it may be NULL.
    const HELD: &'static [(Held, bool)];

    /// Reads them, beginning at `at`.
    ///
    /// # Errors
    /// Where a cell holds something else.
    fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self>;
}

macro_rules! neighbours {
    ($($cell:ident $offset:literal),+) => {
        impl<$($cell: Read),+> Cells for ($($cell,)+) {
            const HELD: &'static [(Held, bool)] = &[$(($cell::HELD, $cell::NULLABLE)),+];

            fn read(row: Row<'_>, at: usize) -> sqlx::Result<Self> {
                Ok(($($cell::read(row, at + $offset)?,)+))
            }
        }
    };
}
neighbours!(A 0);
neighbours!(A 0, B 1);
neighbours!(A 0, B 1, C 2);
neighbours!(A 0, B 1, C 2, D 3);
neighbours!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);

/// A count: both databases have eight bytes for it.
pub(super) fn count(row: Row<'_>, at: usize) -> sqlx::Result<i64> {
    match row {
        Row::Postgres(row) => row.try_get(at),
        Row::Sqlite(row) => row.try_get(at),
    }
}
