//! Roots: where clients come in, a line for each object or list.

use std::any::type_name;
use std::borrow::Cow;
use std::marker::PhantomData;

use async_graphql::parser::types::Field as Selected;
use async_graphql::registry::{MetaField, Registry};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult,
    Value,
};

use super::argument;
use super::define::{Definition, Shape, define};
use super::parse_global_id;
use super::plan;
use super::read::WHOLE_TABLE;
use super::schema::{
    Asker, Connection, One, described, ids_of, list_arguments, nodes, register, register_node,
};
use crate::page::MAXIMUM;

/// A part of the query root whose fields read shapes and nothing else.
pub trait Roots: Send + Sync + 'static {
    /// Names the part; clients never see it.
    const NAME: &'static str;

    /// Declares the fields.
    fn fields(fields: &mut RootFields);
}

/// A part of the query root, to be merged with others.
pub struct Root<R>(PhantomData<fn() -> R>);

impl<R> Default for Root<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R> std::fmt::Debug for Root<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root")
    }
}

/// The fields of a root, being declared.
#[derive(Debug, Default)]
pub struct RootFields(Vec<RootField>);

#[derive(Clone, Copy, Debug)]
struct RootField {
    name: &'static str,
    about: &'static str,
    kind: RootKind,
}

#[derive(Clone, Copy)]
enum RootKind {
    Node,
    Nodes,
    One {
        of: fn() -> &'static Definition,
        ty: fn(&mut Registry) -> String,
    },
    List {
        of: fn() -> &'static Definition,
        ty: fn(&mut Registry) -> String,
    },
}

impl std::fmt::Debug for RootKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Node => "Node",
            Self::Nodes => "Nodes",
            Self::One { .. } => "One",
            Self::List { .. } => "List",
        })
    }
}

impl RootFields {
    /// `node` and `nodes`: any object by its id.
    pub fn node(&mut self) -> &mut Self {
        self.add(
            "node",
            "Any object by its id; null where there is none that you may see.",
            RootKind::Node,
        )
        .add(
            "nodes",
            "Objects by their ids, in the order of the ids; null for each that there is not, or \
             that you may not see.",
            RootKind::Nodes,
        )
    }

    /// One object by its id.
    pub fn one<S: Shape>(&mut self, name: &'static str, about: &'static str) -> &mut Self {
        let kind = RootKind::One {
            of: define::<S>,
            ty: One::<S>::create_type_info,
        };
        self.add(name, about, kind)
    }

    /// The list of all objects that the actor may see.
    pub fn list<S: Shape>(&mut self, name: &'static str, about: &'static str) -> &mut Self {
        let kind = RootKind::List {
            of: define::<S>,
            ty: Connection::<S>::create_type_info,
        };
        self.add(name, about, kind)
    }

    fn add(&mut self, name: &'static str, about: &'static str, kind: RootKind) -> &mut Self {
        self.0.push(RootField { name, about, kind });
        self
    }
}

impl RootField {
    fn meta(&self, registry: &mut Registry) -> MetaField {
        let mut meta = match self.kind {
            RootKind::Node => described(self.name, "Node".into(), self.about),
            RootKind::Nodes => described(self.name, "[Node]!".into(), self.about),
            RootKind::One { ty, .. } | RootKind::List { ty, .. } => {
                described(self.name, ty(registry), self.about)
            }
        };
        let mut take = |name: &str, ty: &str, about: &str| {
            meta.args.insert(name.to_owned(), argument(name, ty, about));
        };
        match self.kind {
            RootKind::Node | RootKind::One { .. } => take("id", "ID!", "The object's id."),
            RootKind::Nodes => {
                take(
                    "ids",
                    "[ID!]!",
                    &format!("The objects' ids; {MAXIMUM} at most."),
                );
            }
            RootKind::List { of, .. } => list_arguments(registry, of(), &mut meta),
        }
        if matches!(self.kind, RootKind::Node | RootKind::Nodes) {
            register_node(registry);
        }
        meta
    }

    async fn resolve(&self, ctx: &Context<'_>) -> ServerResult<Value> {
        let asker = Asker::new(ctx, ctx.item);
        let Some(fields) = asker.asked()? else {
            return Ok(Value::Null);
        };
        let here = fields.selections();
        match self.kind {
            RootKind::Node | RootKind::Nodes => {
                let ids = asker.planned(ids_of(&asker.document, &fields))?;
                let mut found = nodes(&asker, &ids, &here).await?;
                if matches!(self.kind, RootKind::Nodes) {
                    Ok(Value::List(found))
                } else {
                    Ok(found.pop().unwrap_or_default())
                }
            }
            RootKind::One { of, .. } => {
                let of = of();
                let ids = asker.planned(ids_of(&asker.document, &fields))?;
                let key = ids.first().and_then(|id| parse_global_id(id));
                let Some((_, key)) = key.filter(|(name, _)| *name == of.name) else {
                    return Ok(Value::Null);
                };
                let plan = asker.planned(plan::one(&asker.document, of, &here))?;
                let [value] = asker.answers(&plan, None, [key]).await?;
                Ok(value)
            }
            RootKind::List { of, .. } => {
                let field = &ctx.item.node;
                let plan = asker.planned(plan::list(&asker.document, of(), field, &here))?;
                let [value] = asker.answers(&plan, None, [WHOLE_TABLE]).await?;
                Ok(value)
            }
        }
    }
}

impl<R: Roots> Root<R> {
    fn fields() -> Vec<RootField> {
        let mut fields = RootFields::default();
        R::fields(&mut fields);
        fields.0
    }
}

impl<R: Roots> OutputType for Root<R> {
    fn type_name() -> Cow<'static, str> {
        R::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register(registry, R::NAME, "", type_name::<Self>(), |registry| {
            let fields = Self::fields();
            fields.iter().map(|field| field.meta(registry)).collect()
        });
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Selected>,
    ) -> ServerResult<Value> {
        async_graphql::resolver_utils::resolve_container(ctx, self).await
    }
}

impl<R: Roots> ContainerType for Root<R> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let name = ctx.item.node.name.node.as_str();
        match Self::fields().iter().find(|field| field.name == name) {
            Some(field) => field.resolve(ctx).await.map(Some),
            None => Ok(None),
        }
    }
}

impl<R: Roots> ObjectType for Root<R> {}
