//! Rounds over all partners, and looks at those whom something new touches.
//!
//! A round is a row that says how far it has come. Partners are looked at in the order of their keys, a
//! page in one unit of work, with the row: whoever is killed in the middle loses at most a page, and
//! the next who takes the promise up goes on behind the last one. Two who go over the same round at
//! once do each page once. Memory holds the facts of one partner at a time.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::id::{PartnerId, ProgramReviewId, ProgramVersionId};
use entity::program_version::ProgramVersionState;
use entity::{fact, membership, partner, program_review, program_version, standing};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, JoinType,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef,
};
use serde::{Deserialize, Serialize};

use super::review::{InForce, review};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Result};
use crate::fact::OF_STANDINGS;
use crate::fact::load::OF_PEOPLE;
use crate::op::{Op, Permit};
use crate::outbox::{self, Job};
use crate::program::announce;
use crate::program::rules::Rules;
use crate::program::store::{self as programs, MEASURED};

/// Partners of a page.
const PAGE: u64 = 25;
/// Facts after which a page ends, however few partners that were.
const FACTS: usize = 50_000;

/// The promise to begin a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRound {
    /// Under which version.
    pub version: ProgramVersionId,
    /// On which day.
    pub on: NaiveDate,
}

impl Job for StartRound {
    const KIND: &'static str = "tier.start_round";
}

/// The promise to go on with a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoOn {
    /// The round.
    pub review: ProgramReviewId,
}

impl Job for GoOn {
    const KIND: &'static str = "tier.go_on";
}

/// The promise to look again at those whom something new touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAgain {}

impl Job for LookAgain {
    const KIND: &'static str = "tier.look_again";
}

/// How far a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Partners that were looked at.
    pub partners: i32,
    /// Standings that moved.
    pub moves: i32,
    /// Whether it is over.
    pub is_over: bool,
}

/// Promises the rounds of today and of tomorrow, each for when its day begins in the program's zone.
///
/// # Errors
/// What the database said.
pub async fn promise_today(permit: &Permit<'_>) -> Result<()> {
    for version in programs::in_force(&permit.reader()).await? {
        let rules = Rules::from_yaml(&version.document)?;
        let today = rules.day(permit.now());
        for on in [Some(today), today.checked_add_days(Days::new(1))] {
            let Some(on) = on else { continue };
            let job = StartRound {
                version: version.id,
                on,
            };
            let key = format!("{}:{}:{on}", StartRound::KIND, version.id);
            let when = Ord::max(rules.calendar.midnight(on), permit.now());
            outbox::promise_once(permit, &job, when, key).await?;
        }
    }
    Ok(())
}

/// Keeps the promise: begins the round of that day, if the version is in force still.
///
/// # Errors
/// What the database said.
pub async fn start(permit: &Permit<'_>, job: &StartRound) -> Result<()> {
    let version = programs::version(&permit.reader(), job.version).await?;
    if version.state != ProgramVersionState::InForce {
        return Ok(());
    }
    let round = begun(permit, version.id, job.on).await?;
    if round.finished_at.is_none() {
        outbox::promise(permit, &GoOn { review: round.id }).await?;
    }
    Ok(())
}

/// Keeps the promise of a version that has come into force: begins a round under it.
///
/// # Errors
/// What the database said.
pub async fn in_force(permit: &Permit<'_>, job: &announce::InForce) -> Result<()> {
    let version = programs::version(&permit.reader(), job.version).await?;
    let on = Rules::from_yaml(&version.document)?.day(permit.now());
    let version = version.id;
    start(permit, &StartRound { version, on }).await
}

/// Keeps the promise: a page, and the promise of the rest.
///
/// # Errors
/// What the database said.
pub async fn go_on(permit: &Permit<'_>, job: &GoOn) -> Result<()> {
    let progress = page(permit, job.review).await?;
    if progress.is_over {
        tracing::info!(
            partners = progress.partners,
            moves = progress.moves,
            "a round of reviews is over"
        );
        return Ok(());
    }
    outbox::promise(permit, job).await
}

