//! Writing plans: save a draft, publish it, give it out again.
//!
//! A plan has [editions](crate::edition), its versions: partners that started on one finish on it.

use entity::id::{OnboardingPlanId, PlanVersionId};
use entity::plan_version::{self, PlanVersionState};
use entity::{onboarding_plan, plan_step};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::json;

use super::document::Document;
use super::form::Form;
use super::store;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::config;
use crate::edition::{self, Edition, Head, Stage};
use crate::error::{Error, Refusal, Result};
use crate::op::{Op, Permit, Tx};

/// The codes with which writing plans is refused, beside those of [`super::document::CODES`].
pub const CODES: &[&str] = edition::CODES;

/// The plans that come with Entente, as YAML: for the demo, and as a beginning for one's own. Two
/// plans, in English and in German.
pub const SAMPLES: [&str; 4] = [
    include_str!("../../assets/plans/reseller.en.yaml"),
    include_str!("../../assets/plans/reseller.de.yaml"),
    include_str!("../../assets/plans/services.en.yaml"),
    include_str!("../../assets/plans/services.de.yaml"),
];

/// A plan in either form.
#[derive(Clone, Debug)]
pub enum Source {
    /// As a YAML file; it is kept as it was written, with its comments.
    Yaml(String),
    /// As the API says it.
    Document(Box<Document>),
}

impl Source {
    /// The plan, checked, and its text.
    ///
    /// # Errors
    /// Every fault of the plan, with its path in the document.
    pub fn read(&self, regions: &[String]) -> Result<(Document, String)> {
        let text = match self {
            Self::Yaml(text) => text.clone(),
            Self::Document(document) => {
                document.check(regions)?;
                document.to_yaml()?
            }
        };
        // What is stored is the text, so it is the text that has to say all this.
        let document = Document::from_yaml(&text)?;
        document.check(regions)?;
        Ok((document, text))
    }

    /// A fault of the document as a fault of the input that holds it as `plan`: that of a file is
    /// the whole file's, and says itself where.
    fn at_input(&self, fault: Refusal) -> Refusal {
        let path = fault.field.join(".");
        match self {
            Self::Document(_) => fault.at(&format!("plan.fields.{path}")),
            Self::Yaml(_) if path.is_empty() => fault.at("plan.yaml"),
            Self::Yaml(_) => {
                let message = format!("{path}: {}", fault.message);
                Refusal::new(fault.code, message).at("plan.yaml")
            }
        }
    }
}

/// What is to be saved.
#[derive(Clone, Debug)]
pub struct SaveDraft {
    /// The plan; its slug says which.
    pub plan: Source,
    /// The version of the draft that was read; none where there is no draft yet.
    pub expected_version: Option<i32>,
}

/// Saves the draft of a plan: of a new plan, the next version of a plan, or again.
///
/// # Errors
/// Refusals of [`super::document::CODES`] and `CONFLICT`.
pub async fn save_draft(
    op: &Op,
    portal: &config::Portal,
    input: SaveDraft,
) -> Result<PlanVersionId> {
    op.unit((input, portal.regions.clone()), |tx, (input, regions)| {
        Box::pin(save(tx, input, regions))
    })
    .await
}

async fn save(tx: &Tx, input: &SaveDraft, regions: &[String]) -> Result<PlanVersionId> {
    let permit = tx.permit(Permission::WritePlans, Scope::Portal)?;
    let read = input.plan.read(regions);
    let (document, text) =
        read.map_err(|error| error.map_refusals(|fault| input.plan.at_input(fault)))?;
    let (plan, versions) = plan_for(&permit, &document).await?;
    edition::check_draft(&versions, input.expected_version)?;
    write_draft(&permit, plan.id, &versions, &document, text).await
}

/// Which draft is to be published, or discarded.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The draft.
    pub plan_version: PlanVersionId,
    /// Its version that was read.
    pub expected_version: i32,
}

