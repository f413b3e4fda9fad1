//! Where partners stand: why, what is missing, what will be lost; overrides, recognition.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::verdict::Outcome;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use super::payload::mutation;
use super::program::ProgramBenefit;
use super::proof::{EvaluationProof, RequirementProof, StandingTurn, requirement, turn};
use super::{ContextExt, answer, key};
use crate::error::Error;
use crate::program::document::Document;
use crate::program::outlook::Missing;
use crate::program::proof;
use crate::program::rules::Rules;
use crate::program::store as programs;
use crate::program::words::Words;
use crate::reads::partner::Partner;
use crate::reads::program::{Program, ProgramVersion};
use crate::reads::tier::{Evaluation, Standing, StandingMove, StandingOverride};
use crate::shape::scalar::{Date, DateTime, Locale};
use crate::shape::{One, key_of, seen};
use crate::tier::explain::{self, Case};
use crate::tier::{badge, manual, recognize, store};

/// Proposes to give a partner a tier against the rules.
#[derive(InputObject)]
struct StandingOverrideProposeInput {
    /// The standing.
    standing: ID,
    /// The tier, by its key.
    tier: String,
    /// Its last day, in the program's zone: a year ahead at most.
    ends_on: Date,
    /// Why, for the partner to read.
    reason: String,
}

mutation!(
    /// What `standingOverridePropose` answers.
    StandingOverridePropose => StandingOverrideProposePayload {
        /// The override, which waits for somebody else to decide.
        standing_override: StandingOverride
    }
    refuses [
        "ALREADY_OPEN", "INVALID_TEXT", "NOT_IN_FORCE", "OUT_OF_RANGE", "REQUIRED", "TOO_LONG",
        "UNKNOWN_TIER"
    ]
);

/// What somebody says about what another one proposed.
#[derive(InputObject)]
struct StandingOverrideReviewInput {
    /// The override.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
    /// Why; may be left out where it is approved.
    #[graphql(default)]
    reason: String,
}

mutation!(
    /// What `standingOverrideApprove` answers.
    StandingOverrideApprove => StandingOverrideApprovePayload {
        /// The override, which counts.
        standing_override: StandingOverride
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "TOO_LONG"
    ]
);

mutation!(
    /// What `standingOverrideDecline` answers.
    StandingOverrideDecline => StandingOverrideDeclinePayload {
        /// The override, which does not count.
        standing_override: StandingOverride
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG"
    ]
);

/// Ends an override before its time.
#[derive(InputObject)]
struct StandingOverrideEndInput {
    /// The override.
    id: ID,
    /// Its version that you read.
    expected_version: i32,
}

mutation!(
    /// What `standingOverrideEnd` answers.
    StandingOverrideEnd => StandingOverrideEndPayload {
        /// The override, which does not count any more.
        standing_override: StandingOverride
    }
    refuses ["ALREADY_OVER", "CONFLICT"]
);

/// Says whether other partners are told when this one goes up.
#[derive(InputObject)]
struct PartnerHideAdvancementInput {
    /// The partner.
    id: ID,
    /// Whether they are not to be told.
    hidden: bool,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `partnerHideAdvancement` answers.
    PartnerHideAdvancement => PartnerHideAdvancementPayload {
        /// The partner.
        partner: Partner
    }
    refuses ["CONFLICT"]
);

/// Where partners stand.
#[derive(Debug, Default)]
pub(crate) struct TierMutation;

#[Object]
impl TierMutation {
    /// Proposes to give a partner a tier against the rules, until a day. Somebody else decides.
    async fn standing_override_propose(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: StandingOverrideProposeInput,
    ) -> Result<Option<StandingOverrideProposePayload>> {
        let propose = manual::Propose {
            standing: key::<Standing>(&input.standing)?.into(),
            tier: input.tier,
            ends_on: input.ends_on.0,
            reason: input.reason,
        };
        StandingOverrideProposePayload::of(manual::propose(ctx.op(), propose).await, None)
    }

