//! Queries, made up from the schema.

use std::collections::BTreeMap;
use std::fmt::Write;

use async_graphql::{Value, Variables};
use serde_json::Value as Json;

use super::slow::{cursors_of, order_of};
use super::world::Chance;

/// The schema, as its own introspection tells it.
pub(super) struct Schema {
    types: BTreeMap<String, Json>,
}

/// A query with its variables.
pub(super) struct Made {
    pub(super) text: String,
    pub(super) variables: Variables,
}

pub(super) const INTROSPECTION: &str = "{ __schema { types { kind name
    fields { name type { ...t } args { name type { ...t } } }
    inputFields { name type { ...t } } enumValues { name } } } }
    fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// A type without its wrappers, and whether it is a list.
fn base(ty: &Json) -> (&str, bool) {
    let (mut ty, mut list) = (ty, false);
    while !ty["ofType"].is_null() {
        list |= ty["kind"] == "LIST";
        ty = &ty["ofType"];
    }
    (ty["name"].as_str().unwrap(), list)
}

fn list(of: &Json) -> impl Iterator<Item = &Json> {
    of.as_array().into_iter().flatten()
}

impl Schema {
    pub(super) fn new(introspected: &Json) -> Self {
        let types = list(&introspected["__schema"]["types"]);
        let types = types.map(|ty| (ty["name"].as_str().unwrap().to_owned(), ty.clone()));
        Self {
            types: types.collect(),
        }
    }

    fn fields(&self, ty: &str) -> Vec<&Json> {
        list(&self.types[ty]["fields"]).collect()
    }

    fn is_leaf(&self, ty: &str) -> bool {
        self.types[ty]["kind"] == "SCALAR" || self.types[ty]["kind"] == "ENUM"
    }
}

/// Makes queries up.
pub(super) struct Maker<'s> {
    pub(super) schema: &'s Schema,
    pub(super) chance: &'s mut Chance,
    /// Ids of objects of every type.
    pub(super) ids: &'s [String],
    /// Cursors that were given, and what they stand for.
    pub(super) given: &'s BTreeMap<String, String>,
    aliases: usize,
    fragments: Vec<String>,
    variables: Vec<(String, String, Value)>,
}

/// How many relations are asked for inside each other.
const DEPTH: usize = 4;

const TEXTS: [&str; 10] = [
    "Alpha GmbH",
    "a",
    "GMBH",
    "_",
    "%",
    "\\",
    "Épsi",
    "DE",
    "onboarding.step_done",
    "course-1",
];
const INSTANTS: [&str; 5] = [
    "2026-03-01T08:00:00Z",
    "2026-03-01T09:00:00+01:00",
    "2026-03-01T08:00:01Z",
    "2026-03-02T08:00:00.5Z",
    "2026-03-01T08:00:00.000001Z",
];

impl<'s> Maker<'s> {
    pub(super) fn new(
        schema: &'s Schema,
        chance: &'s mut Chance,
        ids: &'s [String],
        given: &'s BTreeMap<String, String>,
    ) -> Self {
        Self {
            schema,
            chance,
            ids,
            given,
            aliases: 0,
            fragments: Vec::new(),
            variables: Vec::new(),
        }
    }

    pub(super) fn query(&mut self) -> Made {
        // Only what is read through shapes: an id, ids or a list.
        let roots: Vec<Json> = self
            .schema
            .fields("Query")
            .into_iter()
            .filter(|field| {
                let (ty, _) = base(&field["type"]);
                let connection = ty.ends_with("Connection");
                let by_id =
                    list(&field["args"]).any(|it| it["name"] == "id" || it["name"] == "ids");
                // What takes words is the search: its hits are shapes, and the list is none.
                let by_words = list(&field["args"]).any(|it| it["name"] == "query");
                (connection && !by_words) || by_id
            })
            .cloned()
            .collect();
        let mut text = String::from("{");
        for _ in 0..=self.chance.below(2) {
            let root = self.chance.pick(&roots).clone();
            self.field(&root, DEPTH, &mut text);
        }
        if self.chance.one_in(5) {
            text += " __typename";
        }
        text += " }";
        let mut head = String::new();
        for (name, ty, _) in &self.variables {
            let _ = write!(
                head,
                "{}${name}: {ty}",
                if head.is_empty() { "" } else { ", " }
            );
        }
        if !head.is_empty() {
            text = format!("query({head}) {text}");
        }
        for fragment in &self.fragments {
            text.push('\n');
            text += fragment;
        }
        let mut variables = Variables::default();
        for (name, _, value) in &self.variables {
            // As a client sends them: an enum's value as a text.
            let value = Value::from_json(value.clone().into_json().unwrap()).unwrap();
            variables.insert(async_graphql::Name::new(name), value);
        }
        Made { text, variables }
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("a{}", self.aliases)
    }

