//! Shapes as async-graphql sees them: types in its registry, answers as raw values.

use std::any::type_name;
use std::borrow::Cow;
use std::collections::HashMap;
use std::marker::PhantomData;

use async_graphql::connection::PageInfo;
use async_graphql::parser::types::{Field as Selected, OperationType, SelectionSet};
use async_graphql::registry::{MetaField, MetaInputValue, MetaType, ObjectBuilder, Registry};
use async_graphql::{
    ContextBase, ContextSelectionSet, ErrorExtensionValues, ID, Name, OutputType, Positioned,
    QueryPathNode, QueryPathSegment, ServerError, ServerResult, Value,
};
use uuid::Uuid;

use super::define::{Definition, Kind, Shape, define, named};
use super::document::{Asked, Document};
use super::plan::{self, Plan, Refused};
use super::snapshot::Reader;
use super::{argument, filter, order, parse_global_id, read, text_of, write};
use crate::auth::Actor;
use crate::error::Error;
use crate::page::{COUNT_CAP, DEFAULT, MAXIMUM};

/// One object or null, for a resolver to return: what a mutation changed, read back as any other
/// read.
#[derive(Clone, Debug)]
pub struct One<S> {
    key: Option<Uuid>,
    actor: Option<Actor>,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape> One<S> {
    /// The object with that key.
    pub fn by_key(key: impl Into<Uuid>) -> Self {
        Self {
            key: Some(key.into()),
            actor: None,
            shape: PhantomData,
        }
    }

    /// The object with that id.
    #[must_use]
    pub fn by_id(id: &ID) -> Self {
        Self {
            key: super::key_of::<S>(id),
            actor: None,
            shape: PhantomData,
        }
    }

    /// The same object as somebody else sees it: the holder of a link, or who has just signed in.
    #[must_use]
    pub fn as_seen_by(self, actor: Actor) -> Self {
        Self {
            actor: Some(actor),
            ..self
        }
    }
}

/// The type of a list.
pub(super) struct Connection<S>(PhantomData<S>);

impl<S: Shape> Connection<S> {
    /// Registers the type and answers how fields name it.
    pub(super) fn create_type_info(registry: &mut Registry) -> String {
        let name = format!("{}Connection", S::NAME);
        register(
            registry,
            &name,
            &format!("A page of a list of objects of type {}.", S::NAME),
            type_name::<Self>(),
            |registry| {
                One::<S>::create_type_info(registry);
                let (node, edge) = (S::NAME, format!("{}Edge", S::NAME));
                register(
                    registry,
                    &edge,
                    &format!("An object of type {node} and its place in a list."),
                    "Edge",
                    |_| {
                        vec![
                            described(
                                "cursor",
                                "String!".into(),
                                "Its place: give it as `after` or `before` to go on from here, \
                                 under the same `orderBy`.",
                            ),
                            described("node", format!("{node}!"), "The object."),
                        ]
                    },
                );
                vec![
                    described(
                        "edges",
                        format!("[{edge}!]!"),
                        "The objects of the page with their cursors.",
                    ),
                    described("nodes", format!("[{node}!]!"), "The objects of the page."),
                    described(
                        "pageInfo",
                        PageInfo::create_type_info(registry),
                        "Where the page stands in the list.",
                    ),
                    described(
                        "totalCount",
                        "Int".into(),
                        &format!(
                            "Objects in the whole list; counted only when asked, and null where \
                             there are more than {COUNT_CAP}."
                        ),
                    ),
                ]
            },
        );
        format!("{name}!")
    }
}

/// Registers the shape's own type and answers its name, which may be null.
pub(super) fn register_object<S: Shape>(registry: &mut Registry) -> String {
    let shape = define::<S>();
    register(
        registry,
        shape.name,
        shape.about,
        shape.rust_name,
        |registry| {
            let mut fields = Vec::new();
            for field in &shape.fields {
                let mut meta = described(field.name, (field.ty)(registry), field.about);
                if let Kind::Many { of, .. } = &field.kind {
                    list_arguments(registry, of(), &mut meta);
                } else if let Kind::CountOf { naming, .. } = &field.kind {
                    let naming = argument(naming.argument, "ID", naming.about);
                    meta.args.insert(naming.name.clone(), naming);
                }
                fields.push(meta);
            }
            fields
        },
    );
    if shape.is_node() {
        register_node(registry);
        registry.add_implements(S::NAME, "Node");
        if let Some(MetaType::Interface { possible_types, .. }) = registry.types.get_mut("Node") {
            possible_types.insert(S::NAME.to_owned());
        }
    }
    S::NAME.to_owned()
}

/// The arguments that every list takes.
pub(super) fn list_arguments(
    registry: &mut Registry,
    of: &'static Definition,
    meta: &mut MetaField,
) {
    let mut arguments = vec![
        argument(
            "first",
            "Int",
            &format!("How many from the beginning; {DEFAULT} unless told, {MAXIMUM} at most."),
        ),
        argument(
            "after",
            "String",
            "The cursor behind which the page begins.",
        ),
        argument(
            "last",
            "Int",
            &format!("How many from the end, instead of `first`; {MAXIMUM} at most."),
        ),
        argument("before", "String", "The cursor before which the page ends."),
    ];
    if let Some(filter) = filter::register(registry, of) {
        arguments.push(argument("filter", &filter, "Which objects the list holds."));
    }
    if let Some(order) = order::register(registry, of) {
        arguments.push(argument(
            "orderBy",
            &format!("[{order}!]"),
            "How the list is ordered: by the first, where it leaves two alike by the second, and so \
             on.",
        ));
    }
    for argument in arguments {
        meta.args.insert(argument.name.clone(), argument);
    }
}

/// Registers the interface of all objects that have an id.
pub(super) fn register_node(registry: &mut Registry) {
    if registry.types.contains_key("Node") {
        return;
    }
    let id = described("id", "ID!".into(), "Opaque id.");
    registry.types.insert(
        "Node".to_owned(),
        MetaType::Interface {
            name: "Node".to_owned(),
            description: Some("An object that `node` finds again by its id.".to_owned()),
            fields: [(id.name.clone(), id)].into_iter().collect(),
            possible_types: async_graphql::indexmap::IndexSet::default(),
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some("Node"),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
}

impl<S: Shape> OutputType for One<S> {
    fn type_name() -> Cow<'static, str> {
        S::NAME.into()
    }

    fn qualified_type_name() -> String {
        S::NAME.to_owned()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register_object::<S>(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Selected>,
    ) -> ServerResult<Value> {
        let Some(key) = self.key else {
            return Ok(Value::Null);
        };
        let asker = Asker::new(ctx, field);
        let here = asker.here()?;
        let plan = asker.planned(plan::one(&asker.document, define::<S>(), &here))?;
        let [value] = asker.answers(&plan, self.actor.as_ref(), [key]).await?;
        Ok(value)
    }
}

/// Who asks in a resolver, at which place of the answer.
pub(super) struct Asker<'a, T> {
    ctx: &'a ContextBase<'a, T>,
    field: &'a Positioned<Selected>,
    pub(super) document: Document<'a>,
}

impl<'a, T> Asker<'a, T> {
    pub(super) fn new(ctx: &'a ContextBase<'a, T>, field: &'a Positioned<Selected>) -> Self {
        let env = ctx.query_env;
        let document = Document::new(&env.operation.node, &env.fragments, &env.variables);
        Self {
            ctx,
            field,
            document,
        }
    }

    pub(super) fn path(&self) -> Vec<&'a str> {
        let mut path = Vec::new();
        let mut node: Option<&QueryPathNode<'_>> = self.ctx.path_node.as_ref();
        while let Some(here) = node {
            if let QueryPathSegment::Name(name) = here.segment {
                path.push(name);
            }
            node = here.parent;
        }
        path.reverse();
        path
    }

    /// All that the query asks at this place of the answer. `{ a { x } a { y } }` is one `a`;
    /// async-graphql resolves it twice and merges the values, which it cannot do with raw ones.
    pub(super) fn here(&self) -> ServerResult<Vec<&'a SelectionSet>> {
        Ok(self
            .asked()?
            .map(|asked| asked.selections())
            .unwrap_or_default())
    }

