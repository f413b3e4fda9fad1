//! Letters that did not arrive, and addresses to which none is sent.

use chrono::{DateTime, Utc};
use entity::staff_role::VendorRole;
use entity::suppression::SuppressionReason;
use entity::{outbox_message, suppression};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use crate::auth::Actor;
use crate::reads::identity::Person;
use crate::shape::scalar::EmailAddress;
use crate::shape::{Chosen, Direction, Fields, Shape, Sight, everything, nothing};

/// A promise that was given up.
#[derive(Debug)]
pub struct DeadLetter;

/// An address to which nothing is sent.
#[derive(Debug)]
pub struct Suppression;

fn overseers(actor: Sight<'_>) -> Condition {
    if *actor == Actor::System || actor.has_role(&[VendorRole::Admin, VendorRole::Auditor]) {
        everything()
    } else {
        nothing()
    }
}

impl Shape for DeadLetter {
    type Entity = outbox_message::Entity;
    const NAME: &'static str = "DeadLetter";
    const ABOUT: &'static str = "A letter, or something else that the portal promised, that was given up. What it says is not \
         shown. Only the vendor's administrators and auditors see it, until it is retried or dropped.";

    fn visible(actor: Sight<'_>) -> Condition {
        Condition::all()
            .add(overseers(actor))
            .add(outbox_message::Column::DeadAt.is_not_null())
    }

    fn fields(fields: &mut Fields<Self>) {
        use outbox_message::Column;
        fields
            .id()
            .column::<String>(
                "kind",
                Column::Kind,
                "What was promised: `letter`, or the name of something else.",
            )
            .filter()
            .column::<Option<String>>(
                "letter",
                Column::Letter,
                "Which letter, such as `reset_password`; null where it is none.",
            )
            .filter()
            .one::<Person>(
                "person",
                Column::PersonId,
                "Its reader, where they have an account.",
            )
            .filter()
            .column::<Option<String>>(
                "maskedAddress",
                Column::MaskedAddress,
                "Where it goes, such as `a…@example.com`, where its reader has no account.",
            )
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was promised.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>("deadAt", Column::DeadAt, "When it was given up.")
            .column::<i32>("attempts", Column::Attempts, "How often it was tried.")
            .column::<Option<String>>("lastError", Column::LastError, "Why the last try failed.")
            .column::<Option<DateTime<Utc>>>(
                "emptiedAt",
                Column::EmptiedAt,
                "When what it said was purged: since then it cannot be retried.",
            )
            .sorted("createdAt", Direction::Descending);
    }
}

impl Shape for Suppression {
    type Entity = suppression::Entity;
    const NAME: &'static str = "Suppression";
    const ABOUT: &'static str = "An address to which no letter is sent, since a server said that it does not exist; or one that \
         was, and was lifted. Only the vendor's administrators and auditors see it.";

    fn visible(actor: Sight<'_>) -> Condition {
        overseers(actor)
    }

    fn fields(fields: &mut Fields<Self>) {
        use suppression::Column;
        fields
            .id()
            .column::<EmailAddress>("address", Column::Address, "The address.")
            .filter()
            .column::<Chosen<SuppressionReason>>(
                "reason",
                Column::Reason,
                "What the server said of it.",
            )
            .filter()
            .column::<String>("reply", Column::Reply, "The server's own words.")
            .one::<DeadLetter>(
                "letter",
                Column::LetterId,
                "The letter that did not arrive, until it is retried or dropped.",
            )
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "Since when.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>(
                "liftedAt",
                Column::LiftedAt,
                "When it was lifted; null while it stands.",
            )
            .filter()
            .one::<Person>("liftedBy", Column::LiftedBy, "Who lifted it.")
            .search([Column::Address])
            .sorted("createdAt", Direction::Descending);
    }
}
