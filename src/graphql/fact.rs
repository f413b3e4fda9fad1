//! Facts that other systems tell, as they tell them.
//!
//! What each kind takes is said once, in [`crate::fact::FIELDS`]: the inputs here are made of it.

use std::any::type_name;
use std::borrow::Cow;

use async_graphql::registry::{MetaEnumValue, MetaInputValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    Context, ID, InputObject, InputType, InputValueError, InputValueResult, Object, OneofObject,
    Result, SimpleObject, Value,
};
use entity::id::{FactId, PartnerId};
use uuid::Uuid;

use super::payload::mutation;
use super::{ContextExt, answer, file, key};
use crate::error::Refusal;
use crate::fact::{FROM_OUTSIDE, Field, FieldType, about_kind, fields_of};
use crate::file::{Kind, brought, read};
use crate::intake::correct::{self, Change, Correction, Replacement, Which};
use crate::intake::import::{self, Import, Refused, Report};
use crate::intake::line::{Form, Raw, Whose};
use crate::intake::record::{self, Recorded};
use crate::reads::partner::Partner;
use crate::reads::record::Fact;
use crate::shape::scalar::{CurrencyCode, Date, DateTime, Decimal};
use crate::shape::{global_id, key_of};

/// What a fact tells: a kind with its fields.
struct FactDetailInput {
    kind: &'static str,
    fields: serde_json::Map<String, serde_json::Value>,
}

/// The kind as a name in the API: `customerAcquired` for `customer.acquired`.
fn name_of(kind: &str) -> String {
    let mut words = kind.split(['.', '_']);
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capital(word))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

impl FactDetailInput {
    /// Where its fields stand, below the path of the whole.
    fn path(&self, whole: &str) -> String {
        format!("{whole}.{}.", name_of(self.kind))
    }
}

fn described(name: &str, ty: String, about: &str) -> (String, MetaInputValue) {
    let mut value = MetaInputValue::new(name, ty);
    value.description = Some(about.to_owned());
    (name.to_owned(), value)
}

fn object(name: &str, about: &str, fields: Vec<(String, MetaInputValue)>, oneof: bool) -> MetaType {
    MetaType::InputObject {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        input_fields: fields.into_iter().collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: Some(type_name::<FactDetailInput>()),
        oneof,
        directive_invocations: Vec::new(),
    }
}

/// The type of a field, without a word on whether it may be left out.
fn type_of(registry: &mut Registry, kind: &str, field: &Field) -> String {
    let name = match field.ty {
        _ if !field.choices.is_empty() => words(registry, kind, field),
        FieldType::Text if field.is_currency => {
            <CurrencyCode as InputType>::create_type_info(registry)
        }
        FieldType::Text => <String as InputType>::create_type_info(registry),
        FieldType::Texts => <Vec<String> as InputType>::create_type_info(registry),
        FieldType::Number if field.is_whole => <i32 as InputType>::create_type_info(registry),
        FieldType::Number => <Decimal as InputType>::create_type_info(registry),
        FieldType::Flag => <bool as InputType>::create_type_info(registry),
        FieldType::Day => <Date as InputType>::create_type_info(registry),
        FieldType::Instant => <DateTime as InputType>::create_type_info(registry),
    };
    name.trim_end_matches('!').to_owned()
}

