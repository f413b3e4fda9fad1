//! A partner on its way: loaded whole, moved turn by turn, told about at the end.
//!
//! Every story ends in [`Way::finish`]: it re-reads the facts, opens what waited, completes what
//! the facts complete, completes the onboarding when the last step is closed, and tells people.
//! Since nothing is counted up and all is computed again, it can be called at any time, from
//! anywhere, and twice.

use entity::id::{OnboardingStepId, PartnerId, PersonId};
use entity::onboarding_step::StepState;
use entity::partner::PartnerState;
use entity::plan_step::Performer;
use entity::{onboarding, onboarding_step, partner};
use sea_orm::{ActiveModelTrait, ActiveValue, DatabaseExecutor};
use serde_json::json;

use super::flow::{self, Node, Turn};
use super::rules::{Evidence, Rule};
use super::{remind, store, tell};
use crate::audit::{self, Subject};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::notification::letter::{HowDone, Point};
use crate::op::Permit;
use crate::partner::profile;

/// Recomputes where the partner stands, after facts arrived that may complete steps of the system:
/// a course was completed, a certificate issued, a member joined. Does nothing for a partner that
/// is not on its way.
///
/// # Errors
/// What the database said.
pub async fn facts_arrived(permit: &Permit<'_>, partner: PartnerId) -> Result<()> {
    let db = permit.reader();
    match Way::find(&db, partner).await? {
        Some(way) => way.finish(permit).await,
        None => Ok(()),
    }
}

/// What happened to a step and is to be told.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// It may be done now.
    Opened,
    /// It waits for a reviewer.
    Submitted,
    /// It is to be done again.
    Returned {
        /// Why.
        reason: String,
        /// Questions to mend, with what is said of each.
        points: Vec<Point>,
    },
    /// It is done.
    Done(HowDone),
    /// It is not needed.
    Waived {
        /// Why.
        reason: String,
    },
}

/// A partner's onboarding under way, with all its steps.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) partner: partner::Model,
    pub(super) onboarding: onboarding::Model,
    pub(super) steps: Vec<onboarding_step::Model>,
    news: Vec<(usize, News)>,
}

impl Way {
    /// As it was loaded or made.
    pub(super) fn new(
        partner: partner::Model,
        onboarding: onboarding::Model,
        steps: Vec<onboarding_step::Model>,
    ) -> Self {
        Self {
            partner,
            onboarding,
            steps,
            news: Vec::new(),
        }
    }

    /// The partner's, if it is on its way.
    pub(super) async fn find(db: &DatabaseExecutor<'_>, id: PartnerId) -> Result<Option<Self>> {
        let partner = store::partner(db, id).await?;
        if partner.state != PartnerState::Onboarding {
            return Ok(None);
        }
        let Some(onboarding) = store::running(db, id).await? else {
            return Ok(None);
        };
        let steps = store::steps(db, onboarding.id).await?;
        Ok(Some(Self::new(partner, onboarding, steps)))
    }

    /// The way that this step is on, and the step's place in it.
    pub(super) async fn of(
        db: &DatabaseExecutor<'_>,
        step: &onboarding_step::Model,
    ) -> Result<(Self, usize)> {
        if let Some(way) = Self::find(db, step.partner_id).await?
            && let Some(at) = way.place(step.id)
        {
            return Ok((way, at));
        }
        let fault = if flow::is_closed(step.state) {
            Refusal::new("CLOSED", closed(step.state))
        } else {
            let message = "This partner is not being onboarded: its steps rest.";
            Refusal::new("NOT_ONBOARDING", message)
        };
        Err(fault.into())
    }

