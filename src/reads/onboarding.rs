//! Onboarding plans, and partners' ways through them.

pub mod parts;

use chrono::{DateTime, NaiveDate, Utc};
use entity::onboarding_step::StepState;
use entity::partner::PartnerKind;
use entity::plan_step::Performer;
use entity::plan_version::PlanVersionState;
use entity::{onboarding, onboarding_plan, onboarding_step, plan_step, plan_version, verdict};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use self::parts::CompletionRule;
use super::{in_partners, of_own_partners, select};
use crate::op::Op;
use crate::reads::file::File;
use crate::reads::identity::Person;
use crate::reads::partner::{Partner, Verdict};
use crate::shape::scalar::{Locale, Markdown};
use crate::shape::{Chosen, Direction, Fields, Shape, Sight, Typed, everything, nothing};

/// A plan, over all its versions.
#[derive(Debug)]
pub struct OnboardingPlan;

/// One version of a plan.
#[derive(Debug)]
pub struct OnboardingPlanVersion;

/// One step of one version of a plan.
#[derive(Debug)]
pub struct OnboardingPlanStep;

/// A partner's way through one version of a plan.
#[derive(Debug)]
pub struct Onboarding;

/// One step of one partner's onboarding.
#[derive(Debug)]
pub struct OnboardingStep;

/// The versions on which the asker's partners are or were.
fn own_versions(actor: Sight<'_>) -> sea_orm::sea_query::SelectStatement {
    let own = in_partners(actor, onboarding::Column::PartnerId);
    select(onboarding::Entity, onboarding::Column::PlanVersionId, own)
}

fn staff_only(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        everything()
    } else {
        nothing()
    }
}

impl Shape for OnboardingPlan {
    type Entity = onboarding_plan::Entity;
    const NAME: &'static str = "OnboardingPlan";
    const ABOUT: &'static str = "A template of the steps that new partners take, over all its versions. Members see the plans \
         that their partner is on.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let own = plan_version::Column::Id.in_subquery(own_versions(actor));
        let own = select(
            plan_version::Entity,
            plan_version::Column::PlanId,
            own.into(),
        );
        Condition::all().add(onboarding_plan::Column::Id.in_subquery(own))
    }

    fn fields(fields: &mut Fields<Self>) {
        use onboarding_plan::Column;
        fields
            .id()
            .column::<String>(
                "slug",
                Column::Slug,
                "Short name in lower case; files name the plan by it.",
            )
            .filter()
            .order()
            .column::<String>("name", Column::Name, "Name.")
            .column::<DateTime<Utc>>(
                "createdAt",
                Column::CreatedAt,
                "When its first version was written.",
            )
            .many::<OnboardingPlanVersion>(
                "versions",
                plan_version::Column::PlanId,
                "Its versions, the newest first.",
            )
            .latest::<OnboardingPlanVersion>(
                "newestVersion",
                plan_version::Column::PlanId,
                "Its newest version that you see, be it a draft.",
            )
            .search([Column::Name, Column::Slug])
            .sorted("slug", Direction::Ascending);
    }
}