    /// Approves what somebody else proposed: the tier counts at once.
    async fn standing_override_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: StandingOverrideReviewInput,
    ) -> Result<Option<StandingOverrideApprovePayload>> {
        let (id, review) = given(input)?;
        let result = manual::decide(ctx.op(), review, Outcome::Accepted).await;
        StandingOverrideApprovePayload::of(result, Some(id))
    }

    /// Declines what somebody else proposed.
    async fn standing_override_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: StandingOverrideReviewInput,
    ) -> Result<Option<StandingOverrideDeclinePayload>> {
        let (id, review) = given(input)?;
        let result = manual::decide(ctx.op(), review, Outcome::Declined).await;
        StandingOverrideDeclinePayload::of(result, Some(id))
    }

    /// Ends an override before its time, or takes a proposal back: the rules count again, with the
    /// warning and the grace that everybody has.
    async fn standing_override_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: StandingOverrideEndInput,
    ) -> Result<Option<StandingOverrideEndPayload>> {
        let id = key::<StandingOverride>(&input.id)?;
        let end = manual::End {
            id: id.into(),
            expected_version: input.expected_version,
        };
        StandingOverrideEndPayload::of(manual::end(ctx.op(), end).await, Some(id))
    }

    /// Says whether other partners are told when this one goes up. What they could read before is taken
    /// away from them.
    async fn partner_hide_advancement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerHideAdvancementInput,
    ) -> Result<Option<PartnerHideAdvancementPayload>> {
        let id = key::<Partner>(&input.id)?;
        let (hidden, version) = (input.hidden, input.expected_version);
        let result = recognize::hide(ctx.op(), id.into(), hidden, version).await;
        PartnerHideAdvancementPayload::of(result, Some(id))
    }
}

fn given(input: StandingOverrideReviewInput) -> Result<(uuid::Uuid, manual::Review)> {
    let id = key::<StandingOverride>(&input.id)?;
    let review = manual::Review {
        id: id.into(),
        reason: input.reason,
        expected_version: input.expected_version,
    };
    Ok((id, review))
}

/// Why a partner stands where it stands.
#[derive(SimpleObject)]
struct StandingExplanation {
    /// The standing.
    standing: One<Standing>,
    /// The version that was in force.
    program_version: One<ProgramVersion>,
    /// What became of it last up to that instant, as far as it was known; null where it did not stand
    /// yet.
    last_move: Option<One<StandingMove>>,
    /// What people gave against the rules, where that counted then: the proof says what the rules alone
    /// would say. Null otherwise.
    overridden_by: Option<One<StandingOverride>>,
    /// What the tier on which it stood then brought the partner.
    benefits: Vec<ProgramBenefit>,
    /// The proof.
    proof: EvaluationProof,
}

/// More of a metric that is measured over facts.
#[derive(SimpleObject)]
struct StandingWay {
    /// The metric, by its key.
    metric: String,
    /// What it is called.
    name: String,
    /// How much more of it would be enough, alone; exact.
    more: String,
}

/// A requirement that does not hold.
#[derive(SimpleObject)]
struct StandingMissing {
    /// How it was judged.
    requirement: RequirementProof,
    /// Each of these alone would make it hold, those of which the least is missing first; empty where
    /// nothing that is measured does.
    ways: Vec<StandingWay>,
}

/// What comes next for a partner.
#[derive(SimpleObject)]
struct StandingNext {
    /// The standing.
    standing: One<Standing>,
    /// The next tier above what is earned, by its key; null at the top.
    tier: Option<String>,
    /// What it is called.
    tier_name: Option<String>,
    /// What it would bring the partner now.
    benefits: Vec<ProgramBenefit>,
    /// What is missing to it.
    missing: Vec<StandingMissing>,
    /// What will be earned within a year on which day, if nothing more happens; by the version that is
    /// announced from the day on which it counts.
    forecast: Vec<StandingTurn>,
}

/// How many partners stand on a tier.
#[derive(SimpleObject)]
struct ProgramStand {
    /// The track, by its key.
    track: String,
    /// The tier, by its key; null for none.
    tier: Option<String>,
    /// How many partners stand on it.
    partners: i32,
    /// How many of them do not earn it any more.
    at_risk: i32,
    /// How many of them earn a higher one already, and wait for its day.
    rising: i32,
}

/// How many partners stand where in a program.
#[derive(SimpleObject)]
struct ProgramDistribution {
    /// The version in force.
    program_version: One<ProgramVersion>,
    /// How many stand where, tracks and tiers in their order.
    stands: Vec<ProgramStand>,
}