/// Begins, or goes on with, today's rounds of all programs, for whoever runs the portal: which rounds
/// there are.
///
/// # Errors
/// What the database said.
pub async fn begin(op: &Op) -> Result<Vec<ProgramReviewId>> {
    op.unit((), |tx, ()| {
        Box::pin(async move {
            let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
            let mut rounds = Vec::new();
            for version in programs::in_force(&permit.reader()).await? {
                let on = Rules::from_yaml(&version.document)?.day(permit.now());
                rounds.push(begun(&permit, version.id, on).await?.id);
            }
            Ok(rounds)
        })
    })
    .await
}

/// The next page of a round, for whoever runs the portal.
///
/// # Errors
/// What the database said.
pub async fn next(op: &Op, review: ProgramReviewId) -> Result<Progress> {
    let done = op.secret_unit(review, |tx, &review| {
        Box::pin(async move {
            let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
            page(&permit, review).await
        })
    });
    done.await
}

/// The round of a day, begun where nobody has.
async fn begun(
    permit: &Permit<'_>,
    version: ProgramVersionId,
    on: NaiveDate,
) -> Result<program_review::Model> {
    use program_review::{Column, Entity};
    let row = program_review::Model {
        id: permit.new_id(),
        program_version_id: version,
        on_day: on,
        started_at: permit.now(),
        reviewed_to: None,
        partners: 0,
        moves: 0,
        finished_at: None,
    };
    let same_day = OnConflict::columns([Column::ProgramVersionId, Column::OnDay])
        .do_nothing()
        .to_owned();
    Entity::insert(row.into_active_model().reset_all())
        .on_conflict(same_day)
        .exec_without_returning(permit.writer())
        .await?;
    Entity::find()
        .filter(Column::ProgramVersionId.eq(version))
        .filter(Column::OnDay.eq(on))
        .one(&permit.reader())
        .await?
        .ok_or(Error::NotFound("ProgramReview"))
}

async fn page(permit: &Permit<'_>, review_id: ProgramReviewId) -> Result<Progress> {
    let db = permit.reader();
    let round = program_review::Entity::find_by_id(review_id)
        .one(&db)
        .await?;
    let round = round.ok_or(Error::NotFound("ProgramReview"))?;
    let over = |round: &program_review::Model| Progress {
        partners: round.partners,
        moves: round.moves,
        is_over: round.finished_at.is_some(),
    };
    let version = programs::version(&db, round.program_version_id).await?;
    if round.finished_at.is_some() {
        return Ok(over(&round));
    }
    // A version that is superseded meanwhile decides nothing any more.
    let partners = if version.state == ProgramVersionState::InForce {
        programs::measured(&db, round.reviewed_to, PAGE).await?
    } else {
        Vec::new()
    };
    let mut round = round;
    let (mut read, mut seen) = (0, 0);
    if !partners.is_empty() {
        let program = InForce::of(&db, version).await?;
        for partner in &partners {
            let look = review(permit, &program, partner).await?;
            read += look.facts;
            seen += 1;
            round.partners += 1;
            round.moves = round
                .moves
                .saturating_add(i32::try_from(look.moves).unwrap_or(i32::MAX));
            round.reviewed_to = Some(partner.id);
            if read > FACTS {
                break;
            }
        }
    }
    let is_last = seen == partners.len() && (partners.len() as u64) < PAGE;
    let round = program_review::Model {
        finished_at: is_last.then(|| permit.now()),
        ..round
    };
    let progress = over(&round);
    round
        .into_active_model()
        .reset_all()
        .update(permit.writer())
        .await?;
    Ok(progress)
}

/// Promises to look again, where something new touches somebody; once in a minute, however many
/// workers ask.
///
/// # Errors
/// What the database said.
pub async fn promise_touched(permit: &Permit<'_>) -> Result<()> {
    if touched(&permit.reader(), permit.now(), 1).await?.is_empty() {
        return Ok(());
    }
    let minute = permit.now().format("%Y-%m-%dT%H:%M");
    let key = format!("{}:{minute}", LookAgain::KIND);
    outbox::promise_once(permit, &LookAgain {}, permit.now(), key).await
}