    /// The fields of the query that make up this place.
    pub(super) fn asked(&self) -> ServerResult<Option<Asked<'a>>> {
        let mut selections = vec![&self.document.operation.selection_set.node];
        let mut found = None;
        for key in self.path() {
            let asked = self.planned(self.document.asked(&selections, &|_| true))?;
            found = asked.into_iter().find(|asked| asked.key == key);
            selections = found.as_ref().map(Asked::selections).unwrap_or_default();
        }
        Ok(found)
    }

    pub(super) fn planned<V>(&self, planned: Result<V, Refused>) -> ServerResult<V> {
        planned.map_err(|refused| self.at(refusal(&refused)))
    }

    fn at(&self, mut error: ServerError) -> ServerError {
        error.locations = vec![self.field.pos];
        self.ctx.set_error_path(error)
    }

    fn failed(&self, error: &Error) -> ServerError {
        if let Error::Fault(fault) = error {
            tracing::error!(%fault, path = ?self.path(), "a read failed");
        }
        let mut answer = coded(error.code(), error.to_string());
        let retry_after = match error {
            Error::Busy(after) => Some(after.as_secs().max(1)),
            Error::Unavailable(away) => {
                tracing::warn!(
                    error = away as &dyn std::error::Error,
                    "the database is away"
                );
                Some(1)
            }
            Error::Unauthenticated
            | Error::FactorRequired
            | Error::StepUpRequired
            | Error::Forbidden
            | Error::NotFound(_)
            | Error::Refused(_)
            | Error::Key(_)
            | Error::Fault(_) => None,
        };
        if let Some(seconds) = retry_after {
            let extensions = answer.extensions.get_or_insert_default();
            extensions.set("retryAfter", seconds);
        }
        self.at(answer)
    }

    /// Reads what the plan says for each of the keys, in their order, and hands the JSON over as it
    /// is.
    pub(super) async fn answers<const N: usize>(
        &self,
        plan: &Plan,
        actor: Option<&Actor>,
        keys: [Uuid; N],
    ) -> ServerResult<[Value; N]> {
        let values = self.answer_each(plan, actor, &keys).await?;
        values
            .try_into()
            .map_err(|_| self.failed(&Error::fault("an answer is missing")))
    }

    /// The same for any number of keys.
    pub(super) async fn answer_each(
        &self,
        plan: &Plan,
        actor: Option<&Actor>,
        keys: &[Uuid],
    ) -> ServerResult<Vec<Value>> {
        let reader = self
            .ctx
            .data::<Reader>()
            .map_err(|_| self.failed(&Error::fault("the request's data holds no shape::Reader")))?;
        let op = match actor {
            Some(actor) => &reader.op().as_actor(actor.clone()),
            None => reader.op(),
        };
        let mutation = self.document.operation.ty == OperationType::Mutation;
        let root = self
            .path()
            .first()
            .copied()
            .filter(|_| mutation)
            .unwrap_or("");
        let snapshot = reader
            .snapshot(root, op)
            .await
            .map_err(|error| self.failed(&error))?;
        let mut sorted = keys.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let fetched = read::fetch(&snapshot.executor(), op, &plan.read, &sorted)
            .await
            .map_err(|error| self.failed(&error))?;
        let mut values = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let (text, failures) = write::answer(op, plan, &fetched, *key)
                .map_err(|failure| self.failed(&Error::fault(failure.cause)))?;
            for failure in failures {
                let mut error = self.failed(&Error::fault(failure.cause.as_str()));
                if keys.len() > 1 {
                    error.path.push(async_graphql::PathSegment::Index(index));
                }
                error.path.extend(failure.path());
                self.ctx.add_error(error);
            }
            values.push(raw(text));
        }
        Ok(values)
    }
}

