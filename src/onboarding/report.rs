//! How long onboarding takes, and which steps hold partners up longest.
//!
//! A duration runs from approval to the instant at which the partner became active, and a step's
//! from its opening to its closing, whether it was done or waived. The database delivers durations
//! and no more, so the numbers are the same on both; at most [`CAP`] of them are looked at, the
//! latest, and the report says so where there are more.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::onboarding_step::StepState;
use entity::partner::PartnerKind;
use entity::{onboarding, onboarding_plan, onboarding_step, partner, plan_version};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseExecutor, FromQueryResult, StatementBuilder};

use super::durations::{Distribution, distribution, seconds_between};
use crate::auth::{Permission, Scope, allows};
use crate::error::{Error, Result};
use crate::op::Op;

/// The most durations that a report looks at.
pub const CAP: u64 = 50_000;

/// From when to when, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub to: DateTime<Utc>,
}

/// How long the partners of one group took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their kind; none for all.
    pub kind: Option<PartnerKind>,
    /// Their region; none for all.
    pub region: Option<String>,
    /// How long they took.
    pub took: Distribution,
}

/// How long partners take from approval until they are active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeToOnboard {
    /// All of them; none where there is none.
    pub overall: Option<Distribution>,
    /// By kind, by region, and by both.
    pub groups: Vec<Group>,
    /// Whether there were more than [`CAP`].
    pub capped: bool,
}

/// How long one step of a plan takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepTime {
    /// The plan's short name.
    pub plan: String,
    /// The step's name within the plan.
    pub step: String,
    /// What it is called, in one of the plan's versions.
    pub title: String,
    /// How long those took that were closed in the window; none where none was.
    pub took: Option<Distribution>,
    /// At how many partners it is open, submitted or returned now.
    pub open: u32,
    /// Since when it has been open where it has been longest.
    pub oldest: Option<DateTime<Utc>>,
}

/// Which steps hold partners up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldUps {
    /// The slowest first: by the time of nine in ten, then of half; what never closed comes last.
    pub steps: Vec<StepTime>,
    /// Whether there were more than [`CAP`] closed steps.
    pub capped: bool,
}

/// How long this partner took, in seconds; none until it is active.
#[must_use]
pub fn seconds_to_onboard(partner: &partner::Model) -> Option<i64> {
    partner
        .activated_at
        .map(|at| seconds_between(partner.approved_at, at))
}

/// How long the partners took that became active in the window.
///
/// # Errors
/// [`Error::Forbidden`] to all but the vendor's staff.
pub async fn time_to_onboard(op: &Op, window: Window) -> Result<TimeToOnboard> {
    check_may_read(op)?;
    let db = op.reader();
    let mut rows: Vec<Activation> = all(&db, &activations(window)).await?;
    let capped = cap(&mut rows);
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let seconds = seconds_between(row.approved_at, row.activated_at);
            (row.kind, row.region, seconds)
        })
        .collect();
    Ok(TimeToOnboard {
        overall: distribution(rows.iter().map(|(_, _, seconds)| *seconds).collect()),
        groups: groups(&rows),
        capped,
    })
}

/// Every group by kind, by region, and by both, in this order.
fn groups(rows: &[(PartnerKind, String, i64)]) -> Vec<Group> {
    type Key<'r> = (u8, Option<PartnerKind>, Option<&'r str>);
    let mut durations: BTreeMap<Key<'_>, Vec<i64>> = BTreeMap::new();
    for (kind, region, seconds) in rows {
        let (kind, region) = (Some(*kind), Some(region.as_str()));
        for key in [(0, kind, None), (1, None, region), (2, kind, region)] {
            durations.entry(key).or_default().push(*seconds);
        }
    }
    durations
        .into_iter()
        .filter_map(|((_, kind, region), seconds)| {
            Some(Group {
                kind,
                region: region.map(str::to_owned),
                took: distribution(seconds)?,
            })
        })
        .collect()
}

/// Which steps held partners up longest, of those that were closed in the window, and what is open
/// now.
///
/// # Errors
/// [`Error::Forbidden`] to all but the vendor's staff.
pub async fn hold_ups(op: &Op, window: Window) -> Result<HoldUps> {
    check_may_read(op)?;
    let db = op.reader();
    let mut rows: Vec<Closing> = all(&db, &closings(window)).await?;
    let capped = cap(&mut rows);
    let mut durations: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
    for row in rows {
        let seconds = seconds_between(row.opened_at, row.closed_at);
        durations
            .entry((row.plan, row.step))
            .or_default()
            .push(seconds);
    }
    let known: Vec<Known> = all(&db, &known_steps()).await?;
    let mut steps: Vec<StepTime> = known
        .into_iter()
        .map(|row| {
            let key = (row.plan, row.step);
            let took = durations.remove(&key).and_then(distribution);
            let (plan, step) = key;
            StepTime {
                plan,
                step,
                title: row.title,
                took,
                open: u32::try_from(row.open).unwrap_or(u32::MAX),
                oldest: row.oldest,
            }
        })
        .filter(|step| step.took.is_some() || step.open > 0)
        .collect();
    steps.sort_by_key(|step| {
        let slow = step.took.map(|it| (it.p90, it.median));
        (
            std::cmp::Reverse(slow),
            step.plan.clone(),
            step.step.clone(),
        )
    });
    Ok(HoldUps { steps, capped })
}

