//! Rows into JSON, in the order of the query.
//!
//! What fails is null where it may be, with an error that names its place; where it may not, what
//! holds it is, up to the field itself.

use async_graphql::PathSegment;
use uuid::Uuid;

use super::cell::{self, Shown as _};
use super::plan::{Braces, InPage, InRow, Layout, Piece, Plan, Read};
use super::read::{Fetched, Place};
use crate::op::Op;
use crate::page::COUNT_CAP;

/// Why a value could not be written, and where it stood below the field.
#[derive(Debug)]
pub(super) struct Failure {
    /// From the value outward.
    path: Vec<PathSegment>,
    pub(super) cause: String,
}

impl Failure {
    fn new(cause: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            cause: cause.into(),
        }
    }

    fn at(mut self, segment: PathSegment) -> Self {
        self.path.push(segment);
        self
    }

    /// The place, from the field downward.
    pub(super) fn path(&self) -> impl Iterator<Item = PathSegment> + '_ {
        self.path.iter().rev().cloned()
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::new(error.to_string())
    }
}

type Written = Result<(), Failure>;

/// The answer for one key, and what failed within it.
pub(super) fn answer(
    op: &Op,
    plan: &Plan,
    fetched: &Fetched,
    key: Uuid,
) -> Result<(String, Vec<Failure>), Failure> {
    let mut writer = Writer {
        op,
        out: Vec::with_capacity(16 * 1024),
        failures: Vec::new(),
    };
    writer.layout(&plan.layout, &plan.read, fetched, Some(key))?;
    let text = String::from_utf8(writer.out).map_err(|error| Failure::new(error.to_string()))?;
    Ok((text, writer.failures))
}

/// What a child of the plan found.
fn child<'a>(
    read: &'a Read,
    fetched: &'a Fetched,
    index: usize,
) -> Result<(&'a Read, &'a Fetched), Failure> {
    let both = read.children.get(index).zip(fetched.children.get(index));
    both.ok_or_else(|| Failure::new("the relation was not read"))
}

struct Writer<'a> {
    op: &'a Op,
    out: Vec<u8>,
    failures: Vec<Failure>,
}

