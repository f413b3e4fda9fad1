//! The fields of onboarding and its plans.

use super::*;

impl<'w> Slow<'w> {
    pub(super) fn steps_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::OnboardingPlan(row) => {
                let version = |it: Thing<'_>| {
                    matches!(it, Thing::OnboardingPlanVersion(it) if it.plan_id == row.id)
                };
                match name {
                    "slug" => plain(&row.slug),
                    "name" => plain(&row.name),
                    "createdAt" => instant(row.created_at),
                    "versions" => self.many("OnboardingPlanVersion", version),
                    "newestVersion" => self.latest("OnboardingPlanVersion", version),
                    _ => never(thing, name),
                }
            }
            Thing::OnboardingPlanVersion(row) => match name {
                "plan" => self.one("OnboardingPlan", Some(row.plan_id.0)),
                "number" => plain(row.number),
                "state" => plain(row.state),
                "locale" => plain(&row.locale),
                "kinds" => plain(&row.kinds),
                "regions" => plain(&row.regions),
                "document" => plain(self.is_staff().then_some(&row.document)),
                "author" => self.person(row.author_id),
                "createdAt" => instant(row.created_at),
                "publishedAt" => instant(row.published_at),
                "version" => plain(row.version),
                "steps" => self.many("OnboardingPlanStep", |it| {
                    matches!(it, Thing::OnboardingPlanStep(it) if it.plan_version_id == row.id)
                }),
                _ => never(thing, name),
            },
            Thing::OnboardingPlanStep(row) => match name {
                "planVersion" => self.one("OnboardingPlanVersion", Some(row.plan_version_id.0)),
                "key" => plain(&row.key),
                "position" => plain(row.position),
                "title" => plain(&row.title),
                "instructions" => plain(&row.instructions),
                "performer" => plain(row.performer),
                "rule" => Held::Within("CompletionRule", row.rule.clone()),
                "questions" => Held::Within("FormQuestion", questions(&row.form)),
                "requires" => plain(&row.requires),
                "needsReview" => plain(row.needs_review),
                "dueDays" => plain(row.due_days),
                _ => never(thing, name),
            },
            Thing::Onboarding(row) => {
                let step = |it: Thing<'_>| {
                    matches!(it, Thing::OnboardingStep(it) if it.onboarding_id == row.id)
                };
                match name {
                    "partner" => self.partner(row.partner_id),
                    "planVersion" => {
                        self.one("OnboardingPlanVersion", Some(row.plan_version_id.0))
                    }
                    "startedAt" => instant(row.started_at),
                    "completedAt" => instant(row.completed_at),
                    "steps" => self.many("OnboardingStep", step),
                    "stepCount" => self.count("OnboardingStep", step),
                    "closedStepCount" => self.count("OnboardingStep", |it| {
                        step(it)
                            && matches!(it, Thing::OnboardingStep(it)
                                if matches!(it.state, StepState::Done | StepState::Waived))
                    }),
                    _ => never(thing, name),
                }
            }
            Thing::OnboardingStep(row) => match name {
                "partner" => self.partner(row.partner_id),
                "onboarding" => self.one("Onboarding", Some(row.onboarding_id.0)),
                "planStep" => self.one("OnboardingPlanStep", Some(row.plan_step_id.0)),
                "key" => plain(&row.key),
                "position" => plain(row.position),
                "title" => plain(&row.title),
                "instructions" => plain(&row.instructions),
                "performer" => plain(row.performer),
                "rule" => Held::Within("CompletionRule", row.rule.clone()),
                "questions" => Held::Within("FormQuestion", questions(&row.form)),
                "requires" => plain(&row.requires),
                "needsReview" => plain(row.needs_review),
                "state" => plain(row.state),
                "dueAt" => instant(row.due_at),
                "dueOn" => plain(row.due_on),
                "isOverdue" => plain(
                    matches!(row.state, StepState::Open | StepState::Returned)
                        && row.due_at < now(),
                ),
                "openedAt" => instant(row.opened_at),
                "submittedAt" => instant(row.submitted_at),
                "submittedBy" => self.person(row.submitted_by),
                "closedAt" => instant(row.closed_at),
                "answers" => Held::Within("FormAnswer", answers(&row.answers)),
                "evidence" => plain(&row.evidence),
                "document" => self.one("File", row.document_id.map(|file| file.0)),
                "updatedAt" => instant(row.updated_at),
                "version" => plain(row.version),
                "verdicts" => self.verdicts(row.id.0),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