impl Shape for OnboardingPlanVersion {
    type Entity = plan_version::Entity;
    const NAME: &'static str = "OnboardingPlanVersion";
    const ABOUT: &'static str = "A version of an onboarding plan, immutable once published. Who starts on a version finishes on \
         it.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        Condition::all().add(plan_version::Column::Id.in_subquery(own_versions(actor)))
    }

    fn fields(fields: &mut Fields<Self>) {
        use plan_version::Column;
        fields
            .id()
            .one_required::<OnboardingPlan>("plan", Column::PlanId, "The plan.")
            .column::<i32>("number", Column::Number, "Counts from 1.")
            .order()
            .column::<Chosen<PlanVersionState>>(
                "state",
                Column::State,
                "Whether partners start on it.",
            )
            .filter()
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .column::<Typed<Vec<Chosen<PartnerKind>>>>(
                "kinds",
                Column::Kinds,
                "Kinds of partners that it is for; empty for all.",
            )
            .column::<Typed<Vec<String>>>(
                "regions",
                Column::Regions,
                "Codes of the regions that it is for; empty for all.",
            )
            .guarded::<String>(
                "document",
                Column::Document,
                staff_only,
                "The plan as YAML, as it was written. Null unless you are of the vendor's staff.",
            )
            .one::<Person>(
                "author",
                Column::AuthorId,
                "Who wrote it. Null where it came from the command line, or for members.",
            )
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first saved.")
            .column::<Option<DateTime<Utc>>>(
                "publishedAt",
                Column::PublishedAt,
                "When partners began to start on it.",
            )
            .column::<i32>(
                "version",
                Column::Version,
                "Counts edits of a draft. Give it as `expectedVersion` when you change it.",
            )
            .many::<OnboardingPlanStep>(
                "steps",
                plan_step::Column::PlanVersionId,
                "Its steps, in their order.",
            )
            .sorted("number", Direction::Descending);
    }
}

impl Shape for OnboardingPlanStep {
    type Entity = plan_step::Entity;
    const NAME: &'static str = "OnboardingPlanStep";
    const ABOUT: &'static str = "A step of a version of an onboarding plan.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        Condition::all().add(plan_step::Column::PlanVersionId.in_subquery(own_versions(actor)))
    }

    fn fields(fields: &mut Fields<Self>) {
        use plan_step::Column;
        fields
            .id()
            .one_required::<OnboardingPlanVersion>(
                "planVersion",
                Column::PlanVersionId,
                "The version.",
            )
            .column::<String>("key", Column::Key, "Short name within the plan.")
            .column::<i32>("position", Column::Position, "Place in the plan, from 1.")
            .order()
            .column::<String>("title", Column::Title, "What is to be done.")
            .column::<Markdown>("instructions", Column::Instructions, "How.")
            .column::<Chosen<Performer>>("performer", Column::Performer, "Who does it.")
            .part::<CompletionRule>("rule", Column::Rule, "When it is done.")
            .parts(
                "questions",
                Column::Form,
                "The questions of its form; empty where the rule asks for none.",
                parts::questions,
            )
            .column::<Typed<Vec<String>>>(
                "requires",
                Column::Requires,
                "Keys of the steps that come first.",
            )
            .column::<bool>(
                "needsReview",
                Column::NeedsReview,
                "Whether the vendor signs off what is submitted.",
            )
            .column::<i32>(
                "dueDays",
                Column::DueDays,
                "Days from approval to the due day.",
            )
            .sorted("position", Direction::Ascending);
    }
}

impl Shape for Onboarding {
    type Entity = onboarding::Entity;
    const NAME: &'static str = "Onboarding";
    const ABOUT: &'static str = "A partner's way through one version of an onboarding plan.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, onboarding::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use onboarding::Column;
        use onboarding_step::Column as Step;
        fields
            .id()
            .one_required::<Partner>("partner", Column::PartnerId, "Whose.")
            .one_required::<OnboardingPlanVersion>(
                "planVersion",
                Column::PlanVersionId,
                "The version on which it was started, and is finished.",
            )
            .column::<DateTime<Utc>>(
                "startedAt",
                Column::StartedAt,
                "When the partner was approved.",
            )
            .order()
            .column::<Option<DateTime<Utc>>>(
                "completedAt",
                Column::CompletedAt,
                "When the last step was done.",
            )
            .filter()
            .many::<OnboardingStep>(
                "steps",
                Step::OnboardingId,
                "Its steps, in the order of the plan.",
            )
            .count::<OnboardingStep>(
                "stepCount",
                Step::OnboardingId,
                Condition::all,
                "How many steps it has.",
            )
            .count::<OnboardingStep>(
                "closedStepCount",
                Step::OnboardingId,
                || Condition::all().add(Step::State.is_in([StepState::Done, StepState::Waived])),
                "How many of its steps are done or waived.",
            )
            .sorted("startedAt", Direction::Descending);
    }
}