impl Writer<'_> {
    fn layout(
        &mut self,
        layout: &Layout,
        read: &Read,
        fetched: &Fetched,
        parent: Option<Uuid>,
    ) -> Written {
        match (layout, parent) {
            (Layout::Connection(braces), Some(parent)) => {
                let page = fetched.of(parent);
                self.braces(braces, &mut |writer, part| {
                    writer.in_page(part, read, fetched, parent, page)
                })
            }
            (Layout::Object(braces), Some(key)) => {
                if let [place, ..] = fetched.of(key) {
                    self.row(braces, read, fetched, place)
                } else {
                    self.text("null");
                    Ok(())
                }
            }
            (_, None) => {
                self.text("null");
                Ok(())
            }
        }
    }

    fn braces<V>(
        &mut self,
        braces: &Braces<V>,
        value: &mut dyn FnMut(&mut Self, &Piece<V>) -> Written,
    ) -> Written {
        for piece in &braces.pieces {
            self.text(&piece.text);
            let (start, failed) = (self.out.len(), self.failures.len());
            if let Err(failure) = value(self, piece) {
                if !piece.nullable {
                    return Err(failure.at(PathSegment::Field(piece.key.clone())));
                }
                self.out.truncate(start);
                self.failures.truncate(failed);
                self.failures.push(failure);
                self.text("null");
            }
            self.at(failed, || PathSegment::Field(piece.key.clone()));
        }
        self.text(&braces.end);
        Ok(())
    }

    /// Tells what failed since where it stood.
    fn at(&mut self, since: usize, segment: impl Fn() -> PathSegment) {
        for failure in self.failures.iter_mut().skip(since) {
            failure.path.push(segment());
        }
    }

    /// Rows as a list.
    fn list<'p>(
        &mut self,
        braces: &Braces<InRow>,
        read: &Read,
        fetched: &Fetched,
        places: impl Iterator<Item = &'p Place>,
    ) -> Written {
        self.text("[");
        for (index, place) in places.enumerate() {
            if index > 0 {
                self.text(",");
            }
            let failed = self.failures.len();
            self.row(braces, read, fetched, place)
                .map_err(|failure| failure.at(PathSegment::Index(index)))?;
            self.at(failed, || PathSegment::Index(index));
        }
        self.text("]");
        Ok(())
    }

    fn in_page(
        &mut self,
        piece: &Piece<InPage>,
        read: &Read,
        fetched: &Fetched,
        parent: Uuid,
        page: &[Place],
    ) -> Written {
        let asked = read.page();
        let is_more = fetched.more.contains(&parent);
        match &piece.value {
            InPage::EachRow(braces) => self.list(braces, read, fetched, page.iter()),
            InPage::TotalCount => {
                let total = fetched.totals.get(&parent).copied().unwrap_or(0);
                if total > i64::from(COUNT_CAP) {
                    self.text("null");
                } else {
                    self.text(&total.to_string());
                }
                Ok(())
            }
            InPage::PageInfo(braces) => self.braces(braces, &mut |writer, part| {
                writer.in_page(part, read, fetched, parent, page)
            }),
            InPage::HasNextPage => {
                // Going backward, it says whether the client came from somewhere.
                let came = asked.is_some_and(|page| page.backward && page.before.is_some());
                self.truth(is_more && asked.is_some_and(|page| !page.backward) || came);
                Ok(())
            }
            InPage::HasPreviousPage => {
                let came = asked.is_some_and(|page| !page.backward && page.after.is_some());
                self.truth(is_more && asked.is_some_and(|page| page.backward) || came);
                Ok(())
            }
            InPage::StartCursor => self.cursor(read, fetched, page.first()),
            InPage::EndCursor => self.cursor(read, fetched, page.last()),
        }
    }

    fn row(
        &mut self,
        braces: &Braces<InRow>,
        read: &Read,
        fetched: &Fetched,
        place: &Place,
    ) -> Written {
        let row = fetched.rows.at(place.row)?;
        self.braces(braces, &mut |writer, piece| match &piece.value {
            InRow::Cells { at, write } => Ok(write(writer.op, row, *at, &mut writer.out)?),
            InRow::Count(at) => Ok(cell::count(row, *at)?.write(&mut writer.out)?),
            InRow::Part(at, within, asked) => Ok((within.write)(row, *at, asked, &mut writer.out)?),
            InRow::Batch(index) => {
                let Some(Some(values)) = fetched.batches.get(*index) else {
                    return Err(Failure::new("the batch failed"));
                };
                let value = values.get(&place.key).map_or(&b"null"[..], Vec::as_slice);
                writer.out.extend_from_slice(value);
                Ok(())
            }
            InRow::Cursor => writer.cursor(read, fetched, Some(place)),
            InRow::Node(braces) => writer.row(braces, read, fetched, place),
            InRow::Linked(index, braces) => {
                let (read, fetched) = child(read, fetched, *index)?;
                writer.linked(braces, read, fetched, place.key)
            }
            InRow::Child(index, layout) => {
                let (read, fetched) = child(read, fetched, *index)?;
                let start = writer.out.len();
                let parent = read.leads_to(place, row)?;
                writer.layout(layout, read, fetched, parent)?;
                if !piece.nullable && writer.out[start..] == *b"null" {
                    return Err(Failure::new("a required relation is not visible"));
                }
                Ok(())
            }
        })
    }

    /// Those of the linked rows that the actor may see, as a list.
    fn linked(
        &mut self,
        braces: &Braces<InRow>,
        read: &Read,
        fetched: &Fetched,
        parent: Uuid,
    ) -> Written {
        let Some(links) = &fetched.links else {
            return Err(Failure::new("the batch failed"));
        };
        let Some(keys) = links.get(&parent) else {
            self.text("null");
            return Ok(());
        };
        let seen = keys.iter().filter_map(|key| fetched.of(*key).first());
        self.list(braces, read, fetched, seen)
    }

    fn cursor(&mut self, read: &Read, fetched: &Fetched, place: Option<&Place>) -> Written {
        let (Some(page), Some(place)) = (read.page(), place) else {
            self.text("null");
            return Ok(());
        };
        let row = fetched.rows.at(place.row)?;
        Ok(page
            .order
            .write_cursor(row, &page.order_at, &mut self.out)?)
    }

    fn truth(&mut self, truth: bool) {
        self.text(if truth { "true" } else { "false" });
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}