/// The ids that `node` or `nodes` is given.
pub(super) fn ids_of<'a>(
    document: &Document<'a>,
    asked: &Asked<'a>,
) -> Result<Vec<String>, Refused> {
    let Some(field) = asked.fields.first() else {
        return Ok(Vec::new());
    };
    let given = document
        .argument(&field.node, "ids")
        .or_else(|| document.argument(&field.node, "id"));
    let ids = match given {
        Some(Value::List(items)) => items,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    if ids.len() > MAXIMUM as usize {
        return Err(Refused::new(format!(
            "`ids` takes at most {MAXIMUM} ids: ask for the others in another request."
        )));
    }
    // GraphQL lets an id be written as a number; none of ours is.
    let text = |id: &Value| text_of(id).unwrap_or_default().to_owned();
    Ok(ids.iter().map(text).collect())
}

/// Reads each of the ids, one plan for each type among them, and answers in their order.
pub(super) async fn nodes<T>(
    asker: &Asker<'_, T>,
    ids: &[String],
    here: &[&SelectionSet],
) -> ServerResult<Vec<Value>>
where
    T: Sync,
{
    let mut by_type: HashMap<&str, Vec<(usize, Uuid)>> = HashMap::new();
    for (index, id) in ids.iter().enumerate() {
        if let Some((name, key)) = parse_global_id(id) {
            by_type.entry(name).or_default().push((index, key));
        }
    }
    let mut values = vec![Value::Null; ids.len()];
    for (name, places) in by_type {
        let Some(of) = named(name).filter(|of| of.is_node()) else {
            continue;
        };
        let plan = asker.planned(plan::one(&asker.document, of, here))?;
        let keys: Vec<Uuid> = places.iter().map(|(_, key)| *key).collect();
        let found = asker.answer_each(&plan, None, &keys).await?;
        for ((index, _), value) in places.into_iter().zip(found) {
            if let Some(place) = values.get_mut(index) {
                *place = value;
            }
        }
    }
    Ok(values)
}

pub(super) fn refusal(refused: &Refused) -> ServerError {
    coded(refused.code, refused.message.clone())
}

fn coded(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    error
}

/// JSON that async-graphql's feature `raw_value` writes as it is: the key is `serde_json`'s own.
fn raw(text: String) -> Value {
    const RAW_VALUE_TOKEN: &str = "$serde_json::private::RawValue";
    if text == "null" {
        return Value::Null;
    }
    Value::Object(
        [(Name::new(RAW_VALUE_TOKEN), Value::String(text))]
            .into_iter()
            .collect(),
    )
}

pub(super) fn described(name: &str, ty: String, about: &str) -> MetaField {
    MetaField {
        description: Some(about.to_owned()),
        ..MetaField::new(name, ty)
    }
}

/// An argument, or a field of an input, with its description.
pub(super) fn argument_of(name: &str, ty: &str, about: &str) -> MetaInputValue {
    MetaInputValue {
        description: Some(about.to_owned()),
        ..MetaInputValue::new(name, ty)
    }
}

/// Puts an object type into the registry, once, and before its fields, for types that meet again.
pub(super) fn register(
    registry: &mut Registry,
    name: &str,
    about: &str,
    rust_name: &'static str,
    fields: impl FnOnce(&mut Registry) -> Vec<MetaField>,
) {
    let object = |fields: Vec<MetaField>| {
        let fields = fields.into_iter().map(|field| (field.name.clone(), field));
        ObjectBuilder::new(name, fields.collect())
            .description(Some(about.to_owned()))
            .rust_typename(rust_name)
            .build()
    };
    if !registry.types.contains_key(name) {
        registry.types.insert(name.to_owned(), object(Vec::new()));
        let fields = fields(registry);
        registry.types.insert(name.to_owned(), object(fields));
    }
}
