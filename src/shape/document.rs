//! What a request asks at one place: fragments opened, conditions applied, arguments resolved.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use async_graphql::parser::types::{
    Directive, Field as Selected, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use async_graphql_value::Value as Literal;

use super::plan::Refused;

/// The most fields that one request may select, with its fragments opened. A plan is made for each
/// of them, so this bounds what planning costs whatever the document is.
const MOST: u32 = 20_000;

/// An operation with what it refers to.
pub(super) struct Document<'a> {
    pub(super) operation: &'a OperationDefinition,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &'a Variables,
    seen: AtomicU32,
}

/// The fields that share a response key; their selections count as one.
pub(super) struct Asked<'a> {
    pub(super) key: &'a str,
    pub(super) fields: Vec<&'a Positioned<Selected>>,
}

impl<'a> Asked<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.fields
            .first()
            .map_or("", |field| field.node.name.node.as_str())
    }

    pub(super) fn selections(&self) -> Vec<&'a SelectionSet> {
        let sets = self
            .fields
            .iter()
            .map(|field| &field.node.selection_set.node);
        sets.collect()
    }
}

impl<'a> Document<'a> {
    pub(super) fn new(
        operation: &'a OperationDefinition,
        fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
        variables: &'a Variables,
    ) -> Self {
        let seen = AtomicU32::new(0);
        Self {
            operation,
            fragments,
            variables,
            seen,
        }
    }

    /// Fragments opened, fields gathered by response key, in the order of first appearance.
    pub(super) fn asked(
        &self,
        selections: &[&'a SelectionSet],
        applies: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Asked<'a>>, Refused> {
        let mut asked = Vec::new();
        for selection in selections {
            self.gather(selection, applies, &mut Vec::new(), &mut asked)?;
        }
        Ok(asked)
    }

    fn gather(
        &self,
        selection: &'a SelectionSet,
        applies: &dyn Fn(&str) -> bool,
        within: &mut Vec<&'a str>,
        asked: &mut Vec<Asked<'a>>,
    ) -> Result<(), Refused> {
        for item in &selection.items {
            if self.seen.fetch_add(1, Relaxed) >= MOST {
                return Err(Refused::too_much(format!(
                    "The request selects more than {MOST} fields: ask for less at once."
                )));
            }
            if self.is_left_out(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    match asked.iter_mut().find(|asked| asked.key == key) {
                        Some(same) => same.fields.push(field),
                        None => asked.push(Asked {
                            key,
                            fields: vec![field],
                        }),
                    }
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    if on.is_none_or(|on| applies(on.node.on.node.as_str())) {
                        self.gather(&inline.node.selection_set.node, applies, within, asked)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let Some(fragment) = self.fragments.get(name) else {
                        continue;
                    };
                    // A fragment within itself is refused by validation, which comes later.
                    if within.contains(&name) {
                        continue;
                    }
                    if applies(fragment.node.type_condition.node.on.node.as_str()) {
                        within.push(name);
                        self.gather(&fragment.node.selection_set.node, applies, within, asked)?;
                        within.pop();
                    }
                }
            }
        }
        Ok(())
    }

    fn is_left_out(&self, directives: &'a [Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let left_out_if = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return false,
            };
            let condition = directive.node.get_argument("if");
            let condition = condition.and_then(|condition| self.resolve(&condition.node));
            condition == Some(Value::Boolean(left_out_if))
        })
    }

    /// An argument's value; none where it is null or was not given.
    pub(super) fn argument(&self, field: &'a Selected, name: &str) -> Option<Value> {
        self.resolve(&field.get_argument(name)?.node)
            .filter(|value| *value != Value::Null)
    }

    /// The value with its variables resolved; none for a variable that was not given.
    fn resolve(&self, value: &Literal) -> Option<Value> {
        Some(match value {
            Literal::Variable(name) => return self.variable(name),
            Literal::Null => Value::Null,
            Literal::Number(number) => Value::Number(number.clone()),
            Literal::String(text) => Value::String(text.clone()),
            Literal::Boolean(truth) => Value::Boolean(*truth),
            Literal::Binary(bytes) => Value::Binary(bytes.clone()),
            Literal::Enum(name) => Value::Enum(name.clone()),
            Literal::List(items) => Value::List(
                items
                    .iter()
                    .map(|item| self.resolve(item).unwrap_or_default())
                    .collect(),
            ),
            Literal::Object(object) => Value::Object(
                object
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), self.resolve(value)?)))
                    .collect(),
            ),
        })
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        if let Some(value) = self.variables.get(name) {
            return Some(value.clone());
        }
        let definitions = &self.operation.variable_definitions;
        let definition = definitions.iter().find(|it| it.node.name.node == *name)?;
        let default = definition.node.default_value.as_ref()?;
        Some(default.node.clone())
    }
}
