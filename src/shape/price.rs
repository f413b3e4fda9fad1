//! What a request costs, known before anything is read.
//!
//! The price is the number of rows that could be read, over all fields of the request: for each list
//! the size of its page (and the one row by which it looks further), times its parents; one for each
//! object by key, each value of a batch or count; ten for a `totalCount`; and one for each field that
//! does not read through a shape, where a list of such objects counts as a page: of as many as its
//! connection is told, of twenty otherwise. A list in which there is no row to be read, however deep,
//! such as the requirements of a proof, counts as one. An object that may be of any type counts as the dearest.
//! It comes from the very plans that are executed.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
    SelectionSet, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned, ServerError, Value, Variables};

use super::define::{defined, named};
use super::document::{Asked, Document};
use super::parse_global_id;
use super::plan::{self, Refused};
use super::schema::{ids_of, refusal};
use crate::page::{DEFAULT, MAXIMUM};

/// What a request costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// The most rows that it could read.
    pub rows: u64,
    /// How many statements it takes to read them.
    pub statements: u64,
}

impl Price {
    fn add(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.statements = self.statements.saturating_add(other.statements);
    }
}

/// Prices requests to one schema.
#[derive(Debug)]
pub struct Prices {
    /// The type of each field of each object type.
    fields: HashMap<String, HashMap<String, FieldType>>,
    /// The object types through which rows are read, however deep.
    reading: HashSet<String>,
    roots: [String; 3],
}

#[derive(Debug)]
struct FieldType {
    /// Without its wrappers.
    name: String,
    is_list: bool,
}

impl Prices {
    /// Reads the schema as its own SDL tells it.
    ///
    /// # Errors
    /// Where the SDL cannot be parsed, which would be a fault of the library.
    pub fn of(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut fields = HashMap::new();
        let mut roots = ["Query", "Mutation", "Subscription"].map(str::to_owned);
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Type(definition) => {
                    if let TypeKind::Object(object) = definition.node.kind {
                        let of = object.fields.into_iter().map(|field| {
                            let ty = &field.node.ty.node.base;
                            let ty = FieldType {
                                name: base(ty).to_string(),
                                is_list: matches!(ty, BaseType::List(_)),
                            };
                            (field.node.name.node.to_string(), ty)
                        });
                        fields.insert(definition.node.name.node.to_string(), of.collect());
                    }
                }
                TypeSystemDefinition::Schema(schema) => {
                    let named = [
                        schema.node.query,
                        schema.node.mutation,
                        schema.node.subscription,
                    ];
                    for (root, named) in roots.iter_mut().zip(named) {
                        if let Some(named) = named {
                            *root = named.node.to_string();
                        }
                    }
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        let reading = reading(&fields);
        Ok(Self {
            fields,
            reading,
            roots,
        })
    }

    /// What the operation costs. It need not be valid yet: what validation will refuse costs
    /// nothing here.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` where an argument of a list makes no sense, `COST_EXCEEDED` where the
    /// document is too large to be planned.
    pub fn price(
        &self,
        document: &ExecutableDocument,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<Price, ServerError> {
        let Some(operation) = operation(document, operation_name) else {
            return Ok(Price::default());
        };
        let root = match operation.ty {
            OperationType::Query => &self.roots[0],
            OperationType::Mutation => &self.roots[1],
            OperationType::Subscription => &self.roots[2],
        };
        if is_cyclic(document) {
            return Ok(Price::default());
        }
        let document = Document::new(operation, &document.fragments, variables);
        let mut price = Price::default();
        self.object(
            &document,
            root,
            &[&operation.selection_set.node],
            Times::ONE,
            &mut price,
        )
        .map_err(|refused| refusal(&refused))?;
        Ok(price)
    }

    fn object<'a>(
        &self,
        document: &Document<'a>,
        ty: &str,
        selections: &[&'a SelectionSet],
        times: Times,
        price: &mut Price,
    ) -> Result<(), Refused> {
        let asked = document.asked(selections, &|condition| condition == ty)?;
        for asked in asked {
            let Some(of) = self
                .fields
                .get(ty)
                .and_then(|fields| fields.get(asked.name()))
            else {
                continue;
            };
            self.field(document, of, &asked, times, price)?;
        }
        Ok(())
    }

    fn field<'a>(
        &self,
        document: &Document<'a>,
        ty: &FieldType,
        asked: &Asked<'a>,
        Times { times, page }: Times,
        price: &mut Price,
    ) -> Result<(), Refused> {
        let selections = asked.selections();
        let each = if ty.is_list && self.reading.contains(&ty.name) {
            page
        } else {
            1
        };
        let mut add = |read: &plan::Read, objects: u64| {
            price.add(Price {
                rows: read.cost(objects.saturating_mul(times)),
                statements: read.statements().saturating_mul(times),
            });
        };
        if ty.name == "Node" && !asked.fields.iter().any(|it| has_ids(&it.node)) {
            // Found by something else than its id, it may be of any type.
            let mut dearest: Option<plan::Read> = None;
            for of in defined().into_iter().filter(|of| of.is_node()) {
                let read = plan::one(document, of, &selections)?.read;
                if dearest.as_ref().is_none_or(|it| it.cost(1) < read.cost(1)) {
                    dearest = Some(read);
                }
            }
            if let Some(read) = dearest {
                add(&read, each);
            }
        } else if ty.name == "Node" {
            let mut by_type: HashMap<&str, u64> = HashMap::new();
            let ids = ids_of(document, asked)?;
            for id in &ids {
                if let Some((name, _)) = parse_global_id(id) {
                    *by_type.entry(name).or_default() += 1;
                }
            }
            for (name, objects) in by_type {
                if let Some(of) = named(name) {
                    add(&plan::one(document, of, &selections)?.read, objects);
                }
            }
        } else if let Some(of) = named(&ty.name) {
            add(&plan::one(document, of, &selections)?.read, each);
        } else if let Some(of) = ty.name.strip_suffix("Connection").and_then(named) {
            let Some(field) = asked.fields.first() else {
                return Ok(());
            };
            add(&plan::list(document, of, &field.node, &selections)?.read, 1);
        } else {
            price.add(Price {
                rows: times,
                statements: 0,
            });
            // A list of what is no shape says nothing of its length, but its connection may.
            let times = Times {
                times: times.saturating_mul(each),
                page: page_of(document, ty, asked),
            };
            self.object(document, &ty.name, &selections, times, price)?;
        }
        Ok(())
    }
}

/// The object types through which rows are read: those of shapes, and all that hold such.
fn reading(fields: &HashMap<String, HashMap<String, FieldType>>) -> HashSet<String> {
    let is_read = |name: &str| {
        name == "Node"
            || named(name).is_some()
            || name.strip_suffix("Connection").and_then(named).is_some()
    };
    let mut reading: HashSet<String> = defined().iter().map(|of| of.name.to_owned()).collect();
    reading.insert("Node".to_owned());
    loop {
        let more: Vec<_> = fields
            .iter()
            .filter(|(name, of)| {
                let holds =
                    |field: &FieldType| is_read(&field.name) || reading.contains(&field.name);
                !reading.contains(*name) && of.values().any(holds)
            })
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return reading;
        }
        reading.extend(more);
    }
}

