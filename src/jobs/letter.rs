//! Delivers letters: looks the reader up, renders, hands over, marks.
//!
//! Before that, whatever makes the letter pointless is looked for: a link that has expired, a
//! reader whose account is closed or who has switched it off, an address that does not exist.

use chrono::TimeDelta;
use entity::outbox_message;
use entity::person::{self, PersonState};
use sea_orm::EntityTrait;

use super::{Outcome, Worker, mark_kept};
use crate::auth::{Permission, Scope};
use crate::error::Result;
use crate::mail::{Addressee, Delivery};
use crate::notification::suppression::{self, Bounce};
use crate::notification::{Deliver, Reader, preference};

/// How long a host may put a letter off, as mail servers do it (RFC 5321, 4.5.4.1).
const LONGEST_WAIT: TimeDelta = TimeDelta::days(5);

pub(super) async fn deliver(worker: &Worker, row: &outbox_message::Model) -> Outcome {
    let promise: Deliver = match serde_json::from_value(row.payload.clone()) {
        Ok(promise) => promise,
        Err(error) => return Outcome::GiveUp(format!("this binary cannot read it: {error}")),
    };
    let now = worker.clock.now();
    if (promise.letter.expires_at()).is_some_and(|end| end <= now) {
        return kept(
            worker,
            row,
            Some("its link had expired before it could leave"),
        )
        .await;
    }
    let to = match addressee(worker, promise.to).await {
        Ok(Some(to)) => to,
        Ok(None) => return kept(worker, row, Some("its reader's account is closed")).await,
        Err(error) => return error.into(),
    };
    if let Some(person) = to.person.filter(|_| !promise.letter.is_security()) {
        let db = worker.db.reader().into();
        match preference::is_wanted(&db, person, promise.letter.kind()).await {
            Ok(true) => (),
            Ok(false) => return kept(worker, row, Some("its reader has switched it off")).await,
            Err(error) => return error.into(),
        }
    }
    match suppression::standing(&worker.db.reader().into(), &to.email).await {
        Ok(None) => (),
        Ok(Some(standing)) => {
            let why = format!("the address is suppressed: {}", standing.reply);
            return Outcome::GiveUp(why);
        }
        Err(error) => return error.into(),
    }
    let (mailer, gate) = (&worker.mailer, worker.mailer.gate());
    let is_old = row.created_at + LONGEST_WAIT <= now;
    match gate.ask(&to.email, now) {
        Ok(()) => (),
        Err(wait) if wait.is_for_host && is_old => return Outcome::GiveUp(wait.why),
        Err(wait) => return Outcome::Wait(wait.until, wait.why),
    }
    let delivery = mailer
        .deliver(row.id, row.created_at, &to, &promise.letter)
        .await;
    let now = worker.clock.now();
    let until = gate.learn(&to.email, &delivery, now);
    match delivery {
        Delivery::Sent => kept(worker, row, None).await,
        Delivery::Deferred(why) if until.is_some() && is_old => Outcome::GiveUp(why),
        Delivery::Deferred(why) | Delivery::SignInRefused(why) => match until {
            Some(until) => Outcome::Wait(until, why),
            None => Outcome::Retry(why),
        },
        Delivery::Later(why) => Outcome::Retry(why),
        Delivery::Never(why) => Outcome::GiveUp(why),
        Delivery::NoSuchAddress(reason, reply) => {
            let bounce = Bounce {
                address: to.email,
                reason,
                reply,
                letter: row.id,
            };
            suppress(worker, row, bounce).await
        }
    }
}

/// Remembers the address. Where that fails the letter is tried again, and with it this.
async fn suppress(worker: &Worker, row: &outbox_message::Model, bounce: Bounce) -> Outcome {
    let reply = bounce.reply.clone();
    let op = worker.op_for(row);
    let done = op.unit(bounce, |tx, bounce| {
        Box::pin(async move {
            let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
            suppression::suppress(&permit, bounce).await
        })
    });
    match done.await {
        Ok(()) => Outcome::GiveUp(reply),
        Err(error) => error.into(),
    }
}

async fn kept(
    worker: &Worker,
    row: &outbox_message::Model,
    without: Option<&'static str>,
) -> Outcome {
    match mark_kept(worker, row, without).await {
        Ok(()) => Outcome::Kept,
        Err(error) => error.into(),
    }
}

async fn addressee(worker: &Worker, reader: Reader) -> Result<Option<Addressee>> {
    Ok(match reader {
        Reader::Address {
            email,
            name,
            locale,
            time_zone,
        } => Some(Addressee {
            email,
            name,
            locale,
            time_zone,
            person: None,
        }),
        Reader::Person { id } => person::Entity::find_by_id(id)
            .one(worker.db.reader())
            .await?
            .filter(|person| person.state == PersonState::Active)
            .map(|person| Addressee {
                email: person.email,
                name: person.name,
                locale: person.locale,
                time_zone: person.time_zone,
                person: Some(person.id),
            }),
    })
}
