//! Declarations: the trait that a type implements, and the builder for its fields.

use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{LazyLock, PoisonError, RwLock};

use async_graphql::registry::Registry;
use async_graphql::{OutputType, Value};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{CaseStatement, Condition, DynIden, Expr, ExprTrait, IntoIden, Query};
use sea_orm::{DatabaseExecutor, EntityTrait};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::cell::{Cell, Cells, Held, Read, Row, Shown};
use super::part::{Part, Within, register_part};
use super::schema;
use super::sight::Sight;
use crate::error::Result;
use crate::op::Op;
use crate::page::COUNT_CAP;

/// A type that clients may read.
pub trait Shape: Sized + Send + Sync + 'static {
    /// Its table; the key is the column `id`.
    type Entity: EntityTrait;
    /// Its name in the API.
    const NAME: &'static str;
    /// What it is, for front-end developers.
    const ABOUT: &'static str;

    /// The rows that this actor may see. It goes into every statement over the table, so that a
    /// row that may not be seen and one that is not there answer alike.
    fn visible(actor: Sight<'_>) -> Condition;

    /// Declares the fields.
    fn fields(fields: &mut Fields<Self>);
}

/// No row at all, for [`Shape::visible`].
#[must_use]
pub fn nothing() -> Condition {
    Condition::all().add(Expr::cust("FALSE"))
}

/// Every row, for [`Shape::visible`].
#[must_use]
pub fn everything() -> Condition {
    Condition::all()
}

