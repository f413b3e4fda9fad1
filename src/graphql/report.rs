//! How long onboarding takes and how courses go, for staff.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::partner::PartnerKind;

use super::{ContextExt, answer};
use crate::course;
use crate::onboarding::durations;
use crate::onboarding::report::{self, HoldUps, TimeToOnboard, Window};
use crate::reads::course::Course;
use crate::shape::scalar::DateTime;
use crate::shape::{Chosen, key_of};

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

/// How a question of a course's quizzes does.
#[derive(SimpleObject)]
struct CourseQuestionReport {
    /// Key of the lesson that is the quiz.
    lesson: String,
    /// Key of the question.
    question: String,
    /// How often it was asked.
    answered: i32,
    /// How often it was answered right.
    right: i32,
    /// The share of right answers, from 0 to 1: the easier, the higher.
    difficulty: Option<f64>,
    /// How much more often those answer it right who do well (the best 27 %) than those who do not
    /// (the last 27 %), from -1 to 1: below 0.2 it tells little, below 0 something is wrong with it.
    discrimination: Option<f64>,
}

/// How a course goes.
struct CourseReport(course::report::CourseReport);

/// How a course goes, over all learners.
#[Object]
impl CourseReport {
    /// How many enrollments there are.
    async fn enrolled(&self) -> i32 {
        int(self.0.enrolled)
    }

    /// How many of them were begun.
    async fn started(&self) -> i32 {
        int(self.0.started)
    }

    /// How many were completed.
    async fn completed(&self) -> i32 {
        int(self.0.completed)
    }

    /// How many were given up.
    async fn withdrawn(&self) -> i32 {
        int(self.0.withdrawn)
    }

    /// How many are overdue.
    async fn overdue(&self) -> i32 {
        int(self.0.overdue)
    }

    /// How long those took that were completed, from the first lesson; null where none was.
    async fn took(&self) -> Option<DurationDistribution> {
        self.0.took.map(Into::into)
    }

    /// Its questions, by lesson.
    async fn questions(&self) -> Vec<CourseQuestionReport> {
        let share = |thousandths: i64| f64::from(i32::try_from(thousandths).unwrap_or(0)) / 1000.0;
        let question = |it: &course::report::QuestionReport| CourseQuestionReport {
            lesson: it.lesson.clone(),
            question: it.item.question.clone(),
            answered: i32::try_from(it.item.of).unwrap_or(i32::MAX),
            right: i32::try_from(it.item.right).unwrap_or(i32::MAX),
            difficulty: it.difficulty().map(|it| share(it.into())),
            discrimination: it.discrimination().map(share),
        };
        self.0.questions.iter().map(question).collect()
    }

    /// The same without the questions as CSV: names, and one line.
    async fn csv(&self) -> String {
        self.0.csv()
    }

    /// The questions as CSV: names, and one line each.
    async fn questions_csv(&self) -> String {
        self.0.questions_csv()
    }

    /// Whether there was more than a report looks at: the latest 20,000 of each.
    async fn capped(&self) -> bool {
        self.0.capped
    }
}

fn int(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
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

    /// How a course goes, over all learners and versions; null where there is no such course, and
    /// unless you are of the vendor's staff.
    async fn course_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The course.")] course: ID,
    ) -> Result<Option<CourseReport>> {
        let id = key_of::<Course>(&course).map(Into::into);
        let report = course::report::report(ctx.op(), id).await;
        Ok(report.map_err(answer)?.map(CourseReport))
    }
}