impl Shape for OnboardingStep {
    type Entity = onboarding_step::Entity;
    const NAME: &'static str = "OnboardingStep";
    const ABOUT: &'static str = "A step of a partner's onboarding: the plan's step as it was when the partner started, and what \
         was done.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, onboarding_step::Column::PartnerId)
    }

    #[expect(clippy::too_many_lines, reason = "every field once")]
    fn fields(fields: &mut Fields<Self>) {
        use onboarding_step::Column;
        fields
            .id()
            .one_required::<Partner>("partner", Column::PartnerId, "Whose.")
            .filter()
            .one_required::<Onboarding>("onboarding", Column::OnboardingId, "The onboarding.")
            .one_required::<OnboardingPlanStep>("planStep", Column::PlanStepId, "The plan's step.")
            .column::<String>("key", Column::Key, "Short name within the plan.")
            .filter()
            .column::<i32>("position", Column::Position, "Place in the plan, from 1.")
            .order()
            .column::<String>("title", Column::Title, "What is to be done.")
            .column::<Markdown>("instructions", Column::Instructions, "How.")
            .column::<Chosen<Performer>>("performer", Column::Performer, "Who does it.")
            .filter()
            .part::<CompletionRule>("rule", Column::Rule, "When it is done.")
            .parts(
                "questions",
                Column::Form,
                "The questions of its form; empty where the rule asks for none.",
                parts::questions,
            )
            .column::<Typed<Vec<String>>>(
                "requires",
                Column::Requires,
                "Keys of the steps that come first.",
            )
            .column::<bool>(
                "needsReview",
                Column::NeedsReview,
                "Whether the vendor signs off what is submitted.",
            )
            .column::<Chosen<StepState>>("state", Column::State, "Where it stands.")
            .filter()
            .column::<DateTime<Utc>>(
                "dueAt",
                Column::DueAt,
                "The end of the due day in the partner's time zone.",
            )
            .filter()
            .order()
            .column::<NaiveDate>(
                "dueOn",
                Column::DueOn,
                "The due day in the partner's time zone.",
            )
            .derived(
                "isOverdue",
                [Column::State, Column::DueAt],
                "Whether it is to be done and its due day is over.",
                |op: &Op, (Chosen(state), due): (Chosen<StepState>, DateTime<Utc>)| {
                    matches!(state, StepState::Open | StepState::Returned) && due < op.now()
                },
            )
            .column::<Option<DateTime<Utc>>>(
                "openedAt",
                Column::OpenedAt,
                "When the steps before it were done.",
            )
            .column::<Option<DateTime<Utc>>>(
                "submittedAt",
                Column::SubmittedAt,
                "When it was last submitted.",
            )
            .filter()
            .one::<Person>("submittedBy", Column::SubmittedBy, "Who submitted it.")
            .column::<Option<DateTime<Utc>>>(
                "closedAt",
                Column::ClosedAt,
                "When it was done or waived.",
            )
            .filter()
            .parts(
                "answers",
                Column::Answers,
                "Answers to the form, by the names of the questions.",
                parts::answers,
            )
            .column::<String>(
                "evidence",
                Column::Evidence,
                "What the submitter wrote as proof; empty where nothing.",
            )
            .one::<File>(
                "document",
                Column::DocumentId,
                "The document that was handed in; null where none was.",
            )
            .column::<DateTime<Utc>>("updatedAt", Column::UpdatedAt, "When it last changed.")
            .column::<i32>(
                "version",
                Column::Version,
                "Counts changes. Give it as `expectedVersion` when you submit or decide the step.",
            )
            .many::<Verdict>(
                "verdicts",
                verdict::Column::SubjectId,
                "What reviewers said, the latest first.",
            )
            .search([Column::Title])
            .sorted("position", Direction::Ascending)
            .sorted_at_root("dueAt", Direction::Ascending);
    }
}