/// Which way a list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// A shape without its Rust type: what schema, plan and statements work with.
pub(super) struct Definition {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) rust_name: &'static str,
    pub(super) table: DynIden,
    pub(super) visible: fn(Sight<'_>) -> Condition,
    pub(super) fields: Vec<Field>,
    pub(super) filters: Vec<Filterable>,
    pub(super) search: Vec<DynIden>,
    pub(super) orders: Vec<Orderable>,
    /// The order of lists that name none: fields among `orders`.
    pub(super) sorted: Vec<(&'static str, Direction)>,
    /// The same for the list of all of them, where it goes by something else.
    pub(super) sorted_at_root: Vec<(&'static str, Direction)>,
    /// What the fields take for granted of the tables.
    pub(super) claims: Vec<Claim>,
}

pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Registers the field's type and answers how fields name it.
    pub(super) ty: fn(&mut Registry) -> String,
    /// Whether it may be null, and so can fail without taking its object along.
    pub(super) nullable: bool,
    pub(super) kind: Kind,
}

pub(super) type WriteCells =
    Box<dyn Fn(&Op, Row<'_>, usize, &mut Vec<u8>) -> sqlx::Result<()> + Send + Sync>;
/// JSON by key.
pub(super) type Values = HashMap<Uuid, Vec<u8>>;
pub(super) type Load<T> =
    Box<dyn for<'a> Fn(Batch<'a>) -> BoxFuture<'a, Result<HashMap<Uuid, T>>> + Send + Sync>;
pub(super) type LoadBatch = Load<Vec<u8>>;
pub(super) type LoadLinks = Load<Vec<Uuid>>;

pub(super) enum Kind {
    /// One column, or several that a pure function reads; they lie side by side in the row.
    Cells {
        columns: Vec<Column>,
        write: WriteCells,
    },
    /// How many rows name this one, of those that have to do with what the client names.
    CountOf {
        of: fn() -> &'static Definition,
        foreign_key: DynIden,
        only: NamedOnly,
        naming: Naming,
    },
    /// Objects that lie within one column.
    Part {
        column: DynIden,
        within: Within,
    },
    /// The row that the column names.
    One {
        key: Column,
        of: fn() -> &'static Definition,
    },
    /// The first of the rows whose foreign key names this one.
    Latest {
        foreign_key: DynIden,
        of: fn() -> &'static Definition,
    },
    /// The rows whose foreign key names this one, a page at a time.
    Many {
        foreign_key: DynIden,
        of: fn() -> &'static Definition,
    },
    /// The rows that a batch names.
    Linked {
        load: LoadLinks,
        of: fn() -> &'static Definition,
    },
    Batch {
        load: LoadBatch,
    },
}

/// The most objects of a list that a batch names.
pub const LINKED_MOST: usize = 20;

/// Who may see a cell, as a condition over the row.
pub(super) type Guard = fn(Sight<'_>) -> Condition;

/// What a statement selects.
#[derive(Clone)]
pub(super) enum Column {
    Plain(DynIden),
    /// NULL where the guard does not hold.
    Guarded(DynIden, Guard),
    /// How many visible rows name this one and meet the condition.
    Count {
        of: fn() -> &'static Definition,
        foreign_key: DynIden,
        only: Only,
    },
}

/// Which rows a count counts.
#[derive(Clone, Copy)]
pub(super) enum Only {
    Always(fn() -> Condition),
    /// By the clock, and by what the client named, if anything.
    Named(NamedOnly, Option<Uuid>),
}

pub(super) type NamedOnly = fn(Sight<'_>, Option<Uuid>) -> Condition;

impl Only {
    fn condition(self, sight: Sight<'_>) -> Condition {
        match self {
            Self::Always(only) => only(),
            Self::Named(only, named) => only(sight, named),
        }
    }
}

/// An argument by which a client may name an object.
pub(super) struct Naming {
    pub(super) argument: &'static str,
    pub(super) about: &'static str,
    pub(super) of: fn() -> &'static Definition,
}

impl Column {
    pub(super) fn expr(&self, table: &DynIden, actor: Sight<'_>) -> Expr {
        match self {
            Self::Plain(column) => Expr::col((table.clone(), column.clone())),
            Self::Guarded(column, guard) => {
                let (plain, guard) = (Expr::col((table.clone(), column.clone())), guard(actor));
                if guard.is_empty() {
                    plain
                } else {
                    CaseStatement::new().case(guard, plain).into()
                }
            }
            Self::Count {
                of,
                foreign_key,
                only,
            } => {
                let of = of();
                let counted = Query::select()
                    .expr(Expr::cust("1"))
                    .from(of.table.clone())
                    .cond_where(
                        Expr::col((of.table.clone(), foreign_key.clone()))
                            .equals((table.clone(), "id")),
                    )
                    .cond_where(only.condition(actor))
                    .cond_where((of.visible)(actor))
                    .limit(u64::from(COUNT_CAP))
                    .take();
                count_of(counted)
            }
        }
    }

    /// Whether this is the same plain column, which need not be read twice.
    fn is(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Plain(a), Self::Plain(b)) if a == b)
    }

    pub(super) fn same(some: &[Self], others: &[Self]) -> bool {
        some.iter().zip(others).all(|(a, b)| a.is(b))
    }
}

/// `(SELECT COUNT(*) FROM (…))` as a value.
pub(super) fn count_of(rows: sea_orm::sea_query::SelectStatement) -> Expr {
    Expr::from(
        Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .from_subquery(rows, "counted")
            .take(),
    )
}

/// What a filter may ask of a column.
pub(super) struct Filterable {
    pub(super) name: &'static str,
    pub(super) column: Column,
    pub(super) nullable: bool,
    pub(super) by: FilterBy,
}

#[derive(Clone, Copy)]
pub(super) enum FilterBy {
    Value {
        ty: fn(&mut Registry) -> String,
        held: Held,
        bind: fn(&Value) -> Option<sea_orm::Value>,
    },
    /// Global ids of a shape.
    Key(fn() -> &'static Definition),
    /// Values that are kept in one text, each between bars.
    Bars,
}

pub(super) struct Orderable {
    pub(super) name: &'static str,
    pub(super) column: DynIden,
    pub(super) held: Held,
}

/// What a declaration takes for granted of a column.
pub(super) struct Claim {
    pub(super) field: &'static str,
    pub(super) table: DynIden,
    pub(super) column: DynIden,
    pub(super) held: Held,
    /// Whether it may be NULL; none where it does not matter.
    pub(super) nullable: Option<bool>,
}

/// What a batch is asked for: values for these keys, in the snapshot of the request.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Who asks, and when.
    pub op: &'a Op,
    /// Reads the same snapshot as the rest of the request.
    pub db: &'a DatabaseExecutor<'a>,
    /// The keys of the page's objects, each of which the actor may see. What else the batch reads
    /// it has to guard itself.
    pub keys: &'a [Uuid],
}

/// What a batch answers: values by key. An absent one is null.
pub type Loading<'a, T> = BoxFuture<'a, Result<HashMap<Uuid, T>>>;

/// The fields of a shape, being declared.
pub struct Fields<S> {
    definition: Definition,
    /// The column declared last: what `filter` and `order` speak of.
    last: Option<(Column, FilterBy, bool)>,
    shape: PhantomData<S>,
}

impl<S> std::fmt::Debug for Fields<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fields({})", self.definition.name)
    }
}

