//! Orders, and cursors that remember the order under which they were given.

use async_graphql::Value;
use async_graphql::registry::{EnumBuilder, MetaEnumValue, MetaInputValue, Registry};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Condition, DynIden, Expr, ExprTrait, IntoIden, Order as Sql};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cell::{Held, Read, Row, text};
use super::define::{Definition, Direction};
use super::filter::{input, items};
use super::plan::Refused;
use super::{argument, text_of};

/// The most fields of one order.
const MOST: usize = 5;

/// The order of a list: what it goes by, the key last, so that no two rows stand in one place.
pub(super) struct Order {
    pub(super) by: Vec<By>,
    /// Tells this shape, order and direction from all others.
    mark: [u8; 4],
}

/// One of the things by which a list is ordered.
pub(super) struct By {
    pub(super) column: DynIden,
    held: Held,
    descending: bool,
}

/// A place in a list: the values of the order there.
pub(super) type Place = Vec<sea_orm::Value>;

/// Registers the shape's order and answers its name; none where the order is fixed.
pub(super) fn register(registry: &mut Registry, shape: &'static Definition) -> Option<String> {
    if shape.orders.is_empty() {
        return None;
    }
    let name = format!("{}Order", shape.name);
    if registry.types.contains_key(&name) {
        return Some(name);
    }
    let field = format!("{name}Field");
    let values = shape.orders.iter().map(|order| {
        let about = shape.field(order.name).map_or("", |field| field.about);
        (screaming(order.name), about)
    });
    choice(
        registry,
        &field,
        &format!("What lists of type {} can be ordered by.", shape.name),
        values,
    );
    choice(
        registry,
        "OrderDirection",
        "Which way a list goes.",
        [
            (
                "ASC".to_owned(),
                "The least first: A before Z, early before late.",
            ),
            (
                "DESC".to_owned(),
                "The greatest first: Z before A, late before early.",
            ),
        ],
    );
    let direction = MetaInputValue {
        default_value: Some("ASC".to_owned()),
        ..argument("direction", "OrderDirection!", "Which way.")
    };
    let fields = vec![
        argument("field", &format!("{field}!"), "By what."),
        direction,
    ];
    let about = format!("How a list of type {} is ordered.", shape.name);
    input(registry, &name, &about, fields);
    Some(name)
}

fn choice<'a>(
    registry: &mut Registry,
    name: &str,
    about: &str,
    values: impl IntoIterator<Item = (String, &'a str)>,
) {
    let values = values.into_iter().map(|(value, about)| {
        let mut meta = MetaEnumValue::new(value.clone());
        meta.description = Some(about.to_owned());
        (value, meta)
    });
    let built = EnumBuilder::new(name, values.collect())
        .description(Some(about.to_owned()))
        .build();
    registry.types.entry(name.to_owned()).or_insert(built);
}

/// `joinedAt` as enums write it: `JOINED_AT`.
fn screaming(name: &str) -> String {
    let mut screaming = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            screaming.push('_');
        }
        screaming.push(letter.to_ascii_uppercase());
    }
    screaming
}

impl Order {
    /// The order that a client names, or else the shape's own, which may be another at the root.
    pub(super) fn read(
        shape: &Definition,
        value: Option<&Value>,
        at_root: bool,
    ) -> Result<Self, Refused> {
        let mut by: Vec<(&str, Direction)> = Vec::new();
        let items = value.map_or(&[][..], items);
        if items.len() > MOST {
            return Err(Refused::new(format!(
                "`orderBy` takes at most {MOST} fields."
            )));
        }
        for item in items {
            let (name, direction) = read_item(shape, item).ok_or_else(|| {
                Refused::new("`orderBy` is not understood: the schema says what it takes.")
            })?;
            if by.iter().any(|(known, _)| *known == name) {
                return Err(Refused::new(format!(
                    "`orderBy` names `{}` twice: leave the second out.",
                    screaming(name)
                )));
            }
            by.push((name, direction));
        }
        if by.is_empty() {
            let at_root = at_root && !shape.sorted_at_root.is_empty();
            by.clone_from(if at_root {
                &shape.sorted_at_root
            } else {
                &shape.sorted
            });
        }
        Ok(Self::new(shape, &by))
    }

    fn new(shape: &Definition, by: &[(&str, Direction)]) -> Self {
        let mut hash = Sha256::new_with_prefix(shape.name);
        let mut columns = Vec::with_capacity(by.len() + 1);
        let mut descending = false;
        for (name, direction) in by {
            let Some(order) = shape.orders.iter().find(|order| order.name == *name) else {
                continue;
            };
            descending = *direction == Direction::Descending;
            hash.update(if descending { "-" } else { "+" });
            hash.update(name);
            columns.push(By {
                column: order.column.clone(),
                held: order.held,
                descending,
            });
        }
        // The key goes the way of what stands before it, so that an index over both serves.
        columns.push(By {
            column: "id".into_iden(),
            held: Held::Key,
            descending,
        });
        let hash = hash.finalize();
        Self {
            by: columns,
            mark: [hash[0], hash[1], hash[2], hash[3]],
        }
    }