/// What a partner shows of its tier.
#[derive(SimpleObject)]
struct StandingBadge {
    /// A picture, as SVG.
    svg: String,
    /// An Open Badges 3.0 credential, a compact JWT that the portal's DID document proves.
    credential: String,
    /// When the credential ends: ask for it anew before.
    valid_until: DateTime,
}

/// What is told of standings beside what they are.
#[derive(Debug, Default)]
pub(crate) struct TierQuery;

#[Object]
impl TierQuery {
    /// Why a partner stands where it stands: computed from the facts, as of an instant and as it was
    /// known on another, under the rules that were in force. Null where you do not see it, and where
    /// there were no rules at that instant.
    async fn standing_explain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The standing.")] standing: ID,
        #[graphql(desc = "The instant that is looked at; now by default.")] as_of: Option<DateTime>,
        #[graphql(desc = "What was recorded until then is known; now by default.")]
        known_on: Option<DateTime>,
        #[graphql(desc = "In which language, where the program has it; yours by default.")]
        locale: Option<Locale>,
    ) -> Result<Option<StandingExplanation>> {
        let Some(row) = own(ctx, &standing).await? else {
            return Ok(None);
        };
        let (op, as_of) = (ctx.op(), as_of.map(|it| it.0));
        let known_on = known_on.map(|it| it.0);
        let case = Case::of(op, &row, as_of, known_on).await;
        let Some(case) = asked(case)? else {
            return Ok(None);
        };
        // What became of it was known as it happened.
        let at = as_of.unwrap_or(op.now()).min(known_on.unwrap_or(op.now()));
        let last = store::move_before(&op.reader(), row.id, at).await;
        let last = last.map_err(answer)?;
        let given = store::given_by(&op.reader(), &row, last.as_ref()).await;
        let given = given.map_err(answer)?;
        let locale = ctx.reads_in(locale).await?;
        let tier = last.as_ref().and_then(|it| it.tier.as_deref());
        let benefits = ProgramBenefit::each(case.brings(&row.track, tier, &locale));
        Ok(Some(StandingExplanation {
            benefits,
            standing: One::by_key(row.id),
            program_version: One::by_key(case.version.id),
            last_move: last.map(|it| One::by_key(it.id)),
            overridden_by: given.map(|it| One::by_key(it.id)),
            proof: EvaluationProof::of(&case.rules.document, case.evaluation(), &locale),
        }))
    }

    /// What comes next: what is missing to the next tier, the cheapest ways to it, and what will be lost
    /// on which day if nothing more happens. Null where you do not see it.
    async fn standing_next(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The standing.")] standing: ID,
        #[graphql(
            desc = "Up to and with which day it is looked ahead; a year by default, two at most."
        )]
        until: Option<Date>,
        #[graphql(desc = "In which language, where the program has it; yours by default.")]
        locale: Option<Locale>,
    ) -> Result<Option<StandingNext>> {
        let Some(row) = own(ctx, &standing).await? else {
            return Ok(None);
        };
        let Some(case) = asked(Case::of(ctx.op(), &row, None, None).await)? else {
            return Ok(None);
        };
        let document = &case.rules.document;
        let locale = ctx.reads_in(locale).await?;
        let words = Words::of(document, &locale);
        let next = case.next(&row.track);
        let until = until.map(|it| it.0);
        let forecast = case.forecast(ctx.op(), &row.track, until);
        let forecast = forecast.await.map_err(answer)?;
        let turns = forecast.turns.into_iter();
        let mut turns: Vec<_> = turns.map(|it| turn(words, it, None)).collect();
        if let Some(coming) = forecast.coming {
            let words = Words::of(&coming.rules.document, &locale);
            let told = coming.turns.into_iter();
            turns.extend(told.map(|it| turn(words, it, Some(coming.version))));
        }
        let tier = next.as_ref().map(|it| it.tier.clone());
        let name = tier
            .as_deref()
            .and_then(|tier| document.tier_name(&row.track, tier, &locale));
        let missing = next.into_iter().flat_map(|it| it.missing);
        Ok(Some(StandingNext {
            standing: One::by_key(row.id),
            tier_name: name.map(str::to_owned),
            benefits: ProgramBenefit::each(case.brings(&row.track, tier.as_deref(), &locale)),
            tier,
            missing: missing.map(|it| lacking(document, it, &locale)).collect(),
            forecast: turns,
        }))
    }

    /// What the partner shows of its tier: a picture, and a credential that anybody can prove and that
    /// ends after a month. Null where you do not see the standing, and where it is on no tier.
    async fn standing_badge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The standing.")] standing: ID,
    ) -> Result<Option<StandingBadge>> {
        let Some(row) = own(ctx, &standing).await? else {
            return Ok(None);
        };
        let keys = &ctx.guard().keys;
        let badge = badge::badge(ctx.op(), ctx.portal(), keys, &row).await;
        Ok(badge.map_err(answer)?.map(|it| StandingBadge {
            svg: it.svg,
            credential: it.credential,
            valid_until: DateTime(it.valid_until),
        }))
    }

    /// The proof of a stored evaluation, typed. Null where you do not see it.
    async fn evaluation_proof(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The evaluation.")] evaluation: ID,
        #[graphql(desc = "In which language, where the program has it; yours by default.")]
        locale: Option<Locale>,
    ) -> Result<Option<EvaluationProof>> {
        let Some(id) = key_of::<Evaluation>(&evaluation) else {
            return Ok(None);
        };
        let op = ctx.op();
        let this = Condition::all().add(entity::evaluation::Column::Id.eq(id));
        if seen::<Evaluation>(op, this)
            .await
            .map_err(answer)?
            .is_empty()
        {
            return Ok(None);
        }
        let db = op.reader();
        let row = store::evaluation(&db, id.into()).await.map_err(answer)?;
        let version = programs::version(&db, row.program_version_id).await;
        let rules = Rules::from_yaml(&version.map_err(answer)?.document).map_err(answer)?;
        let proof: proof::Evaluation =
            serde_json::from_str(&row.proof).map_err(|error| answer(error.into()))?;
        let locale = ctx.reads_in(locale).await?;
        Ok(Some(EvaluationProof::of(&rules.document, proof, &locale)))
    }

    /// How many partners stand where in a program. For the vendor's staff; null for anybody else, and
    /// where nothing is in force.
    async fn program_distribution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The program.")] program: ID,
    ) -> Result<Option<ProgramDistribution>> {
        let Some(id) = key_of::<Program>(&program) else {
            return Ok(None);
        };
        match explain::distribution(ctx.op(), id.into()).await {
            Ok((version, stands)) => Ok(Some(ProgramDistribution {
                program_version: One::by_key(version),
                stands: stands.into_iter().map(stand).collect(),
            })),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(answer(error)),
        }
    }
}

