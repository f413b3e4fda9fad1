//! Delivers letters: looks the reader up, renders, hands over, marks.

use entity::outbox_message;
use entity::person::{self, PersonState};
use sea_orm::EntityTrait;

use super::{Outcome, Worker, mark_kept};
use crate::error::Result;
use crate::mail::{Addressee, Delivery};
use crate::notification::{Deliver, Reader};

pub(super) async fn deliver(worker: &Worker, row: &outbox_message::Model) -> Outcome {
    let promise: Deliver = match serde_json::from_value(row.payload.clone()) {
        Ok(promise) => promise,
        Err(error) => return Outcome::GiveUp(format!("this binary cannot read it: {error}")),
    };
    let to = match addressee(worker, promise.to).await {
        Ok(Some(to)) => to,
        // Whoever was disabled since is not written to.
        Ok(None) => return kept(worker, row).await,
        Err(error) => return error.into(),
    };
    match worker
        .mailer
        .deliver(row.id, row.created_at, &to, &promise.letter)
        .await
    {
        Delivery::Sent => kept(worker, row).await,
        Delivery::Later(why) => Outcome::Retry(why),
        Delivery::Never(why) => Outcome::GiveUp(why),
    }
}

async fn kept(worker: &Worker, row: &outbox_message::Model) -> Outcome {
    match mark_kept(worker, row).await {
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
            }),
    })
}
