//! A selection, compiled: what to read, level by level, and what to write, in query order.

use std::borrow::Cow;
use std::fmt::Write;
use std::mem::take;

use async_graphql::parser::types::{Field as Selected, SelectionSet};
use async_graphql::{InputType, Positioned};
use sea_orm::sea_query::{DynIden, IntoIden};
use uuid::Uuid;

use super::define::{
    Column, Definition, Kind, LINKED_MOST, LoadBatch, LoadLinks, Naming, Only, WriteCells,
};
use super::document::{Asked, Document};
use super::filter::{self, Filter};
use super::order::{Order, Place};
use super::part::Within;
use super::{parse_global_id, text_of};
use crate::page::{DEFAULT, MAXIMUM};

/// What a count of a list's objects costs, in rows: it reads up to 10,000, of an index.
const COUNT_COST: u64 = 10;

/// Why a request cannot be planned.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: Cow<'static, str>,
}

impl Refused {
    pub(super) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: "BAD_USER_INPUT",
            message: message.into(),
        }
    }

    pub(super) fn too_much(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: "COST_EXCEEDED",
            message: message.into(),
        }
    }
}

/// What to read for a field, and how to write its answer.
pub(super) struct Plan {
    pub(super) read: Read,
    pub(super) layout: Layout,
}

/// One statement's worth of rows, and what hangs on them.
pub(super) struct Read {
    pub(super) of: &'static Definition,
    pub(super) source: Source,
    /// Where the parent's row holds the key that leads here.
    pub(super) via: usize,
    /// Read by position. The first is the row's own key.
    pub(super) columns: Vec<Column>,
    pub(super) counted: bool,
    pub(super) batches: Vec<&'static LoadBatch>,
    pub(super) children: Vec<Read>,
}

pub(super) enum Source {
    /// Rows by their own key.
    Keys,
    /// Rows that a batch names, for each parent.
    Linked(&'static LoadLinks),
    /// A page of all rows.
    Table(Page),
    /// A page of rows per parent, by foreign key; the second column holds it.
    Children(DynIden, Page),
}

pub(super) struct Page {
    pub(super) limit: u64,
    /// Whether the page is the last of what is asked for, not the first.
    pub(super) backward: bool,
    pub(super) after: Option<Place>,
    pub(super) before: Option<Place>,
    pub(super) filter: Option<Filter>,
    pub(super) order: Order,
    /// Where the row holds what the list goes by.
    pub(super) order_at: Vec<usize>,
    /// Whether to look one row further, to know if there is more.
    pub(super) peek: bool,
}

/// An object of the answer, piece by piece, in the order of the query.
pub(super) struct Braces<V> {
    pub(super) pieces: Vec<Piece<V>>,
    /// What closes it.
    pub(super) end: String,
}

pub(super) struct Piece<V> {
    /// Punctuation, names and whatever else is known before a row is read.
    pub(super) text: String,
    /// The response key, for the path of an error.
    pub(super) key: String,
    pub(super) value: V,
    /// Whether it may be null, and so can fail alone.
    pub(super) nullable: bool,
}

/// The answer of a whole field.
pub(super) enum Layout {
    Object(Braces<InRow>),
    Connection(Braces<InPage>),
}

pub(super) enum InRow {
    Cells {
        at: usize,
        write: &'static WriteCells,
    },
    /// Objects that lie within the row.
    Count(usize),
    Part(usize, &'static Within, Braces<usize>),
    Batch(usize),
    Cursor,
    /// The same row once more: an edge's node.
    Node(Braces<InRow>),
    /// What one of the read's children found.
    Child(usize, Layout),
    /// What one of the read's children found of what a batch names: a list.
    Linked(usize, Braces<InRow>),
}

pub(super) enum InPage {
    /// These once for each row, as a list.
    EachRow(Braces<InRow>),
    TotalCount,
    PageInfo(Braces<InPage>),
    HasNextPage,
    HasPreviousPage,
    StartCursor,
    EndCursor,
}

impl Page {
    fn read(
        document: &Document<'_>,
        field: &Selected,
        of: &'static Definition,
        at_root: bool,
    ) -> Result<Self, Refused> {
        let size = |name: &str| -> Result<Option<u64>, Refused> {
            let Some(value) = document.argument(field, name) else {
                return Ok(None);
            };
            let size = u32::parse(Some(value)).ok().filter(|size| *size <= MAXIMUM);
            size.map(|size| Some(size.into())).ok_or_else(|| {
                Refused::new(format!(
                    "`{name}` lies between 0 and {MAXIMUM}: ask for a page of that size and go on \
                     from its cursor."
                ))
            })
        };
        let (first, last) = (size("first")?, size("last")?);
        if first.is_some() && last.is_some() {
            return Err(Refused::new(
                "`first` and `last` contradict each other: give one of them.",
            ));
        }
        let order = Order::read(of, document.argument(field, "orderBy").as_ref(), at_root)?;
        let place = |name: &str| -> Result<Option<Place>, Refused> {
            let Some(value) = document.argument(field, name) else {
                return Ok(None);
            };
            let place = text_of(&value).and_then(|cursor| order.place(cursor));
            place.map(Some).ok_or_else(|| {
                Refused::new(format!(
                    "`{name}` is no cursor of this list in this order: give it with the `orderBy` \
                     under which you got it, or begin without it."
                ))
            })
        };
        let (after, before) = (place("after")?, place("before")?);
        let filter = document.argument(field, "filter");
        let filter = filter.map(|filter| filter::read(of, &filter)).transpose()?;
        Ok(Self {
            limit: first.or(last).unwrap_or(DEFAULT.into()),
            backward: last.is_some(),
            after,
            before,
            filter,
            order,
            order_at: Vec::new(),
            peek: false,
        })
    }