fn check_may_read(op: &Op) -> Result<()> {
    if allows(op.actor(), Permission::ReadOnboardingReport, Scope::Portal) {
        Ok(())
    } else {
        op.actor().known()?;
        Err(Error::Forbidden)
    }
}

/// A partner that became active.
#[derive(Debug, FromQueryResult)]
struct Activation {
    kind: PartnerKind,
    region: String,
    approved_at: DateTime<Utc>,
    activated_at: DateTime<Utc>,
}

/// One more than the cap, so that it shows when there are more.
fn activations(window: Window) -> SelectStatement {
    use partner::Column as P;
    Query::select()
        .columns([P::Kind, P::Region, P::ApprovedAt, P::ActivatedAt])
        .from(partner::Entity)
        .and_where(P::ActivatedAt.gte(window.from))
        .and_where(P::ActivatedAt.lt(window.to))
        .order_by(P::ActivatedAt, sea_orm::Order::Desc)
        .limit(CAP + 1)
        .to_owned()
}

/// A step that was closed.
#[derive(Debug, FromQueryResult)]
struct Closing {
    plan: String,
    step: String,
    opened_at: DateTime<Utc>,
    closed_at: DateTime<Utc>,
}

fn closings(window: Window) -> SelectStatement {
    use onboarding_step::Column as S;
    of_plans()
        .column((onboarding_step::Entity, S::OpenedAt))
        .column((onboarding_step::Entity, S::ClosedAt))
        .and_where(S::OpenedAt.is_not_null())
        .and_where(S::ClosedAt.gte(window.from))
        .and_where(S::ClosedAt.lt(window.to))
        .order_by((onboarding_step::Entity, S::ClosedAt), sea_orm::Order::Desc)
        .limit(CAP + 1)
        .to_owned()
}

/// A step of a plan that partners went or go through.
#[derive(Debug, FromQueryResult)]
struct Known {
    plan: String,
    step: String,
    title: String,
    open: i64,
    oldest: Option<DateTime<Utc>>,
}

fn known_steps() -> SelectStatement {
    use onboarding_step::Column as S;
    let open = || S::State.is_in([StepState::Open, StepState::Submitted, StepState::Returned]);
    let title = Expr::col((onboarding_step::Entity, S::Title)).max();
    let since = Expr::col((onboarding_step::Entity, S::OpenedAt));
    of_plans()
        .expr_as(title, "title")
        .expr_as(Expr::case(open(), Expr::val(1)).count(), "open")
        .expr_as(Expr::expr(Expr::case(open(), since)).min(), "oldest")
        .group_by_col((onboarding_plan::Entity, onboarding_plan::Column::Slug))
        .group_by_col((onboarding_step::Entity, S::Key))
        .to_owned()
}

/// Steps of partners with the short name of their plan.
fn of_plans() -> SelectStatement {
    use onboarding::Column as O;
    use onboarding_plan::Column as P;
    use onboarding_step::Column as S;
    use plan_version::Column as V;
    let (step, way) = (onboarding_step::Entity, onboarding::Entity);
    let (version, plan) = (plan_version::Entity, onboarding_plan::Entity);
    Query::select()
        .expr_as(Expr::col((plan, P::Slug)), "plan")
        .expr_as(Expr::col((step, S::Key)), "step")
        .from(step)
        .inner_join(way, Expr::col((way, O::Id)).equals((step, S::OnboardingId)))
        .inner_join(
            version,
            Expr::col((version, V::Id)).equals((way, O::PlanVersionId)),
        )
        .inner_join(plan, Expr::col((plan, P::Id)).equals((version, V::PlanId)))
        .to_owned()
}

async fn all<T: FromQueryResult>(
    db: &DatabaseExecutor<'_>,
    query: &SelectStatement,
) -> Result<Vec<T>> {
    let statement = StatementBuilder::build(query, &db.get_database_backend());
    Ok(T::find_by_statement(statement).all(db).await?)
}

/// Drops what is beyond the cap, and says whether there was any.
fn cap<T>(rows: &mut Vec<T>) -> bool {
    let most = usize::try_from(CAP).unwrap_or(usize::MAX);
    let capped = rows.len() > most;
    rows.truncate(most);
    capped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_by_kind_by_region_and_by_both() {
        let rows = [
            (PartnerKind::Reseller, "EMEA".to_owned(), 10),
            (PartnerKind::Reseller, "APAC".to_owned(), 30),
            (PartnerKind::Services, "EMEA".to_owned(), 20),
        ];
        let told: Vec<_> = groups(&rows)
            .into_iter()
            .map(|group| (group.kind, group.region, group.took.count))
            .collect();
        let (emea, apac) = (|| Some("EMEA".to_owned()), || Some("APAC".to_owned()));
        let (reseller, services) = (Some(PartnerKind::Reseller), Some(PartnerKind::Services));
        assert_eq!(
            told,
            [
                (reseller, None, 2),
                (services, None, 1),
                (None, apac(), 1),
                (None, emea(), 2),
                (reseller, apac(), 1),
                (reseller, emea(), 1),
                (services, emea(), 1),
            ]
        );
    }
}