    fn place(&self, id: OnboardingStepId) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }

    /// How many steps are not closed.
    pub(super) fn left(&self) -> usize {
        let open = |step: &&onboarding_step::Model| !flow::is_closed(step.state);
        self.steps.iter().filter(open).count()
    }

    /// Why the step cannot be handed in now; nothing where it can.
    pub(super) fn check_is_to_do(&self, at: usize) -> Result<()> {
        let step = &self.steps[at];
        let fault = match step.state {
            StepState::Open | StepState::Returned => return Ok(()),
            StepState::Locked => {
                let first = self.waits_for(at).join(", ");
                let message = format!("This step waits for others. To be done first: {first}.");
                Refusal::new("LOCKED", message)
            }
            StepState::Submitted => {
                let message = "This step was submitted and waits for a reviewer.";
                Refusal::new("WAITS_FOR_REVIEW", message)
            }
            StepState::Done | StepState::Waived => Refusal::new("CLOSED", closed(step.state)),
        };
        Err(fault.into())
    }

    /// Titles of the steps that come first and are not closed.
    fn waits_for(&self, at: usize) -> Vec<&str> {
        let keys: Vec<String> =
            serde_json::from_value(self.steps[at].requires.clone()).unwrap_or_default();
        self.steps
            .iter()
            .filter(|step| keys.contains(&step.key) && !flow::is_closed(step.state))
            .map(|step| step.title.as_str())
            .collect()
    }

    /// Takes one turn of one step: writes it, with fact and audit line, and keeps in mind what is
    /// to be told.
    pub(super) async fn take(
        &mut self,
        permit: &Permit<'_>,
        at: usize,
        turn: Turn,
        news: News,
    ) -> Result<()> {
        let step = &mut self.steps[at];
        let before = json!({ "state": step.state, "version": step.version });
        let Some(state) = flow::next(step.state, turn) else {
            return Err(Error::fault(format!(
                "{turn:?} is not possible for a step that is {:?}",
                step.state
            )));
        };
        step.state = state;
        if state == StepState::Open {
            step.opened_at = Some(permit.now());
        }
        if flow::is_closed(state) {
            step.closed_at = Some(permit.now());
        }
        store::write_step(permit, step).await?;
        let key = step.key.clone();
        let detail = match &news {
            News::Opened => Detail::StepOpened { step: key },
            News::Submitted => Detail::StepSubmitted { step: key },
            News::Returned { .. } => Detail::StepReturned { step: key },
            News::Done(_) => Detail::StepDone { step: key },
            News::Waived { .. } => Detail::StepWaived { step: key },
        };
        let by = permit.op().actor().person().map(|person| person.id);
        fact::record(permit, about(step, by), &detail).await?;
        let after = json!({ "state": step.state, "version": step.version });
        audit::record(permit, subject(step), &before, &after).await?;
        self.news.push((at, news));
        Ok(())
    }

    /// Lets everything move that moves by itself, and tells people of all that has happened.
    pub(super) async fn finish(mut self, permit: &Permit<'_>) -> Result<()> {
        self.settle(permit).await?;
        for (at, news) in std::mem::take(&mut self.news) {
            let open = flow::is_to_do(self.steps[at].state);
            if matches!(news, News::Opened) && !open {
                // It was done as soon as it was open: there is nothing to do.
                continue;
            }
            if matches!(news, News::Opened) {
                remind::promise(permit, &self.partner, &self.steps[at]).await?;
            }
            tell::step(permit, &self, at, news).await?;
        }
        if self.left() == 0 {
            self.complete(permit).await?;
        }
        Ok(())
    }

    async fn settle(&mut self, permit: &Permit<'_>) -> Result<()> {
        let nodes = self.steps.iter().map(node).collect::<Result<Vec<_>>>()?;
        let asks =
            |step: &Node| step.performer == Performer::System && !flow::is_closed(step.state);
        let evidence = if nodes.iter().any(asks) {
            store::evidence(permit, self.partner.id).await?
        } else {
            Evidence::default()
        };
        for (at, turn) in flow::settle(&nodes, &evidence) {
            let news = if turn == Turn::Open {
                News::Opened
            } else {
                News::Done(HowDone::ByFacts)
            };
            self.take(permit, at, turn, news).await?;
        }
        Ok(())
    }

    /// The last step is closed: the partner is in the program.
    async fn complete(&self, permit: &Permit<'_>) -> Result<()> {
        onboarding::ActiveModel {
            id: ActiveValue::Unchanged(self.onboarding.id),
            completed_at: ActiveValue::Set(Some(permit.now())),
            ..Default::default()
        }
        .update(permit.writer())
        .await?;
        let about = About {
            partner: Some(self.partner.id),
            person: None,
            subject: self.onboarding.id.0,
        };
        let took = permit.now() - self.partner.approved_at;
        let seconds = took.num_seconds().max(0);
        fact::record(permit, about, &Detail::OnboardingCompleted { seconds }).await?;
        let subject = Subject {
            kind: "Onboarding",
            id: self.onboarding.id.0,
            partner: Some(self.partner.id),
        };
        let after = json!({ "completedAt": permit.now() });
        audit::record(permit, subject, &json!({ "completedAt": null }), &after).await?;
        profile::activate(permit, self.partner.id).await?;
        tell::complete(permit, self, seconds).await
    }
}

/// Why nothing can be done about a closed step.
fn closed(state: StepState) -> &'static str {
    if state == StepState::Waived {
        "This step was waived: nothing is to be done."
    } else {
        "This step is done."
    }
}

/// A step as the flow looks at it.
fn node(step: &onboarding_step::Model) -> Result<Node> {
    Ok(Node {
        key: step.key.clone(),
        state: step.state,
        performer: step.performer,
        rule: rule(step)?,
        requires: serde_json::from_value(step.requires.clone())?,
    })
}

/// When the step is done.
pub(super) fn rule(step: &onboarding_step::Model) -> Result<Rule> {
    Ok(serde_json::from_value(step.rule.clone())?)
}

/// What facts about a step name.
pub(super) fn about(step: &onboarding_step::Model, person: Option<PersonId>) -> About {
    About {
        partner: Some(step.partner_id),
        person,
        subject: step.id.0,
    }
}

/// What the audit trail calls a step.
pub(super) fn subject(step: &onboarding_step::Model) -> Subject {
    Subject {
        kind: "OnboardingStep",
        id: step.id.0,
        partner: Some(step.partner_id),
    }
}