    /// One field, with everything below it.
    fn field(&mut self, field: &Json, depth: usize, text: &mut String) {
        let name = field["name"].as_str().unwrap();
        let (ty, _) = base(&field["type"]);
        let ty = ty.to_owned();
        let args: Vec<Json> = list(&field["args"]).cloned().collect();
        let mut head = name.to_owned();
        // What takes arguments has a name of its own, so that no two can contradict each other.
        if !args.is_empty() || self.chance.one_in(6) {
            let alias = self.alias();
            head = format!(
                "{alias}: {name}{}",
                self.arguments(&ty, &args, depth == DEPTH)
            );
        }
        let directives = self.directives();
        let _ = write!(text, " {head}{directives}");
        if self.schema.is_leaf(&ty) {
            return;
        }
        text.push_str(" {");
        self.selection(&ty, depth, text);
        text.push_str(" }");
        if self.chance.one_in(8) {
            // Asked once more: both are one.
            let again = if ty.ends_with("Connection") {
                "totalCount __typename"
            } else {
                "__typename"
            };
            let _ = write!(text, " {head}{directives} {{ {again} }}");
        }
    }

    fn selection(&mut self, ty: &str, depth: usize, text: &mut String) {
        let start = text.len();
        if ty == "Node" {
            text.push_str(" id");
            for _ in 0..2 {
                let of = *self.chance.pick(super::slow::TYPES);
                let _ = write!(text, " ... on {of} {{");
                self.selection(of, depth, text);
                text.push_str(" }");
            }
            return;
        }
        let fields = self.schema.fields(ty);
        let (leaves, branches): (Vec<&Json>, Vec<&Json>) = fields
            .into_iter()
            .partition(|field| self.schema.is_leaf(base(&field["type"]).0));
        if !leaves.is_empty() {
            for _ in 0..=self.chance.below(4) {
                let leaf = (*self.chance.pick(&leaves)).clone();
                self.field(&leaf, depth, text);
            }
        }
        // The parts of a connection cost no depth: they are not another relation.
        let part = ty.ends_with("Connection") || ty.ends_with("Edge");
        let depth = if part { depth } else { depth.saturating_sub(1) };
        if !branches.is_empty() && depth > 0 {
            for _ in 0..=self.chance.below(if part { 2 } else { 3 }) {
                let branch = (*self.chance.pick(&branches)).clone();
                self.field(&branch, depth, text);
            }
        }
        if self.chance.one_in(4) {
            text.push_str(" __typename");
        }
        if depth > 0 && self.chance.one_in(5) {
            let mut inner = String::new();
            self.selection(ty, depth - 1, &mut inner);
            let on = if self.chance.one_in(2) {
                format!(" on {ty}")
            } else {
                String::new()
            };
            let directives = self.directives();
            let _ = write!(text, " ...{on}{directives} {{{inner} }}");
        }
        if depth > 0 && self.chance.one_in(6) {
            let mut inner = String::new();
            self.selection(ty, depth - 1, &mut inner);
            let name = format!("f{}", self.alias());
            self.fragments
                .push(format!("fragment {name} on {ty} {{{inner} }}"));
            let _ = write!(text, " ...{name}");
        }
        if super::slow::TYPES.contains(&ty) && self.chance.one_in(8) {
            text.push_str(" ... on Node { id }");
        }
        if text.len() == start {
            text.push_str(" __typename");
        }
    }

    fn directives(&mut self) -> String {
        if !self.chance.one_in(12) {
            return String::new();
        }
        let name = *self.chance.pick(&["skip", "include"]);
        let truth = Value::from(self.chance.one_in(2));
        let truth = self.literal_or_variable("Boolean!", truth);
        format!(" @{name}(if: {truth})")
    }

    fn literal_or_variable(&mut self, ty: &str, value: Value) -> String {
        if self.chance.one_in(3) {
            let name = format!("v{}", self.variables.len());
            self.variables.push((name.clone(), ty.to_owned(), value));
            format!("${name}")
        } else {
            value.to_string()
        }
    }

