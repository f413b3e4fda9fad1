//! Who is told what about a step.
//!
//! Those who are to act are told that they can; those who answer for the partner, how it went:
//! its admins, whoever submitted, and the partner manager who looks after it. Nobody is told what
//! they have just done themselves; what they can do next, they are.

use std::collections::BTreeSet;

use entity::id::{PartnerId, PersonId, PlanVersionId};
use entity::membership::MemberRole;
use entity::person::PersonState;
use entity::plan_step::Performer;
use entity::staff_role::VendorRole;
use entity::{onboarding_step, partner, person, staff_role};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter};

use super::advance::{News, Way, rule};
use super::rules::{Actors, actors};
use super::store;
use crate::error::Result;
use crate::notification::letter::PlannedStep;
use crate::notification::{self, Letter};
use crate::op::Permit;
use crate::shape::global_id;

const DAY: i64 = 86_400;

/// Tells the right people what happened to the step.
pub(super) async fn step(permit: &Permit<'_>, way: &Way, at: usize, news: News) -> Result<()> {
    let (partner, step) = (&way.partner, &way.steps[at]);
    let around = Around::load(&permit.reader(), partner).await?;
    let actor = permit.op().actor().person().map(|person| person.id);
    let submitter = step.submitted_by;
    let (mut readers, letter) = match news {
        News::Opened => (around.actors(step)?, opened(partner, step)),
        News::Submitted => {
            let readers = around.reviewers(&permit.reader(), submitter).await?;
            let submitter = name_of(&permit.reader(), submitter).await?;
            (readers, submitted(partner, step, submitter))
        }
        News::Returned { reason, points } => {
            let reviewer = name_of(&permit.reader(), actor).await?;
            let letter = Letter::StepReturned {
                partner: partner.legal_name.clone(),
                step: step.title.clone(),
                reviewer,
                reason,
                points,
                due_on: step.due_on,
                step_id: id(step),
            };
            (around.answerable(step), letter)
        }
        News::Done(how) => {
            let mut readers = around.answerable(step);
            readers.extend(around.admins());
            readers.insert(around.owner);
            let letter = Letter::StepDone {
                partner: partner.legal_name.clone(),
                step: step.title.clone(),
                how,
                left: u32::try_from(way.left()).unwrap_or(u32::MAX),
            };
            (readers, letter)
        }
        News::Waived { reason } => {
            let letter = Letter::StepWaived {
                partner: partner.legal_name.clone(),
                step: step.title.clone(),
                reviewer: name_of(&permit.reader(), actor).await?,
                reason,
            };
            (around.answerable(step), letter)
        }
    };
    if let Some(actor) = actor
        && !matches!(letter, Letter::StepOpened { .. })
    {
        readers.remove(&actor);
    }
    tell(permit, partner.id, &readers, &letter).await
}

/// Tells everybody that the partner is in the program.
pub(super) async fn complete(permit: &Permit<'_>, way: &Way, seconds: i64) -> Result<()> {
    let around = Around::load(&permit.reader(), &way.partner).await?;
    let mut readers = around.members();
    readers.insert(around.owner);
    let letter = Letter::OnboardingComplete {
        partner: way.partner.legal_name.clone(),
        days: u32::try_from(seconds / DAY).unwrap_or(u32::MAX),
    };
    tell(permit, way.partner.id, &readers, &letter).await
}

/// The plan, for those who begin.
pub(super) async fn welcome(
    permit: &Permit<'_>,
    partner: &partner::Model,
    version: PlanVersionId,
    steps: &[onboarding_step::Model],
    readers: &BTreeSet<PersonId>,
) -> Result<()> {
    let db = permit.reader();
    let version = store::version(&db, version).await?;
    let letter = Letter::OnboardingWelcome {
        partner: partner.legal_name.clone(),
        owner: name_of(&db, Some(partner.owner_id)).await?,
        plan: store::plan(&db, version.plan_id).await?.name,
        steps: steps
            .iter()
            .map(|step| PlannedStep {
                title: step.title.clone(),
                performer: step.performer,
                due_on: step.due_on,
            })
            .collect(),
    };
    tell(permit, partner.id, readers, &letter).await
}

/// Reminds those who are to act that the step is due soon.
pub(super) async fn due_soon(
    permit: &Permit<'_>,
    partner: &partner::Model,
    step: &onboarding_step::Model,
) -> Result<()> {
    let around = Around::load(&permit.reader(), partner).await?;
    let letter = Letter::StepDueSoon {
        partner: partner.legal_name.clone(),
        step: step.title.clone(),
        due_on: step.due_on,
        step_id: id(step),
    };
    tell(permit, partner.id, &around.actors(step)?, &letter).await
}