    /// The first row only.
    fn of_one(of: &'static Definition) -> Result<Self, Refused> {
        Ok(Self {
            limit: 1,
            backward: false,
            after: None,
            before: None,
            filter: None,
            order: Order::read(of, None, false)?,
            order_at: Vec::new(),
            peek: false,
        })
    }

    pub(super) fn rows(&self) -> u64 {
        self.limit + u64::from(self.peek)
    }
}

impl Read {
    fn new(of: &'static Definition, source: Source, via: usize) -> Self {
        let mut columns = vec![Column::Plain("id".into_iden())];
        if let Source::Children(foreign_key, _) = &source {
            columns.push(Column::Plain(foreign_key.clone()));
        }
        let mut read = Self {
            of,
            source,
            via,
            columns,
            counted: false,
            batches: Vec::new(),
            children: Vec::new(),
        };
        let order = read.page().map_or_else(Vec::new, |page| {
            let columns = page.order.by.iter().map(|by| by.column.clone());
            columns.collect::<Vec<_>>()
        });
        let at = order
            .into_iter()
            .map(|column| read.position(&[Column::Plain(column)]))
            .collect();
        if let Source::Table(page) | Source::Children(_, page) = &mut read.source {
            page.order_at = at;
        }
        read
    }

    /// The most rows that could be read for so many parents. Saturates, since a client chooses it.
    pub(super) fn cost(&self, parents: u64) -> u64 {
        let each = match &self.source {
            Source::Keys => 1,
            // And the batch that names them.
            Source::Linked(_) => LINKED_MOST as u64 + 1,
            Source::Table(page) | Source::Children(_, page) => page.rows(),
        };
        let rows = parents.saturating_mul(each);
        let counts = if self.counted {
            parents.saturating_mul(COUNT_COST)
        } else {
            0
        };
        let counting = self
            .columns
            .iter()
            .filter(|it| matches!(it, Column::Count { .. }));
        let extras = (self.batches.len() + counting.count()) as u64;
        self.children.iter().fold(
            rows.saturating_add(counts)
                .saturating_add(rows.saturating_mul(extras)),
            |sum, child| sum.saturating_add(child.cost(rows)),
        )
    }

    /// How many statements it takes.
    pub(super) fn statements(&self) -> u64 {
        let linked = u64::from(matches!(self.source, Source::Linked(_)));
        let own = 1 + linked + u64::from(self.counted) + self.batches.len() as u64;
        self.children.iter().map(Self::statements).sum::<u64>() + own
    }

    pub(super) fn page(&self) -> Option<&Page> {
        match &self.source {
            Source::Keys | Source::Linked(_) => None,
            Source::Table(page) | Source::Children(_, page) => Some(page),
        }
    }

