//! Appeals: what a partner says against where it stands, and what becomes of it.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::verdict::Outcome;

use super::payload::mutation;
use super::{ContextExt, key};
use crate::reads::file::File;
use crate::reads::tier::{Appeal, Standing};
use crate::shape::scalar::Date;
use crate::tier::appeal;

/// Appeals against where your partner stands.
#[derive(InputObject)]
struct AppealSubmitInput {
    /// The standing. The appeal is against the evaluation that decided it last; where that is longer ago
    /// than the program takes appeals, against what was judged of it last, which is kept with the
    /// appeal.
    standing: ID,
    /// What is wrong.
    reason: String,
    /// What proves it: files that you uploaded for the partner, ten at most.
    #[graphql(default)]
    files: Vec<ID>,
}

mutation!(
    /// What `appealSubmit` answers.
    AppealSubmit => AppealSubmitPayload {
        /// The appeal.
        appeal: Appeal
    }
    refuses [
        "ALREADY_DECIDED", "ALREADY_OPEN", "INVALID_TEXT", "NOTHING_DECIDED", "NOT_IN_FORCE", "NOT_UPLOADED",
        "REQUIRED", "TOO_LATE", "TOO_LONG", "TOO_MANY", "UNKNOWN_FILE", "WRONG_FILE_TYPE"
    ]
);

/// Says more, where a reviewer asked for more.
#[derive(InputObject)]
struct AppealMendInput {
    /// The appeal.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
    /// What is wrong.
    reason: String,
    /// What proves it: all of it.
    #[graphql(default)]
    files: Vec<ID>,
}

mutation!(
    /// What `appealMend` answers.
    AppealMend => AppealMendPayload {
        /// The appeal.
        appeal: Appeal
    }
    refuses [
        "CONFLICT", "INVALID_TEXT", "NOT_IN_FORCE", "NOT_OPEN", "NOT_UPLOADED", "REQUIRED",
        "TOO_LONG", "TOO_MANY", "UNKNOWN_FILE", "WRONG_FILE_TYPE"
    ]
);

/// Takes an appeal back.
#[derive(InputObject)]
struct AppealWithdrawInput {
    /// The appeal.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
}

mutation!(
    /// What `appealWithdraw` answers.
    AppealWithdraw => AppealWithdrawPayload {
        /// The appeal.
        appeal: Appeal
    }
    refuses ["CONFLICT", "NOT_OPEN"]
);

/// A tier that is given with an appeal.
#[derive(InputObject)]
struct AppealRemedyInput {
    /// The tier, by its key.
    tier: String,
    /// Its last day, in the program's zone: a year ahead at most.
    ends_on: Date,
}

/// What a reviewer says of an appeal that is upheld.
#[derive(InputObject)]
struct AppealUpholdInput {
    /// The appeal.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
    /// Why; may be left out where no tier is given.
    #[graphql(default)]
    reason: String,
    /// The tier that is given with it, where the facts alone do not give it.
    remedy: Option<AppealRemedyInput>,
}

mutation!(
    /// What `appealUphold` answers.
    AppealUphold => AppealUpholdPayload {
        /// The appeal.
        appeal: Appeal
    }
    refuses [
        "ALREADY_DECIDED", "ALREADY_OPEN", "CONFLICT", "DECIDED_BEFORE", "INVALID_TEXT",
        "NOT_IN_FORCE", "NOT_SUBMITTED", "OUT_OF_RANGE", "OWN_SUBMISSION", "REQUIRED", "TOO_LONG",
        "UNKNOWN_TIER"
    ]
);

/// What a reviewer says of an appeal.
#[derive(InputObject)]
struct AppealReviewInput {
    /// The appeal.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
    /// Why, for the partner to read.
    reason: String,
}

mutation!(
    /// What `appealDismiss` answers.
    AppealDismiss => AppealDismissPayload {
        /// The appeal.
        appeal: Appeal
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "DECIDED_BEFORE", "INVALID_TEXT", "NOT_IN_FORCE",
        "NOT_SUBMITTED", "OWN_SUBMISSION", "REQUIRED", "TOO_LONG"
    ]
);