type ColumnOf<S> = <<S as Shape>::Entity as EntityTrait>::Column;

impl<S: Shape> Fields<S> {
    /// The global id; having one makes the type a `Node`.
    pub fn id(&mut self) -> &mut Self {
        let write: WriteCells = Box::new(|_, row, at, out| {
            super::write_global_id(out, S::NAME, Uuid::read(row, at)?);
            Ok(())
        });
        self.claim("id", "id".into_iden(), Held::Key, Some(false));
        let columns = vec![Column::Plain("id".into_iden())];
        self.add(Field {
            name: "id",
            about: "Opaque id. `node` finds the object again by it.",
            ty: async_graphql::ID::create_type_info,
            nullable: false,
            kind: Kind::Cells { columns, write },
        })
    }

    /// A column, shown as its type says.
    pub fn column<T: Cell>(
        &mut self,
        name: &'static str,
        column: ColumnOf<S>,
        about: &'static str,
    ) -> &mut Self {
        let column = column.into_iden();
        self.claim(name, column.clone(), T::HELD, Some(T::NULLABLE));
        self.cell::<T>(
            name,
            Column::Plain(column),
            T::MAY_BE_NULL,
            T::register,
            about,
        )
    }

    /// An object that the column holds as JSON.
    pub fn part<P: Part + DeserializeOwned>(
        &mut self,
        name: &'static str,
        column: ColumnOf<S>,
        about: &'static str,
    ) -> &mut Self {
        let ty = |registry: &mut Registry| format!("{}!", register_part::<P>(registry));
        self.within(name, column, about, ty, Within::one::<P>())
    }

