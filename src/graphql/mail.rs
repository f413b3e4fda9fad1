//! Letters that did not arrive: addresses let in again, promises retried or dropped.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::payload::mutation;
use super::{ContextExt, key};
use crate::notification::suppression;
use crate::outbox::dead;
use crate::reads::mail::{DeadLetter, Suppression};

/// Lets letters to an address leave again.
#[derive(InputObject)]
struct SuppressionLiftInput {
    /// Which suppression.
    id: ID,
}

mutation!(
    /// What `suppressionLift` answers.
    SuppressionLift => SuppressionLiftPayload {
        /// The suppression, lifted.
        suppression: Suppression
    }
    refuses ["NOT_OPEN"]
);

/// Has something that was given up tried again.
#[derive(InputObject)]
struct DeadLetterRetryInput {
    /// Which one.
    id: ID,
}

mutation!(
    /// What `deadLetterRetry` answers.
    DeadLetterRetry => DeadLetterRetryPayload telling {
        /// Whether it is going to be tried again.
        retried: bool,
    }
    refuses ["EMPTIED", "NOT_OPEN"]
);

/// Lets something that was given up be.
#[derive(InputObject)]
struct DeadLetterDropInput {
    /// Which one.
    id: ID,
}

mutation!(
    /// What `deadLetterDrop` answers.
    DeadLetterDrop => DeadLetterDropPayload telling {
        /// Whether it is out of the list.
        dropped: bool,
    }
    refuses ["NOT_OPEN"]
);

/// Letters that did not arrive.
#[derive(Debug, Default)]
pub(crate) struct MailMutation;

#[Object]
impl MailMutation {
    /// Lets letters to a suppressed address leave again. Letters that died of it can be retried
    /// then. For administrators.
    async fn suppression_lift(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: SuppressionLiftInput,
    ) -> Result<Option<SuppressionLiftPayload>> {
        let id = key::<Suppression>(&input.id)?;
        SuppressionLiftPayload::of(suppression::lift(ctx.op(), id.into()).await, Some(id))
    }

    /// Has a promise that was given up tried again, from the first try on. For administrators.
    async fn dead_letter_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: DeadLetterRetryInput,
    ) -> Result<Option<DeadLetterRetryPayload>> {
        let id = key::<DeadLetter>(&input.id)?;
        DeadLetterRetryPayload::told(dead::retry(ctx.op(), id.into()).await.map(|()| true))
    }

    /// Drops a promise that was given up: it is never kept. For administrators.
    async fn dead_letter_drop(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: DeadLetterDropInput,
    ) -> Result<Option<DeadLetterDropPayload>> {
        let id = key::<DeadLetter>(&input.id)?;
        DeadLetterDropPayload::told(dead::drop(ctx.op(), id.into()).await.map(|()| true))
    }
}
