//! Inputs for any mutation, built from its types.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::PASSWORD;
use crate::support::introspection::{Input, Schema, TypeRef};

/// What a text of that name says when it makes sense.
const TEXTS: &[(&str, &str)] = &[
    ("agreement", "partner-agreement"),
    ("assets", "elsewhere"),
    ("certification", "seller"),
    ("changeNote", "It is newer."),
    ("challenge", "no-token"),
    ("code", "000000"),
    ("courses", "basics"),
    (
        "course.yaml",
        "{slug: elsewhere, title: Elsewhere, locale: en, modules: [{key: one, title: One, lessons: \
         [{key: one, title: One, minutes: 1, kind: TEXT, body: Read.}]}]}",
    ),
    ("exam", "exam"),
    ("after", "3 min"),
    ("source", "crm"),
    ("externalId", "x-1"),
    ("segment", "SMALL"),
    ("alt", "A door."),
    ("before", "5 min"),
    ("challenge", "It was slow."),
    ("customer", "Hotel Elsewhere"),
    ("field", "text"),
    ("note", "It is signed."),
    ("outcome", "It is fast."),
    ("product", "Suite"),
    ("products", "Suite"),
    ("quote", "It works."),
    ("quoteBy", "Kim Customer"),
    ("quoteRole", "Head of all"),
    ("solution", "We made it fast."),
    ("unit", "%"),
    ("holder", "Sam Stranger"),
    ("lessons", "one"),
    ("module", "one"),
    ("summary", "What it is."),
    ("text", "It was done."),
    ("tier", "gold"),
    ("tiers", "gold"),
    ("url", "https://www.elsewhere.example/"),
    ("contactEmail", "stranger@elsewhere.example"),
    ("contactName", "Sam Stranger"),
    ("country", "DE"),
    ("course", "basics"),
    ("currentPassword", PASSWORD),
    ("document", "insurance"),
    ("email", "stranger@elsewhere.example"),
    ("evidence", "It is done."),
    ("fields", "evidence"),
    ("instructions", "Do it."),
    ("key", "one"),
    ("label", "How many?"),
    ("legalName", "Elsewhere GmbH"),
    ("letter", "step_opened"),
    ("locale", "en"),
    ("meeting", "kickoff"),
    ("name", "Sam Stranger"),
    ("newPassword", "seven quiet rivers bend"),
    ("password", PASSWORD),
    ("pinnedSteps", "profile"),
    ("pinnedTiers", "gold"),
    ("playbook", "elsewhere"),
    ("question", "one"),
    ("reason", "There is a reason."),
    ("refreshToken", "no-token"),
    ("region", "EMEA"),
    ("regions", "EMEA"),
    ("slug", "elsewhere"),
    ("tags", "elsewhere"),
    ("termsVersion", "1"),
    ("timeZone", "Europe/Lisbon"),
    ("title", "A step"),
    ("token", "no-token"),
    ("value", "40"),
    ("version", "1"),
    ("website", "https://www.elsewhere.example/"),
    ("why", "Because."),
    (
        "yaml",
        "{slug: elsewhere, locale: en, texts: {en: {title: Elsewhere}}, sections: [{key: one, \
         kind: TEXT, texts: {en: {title: One, body: Read.}}}]}",
    ),
    (
        "plan.yaml",
        "{slug: elsewhere, name: Elsewhere, locale: en, steps: [{key: one, title: One, \
         performer: VENDOR, dueDays: 1, rule: {kind: MANUAL_SIGN_OFF}}]}",
    ),
];

/// Fields that take nothing here, with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("choices", "a question of the first type takes none"),
    ("requires", "there is no other step"),
];

/// Where the ids of an input stand: paths such as `owner`, with the field's name.
pub(super) fn id_fields(schema: &Schema, input: &str) -> Vec<String> {
    let fields = schema.ty(input).inputs().iter();
    fields
        .flat_map(|field| id_fields_of(schema, field, &field.name))
        .collect()
}