/// How often something is read, and how many objects a list counts for there.
#[derive(Clone, Copy)]
struct Times {
    times: u64,
    page: u64,
}

impl Times {
    const ONE: Self = Self {
        times: 1,
        page: DEFAULT as u64,
    };
}

/// How many objects the lists right in this field count for: a connection is told.
fn page_of(document: &Document<'_>, ty: &FieldType, asked: &Asked<'_>) -> u64 {
    let told = asked
        .fields
        .first()
        .filter(|_| ty.name.ends_with("Connection"));
    let told = told.and_then(|field| document.argument(&field.node, "first"));
    let Some(Value::Number(first)) = told else {
        return DEFAULT.into();
    };
    first.as_u64().unwrap_or_default().min(MAXIMUM.into())
}

/// Whether it is `node` or `nodes`.
fn has_ids(field: &async_graphql::parser::types::Field) -> bool {
    ["id", "ids"]
        .iter()
        .any(|name| field.get_argument(name).is_some())
}

/// The operation that is to be executed.
fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(&operation.node),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get(name).map(|operation| &operation.node)
        }
        (DocumentOperations::Multiple(operations), None) => {
            let only = (operations.len() == 1).then(|| operations.values().next());
            only.flatten().map(|operation| &operation.node)
        }
    }
}

/// Gives the variables that the client left out the defaults of the operation. async-graphql does
/// so for arguments and forgets it for `@skip` and `@include`.
pub fn complete(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &mut Variables,
) {
    let Some(operation) = operation(document, operation_name) else {
        return;
    };
    for definition in &operation.variable_definitions {
        if let Some(default) = &definition.node.default_value {
            let name: &Name = &definition.node.name.node;
            variables
                .entry(name.clone())
                .or_insert_with(|| default.node.clone());
        }
    }
}

/// Whether a fragment holds itself, which validation refuses.
fn is_cyclic(document: &ExecutableDocument) -> bool {
    let mut waits: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, fragment) in &document.fragments {
        let mut spreads = Vec::new();
        collect_spreads(&fragment.node.selection_set, &mut spreads);
        waits.insert(name.as_str(), spreads);
    }
    // Takes away fragments that hold none of those left; what remains holds itself.
    loop {
        let done: Vec<_> = waits
            .iter()
            .filter(|(_, spreads)| !spreads.iter().any(|name| waits.contains_key(name)))
            .map(|(name, _)| *name)
            .collect();
        if done.is_empty() {
            return !waits.is_empty();
        }
        for name in done {
            waits.remove(name);
        }
    }
}

fn collect_spreads<'a>(selection: &'a Positioned<SelectionSet>, spreads: &mut Vec<&'a str>) {
    use async_graphql::parser::types::Selection;
    for item in &selection.node.items {
        match &item.node {
            Selection::Field(field) => collect_spreads(&field.node.selection_set, spreads),
            Selection::InlineFragment(inline) => {
                collect_spreads(&inline.node.selection_set, spreads);
            }
            Selection::FragmentSpread(spread) => {
                spreads.push(spread.node.fragment_name.node.as_str());
            }
        }
    }
}

fn base(ty: &BaseType) -> &Name {
    match ty {
        BaseType::Named(name) => name,
        BaseType::List(ty) => base(&ty.base),
    }
}