/// Tells that the step is overdue: the partner manager, and those who are to act unless they have
/// and it is a reviewer who keeps it.
pub(super) async fn overdue(
    permit: &Permit<'_>,
    partner: &partner::Model,
    step: &onboarding_step::Model,
    waits_for_review: bool,
) -> Result<()> {
    let around = Around::load(&permit.reader(), partner).await?;
    let mut readers = BTreeSet::from([around.owner]);
    if !waits_for_review {
        readers.extend(around.actors(step)?);
    }
    let letter = Letter::StepOverdue {
        partner: partner.legal_name.clone(),
        step: step.title.clone(),
        due_on: step.due_on,
        step_id: id(step),
    };
    tell(permit, partner.id, &readers, &letter).await
}

/// Who can be told: the members, with their roles, and the owner.
struct Around {
    seats: Vec<(PersonId, MemberRole)>,
    owner: PersonId,
}

impl Around {
    async fn load(db: &DatabaseExecutor<'_>, partner: &partner::Model) -> Result<Self> {
        let members = store::members(db, partner.id).await?;
        Ok(Self {
            seats: members
                .into_iter()
                .map(|seat| (seat.person_id, seat.role))
                .collect(),
            owner: partner.owner_id,
        })
    }

    fn members(&self) -> BTreeSet<PersonId> {
        self.seats.iter().map(|(id, _)| *id).collect()
    }

    fn admins(&self) -> BTreeSet<PersonId> {
        let admin = |(id, role): &(PersonId, MemberRole)| {
            (*role == MemberRole::PartnerAdmin).then_some(*id)
        };
        self.seats.iter().filter_map(admin).collect()
    }

    /// Those who are to act.
    fn actors(&self, step: &onboarding_step::Model) -> Result<BTreeSet<PersonId>> {
        Ok(match actors(step.performer, &rule(step)?) {
            Actors::Members => self.members(),
            Actors::Owner => BTreeSet::from([self.owner]),
        })
    }

    /// Those who answer for how the step goes: whoever submitted it, and the partner's admins or,
    /// for the vendor's own steps, the owner.
    fn answerable(&self, step: &onboarding_step::Model) -> BTreeSet<PersonId> {
        let submitter = step.submitted_by;
        if step.performer == Performer::Vendor {
            return submitter.into_iter().chain([self.owner]).collect();
        }
        let seated = submitter.filter(|id| self.members().contains(id));
        self.admins().into_iter().chain(seated).collect()
    }

    /// Those who can decide: the owner or, since nobody reviews their own submission, the other
    /// partner managers, and admins where there are none.
    async fn reviewers(
        &self,
        db: &DatabaseExecutor<'_>,
        submitter: Option<PersonId>,
    ) -> Result<BTreeSet<PersonId>> {
        if submitter != Some(self.owner) {
            return Ok(BTreeSet::from([self.owner]));
        }
        for role in [VendorRole::PartnerManager, VendorRole::Admin] {
            let mut staff = staff(db, role).await?;
            staff.remove(&self.owner);
            if !staff.is_empty() {
                return Ok(staff);
            }
        }
        Ok(BTreeSet::new())
    }
}

/// Who holds the role and may sign in.
async fn staff(db: &DatabaseExecutor<'_>, role: VendorRole) -> Result<BTreeSet<PersonId>> {
    let people = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::State.eq(PersonState::Active))
        .to_owned();
    let held = staff_role::Entity::find()
        .filter(staff_role::Column::Role.eq(role))
        .filter(staff_role::Column::PersonId.in_subquery(people))
        .all(db)
        .await?;
    Ok(held.into_iter().map(|row| row.person_id).collect())
}

fn opened(partner: &partner::Model, step: &onboarding_step::Model) -> Letter {
    Letter::StepOpened {
        partner: partner.legal_name.clone(),
        step: step.title.clone(),
        due_on: step.due_on,
        step_id: id(step),
    }
}

fn submitted(partner: &partner::Model, step: &onboarding_step::Model, submitter: String) -> Letter {
    Letter::StepSubmitted {
        partner: partner.legal_name.clone(),
        step: step.title.clone(),
        submitter,
        step_id: id(step),
    }
}

/// The name of a person, or of the portal itself.
async fn name_of(db: &DatabaseExecutor<'_>, id: Option<PersonId>) -> Result<String> {
    let person = match id {
        Some(id) => person::Entity::find_by_id(id).one(db).await?,
        None => None,
    };
    Ok(person.map_or_else(|| "Entente".to_owned(), |person| person.name))
}

async fn tell(
    permit: &Permit<'_>,
    partner: PartnerId,
    readers: &BTreeSet<PersonId>,
    letter: &Letter,
) -> Result<()> {
    for reader in readers {
        notification::tell(permit, *reader, Some(partner), letter.clone()).await?;
    }
    Ok(())
}

/// The step's id as the API writes it.
fn id(step: &onboarding_step::Model) -> String {
    global_id("OnboardingStep", step.id.0)
}
