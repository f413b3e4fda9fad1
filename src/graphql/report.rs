//! How long onboarding takes, for staff.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::partner::PartnerKind;

use super::{ContextExt, answer};
use crate::onboarding::durations;
use crate::onboarding::report::{self, HoldUps, TimeToOnboard, Window};
use crate::shape::Chosen;
use crate::shape::scalar::DateTime;

/// From when to when: what happened at `from` counts, what happened at `to` does not.
#[derive(InputObject)]
struct PeriodInput {
    /// The first instant; a year before `to` where none is given.
    from: Option<DateTime>,
    /// The first instant after it; now where none is given.
    to: Option<DateTime>,
}

/// How many there are and how long they took, in seconds.
#[derive(SimpleObject)]
struct DurationDistribution {
    /// How many there are.
    count: i32,
    /// Half of them took no longer than this many seconds.
    median_seconds: f64,
    /// Nine in ten took no longer than this many seconds.
    p90_seconds: f64,
}

impl From<durations::Distribution> for DurationDistribution {
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of millions of years are exact; an Int of GraphQL ends after 68 years"
    )]
    fn from(found: durations::Distribution) -> Self {
        Self {
            count: i32::try_from(found.count).unwrap_or(i32::MAX),
            median_seconds: found.median as f64,
            p90_seconds: found.p90 as f64,
        }
    }
}

/// How long the partners of one group took.
#[derive(SimpleObject)]
struct TimeToOnboardGroup {
    /// Their kind; null for all kinds.
    kind: Option<Chosen<PartnerKind>>,
    /// Their region; null for all regions.
    region: Option<String>,
    /// How long they took, from approval until they were active.
    took: DurationDistribution,
}

/// How long one step of a plan takes.
#[derive(SimpleObject)]
struct OnboardingStepTime {
    /// The plan's short name.
    plan: String,
    /// The step's key within the plan.
    step: String,
    /// What it is called.
    title: String,
    /// How long it took where it was closed in the period, from its opening; null where it was not.
    took: Option<DurationDistribution>,
    /// At how many partners it is open, submitted or returned now.
    open: i32,
    /// Since when it has been open where it has been longest.
    oldest_opened_at: Option<DateTime>,
}

/// How long onboarding takes.
struct OnboardingReport {
    times: TimeToOnboard,
    hold_ups: HoldUps,
}

/// How long onboarding takes, over partners that became active in a period, and which steps hold
/// partners up.
#[Object]
impl OnboardingReport {
    /// All partners that became active in the period; null where there is none.
    async fn overall(&self) -> Option<DurationDistribution> {
        self.times.overall.map(Into::into)
    }

    /// The same by kind, by region, and by both.
    async fn groups(&self) -> Vec<TimeToOnboardGroup> {
        let group = |group: &report::Group| TimeToOnboardGroup {
            kind: group.kind.map(Chosen),
            region: group.region.clone(),
            took: group.took.into(),
        };
        self.times.groups.iter().map(group).collect()
    }

    /// Steps of all plans, those that hold partners up longest first.
    async fn steps(&self) -> Vec<OnboardingStepTime> {
        let step = |step: &report::StepTime| OnboardingStepTime {
            plan: step.plan.clone(),
            step: step.step.clone(),
            title: step.title.clone(),
            took: step.took.map(Into::into),
            open: i32::try_from(step.open).unwrap_or(i32::MAX),
            oldest_opened_at: step.oldest.map(DateTime),
        };
        self.hold_ups.steps.iter().map(step).collect()
    }

    /// Whether there was more than a report looks at: the latest 50,000 of each.
    async fn capped(&self) -> bool {
        self.times.capped || self.hold_ups.capped
    }
}

/// Reports.
#[derive(Debug, Default)]
pub(crate) struct ReportQuery;

#[Object]
impl ReportQuery {
    /// How long onboarding takes. For the vendor's staff.
    async fn onboarding_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The period; the last year where none is given.")] period: Option<
            PeriodInput,
        >,
    ) -> Result<OnboardingReport> {
        let period = period.unwrap_or(PeriodInput {
            from: None,
            to: None,
        });
        let to = period.to.map_or(ctx.op().now(), |to| to.0);
        let from = period
            .from
            .map_or(to - chrono::TimeDelta::days(365), |from| from.0);
        let window = Window { from, to };
        Ok(OnboardingReport {
            times: report::time_to_onboard(ctx.op(), window)
                .await
                .map_err(answer)?,
            hold_ups: report::hold_ups(ctx.op(), window).await.map_err(answer)?,
        })
    }
}