    /// As SQL orders it, from the end where it is read backward.
    pub(super) fn directions(&self, backward: bool) -> impl Iterator<Item = (&DynIden, Sql)> {
        self.by.iter().map(move |by| {
            let direction = if by.descending == backward {
                Sql::Asc
            } else {
                Sql::Desc
            };
            (&by.column, direction)
        })
    }

    /// The rows after a place, or before it. A row value where all go one way, since an index then
    /// leads to the place; otherwise one by one, behind a bound of the first for the index.
    pub(super) fn beyond(&self, table: &DynIden, place: &Place, after: bool) -> Condition {
        let column = |by: &By| Expr::col((table.clone(), by.column.clone()));
        let upward = |by: &By| by.descending != after;
        let steps: Vec<_> = self.by.iter().zip(place).collect();
        let Some((first, value)) = steps.first() else {
            return Condition::all();
        };
        if steps.len() == 1 {
            let (column, value) = (column(first), Expr::val((*value).clone()));
            return if upward(first) {
                column.gt(value)
            } else {
                column.lt(value)
            }
            .into();
        }
        if self.by.iter().all(|by| by.descending == first.descending) {
            let columns = Expr::tuple(steps.iter().map(|(by, _)| column(by)));
            let values = Expr::tuple(steps.iter().map(|(_, value)| Expr::val((*value).clone())));
            return if upward(first) {
                columns.gt(values)
            } else {
                columns.lt(values)
            }
            .into();
        }
        let value = Expr::val((*value).clone());
        let bound = if upward(first) {
            column(first).gte(value)
        } else {
            column(first).lte(value)
        };
        let mut any = Condition::any();
        for (index, (by, value)) in steps.iter().enumerate() {
            let mut all = Condition::all();
            for (by, value) in &steps[..index] {
                all = all.add(column(by).eq(Expr::val((*value).clone())));
            }
            let value = Expr::val((*value).clone());
            let step = if upward(by) {
                column(by).gt(value)
            } else {
                column(by).lt(value)
            };
            any = any.add(all.add(step));
        }
        Condition::all().add(bound).add(any)
    }

    /// Writes a row's cursor as JSON. `at` says where the row holds what the list goes by.
    pub(super) fn write_cursor(
        &self,
        row: Row<'_>,
        at: &[usize],
        out: &mut Vec<u8>,
    ) -> sqlx::Result<()> {
        let mut bytes = self.mark.to_vec();
        for (by, at) in self.by.iter().zip(at) {
            match by.held {
                Held::Key => bytes.extend_from_slice(Uuid::read(row, *at)?.as_bytes()),
                Held::Integer => bytes.extend_from_slice(&i32::read(row, *at)?.to_be_bytes()),
                Held::Instant => {
                    let instant = DateTime::<Utc>::read(row, *at)?;
                    bytes.extend_from_slice(&instant.timestamp_micros().to_be_bytes());
                }
                Held::Day => {
                    let days = NaiveDate::read(row, *at)?.to_epoch_days();
                    bytes.extend_from_slice(&days.to_be_bytes());
                }
                Held::Text | Held::Truth | Held::Json => {
                    let text = text(row, *at)?;
                    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                    bytes.extend_from_slice(&length.to_be_bytes());
                    bytes.extend_from_slice(text.as_bytes());
                }
            }
        }
        out.push(b'"');
        out.extend_from_slice(URL_SAFE_NO_PAD.encode(bytes).as_bytes());
        out.push(b'"');
        Ok(())
    }

    /// The place that a cursor remembers; none where it is no cursor of this order.
    pub(super) fn place(&self, cursor: &str) -> Option<Place> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let mut rest = bytes.strip_prefix(&self.mark)?;
        let mut place = Place::new();
        for by in &self.by {
            place.push(match by.held {
                Held::Key => Uuid::from_bytes(*take(&mut rest)?).into(),
                Held::Integer => i32::from_be_bytes(*take(&mut rest)?).into(),
                Held::Instant => {
                    let micros = i64::from_be_bytes(*take(&mut rest)?);
                    DateTime::<Utc>::from_timestamp_micros(micros)?.into()
                }
                Held::Day => {
                    NaiveDate::from_epoch_days(i32::from_be_bytes(*take(&mut rest)?))?.into()
                }
                Held::Text | Held::Truth | Held::Json => {
                    let length = usize::try_from(u32::from_be_bytes(*take(&mut rest)?)).ok()?;
                    let (text, more) = rest.split_at_checked(length)?;
                    rest = more;
                    // PostgreSQL takes no text with a zero in it.
                    let text = String::from_utf8(text.to_owned()).ok()?;
                    if text.contains('\0') {
                        return None;
                    }
                    text.into()
                }
            });
        }
        rest.is_empty().then_some(place)
    }
}

fn read_item(shape: &Definition, value: &Value) -> Option<(&'static str, Direction)> {
    let Value::Object(object) = value else {
        return None;
    };
    let field = text_of(object.get("field")?)?;
    let order = shape
        .orders
        .iter()
        .find(|order| screaming(order.name) == field)?;
    let direction = match object.get("direction").map(text_of) {
        None => Direction::Ascending,
        Some(direction) => match direction? {
            "ASC" => Direction::Ascending,
            "DESC" => Direction::Descending,
            _ => return None,
        },
    };
    Some((order.name, direction))
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}