/// Publishes a draft: new partners start on it from now on.
///
/// # Errors
/// `NOT_DRAFT` and `CONFLICT`.
pub async fn publish(op: &Op, input: Draft) -> Result<PlanVersionId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, draft) = open(tx, input).await?;
            publish_draft(&permit, draft).await
        })
    })
    .await
}

/// Throws a draft away, and with it the plan where it never had another version.
///
/// # Errors
/// `NOT_DRAFT` and `CONFLICT`.
pub async fn discard(op: &Op, input: Draft) -> Result<OnboardingPlanId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, draft) = open(tx, input).await?;
            let versions = store::versions(&permit.reader(), draft.plan_id).await?;
            delete_steps(&permit, draft.id).await?;
            plan_version::Entity::delete_by_id(draft.id)
                .exec(permit.writer())
                .await?;
            if versions.len() == 1 {
                onboarding_plan::Entity::delete_by_id(draft.plan_id)
                    .exec(permit.writer())
                    .await?;
            }
            let before = json!({ "version": draft.version, "document": draft.document });
            audit::record(&permit, subject(draft.id), &before, &json!(null)).await?;
            Ok(draft.plan_id)
        })
    })
    .await
}

async fn open<'tx>(tx: &'tx Tx, input: &Draft) -> Result<(Permit<'tx>, plan_version::Model)> {
    let permit = tx.permit(Permission::WritePlans, Scope::Portal)?;
    let draft = store::version(&permit.reader(), input.plan_version).await?;
    edition::check_open(&draft, input.expected_version)?;
    Ok((permit, draft))
}

/// Publishes a whole plan at once, as the command line does. Where the same text is published
/// already, nothing happens.
///
/// # Errors
/// Refusals of [`super::document::CODES`], and `DRAFT_EXISTS` where somebody is writing the next
/// version.
pub async fn publish_document(
    op: &Op,
    portal: &config::Portal,
    plan: Source,
) -> Result<PlanVersionId> {
    op.unit((plan, portal.regions.clone()), |tx, (plan, regions)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WritePlans, Scope::Portal)?;
            let (document, text) = plan.read(regions)?;
            let (plan, versions) = plan_for(&permit, &document).await?;
            if let Some(same) = edition::published(&versions)
                && same.document == text
            {
                return Ok(same.id);
            }
            edition::check_nobody_writes(&versions)?;
            let draft = write_draft(&permit, plan.id, &versions, &document, text).await?;
            let draft = store::version(&permit.reader(), draft).await?;
            publish_draft(&permit, draft).await
        })
    })
    .await
}

/// The plan's text as YAML, for the vendor's staff.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
pub async fn export(op: &Op, version: PlanVersionId) -> Result<String> {
    if !op.actor().is_staff() {
        return Err(Error::NotFound("OnboardingPlanVersion"));
    }
    Ok(store::version(&op.reader(), version).await?.document)
}

impl Edition for plan_version::Model {
    type Id = PlanVersionId;
    const OF: &'static str = "plan";

    fn head(&self) -> Head<PlanVersionId> {
        Head {
            id: self.id,
            number: self.number,
            stage: match self.state {
                PlanVersionState::Draft => Stage::Draft,
                PlanVersionState::Published => Stage::Published,
                PlanVersionState::Retired => Stage::Retired,
            },
            version: self.version,
            created_at: self.created_at,
        }
    }
}

/// The plan that the document is of, made where it is new, and its versions.
async fn plan_for(
    permit: &Permit<'_>,
    document: &Document,
) -> Result<(onboarding_plan::Model, Vec<plan_version::Model>)> {
    if let Some(plan) = store::plan_by_slug(&permit.reader(), &document.slug).await? {
        let versions = store::versions(&permit.reader(), plan.id).await?;
        return Ok((plan, versions));
    }
    let plan = onboarding_plan::Model {
        id: permit.new_id(),
        slug: document.slug.clone(),
        name: document.name.clone(),
        created_at: permit.now(),
    };
    let row = plan.clone().into_active_model().reset_all();
    row.insert(permit.writer()).await?;
    Ok((plan, Vec::new()))
}