    fn arguments(&mut self, ty: &str, args: &[Json], at_root: bool) -> String {
        let takes = |name: &str| args.iter().find(|arg| arg["name"] == name);
        let mut given: Vec<(String, String)> = Vec::new();
        if takes("id").is_some() {
            let id = Value::from(self.id());
            given.push(("id".into(), self.literal_or_variable("ID!", id)));
        }
        if takes("ids").is_some() {
            let ids = (0..self.chance.below(5))
                .map(|_| Value::from(self.id()))
                .collect::<Vec<_>>();
            given.push((
                "ids".into(),
                self.literal_or_variable("[ID!]!", Value::List(ids)),
            ));
        }
        if takes("certification").is_some_and(|_| !self.chance.one_in(3)) {
            let mut of: Vec<String> = self.ids.to_vec();
            of.retain(|id| id.starts_with("Certification_"));
            let id = if of.is_empty() || self.chance.one_in(4) {
                self.id()
            } else {
                self.chance.pick(&of).clone()
            };
            let id = self.literal_or_variable("ID", Value::from(id));
            given.push(("certification".into(), id));
        }
        if let Some(type_name) = ty.strip_suffix("Connection") {
            let size = Value::from(self.chance.below(5));
            let backward = self.chance.one_in(3);
            if backward || !self.chance.one_in(3) {
                let name = if backward { "last" } else { "first" };
                given.push((name.into(), self.literal_or_variable("Int", size)));
            }
            let mut order = Value::Null;
            if let Some(arg) = takes("orderBy").filter(|_| self.chance.one_in(2)) {
                let (input, _) = base(&arg["type"]);
                let value = self.order(input);
                order = value.clone();
                let literal = self.literal_or_variable(&format!("[{input}!]"), value);
                given.push(("orderBy".into(), literal));
            }
            if let Some(arg) = takes("filter").filter(|_| self.chance.one_in(2)) {
                let (input, _) = base(&arg["type"]);
                let value = self.filter(input, 2);
                given.push(("filter".into(), self.literal_or_variable(input, value)));
            }
            let of = cursors_of(type_name, &order_of(type_name, &order, at_root));
            let fitting = self
                .given
                .iter()
                .filter(|(_, place)| place.starts_with(&of));
            let fitting: Vec<&String> = fitting.map(|(cursor, _)| cursor).collect();
            for name in ["after", "before"] {
                if !fitting.is_empty() && self.chance.one_in(3) {
                    let cursor = Value::from((*self.chance.pick(&fitting)).clone());
                    given.push((name.into(), self.literal_or_variable("String", cursor)));
                }
            }
        }
        if given.is_empty() {
            return String::new();
        }
        let given: Vec<_> = given
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        format!("({})", given.join(", "))
    }

    fn id(&mut self) -> String {
        if self.chance.one_in(10) {
            return (*self
                .chance
                .pick(&["", "nonsense", "Partner_AAAAAAAAAAAAAAAAAAAAAA"]))
            .into();
        }
        self.chance.pick(self.ids).clone()
    }

    fn order(&mut self, input: &str) -> Value {
        let field = list(&self.schema.types[input]["inputFields"]).find(|it| it["name"] == "field");
        let (field, _) = base(&field.unwrap()["type"]);
        let mut names: Vec<String> = list(&self.schema.types[field]["enumValues"])
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect();
        let mut orders = Vec::new();
        for _ in 0..=self.chance.below(2) {
            if names.is_empty() {
                break;
            }
            let name = names.remove(self.chance.below(names.len()));
            let mut order = async_graphql::indexmap::IndexMap::new();
            let name_of = |name: &str| async_graphql::Name::new(name);
            order.insert(name_of("field"), Value::Enum(name_of(&name)));
            if !self.chance.one_in(3) {
                let direction = *self.chance.pick(&["ASC", "DESC"]);
                order.insert(name_of("direction"), Value::Enum(name_of(direction)));
            }
            orders.push(Value::Object(order));
        }
        Value::List(orders)
    }

    fn filter(&mut self, input: &str, depth: usize) -> Value {
        let fields: Vec<Json> = list(&self.schema.types[input]["inputFields"])
            .cloned()
            .collect();
        let mut filter = async_graphql::indexmap::IndexMap::new();
        for _ in 0..=self.chance.below(2) {
            let field = self.chance.pick(&fields).clone();
            let name = field["name"].as_str().unwrap();
            let (ty, is_list) = base(&field["type"]);
            let value = match name {
                "and" | "or" | "not" if depth == 0 => continue,
                "and" | "or" => {
                    let some = (0..self.chance.below(3)).map(|_| self.filter(ty, depth - 1));
                    Value::List(some.collect())
                }
                "not" => self.filter(ty, depth - 1),
                _ => self.input(ty, is_list),
            };
            filter.insert(async_graphql::Name::new(name), value);
        }
        Value::Object(filter)
    }

    fn input(&mut self, ty: &str, is_list: bool) -> Value {
        if is_list {
            let some = (0..self.chance.below(3)).map(|_| self.input(ty, false));
            return Value::List(some.collect());
        }
        let text = |chance: &mut Chance, from: &[&str]| Value::from(*chance.pick(from));
        match ty {
            "String" => text(self.chance, &TEXTS),
            "CountryCode" => text(self.chance, &["DE", "FR", "XX"]),
            "Locale" => text(self.chance, &["de", "en"]),
            "EmailAddress" => text(
                self.chance,
                &["person1@example.test", "guest0@example.test"],
            ),
            "DateTime" => text(self.chance, &INSTANTS),
            "Date" => text(self.chance, &["2026-03-02", "2026-03-15", "2026-03-29"]),
            "Int" => Value::from(self.chance.below(4)),
            "Boolean" => Value::from(self.chance.one_in(2)),
            "ID" => Value::from(self.id()),
            _ if self.schema.types[ty]["kind"] == "ENUM" => {
                let values: Vec<_> = list(&self.schema.types[ty]["enumValues"])
                    .cloned()
                    .collect();
                let name = self.chance.pick(&values)["name"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                Value::Enum(async_graphql::Name::new(name))
            }
            _ => self.filter(ty, 0),
        }
    }
}
