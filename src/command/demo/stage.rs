//! Where the story of the demo is played: a portal whose clock is set by hand.
//!
//! People act through the same actions as the API, each at an instant of its own, and the portal's
//! own worker keeps its promises on the way. So facts, audit lines, inboxes and reminders are what
//! they would be if all of it had happened.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use entity::id::{ApplicationId, InvitationId};
use entity::link::LinkPurpose;
use entity::{invitation, link, outbox_message};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use crate::app::App;
use crate::auth::{Actor, Permission, Scope};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::identity::actor_for;
use crate::identity::invitation::Answer;
use crate::identity::session::SignedIn;
use crate::identity::sign_in::sign_in;
use crate::jobs::Worker;
use crate::notification::Deliver;
use crate::onboarding::join;
use crate::op::{Op, Origin};
use crate::outbox::{self, Job};

/// What people's browsers call themselves.
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
];

/// A clock that is set by hand.
#[derive(Debug)]
pub(super) struct Hands(Mutex<DateTime<Utc>>);

impl Hands {
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        Self(Mutex::new(at))
    }

    fn set(&self, at: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The portal, its clock, and those who have signed in.
pub(super) struct Stage {
    pub(super) app: App,
    clock: Arc<Hands>,
    worker: Worker,
    /// Letters from before are not delivered any more.
    told_from: DateTime<Utc>,
    people: HashMap<String, Actor>,
    acts: u32,
}

impl Stage {
    pub(super) fn new(app: App, clock: Arc<Hands>, told_from: DateTime<Utc>) -> Self {
        Self {
            worker: app.worker(),
            app,
            clock,
            told_from,
            people: HashMap::new(),
            acts: 0,
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// What the person of that address does now.
    pub(super) fn person(&mut self, email: &str) -> Result<Op> {
        let actor = self.people.get(email).cloned();
        let actor = actor.ok_or_else(|| Error::fault(format!("{email} is not there yet")))?;
        Ok(self.op(actor, email, AGENTS[roll(email, AGENTS.len())]))
    }

    /// What somebody does now who is not signed in; `who` tells their device from others.
    pub(super) fn anyone(&mut self, who: &str) -> Op {
        self.op(Actor::Anonymous, who, AGENTS[roll(who, AGENTS.len())])
    }

    /// The same from a device that they never used.
    pub(super) fn stranger(&mut self, who: &str) -> Op {
        let other = (roll(who, AGENTS.len()) + 1) % AGENTS.len();
        self.op(Actor::Anonymous, &format!("{who} abroad"), AGENTS[other])
    }

    /// What the portal itself does now.
    pub(super) fn portal(&mut self) -> Op {
        self.op(Actor::System, "", "")
    }

    fn op(&mut self, actor: Actor, who: &str, agent: &str) -> Op {
        self.acts += 1;
        let origin = Origin {
            request_id: format!("demo-{:05}", self.acts),
            address: match who {
                "" => String::new(),
                who => format!("203.0.113.{}", 1 + roll(who, 254)),
            },
            user_agent: agent.to_owned(),
        };
        self.app.op_from(actor, origin)
    }

    /// Whether the person of that address has an account and is signed in.
    pub(super) fn is_here(&self, email: &str) -> bool {
        self.people.contains_key(email)
    }

    /// The person takes the seat that they were offered.
    pub(super) async fn join(&mut self, email: &str) -> Result<()> {
        let invitation = invitation::Entity::find()
            .filter(invitation::Column::Email.eq(email))
            .filter(invitation::Column::State.eq(invitation::InvitationState::Pending))
            .one(self.app.db.reader())
            .await?
            .ok_or(Error::NotFound("Invitation"))?;
        let token = self.token(Letter::Invitation(invitation.id)).await?;
        let answer = Answer {
            token: token.into(),
            name: None,
            password: Some(super::PASSWORD.to_owned().into()),
            locale: None,
            time_zone: None,
        };
        let op = self.anyone(email);
        let signed_in = join::join(&op, &self.app.guard, answer).await?;
        self.enter(email, signed_in).await
    }

    /// The first administrator signs in.
    pub(super) async fn sign_in(&mut self, email: &str) -> Result<()> {
        let op = self.anyone(email);
        let password = super::PASSWORD.to_owned().into();
        let entered = sign_in(&op, &self.app.guard, email, password).await?;
        let signed_in = entered.signed_in()?;
        self.enter(email, signed_in).await
    }

    async fn enter(&mut self, email: &str, signed_in: SignedIn) -> Result<()> {
        let (db, guard) = (&self.app.db, &self.app.guard);
        let actor = actor_for(db, guard, signed_in.access.reveal(), self.now()).await?;
        self.people.insert(email.to_owned(), actor);
        Ok(())
    }

    /// The token that stands in the letter, as its reader finds it there.
    pub(super) async fn token(&self, letter: Letter) -> Result<String> {
        let (purpose, which) = match letter {
            Letter::Confirm(id) => (
                LinkPurpose::ConfirmEmail,
                link::Column::ApplicationId.eq(id),
            ),
            Letter::NeedsChanges(id) => (
                LinkPurpose::EditApplication,
                link::Column::ApplicationId.eq(id),
            ),
            Letter::Invitation(id) => (
                LinkPurpose::AcceptInvitation,
                link::Column::InvitationId.eq(id),
            ),
        };
        let row = link::Entity::find()
            .filter(link::Column::Purpose.eq(purpose))
            .filter(which)
            .filter(link::Column::UsedAt.is_null())
            .one(self.app.db.reader())
            .await?
            .ok_or(Error::NotFound("link"))?;
        Ok(self.app.guard.keys.link().token(row.id))
    }

    /// Lets time pass until then: each promise that falls due on the way is kept at its instant.
    pub(super) async fn pass(&mut self, until: DateTime<Utc>) -> Result<()> {
        while let Some(due) = self.next_due(until).await? {
            self.clock.set(due.max(self.now()));
            let told_long_ago = self.told_from.min(self.now() + TimeDelta::microseconds(1));
            self.portal()
                .unit(told_long_ago, |tx, &before| {
                    Box::pin(async move {
                        let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                        outbox::skip_before(&permit, Deliver::KIND, before).await
                    })
                })
                .await?;
            self.worker.turn().await?;
        }
        self.clock.set(until);
        Ok(())
    }

    /// When the next promise is to be kept; letters from before `told_from` are none.
    async fn next_due(&self, until: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        use outbox_message::{Column, Entity};
        let counts = Condition::any()
            .add(Column::Kind.ne(Deliver::KIND))
            .add(Column::AvailableAt.gte(self.told_from));
        Ok(Entity::find()
            .filter(Column::DoneAt.is_null())
            .filter(Column::DeadAt.is_null())
            .filter(Column::AvailableAt.lte(until))
            .filter(counts)
            .order_by_asc(Column::AvailableAt)
            .one(self.app.db.reader())
            .await?
            .map(|row| row.available_at))
    }
}

/// A letter with a link.
#[derive(Clone, Copy, Debug)]
pub(super) enum Letter {
    Confirm(ApplicationId),
    NeedsChanges(ApplicationId),
    Invitation(InvitationId),
}

/// A number below `sides`, always the same for the same text.
pub(super) fn roll(text: &str, sides: usize) -> usize {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    usize::try_from((hash >> 16) % (sides as u64)).unwrap_or_default()
}

/// So many days, which need not be whole.
#[expect(
    clippy::cast_possible_truncation,
    reason = "some hundred days in microseconds fit"
)]
pub(super) fn days(count: f64) -> TimeDelta {
    TimeDelta::microseconds((count * 86_400e6) as i64)
}

/// That instant or, where nobody works then, one of the next working day.
pub(super) fn at_work(at: DateTime<Utc>, zone: Tz, key: &str) -> DateTime<Utc> {
    let local = at.with_timezone(&zone);
    let mut day = local.date_naive();
    let opens = NaiveTime::from_hms_opt(8, 30, 0).unwrap_or_default();
    let closes = NaiveTime::from_hms_opt(17, 30, 0).unwrap_or_default();
    let is_open = (opens..closes).contains(&local.time());
    if is_open && !is_weekend(day.weekday()) {
        return at;
    }
    if local.time() >= opens {
        day = day + Days::new(1);
    }
    while is_weekend(day.weekday()) {
        day = day + Days::new(1);
    }
    let minutes = i64::try_from(roll(key, 400)).unwrap_or_default();
    let morning = day.and_time(opens) + TimeDelta::minutes(minutes);
    let there = zone.from_local_datetime(&morning).earliest();
    there.map_or(at, |there| there.to_utc())
}

/// So many working days before that instant.
pub(super) fn working_days_before(at: DateTime<Utc>, count: u32) -> DateTime<Utc> {
    let mut at = at;
    let mut left = count;
    while left > 0 {
        at -= TimeDelta::days(1);
        left -= u32::from(!is_weekend(at.weekday()));
    }
    at
}

fn is_weekend(day: Weekday) -> bool {
    matches!(day, Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn nobody_works_at_night_or_on_sunday() {
        let zone = chrono_tz::Europe::Berlin;
        let noon = utc("2026-11-20T11:00:00Z");
        assert_eq!(at_work(noon, zone, "a"), noon);
        for idle in ["2026-11-20T17:00:00Z", "2026-11-22T11:00:00Z"] {
            let monday = at_work(utc(idle), zone, "a").with_timezone(&zone);
            assert_eq!(monday.date_naive().to_string(), "2026-11-23");
            assert_eq!(at_work(monday.to_utc(), zone, "b"), monday);
        }
    }

    #[test]
    fn two_working_days_before_monday_is_thursday() {
        let monday = utc("2026-11-23T09:00:00Z");
        assert_eq!(working_days_before(monday, 2), utc("2026-11-19T09:00:00Z"));
    }
}