/// Keeps the promise: looks at those whom something touches, and promises the rest.
///
/// # Errors
/// What the database said.
pub async fn look_again(permit: &Permit<'_>, job: &LookAgain) -> Result<()> {
    let db = permit.reader();
    let keys = touched(&db, permit.now(), PAGE).await?;
    if keys.is_empty() {
        return Ok(());
    }
    let partners = partner::Entity::find()
        .filter(partner::Column::Id.is_in(keys.iter().copied()))
        .order_by_asc(partner::Column::Id)
        .all(&db)
        .await?;
    for version in programs::in_force(&db).await? {
        let program = InForce::of(&db, version).await?;
        for partner in &partners {
            review(permit, &program, partner).await?;
        }
    }
    if keys.len() as u64 == PAGE {
        outbox::promise(permit, job).await?;
    }
    Ok(())
}

/// Partners of whom something was recorded after the last look at them, and those who came today and
/// were not looked at yet.
///
/// # Errors
/// What the database said.
pub async fn touched(
    db: &DatabaseExecutor<'_>,
    now: DateTime<Utc>,
    most: u64,
) -> Result<BTreeSet<PartnerId>> {
    let measured = || {
        partner::Entity::find()
            .select_only()
            .column(partner::Column::Id)
            .filter(partner::Column::State.is_in(MEASURED))
            .into_query()
    };
    let earliest: Option<Option<DateTime<Utc>>> = standing::Entity::find()
        .select_only()
        .column_as(standing::Column::LookedAt.min(), "earliest")
        .filter(standing::Column::EndedAt.is_null())
        .filter(standing::Column::PartnerId.in_subquery(measured()))
        .into_tuple()
        .one(db)
        .await?;
    let mut found = BTreeSet::new();
    if let Some(earliest) = earliest.flatten() {
        let of_fact = |column: fact::Column| Expr::col((fact::Entity, column));
        let of_seat = |column: membership::Column| Expr::col((membership::Entity, column));
        let of_standing = |column: standing::Column| Expr::col((standing::Entity, column));
        let unseen = |partner: Expr| {
            let earlier = Query::select()
                .expr(Expr::val(1))
                .from(standing::Entity)
                .and_where(of_standing(standing::Column::PartnerId).eq(partner))
                .and_where(of_standing(standing::Column::EndedAt).is_null())
                .and_where(
                    of_standing(standing::Column::LookedAt).lt(of_fact(fact::Column::RecordedAt)),
                )
                .take();
            Expr::exists(earlier)
        };
        let own = fact::Entity::find()
            .select_only()
            .column(fact::Column::PartnerId)
            .distinct()
            .filter(fact::Column::RecordedAt.gt(earliest))
            .filter(fact::Column::Kind.starts_with(OF_STANDINGS).not())
            .filter(fact::Column::PartnerId.in_subquery(measured()))
            .filter(unseen(of_fact(fact::Column::PartnerId)))
            .limit(most);
        let own: Vec<PartnerId> = own.into_tuple().all(db).await?;
        found.extend(own);
        let of_people = membership::Entity::find()
            .select_only()
            .column(membership::Column::PartnerId)
            .distinct()
            .join(JoinType::InnerJoin, people())
            .filter(fact::Column::RecordedAt.gt(earliest))
            .filter(fact::Column::Kind.is_in(OF_PEOPLE.iter().copied()))
            .filter(membership::Column::PartnerId.in_subquery(measured()))
            .filter(unseen(of_seat(membership::Column::PartnerId)))
            .limit(most);
        let of_people: Vec<PartnerId> = of_people.into_tuple().all(db).await?;
        found.extend(of_people);
    }
    let stands = standing::Entity::find()
        .select_only()
        .column(standing::Column::PartnerId)
        .into_query();
    let in_force = program_version::Entity::find()
        .filter(program_version::Column::State.eq(ProgramVersionState::InForce))
        .one(db)
        .await?;
    if in_force.is_some() {
        let fresh: Vec<PartnerId> = partner::Entity::find()
            .select_only()
            .column(partner::Column::Id)
            .filter(partner::Column::State.is_in(MEASURED))
            .filter(partner::Column::ApprovedAt.gt(now - TimeDelta::days(1)))
            .filter(partner::Column::Id.not_in_subquery(stands))
            .limit(most)
            .into_tuple()
            .all(db)
            .await?;
        found.extend(fresh);
    }
    Ok(found
        .into_iter()
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .collect())
}

/// Facts of those who sit there.
fn people() -> RelationDef {
    membership::Entity::belongs_to(fact::Entity)
        .from(membership::Column::PersonId)
        .to(fact::Column::PersonId)
        .into()
}