    /// Objects that are made of what the column holds as JSON.
    pub fn parts<T: DeserializeOwned + Send + 'static, P: Part>(
        &mut self,
        name: &'static str,
        column: ColumnOf<S>,
        about: &'static str,
        list: fn(T) -> Vec<P>,
    ) -> &mut Self {
        let ty = |registry: &mut Registry| format!("[{}!]!", register_part::<P>(registry));
        self.within(name, column, about, ty, Within::list(list))
    }

    fn within(
        &mut self,
        name: &'static str,
        column: ColumnOf<S>,
        about: &'static str,
        ty: fn(&mut Registry) -> String,
        within: Within,
    ) -> &mut Self {
        let column = column.into_iden();
        self.claim(name, column.clone(), Held::Json, Some(false));
        self.add(Field {
            name,
            about,
            ty,
            nullable: false,
            kind: Kind::Part { column, within },
        })
    }

    /// A column that not all who see the row may see: null where `guard` does not hold.
    pub fn guarded<T: Cell>(
        &mut self,
        name: &'static str,
        column: ColumnOf<S>,
        guard: fn(Sight<'_>) -> Condition,
        about: &'static str,
    ) -> &mut Self {
        let column = column.into_iden();
        self.claim(name, column.clone(), T::HELD, Some(T::NULLABLE));
        let column = Column::Guarded(column, guard);
        self.cell::<Option<T>>(name, column, true, Option::<T>::register, about)
    }

    fn cell<T: Cell>(
        &mut self,
        name: &'static str,
        column: Column,
        nullable: bool,
        ty: fn(&mut Registry) -> String,
        about: &'static str,
    ) -> &mut Self {
        let by = FilterBy::Value {
            ty: T::register,
            held: T::HELD,
            bind: T::bind,
        };
        self.add(Field {
            name,
            about,
            ty,
            nullable,
            kind: Kind::Cells {
                columns: vec![column.clone()],
                write: Box::new(|_, row, at, out| T::carry(row, at, out)),
            },
        });
        self.last = Some((column, by, nullable));
        self
    }

    /// A pure function of columns, given to it in the order in which they are named, and of the
    /// operation: who asks, and when.
    pub fn derived<A: Cells, T: Shown, const N: usize>(
        &mut self,
        name: &'static str,
        columns: [ColumnOf<S>; N],
        about: &'static str,
        derive: fn(&Op, A) -> T,
    ) -> &mut Self {
        const { assert!(N == A::HELD.len(), "as many columns as the function takes") };
        let columns = columns.map(IntoIden::into_iden);
        for (column, (held, nullable)) in columns.iter().zip(A::HELD) {
            self.claim(name, column.clone(), *held, Some(*nullable));
        }
        let write: WriteCells =
            Box::new(move |op, row, at, out| derive(op, A::read(row, at)?).write(out));
        self.add(Field {
            name,
            about,
            ty: T::register,
            nullable: T::MAY_BE_NULL,
            kind: Kind::Cells {
                columns: columns.into_iter().map(Column::Plain).collect(),
                write,
            },
        })
    }

    /// The row that `key` names; null where there is none or the actor may not see it.
    pub fn one<T: Shape>(
        &mut self,
        name: &'static str,
        key: ColumnOf<S>,
        about: &'static str,
    ) -> &mut Self {
        self.related::<T>(name, key, None, about)
    }

    /// The row that `key` names, where whoever sees this row sees that one too. If that does not
    /// hold, the nearest object around that may be null is null, and the answer says that the
    /// mistake is ours.
    pub fn one_required<T: Shape>(
        &mut self,
        name: &'static str,
        key: ColumnOf<S>,
        about: &'static str,
    ) -> &mut Self {
        self.related::<T>(name, key, Some(false), about)
    }

    fn related<T: Shape>(
        &mut self,
        name: &'static str,
        key: ColumnOf<S>,
        null: Option<bool>,
        about: &'static str,
    ) -> &mut Self {
        let key = key.into_iden();
        let required = null == Some(false);
        let ty: fn(&mut Registry) -> String = if required {
            |registry| format!("{}!", schema::One::<T>::create_type_info(registry))
        } else {
            schema::One::<T>::create_type_info
        };
        self.claim(name, key.clone(), Held::Key, null);
        self.add(Field {
            name,
            about,
            ty,
            nullable: !required,
            kind: Kind::One {
                key: Column::Plain(key.clone()),
                of: define::<T>,
            },
        });
        self.last = Some((Column::Plain(key), FilterBy::Key(define::<T>), !required));
        self
    }

    /// Tells the object declared last to those alone for whom the guard holds; to others it is null,
    /// whether they could see it elsewhere or not.
    pub fn told_where(&mut self, guard: Guard) -> &mut Self {
        if let Some(Field {
            kind: Kind::One { key, .. },
            ..
        }) = self.definition.fields.last_mut()
            && let Column::Plain(plain) = key
        {
            *key = Column::Guarded(plain.clone(), guard);
        }
        self
    }

    /// The first, in its shape's own order, of the rows whose `foreign_key` names this one; null
    /// where there is none or the actor may not see it.
    pub fn latest<T: Shape>(
        &mut self,
        name: &'static str,
        foreign_key: ColumnOf<T>,
        about: &'static str,
    ) -> &mut Self {
        let foreign_key = foreign_key.into_iden();
        self.claim_of::<T>(name, foreign_key.clone());
        self.add(Field {
            name,
            about,
            ty: schema::One::<T>::create_type_info,
            nullable: true,
            kind: Kind::Latest {
                foreign_key,
                of: define::<T>,
            },
        })
    }

    /// The rows whose `foreign_key` names this one, with the filters and orders that they have
    /// everywhere.
    pub fn many<T: Shape>(
        &mut self,
        name: &'static str,
        foreign_key: ColumnOf<T>,
        about: &'static str,
    ) -> &mut Self {
        let foreign_key = foreign_key.into_iden();
        self.claim_of::<T>(name, foreign_key.clone());
        self.add(Field {
            name,
            about,
            ty: schema::Connection::<T>::create_type_info,
            nullable: false,
            kind: Kind::Many {
                foreign_key,
                of: define::<T>,
            },
        })
    }

    /// How many rows that the actor may see name this one and meet `only`; counted up to 10,000.
    pub fn count<T: Shape>(
        &mut self,
        name: &'static str,
        foreign_key: ColumnOf<T>,
        only: fn() -> Condition,
        about: &'static str,
    ) -> &mut Self {
        let foreign_key = foreign_key.into_iden();
        self.claim_of::<T>(name, foreign_key.clone());
        let column = Column::Count {
            of: define::<T>,
            foreign_key,
            only: Only::Always(only),
        };
        self.add(Field {
            name,
            about,
            ty: i64::register,
            nullable: false,
            kind: Kind::Cells {
                columns: vec![column],
                write: Box::new(|_, row, at, out| super::cell::count(row, at)?.write(out)),
            },
        })
    }

    /// The same, where `only` goes by the clock and by the object of the shape `N` that the client
    /// may name in an argument, given with its description. What names no such object has a key
    /// that nothing has.
    pub fn count_of<T: Shape, N: Shape>(
        &mut self,
        name: &'static str,
        foreign_key: ColumnOf<T>,
        (argument, about_argument): (&'static str, &'static str),
        only: fn(Sight<'_>, Option<Uuid>) -> Condition,
        about: &'static str,
    ) -> &mut Self {
        let foreign_key = foreign_key.into_iden();
        self.claim_of::<T>(name, foreign_key.clone());
        self.add(Field {
            name,
            about,
            ty: i64::register,
            nullable: false,
            kind: Kind::CountOf {
                of: define::<T>,
                foreign_key,
                only,
                naming: Naming {
                    argument,
                    about: about_argument,
                    of: define::<N>,
                },
            },
        })
    }

    /// What SQL cannot say well: one call for all objects of the page. It may fail on its own, so
    /// it may be null.
    pub fn batch<T: Shown>(
        &mut self,
        name: &'static str,
        about: &'static str,
        load: for<'a> fn(Batch<'a>) -> Loading<'a, T>,
    ) -> &mut Self {
        let load: LoadBatch = Box::new(move |batch| {
            let values = load(batch);
            Box::pin(async move {
                let mut texts = Values::new();
                for (key, value) in values.await? {
                    let text = texts.entry(key).or_default();
                    let written = value.write(text);
                    written.map_err(|error| crate::error::Error::fault(error.to_string()))?;
                }
                Ok(texts)
            })
        });
        self.add(Field {
            name,
            about,
            ty: Option::<T>::register,
            nullable: true,
            kind: Kind::Batch { load },
        })
    }

    /// Objects that no foreign key leads to: one call names them for all objects of the page, and
    /// they are read as any other, so that those which the actor may not see are left out. At most
    /// [`LINKED_MOST`] each; null where the batch names none, or fails.
    pub fn linked<T: Shape>(
        &mut self,
        name: &'static str,
        about: &'static str,
        load: for<'a> fn(Batch<'a>) -> Loading<'a, Vec<Uuid>>,
    ) -> &mut Self {
        self.add(Field {
            name,
            about,
            ty: |registry| format!("[{}!]", schema::One::<T>::create_type_info(registry)),
            nullable: true,
            kind: Kind::Linked {
                load: Box::new(load),
                of: define::<T>,
            },
        })
    }

    /// Lets lists be filtered by the column declared last.
    pub fn filter(&mut self) -> &mut Self {
        if let (Some((column, by, nullable)), Some(field)) =
            (&self.last, self.definition.fields.last())
        {
            self.definition.filters.push(Filterable {
                name: field.name,
                column: column.clone(),
                nullable: *nullable,
                by: *by,
            });
        }
        self
    }

    /// Lets lists be filtered by the values of the field declared last, which the column keeps in one
    /// text, each between bars: see [`crate::audience`].
    pub fn filter_by_values(&mut self, column: ColumnOf<S>) -> &mut Self {
        if let Some(field) = self.definition.fields.last() {
            self.definition.filters.push(Filterable {
                name: field.name,
                column: Column::Plain(column.into_iden()),
                nullable: false,
                by: FilterBy::Bars,
            });
        }
        self
    }

    /// The same, and to who may not know it the column is null: a filter tells nothing else.
    pub fn filter_where(&mut self, guard: fn(Sight<'_>) -> Condition) -> &mut Self {
        if let Some((column, ..)) = &mut self.last
            && let Column::Plain(plain) = column
        {
            *column = Column::Guarded(plain.clone(), guard);
        }
        self.filter()
    }

    /// Lets lists be ordered by the column declared last, which holds no NULL.
    pub fn order(&mut self) -> &mut Self {
        if let (Some((Column::Plain(column), FilterBy::Value { held, .. }, _)), Some(field)) =
            (&self.last, self.definition.fields.last())
        {
            self.definition.orders.push(Orderable {
                name: field.name,
                column: column.clone(),
                held: *held,
            });
        }
        self
    }

    /// Lets lists be searched: rows that hold the text, in any case, in one of these columns.
    pub fn search<const N: usize>(&mut self, columns: [ColumnOf<S>; N]) -> &mut Self {
        for column in columns.map(IntoIden::into_iden) {
            self.claim("search", column.clone(), Held::Text, Some(false));
            self.definition.search.push(column);
        }
        self
    }

    /// The order of lists that name none, by fields that lists can be ordered by. What it leaves
    /// undecided the key decides, in the direction of the last.
    pub fn sorted(&mut self, field: &'static str, direction: Direction) -> &mut Self {
        self.definition.sorted.push((field, direction));
        self
    }

    /// The same for the list of all of them, which may be worth another order than that within
    /// something else.
    pub fn sorted_at_root(&mut self, field: &'static str, direction: Direction) -> &mut Self {
        self.definition.sorted_at_root.push((field, direction));
        self
    }

    fn claim(&mut self, field: &'static str, column: DynIden, held: Held, nullable: Option<bool>) {
        self.definition.claims.push(Claim {
            field,
            table: self.definition.table.clone(),
            column,
            held,
            nullable,
        });
    }

    fn claim_of<T: Shape>(&mut self, field: &'static str, column: DynIden) {
        self.definition.claims.push(Claim {
            field,
            table: T::Entity::default().into_iden(),
            column,
            held: Held::Key,
            nullable: None,
        });
    }

    fn add(&mut self, field: Field) -> &mut Self {
        self.last = None;
        self.definition.fields.push(field);
        self
    }
}

