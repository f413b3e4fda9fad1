//! Objects that lie within a row: a cell of JSON, shown field by field as the query asks.

use std::any::type_name;

use async_graphql::registry::Registry;
use serde::de::DeserializeOwned;

use super::cell::{Read as _, Row, Shown, Typed};
use super::plan::Braces;
use super::schema::{described, register};

/// An object without a row of its own.
pub trait Part: Sized + Send + Sync + 'static {
    /// Its name in the API.
    const NAME: &'static str;
    /// What it is, for front-end developers.
    const ABOUT: &'static str;

    /// Declares the fields.
    fn parts(parts: &mut Parts<Self>);
}

/// The fields of a part, being declared.
pub struct Parts<P>(Vec<Field<P>>);

type WriteField<P> = Box<dyn Fn(&P, &mut Vec<u8>) -> sqlx::Result<()> + Send + Sync>;

struct Field<P> {
    name: &'static str,
    about: &'static str,
    ty: fn(&mut Registry) -> String,
    write: WriteField<P>,
}

impl<P> std::fmt::Debug for Parts<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|field| field.name);
        f.debug_list().entries(names).finish()
    }
}

impl<P: Part> Parts<P> {
    /// A field of it.
    pub fn field<T: Shown>(
        &mut self,
        name: &'static str,
        about: &'static str,
        value: fn(&P) -> T,
    ) -> &mut Self {
        self.0.push(Field {
            name,
            about,
            ty: T::register,
            write: Box::new(move |part, out| value(part).write(out)),
        });
        self
    }

    fn of() -> Self {
        let mut parts = Self(Vec::new());
        P::parts(&mut parts);
        parts
    }

    fn write(&self, part: &P, asked: &Braces<usize>, out: &mut Vec<u8>) -> sqlx::Result<()> {
        for piece in &asked.pieces {
            out.extend_from_slice(piece.text.as_bytes());
            let field = self.0.get(piece.value);
            (field.ok_or(sqlx::Error::RowNotFound)?.write)(part, out)?;
        }
        out.extend_from_slice(asked.end.as_bytes());
        Ok(())
    }
}

/// Registers the part's type and answers its name, which may be null.
pub(super) fn register_part<P: Part>(registry: &mut Registry) -> String {
    register(registry, P::NAME, P::ABOUT, type_name::<P>(), |registry| {
        let fields = Parts::<P>::of().0.into_iter();
        fields
            .map(|field| described(field.name, (field.ty)(registry), field.about))
            .collect()
    });
    P::NAME.to_owned()
}

type Write =
    Box<dyn Fn(Row<'_>, usize, &Braces<usize>, &mut Vec<u8>) -> sqlx::Result<()> + Send + Sync>;

/// A part without its Rust type: what the plan works with.
pub(super) struct Within {
    pub(super) name: &'static str,
    /// The fields' names, in the order in which [`Self::write`] knows them.
    pub(super) fields: Vec<&'static str>,
    pub(super) write: Write,
}

impl Within {
    /// The one part that the cell holds.
    pub(super) fn one<P: Part + DeserializeOwned>() -> Self {
        Self::new::<P>(|parts, row, at, asked, out| {
            let Typed(part) = Typed::<P>::read(row, at)?;
            parts.write(&part, asked, out)
        })
    }

    /// The parts that `list` makes of what the cell holds.
    pub(super) fn list<T, P>(list: fn(T) -> Vec<P>) -> Self
    where
        T: DeserializeOwned + Send + 'static,
        P: Part,
    {
        Self::new::<P>(move |parts, row, at, asked, out| {
            let Typed(held) = Typed::<T>::read(row, at)?;
            out.push(b'[');
            for (index, part) in list(held).iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                parts.write(part, asked, out)?;
            }
            out.push(b']');
            Ok(())
        })
    }

    fn new<P: Part>(
        write: impl Fn(&Parts<P>, Row<'_>, usize, &Braces<usize>, &mut Vec<u8>) -> sqlx::Result<()>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let parts = Parts::<P>::of();
        Self {
            name: P::NAME,
            fields: parts.0.iter().map(|field| field.name).collect(),
            write: Box::new(move |row, at, asked, out| write(&parts, row, at, asked, out)),
        }
    }
}