    /// Looks one row further where the page is read that way.
    fn peek(&mut self, backward: bool) {
        if let Source::Table(page) | Source::Children(_, page) = &mut self.source {
            page.peek |= page.backward == backward;
        }
    }

    /// Where these columns lie side by side, adding them if they do not.
    fn position(&mut self, wanted: &[Column]) -> usize {
        let known = self
            .columns
            .windows(wanted.len())
            .position(|columns| Column::same(columns, wanted));
        known.unwrap_or_else(|| {
            self.columns.extend_from_slice(wanted);
            self.columns.len() - wanted.len()
        })
    }
}

/// Plans objects of the shape, by their keys.
pub(super) fn one<'a>(
    document: &Document<'a>,
    of: &'static Definition,
    here: &[&'a SelectionSet],
) -> Result<Plan, Refused> {
    let mut read = Read::new(of, Source::Keys, 0);
    let layout = Layout::Object(Compiler(document).object(&mut read, here)?);
    Ok(Plan { read, layout })
}

/// Plans a page of all that the actor may see of the shape. The arguments are the field's.
pub(super) fn list<'a>(
    document: &Document<'a>,
    of: &'static Definition,
    field: &Selected,
    here: &[&'a SelectionSet],
) -> Result<Plan, Refused> {
    let page = Page::read(document, field, of, true)?;
    let mut read = Read::new(of, Source::Table(page), 0);
    let layout = Layout::Connection(Compiler(document).connection(&mut read, here)?);
    Ok(Plan { read, layout })
}

struct Compiler<'d, 'a>(&'d Document<'a>);

impl<'a> Compiler<'_, 'a> {
    fn object(
        &self,
        read: &mut Read,
        selections: &[&'a SelectionSet],
    ) -> Result<Braces<InRow>, Refused> {
        let of = read.of;
        let asked = self
            .0
            .asked(selections, &|condition| of.answers_to(condition))?;
        braces(asked, of.name, |asked| {
            // Validation, which may come later, refuses what is not there.
            let Some(field) = of.field(asked.name()) else {
                return Ok(None);
            };
            let value = match &field.kind {
                Kind::Cells { columns, write } => InRow::Cells {
                    at: read.position(columns),
                    write,
                },
                Kind::CountOf {
                    of,
                    foreign_key,
                    only,
                    naming,
                } => {
                    let named = self.named(first_of(asked)?, naming);
                    InRow::Count(read.position(&[Column::Count {
                        of: *of,
                        foreign_key: foreign_key.clone(),
                        only: Only::Named(*only, named),
                    }]))
                }
                Kind::Part { column, within } => {
                    let at = read.position(&[Column::Plain(column.clone())]);
                    InRow::Part(at, within, self.part(within, &asked.selections())?)
                }
                Kind::Batch { load } => {
                    read.batches.push(load);
                    InRow::Batch(read.batches.len() - 1)
                }
                Kind::One { key, of } => {
                    let via = read.position(std::slice::from_ref(key));
                    let mut child = Read::new(of(), Source::Keys, via);
                    let object = self.object(&mut child, &asked.selections())?;
                    hang(read, child, Layout::Object(object))
                }
                Kind::Linked { load, of } => {
                    let mut child = Read::new(of(), Source::Linked(load), 0);
                    let object = self.object(&mut child, &asked.selections())?;
                    read.children.push(child);
                    InRow::Linked(read.children.len() - 1, object)
                }
                Kind::Latest { foreign_key, of } => {
                    let of = of();
                    let page = Page::of_one(of)?;
                    let source = Source::Children(foreign_key.clone(), page);
                    let mut child = Read::new(of, source, 0);
                    let object = self.object(&mut child, &asked.selections())?;
                    hang(read, child, Layout::Object(object))
                }
                Kind::Many { foreign_key, of } => {
                    let of = of();
                    let page = Page::read(self.0, first_of(asked)?, of, false)?;
                    let source = Source::Children(foreign_key.clone(), page);
                    let mut child = Read::new(of, source, 0);
                    let connection = self.connection(&mut child, &asked.selections())?;
                    hang(read, child, Layout::Connection(connection))
                }
            };
            Ok(Some((value, field.nullable)))
        })
    }

    /// The key of what the argument names. Ids that are none, or of another type, name what is not
    /// there, as the id of something absent does.
    fn named(&self, field: &'a Selected, naming: &Naming) -> Option<Uuid> {
        let value = self.0.argument(field, naming.argument)?;
        let id = text_of(&value).and_then(parse_global_id);
        let key = id.filter(|(name, _)| *name == (naming.of)().name);
        Some(key.map_or(Uuid::nil(), |(_, key)| key))
    }

    fn part(
        &self,
        within: &Within,
        selections: &[&'a SelectionSet],
    ) -> Result<Braces<usize>, Refused> {
        let asked = self
            .0
            .asked(selections, &|condition| condition == within.name)?;
        braces(asked, within.name, |asked| {
            let field = within.fields.iter().position(|name| *name == asked.name());
            Ok(field.map(|field| (field, false)))
        })
    }

    fn connection(
        &self,
        read: &mut Read,
        selections: &[&'a SelectionSet],
    ) -> Result<Braces<InPage>, Refused> {
        let name = format!("{}Connection", read.of.name);
        let asked = self.0.asked(selections, &|condition| condition == name)?;
        braces(asked, &name, |asked| {
            let value = match asked.name() {
                "nodes" => InPage::EachRow(self.object(read, &asked.selections())?),
                "edges" => InPage::EachRow(self.edge(read, &asked.selections())?),
                "totalCount" => {
                    read.counted = true;
                    InPage::TotalCount
                }
                "pageInfo" => InPage::PageInfo(self.page_info(read, &asked.selections())?),
                _ => return Ok(None),
            };
            Ok(Some((value, false)))
        })
    }

    fn edge(
        &self,
        read: &mut Read,
        selections: &[&'a SelectionSet],
    ) -> Result<Braces<InRow>, Refused> {
        let name = format!("{}Edge", read.of.name);
        let asked = self.0.asked(selections, &|condition| condition == name)?;
        braces(asked, &name, |asked| {
            let value = match asked.name() {
                "cursor" => InRow::Cursor,
                "node" => InRow::Node(self.object(read, &asked.selections())?),
                _ => return Ok(None),
            };
            Ok(Some((value, false)))
        })
    }

    fn page_info(
        &self,
        read: &mut Read,
        selections: &[&'a SelectionSet],
    ) -> Result<Braces<InPage>, Refused> {
        let asked = self
            .0
            .asked(selections, &|condition| condition == "PageInfo")?;
        braces(asked, "PageInfo", |asked| {
            let value = match asked.name() {
                "hasNextPage" => {
                    read.peek(false);
                    InPage::HasNextPage
                }
                "hasPreviousPage" => {
                    read.peek(true);
                    InPage::HasPreviousPage
                }
                "startCursor" => InPage::StartCursor,
                "endCursor" => InPage::EndCursor,
                _ => return Ok(None),
            };
            Ok(Some((value, false)))
        })
    }
}

fn first_of<'a>(asked: &Asked<'a>) -> Result<&'a Selected, Refused> {
    let first: Option<&&Positioned<Selected>> = asked.fields.first();
    first
        .map(|field| &field.node)
        .ok_or_else(|| Refused::new("Nothing is selected."))
}

fn hang(read: &mut Read, child: Read, layout: Layout) -> InRow {
    read.children.push(child);
    InRow::Child(read.children.len() - 1, layout)
}

/// `{"key":…,"key":…}`, with the text between two values in one piece.
fn braces<'a, V>(
    asked: Vec<Asked<'a>>,
    type_name: &str,
    mut value: impl FnMut(&Asked<'a>) -> Result<Option<(V, bool)>, Refused>,
) -> Result<Braces<V>, Refused> {
    let (mut pieces, mut text, mut comma) = (Vec::new(), String::from("{"), "");
    for asked in asked {
        let _ = write!(text, r#"{comma}"{}":"#, asked.key);
        comma = ",";
        if asked.name() == "__typename" {
            let _ = write!(text, r#""{type_name}""#);
        } else if let Some((value, nullable)) = value(&asked)? {
            pieces.push(Piece {
                text: take(&mut text),
                key: asked.key.to_owned(),
                value,
                nullable,
            });
        }
    }
    text.push('}');
    Ok(Braces { pieces, end: text })
}