/// Writes the draft, over the one that is there or as the next number, with its steps.
async fn write_draft(
    permit: &Permit<'_>,
    plan: OnboardingPlanId,
    versions: &[plan_version::Model],
    document: &Document,
    text: String,
) -> Result<PlanVersionId> {
    let place = edition::place(permit, versions);
    let author = permit.op().actor().person().map(|person| person.id);
    let id = place.id;
    let row = plan_version::Model {
        id,
        plan_id: plan,
        number: place.number,
        state: PlanVersionState::Draft,
        locale: document.locale.clone(),
        kinds: serde_json::to_value(&document.kinds)?,
        regions: serde_json::to_value(&document.regions)?,
        document: text,
        author_id: author,
        created_at: place.created_at,
        published_at: None,
        version: place.version,
    };
    let row = row.into_active_model().reset_all();
    if place.over.is_some() {
        row.update(permit.writer()).await?;
        delete_steps(permit, id).await?;
    } else {
        row.insert(permit.writer()).await?;
    }
    write_steps(permit, id, document).await?;
    let before = json!({ "version": place.over });
    let after =
        json!({ "version": place.version, "slug": document.slug, "steps": document.steps.len() });
    audit::record(permit, subject(id), &before, &after).await?;
    Ok(id)
}

async fn delete_steps(permit: &Permit<'_>, version: PlanVersionId) -> Result<()> {
    plan_step::Entity::delete_many()
        .filter(plan_step::Column::PlanVersionId.eq(version))
        .exec(permit.writer())
        .await?;
    Ok(())
}

async fn write_steps(
    permit: &Permit<'_>,
    version: PlanVersionId,
    document: &Document,
) -> Result<()> {
    let mut rows = Vec::with_capacity(document.steps.len());
    for (position, step) in (1..).zip(&document.steps) {
        let row = plan_step::Model {
            id: permit.new_id(),
            plan_version_id: version,
            key: step.key.clone(),
            position,
            title: step.title.trim().to_owned(),
            instructions: step.instructions.trim().to_owned(),
            performer: step.performer,
            rule: serde_json::to_value(&step.rule)?,
            form: serde_json::to_value(Form {
                questions: step.questions.clone(),
            })?,
            requires: serde_json::to_value(&step.requires)?,
            needs_review: step.needs_review,
            due_days: i32::try_from(step.due_days)
                .map_err(|_| Error::fault("a due date was not checked"))?,
        };
        rows.push(row.into_active_model().reset_all());
    }
    plan_step::Entity::insert_many(rows)
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

/// Retires the version before and publishes this one. The plan takes its name from it.
async fn publish_draft(permit: &Permit<'_>, draft: plan_version::Model) -> Result<PlanVersionId> {
    let document = Document::from_yaml(&draft.document)?;
    plan_version::Entity::update_many()
        .set(plan_version::ActiveModel {
            state: ActiveValue::Set(PlanVersionState::Retired),
            ..Default::default()
        })
        .filter(plan_version::Column::PlanId.eq(draft.plan_id))
        .filter(plan_version::Column::State.eq(PlanVersionState::Published))
        .exec(permit.writer())
        .await?;
    plan_version::ActiveModel {
        id: ActiveValue::Unchanged(draft.id),
        state: ActiveValue::Set(PlanVersionState::Published),
        published_at: ActiveValue::Set(Some(permit.now())),
        version: ActiveValue::Set(draft.version + 1),
        ..Default::default()
    }
    .update(permit.writer())
    .await?;
    onboarding_plan::ActiveModel {
        id: ActiveValue::Unchanged(draft.plan_id),
        name: ActiveValue::Set(document.name.trim().to_owned()),
        ..Default::default()
    }
    .update(permit.writer())
    .await?;
    let before = json!({ "state": draft.state });
    let after = json!({ "state": PlanVersionState::Published, "number": draft.number });
    audit::record(permit, subject(draft.id), &before, &after).await?;
    Ok(draft.id)
}

fn subject(id: PlanVersionId) -> Subject {
    Subject {
        kind: "OnboardingPlanVersion",
        id: id.0,
        partner: None,
    }
}
