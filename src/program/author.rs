//! Writing programs: save a draft, throw it away.
//!
//! A program has [editions](crate::edition), its versions. The document is kept as its author wrote
//! it, with its comments; a version is named by the [hash](Rules::hash) of what it says. What is
//! saved is understood as a whole; whether its own tests pass is asked when it is
//! [announced](super::announce).

use entity::id::{ProgramId, ProgramVersionId};
use entity::program;
use entity::program_version::{self, ProgramVersionState};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::document::Document;
use super::lint::lint;
use super::rules::Rules;
use super::store;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope, allows};
use crate::document::{Faults, at_yaml, located};
use crate::edition::{self, Edition, Head, Stage};
use crate::error::{Error, Result};
use crate::op::{Op, Permit, Tx};
use crate::submission::check_text;

/// The most characters of what an author says of a version.
pub const NOTE: usize = 4000;

/// What is to be saved.
#[derive(Clone, Debug)]
pub struct SaveDraft {
    /// The program as YAML; its slug says which.
    pub yaml: String,
    /// What is said of it to partners when it is announced, as Markdown; may be empty.
    pub note: String,
    /// The version of the draft that was read; none where there is no draft yet.
    pub expected_version: Option<i32>,
}

/// Saves the draft of a program: of a new one, the next version of one, or again.
///
/// # Errors
/// Refusals of [`super::rules::CODES`] and [`edition::CODES`].
pub async fn save_draft(op: &Op, input: SaveDraft) -> Result<ProgramVersionId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WritePrograms, Scope::Portal)?;
            let rules = Rules::from_yaml(&input.yaml)
                .map_err(|error| error.map_refusals(|fault| at_yaml(&input.yaml, fault)))?;
            let mut faults = Faults::default();
            faults.extend(check_text(&input.note, NOTE, "note"));
            faults.result()?;
            let (program, versions) = program_for(&permit, &rules.document).await?;
            edition::check_draft(&versions, input.expected_version)?;
            let row = write_draft(&permit, program.id, &versions, &rules, input).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Which version.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// The version.
    pub version: ProgramVersionId,
    /// Its version that was read.
    pub expected_version: i32,
}

/// The draft, if it is one still.
pub(super) async fn open<'tx>(
    tx: &'tx Tx,
    draft: &Draft,
) -> Result<(Permit<'tx>, program_version::Model)> {
    let permit = tx.permit(Permission::WritePrograms, Scope::Portal)?;
    let row = store::version(&permit.reader(), draft.version).await?;
    edition::check_open(&row, draft.expected_version)?;
    Ok((permit, row))
}

/// Something [doubtful](lint()) in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where in the document.
    pub path: Vec<String>,
    /// Where in its text: line and column, from 1.
    pub place: Option<(u64, u64)>,
    /// What is doubtful, and what to do.
    pub message: String,
}

/// What is [doubtful](lint()) in a version.
///
/// # Errors
/// [`Error::Forbidden`] for whoever does not write programs; [`Error::NotFound`].
pub async fn warnings(op: &Op, version: ProgramVersionId) -> Result<Vec<Warning>> {
    op.actor().known()?;
    if !allows(op.actor(), Permission::WritePrograms, Scope::Portal) {
        return Err(Error::Forbidden);
    }
    let row = store::version(&op.reader(), version).await?;
    let rules = Rules::from_yaml(&row.document)?;
    let mut told: Vec<_> = lint(&rules)
        .into_iter()
        .map(|it| Warning {
            place: located(&row.document, &it).0,
            path: it.field,
            message: it.message.into_owned(),
        })
        .collect();
    told.sort_by_key(|it| it.place);
    Ok(told)
}

/// Throws a draft away, and with it the program where it never had another version.
///
/// # Errors
/// `NOT_DRAFT`, `CONFLICT`.
pub async fn discard(op: &Op, draft: Draft) -> Result<ProgramId> {
    op.unit(draft, |tx, draft| {
        Box::pin(async move {
            let (permit, row) = open(tx, draft).await?;
            let versions = store::versions(&permit.reader(), row.program_id).await?;
            program_version::Entity::delete_by_id(row.id)
                .exec(permit.writer())
                .await?;
            if versions.len() == 1 {
                program::Entity::delete_by_id(row.program_id)
                    .exec(permit.writer())
                    .await?;
            }
            let before = json!({ "version": row.version, "number": row.number });
            audit::record(&permit, subject(row.id), &before, &json!(null)).await?;
            Ok(row.program_id)
        })
    })
    .await
}

impl Edition for program_version::Model {
    type Id = ProgramVersionId;
    const OF: &'static str = "program";

    fn head(&self) -> Head<ProgramVersionId> {
        Head {
            id: self.id,
            number: self.number,
            stage: match self.state {
                ProgramVersionState::Draft => Stage::Draft,
                ProgramVersionState::Announced | ProgramVersionState::InForce => Stage::Published,
                ProgramVersionState::Superseded | ProgramVersionState::Withdrawn => Stage::Retired,
            },
            version: self.version,
            created_at: self.created_at,
        }
    }
}

/// The program that the document is of, made where it is new, and its versions.
pub(super) async fn program_for(
    permit: &Permit<'_>,
    document: &Document,
) -> Result<(program::Model, Vec<program_version::Model>)> {
    let db = permit.reader();
    if let Some(program) = store::by_slug(&db, &document.slug).await? {
        let versions = store::versions(&db, program.id).await?;
        return Ok((program, versions));
    }
    let row = program::Model {
        id: permit.new_id(),
        slug: document.slug.clone(),
        name: document.plain_name().to_owned(),
        locale: document.locale.clone(),
        created_at: permit.now(),
        version: 1,
    };
    program::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok((row, Vec::new()))
}

/// Writes the draft, over the one that is there or as the next number.
pub(super) async fn write_draft(
    permit: &Permit<'_>,
    program: ProgramId,
    versions: &[program_version::Model],
    rules: &Rules,
    input: &SaveDraft,
) -> Result<program_version::Model> {
    let place = edition::place(permit, versions);
    let row = program_version::Model {
        id: place.id,
        program_id: program,
        number: place.number,
        state: ProgramVersionState::Draft,
        name: rules.document.plain_name().to_owned(),
        hash: rules.hash.clone(),
        document: input.yaml.clone(),
        note: input.note.trim().to_owned(),
        author_id: permit.op().actor().person().map(|person| person.id),
        created_at: place.created_at,
        announced_at: None,
        announced_by: None,
        favourable: None,
        in_force_on: None,
        in_force_at: None,
        ended_at: None,
        withdrawn_reason: None,
        version: place.version,
    };
    let kept = row.clone().into_active_model().reset_all();
    if place.over.is_some() {
        kept.update(permit.writer()).await?;
    } else {
        kept.insert(permit.writer()).await?;
    }
    let before = json!({ "version": place.over });
    let after = json!({
        "version": place.version, "slug": rules.document.slug, "hash": rules.hash,
    });
    audit::record(permit, subject(row.id), &before, &after).await?;
    Ok(row)
}

pub(super) fn subject(id: ProgramVersionId) -> Subject {
    Subject {
        kind: "ProgramVersion",
        id: id.0,
        partner: None,
    }
}