fn id_fields_of(schema: &Schema, field: &Input, path: &str) -> Vec<String> {
    match schema.ty(field.ty.base()).kind.as_str() {
        "SCALAR" if field.ty.base() == "ID" => vec![path.to_owned()],
        "INPUT_OBJECT" => {
            let inner = id_fields(schema, field.ty.base());
            inner.iter().map(|it| format!("{path}.{it}")).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether an input takes only one of these two, which stand in it at these paths.
pub(super) fn are_rivals(schema: &Schema, input: &str, one: &str, other: &str) -> bool {
    let split = |path: &str| {
        let (head, tail) = path.split_once('.').unwrap_or((path, ""));
        (head.to_owned(), tail.to_owned())
    };
    let ((head, one), (other_head, other)) = (split(one), split(other));
    if head != other_head {
        return schema.ty(input).is_one_of();
    }
    let field = schema.ty(input).inputs().iter().find(|it| it.name == head);
    !one.is_empty() && are_rivals(schema, field.unwrap().ty.base(), &one, &other)
}

/// An input of that type, with these ids at these paths and this version as the expected one.
pub(super) fn input(
    schema: &Schema,
    ty: &str,
    ids: &BTreeMap<String, String>,
    version: i64,
) -> Result<Value, String> {
    object(schema, ty, "", ids, version)
}

fn object(
    schema: &Schema,
    ty: &str,
    path: &str,
    ids: &BTreeMap<String, String>,
    version: i64,
) -> Result<Value, String> {
    let ty = schema.ty(ty);
    let mut built = Map::new();
    for field in ty.inputs() {
        if LEFT_OUT.iter().any(|(name, _)| *name == field.name) {
            continue;
        }
        let path = if path.is_empty() {
            field.name.clone()
        } else {
            format!("{path}.{}", field.name)
        };
        // Of several that could stand here, the one for which an id was meant.
        let within = |id: &String| *id == path || id.starts_with(&format!("{path}."));
        let takes_ids = id_fields_of(schema, field, &path);
        if ty.is_one_of() && !takes_ids.is_empty() && !ids.keys().any(within) {
            continue;
        }
        let value = value(schema, field, &field.ty, &path, ids, version)
            .map_err(|what| format!("{}.{}: {what}", ty.name, field.name))?;
        built.insert(field.name.clone(), value);
        // One of them, and no more.
        if ty.is_one_of() {
            break;
        }
    }
    Ok(Value::Object(built))
}

fn value(
    schema: &Schema,
    field: &Input,
    ty: &TypeRef,
    path: &str,
    ids: &BTreeMap<String, String>,
    version: i64,
) -> Result<Value, String> {
    if let Some(item) = ty.item() {
        return Ok(json!([value(schema, field, item, path, ids, version)?]));
    }
    let base = schema.ty(ty.base());
    match (base.kind.as_str(), base.name.as_str()) {
        ("INPUT_OBJECT", name) => object(schema, name, path, ids, version),
        ("ENUM", _) => base
            .values()
            .first()
            .map(|value| json!(value.name))
            .ok_or_else(|| "the enum is empty".to_owned()),
        (_, "ID") => ids
            .get(path)
            .map(|id| json!(id))
            .ok_or_else(|| "no id was meant for it".to_owned()),
        (_, "Int") if field.name == "expectedVersion" => Ok(json!(version)),
        (_, "Int") => Ok(json!(1)),
        (_, "Boolean") => Ok(json!(true)),
        (_, "JSON") => Ok(json!({})),
        (_, "Date") => Ok(json!("2027-06-01")),
        (_, "DateTime") => Ok(json!("2027-06-01T12:00:00Z")),
        (
            _,
            "String" | "Decimal" | "CurrencyCode" | "Locale" | "TimeZone" | "URL" | "EmailAddress"
            | "CountryCode" | "Markdown",
        ) => TEXTS
            .iter()
            .find(|(name, _)| *name == path)
            .or_else(|| TEXTS.iter().find(|(name, _)| *name == field.name))
            .map(|(_, text)| json!(text))
            .ok_or_else(|| {
                format!(
                    "say in TEXTS of tests/it/isolation/inputs.rs what a text called `{}` says",
                    field.name
                )
            }),
        (kind, name) => Err(format!(
            "say in `value` of tests/it/isolation/inputs.rs what a {kind} of the type {name} holds"
        )),
    }
}
