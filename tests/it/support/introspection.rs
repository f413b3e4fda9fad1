//! The schema as it tells itself, so that tests reach what is added to it tomorrow.

use std::collections::BTreeMap;

use async_graphql::Request;
use serde::Deserialize;

/// A type by reference: `[Partner!]!` and the like.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeRef {
    pub(crate) kind: String,
    name: Option<String>,
    of_type: Option<Box<TypeRef>>,
}

impl TypeRef {
    /// The named type inside.
    pub(crate) fn base(&self) -> &str {
        match &self.of_type {
            Some(inner) => inner.base(),
            None => self.name.as_deref().unwrap(),
        }
    }

    pub(crate) fn is_required(&self) -> bool {
        self.kind == "NON_NULL"
    }

    /// The same without its `!`.
    pub(crate) fn nullable(&self) -> &Self {
        match &self.of_type {
            Some(inner) if self.is_required() => inner,
            _ => self,
        }
    }

    /// The item of a list.
    pub(crate) fn item(&self) -> Option<&Self> {
        let this = self.nullable();
        this.of_type.as_deref().filter(|_| this.kind == "LIST")
    }
}

impl std::fmt::Display for TypeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.of_type, self.kind.as_str()) {
            (Some(inner), "LIST") => write!(f, "[{inner}]"),
            (Some(inner), _) => write!(f, "{inner}!"),
            (None, _) => f.write_str(self.base()),
        }
    }
}

/// An argument, or a field of an input.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[serde(rename = "type")]
    pub(crate) ty: TypeRef,
    pub(crate) default_value: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) args: Vec<Input>,
    #[serde(rename = "type")]
    pub(crate) ty: TypeRef,
}

/// A type, or anything else with a name and a description.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Type {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    fields: Option<Vec<Field>>,
    input_fields: Option<Vec<Input>>,
    interfaces: Option<Vec<TypeRef>>,
    enum_values: Option<Vec<Named>>,
    possible_types: Option<Vec<TypeRef>>,
    is_one_of: Option<bool>,
}

impl Type {
    pub(crate) fn fields(&self) -> &[Field] {
        self.fields.as_deref().unwrap_or_default()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    pub(crate) fn inputs(&self) -> &[Input] {
        self.input_fields.as_deref().unwrap_or_default()
    }

    pub(crate) fn values(&self) -> &[Named] {
        self.enum_values.as_deref().unwrap_or_default()
    }

    pub(crate) fn is_one_of(&self) -> bool {
        self.is_one_of.unwrap_or_default()
    }

    pub(crate) fn is_leaf(&self) -> bool {
        matches!(self.kind.as_str(), "SCALAR" | "ENUM")
    }

    /// Names of the interfaces that it implements.
    pub(crate) fn interfaces(&self) -> Vec<&str> {
        let all = self.interfaces.iter().flatten();
        all.map(TypeRef::base).collect()
    }

    /// Names of the types that implement it.
    pub(crate) fn possible_types(&self) -> Vec<&str> {
        let all = self.possible_types.iter().flatten();
        all.map(TypeRef::base).collect()
    }
}

#[derive(Debug, Deserialize)]
struct Told {
    types: Vec<Type>,
    directives: Vec<Named>,
}

/// All types by their names, those of GraphQL itself left out.
#[derive(Debug)]
pub(crate) struct Schema {
    types: BTreeMap<String, Type>,
    pub(crate) directives: Vec<Named>,
}

const QUERY: &str = "{ __schema { directives { name description } types { kind name description
    isOneOf
    fields(includeDeprecated: true) { name description type { ...Of } args { ...In } }
    inputFields { ...In }
    interfaces { kind name }
    enumValues(includeDeprecated: true) { name description }
    possibleTypes { kind name }
} } }
fragment In on __InputValue { name description defaultValue type { ...Of } }
fragment Of on __Type { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name } } } } }";

impl Schema {
    /// Asks the schema.
    pub(crate) async fn told() -> Self {
        let answer = entente::graphql::schema()
            .execute(Request::new(QUERY))
            .await;
        assert_eq!(answer.errors, []);
        let mut data = answer.data.into_json().unwrap();
        let told: Told = serde_json::from_value(data["__schema"].take()).unwrap();
        let ours = told
            .types
            .into_iter()
            .filter(|it| !it.name.starts_with("__"));
        Self {
            types: ours.map(|ty| (ty.name.clone(), ty)).collect(),
            directives: told.directives,
        }
    }

    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        self.types.values()
    }

    pub(crate) fn ty(&self, name: &str) -> &Type {
        &self.types[name]
    }

    pub(crate) fn mutations(&self) -> &[Field] {
        self.ty("Mutation").fields()
    }

    /// A selection of everything within so many objects of `ty`, each with its type and id.
    pub(crate) fn everything(&self, ty: &str, depth: usize) -> String {
        let ty = self.ty(ty);
        let mut parts = vec!["__typename".to_owned()];
        for field in ty.fields() {
            // What needs an argument to be read at all is asked on its own.
            if field
                .args
                .iter()
                .any(|arg| arg.ty.is_required() && arg.default_value.is_none())
            {
                continue;
            }
            let to = self.ty(field.ty.base());
            // A list and what stands between it and its items are one step.
            let is_between = to.name.ends_with("Connection") || to.name.ends_with("Edge");
            if to.is_leaf() {
                parts.push(field.name.clone());
            } else if to.name == "PageInfo" {
                parts.push(format!(
                    "{} {{ {} }}",
                    field.name,
                    self.everything("PageInfo", 0)
                ));
            } else if to.kind == "OBJECT" && (depth > 0 || is_between) {
                // The edges hold the nodes once more.
                let is_repeated = ty.name.ends_with("Edge") && field.name == "node";
                let deeper = if is_between { depth } else { depth - 1 };
                if !(is_repeated || (is_between && depth == 0)) {
                    let inner = self.everything(&to.name, deeper);
                    parts.push(format!("{} {{ {inner} }}", field.name));
                }
            }
        }
        parts.join(" ")
    }
}