/// The words of a field as an enum.
fn words(registry: &mut Registry, kind: &str, field: &Field) -> String {
    let name = format!("Fact{}{}", capital(&name_of(kind)), capital(field.name));
    let words = field.choices.iter().zip(field.meanings);
    let values = words.map(|(word, meaning)| {
        let mut value = MetaEnumValue::new(*word);
        value.description = Some((*meaning).to_owned());
        ((*word).to_owned(), value)
    });
    let ty = MetaType::Enum {
        name: name.clone(),
        description: Some(field.about.to_owned()),
        enum_values: values.collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: Some(type_name::<FactDetailInput>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    };
    registry.types.entry(name.clone()).or_insert(ty);
    name
}

/// The input of a kind.
fn of_kind(registry: &mut Registry, kind: &str) -> String {
    let name = format!("Fact{}Input", capital(&name_of(kind)));
    let mut fields = Vec::new();
    for field in fields_of(kind).unwrap_or_default() {
        let mut ty = type_of(registry, kind, field);
        if !field.is_optional {
            ty.push('!');
        }
        fields.push(described(field.name, ty, field.about));
    }
    let ty = object(&name, about_kind(kind), fields, false);
    registry.types.entry(name.clone()).or_insert(ty);
    name
}

impl InputType for FactDetailInput {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        "FactDetailInput".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let kinds = FROM_OUTSIDE.iter().map(|kind| {
                let ty = of_kind(registry, kind);
                let about = format!("`{kind}`: {}", about_kind(kind));
                described(&name_of(kind), ty, &about)
            });
            let kinds = kinds.collect();
            let about = "What a fact tells: exactly one kind, with its fields.";
            object("FactDetailInput", about, kinds, true)
        })
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let Some(Value::Object(said)) = value else {
            return Err(InputValueError::expected_type(value.unwrap_or_default()));
        };
        let mut said = said.into_iter();
        let (Some((name, Value::Object(fields))), None) = (said.next(), said.next()) else {
            return Err(InputValueError::custom("Tell exactly one kind of facts."));
        };
        let kind = FROM_OUTSIDE
            .iter()
            .find(|kind| name_of(kind) == name.as_str());
        let Some(kind) = kind else {
            return Err(InputValueError::custom("There is no such kind of facts."));
        };
        let mut given = serde_json::Map::new();
        for (name, value) in fields {
            given.insert(name.to_string(), value.into_json()?);
        }
        Ok(Self {
            kind,
            fields: given,
        })
    }

    fn to_value(&self) -> Value {
        let fields = serde_json::Value::Object(self.fields.clone());
        let whole = serde_json::json!({ name_of(self.kind): fields });
        Value::from_json(whole).unwrap_or_default()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A fact about a partner.
#[derive(InputObject)]
struct FactInput {
    /// To which partner it happened.
    partner: ID,
    /// When it happened.
    occurred_at: DateTime,
    /// What your system calls it. The same again, in the same words, is known already; in other
    /// words it is refused.
    external_id: String,
    /// What happened.
    what: FactDetailInput,
}

impl FactInput {
    fn raw(self) -> (Raw, String) {
        let at = self.what.path("what");
        // Another text names a partner that is not there, which is refused where it is looked for.
        let partner = key_of::<Partner>(&self.partner).unwrap_or(Uuid::nil());
        let raw = Raw {
            kind: self.what.kind.to_owned(),
            partner: Whose::Id(PartnerId(partner)),
            occurred_at: self.occurred_at.0.to_rfc3339(),
            external_id: self.external_id,
            detail: self.what.fields,
        };
        (raw, at)
    }
}

/// Records facts.
#[derive(InputObject)]
struct FactsRecordInput {
    /// The system that tells them, such as `crm`: a name of a-z, 0-9 and hyphens inside.
    source: String,
    /// What it tells: at most 1,000, as variables. More are for `factsImport`. Where some are wrong, the
    /// first 100 reasons are told.
    facts: Vec<FactInput>,
}

/// What became of the facts of a request.
#[derive(SimpleObject)]
struct FactsRecorded {
    /// The facts in the order in which they were told; `nodes` reads them.
    ids: Vec<ID>,
    /// How many of them are new.
    recorded: i32,
    /// How many were known already.
    known: i32,
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl From<Recorded> for FactsRecorded {
    fn from(done: Recorded) -> Self {
        let known = done.facts.len().saturating_sub(done.recorded);
        let ids = done.facts.iter().map(|fact| id(*fact)).collect();
        Self {
            ids,
            recorded: count(done.recorded),
            known: count(known),
        }
    }
}

fn id(fact: FactId) -> ID {
    ID(global_id("Fact", fact.0))
}

mutation!(
    /// What `factsRecord` answers.
    FactsRecord => FactsRecordPayload telling {
        /// What became of them.
        recorded: FactsRecorded
    }
    refuses [
        "DUPLICATE", "INVALID", "INVALID_DATE", "INVALID_KEY", "INVALID_NUMBER", "INVALID_TEXT",
        "IN_FUTURE", "KNOWN_OTHERWISE", "OUT_OF_RANGE", "REQUIRED", "TOO_LONG", "TOO_MANY",
        "UNKNOWN_FIELD", "UNKNOWN_KIND", "UNKNOWN_PARTNER"
    ]
);

/// Imports a file of facts.
#[derive(InputObject)]
struct FactsImportInput {
    /// The file, which you have uploaded for the vendor: a table (`.csv`), or a JSON object on each
    /// line (`.jsonl`).
    file: ID,
    /// The system that tells them, such as `crm`: a name of a-z, 0-9 and hyphens inside.
    source: String,
    /// Whether it is only looked at: the answer is the same, and nothing is recorded.
    #[graphql(default = false)]
    dry_run: bool,
}

/// One reason why a line of a file was refused.
#[derive(SimpleObject)]
struct FactsImportRefusal {
    /// The number of the line, the first being 1.
    line: i32,
    /// The column or field that is at fault; null where none is.
    field: Option<String>,
    /// Why, for programs: a code of `FactsRecordErrorCode`.
    code: String,
    /// What is wrong and what to do, for people.
    message: String,
}

impl From<Refused> for FactsImportRefusal {
    fn from(refused: Refused) -> Self {
        Self {
            line: i32::try_from(refused.line).unwrap_or(i32::MAX),
            field: refused.field,
            code: refused.code,
            message: refused.message,
        }
    }
}

/// What became of a file of facts.
#[derive(SimpleObject)]
struct FactsImportReport {
    /// Lines that are facts now or, where it was only looked at, would be.
    recorded: i32,
    /// Lines that were facts before.
    known: i32,
    /// Lines that were refused; all others are recorded or known.
    refused: i32,
    /// Why they were, in the order of the lines: the first 100 reasons.
    refusals: Vec<FactsImportRefusal>,
    /// Whether it was only looked at.
    dry_run: bool,
}

impl From<Report> for FactsImportReport {
    fn from(report: Report) -> Self {
        Self {
            recorded: count(report.recorded),
            known: count(report.known),
            refused: count(report.refused),
            refusals: report.refusals.into_iter().map(Into::into).collect(),
            dry_run: report.dry_run,
        }
    }
}

mutation!(
    /// What `factsImport` answers.
    FactsImport => FactsImportPayload telling {
        /// What became of its lines.
        report: FactsImportReport
    }
    refuses [
        "DUPLICATE", "INVALID", "INVALID_KEY", "NOT_UPLOADED", "REQUIRED", "TOO_MANY",
        "UNKNOWN_FIELD", "UNKNOWN_FILE", "WRONG_FILE_TYPE"
    ]
);

/// What another system told under a name of its own.
#[derive(InputObject)]
struct ExternalFactInput {
    /// The system.
    source: String,
    /// What it calls it.
    external_id: String,
}

/// Which fact: exactly one of these.
#[derive(OneofObject)]
enum FactRefInput {
    /// This one, which nothing has corrected yet.
    Id(ID),
    /// The one that stands today for what a system told.
    External(ExternalFactInput),
}

/// What takes a fact's place.
#[derive(InputObject)]
struct FactReplacementInput {
    /// When it happened; left out where that was right.
    occurred_at: Option<DateTime>,
    /// What happened, of the same kind, with all of its fields.
    what: FactDetailInput,
}

/// What is right: exactly one of these.
#[derive(OneofObject)]
enum FactCorrectionInput {
    /// This happened instead.
    Replacement(FactReplacementInput),
    /// `true`: it did not happen.
    Retracted(bool),
}

/// Corrects a fact.
#[derive(InputObject)]
struct FactCorrectInput {
    /// Which.
    fact: FactRefInput,
    /// What is right.
    correction: FactCorrectionInput,
    /// Why; the partner reads it where the fact is taken back.
    reason: String,
}

mutation!(
    /// What `factCorrect` answers.
    FactCorrect => FactCorrectPayload {
        /// The fact that takes its place; on a conflict the one that was corrected before.
        fact: Fact
    }
    refuses [
        "CONFLICT", "INVALID", "INVALID_DATE", "INVALID_NUMBER", "INVALID_TEXT", "IN_FUTURE",
        "NOT_FROM_OUTSIDE", "OUT_OF_RANGE", "REQUIRED", "RETRACTED", "TOO_LONG", "UNKNOWN_FIELD",
        "UNKNOWN_KIND"
    ]
);

/// Facts from outside.
#[derive(Debug, Default)]
pub(crate) struct FactMutation;

#[Object]
impl FactMutation {
    /// Records what another system tells: all of it, or nothing. What it told before is known by its
    /// `externalId`. For administrators, partner managers, program managers and finance.
    async fn facts_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FactsRecordInput,
    ) -> Result<Option<FactsRecordPayload>> {
        let facts = input.facts.into_iter().enumerate().map(|(index, fact)| {
            let (raw, at) = fact.raw();
            (raw, format!("facts.{index}.{at}"))
        });
        let done = record::record(ctx.op(), input.source, facts.collect()).await;
        FactsRecordPayload::told(done.map(Into::into))
    }

    /// Imports a file of facts: every good line is recorded, and every other is told of. The same
    /// file once more records nothing new. The file itself is not kept. For administrators, partner
    /// managers, program managers and finance.
    async fn facts_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FactsImportInput,
    ) -> Result<Option<FactsImportPayload>> {
        FactsImportPayload::told(imported(ctx, input).await.map(Into::into))
    }

    /// Corrects a fact that another system told: a later fact takes its place, and what was known
    /// before stays known. For administrators, partner managers, program managers and finance.
    async fn fact_correct(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FactCorrectInput,
    ) -> Result<Option<FactCorrectPayload>> {
        let (which, current) = match input.fact {
            FactRefInput::Id(id) => {
                let id = key::<Fact>(&id)?;
                (Which::Id(id.into()), Some(id))
            }
            FactRefInput::External(external) => {
                let which = Which::External {
                    source: external.source,
                    external_id: external.external_id,
                };
                (which, None)
            }
        };
        let change = match input.correction {
            FactCorrectionInput::Replacement(replacement) => Change::Replace(Replacement {
                occurred_at: replacement.occurred_at.map(|it| it.0),
                kind: replacement.what.kind.to_owned(),
                at: replacement.what.path("correction.replacement.what"),
                detail: replacement.what.fields,
            }),
            FactCorrectionInput::Retracted(true) => Change::Retract,
            FactCorrectionInput::Retracted(false) => {
                let message = "Say `true`, or what happened instead.";
                let refusal = Refusal::new("INVALID", message).at("correction.retracted");
                ctx.op().actor().known().map_err(answer)?;
                return FactCorrectPayload::of::<Uuid>(Err(refusal.into()), None);
            }
        };
        let correction = Correction {
            which,
            change,
            reason: input.reason,
        };
        FactCorrectPayload::of(correct::correct(ctx.op(), correction).await, current)
    }
}

async fn imported(ctx: &Context<'_>, input: FactsImportInput) -> crate::error::Result<Report> {
    let op = ctx.op();
    import::may(op)?;
    let id = file::of_id(&input.file);
    let row = brought(op, id, &[Kind::Csv, Kind::JsonLines], "file").await?;
    let form = if Kind::of_media_type(&row.media_type) == Some(Kind::Csv) {
        Form::Csv
    } else {
        Form::JsonLines
    };
    let import = Import {
        source: input.source,
        form,
        bytes: read(op, ctx.files(), &row).await?,
        dry_run: input.dry_run,
    };
    import::import(op, import).await
}
