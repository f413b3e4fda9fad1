//! Filters: the input types that a shape's declarations make, and what a client's filter says.

use async_graphql::registry::{InputObjectBuilder, MetaInputValue, Registry};
use async_graphql::{InputType, Name, Value};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr};
use uuid::Uuid;

use super::cell::Held;
use super::define::{Column, Definition, FilterBy, Filterable};
use super::plan::Refused;
use super::sight::Sight;
use super::{argument, parse_global_id, text_of};

/// The most conditions of one filter, and the most values of one `in`.
const MOST: usize = 100;
/// How deep `and`, `or` and `not` may nest.
const DEEPEST: usize = 10;
/// The longest text to search for, in characters.
const LONGEST: usize = 200;

/// What a client's filter says.
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare(&'static Column, &'static str, sea_orm::Value),
    Among(&'static Column, Vec<sea_orm::Value>),
    Holds(&'static Column, Vec<String>),
    IsNull(&'static Column, bool),
    Search(String),
}

/// Registers the shape's filter and answers its name; none where nothing can be filtered.
pub(super) fn register(registry: &mut Registry, shape: &'static Definition) -> Option<String> {
    if shape.filters.is_empty() && shape.search.is_empty() {
        return None;
    }
    let name = format!("{}Filter", shape.name);
    if registry.types.contains_key(&name) {
        return Some(name);
    }
    let list = format!("[{name}!]");
    let mut fields = vec![
        argument("and", &list, "All of these hold."),
        argument("or", &list, "At least one of these holds."),
        argument("not", &name, "This does not hold."),
    ];
    if !shape.search.is_empty() {
        fields.push(argument(
            "search",
            &<String as InputType>::type_name(),
            "Names and other leading texts of the object hold this text, in upper or lower case. \
             200 characters at most.",
        ));
    }
    for filter in &shape.filters {
        let about = shape.field(filter.name).map_or("", |field| field.about);
        fields.push(argument(filter.name, &operators(registry, filter), about));
    }
    input(
        registry,
        &name,
        &format!(
            "Which objects of type {} a list holds. All that is given has to hold.",
            shape.name
        ),
        fields,
    );
    Some(name)
}

/// Registers the operators that compare a column and answers their name.
fn operators(registry: &mut Registry, filter: &Filterable) -> String {
    let (ty, held) = match filter.by {
        FilterBy::Bars => return values(registry),
        FilterBy::Key(_) => (async_graphql::ID::create_type_info(registry), Held::Key),
        FilterBy::Value { ty, held, .. } => (ty(registry), held),
    };
    let ty = ty.trim_end_matches('!').to_owned();
    let optional = if filter.nullable { "Optional" } else { "" };
    let name = format!("{optional}{ty}Filter");
    if registry.types.contains_key(&name) {
        return name;
    }
    let mut fields = Vec::new();
    match held {
        Held::Truth => fields.push(argument("eq", &ty, "Is this.")),
        Held::Text | Held::Key | Held::Json => {
            fields.push(argument("eq", &ty, "Is this."));
            fields.push(argument(
                "in",
                &format!("[{ty}!]"),
                "Is one of these; 100 at most.",
            ));
        }
        Held::Integer | Held::Day | Held::Instant => {
            fields.push(argument("eq", &ty, "Is this."));
            fields.push(argument("gte", &ty, "Is this or comes after it."));
            fields.push(argument("gt", &ty, "Comes after this."));
            fields.push(argument("lte", &ty, "Is this or comes before it."));
            fields.push(argument("lt", &ty, "Comes before this."));
        }
    }
    if filter.nullable {
        fields.push(argument(
            "isNull",
            &<bool as InputType>::type_name(),
            "Whether there is no value.",
        ));
    }
    let about =
        format!("What a value of type {ty} is compared with. All that is given has to hold.");
    input(registry, &name, &about, fields);
    name
}

/// Registers the operators that look into a list of texts and answers their name.
fn values(registry: &mut Registry) -> String {
    let name = "StringListFilter";
    let ty = <String as InputType>::create_type_info(registry);
    let ty = ty.trim_end_matches('!');
    let fields = vec![
        argument("has", ty, "This is among them."),
        argument(
            "hasAny",
            &format!("[{ty}!]"),
            "One of these is among them; 100 at most.",
        ),
    ];
    let about = "What a list of texts is looked through for. All that is given has to hold.";
    input(registry, name, about, fields);
    name.to_owned()
}

/// Puts an input object into the registry, once.
pub(super) fn input(registry: &mut Registry, name: &str, about: &str, fields: Vec<MetaInputValue>) {
    let fields = fields.into_iter().map(|field| (field.name.clone(), field));
    let built = InputObjectBuilder::new(name, fields.collect())
        .description(Some(about.to_owned()))
        .build();
    registry.types.entry(name.to_owned()).or_insert(built);
}

/// Reads a client's filter.
pub(super) fn read(shape: &'static Definition, value: &Value) -> Result<Filter, Refused> {
    let mut left = MOST;
    read_within(shape, value, DEEPEST, &mut left)
}

fn read_within(
    shape: &'static Definition,
    value: &Value,
    deep: usize,
    left: &mut usize,
) -> Result<Filter, Refused> {
    let Value::Object(object) = value else {
        return Err(unknown("filter"));
    };
    let Some(deep) = deep.checked_sub(1) else {
        return Err(Refused::new("`filter` nests too deep: write it flatter."));
    };
    let mut all = Vec::new();
    for (name, value) in object {
        // What is null was not said.
        if *value == Value::Null {
            continue;
        }
        *left = left.checked_sub(1).ok_or_else(|| {
            Refused::new(format!(
                "`filter` has more than {MOST} conditions: ask for less at once."
            ))
        })?;
        all.push(match name.as_str() {
            "and" => Filter::All(read_list(shape, value, deep, left)?),
            "or" => Filter::Any(read_list(shape, value, deep, left)?),
            "not" => Filter::Not(Box::new(read_within(shape, value, deep, left)?)),
            "search" if !shape.search.is_empty() => Filter::Search(read_search(value)?),
            name => {
                let known = shape.filters.iter().find(|filter| filter.name == name);
                read_operators(known.ok_or_else(|| unknown(name))?, value)?
            }
        });
    }
    Ok(Filter::All(all))
}

fn read_list(
    shape: &'static Definition,
    value: &Value,
    deep: usize,
    left: &mut usize,
) -> Result<Vec<Filter>, Refused> {
    items(value)
        .iter()
        .map(|item| read_within(shape, item, deep, left))
        .collect()
}

fn read_search(value: &Value) -> Result<String, Refused> {
    let text = text_of(value).filter(|text| text.chars().count() <= LONGEST && is_storable(text));
    text.map(str::to_owned).ok_or_else(|| {
        Refused::new(format!(
            "`filter.search` takes a text of at most {LONGEST} characters."
        ))
    })
}

fn read_operators(filter: &'static Filterable, value: &Value) -> Result<Filter, Refused> {
    let Value::Object(operators) = value else {
        return Err(unknown(filter.name));
    };
    let column = &filter.column;
    let mut all = Vec::new();
    for (operator, value) in operators {
        if *value == Value::Null {
            continue;
        }
        if matches!(filter.by, FilterBy::Bars) {
            all.push(Filter::Holds(column, read_values(filter, operator, value)?));
            continue;
        }
        all.push(match (operator.as_str(), value) {
            ("isNull", Value::Boolean(is_null)) if filter.nullable => {
                Filter::IsNull(column, *is_null)
            }
            ("in", value) => {
                let items = items(value);
                if items.len() > MOST {
                    return Err(too_many(filter, "in"));
                }
                let values = items.iter().map(|item| bound(filter, item));
                Filter::Among(column, values.collect::<Result<_, _>>()?)
            }
            (operator, value) => {
                let sign = match operator {
                    "eq" => "=",
                    "gte" => ">=",
                    "gt" => ">",
                    "lte" => "<=",
                    "lt" => "<",
                    _ => return Err(unknown(filter.name)),
                };
                Filter::Compare(column, sign, bound(filter, value)?)
            }
        });
    }
    Ok(Filter::All(all))
}

fn read_values(filter: &Filterable, operator: &str, value: &Value) -> Result<Vec<String>, Refused> {
    let items = match operator {
        "has" => std::slice::from_ref(value),
        "hasAny" => items(value),
        _ => return Err(unknown(filter.name)),
    };
    if items.len() > MOST {
        return Err(too_many(filter, operator));
    }
    let texts = items.iter().map(|item| {
        let text = text_of(item).filter(|text| is_storable(text));
        text.map(str::to_owned).ok_or_else(|| unknown(filter.name))
    });
    texts.collect()
}

fn too_many(filter: &Filterable, operator: &str) -> Refused {
    Refused::new(format!(
        "`filter.{}.{operator}` takes at most {MOST} values.",
        filter.name
    ))
}

fn bound(filter: &Filterable, value: &Value) -> Result<sea_orm::Value, Refused> {
    match filter.by {
        FilterBy::Value { bind, .. } => bind(value)
            .filter(|_| text_of(value).is_none_or(is_storable))
            .ok_or_else(|| unknown(filter.name)),
        FilterBy::Key(of) => {
            let id = text_of(value).ok_or_else(|| unknown(filter.name))?;
            // An id of nothing, or of something else, is the id of no row here.
            let key = parse_global_id(id).filter(|(name, _)| *name == of().name);
            Ok(key.map_or(Uuid::nil(), |(_, key)| key).into())
        }
        FilterBy::Bars => Err(unknown(filter.name)),
    }
}

/// A list, or the one item that stands for a list.
pub(super) fn items(value: &Value) -> &[Value] {
    if let Value::List(items) = value {
        items
    } else {
        std::slice::from_ref(value)
    }
}

/// PostgreSQL takes no text with a zero in it.
fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

fn unknown(name: &str) -> Refused {
    Refused::new(format!(
        "`{}` is not understood: the schema says what a filter takes.",
        Name::new(name)
    ))
}

impl Filter {
    /// The filter as a condition over the rows of `shape`.
    pub(super) fn condition(&self, shape: &Definition, actor: Sight<'_>) -> Condition {
        let of = |column: &Column| column.expr(&shape.table, actor);
        match self {
            Self::All(all) => all.iter().fold(Condition::all(), |sum, one| {
                sum.add(one.condition(shape, actor))
            }),
            // None of no alternatives holds.
            Self::Any(any) if any.is_empty() => super::nothing(),
            Self::Any(any) => {
                let any = any.iter().fold(Condition::any(), |sum, one| {
                    sum.add(one.condition(shape, actor))
                });
                holds(any).into()
            }
            Self::Not(filter) => holds(filter.condition(shape, actor)).not().into(),
            Self::Compare(column, sign, value) => Condition::all().add(of(column).binary(
                sea_orm::sea_query::BinOper::Custom(sign),
                Expr::val(value.clone()),
            )),
            Self::Among(_, values) if values.is_empty() => super::nothing(),
            Self::Among(column, values) => of(column).is_in(values.iter().cloned()).into(),
            // What is left without `|value|` is another text. No LIKE: values may hold `_`.
            Self::Holds(column, values) => {
                let values = values.iter().filter(|value| !value.contains('|'));
                let held = values.map(|value| {
                    let value = Expr::val(format!("|{value}|"));
                    let left = Func::cust("REPLACE").args([of(column), value, Expr::val("")]);
                    Expr::from(left).ne(of(column))
                });
                let held: Vec<Expr> = held.collect();
                if held.is_empty() {
                    return super::nothing();
                }
                held.into_iter().fold(Condition::any(), Condition::add)
            }
            Self::IsNull(column, true) => of(column).is_null().into(),
            Self::IsNull(column, false) => of(column).is_not_null().into(),
            Self::Search(text) => {
                // SQLite knows the two cases of ASCII letters only; there others match as written.
                let pattern = |text: &str| LikeExpr::new(like(text)).escape('\\');
                let lower = text.to_lowercase();
                shape.search.iter().fold(Condition::any(), |any, column| {
                    let plain = Expr::col((shape.table.clone(), column.clone()));
                    any.add(plain.clone().like(pattern(text)))
                        .add(Expr::from(Func::lower(plain)).like(pattern(&lower)))
                })
            }
        }
    }
}

/// The condition as a value that is never NULL: what is unknown, because there is no value, does not
/// hold, and so its negation does. It also keeps SQLite from planning an `OR` over partial indexes,
/// which some of its versions refuse with an "internal query planner error".
fn holds(condition: Condition) -> Expr {
    if condition.is_empty() {
        return Expr::cust("TRUE");
    }
    Func::coalesce([Expr::from(condition), Expr::cust("FALSE")]).into()
}

/// The text anywhere in another, with what `LIKE` gives a meaning escaped.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