impl Definition {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(super) fn is_node(&self) -> bool {
        self.field("id").is_some()
    }

    /// Whether a fragment on `condition` speaks of this type.
    pub(super) fn answers_to(&self, condition: &str) -> bool {
        condition == self.name || (condition == "Node" && self.is_node())
    }
}

// Rust has no generic statics, so definitions are made on first use and kept for good.
static DEFINED: LazyLock<RwLock<HashMap<TypeId, &'static Definition>>> =
    LazyLock::new(RwLock::default);

/// The definition of `S`, the same one every time.
pub(super) fn define<S: Shape>() -> &'static Definition {
    let known = DEFINED
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&TypeId::of::<S>())
        .copied();
    known.unwrap_or_else(|| {
        let mut fields = Fields::<S> {
            definition: Definition {
                name: S::NAME,
                about: S::ABOUT,
                rust_name: type_name::<S>(),
                table: S::Entity::default().into_iden(),
                visible: S::visible,
                fields: Vec::new(),
                filters: Vec::new(),
                search: Vec::new(),
                orders: Vec::new(),
                sorted: Vec::new(),
                sorted_at_root: Vec::new(),
                claims: Vec::new(),
            },
            last: None,
            shape: PhantomData,
        };
        S::fields(&mut fields);
        DEFINED
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(TypeId::of::<S>())
            .or_insert_with(|| Box::leak(Box::new(fields.definition)))
    })
}

/// All shapes that were used so far; all of the schema once it is built.
pub(super) fn defined() -> Vec<&'static Definition> {
    let defined = DEFINED.read().unwrap_or_else(PoisonError::into_inner);
    let mut all: Vec<_> = defined.values().copied().collect();
    all.sort_unstable_by_key(|shape| shape.name);
    all
}

/// The shape of that name.
pub(super) fn named(name: &str) -> Option<&'static Definition> {
    let defined = DEFINED.read().unwrap_or_else(PoisonError::into_inner);
    defined.values().copied().find(|shape| shape.name == name)
}