fn stand(it: explain::Stand) -> ProgramStand {
    let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    ProgramStand {
        track: it.track,
        tier: it.tier,
        partners: count(it.partners),
        at_risk: count(it.at_risk),
        rising: count(it.rising),
    }
}

fn lacking(document: &Document, missing: Missing, locale: &str) -> StandingMissing {
    let ways = missing.ways.into_iter().map(|it| StandingWay {
        name: document.metric_name(&it.metric, locale).to_owned(),
        metric: it.metric,
        more: it.more.to_string(),
    });
    StandingMissing {
        ways: ways.collect(),
        requirement: requirement(Words::of(document, locale), missing.requirement),
    }
}

/// A standing that the asker sees.
async fn own(ctx: &Context<'_>, id: &ID) -> Result<Option<entity::standing::Model>> {
    let Some(id) = key_of::<Standing>(id) else {
        return Ok(None);
    };
    let op = ctx.op();
    let this = Condition::all().add(entity::standing::Column::Id.eq(id));
    if seen::<Standing>(op, this).await.map_err(answer)?.is_empty() {
        return Ok(None);
    }
    let row = store::standing(&op.reader(), id.into()).await;
    row.map(Some).map_err(answer)
}

/// What is known; nothing where there were no rules.
fn asked(case: crate::error::Result<Case>) -> Result<Option<Case>> {
    match case {
        Ok(case) => Ok(Some(case)),
        Err(Error::Refused(refusals)) if refusals.iter().any(|it| it.code == "NOT_IN_FORCE") => {
            Ok(None)
        }
        Err(error) => Err(answer(error)),
    }
}