mutation!(
    /// What `appealRequestMore` answers.
    AppealRequestMore => AppealRequestMorePayload {
        /// The appeal, which waits for the partner.
        appeal: Appeal
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "DECIDED_BEFORE", "INVALID_TEXT", "NOT_IN_FORCE",
        "NOT_SUBMITTED", "OWN_SUBMISSION", "REQUIRED", "TOO_LONG"
    ]
);

/// Appeals, and their answers.
#[derive(Debug, Default)]
pub(crate) struct AppealMutation;

#[Object]
impl AppealMutation {
    /// Appeals against the decision that your partner sees now: `Appeal.evaluation` says which. There is
    /// one appeal at a time against a standing; where one was dismissed, no other is taken against the
    /// same result, until the standing moves or something that it is judged by changes.
    async fn appeal_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AppealSubmitInput,
    ) -> Result<Option<AppealSubmitPayload>> {
        let submit = appeal::Submit {
            standing: key::<Standing>(&input.standing)?.into(),
            reason: input.reason,
            files: files(&input.files)?,
        };
        AppealSubmitPayload::of(appeal::submit(ctx.op(), submit).await, None)
    }

    /// Says more, where a reviewer asked for more.
    async fn appeal_mend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AppealMendInput,
    ) -> Result<Option<AppealMendPayload>> {
        let id = key::<Appeal>(&input.id)?;
        let mend = appeal::Mend {
            id: id.into(),
            reason: input.reason,
            files: files(&input.files)?,
            expected_version: input.expected_version,
        };
        AppealMendPayload::of(appeal::mend(ctx.op(), mend).await, Some(id))
    }

    /// Takes an appeal back.
    async fn appeal_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AppealWithdrawInput,
    ) -> Result<Option<AppealWithdrawPayload>> {
        let id = key::<Appeal>(&input.id)?;
        let withdraw = appeal::Withdraw {
            id: id.into(),
            expected_version: input.expected_version,
        };
        AppealWithdrawPayload::of(appeal::withdraw(ctx.op(), withdraw).await, Some(id))
    }

    /// Upholds an appeal: the partner is right. Where the facts alone do not give the tier, it can be
    /// given with it, until a day. Nobody decides who had a part in what is appealed against.
    async fn appeal_uphold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AppealUpholdInput,
    ) -> Result<Option<AppealUpholdPayload>> {
        let id = key::<Appeal>(&input.id)?;
        let review = appeal::Review {
            id: id.into(),
            reason: input.reason,
            remedy: input.remedy.map(|it| appeal::Remedy {
                tier: it.tier,
                ends_on: it.ends_on.0,
            }),
            expected_version: input.expected_version,
        };
        let result = appeal::decide(ctx.op(), review, Outcome::Accepted).await;
        AppealUpholdPayload::of(result, Some(id))
    }

    /// Dismisses an appeal: the evaluation stands. Nobody decides who had a part in what is appealed
    /// against.
    async fn appeal_dismiss(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AppealReviewInput,
    ) -> Result<Option<AppealDismissPayload>> {
        let (id, review) = said(input)?;
        let result = appeal::decide(ctx.op(), review, Outcome::Declined).await;
        AppealDismissPayload::of(result, Some(id))
    }

    /// Asks the partner to say more. Nobody decides who had a part in what is appealed against.
    async fn appeal_request_more(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: AppealReviewInput,
    ) -> Result<Option<AppealRequestMorePayload>> {
        let (id, review) = said(input)?;
        let result = appeal::decide(ctx.op(), review, Outcome::ActionRequired).await;
        AppealRequestMorePayload::of(result, Some(id))
    }
}

fn said(input: AppealReviewInput) -> Result<(uuid::Uuid, appeal::Review)> {
    let id = key::<Appeal>(&input.id)?;
    let review = appeal::Review {
        id: id.into(),
        reason: input.reason,
        remedy: None,
        expected_version: input.expected_version,
    };
    Ok((id, review))
}

fn files(ids: &[ID]) -> Result<Vec<entity::id::FileId>> {
    ids.iter().map(|id| Ok(key::<File>(id)?.into())).collect()
}
